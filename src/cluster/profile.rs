//! What the configuration says of a cluster.

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
}
