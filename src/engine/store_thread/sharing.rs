//! What the store does for the thread that shares decisions.

use super::{StoreThread, Update};
use crate::triage::spool::Spool;
use crate::triage::{Decided, SharedQuery};

impl StoreThread {
    pub(super) fn answer_shared(&mut self, query: SharedQuery) {
        match query {
            // An alert that could not be saved yet is on the screen: a decision on it needs it in the state.
            SharedQuery::Draft { proposals, writer, reply } => {
                let _ = reply.send(self.save().and_then(|()| self.store.draft(&proposals, &writer)));
                // Whoever was overtaken sees by what before being told that it happened.
                if let Err(error) = self.look() {
                    self.heed(Err(error));
                }
            }
            SharedQuery::Take { entries, writer, told, reply } => {
                let taken = self.store.take_entries(&entries, &writer);
                self.note_written();
                if let Ok(taken) = &taken {
                    if told {
                        self.own.extend(taken.new.iter().map(|decision| decision.seq));
                    } else {
                        self.tell_decisions(taken.new.clone());
                    }
                }
                let _ = reply.send(taken);
            }
            other => self.store.answer_shared(other),
        }
    }

    /// What earlier consoles could not save, where more of it can be than when it was last tried.
    pub(super) fn spools_to_share(&mut self) -> Vec<Spool> {
        if !self.take_up_due || !self.store.keeps() {
            return Vec::new();
        }
        self.take_up_due = false;
        let mut spools = self.spools.take().unwrap_or_else(|| self.find_spools());
        for spool in &mut spools {
            if let Err(error) = self.leave_out_undone(spool) {
                self.tell(Update::Notice(error.to_string()));
            }
        }
        self.spools = Some(Vec::new());
        spools
    }

    pub(super) fn shared_spool(&mut self, spool: Spool, decided: Vec<Decided>) {
        let before = spool.proposals.len();
        if let Some(left) = self.taken_up(spool, decided, false) {
            // The cluster may have failed in between.
            self.take_up_due |= left.proposals.len() < before;
            self.spools.get_or_insert_default().push(left);
        }
    }
}
