//! Which sequence numbers of a shard were read. Numbers become visible out of order when several write, or when copies
//! of a shard refresh at different times: a number that is missing below others may still come, for a while.
//!
//! What was read is a floor, up to which everything is settled, and runs above it. What is asked for is the rest, so nothing
//! is read twice, and a gap costs a few bytes in the question. A gap is given up when it has been one for so long, or lies
//! so far behind the newest number, that it is a number of a document deleted or written anew.

use std::collections::VecDeque;
use std::time::Duration;

/// How long a gap is asked for. Beyond any refresh that was seen to be late (0.9 s), a stalled bulk request and two
/// refreshes of a slow copy.
const PATIENCE: Duration = Duration::from_secs(150);
/// How many numbers a gap may lie behind the newest, at most: some seconds of the fastest shard.
pub(super) const UNSETTLED: i64 = 200_000;
/// Most gaps that one question names; the nearest ones are asked for as one, and what was read in between is told again.
const GAPS_ASKED: usize = 32;
/// Most runs that the state keeps: what is forgotten is read again.
const RUNS_KEPT: usize = 1000;

/// A stretch of numbers, both ends in it.
pub(super) type Run = (i64, i64);

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Reach {
    /// Everything up to here is read, or given up.
    floor: i64,
    /// Read above, ascending, apart from each other and from the floor.
    runs: Vec<Run>,
    /// The newest number by time, as long as a gap below it may be asked for.
    tops: VecDeque<(Duration, i64)>,
}

impl Reach {
    pub(super) fn new(floor: i64) -> Self {
        Self { floor, ..Self::default() }
    }

    /// From what [`Self::kept`] made of it; what is no run is nothing.
    pub(super) fn from_kept(floor: i64, runs: &[String]) -> Self {
        let mut reach = Self::new(floor);
        for run in runs {
            if let Some((from, to)) = run.split_once('-').and_then(|(a, b)| a.parse().ok().zip(b.parse().ok())) {
                reach.add((from, to));
            }
        }
        reach
    }

    /// The floor, and the runs as text.
    pub(super) fn kept(&self) -> (i64, Vec<String>) {
        (self.floor, self.runs.iter().take(RUNS_KEPT).map(|(from, to)| format!("{from}-{to}")).collect())
    }

    pub(super) fn floor(&self) -> i64 {
        self.floor
    }

    /// The newest number read.
    pub(super) fn top(&self) -> i64 {
        self.runs.last().map_or(self.floor, |run| run.1)
    }

    pub(super) fn contains(&self, number: i64) -> bool {
        number <= self.floor || {
            let behind = self.runs.partition_point(|run| run.1 < number);
            self.runs.get(behind).is_some_and(|run| run.0 <= number)
        }
    }

    pub(super) fn add(&mut self, (from, to): Run) {
        let (mut from, mut to) = (from.max(self.floor.saturating_add(1)), to);
        if from > to {
            return;
        }
        let first = self.runs.partition_point(|run| run.1.saturating_add(1) < from);
        let end = self.runs.partition_point(|run| run.0.saturating_sub(1) <= to);
        if let Some(touched) = self.runs.get(first..end).filter(|touched| !touched.is_empty()) {
            from = from.min(touched[0].0);
            to = to.max(touched[touched.len() - 1].1);
        }
        self.runs.splice(first..end, [(from, to)]);
        self.sink();
    }

    /// Takes everything up to this number for read.
    pub(super) fn settle(&mut self, number: i64) {
        if number > self.floor {
            self.floor = number;
            self.sink();
        }
    }

    /// Lets the floor rise through what was read.
    fn sink(&mut self) {
        let mut gone = 0;
        for &(from, to) in &self.runs {
            if from > self.floor.saturating_add(1) {
                break;
            }
            self.floor = self.floor.max(to);
            gone += 1;
        }
        self.runs.drain(..gone);
    }

    /// Takes note of the time, measured from the start of reading, and gives up old gaps. `patience` is that of the index,
    /// which may refresh seldom.
    pub(super) fn pass(&mut self, now: Duration, patience: Duration) {
        let (top, patience) = (self.top(), patience.max(PATIENCE));
        if self.tops.back().is_none_or(|&(_, before)| before < top) {
            self.tops.push_back((now, top));
        }
        while let Some(&(_, old)) = self.tops.front().filter(|(since, _)| *since + patience <= now) {
            self.settle(old);
            self.tops.pop_front();
        }
        self.settle(top.saturating_sub(UNSETTLED));
    }

