//! What stands out about an alert: the console's own findings, and those about the event.

use crate::app::alerts::AlertEntry;
use crate::app::page::{Item, Page, Part, Role, part};
use crate::app::shared::Shared;
use crate::investigate::{Finding, Weight};

fn weight(weight: Weight) -> (Role, &'static str) {
    match weight {
        Weight::Alarming => (Role::Bad, "‼ "),
        Weight::Notable => (Role::Warn, "! "),
        Weight::Plain => (Role::Text, ""),
    }
}

/// Findings, the most alarming first: the console's own, then those about the event.
pub(super) fn standing_out(shared: &Shared, entry: &AlertEntry, findings: &[Finding]) -> Vec<Finding> {
    let of_ours = |weight, text: &str| Finding::aside("alert", weight, text, Vec::new());
    let mut all = Vec::new();
    // The findings, once they are here, say it themselves and name the fields.
    if entry.row.summary.suspicious && findings.is_empty() {
        all.push(of_ours(Weight::Alarming, "hidden characters in the record"));
    }
    if entry.row.late && findings.is_empty() {
        all.push(of_ours(Weight::Notable, "late: it came in after the rule's look-back"));
    }
    if shared.clock.is_ahead(entry.row.time) {
        all.push(of_ours(Weight::Notable, "in the future: its time is ahead of this machine's clock"));
    }
    if entry.row.held {
        let block = shared.rule_of(entry).is_some_and(|rule| rule.building_block);
        let why = if block {
            "held: a building block for other rules"
        } else {
            "held: past the rule's cap of alerts per run"
        };
        all.push(of_ours(Weight::Notable, why));
    }
    if entry.row.withdrawn {
        all.push(of_ours(Weight::Notable, "taken back: another event has turned out to be the one to tell of"));
    }
    all.extend(findings.iter().cloned());
    all.sort_by_key(|f| f.weight);
    all
}

/// All of them, several on a line: the most alarming first.
pub(super) fn flags(page: &mut Page, all: &[Finding]) {
    if all.is_empty() {
        return;
    }
    let value = all.iter().map(|f| f.text.as_str()).collect::<Vec<_>>().join("; ");
    page.begin(Item::value("findings", value));
    let chunks: Vec<Part> = all
        .iter()
        .map(|finding| {
            let (role, mark) = weight(finding.weight);
            part(if finding.weight == Weight::Plain { Role::Quiet } else { role }, format!("{mark}{}", finding.text))
        })
        .collect();
    page.flow(Vec::new(), chunks).end();
}

/// Each finding with the fields it came from.
pub(super) fn sources(page: &mut Page, findings: &[Finding]) {
    if findings.is_empty() {
        return;
    }
    page.blank();
    page.heading("What stands out, and the fields it came from", "");
    for finding in findings {
        let (role, mark) = weight(finding.weight);
        page.begin(Item::value("finding", finding.text.clone()));
        page.wrapped(Vec::new(), role, &format!("{mark}{}", finding.text));
        if !finding.fields.is_empty() {
            page.wrapped(vec![part(Role::Text, "  ")], Role::Quiet, &finding.fields.join(" · "));
        }
        page.end();
    }
}
