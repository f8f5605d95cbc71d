//! Writing down what the readers found: alerts, marks and first sights, in one transaction, so that a file counts as
//! read exactly when its alerts are stored.

use std::collections::BTreeSet;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};
use sha2::{Digest as _, Sha256};

use super::memory::{self, aggregate};
use super::{
    Batch, FirstSeen, FirstSeenKind, MAX_SEEN, Recorded, Store, StoreError, aliases, archive, cursors, max_signals,
    row, shared,
};
use crate::detect::{Alert, AlertId};
use crate::trail::{Checkpoint, Content};
use crate::triage::NewAlert;
use crate::triage::audit::links;

/// How often it is written down that the rules still run.
const STILL: Duration = Duration::from_secs(3600);

impl Store {
    /// Writes down a batch. It is on disk, wholly, when this returns; on an error nothing of it is.
    ///
    /// # Errors
    /// [`StoreError`] when the state cannot be written.
    pub fn record(&mut self, batch: Batch<'_>) -> Result<Recorded, StoreError> {
        let recorded = self.record_all(batch);
        self.check(recorded)
    }

    fn record_all(&mut self, batch: Batch<'_>) -> rusqlite::Result<Recorded> {
        let closed_grow = self.closed_grow;
        let tx = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut recorded = Recorded::default();
        memory::keep(&tx, batch.kept, batch.entries)?;
        let mut changed = Vec::new();
        for id in batch.withdrawn {
            let former = aliases::of_id(&tx, id)?;
            changed.extend(memory::withdraw(&tx, former.as_ref().unwrap_or(id))?);
        }
        for found in batch.alerts {
            let former = former(&tx, found)?;
            let found = former.as_ref().unwrap_or(found);
            if former.is_none() && insert_alert(&tx, found)? {
                recorded.new.push(found.listed());
            } else if found.alert.aggregate.is_some() && memory::revise(&tx, found, closed_grow)? {
                changed.extend(memory::listed(&tx, &found.alert.id)?);
            }
        }
        let now: i64 = tx.pragma_query_value(None, "data_version", |row| row.get(0))?;
        if batch.version.is_some_and(|version| version != now) {
            max_signals::hold(&tx, batch.limits, &mut recorded.new)?;
        }
        recorded.added = recorded.new.len();
        for listed in &recorded.new {
            recorded.decisions.extend(shared::attach_waiting(&tx, &listed.id)?);
        }
        recorded.new.extend(changed);
        // Each as it is at the end of all this.
        let touched: BTreeSet<&AlertId> = recorded.new.iter().map(|listed| &listed.id).collect();
        for id in touched {
            links::alert(&tx, number(&tx, id)?)?;
        }
        if !batch.marks.is_empty() {
            memory::unseen(&tx, &self.rules, batch.marks)?;
        }
        if self.used.is_some_and(|used| used.elapsed() >= STILL) {
            memory::in_use(&tx, &self.rules)?;
            self.used = Some(Instant::now());
        }
        let mut gone = batch.gone.iter().peekable();
        for (before, mark) in batch.marks.iter().enumerate() {
            while let Some((_, path)) = gone.next_if(|(at, _)| *at <= before) {
                forget(&tx, path)?;
            }
            put_mark(&tx, mark)?;
        }
        gone.try_for_each(|(_, path)| forget(&tx, path))?;
        cursors::put(&tx, batch.cursors)?;
        for kind in FirstSeenKind::ALL {
            recorded.unseen += put_seen(&tx, kind, batch.seen)?;
        }
        tx.commit()?;
        Ok(recorded)
    }
}

/// What was found, as the alert that it is recorded as under a former id.
fn former(conn: &Connection, found: &NewAlert) -> rusqlite::Result<Option<NewAlert>> {
    let former = aliases::of(conn, &found.alert)?;
    Ok(former.map(|id| NewAlert { alert: Alert { id, ..found.alert.clone() }, ..found.clone() }))
}

fn number(conn: &Connection, id: &AlertId) -> rusqlite::Result<i64> {
    conn.prepare_cached("SELECT number FROM alerts WHERE id = ?1")?.query_row([&id.0], |row| row.get(0))
}

