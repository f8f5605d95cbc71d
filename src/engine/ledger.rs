//! What is known of each file: how far it has been read and which stretch of time it covers. Shared between the thread
//! that reads and the one that looks for related events.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use chrono::{DateTime, Utc};

use crate::trail::{FileMark, Stamp};

/// What is known of all files, behind a lock that is held for look-ups and insertions only.
#[derive(Debug, Clone, Default)]
pub(super) struct Ledger(Arc<RwLock<Known>>);

#[derive(Debug, Default)]
struct Known {
    /// By path, as it is written: that is told apart much faster than by its parts.
    files: HashMap<OsString, Entry>,
    changes: u64,
}

/// What is known of a file.
#[derive(Debug, Default)]
struct Entry {
    /// Without its path, which is the key: there may be very many.
    mark: Option<FileMark>,
    span: Option<(DateTime<Utc>, DateTime<Utc>)>,
}

impl Known {
    /// The mark of a file, without its path.
    fn mark(&self, path: &Path) -> Option<&FileMark> {
        self.files.get(path.as_os_str())?.mark.as_ref()
    }

    fn cover(&mut self, path: OsString, first: Option<DateTime<Utc>>, last: Option<DateTime<Utc>>) -> &mut Entry {
        self.changes += 1;
        let entry = self.files.entry(path).or_default();
        entry.span = first.zip(last);
        entry
    }
}

impl Ledger {
    /// The mark of a file.
    pub(super) fn mark(&self, path: &Path) -> Option<FileMark> {
        Some(FileMark { path: path.to_owned(), ..self.read().mark(path)?.clone() })
    }

    /// Whether the file was read when it looked like this, and there is nothing more to expect of it.
    pub(super) fn is_read(&self, path: &Path, stamp: Stamp) -> bool {
        self.read().mark(path).is_some_and(|mark| mark.is_of(stamp) && !mark.has_open_end())
    }

    /// Whether no file was read.
    pub(super) fn is_empty(&self) -> bool {
        self.read().files.values().all(|entry| entry.mark.is_none())
    }

    /// Every file that was read.
    pub(super) fn paths(&self) -> Vec<PathBuf> {
        let known = self.read();
        let read = known.files.iter().filter(|(_, entry)| entry.mark.is_some());
        let mut paths: Vec<PathBuf> = read.map(|(path, _)| path.into()).collect();
        paths.sort_unstable();
        paths
    }

    /// Takes in marks, and the stretches of time they tell of.
    pub(super) fn put(&self, marks: impl IntoIterator<Item = FileMark>) {
        let mut known = self.write();
        for mut mark in marks {
            let path = std::mem::take(&mut mark.path).into_os_string();
            let entry = known.cover(path, mark.first_event, mark.last_event);
            entry.mark = Some(mark);
        }
    }

    /// Takes in the stretch of time that a file covers.
    pub(super) fn cover(&self, path: &Path, first: Option<DateTime<Utc>>, last: Option<DateTime<Utc>>) {
        self.write().cover(path.into(), first, last);
    }

    /// Files with events between `from` and `to`, oldest first.
    pub(super) fn between(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<PathBuf> {
        let known = self.read();
        let spans = known.files.iter().filter_map(|(path, entry)| Some((entry.span?, path)));
        let among = spans.filter(|((first, last), _)| *first <= to && *last >= from);
        let mut found: Vec<(DateTime<Utc>, &OsString)> = among.map(|((first, _), path)| (first, path)).collect();
        found.sort_unstable();
        found.into_iter().map(|(_, path)| path.into()).collect()
    }

    /// How often something was taken in: unchanged as long as the answers are.
    pub(super) fn changes(&self) -> u64 {
        self.read().changes
    }

    /// Time of the earliest event in any file.
    pub(super) fn begins(&self) -> Option<DateTime<Utc>> {
        self.read().files.values().filter_map(|entry| Some(entry.span?.0)).min()
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
            ctime_ns: None,
            consumed: 100,
            unpacked: None,
            head: 0,
            content: Some(Content::Lines),
            records: 1,
            bad: 0,
            problem: None,
            first_event: None,
            last_event: None,
        };
        let (path, stamp) = (Path::new("a"), Stamp { id: (1, 2), size: 100, mtime_ns: 3, ctime_ns: 4 });
        assert!(!ledger.is_read(path, stamp));
        ledger.put([mark.clone()]);
        assert!(ledger.is_read(path, stamp) && !ledger.is_read(Path::new("b"), stamp));
        assert_eq!((ledger.mark(path), ledger.paths()), (Some(mark.clone()), vec![path.to_owned()]));
        assert!(!ledger.is_read(path, Stamp { size: 101, ..stamp }));
        // Its last line may be whole by now, and nothing else would tell.
        ledger.put([FileMark { consumed: 90, ..mark.clone() }]);
        assert!(!ledger.is_read(path, stamp));
        ledger.put([FileMark { consumed: 90, content: Some(Content::Delivery), ..mark }]);
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
