//! The ways to the keeper.

use crossbeam_channel::{Receiver, Sender, bounded};

use super::{Findings, Rescued};
use crate::triage::{Proposal, Store, Switch};

/// A question to the store.
pub(in crate::engine) type Question = Box<dyn FnOnce(&mut Store) + Send>;

/// An order to the keeper, obeyed before findings are written.
pub(in crate::engine) enum Order {
    /// Write decisions.
    Persist { ticket: u64, proposals: Vec<Proposal> },
    /// Switch a rule off, or on again.
    Switch { switch: Switch, seen: Option<Switch> },
    /// Look something up.
    Ask(Question),
    /// Save these, or keep them for the next start.
    Rescue { proposals: Vec<Proposal>, answer: Sender<Rescued> },
    /// Write what has been handed over by now, and end.
    End,
}

/// The ways to the keeper.
#[derive(Clone)]
pub(in crate::engine) struct StoreHandle {
    pub orders: Sender<Order>,
    pub findings: Sender<Findings>,
}

impl StoreHandle {
    /// Looks something up in the store, behind what is queued there; `None` when the keeper is gone.
    pub(in crate::engine) fn ask<T: Send + 'static>(
        &self,
        look: impl FnOnce(&mut Store) -> T + Send + 'static,
    ) -> Option<T> {
        self.ask_for(look)?.recv().ok()
    }

    /// [`StoreHandle::ask`], but the answer is to be waited for.
    pub(in crate::engine) fn ask_for<T: Send + 'static>(
        &self,
        look: impl FnOnce(&mut Store) -> T + Send + 'static,
    ) -> Option<Receiver<T>> {
        let (answer, answers) = bounded(1);
        let question: Question = Box::new(move |store| {
            let _ = answer.send(look(store));
        });
        self.orders.send(Order::Ask(question)).ok()?;
        Some(answers)
    }
}
