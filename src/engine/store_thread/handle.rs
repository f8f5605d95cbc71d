//! What reaches the store thread. With [`Findings`] this is all that the other threads know of a store: a second one is
//! a thread that takes the same orders.

use crossbeam_channel::{Receiver, Sender, bounded};

use super::{Findings, Rescued};
use crate::triage::incident::Move;
use crate::triage::spool::Spool;
use crate::triage::{Assessed, Decided, Proposal, Reply, SharedQuery, StoreError, StoreQuery, Switch};

/// An order to the store thread, obeyed before findings are written.
pub(in crate::engine) enum Order {
    Persist {
        ticket: u64,
        proposals: Vec<Proposal>,
    },
    /// Switch a rule off, or on again.
    Switch {
        switch: Switch,
        seen: Option<Switch>,
    },
    Ask(StoreQuery),
    /// Keep what was found out about alerts, and tell of it. Answers whether it could be written.
    Assess {
        assessed: Vec<Assessed>,
        done: Sender<bool>,
    },
    /// Put alerts into incidents, and tell of it. Answers whether all of them were in the state and it could be written.
    Place {
        moves: Vec<Move>,
        done: Sender<bool>,
    },
    /// Save these, or keep them for the next start.
    Rescue {
        proposals: Vec<Proposal>,
        answer: Sender<Rescued>,
    },
    /// What the thread that shares decisions asks.
    Shared(SharedQuery),
    /// How sharing stands.
    Sharing(SharingNews),
    /// What earlier consoles could not save, as far as it is worth a try: in place of the store, where decisions are shared.
    Spools(Sender<Vec<Spool>>),
    /// What became of one of these.
    TakenUp {
        spool: Spool,
        decided: Vec<Decided>,
    },
    /// Keep these for the next start, and why they could not be saved.
    Spool {
        proposals: Vec<Proposal>,
        why: String,
        answer: Sender<Rescued>,
    },
    /// Write what has been handed over by now, and end.
    End,
}

/// How sharing decisions stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::engine) struct SharingNews {
    /// Why nothing can be shared or read at this moment.
    pub trouble: Option<String>,
    /// Why nothing may be decided.
    pub read_only: Option<String>,
}

/// The ways to the store thread.
#[derive(Clone)]
pub(in crate::engine) struct StoreHandle {
    pub orders: Sender<Order>,
    pub findings: Sender<Findings>,
}

impl StoreHandle {
    /// Asks the store and waits for the answer; `None` when its thread is gone.
    pub(in crate::engine) fn ask<T>(
        &self,
        query: impl FnOnce(Reply<T>) -> StoreQuery,
    ) -> Option<Result<T, StoreError>> {
        self.ask_for(query)?.recv().ok()
    }

    /// [`StoreHandle::ask`], with the answer still to come.
    pub(in crate::engine) fn ask_for<T>(
        &self,
        query: impl FnOnce(Reply<T>) -> StoreQuery,
    ) -> Option<Receiver<Result<T, StoreError>>> {
        let (reply, answer) = bounded(1);
        self.orders.send(Order::Ask(query(reply))).ok()?;
        Some(answer)
    }
}
