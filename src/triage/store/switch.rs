//! Which rules analysts have switched off.

use rusqlite::{Connection, OptionalExtension as _, Row, TransactionBehavior, params};

use super::{Store, StoreError, row};
use crate::triage::Switch;
use crate::triage::alert_row::to_micros;
use crate::triage::audit::links;

const SWITCH: &str = "rule, enabled, analyst, at";

/// What became of switching a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Switched {
    Stored(Switch),
    /// Somebody switched it first, like this; nothing was written.
    Conflict(Switch),
}

impl Store {
    /// The newest word on each rule that was ever switched, by id.
    ///
    /// # Errors
    /// [`StoreError`] when the state cannot be read.
    pub fn switches(&self) -> Result<Vec<Switch>, StoreError> {
        self.all(&format!("SELECT {SWITCH} FROM switches ORDER BY rule"), [], read)
    }

    /// Switches a rule off or on. `seen` is the newest word on it that the analyst has seen: where there is a newer one
    /// by now, nothing is written.
    ///
    /// # Errors
    /// [`StoreError`] when the state cannot be written; then nothing is.
    pub fn switch(&mut self, switch: &Switch, seen: Option<&Switch>) -> Result<Switched, StoreError> {
        let switched = self.write_switch(switch, seen);
        let switched = self.check(switched)?;
        self.acknowledge()?;
        Ok(switched)
    }

    fn write_switch(&mut self, switch: &Switch, seen: Option<&Switch>) -> rusqlite::Result<Switched> {
        let tx = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if let Some(newer) = newest(&tx, &switch.rule)?.filter(|known| Some(known) != seen) {
            return Ok(Switched::Conflict(newer));
        }
        let switch = Switch { at: to_micros(switch.at), ..switch.clone() };
        let Switch { rule, enabled, analyst, at } = &switch;
        tx.prepare_cached("INSERT OR REPLACE INTO switches (rule, enabled, analyst, at) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![rule, enabled, analyst, at.timestamp_micros()])?;
        links::switch(&tx, rule, analyst)?;
        tx.commit()?;
        Ok(Switched::Stored(switch))
    }
}

fn newest(conn: &Connection, rule: &str) -> rusqlite::Result<Option<Switch>> {
    let sql = format!("SELECT {SWITCH} FROM switches WHERE rule = ?1");
    conn.prepare_cached(&sql)?.query_row([rule], read).optional()
}

fn read(from: &Row<'_>) -> rusqlite::Result<Switch> {
    Ok(Switch { rule: from.get(0)?, enabled: from.get(1)?, analyst: from.get(2)?, at: row::time(from, 3)? })
}
