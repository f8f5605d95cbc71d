//! An alert: one event under one rule, or the event that stands for several.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::key::hex;
use super::{Aggregate, GroupKey};
use crate::event::Event;
use crate::investigate::{self, Assessment, Facts, Trace};
use crate::rule::{Rule, Severity};
use crate::trail::Origin;

/// An alert's id, 64 lower-case hex digits. The same event under the same rule is the same alert, whichever file or run it
/// came from. Which id an alert has:
///
/// - its event alone: [`AlertId::of`] the rule's id and the event's distinct id ([`Event::distinct_id`]);
/// - a sequence: [`AlertId::of_group`], its last event and its join keys; where sequences are suppressed, their group too;
/// - a group that reached a threshold: [`AlertId::of_group`], its first event and the group's key, as one event may count
///   in several groups; so too for each further combination of new terms, or group of suppressed alerts, of one event.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AlertId(pub String);

impl AlertId {
    /// Of the event with this distinct id under `rule`.
    #[must_use]
    pub fn of(rule: &str, event: &str) -> Self {
        let mut hash = Sha256::new();
        // The length keeps ("ab", "c") and ("a", "bc") apart.
        hash.update((rule.len() as u64).to_be_bytes());
        hash.update(rule);
        hash.update(event);
        Self(hex(&hash.finalize()))
    }

    /// Of the group under `rule` whose first event has this distinct id.
    pub(super) fn of_group(rule: &str, group: GroupKey, event: &str) -> Self {
        Self::of(rule, &format!("{}/{event}", hex(&group.0)))
    }

    /// Eight digits: enough to tell alerts apart on a screen.
    #[must_use]
    pub fn short(&self) -> &str {
        self.0.get(..8).unwrap_or(&self.0)
    }
}

impl fmt::Display for AlertId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// What the table shows of an alert's event. Text is as the log gave it; absent where the log has none.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Summary {
    /// Who: `role/session`, a user's name, `root`, a service.
    pub actor: Option<String>,
    /// From where: an address, a DNS name, `AWS Internal`.
    pub source: Option<String>,
    /// On what: the snapshot or cluster that is exported, or what else the call was about, without the ARN's prefix.
    pub target: Option<String>,
    /// To where: `s3://bucket/prefix`.
    pub destination: Option<String>,
    /// The account it happened in.
    pub account: Option<String>,
    /// The region it happened in.
    pub region: Option<String>,
    /// What was called, `event.action`.
    pub action: Option<String>,
    /// Whether any text of the record holds characters that would steer a terminal or deceive a reader.
    pub suspicious: bool,
}

/// One event under one rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    pub id: AlertId,
    pub rule_id: String,
    pub rule_name: String,
    /// The rule's severity when it fired.
    pub severity: Severity,
    /// The rule's risk score when it fired.
    pub risk_score: u32,
    /// The event's id, `event.id`.
    pub event_id: String,
    /// The event's own time, `@timestamp`.
    pub time: DateTime<Utc>,
    /// One sentence on what happened, `kibana.alert.reason`.
    pub reason: String,
    /// What the table shows.
    pub summary: Summary,
    /// What it says beyond its event, where its rule looks at more than one event.
    pub aggregate: Option<Aggregate>,
    /// How much it matters and what ties it to others, from its event alone.
    pub assessment: Assessment,
    /// The event as an ECS document, nested: JSON on one line. Empty where [`super::RuleSet::without_documents`] says so.
    pub ecs: String,
    /// The record as the log holds it.
    pub raw: String,
    pub origin: Origin,
}

impl Alert {
    /// The alert with this id that `event` raises under `rule`; `bare` leaves its document out. `None` for an event without
    /// a time.
    pub(super) fn new(rule: &Rule, id: AlertId, event: &Event<'_>, origin: &Origin, bare: bool) -> Option<Self> {
        let facts = Facts::brief(event);
        Some(Self {
            id,
            rule_id: rule.id.clone(),
            rule_name: rule.name.clone(),
            severity: rule.severity,
            risk_score: rule.risk_score,
            event_id: event.id().to_owned(),
            time: event.time()?,
            reason: investigate::reason(rule, &facts),
            summary: Summary {
                actor: facts.identity.display.clone(),
                source: event.get("source.address"),
                target: facts.target(),
                destination: facts.destination(),
                account: event.get("cloud.account.id"),
                region: event.get("cloud.region"),
                action: event.get("event.action"),
                suspicious: !facts.suspicious.is_empty(),
            },
            aggregate: None,
            assessment: Assessment::of_event(rule.risk_score, &facts, Trace::of(event, &facts)),
            ecs: if bare { String::new() } else { event.ecs_json() },
            raw: event.raw().to_owned(),
            origin: origin.clone(),
        })
    }

    /// Leaves only the first `count` of the events it stands for, the last of which happened at `last`, in microseconds.
    pub fn cut(&mut self, count: usize, last: i64) {
        let Some(aggregate) = &mut self.aggregate else { return };
        let before = aggregate.sentences().join(" ");
        // Those of a sequence count together.
        let each = (aggregate.count / (aggregate.suppressed + 1)).max(1);
        aggregate.suppressed = aggregate.suppressed.min((count as u64 / each).saturating_sub(1));
        aggregate.count = count as u64;
        aggregate.events.truncate(count);
        aggregate.last = DateTime::from_timestamp_micros(last).unwrap_or(aggregate.last);
        if let Some(said) = self.reason.strip_suffix(&before) {
            self.reason = format!("{said}{}", aggregate.sentences().join(" "));
        }
    }

    /// The event as an ECS document: [`Self::ecs`], read.
    #[must_use]
    pub fn document(&self) -> serde_json::Value {
        serde_json::from_str(&self.ecs).unwrap_or_default()
    }

    /// How many events it stands for.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.aggregate.as_ref().map_or(1, |aggregate| aggregate.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_depend_on_rule_and_event_alone() {
        let id = AlertId::of("rule", "event");
        assert_eq!(id, AlertId::of("rule", "event"));
        assert_eq!(id.0.len(), 64);
        assert_ne!(id, AlertId::of("rule2", "event"));
        assert_ne!(AlertId::of("ab", "c"), AlertId::of("a", "bc"));
    }
}
