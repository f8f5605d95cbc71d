//! What is known of each file: how far it has been read and which stretch of time it covers. Shared between the thread
//! that reads and the one that looks for related events.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use chrono::{DateTime, Utc};

use crate::trail::{FileMark, Stamp};

/// What is known of all files, behind a lock that is held for look-ups and single insertions only.
#[derive(Debug, Clone, Default)]
pub(super) struct Ledger(Arc<RwLock<Known>>);

#[derive(Debug, Default)]
struct Known {
    marks: HashMap<PathBuf, FileMark>,
    spans: HashMap<PathBuf, (DateTime<Utc>, DateTime<Utc>)>,
    changes: u64,
}

impl Ledger {
    /// The mark of a file.
    pub(super) fn mark(&self, path: &Path) -> Option<FileMark> {
        self.read().marks.get(path).cloned()
    }

    /// Whether the file was read when it looked like this, and there is nothing more to expect of it.
    pub(super) fn is_read(&self, path: &Path, stamp: Stamp) -> bool {
        self.read().marks.get(path).is_some_and(|mark| mark.stamp() == stamp && !mark.has_open_end())
    }

    /// Whether no file was read.
    pub(super) fn is_empty(&self) -> bool {
        self.read().marks.is_empty()
    }

    /// Every file that was read.
    pub(super) fn paths(&self) -> Vec<PathBuf> {
        let mut paths: Vec<PathBuf> = self.read().marks.keys().cloned().collect();
        paths.sort_unstable();
        paths
    }

    /// Takes in a mark, and the stretch of time it tells of.
    pub(super) fn put(&self, mark: FileMark) {
        self.cover(&mark.path, mark.first_event, mark.last_event);
        self.write().marks.insert(mark.path.clone(), mark);
    }

    /// Takes in the stretch of time that a file covers.
    pub(super) fn cover(&self, path: &Path, first: Option<DateTime<Utc>>, last: Option<DateTime<Utc>>) {
        let mut known = self.write();
        known.changes += 1;
        match first.zip(last) {
            Some(span) => known.spans.insert(path.to_owned(), span),
            None => known.spans.remove(path),
        };
    }

    /// Files with events between `from` and `to`, oldest first.
    pub(super) fn between(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<PathBuf> {
        let known = self.read();
        let mut found: Vec<(&DateTime<Utc>, &PathBuf)> = known
            .spans
            .iter()
            .filter(|(_, (first, last))| *first <= to && *last >= from)
            .map(|(path, (first, _))| (first, path))
            .collect();
        found.sort_unstable();
        found.into_iter().map(|(_, path)| path.clone()).collect()
    }

    /// How often something was taken in: unchanged as long as the answers are.
    pub(super) fn changes(&self) -> u64 {
        self.read().changes
    }

    /// Time of the earliest event in any file.
    pub(super) fn begins(&self) -> Option<DateTime<Utc>> {
        self.read().spans.values().map(|(first, _)| *first).min()
    }

    fn read(&self) -> RwLockReadGuard<'_, Known> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Known> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trail::Content;

    #[test]
    fn a_file_is_read_when_it_is_as_it_was_and_nothing_more_is_expected() {
        let ledger = Ledger::default();
        let mark = FileMark {
            path: "a".into(),
            id: (1, 2),
            size: 100,
            mtime_ns: 3,
            consumed: 100,
            head: 0,
            content: Some(Content::Lines),
            records: 1,
            bad: 0,
            problem: None,
            first_event: None,
            last_event: None,
        };
        let (path, stamp) = (Path::new("a"), mark.stamp());
        assert!(!ledger.is_read(path, stamp));
        ledger.put(mark.clone());
        assert!(ledger.is_read(path, stamp) && !ledger.is_read(Path::new("b"), stamp));
        assert!(!ledger.is_read(path, Stamp { size: 101, ..stamp }));
        // Its last line may be whole by now, and nothing else would tell.
        ledger.put(FileMark { consumed: 90, ..mark.clone() });
        assert!(!ledger.is_read(path, stamp));
        ledger.put(FileMark { consumed: 90, content: Some(Content::Delivery), ..mark });
        assert!(ledger.is_read(path, stamp));
    }

    #[test]
    fn files_are_found_by_the_time_they_cover() {
        let ledger = Ledger::default();
        let at = |seconds| DateTime::from_timestamp(seconds, 0);
        ledger.cover(Path::new("b"), at(50), at(60));
        ledger.cover(Path::new("a"), at(10), at(55));
        ledger.cover(Path::new("empty"), None, None);
        let between = |from, to| ledger.between(at(from).unwrap(), at(to).unwrap());
        assert_eq!(between(55, 100), [PathBuf::from("a"), PathBuf::from("b")]);
        assert_eq!(between(56, 57), [PathBuf::from("b")]);
        assert!(between(61, 99).is_empty());
        assert_eq!(ledger.begins(), at(10));
    }
}
