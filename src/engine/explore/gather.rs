//! What the events of a search come to, gathered file by file within bounds.

use std::cmp::{Ordering, Reverse};
use std::collections::hash_map::RandomState;
use std::collections::{BinaryHeap, HashSet};
use std::hash::BuildHasher as _;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering as Memory};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};

use super::super::explored::{Counter, Counts, Explored, FoundEvent, LISTED, RecordRef};
use crate::event::{self, Event};
use crate::trail::Origin;

/// Ids remembered, at some sixteen bytes each, to count an event that was delivered twice once.
const REMEMBERED: usize = 1_000_000;

/// What the events of one file, or of all, come to.
#[derive(Default)]
pub(super) struct Gathered {
    matched: u64,
    newest: BinaryHeap<Reverse<Ranked>>,
    counts: Counts,
    counters: Vec<Counter>,
}

/// The time of the oldest event that is kept, once there are as many as are kept: told to those who read other files, as
/// events before that are only counted. What else is to be told of an event is worked out in vain for most of them.
pub(super) struct Oldest(AtomicI64);

impl Default for Oldest {
    fn default() -> Self {
        Self(AtomicI64::new(i64::MIN))
    }
}

impl Oldest {
    fn is_after(&self, time: DateTime<Utc>) -> bool {
        time.timestamp_micros() < self.0.load(Memory::Relaxed)
    }

    fn set(&self, time: DateTime<Utc>) {
        self.0.store(time.timestamp_micros(), Memory::Relaxed);
    }
}

/// An event by its time, then its id.
struct Ranked(FoundEvent);

impl Gathered {
    /// Takes in an event that matches.
    pub(super) fn add(&mut self, event: &Event<'_>, origin: &Origin, fields: &[String], oldest: &Oldest) {
        self.matched += 1;
        self.counters.resize_with(fields.len(), Counter::default);
        for (counter, field) in self.counters.iter_mut().zip(fields) {
            counter.add(event, field);
        }
        let Some(time) = event.time() else { return };
        self.counts.add(time);
        // Most events of a large answer are older than all that are kept: they are not looked at any closer.
        let full = self.newest.len() >= LISTED;
        let older = |kept: &Reverse<Ranked>| (time, event.id()) <= (kept.0.0.time, kept.0.0.at.event_id.as_str());
        if !(oldest.is_after(time) || full && self.newest.peek().is_some_and(older)) {
            self.keep(found(event, time, origin));
        }
    }

    fn keep(&mut self, event: FoundEvent) {
        self.newest.push(Reverse(Ranked(event)));
        if self.newest.len() > LISTED {
            self.newest.pop();
        }
    }

    /// Takes in what another file came to, and says from when on events are kept.
    pub(super) fn merge(&mut self, other: Self, oldest: &Oldest) {
        self.matched += other.matched;
        self.counts.merge(&other.counts);
        other.newest.into_iter().for_each(|Reverse(Ranked(event))| self.keep(event));
        let known = self.counters.len().max(other.counters.len());
        self.counters.resize_with(known, Counter::default);
        for (counter, more) in self.counters.iter_mut().zip(other.counters) {
            counter.merge(more);
        }
        if self.newest.len() >= LISTED
            && let Some(Reverse(Ranked(event))) = self.newest.peek()
        {
            oldest.set(event.time);
        }
    }

    pub(super) fn told(&self, fields: &[String]) -> Explored {
        let mut events: Vec<&Ranked> = self.newest.iter().map(|Reverse(ranked)| ranked).collect();
        events.sort_unstable_by(|a, b| b.cmp(a));
        let nothing = Counter::default();
        let counters = fields.iter().enumerate().map(|(at, field)| (self.counters.get(at).unwrap_or(&nothing), field));
        Explored {
            matched: self.matched,
            events: events.into_iter().map(|ranked| ranked.0.clone()).collect(),
            counts: self.counts.clone(),
            values: counters.map(|(counter, field)| counter.told(field)).collect(),
            ..Explored::default()
        }
    }
}

