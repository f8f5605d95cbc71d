//! Files to be read again, for rules that do not know them: there may be very many, so they are looked up some at a time.

use std::collections::VecDeque;
use std::path::PathBuf;

use super::super::super::checkpoints::Checkpoints;

/// Files looked up at once.
const PAGE: usize = 512;

#[derive(Debug, Default)]
pub(super) struct Again {
    files: VecDeque<PathBuf>,
    /// Whether there may be more on disk.
    more: bool,
    /// The last of those that were looked up.
    after: Option<PathBuf>,
    /// How many there are, about.
    left: usize,
}

impl Again {
    /// Every file that was read.
    pub(super) fn all(checkpoints: &Checkpoints) -> Self {
        Self { files: checkpoints.held().into(), more: true, after: None, left: checkpoints.len() }
    }

    pub(super) fn next(&mut self, checkpoints: &Checkpoints) -> Option<PathBuf> {
        if self.files.is_empty() && self.more {
            // What cannot be looked up now is asked for again: a rule does not know all of the past before.
            let page = checkpoints.on_disk(self.after.as_deref(), PAGE).ok()?;
            self.more = page.len() == PAGE;
            self.after = page.last().cloned().or(self.after.take());
            self.files = page.into();
        }
        self.left = self.left.saturating_sub(1);
        self.files.pop_front()
    }

    pub(super) fn add(&mut self, path: PathBuf) {
        self.left += 1;
        self.files.push_back(path);
    }

    pub(super) fn put_back(&mut self, path: PathBuf) {
        self.left += 1;
        self.files.push_front(path);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.files.is_empty() && !self.more
    }

    /// How many are left, about.
    pub(super) fn left(&self) -> usize {
        if self.more { self.left.max(self.files.len() + 1) } else { self.files.len() }
    }
}
