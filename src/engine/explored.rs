//! A question to the log and its answer: the events found, counts over time, and the values of fields.

mod counts;
mod values;

use chrono::{DateTime, Utc};

use super::Extent;
use crate::query::Language;

pub use counts::{Bars, Counts};
pub(super) use values::Counter;
pub use values::Values;

pub use crate::investigate::RecordRef;

/// Events that are kept, the newest.
pub const LISTED: usize = 1_000;

/// A question to the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// Comes back in [`Explored::ticket`].
    pub ticket: u64,
    pub language: Language,
    pub query: String,
    /// At or after this.
    pub since: Option<DateTime<Utc>>,
    /// Before this.
    pub until: Option<DateTime<Utc>>,
    /// What the query calls `now`.
    pub now: DateTime<Utc>,
    /// The fields whose values are counted.
    pub fields: Vec<String>,
}

/// What is known of an answer so far.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Explored {
    pub ticket: u64,
    /// What was searched.
    pub read: Extent,
    /// What is searched in all.
    pub of: Extent,
    /// Whether the search has come to its end.
    pub done: bool,
    /// Events that match; of sequences and samples, those that they are of.
    pub matched: u64,
    pub groups: Groups,
    /// The newest of them, the newest first; those of a sequence in their order, the newest sequence first. At most
    /// [`LISTED`].
    pub events: Vec<FoundEvent>,
    /// How many there were when.
    pub counts: Counts,
    /// The values of the fields that were asked for, in that order.
    pub values: Vec<Values>,
    /// What the search could not cover, as a sentence.
    pub gaps: Option<String>,
}

/// What the events of an answer are together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Groups {
    /// Each stands for itself.
    #[default]
    None,
    /// So many sequences.
    Sequences(u64),
    /// So many samples.
    Samples(u64),
}

/// Where an event stands in its sequence or sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupPlace {
    pub first: bool,
    pub last: bool,
}

/// An event that matches. Text is as the log gave it.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundEvent {
    pub at: RecordRef,
    /// Where it is one of several.
    pub group: Option<GroupPlace>,
    pub time: DateTime<Utc>,
    pub action: String,
    /// Of which service, `event.provider`.
    pub provider: String,
    /// `success`, `failure` …
    pub outcome: String,
    /// The error code, where there is one.
    pub error: Option<String>,
    /// Who, as the table of alerts shows it.
    pub actor: String,
    /// A field and its value that find the actor's other events.
    pub actor_field: Option<(&'static str, String)>,
    pub source: String,
    pub region: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ReadRecord {
    pub at: RecordRef,
    /// The raw record and its ECS document; `None` where it is no longer there.
    pub found: Option<(serde_json::Value, serde_json::Value)>,
}