pub(super) fn found(event: &Event<'_>, time: DateTime<Utc>, origin: &Origin) -> FoundEvent {
    let text = |field| event.get(field).unwrap_or_default();
    FoundEvent {
        at: RecordRef { origin: origin.clone(), event_id: event.id().to_owned() },
        group: None,
        time,
        action: text("event.action"),
        provider: text("event.provider"),
        outcome: text("event.outcome"),
        error: event.get("aws.cloudtrail.error_code"),
        actor: event::actor(event).unwrap_or_default(),
        actor_field: event::actor_field(event),
        source: text("source.address"),
        region: text("cloud.region"),
    }
}

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.0.time, &self.0.at.event_id).cmp(&(other.0.time, &other.0.at.event_id))
    }
}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ranked {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Ranked {}

/// The ids of events that matched, asked from several threads.
#[derive(Default)]
pub(super) struct Delivered {
    hasher: RandomState,
    known: [Mutex<HashSet<u64>>; 16],
    count: AtomicUsize,
    full: AtomicBool,
}

impl Delivered {
    /// Whether the event was not met before.
    pub(super) fn is_new(&self, id: &str) -> bool {
        let hash = self.hasher.hash_one(id);
        let mut known = self.known[(hash % 16) as usize].lock().unwrap_or_else(PoisonError::into_inner);
        if self.count.load(Memory::Relaxed) >= REMEMBERED {
            self.full.store(true, Memory::Relaxed);
            return !known.contains(&hash);
        }
        let new = known.insert(hash);
        self.count.fetch_add(usize::from(new), Memory::Relaxed);
        new
    }

    /// What could not be told apart, as a sentence.
    pub(super) fn gap(&self) -> Option<String> {
        self.full.load(Memory::Relaxed).then(|| {
            format!(
                "past {REMEMBERED} events, one that was delivered more than once counts as often as it was delivered"
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn gather(range: std::ops::Range<usize>) -> Gathered {
        gather_from(range, &Oldest::default())
    }

    fn gather_from(range: std::ops::Range<usize>, oldest: &Oldest) -> Gathered {
        let mut gathered = Gathered::default();
        for n in range {
            let raw = format!(
                r#"{{"eventVersion":"1.08","eventID":"e{n:06}","eventTime":"2026-11-23T{:02}:{:02}:{:02}Z","eventName":"A{}",
                "eventSource":"s3.amazonaws.com","userIdentity":{{"type":"IAMUser","userName":"bob"}}}}"#,
                n / 3600,
                n / 60 % 60,
                n % 60,
                n % 3
            );
            let event = Event::parse(raw.as_bytes()).unwrap();
            gathered.add(
                &event,
                &Origin::from_columns(Path::new("f"), n as u64, None),
                &["event.action".to_owned()],
                oldest,
            );
        }
        gathered
    }

    #[test]
    fn the_newest_are_kept_and_all_are_counted_in_whatever_order() {
        let mut one = gather(0..700);
        let oldest = Oldest::default();
        one.merge(gather(1_500..3_000), &oldest);
        one.merge(Gathered::default(), &oldest);
        let older = gather_from(700..1_500, &oldest);
        assert_eq!((older.matched, older.newest.len()), (800, 0), "those are only counted");
        one.merge(older, &oldest);
        let told = one.told(&["event.action".to_owned()]);
        assert_eq!((told.matched, told.events.len()), (3_000, LISTED));
        assert!(told.events.is_sorted_by(|a, b| a.time > b.time));
        assert_eq!(told.events[0].at.event_id, "e002999");
        assert_eq!(told.events[LISTED - 1].at.event_id, "e002000");
        assert_eq!(told.events[0].actor_field, Some(("user.name", "bob".to_owned())));
        assert_eq!(told.counts.bars(60).unwrap().counts.iter().sum::<u64>(), 3_000);
        assert_eq!(told.values[0].most, ["A0", "A1", "A2"].map(|a| (a.to_owned(), 1_000)));
    }

    #[test]
    fn an_event_as_old_as_the_oldest_that_is_kept_may_be_kept_instead() {
        let oldest = Oldest::default();
        let mut one = Gathered::default();
        one.merge(gather(1..LISTED + 1), &oldest);
        assert_eq!(gather_from(0..3, &oldest).newest.len(), 2);
    }

    #[test]
    fn nothing_found_still_names_the_fields() {
        let told = Gathered::default().told(&["user.name".to_owned()]);
        assert_eq!((told.values[0].field.as_str(), told.values[0].different), ("user.name", 0));
    }

    #[test]
    fn an_event_is_new_once() {
        let delivered = Delivered::default();
        assert!(delivered.is_new("a") && delivered.is_new("b") && !delivered.is_new("a"));
        assert_eq!(delivered.gap(), None);
        delivered.count.store(REMEMBERED, Memory::Relaxed);
        assert!(delivered.is_new("c") && delivered.is_new("c") && !delivered.is_new("b"));
        assert!(delivered.gap().is_some());
    }
}
