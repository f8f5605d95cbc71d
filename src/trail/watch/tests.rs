use std::collections::HashMap;
use std::fs;
use std::io::Write;
use std::time::Instant;

use crossbeam_channel::{Receiver, bounded};

use super::*;
use crate::trail::live::{self, LiveRead};
use crate::trail::{Buffers, Checkpoint};

/// Long enough on the slowest machine; no test waits that long unless it fails.
const PATIENCE: Duration = Duration::from_secs(60);

#[allow(clippy::disallowed_methods, reason = "the files of these tests are of the present")]
fn quick() -> Options {
    Options { sweep: Duration::from_millis(200), settle: Duration::from_millis(300), notify: true, clock: Utc::now }
}

/// Only hints can be quick enough: the sweep comes once, at the beginning.
fn hints_only() -> Options {
    Options { sweep: Duration::from_secs(3600), ..quick() }
}

/// Only the sweep can find anything.
fn sweep_only() -> Options {
    Options { notify: false, ..quick() }
}

/// Nothing was read before.
fn never_known() -> Receiver<Known> {
    bounded(1).1
}

struct Receiving {
    watch: Watch,
    gone: Vec<PathBuf>,
    rx: Receiver<Sighting>,
    files: Vec<SeenFile>,
    listed: Option<usize>,
    sweeps: Vec<Sweep>,
    notifying: bool,
}

impl Receiving {
    fn start(root: &Path, options: Options) -> Self {
        Self::start_knowing(root, options, Known::default())
    }

    fn start_knowing(root: &Path, options: Options, known: Known) -> Self {
        let (tx, rx) = bounded(64);
        let (knows, knowing) = bounded(1);
        knows.send(known).unwrap();
        let watch = Watch::start(&[root.to_owned()], options, knowing, tx).unwrap();
        let mut receiving =
            Self { watch, gone: Vec::new(), rx, files: Vec::new(), listed: None, sweeps: Vec::new(), notifying: false };
        receiving.until("the first sweep", |seen| !seen.sweeps.is_empty());
        receiving
    }

    fn take(&mut self, wait: Duration) -> bool {
        match self.rx.recv_timeout(wait) {
            Ok(Sighting::File(file)) => self.files.push(file),
            Ok(Sighting::Listed(files)) => {
                self.listed = Some(files.len());
                self.files.extend(files);
            }
            Ok(Sighting::Gone(paths)) => self.gone.extend(paths),
            Ok(Sighting::Swept(sweep)) => self.sweeps.push(sweep),
            Ok(Sighting::Notifying) => self.notifying = true,
            Ok(Sighting::Degraded(why)) => panic!("degraded: {why}"),
            Err(_) => return false,
        }
        true
    }

    fn until(&mut self, what: &str, done: impl Fn(&Self) -> bool) {
        let begun = Instant::now();
        while !done(self) {
            assert!(begun.elapsed() < PATIENCE, "waited in vain for {what}; seen: {:?}", self.files);
            self.take(Duration::from_millis(50));
        }
    }

    fn saw(&self, path: &Path) -> bool {
        self.files.iter().any(|file| file.path == path)
    }

    /// Takes everything of two more sweeps, of which one begins from now on. They are asked for: after one that took long
    /// the next comes late by itself.
    fn settle_down(&mut self) {
        for _ in 0..2 {
            let sweeps = self.sweeps.len();
            self.watch.sweep();
            self.until("a sweep", |seen| seen.sweeps.len() > sweeps);
        }
    }
}

