//! A page: the text of a tab or a pane, broken into lines, with the items that the cursor can stand on. Pages name roles;
//! the screen chooses their colours.

mod name;
mod scroll;

use std::ops::Range;

pub use scroll::PageScroll;

use crate::investigate::RecordRef;
use crate::query::Language;
use crate::rule::{Severity, StepId};
use crate::text;
use crate::triage::Status;

/// The meaning of a stretch of text, for whoever styles it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Text,
    /// A label beside a value, a hint, anything that should step back.
    Quiet,
    /// A heading, or what matters most on its line.
    Strong,
    /// A rule's severity.
    Severity(Severity),
    /// A priority, by its band.
    Priority(Severity),
    /// Where the keys go, and the keys themselves.
    Accent,
    Status(Status),
    /// State: all is well, done, saved.
    Good,
    /// State: needs a look, unfinished, not sure.
    Warn,
    /// State: failed, not saved, speaks for an attack.
    Bad,
    /// A decision that was taken back.
    Struck,
}

/// A stretch of text with one role. Free of control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub role: Role,
    pub text: String,
}

pub fn part(role: Role, text: impl Into<String>) -> Part {
    Part { role, text: text.into() }
}

/// Something that the cursor can stand on, and that keys act on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// Something with a value to copy: what it is called, and the value.
    Value {
        what: String,
        /// The bare value, raw where `field` is known.
        value: String,
        /// The ECS field that it is a value of.
        field: Option<String>,
    },
    /// What a call asked for or was answered: folded, and unfolded, by a key.
    Parameters { what: String, value: String },
    /// An event of the story, by what tells it from every other.
    Scene(String),
    /// A run of like calls in the story, by the first of them.
    Run(String),
    /// An event of the alert's sequence, by its place.
    OfSequence(usize),
    /// A rule's query.
    Query(Language, String),
    /// A step of the checklist.
    Step(StepId),
    /// A search that a step offers, by its place among them.
    Search { step: StepId, index: usize },
    /// What the log says towards a step, and the record that says so; or a command that the step offers.
    Evidence {
        step: StepId,
        record: Option<RecordRef>,
        what: String,
        text: String,
        /// The audit keeps that it was copied.
        audit: bool,
    },
    /// Something to read.
    Passage,
}

impl Item {
    /// Something to copy that no field holds.
    pub fn value(what: impl Into<String>, value: impl Into<String>) -> Self {
        Self::Value { what: what.into(), value: value.into(), field: None }
    }
}

/// One line of a page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Line {
    /// Its parts, left to right.
    pub parts: Vec<Part>,
    /// The item it belongs to.
    pub item: Option<usize>,
    /// The first line of its item: the one that shows the cursor.
    pub first: bool,
}

/// Lines and items.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// The lines, top to bottom.
    pub lines: Vec<Line>,
    /// The items, top to bottom.
    pub items: Vec<Item>,
    width: usize,
    open: bool,
    fresh: bool,
}

impl Page {
    /// An empty page for lines of `width` columns.
    #[must_use]
    pub fn new(width: usize) -> Self {
        Self { width: width.max(8), ..Self::default() }
    }

    /// Columns a line may take.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// The lines that follow belong to `item`.
    pub fn begin(&mut self, item: Item) -> &mut Self {
        self.items.push(item);
        (self.open, self.fresh) = (true, true);
        self
    }

    /// The lines that follow belong to no item.
    pub fn end(&mut self) -> &mut Self {
        self.open = false;
        self
    }

    /// One line; what does not fit is cut when it is drawn.
    pub fn line(&mut self, mut parts: Vec<Part>) -> &mut Self {
        for part in &mut parts {
            if let std::borrow::Cow::Owned(shown) = text::visible(&part.text) {
                part.text = shown;
            }
        }
        let item = self.open.then(|| self.items.len() - 1);
        self.lines.push(Line { parts, item, first: self.open && self.fresh });
        self.fresh = false;
        self
    }

