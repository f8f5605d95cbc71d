use proptest::prelude::*;

use super::*;
use crate::detect::Summary;
use crate::rule::Severity;
use crate::triage::{Action, Decision, Listed, Reason, Status};

fn listed(n: usize, minute: i64, actor: Option<&str>, held: bool) -> Listed {
    let time = DateTime::from_timestamp(1_800_000_000 + 60 * minute, 0).unwrap();
    Listed {
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
            Row::Alert(i) => alerts.at(*i).unwrap().listed.id.0.as_str(),
            Row::Group(_) => "group",
        })
        .collect()
}

fn by_actor(entry: &Entry) -> bool {
    entry.listed.summary.actor.as_deref() != Some("bob")
}

/// A list that has seen everything at once.
fn anew(alerts: &Alerts, like: &List) -> List {
    let mut list = List { sort: like.sort, descending: like.descending, group: like.group, ..List::default() };
    list.show_held = like.show_held;
    list.take(alerts, &(0..alerts.entries().len()).collect::<Vec<_>>(), by_actor);
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
                    list.sort = Column::ALL[n % Column::ALL.len()];
                    list.descending = minute % 2 == 0;
                    list.show_held = actor == 1;
                }
                _ => list.group = [None, Some(GroupBy::Actor), Some(GroupBy::Rule)][actor],
            }
            list.arrange(&alerts, false, false);
            let whole = anew(&alerts, &list);
            // What was taken back and is being read stays until she moves on.
            let read = |i: &str| alerts.get(&AlertId(i.to_owned())).is_some_and(Entry::is_gone);
            let rows = |l: &List| ids(l, &alerts).into_iter().filter(|i| !read(i)).map(str::to_owned).collect::<Vec<_>>();
            if list.group.is_none() {
                prop_assert_eq!(rows(&list), rows(&whole));
                prop_assert_eq!((list.counts(), list.held(), list.hidden()), (whole.counts(), whole.held(), whole.hidden()));
            } else if list.selected() == whole.selected() {
                prop_assert_eq!((rows(&list), list.groups()), (rows(&whole), whole.groups()));
            }
        }
    }

    #[test]
    fn ranks_order_as_columns_do(minutes in proptest::collection::vec((0i64..9, 0usize..3), 1..20)) {
        let mut alerts = Alerts::default();
        let actors = [None, Some("alice"), Some("bob")];
        alerts.insert(minutes.iter().enumerate().map(|(n, &(m, a))| listed(n, m, actors[a], false)).collect());
        let entries = alerts.entries();
        for column in Column::ALL {
            let ranks = column.ranks(entries);
            for (a, b) in (0..entries.len()).zip((0..entries.len()).rev()) {
                prop_assert_eq!(ranks[a].cmp(&ranks[b]), column.compare(&entries[a], &entries[b]));
            }
        }
    }
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
    assert_eq!(list.shown(), 6, "not all have been asked");
    assert_eq!(list.sift(&alerts, 4, 4, false, by_actor), None);
    list.adopt();
    list.arrange(&alerts, false, false);
    assert_eq!(ids(&list, &alerts), ["0004", "0002", "0000"]);
    assert_eq!(list.selected(), Some(&AlertId("0004".to_owned())));

    // A narrower one asks only those that are left.
    let asked = std::cell::RefCell::new(Vec::new());
    let ask = |entry: &Entry| {
        asked.borrow_mut().push(entry.listed.id.0.clone());
        entry.listed.id.0 != "0004"
    };
    assert_eq!(list.sift(&alerts, 0, 3, true, ask), None);
    assert_eq!(*asked.borrow(), ["0000", "0002", "0004"]);
    list.adopt();
    list.arrange(&alerts, false, false);
    assert_eq!(ids(&list, &alerts), ["0002", "0000"]);
    assert_eq!(list.selected(), Some(&AlertId("0002".to_owned())), "the next one below");
}
