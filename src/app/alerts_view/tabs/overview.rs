//! The Overview: what happened, what stands out, what to do next, then who did it from where to what.

use super::super::AlertsView;
use super::signed;
use crate::app::alerts::{AlertEntry, UNSAVED};
use crate::app::page::{Item, Page, Part, Role, columns, part};
use crate::app::shared::{Shared, in_words};
use crate::engine::{Finding, Row};
use crate::investigate::Weight;
use crate::triage::{Status, StepState};

const LABELS: usize = 14;

/// Findings shown at the top.
const SHOWN: usize = 2;

pub(super) fn fill(page: &mut Page, view: &AlertsView, shared: &Shared, entry: &AlertEntry) {
    let row = &entry.row;
    if shared.running > 1 {
        page.begin(Item::value("rule", row.rule_name.clone()));
        let severity = format!("{} {}", row.severity, row.risk_score);
        let room = page.width().saturating_sub(severity.len() + 2);
        let name = crate::text::fit(&row.rule_name, room, "…").into_owned();
        page.split(vec![part(Role::Strong, name)], vec![part(Role::Severity(row.severity), severity)]).end();
    }
    page.begin(Item::value("reason", row.reason.clone()));
    let reason = crate::text::fit(&row.reason, page.width(), "…").into_owned();
    page.line(vec![part(Role::Strong, reason)]).end();
    let detail = view.detail();
    let findings = detail.map_or(&[][..], |d| &d.findings);
    let findings = standing_out(shared, entry, findings);
    flags(page, &findings);
    next_step(page, shared, entry);
    status(page, shared, entry);
    let summary;
    let rows = match detail {
        Some(detail) => &detail.overview,
        None => {
            summary = summary_rows(shared, entry);
            &summary
        }
    };
    let labels = rows.iter().map(|r| crate::text::width(&r.label)).max().unwrap_or(0).clamp(6, LABELS);
    for row in rows {
        let value = row.copy.clone().unwrap_or_else(|| row.value.clone());
        page.begin(Item::Value { what: row.label.clone(), value, field: row.field.clone() });
        let role = if row.value == "not recorded" { Role::Quiet } else { Role::Text };
        page.wrapped(vec![label(&row.label, labels)], role, &row.value).end();
    }
    match detail {
        Some(detail) => {
            page.begin(Item::value("record", detail.location.clone()));
            page.wrapped(vec![label("Record", labels)], Role::Text, &detail.location).end();
        }
        None => {
            page.line(vec![part(Role::Quiet, "reading the record …")]);
        }
    }
    notes(page, view, shared, entry);
    sources(page, &findings);
}

fn label(text: &str, width: usize) -> Part {
    part(Role::Quiet, format!("{} ", crate::text::pad(text, width, "…")))
}

fn weight(weight: Weight) -> (Role, &'static str) {
    match weight {
        Weight::Alarming => (Role::Bad, "‼ "),
        Weight::Notable => (Role::Warn, "! "),
        Weight::Plain => (Role::Text, ""),
    }
}

