//! Files under the names that copying tools give them for a while, files that are renamed, rewritten, completed elsewhere
//! and deleted: each counts once, and none that is gone has failed.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::Path;

use watchfloor::engine::{Health, Update};

use super::{Place, Running, alerts, delivery, export, gzip, ids, record};
use crate::pty::Pty;

const T: &str = "2026-11-23T10:41:52Z";

fn figures(health: &Health) -> (u64, u64, u64, u64) {
    (health.events, health.files, health.failed, health.bad_records)
}

/// Waits until the figures are these, and nothing waits.
fn come_to(running: &Running, wanted: (u64, u64, u64, u64)) -> Health {
    running.figures(&format!("{wanted:?}"), |health| figures(health) == wanted && health.pending == 0)
}

fn told(running: &Running) -> usize {
    alerts(&running.told.0.lock().unwrap()).len()
}

/// Waits until everything that has happened to files by now has been noticed: a file written last is.
fn caught_up(place: &Place, running: &Running, before: (u64, u64, u64, u64)) -> Health {
    place.deliver("last.json", delivery(&[record("last", T, "DescribeDBSnapshots")]).as_bytes());
    come_to(running, (before.0 + 1, before.1 + 1, before.2, before.3))
}

/// Makes a change while the console watches, or while none does.
fn changed(place: &Place, running: Running, restart: bool, change: impl FnOnce()) -> Running {
    if !restart {
        change();
        return running;
    }
    drop(running);
    change();
    place.watch()
}

/// Writes over a file so that neither its size nor its time tells.
fn rewrite(path: &Path, content: &[u8]) {
    let before = fs::metadata(path).unwrap();
    let stamp = |metadata: &fs::Metadata| (metadata.len(), metadata.mtime(), metadata.mtime_nsec());
    loop {
        let file = fs::OpenOptions::new().write(true).open(path).unwrap();
        file.write_all_at(content, 0).unwrap();
        file.set_modified(before.modified().unwrap()).unwrap();
        let after = fs::metadata(path).unwrap();
        assert_eq!(stamp(&after), stamp(&before));
        // The system's clock ticks every few milliseconds.
        if (after.ctime(), after.ctime_nsec()) != (before.ctime(), before.ctime_nsec()) {
            return;
        }
    }
}

fn many(count: usize) -> Vec<u8> {
    let records: Vec<String> = (0..count).map(|n| record(&format!("e{n}"), T, "DescribeDBSnapshots")).collect();
    gzip(&delivery(&[records, vec![export("last", T)]].concat()))
}

#[test]
fn a_file_written_under_a_name_that_ends_is_one_alert_and_one_file() {
    // What is known for the name of a copy that has not ended is not looked at; what is not, is read and known again.
    for name in [
        ".a.json.gz.Xy12Zw",
        "a.json.gz.1a2b3c4d.partial",
        "a.json.gz.6Eb8a9C1",
        ".rsync-partial/a.json.gz",
        "a.json.gz.filepart",
        "a.json.gz.12345678",
        "incoming-a",
        "copying/a.json.gz",
    ] {
        let place = Place::new();
        let running = place.watch();
        running.settled();
        let (temporary, path) = (place.logs.join(name), place.logs.join("a.json.gz"));
        fs::create_dir_all(temporary.parent().unwrap()).unwrap();
        let whole = many(40);
        let mut written = Vec::new();
        for part in whole.chunks(whole.len() / 8) {
            written.extend(part);
            // Closed after each part, as a resumed copy is.
            fs::write(&temporary, &written).unwrap();
        }
        fs::rename(&temporary, &path).unwrap();
        let listed = running.alerts(1);
        let health = come_to(&running, (41, 1, 0, 0));
        assert!(health.problems.is_empty(), "{name}: {:?}", health.problems);
        caught_up(&place, &running, (41, 1, 0, 0));
        assert_eq!(told(&running), 1, "{name}");
        drop(running);
        let again = place.watch();
        let health = again.settled();
        assert_eq!((figures(&health), ids(&again.alerts(1))), ((42, 2, 0, 0), ids(&listed)), "{name}");
    }
}

