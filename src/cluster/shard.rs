//! One shard of one index: what to ask it for next, and what its answers come to.
//!
//! What is far behind the newest number when reading begins is settled: it is read page by page, and the server may leave
//! out whatever is not asked for. Closer to the newest number others may still become visible below it. There it must be
//! known which numbers an answer looked at: those of its hits when nothing is left out, else its counts say so (a bucket that
//! holds as many documents as it has numbers is complete).

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::answer::{Answer, Found};
use super::indices::Index;
use super::question::{Ask, common, complete};
use super::reach::{Reach, Run, UNSETTLED};
use super::{Cursor, Failure, Hit};

/// So many new documents are taken whole, whatever is asked for: cheaper than to let the server look.
pub(super) const FEW: u64 = 2000;
/// Buckets of a count, at most.
const BUCKETS: i64 = 512;
/// Numbers to go back, at least, when another copy took over.
const BACK: i64 = 10_000;
/// How often in a row the newest document is missed before it is taken for lost: a copy may be a refresh behind.
const MISSED: u32 = 3;
/// How many times another copy took over are remembered.
const TAKEN_OVER: usize = 4;
/// Pauses before a shard that did not answer is asked again: at first, at most.
const PAUSE: (Duration, Duration) = (Duration::from_secs(4), Duration::from_secs(30));

#[derive(Debug)]
pub(super) struct Shard {
    pub(super) index: Arc<Index>,
    pub(super) number: u32,
    reach: Reach,
    /// The highest primary term of a document read.
    term: u64,
    /// What was read before numbers were perhaps given anew, each time it happened, and the term then.
    before: Vec<(u64, Reach)>,
    pub(super) state: State,
    /// Documents known to be there and not read.
    pub(super) ahead: u64,
    /// Where this pass over what is unread stands; gaps behind it are for the next.
    position: i64,
    /// The gaps that narrowed answers left are being read whole.
    ragged: bool,
    /// The last pass met many documents, so that the next one should ask first how many there are.
    pub(super) busy: bool,
    pub(super) trouble: Option<Held>,
    /// How often in a row the newest document read was not there any more.
    missed: u32,
    /// How often the page was halved as an answer was too much.
    pub(super) halved: u32,
}

/// Why a shard is not read at the moment.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub(super) what: String,
    pub(super) since: Instant,
    /// When to ask again, and how long the pause was.
    pub(super) again: Duration,
    pub(super) pause: Duration,
}

/// Where reading stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Nobody knows how much there is.
    Unknown,
    /// Up to this number everything is settled.
    Settled(i64),
    /// So many documents wait, and this was the newest number.
    Waiting { documents: u64, newest: i64 },
    /// Read to its end.
    Quiet,
}

impl Shard {
    /// One that was not read yet, or read as far as its cursor says.
    pub(super) fn new(index: Arc<Index>, number: u32, cursor: Option<&Cursor>) -> Self {
        let reach = cursor.map_or_else(|| Reach::new(-1), |cursor| Reach::from_kept(cursor.number, &cursor.overlap));
        Self {
            index,
            number,
            reach,
            term: cursor.map_or(0, |cursor| cursor.term),
            before: Vec::new(),
            state: State::Unknown,
            ahead: 0,
            position: i64::MIN,
            ragged: false,
            busy: false,
            trouble: None,
            missed: 0,
            halved: 0,
        }
    }

    pub(super) fn cursor(&self, cluster: &str) -> Cursor {
        let (number, overlap) = self.reach.kept();
        Cursor {
            cluster: cluster.to_owned(),
            uuid: self.index.uuid.to_string(),
            shard: self.number,
            index: self.index.name.to_string(),
            number,
            term: self.term,
            overlap,
            ..Cursor::default()
        }
    }

    pub(super) fn to_read(&self) -> Vec<Run> {
        self.reach.to_read()
    }

    /// Gives up what has been a gap for long, and was asked for just now in vain: a cluster may not answer for hours.
    pub(super) fn pass(&mut self, now: Duration) {
        let refresh = self.index.refresh.unwrap_or_default();
        self.reach.pass(now, refresh * 2 + Duration::from_secs(30));
    }

