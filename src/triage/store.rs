//! The state on disk: alerts, decisions, how far files were read, and what was seen first when, in one SQLite file.
//!
//! - One transaction a call. What a call has returned is on disk (write-ahead log, `synchronous = FULL`), so a killed
//!   process loses nothing that the screen has shown as saved.
//! - Decisions are appended, never changed, and chained by hashes: see [`super::audit`].
//! - Any number of processes may hold the same file open. Writers take turns and wait a bounded time; each sees the
//!   others' work through [`Store::data_version`] and [`Store::news`].
//! - A save is acknowledged where the next start will look for it: every commit first makes sure that the files it writes to
//!   are still those at the path (see [`anchor`]), and what was acknowledged is also known beside the state, so that damage
//!   to the write-ahead log cannot pass for the end of it (see [`acked`]).
//! - One damaged row hides itself alone: it is left out, and [`Store::damage`] names it.
//! - Times are kept to the microsecond.
//!
//! The calls block: the engine makes them on a thread of its own.

mod acked;
mod aliases;
mod anchor;
mod archive;
mod assess;
mod backup;
mod batch;
mod closing;
mod cursors;
mod damage;
mod decide;
mod error;
mod keep;
mod marks;
mod max_signals;
mod memory;
mod place;
mod query;
mod read;
mod record;
mod row;
mod schema;
mod shared;
mod shared_query;
mod switch;
mod upgrade;
mod verify;
mod wal;

use std::cell::RefCell;
use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use acked::Acked;
pub use acked::Loss;
use anchor::Anchor;
pub use archive::Archived;
pub use assess::{AlertRecords, Assessed};
pub use backup::BackedUp;
pub use batch::{Batch, FirstSeen, FirstSeenKind, MAX_SEEN, Recorded, RememberedHit};
pub use damage::Damage;
pub use decide::{Decided, MAX_TEXT};
pub use error::StoreError;
pub use marks::Marks;
pub use max_signals::RuleMaxSignals;
pub use query::{Reply, StoreQuery};
pub use read::{Cursor, Documented, News};
pub use shared::{Draft, Offer, SharedCase, SharedWith, Taken};
pub use shared_query::SharedQuery;
pub use switch::Switched;
pub use verify::AuditError;

/// What a store may do to its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Access {
    /// Read and write; the file and its folder are created where they are missing.
    #[default]
    ReadWrite,
    /// Read only; nothing is created or changed.
    ReadOnly,
}

/// How to open a state file.
#[derive(Debug, Clone, Copy)]
pub struct OpenOptions {
    /// What the store may do.
    pub access: Access,
    /// Whether several users of one group share the state: the folder is created 2770 and the file 0660 instead of 0700
    /// and 0600, and may belong to somebody else.
    pub shared: bool,
    /// How long a call waits while another process writes before it gives up with [`StoreError::Locked`].
    pub patience: Duration,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self { access: Access::ReadWrite, shared: false, patience: Duration::from_secs(3) }
    }
}

#[derive(Debug)]
pub struct Store {
    conn: Connection,
    path: PathBuf,
    patience: Duration,
    /// Decisions made through this handle: they are no surprise to the analyst behind it.
    own: HashSet<i64>,
    /// The files that are written to; nothing where none is, or where nobody else would look for one.
    anchor: Option<Arc<Anchor>>,
    /// What was acknowledged; nothing where that cannot be written down.
    acked: Option<Acked>,
    losses: Vec<Loss>,
    damage: RefCell<BTreeSet<Damage>>,
    /// Whether alerts that stand closed take in further events all the same.
    closed_grow: bool,
    /// The fingerprints of the rules that run here, and when it was last written down that they do.
    rules: HashSet<String>,
    used: Option<Instant>,
}

impl Store {
    /// Opens the state of one user at `path`, creating it where `access` allows.
    ///
    /// # Errors
    /// See [`Store::open_with`].
    pub fn open(path: &Path, access: Access) -> Result<Self, StoreError> {
        Self::open_with(path, &OpenOptions { access, ..OpenOptions::default() })
    }

    /// Opens the state at `path`.
    ///
    /// # Errors
    /// [`StoreError::Permission`] when others could tamper with the file or its folder, [`StoreError::Missing`] when
    /// there is nothing to read, [`StoreError::Foreign`], [`StoreError::Newer`] and [`StoreError::Corrupt`] when the
    /// file is no state this version can use, [`StoreError::Locked`], [`StoreError::Io`].
    pub fn open_with(path: &Path, options: &OpenOptions) -> Result<Self, StoreError> {
        let real = place::prepare(path, options)?;
        let before = anchor::id(&real).map_err(|source| StoreError::Io { path: path.to_owned(), source })?;
        let conn = connect(&real, options).map_err(|e| StoreError::explain(path, options.patience, e))?;
        let mut store = Self::on(conn, path.to_owned(), options.patience);
        let writable = options.access == Access::ReadWrite;
        if writable {
            store.check(keep_log_beside(&store.conn, options.patience))?;
        }
        let missing = store.read_acked(&real, options)?;
        match schema::prepare(&store, writable) {
            Err(StoreError::Missing { path }) if missing.is_some() => {
                return Err(StoreError::Corrupt { path, why: "decisions were saved in it, and it is empty".into() });
            }
            prepared => prepared?,
        }
        store.take_loss(missing)?;
        if writable {
            store.hold_on_to(&real, before)?;
        }
        Ok(store)
    }

