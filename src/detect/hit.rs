//! A match of a rule that looks at more than one event.

use std::sync::Arc;

use super::GroupKey;
use crate::trail::Origin;

/// Orders events by their own time, then by their distinct id, so that the order does not depend on where they come from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventOrder {
    /// Microseconds since the Unix epoch, UTC.
    pub time: i64,
    /// The event's [distinct id](crate::event::Event::distinct_id).
    pub event: Arc<str>,
}

impl EventOrder {
    #[must_use]
    pub fn event_id(&self) -> &str {
        crate::event::id_of(&self.event)
    }
}

/// A match of a rule that looks at more than one event, with the values that the rule compares. `B` is what is kept of the
/// event itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit<B> {
    /// The rule's place in its [`super::RuleSet`].
    pub rule: usize,
    /// The group, or the combination of terms, that it belongs to.
    pub key: GroupKey,
    /// The event has several groups or combinations, and this is not the first: the alert's id depends on the group too.
    pub further: bool,
    /// The suppression groups of the alert that its new terms may become.
    pub folds: Vec<GroupKey>,
    pub at: EventOrder,
    /// Time of the last event of its file that has the same terms; of other hits, its own time.
    pub until: i64,
    /// Hashes of the values of the cardinality fields, each with the place of its field.
    pub distinct: Vec<(u8, u64)>,
    pub body: B,
}

/// Enough of an event to make an alert of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Body {
    pub raw: String,
    pub origin: Origin,
}

impl<B> Hit<B> {
    pub fn map<C>(self, turn: impl FnOnce(B) -> C) -> Hit<C> {
        let Self { rule, key, further, folds, at, until, distinct, body } = self;
        Hit { rule, key, further, folds, at, until, distinct, body: turn(body) }
    }
}
