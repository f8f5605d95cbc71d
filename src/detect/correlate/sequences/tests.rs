use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;

use super::super::closing::Closing;
use super::super::memory::Memory;
use super::super::{Change, MemoryUpdate, Raised};
use crate::detect::aggregate::{Aggregate, Reason, SequenceRecord};
use crate::detect::in_sequence::{InSequence, Tie};
use crate::detect::plan::{Period, Plan, RuleKind, Suppression};
use crate::detect::{AlertId, EventOrder, GroupKey, Hit};
use crate::event::Event;
use crate::query::eql::{Place, Shape};
use crate::trail::Origin;

const KEY: GroupKey = GroupKey([1; 16]);

/// A sequence of so many items within ten microseconds; suppressed for twenty by one field, with what lacks it apart.
fn plan(items: usize, suppressed: bool) -> Plan {
    let places = (0..items).map(|_| Place { runs: 1, missing: false });
    let shape = Shape::new(places, None);
    let suppression = suppressed.then(|| Suppression {
        fields: vec!["user.name".to_owned()],
        period: Period::After(20),
        missing: false,
    });
    Plan { kind: RuleKind::Sequence { shape, tiebreaker: None }, suppression }
}

fn memory(plan: &Plan) -> Memory<u32> {
    Memory::new(plan, "fingerprint", "r").unwrap()
}

/// An event: its time, join key, items as bits, whether `until`, and the value by which sequences are suppressed.
type Made = (i64, u8, u64, bool, u64);

fn hit(n: usize, (time, key, items, until, value): Made) -> Hit<u32> {
    let shared = if value == 0 { Vec::new() } else { vec![(0, value)] };
    let part = InSequence { items: crate::query::eql::Items(items), until, tie: Tie::default(), shared };
    Hit {
        rule: 0,
        key: GroupKey([key; 16]),
        further: false,
        folds: Vec::new(),
        at: EventOrder { time, event: format!("e{n:02}#0").into() },
        until: time,
        distinct: part.to_values(),
        body: u32::try_from(n).unwrap(),
    }
}

fn settle(memory: &mut Memory<u32>, listed: &mut BTreeMap<AlertId, Raised<u32>>) {
    let mut changes = Vec::new();
    memory.settle(0, usize::MAX, &mut changes);
    for change in changes {
        match change {
            Change::Raised(raised) => drop(listed.insert(raised.id.clone(), Raised { again: false, ..raised })),
            Change::Withdrawn(id) => assert!(listed.remove(&id).is_some(), "an alert that was not listed"),
        }
    }
}

/// The events of each alert, and how many sequences it stands for.
fn said(listed: &BTreeMap<AlertId, Raised<u32>>) -> Vec<(Vec<u32>, u64)> {
    let one = |raised: &Raised<u32>| {
        assert_eq!(raised.sequence.last(), Some(&raised.body));
        (raised.sequence.clone(), raised.tally.count() / raised.tally.length as u64)
    };
    let mut all: Vec<_> = listed.values().map(one).collect();
    all.sort();
    all
}

fn alerts(plan: &Plan, made: &[Made]) -> Vec<(Vec<u32>, u64)> {
    let (mut memory, mut listed) = (memory(plan), BTreeMap::new());
    for (n, made) in made.iter().enumerate() {
        memory.absorb(hit(n, *made), &mut Vec::new());
    }
    settle(&mut memory, &mut listed);
    said(&listed)
}

