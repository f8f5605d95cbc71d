//! What the log says around each alert is looked up in the background, kept, and told.

use watchfloor::engine::PlaybackRequest;
use watchfloor::investigate::Assessment;

use super::incidents::{KEYS, by};
use super::*;

/// An ordinary call by this user, of which no rule says anything.
fn call(user: &str, key: &str, id: &str, time: &str) -> String {
    by(user, key, id, time).replace("StartExportTask", "DescribeDBSnapshots")
}

/// From the same address, whoever calls.
fn from_office(record: &str) -> String {
    let mut record: serde_json::Value = serde_json::from_str(record).unwrap();
    record["sourceIPAddress"] = "203.0.113.7".into();
    record.to_string()
}

/// Waits until so many alerts have been looked up and sorted into incidents.
fn refined(running: &Running, count: usize) -> Vec<AlertRow> {
    let is = |row: &AlertRow| row.assessment.refined && row.incident.is_some();
    running.wait(&format!("{count} alerts that were looked up"), |told| {
        Some(running.rows(told)).filter(|alerts| alerts.len() == count && alerts.iter().all(is))
    })
}

fn says(row: &AlertRow, finding: &str) -> bool {
    row.assessment.findings.iter().any(|found| found.as_str() == finding)
}

/// Whether each event's actor is new.
fn new_actors(alerts: &[AlertRow]) -> Vec<(&str, bool)> {
    let mut new: Vec<(&str, bool)> = alerts.iter().map(|row| (row.event_id.as_str(), says(row, "new_actor"))).collect();
    new.sort_unstable();
    new
}

#[test]
fn what_the_log_says_is_kept_and_looked_up_once() {
    let place = Place::new();
    // More log than a day: less says little about what is new.
    place.deliver("old.json", call("bob", KEYS[0], "old", "2026-11-20T10:00:00Z").as_bytes());
    place.deliver("b.json", by("bob", KEYS[0], "b-1", "2026-11-23T10:20:00Z").as_bytes());
    place.deliver("a.json", by("alice", KEYS[1], "a-1", "2026-11-23T10:30:00Z").as_bytes());
    let running = place.watch();
    let first = refined(&running, 2);
    assert_eq!(new_actors(&first), [("a-1", true), ("b-1", false)]);
    running.settled();
    place.deliver("c.json", by("carol", KEYS[1], "c-1", "2026-11-23T10:40:00Z").as_bytes());
    let all = refined(&running, 3);
    assert_eq!(new_actors(&all), [("a-1", true), ("b-1", false), ("c-1", true)]);
    let new_bucket: Vec<&str> =
        all.iter().filter(|row| says(row, "new_bucket")).map(|row| row.event_id.as_str()).collect();
    assert_eq!(new_bucket, ["b-1"], "the others went where that went before");
    drop(running);
    let sorted = |mut rows: Vec<AlertRow>| {
        rows.sort_by(|a, b| a.id.cmp(&b.id));
        rows
    };
    assert_eq!(sorted(place.stored()), sorted(all.clone()));
    let again = place.watch();
    again.settled();
    let told = again.told.0.lock().unwrap();
    let told_rows = told.iter().filter_map(|u| if let Update::Alerts(rows) = u { Some(rows.len()) } else { None });
    assert_eq!(told_rows.sum::<usize>(), 3, "nothing is looked up again");
    assert_eq!(sorted(alerts(&told)), sorted(all));
}

#[test]
fn what_the_log_brings_after_an_alert_counts_too() {
    let place = Place::new();
    let now = Utc::now().format("%Y-%m-%dT%H:%M:%SZ").to_string();
    place.deliver("a.json", from_office(&by("bob", KEYS[0], "b-1", &now)).as_bytes());
    let running = place.watch();
    let users = |told: &[Update]| alerts(told).first().map(|row| row.assessment.trace.address_users);
    assert_eq!(refined(&running, 1).len(), 1);
    running.until("one at the address", |told| users(told) == Some(1));
    place.deliver("b.json", from_office(&call("alice", KEYS[1], "a-1", &now)).as_bytes());
    running.until("two at the address", |told| users(told) == Some(2));
}

#[test]
fn a_log_that_is_gone_is_no_failure() {
    let place = Place::new();
    let paths = [
        place.deliver("b.json", by("bob", KEYS[0], "b-1", "2026-11-23T10:20:00Z").as_bytes()),
        place.deliver("a.json", by("alice", KEYS[1], "a-1", "2026-11-23T10:30:00Z").as_bytes()),
    ];
    drop(place.watch().alerts(2));
    // As if it had ended before anything was looked up.
    let lock = rusqlite::Connection::open(&place.state).unwrap();
    lock.execute_batch("UPDATE alerts SET refined = 0").unwrap();
    drop(lock);
    paths.iter().for_each(|path| std::fs::remove_file(path).unwrap());
    let running = place.watch();
    refined(&running, 2);
}

