use proptest::prelude::*;

use super::*;
use crate::detect::Summary;
use crate::rule::Severity;
use crate::triage::{Action, AlertRow, Decision, Reason, Status};

fn listed(n: usize, minute: i64, actor: Option<&str>, held: bool) -> AlertRow {
    let time = DateTime::from_timestamp(1_800_000_000 + 60 * minute, 0).unwrap();
    AlertRow {
        id: AlertId(format!("{n:04}")),
        rule_id: "r".to_owned(),
        rule_name: "rule".to_owned(),
        severity: if minute % 3 == 0 { Severity::High } else { Severity::Low },
        risk_score: 21,
        event_id: format!("e{n}"),
        time,
        found: time,
        reason: String::new(),
        summary: Summary { actor: actor.map(str::to_owned), ..Summary::default() },
        assessment: crate::investigate::Assessment { priority: 21, ..Default::default() },
        incident: None,
        late: false,
        held,
        count: 1,
        withdrawn: n % 11 == 10,
    }
}

fn ids<'a>(list: &List, alerts: &'a Alerts) -> Vec<&'a str> {
    list.rows()
        .iter()
        .map(|row| match row {
            TableRow::Alert(i) => alerts.at(*i).unwrap().row.id.0.as_str(),
            TableRow::Group(_) => "group",
        })
        .collect()
}

fn by_actor(entry: &AlertEntry) -> bool {
    entry.row.summary.actor.as_deref() != Some("bob")
}

/// A list that has seen everything at once.
fn anew(alerts: &Alerts, like: &List) -> List {
    let mut list = List { group: like.group, show_held: like.show_held, ..List::default() };
    list.take(alerts, &(0..alerts.entries().len()).collect::<Vec<_>>(), by_actor);
    list.sort_by(like.order().0, like.order().1);
    assert!(list.go_on_sorting(alerts), "it is little");
    list.arrange(alerts, false, false);
    list
}

proptest! {
    #[test]
    fn a_list_that_is_kept_up_to_date_is_the_list_made_anew(
        steps in proptest::collection::vec((0usize..6, 0usize..40, 0i64..30, 0usize..3), 1..40),
    ) {
        let (mut alerts, mut list) = (Alerts::default(), List::default());
        let actors = [None, Some("alice"), Some("bob")];
        for (seq, (step, n, minute, actor)) in (1..).zip(steps) {
            match step {
                0..=2 => {
                    let come = vec![
                        listed(n, minute, actors[actor], n % 5 == 0),
                        listed(n + 1, minute + 1, actors[2 - actor], false),
                    ];
                    let arrived = alerts.insert(come);
                    list.take(&alerts, &[arrived.new, arrived.replaced].concat(), by_actor);
                }
                3 => {
                    let alert = AlertId(format!("{n:04}"));
                    let status = [Status::Acknowledged, Status::Closed(Reason::Other), Status::Open][actor];
                    let action = Action::SetStatus { status };
                    let at = DateTime::from_timestamp(0, 0).unwrap();
                    alerts.decide(&Decision { seq, alert: alert.clone(), at, analyst: "a".to_owned(), action });
                    list.take(&alerts, alerts.position(&alert).as_slice(), by_actor);
                }
                4 => {
                    list.sort_by(Column::ALL[n % Column::ALL.len()], minute % 2 == 0);
                    list.go_on_sorting(&alerts);
                    list.show_held = actor == 1;
                }
                _ => list.group = [None, Some(GroupBy::Actor), Some(GroupBy::Rule)][actor],
            }
            list.arrange(&alerts, false, false);
            let whole = anew(&alerts, &list);
            // What was taken back and is being read stays until she moves on.
            let read = |i: &str| alerts.get(&AlertId(i.to_owned())).is_some_and(AlertEntry::is_gone);
            let rows = |l: &List| ids(l, &alerts).into_iter().filter(|i| !read(i)).map(str::to_owned).collect::<Vec<_>>();
            if list.group.is_none() {
                prop_assert_eq!(rows(&list), rows(&whole));
                prop_assert_eq!((list.counts, list.held, list.hidden), (whole.counts, whole.held, whole.hidden));
            } else if list.selected() == whole.selected() {
                prop_assert_eq!((rows(&list), list.groups()), (rows(&whole), whole.groups()));
            }
        }
    }
}

