//! The tables, and how a state of an older version becomes one of this version.

use rusqlite::{Connection, TransactionBehavior};

use super::{Store, StoreError, upgrade};

/// Marks an SQLite file as a watchfloor state: `WFLR`.
const APPLICATION: i64 = 0x5746_4c52;

/// What brings a state from each version to the next; the first makes an empty file one of version 1.
const MIGRATIONS: [&str; 5] = [
    include_str!("schema/1.sql"),
    include_str!("schema/2.sql"),
    include_str!("schema/3.sql"),
    include_str!("schema/4.sql"),
    include_str!("schema/5.sql"),
];

/// The schema this version reads and writes.
#[expect(clippy::cast_possible_wrap, reason = "a handful of migrations")]
pub(super) const VERSION: i64 = MIGRATIONS.len() as i64;

/// Makes sure that the file is a state of this version, bringing it there if `writable`.
pub(super) fn prepare(store: &Store, writable: bool) -> Result<(), StoreError> {
    let path = || store.path.clone();
    // One transaction: another process may be creating the state right now.
    let found = store.check(store.conn.unchecked_transaction().and_then(|tx| Stamp::read(&tx)))?;
    match found {
        Stamp { application: APPLICATION, version: VERSION, .. } => Ok(()),
        Stamp { application: APPLICATION, version, .. } if version > VERSION => {
            Err(StoreError::Newer { path: path(), found: version, known: VERSION })
        }
        Stamp { application: APPLICATION, version, .. } if version < 1 => {
            Err(StoreError::Corrupt { path: path(), why: format!("schema version {version}") })
        }
        Stamp { application: APPLICATION, version, .. } if !writable => {
            Err(StoreError::Older { path: path(), found: version, known: VERSION })
        }
        Stamp { application: 0, version: 0, objects: 0 } if !writable => Err(StoreError::Missing { path: path() }),
        Stamp { application: APPLICATION, .. } | Stamp { application: 0, version: 0, objects: 0 } => {
            store.check(migrate(&store.conn))
        }
        Stamp { .. } => Err(StoreError::Foreign { path: path(), why: "it is an SQLite file of another program" }),
    }
}

/// What the file says it is.
struct Stamp {
    application: i64,
    version: i64,
    /// Tables, indices and triggers in it.
    objects: i64,
}

impl Stamp {
    fn read(conn: &Connection) -> rusqlite::Result<Self> {
        Ok(Self {
            application: conn.pragma_query_value(None, "application_id", |row| row.get(0))?,
            version: conn.pragma_query_value(None, "user_version", |row| row.get(0))?,
            objects: conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?,
        })
    }
}

pub(super) fn migrate(conn: &Connection) -> rusqlite::Result<()> {
    let tx = rusqlite::Transaction::new_unchecked(conn, TransactionBehavior::Immediate)?;
    // Read again: another process may have been here between the look and the lock.
    let version = usize::try_from(Stamp::read(&tx)?.version).unwrap_or(MIGRATIONS.len());
    for step in MIGRATIONS.iter().skip(version) {
        tx.execute_batch(step)?;
    }
    if (1..3).contains(&version) {
        upgrade::to_3(&tx)?;
    }
    tx.pragma_update(None, "application_id", APPLICATION)?;
    tx.pragma_update(None, "user_version", VERSION)?;
    tx.commit()
}
