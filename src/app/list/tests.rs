use proptest::prelude::*;

use super::*;
use crate::detect::{AlertId, Summary};
use crate::investigate::FindingId;
use crate::rule::Severity;
use crate::triage::incident::{Incident, lead};
use crate::triage::{Action, AlertRow, Decision, IncidentId, Reason, Status};

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
        // Those of a name are one attack; those of none are each by itself.
        incident: actor.map(|actor| IncidentId(actor.to_owned())),
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

/// What a list shows, whatever is folded; what is withdrawn and was being read left out.
fn all(list: &List, alerts: &Alerts) -> Vec<String> {
    let mut all = Vec::new();
    for row in list.rows() {
        let indices: Vec<usize> = match row {
            TableRow::Alert(i) if list.is_inside(*i) => Vec::new(),
            TableRow::Alert(i) => vec![*i],
            TableRow::Group(at) => {
                let group = &list.groups()[*at];
                let (title, priority) = (list.title(group, alerts), group.priority);
                all.push(format!("{title} {priority} {:?} {} {}", group.counts, group.first, group.last));
                list.members(group).to_vec()
            }
        };
        let entries = indices.iter().map(|&i| alerts.at(i).unwrap());
        all.extend(entries.filter(|e| !e.is_gone()).map(|e| e.row.id.0.clone()));
    }
    all
}

#[test]
fn an_alert_is_of_the_incident_that_it_was_put_into_last() {
    let row = |n: usize, incident: Option<&str>| AlertRow {
        incident: incident.map(|id| IncidentId(id.to_owned())),
        ..listed(n, i64::try_from(n).unwrap(), None, false)
    };
    let mut alerts = Alerts::default();
    alerts.insert(vec![row(2, Some("a")), row(1, Some("a")), row(3, None)]);
    let of = |alerts: &Alerts, id: &str| -> Vec<String> {
        alerts.of_incident(&IncidentId(id.to_owned())).iter().map(|entry| entry.row.event_id.clone()).collect()
    };
    assert_eq!((of(&alerts, "a"), of(&alerts, "b")), (vec!["e1".to_owned(), "e2".to_owned()], vec![]));
    alerts.insert(vec![row(1, Some("b")), row(3, Some("b")), row(2, Some("a"))]);
    assert_eq!((of(&alerts, "a"), of(&alerts, "b")), (vec!["e2".to_owned()], vec!["e1".to_owned(), "e3".to_owned()]));
}

#[test]
fn of_alerts_at_100_the_one_with_more_against_it_comes_first() {
    let row = |n: usize, findings: &[&str]| {
        let mut row = listed(n, i64::try_from(n).unwrap(), None, false);
        row.assessment.priority = 100;
        row.assessment.findings = findings.iter().filter_map(|name| FindingId::named(name)).collect();
        row
    };
    let (mut alerts, mut list) = (Alerts::default(), List::default());
    alerts.insert(vec![row(1, &["offensive_tool", "root_user"]), row(2, &["offensive_tool"])]);
    list.take(&alerts, &[0, 1], |_| true);
    list.arrange(&alerts, true, true);
    assert_eq!(ids(&list, &alerts), ["0001", "0002"], "though the other is newer");
}

