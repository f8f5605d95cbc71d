//! A folder of files, and a dispatcher whose readers take no step but those of a test.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::super::*;
use crate::engine::store_thread::Findings;
use crate::trail::FileStamp;
use crate::triage::{Access, Batch, Store};

/// A folder, a dispatcher, and readers whose every step a test takes.
pub(super) struct Bench {
    root: TempDir,
    pub(super) dispatcher: Dispatcher,
    checkpoints: Checkpoints,
    /// Where a run goes on from.
    state: Option<(Store, TempDir)>,
    fresh: Receiver<Job>,
    rest: Receiver<Job>,
    window: Window,
    /// What readers hold: not read yet, and read.
    pub(super) taken: Vec<Job>,
    pub(super) done: Vec<Done>,
    events: u64,
    /// Sizes that files had, each once, so that no two contents pass for one where the clock of the system is slow.
    sizes: BTreeSet<u64>,
    /// Events whose alerts were saved.
    pub(super) raised: BTreeSet<String>,
}

impl Bench {
    pub(super) fn new() -> Self {
        Self::of(Window::default())
    }

    pub(super) fn of(window: Window) -> Self {
        Self::begin(window, None)
    }

    /// With a state on disk.
    pub(super) fn on_disk() -> Self {
        let folder = TempDir::new().unwrap();
        let store = Store::open(&folder.path().join("state.db"), Access::ReadWrite).unwrap();
        Self::begin(Window::default(), Some((store, folder)))
    }

    fn begin(window: Window, state: Option<(Store, TempDir)>) -> Self {
        let checkpoints = Checkpoints::default();
        let (dispatcher, fresh, rest) = held(None, 4, window, checkpoints.clone());
        let (taken, done) = (Vec::new(), Vec::new());
        let (root, sizes, raised) = (TempDir::new().unwrap(), BTreeSet::new(), BTreeSet::new());
        let mut bench =
            Self { root, dispatcher, checkpoints, state, fresh, rest, window, taken, done, events: 0, sizes, raised };
        bench.restart();
        bench
    }

    /// Ends, with what was found and not saved, and begins anew with what was.
    pub(super) fn restart(&mut self) {
        let Some((store, _)) = &self.state else { return };
        self.checkpoints = Checkpoints::of(store).unwrap();
        (self.dispatcher, self.fresh, self.rest) = held(None, 4, self.window, self.checkpoints.clone());
        self.dispatcher.recall();
        self.taken.clear();
        self.done.clear();
    }

    /// Saves what was found. Answers which files are marked as read by that.
    pub(super) fn save(&mut self) -> Vec<PathBuf> {
        let Findings { alerts, marks, gone, .. } = self.dispatcher.take_findings();
        self.raised.extend(alerts.into_iter().map(|found| found.alert.event_id));
        if let Some((store, _)) = &mut self.state {
            store.record(Batch { marks: &marks, gone: &gone, ..Batch::default() }).unwrap();
            self.checkpoints.written(&marks, gone.iter().map(|(_, path)| &**path));
        }
        marks.iter().map(|mark| mark.path().to_owned()).collect()
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// Lines to write, each an event of its own.
    pub(super) fn lines(&mut self, count: u64, before: u64) -> String {
        let mut lines = String::new();
        for _ in 0..count {
            self.events += 1;
            lines += &line(self.events);
        }
        while !self.sizes.insert(before + lines.len() as u64) {
            lines.push('\n');
        }
        lines
    }

    /// Makes a file of so many new events, or writes one anew.
    pub(super) fn write(&mut self, name: &str, count: u64) {
        let (path, lines) = (self.path(name), self.lines(count, 0));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, lines).unwrap();
    }

    pub(super) fn append(&mut self, name: &str, count: u64) {
        let path = self.path(name);
        let lines = self.lines(count, fs::metadata(&path).unwrap().len());
        OpenOptions::new().append(true).open(path).unwrap().write_all(lines.as_bytes()).unwrap();
    }

    pub(super) fn rename(&self, from: &str, to: &str) {
        fs::rename(self.path(from), self.path(to)).unwrap();
    }

    /// How the watch sees it now.
    pub(super) fn look(&self, name: &str) -> SeenFile {
        let path = self.path(name);
        SeenFile { stamp: stamp(&path), path, seen_at: DateTime::UNIX_EPOCH, first: false, settled: false }
    }

