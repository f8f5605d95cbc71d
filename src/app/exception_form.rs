//! An exception being put together: conditions, ticked or not, and a name.

use super::Action;
use super::editor::Editor;
use crate::detect::{AlertId, Candidate};

/// An exception being put together.
#[derive(Debug, Clone)]
pub struct ExceptionForm {
    pub alert: AlertId,
    /// To which rule, for the heading.
    pub rule: String,
    /// Conditions, and which of them are ticked.
    pub entries: Vec<(Candidate, bool)>,
    pub name: Editor,
    /// The entry under the cursor; one past the last is the name.
    pub cursor: usize,
    pub(super) rule_id: String,
}

impl ExceptionForm {
    #[must_use]
    pub fn on_name(&self) -> bool {
        self.cursor >= self.entries.len()
    }

    /// Moves the cursor, round and round.
    pub(super) fn turn(&mut self, action: Action) {
        let stops = self.entries.len() + 1;
        let by = if action == Action::Up { stops - 1 } else { 1 };
        self.cursor = (self.cursor + by) % stops;
    }

    pub(super) fn ticked(&self) -> impl Iterator<Item = &Candidate> {
        self.entries.iter().filter(|(_, ticked)| *ticked).map(|(candidate, _)| candidate)
    }
}