/// Whether the alert was new.
fn insert_alert(conn: &Connection, found: &NewAlert) -> rusqlite::Result<bool> {
    let Alert { id, rule_id, rule_name, severity, risk_score, event_id, time, reason, summary, assessment, .. } =
        &found.alert;
    if archive::holds(conn, &id.0)? {
        return Ok(false);
    }
    let inserted = conn
        .prepare_cached(
            "INSERT INTO alerts (id, rule_id, rule_name, severity, risk_score, event_id, time, found, reason, actor, \
             source, target, destination, account, region, action, suspicious, late, held, count, aggregate, \
             priority, findings, trace) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, \
             ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24) \
             ON CONFLICT (id) DO NOTHING",
        )?
        .execute(params![
            id.0,
            rule_id,
            rule_name,
            severity.as_str(),
            risk_score,
            event_id,
            time.timestamp_micros(),
            found.found.timestamp_micros(),
            reason,
            summary.actor,
            summary.source,
            summary.target,
            summary.destination,
            summary.account,
            summary.region,
            summary.action,
            summary.suspicious,
            found.late,
            found.held,
            found.alert.count().cast_signed(),
            aggregate(&found.alert)?,
            assessment.priority,
            row::findings(assessment),
            assessment.trace.to_json(),
        ])?;
    if inserted == 0 {
        return Ok(false);
    }
    row::put_body(conn, conn.last_insert_rowid(), &found.alert)?;
    Ok(true)
}

/// Forgets how far a file was read.
fn forget(conn: &Connection, path: &Path) -> rusqlite::Result<()> {
    conn.prepare_cached("DELETE FROM marks WHERE path = ?1")?.execute([path.as_os_str().as_bytes()]).map(drop)
}

fn put_mark(conn: &Connection, checkpoint: &Checkpoint) -> rusqlite::Result<()> {
    let mark = checkpoint.columns();
    let (device, inode) = mark.id.columns();
    conn.prepare_cached(
        "INSERT OR REPLACE INTO marks (path, device, inode, size, mtime_ns, consumed, head, content, records, bad, \
         problem, first_event, last_event, ctime_ns, unpacked) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
    )?
    .execute(params![
        mark.path.as_os_str().as_bytes(),
        device.cast_signed(),
        inode.cast_signed(),
        mark.size.cast_signed(),
        mark.mtime_ns,
        mark.consumed.cast_signed(),
        mark.head.cast_signed(),
        mark.content.map(Content::word),
        mark.records.cast_signed(),
        mark.bad.cast_signed(),
        mark.problem,
        mark.first_event.map(|t| t.timestamp_micros()),
        mark.last_event.map(row::micros_up),
        mark.ctime_ns,
        mark.unpacked.map(u64::cast_signed),
    ])?;
    Ok(())
}

/// How many values were not taken up.
fn put_seen(conn: &Connection, kind: FirstSeenKind, seen: &[FirstSeen]) -> rusqlite::Result<usize> {
    let number = kind.number();
    let rows: Option<i64> =
        conn.query_row("SELECT rows FROM seen_rows WHERE kind = ?1", [number], |row| row.get(0)).optional()?;
    let before = rows.unwrap_or(0).cast_unsigned();
    let (mut rows, mut refused) = (before, 0);
    let mut earlier = conn.prepare_cached("UPDATE seen SET first = min(first, ?3) WHERE kind = ?1 AND value = ?2")?;
    let mut add = conn.prepare_cached("INSERT INTO seen (kind, value, first) VALUES (?1, ?2, ?3)")?;
    for FirstSeen { value, first, .. } in seen.iter().filter(|seen| seen.kind == kind) {
        let row = params![number, hashed(value), first.timestamp_micros()];
        if earlier.execute(row)? > 0 {
            continue;
        }
        if rows < MAX_SEEN {
            add.execute(row)?;
            rows += 1;
        } else {
            refused += 1;
        }
    }
    if rows != before {
        conn.execute("INSERT OR REPLACE INTO seen_rows VALUES (?1, ?2)", params![number, rows.cast_signed()])?;
    }
    Ok(refused)
}

/// What stands for `value` in the table: short whatever its length, and nothing that a reader of the file learns from.
pub(super) fn hashed(value: &str) -> [u8; 16] {
    let mut short = [0; 16];
    short.copy_from_slice(&Sha256::digest(value)[..16]);
    short
}
