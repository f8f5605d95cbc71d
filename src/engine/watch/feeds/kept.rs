//! What the state keeps of a source beside how far it was read: what its shards count for, and what was left out of them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::super::done::Share;
use crate::cluster::Cursor;

/// By the uuid of the index and the shard.
#[derive(Debug, Default)]
pub(super) struct Kept(BTreeMap<(String, u32), Shard>);

#[derive(Debug, Default, Clone, Copy)]
struct Shard {
    events: u64,
    span: Option<(i64, i64)>,
    since: Option<i64>,
    narrowed: Option<i64>,
}

impl Kept {
    pub(super) fn of(cursors: Vec<Cursor>) -> Self {
        let shard = |cursor: Cursor| {
            let Cursor { uuid, shard, documents, span, since, narrowed, .. } = cursor;
            ((uuid, shard), Shard { events: documents, span, since, narrowed })
        };
        Self(cursors.into_iter().map(shard).collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn events(&self) -> u64 {
        self.0.values().map(|shard| shard.events).sum()
    }

    /// Time of the earliest event.
    pub(super) fn begins(&self) -> Option<DateTime<Utc>> {
        let first = self.0.values().filter_map(|shard| shard.span).map(|(first, _)| first).min();
        first.and_then(DateTime::from_timestamp_micros)
    }

    /// Time of the latest event.
    pub(super) fn ends(&self) -> Option<DateTime<Utc>> {
        let last = self.0.values().filter_map(|shard| shard.span).map(|(_, last)| last).max();
        last.and_then(DateTime::from_timestamp_micros)
    }

    /// When the server last left something out.
    pub(super) fn narrowed(&self) -> Option<i64> {
        self.0.values().filter_map(|shard| shard.narrowed).max()
    }

    /// Adds to the cursors of a page what the shards count for with its events, which are told apart by index: the first
    /// shard of it that is read on stands for all.
    pub(super) fn complete(
        &mut self,
        cursors: &mut [Cursor],
        shares: &HashMap<Arc<str>, Share>,
        since: Option<i64>,
        narrowed: Option<i64>,
    ) {
        let mut shares = shares.clone();
        for cursor in cursors {
            let new = Shard { since, ..Shard::default() };
            let shard = self.0.entry((cursor.uuid.clone(), cursor.shard)).or_insert(new);
            if let Some(share) = shares.remove(&*cursor.index) {
                shard.events += share.events;
                let spans = shard.span.into_iter().chain(share.span);
                shard.span = spans.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
            }
            shard.narrowed = shard.narrowed.max(narrowed);
            let Shard { events, span, since, narrowed } = *shard;
            (cursor.documents, cursor.span, cursor.since, cursor.narrowed) = (events, span, since, narrowed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_carries_on_what_its_shard_counted_for() {
        let cursor = |shard, number| Cursor { uuid: "u".into(), shard, index: "i".into(), number, ..Cursor::default() };
        let mut kept = Kept::of(vec![Cursor { documents: 5, span: Some((10, 20)), since: Some(1), ..cursor(0, 4) }]);
        let shares = HashMap::from([("i".into(), Share { events: 2, span: Some((5, 15)) })]);
        let mut page = [cursor(0, 6), cursor(1, 0)];
        kept.complete(&mut page, &shares, Some(3), Some(99));
        let [first, second] = page;
        assert_eq!((first.number, first.documents, first.span), (6, 7, Some((5, 20))));
        assert_eq!((first.since, first.narrowed), (Some(1), Some(99)));
        assert_eq!((second.documents, second.span, second.since, second.narrowed), (0, None, Some(3), Some(99)));
        assert_eq!((kept.events(), kept.narrowed(), kept.is_empty()), (7, Some(99), false));
    }
}
