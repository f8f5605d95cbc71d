//! Alerts that were recorded under the ids of schema 1 and 2. They keep them, as decisions and the audit chain name them;
//! what is raised under the id that such an alert has now is that alert.

use rusqlite::{Connection, OptionalExtension as _, Result, params};

use super::{Store, StoreError};
use crate::detect::{Alert, AlertId, former_group_id};

impl Store {
    /// The former id under which the alert with this id is recorded, if it is.
    ///
    /// # Errors
    /// [`StoreError`] when the state cannot be read.
    pub fn former_id(&self, id: &AlertId) -> std::result::Result<Option<AlertId>, StoreError> {
        self.check(of_id(&self.conn, id))
    }

    /// The same for a whole alert: more can be told of it.
    ///
    /// # Errors
    /// See [`Store::former_id`].
    pub fn former_id_of(&self, alert: &Alert) -> std::result::Result<Option<AlertId>, StoreError> {
        self.check(of(&self.conn, alert))
    }
}

pub(super) fn of_id(conn: &Connection, id: &AlertId) -> Result<Option<AlertId>> {
    conn.prepare_cached("SELECT alert FROM aliases WHERE id = ?1")?
        .query_row([&id.0], |row| row.get(0).map(AlertId))
        .optional()
}

pub(super) fn of(conn: &Connection, alert: &Alert) -> Result<Option<AlertId>> {
    if let Some(known) = of_id(conn, &alert.id)? {
        return Ok(Some(known));
    }
    // The first event of a group may be remembered no longer, and then its alert has no alias.
    let Some(former) = former_group_id(alert) else { return Ok(None) };
    let recorded = conn
        .prepare_cached("SELECT aggregate FROM alerts WHERE id = ?1")?
        .query_row([&former.0], |row| row.get::<_, Option<String>>(0))
        .optional()?
        .flatten();
    let recorded = recorded.and_then(|text| serde_json::from_str::<crate::detect::Aggregate>(&text).ok());
    let same = recorded.zip(alert.aggregate.as_ref()).is_some_and(|(then, now)| then.first == now.first);
    Ok(same.then_some(former))
}

/// Writes down that the alert recorded as `alert` has this id now.
pub(super) fn add(conn: &Connection, id: &AlertId, alert: &AlertId) -> Result<()> {
    conn.prepare_cached("INSERT INTO aliases (id, alert) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
        .execute(params![id.0, alert.0])
        .map(drop)
}
