//! What an alert says beyond its own event: terms that are new, or the events it stands for.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A field and a value of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    /// The field, dotted.
    pub field: String,
    /// Its value as text; nothing where the event lacks the field.
    pub value: Option<String>,
}

/// How many different values of a field there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Different {
    /// The field, dotted.
    pub field: String,
    /// How many.
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
    /// Later alerts of the same group are folded into it.
    Suppression,
}

/// What an alert says beyond its own event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aggregate {
    /// Why.
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
}
