//! Moving alerts that were closed long ago into an archive: a console starts with what is in the state, all of it.
//!
//! An archive is a state by itself, with the alerts, their evidence and their decisions as they were: `report`, `audit
//! verify` and a console open it like any other. It is written whole and put in its place before anything leaves the state;
//! then alerts leave a few at a time, each with links in the audit chain that say so, in the transaction that removes it.
//! Whoever stops it in between has some alerts in both, none in neither, and both chains verify.
//!
//! The numbers and hashes of decisions stay what they were. Each side has links for those that the other holds, so that
//! either chain of decisions is checked without a gap. The ids of archived alerts stay known to the state: their events may
//! be delivered again.

use std::fs::File;
use std::path::Path;

use chrono::{DateTime, Utc};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Row, TransactionBehavior, params, params_from_iter};

use super::anchor::{self, beside};
use super::row::{self, DECISION};
use super::{Store, StoreError, schema};
use crate::triage::audit::Hash;
use crate::triage::audit::links::{self, Kind};
use crate::triage::{Case, Status};

/// Alerts that leave the state in one transaction: others want to write in between.
const AT_ONCE: i64 = 500;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Archived {
    pub alerts: u64,
    /// Their decisions.
    pub decisions: u64,
    /// Alerts that are in the archive and stay in the state too, as somebody worked on them meanwhile.
    pub stayed: u64,
}

impl Store {
    /// Moves the alerts that are closed, and were before `before`, into a new archive at `to`. Where there are none, no
    /// file is made.
    ///
    /// # Errors
    /// [`StoreError`] when the archive cannot be written, and then nothing has left the state; or when the state cannot be,
    /// and then what has not left it is in both.
    pub fn archive(&mut self, before: DateTime<Utc>, to: &Path) -> Result<Archived, StoreError> {
        let io = |source| StoreError::Io { path: to.to_owned(), source };
        let to_real = std::path::absolute(to).map_err(io)?;
        let refused = |why: &str| StoreError::Permission {
            path: to.to_owned(),
            why: why.to_owned(),
            fix: "name another file".to_owned(),
        };
        let Some(folder) = to_real.parent().filter(|_| to_real.file_name().is_some()) else {
            return Err(refused("it names no file"));
        };
        if anchor::id(&to_real).is_ok() || beside(&to_real, "-wal").exists() {
            return Err(refused("it, or a write-ahead log beside it, is there already"));
        }
        self.in_place()?;
        let part = tempfile::Builder::new().prefix(".watchfloor-").suffix(".part").tempfile_in(folder).map_err(io)?;
        let chosen = self.check(choose(&self.conn, before))?;
        if chosen == 0 {
            return Ok(Archived::default());
        }
        // Errors of either file: what is said is about the one that is being written.
        copy(&self.conn, part.path()).map_err(|e| StoreError::explain(to, self.patience, e))?;
        part.as_file().sync_all().map_err(io)?;
        part.persist_noclobber(&to_real).map_err(|e| io(e.error))?;
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(io)?;
        let removed = self.remove_chosen();
        let archived = self.check(removed)?;
        self.acknowledge()?;
        Ok(archived)
    }

