//! Data of an alert beyond its own event: terms that are new, or the events it stands for.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use crate::investigate::cut;

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
            let events = if self.count == 1 { "event" } else { "events" };
            said.push(format!("{} {events}{by}{different} {between}.", self.count));
        }
        said
    }
}

fn listed(terms: &[Term]) -> String {
    let one = |t: &Term| format!("{} {}", t.field, t.value.as_deref().map_or_else(|| "missing".to_owned(), cut));
    terms.iter().map(one).collect::<Vec<_>>().join(", ")
}
