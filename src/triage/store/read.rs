//! Reading the state.

use std::ops::ControlFlow;

use chrono::{DateTime, Duration, Utc};
use rusqlite::{OptionalExtension as _, Row, params};

use super::record::hashed;
use super::row::{self, BODY, DECISION, LISTED, MARK, SHOWN};
use super::{FirstSeenKind, MAX_SEEN, Store, StoreError};
use crate::detect::{Alert, AlertId, MaxSignals};
use crate::trail::Checkpoint;
use crate::triage::{AlertRow, Decision};

/// How far a reader has come: what [`Store::news`] has not told it yet lies behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cursor {
    /// Number of the newest alert known, in order of arrival.
    pub alerts: i64,
    /// Seq of the newest decision known.
    pub decisions: i64,
}

/// What was added to the state since a [`Cursor`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct News {
    /// New alerts, in order of arrival.
    pub alerts: Vec<AlertRow>,
    pub decisions: Vec<Decision>,
}

/// What a filter on the whole event asks of an alert.
#[derive(Debug, Clone, PartialEq)]
pub struct Documented {
    /// Its number, in order of arrival.
    pub number: i64,
    pub id: AlertId,
    /// Its event as an ECS document, in JSON.
    pub ecs: String,
}

impl Store {
    /// All alerts, newest first by the event's own time.
    ///
    /// # Errors
    /// [`StoreError`] when the state cannot be read; so for every method here.
    pub fn alerts(&self) -> Result<Vec<AlertRow>, StoreError> {
        self.alerts_page(usize::MAX, 0)
    }

    /// At most `limit` alerts after the first `offset`, newest first by the event's own time.
    ///
    /// # Errors
    /// See [`Store::alerts`].
    pub fn alerts_page(&self, limit: usize, offset: usize) -> Result<Vec<AlertRow>, StoreError> {
        let sql = format!("SELECT {LISTED} FROM alerts WHERE {SHOWN} ORDER BY time DESC, id LIMIT ?1 OFFSET ?2");
        self.all(&sql, params![clamped(limit), clamped(offset)], row::listed)
    }

    /// Hands out all alerts, newest first, `chunk` at a time, so that a first screen need not wait for the rest.
    ///
    /// # Errors
    /// See [`Store::alerts`].
    pub fn each_listed(
        &self,
        chunk: usize,
        mut take: impl FnMut(Vec<AlertRow>) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let chunk = chunk.max(1);
        let mut part = Vec::with_capacity(chunk.min(1024));
        let sql = format!("SELECT {LISTED} FROM alerts WHERE {SHOWN} ORDER BY time DESC, id");
        self.each(&sql, row::listed, |listed| {
            part.push(listed);
            if part.len() < chunk { ControlFlow::Continue(()) } else { take(std::mem::take(&mut part)) }
        })?;
        if !part.is_empty() {
            let _ = take(part);
        }
        Ok(())
    }

    /// One alert with its event.
    ///
    /// # Errors
    /// See [`Store::alerts`].
    pub fn alert(&self, id: &AlertId) -> Result<Option<Alert>, StoreError> {
        let sql = format!("SELECT {LISTED}, {BODY} FROM alerts JOIN bodies ON alert = number WHERE id = ?1");
        self.check(self.conn.prepare_cached(&sql).and_then(|mut s| s.query_row([&id.0], row::alert).optional()))
    }

    /// At most `limit` alerts with the documents of their events, the last to arrive first: those that arrived before
    /// number `before`, or the last ones.
    ///
    /// # Errors
    /// See [`Store::alerts`].
    pub fn documents(&self, before: Option<i64>, limit: usize) -> Result<Vec<Documented>, StoreError> {
        let sql = format!(
            "SELECT {DOCUMENT} FROM alerts JOIN bodies ON alert = number WHERE number < ?1 AND {SHOWN} \
             ORDER BY number DESC LIMIT ?2"
        );
        self.all(&sql, params![before.unwrap_or(i64::MAX), clamped(limit)], documented)
    }

    /// One alert with the document of its event.
    ///
    /// # Errors
    /// See [`Store::alerts`].
    pub fn document(&self, id: &AlertId) -> Result<Option<Documented>, StoreError> {
        let sql = format!("SELECT {DOCUMENT} FROM alerts JOIN bodies ON alert = number WHERE id = ?1");
        self.check(self.conn.prepare_cached(&sql).and_then(|mut s| s.query_row([&id.0], documented).optional()))
    }

