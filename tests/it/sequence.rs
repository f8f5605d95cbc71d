//! An alert of a sequence on a real state: typed on a terminal, over restarts; in reports, through a backup and an archive.

use std::path::Path;

use portable_pty::CommandBuilder;
use serde_json::{Value, json};
use watchfloor::rule::StepId;
use watchfloor::triage::{Access, Action, AlertRow, Decided, Proposal, Reason, Status, StepState, Store};

use crate::cli::Desk;
use crate::pty::Pty;

const RULE: &str = "tests/sequence/rule.toml";
const EVENTS: &str = "tests/sequence/events.json";
/// How the ids of its events end: the key is made, and three secrets are read with it.
const IDS: [&str; 4] = ["01", "03", "04", "05"];

/// The records of the log, as text.
fn records() -> Vec<Value> {
    let log: Value = serde_json::from_str(&std::fs::read_to_string(EVENTS).unwrap()).unwrap();
    log["Records"].as_array().unwrap().clone()
}

/// Delivers these records under this name.
fn deliver(desk: &Desk, name: &str, records: &[Value]) {
    let part = desk.file(&format!("logs/{name}.part"), json!({ "Records": records }).to_string());
    std::fs::rename(part, desk.path(&format!("logs/{name}.json"))).unwrap();
}

fn console(desk: &Desk) -> Pty {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_watchfloor"));
    let (logs, state) = (desk.path("logs"), desk.path("state/s.db"));
    std::fs::create_dir_all(&logs).unwrap();
    command.args(["watch", logs.to_str().unwrap(), "--rules", RULE, "--state", state.to_str().unwrap()]);
    command.args(["--analyst", "mk"]);
    command.cwd(env!("CARGO_MANIFEST_DIR"));
    command.env("HOME", desk.path(""));
    for name in ["XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"] {
        command.env_remove(name);
    }
    let pty = Pty::spawn(command, 80, 24);
    pty.wait_for("● live");
    pty
}

fn quit(mut pty: Pty) {
    // A pane that is open closes first.
    pty.type_keys("qq");
    assert!(pty.wait_for_exit().success());
}

/// Types this, and waits until the screen says that.
fn go(pty: &mut Pty, keys: &str, until: &str) {
    pty.type_keys(keys);
    pty.wait_for(until);
}

fn rows(desk: &Desk) -> Vec<AlertRow> {
    Store::open(&desk.path("state/s.db"), Access::ReadOnly).unwrap().alerts().unwrap()
}

#[test]
fn its_events_are_gone_through_and_what_was_decided_is_there_after_a_restart() {
    let desk = Desk::new();
    let mut pty = console(&desk);
    deliver(&desk, "a", &records());
    pty.wait_for("1 open · 0 ack · 0 closed");
    go(&mut pty, "4", "Event 4 of 4");
    pty.wait_for("10:05:40Z · GetSecretValue by alice");
    go(&mut pty, "{", "Event 3 of 4");
    go(&mut pty, "{{", "Event 1 of 4");
    pty.wait_for("10:00:00Z · CreateAccessKey by alice");
    go(&mut pty, "}", "Event 2 of 4");
    go(&mut pty, "2 ", "1/2 ");
    go(&mut pty, "c", "true positive");
    go(&mut pty, "1", "0 open · 0 ack · 1 closed");
    pty.wait_for("saved ✓");
    quit(pty);

    let mut pty = console(&desk);
    pty.wait_for("0 open · 0 ack · 1 closed");
    go(&mut pty, "4", "Event 4 of 4");
    go(&mut pty, "{{{", "Event 1 of 4");
    pty.wait_for("10:00:00Z · CreateAccessKey by alice");
    pty.wait_for("5ec0e7ce-0000-4000-8000-000000000001");
    // Delivered once more, it is no other alert.
    deliver(&desk, "again", &records());
    pty.wait_for("files 2");
    go(&mut pty, "6", "closed as true positive");
    pty.wait_for("ticked step 1");
    pty.wait_for("0 open · 0 ack · 1 closed");
    quit(pty);
    assert_eq!(rows(&desk).len(), 1);
}

#[test]
fn half_of_it_before_a_restart_and_half_after_is_one_alert() {
    let desk = Desk::new();
    let (first, rest) = (records()[..3].to_vec(), records()[3..].to_vec());
    deliver(&desk, "first", &first);
    let pty = console(&desk);
    pty.wait_for("files 1");
    pty.wait_for("saved ✓");
    quit(pty);
    assert_eq!(rows(&desk), []);

    let mut pty = console(&desk);
    go(&mut pty, "R\r", "Remembers       2 of at most 50,000 events, in 1 group");
    pty.type_keys("R");
    deliver(&desk, "rest", &rest);
    pty.wait_for("1 open · 0 ack · 0 closed");
    go(&mut pty, "4", "Event 4 of 4");
    go(&mut pty, "{{{", "Event 1 of 4");
    pty.wait_for("10:00:00Z · CreateAccessKey by alice");
    quit(pty);
    assert_eq!(rows(&desk).iter().map(|row| row.count).collect::<Vec<_>>(), [4]);

    let pty = console(&desk);
    pty.wait_for("1 open · 0 ack · 0 closed");
    quit(pty);
    assert_eq!(rows(&desk).len(), 1);
}

