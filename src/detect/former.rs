//! Alert ids up to schema 2 of the state: made of the event's id, where now its distinct id counts. The audit chain keeps
//! recorded ids from being rewritten, so former alerts are found through these.

use super::{Alert, AlertId, GroupKey, Reason};
use crate::event::Event;

/// The id that an alert recorded under a former id has now; `None` for one that was not, or of which that can no longer be
/// told. `record` hands out the record of an event that is remembered, by the event's id.
pub fn present_id(alert: &Alert, record: impl FnOnce(&str) -> Option<String>) -> Option<AlertId> {
    let rule = &alert.rule_id;
    match counted(alert) {
        Some((group, first)) => {
            if AlertId::of_group(rule, group, first) != alert.id {
                return None;
            }
            let raw = if first == alert.event_id { alert.raw.clone() } else { record(first)? };
            let first = Event::parse(raw.as_bytes()).ok()?.distinct_id();
            Some(AlertId::of_group(rule, group, &first))
        }
        // The first of those that are folded is the one that is shown.
        None => {
            let was = AlertId::of(rule, &alert.event_id) == alert.id;
            let distinct = was.then(|| Event::parse(alert.raw.as_bytes()).ok())??.distinct_id();
            Some(AlertId::of(rule, &distinct))
        }
    }
}

/// The id that the alert of a rule that counts would have had formerly.
#[must_use]
pub fn former_group_id(alert: &Alert) -> Option<AlertId> {
    let (group, first) = counted(alert)?;
    Some(AlertId::of_group(&alert.rule_id, group, first))
}

/// The group that was counted, and the id of its first event.
fn counted(alert: &Alert) -> Option<(GroupKey, &str)> {
    let aggregate = alert.aggregate.as_ref().filter(|aggregate| aggregate.reason == Reason::Threshold)?;
    let values: Vec<Option<&str>> = aggregate.group.iter().map(|term| term.value.as_deref()).collect();
    Some((GroupKey::of(&values), aggregate.events.first()?))
}
