//! The Checklist: the investigation guide, section by section. The step under the cursor shows its details, what the log
//! says towards it, and the commands it offers.

use super::super::AlertsView;
use super::signed;
use crate::app::action::Pane;
use crate::app::alerts::AlertEntry;
use crate::app::format::plural;
use crate::app::page::{Item, Page, Part, Role, columns, part};
use crate::app::shared::Shared;
use crate::investigate::RecordRef;
use crate::rule::{ChecklistStep, Section, SectionKind, StepDetail};
use crate::text::{visible, wrap};
use crate::triage::{Case, StepState};

/// Lines that are read at a glance.
const GLANCE: usize = 3;

pub(super) fn fill(page: &mut Page, view: &AlertsView, shared: &Shared, entry: &AlertEntry) {
    let Some(rule) = shared.rule_of(entry) else {
        page.line(vec![part(Role::Quiet, "the rule of this alert is not loaded, so its guide is not here")]);
        return;
    };
    let checklist = &rule.checklist;
    if checklist.plain {
        page.wrapped(Vec::new(), Role::Quiet, "This rule has no guide; these steps fit any alert.").blank();
    }
    let under_cursor = view.scroll().cursor;
    for (i, section) in checklist.sections.iter().enumerate() {
        if i > 0 {
            page.blank();
        }
        fill_section(page, view, shared, entry, section, under_cursor);
    }
    if !checklist.intro.is_empty() {
        page.blank();
        page.heading("Background", "");
        for paragraph in checklist.intro.split('\n') {
            page.begin(Item::Passage).wrapped(Vec::new(), Role::Text, paragraph).end();
        }
    }
}

fn fill_section(
    page: &mut Page,
    view: &AlertsView,
    shared: &Shared,
    entry: &AlertEntry,
    section: &Section,
    under_cursor: usize,
) {
    let case = entry.case();
    let ticked = section.kind != SectionKind::Information;
    let done = section.steps.iter().filter(|s| case.step(&s.id) != StepState::Todo).count();
    let progress = if ticked { format!("{done}/{}", section.steps.len()) } else { String::new() };
    page.heading(&section.title, &progress);
    prose(page, &section.intro);
    let mut group = None;
    for step in &section.steps {
        if step.group != group {
            group.clone_from(&step.group);
            if let Some(title) = &group {
                page.line(vec![part(Role::Strong, format!("  {title}"))]);
            }
        }
        prose(page, &step.intro);
        if ticked {
            let open = view.open_steps.get(&entry.row.id) == Some(&step.id);
            fill_step(page, view, shared, case, step, open);
            searches(page, view, shared, step, 7, under_cursor);
        } else {
            page.begin(Item::value(section.title.clone(), step.text.clone()));
            page.wrapped(vec![part(Role::Quiet, "  • ")], Role::Text, &step.text);
            details(page, &step.details, 4);
            page.end();
            searches(page, view, shared, step, 4, under_cursor);
        }
    }
    prose(page, &section.outro);
}

/// Text of the guide between its steps. The cursor stops at what is long, so that all of it can be read.
fn prose(page: &mut Page, text: &str) {
    if text.is_empty() {
        return;
    }
    let lines: usize = text.split('\n').map(|paragraph| wrap(&visible(paragraph), page.width()).len()).sum();
    if lines > GLANCE {
        page.begin(Item::Passage);
    }
    page.wrapped(Vec::new(), Role::Quiet, text).end();
}

fn fill_step(page: &mut Page, view: &AlertsView, shared: &Shared, case: &Case, step: &ChecklistStep, open: bool) {
    page.begin(Item::Step(step.id.clone()));
    let (mark, role, text_role) = match case.step(&step.id) {
        StepState::Todo => (" ", Role::Text, Role::Text),
        StepState::Done => ("✓", Role::Good, Role::Text),
        StepState::NotApplicable => ("–", Role::Quiet, Role::Quiet),
    };
    let lead = vec![
        part(Role::Quiet, "["),
        part(role, mark),
        part(Role::Quiet, "]"),
        part(Role::Quiet, format!("{:>3} ", step.number)),
    ];
    let indent = columns(&lead);
    page.wrapped(lead, text_role, &step.text);
    let pad = || part(Role::Text, " ".repeat(indent));
    let about = about(view, shared, case, step, open);
    if !about.is_empty() {
        let mut parts = vec![pad()];
        parts.extend(about);
        page.line(parts);
    }
    if view.unfolded || open {
        details(page, &step.details, indent);
    }
    for note in case.notes.iter().filter(|n| n.step.as_ref() == Some(&step.id)) {
        let mut lead = vec![pad(), part(Role::Quiet, "note · ")];
        lead.extend(signed(shared, &note.by, note.at, note.seq));
        page.line(lead);
        page.wrapped(vec![pad(), part(Role::Text, "  ")], Role::Text, &note.text);
    }
    if open {
        evidence(page, view, step, indent);
    }
    page.end();
}