    /// Hands out every alert with its event, newest first, one at a time.
    ///
    /// # Errors
    /// See [`Store::alerts`].
    pub fn each_alert(&self, take: impl FnMut(Alert) -> ControlFlow<()>) -> Result<(), StoreError> {
        let sql = format!(
            "SELECT {LISTED}, {BODY} FROM alerts JOIN bodies ON alert = number WHERE {SHOWN} ORDER BY time DESC, id"
        );
        self.each(&sql, row::alert, take)
    }

    /// Alerts of the same call before `time`, newest first, by this actor or with a destination in this bucket; at most
    /// `limit`. Actors are compared by the name that the table shows.
    ///
    /// # Errors
    /// See [`Store::alerts`].
    pub fn earlier(
        &self,
        action: &str,
        actor: Option<&str>,
        bucket: Option<&str>,
        time: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<AlertRow>, StoreError> {
        let sql = format!(
            "SELECT {LISTED} FROM alerts WHERE {SHOWN} AND time < ?1 AND action = ?2 AND (actor = ?3 OR destination = ?4 \
             OR substr(destination, 1, length(?4) + 1) = ?4 || '/') ORDER BY time DESC, id LIMIT ?5"
        );
        let destination = bucket.map(|bucket| format!("s3://{bucket}"));
        let params = params![time.timestamp_micros(), action, actor, destination, clamped(limit)];
        self.all(&sql, params, row::listed)
    }

    /// The decisions after `seq` (0: all), in order.
    ///
    /// # Errors
    /// See [`Store::alerts`].
    pub fn decisions_since(&self, seq: i64) -> Result<Vec<Decision>, StoreError> {
        let sql = format!("SELECT {DECISION} FROM decisions WHERE seq > ?1 ORDER BY seq");
        self.all(&sql, params![seq], row::decision)
    }

    /// The decisions about one alert, in order.
    ///
    /// # Errors
    /// See [`Store::alerts`].
    pub fn decisions_of(&self, alert: &AlertId) -> Result<Vec<Decision>, StoreError> {
        let sql = format!("SELECT {DECISION} FROM decisions WHERE alert = ?1 ORDER BY seq");
        self.all(&sql, params![alert.0], row::decision)
    }

    /// How far each file has been read, by path.
    ///
    /// # Errors
    /// See [`Store::alerts`].
    pub fn marks(&self) -> Result<Vec<Checkpoint>, StoreError> {
        self.all(&format!("SELECT {MARK} FROM marks ORDER BY path"), params![], row::checkpoint)
    }

    /// When `value` was first seen; `None` when it never was, or when the table was full by then (see
    /// [`Store::seen_full`]).
    ///
    /// # Errors
    /// See [`Store::alerts`].
    pub fn first_seen(&self, kind: FirstSeenKind, value: &str) -> Result<Option<DateTime<Utc>>, StoreError> {
        let sql = "SELECT first FROM seen WHERE kind = ?1 AND value = ?2";
        self.check(self.conn.prepare_cached(sql).and_then(|mut statement| {
            statement.query_row(params![kind.number(), hashed(value)], |r| row::time(r, 0)).optional()
        }))
    }

    /// Since when first sights of this kind are known: the earliest of them.
    ///
    /// # Errors
    /// See [`Store::alerts`].
    pub fn seen_since(&self, kind: FirstSeenKind) -> Result<Option<DateTime<Utc>>, StoreError> {
        let earliest = self.conn.prepare_cached("SELECT first FROM seen WHERE kind = ?1 ORDER BY first LIMIT 1");
        self.check(
            earliest.and_then(|mut statement| statement.query_row([kind.number()], |row| row::time(row, 0)).optional()),
        )
    }

    /// Whether [`MAX_SEEN`] values of this kind are known, and new ones are no longer taken up: an unknown value may
    /// have been seen before.
    ///
    /// # Errors
    /// See [`Store::alerts`].
    pub fn seen_full(&self, kind: FirstSeenKind) -> Result<bool, StoreError> {
        let sql = "SELECT rows FROM seen_rows WHERE kind = ?1";
        let rows: Option<i64> = self.check(self.conn.query_row(sql, [kind.number()], |row| row.get(0)).optional())?;
        Ok(rows.is_some_and(|rows| rows.cast_unsigned() >= MAX_SEEN))
    }

    /// How many alerts the cap of alerts per run holds back.
    ///
    /// # Errors
    /// See [`Store::alerts`].
    pub fn held_count(&self) -> Result<u64, StoreError> {
        self.check(
            self.conn.query_row("SELECT count(*) FROM alerts WHERE held AND NOT withdrawn", [], |row| row.get(0)),
        )
        .map(i64::cast_unsigned)
    }

    /// How many alerts each run of `rule` has, held ones too: run number (see [`MaxSignals::run`]) and count. Serves
    /// to go on counting towards the cap after a restart.
    ///
    /// # Errors
    /// See [`Store::alerts`].
    pub fn run_counts(&self, rule: &str, interval: Duration) -> Result<Vec<(i64, u32)>, StoreError> {
        let mut counts = std::collections::BTreeMap::new();
        for time in self
            .all("SELECT time FROM alerts WHERE rule_id = ?1 AND NOT withdrawn", params![rule], |r| row::time(r, 0))?
        {
            let count: &mut u32 = counts.entry(MaxSignals::run(time, interval)).or_default();
            *count = count.saturating_add(1);
        }
        Ok(counts.into_iter().collect())
    }

    /// Where the state ends now.
    ///
    /// # Errors
    /// See [`Store::alerts`].
    pub fn cursor(&self) -> Result<Cursor, StoreError> {
        let sql = "SELECT (SELECT ifnull(max(number), 0) FROM alerts), (SELECT ifnull(max(seq), 0) FROM decisions)";
        self.check(self.conn.query_row(sql, [], |row| Ok(Cursor { alerts: row.get(0)?, decisions: row.get(1)? })))
    }

    /// What was added behind `cursor`, by this process or another, and moves the cursor past it.
    ///
    /// # Errors
    /// See [`Store::alerts`].
    pub fn news(&self, cursor: &mut Cursor) -> Result<News, StoreError> {
        // One transaction: a decision is never told before its alert.
        let moment = self.check(self.conn.unchecked_transaction())?;
        let sql = format!("SELECT {LISTED}, number FROM alerts WHERE number > ?1 ORDER BY number");
        let alerts = self.all(&sql, params![cursor.alerts], |r| Ok((row::listed(r)?, r.get(row::LISTED_COLUMNS)?)))?;
        let decisions = self.decisions_since(cursor.decisions)?;
        self.check(moment.commit())?;
        cursor.alerts = alerts.last().map_or(cursor.alerts, |(_, number)| *number);
        cursor.decisions = decisions.last().map_or(cursor.decisions, |d| d.seq);
        Ok(News { alerts: alerts.into_iter().map(|(listed, _)| listed).collect(), decisions })
    }

    /// A number that changes when another handle, of this process or another, has written to the state. Cheap enough to
    /// ask several times a second; it means nothing but "changed" and only to this handle.
    ///
    /// # Errors
    /// See [`Store::alerts`].
    pub fn data_version(&self) -> Result<i64, StoreError> {
        self.check(self.conn.pragma_query_value(None, "data_version", |row| row.get(0)))
    }

    pub(super) fn all<T>(
        &self,
        sql: &str,
        params: impl rusqlite::Params,
        mut read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let all = || {
            let mut statement = self.conn.prepare_cached(sql)?;
            let mut rows = statement.query(params)?;
            let mut all = Vec::new();
            while let Some(row) = rows.next()? {
                all.extend(self.unless_damaged(sql, row, &mut read)?);
            }
            Ok(all)
        };
        self.check(all())
    }

    fn each<T>(
        &self,
        sql: &str,
        mut read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
        mut take: impl FnMut(T) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let mut statement = self.check(self.conn.prepare_cached(sql))?;
        let mut rows = self.check(statement.query([]))?;
        while let Some(row) = self.check(rows.next())? {
            if let Some(read) = self.check(self.unless_damaged(sql, row, &mut read))?
                && take(read).is_break()
            {
                break;
            }
        }
        Ok(())
    }
}

/// The columns [`documented`] reads.
const DOCUMENT: &str = "number, id, ecs";

fn documented(row: &Row<'_>) -> rusqlite::Result<Documented> {
    Ok(Documented { number: row.get(0)?, id: AlertId(row.get(1)?), ecs: row.get(2)? })
}

fn clamped(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