#[test]
fn a_sequence_has_its_id_by_its_last_event_and_its_join_keys() {
    let in_group = (super::shared_key(&[Some(7)]), "01010101010101010101010101010101/e01#0");
    let ids = [AlertId::of_group("r", KEY, "e01#0"), AlertId::of_group("r", in_group.0, in_group.1)];
    for (suppressed, id) in [false, true].into_iter().zip(ids) {
        let (mut memory, mut listed) = (memory(&plan(2, suppressed)), BTreeMap::new());
        memory.absorb(hit(0, (0, 1, 1, false, 7)), &mut Vec::new());
        settle(&mut memory, &mut listed);
        assert!(listed.is_empty());
        memory.absorb(hit(1, (5, 1, 2, false, 7)), &mut Vec::new());
        settle(&mut memory, &mut listed);
        assert_eq!(listed.keys().collect::<Vec<_>>(), [&id]);
        let raised = &listed[&id];
        assert_eq!((&raised.tally.times, raised.tally.length, &raised.sequence), (&vec![0, 5], 2, &vec![0, 1]));
        assert_eq!((&*raised.tally.shown.event, raised.body), ("e01#0", 1));
        // One that comes late and stands nearer takes the place of the first: the alert is the same one.
        memory.absorb(hit(2, (3, 1, 1, false, 7)), &mut Vec::new());
        settle(&mut memory, &mut listed);
        assert_eq!(listed[&id].sequence, [2, 1]);
        // And `until` between them takes it back.
        memory.absorb(hit(3, (4, 1, 0, true, 7)), &mut Vec::new());
        settle(&mut memory, &mut listed);
        assert!(listed.is_empty());
    }
}

#[test]
fn of_events_of_the_same_time_the_tiebreaker_says_which_came_first() {
    let of = |ties: [i64; 2]| {
        let (mut memory, mut listed) = (memory(&plan(2, false)), BTreeMap::new());
        for (n, tie) in ties.into_iter().enumerate() {
            // The ids are in the order of the items.
            let mut hit = hit(n, (5, 1, 1 << n, false, 0));
            let tie = Tie::number(tie);
            hit.distinct = InSequence { tie, ..InSequence::of(&hit.distinct) }.to_values();
            memory.absorb(hit, &mut Vec::new());
        }
        settle(&mut memory, &mut listed);
        said(&listed).len()
    };
    assert_eq!([of([1, 2]), of([2, 1])], [1, 0]);
}

#[test]
fn sequences_are_suppressed_by_what_all_their_events_share() {
    let of = |made: &[Made]| alerts(&plan(2, true), made);
    // Different join keys, the same value: one alert, and one apart that comes after the period.
    let made = [
        (0, 1, 1, false, 7),
        (1, 1, 2, false, 7),
        (2, 2, 1, false, 7),
        (3, 2, 2, false, 7),
        (40, 1, 1, false, 7),
        (41, 1, 2, false, 7),
    ];
    assert_eq!(of(&made), [(vec![0, 1], 2), (vec![4, 5], 1)]);
    // Nothing that all share: each stands alone.
    let made = [(0, 1, 1, false, 7), (1, 1, 2, false, 8), (2, 1, 1, false, 0), (3, 1, 2, false, 7)];
    assert_eq!(of(&made), [(vec![0, 1], 1), (vec![2, 3], 1)]);
}

/// The closing of an alert as it is listed.
fn closed(raised: &Raised<u32>) -> Arc<Closing> {
    let at = |micros| chrono::DateTime::from_timestamp_micros(micros).unwrap();
    let record = br#"{"@timestamp":"2026-11-23T10:00:00Z","event.action":"X"}"#;
    let (event, origin) = (Event::parse(record).unwrap(), Origin::from_columns("f".as_ref(), 0, None));
    let kept = |order: &EventOrder| SequenceRecord::new(&order.event, at(order.time), &event, &origin);
    let aggregate = Aggregate {
        reason: Reason::Sequence,
        new_terms: Vec::new(),
        group: Vec::new(),
        count: raised.tally.count(),
        first: at(raised.tally.first()),
        last: at(raised.tally.last()),
        different: Vec::new(),
        events: raised.tally.events.iter().map(|event| event[..3].to_owned()).collect(),
        marks: raised.tally.events.iter().map(|_| "0".to_owned()).collect(),
        sequence: raised.tally.sequence().iter().map(kept).collect(),
        suppressed: 0,
    };
    let shown = raised.tally.shown.event_id().to_owned();
    Closing::new(raised.id.clone(), "r".to_owned(), shown, &aggregate).unwrap().into()
}

