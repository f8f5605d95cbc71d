//! Alerts of one attack come together while the log goes on, in whichever console looks, and stay together.

use std::collections::BTreeMap;

use watchfloor::triage::IncidentId;

use super::*;

/// An export by this user with this key.
pub(super) fn by(user: &str, key: &str, id: &str, time: &str) -> String {
    let mut record: serde_json::Value = serde_json::from_str(&export(id, time)).unwrap();
    let who = &mut record["userIdentity"];
    who["arn"] = format!("arn:aws:iam::111122223333:user/{user}").into();
    (who["userName"], who["accessKeyId"]) = (user.into(), key.into());
    record["sourceIPAddress"] = format!("192.0.2.{}", user.len()).into();
    record.to_string()
}

/// The events of each incident; `None` while one is not worked out.
fn incidents(alerts: &[AlertRow]) -> Option<BTreeMap<IncidentId, Vec<String>>> {
    let mut incidents: BTreeMap<IncidentId, Vec<String>> = BTreeMap::new();
    for alert in alerts {
        incidents.entry(alert.incident.clone()?).or_default().push(alert.event_id.clone());
    }
    incidents.values_mut().for_each(|events| events.sort());
    Some(incidents)
}

/// Waits until the alerts are sorted like this, and answers the id of each incident, in this order.
fn sorted(running: &Running, expected: &[&[&str]]) -> Vec<IncidentId> {
    running.wait(&format!("the incidents {expected:?}"), |told| ids_of(&running.rows(told), expected))
}

fn ids_of(alerts: &[AlertRow], expected: &[&[&str]]) -> Option<Vec<IncidentId>> {
    let found = incidents(alerts)?;
    let id = |events: &&[&str]| found.iter().find(|(_, of)| of == events).map(|(id, _)| id.clone());
    let ids: Option<Vec<IncidentId>> = expected.iter().map(id).collect();
    ids.filter(|ids| ids.len() == found.len())
}

pub(super) const KEYS: [&str; 2] = ["AKIAIOSFODNN7EXAMPLE", "AKIAI44QH8DHBEXAMPLE"];

#[test]
fn alerts_come_together_as_they_arrive_and_an_id_outlives_restarts_and_late_events() {
    let place = Place::new();
    place.deliver("b.json", by("bob", KEYS[0], "b-2", "2026-11-23T10:20:00Z").as_bytes());
    place.deliver("a.json", by("alice", KEYS[1], "e-1", "2026-11-23T10:30:00Z").as_bytes());
    let running = place.watch();
    let first = sorted(&running, &[&["b-2"], &["e-1"]]);
    running.settled();
    place.deliver("c.json", by("bob", KEYS[0], "b-3", "2026-11-23T10:40:00Z").as_bytes());
    // From before the one that the incident is named for.
    place.deliver("d.json", by("bob", KEYS[0], "b-1", "2026-11-23T10:10:00Z").as_bytes());
    let whole: [&[&str]; 2] = [&["b-1", "b-2", "b-3"], &["e-1"]];
    assert_eq!(sorted(&running, &whole), first);
    drop(running);
    assert_eq!(ids_of(&place.stored(), &whole).as_ref(), Some(&first));
    let again = place.watch();
    assert_eq!(sorted(&again, &whole), first);
    again.settled();
    place.deliver("e.json", by("bob", KEYS[0], "b-0", "2026-11-23T09:10:00Z").as_bytes());
    assert_eq!(sorted(&again, &[&["b-0", "b-1", "b-2", "b-3"], &["e-1"]]), first);
}

#[test]
fn consoles_on_one_state_come_to_the_same_ids() {
    let place = Place::new();
    let (ours, theirs) = place.watch_both();
    ours.settled();
    theirs.settled();
    for n in 0..6 {
        let (user, key) = if n % 2 == 0 { ("bob", KEYS[0]) } else { ("alice", KEYS[1]) };
        // The latest first: what comes later has happened before.
        let text = by(user, key, &format!("e-{n}"), &format!("2026-11-23T10:{:02}:00Z", 50 - n));
        place.deliver(&format!("{n}.json"), text.as_bytes());
    }
    let expected: [&[&str]; 2] = [&["e-0", "e-2", "e-4"], &["e-1", "e-3", "e-5"]];
    let id = sorted(&ours, &expected);
    theirs.until("the same incidents", |told| ids_of(&theirs.rows(told), &expected).as_ref() == Some(&id));
    drop((ours, theirs));
    assert_eq!(ids_of(&place.stored(), &expected), Some(id));
}

/// Of the alerts in `fixtures/expected.tsv`, those that it says this of.
fn expected(of: &str) -> Vec<String> {
    let table = std::fs::read_to_string(fixtures().join("expected.tsv")).unwrap();
    let rows = table.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let mut found: Vec<String> =
        rows.filter(|row| row[1] == "alert" && row[4].starts_with(of)).map(|row| row[0].to_owned()).collect();
    found.sort();
    found
}

#[test]
fn the_attack_of_the_demo_is_one_incident_above_all_others() {
    let (attack, nightly) = (expected("the attack"), expected("the nightly export"));
    assert_eq!((attack.len(), nightly.len()), (3, 3));
    let running = Running::replay(f64::INFINITY, false);
    let all = running.wait("the attack and the nightly job, each as one, when all is looked up", |told| {
        let all = alerts(told);
        let found = incidents(&all)?;
        let are_one = |events: &Vec<String>| found.values().any(|of| of == events);
        let is_known = all.len() == 12 && all.iter().all(|row| row.assessment.refined);
        (is_known && are_one(&attack) && are_one(&nightly)).then_some(all)
    });
    let first = all.iter().max_by_key(|row| row.assessment.priority).unwrap();
    assert!(attack.contains(&first.event_id), "{first:?}");
}

#[test]
fn what_a_copy_of_the_state_shows_comes_together_too() {
    let place = Place::new();
    place.deliver("a.json", by("bob", KEYS[0], "b-1", "2026-11-23T10:20:00Z").as_bytes());
    place.deliver("b.json", by("bob", KEYS[0], "b-2", "2026-11-23T10:30:00Z").as_bytes());
    let running = place.watch();
    let id = sorted(&running, &[&["b-1", "b-2"]]);
    drop(running);
    place.deliver("c.json", by("bob", KEYS[0], "b-3", "2026-11-23T10:40:00Z").as_bytes());
    let copy = Store::open(&place.state, Access::ReadOnly).unwrap().passing_copy().unwrap();
    let running = Running::start(|outlet| watch(&place.logs, Window::default(), 2, copy, outlet));
    assert_eq!(sorted(&running, &[&["b-1", "b-2", "b-3"]]), id);
    drop(running);
    assert_eq!(place.stored().len(), 2, "the state itself is left as it is");
}
