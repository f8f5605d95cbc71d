//! Decisions that could not be saved: the last try when a console ends, the spool for what is still left, and how the next
//! console takes it up.

use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::{Rescued, StoreThread, Update};
use crate::triage::spool::{self, Spool};
use crate::triage::{Action, Decided, Decision, Proposal, StoreError};

/// How long the last try waits for other writers: the process may not have long to live.
const LAST_TRY: Duration = Duration::from_secs(1);

impl StoreThread {
    /// Saves `proposals`, or keeps them for the next start.
    pub(super) fn rescue(&mut self, proposals: &[Proposal]) -> Rescued {
        let _ = self.store.wait_at_most(LAST_TRY);
        let decided = match self.save().and_then(|()| self.store.decide_once(proposals)) {
            Ok(decided) => decided,
            Err(error) => {
                let head = self.store.chain_end().unwrap_or_default();
                return self.spool(head, proposals, error.to_string());
            }
        };
        let (sorted, unknown) = sort(proposals, decided);
        let mut rescued = Rescued::default();
        if !unknown.is_empty() {
            let head = self.store.chain_end().unwrap_or_default();
            let why = "their alerts are not in the state".to_owned();
            rescued = self.spool(head, &unknown, why);
        }
        Rescued { saved: sorted.stored.len(), given_up: sorted.given_up, ..rescued }
    }

    /// Keeps these for the next start.
    pub(super) fn keep_for_next(&self, proposals: &[Proposal], why: String) -> Rescued {
        self.spool(self.store.chain_end().unwrap_or_default(), proposals, why)
    }

    fn spool(&self, head: (i64, String), proposals: &[Proposal], why: String) -> Rescued {
        spool(self.store.keeps().then(|| self.store.path()), head, proposals, why, (self.clock)())
    }

    /// Takes up what earlier consoles could not save. What is about alerts that are not here yet waits for them.
    pub(super) fn take_up(&mut self) -> Result<(), StoreError> {
        if !self.take_up_due || !self.store.keeps() || self.sharing.is_some() {
            return Ok(());
        }
        let fresh = self.spools.is_none();
        let spools = match self.spools.take() {
            Some(spools) => spools,
            None => self.find_spools(),
        };
        let (mut left, mut result) = (Vec::new(), Ok(()));
        for spool in spools {
            match result.is_ok().then(|| self.take_up_one(spool.clone(), fresh)) {
                Some(Ok(waits)) => left.extend(waits),
                Some(Err(error)) => {
                    result = Err(error);
                    left.push(spool);
                }
                None => left.push(spool),
            }
        }
        self.spools = Some(left);
        self.take_up_due = result.is_err();
        result
    }

    pub(super) fn find_spools(&mut self) -> Vec<Spool> {
        let (spools, errors) = spool::waiting(self.store.path());
        if !errors.is_empty() {
            self.warnings.extend(errors.iter().map(ToString::to_string));
            self.tell_state();
        }
        spools
    }

    /// What of the spool still has to wait.
    fn take_up_one(&mut self, mut spool: Spool, fresh: bool) -> Result<Option<Spool>, StoreError> {
        self.leave_out_undone(&mut spool)?;
        let decided = self.store.decide_once(&spool.proposals)?;
        Ok(self.taken_up(spool, decided, fresh))
    }

    /// In another state the number that an undo names is another decision.
    pub(super) fn leave_out_undone(&self, spool: &mut Spool) -> Result<(), StoreError> {
        let (seq, hash) = &spool.head;
        let before = spool.proposals.len();
        if spool.proposals.iter().any(|p| matches!(p.action, Action::Undo { .. }))
            && !self.store.has_link(*seq, hash)?
        {
            spool.proposals.retain(|p| !matches!(p.action, Action::Undo { .. }));
        }
        let dropped = before - spool.proposals.len();
        if dropped > 0 {
            let name = spool.path.display();
            let text = format!("{name}: {dropped} undone decisions are left out, they were decided on another state");
            self.tell(Update::Notice(text));
        }
        Ok(())
    }

    /// Says what became of the proposals of a spool. What of it still has to wait.
    pub(super) fn taken_up(&mut self, mut spool: Spool, decided: Vec<Decided>, fresh: bool) -> Option<Spool> {
        let name = spool.path.display().to_string();
        let (sorted, unknown) = sort(&spool.proposals, decided);
        for why in &sorted.given_up {
            self.tell(Update::Notice(format!("{name}: {why}")));
        }
        if !sorted.stored.is_empty() {
            self.unsettled = true;
            self.own.extend(sorted.stored.iter().map(|d| d.seq));
            let count = sorted.stored.len();
            self.tell(Update::Decisions(sorted.stored));
            self.tell(Update::Notice(format!(
                "saved now: {count} decided earlier, when the state could not be written"
            )));
        }
        spool.proposals = unknown;
        if spool.proposals.is_empty() {
            if let Err(error) = spool.remove() {
                self.tell(Update::Notice(format!("{name}: all of it is saved, but it cannot be removed: {error}")));
            }
            return None;
        }
        if fresh {
            let count = spool.proposals.len();
            self.tell(Update::Notice(format!("{name}: {count} decided earlier wait for alerts that are not here yet")));
        }
        Some(spool)
    }
}

/// What became of proposals, apart from those that have to wait.
#[derive(Default)]
pub(in crate::engine) struct Sorted {
    pub stored: Vec<Decision>,
    pub given_up: Vec<String>,
}

/// What became of the proposals, and those of which the alert is not known.
pub(in crate::engine) fn sort(proposals: &[Proposal], decided: Vec<Decided>) -> (Sorted, Vec<Proposal>) {
    let (mut sorted, mut unknown) = (Sorted::default(), Vec::new());
    for (proposal, decided) in proposals.iter().zip(decided) {
        let on = || format!("a decision of {} on alert {}", proposal.analyst, proposal.alert);
        match decided {
            Decided::Stored(decision) => sorted.stored.push(decision),
            Decided::Conflict(newer) => sorted.given_up.push(format!("{}: {} was faster", on(), newer.analyst)),
            Decided::Refused(why) => sorted.given_up.push(format!("{}: {why}", on())),
            Decided::Unknown => unknown.push(proposal.clone()),
        }
    }
    (sorted, unknown)
}

/// Writes what could not be saved, and why, to a spool.
pub(in crate::engine) fn spool(
    state: Option<&Path>,
    head: (i64, String),
    proposals: &[Proposal],
    why: String,
    now: DateTime<Utc>,
) -> Rescued {
    let spool = match state {
        Some(state) => spool::write(state, head, proposals, now).map_err(|e| e.to_string()),
        None => Err("the state is not kept".to_owned()),
    };
    Rescued { left: Some((proposals.len(), why)), spool: Some(spool), ..Rescued::default() }
}
