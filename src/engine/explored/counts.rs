//! Counts over time, within a bound whatever the stretch: the more time they cover, the longer each of them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

/// Lengths that a count may cover, in seconds; past the last, twice as long each. Each divides the next, so that going to
/// a longer one loses nothing.
const STEPS: [i64; 16] = [
    1,
    5,
    15,
    30,
    60,
    5 * 60,
    15 * 60,
    30 * 60,
    3600,
    3 * 3600,
    6 * 3600,
    12 * 3600,
    86_400,
    7 * 86_400,
    28 * 86_400,
    364 * 86_400,
];

/// The most counts that are kept.
const KEPT: usize = 2_048;

/// How many events there were in each stretch of time. Stretches begin at multiples of their length since 1970 (UTC).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counts {
    step: i64,
    counts: BTreeMap<i64, u64>,
}

/// Counts as many as there is room for, one after the other without gaps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bars {
    pub start: DateTime<Utc>,
    /// Seconds that each covers.
    pub step: i64,
    /// How many events there were in each.
    pub counts: Vec<u64>,
}

impl Default for Counts {
    fn default() -> Self {
        Self { step: STEPS[0], counts: BTreeMap::new() }
    }
}

impl Counts {
    pub fn add(&mut self, time: DateTime<Utc>) {
        self.put(time.timestamp(), 1);
    }

    /// Takes in what was counted elsewhere.
    pub(in crate::engine) fn merge(&mut self, other: &Self) {
        self.coarsen(other.step);
        for (&start, &count) in &other.counts {
            self.put(start, count);
        }
    }

    fn put(&mut self, second: i64, count: u64) {
        *self.counts.entry(floor(second, self.step)).or_default() += count;
        // Times far apart may all stay apart at the next length.
        while self.counts.len() > KEPT
            && let Some(longer) = steps().find(|step| *step > self.step)
        {
            self.coarsen(longer);
        }
    }

    fn coarsen(&mut self, step: i64) {
        if step > self.step {
            let finer = std::mem::take(&mut self.counts);
            self.step = step;
            for (start, count) in finer {
                *self.counts.entry(floor(start, step)).or_default() += count;
            }
        }
    }

    /// The counts from the first event to the last in at most `most` bars, the shortest for which that is enough; `None`
    /// when there was no event, or no bar may be.
    #[must_use]
    pub fn bars(&self, most: usize) -> Option<Bars> {
        let (first, last) = (*self.counts.first_key_value()?.0, *self.counts.last_key_value()?.0);
        let length = |step: i64| (floor(last, step) - floor(first, step)) / step + 1;
        let fits = |step: &i64| *step >= self.step && usize::try_from(length(*step)).is_ok_and(|n| n <= most);
        let step = steps().find(fits)?;
        let start = floor(first, step);
        let mut counts = vec![0; usize::try_from(length(step)).ok()?];
        for (second, count) in &self.counts {
            if let Some(bar) = usize::try_from((second - start) / step).ok().and_then(|at| counts.get_mut(at)) {
                *bar += count;
            }
        }
        Some(Bars { start: DateTime::from_timestamp(start, 0)?, step, counts })
    }
}

fn steps() -> impl Iterator<Item = i64> {
    let longest = STEPS[STEPS.len() - 1];
    STEPS.into_iter().chain(std::iter::successors(longest.checked_mul(2), |step| step.checked_mul(2)))
}

fn floor(second: i64, step: i64) -> i64 {
    second.div_euclid(step) * step
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    fn counted(seconds: &[i64]) -> Counts {
        let mut counts = Counts::default();
        seconds.iter().for_each(|s| counts.add(at(*s)));
        counts
    }

    #[test]
    fn bars_are_as_short_as_there_is_room_and_leave_no_gap() {
        let counts = counted(&[-1, 0, 59, 60, 61, 3600]);
        let bars = counts.bars(100).unwrap();
        assert_eq!((bars.start, bars.step, bars.counts.len()), (at(-60), 60, 62));
        assert_eq!(&bars.counts[..4], [1, 2, 2, 0]);
        let bars = counts.bars(3).unwrap();
        assert_eq!((bars.start, bars.step, bars.counts), (at(-3600), 3600, vec![1, 4, 1]));
        assert_eq!(counted(&[7]).bars(10).unwrap().counts, [1]);
        assert_eq!(counted(&[]).bars(10), None);
        assert_eq!(counts.bars(0), None);
    }

    #[test]
    fn times_that_stay_apart_at_the_next_length_are_counted_together_at_a_longer_one() {
        // One event in each stretch of the second length: that joins none.
        let apart: Vec<i64> = (0..=KEPT as i64).map(|n| n * STEPS[1]).collect();
        assert!(counted(&apart).counts.len() <= KEPT);
    }

    #[test]
    fn each_length_divides_the_next() {
        let steps: Vec<i64> = steps().collect();
        assert!(steps.windows(2).all(|pair| pair[1] % pair[0] == 0 && pair[1] > pair[0]));
    }

    proptest::proptest! {
        #[test]
        fn whatever_the_stretch_every_event_counts_and_the_order_does_not_matter(
            seconds in proptest::collection::vec(-62_000_000_000i64..62_000_000_000, 1..60),
            dense in 0i64..5_000,
            most in 60usize..200,
        ) {
            let mut all = seconds.clone();
            all.extend((0..dense).map(|n| n * 7));
            let together = counted(&all);
            let mut apart = counted(&all[all.len() / 2..]);
            apart.merge(&counted(&all[..all.len() / 2]));
            proptest::prop_assert!(together.counts.len() <= KEPT && apart.counts.len() <= KEPT);
            let (a, b) = (together.bars(most).unwrap(), apart.bars(most).unwrap());
            proptest::prop_assert_eq!(&a, &b);
            proptest::prop_assert!(a.counts.len() <= most);
            proptest::prop_assert_eq!(a.counts.iter().sum::<u64>(), all.len() as u64);
        }
    }
}
