//! Explore: any question to the log, as a view of its own over everything else. What lies below stays as it is, and so
//! does the last answer when Explore is left: both are there again with one key.
//!
//! - [`ask`] reads a question, [`act`] does what the keys say.
//! - [`places`] divides the screen, [`words`] says how far an answer reaches.

mod act;
mod ask;
mod fields;
pub mod places;
mod words;

pub use ask::Ask;
pub(super) use ask::{one_line, window};
pub(super) use fields::KNOWN;
pub use words::{lead, span};

use chrono::{DateTime, Utc};

use super::clause::Clause;
use super::tree::Tree;
use crate::engine::{Explored, FoundEvent, RecordRef, Values};
use crate::text::{visible, width};

/// The fields whose values are counted unless another is asked for.
pub const FIELDS: [&str; 6] =
    ["event.action", "user.name", "source.address", "event.provider", "aws.cloudtrail.error_code", "cloud.region"];

/// Earlier questions that are kept.
const EARLIER: usize = 100;

/// The list that has the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Side {
    #[default]
    Events,
    Values,
}

/// Cursor and first row of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ListScroll {
    /// The row under the cursor.
    pub cursor: usize,
    /// The first row on the screen.
    pub top: usize,
}

impl ListScroll {
    fn settle(&mut self, rows: usize, height: usize) {
        self.cursor = self.cursor.min(rows.saturating_sub(1));
        self.top = self.top.min(self.cursor).max((self.cursor + 1).saturating_sub(height.max(1)));
        self.top = self.top.min(rows.saturating_sub(height));
    }

    /// Keeps the cursor on what is now at `cursor`, on its line of the screen.
    fn follow(&mut self, cursor: usize) {
        let line = self.cursor.saturating_sub(self.top);
        *self = Self { cursor, top: cursor.saturating_sub(line) };
    }
}

/// Columns that the widest cells of the events take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EventWidths {
    pub action: usize,
    /// `success`, or the error code.
    pub outcome: usize,
    pub actor: usize,
    pub source: usize,
    pub region: usize,
}

/// A record that was opened.
#[derive(Debug)]
pub struct Record {
    pub at: RecordRef,
    /// It, and its ECS document, once they are here.
    pub found: Option<(serde_json::Value, serde_json::Value)>,
    /// Its file has changed since the search.
    pub gone: bool,
    tree: Option<Tree>,
}

/// The view, at the front or not.
#[derive(Debug, Default)]
pub struct Explore {
    pub ask: Ask,
    /// Anything has been asked.
    pub asked: bool,
    /// The search was broken off before its end.
    pub stopped: bool,
    pub earlier: Vec<Ask>,
    ticket: u64,
    /// When it was asked; on a replay, by its clock.
    pub as_of: Option<DateTime<Utc>>,
    /// The answer so far.
    pub answer: Explored,
    pub widths: EventWidths,
    /// The field whose values are shown; an index into [`Self::fields`].
    field: usize,
    /// A field that is counted besides [`FIELDS`].
    other: Option<String>,
    pub side: Side,
    pub events: ListScroll,
    pub values: ListScroll,
    /// The record that is open over the lists.
    pub record: Option<Record>,
    /// It was opened from an alert: behind it are no lists, but the alert.
    pub(super) alone: bool,
}

impl Explore {
    /// The field whose values are shown.
    #[must_use]
    pub fn field(&self) -> &str {
        FIELDS.get(self.field).copied().or(self.other.as_deref()).unwrap_or_default()
    }

    /// The values of [`Self::field`], as far as they are known.
    #[must_use]
    pub fn counted(&self) -> Option<&Values> {
        self.answer.values.iter().find(|values| values.field == self.field())
    }

    /// The record was opened from an alert, and no list lies behind it.
    #[must_use]
    pub fn is_alone(&self) -> bool {
        self.alone
    }

    /// The list of values has the keys.
    pub(super) fn on_values(&self) -> bool {
        self.side == Side::Values
    }

    /// Rows of the list of values: one more than values where some events have none.
    #[must_use]
    pub fn value_rows(&self) -> usize {
        self.counted().map_or(0, |values| values.most.len() + usize::from(values.missing > 0))
    }

    fn fields(&self) -> Vec<String> {
        FIELDS.iter().map(|field| (*field).to_owned()).chain(self.other.clone()).collect()
    }

    /// The event under the cursor.
    #[must_use]
    pub fn event(&self) -> Option<&FoundEvent> {
        self.answer.events.get(self.events.cursor)
    }

    /// The value under the cursor.
    fn value(&self) -> Option<Clause> {
        let values = self.counted()?;
        let value = match values.most.get(self.values.cursor) {
            Some((value, _)) => Some(value.clone()),
            None if values.missing > 0 => None,
            None => return None,
        };
        Some(Clause { field: values.field.clone(), value })
    }

    /// Takes in what is known of the answer by now; the cursors stay on what they are on.
    fn take(&mut self, answer: Explored) {
        let event = self.event().map(|event| event.at.event_id.clone()).filter(|_| self.events.cursor > 0);
        let value = self.value().filter(|_| self.values.cursor > 0).and_then(|clause| clause.value);
        self.widths = EventWidths::of(&answer.events);
        self.answer = answer;
        if let Some(id) = event
            && let Some(at) = self.answer.events.iter().position(|event| event.at.event_id == id)
        {
            self.events.follow(at);
        }
        let counted = self.answer.values.iter().find(|values| values.field == self.field());
        if let Some(value) = value
            && let Some(at) = counted.and_then(|values| values.most.iter().position(|(known, _)| *known == value))
        {
            self.values.follow(at);
        }
    }
}

impl EventWidths {
    fn of(events: &[FoundEvent]) -> Self {
        let widest = |text: fn(&FoundEvent) -> &str| events.iter().map(|e| width(&visible(text(e)))).max().unwrap_or(0);
        Self {
            action: widest(|e| &e.action),
            outcome: widest(outcome),
            actor: widest(|e| &e.actor),
            source: widest(|e| &e.source),
            region: widest(|e| &e.region),
        }
    }
}

/// The outcome of the call: the error code says more than `failure`.
#[must_use]
pub fn outcome(event: &FoundEvent) -> &str {
    event.error.as_deref().unwrap_or(&event.outcome)
}
