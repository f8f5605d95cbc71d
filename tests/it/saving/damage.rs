//! Damage to what was saved: named, and never taken for all there is.

use rustix::process::Signal;
use watchfloor::triage::OpenOptions;

use super::*;

/// A state as a killed console left it: its decisions are in the write-ahead log.
fn killed(desk: &Desk, notes: usize) {
    let mut pty = desk.console();
    for n in 1..=notes {
        pty.type_keys("n");
        pty.wait_for("Note");
        pty.type_keys(&format!("note {n}\r"));
        until("the note to be saved", || desk.decisions().len() == n);
    }
    pty.signal(Signal::STOP);
    pty.kill();
}

#[test]
fn a_flipped_bit_in_the_log_is_never_taken_for_its_end() {
    let desk = Desk::new();
    killed(&desk, 5);
    let log = std::fs::read(desk.path("state/s.db-wal")).unwrap();
    assert!(!log.is_empty());
    let (mut whole, mut told) = (0, 0);
    for round in 0..200 {
        let copy = tempfile::tempdir().unwrap();
        let folder = copy.path().join("state");
        std::fs::create_dir(&folder).unwrap();
        std::fs::set_permissions(&folder, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
        for name in ["s.db", "s.db-acked"] {
            std::fs::copy(desk.path("state").join(name), folder.join(name)).unwrap();
        }
        let mut bytes = log.clone();
        let bit = (round * 7_919 + 13) % (8 * log.len());
        bytes[bit / 8] ^= 1 << (bit % 8);
        std::fs::write(folder.join("s.db-wal"), bytes).unwrap();
        let access = if round % 2 == 0 { Access::ReadWrite } else { Access::ReadOnly };
        let Ok(store) = Store::open_with(&folder.join("s.db"), &OpenOptions { access, ..OpenOptions::default() })
        else {
            told += 1;
            continue;
        };
        let left = store.decisions_since(0).unwrap().len();
        if left == 5 && store.damage().is_empty() {
            whole += 1;
            assert_eq!(store.losses(), [], "round {round}: nothing is missing");
        } else {
            told += 1;
            assert_eq!(store.losses().len(), 1, "round {round}: {left} decisions");
            assert!(store.losses()[0].to_string().contains("may be missing"), "{}", store.losses()[0]);
        }
    }
    assert!(told > 0 && whole + told == 200, "{whole} whole, {told} told");
}

#[test]
fn the_start_says_how_many_decisions_may_be_missing() {
    let desk = Desk::new();
    killed(&desk, 3);
    let path = desk.path("state/s.db-wal");
    let mut log = std::fs::read(&path).unwrap();
    log[33] ^= 4;
    std::fs::write(&path, &log).unwrap();
    let mut pty = desk.start();
    wait_for_words(&pty, "decisions that were saved may be missing");
    pty.type_keys("q");
    pty.wait_for_end();
    assert!(desk.decisions().len() < 3);
    // It is said again at each start, and what the log held is kept.
    let mut pty = desk.start();
    wait_for_words(&pty, "may be missing");
    pty.type_keys("q");
    pty.wait_for_end();
    let kept = |entry: std::io::Result<std::fs::DirEntry>| {
        let entry = entry.unwrap();
        entry.file_name().to_string_lossy().starts_with("s.db-wal-damaged-")
            && std::fs::read(entry.path()).unwrap() == log
    };
    assert!(std::fs::read_dir(desk.path("state")).unwrap().any(kept));
}

#[test]
fn a_copy_of_the_file_alone_soon_holds_what_was_decided() {
    let desk = Desk::new();
    let mut pty = desk.console();
    pty.type_keys("a");
    pty.wait_for(" ack ");
    let copy = desk.path("copy.db");
    until("the decision in a copy", || {
        std::fs::copy(desk.state(), &copy).unwrap();
        let copied = Connection::open(&copy).unwrap();
        copied.query_row("SELECT count(*) FROM decisions", [], |row| row.get::<_, i64>(0)) == Ok(1)
    });
}

#[test]
fn one_damaged_row_hides_itself_alone_and_is_named() {
    let desk = Desk::new();
    desk.log("two", 2);
    desk.log("three", 3);
    let mut pty = desk.start();
    pty.wait_for("3 open");
    pty.wait_for("saved ✓");
    pty.type_keys("a");
    // Only then may it leave: until it has heard that the decision is stored it asks first.
    pty.wait("the decision, saved", |seen| {
        let screen = seen.screen.screen().contents();
        (screen.contains("1 ack") && screen.contains("saved ✓")).then_some(())
    });
    pty.type_keys("q");
    pty.wait_for_end();
    let id: String = {
        let db = Connection::open(desk.state()).unwrap();
        db.execute("UPDATE alerts SET severity = 'zap' WHERE event_id = 'two'", []).unwrap();
        db.query_row("SELECT id FROM alerts WHERE event_id = 'two'", [], |row| row.get(0)).unwrap()
    };
    let mut pty = desk.start();
    pty.wait_for("1 open · 1 ack");
    wait_for_words(&pty, "a damaged row of alerts is left out");
    pty.type_keys("!");
    pty.wait_for(&id[..20]);
    pty.type_keys("qq");
    pty.wait_for_end();
    let report = desk.run(&["report", "--state", desk.state().to_str().unwrap(), "--format", "csv"]);
    let told = String::from_utf8_lossy(&report.stderr);
    assert!(told.contains(&id) && told.contains("unknown severity"), "{told}");
    assert_eq!(report.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&report.stdout).lines().count(), 1 + 2);
}
