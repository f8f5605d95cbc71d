//! What it takes to bring a state of schema 2 to schema 3 beyond SQL: events are remembered by their distinct ids, alerts
//! are found under the ids that they have now, and everything there is becomes a link of the audit chain. The ids of
//! alerts and the chain of decisions stay as they are.

use rusqlite::{Connection, OptionalExtension as _, Result, params};

use super::aliases;
use super::row::{self, BODY, LISTED};
use crate::detect::present_id;
use crate::event::Event;
use crate::triage::audit::links;

/// Rows read at a time: a table is not read while it is written to.
const AT_ONCE: i64 = 1_000;

pub(super) fn to_3(conn: &Connection) -> Result<()> {
    links::begin(conn)?;
    alerts(conn)?;
    links::take_up(conn)?;
    hits(conn)
}

fn alerts(conn: &Connection) -> Result<()> {
    let sql = format!(
        "SELECT {LISTED}, {BODY}, number FROM alerts JOIN bodies ON alert = number WHERE number > ?1 \
         ORDER BY number LIMIT {AT_ONCE}"
    );
    let mut last = i64::MIN;
    loop {
        let mut some = conn.prepare_cached(&sql)?;
        // A damaged row keeps its id, and the others theirs.
        let read = |r: &rusqlite::Row<'_>| Ok((r.get::<_, i64>(row::ALERT_COLUMNS)?, row::alert(r).ok()));
        let some: Vec<_> = some.query_map([last], read)?.collect::<Result<_>>()?;
        let Some((end, _)) = some.last() else { return Ok(()) };
        last = *end;
        for alert in some.iter().filter_map(|(_, alert)| alert.as_ref()) {
            let record = |event: &str| remembered(conn, event).ok().flatten();
            if let Some(id) = present_id(alert, record) {
                aliases::add(conn, &id, &alert.id)?;
            }
        }
    }
}

/// The record of an event that a rule remembers.
fn remembered(conn: &Connection, event: &str) -> Result<Option<String>> {
    conn.prepare_cached("SELECT raw FROM rules JOIN hits ON rule = rules.number WHERE event = ?1 LIMIT 1")?
        .query_row([event], |row| row.get(0))
        .optional()
}

fn hits(conn: &Connection) -> Result<()> {
    let mut last = i64::MIN;
    loop {
        let mut some = conn
            .prepare_cached(&format!("SELECT rowid, raw FROM hits WHERE rowid > ?1 ORDER BY rowid LIMIT {AT_ONCE}"))?;
        let read = |r: &rusqlite::Row<'_>| Ok((r.get::<_, i64>(0)?, r.get::<_, String>(1)?));
        let some: Vec<_> = some.query_map([last], read)?.collect::<Result<_>>()?;
        let Some((end, _)) = some.last() else { return Ok(()) };
        last = *end;
        // An original and its addendum are one event now.
        let mut set = conn.prepare_cached("UPDATE OR REPLACE hits SET event = ?2 WHERE rowid = ?1")?;
        for (rowid, raw) in &some {
            if let Ok(event) = Event::parse(raw.as_bytes()) {
                set.execute(params![rowid, event.distinct_id()])?;
            }
        }
    }
}
