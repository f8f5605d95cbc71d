//! The links of the chain: one for each alert with its evidence, for each change of one, for each decision and for each
//! switch of a rule. A link holds a hash of what it is about, as the tables have it. An alert that changes gets another
//! link, and it is its last that the alert must agree with.
//!
//! They are written in the transaction of what they are about.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Result, Row, params};
use sha2::{Digest as _, Sha256};

use super::Hash;

/// What a link is about. The words are in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::triage) enum Kind {
    /// The chain of decisions of schema 1 and 2, up to where this one began.
    Begin,
    /// An alert, by its number.
    Alert,
    /// A decision, by its seq.
    Decision,
    /// The newest word on whether a rule runs, by the rule's id.
    Switch,
    /// An alert that was moved to an archive, by its number: as its last link had it.
    ArchivedAlert,
    /// The same of a decision.
    ArchivedDecision,
}

impl Kind {
    pub(super) const ALL: [Self; 6] =
        [Self::Begin, Self::Alert, Self::Decision, Self::Switch, Self::ArchivedAlert, Self::ArchivedDecision];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Begin => "begin",
            Self::Alert => "alert",
            Self::Decision => "decision",
            Self::Switch => "switch",
            Self::ArchivedAlert => "archived alert",
            Self::ArchivedDecision => "archived decision",
        }
    }
}

/// A row of the chain, as the file holds it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Link<'a> {
    pub(super) seq: i64,
    pub(super) kind: &'a [u8],
    pub(super) subject: &'a [u8],
    pub(super) content: &'a [u8],
    pub(super) analyst: Option<&'a [u8]>,
    pub(super) uid: Option<i64>,
}

impl Link<'_> {
    /// Its hash, where it follows the row with the hash `before`.
    pub(super) fn hash(self, before: &Hash) -> Hash {
        let Self { seq, kind, subject, content, analyst, uid } = self;
        let mut hash = Sha256::new();
        hash.update(before);
        let text = |bytes| Some(ValueRef::Text(bytes));
        let uid = uid.map(ValueRef::Integer);
        let values =
            [Some(ValueRef::Integer(seq)), text(kind), text(subject), text(content), analyst.and_then(text), uid];
        values.into_iter().for_each(|value| add(&mut hash, value.unwrap_or(ValueRef::Null)));
        hash.finalize().into()
    }
}

/// Adds a value, so that no two rows of different values come to the same.
fn add(hash: &mut Sha256, value: ValueRef<'_>) {
    let (number, real);
    let (kind, bytes): (u8, &[u8]) = match value {
        ValueRef::Null => (0, &[]),
        ValueRef::Integer(value) => {
            number = value.to_be_bytes();
            (1, &number)
        }
        ValueRef::Real(value) => {
            real = value.to_be_bytes();
            (2, &real)
        }
        ValueRef::Text(bytes) => (3, bytes),
        ValueRef::Blob(bytes) => (4, bytes),
    };
    hash.update([kind]);
    hash.update((bytes.len() as u64).to_be_bytes());
    hash.update(bytes);
}

/// The hash of a row's first `columns` values.
pub(super) fn content(row: &Row<'_>, columns: usize) -> Result<Hash> {
    let mut hash = Sha256::new();
    for column in 0..columns {
        add(&mut hash, row.get_ref(column)?);
    }
    Ok(hash.finalize().into())
}

/// What the link of an alert covers: all of it, and its evidence.
pub(super) const ALERT: (&str, usize) = (
    "number, id, rule_id, rule_name, severity, risk_score, event_id, time, found, reason, actor, source, target, \
     destination, account, region, action, suspicious, late, held, count, withdrawn, aggregate, ecs, raw, path, offset, \
     envelope",
    28,
);

/// What the link of a switch covers.
pub(super) const SWITCH: (&str, usize) = ("rule, enabled, analyst, at", 4);

