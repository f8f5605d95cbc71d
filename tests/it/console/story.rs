//! The Story tab.

use chrono::TimeDelta;
use watchfloor::app::{Tab, View};
use watchfloor::engine::{StoryQuestion, Update};
use watchfloor::investigate::Trace;
use watchfloor::triage::{AlertRow, IncidentId};

use crate::desk::Desk;
use crate::found::story;
use crate::sample::{listed, today};

/// Two alerts of one incident, the second is on the failed export of the story; and one by itself.
fn alerts() -> Vec<AlertRow> {
    let one = |n, time, key: &str| {
        let mut row = listed(n, today(time), "etl-role/jsmith", "198.51.100.23", "cluster-snapshot:orders-2026-11-23");
        row.assessment.trace = Trace {
            principal: Some("arn:aws:sts::111122223333:assumed-role/etl-role/jsmith".to_owned()),
            keys: vec![key.to_owned()],
            lineage: vec!["AKIAEXAMPLEKEY000001".to_owned()],
            address: Some("198.51.100.23".to_owned()),
            ..Trace::default()
        };
        row.incident = Some(IncidentId("df87694f7e1abefa".to_owned()));
        row
    };
    let first = one(20, "10:41:52", "ASIAEXAMPLEKEY000001");
    let mut second = one(21, "10:38:10", "ASIAEXAMPLEKEY000002");
    second.event_id = "event-10:38:10".to_owned();
    second.rule_name = "Export that failed".to_owned();
    let mut alone = one(22, "11:59:00", "ASIAEXAMPLEKEY000003");
    alone.incident = None;
    vec![first, second, alone]
}

/// On the first alert, in its story.
fn desk(columns: u16, rows: u16) -> Desk {
    let mut desk = Desk::bare(columns, rows);
    desk.tell_rules(vec![crate::sample::loaded(crate::sample::rule())]);
    desk.tell(Update::Alerts(alerts()));
    desk.tell(Update::Loaded);
    // Each alert is a row of its own.
    desk.keys("b 6 g");
    let is_first = |desk: &Desk| desk.selected().is_some_and(|entry| entry.row.event_id == alerts()[0].event_id);
    let found = (0..alerts().len()).any(|_| is_first(&desk) || is_first(desk.keys("j")));
    assert!(found, "{}", desk.screen());
    desk.keys("3");
    desk
}

fn asked(desk: &Desk) -> StoryQuestion {
    desk.stories.last().cloned().flatten().expect("a story that was asked for")
}

/// The line of the screen that holds `text`.
fn line(desk: &Desk, text: &str) -> String {
    let screen = desk.screen();
    let found = screen.lines().find(|line| line.contains(text));
    found.unwrap_or_else(|| panic!("no {text} on\n{screen}")).to_owned()
}

/// The line under the cursor of the detail.
fn under_cursor(desk: &Desk) -> String {
    let screen = desk.screen();
    let in_detail = screen.lines().skip_while(|line| !line.contains("[3]Story"));
    let found = in_detail.filter(|line| line.contains('▸')).find(|l| l.trim_start_matches(['│', ' ']).starts_with('▸'));
    found.unwrap_or_else(|| panic!("no cursor on\n{screen}")).to_owned()
}

#[test]
fn the_story_is_of_all_alerts_of_the_incident() {
    let mut desk = desk(80, 60);
    let question = asked(&desk);
    let keys: Vec<&str> = question.cast.keys.iter().map(String::as_str).collect();
    assert_eq!(keys, ["AKIAEXAMPLEKEY000001", "ASIAEXAMPLEKEY000001", "ASIAEXAMPLEKEY000002"]);
    let half = TimeDelta::minutes(30);
    assert_eq!(question.from, Some(today("10:38:10") - half));
    assert_eq!(question.to, Some(today("10:41:52") + half));
    assert!(line(&desk, "this alert: AWS RDS Snapshot Export").contains("priority"));
    assert!(line(&desk, "alert: Export that failed").contains("priority"));
    assert!(line(&desk, "CreateRole").contains("role/rds-s3-export-v2"), "{}", desk.screen());
    assert!(line(&desk, "KMSKey").contains("StartExportTask"), "the outcome of what failed");
    assert!(line(&desk, "no longer readable").contains("3 files"));
    assert!(under_cursor(&desk).contains("10:41:52"), "the cursor begins on the alert");

    let asked_before = desk.stories.len();
    desk.keys("]");
    assert_eq!(desk.stories.len(), asked_before, "another alert of the incident has the same story");
    assert!(line(&desk, "this alert:").contains("Export that failed"), "{}", desk.screen());
    desk.keys("[ [");
    assert_ne!(asked(&desk).cast, question.cast, "an alert beside it has another");
}

