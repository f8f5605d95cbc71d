//! The detail of one rule: its state and why, its alerts and cost, then its own text.

use super::super::format::{count, plural};
use super::super::page::{Item, Page, Role, part};
use super::super::rule_line::RuleLine;
use super::super::rule_text;
use super::super::shared::Shared;
use super::Rules;
use crate::detect::{Kept, Remembered};
use crate::diag::Diagnostic;
use crate::engine::RuleState;
use crate::rule::{Checklist, Standing, StepDetail};
use crate::text::{pad, visible};

const LABELS: usize = 16;

pub(super) fn build(rules: &Rules, shared: &Shared, line: &RuleLine, width: usize) -> Page {
    let mut page = Page::new(width);
    page.begin(Item::value("name", line.name.clone()));
    let mut parts = vec![part(Role::Strong, line.name.clone())];
    if let Some(rule) = line.rule() {
        parts.push(part(Role::Text, "  "));
        parts.push(part(Role::Severity(rule.severity), format!("{} {}", rule.severity, rule.risk_score)));
    }
    page.line(parts).end();
    stands(&mut page, rules, shared, line);
    figures(&mut page, rules, shared, line);
    for lacking in &line.entry.lacking {
        let role = if lacking.fatal { Role::Bad } else { Role::Warn };
        message(&mut page, &lacking.diagnostic(), role);
    }
    for warning in line.entry.entry.warnings.iter().chain(&line.entry.doubts) {
        message(&mut page, warning, Role::Warn);
    }
    match line.rule() {
        Some(rule) => {
            page.blank();
            rule_text::fill(&mut page, rule);
            guide(&mut page, &rule.checklist);
        }
        None => fact(&mut page, "File", Role::Text, &line.key),
    }
    page
}

fn stands(page: &mut Page, rules: &Rules, shared: &Shared, line: &RuleLine) {
    let entry = &line.entry.entry;
    let near = |time| shared.clock.near(time);
    match &entry.standing {
        Standing::Loaded => {}
        Standing::Unsupported(why) => fact(page, "State", Role::Quiet, &format!("unsupported: {why}")),
        Standing::NoRule(what) => fact(page, "State", Role::Quiet, &format!("no rule: {what}")),
        Standing::Error { error, kept } => {
            let runs = match kept {
                Some(read) => format!("error; the version read {} goes on until the file is whole", near(*read)),
                None => "error: it does not run".to_owned(),
            };
            fact(page, "State", Role::Bad, &runs);
            message(page, error, Role::Bad);
        }
    }
    let switched = line.entry.switch.as_ref().map(|switch| {
        let way = if switch.enabled { "on again" } else { "off" };
        (switch.enabled, format!("switched {way} by {}, {}", visible(&switch.analyst), near(switch.at)))
    });
    match (rules.switching(line), switched) {
        (Some(true), _) => fact(page, "State", Role::Warn, "being switched on …"),
        (Some(false), _) => fact(page, "State", Role::Warn, "being switched off …"),
        (None, Some((false, switched))) => {
            fact(page, "State", Role::Warn, &format!("off: {switched}; it evaluates nothing"));
        }
        (None, switched) if line.state == RuleState::Runs => {
            let (role, runs) = match line.entry.never() {
                Some(_) => (Role::Bad, "runs, and never alerts on a record: see below"),
                None => (Role::Good, "runs"),
            };
            let switched = switched.map_or_else(String::new, |(_, switched)| format!(" · {switched}"));
            fact(page, "State", role, &format!("{runs}{switched}"));
        }
        (None, _) => {}
    }
}

