//! What the configuration says of a cluster.

use std::fmt;
use std::path::PathBuf;

use serde::Deserialize;

/// `[cluster.NAME]` of the configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Profile {
    /// Addresses of its nodes, each perhaps with a path; the next one is asked when one does not answer.
    pub url: Vec<String>,
    /// Names and patterns of the indices with events.
    pub index: Vec<String>,
    /// Certificates to trust instead of the system's, in PEM.
    pub ca_file: Option<PathBuf>,
    /// An API key, as `ID:KEY` or in the encoded form.
    pub api_key_file: Option<PathBuf>,
    pub user: Option<String>,
    pub password_file: Option<PathBuf>,
    /// Sign requests for Amazon OpenSearch Service with the credentials of this profile.
    pub aws_profile: Option<String>,
    pub aws_region: Option<String>,
    /// The field that says when an event arrived. Default: `event.ingested`, else `@timestamp`.
    pub timestamp: Option<String>,
    /// Begins the names of the indices in which a team shares its decisions: `watchfloor` for `watchfloor-audit` and
    /// `watchfloor-cases`. Without it decisions stay in the state on this machine.
    pub decisions: Option<String>,
    /// Of the environment; before those of files.
    #[serde(skip)]
    pub secrets: Secrets,
}

/// Secrets that the environment holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Secrets {
    pub api_key: Option<Secret>,
    pub password: Option<Secret>,
}

/// A text that is shown nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}
