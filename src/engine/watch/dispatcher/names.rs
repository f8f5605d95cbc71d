//! Names of files come and go: what has another name is the same file, and what is gone has not failed.

use std::io;
use std::path::{Path, PathBuf};

use super::Dispatcher;
use crate::trail::Checkpoint;

impl Dispatcher {
    /// Sees whether files that failed are still there, at or under `path`: one that was deleted, or completed under another
    /// name, has not failed.
    pub(super) fn look_for(&mut self, path: &Path) {
        // What is being read is looked for when it has been read: it may fail yet.
        let under_way = self.under_way.iter_mut().filter(|(of, _)| of.starts_with(path));
        under_way.for_each(|(_, under_way)| under_way.gone = true);
        for path in self.tally.troubled(path) {
            let gone = std::fs::symlink_metadata(&path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound);
            if gone && !self.under_way.contains_key(&path) {
                self.tally.gone(&path);
                self.forget(path);
            }
        }
    }

    /// Takes out what is known of a file that is gone, or has another name.
    fn forget(&mut self, path: PathBuf) {
        if self.checkpoints.forget(&path) {
            self.findings.gone.push((self.findings.marks.len(), path));
        }
    }

    /// Whether what was known of a file when it was begun to be read still is, and is counted.
    pub(super) fn stands(&self, before: &Checkpoint) -> bool {
        self.checkpoints.get(before.path()).is_some_and(|known| known.id() == before.id())
    }

    /// Whether what was known of a file when it was begun to be read still is, and is on disk, or about to be.
    pub(super) fn lasts(&self, before: &Checkpoint) -> bool {
        self.stands(before) && self.checkpoints.lasts(before.path())
    }

    /// Takes in that the file known as `before` has this name now, and what had it is gone. Whether the file was still
    /// known, and counted, by the name before.
    pub(super) fn take_name(&mut self, before: &Checkpoint, path: &Path) -> bool {
        // Under the name before it is there no more for the rules that are still to be put to it.
        self.memory.missed(path.to_owned());
        if let Some(replaced) = self.checkpoints.get(path) {
            self.tally.replaced(&replaced);
        }
        let stands = self.stands(before);
        if stands {
            self.forget(before.path().to_owned());
        }
        stands
    }

    /// Takes in that a file that was read has another name.
    pub(super) fn renamed(&mut self, before: &Checkpoint, path: &Path) {
        let checkpoint = before.clone().renamed(path);
        let lasting = self.lasts(before);
        if self.take_name(before, path) {
            self.tally.renamed(before, &checkpoint);
        } else {
            self.tally.read(&checkpoint, None, None, 0, (self.clock)());
        }
        self.checkpoints.put(checkpoint.clone(), lasting);
        if lasting {
            self.findings.marks.push(checkpoint);
        }
    }
}