fn write(path: &Path, content: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

#[test]
fn the_first_listing_is_counted_and_comes_newest_first() {
    let dir = tempfile::tempdir().unwrap();
    for (day, name) in [(2, "b"), (3, "a"), (1, "c")] {
        write(
            &dir.path()
                .join(format!("{name}/111122223333_CloudTrail_us-east-1_2026010{day}T0000Z_aaaaaaaaaaaaaaaa.json")),
            "{}",
        );
    }
    write(&dir.path().join("x.json.gz.6Eb8a9C1"), "{}");
    let mut seen = Receiving::start(dir.path(), sweep_only());
    seen.until("all files", |seen| seen.files.len() >= 3);
    seen.settle_down();
    assert_eq!(seen.listed, Some(3));
    let names: Vec<_> = seen.files.iter().map(|f| f.path.strip_prefix(dir.path()).unwrap().to_str().unwrap()).collect();
    assert_eq!(names.iter().map(|name| &name[..1]).collect::<Vec<_>>(), ["a", "b", "c"]);
    assert!(seen.files.iter().all(|file| file.first));
    assert_eq!(seen.sweeps.last().unwrap().files, 3);
}

#[test]
fn what_is_known_is_not_listed_unless_it_has_changed() {
    let dir = tempfile::tempdir().unwrap();
    let paths: Vec<PathBuf> = (0..20_000).map(|n| dir.path().join(format!("{}/{n}", n % 7))).collect();
    let mut known = Known::default();
    for path in &paths {
        write(path, "x");
        known.add(&Checkpoint::of_whole(path, FileStamp::of(&fs::metadata(path).unwrap())));
    }
    write(&paths[3], "more");
    let new = dir.path().join("0/new");
    write(&new, "x");
    let mut seen = Receiving::start_knowing(dir.path(), sweep_only(), known);
    seen.settle_down();
    assert_eq!(seen.listed, Some(2), "{:?}", seen.files);
    assert!(seen.saw(&paths[3]) && seen.saw(&new));
    assert_eq!(seen.sweeps.last().unwrap().files, 20_001);
    fs::remove_file(&paths[5]).unwrap();
    let sweeps = seen.sweeps.len();
    seen.settle_down();
    assert!(seen.sweeps[sweeps..].iter().any(|sweep| sweep.some_gone));
    assert_eq!(seen.files.len(), 2);
}

#[test]
fn what_is_removed_or_renamed_is_said_to_be_gone() {
    let dir = tempfile::tempdir().unwrap();
    let [removed, renamed, inner] = ["removed", "renamed", "folder/inner"].map(|name| dir.path().join(name));
    for path in [&removed, &renamed, &inner] {
        write(path, "x");
    }
    write(&dir.path().join("x.json.gz.6Eb8a9C1"), "x");
    let mut seen = Receiving::start(dir.path(), hints_only());
    fs::remove_file(&removed).unwrap();
    fs::rename(&renamed, dir.path().join("other")).unwrap();
    fs::rename(dir.path().join("x.json.gz.6Eb8a9C1"), dir.path().join("x.json.gz")).unwrap();
    fs::rename(dir.path().join("folder"), dir.path().with_extension("elsewhere")).unwrap();
    seen.until("word of all", |seen| seen.gone.len() >= 3);
    let folder = dir.path().join("folder");
    assert!([&removed, &renamed, &folder].iter().all(|path| seen.gone.contains(path)), "{:?}", seen.gone);
    assert_eq!(seen.gone.len(), 3, "not what was never looked at: {:?}", seen.gone);
    fs::remove_dir_all(dir.path().with_extension("elsewhere")).unwrap();
}

#[test]
fn a_sweep_that_is_asked_for_comes_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let mut seen = Receiving::start(dir.path(), Options { notify: false, ..hints_only() });
    let new = dir.path().join("new");
    write(&new, "x");
    seen.watch.sweep();
    seen.until("the file", |seen| seen.saw(&new));
}

#[test]
fn changes_are_seen_by_hints_alone_and_by_sweeps_alone() {
    for options in [hints_only(), sweep_only()] {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        let mut seen = Receiving::start(root, options.clone());
        assert_eq!(seen.notifying, options.notify);

        let created = root.join("created");
        write(&created, "1");
        seen.until("a new file", |seen| seen.saw(&created));

        let (temporary, renamed) = (root.join("renamed.6Eb8a9C1"), root.join("renamed"));
        write(&temporary, "2");
        fs::rename(&temporary, &renamed).unwrap();
        seen.until("a renamed file", |seen| seen.saw(&renamed));
        assert!(!seen.saw(&temporary));

        fs::OpenOptions::new().append(true).open(&created).unwrap().write_all(b"more").unwrap();
        seen.until("a grown file", |seen| seen.files.iter().any(|f| f.path == created && f.stamp.size == 5));
        assert!(seen.files.iter().all(|file| !file.first));
    }
}

#[test]
fn a_file_in_folders_made_just_before_is_seen() {
    let dir = tempfile::tempdir().unwrap();
    let mut seen = Receiving::start(dir.path(), quick());
    for day in 0..50 {
        let nested = dir.path().join(format!("AWSLogs/{day}/01/02/nested"));
        write(&nested, "3");
        seen.until("a file in new folders", |seen| seen.saw(&nested));
    }
}

#[test]
fn a_populated_folder_moved_in_is_seen_whole() {
    for options in [hints_only(), sweep_only()] {
        let (dir, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for n in 0..200 {
            write(&elsewhere.path().join(format!("tree/{}/{n}", n % 10)), "x");
        }
        let mut seen = Receiving::start(dir.path(), options);
        fs::rename(elsewhere.path().join("tree"), dir.path().join("tree")).unwrap();
        let all: Vec<PathBuf> = (0..200).map(|n| dir.path().join(format!("tree/{}/{n}", n % 10))).collect();
        seen.until("every file", |seen| all.iter().all(|path| seen.saw(path)));
    }
}

#[test]
fn a_storm_of_files_is_seen_whole_and_each_file_is_listed_once_by_an_idle_watch() {
    let dir = tempfile::tempdir().unwrap();
    let mut seen = Receiving::start(dir.path(), quick());
    let all: Vec<PathBuf> = (0..3000).map(|n| dir.path().join(format!("{}/{n}", n % 7))).collect();
    for path in &all {
        write(path, "x");
    }
    seen.until("every file", |seen| seen.files.len() >= all.len());
    seen.settle_down();
    assert!(all.iter().all(|path| seen.saw(path)));
    let before = seen.files.len();
    seen.settle_down();
    assert_eq!(seen.files.len(), before, "nothing changed, nothing is sent");
    assert_eq!(seen.sweeps.last().unwrap().files, 3000);
}

#[test]
fn a_folder_that_vanishes_and_comes_back_is_watched_again() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("logs");
    write(&root.join("a"), "x");
    let mut seen = Receiving::start(&root, quick());
    fs::remove_dir_all(&root).unwrap();
    seen.until("word of it", |seen| seen.sweeps.last().is_some_and(|sweep| !sweep.problems.is_empty()));
    assert_eq!(seen.sweeps.last().unwrap().problems[0].reason, "does not exist");
    seen.files.clear();
    write(&root.join("a"), "x");
    seen.until("the file that is back", |seen| seen.saw(&root.join("a")));
    seen.settle_down();
    assert!(seen.sweeps.last().unwrap().problems.is_empty());
}

