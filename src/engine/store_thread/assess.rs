//! Writing what other threads have found out about alerts that are in the state.

use super::{StoreThread, Update};
use crate::triage::incident::Move;
use crate::triage::{AlertRow, Assessed, StoreError};

impl StoreThread {
    /// Keeps what was found out about alerts; whether that is done.
    pub(super) fn assess(&mut self, assessed: &[Assessed]) -> bool {
        let kept = self.store.assess(assessed);
        self.found_out(kept).is_some()
    }

    /// Puts alerts into incidents; whether that is done.
    pub(super) fn place(&mut self, moves: &[Move]) -> bool {
        let placed = self.store.put_into_incidents(moves);
        self.found_out(placed).is_some_and(|told| told == moves.len())
    }

    /// Tells of alerts that have changed, and how many these are. Trouble is not told: nothing is lost, and whoever found
    /// it out tries again.
    fn found_out(&mut self, changed: Result<Vec<AlertRow>, StoreError>) -> Option<usize> {
        match changed {
            Ok(changed) => {
                self.note_written();
                let count = changed.len();
                self.tell(Update::Alerts(changed));
                Some(count)
            }
            Err(error) => {
                self.hurry(&error);
                None
            }
        }
    }
}
