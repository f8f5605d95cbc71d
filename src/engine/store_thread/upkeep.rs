//! How the state is: what is told of it, and what is done for it between writes.

use std::time::{Duration, Instant};

use super::{IMPATIENT, StateNews, StoreThread, Update};
use crate::triage::StoreError;

/// After so long without a write, the write-ahead log is brought into the file.
const QUIET: Duration = Duration::from_secs(1);
/// The same while writing never ends.
const LATEST: Duration = Duration::from_secs(30);

impl StoreThread {
    /// Tells of trouble with the state once, and when it is over.
    pub(super) fn heed(&mut self, result: Result<(), StoreError>) {
        match &result {
            Ok(()) => drop(self.store.wait_at_most(Duration::MAX)),
            Err(error) => self.hurry(error),
        }
        let trouble = result.err().map(|error| error.to_string());
        if self.trouble != trouble {
            let news = trouble.clone().unwrap_or_else(|| "the state can be read and written again".to_owned());
            self.trouble = trouble;
            self.tell(Update::Notice(news));
        }
        self.tell_state();
    }

    /// Waits no longer for a state that is known to be locked, and leaves one whole that has gone.
    pub(super) fn hurry(&self, error: &StoreError) {
        let _ = match error {
            StoreError::Locked { .. } => self.store.wait_at_most(IMPATIENT),
            StoreError::Moved { .. } => self.store.part_from_log(),
            _ => Ok(()),
        };
    }

    /// Tells how the state is, where that has changed.
    pub(super) fn tell_state(&mut self) {
        let losses = self.store.losses().iter().map(ToString::to_string);
        let damage = self.store.damage().into_iter().map(|damage| damage.to_string());
        let warnings = losses.chain(damage).chain(self.warnings.iter().cloned()).collect();
        let sharing = self.sharing.clone().unwrap_or_default();
        let trouble = self.trouble.clone().or(sharing.trouble);
        let news = StateNews { trouble, warnings, read_only: sharing.read_only };
        if self.told != news {
            self.told = news.clone();
            self.tell(Update::State(news));
        }
    }

    /// Has decisions that could not be written tried again.
    pub(super) fn try_again(&mut self) {
        if self.refused > 0 {
            self.refused -= 1;
            if self.refused == 0 {
                self.tell(Update::TryAgain);
            }
        }
    }

    pub(super) fn note_written(&mut self) {
        (self.unsettled, self.wrote) = (true, Instant::now());
    }

    /// Brings the write-ahead log into the file when nothing was written for a while, so that a copy of the file holds all
    /// but what is very new.
    pub(super) fn settle(&mut self) {
        if self.unsettled && (self.wrote.elapsed() >= QUIET || self.settled.elapsed() >= LATEST) {
            // Where it does not work it is tried again after the next write; SQLite does the same when the log is long.
            self.unsettled = false;
            self.settled = Instant::now();
            let _ = self.store.checkpoint();
        }
    }
}
