//! Data of an alert beyond its own event: terms that are new, or the events it stands for.

use std::path::Path;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use crate::event::{self, Event};
use crate::investigate::cut;
use crate::trail::Origin;

/// Calls of a sequence that a sentence names.
const CALLS: usize = 6;

/// A field and a value of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    pub field: String,
    /// Its value as text; nothing where the event lacks the field.
    pub value: Option<String>,
}

/// How many different values of a field there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Different {
    pub field: String,
    pub values: u64,
}

/// Why an alert says more than its event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Its event brought terms not seen before.
    NewTerms,
    /// So many events of a group came together. The alert's event is the one that made them enough.
    Threshold,
    /// It stands for later alerts of the same group.
    Suppression,
    /// Events followed one another as its rule asks. The alert's event is the last.
    Sequence,
}

/// An event of a sequence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SequenceRecord {
    pub id: String,
    /// See [`Aggregate::marks`].
    pub mark: String,
    pub time: DateTime<Utc>,
    /// What was called, `event.action`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// The record as the log holds it.
    pub raw: String,
    /// Where that lies, as [`Origin::columns`] has it.
    path: String,
    offset: u64,
}

impl SequenceRecord {
    /// `event`, which has this distinct id and time and was read from `origin`.
    pub(super) fn new(distinct: &str, time: DateTime<Utc>, event: &Event<'_>, origin: &Origin) -> Self {
        let (path, offset, _) = origin.columns();
        Self {
            id: event::id_of(distinct).to_owned(),
            mark: event::mark_of(distinct).unwrap_or_default().to_owned(),
            time,
            action: event.get("event.action"),
            raw: event.raw().to_owned(),
            path: path.to_string_lossy().into_owned(),
            offset,
        }
    }

    /// See [`Event::distinct_id`].
    pub(super) fn distinct(&self) -> String {
        event::distinct_of(&self.id, &self.mark)
    }

    #[must_use]
    pub fn origin(&self) -> Origin {
        Origin::from_columns(Path::new(&self.path), self.offset, None)
    }
}

/// What an alert says beyond its own event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aggregate {
    pub reason: Reason,
    /// The terms that are new, field by field, one combination after another.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub new_terms: Vec<Term>,
    /// What the events have in common.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub group: Vec<Term>,
    /// How many events there are.
    pub count: u64,
    /// Time of the first.
    pub first: DateTime<Utc>,
    /// Time of the last.
    pub last: DateTime<Utc>,
    /// Different values of the fields that are counted so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub different: Vec<Different>,
    /// Ids of the events, by time; the first hundred.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<String>,
    /// What tells each of those from others of the same id: the hashes of their distinct ids. States of schema 2 have none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<String>,
    /// The events of the sequence that is shown, in order, the last of which is the alert's own: the first hundred, or
    /// ninety-nine and the last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sequence: Vec<SequenceRecord>,
    /// How many later sequences it stands for.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub suppressed: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Aggregate {
    /// As sentences: `New: user.name alice.`, `27 events by user.name alice from … to ….`
    #[must_use]
    pub fn sentences(&self) -> Vec<String> {
        let mut said = Vec::new();
        if !self.new_terms.is_empty() {
            said.push(format!("New: {}.", listed(&self.new_terms)));
        }
        if self.reason != Reason::NewTerms {
            let by = if self.group.is_empty() { String::new() } else { format!(" by {}", listed(&self.group)) };
            let different: String =
                self.different.iter().map(|d| format!(", {} different values of {}", d.values, d.field)).collect();
            let time = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Secs, true);
            let between = match (time(self.first), time(self.last)) {
                (first, last) if first == last => format!("at {first}"),
                (first, last) => format!("from {first} to {last}"),
            };
            let what = match (self.reason, self.suppressed, self.count) {
                (Reason::Sequence, 0, count) => format!("Sequence of {count} events"),
                (Reason::Sequence, later, _) => format!("{} sequences of {} events", later + 1, self.sequence.len()),
                (_, _, 1) => "1 event".to_owned(),
                (_, _, count) => format!("{count} events"),
            };
            let calls = self.calls();
            said.push(format!("{what}{calls}{by}{different} {between}."));
        }
        said
    }
}

impl Aggregate {
    /// What the events of a sequence called, in order: `, CreateAccessKey, 20 × GetSecretValue,`.
    fn calls(&self) -> String {
        let action = |event: &SequenceRecord| event.action.as_deref().map_or_else(|| "no call".to_owned(), cut);
        let actions: Vec<String> = self.sequence.iter().map(action).collect();
        let runs = actions.chunk_by(|one, other| one == other).map(|run| match run.len() {
            1 => run[0].clone(),
            times => format!("{times} × {}", run[0]),
        });
        let mut runs: Vec<String> = runs.collect();
        if runs.len() > CALLS {
            runs.truncate(CALLS);
            runs.push("…".to_owned());
        }
        if runs.is_empty() { String::new() } else { format!(": {},", runs.join(", ")) }
    }
}

fn listed(terms: &[Term]) -> String {
    let one = |t: &Term| format!("{} {}", t.field, t.value.as_deref().map_or_else(|| "missing".to_owned(), cut));
    terms.iter().map(one).collect::<Vec<_>>().join(", ")
}
