//! Two consoles on one state, and a state that cannot be written.

use std::time::Duration;

use rusqlite::Connection;
use watchfloor::engine::{Outcome, Request, Update};
use watchfloor::rule::StepId;
use watchfloor::triage::{Action, Reason, Status, StepState};

use super::{Place, alerts, decisions, delivery, export, ids, persisted, propose};

const T: &str = "2026-11-23T10:41:52Z";

fn step(state: StepState) -> Action {
    Action::Step { step: StepId("0123456789ab".into()), state }
}

#[test]
fn two_consoles_on_one_state_see_each_other() {
    let place = Place::new();
    place.deliver("a.json", export("one", T).as_bytes());
    let (ours, theirs) = place.watch_both();
    let id = ours.alerts(1)[0].id.clone();
    assert_eq!(theirs.alerts(1)[0].id, id);
    ours.settled();
    theirs.settled();

    let note = Action::Note { text: "asked the owner".into(), step: None };
    let stored = ours.decide(1, vec![propose(&id, note, 0)]);
    let Outcome::Stored(decision) = &stored[0] else { panic!("{stored:?}") };
    theirs.until("the note of the other", |told| decisions(told).contains(decision));

    // Both tick the same step without having seen the other's.
    let seen = decision.seq;
    let proposal = |state| vec![propose(&id, step(state), seen)];
    ours.engine.ask(Request::Persist { ticket: 2, proposals: proposal(StepState::Done) });
    theirs.engine.ask(Request::Persist { ticket: 2, proposals: proposal(StepState::NotApplicable) });
    let ours_got = ours.wait("an answer", |told| persisted(told, 2)).remove(0);
    let theirs_got = theirs.wait("an answer", |told| persisted(told, 2)).remove(0);
    let (loser, first) = match (ours_got, theirs_got) {
        (Outcome::Stored(first), Outcome::Conflict(by)) if first == by => (&theirs, first),
        (Outcome::Conflict(by), Outcome::Stored(first)) if first == by => (&ours, first),
        other => panic!("one is stored and the other told of it: {other:?}"),
    };
    let told = loser.told.0.lock().unwrap();
    let news = told.iter().position(|u| matches!(u, Update::Decisions(d) if d.contains(&first))).expect("told of it");
    let answer = told.iter().position(|u| matches!(u, Update::Persisted { ticket: 2, .. })).unwrap();
    assert!(news < answer, "the newer decision is told before the conflict");
    let mut seqs: Vec<i64> = decisions(&told).iter().map(|d| d.seq).collect();
    let all = seqs.len();
    seqs.dedup();
    assert_eq!(seqs.len(), all, "each decision is told once");
}

#[test]
fn two_consoles_on_one_folder_hold_what_is_past_the_cap_once() {
    let place = Place::new();
    let (ours, theirs) = place.watch_both();
    let texts: Vec<String> = (0..150).map(|n| export(&format!("e{n}"), "2026-11-23T10:40:00Z")).collect();
    for (at, part) in texts.chunks(10).enumerate() {
        place.deliver(&format!("{at}.json"), delivery(part).as_bytes());
    }
    assert_eq!(ids(&ours.alerts(150)), ids(&theirs.alerts(150)));
    drop((ours, theirs));
    let stored = place.stored();
    assert_eq!(stored.len(), 150);
    assert!(stored.iter().filter(|l| !l.held).count() <= 100);
}

#[test]
fn a_state_that_cannot_be_written_loses_nothing() {
    let place = Place::new();
    place.deliver("a.json", export("before", T).as_bytes());
    let running = place.watch();
    let before = running.alerts(1)[0].id.clone();
    running.settled();
    // The file of an alert counts as read when the alert is stored; wait for the last word before the state is closed.
    let lock = Connection::open(&place.state).unwrap();
    lock.busy_timeout(Duration::from_secs(10)).unwrap();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();

    let close = Action::SetStatus { status: Status::Closed(Reason::FalsePositive) };
    let failed = running.decide(1, vec![propose(&before, close.clone(), 0)]);
    let [Outcome::Failed(why)] = &failed[..] else { panic!("{failed:?}") };
    assert!(why.contains("state.db"), "{why}");

    place.deliver("b.json", export("meanwhile", T).as_bytes());
    let shown = running.alerts(2);
    let meanwhile = shown.iter().find(|l| l.event_id == "meanwhile").unwrap().id.clone();
    let failed = running.decide(2, vec![propose(&meanwhile, step(StepState::Done), 0)]);
    let [Outcome::Failed(again)] = &failed[..] else { panic!("{failed:?}") };
    assert!(again.contains("state.db"), "what is wrong is the state, not the alert: {again}");
    running.until("a word of it", |told| told.iter().any(|u| matches!(u, Update::Notice(n) if n.contains("state.db"))));

    lock.execute_batch("ROLLBACK").unwrap();
    running.until("the end of it", |told| {
        told.iter().any(|u| matches!(u, Update::Notice(n) if n == "the state can be read and written again"))
    });
    let stored = running.decide(3, vec![propose(&before, close, 0), propose(&meanwhile, step(StepState::Done), 0)]);
    assert!(stored.iter().all(|o| matches!(o, Outcome::Stored(_))), "{stored:?}");
    assert_eq!(alerts(&running.told.0.lock().unwrap()).len(), 2, "each is told once");
    drop(running);
    assert_eq!(ids(&place.stored()), ids(&shown));
    let again = place.watch();
    assert_eq!(again.settled().files, 2);
    again.until("both decisions", |told| decisions(told).len() == 2);
}

#[test]
fn a_decision_on_an_unknown_alert_fails_and_says_so() {
    let place = Place::new();
    let running = place.watch();
    let id = watchfloor::detect::AlertId::of("no rule", "no event");
    let failed = running.decide(1, vec![propose(&id, step(StepState::Done), 0)]);
    assert_eq!(failed, [Outcome::Failed("the alert is not in this state".into())]);
}