    pub(super) fn remove_chosen(&mut self) -> rusqlite::Result<Archived> {
        let mut archived = Archived::default();
        let mut last = i64::MIN;
        loop {
            let tx = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let some: Vec<(i64, Hash)> = tx
                .prepare_cached("SELECT number, content FROM temp.chosen WHERE number > ?1 ORDER BY number LIMIT ?2")?
                .query_map(params![last, AT_ONCE], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<rusqlite::Result<_>>()?;
            let Some((end, _)) = some.last() else { break };
            last = *end;
            for (number, content) in &some {
                match remove(&tx, *number, content)? {
                    Some(decisions) => {
                        archived.alerts += 1;
                        archived.decisions += decisions;
                    }
                    None => archived.stayed += 1,
                }
            }
            tx.commit()?;
        }
        self.conn.execute_batch("DROP TABLE temp.chosen")?;
        Ok(archived)
    }
}

/// Lists what is to be archived, with what tells later whether it has changed. How many alerts that is.
pub(super) fn choose(conn: &Connection, before: DateTime<Utc>) -> rusqlite::Result<usize> {
    conn.execute_batch(
        "DROP TABLE IF EXISTS temp.chosen; \
         CREATE TEMP TABLE chosen (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, content BLOB NOT NULL)",
    )?;
    let moment = conn.unchecked_transaction()?;
    let mut count = 0;
    each(conn, "SELECT number, id FROM alerts ORDER BY number", |alert| {
        let (number, id): (i64, String) = (alert.get(0)?, alert.get(1)?);
        let sql = format!("SELECT {DECISION} FROM decisions WHERE alert = ?1 ORDER BY seq");
        let mut history = conn.prepare_cached(&sql)?;
        // What cannot be read stays where somebody may still see to it.
        let Ok(decisions) = history.query_map([&id], row::decision)?.collect::<rusqlite::Result<Vec<_>>>() else {
            return Ok(());
        };
        let case = Case::fold(&decisions);
        if matches!(case.status, Status::Closed(_)) && case.status_by.is_some_and(|(_, at)| at < before) {
            let tells = tells(conn, number, &id)?;
            conn.prepare_cached("INSERT INTO temp.chosen VALUES (?1, ?2, ?3)")?.execute(params![number, id, tells])?;
            count += 1;
        }
        Ok(())
    })?;
    moment.commit()?;
    Ok(count)
}

/// What tells whether an alert, or what was decided on it, has changed.
fn tells(conn: &Connection, number: i64, id: &str) -> rusqlite::Result<Hash> {
    let last: Option<i64> =
        conn.prepare_cached("SELECT max(seq) FROM decisions WHERE alert = ?1")?.query_row([id], |row| row.get(0))?;
    let mut tells = links::alert_content(conn, number)?;
    for (byte, of) in tells.iter_mut().zip(last.unwrap_or_default().to_be_bytes()) {
        *byte ^= of;
    }
    Ok(tells)
}

fn copy(from: &Connection, to: &Path) -> rusqlite::Result<()> {
    let archive = Connection::open(to)?;
    // It is nothing until it is whole, and put in its place only then.
    archive.pragma_update(None, "synchronous", "OFF")?;
    archive.pragma_update_and_check(None, "journal_mode", "OFF", |_| Ok(()))?;
    schema::migrate(&archive)?;
    let tx = archive.unchecked_transaction()?;
    let moment = from.unchecked_transaction()?;
    let chosen = "number IN (SELECT number FROM temp.chosen)";
    each(from, &format!("SELECT * FROM alerts WHERE {chosen} ORDER BY number"), |row| insert(&tx, "alerts", row))?;
    let bodies = format!("SELECT * FROM bodies WHERE {} ORDER BY alert", chosen.replacen("number", "alert", 1));
    each(from, &bodies, |row| insert(&tx, "bodies", row))?;
    each(from, "SELECT * FROM aliases WHERE alert IN (SELECT id FROM temp.chosen)", |row| insert(&tx, "aliases", row))?;
    each(from, "SELECT number FROM temp.chosen ORDER BY number", |row| links::alert(&tx, row.get(0)?))?;
    decisions(from, &tx)?;
    moment.commit()?;
    tx.commit()?;
    archive.close().map_err(|(_, error)| error)
}

/// Copies decisions in their order, with a link for each that stays behind or was archived before.
fn decisions(from: &Connection, to: &Connection) -> rusqlite::Result<()> {
    let sql = "SELECT seq, alert, at, analyst, action, hash, alert IN (SELECT id FROM temp.chosen) FROM decisions \
               WHERE seq > 0 UNION ALL \
               SELECT CAST(subject AS INTEGER), NULL, NULL, NULL, NULL, content, 0 FROM links \
               WHERE kind = 'archived decision' ORDER BY 1";
    let mut place = to.prepare("UPDATE chain SET seq = ?1, hash = ?2")?;
    let mut put =
        to.prepare("INSERT INTO decisions (seq, alert, at, analyst, action, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
    let mut before = Hash::default();
    each(from, sql, |row| {
        let (seq, hash): (i64, Hash) = (row.get(0)?, row.get(5)?);
        if row.get(6)? {
            let values = (1..=4).map(|column| owned(row, column)).collect::<rusqlite::Result<Vec<Value>>>()?;
            place.execute(params![seq - 1, before])?;
            put.execute(params![seq, values[0], values[1], values[2], values[3], hash])?;
            let ValueRef::Text(analyst) = row.get_ref(3)? else { return Err(rusqlite::Error::InvalidQuery) };
            let analyst = String::from_utf8_lossy(analyst);
            links::append(to, Kind::Decision, &seq.to_string(), &hash, Some(&analyst))?;
        } else {
            links::append(to, Kind::ArchivedDecision, &seq.to_string(), &hash, None)?;
        }
        before = hash;
        place.execute(params![seq, hash]).map(drop)
    })
}

fn each(conn: &Connection, sql: &str, mut take: impl FnMut(&Row<'_>) -> rusqlite::Result<()>) -> rusqlite::Result<()> {
    let mut statement = conn.prepare(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        take(row)?;
    }
    Ok(())
}

/// Writes a row as it is into the table of the same name.
fn insert(to: &Connection, table: &str, row: &Row<'_>) -> rusqlite::Result<()> {
    let columns = row.as_ref().column_count();
    let places = vec!["?"; columns].join(", ");
    let values = (0..columns).map(|column| owned(row, column)).collect::<rusqlite::Result<Vec<Value>>>()?;
    to.prepare_cached(&format!("INSERT INTO {table} VALUES ({places})"))?.execute(params_from_iter(values)).map(drop)
}

fn owned(row: &Row<'_>, column: usize) -> rusqlite::Result<Value> {
    row.get_ref(column)
        .map(Value::try_from)?
        .map_err(|e| rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, e.into()))
}

/// Takes an archived alert out of the state. How many decisions went with it; nothing when it has changed and stays.
fn remove(tx: &Connection, number: i64, content: &Hash) -> rusqlite::Result<Option<u64>> {
    let id: String =
        tx.prepare_cached("SELECT id FROM temp.chosen WHERE number = ?1")?.query_row([number], |row| row.get(0))?;
    if !tx.prepare_cached("SELECT 1 FROM alerts WHERE number = ?1")?.exists([number])?
        || tells(tx, number, &id)? != *content
    {
        return Ok(None);
    }
    let seqs: Vec<i64> = tx
        .prepare_cached("SELECT seq FROM decisions WHERE alert = ?1 ORDER BY seq")?
        .query_map([&id], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for seq in &seqs {
        links::archive_decision(tx, *seq)?;
    }
    links::archive_alert(tx, number)?;
    for sql in [
        "INSERT INTO archived SELECT id FROM aliases WHERE alert = ?1 UNION SELECT ?1 ON CONFLICT DO NOTHING",
        "DELETE FROM decisions WHERE alert = ?1",
        "DELETE FROM aliases WHERE alert = ?1",
        "DELETE FROM bodies WHERE alert = (SELECT number FROM alerts WHERE id = ?1)",
        "DELETE FROM alerts WHERE id = ?1",
    ] {
        tx.prepare_cached(sql)?.execute([&id])?;
    }
    Ok(Some(seqs.len() as u64))
}

/// Whether the alert with this id has been archived.
pub(super) fn holds(conn: &Connection, id: &str) -> rusqlite::Result<bool> {
    conn.prepare_cached("SELECT 1 FROM archived WHERE id = ?1")?.exists([id])
}
