//! Messages of one line: shown until the next key, or until dismissed when they matter, and kept in a short log for the
//! health pane.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};

/// Notices kept.
const KEPT: usize = 100;

/// One notice. Free of control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub text: String,
    pub at: DateTime<Utc>,
    /// It stays until dismissed.
    pub warning: bool,
}

/// The notice on the screen, and those before it.
#[derive(Debug, Default)]
pub struct Notices {
    log: VecDeque<Notice>,
    showing: bool,
}

impl Notices {
    /// Says something. A warning on the screen gives way only to another warning.
    pub fn say(&mut self, notice: Notice) {
        let hides_warning = self.showing().is_some_and(|n| n.warning) && !notice.warning;
        if hides_warning {
            let at = self.log.len() - 1;
            self.log.insert(at, notice);
        } else {
            self.log.push_back(notice);
            self.showing = true;
        }
        if self.log.len() > KEPT {
            self.log.pop_front();
        }
    }

    /// The notice on the screen.
    #[must_use]
    pub fn showing(&self) -> Option<&Notice> {
        self.log.back().filter(|_| self.showing)
    }

    /// Takes the notice off the screen, a warning only `for_good`. Returns whether there was one to take.
    pub fn dismiss(&mut self, for_good: bool) -> bool {
        let gone = self.showing().is_some_and(|n| for_good || !n.warning);
        self.showing &= !gone;
        gone
    }

    /// All of them, newest first.
    pub fn log(&self) -> impl Iterator<Item = &Notice> {
        self.log.iter().rev()
    }
}
