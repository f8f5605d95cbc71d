//! An event that matches a rule which looks at more than one event.

use std::sync::Arc;

use super::{GroupKey, Source};

/// The place of an event in time: its own time in microseconds, then its distinct id. What happened at the same time is
/// ordered by that, so that the order is the same wherever the events come from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventOrder {
    /// Microseconds since the Unix epoch, UTC.
    pub time: i64,
    /// The event's [distinct id](crate::event::Event::distinct_id).
    pub event: Arc<str>,
}

impl EventOrder {
    /// The event's id.
    #[must_use]
    pub fn event_id(&self) -> &str {
        crate::event::id_of(&self.event)
    }
}

/// An event that matches a rule which looks at more than one event, with what the rule compares. `B` is what is kept of
/// the event itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit<B> {
    /// The rule's place in its [`super::RuleSet`].
    pub rule: usize,
    /// The group, or the combination of terms, that it belongs to.
    pub key: GroupKey,
    /// Whether its event has several groups or combinations, and this is not the first of them: its alert's id is that of
    /// the group too.
    pub further: bool,
    /// The groups under which the alert is folded that its new terms may become.
    pub folds: Vec<GroupKey>,
    /// Which event.
    pub at: EventOrder,
    /// Time of the last event of its file that has the same terms; of other hits, its own time.
    pub until: i64,
    /// Hashes of the values that are counted by their difference, each with the place of its field.
    pub distinct: Vec<(u8, u64)>,
    /// The event.
    pub body: B,
}

/// What is kept of an event to make an alert of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Body {
    /// The record.
    pub raw: String,
    /// Where it lies.
    pub source: Source,
}

impl<B> Hit<B> {
    /// The same hit with what `turn` makes of what is kept of its event.
    pub fn map<C>(self, turn: impl FnOnce(B) -> C) -> Hit<C> {
        let Self { rule, key, further, folds, at, until, distinct, body } = self;
        Hit { rule, key, further, folds, at, until, distinct, body: turn(body) }
    }
}
