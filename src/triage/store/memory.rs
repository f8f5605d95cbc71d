//! What rules that look at more than one event remember, and the alerts that change as more events come in.

use std::collections::HashSet;
use std::os::unix::ffi::OsStrExt as _;
use std::time::Instant;

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::closing::is_closed;
use super::row::{self, LISTED};
use super::{RememberedHit, Store, StoreError};
use crate::detect::{Alert, AlertId, Body, EventOrder, GroupKey, Hit, MemoryUpdate, Remembering};
use crate::trail::{Checkpoint, CheckpointColumns};
use crate::triage::{AlertRow, NewAlert};

/// How long after an event CloudTrail may still deliver it, in seconds: it goes on for 30 days, and a day is for clocks.
const LATE: i64 = 31 * 86_400;

impl Store {
    /// Takes up the rules that run now. Answers for each whether everything that was read was put to it; `fresh` says that
    /// nothing was read yet. What is remembered for other rules stays: another console may run them. It goes when none has
    /// for as long as an event can come late and still matter to it.
    ///
    /// # Errors
    /// [`StoreError`] when the state cannot be read or written; so for every method here.
    pub fn register_rules(&mut self, rules: &[Remembering], fresh: bool) -> Result<Vec<bool>, StoreError> {
        let taken = (|| {
            let tx = self.conn.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
            let mut whole = Vec::with_capacity(rules.len());
            for Remembering { fingerprint, former, reach } in rules {
                tx.prepare_cached("UPDATE OR IGNORE rules SET fingerprint = ?1 WHERE fingerprint = ?2")?
                    .execute(params![fingerprint, former])?;
                tx.prepare_cached("INSERT INTO rules (fingerprint, whole) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
                    .execute(params![fingerprint, fresh])?;
                tx.prepare_cached("UPDATE rules SET used = unixepoch(), keep = ?2 WHERE fingerprint = ?1")?
                    .execute(params![fingerprint, LATE.saturating_add(reach / 1_000_000)])?;
                let mut is_whole = tx.prepare_cached("SELECT whole FROM rules WHERE fingerprint = ?1")?;
                whole.push(is_whole.query_row([fingerprint], |row| row.get(0))?);
            }
            tx.execute("UPDATE rules SET used = unixepoch() WHERE used IS NULL", [])?;
            tx.execute("DELETE FROM rules WHERE used + keep < unixepoch()", [])?;
            tx.commit()?;
            Ok(whole)
        })();
        let taken = self.check(taken)?;
        self.rules = rules.iter().map(|rule| rule.fingerprint.clone()).collect();
        self.used = Some(Instant::now());
        Ok(taken)
    }

    /// Writes down that everything this state has read was put to these rules.
    ///
    /// # Errors
    /// See [`Store::register_rules`].
    pub fn mark_caught_up(&mut self, rules: &[String]) -> Result<(), StoreError> {
        let written = rules.iter().try_for_each(|rule| {
            let mut set = self.conn.prepare_cached("UPDATE rules SET whole = 1 WHERE fingerprint = ?1")?;
            set.execute([rule]).map(drop)
        });
        self.check(written)
    }

    /// Hands out what is remembered for the rules with these fingerprints; [`Hit::rule`] is the place in the list.
    ///
    /// # Errors
    /// See [`Store::register_rules`].
    pub fn hits(&self, rules: &[String]) -> Result<Vec<Hit<()>>, StoreError> {
        let mut all = Vec::new();
        let read = (|| {
            let sql = "SELECT key, time, event, until, fold, different, further FROM hits \
                       WHERE rule = (SELECT number FROM rules WHERE fingerprint = ?1)";
            let mut statement = self.conn.prepare_cached(sql)?;
            for (place, rule) in rules.iter().enumerate() {
                for hit in statement.query_map([rule], |row| read_hit(row, place))? {
                    all.push(hit?);
                }
            }
            Ok(())
        })();
        self.check(read).map(|()| all)
    }

    /// The record of an event that is remembered for the rule with this fingerprint.
    ///
    /// # Errors
    /// See [`Store::register_rules`].
    pub fn body(&self, rule: &str, event: &str) -> Result<Option<Body>, StoreError> {
        let sql = "SELECT raw, path, offset FROM hits WHERE rule = (SELECT number FROM rules WHERE fingerprint = ?1) \
                   AND event = ?2";
        let read = |row: &Row<'_>| {
            let origin = row::origin(row, 1, None)?;
            Ok(Body { raw: row.get(0)?, origin })
        };
        self.check(self.conn.prepare_cached(sql).and_then(|mut s| s.query_row([rule, event], read).optional()))
    }

