//! Rows that hold what no version of this program has written. One of them must not hide all the others: it is left out
//! of what is read, and named.

use std::fmt;

use rusqlite::Row;
use rusqlite::types::ValueRef;

use super::{Store, StoreError, error};
use crate::text::visible;

/// Rows that are named one by one; a state that has more is damaged as a whole.
const NAMED: usize = 100;

/// A row that was left out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Damage {
    pub table: String,
    /// What tells the row from the others: the id of an alert, the number of a decision.
    pub row: String,
    /// What is wrong with it.
    pub why: String,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { table, row, why } = self;
        write!(f, "a damaged row of {} is left out, {}: {}", visible(table), visible(row), visible(why))
    }
}

impl Store {
    /// The damaged rows met so far while reading, at most a hundred.
    #[must_use]
    pub fn damage(&self) -> Vec<Damage> {
        self.damage.borrow().iter().cloned().collect()
    }

    /// Reads every row of the tables that hold alerts, evidence, decisions and switches, so that [`Store::damage`] knows
    /// of all of them.
    ///
    /// # Errors
    /// [`StoreError`] when the state cannot be read.
    pub fn look_for_damage(&self) -> Result<(), StoreError> {
        self.each_alert(|_| std::ops::ControlFlow::Continue(()))?;
        self.decisions_since(0)?;
        self.switches()?;
        Ok(())
    }

    /// What `read` makes of a row of `sql`, which begins with what the row is called; nothing when the row is damaged.
    pub(super) fn unless_damaged<T>(
        &self,
        sql: &str,
        row: &Row<'_>,
        read: &mut impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Option<T>> {
        match read(row) {
            Err(e) if error::is_unreadable(&e) => {
                let mut known = self.damage.borrow_mut();
                if known.len() < NAMED {
                    known.insert(Damage { table: table(sql), row: name(row), why: why(e) });
                }
                Ok(None)
            }
            read => read.map(Some),
        }
    }
}

/// The first table that a query reads.
fn table(sql: &str) -> String {
    let after = sql.split_once(" FROM ").map_or(sql, |(_, after)| after);
    after.split_whitespace().next().unwrap_or_default().to_owned()
}

fn why(error: rusqlite::Error) -> String {
    match error {
        rusqlite::Error::FromSqlConversionFailure(_, _, why) => why.to_string(),
        rusqlite::Error::IntegralValueOutOfRange(_, value) => format!("{value} is out of range"),
        rusqlite::Error::Utf8Error(column, _) => format!("column {column} is no text"),
        other => other.to_string(),
    }
}

fn name(row: &Row<'_>) -> String {
    match row.get_ref(0) {
        Ok(ValueRef::Integer(number)) => number.to_string(),
        Ok(ValueRef::Text(bytes) | ValueRef::Blob(bytes)) => String::from_utf8_lossy(bytes).into_owned(),
        _ => "without a name".to_owned(),
    }
}