    /// What to ask next; nothing when it was read to its end. `narrow`: whether anything is left out at all. `once`: whether
    /// only what is there now counts, so that all of it is settled.
    pub(super) fn next(&self, narrow: bool, once: bool) -> Option<Ask> {
        let State::Waiting { documents, newest } = self.state else {
            return match self.state {
                State::Unknown if once => Some(Ask::Settled(i64::MAX)),
                State::Settled(to) => Some(Ask::Settled(to)),
                State::Quiet => None,
                _ => Some(Ask::Newest),
            };
        };
        let mut rest = self.rest();
        if self.ragged {
            rest.pop();
        }
        let few = self.ragged || documents <= FEW || !narrow;
        if few && self.index.filter.is_none() {
            return Some(Ask::All(rest));
        }
        let width = (newest.max(self.reach.top()) - self.reach.floor()) / BUCKETS + 1;
        Some(Ask::Counted { runs: rest, width: if few { 1 } else { width } })
    }

    /// What is unread from where this pass stands.
    fn rest(&self) -> Vec<Run> {
        common(&self.reach.to_read(), &[(self.position, i64::MAX)])
    }

    /// Takes the answers to one question in, of each part of the filter one: the documents that were not handed out before.
    /// `size` is what was asked for.
    pub(super) fn take(&mut self, ask: &Ask, answers: Vec<Answer>, size: usize) -> Vec<Hit> {
        if *ask == Ask::Newest {
            self.learn(&answers);
            return Vec::new();
        }
        // Of an answer that is full nobody knows what lies behind its last hit.
        let full = |answer: &&Answer| answer.hits.len() >= size;
        let last = |answer: &Answer| answer.hits.last().and_then(|found| found.hit.number);
        let horizon = answers.iter().filter(full).filter_map(last).min();
        let mut looked_at = vec![(i64::MIN, horizon.unwrap_or(i64::MAX))];
        for answer in &answers {
            looked_at = common(&looked_at, &self.looked_at(ask, answer));
        }
        let total = answers.iter().filter_map(|answer| answer.total).max();
        let found: Vec<Found> = answers.into_iter().flat_map(|answer| answer.hits).collect();
        let hits = self.fresh(found, &looked_at, !matches!(ask, Ask::Settled(_)));
        looked_at.into_iter().for_each(|run| self.reach.add(run));
        if let Some(total) = total {
            self.ahead = total;
        }
        self.ahead = if horizon.is_some() { self.ahead.saturating_sub(hits.len() as u64) } else { 0 };
        if self.state != State::Unknown || matches!(ask, Ask::Settled(_)) {
            self.advance(ask, horizon);
        }
        hits
    }

    /// Documents of this shard in the answer to a question to many at once, and whether there are more.
    pub(super) fn take_polled(&mut self, found: Vec<Found>, more: bool) -> Vec<Hit> {
        let numbers = found.iter().filter_map(|found| found.hit.number);
        let looked_at: Vec<Run> = numbers.map(|number| (number, number)).collect();
        let hits = self.fresh(found, &looked_at, true);
        looked_at.into_iter().for_each(|run| self.reach.add(run));
        if more {
            self.begin();
        }
        hits
    }

    /// Whether it is asked at this time: it answers, or a pause is over.
    pub(super) fn is_awake(&self, now: Duration) -> bool {
        self.trouble.as_ref().is_none_or(|held| held.again <= now)
    }

    /// Whether there is something to ask it, by itself.
    pub(super) fn is_behind(&self, now: Duration) -> bool {
        self.state != State::Quiet && self.is_awake(now)
    }

    /// Whether it may be asked together with others: not through a filter of its own.
    pub(super) fn may_join(&self) -> bool {
        self.index.filter.is_none()
    }

    /// Whether it is asked together with others at this time.
    pub(super) fn joins(&self) -> bool {
        self.state == State::Quiet && self.trouble.is_none() && self.may_join()
    }

    /// Leaves it alone for a while.
    pub(super) fn hold(&mut self, failure: &Failure, now: Duration) {
        let (since, pause) = match &self.trouble {
            Some(held) => (held.since, (held.pause * 2).min(PAUSE.1)),
            None => (Instant::now(), PAUSE.0),
        };
        let again = now + pause.max(failure.retry_after.unwrap_or_default());
        let advice = failure.advice.as_ref().map(|advice| format!("; {advice}")).unwrap_or_default();
        let what = format!("{}{advice}", failure.what);
        self.trouble = Some(Held { what, since, again, pause });
        self.begin();
    }

    /// Whether it has to be made sure soon that the newest document read is still there.
    pub(super) fn doubts(&self) -> bool {
        self.missed > 0
    }

    /// What to ask together with others: what is unread, and for a check the newest document read.
    pub(super) fn to_poll(&self, check: bool) -> Vec<Run> {
        let mut runs = self.reach.to_read();
        if let Some(last) = runs.last_mut().filter(|_| check && self.reach.top() >= 0) {
            last.0 = self.reach.top();
        }
        runs
    }

