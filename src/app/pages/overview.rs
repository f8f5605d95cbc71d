//! The Overview: what happened, what stands out, what to do next, then who did it from where to what.

use super::super::alerts::{Entry, UNSAVED};
use super::super::page::{Item, Page, Part, Role, columns, part};
use super::super::{App, in_words};
use super::{heading, signed};
use crate::engine::{Finding, Row};
use crate::rule::playbook::Weight;
use crate::triage::{Status, StepState};

const LABELS: usize = 14;

pub(super) fn fill(page: &mut Page, app: &App, entry: &Entry) {
    let listed = &entry.listed;
    page.begin(Item::Value { what: "reason".to_owned(), value: listed.reason.clone() });
    page.wrapped(Vec::new(), Role::Strong, &listed.reason).end();
    let detail = app.detail();
    let findings = detail.map_or(&[][..], |d| &d.findings);
    flags(page, entry, findings);
    next_step(page, app, entry);
    status(page, app, entry);
    let summary;
    let rows = match detail {
        Some(detail) => &detail.overview,
        None => {
            summary = summary_rows(entry);
            &summary
        }
    };
    let labels = rows.iter().map(|r| crate::text::width(&r.label)).max().unwrap_or(0).clamp(6, LABELS);
    for row in rows {
        let value = row.copy.clone().unwrap_or_else(|| row.value.clone());
        page.begin(Item::Value { what: row.label.clone(), value });
        let role = if row.value == "not recorded" { Role::Quiet } else { Role::Text };
        page.wrapped(vec![label(&row.label, labels)], role, &row.value).end();
    }
    match detail {
        Some(detail) => {
            page.begin(Item::Value { what: "record".to_owned(), value: detail.location.clone() });
            page.wrapped(vec![label("Record", labels)], Role::Text, &detail.location).end();
        }
        None => {
            page.line(vec![part(Role::Quiet, "reading the record …")]);
        }
    }
    notes(page, app, entry);
    sources(page, findings);
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

/// What stands out, in one flowing line or two.
fn flags(page: &mut Page, entry: &Entry, findings: &[Finding]) {
    let mut chunks = Vec::new();
    if entry.listed.summary.suspicious {
        chunks.push(part(Role::Bad, "⚑ hidden characters in the record"));
    }
    if entry.listed.late {
        chunks.push(part(Role::Warn, "! late: it came in after the rule's look-back"));
    }
    if entry.listed.held {
        chunks.push(part(Role::Warn, "! held: past the rule's cap of alerts per run"));
    }
    for finding in findings.iter().filter(|f| f.weight != Weight::Plain) {
        let (role, mark) = weight(finding.weight);
        chunks.push(part(role, format!("{mark}{}", finding.text)));
    }
    if !chunks.is_empty() {
        let value = chunks.iter().map(|c| c.text.as_str()).collect::<Vec<_>>().join("; ");
        page.begin(Item::Value { what: "findings".to_owned(), value });
        page.flow(Vec::new(), chunks).end();
    }
}

fn next_step(page: &mut Page, app: &App, entry: &Entry) {
    let Some(rule) = app.rule_of(entry) else { return };
    let (done, all) = app.progress(entry);
    let case = entry.case();
    let mut lead = vec![part(Role::Strong, "Next  ")];
    match rule.checklist.steps().find(|s| case.step(&s.id) == StepState::Todo) {
        _ if matches!(case.status, Status::Closed(_)) => {}
        Some(step) => {
            page.begin(Item::Value { what: format!("step {}", step.number), value: step.text.clone() });
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

fn status(page: &mut Page, app: &App, entry: &Entry) {
    let case = entry.case();
    let Some((by, at)) = &case.status_by else { return };
    page.begin(Item::Passage);
    let mut parts = vec![part(Role::Strong, "Now   "), part(Role::Status(case.status), in_words(case.status))];
    parts.push(part(Role::Text, " · "));
    let stored = entry.stored().status == case.status;
    parts.extend(signed(app, by, *at, if stored { 0 } else { UNSAVED }));
    page.line(parts).end();
}

fn notes(page: &mut Page, app: &App, entry: &Entry) {
    let case = entry.case();
    if app.has_draft(None) {
        page.line(vec![part(Role::Warn, "a note is half-written: n goes on with it")]);
    }
    if case.notes.is_empty() {
        return;
    }
    page.blank();
    heading(page, "Notes", "newest first");
    for note in case.notes.iter().rev() {
        page.begin(Item::Value { what: "note".to_owned(), value: note.text.clone() });
        page.line(signed(app, &note.by, note.at, note.seq));
        page.wrapped(vec![part(Role::Text, "  ")], Role::Text, &note.text).end();
    }
}

/// Which fields each finding came from.
fn sources(page: &mut Page, findings: &[Finding]) {
    if findings.is_empty() {
        return;
    }
    page.blank();
    heading(page, "What stands out, and the fields it came from", "");
    for finding in findings {
        let (role, mark) = weight(finding.weight);
        page.begin(Item::Value { what: "finding".to_owned(), value: finding.text.clone() });
        page.wrapped(Vec::new(), role, &format!("{mark}{}", finding.text));
        if !finding.fields.is_empty() {
            page.wrapped(vec![part(Role::Text, "  ")], Role::Quiet, &finding.fields.join(" · "));
        }
        page.end();
    }
}

fn summary_rows(entry: &Entry) -> Vec<Row> {
    let s = &entry.listed.summary;
    let values = [
        ("Actor", &s.actor),
        ("Source", &s.source),
        ("Snapshot", &s.target),
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
