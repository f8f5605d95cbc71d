//! The system's word that something has happened where rule files are: it makes a change count at once. It may be missing
//! or incomplete; the look that comes anyway is the truth.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crossbeam_channel::{Receiver, Sender, bounded};
use notify::event::{AccessKind, AccessMode};
use notify::{Config, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};

pub(super) struct RuleWatcher {
    tx: Sender<()>,
    /// Holds one when something has happened since it was last emptied.
    pub rx: Receiver<()>,
    watcher: Option<RecommendedWatcher>,
}

impl RuleWatcher {
    pub(super) fn new() -> Self {
        let (tx, rx) = bounded(1);
        Self { tx, rx, watcher: None }
    }

    /// From now on what happens in these folders counts, and nowhere else; one nudge comes at once, for what has happened
    /// before. Folders that the system does not watch give none.
    pub(super) fn watch(&mut self, folders: BTreeSet<PathBuf>) {
        self.watcher = None;
        if folders.is_empty() {
            return;
        }
        let tx = self.tx.clone();
        let tell = move |event: notify::Result<Event>| {
            if event.is_ok_and(|event| is_change(event.kind)) {
                // One is enough.
                let _ = tx.try_send(());
            }
        };
        let Ok(mut watcher) = RecommendedWatcher::new(tell, Config::default()) else { return };
        for folder in folders {
            let _ = watcher.watch(&folder, RecursiveMode::NonRecursive);
        }
        self.watcher = Some(watcher);
        let _ = self.tx.try_send(());
    }
}

/// Whether a file may say something else than before. Looking at rule files must not nudge.
fn is_change(kind: EventKind) -> bool {
    !matches!(kind, EventKind::Access(kind) if kind != AccessKind::Close(AccessMode::Write))
}
