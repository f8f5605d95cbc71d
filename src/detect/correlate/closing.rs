//! What closing an alert means for what comes after it.
//!
//! Elastic restarts suppression and thresholds when an analyst closes an alert: the next event of the group raises a new
//! one, and a threshold counts anew. A group that an analyst has dealt with is not silenced.
//!
//! An alert that is closed keeps the events that it stood for when it was closed, and takes no more. All others of its group
//! are looked at as if those were not there. So it does not matter what time it was when it was closed, by the clock on
//! the wall or by that of the events: an event that comes in afterwards was not in what the analyst saw, even if it
//! happened before, and is told of. What comes out is a function of the events and of what stands closed: the same over a
//! restart, for every console on the state, and in whatever order events and decisions come in. Reopening is the same the
//! other way round: the alert takes back what has come since, and what was raised for that is taken back.
//!
//! The state has what an alert stood for: it is not revised any more while it is closed. Of an alert of more than a hundred
//! events only the first hundred are named there: it keeps all of its group that happened between its first and its last.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::NAMED;
use crate::detect::{Aggregate, AlertId, EventOrder, Reason};
use crate::event::distinct_of;

/// An alert that stands closed, and the events that it stood for when it was closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    /// The alert, as it is recorded.
    pub id: AlertId,
    /// The id that it has now; an earlier version may have recorded it under another.
    pub(super) now: AlertId,
    pub rule: String,
    /// The event that gives it its id: its first, or the last of a sequence.
    pub(super) first: EventOrder,
    /// The event that is shown.
    pub(super) shown: String,
    /// Different values of each field that is counted so.
    pub(super) distinct: Vec<u64>,
    last: i64,
    /// The distinct ids of all its events; nothing where they are not all named.
    events: Option<HashSet<String>>,
    /// Whether an earlier version wrote down the ids of its events alone.
    plain: bool,
}

impl Closing {
    /// The closing of an alert of this rule, which shows the event `shown`. `None` for one that stands for its event alone:
    /// closing it changes nothing for others.
    #[must_use]
    pub fn new(id: AlertId, rule: String, shown: String, aggregate: &Aggregate) -> Option<Self> {
        if aggregate.reason == Reason::NewTerms {
            return None;
        }
        let plain = aggregate.marks.len() != aggregate.events.len();
        let distinct = |(id, mark): (&String, &String)| distinct_of(id, mark);
        let events: Vec<String> = match plain {
            true => aggregate.events.clone(),
            false => aggregate.events.iter().zip(&aggregate.marks).map(distinct).collect(),
        };
        // A sequence has its id by its last event.
        let first = match aggregate.sequence.last() {
            Some(last) => EventOrder { time: last.time.timestamp_micros(), event: last.distinct().into() },
            None => EventOrder { time: aggregate.first.timestamp_micros(), event: events.first()?.as_str().into() },
        };
        let all_named = aggregate.count <= NAMED as u64;
        Some(Self {
            now: id.clone(),
            id,
            rule,
            first,
            shown,
            distinct: aggregate.different.iter().map(|d| d.values).collect(),
            last: aggregate.last.timestamp_micros(),
            events: all_named.then(|| events.into_iter().collect()),
            plain,
        })
    }

    /// The same of an alert that has this id now.
    #[must_use]
    pub fn with_present_id(self, now: AlertId) -> Self {
        Self { now, ..self }
    }

    /// Time of the event that gives it its id, in microseconds.
    pub(super) fn time(&self) -> i64 {
        self.first.time
    }

    /// Whether this event gives the alert its id.
    pub(super) fn begins_with(&self, at: &EventOrder) -> bool {
        self.first.time == at.time && *self.first.event == *self.name(at)
    }

    /// What this calls an event.
    fn name<'m>(&self, at: &'m EventOrder) -> &'m str {
        if self.plain { at.event_id() } else { &at.event }
    }

    /// Whether the alert keeps this event of its group.
    pub(super) fn keeps(&self, at: &EventOrder) -> bool {
        match &self.events {
            Some(events) => events.contains(self.name(at)),
            None => (at.time, self.name(at)) >= (self.first.time, &*self.first.event) && at.time <= self.last,
        }
    }
}

/// The alerts of a rule that stand closed.
#[derive(Debug, Default)]
pub(super) struct Closings {
    /// By the time of their first events.
    by_first: HashMap<i64, Vec<Arc<Closing>>>,
}

impl Closings {
    pub(super) fn is_empty(&self) -> bool {
        self.by_first.is_empty()
    }

    /// Those of alerts that begin with this event.
    pub(super) fn of(&self, first: &EventOrder) -> impl Iterator<Item = &Arc<Closing>> {
        self.by_first.get(&first.time).into_iter().flatten().filter(|closing| closing.begins_with(first))
    }

    pub(super) fn insert(&mut self, closing: &Arc<Closing>) {
        self.remove(closing);
        self.by_first.entry(closing.first.time).or_default().push(Arc::clone(closing));
    }

    pub(super) fn remove(&mut self, closing: &Closing) {
        if let Some(known) = self.by_first.get_mut(&closing.first.time) {
            known.retain(|known| known.id != closing.id);
            if known.is_empty() {
                self.by_first.remove(&closing.first.time);
            }
        }
    }
}

#[cfg(test)]
mod tests;
