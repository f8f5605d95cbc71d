//! Who goes first, with the threads held still: what a reader takes, what the dispatcher hands out, when findings are due.

mod feeding;
mod renaming;

use std::path::PathBuf;
use std::sync::Arc;

use chrono::DateTime;
use crossbeam_channel::{Receiver, bounded, never, unbounded};
use tempfile::TempDir;

use super::super::checkpoints::Checkpoints;
use super::super::store_thread::StoreHandle;
use super::super::{RuleBook, Window};
use super::dispatcher::Dispatcher;
use super::done::{Done, Of};
use super::reader::{Job, NewFile, Readers, Task, spawn};
use crate::detect::{Exceptions, RuleSet};
use crate::rule::Pack;
use crate::trail::watch::{Options, SeenFile, Sighting, Watch};
use crate::trail::{Checkpoint, CheckpointColumns, FileId};

fn file(name: &str, first: bool) -> SeenFile {
    let id = FileId::from_columns(1, name.bytes().fold(0, |id, byte| id * 31 + u64::from(byte)));
    SeenFile {
        path: PathBuf::from(format!("/nowhere/{name}")),
        stamp: Checkpoint::from_columns(CheckpointColumns { id, ..CheckpointColumns::default() }).stamp(),
        seen_at: DateTime::UNIX_EPOCH,
        first,
        settled: false,
    }
}

fn rules() -> RuleBook {
    RuleBook::new(Pack::load(&[], DateTime::UNIX_EPOCH), Exceptions::default())
}

fn job(rules: &Arc<RuleSet>, name: &str, first: bool) -> Job {
    Job {
        rules: Arc::clone(rules),
        task: Task::New(NewFile { file: file(name, first), prior: None, elsewhere: Vec::new() }.into()),
    }
}

fn names(jobs: &Receiver<Job>) -> Vec<String> {
    let name = |task| match task {
        Task::New(new) => new.file.path,
        Task::Again { path, .. } => path,
    };
    jobs.try_iter().map(|job| name(job.task).file_name().unwrap().to_str().unwrap().to_owned()).collect()
}

fn done(rules: &Arc<RuleSet>, name: &str, first: bool) -> Done {
    read(job(rules, name, first), Window::default())
}

/// What a reader makes of it.
fn read(job: Job, window: Window) -> Done {
    let ((fresh, fresh_box), (tx, rx)) = (bounded(1), bounded(1));
    fresh.send(job).unwrap();
    drop(fresh);
    spawn(window, fresh_box, never(), tx).unwrap();
    rx.recv().unwrap()
}

#[test]
fn a_reader_takes_what_has_just_arrived_before_what_lay_there() {
    let rules = rules().current();
    let ((fresh, fresh_box), (rest, rest_box), (tx, rx)) = (bounded(2), bounded(2), bounded(4));
    for name in ["old", "older"] {
        rest.send(job(&rules, name, true)).unwrap();
    }
    for name in ["new", "newer"] {
        fresh.send(job(&rules, name, false)).unwrap();
    }
    spawn(Window::default(), fresh_box, rest_box, tx).unwrap();
    let first = |done: Done| if let Of::New(new) = done.of { new.file.first } else { panic!("read again") };
    let order: Vec<bool> = rx.iter().take(4).map(first).collect();
    assert_eq!(order, [false, false, true, true]);
}

#[test]
fn there_is_always_a_reader_for_what_arrives_and_never_one_more_for_the_rest() {
    let rules = rules().current();
    for threads in [1, 3] {
        let (mut readers, fresh, rest) = Readers::held(threads);
        // One for each reader, and one that lies ready.
        for n in 0..=threads {
            assert!(readers.give(job(&rules, &format!("old{n}"), true)).is_none());
        }
        assert!(readers.give(job(&rules, "more", true)).is_some());
        for n in 0..threads {
            assert!(readers.give(job(&rules, &format!("new{n}"), false)).is_none());
        }
        assert!(readers.give(job(&rules, "newer", false)).is_some(), "no more than that at a time");
        assert_eq!((names(&fresh).len(), names(&rest).len()), (threads, threads + 1));

        for _ in 0..=threads {
            assert!(readers.give(job(&rules, "more", true)).is_some(), "what has arrived keeps all busy");
            readers.free(&done(&rules, "old", true));
        }
        assert!(readers.give(job(&rules, "more", true)).is_some());
        readers.free(&done(&rules, "new", false));
        assert!(readers.give(job(&rules, "more", true)).is_none());
    }
}

/// A dispatcher with readers that do nothing.
struct Held {
    dispatcher: Dispatcher,
    fresh: Receiver<Job>,
    rest: Receiver<Job>,
    _folder: TempDir,
}

impl Held {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let clock = || DateTime::UNIX_EPOCH;
        let (sighted, _sightings) = bounded(1);
        let watch = Watch::start(&[folder.path().to_owned()], Options::new(clock), bounded(1).1, sighted).unwrap();
        let (dispatcher, fresh, rest) = held(Some(watch), 1, Window::default(), Checkpoints::default());
        Self { dispatcher, fresh, rest, _folder: folder }
    }
}

/// A dispatcher, and what lies ready for its readers.
fn held(
    watch: Option<Watch>,
    threads: usize,
    window: Window,
    checkpoints: Checkpoints,
) -> (Dispatcher, Receiver<Job>, Receiver<Job>) {
    let (readers, fresh, rest) = Readers::held(threads);
    let store = StoreHandle { orders: unbounded().0, findings: bounded(0).0 };
    let dispatcher = Dispatcher::new(
        watch.map(|watch| (bounded(1).0, watch)),
        (window, || DateTime::UNIX_EPOCH),
        Arc::new(rules()),
        readers,
        store,
        checkpoints,
        Arc::new(|_| true),
    );
    (dispatcher, fresh, rest)
}

#[test]
fn a_file_that_arrives_overtakes_the_backlog() {
    let mut held = Held::new();
    let backlog = (0..1000).map(|n| file(&format!("old{n}"), true)).collect();
    held.dispatcher.sighted(Sighting::Listed(backlog));
    held.dispatcher.hand_out();
    held.dispatcher.sighted(Sighting::File(file("new", false)));
    assert!(held.dispatcher.takes_more(), "however long the backlog is");
    held.dispatcher.hand_out();
    assert_eq!(names(&held.fresh), ["new"]);
    assert_eq!(names(&held.rest), ["old0", "old1"], "newest first");
}

#[test]
fn a_file_that_arrives_is_read_while_the_backlog_waits_for_the_store() {
    let mut held = Held::new();
    held.dispatcher.sighted(Sighting::Listed(vec![file("old", true)]));
    held.dispatcher.wait_for_the_store();
    held.dispatcher.hand_out();
    assert!(names(&held.rest).is_empty());
    held.dispatcher.sighted(Sighting::File(file("new", false)));
    held.dispatcher.hand_out();
    assert_eq!((names(&held.fresh), names(&held.rest)), (vec!["new".to_owned()], vec![]));
}
