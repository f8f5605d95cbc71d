//! Closing an alert of a rule that looks at more than one event: the next event of its group raises another, in this
//! console, in another one on the same state, and after a restart.

use watchfloor::engine::{Outcome, RuleBook};
use watchfloor::triage::{Action, Reason, Status};

use super::correlate::{SUPPRESSED, THRESHOLD, live, rules, said, shown};
use super::{AlertId, Place, Running, delivery, propose};

fn suppressed() -> RuleBook {
    rules(&[("suppressed", SUPPRESSED)])
}

/// A file of probes by one user, each at this minute.
fn probes(minutes: &[u32]) -> String {
    let probe = |minute: &u32| {
        format!(
            r#"{{"eventVersion":"1.08","eventID":"e{minute:02}","eventTime":"2026-11-23T10:{minute:02}:00Z","eventName":"Probe",
            "eventSource":"s","sourceIPAddress":"192.0.2.{}","userIdentity":{{"type":"IAMUser","userName":"u"}}}}"#,
            minute % 2
        )
    };
    delivery(&minutes.iter().map(probe).collect::<Vec<_>>())
}

/// The shown event of each alert and how many events it stands for.
type Lines = Vec<(String, u64)>;

fn lines(said: super::correlate::Said) -> Lines {
    let mut lines: Lines = said.into_values().map(|(_, event, count, _)| (event, count)).collect();
    lines.sort();
    lines
}

fn of(lines: &[(&str, u64)]) -> Lines {
    lines.iter().map(|(event, count)| ((*event).to_owned(), *count)).collect()
}

fn wait(running: &Running, wanted: &[(&str, u64)]) {
    running.until(&format!("{wanted:?}"), |told| lines(shown(told)) == of(wanted));
}

/// Sets the status of the alert that shows this event. Answers its id, and the number of the decision.
fn set(running: &Running, ticket: u64, event: &str, action: impl Fn(i64) -> Action, seen: i64) -> (AlertId, i64) {
    let find = |told: &[super::Update]| shown(told).into_iter().find(|(_, (_, shown, ..))| shown == event);
    let id = AlertId(running.wait("the alert", find).0);
    match &running.decide(ticket, vec![propose(&id, action(seen), seen)])[..] {
        [Outcome::Stored(decision)] => (id, decision.seq),
        other => panic!("{other:?}"),
    }
}

const CLOSED: Action = Action::SetStatus { status: Status::Closed(Reason::FalsePositive) };

#[test]
fn a_group_whose_alert_is_closed_is_not_silenced() {
    let place = Place::new();
    let running = live(&place, suppressed());
    running.settled();
    place.deliver("a.json", probes(&[0, 1]).as_bytes());
    wait(&running, &[("e00", 2)]);
    let (_, seq) = set(&running, 1, "e00", |_| CLOSED, 0);
    // One of later, and one that comes too late to have been in what was closed.
    place.deliver("b.json", probes(&[5]).as_bytes());
    wait(&running, &[("e00", 2), ("e05", 1)]);
    place.deliver("c.json", probes(&[6]).as_bytes());
    wait(&running, &[("e00", 2), ("e05", 2)]);
    place.deliver("d.json", probes(&[0, 1, 2]).as_bytes());
    wait(&running, &[("e00", 2), ("e02", 3)]);
    drop(running);
    assert_eq!(lines(said(place.stored())), of(&[("e00", 2), ("e02", 3)]));

    let again = live(&place, suppressed());
    again.settled();
    place.deliver("e.json", probes(&[7]).as_bytes());
    wait(&again, &[("e00", 2), ("e02", 4)]);
    // Taken back, it is as if it had never been closed.
    set(&again, 2, "e00", |seq| Action::Undo { seq }, seq);
    wait(&again, &[("e00", 6)]);
    drop(again);
    assert_eq!(lines(said(place.stored())), of(&[("e00", 6)]));
}

#[test]
fn a_threshold_counts_anew_after_its_alert_is_closed() {
    let place = Place::new();
    let running = live(&place, rules(&[("threshold", THRESHOLD)]));
    running.settled();
    place.deliver("a.json", probes(&[0, 1, 2, 3]).as_bytes());
    wait(&running, &[("e03", 4)]);
    set(&running, 1, "e03", |_| CLOSED, 0);
    place.deliver("b.json", probes(&[4, 5, 6]).as_bytes());
    running.figures("the file read", |h| h.files == 2);
    running.settled();
    assert_eq!(lines(shown(&running.told.0.lock().unwrap())), of(&[("e03", 4)]), "three are too few");
    place.deliver("c.json", probes(&[7]).as_bytes());
    wait(&running, &[("e03", 4), ("e07", 4)]);
}

#[test]
fn what_another_console_closes_counts_and_the_same_is_listed_by_both_and_by_the_next() {
    let place = Place::new();
    let (one, two) = (live(&place, suppressed()), live(&place, suppressed()));
    for running in [&one, &two] {
        running.settled();
    }
    place.deliver("a.json", probes(&[0, 1]).as_bytes());
    wait(&one, &[("e00", 2)]);
    wait(&two, &[("e00", 2)]);
    set(&one, 1, "e00", |_| CLOSED, 0);
    two.until("the decision of the other", |told| !super::decisions(told).is_empty());
    place.deliver("b.json", probes(&[5]).as_bytes());
    for running in [&one, &two] {
        wait(running, &[("e00", 2), ("e05", 1)]);
    }
    set(&two, 1, "e05", |_| CLOSED, 0);
    one.until("the decision of the other", |told| !super::decisions(told).is_empty());
    place.deliver("c.json", probes(&[8]).as_bytes());
    let all = [("e00", 2), ("e05", 1), ("e08", 1)];
    for running in [&one, &two] {
        wait(running, &all);
    }
    drop((one, two));
    assert_eq!(lines(said(place.stored())), of(&all));
    let next = live(&place, suppressed());
    next.settled();
    wait(&next, &all);
}

#[test]
fn what_was_closed_while_no_console_ran_counts_for_the_next() {
    let place = Place::new();
    let running = live(&place, suppressed());
    running.settled();
    place.deliver("a.json", probes(&[0, 1]).as_bytes());
    wait(&running, &[("e00", 2)]);
    drop(running);
    let mut store = place.store(&super::OpenOptions::default());
    let id = place.stored().remove(0).id;
    store.decide(&[propose(&id, CLOSED, 0)]).unwrap();
    assert_eq!(store.closings().unwrap().len(), 1);
    drop(store);
    place.deliver("b.json", probes(&[2]).as_bytes());
    wait(&live(&place, suppressed()), &[("e00", 2), ("e02", 1)]);
}
