//! A copy of the state in one file, made while consoles run.

use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use rusqlite::{Connection, OpenFlags, params};

use super::anchor::{self, beside};
use super::{Store, StoreError};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackedUp {
    pub alerts: u64,
    pub decisions: u64,
    /// Bytes of the file.
    pub bytes: u64,
}

impl Store {
    /// Writes the state, as it is at this moment, to a new file at `to`, which is there wholly or not at all; `replace`
    /// allows one to be there already. It is a state like this one, without the files beside it.
    ///
    /// # Errors
    /// [`StoreError`] when this one cannot be read, or the file not be written; then it is as it was before.
    pub fn back_up(&self, to: &Path, replace: bool) -> Result<BackedUp, StoreError> {
        let io = |source| StoreError::Io { path: to.to_owned(), source };
        let refused = |why: &str, fix: &str| StoreError::Permission {
            path: to.to_owned(),
            why: why.to_owned(),
            fix: fix.to_owned(),
        };
        let to_real = std::path::absolute(to).map_err(io)?;
        let (Some(folder), Some(_)) = (to_real.parent(), to_real.file_name()) else {
            return Err(refused("it names no file", "name a file for the copy"));
        };
        match anchor::id(&to_real) {
            Ok(id) if anchor::id(&self.path).is_ok_and(|own| own == id) => {
                return Err(refused("this is the state itself", "name another file for the copy"));
            }
            Ok(_) if !replace => return Err(refused("it is there already", "name another file, or add --force")),
            _ => {}
        }
        if fs::metadata(beside(&to_real, "-wal")).is_ok_and(|found| found.len() > 0) {
            return Err(refused(
                "a write-ahead log lies beside it, which would be taken for its own",
                "name another file",
            ));
        }
        // Readable by its owner alone from the start, and gone if anything goes wrong.
        let part = tempfile::Builder::new().prefix(".watchfloor-").suffix(".part").tempfile_in(folder).map_err(io)?;
        let explain = |error| StoreError::explain(to, self.patience, error);
        let name = part.path().as_os_str().as_bytes();
        self.conn.execute("VACUUM INTO CAST(?1 AS TEXT)", params![name]).map_err(explain)?;
        let (alerts, decisions) = verify(part.path()).map_err(explain)?;
        part.as_file().sync_all().map_err(io)?;
        let bytes = part.as_file().metadata().map_err(io)?.len();
        if replace { part.persist(&to_real) } else { part.persist_noclobber(&to_real) }.map_err(|e| io(e.error))?;
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(io)?;
        Ok(BackedUp { alerts, decisions, bytes })
    }
}

/// Reads the copy once through. Answers how many alerts and decisions are in it.
fn verify(copy: &Path) -> rusqlite::Result<(u64, u64)> {
    let conn = Connection::open_with_flags(copy, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    let found: String = conn.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if found != "ok" {
        return Err(rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT),
            Some(found),
        ));
    }
    let count = |table: &str| {
        conn.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get::<_, i64>(0)).map(i64::cast_unsigned)
    };
    Ok((count("alerts")?, count("decisions")?))
}
