//! The figures of a run. What a file counts for follows from its mark, so a file read anew replaces its own counts instead
//! of adding to them, and a restart counts what an earlier run has read.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::ops::Bound;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::Portion;
use super::report::{FileProblem, Health, NAMED, Phase, Trouble, Watching};
use crate::trail::{BadRecord, Checkpoint, Content, Opened};

/// Seconds of events per second that are kept.
const RATE_SECONDS: usize = 60;

/// Counts what has been read.
#[derive(Debug, Default)]
pub(super) struct Metrics {
    health: Health,
    /// Paths among the health's problems.
    named: HashSet<PathBuf>,
    /// Files that failed, and how many events and bad records they count for: they count no more when they are gone.
    failed: BTreeMap<PathBuf, (u64, u64)>,
    /// Files and folders that the system refuses, which have no mark of that.
    refused: HashSet<PathBuf>,
    /// Those of them that a sweep could not look into.
    closed: HashSet<PathBuf>,
    rate: VecDeque<(i64, u64)>,
    dirty: bool,
}

impl Metrics {
    /// A tally that counts since `now`.
    pub(super) fn new(now: DateTime<Utc>) -> Self {
        Self { health: Health { since: Some(now), ..Health::default() }, dirty: true, ..Self::default() }
    }

    /// Takes in a file that was read: what it counts for now, instead of what it counted for `before`. `events` of its
    /// records were evaluated in this reading; `bad` says which bad records were found in it.
    pub(super) fn read(
        &mut self,
        file: &Checkpoint,
        before: Option<&Checkpoint>,
        bad: Option<String>,
        events: u64,
        now: DateTime<Utc>,
    ) {
        let path = file.path();
        self.readable(path);
        if let Some(before) = before {
            self.fall(before);
            if before.path() != path {
                self.unname(before.path());
            }
        }
        self.stand(file);
        self.beat(events, now);
        match (file.problem(), bad) {
            _ if file.other().is_some() => self.unname(path),
            (Some(problem), _) => self.name(path, problem, trouble(file), now),
            (None, Some(bad)) => self.name(path, &bad, Trouble::InPart, now),
            // Nothing is wrong with what a file of lines has grown by; what was is still true.
            (None, None) if file.bad() > 0 => {}
            (None, None) => self.unname(path),
        }
    }

    /// Takes in a portion of a log that is read once; its events are counted apart, by [`Self::count`].
    pub(super) fn portion<T>(&mut self, file: &Portion<'_, T>, now: DateTime<Utc>) {
        if file.extent.documents == 0 {
            *self.counter(file.problem.is_some() && !file.no_log, file.content.filter(|_| !file.no_log)) += 1;
        }
        self.health.bad_records += file.bad_total;
        self.opened(file.opened.clone());
        if let Some(what) = file.other {
            *self.health.others.entry(what.to_owned()).or_default() += 1;
        }
        self.dirty = true;
        let trouble = if file.no_log { Trouble::LeftOut } else { Trouble::Failed };
        match (&file.problem, file.bad.first()) {
            (Some(problem), _) => self.name(file.source, problem, trouble, now),
            (None, Some(first)) => self.name(file.source, &bad_records(file.bad_total, first), Trouble::InPart, now),
            (None, None) => {}
        }
    }

    /// Counts a file read in an earlier run, so that the figures speak of the whole state.
    pub(super) fn recall(&mut self, file: &Checkpoint, now: DateTime<Utc>) {
        self.stand(file);
        match file.problem() {
            // Counted by what it is: there may be thousands.
            Some(_) if file.other().is_some() => {}
            Some(problem) => self.name(file.path(), problem, trouble(file), now),
            None if file.bad() > 0 => {
                let reason = format!("bad records found in an earlier run: {}", file.bad());
                self.name(file.path(), &reason, Trouble::InPart, now);
            }
            None => {}
        }
    }

    /// Takes in that a file that was read has another name now, and nothing else has changed.
    pub(super) fn renamed(&mut self, before: &Checkpoint, file: &Checkpoint) {
        self.fall(before);
        self.stand(file);
        let path = file.path();
        if self.named.remove(before.path()) {
            self.unname(path);
            self.named.insert(path.to_owned());
            let named = self.health.problems.iter_mut().filter(|problem| problem.path == before.path());
            named.for_each(|problem| problem.path = path.to_owned());
        }
    }

    /// Takes in that another file has taken the name of one that was read.
    pub(super) fn replaced(&mut self, before: &Checkpoint) {
        self.fall(before);
        self.unname(before.path());
    }

    /// Files that failed or are refused, at and under `path`.
    pub(super) fn troubled(&self, path: &Path) -> Vec<PathBuf> {
        let failed = self
            .failed
            .range::<Path, _>((Bound::Included(path), Bound::Unbounded))
            .map(|(failed, _)| failed)
            .take_while(|failed| failed.starts_with(path));
        failed.chain(self.refused.iter().filter(|refused| refused.starts_with(path))).cloned().collect()
    }

    /// Takes in that a file that failed, or is refused, is there no more.
    pub(super) fn gone(&mut self, path: &Path) {
        self.readable(path);
        if let Some((events, bad)) = self.failed.remove(path) {
            self.health.failed = self.health.failed.saturating_sub(1);
            self.uncount(events, bad);
            self.unname(path);
        }
    }

