//! What a finding is, and the form of an entry in the table of all findings.

use std::fmt;

use chrono::Duration;
use serde::{Deserialize, Serialize};

use super::times::{clock, span};
use super::{Facts, Seen, Surroundings};

pub(super) const ACCOUNT: &str = "aws.cloudtrail.recipient_account_id";
pub(super) const ARN: &str = "aws.cloudtrail.user_identity.arn";
pub(super) const TIME: &str = "@timestamp";
pub(super) const SOURCE: &str = "source.address";
pub(super) const AGENT: &str = "user_agent.original";

/// With less log than this before the event, "never seen before" says little.
const SHORT_LOG: Duration = Duration::hours(24);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// Suggests an attack.
    Alarming,
    /// Worth a look.
    Notable,
    /// Context.
    Plain,
}

/// What has to be known to tell whether a finding is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Needs {
    /// The event alone.
    Event,
    /// When the event came in.
    Arrival,
    /// Other alerts.
    Alerts,
    /// The log around the event.
    Log,
}

/// The name of a finding, such as `root_user`: kept in states and exports, so a name is never given to anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct FindingId(&'static str);

impl FindingId {
    /// The event came in later than its rule looks back.
    pub const LATE: Self = Self("late");

    pub(super) const fn new(name: &'static str) -> Self {
        Self(name)
    }

    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for FindingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

/// Something that stands out about an alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub id: FindingId,
    /// A few words, with text as the log gave it.
    pub text: String,
    pub weight: Weight,
    /// What it adds to the priority of its alert.
    pub points: i32,
    /// The fields it came from.
    pub fields: Vec<String>,
}

impl Finding {
    /// Something that no entry of the table says, and that adds nothing to a priority.
    #[must_use]
    pub fn aside(name: &'static str, weight: Weight, text: impl Into<String>, fields: Vec<String>) -> Self {
        Self { id: FindingId(name), text: text.into(), weight, points: 0, fields }
    }
}

/// An entry of the table of findings.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    pub id: FindingId,
    /// How the explanation of a priority calls it: `key of another account`.
    pub words: &'static str,
    /// When it is found.
    pub means: &'static str,
    pub points: i32,
    pub needs: Needs,
    pub weight: Weight,
    /// The fields it comes from.
    pub fields: &'static [&'static str],
    /// Its text, where it is there.
    pub(super) check: Check,
}

/// Looks for one finding.
pub(super) type Check = fn(&Facts, &Surroundings) -> Option<String>;

impl Entry {
    pub(super) fn is_found(&self, facts: &Facts, around: &Surroundings) -> bool {
        (self.check)(facts, around).is_some()
    }

    pub(super) fn find(&self, facts: &Facts, around: &Surroundings) -> Option<Finding> {
        let text = (self.check)(facts, around)?;
        let fields = self.fields.iter().map(|field| (*field).to_owned());
        let fields = if self.fields.is_empty() { facts.suspicious.clone() } else { fields.collect() };
        Some(Finding { id: self.id, text, weight: self.weight, points: self.points, fields })
    }
}

/// The text, if `is` holds.
pub(super) fn when(is: bool, text: impl Into<String>) -> Option<String> {
    is.then(|| text.into())
}

/// Says that something was never seen before, and how much log there is to know that from.
pub(super) fn first_time(seen: Seen, text: &str, facts: &Facts, around: &Surroundings) -> Option<String> {
    if seen != Seen::Never {
        return None;
    }
    Some(match around.history(facts.time).zip(around.log_begins) {
        Some((history, begins)) => format!("{text} in {} of log, since {}", span(history), clock(begins)),
        None => format!("{text} in this log"),
    })
}

/// Whether the log before the event is too short for "never seen before" to say much.
pub(super) fn is_short(facts: &Facts, around: &Surroundings) -> bool {
    around.history(facts.time).is_some_and(|history| history < SHORT_LOG)
}
