//! Writing down what the readers found: alerts, marks and first sights, in one transaction, so that a file counts as
//! read exactly when its alerts are stored.

use std::collections::BTreeSet;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};
use sha2::{Digest as _, Sha256};

use super::memory::{self, RememberedHit, aggregate};
use super::{RuleMaxSignals, Store, StoreError, aliases, archive, max_signals, row};
use crate::detect::{Alert, AlertId, MemoryUpdate};
use crate::trail::FileMark;
use crate::triage::AlertRow;
use crate::triage::audit::links;

/// How many values of one [`FirstSeenKind`] are remembered (some 40 bytes each). Past that the known ones are kept and new
/// ones are not taken up: what is established stays known, and whatever comes up later counts as never seen, whoever
/// floods the log with made-up names. [`Store::seen_full`] tells.
pub const MAX_SEEN: u64 = 500_000;

/// How often it is written down that the rules still run.
const STILL: Duration = Duration::from_secs(3600);

/// What is found in one go.
#[derive(Debug, Clone, Copy, Default)]
pub struct Batch<'a> {
    /// Alerts; those already known are left alone.
    pub alerts: &'a [NewAlert],
    /// How far files have been read; replaces what was known of each path.
    pub marks: &'a [FileMark],
    /// Files that are gone or have another name, each with how many of the marks come before that.
    pub gone: &'a [(usize, PathBuf)],
    /// First sights; the earliest time counts.
    pub seen: &'a [FirstSeen],
    /// Events to remember, before `entries`.
    pub kept: &'a [RememberedHit],
    /// What else changes of what is remembered.
    pub entries: &'a [MemoryUpdate],
    /// Alerts to take back.
    pub withdrawn: &'a [AlertId],
    /// What [`Store::data_version`] said when it was worked out which alerts are held. Where others have written since, what
    /// is past these limits is held too.
    pub version: Option<i64>,
    /// How many alerts are listed.
    pub limits: &'a [RuleMaxSignals],
}

/// An alert with the circumstances of its finding.
#[derive(Debug, Clone, PartialEq)]
pub struct NewAlert {
    /// The alert.
    pub alert: Alert,
    /// When it was found, see [`AlertRow::found`].
    pub found: DateTime<Utc>,
    /// See [`AlertRow::late`].
    pub late: bool,
    /// See [`AlertRow::held`].
    pub held: bool,
}

impl NewAlert {
    /// The alert as lists show it.
    #[must_use]
    pub fn listed(&self) -> AlertRow {
        let Self { alert, found, late, held } = self;
        AlertRow {
            id: alert.id.clone(),
            rule_id: alert.rule_id.clone(),
            rule_name: alert.rule_name.clone(),
            severity: alert.severity,
            risk_score: alert.risk_score,
            event_id: alert.event_id.clone(),
            time: to_micros(alert.time),
            found: to_micros(*found),
            reason: alert.reason.clone(),
            summary: alert.summary.clone(),
            late: *late,
            held: *held,
            count: alert.count(),
            withdrawn: false,
        }
    }
}

/// What kind of value was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FirstSeenKind {
    /// Who acted.
    Actor,
    /// From where.
    Address,
    /// With which user agent.
    Agent,
}

impl FirstSeenKind {
    pub(super) fn number(self) -> i64 {
        match self {
            Self::Actor => 1,
            Self::Address => 2,
            Self::Agent => 3,
        }
    }
}

/// A value and when an event first showed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstSeen {
    /// Its kind.
    pub kind: FirstSeenKind,
    /// The value, of any length; a hash of it is kept.
    pub value: String,
    /// Time of the earliest event with it.
    pub first: DateTime<Utc>,
}

/// What became of a [`Batch`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Recorded {
    /// The alerts that were new, then those that say something else than before or were taken back.
    pub new: Vec<AlertRow>,
    /// How many of them were new.
    pub added: usize,
    /// First sights that were not taken up, as their kind is full: see [`MAX_SEEN`].
    pub unseen: usize,
}

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
        for kind in [FirstSeenKind::Actor, FirstSeenKind::Address, FirstSeenKind::Agent] {
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
    let Alert { id, rule_id, rule_name, severity, risk_score, event_id, time, reason, summary, .. } = &found.alert;
    if archive::holds(conn, &id.0)? {
        return Ok(false);
    }
    let inserted = conn
        .prepare_cached(
            "INSERT INTO alerts (id, rule_id, rule_name, severity, risk_score, event_id, time, found, reason, actor, \
             source, target, destination, account, region, action, suspicious, late, held, count, aggregate) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21) \
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
        ])?;
    if inserted == 0 {
        return Ok(false);
    }
    put_body(conn, conn.last_insert_rowid(), &found.alert)?;
    Ok(true)
}

/// Writes the event behind the alert with this number, in place of one before.
pub(super) fn put_body(conn: &Connection, number: i64, alert: &Alert) -> rusqlite::Result<()> {
    let Alert { ecs, raw, source, .. } = alert;
    conn.prepare_cached(
        "INSERT OR REPLACE INTO bodies (alert, ecs, raw, path, offset, envelope) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        number,
        ecs,
        raw,
        source.path.as_os_str().as_bytes(),
        source.offset.cast_signed(),
        source.envelope
    ])?;
    Ok(())
}

/// Forgets how far a file was read.
fn forget(conn: &Connection, path: &Path) -> rusqlite::Result<()> {
    conn.prepare_cached("DELETE FROM marks WHERE path = ?1")?.execute([path.as_os_str().as_bytes()]).map(drop)
}

fn put_mark(conn: &Connection, mark: &FileMark) -> rusqlite::Result<()> {
    conn.prepare_cached(
        "INSERT OR REPLACE INTO marks (path, device, inode, size, mtime_ns, consumed, head, content, records, bad, \
         problem, first_event, last_event, ctime_ns, unpacked) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
    )?
    .execute(params![
        mark.path.as_os_str().as_bytes(),
        mark.id.0.cast_signed(),
        mark.id.1.cast_signed(),
        mark.size.cast_signed(),
        mark.mtime_ns,
        mark.consumed.cast_signed(),
        mark.head.cast_signed(),
        mark.content.map(row::content_word),
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

/// `time` as the state keeps it.
pub(super) fn to_micros(time: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(time.timestamp_micros()).unwrap_or(time)
}