    fn on(conn: Connection, path: PathBuf, patience: Duration) -> Self {
        let (anchor, acked) = (None, None);
        let (losses, damage) = (Vec::new(), RefCell::default());
        let closed_grow = false;
        let (rules, used) = (HashSet::new(), None);
        Self { conn, path, patience, own: HashSet::new(), anchor, acked, losses, damage, closed_grow, rules, used }
    }

    /// A state in memory, gone when it is dropped: for replays.
    ///
    /// # Errors
    /// [`StoreError::Sql`] when SQLite cannot set it up.
    pub fn in_memory() -> Result<Self, StoreError> {
        let path = PathBuf::from(":memory:");
        let patience = OpenOptions::default().patience;
        let conn = Connection::open_in_memory()
            .and_then(|conn| configure(&conn, patience).map(|()| conn))
            .map_err(|e| StoreError::explain(&path, patience, e))?;
        let store = Self::on(conn, path, patience);
        schema::prepare(&store, true)?;
        Ok(store)
    }

    /// Lets alerts that stand closed take in further events all the same: for a replay, whose alerts are worked out before
    /// anything is decided.
    pub fn let_closed_grow(&mut self) {
        self.closed_grow = true;
    }

    /// The file, as the caller named it; `:memory:` where there is none.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What is wrong with the write-ahead log, if anything is. Looked at twice: it may be written to at this moment.
    pub(super) fn log_damage(&self) -> Option<String> {
        let look = || wal::damage(&anchor::beside(&self.path, "-wal")).ok().flatten();
        look().filter(|first| look().as_ref() == Some(first))
    }

    pub(super) fn conn(&self) -> &Connection {
        &self.conn
    }

    /// Turns SQLite's error into one that says what, where and what to do.
    pub(super) fn check<T>(&self, result: rusqlite::Result<T>) -> Result<T, StoreError> {
        result.map_err(|e| match self.slipped().filter(|_| error::is_vetoed(&e)) {
            Some(why) => StoreError::Moved { path: self.path.clone(), why },
            None => StoreError::explain(&self.path, self.patience, e),
        })
    }
}

fn connect(file: &Path, options: &OpenOptions) -> rusqlite::Result<Connection> {
    let common = OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let conn = match options.access {
        // The file exists by now, with the right mode: SQLite must not create another.
        Access::ReadWrite => Connection::open_with_flags(file, common | OpenFlags::SQLITE_OPEN_READ_WRITE)?,
        // Nobody writes, and files made beside it would be as read-only as it is, and in the way once it is not.
        Access::ReadOnly if place::is_read_only(file) && place::is_left_alone(file) => immutable(file, common)?,
        Access::ReadOnly => {
            let conn = Connection::open_with_flags(file, common | OpenFlags::SQLITE_OPEN_READ_ONLY)?;
            if conn.pragma_query_value(None, "schema_version", |_| Ok(())).is_err() && place::at_rest(file) {
                // On read-only media SQLite cannot make the files it shares with writers; with nobody writing there is
                // nothing to share.
                immutable(file, common)?
            } else {
                conn
            }
        }
    };
    configure(&conn, options.patience)?;
    Ok(conn)
}

fn immutable(file: &Path, common: OpenFlags) -> rusqlite::Result<Connection> {
    let flags = common | OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    Connection::open_with_flags(place::immutable_uri(file), flags)
}

fn configure(conn: &Connection, patience: Duration) -> rusqlite::Result<()> {
    conn.busy_timeout(patience)?;
    conn.set_prepared_statement_cache_capacity(48);
    // The file may have been made by somebody else: run nothing that its schema smuggles in.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    conn.pragma_update(None, "cell_size_check", true)?;
    conn.pragma_update(None, "foreign_keys", true)?;
    conn.pragma_update(None, "recursive_triggers", true)?;
    conn.pragma_update(None, "synchronous", "FULL")
}

/// Switches to the write-ahead log. SQLite does not wait for others here, so this does.
fn keep_log_beside(conn: &Connection, patience: Duration) -> rusqlite::Result<()> {
    let begun = Instant::now();
    loop {
        match conn.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0)) {
            Err(e) if error::is_busy(&e) && begun.elapsed() < patience => std::thread::sleep(Duration::from_millis(10)),
            Err(e) => return Err(e),
            Ok(_) => return conn.pragma_update(None, "journal_size_limit", 64 << 20),
        }
    }
}

#[cfg(test)]
mod tests;
