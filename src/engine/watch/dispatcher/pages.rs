//! Takes in the pages of clusters: their alerts, cursors and figures.

use std::sync::Arc;

use super::super::super::evaluate::Reading;
use super::super::done::PageDone;
use super::Dispatcher;
use crate::cluster::Failure;
use crate::detect::RuleSet;

impl Dispatcher {
    /// Has everything looked at now that may hold something new.
    pub(super) fn hurry(&mut self) {
        self.feeds.hurry();
        if let Some(watch) = &self.watch {
            watch.sweep();
        }
    }

    /// Gives the sources turns, for what is new and for what is to be read once more.
    pub(super) fn feed(&mut self) {
        if self.feeds.is_empty() {
            return;
        }
        let (sources, only) = self.memory.sources();
        for source in sources {
            let now = (self.clock)();
            if self.feeds.is_ready(source) && self.feeds.again(source, self.memory.rules(), Arc::clone(&only), now) {
                self.memory.begin(source);
            }
        }
        self.feeds.hand_out(self.memory.rules());
    }

    /// Takes what a turn came to, of documents that were put to `rules`.
    pub(super) fn page(&mut self, rules: &Arc<RuleSet>, mut reading: Reading, page: PageDone) {
        let now = (self.clock)();
        let PageDone { source, result, traffic } = page;
        let live = self.feeds.is_ready(source);
        match result {
            Ok(mut read) => {
                if !Arc::ptr_eq(rules, self.memory.rules()) && !read.shares.is_empty() {
                    self.memory.missed_source(source);
                }
                self.feeds.page(source, &mut read, traffic, now);
                if reading.events > 0 {
                    self.tally.count(reading.events, now);
                }
                if reading.bad_count > 0 || reading.last.is_some() {
                    self.tally.set(|h| {
                        h.bad_records += reading.bad_count;
                        h.newest_event = h.newest_event.max(reading.last);
                    });
                }
                self.findings.seen.extend(self.sights.news(reading.seen()));
                self.raise(&mut reading, live);
                self.findings.cursors.extend(read.cursors);
            }
            Err(failure) => self.feeds.failed(source, &failure, traffic, now),
        }
        self.memory.settle(self.is_ready(), live, &mut self.findings);
    }

    /// Takes what was read once more of a source, and at last how that ended.
    pub(super) fn page_again(&mut self, source: usize, mut reading: Reading, ended: Option<Result<(), Failure>>) {
        self.raise(&mut reading, false);
        match self.feeds.read_again(source, ended, (self.clock)()) {
            None => {}
            Some(Ok(())) => self.memory.done(),
            Some(Err(_)) => self.memory.put_source_back(source),
        }
    }
}
