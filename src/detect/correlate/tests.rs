use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::detect::{Alert, Body, Evaluation, Exceptions, Kept};
use crate::event::Event;
use crate::rule::{Rule, RuleFormat, load_str};
use crate::trail::Origin;

fn rule(more: &str) -> Arc<Rule> {
    let text = format!(
        "[rule]\nname = \"r\"\nrule_id = \"r\"\ndescription = \"d\"\nseverity = \"low\"\nrisk_score = 1\n\
         language = \"kuery\"\nquery = \"event.action: X\"\n{more}"
    );
    let mut load = load_str(&text, RuleFormat::Toml, "r.toml");
    assert_eq!(load.errors().next(), None);
    load.rules.remove(0)
}

pub(super) fn set(more: &str) -> RuleSet {
    let (set, left) = RuleSet::new(vec![rule(more)], Exceptions::default());
    assert!(left.is_empty(), "{left:?}");
    set
}

const TERMS: &str = "type = \"new_terms\"\n[rule.new_terms]\nfield = \"new_terms_fields\"\nvalue = [\"user.name\"]\n\
    [[rule.new_terms.history_window_start]]\nfield = \"history_window_start\"\nvalue = \"now-10m\"\n";
pub(super) const COUNT: &str =
    "type = \"threshold\"\nfrom = \"now-10m\"\n[rule.threshold]\nfield = [\"user.name\"]\nvalue = 3\n";
pub(super) const FOLD: &str = "type = \"query\"\n[rule.alert_suppression]\ngroup_by = [\"user.name\"]\nduration = {value = 10, unit = \"m\"}\n\
    missing_fields_strategy = \"doNotSuppress\"\n";

pub(super) fn both() -> String {
    format!(
        "{TERMS}[rule.alert_suppression]\ngroup_by = [\"source.address\"]\nduration = {{value = 20, unit = \"m\"}}\n"
    )
}

/// An event: minute, user (none for 0), address.
pub(super) type Made = (u8, u8, u8);

pub(super) fn record(n: usize, (minute, user, address): Made) -> String {
    let user = if user == 0 { String::new() } else { format!(r#""userName":"u{user}""#) };
    format!(
        r#"{{"eventVersion":"1.08","eventID":"e{n:03}","eventTime":"2026-11-23T10:{minute:02}:00Z","eventName":"X",
        "eventSource":"s.amazonaws.com","sourceIPAddress":"192.0.2.{address}","awsRegion":"r","userIdentity":{{{user}}}}}"#
    )
}

pub(super) fn judge(set: &RuleSet, records: &[String]) -> Evaluation {
    let mut evaluation = Evaluation::default();
    for record in records {
        set.evaluate(
            &Event::parse(record.as_bytes()).unwrap(),
            &Origin::from_columns(Path::new("f"), 0, None),
            &mut evaluation,
        );
    }
    evaluation
}

/// What is listed after every file, each a slice of records, was taken in and told of.
fn live<'r>(set: &RuleSet, files: impl IntoIterator<Item = &'r [String]>) -> BTreeMap<String, (String, String)> {
    let (mut correlator, mut once) = (Correlator::new(set), Correlator::new(set));
    let mut listed: BTreeMap<String, Alert> = BTreeMap::new();
    for file in files {
        let evaluation = judge(set, file);
        listed.extend(evaluation.alerts.into_iter().map(|a| (a.id.0.clone(), a)));
        for hit in evaluation.hits {
            once.absorb(hit.clone());
            once.drop_news();
            correlator.absorb(hit);
        }
        for change in correlator.settle(|_| true, usize::MAX) {
            match change {
                Change::Raised(raised) => {
                    listed.insert(raised.id.0.clone(), built(set, &raised));
                }
                Change::Withdrawn(id) => assert!(listed.remove(&id.0).is_some(), "an alert that was not listed"),
            }
        }
    }
    let at_the_end: BTreeMap<_, _> = once.into_alerts().map(|r| (r.id.0.clone(), built(set, &r))).collect();
    let remembered = listed.iter().filter(|(_, alert)| alert.aggregate.is_some());
    let said = |(id, alert): (&String, &Alert)| (id.clone(), alert.event_id.clone(), alert.reason.clone());
    assert_eq!(remembered.map(said).collect::<Vec<_>>(), at_the_end.iter().map(said).collect::<Vec<_>>());
    listed.into_iter().map(|(id, alert)| (id, (alert.event_id, alert.reason))).collect()
}

pub(super) fn built(set: &RuleSet, raised: &Raised<Body>) -> Alert {
    set.alert(raised, &raised.body, &raised.sequence).unwrap()
}

