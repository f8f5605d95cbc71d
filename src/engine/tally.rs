//! The figures of a run, kept file by file so that a file read anew replaces its own counts instead of adding to them.

use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::report::{FileProblem, Health, Phase, Watching};
use crate::trail::{Content, FileMark};

/// Seconds of events per second that are kept.
const RATE_SECONDS: usize = 60;
/// File problems kept for the health pane; the counts are complete.
const PROBLEMS: usize = 1000;

/// Counts what has been read.
#[derive(Debug, Default)]
pub struct Tally {
    health: Health,
    failed: HashMap<PathBuf, ()>,
    bad: HashMap<PathBuf, u64>,
    rate: VecDeque<(i64, u64)>,
    dirty: bool,
}

impl Tally {
    /// A tally that counts since `now`.
    #[must_use]
    pub fn new(now: DateTime<Utc>) -> Self {
        Self { health: Health { since: Some(now), ..Health::default() }, dirty: true, ..Self::default() }
    }

    /// Takes in a file that was read: `events` of its records were evaluated in this reading; with `restarted`, the
    /// `before` it had counted so far are replaced.
    pub fn read(
        &mut self,
        mark: &FileMark,
        before: Option<&FileMark>,
        restarted: bool,
        events: u64,
        now: DateTime<Utc>,
    ) {
        let counted = |m: &FileMark| if evaluated(m.content) { m.records } else { 0 };
        if restarted {
            self.health.events = self.health.events.saturating_sub(before.map_or(0, counted));
        }
        self.count(events, now);
        if before.is_none_or(|m| m.problem.is_some()) && mark.problem.is_none() {
            if evaluated(mark.content) { self.health.files += 1 } else { self.health.skipped += 1 }
        }
        self.health.newest_event = self.health.newest_event.max(mark.last_event);
        self.set_bad(&mark.path, mark.bad);
        match &mark.problem {
            Some(reason) => self.problem(&mark.path, reason, true, now),
            None => self.solved(&mark.path),
        }
        self.dirty = true;
    }

    /// Counts events evaluated now.
    pub fn count(&mut self, events: u64, now: DateTime<Utc>) {
        self.health.events += events;
        match self.rate.back_mut() {
            Some((second, count)) if *second == now.timestamp() => *count += events,
            _ => self.rate.push_back((now.timestamp(), events)),
        }
        self.dirty = true;
    }

    /// Counts a file read in an earlier run, so that the figures speak of the whole state.
    pub fn recall(&mut self, mark: &FileMark, now: DateTime<Utc>) {
        if evaluated(mark.content) {
            self.health.events += mark.records;
        }
        match &mark.problem {
            Some(reason) => self.problem(&mark.path, reason, true, now),
            None if evaluated(mark.content) => self.health.files += 1,
            None => self.health.skipped += 1,
        }
        self.set_bad(&mark.path, mark.bad);
        self.health.newest_event = self.health.newest_event.max(mark.last_event);
        self.dirty = true;
    }

    fn set_bad(&mut self, path: &Path, bad: u64) {
        let old = if bad == 0 { self.bad.remove(path) } else { self.bad.insert(path.to_owned(), bad) };
        self.health.bad_records = self.health.bad_records + bad - old.unwrap_or(0);
    }

    /// Names a file that failed, or that is no log.
    pub fn problem(&mut self, path: &Path, reason: &str, failed: bool, now: DateTime<Utc>) {
        self.health.problems.retain(|p| p.path != path);
        self.health
            .problems
            .insert(0, FileProblem { path: path.to_owned(), reason: reason.to_owned(), at: now, failed });
        self.health.problems.truncate(PROBLEMS);
        if failed && self.failed.insert(path.to_owned(), ()).is_none() {
            self.health.failed += 1;
        }
        self.dirty = true;
    }

    fn solved(&mut self, path: &Path) {
        if self.failed.remove(path).is_some() {
            self.health.failed -= 1;
            self.health.problems.retain(|p| p.path != path);
        }
    }

    /// Changes the other figures in place.
    pub fn set(&mut self, change: impl FnOnce(&mut Health)) {
        change(&mut self.health);
        self.dirty = true;
    }

    /// Changes what is no news by itself: it is told with the next news.
    pub fn quietly(&mut self, change: impl FnOnce(&mut Health)) {
        change(&mut self.health);
    }

    /// Sets how many files wait to be read, if that is a change.
    pub fn pending(&mut self, pending: u64) {
        if self.health.pending != pending {
            self.set(|h| h.pending = pending);
        }
    }

    /// Sets what the engine is doing; whether that is a change.
    pub fn phase(&mut self, phase: Phase) -> bool {
        let changed = self.health.phase != phase;
        if changed {
            self.set(|h| h.phase = phase);
        }
        changed
    }

    /// Sets how new files are learned of, if that is a change.
    pub fn watching(&mut self, watching: Watching) {
        if self.health.watching != watching {
            self.set(|h| h.watching = watching);
        }
    }

    /// The figures, if anything changed since they were last taken.
    pub fn take(&mut self) -> Option<Health> {
        if !std::mem::take(&mut self.dirty) {
            return None;
        }
        while self.rate.len() > RATE_SECONDS {
            self.rate.pop_front();
        }
        if let Some(&(last, _)) = self.rate.back() {
            let first = last - RATE_SECONDS as i64 + 1;
            let mut seconds = vec![0; RATE_SECONDS];
            for &(second, count) in self.rate.iter().filter(|(s, _)| *s >= first) {
                if let Some(slot) = usize::try_from(second - first).ok().and_then(|i| seconds.get_mut(i)) {
                    *slot += count;
                }
            }
            self.health.rate = seconds;
        }
        Some(self.health.clone())
    }
}

fn evaluated(content: Option<Content>) -> bool {
    !matches!(content, None | Some(Content::Digest | Content::Insight))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(path: &str, records: u64, problem: Option<&str>) -> FileMark {
        FileMark {
            path: path.into(),
            id: (0, 0),
            size: 0,
            mtime_ns: 0,
            consumed: 0,
            head: 0,
            content: Some(Content::Delivery),
            records,
            bad: u64::from(problem.is_some()),
            problem: problem.map(str::to_owned),
            first_event: None,
            last_event: None,
        }
    }

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    #[test]
    fn a_file_read_anew_replaces_its_own_counts() {
        let mut tally = Tally::new(now());
        let broken = mark("a", 7, Some("gzip cut short"));
        tally.read(&broken, None, false, 7, now());
        let health = tally.take().unwrap();
        assert_eq!((health.events, health.files, health.failed, health.bad_records), (7, 0, 1, 1));
        tally.read(&mark("a", 10, None), Some(&broken), true, 10, now());
        let health = tally.take().unwrap();
        assert_eq!((health.events, health.files, health.failed, health.bad_records), (10, 1, 0, 0));
        assert!(health.problems.is_empty());
        assert!(tally.take().is_none(), "nothing changed since");
    }

    #[test]
    fn a_file_that_grew_adds_its_new_events_and_stays_one_file() {
        let mut tally = Tally::new(now());
        let before = mark("a", 3, None);
        tally.read(&before, None, false, 3, now());
        tally.read(&mark("a", 5, None), Some(&before), false, 2, now());
        let health = tally.take().unwrap();
        assert_eq!((health.events, health.files), (5, 1));
        assert_eq!(health.rate.len(), RATE_SECONDS);
        assert_eq!(health.rate.last(), Some(&5));
    }
}