#[test]
fn many_are_sorted_part_by_part_while_alerts_come_and_change() {
    let (mut alerts, mut list) = (Alerts::default(), List::default());
    let of = |n: usize| listed(n, i64::try_from(n * 7919 % 1000).unwrap(), Some(["alice", "bob", "Zoe"][n % 3]), false);
    let arrived = alerts.insert((0..9_500).map(of).collect());
    list.take(&alerts, &arrived.new, |_| true);
    list.arrange(&alerts, true, false);
    list.step(&alerts, 70);
    let selected = list.selected().cloned();

    for (column, descending) in [(Column::Actor, false), (Column::Severity, true), (Column::Time, false)] {
        let before = list.order();
        list.sort_by(column, descending);
        let mut parts = 0;
        while !list.go_on_sorting(&alerts) {
            list.arrange(&alerts, true, false);
            assert_eq!((list.order(), list.sorting()), (before, Some((column, descending))), "not all are sorted");
            // One comes, and one that is there turns out to be another's.
            let next = alerts.entries().len();
            let arrived = alerts.insert(vec![of(next), listed(parts, 1_000, Some("carol"), false)]);
            list.take(&alerts, &[arrived.new, arrived.replaced].concat(), |_| true);
            parts += 1;
        }
        assert!(parts > 3, "{parts}");
        list.arrange(&alerts, true, false);
        let ordered = list.order.windows(2).all(|pair| {
            let (a, b) = (alerts.at(pair[0]).unwrap(), alerts.at(pair[1]).unwrap());
            list.compare(a, b).is_lt()
        });
        assert!(ordered, "by {column:?}");
        assert_eq!(list.order.len(), alerts.entries().len());
        assert_eq!(list.selected().cloned(), selected);
    }
}

#[test]
fn what_a_filter_hides_is_selected_again_when_it_shows() {
    let (mut alerts, mut list) = (Alerts::default(), List::default());
    let arrived = alerts.insert((0..6).map(|n| listed(n, i64::try_from(n).unwrap(), None, false)).collect());
    list.take(&alerts, &arrived.new, |_| true);
    list.arrange(&alerts, true, false);
    list.step(&alerts, 3);
    let filter = |list: &mut List, shown: &[&str]| {
        list.sift(&alerts, 0, usize::MAX, false, |entry| shown.contains(&entry.row.id.0.as_str()));
        list.adopt();
        list.arrange(&alerts, false, false);
        list.selected().map(|id| id.0.clone())
    };
    let all = ["0000", "0001", "0002", "0003", "0004", "0005"];
    assert_eq!(filter(&mut list, &all).unwrap(), "0002");
    assert_eq!(filter(&mut list, &["0000", "0005"]).unwrap(), "0000", "the next one below");
    assert_eq!(filter(&mut list, &[]), None);
    assert_eq!(filter(&mut list, &["0001", "0002"]).unwrap(), "0002", "where it was");
    // One that she has moved to, or stays at, is hers.
    filter(&mut list, &["0000", "0005"]);
    list.step(&alerts, -1);
    assert_eq!(filter(&mut list, &all).unwrap(), "0005");
    filter(&mut list, &["0001"]);
    list.stay();
    assert_eq!(filter(&mut list, &all).unwrap(), "0001");
    filter(&mut list, &[]);
    list.stay();
    assert_eq!(filter(&mut list, &all).unwrap(), "0001", "nothing was shown to stay at");
}

#[test]
fn a_filter_counts_when_all_have_been_asked_and_the_selection_stays() {
    let (mut alerts, mut list) = (Alerts::default(), List::default());
    let actor = |n: usize| Some(if n.is_multiple_of(2) { "alice" } else { "bob" });
    let arrived = alerts.insert((0..6).map(|n| listed(n, i64::try_from(n).unwrap(), actor(n), false)).collect());
    list.take(&alerts, &arrived.new, |_| true);
    list.arrange(&alerts, true, false);
    list.step(&alerts, 1);
    assert_eq!(list.selected(), Some(&AlertId("0004".to_owned())));

    assert_eq!(list.sift(&alerts, 0, 4, false, by_actor), Some(4));
    list.arrange(&alerts, true, false);
    assert_eq!(list.shown, 6, "not all have been asked");
    assert_eq!(list.sift(&alerts, 4, 4, false, by_actor), None);
    list.adopt();
    list.arrange(&alerts, false, false);
    assert_eq!(ids(&list, &alerts), ["0004", "0002", "0000"]);
    assert_eq!(list.selected(), Some(&AlertId("0004".to_owned())));

    // A narrower one asks only those that are left.
    let asked = std::cell::RefCell::new(Vec::new());
    let ask = |entry: &AlertEntry| {
        asked.borrow_mut().push(entry.row.id.0.clone());
        entry.row.id.0 != "0004"
    };
    assert_eq!(list.sift(&alerts, 0, 3, true, ask), None);
    assert_eq!(*asked.borrow(), ["0000", "0002", "0004"]);
    list.adopt();
    list.arrange(&alerts, false, false);
    assert_eq!(ids(&list, &alerts), ["0002", "0000"]);
    assert_eq!(list.selected(), Some(&AlertId("0002".to_owned())), "the next one below");
}