fn lines(set: &RuleSet, made: &[Made]) -> Vec<String> {
    let records: Vec<String> = made.iter().enumerate().map(|(n, made)| record(n, *made)).collect();
    let mut lines: Vec<_> = live(set, [records.as_slice()])
        .into_values()
        .map(|(event, reason)| format!("{event}: {}", reason.split_once("alert of r. ").unwrap().1))
        .collect();
    lines.sort();
    lines
}

#[test]
fn alerts_say_what_is_new_what_was_counted_and_what_was_folded() {
    let made = [(0, 1, 1), (5, 1, 1), (9, 1, 2), (30, 1, 1), (31, 2, 1), (32, 0, 1)];
    insta::assert_debug_snapshot!("terms", lines(&set(TERMS), &made));
    insta::assert_debug_snapshot!("count", lines(&set(COUNT), &made));
    insta::assert_debug_snapshot!("fold", {
        let set = set(FOLD);
        let records: Vec<String> = made.iter().enumerate().map(|(n, made)| record(n, *made)).collect();
        live(&set, [records.as_slice()]).into_values().collect::<Vec<_>>()
    });
    insta::assert_debug_snapshot!("terms_folded", lines(&set(&both()), &made));
}

/// An event of several users, sorted as their combinations are.
fn shared(n: usize, minute: u8, users: &[&str]) -> String {
    let users = serde_json::to_string(users).unwrap();
    format!(
        r#"{{"@timestamp":"2026-11-23T10:{minute:02}:00Z","event.id":"e{n:03}","event.action":"X","user.name":{users},"source.address":["s","t"]}}"#
    )
}

