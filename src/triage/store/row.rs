//! Rows and values, and what they become.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use rusqlite::types::Type;
use rusqlite::{Connection, Error, Result, Row, params};

use crate::detect::{Aggregate, Alert, AlertId, Summary};
use crate::investigate::{Assessment, FindingId, Trace};
use crate::rule::Severity;
use crate::trail::{Checkpoint, CheckpointColumns, Content, FileId, Origin};
use crate::triage::{AlertRow, Decision, IncidentId};

/// The columns [`listed`] reads, in its order.
pub(super) const LISTED: &str = "id, rule_id, rule_name, severity, risk_score, event_id, time, found, reason, actor, \
     source, target, destination, account, region, action, suspicious, late, held, count, withdrawn, priority, findings, trace, refined, incident";
/// How many columns that are.
pub(super) const LISTED_COLUMNS: usize = 26;
/// The alerts that are listed: those that were taken back only where somebody decided on them.
pub(super) const SHOWN: &str = "(NOT withdrawn OR EXISTS (SELECT 1 FROM decisions WHERE decisions.alert = alerts.id))";
/// The columns [`alert`] reads after those of [`LISTED`].
pub(super) const BODY: &str = "aggregate, ecs, raw, path, offset, envelope";
/// How many columns [`alert`] reads.
pub(super) const ALERT_COLUMNS: usize = LISTED_COLUMNS + 6;
/// The columns [`decision`] reads.
pub(super) const DECISION: &str = "seq, alert, at, analyst, action";
/// The columns [`checkpoint`] reads.
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

/// An origin by two columns, its path and its offset.
pub(super) fn origin(row: &Row<'_>, column: usize, envelope: Option<String>) -> Result<Origin> {
    let path = Path::new(OsStr::from_bytes(row.get_ref(column)?.as_blob()?));
    Ok(Origin::from_columns(path, unsigned(row, column + 1)?, envelope))
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
        assessment: assessment(row)?,
        incident: row.get::<_, Option<String>>(25)?.map(IncidentId),
    })
}

/// An alert that an older version recorded has none yet, and its priority is its rule's risk score.
fn assessment(row: &Row<'_>) -> Result<Assessment> {
    let trace = match row.get_ref(23)?.as_str_or_null()? {
        Some(text) => serde_json::from_str::<Trace>(text).map_err(|e| bad(23, e))?,
        None => Trace::default(),
    };
    let findings = row.get_ref(22)?.as_str_or_null()?.unwrap_or_default();
    Ok(Assessment {
        priority: row.get::<_, Option<u32>>(21)?.map_or_else(|| row.get(4), Ok)?,
        // A version that knew other findings may have written it.
        findings: findings.split(' ').filter_map(FindingId::named).collect(),
        trace,
        refined: row.get(24)?,
    })
}

/// Findings as the state keeps them.
pub(super) fn findings(assessment: &Assessment) -> String {
    let names: Vec<&str> = assessment.findings.iter().map(|id| id.as_str()).collect();
    names.join(" ")
}

pub(super) fn aggregate(row: &Row<'_>, column: usize) -> Result<Option<Aggregate>> {
    let text = row.get_ref(column)?.as_str_or_null()?;
    text.map(|text| serde_json::from_str(text).map_err(|e| bad(column, e))).transpose()
}

pub(super) fn alert(row: &Row<'_>) -> Result<Alert> {
    let AlertRow { id, rule_id, rule_name, severity, risk_score, event_id, time, reason, summary, assessment, .. } =
        listed(row)?;
    let at = LISTED_COLUMNS;
    Ok(Alert {
        aggregate: aggregate(row, at)?,
        id,
        rule_id,
        rule_name,
        severity,
        risk_score,
        event_id,
        time,
        reason,
        summary,
        assessment,
        ecs: json(row, at + 1)?,
        raw: row.get(at + 2)?,
        origin: origin(row, at + 3, row.get(at + 5)?)?,
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

pub(super) fn checkpoint(row: &Row<'_>) -> Result<Checkpoint> {
    let mut columns = CheckpointColumns::default();
    read_checkpoint(row, &mut columns)?;
    Ok(Checkpoint::from_columns(columns))
}

/// [`checkpoint`], in the memory of one before.
pub(super) fn read_checkpoint(row: &Row<'_>, to: &mut CheckpointColumns) -> Result<()> {
    let mut path = std::mem::take(&mut to.path).into_os_string();
    path.clear();
    path.push(OsStr::from_bytes(row.get_ref(0)?.as_blob()?));
    *to = CheckpointColumns {
        path: path.into(),
        id: FileId::from_columns(unsigned(row, 1)?, unsigned(row, 2)?),
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
    };
    Ok(())
}

fn content_of(row: &Row<'_>, column: usize) -> Result<Option<Content>> {
    match row.get_ref(column)?.as_str_or_null()? {
        Some(word) => {
            Content::from_word(word).map(Some).ok_or_else(|| bad(column, format!("unknown content {word:?}")))
        }
        None => Ok(None),
    }
}

/// `time` rounded up to the microsecond, so that a range that ends there still holds it.
pub(super) fn micros_up(time: DateTime<Utc>) -> i64 {
    time.timestamp_micros() + i64::from(!time.timestamp_subsec_nanos().is_multiple_of(1000))
}

/// Writes the event behind the alert with this number, in place of one before.
pub(super) fn put_body(conn: &Connection, number: i64, alert: &Alert) -> Result<()> {
    let Alert { ecs, raw, origin, .. } = alert;
    let (path, offset, envelope) = origin.columns();
    conn.prepare_cached(
        "INSERT OR REPLACE INTO bodies (alert, ecs, raw, path, offset, envelope) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![number, ecs, raw, path.as_os_str().as_bytes(), offset.cast_signed(), envelope])?;
    Ok(())
}
