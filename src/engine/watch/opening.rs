//! Since when a cluster is read: from its first document on, as a folder is, or as far back as `--since` says and the rules
//! look back. That bound is remembered with each cursor: a later run that asks for more begins anew, and every other goes
//! on. A run without a bound takes in whatever arrives, however old it is.

use chrono::{DateTime, Utc};

use super::super::window::Window;
use super::super::{Outlet, Update};
use super::feed::Source;
use super::feeds::Opened;
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
pub(super) fn open(sources: Vec<Opening>, window: Window, store: &Store, outlet: &Outlet) -> Vec<Opened> {
    let open = |Opening { cluster, open }: Opening| {
        let cursors = store.cursors(&cluster).unwrap_or_else(|error| {
            outlet(Update::Notice(format!(
                "how far cluster {cluster} was read is not known, and it is read again: {error}"
            )));
            Vec::new()
        });
        let cursors = going_on(window.since, cursors);
        Opened { source: open(cursors.clone()), cursors, window }
    };
    sources.into_iter().map(open).collect()
}

/// The cursors that hold for what is asked: none where it is more than was read.
fn going_on(asked: Option<DateTime<Utc>>, cursors: Vec<Cursor>) -> Vec<Cursor> {
    let bound = cursors.iter().filter_map(|cursor| cursor.since).max();
    match asked.zip(bound) {
        Some((asked, bound)) if asked.timestamp_micros() < bound => Vec::new(),
        _ => cursors,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_asks_for_more_begins_anew() {
        let at = |hour: i64| DateTime::from_timestamp(hour * 3600, 0).unwrap();
        let read = |hours: &[Option<i64>]| -> Vec<Cursor> {
            let cursor =
                |hour: &Option<i64>| Cursor { since: hour.map(|h| at(h).timestamp_micros()), ..Cursor::default() };
            hours.iter().map(cursor).collect()
        };
        let (bounded, whole) = (read(&[Some(5), None, Some(3)]), read(&[None]));
        assert_eq!(going_on(None, bounded.clone()), bounded, "as before");
        assert_eq!(going_on(Some(at(50)), bounded.clone()), bounded, "less");
        assert_eq!(going_on(Some(at(4)), bounded), Vec::new(), "more than one of them holds");
        assert_eq!(going_on(Some(at(4)), whole.clone()), whole, "all was read");
    }
}
