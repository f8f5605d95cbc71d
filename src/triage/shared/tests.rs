//! Several consoles on one server in memory.

mod fake;
mod faults;
mod many;

use fake::{Fake, Fault};

use super::{Answer, Sharing};
use crate::triage::samples::{self, alert, at, found, propose};
use crate::triage::{Action, Batch, Decided, Entry, Proposal, Reason, Status, Store};

/// A console with a state of its own, which knows alerts 1 to 4.
fn console(server: &Fake, name: &str) -> Sharing<Fake, Store> {
    console_on(server, name, &[1, 2, 3, 4])
}

fn console_on(server: &Fake, name: &str, alerts: &[i64]) -> Sharing<Fake, Store> {
    let mut store = Store::in_memory().unwrap();
    let alerts: Vec<_> = alerts.iter().map(|n| found(*n)).collect();
    store.record(Batch { alerts: &alerts, ..Batch::default() }).unwrap();
    on(server, store, name)
}

fn on(server: &Fake, store: Store, name: &str) -> Sharing<Fake, Store> {
    Sharing::new(server.clone(), store, "prod", "watchfloor", name.to_owned())
}

fn status(status: Status) -> Action {
    Action::SetStatus { status }
}

fn note(text: &str) -> Action {
    Action::Note { text: text.into(), step: None }
}

/// What an analyst decides about an alert of which she sees all that her console has, `second` telling one key from another.
fn seen(console: &mut Sharing<Fake, Store>, alert: i64, second: i64, action: Action) -> Proposal {
    let decided = console.copy().decisions_of(&samples::alert(alert).id).unwrap();
    let seen = decided.last().map_or(0, |decision| decision.seq);
    Proposal { at: at(second), ..propose(alert, "mk", action, seen) }
}

fn decide(console: &mut Sharing<Fake, Store>, proposal: &Proposal) -> Answer {
    console.decide(std::slice::from_ref(proposal)).remove(0)
}

fn stored(answer: &Answer) -> bool {
    matches!(answer, Answer::Decided(Decided::Stored(_)))
}

fn failed(answer: &Answer) -> &str {
    match answer {
        Answer::Failed(why) => why,
        other => panic!("{other:?}"),
    }
}

fn status_of(console: &mut Sharing<Fake, Store>, alert: i64) -> Status {
    let decided = console.copy().decisions_of(&samples::alert(alert).id).unwrap();
    crate::triage::Case::fold(&decided).status
}

fn documents(server: &Fake, index: &str) -> usize {
    server.0.borrow().indices.get(index).map_or(0, |index| index.documents.len())
}

#[test]
fn what_one_decides_the_others_see() {
    let server = Fake::default();
    let (mut one, mut other) = (console(&server, "one"), console(&server, "other"));
    let ack = seen(&mut one, 1, 1, status(Status::Acknowledged));
    let noted = seen(&mut one, 2, 2, note("asked"));
    assert!(one.decide(&[ack, noted]).iter().all(stored));
    other.look().unwrap();
    assert_eq!(status_of(&mut other, 1), Status::Acknowledged);
    let close = seen(&mut other, 1, 3, status(Status::Closed(Reason::Duplicate)));
    assert!(stored(&decide(&mut other, &close)));
    one.look().unwrap();
    assert_eq!(status_of(&mut one, 1), Status::Closed(Reason::Duplicate));
    for console in [&mut one, &mut other] {
        console.copy().verify(None).unwrap();
        assert_eq!(console.copy().log_end().unwrap().0, 3);
    }
}

#[test]
fn the_index_is_made_with_its_mapping_by_the_first_decision_and_read_by_no_other_name() {
    let server = Fake::default();
    let mut one = console(&server, "one");
    one.look().unwrap();
    assert!(server.0.borrow().indices.is_empty());
    let ack = seen(&mut one, 1, 1, status(Status::Acknowledged));
    assert!(stored(&decide(&mut one, &ack)));
    let asked = server.0.borrow();
    assert!(asked.indices["watchfloor-audit"].strict);
    assert!(asked.requests.contains(&"Put watchfloor-audit-one/_create/1".to_owned()), "{:?}", asked.requests);
}

#[test]
fn a_conflict_is_seen_and_nothing_is_overwritten() {
    let server = Fake::default();
    let (mut one, mut other) = (console(&server, "one"), console(&server, "other"));
    let theirs = seen(&mut other, 1, 2, status(Status::Closed(Reason::TruePositive)));
    let mine = seen(&mut one, 1, 1, status(Status::Acknowledged));
    let noted = seen(&mut one, 1, 3, note("looks bad"));
    assert!(stored(&decide(&mut other, &theirs)));
    let answers = one.decide(&[mine.clone(), noted]);
    let Answer::Decided(Decided::Conflict(newer)) = &answers[0] else { panic!("{answers:?}") };
    assert_eq!(newer.action, theirs.action);
    assert!(stored(&answers[1]));
    assert_eq!(documents(&server, "watchfloor-audit"), 2);
    // Having seen it, she may.
    let again = seen(&mut one, 1, 4, status(Status::Acknowledged));
    assert!(stored(&decide(&mut one, &again)));
}

