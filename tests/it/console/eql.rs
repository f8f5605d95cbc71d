//! Explore in EQL, driven with keys.

use watchfloor::app::{Msg, View};
use watchfloor::engine::{Explored, Extent, Groups, Question, Update};
use watchfloor::query::Language;
use watchfloor::ui::{Glyphs, Palette, Theme};

use crate::desk::Desk;
use crate::sample::{loaded, rule, today};

const SEQUENCE: &str = "sequence by user.name [any where event.action == \"A\"] [any where true]";

fn asked(desk: &Desk) -> &Question {
    desk.questions.last().expect("a question")
}

/// What was asked last, and in which language.
fn query(desk: &Desk) -> (Language, &str) {
    (asked(desk).language, asked(desk).query.as_str())
}

/// Types a question in EQL, and asks it.
fn ask(desk: &mut Desk, question: &str) {
    desk.keys(": \"eql\" Enter");
    desk.send(Msg::Paste(question.to_owned()));
    desk.keys("Enter");
}

fn rows(desk: &Desk) -> Vec<String> {
    desk.screen().lines().map(str::to_owned).collect()
}

#[test]
fn the_palette_switches_to_eql_and_back_and_asks_at_once() {
    let mut desk = Desk::new(80, 24);
    desk.keys(": \"eql\" Enter");
    assert_eq!(desk.app.view(), View::Explore);
    assert!(rows(&desk)[2].starts_with("explore EQL"), "{}", desk.screen());
    assert!(rows(&desk)[3].contains("any where …"), "{}", desk.screen());
    desk.keys("\"any where event.action : 'x'\" Enter");
    assert_eq!(desk.questions.len(), 0, "single quotes are refused");
    assert!(desk.screen().contains('^'), "{}", desk.screen());
    desk.keys("Ctrl+U \"any where source.port > 1 since 7d\" Enter");
    assert_eq!(query(&desk), (Language::Eql, "any where source.port > 1"));
    assert!(asked(&desk).since.is_some());
    assert!(rows(&desk)[2].starts_with("explore EQL any where source.port > 1 since 7d"), "{}", desk.screen());
    desk.keys(": \"kql event.action: x\" Enter");
    assert_eq!(query(&desk), (Language::Kql, "event.action: x"));
    assert!(rows(&desk)[2].starts_with("explore KQL event.action: x"), "{}", desk.screen());
    // The question before is asked again in its own language.
    desk.keys("Backspace");
    assert_eq!(query(&desk), (Language::Eql, "any where source.port > 1"));
}

#[test]
fn one_key_switches_the_language_and_another_does_so_while_typing() {
    let mut desk = Desk::new(80, 24);
    desk.keys("E \"a: 1 since 7d\" Enter L");
    assert!(rows(&desk)[2].starts_with("explore EQL since 7d"), "the window stays: {}", desk.screen());
    desk.keys("Ctrl+O");
    assert!(rows(&desk)[2].starts_with("explore KQL since 7d"), "{}", desk.screen());
    desk.keys("Ctrl+O Enter");
    assert_eq!(query(&desk), (Language::Eql, "any where true"), "nothing typed is every event");
    assert!(asked(&desk).since.is_some());
    assert!(rows(&desk)[2].starts_with("explore EQL since 7d"), "{}", desk.screen());
    desk.keys("/ Esc");
    assert_eq!(desk.questions.len(), 2, "going back asks nothing");
}

#[test]
fn an_error_is_shown_at_its_place_with_what_to_do() {
    let mut desk = Desk::new(80, 24);
    desk.keys(": \"eql any where event.action = 1\" Enter");
    assert_eq!(desk.questions.len(), 0);
    let screen = rows(&desk);
    assert_eq!(screen[3].find('^'), Some("explore EQL any where event.action ".len()), "{}", desk.screen());
    assert!(screen[4].contains("=="), "{}", desk.screen());
    // Not only the grammar: what no event could be asked is refused too.
    desk.keys("Ctrl+U \"any where event.action == user.name\" Enter");
    assert_eq!(desk.questions.len(), 0, "{}", desk.screen());
    assert!(desk.screen().contains('^'), "{}", desk.screen());
}

#[test]
fn a_field_that_nobody_has_is_named_but_for_an_optional_one() {
    let mut desk = Desk::new(80, 24);
    desk.keys(": \"eql\" Enter \"any where ?x.y == null and evnt.action == null\"");
    let place = "explore EQL any where ?x.y == null and ".len();
    assert_eq!(rows(&desk)[3].find('^'), Some(place), "{}", desk.screen());
    assert!(rows(&desk)[4].contains("`event.action`"), "{}", desk.screen());
}

