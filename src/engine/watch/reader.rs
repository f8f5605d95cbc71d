//! A reader: takes files one after another, and what is new in each to the rules.

use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender};

use super::super::evaluate::{Reading, Window};
use crate::detect::RuleSet;
use crate::trail::live::{self, LiveRead};
use crate::trail::watch::SeenFile;
use crate::trail::{Buffers, FileMark, ReadError};

/// A file to read.
#[derive(Debug)]
pub(super) struct Job {
    pub file: SeenFile,
    pub prior: Option<FileMark>,
}

/// What came of it.
#[derive(Debug)]
pub(super) struct Done {
    pub job: Job,
    pub result: Result<LiveRead, ReadError>,
    pub reading: Reading,
}

/// Starts a reader. It ends when there are no more jobs to come, or nobody takes what it did.
pub(super) fn start(
    rules: Arc<RuleSet>,
    window: Window,
    jobs: Receiver<Job>,
    done: Sender<Done>,
) -> std::io::Result<()> {
    let reader = std::thread::Builder::new().name("reader".into()).spawn(move || {
        let mut buffers = Buffers::new();
        for job in jobs {
            let mut reading = Reading::default();
            let path = &job.file.path;
            let result = live::read(path, job.prior.as_ref(), job.file.settled, &mut buffers, &mut |record| {
                reading.take(record, &window, |reading, event, record| {
                    reading.remember(event);
                    reading.detect(event, &rules, path, record.offset);
                });
            });
            if done.send(Done { job, result, reading }).is_err() {
                break;
            }
        }
    });
    reader.map(drop)
}
