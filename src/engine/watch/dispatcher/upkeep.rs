//! What the dispatcher takes up that did not come from a reader: an earlier run, decisions of analysts, other rules.

use super::super::super::Update;
use super::super::super::metrics::Metrics;
use super::Dispatcher;
use crate::triage::StoreQuery;

impl Dispatcher {
    /// Takes up what an earlier run has read.
    pub(in super::super) fn recall(&mut self) {
        let (now, tally) = ((self.clock)(), &mut self.tally);
        match self.checkpoints.recall(|file| tally.recall(file, now)) {
            Ok(known) => {
                if !self.checkpoints.is_empty() || !self.feeds.begun().is_empty() {
                    self.tally.set(|h| h.since = None);
                }
                // Fails only when the watch is gone, which ends the loop.
                let _ = self.knows.take().map(|knows| knows.send(known));
            }
            Err(error) => {
                self.tally = Metrics::new(now);
                (self.outlet)(Update::Notice(format!("what was read before is not known, and is read again: {error}")));
            }
        }
        self.knows = None;
        let (events, ends) = (self.feeds.events(), self.feeds.ends());
        self.tally.set(|h| {
            h.events += events;
            h.newest_event = h.newest_event.max(ends);
        });
        // What is noted from here on may come too late for what is asked now.
        let noted = self.closings.take();
        if let Err(error) = self.memory.recall(&self.store, &self.checkpoints, &self.feeds.begun()) {
            self.closings.put_back(noted);
            let text = format!("what rules remember is not known, and is collected anew: {error}");
            (self.outlet)(Update::Notice(text));
        }
    }

    /// Takes in which alerts were closed or reopened.
    pub(super) fn heed_closings(&mut self) {
        let decided = self.closings.take();
        if decided.is_empty() {
            return;
        }
        let asked = decided.clone();
        let standing = self.store.ask(|reply| StoreQuery::ClosingsOf(asked, reply));
        match standing {
            Some(Ok(standing)) => self.memory.close(standing),
            // The store thread says that the state cannot be read; it is asked again.
            Some(Err(_)) => self.closings.put_back(decided),
            None => {}
        }
    }

    /// Goes on with other rules, when there are.
    pub(super) fn adopt(&mut self) {
        let generation = self.book.changed();
        if generation == self.generation {
            return;
        }
        self.generation = generation;
        self.is_sure = false;
        let rules = self.book.current();
        if let Err(error) = self.memory.adopt(rules, &self.store, &self.checkpoints, &self.feeds.begun()) {
            (self.outlet)(Update::Notice(format!("what the new rules know of the past is not known: {error}")));
        }
    }
}
