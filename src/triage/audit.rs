//! The audit chain: every alert with its evidence, every decision and every switch of a rule is a link that carries a hash
//! over what it is about and the link before, and the end of the chain is kept apart. So a row edited, deleted, inserted,
//! moved or cut off the end is noticed and named. Each link holds the kernel's user id of the process that wrote it: the
//! analyst's name is only what the process was told.
//!
//! What a chain without a key proves: that nothing was changed by hand, by damage, or by whoever does not know how it is
//! made. What it cannot prove: whoever may write the file and knows the scheme can build a whole new chain, or take rows off
//! its end, or add to it, and it will agree with itself. A [`Head`] that was noted where that person cannot write (a
//! ticket, syslog, another host) closes that up to the link it names: [`Store::verify`](super::Store::verify) finds it in the chain as it was, or
//! everything up to there is in doubt. What was added since is covered by the next head that is noted.
//!
//! Decisions have been a chain of their own since schema 1, and go on being one: a head noted then still counts.
//!
//! - `links` is what is written, `check` reads it back.

use std::fmt;
use std::str::FromStr;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};
use sha2::{Digest as _, Sha256};

mod check;
pub(super) mod links;

pub(super) use check::check;

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
    pub alerts: i64,
    /// How many rules were ever switched off.
    pub switches: i64,
    pub head: Head,
}

/// A place in the chain: `SEQ:HASH`, with 64 hex digits. Zeros for an empty chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    pub seq: i64,
    pub hash: [u8; 32],
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.seq, hex(&self.hash))
    }
}

impl FromStr for Head {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let head = text.trim().split_once(':').and_then(|(seq, digits)| {
            let seq = seq.parse().ok().filter(|seq| *seq >= 0)?;
            Some(Self { seq, hash: unhex(digits)? })
        });
        head.ok_or_else(|| "expected SEQ:HASH as `watchfloor audit head` prints it, with 64 hex digits".to_owned())
    }
}

/// What is wrong with a state of which a table is gone, or holds what was never written there.
pub(super) fn unreadable(error: &rusqlite::Error) -> Option<String> {
    match error {
        rusqlite::Error::SqliteFailure(_, Some(why)) if why.starts_with("no such ") => Some(why.clone()),
        rusqlite::Error::SqlInputError { msg, .. } if msg.starts_with("no such ") => Some(msg.clone()),
        rusqlite::Error::InvalidColumnType(..) | rusqlite::Error::FromSqlConversionFailure(..) => {
            Some(format!("it holds what watchfloor never writes there ({error})"))
        }
        _ => None,
    }
}

/// What is broken, and why.
type Broken = (String, String);

fn broken(what: impl Into<String>, why: impl Into<String>) -> Broken {
    (what.into(), why.into())
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
    chained(before, seq, at, &[alert, analyst, action])
}

/// The hash of what follows something with the hash `before`.
pub(super) fn chained(before: &Hash, number: i64, at: i64, fields: &[&[u8]]) -> Hash {
    let mut hash = Sha256::new();
    hash.update(before);
    hash.update(number.to_be_bytes());
    hash.update(at.to_be_bytes());
    for field in fields {
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

/// Whether the chain of decisions has this row, with this hash, or had it before it was archived.
pub(super) fn holds(conn: &Connection, seq: i64, hash: &Hash) -> rusqlite::Result<bool> {
    let known = |sql: &str| conn.prepare_cached(sql)?.exists(rusqlite::params![seq, hash]);
    if seq == 0 || known("SELECT 1 FROM decisions WHERE seq = ?1 AND hash = ?2")? {
        return Ok(true);
    }
    // A state of an older version, that is about to be brought up to date, has no archive.
    if !conn.prepare_cached("SELECT 1 FROM sqlite_schema WHERE name = 'links'")?.exists([])? {
        return Ok(false);
    }
    known("SELECT 1 FROM links WHERE kind = 'archived decision' AND subject = CAST(?1 AS TEXT) AND content = ?2")
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
