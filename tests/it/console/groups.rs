//! Alerts of one incident, or of another group, as one line: what it says, what keys do on it, and what has just come.

use proptest::prelude::*;
use watchfloor::app::Pane;
use watchfloor::app::list::TableRow;
use watchfloor::engine::Update;
use watchfloor::triage::{Action, AlertRow, IncidentId, Reason, Status, StepState};

use crate::desk::Desk;
use crate::sample::{decision, id, listed, step_id, today};

/// An alert of `priority`, of an incident where one is named.
pub(super) fn of(n: usize, time: &str, priority: u32, incident: Option<&str>) -> AlertRow {
    let mut row = listed(n, today(time), "support-readonly/jsmith", "198.51.100.23", "snapshot:crm");
    row.assessment.priority = priority;
    row.incident = incident.map(|id| IncidentId(id.to_owned()));
    row
}

/// An attack of three alerts among others.
pub(super) fn attacked(columns: u16, rows: u16) -> Desk {
    let mut desk = Desk::new(columns, rows);
    desk.tell(Update::Alerts(vec![
        of(10, "10:12:00", 60, Some("attack")),
        of(11, "10:20:00", 86, Some("attack")),
        of(12, "10:31:00", 21, Some("attack")),
        of(13, "10:32:00", 30, Some("alone")),
    ]));
    desk
}

fn status(desk: &Desk, n: usize) -> Status {
    desk.app.shared().alerts.get(&id(n)).unwrap().case().status
}

fn line(desk: &Desk, word: &str) -> String {
    desk.screen().lines().find(|line| line.contains(word)).unwrap_or_default().to_owned()
}

#[test]
fn an_incident_of_several_alerts_is_one_line_and_that_of_one_is_its_row() {
    let desk = attacked(80, 24);
    let screen = desk.screen();
    let at = |word: &str| screen.lines().position(|line| line.contains(word)).unwrap();
    let attack = line(&desk, "3 alerts");
    for said in ["10:31:00", " 86 ", "low", "open", "▸ 3 alerts · support-readonly/js", "from 10:12:00"] {
        assert!(attack.contains(said), "{said} in {attack}");
    }
    assert_eq!(at("3 alerts"), 3, "the first row: {screen}");
    assert_eq!(at("10:32:00"), 4, "its own row, by its priority: {screen}");
    // The detail is that of the alert that matters most.
    assert_eq!(desk.list().selected(), Some(&id(11)));
    assert!(screen.contains("3 alerts as one"), "{screen}");
}

#[test]
fn wide_a_group_says_how_many_have_each_severity_and_status() {
    let mut desk = attacked(280, 45);
    desk.tell(Update::Decisions(vec![decision(
        50,
        12,
        today("10:40:00"),
        "alice",
        Action::SetStatus { status: Status::Closed(Reason::Duplicate) },
    )]));
    let mut worse = of(10, "10:12:00", 60, Some("attack"));
    worse.severity = watchfloor::rule::Severity::High;
    desk.tell(Update::Alerts(vec![worse]));
    let attack = line(&desk, "▸ 3 alerts");
    for said in ["high", "Exfiltration", "2 open · 1 closed", "1 high · 2 low", "from 10:12:00"] {
        assert!(attack.contains(said), "{said} in {attack}");
    }
}

#[test]
fn a_group_is_unfolded_and_folded_and_gone_to() {
    let mut desk = attacked(80, 24);
    let folded = desk.list().rows().len();
    desk.keys("Enter");
    assert_eq!((desk.list().rows().len(), desk.app.alerts().pane), (folded + 3, Pane::Table));
    assert!(line(&desk, "3 alerts").contains('▾'), "{}", desk.screen());
    desk.keys("j j");
    assert_eq!(desk.list().selected(), Some(&id(10)), "by priority");
    desk.keys("h");
    assert_eq!((desk.list().rows().len(), desk.list().position()), (folded, 0));
    desk.keys("Enter j Enter");
    assert_eq!(desk.app.alerts().pane, Pane::Detail, "an alert opens");
    // From group to group, past what is between.
    desk.keys("Esc h b 2");
    assert_eq!(desk.list().groups().len(), 2, "{}", desk.screen());
    desk.keys("g }");
    let title = |desk: &Desk| desk.list().title(desk.list().on_group().unwrap(), &desk.app.shared().alerts);
    assert_eq!(title(&desk), "nightly-export/pipeline");
    desk.keys("}");
    assert!(desk.screen().contains("there is no group after this one"), "{}", desk.screen());
    desk.keys("{");
    assert_eq!(title(&desk), "support-readonly/jsmith");
    desk.keys("b 6 {");
    assert!(desk.screen().contains("previous group: no alerts are a group here"), "{}", desk.screen());
}