#[test]
fn time_and_what_belongs_are_asked_for_anew() {
    let mut desk = desk(80, 40);
    let first = asked(&desk);
    desk.keys(">");
    assert_eq!(asked(&desk).from, Some(today("10:38:10") - TimeDelta::hours(2)));
    desk.keys("> > >");
    assert_eq!((asked(&desk).from, asked(&desk).to), (None, None));
    line(&desk, "all of the log");
    desk.keys(">");
    line(&desk, "this is all of the log");
    desk.keys("< < < <");
    assert_eq!(asked(&desk).from, first.from);
    assert_eq!((asked(&desk).cast.addresses.len(), asked(&desk).cast.targets.len()), (1, 0));
    desk.keys("w");
    assert_eq!((asked(&desk).cast.addresses.len(), asked(&desk).cast.targets.len()), (1, 1));
    line(&desk, "target (T)");
    desk.keys("w");
    assert_eq!((asked(&desk).cast.addresses.len(), asked(&desk).cast.targets.len()), (0, 0));
    desk.keys("1");
    assert_eq!(desk.stories.last(), Some(&None), "a story that nobody reads is closed");
}

#[test]
fn an_answer_to_an_older_question_is_not_shown() {
    let mut desk = desk(80, 40);
    let before = asked(&desk);
    desk.answers = false;
    desk.keys(">");
    line(&desk, "searching");
    let mut late = story(&before);
    late.scenes.clear();
    desk.tell(Update::Story(Box::new(late)));
    line(&desk, "CreateRole");
    line(&desk, "searching");
    desk.tell(Update::Story(Box::new(story(&asked(&desk)))));
    assert!(!desk.screen().contains("searching"), "{}", desk.screen());
}

#[test]
fn a_run_of_looks_unfolds_and_all_looks_can_be_hidden() {
    let mut desk = desk(80, 40);
    assert!(!desk.screen().contains("DescribeDBInst"));
    desk.keys("g j");
    assert!(under_cursor(&desk).contains("4 reads, rds"), "{}", desk.screen());
    desk.keys("Enter");
    line(&desk, "DescribeDBInst");
    assert!(under_cursor(&desk).contains("4 reads, rds"));
    desk.keys("Enter");
    assert!(!desk.screen().contains("DescribeDBInst"));
    desk.keys("-");
    line(&desk, "5 reads hidden");
    assert!(!desk.screen().contains("4 reads, rds") && !desk.screen().contains("DescribeExportTasks"));
    desk.keys("-");
    line(&desk, "4 reads, rds");
}

#[test]
fn enter_opens_the_record_and_esc_comes_back_to_the_row() {
    let mut desk = desk(80, 40);
    desk.keys("k k k");
    let before = under_cursor(&desk);
    assert!(before.contains("CreateRole"), "{before}");
    desk.keys("Enter");
    line(&desk, "eventID: \"event-10:16:00\"");
    desk.keys("Esc");
    assert_eq!((desk.app.view(), desk.app.alerts().tab), (View::Alerts, Tab::Story));
    assert_eq!(under_cursor(&desk), before);
}

#[test]
fn the_cursor_goes_from_alert_to_alert() {
    let mut desk = desk(80, 40);
    desk.keys("{");
    assert!(under_cursor(&desk).contains("10:38:10"));
    desk.keys("{");
    line(&desk, "there is no alert further up");
    desk.keys("}");
    assert!(under_cursor(&desk).contains("10:41:52"));
}

#[test]
fn any_value_of_a_row_is_a_question_for_explore() {
    let mut desk = desk(80, 40);
    desk.keys("k k k =");
    for value in ["roleName: role/rds-s3-export-v2", "source.address: 198.51.100.23", "event.action: CreateRole"] {
        line(&desk, value);
    }
    desk.keys("1");
    assert_eq!(desk.app.view(), View::Explore);
    let question = desk.questions.last().expect("a question");
    assert!(question.query.contains("rds-s3-export-v2"), "{}", question.query);
}

#[test]
fn an_alert_of_no_incident_has_a_story_of_its_own() {
    let mut desk = desk(80, 40);
    let mut alone = alerts().remove(0);
    alone.incident = None;
    desk.tell(Update::Alerts(vec![alone]));
    let keys: Vec<String> = asked(&desk).cast.keys.into_iter().collect();
    assert_eq!(keys, ["AKIAEXAMPLEKEY000001", "ASIAEXAMPLEKEY000001"]);
}

#[test]
fn what_is_learned_of_the_lineage_is_asked_for() {
    let mut desk = desk(80, 40);
    let mut row = alerts().remove(0);
    row.assessment.trace.lineage.push("ASIAEXAMPLEKEY000009".to_owned());
    desk.tell(Update::Alerts(vec![row]));
    assert!(asked(&desk).cast.keys.contains("ASIAEXAMPLEKEY000009"));
}

#[test]
fn an_address_that_many_use_is_said_to_be_left_out() {
    let mut desk = desk(80, 40);
    let mut rows = alerts();
    for row in &mut rows {
        row.assessment.trace.address_users = 14;
    }
    desk.tell(Update::Alerts(rows));
    line(&desk, "left out, as more than two use it: 198.51.100.23");
    assert!(asked(&desk).cast.addresses.is_empty());
}
