//! What was last sent of each file, and what was known of it before: one hash a file, of its path and stamp together, so
//! that a tree of a million files costs eight megabytes.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::path::Path;

use crate::trail::checkpoint::Checkpoint;
use crate::trail::stamp::FileStamp;

/// Files that were read before, and are no news as long as they look the same. By hashes of 64 bits: among a million files
/// that one passes for another happens once in tens of thousands of years of sweeps.
#[derive(Debug, Default)]
pub struct Known {
    hasher: RandomState,
    hashes: Vec<u64>,
    /// Some were read by a version that did not note change times.
    some_without_ctime: bool,
}

impl Known {
    /// Takes in a file that was read, unless there may be more of it to read though it looks the same.
    pub fn add(&mut self, read: &Checkpoint) {
        if !read.has_open_end() {
            let with_ctime = read.columns().ctime_ns.is_some();
            self.some_without_ctime |= !with_ctime;
            self.hashes.push(hash(&self.hasher, read.path(), read.stamp(), with_ctime));
        }
    }
}

fn hash(hasher: &RandomState, path: &Path, stamp: FileStamp, with_ctime: bool) -> u64 {
    let FileStamp { id, size, mtime_ns, ctime_ns } = stamp;
    hasher.hash_one((path.as_os_str(), id, size, mtime_ns, with_ctime.then_some(ctime_ns)))
}

#[derive(Debug, Default)]
pub(super) struct Seen {
    hasher: RandomState,
    some_without_ctime: bool,
    /// In order.
    files: Vec<u64>,
    /// A bit for each of them: noted since the sweep began.
    noted: Vec<u64>,
    /// Those noted since, and not among them.
    recent: HashSet<u64>,
}

impl From<Known> for Seen {
    fn from(known: Known) -> Self {
        let Known { hasher, hashes: mut files, some_without_ctime } = known;
        files.sort_unstable();
        files.shrink_to_fit();
        Self { hasher, some_without_ctime, files, ..Self::default() }
    }
}

impl Seen {
    /// Notes that the file is like this now. True when it was not so before.
    pub(super) fn note(&mut self, path: &Path, stamp: FileStamp) -> bool {
        let file = hash(&self.hasher, path, stamp, true);
        if let Ok(at) = self.files.binary_search(&file) {
            if let Some(bits) = self.noted.get_mut(at / 64) {
                *bits |= 1 << (at % 64);
            }
            return false;
        }
        // A stamp with its change time: what was read before those were noted is known by the rest of it once more.
        self.recent.insert(file)
            && !(self.some_without_ctime && self.files.binary_search(&hash(&self.hasher, path, stamp, false)).is_ok())
    }

    pub(super) fn begin_sweep(&mut self) {
        if !self.recent.is_empty() {
            self.files.reserve_exact(self.recent.len());
            self.files.extend(std::mem::take(&mut self.recent));
            self.files.sort_unstable();
        }
        self.noted.clear();
        self.noted.resize(self.files.len().div_ceil(64), 0);
    }

    /// Forgets the files not noted since the sweep began. Whether there were any: files that are gone, or have changed.
    pub(super) fn end_sweep(&mut self) -> bool {
        let (before, noted) = (self.files.len(), &self.noted);
        let mut at = 0;
        self.files.retain(|_| {
            at += 1;
            noted.get((at - 1) / 64).is_some_and(|bits| bits >> ((at - 1) % 64) & 1 == 1)
        });
        self.some_without_ctime = false;
        self.noted = Vec::new();
        self.files.len() < before
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trail::FileId;

    const STAMP: FileStamp = FileStamp { id: FileId::from_columns(1, 2), size: 3, mtime_ns: 4, ctime_ns: 5 };

    #[test]
    fn a_file_is_new_once_and_again_when_it_differs_or_has_been_away() {
        let (mut seen, path) = (Seen::default(), Path::new("x"));
        let stamp = |size| FileStamp { size, ..STAMP };
        assert!(seen.note(path, stamp(1)));
        assert!(!seen.note(path, stamp(1)));
        assert!(seen.note(path, stamp(2)));
        seen.begin_sweep();
        assert!(!seen.note(path, stamp(2)));
        assert!(seen.end_sweep(), "as it was before");
        assert!(!seen.note(path, stamp(2)));
        seen.begin_sweep();
        assert!(!seen.note(path, stamp(2)));
        assert!(!seen.end_sweep());
        seen.begin_sweep();
        assert!(seen.end_sweep(), "gone");
        assert!(seen.note(path, stamp(2)));
    }

    #[test]
    fn what_is_known_is_no_news_until_it_differs() {
        let mut known = Known::default();
        let paths = ["a", "b", "c"].map(Path::new);
        known.add(&Checkpoint::of_whole(paths[0], STAMP));
        let mut earlier = Checkpoint::of_whole(paths[1], STAMP);
        earlier.0.ctime_ns = None;
        known.add(&earlier);
        let mut seen = Seen::from(known);
        let rewritten = FileStamp { ctime_ns: 6, ..STAMP };
        seen.begin_sweep();
        assert_eq!(paths.map(|path| seen.note(path, STAMP)), [false, false, true]);
        seen.end_sweep();
        for _ in 0..2 {
            seen.begin_sweep();
            assert_eq!(paths.map(|path| seen.note(path, STAMP)), [false; 3]);
            seen.end_sweep();
        }
        assert_eq!(paths.map(|path| seen.note(path, rewritten)), [true; 3]);
    }

    #[test]
    fn many_files_are_told_apart_in_some_bytes_each() {
        let path = |n: usize| format!("logs/{n}");
        let mut seen = Seen::default();
        for round in 0..4 {
            seen.begin_sweep();
            for n in round * 100..5000 + round * 100 {
                assert_eq!(seen.note(Path::new(&path(n)), STAMP), round == 0 || n >= 4900 + round * 100, "{n}");
            }
            assert_eq!(seen.end_sweep(), round > 0);
        }
        seen.begin_sweep();
        assert_eq!(seen.files.len(), 5000);
        assert!(seen.files.capacity() <= 5500, "{}", seen.files.capacity());
    }
}
