//! What is known of files that were read. There may be very many: it stays on disk, and is asked for one file or one stretch
//! of time at a time, through a handle of its own, which waits for nobody who writes.

use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, params};

use super::row::{self, MARK};
use super::{Store, StoreError, configure};
use crate::trail::{Checkpoint, CheckpointColumns, FileId};

/// A handle on what is known of files.
#[derive(Debug)]
pub struct Marks {
    conn: Connection,
    path: PathBuf,
    patience: Duration,
}

impl Store {
    /// A handle of its own on what is known of files. `None` for a state in memory, which has but one.
    ///
    /// # Errors
    /// [`StoreError`] when the state cannot be opened once more.
    pub fn marks_beside(&self) -> Result<Option<Marks>, StoreError> {
        let Some(file) = self.conn().path().filter(|file| !file.is_empty()) else { return Ok(None) };
        let flags =
            OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW | OpenFlags::SQLITE_OPEN_READ_ONLY;
        let opened = Connection::open_with_flags(file, flags)
            .and_then(|conn| configure(&conn, self.patience).map(|()| conn))
            .and_then(|conn| conn.pragma_update(None, "query_only", true).map(|()| conn));
        let conn = self.check(opened)?;
        Ok(Some(Marks { conn, path: self.path.clone(), patience: self.patience }))
    }
}

impl Marks {
    /// Hands out what is known of each file, by path. There may be a quarter of a million: one after the other, in the
    /// memory of the first.
    ///
    /// # Errors
    /// [`StoreError`] when the state cannot be read; so for every method here.
    pub fn each(&self, mut take: impl FnMut(&Checkpoint)) -> Result<(), StoreError> {
        let read = (|| {
            let mut statement = self.conn.prepare(&format!("SELECT {MARK} FROM marks ORDER BY path"))?;
            let mut rows = statement.query([])?;
            let mut columns = CheckpointColumns::default();
            while let Some(row) = rows.next()? {
                row::read_checkpoint(row, &mut columns)?;
                let checkpoint = Checkpoint::from_columns(columns);
                take(&checkpoint);
                columns = checkpoint.into_columns();
            }
            Ok(())
        })();
        self.check(read)
    }

    /// What is known of the file at `path`.
    ///
    /// # Errors
    /// See [`Marks::each`].
    pub fn of(&self, path: &Path) -> Result<Option<Checkpoint>, StoreError> {
        let sql = format!("SELECT {MARK} FROM marks WHERE path = ?1");
        let asked = self.conn.prepare_cached(&sql);
        self.check(
            asked.and_then(|mut asked| asked.query_row([path.as_os_str().as_bytes()], row::checkpoint).optional()),
        )
    }

    /// What is known of files with this id, under whatever names.
    ///
    /// # Errors
    /// See [`Marks::each`].
    pub fn of_id(&self, id: FileId) -> Result<Vec<Checkpoint>, StoreError> {
        let (device, inode) = id.columns();
        let sql = format!("SELECT {MARK} FROM marks WHERE inode = ?1 AND device = ?2");
        let params = params![inode.cast_signed(), device.cast_signed()];
        let asked = self.conn.prepare_cached(&sql);
        self.check(asked.and_then(|mut asked| asked.query_map(params, row::checkpoint)?.collect()))
    }

