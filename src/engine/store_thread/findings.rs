//! What readers found, on its way to the state.

use std::path::PathBuf;
use std::sync::Arc;

use crate::cluster::Cursor;
use crate::detect::{AlertId, Change, MemoryUpdate, RuleSet};
use crate::trail::Checkpoint;
use crate::triage::{FirstSeen, NewAlert, RememberedHit};

/// What readers found, to be written in one transaction.
#[derive(Debug, Default)]
pub(in crate::engine) struct Findings {
    /// Alerts; whether the cap holds them is decided here.
    pub alerts: Vec<NewAlert>,
    /// How far files have been read.
    pub marks: Vec<Checkpoint>,
    /// Files that are gone or have another name, each with how many of the marks come before that.
    pub gone: Vec<(usize, PathBuf)>,
    /// How far shards of clusters have been read.
    pub cursors: Vec<Cursor>,
    /// First sights of actors, addresses, agents and regions.
    pub seen: Vec<FirstSeen>,
    pub kept: Vec<RememberedHit>,
    /// What else changes of what is remembered.
    pub entries: Vec<MemoryUpdate>,
    /// What has become of alerts that rest on it.
    pub turned: Vec<AggregateChange>,
    /// Alerts to take back; worked out here from the above.
    pub withdrawn: Vec<AlertId>,
    /// Rules that everything read by now has been put to, by their fingerprints.
    pub whole: Vec<String>,
}

/// What has become of an alert, of a rule of this set.
#[derive(Debug)]
pub(in crate::engine) struct AggregateChange {
    pub rules: Arc<RuleSet>,
    pub change: Change<()>,
    /// Whether that comes from a file that has just arrived.
    pub live: bool,
}

impl Findings {
    pub(in crate::engine) fn append(&mut self, mut more: Self) {
        self.alerts.append(&mut more.alerts);
        let before = self.marks.len();
        self.gone.extend(more.gone.into_iter().map(|(at, path)| (before + at, path)));
        self.marks.append(&mut more.marks);
        self.cursors.append(&mut more.cursors);
        self.seen.append(&mut more.seen);
        self.kept.append(&mut more.kept);
        self.entries.append(&mut more.entries);
        self.turned.append(&mut more.turned);
        self.withdrawn.append(&mut more.withdrawn);
        self.whole.append(&mut more.whole);
    }

    /// Whether there is nothing to write.
    pub(in crate::engine) fn is_empty(&self) -> bool {
        self.len() == 0
            && self.gone.is_empty()
            && self.cursors.is_empty()
            && self.seen.is_empty()
            && self.entries.is_empty()
            && self.whole.is_empty()
    }

    /// Alerts, marks and events to remember.
    pub(in crate::engine) fn len(&self) -> usize {
        self.alerts.len() + self.marks.len() + self.kept.len() + self.turned.len() + self.withdrawn.len()
    }
}