proptest! {
    #[test]
    fn a_list_that_is_kept_up_to_date_is_the_list_made_anew(
        steps in proptest::collection::vec((0usize..6, 0usize..40, 0i64..30, 0usize..3), 1..40),
    ) {
        let (mut alerts, mut list) = (Alerts::default(), List::default());
        let actors = [None, Some("alice"), Some("bob")];
        for (seq, (step, n, minute, actor)) in (1..).zip(steps) {
            list.step(&alerts, n.cast_signed() - 10);
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
                _ => list.group = [None, Some(GroupBy::Incident), Some(GroupBy::Rule)][actor],
            }
            list.arrange(&alerts, false, false);
            // One that was withdrawn while it was read leaves, and what was decided on goes to its place.
            list.selected = None;
            list.let_go(&alerts);
            list.arrange(&alerts, false, false);
            let whole = anew(&alerts, &list);
            prop_assert_eq!(all(&list, &alerts), all(&whole, &alerts));
            prop_assert_eq!((list.counts, list.held, list.hidden), (whole.counts, whole.held, whole.hidden));
        }
    }

    /// The cursor stays on its alert, or on the group that this is in, whatever comes, is decided or joins.
    #[test]
    fn the_cursor_never_jumps(
        first in proptest::collection::vec((0usize..30, 0i64..30, 0usize..3), 1..30),
        then in proptest::collection::vec((0usize..60, 0i64..30, 0usize..3, 0usize..3), 1..30),
        at in 0usize..30, unfold: bool, height in 1usize..12,
    ) {
        let (mut alerts, mut list) = (Alerts::default(), List::default());
        let actors = [None, Some("alice"), Some("carol")];
        let arrived = alerts.insert(first.into_iter().map(|(n, minute, actor)| listed(n, minute, actors[actor], false)).collect());
        list.take(&alerts, &arrived.new, |_| true);
        list.arrange(&alerts, true, false);
        list.step(&alerts, at.cast_signed());
        if unfold {
            list.toggle_group(&alerts);
        }
        list.settle(height);
        for (seq, (n, minute, actor, step)) in (1..).zip(then) {
            let before = (list.selected().cloned(), list.is_whole());
            if step == 0 {
                let alert = AlertId(format!("{n:04}"));
                let action = Action::SetStatus { status: Status::Closed(Reason::Other) };
                let at = DateTime::from_timestamp(0, 0).unwrap();
                alerts.decide(&Decision { seq, alert: alert.clone(), at, analyst: "a".to_owned(), action });
                list.take(&alerts, alerts.position(&alert).as_slice(), |_| true);
            } else {
                let arrived = alerts.insert(vec![listed(n, minute, actors[actor], false)]);
                list.take(&alerts, &[arrived.new, arrived.replaced].concat(), |_| true);
            }
            list.arrange(&alerts, true, false);
            list.settle(height);
            if before.0.is_none() {
                continue; // What was withdrawn and never decided on is not in the table.
            }
            prop_assert_eq!(list.selected(), before.0.as_ref());
            prop_assert!(before.1 || !list.is_whole(), "what she is about to do is not for more than before");
            let row = &list.rows()[list.position()];
            let on = list.selected_index(&alerts).unwrap();
            match row {
                TableRow::Alert(i) => prop_assert_eq!(*i, on),
                TableRow::Group(group) => prop_assert!(list.members(&list.groups()[*group]).contains(&on)),
            }
            prop_assert!((list.top()..list.top() + height).contains(&list.position()));
        }
    }

    /// A group says of itself what its incident does.
    #[test]
    fn a_group_is_led_and_ranked_as_its_incident(
        come in proptest::collection::vec((0usize..40, 0i64..4000, 0usize..3, 30u32..100), 2..40),
    ) {
        let tactics: Vec<Vec<String>> =
            [&["Collection"][..], &["Exfiltration", "Impact"], &[]].map(|of| of.iter().map(|&t| t.to_owned()).collect()).to_vec();
        let (mut alerts, mut list) = (Alerts::default(), List::default());
        for (rule, of) in tactics.iter().enumerate() {
            list.learn_tactics(&rule.to_string(), of.iter().map(String::as_str));
        }
        let rows = come.into_iter().map(|(n, minute, rule, priority)| {
            let mut row = listed(n, minute, Some("alice"), false);
            (row.rule_id, row.assessment.priority, row.withdrawn) = (rule.to_string(), priority, false);
            row
        });
        let arrived = alerts.insert(rows.collect());
        list.take(&alerts, &arrived.new, |_| true);
        list.arrange(&alerts, true, true);
        let mut rows: Vec<&AlertRow> = alerts.entries().iter().map(|entry| &entry.row).collect();
        rows.sort_by_key(|row| (row.time, &row.id));
        let of = |rule: &str| tactics[rule.parse::<usize>().unwrap()].as_slice();
        let incident = Incident::of(IncidentId("alice".to_owned()), &rows, of).unwrap();
        if let Some(group) = list.groups().first() {
            prop_assert_eq!(&alerts.at(group.lead).unwrap().row.id, &lead(&rows).unwrap().id);
            prop_assert_eq!((group.priority, group.importance), (incident.priority, incident.importance));
            prop_assert_eq!((group.first, group.last), (incident.first, incident.last));
            prop_assert_eq!(group.by_severity().collect::<Vec<_>>(), incident.severities);
            let sorted = |title: &str| { let mut parts: Vec<String> = title.split(" → ").map(str::to_owned).collect(); parts.sort(); parts };
            prop_assert_eq!(sorted(&list.title(group, &alerts).replace("alice: ", "")), sorted(&incident.title.replace("alice: ", "")));
        } else {
            prop_assert_eq!(rows.len(), 1);
        }
    }
}

#[test]
fn many_are_sorted_part_by_part_while_alerts_come_and_change() {
    let (mut alerts, mut list) = (Alerts::default(), List::default());
    let of = |n: usize| listed(n, i64::try_from(n * 7919 % 1000).unwrap(), Some(["alice", "bob", "Zoe"][n % 3]), false);
    let arrived = alerts.insert((0..9_500).map(of).collect());
    list.group = None;
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
        let ordered = list.order.windows(2).all(|pair| list.compare(alerts.entries(), pair[0], pair[1]).is_lt());
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
    let (mut alerts, mut list) = (Alerts::default(), List { group: None, ..List::default() });
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
