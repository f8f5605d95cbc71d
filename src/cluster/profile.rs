//! What the configuration says of a cluster.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Deserializer};

/// `[cluster.NAME]` of the configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Profile {
    /// Addresses of its nodes, each perhaps with a path; the next one is asked when one does not answer.
    #[serde(deserialize_with = "one_or_many")]
    pub url: Vec<String>,
    /// Names and patterns of the indices with events.
    #[serde(deserialize_with = "one_or_many")]
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

impl Profile {
    /// The keys of its table, for messages.
    pub const KEYS: &str =
        "url, index, ca_file, api_key_file, user, password_file, aws_profile, aws_region, timestamp, decisions";
}

fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "a text, or a list of texts")]
    enum Texts {
        One(String),
        Many(Vec<String>),
    }
    Ok(match Texts::deserialize(deserializer)? {
        Texts::One(text) => vec![text],
        Texts::Many(texts) => texts,
    })
}

/// What the environment holds. This room does not look into it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Secrets {
    pub api_key: Option<Secret>,
    pub password: Option<Secret>,
    pub aws_key: Option<AwsKey>,
    /// Where the profiles of Amazon's tools have their keys.
    pub aws_file: Option<PathBuf>,
}

/// Credentials of Amazon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsKey {
    pub id: String,
    pub secret: Secret,
    /// Of keys that expire.
    pub token: Option<Secret>,
}

/// A text that is shown nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// For the header that it goes into, and nothing else.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}