/// Where the chain ends: the last link's seq and hash, as recorded when it was written.
pub(in crate::triage) fn end(conn: &Connection) -> Result<(i64, Hash)> {
    let sql = "SELECT seq, hash FROM links_end WHERE id = 1";
    conn.prepare_cached(sql)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Adds a link about something with this hash, done by `analyst`.
pub(in crate::triage) fn append(
    conn: &Connection,
    kind: Kind,
    subject: &str,
    content: &Hash,
    analyst: Option<&str>,
) -> Result<()> {
    append_as(conn, kind, subject, content, analyst, Some(rustix::process::getuid().as_raw().into()))
}

fn append_as(
    conn: &Connection,
    kind: Kind,
    subject: &str,
    content: &Hash,
    analyst: Option<&str>,
    uid: Option<i64>,
) -> Result<()> {
    let (last, before) = end(conn)?;
    let (seq, kind) = (last + 1, kind.as_str());
    let link = Link {
        seq,
        kind: kind.as_bytes(),
        subject: subject.as_bytes(),
        content,
        analyst: analyst.map(str::as_bytes),
        uid,
    };
    let hash = link.hash(&before);
    conn.prepare_cached(
        "INSERT INTO links (seq, kind, subject, content, analyst, uid, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![seq, kind, subject, content, analyst, uid, hash])?;
    conn.prepare_cached("UPDATE links_end SET seq = ?1, hash = ?2")?.execute(params![seq, hash]).map(drop)
}

/// Adds a link about the alert with this number, as it is now.
pub(in crate::triage) fn alert(conn: &Connection, number: i64) -> Result<()> {
    append(conn, Kind::Alert, &number.to_string(), &alert_content(conn, number)?, None)
}

pub(in crate::triage) fn alert_content(conn: &Connection, number: i64) -> Result<Hash> {
    let (columns, count) = ALERT;
    let sql = format!("SELECT {columns} FROM alerts LEFT JOIN bodies ON alert = number WHERE number = ?1");
    conn.prepare_cached(&sql)?.query_row([number], |row| content(row, count))
}

/// Adds a link about the switch of this rule, as it is now.
pub(in crate::triage) fn switch(conn: &Connection, rule: &str, analyst: &str) -> Result<()> {
    append(conn, Kind::Switch, rule, &switch_content(conn, rule)?, Some(analyst))
}

fn switch_content(conn: &Connection, rule: &str) -> Result<Hash> {
    let (columns, count) = SWITCH;
    let sql = format!("SELECT {columns} FROM switches WHERE rule = ?1");
    conn.prepare_cached(&sql)?.query_row([rule], |row| content(row, count))
}

/// Adds a link that says that the alert with this number is in an archive from now on, as it is now.
pub(in crate::triage) fn archive_alert(conn: &Connection, number: i64) -> Result<()> {
    append(conn, Kind::ArchivedAlert, &number.to_string(), &alert_content(conn, number)?, None)
}

/// The same for a decision.
pub(in crate::triage) fn archive_decision(conn: &Connection, seq: i64) -> Result<()> {
    let hash = conn
        .prepare_cached("SELECT hash FROM decisions WHERE seq = ?1")?
        .query_row([seq], |row| row.get::<_, Hash>(0))?;
    append(conn, Kind::ArchivedDecision, &seq.to_string(), &hash, None)
}

/// The first link of a chain that goes on from one of decisions alone: it covers where that ended.
pub(in crate::triage) fn begin(conn: &Connection) -> Result<()> {
    let (seq, hash) = super::end(conn)?;
    append_as(conn, Kind::Begin, &seq.to_string(), &hash, None, None)
}

/// Adds links about everything there is, for a state that had none. Who wrote it is not known.
pub(in crate::triage) fn take_up(conn: &Connection) -> Result<()> {
    let numbers = |sql: &str| conn.prepare(sql)?.query_map([], |row| row.get(0))?.collect::<Result<Vec<i64>>>();
    for number in numbers("SELECT number FROM alerts ORDER BY number")? {
        append_as(conn, Kind::Alert, &number.to_string(), &alert_content(conn, number)?, None, None)?;
    }
    for seq in numbers("SELECT seq FROM decisions WHERE seq > 0 ORDER BY seq")? {
        let (hash, analyst): (Vec<u8>, String) = conn
            .prepare_cached("SELECT hash, analyst FROM decisions WHERE seq = ?1")?
            .query_row([seq], |row| Ok((row.get(0)?, row.get(1)?)))?;
        // One that is damaged is named by the chain of decisions.
        let hash = Hash::try_from(hash).unwrap_or_default();
        append_as(conn, Kind::Decision, &seq.to_string(), &hash, Some(&analyst), None)?;
    }
    let mut rules = conn.prepare("SELECT rule, analyst FROM switches ORDER BY rule")?;
    let rules: Vec<(String, String)> =
        rules.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_>>()?;
    for (rule, analyst) in rules {
        append_as(conn, Kind::Switch, &rule, &switch_content(conn, &rule)?, Some(&analyst), None)?;
    }
    Ok(())
}
