//! The audit chain: every decision's row carries a hash over itself and the row before it, and the end of the chain is
//! kept apart, so that a row edited, deleted, inserted, moved or cut off the end is noticed and named.
//!
//! It shows tampering by hand and damage; whoever knows the scheme and may write the file can build a whole new chain.
//! [`Verified::head`], noted elsewhere at the end of a shift, proves that everything up to there is as it was.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};
use sha2::{Digest as _, Sha256};

use super::{Store, StoreError};

/// The hash of a row, SHA-256.
pub(super) type Hash = [u8; 32];

/// What the hash of a decision's row covers, as the file holds it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Link<'a> {
    pub(super) seq: i64,
    pub(super) alert: &'a [u8],
    pub(super) at: i64,
    pub(super) analyst: &'a [u8],
    pub(super) action: &'a [u8],
}

/// A chain that is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// How many decisions it has.
    pub rows: i64,
    /// The last row's hash, 64 lower-case hex digits; zeros for an empty chain.
    pub head: String,
}

/// Why a chain could not be verified.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The first row that is not as it was written.
    #[error("decision {seq}: {why}: decisions from there on cannot be relied upon, compare with a backup of the state")]
    Broken {
        /// Its [`super::Decision::seq`].
        seq: i64,
        /// What is wrong with it.
        why: String,
    },
    /// The state could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Checks every decision of the state against the chain, first to last, as it stands at this moment.
///
/// # Errors
/// [`AuditError::Broken`] names the first row that is not as it was written; [`AuditError::Store`].
pub fn verify(store: &Store) -> Result<Verified, AuditError> {
    let checked = store.check((|| {
        // One transaction: the rows and the end of the chain belong to the same moment.
        let tx = store.conn().unchecked_transaction()?;
        check(&tx)
    })())?;
    checked.map_err(|(seq, why)| AuditError::Broken { seq, why })
}

type Broken = (i64, String);

fn check(conn: &Connection) -> rusqlite::Result<Result<Verified, Broken>> {
    let end = match end(conn) {
        Ok(end) => Some(end),
        Err(rusqlite::Error::QueryReturnedNoRows) => None,
        Err(e) => return Err(e),
    };
    let mut statement =
        conn.prepare("SELECT seq, alert, at, analyst, action, hash FROM decisions WHERE seq > 0 ORDER BY seq")?;
    let mut rows = statement.query([])?;
    let (mut last, mut hash) = (0, Hash::default());
    while let Some(row) = rows.next()? {
        if let Some((end, _)) = end.filter(|(end, _)| *end == last) {
            return Ok(Err((last + 1, format!("the chain ends at {end}: this row was not written by watchfloor"))));
        }
        match check_row(row, last + 1, &hash)? {
            Ok(next) => hash = next,
            Err(why) => return Ok(Err((last + 1, why))),
        }
        last += 1;
    }
    let stray: Option<i64> = conn.query_row("SELECT min(seq) FROM decisions WHERE seq < 1", [], |row| row.get(0))?;
    Ok(match (end, stray) {
        (None, _) => Err((last, "it is the last there is, but where the chain ends is no longer recorded".into())),
        (Some((end, _)), _) if end > last => Err((last + 1, format!("it is missing, and all up to {end}"))),
        (_, Some(seq)) => Err((seq, "no decision has such a number: this row was not written by watchfloor".into())),
        (Some((_, end_hash)), _) if end_hash != hash => {
            Err((last, "it is not the row that the chain was recorded to end with".into()))
        }
        _ => Ok(Verified { rows: last, head: hex(&hash) }),
    })
}

/// The row's hash, or why it is not the row number `expected` that follows the row with the hash `before`.
fn check_row(row: &Row<'_>, expected: i64, before: &Hash) -> rusqlite::Result<Result<Hash, String>> {
    let seq: i64 = row.get(0)?;
    if seq != expected {
        return Ok(Err(format!("it is missing, the next one there is {seq}")));
    }
    let (ValueRef::Text(alert), ValueRef::Integer(at), ValueRef::Text(analyst), ValueRef::Text(action), found) =
        (row.get_ref(1)?, row.get_ref(2)?, row.get_ref(3)?, row.get_ref(4)?, row.get_ref(5)?)
    else {
        return Ok(Err("a field has another type than was written".into()));
    };
    let hash = link(before, Link { seq, alert, at, analyst, action });
    Ok(if found == ValueRef::Blob(&hash) { Ok(hash) } else { Err("it is not as it was written".into()) })
}

/// The hash of a row that follows the row with the hash `before`.
pub(super) fn link(before: &Hash, link: Link<'_>) -> Hash {
    let Link { seq, alert, at, analyst, action } = link;
    let mut hash = Sha256::new();
    hash.update(before);
    hash.update(seq.to_be_bytes());
    hash.update(at.to_be_bytes());
    for field in [alert, analyst, action] {
        // The length keeps ("ab", "c") and ("a", "bc") apart.
        hash.update((field.len() as u64).to_be_bytes());
        hash.update(field);
    }
    hash.finalize().into()
}

/// The last row's seq and hash, as recorded when it was written.
pub(super) fn end(conn: &Connection) -> rusqlite::Result<(i64, Hash)> {
    conn.prepare_cached("SELECT seq, hash FROM chain WHERE id = 1")?.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Whether the chain has this row, with this hash.
pub(super) fn holds(conn: &Connection, seq: i64, hash: &Hash) -> rusqlite::Result<bool> {
    if seq == 0 {
        return Ok(true);
    }
    conn.prepare_cached("SELECT 1 FROM decisions WHERE seq = ?1 AND hash = ?2")?.exists(rusqlite::params![seq, hash])
}

/// The bytes of a hash in hex digits.
pub(super) fn unhex(text: &str) -> Option<Hash> {
    let mut hash = Hash::default();
    if text.len() != 2 * hash.len() {
        return None;
    }
    for (at, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(hash)
}

/// A hash in hex digits.
pub(super) fn hex(hash: &Hash) -> String {
    use std::fmt::Write as _;
    hash.iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests;
