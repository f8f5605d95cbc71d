//! Whoever has a hand on the file, and no triggers or keys in the way: whatever they do to a table that holds a decision or
//! evidence, it is named.

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::*;
use crate::detect::{Aggregate, Reason};
use crate::triage::Switch;
use crate::triage::samples::at;

/// Every table that holds a decision or evidence, or says where a chain ends.
const TABLES: [&str; 7] = ["alerts", "bodies", "decisions", "switches", "links", "links_end", "chain"];

/// What can be worked out again from evidence, and is neither.
const DERIVED: [&str; 5] = ["priority", "findings", "trace", "refined", "incident"];

/// A state with something in each, and a head that was noted half way.
fn state() -> (Store, Head) {
    let mut store = five_decisions();
    let noted = store.chain_head().unwrap();
    let mut grown = found(3);
    for count in [2, 3] {
        grown.alert.aggregate = Some(Aggregate {
            reason: Reason::Suppression,
            new_terms: Vec::new(),
            group: Vec::new(),
            count,
            first: at(0),
            last: at(9),
            different: Vec::new(),
            events: vec!["a".into()],
            marks: Vec::new(),
            sequence: Vec::new(),
            suppressed: 0,
        });
        store.record(Batch { alerts: std::slice::from_ref(&grown), ..Batch::default() }).unwrap();
    }
    store.record(Batch { withdrawn: &[found(2).alert.id], alerts: &[found(4)], ..Batch::default() }).unwrap();
    for rule in ["one", "two"] {
        let switch = Switch { rule: rule.into(), enabled: false, analyst: "mk".into(), at: at(1) };
        store.switch(&switch, None).unwrap();
        store.switch(&Switch { enabled: true, ..switch.clone() }, Some(&switch)).unwrap();
    }
    store.decide(&[tick(3, "mk", "b", 0)]).unwrap();
    (store, noted)
}

fn columns(conn: &Connection, table: &str) -> Vec<String> {
    let mut info = conn.prepare(&format!("SELECT name FROM pragma_table_info('{table}')")).unwrap();
    info.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

fn rows(conn: &Connection, table: &str) -> Vec<(i64, Vec<Value>)> {
    // Without a row id the place in the order of its key serves.
    let key = if table == "switches" { "row_number() OVER (ORDER BY rule)" } else { "rowid" };
    let count = columns(conn, table).len();
    let mut all = conn.prepare(&format!("SELECT {key}, * FROM {table}")).unwrap();
    let read = |row: &Row<'_>| Ok((row.get(0)?, (1..=count).map(|at| row.get(at)).collect::<Result<_, _>>()?));
    all.query_map([], read).unwrap().map(Result::unwrap).collect()
}

fn key(table: &str) -> &'static str {
    if table == "switches" {
        "rule = (SELECT rule FROM switches ORDER BY rule LIMIT 1 OFFSET ?1 - 1)"
    } else {
        "rowid = ?1"
    }
}