fn figures(page: &mut Page, rules: &Rules, shared: &Shared, line: &RuleLine) {
    if line.rule().is_none() {
        return;
    }
    let hits = match line.hits.last {
        None => "none in the state".to_owned(),
        Some(last) => format!(
            "{} in the state, {} open · the last {}",
            count(line.hits.all as u64),
            count(line.hits.open as u64),
            shared.clock.full(last)
        ),
    };
    fact(page, "Alerts", Role::Text, &hits);
    let cost = match (rules.share(line), line.per_event()) {
        (Some(share), Some(each)) => format!(
            "{share:.1} % of the time spent on rules since this console started · {:.1} µs for each of {} it was put to \
             · {} matched",
            each,
            plural(usize::try_from(line.cost.evaluated).unwrap_or(usize::MAX), "event"),
            count(line.cost.matched),
        ),
        _ if line.entry.running().is_some() => "no event has needed it since this console started".to_owned(),
        _ => return,
    };
    fact(page, "Cost", Role::Text, &cost);
    // One that is off remembers nothing, whatever it did.
    if let (Some(remembered), Some(_)) = (line.cost.remembered, line.entry.running()) {
        fact(page, "Remembers", Role::Text, &memory(remembered));
    }
}

/// `1,204 of at most 50,000 events, in 37 groups`.
fn memory(Remembered { kept, most, forgotten }: Remembered) -> String {
    let (kept, what) = match kept {
        Kept::Events { events, groups } => {
            let groups = plural(groups, "group");
            (format!("{} of at most {} events, in {groups}", count(events as u64), count(most as u64)), "group")
        }
        Kept::Terms { combinations, stretches } => {
            let terms = plural(combinations, "combination");
            let times = format!("{} of at most {} periods", count(stretches as u64), count(most as u64));
            (format!("{times}, in which {terms} of terms came up"), "combination")
        }
    };
    match usize::try_from(forgotten).unwrap_or(usize::MAX) {
        0 => kept,
        gone => format!("{kept} · {}, those quiet the longest, forgotten", plural(gone, what)),
    }
}

/// An error or a warning: where, what, the place with a caret, and what to do.
fn message(page: &mut Page, message: &Diagnostic, role: Role) {
    let mut at = message.file.clone().unwrap_or_default();
    if let Some(place) = &message.place {
        at.push_str(&format!(":{}:{}", place.line, place.column));
    }
    match at.is_empty() {
        true => page.begin(Item::Passage),
        false => page.begin(Item::value("place", at.clone())).wrapped(vec![part(Role::Text, "  ")], Role::Quiet, &at),
    };
    page.wrapped(vec![part(Role::Text, "  ")], role, &message.message);
    if let Some(place) = &message.place {
        let (line, below) = place.excerpt(page.width().saturating_sub(6));
        page.line(vec![part(Role::Quiet, "  | "), part(Role::Text, line)]);
        page.line(vec![part(Role::Quiet, "  | "), part(role, below)]);
    }
    if let Some(help) = &message.help {
        page.wrapped(vec![part(Role::Quiet, "  help: ")], Role::Text, help);
    }
    page.end();
}

fn guide(page: &mut Page, guide: &Checklist) {
    page.blank();
    if guide.plain {
        return page.heading("Guide", "the rule has none: three plain steps stand in for it");
    }
    page.heading("Guide", "");
    text(page, 0, &guide.intro);
    for section in &guide.sections {
        page.blank();
        page.heading(&section.title, "");
        text(page, 0, &section.intro);
        for step in &section.steps {
            let lead = if step.number > 0 { format!("{:>2}  ", step.number) } else { "  - ".to_owned() };
            page.begin(Item::Passage).wrapped(vec![part(Role::Quiet, lead)], Role::Text, &step.text).end();
            details(page, 6, &step.details);
        }
        text(page, 0, &section.outro);
    }
}

fn details(page: &mut Page, indent: usize, all: &[StepDetail]) {
    for detail in all {
        let lead = format!("{}- ", " ".repeat(indent.saturating_sub(2)));
        page.begin(Item::Passage).wrapped(vec![part(Role::Quiet, lead)], Role::Text, &detail.text).end();
        details(page, indent + 2, &detail.details);
    }
}

fn text(page: &mut Page, indent: usize, text: &str) {
    for paragraph in text.split('\n').filter(|paragraph| !paragraph.trim().is_empty()) {
        let lead = vec![part(Role::Text, " ".repeat(indent))];
        page.begin(Item::Passage).wrapped(lead, Role::Text, paragraph).end();
    }
}

fn fact(page: &mut Page, label: &str, role: Role, value: &str) {
    page.begin(Item::value(label.to_lowercase(), value));
    page.wrapped(vec![part(Role::Quiet, pad(label, LABELS, "…"))], role, value).end();
}
