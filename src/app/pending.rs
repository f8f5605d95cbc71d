//! Decisions on their way to the disk. One message to the store at a time, in the order the keys were pressed; what
//! could not be written stays, shows as unsaved, and is tried again when the analyst says so.

use std::collections::HashMap;

use super::Cmd;
use crate::detect::AlertId;
use crate::triage::Proposal;

/// What one key press proposed.
#[derive(Debug, Clone)]
pub struct Batch {
    /// Names it for good, also over several tries.
    pub origin: u64,
    /// What to write.
    pub proposals: Vec<Proposal>,
    ticket: u64,
    state: State,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Waiting,
    Sent,
    Failed(String),
}

/// All that is not on disk.
#[derive(Debug, Default)]
pub struct Pending {
    batches: Vec<Batch>,
    tickets: u64,
}

impl Pending {
    /// Takes proposals in. Returns the batch's origin.
    pub fn add(&mut self, proposals: Vec<Proposal>) -> u64 {
        self.tickets += 1;
        let origin = self.tickets;
        self.batches.push(Batch { origin, proposals, ticket: 0, state: State::Waiting });
        origin
    }

    /// The next batch to write, unless one is being written.
    pub fn send(&mut self) -> Option<Cmd> {
        if self.batches.iter().any(|b| b.state == State::Sent) {
            return None;
        }
        let batch = self.batches.iter_mut().find(|b| b.state == State::Waiting)?;
        self.tickets += 1;
        (batch.ticket, batch.state) = (self.tickets, State::Sent);
        Some(Cmd::Persist { ticket: batch.ticket, proposals: batch.proposals.clone() })
    }

    /// The batch that was sent under `ticket`, taken out. Where some of it failed, [`Self::put_back`] it.
    pub fn answered(&mut self, ticket: u64) -> Option<(usize, Batch)> {
        let at = self.batches.iter().position(|b| b.state == State::Sent && b.ticket == ticket)?;
        Some((at, self.batches.remove(at)))
    }

    /// Keeps what could not be written, in its old place.
    pub fn put_back(&mut self, at: usize, mut batch: Batch, reason: String) {
        batch.state = State::Failed(reason);
        self.batches.insert(at.min(self.batches.len()), batch);
    }

    /// Tries everything again that failed. Returns how many proposals that is.
    pub fn retry(&mut self) -> usize {
        let mut count = 0;
        for batch in self.batches.iter_mut().filter(|b| matches!(b.state, State::Failed(_))) {
            batch.state = State::Waiting;
            count += batch.proposals.len();
        }
        count
    }

    /// Gives up a batch that failed. Returns it; `None` when it is on its way.
    pub fn discard(&mut self, origin: u64) -> Option<Batch> {
        let at = self.batches.iter().position(|b| b.origin == origin && matches!(b.state, State::Failed(_)))?;
        Some(self.batches.remove(at))
    }

    /// Whether the batch is not on disk yet.
    #[must_use]
    pub fn holds(&self, origin: u64) -> bool {
        self.batches.iter().any(|b| b.origin == origin)
    }

    /// Our own decision on `alert` became number `now`, and nobody else's came between it and `before`: what was
    /// decided after seeing `before` has seen it too.
    pub fn saw(&mut self, alert: &AlertId, before: i64, now: i64) {
        let all = self.batches.iter_mut().flat_map(|b| &mut b.proposals);
        for proposal in all.filter(|p| &p.alert == alert && p.seen == before) {
            proposal.seen = now;
        }
    }

    /// Proposals on each alert, oldest first.
    #[must_use]
    pub fn by_alert(&self) -> HashMap<&AlertId, Vec<&Proposal>> {
        let mut all: HashMap<&AlertId, Vec<&Proposal>> = HashMap::new();
        for proposal in self.batches.iter().flat_map(|b| &b.proposals) {
            all.entry(&proposal.alert).or_default().push(proposal);
        }
        all
    }

    /// Proposals that are waiting or being written.
    #[must_use]
    pub fn saving(&self) -> usize {
        self.count(|s| !matches!(s, State::Failed(_)))
    }

    /// Proposals that could not be written.
    #[must_use]
    pub fn failed(&self) -> usize {
        self.count(|s| matches!(s, State::Failed(_)))
    }

    /// Why the last of them could not be written.
    #[must_use]
    pub fn problem(&self) -> Option<&str> {
        self.batches.iter().rev().find_map(|b| match &b.state {
            State::Failed(reason) => Some(reason.as_str()),
            _ => None,
        })
    }

    fn count(&self, test: impl Fn(&State) -> bool) -> usize {
        self.batches.iter().filter(|b| test(&b.state)).map(|b| b.proposals.len()).sum()
    }
}
