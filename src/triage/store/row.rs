//! Rows and values, and what they become.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use rusqlite::types::Type;
use rusqlite::{Connection, Error, Result, Row, params};

use crate::detect::{Alert, AlertId, Source, Summary};
use crate::rule::Severity;
use crate::trail::{Content, FileMark};
use crate::triage::{AlertRow, Decision};

/// The columns [`listed`] reads, in its order.
pub(super) const LISTED: &str = "id, rule_id, rule_name, severity, risk_score, event_id, time, found, reason, actor, \
     source, target, destination, account, region, action, suspicious, late, held, count, withdrawn";
/// The alerts that are listed: those that were taken back only where somebody decided on them.
pub(super) const SHOWN: &str = "(NOT withdrawn OR EXISTS (SELECT 1 FROM decisions WHERE decisions.alert = alerts.id))";
/// The columns [`alert`] reads after those of [`LISTED`].
pub(super) const BODY: &str = "aggregate, ecs, raw, path, offset, envelope";
/// The columns [`decision`] reads.
pub(super) const DECISION: &str = "seq, alert, at, analyst, action";
/// The columns [`mark`] reads.
pub(super) const MARK: &str = "path, device, inode, size, mtime_ns, consumed, head, content, records, bad, problem, \
     first_event, last_event, ctime_ns, unpacked";

pub(super) fn time(row: &Row<'_>, column: usize) -> Result<DateTime<Utc>> {
    let micros = row.get(column)?;
    DateTime::from_timestamp_micros(micros).ok_or(Error::IntegralValueOutOfRange(column, micros))
}

pub(super) fn optional_time(row: &Row<'_>, column: usize) -> Result<Option<DateTime<Utc>>> {
    if row.get::<_, Option<i64>>(column)?.is_none() { Ok(None) } else { time(row, column).map(Some) }
}

/// Counts, sizes and hashes are unsigned, SQLite's integers are not: the bits are kept.
pub(super) fn unsigned(row: &Row<'_>, column: usize) -> Result<u64> {
    row.get(column).map(i64::cast_unsigned)
}

pub(super) fn path(row: &Row<'_>, column: usize) -> Result<PathBuf> {
    row.get(column).map(|bytes| PathBuf::from(OsString::from_vec(bytes)))
}

/// A text that is JSON.
fn json(row: &Row<'_>, column: usize) -> Result<String> {
    let text: String = row.get(column)?;
    serde_json::from_str::<serde::de::IgnoredAny>(&text).map_err(|e| bad(column, e))?;
    Ok(text)
}

fn bad(column: usize, why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::FromSqlConversionFailure(column, Type::Text, why.into())
}

pub(super) fn listed(row: &Row<'_>) -> Result<AlertRow> {
    let severity = row.get_ref(3)?.as_str()?;
    Ok(AlertRow {
        id: AlertId(row.get(0)?),
        rule_id: row.get(1)?,
        rule_name: row.get(2)?,
        severity: severity.parse::<Severity>().map_err(|()| bad(3, format!("unknown severity {severity:?}")))?,
        risk_score: row.get(4)?,
        event_id: row.get(5)?,
        time: time(row, 6)?,
        found: time(row, 7)?,
        reason: row.get(8)?,
        summary: Summary {
            actor: row.get(9)?,
            source: row.get(10)?,
            target: row.get(11)?,
            destination: row.get(12)?,
            account: row.get(13)?,
            region: row.get(14)?,
            action: row.get(15)?,
            suspicious: row.get(16)?,
        },
        late: row.get(17)?,
        held: row.get(18)?,
        count: unsigned(row, 19)?,
        withdrawn: row.get(20)?,
    })
}

pub(super) fn alert(row: &Row<'_>) -> Result<Alert> {
    let AlertRow { id, rule_id, rule_name, severity, risk_score, event_id, time, reason, summary, .. } = listed(row)?;
    let aggregate = match row.get_ref(21)?.as_str_or_null()? {
        Some(text) => Some(serde_json::from_str(text).map_err(|e| bad(21, e))?),
        None => None,
    };
    Ok(Alert {
        aggregate,
        id,
        rule_id,
        rule_name,
        severity,
        risk_score,
        event_id,
        time,
        reason,
        summary,
        ecs: json(row, 22)?,
        raw: row.get(23)?,
        source: Source { path: path(row, 24)?, offset: unsigned(row, 25)?, envelope: row.get(26)? },
    })
}

pub(super) fn decision(row: &Row<'_>) -> Result<Decision> {
    Ok(Decision {
        seq: row.get(0)?,
        alert: AlertId(row.get(1)?),
        at: time(row, 2)?,
        analyst: row.get(3)?,
        action: serde_json::from_str(row.get_ref(4)?.as_str()?).map_err(|e| bad(4, e))?,
    })
}

pub(super) fn mark(row: &Row<'_>) -> Result<FileMark> {
    Ok(FileMark {
        path: path(row, 0)?,
        id: (unsigned(row, 1)?, unsigned(row, 2)?),
        size: unsigned(row, 3)?,
        mtime_ns: row.get(4)?,
        ctime_ns: row.get(13)?,
        consumed: unsigned(row, 5)?,
        unpacked: row.get::<_, Option<i64>>(14)?.map(i64::cast_unsigned),
        head: unsigned(row, 6)?,
        content: content_of(row, 7)?,
        records: unsigned(row, 8)?,
        bad: unsigned(row, 9)?,
        problem: row.get(10)?,
        first_event: optional_time(row, 11)?,
        last_event: optional_time(row, 12)?,
    })
}

pub(super) fn content_of(row: &Row<'_>, column: usize) -> Result<Option<Content>> {
    match row.get_ref(column)?.as_str_or_null()? {
        Some(word) => content(word).map(Some).ok_or_else(|| bad(column, format!("unknown content {word:?}"))),
        None => Ok(None),
    }
}

/// The word that stands for `content` in the file.
pub(super) fn content_word(content: Content) -> &'static str {
    match content {
        Content::Delivery => "delivery",
        Content::Array => "array",
        Content::Single => "single",
        Content::Lines => "lines",
        Content::Digest => "digest",
        Content::Insight => "insight",
        Content::Empty => "empty",
    }
}

fn content(word: &str) -> Option<Content> {
    let all = [
        Content::Delivery,
        Content::Array,
        Content::Single,
        Content::Lines,
        Content::Digest,
        Content::Insight,
        Content::Empty,
    ];
    all.into_iter().find(|content| content_word(*content) == word)
}

/// `time` rounded up to the microsecond, so that a range that ends there still holds it.
pub(super) fn micros_up(time: DateTime<Utc>) -> i64 {
    time.timestamp_micros() + i64::from(!time.timestamp_subsec_nanos().is_multiple_of(1000))
}

/// Writes the event behind the alert with this number, in place of one before.
pub(super) fn put_body(conn: &Connection, number: i64, alert: &Alert) -> Result<()> {
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
