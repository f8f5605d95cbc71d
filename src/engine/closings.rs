//! Which alerts were closed or reopened meanwhile, here or by another console: noted as the store thread tells of
//! decisions, and asked for by whoever remembers the groups that those alerts are of.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Outcome, Outlet, Update};
use crate::detect::AlertId;
use crate::triage::{Action, Decision};

/// Alerts that stand otherwise, maybe, than when this was last asked.
#[derive(Debug, Clone, Default)]
pub(super) struct Closings(Arc<Mutex<HashSet<AlertId>>>);

impl Closings {
    /// Notes what the store thread tells through this outlet, on its way to the other.
    pub(super) fn listen(outlet: Outlet) -> (Self, Outlet) {
        let closings = Self::default();
        let notes = closings.clone();
        let heard = move |update| {
            notes.note(&update);
            outlet(update)
        };
        (closings, Arc::new(heard))
    }

    fn note(&self, update: &Update) {
        match update {
            Update::Decisions(decisions) => self.add(decisions),
            Update::Persisted { outcomes, .. } => {
                let stored = outcomes.iter().filter_map(|outcome| match outcome {
                    Outcome::Stored(decision) => Some(decision),
                    _ => None,
                });
                self.add(stored);
            }
            _ => {}
        }
    }

    fn add<'d>(&self, decisions: impl IntoIterator<Item = &'d Decision>) {
        let moves = |d: &&Decision| matches!(d.action, Action::SetStatus { .. } | Action::Undo { .. });
        let alerts = decisions.into_iter().filter(moves).map(|decision| decision.alert.clone());
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(alerts);
    }

    pub(super) fn take(&self) -> HashSet<AlertId> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts back what could not be asked for.
    pub(super) fn put_back(&self, alerts: HashSet<AlertId>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(alerts);
    }
}
