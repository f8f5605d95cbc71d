//! Since when a cluster is read. Its documents have no end behind them, as files in a folder have, so the first look goes
//! back one day, or as far as `--since` says, and further by what the rules look back. What came before is remembered with
//! each cursor: a later run that asks for more begins anew, and every other goes on.

use chrono::{DateTime, Utc};

use super::super::window::Window;
use super::super::{Outlet, Update};
use super::feed::Source;
use super::feeds::{FIRST, Opened};
use crate::cluster::Cursor;
use crate::triage::Store;

/// Begins to read at these cursors.
pub(super) type Open = Box<dyn FnOnce(Vec<Cursor>) -> Box<dyn Source>>;

/// A cluster that is to be read.
pub(super) struct Opening {
    /// Its name in the configuration.
    pub cluster: String,
    pub open: Open,
}

/// The sources, going on where the state says.
pub(super) fn open(
    sources: Vec<Opening>,
    window: Window,
    store: &Store,
    now: DateTime<Utc>,
    outlet: &Outlet,
) -> Vec<Opened> {
    let open = |Opening { cluster, open }: Opening| {
        let cursors = store.cursors(&cluster).unwrap_or_else(|error| {
            outlet(Update::Notice(format!(
                "how far cluster {cluster} was read is not known, and it is read again: {error}"
            )));
            Vec::new()
        });
        let (since, cursors) = since(window.since, now, cursors);
        Opened { source: open(cursors.clone()), cursors, window: Window { since: Some(since), until: window.until } }
    };
    sources.into_iter().map(open).collect()
}

/// Since when events count, and the cursors that hold for that.
fn since(asked: Option<DateTime<Utc>>, now: DateTime<Utc>, cursors: Vec<Cursor>) -> (DateTime<Utc>, Vec<Cursor>) {
    let read = cursors.iter().filter_map(|cursor| cursor.since).min().and_then(DateTime::from_timestamp_micros);
    match (asked, read) {
        (None, read) => (read.unwrap_or(now - FIRST), cursors),
        (Some(asked), Some(read)) if asked < read => (asked, Vec::new()),
        (Some(asked), _) => (asked, cursors),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_asks_for_more_begins_anew() {
        let at = |hour: i64| DateTime::from_timestamp(hour * 3600, 0).unwrap();
        let read = |hour: i64| vec![Cursor { since: Some(at(hour).timestamp_micros()), ..Cursor::default() }];
        let now = at(100);
        assert_eq!(since(None, now, Vec::new()), (at(76), Vec::new()), "a day");
        assert_eq!(since(None, now, read(5)), (at(5), read(5)), "as before");
        assert_eq!(since(Some(at(50)), now, read(5)), (at(50), read(5)), "less");
        assert_eq!(since(Some(at(4)), now, read(5)), (at(4), Vec::new()), "more");
        assert_eq!(since(Some(at(50)), now, Vec::new()), (at(50), Vec::new()));
    }
}
