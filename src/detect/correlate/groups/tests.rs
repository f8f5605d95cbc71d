use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

const KEY: GroupKey = GroupKey([0; 16]);

fn member(time: i64, event: &str, distinct: &[(u8, u64)]) -> Member<()> {
    Member {
        at: EventOrder { time, event: event.into() },
        further: false,
        distinct: distinct.to_vec(),
        found: None,
        body: (),
    }
}

fn settled(rule: &Rule, members: &[Member<()>]) -> Vec<(String, u64)> {
    let mut groups = Groups::new(rule.clone(), "r");
    for member in members {
        groups.add(KEY, member.clone());
    }
    raised(groups.settle(KEY))
}

fn raised(turns: Vec<Turn>) -> Vec<(String, u64)> {
    let mut all: Vec<_> = turns
        .into_iter()
        .filter_map(|turn| match turn {
            Turn::Raised(alarm, _) => Some((alarm.first.event.to_string(), alarm.tally.count())),
            Turn::Gone(..) => None,
        })
        .collect();
    all.sort();
    all
}

fn pair(event: &str, count: u64) -> (String, u64) {
    (event.to_owned(), count)
}

#[test]
fn a_threshold_is_reached_within_the_span_and_starts_anew_after_it() {
    let rule = Rule::Count { value: 3, least: vec![], span: 60, fold: None };
    let times = [(0, "a"), (50, "b"), (70, "c"), (80, "d"), (110, "e"), (111, "f"), (112, "g")];
    let members: Vec<_> = times.iter().map(|(t, e)| member(*t, e, &[])).collect();
    assert_eq!(settled(&rule, &members[..3]), []);
    // From b: b, c, d and, as exactly a span later, e.
    assert_eq!(settled(&rule, &members), [pair("b", 4)]);
    let more = [members.as_slice(), &[member(113, "h", &[])]].concat();
    assert_eq!(settled(&rule, &more), [pair("b", 4), pair("f", 3)]);
}

#[test]
fn different_values_are_counted_over_the_window() {
    let rule = Rule::Count { value: 1, least: vec![2], span: 60, fold: None };
    let members = [member(0, "a", &[(0, 7)]), member(10, "b", &[(0, 7)]), member(65, "c", &[(0, 8)])];
    assert_eq!(settled(&rule, &members[..2]), []);
    let mut groups = Groups::new(rule, "r");
    for member in members {
        groups.add(KEY, member);
    }
    let [Turn::Raised(alarm, false)] = &groups.settle(KEY)[..] else { panic!() };
    assert_eq!((&*alarm.first.event, &*alarm.tally.shown.event, &alarm.tally.distinct), ("b", "c", &vec![2]));
}

#[test]
fn alerts_fold_by_run_or_from_the_first() {
    let members: Vec<_> = [(5, "a"), (9, "b"), (11, "c"), (16, "d")].iter().map(|(t, e)| member(*t, e, &[])).collect();
    assert_eq!(settled(&Rule::Fold(Period::Run(10)), &members), [pair("a", 2), pair("c", 2)]);
    assert_eq!(settled(&Rule::Fold(Period::After(10)), &members), [pair("a", 3), pair("d", 1)]);
    let counted = |fold| Rule::Count { value: 2, least: vec![], span: 4, fold };
    assert_eq!(settled(&counted(None), &members), [pair("a", 2)]);
    let members: Vec<_> = (0..6).map(|n| member(n * 3, &n.to_string(), &[])).collect();
    assert_eq!(settled(&counted(None), &members), [pair("0", 2), pair("2", 2), pair("4", 2)]);
    assert_eq!(settled(&counted(Some(Period::After(7))), &members), [pair("0", 4), pair("4", 2)]);
}

#[test]
fn what_was_told_is_taken_back_when_an_earlier_event_comes_in() {
    let mut groups = Groups::new(Rule::Fold(Period::After(10)), "r");
    groups.add(KEY, member(5, "b", &[]));
    assert_eq!(raised(groups.settle(KEY)), [pair("b", 1)]);
    assert_eq!(groups.settle(KEY), []);
    assert!(groups.add(KEY, member(0, "a", &[])) && !groups.add(KEY, member(0, "a", &[])));
    let turns = groups.settle(KEY);
    assert!(turns.contains(&Turn::Gone(EventOrder { time: 5, event: "b".into() }, false)));
    assert_eq!(raised(turns), [pair("a", 2)]);
}

#[test]
fn the_oldest_are_forgotten_and_never_leave_half_an_alert() {
    let mut groups = Groups::new(Rule::Count { value: 3, least: vec![], span: 10, fold: None }, "r");
    for n in 0..20 {
        groups.add(KEY, member(n, &format!("{n:02}"), &[]));
    }
    assert_eq!(raised(groups.settle(KEY)), [pair("00", 11), pair("11", 9)]);
    // Sixteen may stay: four must go, and with them the rest of their alert.
    let forgotten = groups.forget(16);
    assert_eq!(forgotten, [(KEY, EventOrder { time: 10, event: "10".into() })]);
    assert_eq!(groups.len(), 9);
    assert_eq!(groups.settle(KEY), []);
}

/// Straight from the definition, by trying every first event.
fn counted(members: &[Member<()>], value: u64, least: u64, span: i64) -> Vec<(String, u64)> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < members.len() {
        let window: Vec<_> = members[at..].iter().take_while(|m| m.at.time - members[at].at.time <= span).collect();
        let different: BTreeSet<u64> = window.iter().flat_map(|m| &m.distinct).map(|(_, v)| *v).collect();
        if window.len() as u64 >= value && different.len() as u64 >= least {
            found.push(pair(&members[at].at.event, window.len() as u64));
            at += window.len();
        } else {
            at += 1;
        }
    }
    found.sort();
    found
}

proptest! {
    #[test]
    fn windows_are_found_as_defined(
        events in proptest::collection::vec((0i64..100, 0u64..4), 0..40),
        value in 1u64..5,
        least in 0u64..4,
        span in 0i64..30,
    ) {
        let mut members: Vec<_> =
            events.iter().enumerate().map(|(n, (t, v))| member(*t, &format!("{n:02}"), &[(0, *v)])).collect();
        let rule = Rule::Count { value, least: vec![least], span, fold: None };
        let found = settled(&rule, &members);
        members.sort_by(|a, b| a.at.cmp(&b.at));
        prop_assert_eq!(found, counted(&members, value, least, span));
    }
}
