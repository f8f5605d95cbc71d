//! Keeping what was saved: holding on to the files, knowing what was acknowledged, and copies of the state.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, TransactionBehavior};

use super::acked::{Acked, End, Loss, Record};
use super::anchor::{self, Anchor};
use super::{Access, OpenOptions, Store, StoreError, configure, schema};
use crate::triage::audit;

impl Store {
    /// Decisions that were acknowledged and are gone: found now, or by an earlier start.
    #[must_use]
    pub fn losses(&self) -> &[Loss] {
        &self.losses
    }

    /// Makes sure that the files are still those at the path.
    ///
    /// # Errors
    /// [`StoreError::Moved`] when they are not.
    pub fn in_place(&self) -> Result<(), StoreError> {
        match self.slipped() {
            Some(why) => Err(StoreError::Moved { path: self.path.clone(), why }),
            None => Ok(()),
        }
    }

    pub(super) fn slipped(&self) -> Option<String> {
        self.anchor.as_ref()?.slipped()
    }

    /// The end of the audit chain: number and hash, in hex digits.
    ///
    /// # Errors
    /// [`StoreError`] when the state cannot be read.
    pub fn chain_end(&self) -> Result<(i64, String), StoreError> {
        self.check(audit::end(&self.conn)).map(|(seq, hash)| (seq, audit::hex(&hash)))
    }

    /// Whether the audit chain has this entry.
    ///
    /// # Errors
    /// [`StoreError`] when the state cannot be read.
    pub fn has_link(&self, seq: i64, hash: &str) -> Result<bool, StoreError> {
        audit::unhex(hash).map_or(Ok(false), |hash| self.check(audit::holds(&self.conn, seq, &hash)))
    }

    /// Writes to the state what it holds already.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be written.
    pub fn try_to_write(&self) -> Result<(), StoreError> {
        self.check((|| {
            let tx = rusqlite::Transaction::new_unchecked(&self.conn, TransactionBehavior::Immediate)?;
            tx.pragma_update(None, "user_version", schema::VERSION)?;
            tx.commit()
        })())
    }

    /// Calls wait no longer than this for other writers; never longer than the store was opened with.
    ///
    /// # Errors
    /// [`StoreError`] when SQLite does not take it.
    pub fn wait_at_most(&self, wait: Duration) -> Result<(), StoreError> {
        self.check(self.conn.busy_timeout(wait.min(self.patience)))
    }

    /// Whether what is written outlives this handle.
    #[must_use]
    pub fn keeps(&self) -> bool {
        self.anchor.is_some()
    }

    /// Brings what is in the write-ahead log into the file itself, as far as nobody is in the way: a copy of the file
    /// alone is then a backup.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be written.
    pub fn checkpoint(&self) -> Result<(), StoreError> {
        self.check(self.conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())))
    }

    /// Makes a file that was moved away whole by itself, and empties the log that it left behind: another file in its
    /// place would take the log for its own.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be written.
    pub fn part_from_log(&self) -> Result<(), StoreError> {
        self.check(self.conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())))
    }

    /// A copy of the state that is gone when it is dropped: for a console on a state that cannot be written. It lies in
    /// memory, and on the disk for temporary files where that is not enough.
    ///
    /// # Errors
    /// [`StoreError`] when the state cannot be read, or the copy not be made.
    pub fn passing_copy(&self) -> Result<Self, StoreError> {
        let copy = || {
            let mut conn = Connection::open("")?;
            let copied = Backup::new(&self.conn, &mut conn)?.step(-1)?;
            if copied != StepResult::Done {
                return Err(rusqlite::Error::SqliteFailure(
                    rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY),
                    None,
                ));
            }
            configure(&conn, self.patience)?;
            conn.pragma_update(None, "synchronous", "OFF")?;
            Ok(conn)
        };
        let mut store = Self::on(self.check(copy())?, self.path.clone(), self.patience);
        store.losses.clone_from(&self.losses);
        Ok(store)
    }

    /// Notes beside the state how far the chain goes by now.
    pub(super) fn acknowledge(&self) -> Result<(), StoreError> {
        // Between the commit and here the files may have been moved.
        self.in_place()?;
        if let Some(acked) = &self.acked {
            let (seq, hash) = self.check(audit::end(&self.conn))?;
            // What is saved is saved: without this note only damage to the log would be harder to notice.
            let _ = acked.raise(End { seq, hash });
        }
        Ok(())
    }

    /// Opens the file of what was acknowledged. Answers with what the state no longer has of it, before anything is
    /// written to it.
    pub(super) fn read_acked(&mut self, real: &Path, options: &OpenOptions) -> Result<Option<Loss>, StoreError> {
        let mode = (options.access == Access::ReadWrite).then_some(if options.shared { 0o660 } else { 0o600 });
        let Ok(acked) = Acked::open(real, mode) else { return Ok(None) };
        let Record { end, losses } = acked.read().unwrap_or_default();
        self.losses = losses;
        let missing = match end {
            Some(end) => self.check(missing(&self.conn, end))?,
            None => None,
        };
        if mode.is_some() {
            if let Some(loss) = missing {
                // It is about to be written over. Whoever knows how may still find the rest in it.
                let log = anchor::beside(real, "-wal");
                let kept = anchor::beside(&log, &format!("-damaged-{}", loss.at.timestamp_micros()));
                let _ = std::fs::copy(log, kept);
            }
            self.acked = Some(acked);
        }
        Ok(missing)
    }

    /// Writes down what is missing, and how far the chain goes.
    pub(super) fn take_loss(&mut self, missing: Option<Loss>) -> Result<(), StoreError> {
        self.losses.extend(missing);
        let Some(acked) = &self.acked else { return Ok(()) };
        let (seq, hash) = self.check(audit::end(&self.conn))?;
        let end = End { seq, hash };
        // As in `acknowledge`: what cannot be noted is no reason not to open the state.
        let _ = match missing {
            Some(loss) => acked.lose(loss, end),
            None => acked.raise(end),
        };
        Ok(())
    }

    /// From now on nothing is committed unless the files are those at the path; `opened` is what was there before.
    pub(super) fn hold_on_to(&mut self, real: &Path, opened: (u64, u64)) -> Result<(), StoreError> {
        let io = |source| StoreError::Io { path: self.path.clone(), source };
        let anchor = Arc::new(Anchor::of(real).map_err(io)?);
        if !anchor.is(opened) {
            let why = "another file took its place".to_owned();
            return Err(StoreError::Moved { path: self.path.clone(), why });
        }
        let held = Arc::clone(&anchor);
        let hooked = self.conn.commit_hook(Some(move || held.slipped().is_some()));
        self.check(hooked)?;
        self.anchor = Some(anchor);
        Ok(())
    }
}

/// What a state lacks of a chain that went to `end`.
#[allow(clippy::disallowed_methods, reason = "a loss is dated by whoever opens the state: nobody replays that")]
fn missing(conn: &Connection, end: End) -> rusqlite::Result<Option<Loss>> {
    let tables = "SELECT count(*) FROM sqlite_schema WHERE name IN ('chain', 'decisions')";
    let empty = conn.query_row(tables, [], |row| row.get::<_, i64>(0))? < 2;
    let found = match audit::end(conn) {
        Ok((found, _)) if !empty => found,
        Err(e) if !empty && e != rusqlite::Error::QueryReturnedNoRows => return Err(e),
        _ => 0,
    };
    let whole = end.seq == 0 || (!empty && found >= end.seq && audit::holds(conn, end.seq, &end.hash)?);
    Ok((!whole).then(|| Loss { at: Utc::now(), acked: end.seq, found }))
}
