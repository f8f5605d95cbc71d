//! States written by earlier versions, kept under tests/states: what was decided on them is there, and what they know
//! counts. They are opened as copies and never made anew: no later version can write them.

use std::os::unix::fs::PermissionsExt;

use watchfloor::triage::{Case, Status, Store};

use super::*;

fn old(version: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/states")).join(version)
}

/// A place whose state is a copy of the one that schema `version` left.
fn place(version: &str) -> Place {
    let place = Place::new();
    let folder = place.state.parent().unwrap();
    std::fs::create_dir(folder).unwrap();
    std::fs::set_permissions(folder, PermissionsExt::from_mode(0o700)).unwrap();
    std::fs::copy(old(version).join("state.db"), &place.state).unwrap();
    std::fs::set_permissions(&place.state, PermissionsExt::from_mode(0o600)).unwrap();
    place
}

/// Rule, event, id and count of every alert that a console of schema 2 left.
const ALERTS: [(&str, &str, &str, u64); 13] = [
    ("exports", "x-1", "f3db7d1c2a7bcb3862c3aa9740d62001118455f3f1da738e5177790689fe4ec0", 1),
    ("exports", "x-2", "1a963cb6b9f262c884c6ef9c45df6ab7dce5d6ef691293cf932bca5b8e9f0adc", 1),
    (
        "exports",
        "sha256:481eed67cd2b3d4ee6cafb91bc0090da6baa7ee3b0a3431cf399108d632ffee3",
        "df3d5fee07c4b86543a0dd6fd40d94166082f74beb2a386a5ef2032dfb98bc9e",
        1,
    ),
    ("exports", "x-4", "a4fe0458878622857a743804e4c6ba6da01def3bab83261a6510d3d5ae514d53", 1),
    ("exports", "x-5", "becfa53dff1427ea3638f8917f7d04a1cd7b870065e636a561b08ec9cc5dff9f", 1),
    ("exports", "x-6", "b356ceb8ddbcf42b55a678ea9e5d533579a2451fcfda37f14de10d418b3ebb35", 1),
    ("suppressed", "p-0", "d577affc7924f443443933920a40163c0c4c5b010682db093616800ea636cd50", 5),
    ("terms", "p-0", "f836465300ebebf713fa90d7f4d6937cde1eeb2a4e1c6cd7f5b896ea2cb28a85", 1),
    ("terms", "p-1", "a1737da38c157aba46fb8870ddd48ac615d62c73c40166f0152cac495b9c3fc2", 1),
    ("threshold", "p-3", "23aa184685571ffb8e0683d8b4ad4cb736f259107a47fd26dcf0b1f8430b2c26", 5),
    ("suppressed", "q-0", "14c54893293cf05691d89ac50c0b1b476b6d794a574e0321d31712c933899691", 3),
    ("terms", "q-0", "7b750dda01f4b8317da755cf020468075001544255fe020dd77658edf1734f05", 1),
    ("terms", "q-1", "23f15ea8e8c6a8389a7258646256684910429166d81c894d42c6e555b83a0e8b", 1),
];

