//! Finds sequences among the events of one tuple of join keys. Knows no documents: who calls it has put each event to
//! the items and says which of them it satisfies.
//!
//! The rules are those of Elasticsearch's state machine:
//!
//! - A place is an item, as often as it runs. At each place at most one sequence waits for its next event: the newest,
//!   as an event takes the newest that ended before it, and all older ones leave.
//! - What leaves is lost, also where the event then turns out to come too late (`maxspan`) or after the end (`until`).
//! - An event may end one sequence, continue another and begin a third, but never fills two places of one.
//! - `until` ends what waits at or before it. It does not end what the same event completes.
//! - Missing items are looked at when all others are found: strictly between the times of their neighbours; before the
//!   first event, back to `maxspan` before the last; after the last, up to `maxspan` after the first. With missing items
//!   at both ends both must be there, within `maxspan` of each other, to reject. A sequence that is rejected is not tried
//!   again with other events.
//!
//! **Equal times.** Events come in one order: by time, then tiebreaker, then whatever tells them apart. For the places of
//! a sequence and for `until` that order decides, so of two events of the same instant the later one in it follows the
//! earlier. Missing items and `maxspan` look at times alone.
//!
//! **How far an event reaches.** The sequence that waits at a place is also the one that began last. Where one is too old
//! for `maxspan`, none that is younger hides behind it; so events older than that decide nothing: [`Shape::reach`].

use super::ast::{Item, Sequence};

/// Which items of a sequence or sample an event satisfies, by their number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Items(pub u64);

impl Items {
    /// More items than this are refused in a query.
    pub const MOST: usize = 64;

    /// Adds an item below [`Self::MOST`].
    pub fn insert(&mut self, item: usize) {
        if item < Self::MOST {
            self.0 |= 1 << item;
        }
    }

    #[must_use]
    pub fn contains(self, item: usize) -> bool {
        item < Self::MOST && self.0 >> item & 1 == 1
    }

    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl FromIterator<usize> for Items {
    fn from_iter<I: IntoIterator<Item = usize>>(items: I) -> Self {
        let mut all = Self::default();
        items.into_iter().for_each(|item| all.insert(item));
        all
    }
}

/// An event, as far as sequences are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// In microseconds since 1970.
    pub time: i64,
    /// Which items it satisfies, missing ones too.
    pub items: Items,
    /// Whether it satisfies `until`.
    pub until: bool,
}

/// An item without its condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// How often the item stands in the sequence.
    pub runs: u32,
    /// `![…]`.
    pub missing: bool,
}

/// A sequence that was found: for each place the number of its event among the moments, `None` where none may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub events: Vec<Option<usize>>,
}

impl Found {
    /// The number of its last event.
    #[must_use]
    pub fn last(&self) -> Option<usize> {
        self.events.iter().rev().copied().flatten().next()
    }
}

/// What a sequence asks for, without its conditions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// The item of each place, and whether it is missing.
    places: Vec<(usize, bool)>,
    /// The places to fill, in order.
    filled: Vec<usize>,
    /// In microseconds.
    span: Option<i64>,
}

impl Shape {
    /// What a query asks for.
    #[must_use]
    pub fn of(sequence: &Sequence) -> Self {
        let place = |item: &Item| Place { runs: item.runs, missing: item.missing };
        Self::new(sequence.items.iter().map(place), sequence.maxspan)
    }

    /// A sequence of these items; `maxspan` is in milliseconds.
    #[must_use]
    pub fn new(items: impl IntoIterator<Item = Place>, maxspan: Option<u64>) -> Self {
        let places: Vec<(usize, bool)> = items
            .into_iter()
            .enumerate()
            .flat_map(|(item, place)| (0..place.runs).map(move |_| (item, place.missing)))
            .collect();
        let filled = (0..places.len()).filter(|place| !places[*place].1).collect();
        let span = maxspan.map(|span| i64::try_from(span.saturating_mul(1_000)).unwrap_or(i64::MAX));
        Self { places, filled, span }
    }

    /// Events more than so many microseconds before an event decide nothing about a sequence that ends with it or
    /// later. `None` without `maxspan`: any event may.
    #[must_use]
    pub fn reach(&self) -> Option<i64> {
        self.span
    }