#[test]
fn an_undo_names_the_same_decision_everywhere() {
    let server = Fake::default();
    let (mut one, mut other) = (console_on(&server, "one", &[2, 1]), console(&server, "other"));
    // In the other's state numbers are others.
    let extra = seen(&mut other, 3, 1, note("a"));
    assert!(stored(&decide(&mut other, &extra)));
    let ack = seen(&mut one, 1, 2, status(Status::Acknowledged));
    let Answer::Decided(Decided::Stored(acked)) = decide(&mut one, &ack) else { panic!() };
    assert_eq!(acked.seq, 1);
    other.look().unwrap();
    let seq = other.copy().decisions_of(&acked.alert).unwrap()[0].seq;
    assert_eq!(seq, 2);
    let undo = seen(&mut other, 1, 3, Action::Undo { seq });
    assert!(stored(&decide(&mut other, &undo)));
    one.look().unwrap();
    assert_eq!(status_of(&mut one, 1), Status::Open);
    let entries = one.copy().log_entries(1, 9).unwrap();
    assert_eq!(entries[2].action, r#"{"do":"undo","seq":2}"#);
}

#[test]
fn twelve_thousand_decisions_are_attached_to_alerts_that_come_before_and_after() {
    let server = Fake::default();
    let mut one = console(&server, "one");
    let first = seen(&mut one, 1, 0, note("note 1"));
    assert!(stored(&decide(&mut one, &first)));
    let mut last = one.copy().log_entries(1, 1).unwrap().remove(0);
    for number in 2..=12_000 {
        let alert = alert(1 + number % 400).id;
        let action = last.action.replace(&format!("note {}", number - 1), &format!("note {number}"));
        last = Entry { number, alert, at: last.at + 1, action, ..last.clone() }.behind(&last.hash);
        let document = fake::Document { source: last.document(), number: number - 1, version: 1 };
        let mut server = server.0.borrow_mut();
        let index = server.indices.get_mut("watchfloor-audit").unwrap();
        index.documents.insert(number.to_string(), document);
        (index.next, index.settled) = (number, number - 1);
    }
    let mut afresh = console_on(&server, "afresh", &(1..=200).collect::<Vec<_>>());
    let before = server.0.borrow().requests.len();
    afresh.look().unwrap();
    assert!(server.0.borrow().requests.len() - before < 40, "a block at a time");
    assert_eq!(afresh.copy().decisions_since(0).unwrap().len(), 6_000);
    let rest: Vec<_> = (201..=400).map(found).collect();
    let recorded = afresh.copy().record(Batch { alerts: &rest, ..Batch::default() }).unwrap();
    assert_eq!(recorded.decisions.len(), 6_000);
    let mut all = afresh.copy().decisions_since(0).unwrap();
    all.sort_by_key(|decision| decision.at);
    let is_own = |(n, d): (usize, &crate::triage::Decision)| d.action == note(&format!("note {}", n + 1));
    assert!(all.len() == 12_000 && all.iter().enumerate().all(is_own));
    afresh.copy().verify(None).unwrap();
}

#[test]
fn what_was_decided_before_it_was_shared_is_offered_and_what_the_team_decided_meanwhile_counts() {
    let server = Fake::default();
    let mut team = console(&server, "team");
    let ack = seen(&mut team, 1, 1, status(Status::Acknowledged));
    assert!(stored(&decide(&mut team, &ack)));
    let mut alone = console(&server, "alone");
    let before = [
        seen(&mut alone, 1, 2, status(Status::Closed(Reason::Other))),
        seen(&mut alone, 2, 3, status(Status::Closed(Reason::FalsePositive))),
        seen(&mut alone, 1, 4, note("from before")),
    ];
    assert_eq!(alone.copy().decide(&before).unwrap().len(), 3);
    alone.look().unwrap();
    assert_eq!(alone.copy().log_end().unwrap().0, 3);
    assert_eq!(alone.copy().decisions_since(0).unwrap().len(), 4, "none twice");
    assert_eq!(status_of(&mut alone, 1), Status::Acknowledged);
    let said = alone.take_said().join("\n");
    assert!(said.contains("is not shared: the team follows mk") && said.contains("shared now: 2"), "{said}");
    team.look().unwrap();
    assert_eq!(status_of(&mut team, 2), Status::Closed(Reason::FalsePositive));
    alone.look().unwrap();
    assert_eq!((alone.take_said(), documents(&server, "watchfloor-audit")), (Vec::new(), 3));
    alone.copy().verify(None).unwrap();
}

#[test]
fn a_view_for_others_follows_and_an_older_one_never_replaces_a_newer_one() {
    let server = Fake::default();
    let (mut one, mut other) = (console(&server, "one"), console(&server, "other"));
    let ack = seen(&mut one, 1, 1, status(Status::Acknowledged));
    assert!(stored(&decide(&mut one, &ack)));
    other.look().unwrap();
    let noted = seen(&mut other, 1, 2, note("closing"));
    let close = seen(&mut other, 1, 3, status(Status::Closed(Reason::BenignPositive)));
    assert!(other.decide(&[noted, close]).iter().all(stored));
    other.look().unwrap();
    // It has not looked since: what it knows is older.
    server.0.borrow_mut().faults.extend([Fault::None, Fault::Hangs]);
    let _ = one.look();
    one.look().unwrap();
    let server = server.0.borrow();
    let cases = &server.indices["watchfloor-cases"];
    assert!(cases.strict);
    assert_eq!(cases.documents.len(), 1);
    let source = &cases.documents.values().next().unwrap().source;
    insta::assert_snapshot!(source, @r#"{"alert":"83ff21e40f6bb5df64741e791823a0dd6aaf05109f53d01f7315bc8496b63095","status":"closed","reason":"benign positive","owner":"mk","steps":{"done":[],"not_applicable":[]},"notes":[{"text":"closing","step":null,"by":"mk","at":"2026-11-18T11:06:42.250000Z"}],"revision":3,"entry":3,"writer":"other","updated":"2026-11-18T11:06:43.250000Z"}"#);
}
