//! What each tab says. One file a tab.

mod checklist;
mod health;
mod help;
mod history;
mod overview;
mod related;
mod rule;

use chrono::{DateTime, Utc};

use super::alerts::{AlertEntry, UNSAVED};
use super::page::{Page, Part, Role, part};
use super::{App, Tab};
use crate::engine::Detail;
use crate::text::visible;

pub use health::health;
pub use help::help;
pub use related::Why;
pub(super) use rule::body as rule;

/// The page of the tab that is shown, for lines of `width` columns. The Event tab has a tree instead.
#[must_use]
pub fn build(app: &App, width: usize) -> Page {
    let mut page = Page::new(width);
    let Some(entry) = app.selected() else {
        return page;
    };
    match app.tab() {
        Tab::Overview => overview::fill(&mut page, app, entry),
        Tab::Checklist => checklist::fill(&mut page, app, entry),
        Tab::Related => related::fill(&mut page, app),
        Tab::Event => {}
        Tab::Rule => rule::fill(&mut page, app, entry),
        Tab::History => history::fill(&mut page, app, entry),
    }
    page
}

/// Everything about an alert with its text made safe to draw, but for the events around it and what is copied.
#[must_use]
pub fn harmless(mut detail: Detail) -> Detail {
    fn clean(text: &mut String) {
        if let std::borrow::Cow::Owned(shown) = visible(text) {
            *text = shown;
        }
    }
    for row in &mut detail.overview {
        clean(&mut row.label);
        // What is searched for or copied stays as the log has it: it is made visible when it is drawn or copied.
        if row.copy.is_none() && matches!(visible(&row.value), std::borrow::Cow::Owned(_)) {
            row.copy = Some(row.value.clone());
        }
        clean(&mut row.value);
    }
    for finding in &mut detail.findings {
        clean(&mut finding.text);
        finding.fields.iter_mut().for_each(clean);
    }
    for evidence in &mut detail.evidence {
        evidence.lines.iter_mut().for_each(clean);
        for command in &mut evidence.commands {
            clean(&mut command.title);
            clean(&mut command.line);
        }
    }
    detail.related_gaps.iter_mut().for_each(clean);
    clean(&mut detail.location);
    detail
}

impl App {
    /// Steps done or set aside, and steps there are. Steps that the guide no longer has do not count.
    #[must_use]
    pub fn progress(&self, entry: &AlertEntry) -> (usize, usize) {
        self.rule_of(entry).map_or((0, 0), |rule| entry.case().progress(&rule.checklist))
    }
}

/// A heading with something quiet behind it.
pub(super) fn heading(page: &mut Page, title: &str, quiet: &str) {
    page.end();
    let mut parts = vec![part(Role::Strong, title)];
    if !quiet.is_empty() {
        parts.push(part(Role::Quiet, format!("  {quiet}")));
    }
    page.line(parts);
}

/// Who did it and when, and whether it is on disk.
fn signed(app: &App, by: &str, at: DateTime<Utc>, seq: i64) -> Vec<Part> {
    let mut parts = vec![part(Role::Quiet, format!("{by} {}", app.clock().near(at)))];
    if seq >= UNSAVED {
        parts.push(part(Role::Bad, " not saved"));
    }
    parts
}
