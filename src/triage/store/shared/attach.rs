//! Entries of the log as decisions of this state, and the other way round.

use chrono::DateTime;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::super::aliases;
use super::super::decide::{append, exists};
use super::super::row::{self, DECISION};
use super::{ENTRY, number_of, read_entry};
use crate::detect::AlertId;
use crate::triage::audit::{self, Hash};
use crate::triage::{Action, Decision, Entry};

/// Attaches the entries that have waited for this alert.
pub(in crate::triage::store) fn attach_waiting(conn: &Connection, alert: &AlertId) -> rusqlite::Result<Vec<Decision>> {
    let sql = format!("SELECT {ENTRY} FROM shared_log WHERE alert = ?1 AND seq IS NULL ORDER BY number");
    let waiting: Vec<Entry> =
        conn.prepare_cached(&sql)?.query_map([&alert.0], read_entry)?.collect::<rusqlite::Result<_>>()?;
    let mut attached = Vec::new();
    for entry in waiting {
        attached.extend(attach(conn, &entry)?);
    }
    Ok(attached)
}

/// The decision of this state that an entry is from now on. Nothing where its alert is not here, or where the decision
/// was made here before it was shared.
pub(super) fn attach(conn: &Connection, entry: &Entry) -> rusqlite::Result<Option<Decision>> {
    let Some(alert) = id_here(conn, &entry.alert)? else { return Ok(None) };
    // One that only a newer version understands stays in the log.
    let Ok(mut action) = serde_json::from_str::<Action>(&entry.action) else { return Ok(None) };
    let Some(at) = DateTime::from_timestamp_micros(entry.at) else { return Ok(None) };
    if let Action::Undo { seq } = &mut action {
        let known = "SELECT seq FROM shared_log WHERE number = ?1 AND alert = ?2";
        let here = conn.prepare_cached(known)?.query_row(params![*seq, entry.alert.0], |row| row.get(0)).optional()?;
        // No decision has the number 0: it takes back nothing here, as in the log.
        *seq = here.flatten().unwrap_or(0);
    }
    let link = |seq: i64| {
        let sql = "UPDATE shared_log SET seq = ?2 WHERE number = ?1";
        conn.prepare_cached(sql)?.execute(params![entry.number, seq]).map(drop)
    };
    if let Some(known) = made_alone(conn, &alert, entry, &action)? {
        link(known)?;
        return Ok(None);
    }
    let (last, hash) = audit::end(conn)?;
    let decision = Decision { seq: last + 1, alert, at, analyst: entry.analyst.clone(), action };
    append(conn, &decision, &hash)?;
    link(decision.seq)?;
    Ok(Some(decision))
}

/// The decision that was made here before it was shared, and is this entry.
fn made_alone(conn: &Connection, alert: &AlertId, entry: &Entry, action: &Action) -> rusqlite::Result<Option<i64>> {
    let sql = format!(
        "SELECT {DECISION} FROM decisions WHERE alert = ?1 AND at = ?2 AND analyst = ?3 AND NOT EXISTS \
         (SELECT 1 FROM shared_log WHERE shared_log.seq = decisions.seq) ORDER BY decisions.seq"
    );
    let mut statement = conn.prepare_cached(&sql)?;
    let mut known = statement.query_map(params![alert.0, entry.at, entry.analyst], row::decision)?;
    known.find_map(|known| known.map(|d| (d.action == *action).then_some(d.seq)).transpose()).transpose()
}

/// The id under which an alert of the team is recorded here.
fn id_here(conn: &Connection, alert: &AlertId) -> rusqlite::Result<Option<AlertId>> {
    if exists(conn, alert)? {
        return Ok(Some(alert.clone()));
    }
    aliases::of_id(conn, alert)
}

/// The id by which the team knows an alert of this state.
fn id_there(conn: &Connection, alert: &AlertId) -> rusqlite::Result<AlertId> {
    let sql = "SELECT id FROM aliases WHERE alert = ?1 ORDER BY id LIMIT 1";
    let present = conn.prepare_cached(sql)?.query_row([&alert.0], |row| row.get(0).map(AlertId)).optional()?;
    Ok(present.unwrap_or_else(|| alert.clone()))
}

/// The entry that a decision of this state is, without its hash; or why it cannot be one.
pub(super) fn entry(
    conn: &Connection,
    decision: &Decision,
    number: i64,
    writer: &str,
) -> rusqlite::Result<Result<Entry, String>> {
    let mut action = decision.action.clone();
    if let Action::Undo { seq } = &mut action {
        match number_of(conn, *seq)? {
            Some(number) => *seq = number,
            None => return Ok(Err("what it takes back was decided on this machine alone".to_owned())),
        }
    }
    let action = serde_json::to_string(&action).map_err(|e| rusqlite::Error::ToSqlConversionFailure(e.into()))?;
    Ok(Ok(Entry {
        number,
        alert: id_there(conn, &decision.alert)?,
        at: decision.at.timestamp_micros(),
        analyst: decision.analyst.clone(),
        action,
        writer: writer.to_owned(),
        hash: Hash::default(),
    }))
}
