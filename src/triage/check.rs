//! Everything that can be found wrong with a state: its pages, its tables, the audit chain, rows that cannot be read, and
//! what lies beside it.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::Connection;

use super::{AuditError, Store, StoreError, spool};

/// Findings of one kind that are told; a file that has more of them is lost anyway.
const MOST: usize = 100;

/// Checks the state. Answers with what is wrong, one sentence each; nothing is.
///
/// # Errors
/// [`StoreError`] when the state cannot be read at all.
pub fn check(store: &Store) -> Result<Vec<String>, StoreError> {
    let mut found: Vec<String> = store.log_damage().into_iter().collect();
    found.extend(store.check(integrity(store.conn()))?);
    found.extend(store.check(schema(store.conn()))?);
    match store.verify(None) {
        Ok(_) => {}
        Err(AuditError::Store(error)) => found.push(error.to_string()),
        Err(broken) => found.push(format!("the audit chain is broken at {broken}")),
    }
    if let Err(error) = store.look_for_damage() {
        found.push(error.to_string());
    }
    found.extend(store.damage().iter().map(ToString::to_string));
    found.extend(store.losses().iter().map(ToString::to_string));
    found.extend(waiting(store.path()));
    Ok(found)
}

/// Decisions that are not in the state yet.
#[must_use]
pub fn waiting(state: &Path) -> Vec<String> {
    let (spools, errors) = spool::waiting(state);
    let spools = spools.iter().map(|spool| {
        let (path, count) = (spool.path.display(), spool.proposals.len());
        format!("{path}: decided earlier and not saved yet: {count}; the next console on this state takes them up")
    });
    spools.chain(errors.iter().map(ToString::to_string)).collect()
}

fn integrity(conn: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut pages = conn.prepare(&format!("PRAGMA integrity_check({MOST})"))?;
    let pages =
        pages.query_map([], |row| row.get::<_, String>(0))?.filter(|found| found.as_ref().is_ok_and(|f| f != "ok"));
    let mut found: Vec<String> =
        pages.map(|page| page.map(|page| format!("the file is damaged: {page}"))).collect::<Result<_, _>>()?;
    let mut keys = conn.prepare("PRAGMA foreign_key_check")?;
    let strays = keys.query_map([], |row| {
        let (table, row, parent): (String, Option<i64>, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let row = row.map_or_else(|| "a row".to_owned(), |row| format!("row {row}"));
        Ok(format!("{row} of {table} belongs to nothing in {parent}"))
    })?;
    found.extend(strays.take(MOST).collect::<Result<Vec<_>, _>>()?);
    Ok(found)
}

/// How the tables differ from those that this version makes.
fn schema(conn: &Connection) -> rusqlite::Result<Vec<String>> {
    let Ok(fresh) = Store::in_memory() else { return Ok(Vec::new()) };
    let (is, mut should) = (objects(conn)?, objects(fresh.conn())?);
    let mut found = Vec::new();
    for (name, sql) in is {
        match should.remove(&name) {
            None => found.push(format!("the {name} is not one of watchfloor's")),
            Some(expected) if expected != sql => found.push(format!("the {name} is not as watchfloor makes it")),
            Some(_) => {}
        }
    }
    found.extend(should.into_keys().map(|name| format!("the {name} is missing")));
    Ok(found)
}

/// Tables, indices and triggers, with the statement that makes each.
fn objects(conn: &Connection) -> rusqlite::Result<BTreeMap<String, String>> {
    let sql = "SELECT type || ' ' || name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' \
               ESCAPE '\\'";
    conn.prepare(sql)?.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::triage::samples::{found, tick};
    use crate::triage::{Access, Batch};

    #[test]
    fn a_state_in_order_has_nothing_found_and_each_kind_of_damage_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s/s.db");
        let mut store = Store::open(&path, Access::ReadWrite).unwrap();
        store.record(Batch { alerts: &[found(1), found(2)], ..Batch::default() }).unwrap();
        store.decide(&[tick(1, "mk", "a", 0), tick(2, "mk", "a", 0)]).unwrap();
        assert_eq!(check(&store).unwrap(), Vec::<String>::new());
        let checked = |sql: &str| {
            let copy = folder.path().join("s/copy.db");
            store.back_up(&copy, true).unwrap();
            Connection::open(&copy).unwrap().execute_batch(&format!("PRAGMA foreign_keys = OFF; {sql}")).unwrap();
            check(&Store::open(&copy, Access::ReadOnly).unwrap()).unwrap().join("\n")
        };
        for (sql, told) in [
            ("DROP TRIGGER decisions_are_not_edited", "the trigger decisions_are_not_edited is missing"),
            ("CREATE TABLE mine (x)", "the table mine is not one of watchfloor's"),
            ("UPDATE alerts SET severity = 'zap' WHERE number = 1", "unknown severity \"zap\""),
            ("DELETE FROM alerts WHERE number = 2", "of decisions belongs to nothing in alerts"),
            ("UPDATE chain SET seq = 9", "the audit chain is broken at decision 3"),
        ] {
            let found = checked(sql);
            assert!(found.contains(told), "{sql}: {found}");
        }
        assert_eq!(waiting(&path), Vec::<String>::new());
        spool::write(&path, (2, String::new()), &[tick(1, "mk", "b", 2)], crate::triage::samples::at(0)).unwrap();
        assert!(check(&store).unwrap()[0].contains("not saved yet: 1"), "{:?}", check(&store).unwrap());
    }
}
