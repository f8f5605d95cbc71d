use rusqlite::params;
use rusqlite::types::Value;

use super::*;
use crate::triage::samples::{found, propose, tick};
use crate::triage::{Action, AuditError, Batch, Store};

mod tampering;

const COLUMNS: [&str; 6] = ["seq", "alert", "at", "analyst", "action", "hash"];

fn five_decisions() -> Store {
    let mut store = Store::in_memory().unwrap();
    store.record(Batch { alerts: &[found(1), found(2)], ..Batch::default() }).unwrap();
    store
        .decide(&[
            tick(1, "mk", "a", 0),
            tick(1, "jo", "b", 0),
            propose(2, "mk", Action::Note { text: "Größe".into(), step: None }, 0),
            propose(1, "mk", Action::Undo { seq: 1 }, 2),
            tick(2, "jo", "a", 3),
        ])
        .unwrap();
    assert_eq!(store.verify(None).unwrap().rows, 5);
    store
}

/// What somebody with a hand on the file can do: no triggers, no keys between tables.
fn unlocked() -> Store {
    let store = five_decisions();
    store
        .conn()
        .execute_batch(
            "DROP TRIGGER decisions_are_appended; DROP TRIGGER decisions_are_not_edited; \
             DROP TRIGGER decisions_are_not_deleted; PRAGMA foreign_keys = OFF",
        )
        .unwrap();
    store
}

fn broken(store: &Store) -> (i64, String) {
    match store.verify(None) {
        Err(AuditError::Broken { what, why }) => {
            (what.strip_prefix("decision ").unwrap_or_else(|| panic!("{what}: {why}")).parse().unwrap(), why)
        }
        other => panic!("not noticed: {other:?}"),
    }
}

#[test]
fn an_empty_chain_is_whole() {
    let verified = Store::in_memory().unwrap().verify(None).unwrap();
    assert_eq!((verified.rows, verified.alerts, verified.switches), (0, 0, 0));
    assert_eq!(verified.head.to_string(), format!("0:{}", "0".repeat(64)));
}

#[test]
fn the_chain_is_frozen() {
    let hash = link(&Hash::default(), Link { seq: 1, alert: b"a", at: 2, analyst: b"mk", action: b"{}" });
    assert_eq!(hex(&hash), "0db19b6aa45c21658712cb88df2bcf93f9c7d7be020202e5550e8aed1090545a");
}

#[test]
fn in_normal_use_decisions_are_neither_edited_nor_deleted_nor_slipped_in() {
    let store = five_decisions();
    for sql in [
        "UPDATE decisions SET analyst = 'x' WHERE seq = 2",
        "DELETE FROM decisions WHERE seq = 5",
        "INSERT INTO decisions SELECT 9, alert, at, analyst, action, hash FROM decisions WHERE seq = 1",
        "INSERT OR REPLACE INTO decisions SELECT 2, alert, at, analyst, action, hash FROM decisions WHERE seq = 1",
        "DELETE FROM alerts",
    ] {
        store.conn().execute_batch(sql).expect_err(sql);
    }
    assert_eq!(store.verify(None).unwrap().rows, 5);
}

fn put(store: &Store, column: &str, seq: i64, value: &Value) {
    let text = matches!(column, "alert" | "analyst" | "action");
    let new = if text { "CAST(?1 AS TEXT)" } else { "?1" };
    let sql = format!("UPDATE decisions SET {column} = {new} WHERE seq = ?2");
    assert_eq!(store.conn().execute(&sql, params![value, seq]).unwrap(), 1);
}

#[test]
fn flipping_any_byte_of_any_field_names_the_row() {
    let store = unlocked();
    let mut flips = 0;
    for seq in 1..=5i64 {
        for column in COLUMNS {
            let read = format!("SELECT {column} FROM decisions WHERE seq = ?1");
            let value: Value = store.conn().query_row(&read, [seq], |row| row.get(0)).unwrap();
            let bytes = match &value {
                Value::Integer(n) => n.to_be_bytes().to_vec(),
                Value::Text(text) => text.clone().into_bytes(),
                Value::Blob(bytes) => bytes.clone(),
                other => panic!("{other:?}"),
            };
            for place in 0..bytes.len() {
                for bit in [0x01, 0x80] {
                    let mut flipped = bytes.clone();
                    flipped[place] ^= bit;
                    let new = match &value {
                        Value::Integer(_) => Value::Integer(i64::from_be_bytes(flipped.try_into().unwrap())),
                        _ => Value::Blob(flipped),
                    };
                    let renumbered = if let ("seq", Value::Integer(n)) = (column, &new) { *n } else { seq };
                    if renumbered != seq && (1..=5).contains(&renumbered) {
                        continue;
                    }
                    put(&store, column, seq, &new);
                    assert_eq!(broken(&store).0, seq, "{column} byte {place}");
                    put(&store, column, renumbered, &value);
                    flips += 1;
                }
            }
        }
    }
    assert!(flips > 1_000, "{flips}");
    assert_eq!(store.verify(None).unwrap().rows, 5);
}

#[test]
fn rows_deleted_inserted_moved_or_cut_off_are_named() {
    let cases = [
        ("DELETE FROM decisions WHERE seq = 3", 3, "is missing"),
        ("DELETE FROM decisions WHERE seq = 1", 1, "is missing"),
        ("DELETE FROM decisions WHERE seq = 5", 5, "is missing"),
        ("DELETE FROM decisions", 1, "is missing, and all up to 5"),
        (
            "INSERT INTO decisions SELECT 6, alert, at, analyst, action, hash FROM decisions WHERE seq = 5",
            6,
            "was not written",
        ),
        (
            "INSERT INTO decisions SELECT 0, alert, at, analyst, action, hash FROM decisions WHERE seq = 5",
            0,
            "no decision",
        ),
        (
            "UPDATE decisions SET seq = -2 WHERE seq = 2; UPDATE decisions SET seq = 2 WHERE seq = 3; \
             UPDATE decisions SET seq = 3 WHERE seq = -2",
            2,
            "not as it was written",
        ),
        ("DELETE FROM decisions WHERE seq = 2; UPDATE decisions SET seq = seq - 1 WHERE seq > 2", 2, "not as it was"),
        ("DELETE FROM decisions WHERE seq = 5; UPDATE chain SET seq = 4", 4, "recorded to end with"),
        ("DELETE FROM chain", 5, "no longer recorded"),
    ];
    for (sql, row, word) in cases {
        let store = unlocked();
        store.conn().execute_batch(sql).unwrap();
        let (seq, why) = broken(&store);
        assert_eq!(seq, row, "{sql}: {why}");

        assert!(why.contains(word), "{sql}: {why}");
    }
}
