//! The Overview: what happened, how much it matters and why, what to do next, what it belongs to; then who did it from
//! where to what.

mod incident;
mod parameters;
mod sequence;
mod standing_out;

use super::super::AlertsView;
use super::signed;
use crate::app::alerts::{AlertEntry, UNSAVED};
use crate::app::page::{Item, Page, Part, Role, columns, part};
use crate::app::shared::{Shared, in_words};
use crate::engine::Row;
use crate::investigate::{ARROW, NOT_RECORDED, SESSION, band};
use crate::triage::{AlertRow, Status, StepState};

const LABELS: usize = 14;

pub(super) fn fill(page: &mut Page, view: &AlertsView, shared: &Shared, entry: &AlertEntry) {
    let row = &entry.row;
    if shared.running > 1 {
        page.begin(Item::value("rule", row.rule_name.clone()));
        let severity = format!(" {} {} ", row.severity, row.risk_score);
        let room = page.width().saturating_sub(severity.len() + 2);
        let name = crate::text::fit(&row.rule_name, room, "…").into_owned();
        page.split(vec![part(Role::Strong, name)], vec![part(Role::Severity(row.severity), severity)]).end();
    }
    let told = !view.sequence().is_empty();
    page.begin(Item::value("reason", row.reason.clone())).wrapped(Vec::new(), Role::Strong, &headline(row, told)).end();
    sequence::fill(page, shared, view.sequence(), view.detail().map_or(&[], |detail| &detail.joined));
    priority(page, row);
    next_step(page, shared, entry);
    status(page, shared, entry);
    let detail = view.detail();
    let findings = standing_out::standing_out(shared, entry, detail.map_or(&[][..], |d| &d.findings));
    incident::fill(page, shared, entry);
    standing_out::flags(page, &findings);
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
        let record = detail.map(|detail| &detail.record);
        if let Some(table) = record.and_then(|record| parameters::Table::of(row, record)) {
            table.fill(page, label(&row.label, labels), view.unfolded_parameters);
            continue;
        }
        let value = row.copy.clone().unwrap_or_else(|| row.value.clone());
        page.begin(Item::Value { what: row.label.clone(), value, field: row.field.clone() });
        if row.value == NOT_RECORDED {
            page.wrapped(vec![label(&row.label, labels)], Role::Quiet, &row.value).end();
        } else if row.label == SESSION {
            let room = page.width().saturating_sub(labels + 1);
            page.wrapped(vec![label(&row.label, labels)], Role::Text, &at_arrows(&row.value, room)).end();
        } else {
            page.named(vec![label(&row.label, labels)], &row.value).end();
        }
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
    standing_out::sources(page, &findings);
}

fn label(text: &str, width: usize) -> Part {
    part(Role::Quiet, format!("{} ", crate::text::pad(text, width, "…")))
}

/// A chain in lines of `room` columns, each but the first beginning with an arrow; what is longer is wrapped further.
fn at_arrows(chain: &str, room: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    for (n, link) in chain.split(ARROW).enumerate() {
        let link = if n == 0 { link.to_owned() } else { format!("{}{link}", ARROW.trim_start()) };
        match lines.last_mut() {
            Some(line) if crate::text::width(line) + 1 + crate::text::width(&link) <= room => {
                line.push(' ');
                line.push_str(&link);
            }
            _ => lines.push(link),
        }
    }
    lines.join("\n")
}

/// Who did what, from where and to where. The rule and its severity are said elsewhere, and so are the events of a
/// sequence, where they are `told`.
fn headline(row: &AlertRow, told: bool) -> String {
    let rule = format!(": {} alert of {}.", row.severity, row.rule_name);
    let last = || row.reason.split_once(&rule).filter(|(_, rest)| told || rest.is_empty()).map(|(last, _)| last);
    let mut said = last().unwrap_or(&row.reason).to_owned();
    if let Some(to) = row.summary.destination.as_deref().filter(|to| !said.contains(*to)) {
        let from = row.summary.source.as_deref().and_then(|source| said.rfind(&format!(" from {source}")));
        said.insert_str(from.unwrap_or(said.len()), &format!(" to {to}"));
    }
    said
}

/// How much it matters, and what makes it so.
fn priority(page: &mut Page, row: &AlertRow) {
    let (priority, why) = (row.assessment.priority, row.assessment.explained(row.risk_score));
    page.begin(Item::value("priority", format!("{priority}: {why}")));
    let more = if row.assessment.refined { "" } else { "; the log around it is still to be searched" };
    // The explanation goes on below its number, so that it takes few lines.
    let number = format!(" {priority} ");
    let label = "Priority  ";
    let room = page.width().saturating_sub(label.len());
    let lines = crate::text::wrap(&format!("{} {why}{more}", "#".repeat(number.len())), room);
    for (i, line) in lines.into_iter().enumerate() {
        match line.get(number.len()..).filter(|_| i == 0) {
            Some(rest) => page.line(vec![
                part(Role::Quiet, label),
                part(Role::Priority(band(priority)), number.clone()),
                part(Role::Text, rest),
            ]),
            None => page.line(vec![part(Role::Text, " ".repeat(label.len())), part(Role::Text, line)]),
        };
    }
    page.end();
}

fn next_step(page: &mut Page, shared: &Shared, entry: &AlertEntry) {
    let Some(rule) = shared.rule_of(entry) else { return };
    let (done, all) = shared.progress(entry);
    let case = entry.case();
    let mut lead = vec![part(Role::Accent, "Next      ")];
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
    let mut parts = vec![part(Role::Strong, "Now       "), part(Role::Status(case.status), in_words(case.status))];
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
            value: value.clone().unwrap_or_else(|| NOT_RECORDED.to_owned()),
            field: None,
            copy: None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_breaks_at_its_arrows() {
        let chain = "AKIA1 jsmith → a ASIA2, opened 10:12:04 → b ASIA3, opened 10:20:00";
        assert_eq!(at_arrows(chain, 200), chain);
        assert_eq!(at_arrows(chain, 45), "AKIA1 jsmith → a ASIA2, opened 10:12:04\n→ b ASIA3, opened 10:20:00");
        assert_eq!(at_arrows(chain, 20).lines().count(), 3);
    }
}