#[test]
fn two_consoles_and_a_copy_of_the_state_say_the_same() {
    let place = Place::new();
    let (ours, theirs) = place.watch_both();
    ours.settled();
    theirs.settled();
    for n in 0..4 {
        let text = by("bob", KEYS[0], &format!("b-{n}"), &format!("2026-11-23T10:2{n}:00Z"));
        place.deliver(&format!("{n}.json"), text.as_bytes());
    }
    let known = |rows: Vec<AlertRow>| -> Vec<_> {
        let mut known: Vec<_> = rows.into_iter().map(|row| (row.id, row.assessment, row.incident)).collect();
        known.sort_by(|a, b| a.0.cmp(&b.0));
        known
    };
    let told = known(refined(&ours, 4));
    assert_eq!(known(refined(&theirs, 4)), told);
    drop((ours, theirs));
    assert_eq!(known(place.stored()), told);

    place.deliver("5.json", by("bob", KEYS[0], "b-5", "2026-11-23T10:25:00Z").as_bytes());
    let copy = Store::open(&place.state, Access::ReadOnly).unwrap().passing_copy().unwrap();
    let running = Running::start(|outlet| watch(&place.logs, Window::default(), 2, copy, outlet));
    refined(&running, 5);
    drop(running);
    assert_eq!(known(place.stored()), told, "the state itself is left as it is");
}

#[test]
fn on_a_replay_nothing_from_the_future_speaks() {
    let place = Place::new();
    let users = ["bob", "alice", "carol", "mallory"];
    for (n, user) in users.iter().enumerate() {
        let text = from_office(&by(user, &format!("AKIA{n}EXAMPLE"), user, &format!("2026-11-23T1{n}:00:00Z")));
        place.deliver(&format!("{n}.json"), text.as_bytes());
    }
    place.deliver("first.json", call("bob", KEYS[0], "first", "2026-11-23T09:00:00Z").as_bytes());
    let running = Running::start(|outlet| {
        let options = playing(1.0, true);
        let of = ReplayOf::Log { paths: vec![place.logs.clone()], clusters: Vec::new() };
        engine::replay(of, rules(), options, Store::in_memory().unwrap(), outlet).unwrap()
    });
    running.figures("the start", |h| h.phase == Phase::Replay);
    for count in 1..=users.len() {
        running.engine.ask(Request::Playback(PlaybackRequest::NextAlert));
        let last = refined(&running, count).pop().unwrap();
        assert_eq!(last.assessment.trace.address_users as usize, count, "those who were there by then");
    }
}

/// Alerts in the demo.
const DEMO: usize = 12;

/// What the open alert is worth, once all about it has been looked up: that is the third thing told of it.
fn opened(told: &[Update], id: &AlertId) -> Option<Assessment> {
    let of_it = told.iter().filter_map(|u| match u {
        Update::Detail(detail) if detail.alert == *id => Some(detail.assessment.clone()),
        _ => None,
    });
    of_it.skip(2).last()
}

#[test]
fn what_is_looked_up_for_the_open_alert_agrees_with_the_table() {
    let place = Place::new();
    let demo = fixtures().join("demo");
    let on_demo =
        || Running::start(|outlet| watch(&demo, Window::default(), 2, place.store(&OpenOptions::default()), outlet));
    let running = on_demo();
    let mut all: HashMap<AlertId, Assessment> = HashMap::new();
    for row in refined(&running, DEMO) {
        running.engine.ask(Request::Detail(row.id.clone()));
        let known = running.wait("the detail, and the table that agrees with it", |told| {
            let listed = alerts(told).into_iter().find(|listed| listed.id == row.id)?;
            opened(told, &row.id).filter(|opened| *opened == listed.assessment)
        });
        all.insert(row.id, known);
    }
    for text in running.told.0.lock().unwrap().iter().flat_map(|u| match u {
        Update::Detail(detail) => detail.findings.iter().map(|finding| finding.text.trim_end().to_owned()).collect(),
        _ => Vec::new(),
    }) {
        assert!(!text.ends_with(':'), "it names the calls: {text}");
    }
    drop(running);
    // So does what is found in the background, when all alerts are known.
    let state = rusqlite::Connection::open(&place.state).unwrap();
    state.execute_batch("UPDATE alerts SET refined = 0, findings = ''").unwrap();
    drop(state);
    for row in refined(&on_demo(), DEMO) {
        assert_eq!(all.get(&row.id), Some(&row.assessment), "{}", row.event_id);
    }
}

#[test]
fn a_call_that_touched_the_target_hours_before_is_called_by_its_own_name() {
    let place = Place::new();
    let export = by("bob", KEYS[0], "b-2", "2026-11-23T10:20:00Z");
    let mut shared: serde_json::Value =
        serde_json::from_str(&by("bob", KEYS[0], "b-1", "2026-11-23T05:20:00Z")).unwrap();
    let target = shared["requestParameters"]["sourceArn"].as_str().unwrap().rsplit(':').next().unwrap().to_owned();
    shared["eventName"] = "ModifyDBSnapshotAttribute".into();
    shared["requestParameters"] = serde_json::json!({ "dBSnapshotIdentifier": target, "attributeName": "restore" });
    place.deliver("shared.json", shared.to_string().as_bytes());
    place.deliver("export.json", export.as_bytes());
    let running = place.watch();
    let alert = refined(&running, 1).remove(0);
    assert!(says(&alert, "target_touched"));
    running.engine.ask(Request::Detail(alert.id.clone()));
    running.until("the call that shared the snapshot", |told| {
        let of = |u: &Update| if let Update::Detail(d) = u { Some(d.findings.clone()) } else { None };
        let mut texts = told.iter().filter_map(of).flatten().map(|finding| finding.text);
        texts.any(|text| text == "the same actor called ModifyDBSnapshotAttribute for this snapshot 5 hours before")
    });
}
