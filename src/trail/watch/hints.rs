//! Hints from the system that something has changed.

use std::collections::HashMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use notify::event::{AccessKind, AccessMode, CreateKind, ModifyKind};
use notify::{Config, ErrorKind, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use crate::text::visible;

/// Hints held at once; what does not fit makes a sweep.
const HELD: usize = 8192;

#[derive(Debug)]
pub(super) enum Hint {
    /// Something happened to a file or folder, which may be gone. `ended`: it was closed after writing, or got its name.
    Changed { path: PathBuf, ended: bool },
    /// Hints were lost: only a sweep can tell.
    Lost,
    /// From now on hints are incomplete; why.
    Failed(String),
}

/// Device, inode, and time of birth, as inodes are used again.
type Identity = (u64, u64, Option<SystemTime>);

/// The system's notifications for some folders.
pub(super) struct Hints {
    tx: Sender<Hint>,
    lost_tx: Sender<()>,
    pub(super) rx: Receiver<Hint>,
    /// Holds something when hints did not fit.
    pub(super) lost: Receiver<()>,
    watcher: Option<RecommendedWatcher>,
    /// The folders watched, and which ones they were.
    watched: HashMap<PathBuf, Identity>,
}

impl Hints {
    pub(super) fn new() -> Self {
        let (tx, rx) = bounded(HELD);
        let (lost_tx, lost) = bounded(1);
        Self { tx, lost_tx, rx, lost, watcher: None, watched: HashMap::new() }
    }

    /// Asks for hints on those of `roots` that are there and not watched yet, or are other folders than before.
    ///
    /// # Errors
    /// Why hints are incomplete, as a sentence without a full stop. Nothing is watched then.
    pub(super) fn watch(&mut self, roots: &[PathBuf]) -> Result<(), String> {
        for root in roots {
            let Ok(metadata) = std::fs::metadata(root) else {
                self.watched.remove(root);
                continue;
            };
            let id = (metadata.dev(), metadata.ino(), metadata.created().ok());
            if self.watched.get(root) != Some(&id) {
                self.watch_root(root).map_err(|error| {
                    self.stop();
                    explain(&error)
                })?;
                self.watched.insert(root.clone(), id);
            }
        }
        Ok(())
    }

    pub(super) fn stop(&mut self) {
        self.watcher = None;
        self.watched.clear();
    }

    fn watch_root(&mut self, root: &Path) -> notify::Result<()> {
        let watcher = match &mut self.watcher {
            Some(watcher) => watcher,
            none => {
                let (tx, lost) = (self.tx.clone(), self.lost_tx.clone());
                let config = Config::default().with_follow_symlinks(false);
                let handler = move |event| {
                    for hint in hints_of(event) {
                        if let Err(TrySendError::Full(_)) = tx.try_send(hint) {
                            // Full already: it is known that hints were lost.
                            let _ = lost.try_send(());
                        }
                    }
                };
                none.insert(RecommendedWatcher::new(handler, config)?)
            }
        };
        // A folder of that name that was watched before and is gone.
        let _ = watcher.unwatch(root);
        watcher.watch(root, RecursiveMode::Recursive)
    }
}

fn hints_of(event: notify::Result<Event>) -> Vec<Hint> {
    let event = match event {
        Ok(event) => event,
        Err(error) => return vec![Hint::Failed(explain(&error))],
    };
    if event.need_rescan() {
        return vec![Hint::Lost];
    }
    let ended = match event.kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) | EventKind::Create(CreateKind::Folder) => true,
        EventKind::Modify(ModifyKind::Name(_)) => true,
        EventKind::Create(_) | EventKind::Modify(_) | EventKind::Remove(_) | EventKind::Any => false,
        EventKind::Access(_) | EventKind::Other => return Vec::new(),
    };
    event.paths.into_iter().map(|path| Hint::Changed { path, ended }).collect()
}

fn explain(error: &notify::Error) -> String {
    match &error.kind {
        ErrorKind::MaxFilesWatch => {
            "the system watches no more folders: fs.inotify.max_user_watches is used up; raise it with sysctl"
                .to_owned()
        }
        ErrorKind::Io(error) => format!("the system does not notify of changes: {error}"),
        ErrorKind::Generic(text) => format!("the system does not notify of changes: {}", visible(text)),
        other => format!("the system does not notify of changes: {}", visible(&format!("{other:?}"))),
    }
}
