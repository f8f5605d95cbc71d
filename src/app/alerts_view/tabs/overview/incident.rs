//! The incident that the alert belongs to, in a line: how much it is, and what ties it together.

use std::collections::BTreeMap;

use crate::app::alerts::AlertEntry;
use crate::app::format::plural;
use crate::app::page::{Item, Page, Role, part};
use crate::app::shared::Shared;
use crate::triage::AlertRow;
use crate::triage::incident::{Incident, Tie};

/// Ties that are said; the others are counted.
const TIES: usize = 3;

/// Nothing of an alert that stands alone.
pub(super) fn fill(page: &mut Page, shared: &Shared, entry: &AlertEntry) {
    let Some(id) = &entry.row.incident else { return };
    let members: Vec<&AlertRow> = shared.alerts.of_incident(id).into_iter().map(|entry| &entry.row).collect();
    if members.len() < 2 {
        return;
    }
    let Some(incident) = Incident::of(id.clone(), &members, |_| &[]) else { return };
    let (first, last) = (shared.clock.event(incident.first), shared.clock.event(incident.last));
    let many = plural(incident.alerts.len(), "alert");
    let said = format!("{} · {many} · {first} – {last} · {}", incident.id, ties(&incident.ties));
    page.begin(Item::value("incident", incident.id.0));
    page.wrapped(vec![part(Role::Quiet, "Incident  ")], Role::Text, &said).end();
}

/// What most have in common first.
fn ties(ties: &[Tie]) -> String {
    let mut kinds: BTreeMap<(String, _), usize> = BTreeMap::new();
    for tie in ties {
        *kinds.entry((tie.words(), tie.kind)).or_default() += 1;
    }
    let mut kinds: Vec<((String, _), usize)> = kinds.into_iter().collect();
    kinds.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.1.cmp(&b.0.1)).then_with(|| a.0.0.cmp(&b.0.0)));
    let more = kinds.len().saturating_sub(TIES);
    let mut said: Vec<String> = kinds.into_iter().take(TIES).map(|((words, _), _)| words).collect();
    if more > 0 {
        said.push(format!("{more} more"));
    }
    said.join(", ")
}