#[test]
fn what_is_done_on_a_group_is_done_on_all_of_it() {
    let mut desk = attacked(80, 24);
    desk.keys("c");
    assert!(desk.screen().contains("Close 3 alerts as"), "{}", desk.screen());
    desk.keys("1");
    let closed = Status::Closed(Reason::TruePositive);
    assert_eq!([10, 11, 12, 13].map(|n| status(&desk, n)), [closed, closed, closed, Status::Open]);
    assert!(desk.screen().contains("closed 3 alerts as true positive · u takes it back"), "{}", desk.screen());
    desk.keys("u");
    assert_eq!([10, 11, 12].map(|n| status(&desk, n)), [Status::Open; 3]);
    // Marked with one key, and a mark on one of them is another sign.
    desk.keys("space");
    assert_eq!(desk.app.shared().alerts.marked(), 3);
    assert!(line(&desk, "3 alerts").starts_with(" •"), "{}", desk.screen());
    desk.keys("k Enter j space h");
    assert!(line(&desk, "3 alerts").starts_with("▸·"), "{}", desk.screen());
}

#[test]
fn a_step_is_ticked_for_all_alerts_of_the_group_with_the_same_rule() {
    let mut desk = attacked(80, 24);
    let mut other = of(14, "10:33:00", 21, Some("attack"));
    other.rule_id = "another".to_owned();
    desk.tell(Update::Alerts(vec![other]));
    desk.keys("2 space");
    let step = |desk: &Desk, n| desk.app.shared().alerts.get(&id(n)).unwrap().case().step(&step_id(1));
    let (done, to_do) = (StepState::Done, StepState::Todo);
    assert_eq!([10, 11, 12].map(|n| step(&desk, n)), [done; 3]);
    assert_eq!(step(&desk, 14), to_do);
    assert!(desk.screen().contains("ticked step 1 on 3 alerts · u takes it back"), "{}", desk.screen());
    desk.keys("u");
    assert_eq!([10, 11, 12].map(|n| step(&desk, n)), [to_do; 3]);
    // On one of its alerts it is that alert's.
    desk.keys("Esc Enter j 2 g space");
    assert_eq!([10, 11, 12].map(|n| step(&desk, n)), [to_do, done, to_do]);
}

#[test]
fn what_is_decided_on_keeps_its_place_until_the_cursor_leaves() {
    let mut desk = attacked(80, 24);
    desk.keys("c 1");
    assert_eq!((desk.list().position(), desk.list().selected()), (0, Some(&id(11))));
    desk.keys("j");
    assert_eq!((desk.list().position(), desk.list().selected()), (0, Some(&id(13))), "{}", desk.screen());
    let rows = desk.list().rows();
    assert!(matches!(rows[rows.len() - 2], TableRow::Group(_)), "closed, before what is less important");
}

#[test]
fn a_group_that_forms_under_the_cursor_does_not_hide_the_alert() {
    let mut desk = attacked(80, 24);
    desk.keys("j");
    assert_eq!(desk.list().selected(), Some(&id(13)));
    desk.tell(Update::Alerts(vec![of(15, "10:35:00", 25, Some("alone"))]));
    let row = desk.list().rows()[desk.list().position()];
    assert!(matches!(row, TableRow::Alert(_)), "{}", desk.screen());
    desk.keys("a");
    assert_eq!((status(&desk, 13), status(&desk, 15)), (Status::Acknowledged, Status::Open));
    // It becomes part of the attack, under another id.
    desk.keys("h g");
    let joined = [(10, "10:12:00", 60), (11, "10:20:00", 86), (12, "10:31:00", 21)];
    desk.tell(Update::Alerts(joined.map(|(n, time, priority)| of(n, time, priority, Some("alone"))).to_vec()));
    assert!(desk.list().on_group().is_some_and(|group| group.counts.all() == 5), "{}", desk.screen());
    assert_eq!(desk.list().selected(), Some(&id(11)));
}

