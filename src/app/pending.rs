//! Decisions on their way to the disk. One message to the store at a time, in the order the keys were pressed; what
//! could not be written stays, shows as unsaved, and is tried again: when the store says that it may be worth it, and when
//! the analyst says so.

use std::collections::HashMap;

use crate::detect::AlertId;
use crate::engine::Request;
use crate::triage::Proposal;

/// The proposals of one key press.
#[derive(Debug, Clone)]
pub struct Batch {
    /// Names it for good, also over several tries.
    pub origin: u64,
    pub proposals: Vec<Proposal>,
    ticket: u64,
    state: State,
    /// Why the last try failed; it stays until one succeeds.
    problem: Option<String>,
    /// The state refused it: no further try can succeed.
    refused: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    Sent,
    Failed,
}

/// All that is not on disk.
#[derive(Debug, Default)]
pub struct Pending {
    batches: Vec<Batch>,
    tickets: u64,
}

impl Batch {
    #[must_use]
    pub fn failed_before(&self) -> bool {
        self.problem.is_some()
    }
}

impl Pending {
    /// Takes proposals in. Returns the batch's origin.
    pub fn add(&mut self, proposals: Vec<Proposal>) -> u64 {
        self.tickets += 1;
        let origin = self.tickets;
        let (ticket, state) = (0, State::Waiting);
        self.batches.push(Batch { origin, proposals, ticket, state, problem: None, refused: false });
        origin
    }

    /// The next batch to write, unless one is being written.
    pub fn send(&mut self) -> Option<Request> {
        if self.batches.iter().any(|b| b.state == State::Sent) {
            return None;
        }
        let batch = self.batches.iter_mut().find(|b| b.state == State::Waiting)?;
        self.tickets += 1;
        (batch.ticket, batch.state) = (self.tickets, State::Sent);
        Some(Request::Persist { ticket: batch.ticket, proposals: batch.proposals.clone() })
    }

    /// Takes out the batch that was sent under `ticket`. Where some of it failed, [`Self::put_back`] it.
    pub fn answered(&mut self, ticket: u64) -> Option<(usize, Batch)> {
        let at = self.batches.iter().position(|b| b.state == State::Sent && b.ticket == ticket)?;
        Some((at, self.batches.remove(at)))
    }

    /// Keeps what could not be written, in its old place; `refused`: no try will ever succeed. Returns whether the reason is new.
    pub fn put_back(&mut self, at: usize, mut batch: Batch, reason: String, refused: bool) -> bool {
        batch.state = State::Failed;
        batch.refused = refused;
        let news = batch.problem.as_ref() != Some(&reason);
        batch.problem = Some(reason);
        self.batches.insert(at.min(self.batches.len()), batch);
        news
    }

    /// Tries everything again that failed, as the analyst says. Returns how many proposals that is.
    pub fn retry(&mut self) -> usize {
        self.batches.iter_mut().filter(|b| b.state == State::Failed).for_each(|b| b.state = State::Waiting);
        self.failed()
    }

    /// Tries again what failed and may succeed by now.
    pub fn try_again(&mut self) {
        let worth_it = |b: &&mut Batch| b.state == State::Failed && !b.refused;
        self.batches.iter_mut().filter(worth_it).for_each(|b| b.state = State::Waiting);
    }

    /// All proposals that are not known to be on disk and may still get there, in their order.
    #[must_use]
    pub fn unsaved(&self) -> Vec<Proposal> {
        self.batches.iter().filter(|b| !b.refused).flat_map(|b| b.proposals.iter().cloned()).collect()
    }

    /// Gives up a batch that failed. Returns it; `None` when it is on its way.
    pub fn discard(&mut self, origin: u64) -> Option<Batch> {
        let at = self.batches.iter().position(|b| b.origin == origin && b.state == State::Failed)?;
        Some(self.batches.remove(at))
    }

    /// The batch is not on disk yet.
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

    /// Proposals that are waiting or being written for the first time.
    #[must_use]
    pub fn saving(&self) -> usize {
        self.count(|b| b.problem.is_none())
    }

    /// Proposals that could not be written, also while that is tried again.
    #[must_use]
    pub fn failed(&self) -> usize {
        self.count(|b| b.problem.is_some())
    }

    /// Why the last of them could not be written.
    #[must_use]
    pub fn problem(&self) -> Option<&str> {
        self.batches.iter().rev().find_map(|b| b.problem.as_deref())
    }

    fn count(&self, test: impl Fn(&Batch) -> bool) -> usize {
        self.batches.iter().filter(|b| test(b)).map(|b| b.proposals.len()).sum()
    }
}