#[test]
fn closing_an_alert_restarts_its_suppression_and_changes_no_other_sequence() {
    let made = [(0, 1, 1, false, 7), (1, 1, 2, false, 7), (2, 2, 1, false, 7), (3, 2, 2, false, 7)];
    for (suppressed, before, after) in [
        (true, vec![(vec![0, 1], 1)], vec![(vec![0, 1], 1), (vec![2, 3], 1)]),
        (false, vec![(vec![0, 1], 1)], vec![(vec![0, 1], 1), (vec![2, 3], 1)]),
    ] {
        let (mut memory, mut listed) = (memory(&plan(2, suppressed)), BTreeMap::new());
        for (n, made) in made[..2].iter().enumerate() {
            memory.absorb(hit(n, *made), &mut Vec::new());
        }
        settle(&mut memory, &mut listed);
        assert_eq!(said(&listed), before);
        let closing = closed(listed.values().next().unwrap());
        memory.close(&closing, true);
        for (n, made) in made.iter().enumerate().skip(2) {
            memory.absorb(hit(n, *made), &mut Vec::new());
        }
        settle(&mut memory, &mut listed);
        assert_eq!(said(&listed), after);
        memory.close(&closing, false);
        settle(&mut memory, &mut listed);
        assert_eq!(said(&listed), if suppressed { vec![(vec![0, 1], 2)] } else { after });
    }
}

#[test]
fn what_is_forgotten_never_leaves_part_of_a_sequence() {
    for suppressed in [false, true] {
        let (mut memory, mut listed) = (memory(&plan(2, suppressed)), BTreeMap::new());
        let mut journal = Vec::new();
        for n in 0..40 {
            // Each event ends a sequence and begins the next.
            memory.absorb(hit(n, (n as i64 * 100, 1, 3, false, 0)), &mut journal);
            settle(&mut memory, &mut listed);
            memory.trim(16, &mut journal);
        }
        let gone = journal.iter().filter(|entry| matches!(entry, MemoryUpdate::Forget(..))).count();
        assert!(gone > 0 && memory.forgotten() == gone as u64);
        let before = listed.clone();
        memory.retell();
        settle(&mut memory, &mut listed);
        assert!(listed.len() > 20 && before.keys().all(|id| listed.contains_key(id)));
    }
}

proptest! {
    #[test]
    fn in_any_order_cut_and_over_restarts_the_same_alerts_are_listed(
        made in proptest::collection::vec((0i64..60, 0u8..2, 0u64..8, any::<bool>(), 0u64..3), 1..40),
        order in proptest::collection::vec(any::<u16>(), 40),
        cut in 1usize..8,
        restart in 0usize..40,
        suppressed in any::<bool>(),
    ) {
        let made: Vec<Made> = made.iter().map(|(t, k, i, until, v)| (*t, *k, *i, *until && *i == 0, *v)).collect();
        let plan = plan(3, suppressed);
        let (mut whole, mut at_once) = (memory(&plan), BTreeMap::new());
        for (n, made) in made.iter().enumerate() {
            whole.absorb(hit(n, *made), &mut Vec::new());
        }
        settle(&mut whole, &mut at_once);
        let mut shuffled: Vec<(u16, usize)> = order.iter().copied().zip(0..made.len()).collect();
        shuffled.sort_unstable();
        let (mut live, mut listed, mut rows) = (memory(&plan), BTreeMap::new(), Vec::new());
        for (turn, (_, n)) in shuffled.iter().chain(&shuffled).enumerate() {
            if live.absorb(hit(*n, made[*n]), &mut Vec::new()).0 {
                rows.push(hit(*n, made[*n]));
            }
            if turn % cut == 0 {
                settle(&mut live, &mut listed);
            }
            if turn == restart {
                settle(&mut live, &mut listed);
                live = memory(&plan);
                for row in &rows {
                    live.absorb(row.clone(), &mut Vec::new());
                }
                live.recall();
                settle(&mut live, &mut listed);
            }
        }
        settle(&mut live, &mut listed);
        prop_assert_eq!(rows.len(), made.len());
        prop_assert_eq!(&listed, &at_once);
        let mut of_scan: Vec<Raised<u32>> = whole.into_alerts(0).map(|raised| Raised { again: false, ..raised }).collect();
        of_scan.sort_by(|a, b| a.id.cmp(&b.id));
        prop_assert_eq!(of_scan, listed.into_values().collect::<Vec<_>>());
    }
}
