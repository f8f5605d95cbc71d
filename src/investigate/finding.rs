use chrono::Duration;
use serde::{Deserialize, Serialize};

use super::surroundings::clock;
use super::{Facts, Seen, Surroundings};

pub(super) const ACCOUNT: &str = "aws.cloudtrail.recipient_account_id";
pub(super) const ARN: &str = "aws.cloudtrail.user_identity.arn";
pub(super) const TIME: &str = "@timestamp";

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

/// Something that stands out about an alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// A few words, with text as the log gave it.
    pub text: String,
    pub weight: Weight,
    /// The fields it came from.
    pub fields: Vec<String>,
}

impl Finding {
    pub(super) fn new(weight: Weight, text: impl Into<String>, fields: &[&str]) -> Self {
        Self { text: text.into(), weight, fields: fields.iter().map(|field| (*field).to_owned()).collect() }
    }
}

/// Looks for one finding.
pub(super) type Check = fn(&Facts, &Surroundings) -> Option<Finding>;

/// The finding, if `is` holds.
pub(super) fn when(is: bool, weight: Weight, text: impl Into<String>, fields: &[&str]) -> Option<Finding> {
    is.then(|| Finding::new(weight, text, fields))
}

/// The finding that something was never seen before, with how far back the log goes.
pub(super) fn first_time(seen: Seen, text: &str, field: &str, facts: &Facts, around: &Surroundings) -> Option<Finding> {
    let (weight, text) = match (around.history(facts.time), around.log_begins) {
        (Some(history), Some(begins)) if history < SHORT_LOG => {
            (Weight::Plain, format!("{text} in this log, which only begins {}", clock(begins)))
        }
        (_, Some(begins)) => (Weight::Notable, format!("{text} in this log, which begins {}", clock(begins))),
        _ => (Weight::Notable, format!("{text} in this log")),
    };
    when(seen == Seen::Never, weight, text, &[field])
}
