//! A process killed at any moment has lost nothing that its store had confirmed, and left nothing half done.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use chrono::DateTime;
use watchfloor::detect::{Alert, AlertId, Summary};
use watchfloor::rule::{Severity, StepId};
use watchfloor::trail::{Checkpoint, CheckpointColumns, FileId, Origin};
use watchfloor::triage::{Access, Action, Batch, Decided, NewAlert, Proposal, StepState, Store};

/// Where the child finds its state; unset in an ordinary test run.
const STATE: &str = "WATCHFLOOR_TEST_KILL_STATE";
/// How many times the child is killed; more with this variable.
const ROUNDS: &str = "WATCHFLOOR_TEST_KILLS";

pub(crate) fn found(n: i64) -> NewAlert {
    let event_id = format!("event-{n}");
    let time = DateTime::from_timestamp(1_795_000_000 + n, 0).unwrap();
    let alert = Alert {
        id: AlertId::of("rule", &event_id),
        rule_id: "rule".into(),
        rule_name: "Rule".into(),
        severity: Severity::Low,
        risk_score: 21,
        event_id,
        time,
        reason: "something happened".into(),
        summary: Summary::default(),
        aggregate: None,
        assessment: watchfloor::investigate::Assessment::default(),
        ecs: serde_json::json!({"event": {"id": n}}).to_string(),
        raw: "x".repeat(2_000),
        origin: Origin::from_columns(Path::new("/logs/a"), 0, None),
    };
    NewAlert { alert, found: time, late: false, held: false }
}

fn mark(n: i64) -> Checkpoint {
    Checkpoint::from_columns(CheckpointColumns {
        path: format!("/logs/{n}").into(),
        id: FileId::from_columns(1, 2),
        size: 3,
        mtime_ns: 4,
        consumed: 3,
        head: 5,
        records: 1,
        ..CheckpointColumns::default()
    })
}

/// The process that gets killed: finds an alert, marks its file, ticks a step, says so, and so on for ever.
#[test]
#[ignore = "run by the test below, in a process of its own"]
fn the_process_that_gets_killed() {
    let Some(path) = std::env::var_os(STATE).map(PathBuf::from) else { return };
    let mut store = Store::open(&path, Access::ReadWrite).unwrap();
    let mut out = std::io::stdout();
    for n in store.cursor().unwrap().alerts.. {
        let found = found(n);
        store.record(Batch { alerts: std::slice::from_ref(&found), marks: &[mark(n)], ..Batch::default() }).unwrap();
        let proposal = Proposal {
            alert: found.alert.id.clone(),
            at: found.found,
            analyst: "mk".into(),
            action: Action::Step { step: StepId("a".into()), state: StepState::Done },
            seen: 0,
        };
        let decided = store.decide(&[proposal]).unwrap();
        let [Decided::Stored(decision)] = &decided[..] else { panic!("{decided:?}") };
        writeln!(out, "\nstored {n} {}", decision.seq).unwrap();
        out.flush().unwrap();
    }
}

/// Lets the child work for a while and kills it. Returns what it had confirmed: alert number and decision. The while
/// begins with its start, or with the first thing it confirms.
fn run_and_kill(path: &Path, after_first: bool, patience: Duration) -> Vec<(i64, i64)> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "state_kill::the_process_that_gets_killed", "--ignored", "--nocapture"])
        .env(STATE, path)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    let (sender, confirmed) = std::sync::mpsc::channel();
    let reader = std::thread::spawn(move || {
        for line in output.lines().map_while(Result::ok) {
            if let Some((n, seq)) = line.strip_prefix("stored ").and_then(|rest| rest.split_once(' ')) {
                let _ = sender.send((n.parse().unwrap(), seq.parse().unwrap()));
            }
        }
    });
    let first = after_first.then(|| confirmed.recv().expect("the child ended by itself"));
    std::thread::sleep(patience);
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap();
    first.into_iter().chain(confirmed).collect()
}

#[test]
fn a_killed_process_has_lost_nothing_it_had_confirmed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state").join("state.db");
    let rounds: u64 = std::env::var(ROUNDS).map_or(12, |n| n.parse().unwrap());
    let mut confirmed = 0;
    for round in 0..rounds {
        let told = run_and_kill(&path, round % 2 == 1, Duration::from_millis(round * 37 % 100));
        confirmed += told.len();
        let store = match Store::open(&path, Access::ReadWrite) {
            Ok(store) => store,
            Err(e) => panic!("round {round}: {e}"),
        };
        for (n, seq) in told {
            let decisions = store.decisions_of(&found(n).alert.id).unwrap();
            assert_eq!(decisions.iter().map(|d| d.seq).collect::<Vec<_>>(), [seq], "round {round}, alert {n}");
            assert_eq!(store.alert(&found(n).alert.id).unwrap(), Some(found(n).alert));
        }
        let alerts = store.alerts().unwrap().len();
        assert_eq!(store.marks().unwrap().len(), alerts, "a file is read exactly when its alerts are stored");
        let decisions = store.decisions_since(0).unwrap().len();
        assert!(decisions <= alerts, "round {round}: {decisions} decisions about {alerts} alerts");
        assert_eq!(store.verify(None).unwrap().rows, i64::try_from(decisions).unwrap());
    }
    println!("{rounds} kills, {confirmed} decisions confirmed");
    assert!(confirmed > 0);
}
