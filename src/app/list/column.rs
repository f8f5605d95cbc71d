//! What the table can be sorted and grouped by.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::hash::Hash;

use super::super::alerts::Entry;
use crate::detect::Summary;
use crate::triage::StepState;

/// A column to sort by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// Time of the event.
    Time,
    /// Severity, then risk score.
    Severity,
    /// Status.
    Status,
    /// Actor.
    Actor,
    /// Source address.
    Source,
    /// What the call was about.
    Target,
    /// Destination.
    Destination,
    /// Steps done.
    Steps,
    /// The rule's name.
    Rule,
    /// When the alert was found.
    Found,
}

impl Column {
    /// All columns, in the order the menu offers them.
    pub const ALL: [Self; 10] = [
        Self::Time,
        Self::Severity,
        Self::Status,
        Self::Actor,
        Self::Source,
        Self::Target,
        Self::Destination,
        Self::Steps,
        Self::Rule,
        Self::Found,
    ];

    /// Its heading, in lower case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Severity => "severity",
            Self::Status => "status",
            Self::Actor => "actor",
            Self::Source => "source",
            Self::Target => "target",
            Self::Destination => "destination",
            Self::Steps => "steps",
            Self::Rule => "rule",
            Self::Found => "found",
        }
    }

    pub(super) fn compare(self, a: &Entry, b: &Entry) -> Ordering {
        let (x, y) = (&a.listed, &b.listed);
        match self {
            Self::Time => x.time.cmp(&y.time),
            Self::Severity => (x.severity, x.risk_score).cmp(&(y.severity, y.risk_score)),
            Self::Status => a.case().status.cmp(&b.case().status),
            Self::Actor => x.summary.actor.cmp(&y.summary.actor),
            Self::Source => x.summary.source.cmp(&y.summary.source),
            Self::Target => x.summary.target.cmp(&y.summary.target),
            Self::Destination => x.summary.destination.cmp(&y.summary.destination),
            Self::Steps => settled(a).cmp(&settled(b)),
            Self::Rule => x.rule_name.cmp(&y.rule_name),
            Self::Found => x.found.cmp(&y.found),
        }
    }

    /// A number for each entry that compares as [`Self::compare`] does: many entries share few values, and numbers are
    /// sorted much faster than texts.
    pub(super) fn ranks(self, entries: &[Entry]) -> Vec<u32> {
        let of = |field: fn(&Summary) -> &Option<String>| numbered(entries.iter().map(|e| field(&e.listed.summary)));
        match self {
            Self::Time => numbered(entries.iter().map(|e| e.listed.time)),
            Self::Severity => numbered(entries.iter().map(|e| (e.listed.severity, e.listed.risk_score))),
            Self::Status => numbered(entries.iter().map(|e| e.case().status)),
            Self::Actor => of(|s| &s.actor),
            Self::Source => of(|s| &s.source),
            Self::Target => of(|s| &s.target),
            Self::Destination => of(|s| &s.destination),
            Self::Steps => numbered(entries.iter().map(settled)),
            Self::Rule => numbered(entries.iter().map(|e| e.listed.rule_name.as_str())),
            Self::Found => numbered(entries.iter().map(|e| e.listed.found)),
        }
    }
}

fn numbered<T: Ord + Hash + Clone>(values: impl Iterator<Item = T> + Clone) -> Vec<u32> {
    let mut ranks: HashMap<T, u32> = values.clone().map(|value| (value, 0)).collect();
    let mut ordered: Vec<T> = ranks.keys().cloned().collect();
    ordered.sort_unstable();
    for (rank, value) in (0..).zip(ordered) {
        ranks.insert(value, rank);
    }
    values.map(|value| ranks.get(&value).copied().unwrap_or_default()).collect()
}

fn settled(entry: &Entry) -> usize {
    entry.case().steps.values().filter(|mark| mark.state != StepState::Todo).count()
}

/// What alerts are grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupBy {
    /// Who.
    Actor,
    /// From where.
    Source,
    /// On what.
    Target,
    /// Which rule.
    Rule,
}

impl GroupBy {
    /// All of them, in the order the menu offers them.
    pub const ALL: [Self; 4] = [Self::Actor, Self::Source, Self::Target, Self::Rule];

    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Actor => "actor",
            Self::Source => "source",
            Self::Target => "target",
            Self::Rule => "rule",
        }
    }

    pub(super) fn key(self, entry: &Entry) -> &str {
        let s = &entry.listed.summary;
        match self {
            Self::Actor => s.actor.as_deref(),
            Self::Source => s.source.as_deref(),
            Self::Target => s.target.as_deref(),
            Self::Rule => Some(entry.listed.rule_name.as_str()),
        }
        .unwrap_or("not recorded")
    }
}
