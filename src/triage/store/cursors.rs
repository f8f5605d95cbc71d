//! How far shards of clusters were read.

use rusqlite::{Connection, Row, params};

use super::{Store, StoreError};
use crate::cluster::Cursor;

impl Store {
    /// How far the shards of this cluster were read.
    ///
    /// # Errors
    /// [`StoreError`] when the state cannot be read.
    pub fn cursors(&self, cluster: &str) -> Result<Vec<Cursor>, StoreError> {
        let read = (|| {
            let sql = "SELECT cluster, uuid, shard, \"index\", number, term, overlap, documents, first_event, \
                       last_event, since, narrowed FROM cursors WHERE cluster = ?1 ORDER BY uuid, shard";
            self.conn().prepare_cached(sql)?.query_map([cluster], cursor)?.collect()
        })();
        self.check(read)
    }
}

fn cursor(row: &Row<'_>) -> rusqlite::Result<Cursor> {
    let overlap: String = row.get(6)?;
    let (first, last): (Option<i64>, Option<i64>) = (row.get(8)?, row.get(9)?);
    Ok(Cursor {
        cluster: row.get(0)?,
        uuid: row.get(1)?,
        shard: row.get(2)?,
        index: row.get(3)?,
        number: row.get(4)?,
        term: row.get::<_, i64>(5)?.unsigned_abs(),
        // Without the ids the overlap is read again, which does no harm.
        overlap: serde_json::from_str(&overlap).unwrap_or_default(),
        documents: row.get::<_, i64>(7)?.unsigned_abs(),
        span: first.zip(last),
        since: row.get(10)?,
        narrowed: row.get(11)?,
    })
}

pub(super) fn put(conn: &Connection, cursors: &[Cursor]) -> rusqlite::Result<()> {
    let mut put = conn.prepare_cached(
        "INSERT OR REPLACE INTO cursors (cluster, uuid, shard, \"index\", number, term, overlap, documents, \
         first_event, last_event, since, narrowed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?;
    for Cursor { cluster, uuid, shard, index, number, term, overlap, documents, span, since, narrowed } in cursors {
        let overlap = serde_json::to_string(overlap).unwrap_or_default();
        let (term, documents) =
            (i64::try_from(*term).unwrap_or(i64::MAX), i64::try_from(*documents).unwrap_or(i64::MAX));
        let (first, last) = span.unzip();
        put.execute(params![
            cluster, uuid, shard, index, number, term, overlap, documents, first, last, since, narrowed
        ])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::triage::Batch;

    #[test]
    fn the_last_cursor_of_a_shard_is_kept_with_its_batch() {
        let mut store = Store::in_memory().unwrap();
        let first = Cursor {
            cluster: "prod".into(),
            uuid: "u".into(),
            shard: 1,
            index: "logs-1".into(),
            number: 41,
            term: 2,
            overlap: vec!["a".into()],
            documents: 42,
            span: Some((1, 2)),
            since: Some(-3),
            narrowed: Some(4),
        };
        let then = Cursor { number: 99, overlap: Vec::new(), span: None, since: None, ..first.clone() };
        let other = Cursor { cluster: "test".into(), ..first.clone() };
        store.record(Batch { cursors: &[first, other.clone(), then.clone()], ..Batch::default() }).unwrap();
        assert_eq!(store.cursors("prod").unwrap(), [then]);
        assert_eq!(store.cursors("test").unwrap(), [other]);
    }
}
