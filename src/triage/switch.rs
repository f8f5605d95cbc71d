//! Whether a rule is to run, as an analyst has said.

use chrono::{DateTime, Utc};

/// A rule switched off, or on again.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Switch {
    pub rule: String,
    /// Whether it is to run.
    pub enabled: bool,
    pub analyst: String,
    pub at: DateTime<Utc>,
}
