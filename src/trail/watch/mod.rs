//! Watches folders for files that are new or have changed.
//!
//! What the system notifies is a hint: it makes things quick and may be late, incomplete or absent. The sweep, a walk
//! over everything at an interval, is the truth: it compares each file with what was last sent of it. A hint and a sweep
//! send the same thing, a [`Sighting::File`], and only for a file that differs from the last sighting, or from what is
//! [`Known`] of it (all else that is there at the start comes in one piece, as [`Sighting::Listed`], so that nothing new waits
//! behind it); reading it is the receiver's business ([`super::live::read`]).
//!
//! The receiver owns the pace: when its channel is full, sightings wait here, at most one of each file.

mod hints;
mod outbox;
mod seen;
#[cfg(test)]
mod tests;
mod worker;

use std::collections::BTreeSet;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use chrono::{DateTime, Utc};
use crossbeam_channel::{Receiver, Sender, unbounded};

pub use self::seen::Known;
use super::bucket::{fetch_into, shell};
use super::find::FindProblem;
use super::problem::shown;
use super::stamp::FileStamp;
use crate::text::visible;

/// Least time between two sweeps, unless `--sweep` says otherwise.
pub const SWEEP_EVERY: Duration = Duration::from_secs(5);

/// How to watch.
#[derive(Debug, Clone)]
pub struct Options {
    /// Least time between two sweeps. They come more rarely by themselves where one takes long, so that sweeping costs
    /// less than a hundredth of a core.
    pub sweep: Duration,
    /// How long a file must have been left alone to count as settled.
    pub settle: Duration,
    /// Whether to ask the system for notifications.
    pub notify: bool,
    /// What time it is, by the clock that the times of files are of.
    pub clock: fn() -> DateTime<Utc>,
}

impl Options {
    /// The ordinary ones.
    #[must_use]
    pub fn new(clock: fn() -> DateTime<Utc>) -> Self {
        Self { sweep: SWEEP_EVERY, settle: Duration::from_secs(10), notify: true, clock }
    }
}

/// What the watch tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sighting {
    /// What the first listing has found and is not known, newest first. Sent once, before everything else.
    Listed(Vec<SeenFile>),
    /// A file that is new, has changed, or has settled.
    File(SeenFile),
    /// Files and folders that are there no more, as far as the system has said so.
    Gone(BTreeSet<PathBuf>),
    /// A sweep has ended. Unsent ones are merged.
    Swept(Sweep),
    /// The system notifies of changes.
    Notifying,
    /// The system does not notify, or not of everything: changes are found by sweeping alone. Why, as a sentence
    /// without a full stop, fit to be shown. Tried again from time to time.
    Degraded(String),
}

/// A file as it was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenFile {
    /// Its path, absolute.
    pub path: PathBuf,
    /// Which file, how long, and when it was written.
    pub stamp: FileStamp,
    /// When it was seen like this.
    pub seen_at: DateTime<Utc>,
    /// It belongs to the first listing.
    pub first: bool,
    /// It has been left alone for [`Options::settle`].
    pub settled: bool,
}

/// What a sweep came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sweep {
    /// Files looked at.
    pub files: u64,
    /// How long it took.
    pub took: Duration,
    /// When it ended.
    pub at: DateTime<Utc>,
    /// When the next one comes, from then.
    pub next: Duration,
    /// Whether files are gone since the sweep before, or have changed.
    pub some_gone: bool,
    /// What could not be looked into.
    pub problems: Vec<FindProblem>,
}

/// What is missing of a file that is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// All of it: it gives nothing before it is whole. While it is being written it is seen again when it is closed or
    /// renamed, and at each sweep, not at each write.
    Whole,
    /// The end of its last line. It is seen again at each write.
    Tail,
}

/// Why watching cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// A folder is not there.
    #[error("{} does not exist; fetch logs into it: {}", shown(.path), visible(&fetch_into(&.path.to_string_lossy())))]
    Missing {
        /// The folder.
        path: PathBuf,
    },
    /// A folder cannot be looked into.
    #[error("{} {why}", shown(.path))]
    Refused {
        /// The folder.
        path: PathBuf,
        /// What the system said, and what to do.
        why: String,
    },
    /// It is no folder.
    #[error(
        "{} is not a folder; watch the folder it is in, or read it once: watchfloor scan {}",
        shown(.path),
        visible(&shell(&.path.to_string_lossy()))
    )]
    NotAFolder {
        /// What was to be watched.
        path: PathBuf,
    },
    /// No folder was named.
    #[error("no folder to watch was named")]
    Nothing,
    /// No thread could be started.
    #[error("watching cannot begin: {0}")]
    Thread(io::Error),
}

/// A running watch. Dropping it ends it.
#[derive(Debug)]
pub struct Watch {
    control: Option<Sender<worker::Control>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    /// Starts to watch `folders` and everything under them, and tells `tx`. What is `known` may come later: the folders are
    /// listed meanwhile. Nothing is, when the other end of it is gone.
    ///
    /// # Errors
    /// When one of them is not there or no folder.
    pub fn start(
        folders: &[PathBuf],
        options: Options,
        known: Receiver<Known>,
        tx: Sender<Sighting>,
    ) -> Result<Self, WatchError> {
        if folders.is_empty() {
            return Err(WatchError::Nothing);
        }
        let roots = folders.iter().map(|folder| root(folder)).collect::<Result<Vec<_>, _>>()?;
        let (control, controls) = unbounded();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::Builder::new()
            .name("watch".to_owned())
            .spawn(move || worker::Worker::new(roots, options, tx, controls, stopped).run(&known))
            .map_err(WatchError::Thread)?;
        Ok(Self { control: Some(control), stop, thread: Some(thread) })
    }

    /// Asks for another sighting of a file that was not whole: when it changes, as always, and once with `settled` set
    /// when it has been left alone for [`Options::settle`].
    pub fn waiting(&self, path: &Path, missing: Missing) {
        if let Some(control) = &self.control {
            // Fails only when the receiver of sightings is gone, and the watch with it.
            let _ = control.send(worker::Control::Waiting(path.to_owned(), missing));
        }
    }

    /// Has everything looked at now.
    pub fn sweep(&self) {
        if let Some(control) = &self.control {
            let _ = control.send(worker::Control::Sweep);
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        drop(self.control.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn root(folder: &Path) -> Result<PathBuf, WatchError> {
    let refused = |error: io::Error| match error.kind() {
        ErrorKind::NotFound if !folder.is_symlink() => WatchError::Missing { path: folder.to_owned() },
        _ => {
            let FindProblem { path, reason: why } = FindProblem::of(folder.to_owned(), &error);
            WatchError::Refused { path, why }
        }
    };
    let path = std::path::absolute(folder).map_err(refused)?;
    if !std::fs::metadata(&path).map_err(refused)?.is_dir() {
        return Err(WatchError::NotAFolder { path: folder.to_owned() });
    }
    std::fs::read_dir(&path).map_err(refused)?;
    Ok(path)
}
