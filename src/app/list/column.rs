//! The columns that the table can be sorted and grouped by.

use std::cmp::Ordering;

use chrono::{DateTime, Utc};

use super::super::alerts::AlertEntry;
use crate::triage::{Status, StepState};

/// A value to sort by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Value<'a> {
    Number(i128),
    /// A text, or that there is none.
    Text(Option<&'a str>),
}

/// A column to sort by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// What is to do first: the open, then the acknowledged, then the closed; of these by priority.
    ToDo,
    Priority,
    /// Time of the event.
    Time,
    /// Severity, then risk score.
    Severity,
    Status,
    Actor,
    Source,
    /// What the call was about.
    Target,
    Destination,
    Steps,
    Rule,
    /// When the alert was found.
    Found,
}

impl Column {
    /// All columns, in the order the menu offers them.
    pub const ALL: [Self; 12] = [
        Self::ToDo,
        Self::Priority,
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
            Self::ToDo => "to do",
            Self::Priority => "priority",
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

    /// Whether the largest comes first where nobody has said otherwise.
    #[must_use]
    pub fn falls(self) -> bool {
        matches!(self, Self::ToDo | Self::Priority | Self::Time | Self::Severity | Self::Found)
    }

    pub(super) fn compare(self, a: &AlertEntry, b: &AlertEntry) -> Ordering {
        self.value(a).cmp(&self.value(b))
    }

    pub(super) fn value(self, entry: &AlertEntry) -> Value<'_> {
        let l = &entry.row;
        let s = &l.summary;
        let time = |t: DateTime<Utc>| {
            Value::Number(i128::from(t.timestamp()) * 1_000_000_000 + i128::from(t.timestamp_subsec_nanos()))
        };
        match self {
            Self::ToDo => Value::Number(to_do(urgency(entry.case().status), entry.importance).into()),
            Self::Priority => Value::Number(entry.importance.into()),
            Self::Time => time(l.time),
            Self::Severity => Value::Number(((l.severity as i128) << 32) + i128::from(l.risk_score)),
            Self::Status => Value::Number(match entry.case().status {
                Status::Open => 0,
                Status::Acknowledged => 1,
                Status::Closed(reason) => 2 + reason as i128,
            }),
            Self::Actor => Value::Text(s.actor.as_deref()),
            Self::Source => Value::Text(s.source.as_deref()),
            Self::Target => Value::Text(s.target.as_deref()),
            Self::Destination => Value::Text(s.destination.as_deref()),
            Self::Steps => Value::Number(settled(entry)),
            Self::Rule => Value::Text(Some(&l.rule_name)),
            Self::Found => time(l.found),
        }
    }
}

/// How much a status asks for: the open most.
pub(super) fn urgency(status: Status) -> u8 {
    match status {
        Status::Open => 2,
        Status::Acknowledged => 1,
        Status::Closed(_) => 0,
    }
}

/// What [`Column::ToDo`] sorts by.
pub(super) fn to_do(urgency: u8, importance: u32) -> u64 {
    (u64::from(urgency) << 32) | u64::from(importance)
}

fn settled(entry: &AlertEntry) -> i128 {
    let settled = entry.case().steps.values().filter(|mark| mark.state != StepState::Todo).count();
    i128::try_from(settled).unwrap_or(i128::MAX)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupBy {
    /// Alerts of one attack.
    Incident,
    Actor,
    Source,
    Target,
    Rule,
}

impl GroupBy {
    /// All of them, in the order the menu offers them.
    pub const ALL: [Self; 5] = [Self::Incident, Self::Actor, Self::Source, Self::Target, Self::Rule];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Incident => "incident",
            Self::Actor => "actor",
            Self::Source => "source",
            Self::Target => "target",
            Self::Rule => "rule",
        }
    }

    /// What the alerts of a group share. Nothing: it is in no group.
    pub(super) fn key(self, entry: &AlertEntry) -> Option<&str> {
        let s = &entry.row.summary;
        let value = match self {
            Self::Incident => return entry.row.incident.as_ref().map(|id| id.0.as_str()),
            Self::Actor => s.actor.as_deref(),
            Self::Source => s.source.as_deref(),
            Self::Target => s.target.as_deref(),
            Self::Rule => Some(entry.row.rule_name.as_str()),
        };
        Some(value.unwrap_or("not recorded"))
    }
}