    /// An alert as the list has it, with the id of its event and whether it is taken back; `None` when it is not known.
    ///
    /// # Errors
    /// See [`Store::register_rules`].
    pub fn listed(&self, id: &AlertId) -> Result<Option<AlertRow>, StoreError> {
        self.check(listed(&self.conn, id))
    }
}

fn read_hit(row: &Row<'_>, rule: usize) -> rusqlite::Result<Hit<()>> {
    let different: Vec<u8> = row.get(5)?;
    let folds = row.get::<_, Option<Vec<u8>>>(4)?.unwrap_or_default();
    let different = different.chunks_exact(9).map(|chunk| {
        let value = chunk[1..].iter().fold(0, |value, byte| value << 8 | u64::from(*byte));
        (chunk[0], value)
    });
    Ok(Hit {
        rule,
        key: GroupKey(row.get(0)?),
        further: row.get(6)?,
        folds: folds.as_chunks().0.iter().copied().map(GroupKey).collect(),
        at: EventOrder { time: row.get(1)?, event: row.get::<_, String>(2)?.into() },
        until: row.get(3)?,
        distinct: different.collect(),
        body: (),
    })
}

/// Writes down that a file is about to count as read further than it did: rules that do not run here have not seen that.
pub(super) fn unseen(conn: &Connection, rules: &HashSet<String>, marks: &[Checkpoint]) -> rusqlite::Result<()> {
    let mut whole = conn.prepare_cached("SELECT fingerprint FROM rules WHERE whole")?;
    let whole = whole.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()?;
    let others: Vec<&String> = whole.iter().filter(|fingerprint| !rules.contains(*fingerprint)).collect();
    if others.is_empty() {
        return Ok(());
    }
    // Where another console has read as much of the file, its rules have seen that.
    let mut known = conn.prepare_cached("SELECT 1 FROM marks WHERE path = ?1 AND size = ?2 AND consumed = ?3")?;
    for CheckpointColumns { path, size, consumed, .. } in marks.iter().map(Checkpoint::columns) {
        if !known.exists(params![path.as_os_str().as_bytes(), size.cast_signed(), consumed.cast_signed()])? {
            let mut set = conn.prepare_cached("UPDATE rules SET whole = 0 WHERE fingerprint = ?1")?;
            return others.into_iter().try_for_each(|other| set.execute([other]).map(drop));
        }
    }
    Ok(())
}

/// Writes down that these rules still run.
pub(super) fn in_use(conn: &Connection, rules: &HashSet<String>) -> rusqlite::Result<()> {
    let mut set = conn.prepare_cached("UPDATE rules SET used = unixepoch() WHERE fingerprint = ?1")?;
    rules.iter().try_for_each(|rule| set.execute([rule]).map(drop))
}

