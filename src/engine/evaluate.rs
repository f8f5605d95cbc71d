//! What one reading of a file comes to: each record as an event, counted, dated, remembered and put to the rules. The
//! same for a scan, a replay and the live console, so that they agree.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::window::Window;
use crate::detect::{Evaluation, RuleSet};
use crate::event::{self, BadEvent, Event, GeoIp};
use crate::trail::{BadRecord, RawRecord};
use crate::triage::{FirstSeen, FirstSeenKind};

/// Bad events named one by one in a file; the count is complete.
const NAMED: usize = 100;
/// Different actors, addresses, agents and regions remembered from one file at most, and their bytes.
const SEEN: (usize, usize) = (20_000, 16 << 20);

/// What one reading of a file came to.
#[derive(Debug, Default)]
pub struct Reading {
    pub events: u64,
    pub outside: u64,
    /// Records that are no event; at most 100, see [`Reading::bad_count`].
    pub bad: Vec<BadRecord>,
    /// How many records are no event.
    pub bad_count: u64,
    /// Time of the earliest event.
    pub first: Option<DateTime<Utc>>,
    /// Time of the latest event.
    pub last: Option<DateTime<Utc>>,
    /// What the rules make of the events.
    pub evaluation: Evaluation,
    /// Whether events from before the window are handed on too, for rules that remember.
    looks_back: bool,
    seen: HashMap<(FirstSeenKind, String), DateTime<Utc>>,
    seen_bytes: usize,
}

impl Reading {
    /// A reading for these rules: events from before the window are handed on too where one of them remembers.
    #[must_use]
    pub fn of(rules: &RuleSet) -> Self {
        Self { looks_back: rules.remembers(), ..Self::default() }
    }

    /// Whether the event at hand is from before the window: rules remember it, and it counts for nothing else.
    #[must_use]
    pub fn is_past(&self) -> bool {
        self.evaluation.only_remembers()
    }

    /// Takes in one record; hands on each event that is inside the window, and, where rules remember,
    /// those that happened before.
    pub fn take<'r>(
        &mut self,
        record: RawRecord<'r>,
        window: &Window,
        geoip: &'r GeoIp,
        mut each: impl FnMut(&mut Self, &Event<'r>, RawRecord<'r>),
    ) {
        let checked = |event: Event<'r>| event.check().map(|time| (event, time));
        match Event::parse_with(record.bytes, geoip).and_then(checked) {
            Ok((event, time)) => {
                if !window.holds(Some(time)) {
                    self.outside += 1;
                    if self.looks_back && window.begins_after(time) {
                        self.evaluation.only_remember(true);
                        each(self, &event, record);
                        self.evaluation.only_remember(false);
                    }
                    return;
                }
                self.count(Some(time));
                each(self, &event, record);
            }
            Err(error) => self.bad(record, &error),
        }
    }

    /// Takes in any JSON object, with its time in this field; hands on each that is inside the window, and those without a
    /// time where that has no limits.
    pub fn take_any<'r>(
        &mut self,
        record: RawRecord<'r>,
        field: &str,
        window: &Window,
        geoip: &'r GeoIp,
        mut each: impl FnMut(&mut Self, &Event<'r>, RawRecord<'r>),
    ) {
        match Event::parse_any(record.bytes, geoip) {
            Ok(event) => {
                let time = event.instant(field);
                if !window.holds(time) {
                    self.outside += 1;
                    return;
                }
                self.count(time);
                each(self, &event, record);
            }
            Err(error) => self.bad(record, &error),
        }
    }

    fn count(&mut self, time: Option<DateTime<Utc>>) {
        self.events += 1;
        self.first = self.first.into_iter().chain(time).min();
        self.last = self.last.max(time);
    }

    fn bad(&mut self, record: RawRecord<'_>, error: &BadEvent) {
        self.bad_count += 1;
        if self.bad.len() < NAMED {
            self.bad.push(BadRecord::of(record, error.to_string()));
        }
    }

    /// Puts an event to the rules.
    pub fn detect(&mut self, event: &Event<'_>, rules: &RuleSet, record: RawRecord<'_>) {
        rules.evaluate(event, record.origin, &mut self.evaluation);
    }

    /// Remembers who acted, from where and with what.
    pub fn remember(&mut self, event: &Event<'_>) {
        let Some(time) = event.time().filter(|_| !self.is_past()) else { return };
        let values = [
            (FirstSeenKind::Actor, event::actor(event)),
            (FirstSeenKind::Address, event.get("source.address")),
            (FirstSeenKind::Agent, event.get("user_agent.original")),
            (FirstSeenKind::Region, event.get("cloud.region")),
        ];
        for (kind, value) in values {
            let Some(value) = value else { continue };
            let room = self.seen.len() < SEEN.0 && self.seen_bytes + value.len() <= SEEN.1;
            match self.seen.get_mut(&(kind, value.clone())) {
                Some(first) => *first = time.min(*first),
                None if room => {
                    self.seen_bytes += value.len();
                    self.seen.insert((kind, value), time);
                }
                None => {}
            }
        }
    }

    pub fn seen(&mut self) -> Vec<FirstSeen> {
        std::mem::take(&mut self.seen)
            .into_iter()
            .map(|((kind, value), first)| FirstSeen { kind, value, first })
            .collect()
    }
}
