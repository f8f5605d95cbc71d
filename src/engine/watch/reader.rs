//! A reader: takes files one after another, and what is new in each to the rules.

use std::path::PathBuf;
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender};

use super::super::evaluate::Reading;
use super::super::window::Window;
use crate::detect::{Judged, RuleSet};
use crate::trail::live::{self, LiveRead};
use crate::trail::watch::SeenFile;
use crate::trail::{self, Buffers, FileMark, ReadError};

/// A file to read, and the rules to put its events to.
pub(super) struct Job {
    pub rules: Arc<RuleSet>,
    pub task: Task,
}

/// What to read of a file.
pub(super) enum Task {
    /// What is new in it.
    New { file: SeenFile, prior: Option<FileMark> },
    /// All of it, for those rules that do not know it yet, by their places.
    Again { path: PathBuf, only: Arc<[bool]> },
}

/// What came of a job.
pub(super) struct Done {
    pub rules: Arc<RuleSet>,
    pub reading: Reading,
    /// What was new in a file; nothing where it was read again.
    pub new: Option<New>,
}

/// What was new in a file.
pub(super) struct New {
    pub file: SeenFile,
    pub prior: Option<FileMark>,
    pub result: Result<LiveRead, ReadError>,
}

/// Starts a reader. It ends when there are no more jobs to come, or nobody takes what it did.
pub(super) fn start(window: Window, jobs: Receiver<Job>, done: Sender<Done>) -> std::io::Result<()> {
    let reader = std::thread::Builder::new().name("reader".into()).spawn(move || {
        let mut buffers = Buffers::new();
        for Job { rules, task } in jobs {
            let mut reading = Reading::default();
            let new = match task {
                Task::New { file, prior } => {
                    let path = &file.path;
                    let result = live::read(path, prior.as_ref(), file.settled, &mut buffers, &mut |record| {
                        reading.take(record, &window, |reading, event, record| {
                            reading.remember(event);
                            reading.detect(event, &rules, path, record.offset);
                        });
                    });
                    Some(New { file, prior, result })
                }
                Task::Again { path, only } => {
                    reading.judged = Judged::only(only);
                    // What is wrong with the file was said when it was read first.
                    let _ = trail::read_once(&path, &mut buffers, &mut |record| {
                        reading.take(record, &window, |reading, event, record| {
                            reading.detect(event, &rules, &path, record.offset);
                        });
                    });
                    None
                }
            };
            if done.send(Done { rules, reading, new }).is_err() {
                break;
            }
        }
    });
    reader.map(drop)
}