    /// The stretches to ask for: gaps, and what is newer than everything read.
    pub(super) fn to_read(&self) -> Vec<Run> {
        let mut gaps: Vec<Run> = Vec::new();
        let mut floor = self.floor;
        for &(from, to) in &self.runs {
            gaps.push((floor + 1, from - 1));
            floor = to;
        }
        gaps.push((floor.saturating_add(1), i64::MAX));
        while gaps.len() > GAPS_ASKED {
            // Every second pair as one: no matter which, what was read between them is known.
            let before = gaps.len();
            let newest = gaps.split_off(before - 1);
            gaps = gaps.chunks(2).map(|pair| (pair[0].0, pair[pair.len() - 1].1)).collect();
            gaps.extend(newest);
        }
        gaps
    }

    /// Goes back to read again from here on, as another copy took over and numbers may have been given anew.
    pub(super) fn back(&mut self, numbers: i64) {
        // Some of what was read was not acknowledged: not more than came within the patience.
        let long_ago = self.tops.front().map_or(self.floor, |&(_, top)| top);
        let floor = self.floor.min(long_ago).min(self.top().saturating_sub(numbers)).max(-1);
        *self = Self::new(floor);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_gap_is_asked_for_until_it_is_filled_or_old() {
        let mut reach = Reach::new(-1);
        reach.add((0, 9));
        reach.add((12, 20));
        reach.pass(secs(1), secs(0));
        assert_eq!(reach.to_read(), [(10, 11), (21, i64::MAX)]);
        assert_eq!(reach.kept(), (9, vec!["12-20".to_owned()]));
        assert_eq!(Reach::from_kept(9, &["12-20".into(), "x".into()]).to_read(), reach.to_read());
        reach.add((10, 10));
        reach.pass(secs(150), secs(0));
        assert_eq!(reach.to_read(), [(11, 11), (21, i64::MAX)]);
        // An index that refreshes once a minute.
        let mut slow = reach.clone();
        slow.pass(secs(200), secs(300));
        assert_eq!(slow.to_read().len(), 2);
        reach.pass(secs(151), secs(0));
        assert_eq!(reach.to_read(), [(21, i64::MAX)]);
    }

    #[test]
    fn a_gap_far_behind_is_a_deleted_document() {
        let mut reach = Reach::new(-1);
        reach.add((5, 5 + UNSETTLED + 7));
        reach.pass(secs(0), secs(0));
        assert_eq!(reach.to_read(), [(5 + UNSETTLED + 8, i64::MAX)]);
    }

    #[test]
    fn many_gaps_are_few_questions_that_leave_none_out() {
        let mut reach = Reach::new(-1);
        (0..1000).for_each(|n| reach.add((n * 3, n * 3)));
        let asked = reach.to_read();
        assert!(asked.len() <= GAPS_ASKED, "{}", asked.len());
        for number in 0..3000 {
            assert!(reach.contains(number) || asked.iter().any(|run| (run.0..=run.1).contains(&number)), "{number}");
        }
    }

    #[test]
    fn going_back_reads_what_came_lately_again() {
        let mut reach = Reach::new(-1);
        reach.add((0, 999));
        reach.pass(secs(0), secs(0));
        reach.add((1000, 9999));
        reach.pass(secs(100), secs(0));
        reach.back(100);
        assert_eq!(reach.to_read(), [(1000, i64::MAX)]);
        reach.back(5000);
        assert_eq!(reach.floor(), -1);
    }

    proptest! {
        #[test]
        fn it_is_the_set_of_what_was_added(runs in prop::collection::vec((0_i64..200, 0_i64..9), 0..60)) {
            let (mut reach, mut model) = (Reach::new(-1), BTreeSet::new());
            for (from, length) in runs {
                reach.add((from, from + length));
                model.extend(from..=from + length);
                for number in 0..220 {
                    prop_assert_eq!(reach.contains(number), model.contains(&number));
                }
                prop_assert!(reach.runs.windows(2).all(|pair| pair[0].1 + 1 < pair[1].0));
                prop_assert!(reach.runs.first().is_none_or(|run| run.0 > reach.floor + 1));
                let (floor, kept) = reach.kept();
                prop_assert_eq!(Reach::from_kept(floor, &kept).to_read(), reach.to_read());
            }
        }
    }
}
