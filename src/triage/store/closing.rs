//! Which alerts stand closed, for the rules that look at more than one event: see [`Closing`]. An alert that stands closed
//! is not revised, so its row says what it stood for when it was closed; whoever writes to the state keeps to that, also a
//! console that does not know of the decision yet.

use rusqlite::{Connection, OptionalExtension as _, Row};

use super::decide::history;
use super::{Store, StoreError};
use crate::detect::{Aggregate, AlertId, Closing};
use crate::triage::{Case, Status};

/// What [`read`] reads.
const COLUMNS: &str = "id, rule_id, event_id, aggregate, (SELECT id FROM aliases WHERE alert = alerts.id) FROM alerts \
     WHERE aggregate IS NOT NULL";

impl Store {
    /// The alerts that stand closed and stood for several events.
    ///
    /// # Errors
    /// [`StoreError`] when the state cannot be read.
    pub fn closings(&self) -> Result<Vec<Closing>, StoreError> {
        let all = (|| {
            let sql = format!("SELECT {COLUMNS} AND EXISTS (SELECT 1 FROM decisions WHERE alert = alerts.id)");
            let mut found = Vec::new();
            for closing in self.conn().prepare_cached(&sql)?.query_map([], read)? {
                if let Some(closing) = closing?
                    && is_closed(self.conn(), &closing.id)?
                {
                    found.push(closing);
                }
            }
            Ok(found)
        })();
        self.check(all)
    }

    /// How this alert stands: nothing unless it is one of [`Store::closings`].
    ///
    /// # Errors
    /// [`StoreError`] when the state cannot be read.
    pub fn closing(&self, id: &AlertId) -> Result<Option<Closing>, StoreError> {
        let found = (|| {
            let sql = format!("SELECT {COLUMNS} AND id = ?1");
            let closing = self.conn().prepare_cached(&sql)?.query_row([&id.0], read).optional()?.flatten();
            Ok(if is_closed(self.conn(), id)? { closing } else { None })
        })();
        self.check(found)
    }
}

/// The closing of an alert that is closed; nothing where the row is damaged.
fn read(row: &Row<'_>) -> rusqlite::Result<Option<Closing>> {
    let aggregate: Option<Aggregate> = serde_json::from_str(row.get_ref(3)?.as_str()?).ok();
    let (id, rule, shown) = (AlertId(row.get(0)?), row.get(1)?, row.get(2)?);
    let now = row.get::<_, Option<String>>(4)?.map(AlertId);
    let closing = aggregate.and_then(|aggregate| Closing::new(id, rule, shown, &aggregate));
    Ok(closing.map(|closing| match now {
        Some(now) => closing.with_present_id(now),
        None => closing,
    }))
}

/// Whether an alert stands closed.
pub(super) fn is_closed(conn: &Connection, id: &AlertId) -> rusqlite::Result<bool> {
    Ok(matches!(Case::fold(&history(conn, id)?).status, Status::Closed(_)))
}