#[test]
fn an_array_is_a_group_and_an_alert_for_each_value() {
    let said = |more: &str, records: &[String]| {
        let mut lines: Vec<_> = live(&set(more), [records])
            .into_values()
            .map(|(event, reason)| format!("{event}: {}", reason.split_once("alert of r. ").unwrap().1))
            .collect();
        lines.sort();
        lines
    };
    let records = [shared(0, 0, &["a", "b"]), shared(1, 5, &["b", "c", "b"]), shared(2, 6, &["a"])];
    insta::assert_debug_snapshot!(
        "arrays",
        [TERMS, FOLD, &COUNT.replace("value = 3", "value = 2"), &both()].map(|r| said(r, &records))
    );
    let two_fields = TERMS.replace(r#"["user.name"]"#, r#"["user.name", "source.address"]"#);
    let lines = said(&two_fields, &records[..1]);
    assert_eq!(lines.len(), 4, "each combination: {lines:?}");
}

#[test]
fn of_several_alerts_of_an_event_one_has_the_id_that_it_always_had() {
    let records = [shared(0, 0, &["a", "b"])];
    for more in [TERMS, FOLD] {
        let ids: Vec<_> = live(&set(more), [records.as_slice()]).into_keys().collect();
        assert_eq!(ids.len(), 2, "{more}");
        let distinct = Event::parse(records[0].as_bytes()).unwrap().distinct_id();
        assert!(ids.contains(&AlertId::of("r", &distinct).0), "{more}");
    }
}

#[test]
fn what_was_written_down_is_remembered() {
    let set = set(TERMS);
    let made = [(0, 1, 1), (8, 1, 1), (50, 2, 1)];
    let records: Vec<String> = made.iter().enumerate().map(|(n, made)| record(n, *made)).collect();
    let mut before = Correlator::new(&set);
    let mut rows: BTreeMap<(GroupKey, EventOrder), Hit<()>> = BTreeMap::new();
    for record in &records {
        for hit in judge(&set, std::slice::from_ref(record)).hits {
            let hit = hit.map(|_| ());
            if before.absorb(hit.clone()) {
                rows.insert((hit.key, hit.at.clone()), hit);
            }
        }
    }
    assert_eq!(before.settle(|_| true, usize::MAX).len(), 2);
    for entry in before.journal() {
        match entry {
            MemoryUpdate::Until(_, key, first, until) => rows.get_mut(&(key, first)).unwrap().until = until,
            MemoryUpdate::Drop(_, key, first) => drop(rows.remove(&(key, first))),
            MemoryUpdate::Forget(..) => panic!("nothing is forgotten"),
        }
    }
    assert_eq!(rows.len(), 2);
    let mut after = Correlator::new(&set);
    rows.into_values().for_each(|hit| after.restore(hit));
    after.recall();
    assert_eq!(after.settle(|_| true, usize::MAX), []);
    // Minute 17 is within ten minutes of minute 8, which only the row's end tells.
    for hit in judge(&set, &[record(3, (17, 1, 1))]).hits {
        assert!(!after.absorb(hit.map(|_| ())));
    }
    assert_eq!(after.settle(|_| true, usize::MAX), []);
    after.retell();
    assert_eq!(after.settle(|_| true, usize::MAX).len(), 2);
}

#[test]
fn much_is_told_in_parts_and_new_terms_in_the_order_of_their_events() {
    let records: Vec<String> = (0..20).map(|n| record(n, (20 - n as u8, 1 + n as u8, 1))).collect();
    let told = |more: &str, enough: usize| {
        let set = set(more);
        let mut correlator = Correlator::new(&set);
        for hit in judge(&set, &records).hits {
            correlator.absorb(hit);
        }
        let part = || Some(correlator.settle(|_| true, enough)).filter(|part| !part.is_empty());
        std::iter::from_fn(part).collect::<Vec<_>>()
    };
    assert_eq!(told(TERMS, 0), Vec::<Vec<_>>::new());
    let (whole, parts) = (told(TERMS, usize::MAX), told(TERMS, 6));
    assert_eq!(parts.iter().map(Vec::len).collect::<Vec<_>>(), [6, 6, 6, 2]);
    assert_eq!(parts.concat(), whole.concat());
    let time = |change: &Change<Body>| match change {
        Change::Raised(raised) => raised.tally.shown.time,
        Change::Withdrawn(id) => panic!("{id:?}"),
    };
    assert!(whole.concat().is_sorted_by_key(time));
    for more in [FOLD, &both()] {
        assert_eq!(told(more, 6), told(more, usize::MAX), "{more}");
    }
}

#[test]
fn a_rule_that_asks_for_something_else_starts_with_nothing() {
    let old = set(TERMS);
    let mut correlator = Correlator::new(&old);
    for hit in judge(&old, &[record(0, (0, 1, 1))]).hits {
        correlator.absorb(hit);
    }
    correlator.settle(|_| true, usize::MAX);
    correlator.adopt(&set(TERMS));
    correlator.retell();
    assert_eq!(correlator.settle(|_| true, usize::MAX).len(), 1);
    correlator.adopt(&set(&TERMS.replace("now-10m", "now-20m")));
    correlator.retell();
    assert_eq!(correlator.settle(|_| true, usize::MAX), []);
}

#[test]
fn no_rule_remembers_without_end() {
    let set = set(COUNT);
    let mut correlator = Correlator::new(&set).keeping(16);
    let records: Vec<String> = (0..40).map(|n| record(n, (n as u8, 1 + (n % 20) as u8, 1))).collect();
    for hit in judge(&set, &records).hits {
        correlator.absorb(hit);
        assert!(correlator.rules[0].as_ref().unwrap().groups.as_ref().unwrap().len() <= 16);
    }
    assert!(correlator.forgotten().any(|(place, times)| place == 0 && times > 0));
    assert!(correlator.journal().iter().any(|entry| matches!(entry, MemoryUpdate::Forget(_, _, Some(_)))));
    assert_eq!(set.costs().next().unwrap().1.remembered, None);
    correlator.count(&set);
    let remembered = set.costs().next().unwrap().1.remembered.unwrap();
    assert_eq!(remembered.most, 16);
    assert!(matches!(remembered.kept, Kept::Events { events: 1..=16, .. }) && remembered.forgotten > 0);
}

proptest! {
    #[test]
    fn in_any_order_and_any_cut_the_same_alerts_are_listed(
        made in proptest::collection::vec((0u8..60, 0u8..3, 0u8..2), 1..30),
        order in proptest::collection::vec(any::<u16>(), 30),
        cut in 1usize..6,
    ) {
        for more in [TERMS, COUNT, FOLD, &both()] {
            let set = set(more);
            let made_of = |(n, made): (usize, &Made)| match made {
                // Some are of several users.
                (minute, 2, 1) => shared(n, *minute, &["u1", "u2"]),
                _ => record(n, *made),
            };
            let records: Vec<String> = made.iter().enumerate().map(made_of).collect();
            let whole = live(&set, [records.as_slice()]);
            let mut shuffled: Vec<(u16, String)> = order.iter().copied().zip(records.iter().cloned()).collect();
            shuffled.sort();
            // Every record twice: a redelivery changes nothing.
            let shuffled: Vec<String> = shuffled.iter().chain(&shuffled).map(|(_, record)| record.clone()).collect();
            prop_assert_eq!(&live(&set, shuffled.chunks(cut)), &whole, "{}", more);
        }
    }
}
