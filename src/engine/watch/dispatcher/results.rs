//! What readers found, on its way to the store: alerts, how far files are read, and the figures.

use std::path::Path;
use std::sync::Arc;

use super::super::super::evaluate::Reading;
use super::super::super::metrics::bad_records;
use super::super::done::{Done, New, Of};
use super::Dispatcher;
use crate::detect::Alert;
use crate::trail::live::{LiveRead, Progress};
use crate::trail::watch::{Missing, SeenFile};
use crate::trail::{Checkpoint, ReadError};
use crate::triage::NewAlert;

impl Dispatcher {
    pub(in super::super) fn done(&mut self, done: Done) {
        self.adopt();
        self.readers.free(&done);
        let Done { rules, mut reading, of } = done;
        if !Arc::ptr_eq(&rules, self.memory.rules()) {
            // Rules that are gone since, or say something else, raise nothing any more.
            let now = self.memory.rules();
            reading.evaluation.alerts.retain(|alert| {
                let rule = now.rule(&alert.rule_id);
                rule.is_some() && rule == rules.rule(&alert.rule_id)
            });
        }
        self.memory.take(&rules, &mut reading.evaluation, &mut self.findings);
        let New { file, prior, result } = match of {
            Of::New(new) => new,
            Of::Again => {
                self.memory.done();
                return self.raise(&mut reading, false);
            }
            Of::Page(page) => return self.page(&rules, reading, *page),
            Of::PageAgain { source, ended } => return self.page_again(source, reading, ended),
        };
        self.first_under_way -= usize::from(file.first);
        if !Arc::ptr_eq(&rules, self.memory.rules()) {
            self.memory.missed(file.path.clone());
        }
        let path = &file.path;
        let mut gone = None;
        if let Some(under_way) = self.under_way.remove(path) {
            under_way.later.into_iter().for_each(|later| self.queue(later.first).push_back(later));
            gone = under_way.gone.then(|| path.clone());
        }
        match result {
            Ok(LiveRead::Unchanged { waiting }) => {
                if let Some(before) = prior.filter(|before| before.path() != path) {
                    self.renamed(&before, path);
                }
                if waiting {
                    self.wait_for(path, Missing::Tail);
                }
                self.tally.readable(path);
            }
            Ok(LiveRead::Waiting(_)) => {
                self.wait_for(path, Missing::Whole);
                self.tally.readable(path);
            }
            Ok(LiveRead::Another(stamp)) => self.seen(SeenFile { stamp, settled: false, ..file }),
            Ok(LiveRead::Read(progress)) => {
                if progress.waiting {
                    self.wait_for(path, Missing::Tail);
                }
                self.take(&file, prior.as_ref(), *progress, reading);
                self.reach_back();
                self.memory.settle(self.is_ready(), !file.first, &mut self.findings);
            }
            // A file that went away before it was read is no failure of reading.
            Err(ReadError::Missing { .. }) => self.tally.readable(path),
            Err(error) => self.tally.refused(path, &error.to_string(), (self.clock)()),
        }
        if let Some(path) = gone {
            self.look_for(&path);
        }
    }

    /// Has a file that is not whole seen again.
    fn wait_for(&self, path: &Path, missing: Missing) {
        if let Some(watch) = &self.watch {
            watch.waiting(path, missing);
        }
    }

    /// Takes what was read of a file.
    fn take(&mut self, file: &SeenFile, before: Option<&Checkpoint>, progress: Progress, mut reading: Reading) {
        let now = (self.clock)();
        let Progress { checkpoint, records, bad, bad_total, opened, restarted, .. } = progress;
        let span = reading.first.zip(reading.last);
        let checkpoint = checkpoint.evaluated(records, reading.events, reading.bad_count, span);
        let path = checkpoint.path();
        let first = bad.iter().chain(&reading.bad).min_by(|a, b| a.by_place(b));
        let bad = first.map(|first| bad_records(bad_total + reading.bad_count, first));
        // What lies outside the window was not evaluated: a run with another window has to read the file again.
        let lasting = reading.outside == 0 && (restarted || before.is_none_or(|before| self.lasts(before)));
        let counted = before
            .filter(|before| if before.path() == path { self.stands(before) } else { self.take_name(before, path) });
        self.tally.read(&checkpoint, counted, bad, reading.events, now);
        self.tally.opened(opened);
        if !file.first {
            let lag = (now - file.seen_at).num_milliseconds() as f64 / 1000.0;
            self.tally.set(|h| h.lag = Some(lag.max(0.0)));
        }
        self.findings.seen.extend(self.sights.news(reading.seen()));
        self.raise(&mut reading, !file.first);
        self.checkpoints.put(checkpoint.clone(), lasting);
        if lasting {
            self.findings.marks.push(checkpoint);
        }
    }

    /// Takes over the alerts of a reading. `live`: of what has just arrived.
    pub(super) fn raise(&mut self, reading: &mut Reading, live: bool) {
        for alert in std::mem::take(&mut reading.evaluation.alerts) {
            let found = self.found(alert, live);
            self.findings.alerts.push(found);
        }
    }

    fn found(&self, alert: Alert, live: bool) -> NewAlert {
        NewAlert::new(alert, (self.clock)(), self.memory.rules(), live)
    }
}