/// Who set the step and when, and how much is folded away.
fn about(view: &AlertsView, shared: &Shared, case: &Case, step: &ChecklistStep, open: bool) -> Vec<Part> {
    let mut parts = Vec::new();
    if let Some(m) = case.steps.get(&step.id) {
        match m.state {
            StepState::NotApplicable => parts.push(part(Role::Quiet, "not applicable · ")),
            StepState::Todo => parts.push(part(Role::Quiet, "set back to do · ")),
            StepState::Done => {}
        }
        parts.extend(signed(shared, &m.by, m.at, m.seq));
    }
    let mut more = Vec::new();
    if view.has_draft(Some(&step.id)) {
        more.push("a note is half-written: n goes on with it".to_owned());
    }
    let folded = step.details.iter().filter(|detail| detail.pivot.is_none()).count();
    if !open && !view.unfolded && folded > 0 {
        more.push(plural(folded, "detail"));
    }
    for text in more {
        let dot = if parts.is_empty() { "" } else { " · " };
        parts.push(part(Role::Quiet, format!("{dot}{text}")));
    }
    parts
}

fn details(page: &mut Page, list: &[StepDetail], indent: usize) {
    for detail in list {
        // A search is a line of its own, see [`searches`].
        if detail.pivot.is_none() {
            let lead = vec![part(Role::Quiet, format!("{}• ", " ".repeat(indent)))];
            page.wrapped(lead, Role::Text, &detail.text);
        }
        details(page, &detail.details, indent + 2);
    }
}

/// The searches that the step offers. The one under the cursor shows its query, or why it cannot be made.
fn searches(
    page: &mut Page,
    view: &AlertsView,
    shared: &Shared,
    step: &ChecklistStep,
    indent: usize,
    under_cursor: usize,
) {
    for (index, pivot) in step.searches().into_iter().enumerate() {
        let current = page.items.len() == under_cursor && view.pane == Pane::Detail;
        page.begin(Item::Search { step: step.id.clone(), index });
        let label = if pivot.label.is_empty() { "Search" } else { &pivot.label };
        page.wrapped(vec![part(Role::Quiet, format!("{}→ ", " ".repeat(indent)))], Role::Strong, label);
        if current {
            let pad = || vec![part(Role::Text, " ".repeat(indent + 2))];
            if !pivot.description.is_empty() {
                page.wrapped(pad(), Role::Text, &pivot.description);
            }
            match view.question_of(pivot, shared) {
                Some(Ok(question)) => page.wrapped(pad(), Role::Quiet, &format!("Enter: {question}")),
                Some(Err(why)) => page.wrapped(pad(), Role::Warn, &format!("cannot be searched for: {why}")),
                None => page.wrapped(pad(), Role::Quiet, "the record is still being read"),
            };
        }
        page.end();
    }
}

fn evidence(page: &mut Page, view: &AlertsView, step: &ChecklistStep, indent: usize) {
    let Some(detail) = view.detail() else { return };
    let Some(evidence) = detail.evidence.iter().find(|e| e.step == step.id) else { return };
    let pad = " ".repeat(indent);
    let item = |record: Option<&RecordRef>, what: &str, text: &str, audit: bool| Item::Evidence {
        step: step.id.clone(),
        record: record.cloned(),
        what: what.to_owned(),
        text: text.to_owned(),
        audit,
    };
    let mut own = true;
    for line in &evidence.lines {
        // The cursor stops at what has a record, and once at what follows it.
        if line.record.is_some() || !own {
            own = line.record.is_none();
            page.begin(item(line.record.as_ref(), "evidence", &line.text, false));
        }
        let mark = if line.record.is_some() { "│▸" } else { "│ " };
        page.wrapped(vec![part(Role::Quiet, format!("{pad}{mark}"))], Role::Text, &line.text);
    }
    for command in &evidence.commands {
        page.begin(item(None, &command.title, &command.line, true));
        page.wrapped(vec![part(Role::Quiet, format!("{pad}y "))], Role::Quiet, &command.title);
        page.wrapped(vec![part(Role::Quiet, format!("{pad}  $ "))], Role::Strong, &command.line);
    }
}