#[test]
fn counts_are_of_what_is_shown() {
    let mut desk = attacked(80, 24);
    desk.tell(Update::Alerts(vec![AlertRow { held: true, ..of(16, "10:34:00", 21, Some("attack")) }]));
    assert!(line(&desk, "3 alerts").contains("support-readonly"), "{}", desk.screen());
    desk.keys("H");
    assert!(line(&desk, "4 alerts").contains("support-readonly"), "{}", desk.screen());
    desk.keys("/ \"priority >= 60\" Enter");
    assert!(line(&desk, "2 alerts").contains("support-readonly"), "{}", desk.screen());
    desk.keys("/ Ctrl+U \"incident:attack and priority < 30\" Enter");
    assert_eq!(desk.list().shown, 2, "{}", desk.screen());
}

#[test]
fn what_has_come_is_marked_until_it_has_been_looked_at() {
    let mut desk = attacked(80, 24);
    assert!(line(&desk, "3 alerts").starts_with("▸+"), "nobody has pressed a key: {}", desk.screen());
    desk.keys("j");
    assert!(line(&desk, "3 alerts").starts_with("  "), "{}", desk.screen());
    // It grew.
    desk.tell(Update::Alerts(vec![of(17, "10:36:00", 21, Some("attack"))]));
    assert!(line(&desk, "4 alerts").starts_with(" +"), "{}", desk.screen());
    desk.keys("k");
    assert!(line(&desk, "4 alerts").starts_with("▸ "), "{}", desk.screen());
    // Far down, and fifteen come above.
    let many = |n: usize| of(n, "09:00:00", 22, None);
    desk.tell(Update::Alerts((20..60).map(many).collect()));
    desk.keys("G");
    desk.tell(Update::Alerts((60..75).map(|n| of(n, "09:30:00", 40, None)).collect()));
    assert!(desk.screen().contains("▲ 51 new above"), "{}", desk.screen());
    desk.keys("g");
    assert!(desk.screen().contains("new below") && !desk.screen().contains("new above"), "{}", desk.screen());
}

fn any_status() -> impl Strategy<Value = Status> {
    let closed = Reason::ALL.into_iter().map(Status::Closed);
    proptest::sample::select([Status::Open, Status::Acknowledged].into_iter().chain(closed).collect::<Vec<_>>())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    /// Whatever the alerts of an incident were, closing it and taking that back leaves each as it was.
    #[test]
    fn a_decision_on_an_incident_is_taken_back_as_one(
        before in proptest::collection::vec(any_status(), 2..12), reason in 1usize..5, moves in 0usize..4,
    ) {
        let mut desk = Desk::bare(80, 24);
        desk.tell_rules(vec![crate::sample::loaded(crate::sample::rule())]);
        let numbers: Vec<usize> = (10..10 + before.len()).collect();
        desk.tell(Update::Alerts(numbers.iter().map(|&n| of(n, "10:12:00", 60, Some("attack"))).collect()));
        let decided = (1..).zip(&numbers).zip(&before).filter(|(_, status)| **status != Status::Open);
        let decisions =
            decided.map(|((seq, &n), &status)| decision(seq, n, today("09:00:00"), "mk", Action::SetStatus { status }));
        desk.tell(Update::Decisions(decisions.collect()));
        desk.tell(Update::Loaded);
        let now = |desk: &Desk| numbers.iter().map(|&n| status(desk, n)).collect::<Vec<_>>();
        prop_assert_eq!(now(&desk), before.clone());
        desk.keys(&format!("c {reason}"));
        let all = Status::Closed(Reason::ALL[reason - 1]);
        prop_assert!(now(&desk).iter().all(|status| *status == all));
        for _ in 0..moves {
            desk.keys("j 6 Esc Enter");
        }
        if before.iter().any(|status| *status != all) {
            desk.keys("u");
        }
        prop_assert_eq!(now(&desk), before);
    }
}