/// Every decision on it: number, analyst, place of the alert above, and what was done, as the file has it.
const DECISIONS: [(i64, &str, usize, &str); 12] = [
    (1, "mk", 0, r#"{"do":"step","step":"0123456789ab","state":"done"}"#),
    (2, "mk", 0, r#"{"do":"note","text":"Größe: zwei\nZeilen"}"#),
    (3, "mk", 0, r#"{"do":"set_status","status":"closed","reason":"true_positive"}"#),
    (4, "jo", 1, r#"{"do":"set_status","status":"acknowledged"}"#),
    (5, "jo", 3, r#"{"do":"step","step":"0123456789ab","state":"not_applicable"}"#),
    (6, "jo", 3, r#"{"do":"copied","what":"summary"}"#),
    (7, "mk", 4, r#"{"do":"set_status","status":"closed","reason":"duplicate"}"#),
    (8, "mk", 2, r#"{"do":"set_status","status":"closed","reason":"benign_positive"}"#),
    (9, "mk", 9, r#"{"do":"set_status","status":"closed","reason":"false_positive"}"#),
    (10, "jo", 6, r#"{"do":"note","text":"seen"}"#),
    (11, "jo", 7, r#"{"do":"set_status","status":"acknowledged"}"#),
    (12, "jo", 1, r#"{"do":"undo","seq":4}"#),
];

#[test]
fn every_decision_of_schema_2_is_there() {
    let place = place("schema-2");
    let store = Store::open(&place.state, Access::ReadWrite).unwrap();
    let mut alerts: Vec<_> =
        store.alerts().unwrap().into_iter().map(|l| (l.rule_id, l.event_id, l.id.0, l.count)).collect();
    let mut expected: Vec<_> =
        ALERTS.iter().map(|(rule, event, id, n)| ((*rule).into(), (*event).into(), (*id).into(), *n)).collect();
    alerts.sort();
    expected.sort();
    assert_eq!(alerts, expected);
    let decisions = store.decisions_since(0).unwrap();
    let said: Vec<_> = decisions
        .iter()
        .map(|d| (d.seq, d.analyst.as_str(), d.alert.0.as_str(), serde_json::to_string(&d.action).unwrap()))
        .collect();
    let expected: Vec<_> =
        DECISIONS.iter().map(|(seq, who, alert, what)| (*seq, *who, ALERTS[*alert].2, (*what).to_owned())).collect();
    assert_eq!(said, expected);
    assert_eq!(decisions[0].at, time("2026-11-18T11:06:41Z"));
    let undone = Case::fold(&store.decisions_of(&AlertId(ALERTS[1].2.into())).unwrap());
    assert_eq!(undone.status, Status::Open);
    let switches: Vec<_> = store.switches().unwrap().into_iter().map(|s| (s.rule, s.enabled, s.analyst)).collect();
    assert_eq!(switches, [("quiet".to_owned(), false, "mk".to_owned())]);
    for (_, event, id, _) in ALERTS {
        let alert = store.alert(&AlertId(id.into())).unwrap().unwrap();
        assert!(alert.raw.starts_with('{') && alert.ecs.starts_with('{'), "{event} has its record and its document");
    }
    store.verify(None).unwrap();
}

fn schema_2_rules() -> RuleBook {
    let book = RuleBook::new(Pack::load(&[old("schema-2").join("rules")], Utc::now()), Exceptions::default());
    assert_eq!(book.current().rules().len(), 5);
    book
}

fn watch_on(place: &Place) -> Running {
    let store = Store::open(&place.state, Access::ReadWrite).unwrap();
    Running::start(|outlet| watch_by(schema_2_rules(), &place.logs, Window::default(), 2, store, outlet))
}

fn deliver(place: &Place, from: &str) {
    for file in std::fs::read_dir(old("schema-2").join(from)).unwrap() {
        let file = file.unwrap();
        place.deliver(file.file_name().to_str().unwrap(), &std::fs::read(file.path()).unwrap());
    }
}

/// Rule, event and count of what is listed, by id.
fn said(store: &Store) -> Vec<(String, String, String, u64)> {
    let all = store.alerts().unwrap().into_iter().filter(|l| !l.withdrawn);
    let mut all: Vec<_> = all.map(|l| (l.id.0, l.rule_id, l.event_id, l.count)).collect();
    all.sort();
    all
}

#[test]
fn what_schema_2_knew_is_found_again_when_its_files_are_read_anew() {
    let place = place("schema-2");
    let before = said(&Store::open(&place.state, Access::ReadWrite).unwrap());
    // Under other paths: to this state they are new files.
    deliver(&place, "logs");
    let running = watch_on(&place);
    running.settled();
    let told = running.alerts(ALERTS.len());
    assert_eq!(told.len(), ALERTS.len(), "none is told of twice");
    drop(running);
    let store = Store::open(&place.state, Access::ReadOnly).unwrap();
    assert_eq!(said(&store), before);
    assert_eq!(store.verify(None).unwrap().rows, 12);
}

#[test]
fn what_the_rules_of_schema_2_remember_counts_though_its_files_are_gone() {
    let place = place("schema-2");
    let before = said(&Store::open(&place.state, Access::ReadWrite).unwrap());
    let running = watch_on(&place);
    running.settled();
    deliver(&place, "later");
    let is = |l: &AlertRow| l.rule_id == "threshold" && l.count == 4;
    running.until("the alert that the fourth event makes", |told| {
        told.iter().any(|u| matches!(u, Update::Alerts(alerts) if alerts.iter().any(is)))
    });
    drop(running);
    let mut expected = before;
    // The fourth of the same hour goes into the alert that was there.
    expected
        .iter_mut()
        .filter(|(_, rule, event, _)| rule == "suppressed" && event == "q-0")
        .for_each(|said| said.3 = 4);
    let now = said(&Store::open(&place.state, Access::ReadOnly).unwrap());
    let (new, old): (Vec<_>, Vec<_>) =
        now.into_iter().partition(|(_, rule, event, _)| rule == "threshold" && event == "q-3");
    assert_eq!((new.len(), old), (1, expected));
}

#[test]
fn alerts_of_schema_2_get_a_priority_and_are_tied_together_by_their_records() {
    let place = place("schema-2");
    let known = |alerts: &[AlertRow]| {
        alerts
            .iter()
            .all(|row| row.assessment.refined && row.assessment.trace.principal.is_some() && row.incident.is_some())
    };
    let running = watch_on(&place);
    let told = running.wait("what is known of each", |told| {
        Some(alerts(told)).filter(|alerts| alerts.len() == ALERTS.len() && known(alerts))
    });
    drop(running);
    let mut stored = Store::open(&place.state, Access::ReadOnly).unwrap().alerts().unwrap();
    stored.sort_by(|a, b| a.id.cmp(&b.id));
    let mut told: Vec<AlertRow> = told;
    told.sort_by(|a, b| a.id.cmp(&b.id));
    assert_eq!(stored, told);
    // It is known once and for all.
    let again = watch_on(&place);
    again.settled();
    assert!(known(&again.alerts(ALERTS.len())));
}
