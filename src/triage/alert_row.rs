//! What a list of alerts needs of each: everything but the event itself, so that ten thousand load at once.

use chrono::{DateTime, Utc};

use crate::detect::{Alert, AlertId, RuleSet, Summary};
use crate::investigate::{Assessment, FindingId};
use crate::rule::Severity;

use super::IncidentId;

/// An alert without its event.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertRow {
    pub id: AlertId,
    pub rule_id: String,
    pub rule_name: String,
    pub severity: Severity,
    pub risk_score: u32,
    pub event_id: String,
    pub time: DateTime<Utc>,
    /// When watchfloor found it (on a replay: the replay clock's time).
    pub found: DateTime<Utc>,
    /// One sentence on what happened.
    pub reason: String,
    pub summary: Summary,
    /// How much it matters, why, and what ties it to others.
    pub assessment: Assessment,
    /// The incident it belongs to, once that has been worked out.
    pub incident: Option<IncidentId>,
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

/// An alert with the circumstances of its finding.
#[derive(Debug, Clone, PartialEq)]
pub struct NewAlert {
    pub alert: Alert,
    /// When it was found, see [`AlertRow::found`].
    pub found: DateTime<Utc>,
    /// See [`AlertRow::late`].
    pub late: bool,
    /// See [`AlertRow::held`].
    pub held: bool,
}

impl NewAlert {
    /// An alert found at `found` under these rules; `live` when its file has just arrived.
    #[must_use]
    pub fn new(mut alert: Alert, found: DateTime<Utc>, rules: &RuleSet, live: bool) -> Self {
        let late = live && is_late(&alert, found, rules);
        if late {
            alert.assessment = alert.assessment.with(FindingId::LATE, alert.risk_score);
        }
        Self { alert, found, late, held: false }
    }

    /// The alert as lists show it.
    #[must_use]
    pub fn listed(&self) -> AlertRow {
        let Self { alert, found, late, held } = self;
        AlertRow {
            id: alert.id.clone(),
            rule_id: alert.rule_id.clone(),
            rule_name: alert.rule_name.clone(),
            severity: alert.severity,
            risk_score: alert.risk_score,
            event_id: alert.event_id.clone(),
            time: to_micros(alert.time),
            found: to_micros(*found),
            reason: alert.reason.clone(),
            summary: alert.summary.clone(),
            assessment: alert.assessment.clone(),
            incident: None,
            late: *late,
            held: *held,
            count: alert.count(),
            withdrawn: false,
        }
    }
}

/// Late is what was found longer after the event than its rule looks back at each run (`from` to `interval` of Elastic's
/// rule): a scheduled run would have missed it.
fn is_late(alert: &Alert, found: DateTime<Utc>, rules: &RuleSet) -> bool {
    rules.rule(&alert.rule_id).is_some_and(|rule| found - alert.time > rule.look_back())
}

/// `time` as the state keeps it.
pub(super) fn to_micros(time: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(time.timestamp_micros()).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::Exceptions;
    use crate::rule::bundled;
    use crate::triage::samples;

    #[test]
    fn what_comes_in_late_is_a_finding() {
        let rules = RuleSet::new(bundled().to_vec(), Exceptions::default()).0;
        let mut alert = samples::found(2).alert;
        alert.rule_id = bundled()[0].id.clone();
        let found = |after: chrono::Duration, live| NewAlert::new(alert.clone(), alert.time + after, &rules, live);
        let late = found(chrono::Duration::days(2), true);
        assert!(late.late && late.alert.assessment.findings.contains(&FindingId::LATE));
        for new in [found(chrono::Duration::zero(), true), found(chrono::Duration::days(2), false)] {
            assert_eq!((new.late, &new.alert.assessment), (false, &alert.assessment));
        }
    }
}