#[test]
fn a_file_that_is_waited_for_is_sent_once_more_when_it_has_settled() {
    let dir = tempfile::tempdir().unwrap();
    let mut seen = Receiving::start(dir.path(), quick());
    let path = dir.path().join("half");
    write(&path, "{\"Records\":[");
    seen.until("the file", |seen| seen.saw(&path));
    assert!(!seen.files.iter().any(|file| file.settled));
    seen.watch.waiting(&path, Missing::Whole);
    seen.until("the settled file", |seen| seen.files.iter().any(|file| file.settled));
    let before = seen.files.len();
    seen.settle_down();
    assert_eq!(seen.files.len(), before);
}

#[test]
fn a_slow_writer_is_read_once_and_whole() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("slow.json");
    let content = r#"{"Records":[{"eventVersion":"1.08","eventID":"a"},{"eventVersion":"1.08","eventID":"b"}]}"#;
    let mut seen = Receiving::start(dir.path(), Options { settle: PATIENCE, ..quick() });
    let writer = {
        let path = path.clone();
        std::thread::spawn(move || {
            let mut file = fs::File::create(path).unwrap();
            for byte in content.as_bytes() {
                file.write_all(&[*byte]).unwrap();
                std::thread::sleep(Duration::from_millis(3));
            }
        })
    };
    let (mut marks, mut given, mut buffers) = (HashMap::<PathBuf, Checkpoint>::new(), Vec::new(), Buffers::new());
    let begun = Instant::now();
    while given.len() < 2 {
        assert!(begun.elapsed() < PATIENCE);
        seen.take(Duration::from_millis(50));
        for file in seen.files.drain(..) {
            let read = live::read(
                (&*file.path, file.stamp.id()),
                marks.get(&file.path),
                file.settled,
                &mut buffers,
                &mut |record| {
                    given.push(record.bytes.to_vec());
                },
            );
            match read.unwrap() {
                LiveRead::Read(progress) => drop(marks.insert(file.path, progress.checkpoint)),
                LiveRead::Waiting(_) => seen.watch.waiting(&file.path, Missing::Whole),
                LiveRead::Unchanged { .. } | LiveRead::Another(_) => {}
            }
        }
    }
    writer.join().unwrap();
    seen.settle_down();
    for file in seen.files.drain(..) {
        let known = (&*file.path, file.stamp.id());
        let read = live::read(known, marks.get(&file.path), false, &mut buffers, &mut |_| {}).unwrap();
        assert_eq!(read, LiveRead::Unchanged { waiting: false });
    }
    assert_eq!((given.len(), marks[&path].records()), (2, 2));
}

#[test]
fn what_cannot_be_watched_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let (tx, _rx) = bounded(1);
    let error = |path: PathBuf| Watch::start(&[path], quick(), never_known(), tx.clone()).unwrap_err().to_string();
    assert!(
        error(dir.path().join("no"))
            .contains("no does not exist; fetch logs into it: aws s3 sync s3://BUCKET/AWSLogs/ /")
    );
    std::os::unix::fs::symlink(dir.path().join("no"), dir.path().join("link")).unwrap();
    assert!(error(dir.path().join("link")).contains("link is a link that leads nowhere; let it lead to"));
    write(&dir.path().join("file"), "");
    let told = error(dir.path().join("file"));
    assert!(told.contains("file is not a folder; watch the folder it is in, or read it once: watchfloor scan /"));
    assert!(matches!(Watch::start(&[], quick(), never_known(), tx.clone()), Err(WatchError::Nothing)));
}

#[test]
fn it_ends_when_dropped_though_nobody_receives() {
    let dir = tempfile::tempdir().unwrap();
    for n in 0..100 {
        write(&dir.path().join(n.to_string()), "x");
    }
    let (tx, rx) = bounded(1);
    let watch = Watch::start(&[dir.path().to_owned()], quick(), never_known(), tx).unwrap();
    rx.recv_timeout(PATIENCE).unwrap();
    drop(watch);
    assert!(rx.iter().count() <= 1, "what was in the channel, and then its end");
}
