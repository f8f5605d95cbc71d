//! The text of each tab. One file a tab.

mod checklist;
mod history;
mod overview;
mod rule;
mod story;

use std::borrow::Cow;

use chrono::{DateTime, Utc};

use super::super::action::Tab;
use super::super::alerts::UNSAVED;
use super::super::page::{Page, Part, Role, part};
use super::super::shared::Shared;
use super::AlertsView;
use crate::engine::Detail;
use crate::text::visible;

/// The page of the tab that is shown, for lines of `width` columns. The Event tab has a tree instead.
pub(super) fn build(view: &AlertsView, shared: &Shared, width: usize) -> Page {
    let mut page = Page::new(width);
    let Some(entry) = view.selected(shared) else {
        return page;
    };
    match view.tab {
        Tab::Overview => overview::fill(&mut page, view, shared, entry),
        Tab::Checklist => checklist::fill(&mut page, view, shared, entry),
        Tab::Story => story::fill(&mut page, view, shared, entry),
        Tab::Event => {}
        Tab::Rule => rule::fill(&mut page, shared, entry),
        Tab::History => history::fill(&mut page, shared, entry),
    }
    page
}

/// Everything about an alert with its text made safe to draw, but for the events around it, its lineage, and what is copied.
pub(super) fn harmless(mut detail: Detail) -> Detail {
    fn clean(text: &mut String) {
        if let Cow::Owned(shown) = visible(text) {
            *text = shown;
        }
    }
    for row in &mut detail.overview {
        clean(&mut row.label);
        // Searching needs the value as the log has it; copying makes it visible.
        if row.copy.is_none() && matches!(visible(&row.value), Cow::Owned(_)) {
            row.copy = Some(row.value.clone());
        }
        clean(&mut row.value);
    }
    for finding in &mut detail.findings {
        clean(&mut finding.text);
        finding.fields.iter_mut().for_each(clean);
    }
    for evidence in &mut detail.evidence {
        evidence.lines.iter_mut().for_each(|line| clean(&mut line.text));
        for command in &mut evidence.commands {
            clean(&mut command.title);
            clean(&mut command.line);
        }
    }
    clean(&mut detail.location);
    detail
}

/// Who did it and when, and whether it is on disk.
fn signed(shared: &Shared, by: &str, at: DateTime<Utc>, seq: i64) -> Vec<Part> {
    let mut parts = vec![part(Role::Quiet, format!("{by} {}", shared.clock.near(at)))];
    if seq >= UNSAVED {
        parts.push(part(Role::Bad, " not saved"));
    }
    parts
}