#[test]
fn names_are_completed_without_a_colon() {
    let mut desk = Desk::new(80, 24);
    desk.keys(": \"eql\" Enter \"sequence by user.na\" Tab \" [any where event.provi\" Tab \" == null]\"");
    assert!(desk.screen().contains("by user.name [any where event.provider == null]"), "{}", desk.screen());
}

#[test]
fn a_value_narrows_a_question_for_single_events() {
    let mut desk = Desk::new(160, 45);
    ask(&mut desk, "any where source.port > 1 or user.name == null | head 9");
    desk.keys("+ 1");
    let narrowed =
        "any where (source.port > 1 or user.name == null) and event.action == \"DescribeDBSnapshots\" | head 9";
    assert_eq!(query(&desk), (Language::Eql, narrowed));
    desk.keys("- 1");
    assert!(query(&desk).1.contains(" and event.action != \""), "{}", query(&desk).1);
    desk.keys("Tab j =");
    assert_eq!(query(&desk), (Language::Eql, r#"any where event.action == "quo\"ted \\ value""#));
    desk.keys("G Enter");
    assert_eq!(query(&desk).1, r#"any where event.action == "quo\"ted \\ value" and event.action == null"#);
}

#[test]
fn a_sequence_is_shown_event_by_event_and_held_together() {
    for (columns, rows) in [(80, 24), (160, 45)] {
        let mut desk = Desk::new(columns, rows);
        ask(&mut desk, SEQUENCE);
        desk.keys("j j");
        insta::assert_snapshot!(format!("explore_sequence_{columns}x{rows}"), desk.screen());
    }
    let mut desk = Desk::new(80, 24);
    ask(&mut desk, SEQUENCE);
    let ascii = desk.screen_as(Theme { theme: Palette::Colour, glyphs: Glyphs::Ascii });
    assert!(ascii.is_ascii(), "{ascii}");
    desk.keys("+ 1");
    assert_eq!(desk.questions.len(), 1);
    assert!(desk.screen().contains("only a question for single events can be narrowed"), "{}", desk.screen());
    desk.keys("j Enter");
    assert!(desk.screen().contains("Event 2 of 40"), "{}", desk.screen());
    desk.keys("]");
    assert!(desk.screen().contains("Event 3 of 40"), "{}", desk.screen());
}

#[test]
fn before_the_end_only_the_events_that_may_take_part_are_counted() {
    let mut desk = Desk::new(80, 24);
    desk.answers = false;
    ask(&mut desk, SEQUENCE);
    let ticket = asked(&desk).ticket;
    let of = Extent { files: 9, documents: 0 };
    let so_far = Explored { ticket, of, matched: 12, groups: Groups::Sequences(0), ..Explored::default() };
    desk.tell(Update::Explored(Box::new(so_far.clone())));
    assert!(desk.screen().contains("12 events may take part · searching"), "{}", desk.screen());
    assert!(desk.screen().contains("known once all are read"), "{}", desk.screen());
    desk.tell(Update::Explored(Box::new(Explored { done: true, matched: 0, ..so_far })));
    assert!(desk.screen().contains("0 sequences of 0 events"), "{}", desk.screen());
    assert!(desk.screen().contains("no sequence matches"), "{}", desk.screen());
}

#[test]
fn the_query_of_a_rule_is_asked_in_its_language_on_one_line() {
    let mut desk = Desk::new(80, 40);
    let mut rule = rule();
    rule.language = "eql".to_owned();
    rule.query = "sequence by user.name // who\n  [any where true]\n  [any where source.port > 1]".to_owned();
    desk.tell(Update::Rules(vec![loaded(rule)]));
    desk.keys("5 g");
    let screen = desk.screen();
    assert!(screen.contains("EQL, sequence"), "{screen}");
    assert!(screen.contains("│    [any where source.port > 1]"), "its own line breaks: {screen}");
    while !desk.screen().lines().any(|line| line.contains("▸ sequence")) {
        desk.keys("j");
    }
    desk.keys("=");
    let line = "sequence by user.name [any where true] [any where source.port > 1]";
    assert_eq!(query(&desk), (Language::Eql, line));
}

#[test]
fn what_is_asked_from_an_alert_is_kql_whatever_was_asked_before() {
    let mut desk = Desk::new(80, 24);
    desk.keys(": \"eql any where true\" Enter Esc 4 e / \"s3bucket\" Enter =");
    let field = "aws.cloudtrail.flattened.request_parameters.s3BucketName";
    assert_eq!(query(&desk), (Language::Kql, format!("{field}:\"finance-exports\"").as_str()));
    assert_eq!(asked(&desk).now, today("10:42:07"));
}
