//! `watchfloor report`, `watchfloor audit verify`, and `scan --state`.

use std::os::unix::fs::PermissionsExt as _;

use chrono::{DateTime, Utc};
use watchfloor::rule;
use watchfloor::triage::{Access, Action, Decided, Proposal, Reason, Status, StepState, Store};

use super::*;

/// A state with the demo's alerts, of which the first is ticked, noted and closed. Its path, and the alert's id.
pub(super) fn state(desk: &Desk) -> (String, String) {
    let path = desk.path("state/s.db");
    let text = path.to_str().unwrap().to_owned();
    let ran = desk.run(&["scan", &fixture("demo"), "--state", &text, "--format", "csv"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let mut store = Store::open(&path, Access::ReadWrite).unwrap();
    let alert = store.alerts().unwrap().into_iter().min_by_key(|alert| alert.time).unwrap();
    let at: DateTime<Utc> = "2026-11-24T09:00:00Z".parse().unwrap();
    let step = rule::bundled()[0].checklist.steps().next().unwrap().id.clone();
    let actions = [
        Action::Step { step, state: StepState::Done },
        Action::Note { text: "asked the <owner>".into(), step: None },
        Action::SetStatus { status: Status::Closed(Reason::BenignPositive) },
    ];
    let id = alert.id.0.clone();
    let proposals =
        actions.map(|action| Proposal { alert: alert.id.clone(), at, analyst: "dana".into(), action, seen: 0 });
    for decided in store.decide(&proposals).unwrap() {
        assert!(matches!(decided, Decided::Stored(_)), "{decided:?}");
    }
    (text, id)
}

#[test]
fn scan_records_its_alerts_in_a_state_when_told_and_only_then() {
    let desk = Desk::new();
    let (path, _) = state(&desk);
    // Once more: nothing is new, and what was decided stays.
    assert_eq!(desk.run(&["scan", &fixture("demo"), "--state", &path]).code, 0);
    let report = desk.run(&["report", "--state", &path]).quiet();
    assert!(report.contains("**12 alerts:** 11 open, 0 acknowledged, 1 closed"), "{report}");
    let table = desk.run(&["--state", &path]).quiet();
    assert!(table.contains("1/17") && table.contains("closed: benign"), "{table}");
    let other = desk.path("state/other.db");
    desk.run(&["scan", &fixture("demo"), "--state", other.to_str().unwrap(), "--read-only", "--format", "csv"]).quiet();
    desk.run(&["scan", &fixture("demo"), "--format", "csv"]).quiet();
    assert!(!other.exists() && !desk.path(".local").exists());
}

#[test]
fn the_report_tells_what_was_decided_in_each_format() {
    let desk = Desk::new();
    let (path, id) = state(&desk);
    let report = |format: &str| desk.run(&["report", "--state", &path, "--format", format, "--analyst", "mk"]).quiet();
    let markdown = report("markdown");
    assert!(markdown.starts_with("# Triage report\n") && markdown.contains("made by mk"), "{markdown}");
    assert!(markdown.contains("asked the &lt;owner&gt;") && markdown.contains("dana"), "{markdown}");
    let html = report("html");
    assert!(html.contains("asked the &lt;owner&gt;") && !html.contains("<script"), "{html}");
    let json: serde_json::Value = serde_json::from_str(&report("json")).unwrap();
    assert!(json.to_string().contains(&id) && json.to_string().contains("asked the <owner>"), "{json}");
    let csv = report("csv");
    let rows = csv::Reader::from_reader(csv.as_bytes()).records().map(|row| row.unwrap()).collect::<Vec<_>>();
    assert_eq!(rows.len(), 12, "{csv}");
    assert!(rows.iter().any(|row| row.iter().any(|cell| cell == id)), "{csv}");
    let later = desk.run(&["report", "--state", &path, "--since", "2026-11-23T12:00:00Z", "--format", "csv"]).quiet();
    assert_eq!(later.lines().count(), 1 + 3, "{later}");
}

#[test]
fn verify_names_the_first_broken_row() {
    let desk = Desk::new();
    let (path, _) = state(&desk);
    let ok = desk.run(&["audit", "verify", "--state", &path]).quiet();
    assert!(ok.starts_with("ok: 3 decisions, chain head "), "{ok}");
    let db = rusqlite::Connection::open(&path).unwrap();
    let triggers: Vec<String> = {
        let mut names = db.prepare("SELECT name FROM sqlite_master WHERE type = 'trigger'").unwrap();
        names.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    for trigger in triggers {
        db.execute_batch(&format!("DROP TRIGGER \"{trigger}\"")).unwrap();
    }
    assert_eq!(db.execute("UPDATE decisions SET analyst = 'eve' WHERE seq = 2", []).unwrap(), 1);
    drop(db);
    let ran = desk.run(&["audit", "verify", "--state", &path]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert!(ran.err.contains("the audit chain is broken at decision 2: "), "{}", ran.err);
}

#[test]
fn without_a_state_it_says_where_one_would_be() {
    let desk = Desk::new();
    for args in [&["report"][..], &["audit", "verify"]] {
        let told = desk.run(args).refused();
        let place = desk.path(".local/state/watchfloor/state.db");
        assert!(told.contains(&format!("{}: there is no state yet", place.display())), "{told}");
    }
}

#[test]
fn a_folder_that_others_can_write_to_is_refused_with_what_to_do() {
    let desk = Desk::new();
    let (path, _) = state(&desk);
    let folder = desk.path("state");
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o770)).unwrap();
    for args in [
        &["scan", "fixtures/shapes", "--state", &path][..],
        &["report", "--state", &path],
        &["audit", "verify", "--state", &path],
    ] {
        let told = desk.run(args).refused();
        assert!(told.contains("can be written by others (mode 0770)") && told.contains("chmod go-w"), "{told}");
    }
}