    pub(super) fn see(&mut self, name: &str) {
        let seen = self.look(name);
        self.dispatcher.sighted(Sighting::File(seen));
    }

    pub(super) fn gone(&mut self, name: &str) {
        let path = self.path(name);
        self.dispatcher.sighted(Sighting::Gone([path].into()));
    }

    /// Hands out what can be.
    pub(super) fn hand_out(&mut self) {
        self.dispatcher.hand_out();
        self.taken.extend(self.fresh.try_iter().chain(self.rest.try_iter()));
    }

    /// Has the first of what was handed out read.
    pub(super) fn read(&mut self) {
        let job = self.taken.remove(0);
        self.done.push(read(job, self.window));
    }

    /// Takes in the first of what was read.
    pub(super) fn take_in(&mut self) {
        let done = self.done.remove(0);
        self.dispatcher.done(done);
    }

    /// Reads until nothing waits.
    pub(super) fn settle(&mut self) {
        self.hand_out();
        while !self.taken.is_empty() || !self.done.is_empty() {
            while !self.taken.is_empty() {
                self.read();
            }
            while !self.done.is_empty() {
                self.take_in();
            }
            self.hand_out();
        }
    }

    /// Files that are there, by name.
    pub(super) fn files(&self) -> Vec<String> {
        let mut folders = vec![self.root.path().to_owned()];
        let mut files = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    files.push(path.strip_prefix(self.root.path()).unwrap().to_str().unwrap().to_owned());
                }
            }
        }
        files.sort();
        files
    }

    /// Sees everything, as a sweep does, and reads it.
    pub(super) fn sweep(&mut self) {
        for name in self.files() {
            self.see(&name);
        }
        self.settle();
    }

    /// Events and files that count, when everything has been seen.
    pub(super) fn counted(&mut self) -> (u64, u64) {
        self.settle();
        self.sweep();
        self.sweep();
        self.save();
        let health = self.dispatcher.figures();
        let (_, held) = self.held();
        assert!(held.is_subset(&self.raised), "not raised: {:?}", held.difference(&self.raised));
        assert_eq!((health.failed, health.bad_records, health.pending), (0, 0, 0), "{health:?}");
        (health.events, health.files)
    }

    /// Lines in all files, and which events they are.
    pub(super) fn held(&self) -> (u64, BTreeSet<String>) {
        let texts: Vec<String> = self.files().iter().map(|name| fs::read_to_string(self.path(name)).unwrap()).collect();
        let lines = texts.iter().flat_map(|text| text.lines()).filter(|line| !line.is_empty());
        let ids: Vec<String> = lines.map(id).collect();
        (ids.len() as u64, ids.into_iter().collect())
    }
}

fn stamp(path: &Path) -> FileStamp {
    let found = fs::metadata(path).unwrap();
    let columns = CheckpointColumns {
        id: FileId::from_columns(found.dev(), found.ino()),
        size: found.len(),
        mtime_ns: found.mtime() * 1_000_000_000 + found.mtime_nsec(),
        ctime_ns: Some(found.ctime() * 1_000_000_000 + found.ctime_nsec()),
        ..CheckpointColumns::default()
    };
    Checkpoint::from_columns(columns).stamp()
}

/// The line of a record that a bundled rule fires on.
fn line(event: u64) -> String {
    let time = DateTime::from_timestamp(1_700_000_000 + i64::try_from(event).unwrap(), 0).unwrap();
    let record = serde_json::json!({
        "eventVersion": "1.08",
        "userIdentity": {"type": "IAMUser", "accountId": "111122223333", "userName": "bob"},
        "eventTime": time.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "eventSource": "rds.amazonaws.com",
        "eventName": "StartExportTask",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "192.0.2.44",
        "requestParameters": {"exportTaskIdentifier": "orders", "s3BucketName": "finance-exports"},
        "responseElements": {"status": "STARTING"},
        "eventID": format!("e{event}"),
        "eventType": "AwsApiCall",
        "recipientAccountId": "111122223333",
    });
    record.to_string() + "\n"
}

fn id(line: &str) -> String {
    serde_json::from_str::<serde_json::Value>(line).unwrap()["eventID"].as_str().unwrap().to_owned()
}