/// A state with the alert, its first step ticked and itself closed, by these.
fn decided(desk: &Desk) -> String {
    let path = desk.path("state/s.db");
    let text = path.to_str().unwrap().to_owned();
    assert_eq!(desk.run(&["scan", EVENTS, "--rules", RULE, "--format", "csv", "--state", &text]).code, 0);
    let mut store = Store::open(&path, Access::ReadWrite).unwrap();
    let alert = store.alerts().unwrap().remove(0).id;
    let rule =
        watchfloor::rule::load_str(&std::fs::read_to_string(RULE).unwrap(), watchfloor::rule::RuleFormat::Toml, "r");
    let step: StepId = rule.rules[0].checklist.steps().next().unwrap().id.clone();
    let actions = [
        Action::Step { step, state: StepState::Done },
        Action::SetStatus { status: Status::Closed(Reason::TruePositive) },
    ];
    let at = "2026-11-24T09:00:00Z".parse().unwrap();
    let proposals =
        actions.map(|action| Proposal { alert: alert.clone(), at, analyst: "dana".into(), action, seen: 0 });
    assert!(store.decide(&proposals).unwrap().iter().all(|decided| matches!(decided, Decided::Stored(_))));
    text
}

/// What a report on this state says of its one alert: the ends of the ids of its events, how it stands, and steps done.
fn reported(desk: &Desk, state: &str) -> (Vec<String>, String, u64) {
    let report = desk.run(&["report", "--state", state, "--rules", RULE, "--format", "json"]).quiet();
    let report: Value = serde_json::from_str(&report).unwrap();
    let [alert] = &report["alerts"].as_array().unwrap()[..] else { panic!("{report}") };
    let end = |event: &Value| event["event_id"].as_str().unwrap()[34..].to_owned();
    let events = alert["sequence"].as_array().unwrap().iter().map(end).collect();
    (events, alert["status"].as_str().unwrap().to_owned(), alert["steps_done"].as_u64().unwrap())
}

/// The records of its events, as this state keeps them.
fn kept(state: &str) -> Vec<Value> {
    let store = Store::open(Path::new(state), Access::ReadOnly).unwrap();
    let mut kept = Vec::new();
    store
        .each_alert(|alert| {
            let records = alert.aggregate.iter().flat_map(|aggregate| &aggregate.sequence);
            kept.extend(records.map(|record| serde_json::from_str::<Value>(&record.raw).unwrap()));
            std::ops::ControlFlow::Continue(())
        })
        .unwrap();
    kept
}

#[test]
fn a_backup_and_an_archive_keep_its_events_and_the_decision() {
    let desk = Desk::new();
    let state = decided(&desk);
    let wanted = (IDS.map(str::to_owned).to_vec(), "closed".to_owned(), 1);
    let records = records();
    let wanted_records = [0, 2, 3, 4].map(|at| records[at].clone());
    assert_eq!((reported(&desk, &state), kept(&state)), (wanted.clone(), wanted_records.to_vec()));

    let (copy, old) = (desk.path("state/copy.db"), desk.path("state/old.db"));
    let (copy, old) = (copy.to_str().unwrap(), old.to_str().unwrap());
    desk.run(&["state", "backup", copy, "--state", &state]).quiet();
    let told = desk.run(&["state", "archive", "--before", "2026-11-26", "--to", old, "--state", &state]).quiet();
    assert_eq!(told, format!("{old}: 1 alert, 2 decisions\n"));
    for other in [copy, old] {
        assert_eq!((reported(&desk, other), kept(other)), (wanted.clone(), wanted_records.to_vec()), "{other}");
        desk.run(&["audit", "verify", "--state", other]).quiet();
        desk.run(&["state", "check", "--state", other]).quiet();
    }
    // Delivered once more, it is found neither again nor anew.
    for (state, count) in [(state.as_str(), 0), (copy, 1)] {
        desk.run(&["scan", EVENTS, "--rules", RULE, "--format", "csv", "--state", state]).quiet();
        assert_eq!(Store::open(Path::new(state), Access::ReadOnly).unwrap().alerts().unwrap().len(), count);
        desk.run(&["audit", "verify", "--state", state]).quiet();
    }
    assert_eq!(reported(&desk, copy), wanted);
}

#[test]
fn a_report_says_what_happened_in_each_of_its_events() {
    let desk = Desk::new();
    let state = decided(&desk);
    let report = |format: &str| desk.run(&["report", "--state", &state, "--rules", RULE, "--format", format]).quiet();
    let markdown = report("markdown");
    let table: Vec<&str> = markdown.lines().skip_while(|line| *line != "### Sequence").skip(2).take(6).collect();
    insta::assert_snapshot!(table.join("\n"));
    for format in ["html", "csv"] {
        let report = report(format);
        for end in IDS {
            assert!(report.contains(&format!("5ec0e7ce-0000-4000-8000-0000000000{end}")), "{end}: {report}");
        }
    }
}
