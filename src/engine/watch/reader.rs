//! The readers: each takes files one after another, and what is new in each to the rules. Files that have just arrived
//! come to them on a way of their own, and one reader does nothing else: it is there when the others are in the middle of
//! the backlog.

use std::path::PathBuf;
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded, never, select_biased};

use super::super::evaluate::Reading;
use super::super::window::Window;
use super::done::{Done, New, Of};
use crate::detect::{Evaluation, RuleSet};
use crate::trail::live;
use crate::trail::watch::SeenFile;
use crate::trail::{self, Buffers, Checkpoint};

/// A file to read, and the rules to put its events to.
pub(super) struct Job {
    pub rules: Arc<RuleSet>,
    pub task: Task,
}

/// What to read of a file.
pub(super) enum Task {
    /// What is new in it.
    New(Box<NewFile>),
    /// All of it, for those rules that do not know it yet, by their places.
    Again { path: PathBuf, only: Arc<[bool]> },
}

/// A file that is new or has changed.
pub(super) struct NewFile {
    pub file: SeenFile,
    /// How far it was read.
    pub prior: Option<Checkpoint>,
    /// How far files with its number were read that had other names.
    pub elsewhere: Vec<Checkpoint>,
}

/// All readers. Dropped, they end when they come out of their files.
pub(super) struct Readers {
    /// The way of files that have just arrived.
    fresh: Sender<Job>,
    rest: Sender<Job>,
    threads: usize,
    fresh_under_way: usize,
    rest_under_way: usize,
}

impl Readers {
    /// Starts `threads` readers, and the one for files that have just arrived. They tell `done`.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(super) fn start(window: Window, threads: usize, done: &Sender<Done>) -> std::io::Result<Self> {
        let ((fresh, fresh_box), (rest, rest_box)) = (bounded(threads), bounded(threads + 1));
        for _ in 0..threads {
            spawn(window, fresh_box.clone(), rest_box.clone(), done.clone())?;
        }
        spawn(window, fresh_box, never(), done.clone())?;
        Ok(Self { fresh, rest, threads, fresh_under_way: 0, rest_under_way: 0 })
    }

    /// Readers that do nothing, and what lies ready for them, new files first.
    #[cfg(test)]
    pub(super) fn held(threads: usize) -> (Self, Receiver<Job>, Receiver<Job>) {
        let ((fresh, fresh_box), (rest, rest_box)) = (bounded(threads), bounded(threads + 1));
        (Self { fresh, rest, threads, fresh_under_way: 0, rest_under_way: 0 }, fresh_box, rest_box)
    }

    /// Gives a reader something to do, or the task back when enough are busy: as many as there are threads, so that the
    /// one more that files which have just arrived find ready does not mean one core more for long.
    pub(super) fn give(&mut self, job: Job) -> Option<Task> {
        let Self { fresh_under_way, rest_under_way, threads, .. } = self;
        let fresh = job.task.is_fresh();
        let room = if fresh {
            *fresh_under_way < *threads
        } else {
            // One lies ready for whoever is done with the last, unless another reader is busy beside.
            *fresh_under_way + *rest_under_way < *threads + usize::from(*fresh_under_way == 0)
        };
        if !room {
            return Some(job.task);
        }
        let (way, under_way) = if fresh { (&self.fresh, fresh_under_way) } else { (&self.rest, rest_under_way) };
        match way.try_send(job) {
            Ok(()) => {
                *under_way += 1;
                None
            }
            Err(TrySendError::Full(job) | TrySendError::Disconnected(job)) => Some(job.task),
        }
    }

    /// Takes note that a job is done.
    pub(super) fn free(&mut self, done: &Done) {
        let fresh = match &done.of {
            Of::New(new) => !new.file.first,
            Of::Again => false,
            Of::Page(_) | Of::PageAgain { .. } => return,
        };
        let under_way = if fresh { &mut self.fresh_under_way } else { &mut self.rest_under_way };
        *under_way = under_way.saturating_sub(1);
    }
}

impl Task {
    /// Whether it is a file that has just arrived.
    fn is_fresh(&self) -> bool {
        matches!(self, Self::New(new) if !new.file.first)
    }
}

/// Starts one reader, which takes what is `fresh` first.
pub(super) fn spawn(
    window: Window,
    fresh: Receiver<Job>,
    rest: Receiver<Job>,
    done: Sender<Done>,
) -> std::io::Result<()> {
    let reader = std::thread::Builder::new().name("reader".into()).spawn(move || {
        let mut buffers = Buffers::new();
        loop {
            let job = select_biased! {
                recv(fresh) -> job => job,
                recv(rest) -> job => job,
            };
            // The ways end together.
            let Ok(Job { rules, task }) = job else { break };
            let mut reading = Reading::of(&rules);
            let of = match task {
                Task::New(new) => {
                    let NewFile { file, prior, elsewhere } = *new;
                    let path = &file.path;
                    let prior = live::known_as(path, prior, elsewhere);
                    let result = live::read(
                        (path, file.stamp.id()),
                        prior.as_ref(),
                        file.settled,
                        &mut buffers,
                        &mut |record| {
                            reading.take(record, &window, rules.geoip(), |reading, event, record| {
                                reading.remember(event);
                                reading.detect(event, &rules, record);
                            });
                        },
                    );
                    Of::New(New { file, prior, result })
                }
                Task::Again { path, only } => {
                    reading.evaluation = Evaluation::only(only);
                    // What is wrong with the file was said when it was read first.
                    let _ = trail::read_once(&path, &mut buffers, &mut |record| {
                        reading.take(record, &window, rules.geoip(), |reading, event, record| {
                            reading.detect(event, &rules, record);
                        });
                    });
                    Of::Again
                }
            };
            if done.send(Done { rules, reading, of }).is_err() {
                break;
            }
        }
    });
    reader.map(drop)
}