/// Writes down what is to be remembered.
pub(super) fn keep(conn: &Connection, kept: &[RememberedHit], entries: &[MemoryUpdate]) -> rusqlite::Result<()> {
    let rule = "(SELECT number FROM rules WHERE fingerprint = ?1)";
    let mut insert = conn.prepare_cached(
        "INSERT INTO hits (rule, key, time, event, until, fold, different, raw, path, offset, further) \
         SELECT number, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11 FROM rules WHERE fingerprint = ?1 \
         ON CONFLICT DO NOTHING",
    )?;
    for RememberedHit { rule, hit } in kept {
        let different: Vec<u8> =
            hit.distinct.iter().flat_map(|(field, value)| [*field].into_iter().chain(value.to_be_bytes())).collect();
        let folds: Vec<u8> = hit.folds.iter().flat_map(|key| key.0).collect();
        let Body { raw, origin } = &hit.body;
        let (path, offset, _) = origin.columns();
        insert.execute(params![
            rule,
            hit.key.0,
            hit.at.time,
            &*hit.at.event,
            hit.until,
            (!folds.is_empty()).then_some(folds),
            different,
            raw,
            path.as_os_str().as_bytes(),
            offset.cast_signed(),
            hit.further,
        ])?;
    }
    for entry in entries {
        match entry {
            MemoryUpdate::Until(fingerprint, key, first, until) => conn
                .prepare_cached(&format!(
                    "UPDATE hits SET until = ?2 WHERE rule = {rule} AND key = ?3 AND time = ?4 AND event = ?5"
                ))?
                .execute(params![&**fingerprint, until, key.0, first.time, &*first.event])?,
            MemoryUpdate::Drop(fingerprint, key, first) => conn
                .prepare_cached(&format!(
                    "DELETE FROM hits WHERE rule = {rule} AND key = ?2 AND time = ?3 AND event = ?4"
                ))?
                .execute(params![&**fingerprint, key.0, first.time, &*first.event])?,
            MemoryUpdate::Forget(fingerprint, key, last) => {
                let (time, event) = last.as_ref().map_or((i64::MAX, ""), |last| (last.time, &*last.event));
                conn.prepare_cached(&format!(
                    "DELETE FROM hits WHERE rule = {rule} AND key = ?2 AND (time, event) <= (?3, ?4)"
                ))?
                .execute(params![&**fingerprint, key.0, time, event])?
            }
        };
    }
    Ok(())
}

/// Takes an alert back. Answers how it is listed now, if that is a change.
pub(super) fn withdraw(conn: &Connection, id: &AlertId) -> rusqlite::Result<Option<AlertRow>> {
    let changed =
        conn.prepare_cached("UPDATE alerts SET withdrawn = 1 WHERE id = ?1 AND NOT withdrawn")?.execute([&id.0])?;
    if changed == 0 { Ok(None) } else { listed(conn, id) }
}

/// Brings an alert that is known up to date with the events it stands for; one that stands closed keeps those that it
/// has, unless `closed_grow`. Whether that is a change.
pub(super) fn revise(conn: &Connection, found: &NewAlert, closed_grow: bool) -> rusqlite::Result<bool> {
    let Alert { id, event_id, time, reason, summary, assessment, .. } = &found.alert;
    if !closed_grow && is_closed(conn, id)? {
        let sql = "UPDATE alerts SET withdrawn = 0 WHERE id = ?1 AND withdrawn";
        return Ok(conn.prepare_cached(sql)?.execute([&id.0])? > 0);
    }
    let aggregate = aggregate(&found.alert)?;
    let changed = conn
        .prepare_cached(
            "UPDATE alerts SET event_id = ?2, time = ?3, reason = ?4, actor = ?5, source = ?6, target = ?7, \
             destination = ?8, account = ?9, region = ?10, action = ?11, suspicious = ?12, count = ?13, \
             aggregate = ?14, withdrawn = 0, priority = ?15, findings = ?16, trace = ?17, refined = 0 WHERE id = ?1 AND (aggregate IS NOT ?14 OR event_id <> ?2 OR withdrawn)",
        )?
        .execute(params![
            id.0,
            event_id,
            time.timestamp_micros(),
            reason,
            summary.actor,
            summary.source,
            summary.target,
            summary.destination,
            summary.account,
            summary.region,
            summary.action,
            summary.suspicious,
            found.alert.count().cast_signed(),
            aggregate,
            assessment.priority,
            row::findings(assessment),
            assessment.trace.to_json(),
        ])?;
    if changed > 0 {
        let number = conn
            .prepare_cached("SELECT number FROM alerts WHERE id = ?1")?
            .query_row([&id.0], |row| row.get::<_, i64>(0))?;
        row::put_body(conn, number, &found.alert)?;
    }
    Ok(changed > 0)
}

pub(super) fn listed(conn: &Connection, id: &AlertId) -> rusqlite::Result<Option<AlertRow>> {
    conn.prepare_cached(&format!("SELECT {LISTED} FROM alerts WHERE id = ?1"))?
        .query_row([&id.0], row::listed)
        .optional()
}

/// What an alert says beyond its own event, as the state has it.
pub(super) fn aggregate(alert: &Alert) -> rusqlite::Result<Option<String>> {
    let text = alert.aggregate.as_ref().map(serde_json::to_string).transpose();
    text.map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}
