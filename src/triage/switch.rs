//! Whether a rule is to run, as an analyst has said.

use chrono::{DateTime, Utc};

/// A rule switched off, or on again.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Switch {
    /// The rule's id.
    pub rule: String,
    /// Whether it is to run.
    pub enabled: bool,
    /// Who said so.
    pub analyst: String,
    /// When.
    pub at: DateTime<Utc>,
}