    /// Events up to so many microseconds after the last event of a sequence may still reject it.
    #[must_use]
    pub fn wait(&self) -> i64 {
        let trails = self.places.last().is_some_and(|(_, missing)| *missing);
        self.span.filter(|_| trails).unwrap_or_default()
    }

    /// The sequences among `moments`, which are in order, by their last events.
    #[must_use]
    pub fn find(&self, moments: &[Moment]) -> Vec<Found> {
        let Some(last) = self.filled.len().checked_sub(1) else { return Vec::new() };
        let absent = Absent::of(self, moments);
        let mut found = Vec::new();
        // What waits for the place after this one: the events so far.
        let mut waiting: Vec<Vec<usize>> = vec![Vec::new(); last];
        let mut until = None;
        for (at, moment) in moments.iter().enumerate() {
            // From the end, so that no event follows itself.
            for stage in (0..=last).rev() {
                if !moment.items.contains(self.places[self.filled[stage]].0) {
                    continue;
                }
                let mut events = match stage.checked_sub(1) {
                    None => Vec::new(),
                    Some(before) if waiting[before].is_empty() => continue,
                    Some(before) => std::mem::take(&mut waiting[before]),
                };
                let too_long = events.first().is_some_and(|first| self.exceeds(moments[*first].time, moment.time));
                if too_long || until.is_some_and(|until| events.last().is_some_and(|event| until >= *event)) {
                    continue;
                }
                events.push(at);
                if stage < last {
                    waiting[stage] = events;
                } else if absent.confirm(self, moments, &events) {
                    found.push(self.found(&events));
                }
            }
            if moment.until {
                until = Some(at);
            }
        }
        found
    }

    fn exceeds(&self, first: i64, last: i64) -> bool {
        self.span.is_some_and(|span| last.saturating_sub(first) > span)
    }

    fn found(&self, events: &[usize]) -> Found {
        let mut places = vec![None; self.places.len()];
        self.filled.iter().zip(events).for_each(|(place, event)| places[*place] = Some(*event));
        Found { events: places }
    }
}

/// When the items that must be missing happened all the same.
struct Absent {
    /// For each place the times of its item, in order; empty for a place to fill.
    times: Vec<Vec<i64>>,
}

impl Absent {
    fn of(shape: &Shape, moments: &[Moment]) -> Self {
        let times = |(at, (item, missing)): (usize, &(usize, bool))| {
            // A second run asks for what the first did.
            if !missing || at > 0 && shape.places[at - 1] == (*item, true) {
                return Vec::new();
            }
            moments.iter().filter(|moment| moment.items.contains(*item)).map(|moment| moment.time).collect()
        };
        Self { times: shape.places.iter().enumerate().map(times).collect() }
    }

    /// Whether what must be missing around and between these events is.
    fn confirm(&self, shape: &Shape, moments: &[Moment], events: &[usize]) -> bool {
        let time = |event: Option<&usize>| event.map_or(0, |event| moments[*event].time);
        let (first, last) = (time(events.first()), time(events.last()));
        // The nearest before the first event, and after the last.
        let (mut before, mut after) = (None, None);
        let mut filled = 0;
        for (times, (_, missing)) in self.times.iter().zip(&shape.places) {
            if !missing {
                filled += 1;
            } else if filled == 0 {
                let at = times.partition_point(|time| *time < first);
                before = before.max(at.checked_sub(1).map(|at| times[at]));
            } else if filled == events.len() {
                let next = times.get(times.partition_point(|time| *time <= last)).copied();
                after = after.into_iter().chain(next).min();
            } else {
                let (left, right) = (time(events.get(filled - 1)), time(events.get(filled)));
                let next = times.get(times.partition_point(|time| *time <= left));
                if next.is_some_and(|time| *time < right) {
                    return false;
                }
            }
        }
        let is_missing = |place: Option<&(usize, bool)>| place.is_some_and(|(_, missing)| *missing);
        let from = if is_missing(shape.places.first()) { before } else { Some(first) };
        let to = if is_missing(shape.places.last()) { after } else { Some(last) };
        match (from, to) {
            _ if from == Some(first) && to == Some(last) => true,
            (Some(from), Some(to)) => shape.exceeds(from, to),
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests;
