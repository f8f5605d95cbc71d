//! Where the threads that look around alerts look.

use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};

use chrono::{DateTime, Utc};

use super::alert_queue::SharedQueue;
use super::archive::Archive;
use super::store_thread::StoreHandle;
use super::{Clock, RuleBook};
use crate::event::GeoIp;
use crate::investigate::Seen;
use crate::triage::{FirstSeenKind, StoreQuery};

/// How much later than the log the first region may be known for all to be: not every event has one.
const REGIONS_WITHIN: chrono::Duration = chrono::Duration::hours(1);

/// What a thread that looks around alerts needs to know.
#[derive(Clone)]
pub(super) struct Sources {
    pub archive: Archive,
    /// The databases with which events are read.
    pub geoip: GeoIp,
    /// The way to the store.
    pub store: StoreHandle,
    /// What all alerts together say of one.
    pub alerts: SharedQueue,
    /// The rules, for their checklists.
    pub rules: Arc<RuleBook>,
    /// Whom to ask about an account.
    pub contacts: BTreeMap<String, String>,
    pub threads: usize,
    /// On a replay: events after this have not happened yet.
    pub now: Option<Arc<RwLock<DateTime<Utc>>>>,
    pub clock: Clock,
}

impl Sources {
    /// The present, on a replay.
    pub(super) fn until(&self, limit: DateTime<Utc>) -> DateTime<Utc> {
        match self.now.as_ref().and_then(|now| now.read().ok().map(|now| *now)) {
            Some(now) => limit.min(now + chrono::Duration::milliseconds(1)),
            None => limit,
        }
    }
}

/// How much log there is of which every event was looked at.
pub(super) struct LogBegins {
    pub(super) begins: Option<DateTime<Utc>>,
    /// Whether it is known of every region when it was first seen.
    pub(super) knows_regions: bool,
}

impl LogBegins {
    pub(super) fn of(sources: &Sources) -> Option<Self> {
        let begins = sources.archive.begins();
        let since = sources.store.ask(|reply| StoreQuery::SeenSince(FirstSeenKind::Region, reply))?.unwrap_or_default();
        let knows_regions = since.zip(begins).is_some_and(|(since, begins)| since <= begins + REGIONS_WITHIN);
        Some(Self { begins, knows_regions })
    }
}

/// What is to be said at `time` of something first seen at `first`, in a log that begins then.
pub(super) fn seen(begins: Option<DateTime<Utc>>, first: Option<DateTime<Utc>>, time: DateTime<Utc>) -> Seen {
    match first {
        Some(first) if first < time => Seen::Since(first),
        // Before the log begins nobody has looked.
        Some(_) if begins.is_none_or(|begins| begins <= time) => Seen::Never,
        _ => Seen::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_called_new_while_events_were_left_out() {
        let at = |second| DateTime::from_timestamp(second, 0).unwrap();
        assert_eq!(seen(Some(at(10)), Some(at(20)), at(20)), Seen::Never);
        assert_eq!(seen(Some(at(30)), Some(at(20)), at(20)), Seen::Unknown);
        assert_eq!(seen(Some(at(30)), Some(at(10)), at(20)), Seen::Since(at(10)));
        assert_eq!(seen(None, Some(at(20)), at(20)), Seen::Never);
        assert_eq!(seen(None, None, at(20)), Seen::Unknown);
    }
}
