//! What was last sent of each file: two hashes a file, so that a tree of a million files costs tens of megabytes.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::path::Path;

use crate::trail::mark::Stamp;

#[derive(Debug, Default)]
pub(super) struct Seen {
    hasher: RandomState,
    files: HashMap<u64, Entry>,
    sweep: u32,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    stamp: u64,
    sweep: u32,
}

impl Seen {
    /// Notes that the file is like this now. True when it was not so before.
    pub(super) fn note(&mut self, path: &Path, stamp: Stamp) -> bool {
        let entry = Entry { stamp: self.hasher.hash_one(stamp), sweep: self.sweep };
        let before = self.files.insert(self.hasher.hash_one(path.as_os_str()), entry);
        before.is_none_or(|before| before.stamp != entry.stamp)
    }

    pub(super) fn begin_sweep(&mut self) {
        self.sweep = self.sweep.wrapping_add(1);
    }

    /// Forgets the files not noted since the sweep began.
    pub(super) fn end_sweep(&mut self) {
        self.files.retain(|_, entry| entry.sweep == self.sweep);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_new_once_and_again_when_it_differs_or_has_been_away() {
        let (mut seen, path) = (Seen::default(), Path::new("x"));
        let stamp = |size| Stamp { size, ..Stamp::default() };
        assert!(seen.note(path, stamp(1)));
        assert!(!seen.note(path, stamp(1)));
        assert!(seen.note(path, stamp(2)));
        seen.begin_sweep();
        assert!(!seen.note(path, stamp(2)));
        seen.end_sweep();
        assert!(!seen.note(path, stamp(2)));
        seen.begin_sweep();
        seen.end_sweep();
        assert!(seen.note(path, stamp(2)));
    }
}
