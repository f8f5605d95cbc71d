//! An event that matches a rule which looks at more than one event.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Alert, GroupKey, Source};

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

/// What the rules make of the events of one file.
#[derive(Debug, Default)]
pub struct Evaluation {
    /// Events that are alerts by themselves, in the order of their records.
    pub alerts: Vec<Alert>,
    /// Events that rules look at together with others. Of those with the same terms close to each other only the first
    /// is here.
    pub hits: Vec<Hit<Body>>,
    terms: HashMap<(usize, GroupKey), usize>,
    /// The rules that are asked, by their places; without it, all.
    only: Option<Arc<[bool]>>,
    /// Whether the events to come are from before what is asked for: rules only remember them.
    pub(super) past: bool,
    /// The only rules that can match the next event, where that is known.
    pub(super) narrowed: Option<Vec<usize>>,
    /// Kept from one event to the next, to allocate once.
    pub(super) candidates: Vec<usize>,
}

impl Evaluation {
    /// What some of the rules make of events, by their places.
    #[must_use]
    pub fn only(rules: Arc<[bool]>) -> Self {
        Self { only: Some(rules), ..Self::default() }
    }

    pub(super) fn is_for(&self, rule: usize) -> bool {
        self.only.as_ref().is_none_or(|only| only.get(rule).copied().unwrap_or(false))
    }

    /// Says whether the events to come are from before what is asked for: they are no alerts by themselves.
    pub fn only_remember(&mut self, past: bool) {
        self.past = past;
    }

    /// See [`Evaluation::only_remember`].
    #[must_use]
    pub fn only_remembers(&self) -> bool {
        self.past
    }

    /// Puts the next event to these rules alone; see [`super::Decision::Evaluate`].
    pub fn narrow(&mut self, rules: Option<Vec<usize>>) {
        self.narrowed = rules;
    }

    /// Adds a hit of a rule that looks for terms not seen within `history` microseconds. The event is copied only when
    /// it may be the first with its terms.
    pub(super) fn term(&mut self, hit: Hit<()>, history: i64, body: impl FnOnce() -> Body) {
        if let Some(known) = self.terms.get(&(hit.rule, hit.key)).and_then(|at| self.hits.get_mut(*at)) {
            let close = known.at.time.saturating_sub(history) <= hit.until
                && hit.at.time <= known.until.saturating_add(history);
            if close {
                known.until = known.until.max(hit.until);
                if hit.at < known.at {
                    known.at = hit.at;
                    (known.further, known.folds) = (hit.further, hit.folds);
                    known.body = body();
                }
                return;
            }
        }
        self.terms.insert((hit.rule, hit.key), self.hits.len());
        self.hits.push(hit.map(|()| body()));
    }
}

impl<B> Hit<B> {
    /// The same hit with what `turn` makes of what is kept of its event.
    pub fn map<C>(self, turn: impl FnOnce(B) -> C) -> Hit<C> {
        let Self { rule, key, further, folds, at, until, distinct, body } = self;
        Hit { rule, key, further, folds, at, until, distinct, body: turn(body) }
    }
}
