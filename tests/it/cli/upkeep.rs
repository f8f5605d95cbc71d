//! `watchfloor state backup`, `check` and `archive`.

use std::os::unix::fs::PermissionsExt as _;

use watchfloor::triage::{Access, Action, Decided, Proposal, Reason, Status, Store};

use super::*;

/// A state with the demo's alerts and three decisions on the first, still open; its path.
fn open(desk: &Desk) -> (Store, String) {
    let (path, _) = state::state(desk);
    (Store::open(Path::new(&path), Access::ReadWrite).unwrap(), path)
}

#[test]
fn a_backup_is_a_state_by_itself_made_while_another_writes() {
    let desk = Desk::new();
    let (_running, path) = open(&desk);
    let copy = desk.path("copy.db");
    let text = copy.to_str().unwrap();
    let told = desk.run(&["state", "backup", text, "--state", &path]).quiet();
    assert!(told.starts_with(&format!("{text}: 12 alerts, 3 decisions, ")), "{told}");
    assert_eq!(std::fs::metadata(&copy).unwrap().permissions().mode() & 0o7777, 0o600);
    assert!(!desk.path("copy.db-wal").exists());

    let told = desk.run(&["state", "backup", text, "--state", &path]).refused();
    assert!(told.contains("it is there already") && told.contains("--force"), "{told}");
    std::fs::write(&copy, "old").unwrap();
    desk.run(&["state", "backup", text, "--state", &path, "--force"]).quiet();
    // Without the last column: the reports are made one after the other, each as of its own time.
    let report = |state: &str| {
        let csv = desk.run(&["report", "--state", state, "--format", "csv"]).quiet();
        let rows = csv::ReaderBuilder::new().has_headers(false).from_reader(csv.as_bytes()).into_records();
        rows.map(|row| row.unwrap())
            .map(|row| row.iter().take(row.len() - 1).collect::<csv::StringRecord>())
            .collect::<Vec<_>>()
    };
    std::fs::set_permissions(desk.home.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(report(text), report(&path));
    desk.run(&["audit", "verify", "--state", text]).quiet();
    desk.run(&["state", "check", "--state", text]).quiet();
    let parts = std::fs::read_dir(desk.home.path())
        .unwrap()
        .filter(|e| e.as_ref().unwrap().file_name().to_string_lossy().ends_with(".part"));
    assert_eq!(parts.count(), 0, "nothing half made is left");
}

#[test]
fn a_backup_never_replaces_the_state_itself_nor_takes_a_log_for_its_own() {
    let desk = Desk::new();
    let (_running, path) = open(&desk);
    let before = std::fs::read(&path).unwrap();
    let told = desk.run(&["state", "backup", &path, "--state", &path, "--force"]).refused();
    assert!(told.contains("this is the state itself"), "{told}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
    let copy = desk.file("copy.db-wal", "a log").replace("-wal", "");
    let told = desk.run(&["state", "backup", &copy, "--state", &path]).refused();
    assert!(told.contains("write-ahead log lies beside it"), "{told}");
    let told = desk.run(&["state", "backup", "/no/such/copy.db", "--state", &path]).refused();
    assert!(told.contains("/no/such/copy.db: cannot use"), "{told}");
}

#[test]
fn check_is_quiet_about_a_state_in_order_and_names_what_is_not() {
    let desk = Desk::new();
    let (running, path) = open(&desk);
    let ok = desk.run(&["state", "check", "--state", &path]).quiet();
    assert!(ok.starts_with("ok: ") && ok.contains("nothing is wrong with it"), "{ok}");
    let head = desk.run(&["audit", "head", "--state", &path]).quiet();
    assert!(ok.contains(head.trim()), "{ok} {head}");
    let noted = ["audit", "verify", "--state", &path, "--contains", head.trim()];
    assert!(desk.run(&noted).quiet().contains(head.trim()));
    drop(running);
    let db = rusqlite::Connection::open(&path).unwrap();
    db.execute("UPDATE alerts SET severity = 'zap' WHERE number = 2", []).unwrap();
    db.execute_batch("DROP TRIGGER decisions_are_not_edited").unwrap();
    drop(db);
    let ran = desk.run(&["state", "check", "--state", &path]);
    assert_eq!((ran.code, ran.err.as_str()), (1, ""), "{}", ran.out);
    assert!(ran.out.contains("unknown severity \"zap\""), "{}", ran.out);
    assert!(ran.out.contains("the trigger decisions_are_not_edited is missing"), "{}", ran.out);
    let ran = desk.run(&noted);
    assert!(ran.code == 1 && ran.err.contains("the audit chain is broken at alert 2"), "{}", ran.err);

    let mut bytes = std::fs::read(&path).unwrap();
    let half = bytes.len() / 2;
    bytes[4_096..half].fill(0x5a);
    std::fs::write(&path, &bytes).unwrap();
    let ran = desk.run(&["state", "check", "--state", &path]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("damaged"), "{}", ran.out);
    desk.run(&["state", "check", "--state", desk.path("none.db").to_str().unwrap()]).refused();
}

#[test]
fn archived_alerts_leave_the_state_and_both_chains_stay_whole() {
    let desk = Desk::new();
    let (mut running, path) = open(&desk);
    // The demo's first alert is closed; a second is closed later, and a third is closed and reopened.
    let mut alerts = running.alerts().unwrap();
    alerts.sort_by_key(|alert| alert.time);
    let set = |alert: usize, day: u32, status: Status| Proposal {
        alert: alerts[alert].id.clone(),
        at: format!("2026-11-{day}T09:00:00Z").parse().unwrap(),
        analyst: "mk".into(),
        action: Action::SetStatus { status },
        seen: 100,
    };
    let closed = Status::Closed(Reason::Duplicate);
    let decided = running.decide(&[set(1, 28, closed), set(2, 24, closed), set(2, 25, Status::Open)]).unwrap();
    assert!(decided.iter().all(|d| matches!(d, Decided::Stored(_))), "{decided:?}");
    let to = desk.path("old.db");
    let text = to.to_str().unwrap();
    let archive =
        |before: &str, to: &str| desk.run(&["state", "archive", "--before", before, "--to", to, "--state", &path]);
    let none = archive("2026-11-20", text).quiet();
    assert!(none.contains("no alert was closed before 2026-11-20T00:00:00Z") && !to.exists(), "{none}");

    let told = archive("2026-11-26", text).quiet();
    assert_eq!(told, format!("{text}: 1 alert, 3 decisions\n"));
    std::fs::set_permissions(desk.home.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    for state in [&path, text] {
        desk.run(&["audit", "verify", "--state", state]).quiet();
        desk.run(&["state", "check", "--state", state]).quiet();
    }
    let report = |state: &str| desk.run(&["report", "--state", state, "--format", "json"]).quiet();
    let id = &alerts[0].id.0;
    assert!(report(text).contains(id) && report(text).contains("asked the <owner>"));
    assert!(!report(&path).contains(id) && report(&path).contains(&alerts[2].id.0));

    // Delivered again, it is not found again; and nobody decides on it any more.
    desk.run(&["scan", &fixture("demo"), "--state", &path, "--format", "csv"]).quiet();
    assert_eq!(running.alerts().unwrap().len(), 11);
    let decided = running.decide(&[set(0, 29, Status::Open)]).unwrap();
    assert!(matches!(&decided[..], [Decided::Refused(why)] if why.contains("archive")), "{decided:?}");

    // A second archive of what followed; the chains go on.
    let told = archive("2026-11-29", desk.path("older.db").to_str().unwrap()).quiet();
    assert!(told.ends_with(": 1 alert, 1 decision\n"), "{told}");
    for state in [&path, desk.path("older.db").to_str().unwrap()] {
        desk.run(&["audit", "verify", "--state", state]).quiet();
        desk.run(&["state", "check", "--state", state]).quiet();
    }
    let told = archive("2026-11-29", text).refused();
    assert!(told.contains("is there already"), "{told}");
    // What was archived is still vouched for: a decision slipped out of the state is not taken for one.
    let db = rusqlite::Connection::open(&path).unwrap();
    db.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
    assert!(db.execute("DELETE FROM decisions", []).unwrap_err().to_string().contains("never deleted"));
}