    /// Whether the newest document read is among these. Where it is missing for long, another copy took over that never
    /// had it: its number will be given anew, without any number rising.
    pub(super) fn check(&mut self, found: &[Found]) {
        let newest = self.reach.top();
        let there = newest < 0 || found.iter().any(|found| found.hit.number == Some(newest));
        self.missed = if there { 0 } else { self.missed + 1 };
        if self.missed >= MISSED {
            self.go_back();
        }
    }

    /// Begins a pass over what is unread.
    pub(super) fn begin(&mut self) {
        (self.state, self.position, self.ragged, self.busy) = (State::Unknown, i64::MIN, false, false);
    }

    fn learn(&mut self, answers: &[Answer]) {
        let Some(answer) = answers.first() else { return };
        let newest = answer.hits.first();
        if newest.is_some_and(|newest| self.took_over(newest.term)) {
            // To ask anew from further back.
            return;
        }
        let lost = self.missed >= MISSED;
        self.missed = if lost { 0 } else { self.missed };
        self.ahead = answer.total.unwrap_or(0);
        self.busy = self.ahead > FEW;
        self.state = match newest.and_then(|newest| newest.hit.number) {
            None if lost => {
                // Not even what was there long before: all numbers are given anew.
                self.reach = Reach::new(-1);
                State::Unknown
            }
            None => State::Quiet,
            Some(newest) if newest.saturating_sub(UNSETTLED) > self.reach.floor() => State::Settled(newest - UNSETTLED),
            Some(newest) => State::Waiting { documents: self.ahead, newest },
        };
    }

    /// The numbers that an answer says something about.
    fn looked_at(&self, ask: &Ask, answer: &Answer) -> Vec<Run> {
        match ask {
            Ask::Newest => Vec::new(),
            Ask::All(_) => answer.hits.iter().filter_map(|found| found.hit.number).map(|n| (n, n)).collect(),
            Ask::Settled(to) if *to < i64::MAX => vec![(self.reach.floor() + 1, *to)],
            // To the end of what is there: of what may come behind it nothing is known.
            Ask::Settled(_) => match answer.hits.last().and_then(|found| found.hit.number) {
                Some(last) => vec![(self.reach.floor() + 1, last)],
                None => Vec::new(),
            },
            Ask::Counted { runs, width } => complete(&answer.aggregations, runs, *width),
        }
    }

    /// Those that were not handed out before, among what was looked at.
    fn fresh(&mut self, mut found: Vec<Found>, looked_at: &[Run], may_go_back: bool) -> Vec<Hit> {
        found.sort_by_key(|found| found.hit.number);
        found.dedup_by_key(|found| found.hit.number);
        let highest = found.iter().map(|found| found.term).max().unwrap_or(0);
        let was_read = |number, term| {
            self.reach.contains(number)
                || self.before.iter().any(|(then, reach)| term <= *then && reach.contains(number))
        };
        found.retain(|found| {
            found.hit.number.is_some_and(|number| {
                let behind = looked_at.partition_point(|run| run.1 < number);
                looked_at.get(behind).is_some_and(|run| run.0 <= number) && !was_read(number, found.term)
            })
        });
        if may_go_back {
            self.took_over(highest);
        }
        self.term = self.term.max(highest);
        found.into_iter().map(|found| found.hit).collect()
    }

    /// Notices that another copy took over since the last documents were read, and goes back. What was not acknowledged then
    /// is gone, and its numbers were given anew; a document is known by its number and term together.
    fn took_over(&mut self, term: u64) -> bool {
        let risen = self.term > 0 && term > self.term;
        if risen {
            self.go_back();
        }
        self.term = self.term.max(term);
        risen
    }

    fn go_back(&mut self) {
        self.before.push((self.term, self.reach.clone()));
        self.before.drain(..self.before.len().saturating_sub(TAKEN_OVER));
        self.reach.back(BACK);
        self.begin();
    }

    fn advance(&mut self, ask: &Ask, horizon: Option<i64>) {
        if let Some(horizon) = horizon {
            self.position = horizon.saturating_add(1);
            return;
        }
        match ask {
            Ask::Settled(i64::MAX) => self.state = State::Quiet,
            Ask::Settled(_) => self.begin(),
            Ask::Counted { width: 2.., .. } if self.reach.to_read().len() > 1 => {
                (self.position, self.ragged) = (i64::MIN, true);
            }
            _ => (self.state, self.ragged) = (State::Quiet, false),
        }
    }
}

#[cfg(test)]
mod tests;