    /// Files with events between `from` and `to`, each with its earliest event, oldest first.
    ///
    /// # Errors
    /// See [`Marks::each`].
    pub fn between(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<Vec<(DateTime<Utc>, PathBuf)>, StoreError> {
        let sql = "SELECT first_event, path FROM marks WHERE first_event <= ?1 AND last_event >= ?2 \
                   ORDER BY first_event, path";
        let params = params![to.timestamp_micros(), from.timestamp_micros()];
        let asked = self.conn.prepare_cached(sql);
        self.check(asked.and_then(|mut asked| {
            asked.query_map(params, |row| Ok((row::time(row, 0)?, row::path(row, 1)?)))?.collect()
        }))
    }

    /// Time of the earliest event in any file.
    ///
    /// # Errors
    /// See [`Marks::each`].
    pub fn begins(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        let sql = "SELECT first_event FROM marks WHERE first_event IS NOT NULL ORDER BY first_event LIMIT 1";
        let asked = self.conn.prepare_cached(sql);
        self.check(asked.and_then(|mut asked| asked.query_row([], |row| row::time(row, 0)).optional()))
    }

    /// At most `most` files, by path, behind `after`.
    ///
    /// # Errors
    /// See [`Marks::each`].
    pub fn paths(&self, after: Option<&Path>, most: usize) -> Result<Vec<PathBuf>, StoreError> {
        let after = after.map_or(&b""[..], |after| after.as_os_str().as_bytes());
        let params = params![after, i64::try_from(most).unwrap_or(i64::MAX)];
        let asked = self.conn.prepare_cached("SELECT path FROM marks WHERE path > ?1 ORDER BY path LIMIT ?2");
        self.check(asked.and_then(|mut asked| asked.query_map(params, |row| row::path(row, 0))?.collect()))
    }

    fn check<T>(&self, result: rusqlite::Result<T>) -> Result<T, StoreError> {
        result.map_err(|e| StoreError::explain(&self.path, self.patience, e))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trail::Content;
    use crate::triage::samples::{at, mark};
    use crate::triage::{Access, Batch};

    fn state(marks: &[Checkpoint]) -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join("state/state.db"), Access::ReadWrite).unwrap();
        store.record(Batch { marks, ..Batch::default() }).unwrap();
        (folder, store)
    }

    #[test]
    fn a_file_is_found_by_path_by_number_and_by_time() {
        let id = |inode| FileId::from_columns(64_769, inode);
        let span = |path: &str, inode, first, last| {
            mark(path).with(|c| (c.id, c.first_event, c.last_event) = (id(inode), Some(at(first)), Some(at(last))))
        };
        let all = [span("/b", 5, 50, 60), span("/a", 6, 10, 55), span("/c", 5, 90, 99)];
        let empty = mark("/empty").with(|c| (c.first_event, c.last_event) = (None, None));
        let (_folder, mut store) = state(&[&all[..], &[empty]].concat());
        let marks = store.marks_beside().unwrap().unwrap();
        assert_eq!(marks.of(Path::new("/a")).unwrap().as_ref(), Some(&all[1]));
        assert_eq!(marks.of(Path::new("/")).unwrap(), None);
        assert_eq!(marks.of_id(id(5)).unwrap(), [all[0].clone(), all[2].clone()]);
        assert_eq!(marks.of_id(FileId::from_columns(1, 5)).unwrap(), []);
        let between = |from, to| marks.between(at(from), at(to)).unwrap();
        assert_eq!(between(55, 80), [(at(10), "/a".into()), (at(50), "/b".into())]);
        assert_eq!(between(56, 57), [(at(50), "/b".into())]);
        assert!(between(61, 89).is_empty());
        assert_eq!(marks.begins().unwrap(), Some(at(10)));
        let page = |after: Option<&str>| marks.paths(after.map(Path::new), 3).unwrap();
        assert_eq!(page(None), ["/a", "/b", "/c"].map(PathBuf::from));
        assert_eq!(page(Some("/c")), [PathBuf::from("/empty")]);
        assert!(page(Some("/empty")).is_empty());
        // What is written from now on is seen.
        store.record(Batch { marks: &[span("/d", 7, 1, 2)], ..Batch::default() }).unwrap();
        assert_eq!(marks.begins().unwrap(), Some(at(1)));
    }

    #[test]
    fn each_checkpoint_is_handed_out_as_it_was_written() {
        let lines = mark("/l").with(|c| (c.content, c.consumed, c.problem) = (Some(Content::Lines), 9, None));
        let earlier = mark("/b").with(|c| (c.ctime_ns, c.content) = (None, None));
        let all = [mark("/a"), earlier, lines];
        let (_folder, store) = state(&all);
        let mut told = Vec::new();
        store.marks_beside().unwrap().unwrap().each(|checkpoint| told.push(checkpoint.clone())).unwrap();
        assert_eq!(told, all);
    }

    #[test]
    fn it_waits_for_nobody_who_writes_and_a_state_in_memory_has_none() {
        let (folder, store) = state(&[mark("/a")]);
        let marks = store.marks_beside().unwrap().unwrap();
        let other = Connection::open(folder.path().join("state/state.db")).unwrap();
        other.execute_batch("BEGIN EXCLUSIVE; DELETE FROM marks").unwrap();
        assert!(marks.of(Path::new("/a")).unwrap().is_some());
        assert!(Store::in_memory().unwrap().marks_beside().unwrap().is_none());
    }
}
