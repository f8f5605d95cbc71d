//! Questions in EQL to the log of a running engine.

use chrono::Utc;
use watchfloor::engine::{Explored, Groups, Question, Request, Update};
use watchfloor::query::Language;

use super::{Place, Running, delivery, record, time};

fn ask(running: &Running, ticket: u64, query: &str) -> Explored {
    running.engine.ask(Request::Explore(Question {
        ticket,
        language: Language::Eql,
        query: query.to_owned(),
        since: None,
        until: None,
        now: Utc::now(),
        fields: vec!["event.action".to_owned()],
    }));
    running.wait("an answer", |told| {
        told.iter().find_map(|update| match update {
            Update::Explored(answer) if answer.ticket == ticket && answer.done => Some((**answer).clone()),
            _ => None,
        })
    })
}

/// Calls of bob and eve, each an hour of letters, over three files that are not in the order of time; one came twice.
fn running() -> (Place, Running) {
    let place = Place::new();
    let call = |minute: usize, action: &str, who: &str| {
        let at = format!("2026-11-23T10:{minute:02}:00Z");
        record(&format!("{who}-{minute:02}"), &at, action).replace("bob", who)
    };
    place.deliver("c.json", delivery(&[call(30, "C", "bob"), call(50, "B", "eve")]).as_bytes());
    place.deliver("a.json", delivery(&[call(10, "A", "bob"), call(11, "A", "eve"), call(40, "A", "bob")]).as_bytes());
    place.deliver("b.json", delivery(&[call(20, "B", "bob"), call(10, "A", "bob"), call(45, "B", "bob")]).as_bytes());
    let running = place.watch();
    running.settled();
    (place, running)
}

/// What is listed: the events' ids, those of a sequence between brackets.
fn shown(answer: &Explored) -> String {
    let mut shown = String::new();
    for event in &answer.events {
        let (before, after) = event
            .group
            .map_or(("", ""), |place| (if place.first { "[" } else { "" }, if place.last { "]" } else { "" }));
        shown.push_str(&format!("{before}{}{after} ", event.at.event_id));
    }
    shown.trim_end().to_owned()
}

#[test]
fn single_events_are_found_and_cut_by_pipes() {
    let (_place, running) = running();
    let all = ask(&running, 1, "any where event.action : (\"a\", \"b\") and user.name == \"bob\"");
    assert_eq!((shown(&all).as_str(), all.groups), ("bob-45 bob-40 bob-20 bob-10", Groups::None));
    assert_eq!((all.matched, all.gaps), (4, None));
    assert_eq!(all.values[0].most, [("A".to_owned(), 2), ("B".to_owned(), 2)]);
    let tail = ask(&running, 2, "any where user.name == \"bob\" | head 4 | tail 2");
    assert_eq!((shown(&tail).as_str(), tail.matched), ("bob-40 bob-30", 2));
    assert_eq!(tail.values[0].most, [("A".to_owned(), 1), ("C".to_owned(), 1)]);
    assert_eq!(shown(&ask(&running, 3, "iam where true")), "", "the category is compared");
}

#[test]
fn sequences_are_found_across_files_and_held_together() {
    let (_place, running) = running();
    let pairs = "sequence by user.name [any where event.action == \"A\"] [any where event.action == \"B\"]";
    let answer = ask(&running, 1, pairs);
    assert_eq!(answer.groups, Groups::Sequences(3));
    assert_eq!(shown(&answer), "[eve-11 eve-50] [bob-40 bob-45] [bob-10 bob-20]");
    assert_eq!((answer.matched, answer.read, answer.gaps.clone()), (6, answer.of, None));
    assert_eq!(answer.counts.bars(60).map(|bars| bars.counts.iter().sum::<u64>()), Some(6));
    assert_eq!(answer.values[0].most, [("A".to_owned(), 3), ("B".to_owned(), 3)]);
    let short =
        pairs.replace(" [any where event.action == \"A\"]", " with maxspan=10m [any where event.action == \"A\"]");
    assert_eq!(shown(&ask(&running, 2, &short)), "[bob-40 bob-45] [bob-10 bob-20]");
    let ended = format!("{pairs} until [any where event.action == \"C\"]");
    assert_eq!(ask(&running, 3, &ended).groups, Groups::Sequences(3), "what follows an end begins anew");
    let last = ask(&running, 4, &format!("{pairs} | tail 1"));
    assert_eq!((shown(&last).as_str(), last.groups), ("[eve-11 eve-50]", Groups::Sequences(1)));
}

#[test]
fn a_missing_event_takes_no_row_and_a_sample_has_one_of_each() {
    let (_place, running) = running();
    let without = "sequence by user.name with maxspan=1h [any where event.action == \"A\"] \
                   ![any where event.action == \"C\"] [any where event.action == \"B\"]";
    assert_eq!(shown(&ask(&running, 1, without)), "[eve-11 eve-50] [bob-40 bob-45] [bob-10 bob-20]");
    let sample =
        ask(&running, 2, "sample by user.name [any where event.action == \"B\"] [any where event.action == \"A\"]");
    assert_eq!(sample.groups, Groups::Samples(2));
    assert_eq!(shown(&sample), "[eve-11 eve-50] [bob-10 bob-20]");
}

#[test]
fn only_the_window_is_looked_at() {
    let (_place, running) = running();
    let pairs = "sequence by user.name [any where event.action == \"A\"] [any where event.action == \"B\"]";
    let question = Question {
        ticket: 1,
        language: Language::Eql,
        query: pairs.to_owned(),
        since: Some(time("2026-11-23T10:11:00Z")),
        until: Some(time("2026-11-23T10:50:00Z")),
        now: Utc::now(),
        fields: Vec::new(),
    };
    running.engine.ask(Request::Explore(question));
    let answer = running.wait("an answer", |told| {
        told.iter().find_map(|update| match update {
            Update::Explored(answer) if answer.done => Some((**answer).clone()),
            _ => None,
        })
    });
    assert_eq!(shown(&answer), "[bob-40 bob-45]");
}
