//! How often each value of a field comes, within a bound on memory: with more different values than that, the rarest
//! are forgotten now and then, and the count of each other one is off by no more than is said.

use std::collections::HashMap;

use crate::query::Document;

/// Different values that may be counted at a time before the rarest half is forgotten, and their bytes.
const KEPT: (usize, usize) = (10_000, 2 << 20);
const TOLD: usize = 500;
/// Different values that one event counts for.
const OF_ONE: usize = 100;
/// Longest value that is counted, in characters: a longer one is no value that comes again.
const LONGEST: usize = 8_191;

/// The values of one field.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Values {
    pub field: String,
    /// The values that come most often, each with the number of events that have it; as the log gave them.
    pub most: Vec<(String, u64)>,
    /// How many different values were counted; at least that many, where [`Self::off_by`] is not 0.
    pub different: u64,
    pub missing: u64,
    /// How many events a count may lack. 0: the counts are exact.
    pub off_by: u64,
}

/// A field's values while they are counted.
#[derive(Debug, Default)]
pub(in crate::engine) struct Counter {
    counts: HashMap<String, u64>,
    bytes: usize,
    missing: u64,
    off_by: u64,
}

impl Counter {
    /// The values that `event` has in `field`. One that is too long is none.
    pub(in crate::engine) fn values(event: &dyn Document, field: &str) -> Vec<String> {
        let mut known: Vec<String> = Vec::new();
        event.any(field, &mut |value| {
            let text = value.to_string();
            if (text.len() <= LONGEST || text.chars().nth(LONGEST).is_none()) && !known.contains(&text) {
                known.push(text);
            }
            known.len() >= OF_ONE
        });
        known
    }

    /// Counts the values that `event` has in `field`.
    pub(in crate::engine) fn add(&mut self, event: &dyn Document, field: &str) {
        self.count(Self::values(event, field));
    }

    /// Counts the values of one event.
    pub(in crate::engine) fn count(&mut self, known: Vec<String>) {
        self.missing += u64::from(known.is_empty());
        known.into_iter().for_each(|value| self.put(value, 1));
    }

    fn put(&mut self, value: String, count: u64) {
        if let Some(known) = self.counts.get_mut(&value) {
            *known += count;
            return;
        }
        self.bytes += value.len();
        self.counts.insert(value, count);
        if self.counts.len() > KEPT.0 || self.bytes > KEPT.1 {
            self.forget();
        }
    }

    /// Forgets the rarest half. Each may come again, and then lacks what it had.
    fn forget(&mut self) {
        let mut counts: Vec<(String, u64)> = self.counts.drain().collect();
        counts.sort_unstable_by(order);
        let (mut bytes, mut keep) = (0, 0);
        while keep < counts.len() && keep < KEPT.0 / 2 && bytes + counts[keep].0.len() <= KEPT.1 / 2 {
            bytes += counts[keep].0.len();
            keep += 1;
        }
        self.off_by += counts.get(keep).map_or(0, |(_, count)| *count);
        counts.truncate(keep);
        self.bytes = bytes;
        self.counts = counts.into_iter().collect();
    }

    /// Takes in what was counted elsewhere.
    pub(in crate::engine) fn merge(&mut self, other: Self) {
        self.missing += other.missing;
        self.off_by += other.off_by;
        for (value, count) in other.counts {
            self.put(value, count);
        }
    }

    pub(in crate::engine) fn told(&self, field: &str) -> Values {
        let mut most: Vec<(&String, &u64)> = self.counts.iter().collect();
        let first = |a: &(&String, &u64), b: &(&String, &u64)| b.1.cmp(a.1).then_with(|| a.0.cmp(b.0));
        if most.len() > TOLD {
            most.select_nth_unstable_by(TOLD, first);
            most.truncate(TOLD);
        }
        most.sort_unstable_by(first);
        Values {
            field: field.to_owned(),
            most: most.into_iter().map(|(value, count)| (value.clone(), *count)).collect(),
            different: self.counts.len() as u64,
            missing: self.missing,
            off_by: self.off_by,
        }
    }
}

fn order(a: &(String, u64), b: &(String, u64)) -> std::cmp::Ordering {
    b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::query::Json;

    #[test]
    fn each_event_counts_once_for_each_of_its_values() {
        let mut counter = Counter::default();
        for document in [
            json!({"f": ["a", "b", "a"]}),
            json!({"f": "b"}),
            json!({"f": 7}),
            json!({"f": "x".repeat(9_000)}),
            json!({}),
        ] {
            counter.add(&Json(&document), "f");
        }
        let told = counter.told("f");
        let expected = [("b", 2), ("7", 1), ("a", 1)].map(|(value, count)| (value.to_owned(), count));
        assert_eq!(told.most, expected);
        assert_eq!((told.different, told.missing, told.off_by), (3, 2, 0));
    }

    #[test]
    fn with_too_many_values_the_frequent_ones_stay_and_the_error_is_said() {
        let mut counter = Counter::default();
        for n in 0..60_000 {
            counter.put(format!("rare-{n}"), 1);
            counter.put("often".to_owned(), 1);
        }
        assert!(counter.counts.len() <= KEPT.0);
        let told = counter.told("f");
        assert_eq!(told.most[0].0, "often");
        assert_eq!(told.most.len(), TOLD);
        assert!(told.off_by > 0 && told.most[0].1 + told.off_by >= 60_000, "{}", told.off_by);
    }

    #[test]
    fn long_values_are_bounded_by_their_bytes() {
        let mut counter = Counter::default();
        for n in 0..5_000 {
            counter.put(format!("{n:08000}"), 1);
        }
        assert!(counter.bytes <= KEPT.1 && counter.off_by > 0);
        assert_eq!(counter.bytes, counter.counts.keys().map(String::len).sum::<usize>());
    }

    #[test]
    fn counted_apart_or_together_is_the_same() {
        let (mut left, mut right, mut whole) = (Counter::default(), Counter::default(), Counter::default());
        for n in 0..1_000 {
            let value = format!("{}", n % 37);
            if n % 3 == 0 { &mut left } else { &mut right }.put(value.clone(), 1);
            whole.put(value, 1);
        }
        left.merge(right);
        assert_eq!(left.told("f"), whole.told("f"));
    }
}