#[test]
fn a_file_that_failed_counts_no_more_when_it_is_renamed_completed_elsewhere_or_deleted() {
    let whole = many(40);
    let fail = |place: &Place| place.deliver("half.json.gz", &whole[..whole.len() / 2]);
    type Change = fn(&Path, &[u8]);
    let changes: [(&str, Change, (u64, u64)); 5] = [
        ("deleted", |path, _| fs::remove_file(path).unwrap(), (0, 0)),
        (
            "completed, then renamed",
            |path, whole| {
                fs::write(path, whole).unwrap();
                fs::rename(path, path.with_file_name("whole.json.gz")).unwrap();
            },
            (41, 1),
        ),
        (
            "renamed, then completed",
            |path, whole| {
                let other = path.with_file_name("whole.json.gz");
                fs::rename(path, &other).unwrap();
                fs::write(other, whole).unwrap();
            },
            (41, 1),
        ),
        (
            "completed elsewhere",
            |path, whole| {
                let part = path.with_file_name("whole.json.gz.part");
                fs::write(&part, whole).unwrap();
                fs::rename(part, path.with_file_name("whole.json.gz")).unwrap();
                fs::remove_file(path).unwrap();
            },
            (41, 1),
        ),
        (
            "another file has its name",
            |path, whole| {
                fs::rename(path, path.with_file_name("whole.json.gz.part")).unwrap();
                fs::write(path.with_file_name("new.part"), delivery(&[])).unwrap();
                fs::rename(path.with_file_name("new.part"), path).unwrap();
                fs::write(path.with_file_name("whole.json.gz.part"), whole).unwrap();
                fs::rename(path.with_file_name("whole.json.gz.part"), path.with_file_name("whole.json.gz")).unwrap();
            },
            (41, 2),
        ),
    ];
    // A file counts as failed when it has been left alone for ten seconds: all cases wait for that at once.
    std::thread::scope(|scope| {
        for (name, change, (events, files)) in changes {
            for restart in [false, true] {
                let (whole, fail) = (&whole, &fail);
                scope.spawn(move || {
                    let place = Place::new();
                    let running = place.watch();
                    let path = fail(&place);
                    running.figures("a failed file", |health| health.failed == 1);
                    let running = changed(&place, running, restart, || change(&path, whole));
                    let health = come_to(&running, (events, files, 0, 0));
                    assert!(health.problems.is_empty(), "{name}: {:?}", health.problems);
                    caught_up(&place, &running, (events, files, 0, 0));
                    assert_eq!(told(&running), usize::from(events > 0), "{name}");
                    drop(running);
                    let again = place.watch();
                    assert_eq!(figures(&again.settled()), (events + 1, files + 1, 0, 0), "{name}, {restart}");
                });
            }
        }
    });
}

#[test]
fn a_file_of_lines_that_is_rotated_is_not_read_again_and_its_events_count_once() {
    for restart in [false, true] {
        let place = Place::new();
        let running = place.watch();
        let (app, old) = (place.logs.join("app.ndjson"), place.logs.join("app.ndjson.1"));
        let line = |n: usize| export(&format!("e{n}"), T) + "\n";
        fs::write(&app, [line(0), line(1)].concat()).unwrap();
        running.alerts(2);
        come_to(&running, (2, 1, 0, 0));
        let rotate = || {
            fs::rename(&app, &old).unwrap();
            // What was written to it just before.
            fs::write(&old, [line(0), line(1), line(2)].concat()).unwrap();
            fs::write(&app, line(3)).unwrap();
        };
        let running = changed(&place, running, restart, rotate);
        let listed = running.alerts(4);
        come_to(&running, (4, 2, 0, 0));
        caught_up(&place, &running, (4, 2, 0, 0));
        // Once more, over the one before, which counts no more: another has its name.
        fs::rename(&app, &old).unwrap();
        come_to(&running, (2, 2, 0, 0));
        drop(running);
        let again = place.watch();
        assert_eq!((figures(&again.settled()), ids(&again.alerts(4))), ((2, 2, 0, 0), ids(&listed)));
    }
}

#[test]
fn a_file_of_lines_that_goes_on_packed_is_read_on_and_once() {
    let place = Place::new();
    let running = place.watch();
    running.settled();
    let path = place.logs.join("app.ndjson");
    let mut content = Vec::new();
    let line = |n: usize| export(&format!("e{n}"), T) + "\n";
    for n in 0..6 {
        content.extend(if n % 3 == 0 { line(n).into_bytes() } else { gzip(&line(n)) });
        fs::OpenOptions::new().create(true).append(true).open(&path).unwrap();
        // Appended in two pieces, so that it is seen in the middle.
        let half = content.len() - 9;
        append(&path, &content, half);
        append(&path, &content, content.len());
        assert_eq!(running.alerts(n + 1).len(), n + 1);
        come_to(&running, (n as u64 + 1, 1, 0, 0));
    }
    let told = running.told.0.lock().unwrap();
    let rate =
        told.iter().filter_map(|u| if let Update::Health(h) = u { Some(h.rate.iter().sum::<u64>()) } else { None });
    assert_eq!(rate.max(), Some(6), "no event was evaluated twice");
    drop(told);
    drop(running);
    append(&path, &[content.as_slice(), &gzip(&line(6))].concat(), usize::MAX);
    let again = place.watch();
    assert_eq!(again.alerts(7).len(), 7);
    come_to(&again, (7, 1, 0, 0));
}