    fn stand(&mut self, file: &Checkpoint) {
        *self.counter(file.is_failed(), file.content()) += 1;
        if file.is_failed() {
            self.failed.insert(file.path().to_owned(), (file.records(), file.bad()));
        }
        self.health.events += file.records();
        self.health.bad_records += file.bad();
        if let Some(what) = file.other() {
            *self.health.others.entry(what.to_owned()).or_default() += 1;
        }
        self.health.newest_event = self.health.newest_event.max(file.last_event());
        self.dirty = true;
    }

    fn fall(&mut self, file: &Checkpoint) {
        let counter = self.counter(file.is_failed(), file.content());
        *counter = counter.saturating_sub(1);
        self.failed.remove(file.path());
        if let Some(count) = file.other().and_then(|what| self.health.others.get_mut(what)) {
            *count = count.saturating_sub(1);
        }
        self.uncount(file.records(), file.bad());
    }

    fn uncount(&mut self, events: u64, bad: u64) {
        self.health.events = self.health.events.saturating_sub(events);
        self.health.bad_records = self.health.bad_records.saturating_sub(bad);
        self.dirty = true;
    }

    /// The figure that a file is counted in.
    fn counter(&mut self, failed: bool, content: Option<Content>) -> &mut u64 {
        match content {
            _ if failed => &mut self.health.failed,
            None | Some(Content::Digest | Content::Insight) => &mut self.health.skipped,
            Some(_) => &mut self.health.files,
        }
    }

    /// Counts records that lay in envelopes, by what those are.
    pub(super) fn opened(&mut self, opened: Opened) {
        for (envelope, records) in opened {
            *self.health.opened.entry(envelope).or_default() += records;
        }
    }

    /// Counts events evaluated now that belong to no mark.
    pub(super) fn count(&mut self, events: u64, now: DateTime<Utc>) {
        self.health.events += events;
        self.beat(events, now);
    }

    fn beat(&mut self, events: u64, now: DateTime<Utc>) {
        match self.rate.back_mut() {
            Some((second, count)) if *second == now.timestamp() => *count += events,
            _ => self.rate.push_back((now.timestamp(), events)),
        }
        self.dirty = true;
    }

    /// Names and counts a file or folder that the system refuses.
    pub(super) fn refused(&mut self, path: &Path, reason: &str, now: DateTime<Utc>) {
        if self.refused.insert(path.to_owned()) {
            self.health.failed += 1;
        }
        self.name(path, reason, Trouble::Failed, now);
    }

    /// Takes back that the system refuses a file.
    pub(super) fn readable(&mut self, path: &Path) {
        // Asked of every file that is listed, and nearly always there are none.
        if !self.refused.is_empty() && self.refused.remove(path) {
            self.health.failed -= 1;
            self.unname(path);
        }
    }

    /// Takes in the end of a sweep, with what it could not look into and why.
    pub(super) fn swept(&mut self, closed: &[(PathBuf, String)], at: DateTime<Utc>) {
        self.health.swept = Some(at);
        let now: HashSet<PathBuf> = closed.iter().map(|(path, _)| path.clone()).collect();
        let opened: Vec<PathBuf> = self.closed.difference(&now).cloned().collect();
        for path in opened {
            self.readable(&path);
        }
        for (path, reason) in closed.iter().filter(|(path, _)| !self.closed.contains(path)).collect::<Vec<_>>() {
            self.refused(path, reason, at);
        }
        self.closed = now;
    }

    fn name(&mut self, path: &Path, reason: &str, trouble: Trouble, now: DateTime<Utc>) {
        self.unname(path);
        let problem = FileProblem { path: path.to_owned(), reason: reason.to_owned(), at: now, trouble };
        self.named.insert(path.to_owned());
        self.health.problems.insert(0, problem);
        if self.health.problems.len() > NAMED
            && let Some(oldest) = self.health.problems.pop()
        {
            self.named.remove(&oldest.path);
        }
        self.dirty = true;
    }

    fn unname(&mut self, path: &Path) {
        if self.named.remove(path) {
            self.health.problems.retain(|p| p.path != path);
            self.dirty = true;
        }
    }

    /// Changes the other figures in place.
    pub(super) fn set(&mut self, change: impl FnOnce(&mut Health)) {
        change(&mut self.health);
        self.dirty = true;
    }

    /// Sets how many files wait to be read, if that is a change.
    pub(super) fn pending(&mut self, pending: u64) {
        if self.health.pending != pending {
            self.set(|h| h.pending = pending);
        }
    }

    /// Sets what the engine is doing; whether that is a change.
    pub(super) fn phase(&mut self, phase: Phase) -> bool {
        let changed = self.health.phase != phase;
        if changed {
            self.set(|h| h.phase = phase);
        }
        changed
    }

    /// Sets how new files are learned of, if that is a change.
    pub(super) fn watching(&mut self, watching: Watching) {
        if self.health.watching != watching {
            self.set(|h| h.watching = watching);
        }
    }

    /// The figures, if anything changed since they were last taken.
    pub(super) fn take(&mut self) -> Option<Health> {
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

/// Bad records as the reason of a problem.
pub(super) fn bad_records(count: u64, first: &BadRecord) -> String {
    match count {
        1 => format!("a bad record {first}"),
        _ => format!("{count} bad records, the first {first}"),
    }
}

/// What the problem of a file comes to.
fn trouble(file: &Checkpoint) -> Trouble {
    if file.is_no_log() { Trouble::LeftOut } else { Trouble::Failed }
}

#[cfg(test)]
mod tests;
