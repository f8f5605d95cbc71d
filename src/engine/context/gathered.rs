//! What was gathered around alerts, under hashes of what they share.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};

use crate::investigate::Seen;

/// Users of an address told apart in a day: a few are enough to know that it is shared.
pub(super) const USERS: usize = 16;

const DAY: i64 = 86_400_000_000;

/// What a part of the log, or all of it, says around alerts.
#[derive(Debug, Default)]
pub struct Gathered {
    /// The time of the first event, in microseconds, as are all times here.
    begins: Option<i64>,
    first: HashMap<u64, i64>,
    /// By the address and the day.
    users: HashMap<(u64, i64), BTreeSet<u64>>,
}

impl Gathered {
    /// Takes in what another part of the log says.
    pub fn merge(&mut self, other: Self) {
        other.begins.into_iter().for_each(|time| self.begin(time));
        other.first.into_iter().for_each(|(value, time)| self.sight(value, time));
        for ((address, day), users) in other.users {
            users.into_iter().for_each(|who| self.user(address, day * DAY, who));
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
        let users = self.users.entry((address, time.div_euclid(DAY))).or_default();
        if users.len() < USERS {
            users.insert(who);
        }
    }

    /// How many use the address on the day, the day before and the day after.
    pub(super) fn users(&self, address: u64, time: i64) -> u32 {
        let day = time.div_euclid(DAY);
        let users: BTreeSet<&u64> =
            (day - 1..=day + 1).filter_map(|day| self.users.get(&(address, day))).flatten().collect();
        u32::try_from(users.len()).unwrap_or(u32::MAX)
    }
}