fn unlock(conn: &Connection) {
    let names: Vec<String> = {
        let mut triggers = conn.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").unwrap();
        triggers.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    assert_eq!(names.len(), 6);
    names.iter().for_each(|name| conn.execute_batch(&format!("DROP TRIGGER {name}")).unwrap());
    conn.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
}

/// Does something to a state, and says what `verify` names. False where the file itself does not let it be done.
fn named(store: &Store, noted: &Head, sql: &str, values: &[Value]) -> bool {
    let conn = store.conn();
    conn.execute_batch("SAVEPOINT before").unwrap();
    let done = conn.prepare(sql).unwrap().execute(params_from_iter(values)).is_ok_and(|changed| changed > 0);
    if done {
        // A transaction of its own is not possible within another.
        match check(conn, Some(noted)) {
            Ok(Err((what, why))) => assert!(!what.is_empty() && !why.is_empty()),
            Ok(Ok(verified)) => panic!("not noticed: {sql} {values:?}: {verified:?}"),
            Err(error) => assert!(unreadable(&error).is_some(), "{sql}: {error}"),
        }
    }
    conn.execute_batch("ROLLBACK TO before; RELEASE before").unwrap();
    done
}

#[test]
fn every_value_edited_every_row_deleted_or_doubled_and_every_table_emptied_is_named() {
    let (store, noted) = state();
    let conn = store.conn();
    unlock(conn);
    store.verify(Some(&noted)).unwrap();
    let (mut edits, mut inserts) = (0, 0);
    for table in TABLES {
        let (columns, rows) = (columns(conn, table), rows(conn, table));
        assert!(!rows.is_empty(), "{table}");
        for (row, values) in &rows {
            for (column, value) in columns.iter().zip(values).filter(|(column, _)| !DERIVED.contains(&column.as_str()))
            {
                let others = match value {
                    Value::Integer(n) => vec![Value::Integer(n + 1_000), Value::Integer(-1), Value::Integer(i64::MAX)],
                    Value::Text(text) => vec![Value::Text(format!("{text} ")), Value::Text(String::new())],
                    Value::Blob(bytes) => {
                        let flipped = bytes.iter().enumerate().map(|(at, b)| b ^ u8::from(at == 7)).collect();
                        vec![Value::Blob(flipped), Value::Blob(Vec::new()), Value::Blob(vec![0; 32])]
                    }
                    _ => vec![Value::Text("x".into()), Value::Integer(1)],
                };
                for other in others.into_iter().chain([Value::Null]).filter(|other| other != value) {
                    let sql = format!("UPDATE {table} SET {column} = ?2 WHERE {}", key(table));
                    edits += usize::from(named(&store, &noted, &sql, &[Value::Integer(*row), other]));
                }
            }
            let delete = format!("DELETE FROM {table} WHERE {}", key(table));
            assert!(named(&store, &noted, &delete, &[Value::Integer(*row)]));
            // The same again, under another number and other ids.
            let fresh = |(at, value): (usize, &Value)| match value {
                Value::Integer(n) if at == 0 => Value::Integer(n + 500),
                Value::Text(text) if at < 2 => Value::Text(format!("{text}2")),
                other => other.clone(),
            };
            let copy: Vec<Value> = values.iter().enumerate().map(fresh).collect();
            let places: Vec<String> = (1..=copy.len()).map(|at| format!("?{at}")).collect();
            let insert = format!("INSERT INTO {table} VALUES ({})", places.join(", "));
            inserts += usize::from(named(&store, &noted, &insert, &copy));
        }
        assert!(named(&store, &noted, &format!("DELETE FROM {table}"), &[]));
        let last = format!("DELETE FROM {table} WHERE {}", key(table));
        assert!(named(&store, &noted, &last, &[Value::Integer(rows.last().unwrap().0)]));
        conn.execute_batch("SAVEPOINT before").unwrap();
        conn.execute_batch(&format!("DROP TABLE {table}")).unwrap();
        let error = check(conn, Some(&noted)).unwrap_err();
        assert!(unreadable(&error).unwrap().contains(table), "{error}");
        conn.execute_batch("ROLLBACK TO before; RELEASE before").unwrap();
    }
    assert!(edits > 500 && inserts > 20, "{edits} edits, {inserts} rows slipped in");
    store.verify(Some(&noted)).unwrap();
}

/// Takes the chain away and writes a new one over what is there now, as whoever knows how it is made can.
fn rewrite(conn: &Connection) {
    conn.execute_batch("DELETE FROM links; UPDATE links_end SET seq = 0, hash = zeroblob(32)").unwrap();
    links::take_up(conn).unwrap();
}

#[test]
fn a_chain_that_was_made_anew_agrees_with_itself_and_not_with_a_head_that_was_noted() {
    for sql in [
        "UPDATE bodies SET raw = '{}' WHERE alert = 1",
        "UPDATE alerts SET severity = 'low', risk_score = 1 WHERE number = 2",
        "UPDATE switches SET analyst = 'eve'",
        "DELETE FROM bodies WHERE alert = 4; DELETE FROM alerts WHERE number = 4",
        "SELECT 1",
    ] {
        let (store, noted) = state();
        unlock(store.conn());
        store.conn().execute_batch(sql).unwrap();
        rewrite(store.conn());
        store.verify(None).unwrap();
        let error = store.verify(Some(&noted)).unwrap_err();
        assert!(
            error.to_string().starts_with(&format!("link {} of the chain: it is not the one", noted.seq)),
            "{error}"
        );
    }
}

#[test]
fn a_chain_that_was_cut_or_emptied_does_not_hold_a_head_that_was_noted() {
    let (store, _) = state();
    let (conn, noted) = (store.conn(), store.chain_head().unwrap());
    unlock(conn);
    // The last decision and its link, and both ends moved back.
    conn.execute_batch(
        "DELETE FROM decisions WHERE seq = 6; \
         UPDATE chain SET (seq, hash) = (SELECT seq, hash FROM decisions WHERE seq = 5); \
         DELETE FROM links WHERE seq = (SELECT max(seq) FROM links); \
         UPDATE links_end SET (seq, hash) = (SELECT seq, hash FROM links ORDER BY seq DESC LIMIT 1)",
    )
    .unwrap();
    store.verify(None).unwrap();
    assert!(store.verify(Some(&noted)).is_err());
    for table in ["bodies", "decisions", "alerts", "switches", "links"] {
        conn.execute_batch(&format!("DELETE FROM {table}")).unwrap();
    }
    conn.execute_batch(
        "UPDATE chain SET seq = 0, hash = zeroblob(32); UPDATE links_end SET seq = 0, hash = zeroblob(32)",
    )
    .unwrap();
    store.verify(None).unwrap();
    assert!(store.verify(Some(&noted)).is_err());
}

#[test]
fn a_head_is_found_again_however_long_the_chain_has_become() {
    let (mut store, noted) = state();
    store.record(Batch { alerts: &[found(7)], ..Batch::default() }).unwrap();
    let verified = store.verify(Some(&noted)).unwrap();
    assert!(verified.head.seq > noted.seq);
    assert_eq!(verified.head, store.chain_head().unwrap());
    assert_eq!(verified.head.to_string().parse(), Ok(verified.head));
    for wrong in ["", "5", "5:", "x:00", "-1:00", &format!("5:{}", "0".repeat(63)), &format!("5:{}", "g".repeat(64))] {
        assert!(wrong.parse::<Head>().is_err(), "{wrong}");
    }
    // One of the chain of decisions, as earlier versions printed it.
    let (seq, hash) = end(store.conn()).unwrap();
    store.verify(Some(&Head { seq, hash })).unwrap();
}

#[test]
fn each_link_holds_the_analyst_and_the_user_id_of_the_kernel() {
    let (store, _) = state();
    let uid = i64::from(rustix::process::getuid().as_raw());
    let mut all = store.conn().prepare("SELECT kind, analyst, uid FROM links").unwrap();
    let read = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, Option<String>>(1)?, row.get::<_, i64>(2)?));
    for link in all.query_map([], read).unwrap() {
        let (kind, analyst, of) = link.unwrap();
        assert_eq!((analyst.is_some(), of), (kind != "alert", uid), "{kind}");
    }
}