/// Brings the file to the first bytes of `content`, appending what it has not.
fn append(path: &Path, content: &[u8], length: usize) {
    let known = usize::try_from(fs::metadata(path).unwrap().len()).unwrap();
    let mut file = fs::OpenOptions::new().append(true).open(path).unwrap();
    file.write_all(&content[known..length.min(content.len())]).unwrap();
}

#[test]
fn a_file_rewritten_in_place_is_noticed_though_its_size_and_time_are_as_before() {
    for restart in [false, true] {
        let place = Place::new();
        let running = place.watch();
        let path = place.deliver("a.json", delivery(&[export("one", T), export("two", T)]).as_bytes());
        running.alerts(2);
        come_to(&running, (2, 1, 0, 0));
        let running = changed(&place, running, restart, || {
            rewrite(&path, delivery(&[export("one", T), export("new", T)]).as_bytes());
        });
        let mut events: Vec<String> = running.alerts(3).into_iter().map(|listed| listed.event_id).collect();
        events.sort();
        assert_eq!(events, ["new", "one", "two"]);
        come_to(&running, (2, 1, 0, 0));
    }
}

#[test]
fn a_record_that_is_too_long_is_named_and_the_rest_is_read() {
    let place = Place::new();
    let long = format!(r#"{{"eventVersion":"1.08","eventName":"{}"}}"#, "x".repeat(40 << 20));
    let records = [export("before", T), long, export("behind", T)];
    let running = place.watch();
    let at = format!("{}\n", records[0]).len();
    let lines = place.deliver("lines.ndjson", (records.join("\n") + "\n").as_bytes());
    place.deliver("delivery.json.gz", &gzip(&delivery(&records).replace("before", "first").replace("behind", "last")));
    assert_eq!(running.alerts(4).len(), 4);
    let health = come_to(&running, (4, 2, 0, 2));
    let problem = health.problems.iter().find(|problem| problem.path == lines).unwrap();
    assert!(
        problem.reason.starts_with(&format!("a bad record at byte {at}: longer than 16 MiB")),
        "{}",
        problem.reason
    );
}

/// The same through the real binary on a terminal, all in one.
#[test]
fn the_console_counts_each_file_once_whatever_its_names() {
    let place = Place::new();
    let mut command = portable_pty::CommandBuilder::new(env!("CARGO_BIN_EXE_watchfloor"));
    command.args(["watch", place.logs.to_str().unwrap(), "--state", place.state.to_str().unwrap(), "--analyst", "mk"]);
    command.env("HOME", place.logs.parent().unwrap());
    for name in ["XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"] {
        command.env_remove(name);
    }
    let mut pty = Pty::spawn(command.clone(), 120, 30);
    pty.wait_for("live · as of");
    let path = |name: &str| place.logs.join(name);
    let whole = |id: &str| gzip(&delivery(&[record("before", T, "DescribeDBSnapshots"), export(id, T)]));
    // Under a name that cannot be told for a temporary one, in pieces.
    let copied = whole("copied");
    for length in [40, copied.len() / 2, copied.len()] {
        fs::write(path("incoming"), &copied[..length]).unwrap();
    }
    fs::rename(path("incoming"), path("copied.json.gz")).unwrap();
    // Lines, then a member.
    fs::write(path("app.ndjson"), export("line", T) + "\n").unwrap();
    let mut app = fs::OpenOptions::new().append(true).open(path("app.ndjson")).unwrap();
    app.write_all(&gzip(&(export("member", T) + "\n"))).unwrap();
    pty.wait_for("3 open");
    // One that fails, and is whole elsewhere.
    fs::write(path("half.json.gz"), &whole("whole")[..60]).unwrap();
    pty.wait_for("failed 1");
    place.deliver("whole.json.gz", &whole("whole"));
    fs::remove_file(path("half.json.gz")).unwrap();
    pty.wait_for("files 3  failed 0");
    pty.wait_for("4 open");
    pty.type_keys("q");
    pty.wait_for_end();
    let pty = Pty::spawn(command, 120, 30);
    pty.wait_for("live · as of");
    pty.wait_for("files 3  failed 0");
    pty.wait_for("events 6");
    assert_eq!(place.stored().len(), 4);
}
