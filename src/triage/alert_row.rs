//! What a list of alerts needs of each: everything but the event itself, so that ten thousand load at once.

use chrono::{DateTime, Utc};

use crate::detect::{AlertId, Summary};
use crate::rule::Severity;

/// An alert without its event.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertRow {
    /// Its id.
    pub id: AlertId,
    /// The rule's id.
    pub rule_id: String,
    /// The rule's name.
    pub rule_name: String,
    /// Severity.
    pub severity: Severity,
    /// Risk score.
    pub risk_score: u32,
    /// The event's id.
    pub event_id: String,
    /// The event's own time.
    pub time: DateTime<Utc>,
    /// When watchfloor found it (on a replay: the replay clock's time).
    pub found: DateTime<Utc>,
    /// One sentence on what happened.
    pub reason: String,
    /// What the table shows.
    pub summary: Summary,
    /// Whether the event came in later than the rule's look-back, while reading live.
    pub late: bool,
    /// Whether the cap of alerts per run holds it back from the list until it is asked for, or its rule is a building
    /// block.
    pub held: bool,
    /// How many events it stands for.
    pub count: u64,
    /// Whether another event has turned out to be the one to tell of: kept for what analysts decided on it.
    pub withdrawn: bool,
}