#[test]
fn what_was_archived_is_missed_by_nobody() {
    let (store, noted) = state();
    let conn = store.conn();
    unlock(conn);
    for seq in [3, 1, 2, 4, 5] {
        links::archive_decision(conn, seq).unwrap();
    }
    links::archive_alert(conn, 2).unwrap();
    store.verify(Some(&noted)).unwrap_err();
    conn.execute_batch(
        "DELETE FROM decisions WHERE seq <= 5; DELETE FROM bodies WHERE alert = 2; DELETE FROM alerts WHERE number = 2",
    )
    .unwrap();
    let verified = store.verify(Some(&noted)).unwrap();
    assert_eq!((verified.rows, verified.alerts), (1, 3));
    conn.execute_batch("DELETE FROM decisions WHERE seq = 6").unwrap();
    assert!(store.verify(None).is_err());
}

#[test]
fn links_are_frozen() {
    let link = links::Link {
        seq: 1,
        kind: b"decision",
        subject: b"1",
        content: &[7; 32],
        analyst: Some(b"mk"),
        uid: Some(1000),
    };
    assert_eq!(hex(&link.hash(&Hash::default())), "76fd497a53fe2513b57e14cef79a4f56383badc3b3b3310923d055133c72ddf2");
    let store = five_decisions();
    assert_eq!(
        hex(&links::alert_content(store.conn(), 1).unwrap()),
        "dfed808210cea00feed81bf65a5a9a372b17a4291b9de5ef25059eefa8866a8f"
    );
}