    /// An empty line, of no item.
    pub fn blank(&mut self) -> &mut Self {
        self.end();
        self.lines.push(Line::default());
        self
    }

    /// A line with `left` at the left and `right` at the right edge, where both fit; else on two lines.
    pub fn split(&mut self, mut left: Vec<Part>, right: Vec<Part>) -> &mut Self {
        let room = self.width.saturating_sub(columns(&left) + columns(&right));
        if room == 0 && !right.is_empty() {
            self.line(left);
            let indent = self.width.saturating_sub(columns(&right));
            let mut second = vec![part(Role::Text, " ".repeat(indent))];
            second.extend(right);
            return self.line(second);
        }
        left.push(part(Role::Text, " ".repeat(room)));
        left.extend(right);
        self.line(left)
    }

    /// `body` wrapped behind `lead`; further lines are indented to where it began. Line breaks in `body` are kept.
    pub fn wrapped(&mut self, lead: Vec<Part>, role: Role, body: &str) -> &mut Self {
        let indent = columns(&lead).min(self.width / 2);
        let mut lead = Some(lead);
        for paragraph in body.split('\n') {
            for text in text::wrap(&text::visible(paragraph), self.width.saturating_sub(indent)) {
                let mut parts = lead.take().unwrap_or_else(|| vec![part(Role::Text, " ".repeat(indent))]);
                parts.push(part(role, text));
                self.line(parts);
            }
        }
        self
    }

    /// `chunks` one after the other behind `lead`, ` · ` between them; a line breaks between chunks where it can.
    pub fn flow(&mut self, lead: Vec<Part>, chunks: Vec<Part>) -> &mut Self {
        let indent = columns(&lead).min(self.width / 2);
        let room = self.width.saturating_sub(indent).max(1);
        let (mut parts, mut used) = (lead, 0);
        for chunk in chunks {
            let lines = text::wrap(&text::visible(&chunk.text), room);
            let last = lines.len() - 1;
            for (i, text) in lines.into_iter().enumerate() {
                let wide = text::width(&text);
                if used > 0 && used + 3 + wide > room {
                    self.line(std::mem::replace(&mut parts, vec![part(Role::Text, " ".repeat(indent))]));
                    used = 0;
                }
                if used > 0 {
                    parts.push(part(Role::Quiet, " · "));
                    used += 3;
                }
                // Behind the last of several lines nothing else begins.
                used = if i == last && i > 0 { room } else { used + wide };
                parts.push(part(chunk.role, text));
            }
        }
        self.line(parts)
    }

    /// A heading, of no item, with something quiet behind it.
    pub(super) fn heading(&mut self, title: &str, quiet: &str) {
        self.end();
        let mut parts = vec![part(Role::Strong, title)];
        if !quiet.is_empty() {
            parts.push(part(Role::Quiet, format!("  {quiet}")));
        }
        self.line(parts);
    }

    /// The lines of item `index`.
    #[must_use]
    pub fn lines_of(&self, index: usize) -> Range<usize> {
        let start = self.lines.iter().position(|l| l.item == Some(index)).unwrap_or(0);
        let length = self.lines[start.min(self.lines.len())..].iter().take_while(|l| l.item == Some(index)).count();
        start..start + length
    }
}

/// Columns that `parts` take together.
#[must_use]
pub fn columns(parts: &[Part]) -> usize {
    parts.iter().map(|p| text::width(&p.text)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapped_text_hangs_behind_its_lead() {
        let mut page = Page::new(16);
        page.begin(Item::Passage).wrapped(vec![part(Role::Quiet, "Who ")], Role::Text, "a role session");
        let shown: Vec<String> = page.lines.iter().map(|l| l.parts.iter().map(|p| p.text.as_str()).collect()).collect();
        assert_eq!(shown, ["Who a role", "    session"]);
        assert_eq!(page.lines_of(0), 0..2);
    }
}
