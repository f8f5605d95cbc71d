//! What was gathered around alerts, under hashes of what they share.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Duration, Utc};

use super::subject::Subject;
use super::{HABITS, micros};
use crate::investigate::{Links, Seen};

/// Users of an address told apart in a day: a few are enough to know that it is shared.
const USERS: usize = 16;
/// Calls of one kind by one actor kept of a day, the first of it.
const DONE: usize = 100;

const DAY: i64 = 86_400_000_000;

/// What a part of the log, or all of it, says around alerts. All times are in microseconds.
///
/// It keeps one time for each value whose first sight matters, the days on which something was done, and for each actor
/// and each address with alerts, of each day around them, no more than 100 calls of a kind and 16 users; and as many
/// calls that issued credentials as [`Links`] keeps.
#[derive(Debug, Default)]
pub struct Gathered {
    begins: Option<i64>,
    first: HashMap<u64, i64>,
    /// By the address and the day.
    users: HashMap<(u64, i64), BTreeSet<u64>>,
    /// The days on which something was done.
    habits: HashMap<u64, BTreeSet<i64>>,
    /// By what it was, whose, and the day.
    deeds: HashMap<(Deed, u64, i64), BTreeSet<Done>>,
    /// Who issued which credentials.
    pub(super) links: Links,
}

/// What somebody did that matters to later alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Deed {
    Denied,
    Permissions,
    Export,
    FailedExport,
    /// Made, copied, shared or tagged a target.
    Touched,
}

/// When it was done, by which event and which call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Done {
    pub time: i64,
    pub event: u64,
    pub call: u64,
}

impl Gathered {
    /// Takes in what another part of the log says. The order of parts does not matter.
    pub fn merge(&mut self, other: Self) {
        other.begins.into_iter().for_each(|time| self.begin(time));
        other.first.into_iter().for_each(|(value, time)| self.sight(value, time));
        for ((address, day), users) in other.users {
            users.into_iter().for_each(|who| self.user(address, day * DAY, who));
        }
        for (habit, days) in other.habits {
            self.habits.entry(habit).or_default().extend(days);
        }
        self.links.merge(other.links);
        for ((deed, whose, _), done) in other.deeds {
            done.into_iter().for_each(|done| self.deed(deed, whose, done));
        }
    }

    /// The time of the first event that was looked at.
    #[must_use]
    pub fn begins(&self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp_micros(self.begins?)
    }

    pub(super) fn begin(&mut self, time: i64) {
        self.begins = Some(self.begins.map_or(time, |begins| begins.min(time)));
    }

    pub(super) fn sight(&mut self, value: u64, time: i64) {
        let first = self.first.entry(value).or_insert(time);
        *first = time.min(*first);
    }

    pub(super) fn seen(&self, value: u64, time: i64) -> Seen {
        match self.first.get(&value) {
            Some(first) if *first < time => {
                DateTime::from_timestamp_micros(*first).map(Seen::Since).unwrap_or_default()
            }
            _ => Seen::Never,
        }
    }

    pub(super) fn user(&mut self, address: u64, time: i64, who: u64) {
        keep(self.users.entry((address, time.div_euclid(DAY))).or_default(), who, USERS);
    }

    /// How many use the address on the day, the day before and the day after.
    pub(super) fn users(&self, address: u64, time: i64) -> u32 {
        let day = time.div_euclid(DAY);
        let users: BTreeSet<&u64> =
            (day - 1..=day + 1).filter_map(|day| self.users.get(&(address, day))).flatten().collect();
        u32::try_from(users.len()).unwrap_or(u32::MAX)
    }

    pub(super) fn habit(&mut self, habit: u64, time: i64) {
        self.habits.entry(habit).or_default().insert(time.div_euclid(DAY));
    }

    /// On how many of the days before that of `time` it was done.
    pub(super) fn days_before(&self, habit: u64, time: i64) -> usize {
        let day = time.div_euclid(DAY);
        self.habits.get(&habit).map_or(0, |days| days.range(day - HABITS.num_days() + 1..day).count())
    }

    pub(super) fn deed(&mut self, deed: Deed, whose: u64, done: Done) {
        keep(self.deeds.entry((deed, whose, done.time.div_euclid(DAY))).or_default(), done, DONE);
    }

    /// What was done so long before, by time.
    pub(super) fn before(&self, deed: Deed, whose: u64, subject: &Subject, within: Duration) -> Vec<Done> {
        self.between(deed, whose, subject, subject.time - micros(within), subject.time)
    }

    /// What was done so long before and after, by time.
    pub(super) fn around(&self, deed: Deed, whose: u64, subject: &Subject, within: Duration) -> Vec<Done> {
        self.between(deed, whose, subject, subject.time - micros(within), subject.time + micros(within))
    }

    /// Without the event itself.
    fn between(&self, deed: Deed, whose: u64, subject: &Subject, from: i64, to: i64) -> Vec<Done> {
        let days = (from.div_euclid(DAY)..=to.div_euclid(DAY)).filter_map(|day| self.deeds.get(&(deed, whose, day)));
        let is_wanted = |done: &&Done| (from..=to).contains(&done.time) && done.event != subject.event;
        days.flatten().filter(is_wanted).copied().collect()
    }
}

/// Adds to the smallest `most`: which those are does not depend on the order.
fn keep<T: Ord>(set: &mut BTreeSet<T>, value: T, most: usize) {
    set.insert(value);
    if set.len() > most {
        set.pop_last();
    }
}