/// Findings, the most alarming first: the console's own, then those about the event.
fn standing_out(shared: &Shared, entry: &AlertEntry, findings: &[Finding]) -> Vec<Finding> {
    let of_ours = |weight, text: &str| Finding::aside("alert", weight, text, Vec::new());
    let mut all = Vec::new();
    // The findings, once they are here, say it themselves and name the fields.
    if entry.row.summary.suspicious && findings.is_empty() {
        all.push(of_ours(Weight::Alarming, "hidden characters in the record"));
    }
    if entry.row.late {
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

/// The two that matter most, a line each at most, and the number of others: who, from where and to where must stay in
/// sight.
fn flags(page: &mut Page, all: &[Finding]) {
    let marked: Vec<&Finding> = all.iter().filter(|f| f.weight != Weight::Plain).collect();
    if marked.is_empty() {
        return;
    }
    let value = marked.iter().map(|f| f.text.as_str()).collect::<Vec<_>>().join("; ");
    page.begin(Item::value("findings", value));
    let rest = marked.len().saturating_sub(SHOWN);
    let more = if rest > 0 { format!(" +{rest} more") } else { String::new() };
    let mut parts: Vec<Vec<Part>> = Vec::new();
    for (i, finding) in marked.iter().take(SHOWN).enumerate() {
        let last = i + 1 == SHOWN.min(marked.len());
        let room = page.width().saturating_sub(if last { crate::text::width(&more) } else { 0 });
        let (role, mark) = weight(finding.weight);
        let text = format!("{mark}{}", finding.text);
        parts.push(vec![part(role, crate::text::fit(&text, room, "…").into_owned())]);
    }
    if let Some(last) = parts.last_mut() {
        last.push(part(Role::Quiet, more));
    }
    let together = parts.iter().map(|p| columns(p)).sum::<usize>() + 3 * (parts.len() - 1);
    if together <= page.width() {
        let line = parts.join(&part(Role::Quiet, " · "));
        page.line(line);
    } else {
        for line in parts {
            page.line(line);
        }
    }
    page.end();
}

fn next_step(page: &mut Page, shared: &Shared, entry: &AlertEntry) {
    let Some(rule) = shared.rule_of(entry) else { return };
    let (done, all) = shared.progress(entry);
    let case = entry.case();
    let mut lead = vec![part(Role::Strong, "Next  ")];
    match rule.checklist.steps().find(|s| case.step(&s.id) == StepState::Todo) {
        _ if matches!(case.status, Status::Closed(_)) => {}
        Some(step) => {
            page.begin(Item::value(format!("step {}", step.number), step.text.clone()));
            let text = format!("step {}: {}", step.number, step.text);
            let text = crate::text::fit(&text, page.width().saturating_sub(7 + columns(&lead)), "…").into_owned();
            lead.push(part(Role::Text, text));
            page.split(lead, vec![part(Role::Quiet, format!(" {done}/{all}"))]).end();
        }
        None if all > 0 => {
            page.begin(Item::Passage).wrapped(lead, Role::Good, &format!("all {all} steps done: c closes")).end();
        }
        None => {}
    }
}

fn status(page: &mut Page, shared: &Shared, entry: &AlertEntry) {
    let case = entry.case();
    let Some((by, at)) = &case.status_by else { return };
    page.begin(Item::Passage);
    let mut parts = vec![part(Role::Strong, "Now   "), part(Role::Status(case.status), in_words(case.status))];
    parts.push(part(Role::Text, " · "));
    let stored = entry.stored().status == case.status;
    parts.extend(signed(shared, by, *at, if stored { 0 } else { UNSAVED }));
    page.line(parts).end();
}

fn notes(page: &mut Page, view: &AlertsView, shared: &Shared, entry: &AlertEntry) {
    let case = entry.case();
    if view.has_draft(None) {
        page.line(vec![part(Role::Warn, "a note is half-written: n goes on with it")]);
    }
    if case.notes.is_empty() {
        return;
    }
    page.blank();
    page.heading("Notes", "newest first");
    for note in case.notes.iter().rev() {
        page.begin(Item::value("note", note.text.clone()));
        page.line(signed(shared, &note.by, note.at, note.seq));
        page.wrapped(vec![part(Role::Text, "  ")], Role::Text, &note.text).end();
    }
}

/// Each finding with the fields it came from.
fn sources(page: &mut Page, findings: &[Finding]) {
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

fn summary_rows(shared: &Shared, entry: &AlertEntry) -> Vec<Row> {
    let s = &entry.row.summary;
    let values = [
        ("Actor", &s.actor),
        ("Source", &s.source),
        (shared.target_heading, &s.target),
        ("To", &s.destination),
        ("Account", &s.account),
        ("Region", &s.region),
    ];
    values
        .into_iter()
        .map(|(label, value)| Row {
            label: label.to_owned(),
            value: value.clone().unwrap_or_else(|| "not recorded".to_owned()),
            field: None,
            copy: None,
        })
        .collect()
}
