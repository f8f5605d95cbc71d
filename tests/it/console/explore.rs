//! Explore, driven with keys.

use watchfloor::app::explore::Side;
use watchfloor::app::{Cmd, Pane, Tab, View};
use watchfloor::engine::{Explored, Extent, Phase, Playback, Question, ReadRecord, Request, Update};
use watchfloor::rule::{Pivot, Provider, Rule, StepDetail};

use crate::desk::Desk;
use crate::found::{explored, so_far};
use crate::sample::{health, id, rule, today};

/// What was asked last.
const THREE: Extent = Extent { files: 3, documents: 0 };

fn asked(desk: &Desk) -> &Question {
    desk.questions.last().expect("a question")
}

fn query(desk: &Desk) -> &str {
    asked(desk).query.as_str()
}

/// A rule whose first step offers searches.
pub(super) fn with_searches() -> Rule {
    let provider = |field: &str, value: &str| Provider {
        field: field.to_owned(),
        excluded: false,
        query_type: "phrase".to_owned(),
        value: value.to_owned(),
        value_type: "string".to_owned(),
    };
    let search = |label: &str, providers: Vec<Vec<Provider>>| StepDetail {
        text: label.to_owned(),
        pivot: Some(Pivot {
            label: label.to_owned(),
            description: "What else they did in the two days before.".to_owned(),
            providers,
            relative_from: Some("now-48h/h".to_owned()),
            relative_to: Some("now".to_owned()),
        }),
        details: Vec::new(),
    };
    let mut rule = rule();
    let mut checklist = (*rule.checklist).clone();
    checklist.sections[0].steps[0].details.extend([
        search("Events of the same user", vec![vec![provider("user.name", "{{user.name}}")]]),
        search("Events of the same host", vec![vec![provider("host.name", "{{host.name}}")]]),
    ]);
    rule.checklist = checklist.into();
    rule
}

#[test]
fn the_palette_takes_a_question_with_its_window() {
    let mut desk = Desk::new(80, 24);
    desk.keys(": \"explore event.action: Start* since 2026-11-23 until 1h\" Enter");
    let question = asked(&desk);
    assert_eq!(question.query, "event.action: Start*");
    assert_eq!(question.since, Some("2026-11-23T00:00:00Z".parse().unwrap()));
    assert_eq!(question.until, Some(today("09:42:07")));
    assert_eq!(question.now, today("10:42:07"));
    assert!(question.fields.iter().any(|field| field == "event.action"));
    let screen = desk.screen();
    assert!(screen.contains("1,533 events · the newest 40 listed · in 2,310 files"), "{screen}");
    assert!(screen.contains("a bar is 5 minutes"), "{screen}");
}

#[test]
fn esc_goes_back_to_exactly_where_she_was_and_the_answer_is_kept() {
    let mut desk = Desk::new(80, 24);
    desk.keys("j 2 j j n \"half\" Esc k j");
    let before = desk.screen();
    desk.keys("E \"event.action:x\" Enter j j Tab j Enter Esc");
    assert_eq!(desk.screen(), before);
    assert_eq!(
        (desk.app.alerts().pane, desk.app.alerts().tab, desk.list().selected()),
        (Pane::Detail, Tab::Checklist, Some(&id(2)))
    );
    assert_eq!(desk.cmds.last(), Some(&Cmd::Ask(Request::StopExploring)));
    let questions = desk.questions.len();
    desk.keys("E");
    assert_eq!(desk.questions.len(), questions, "the answer is still there");
    let explore = desk.app.explore();
    assert_eq!(explore.ask.text(), r#"event.action:x and event.action:"quo\"ted \\ value""#);
    assert_eq!((explore.side, explore.answer.matched), (Side::Values, 1_533));
}

#[test]
fn any_value_becomes_a_question_with_one_key() {
    let mut desk = Desk::new(160, 45);
    desk.keys("4 e / \"s3bucket\" Enter =");
    assert_eq!(query(&desk), r#"aws.cloudtrail.flattened.request_parameters.s3BucketName:"finance-exports""#);
    // The raw record names it otherwise.
    desk.keys("Esc e / \"s3bucket\" Enter =");
    assert_eq!(query(&desk), r#"aws.cloudtrail.flattened.request_parameters.s3BucketName:"finance-exports""#);
    // A value that no field of the document holds cannot be searched for, and is not.
    let questions = desk.questions.len();
    desk.keys("Esc / Ctrl+U \"mfa\" Enter =");
    assert_eq!(desk.questions.len(), questions);
    assert!(desk.screen().contains("no ECS field holds this value"), "{}", desk.screen());

    desk.keys("3 g j j =");
    assert!(desk.screen().contains("event.action: CreateRole"), "{}", desk.screen());
    desk.keys("2");
    let arn = "arn:aws:sts::111122223333:assumed-role/etl-role/jsmith";
    assert_eq!(query(&desk), format!("aws.cloudtrail.user_identity.arn:\"{arn}\""));

    desk.keys("Esc 5 j j =");
    assert_eq!(query(&desk), rule().query, "the rule's own query");
}

#[test]
fn a_value_of_the_overview_is_searched_for_as_the_log_has_it() {
    let mut desk = Desk::new(160, 45);
    let mut detail = crate::sample::detail(&id(1));
    detail.overview[9].field = Some("user_agent.original".to_owned());
    desk.tell(Update::Detail(Box::new(detail)));
    desk.keys("1 G");
    while !desk.screen().lines().any(|line| line.contains("▸ User agent")) {
        desk.keys("k");
    }
    desk.keys("=");
    assert_eq!(query(&desk), r#"user_agent.original:"aws-cli/2.15\u001b]0;owned\u0007""#);
}

#[test]
fn inside_explore_values_narrow_the_question_or_are_left_out() {
    let mut desk = Desk::new(80, 24);
    desk.keys("E \"a:1 or b:2 since 7d\" Enter Tab j +");
    assert_eq!(query(&desk), r#"(a:1 or b:2) and event.action:"quo\"ted \\ value""#);
    assert!(asked(&desk).since.is_some(), "the window stays");
    desk.keys("Backspace");
    assert_eq!(query(&desk), "a:1 or b:2");
    desk.keys("G -");
    assert_eq!(query(&desk), "(a:1 or b:2) and event.action:*", "left out: events without a value");
    desk.keys("Backspace =");
    assert_eq!(query(&desk), r#"event.action:"DescribeDBSnapshots""#);
    desk.keys("Tab j + 2");
    assert_eq!(query(&desk), r#"event.action:"DescribeDBSnapshots" and user.name:"root""#);
    assert!(desk.keys("Backspace Backspace Backspace").app.explore().earlier.is_empty());
    desk.keys("Backspace");
    assert!(desk.screen().contains("there was no question before"), "{}", desk.screen());
}

#[test]
fn an_error_is_shown_at_its_place_and_nothing_is_asked() {
    let mut desk = Desk::new(80, 24);
    desk.keys("E \"event.action: (a\" Enter");
    assert_eq!(desk.questions.len(), 0);
    let screen = desk.screen();
    let rows: Vec<&str> = screen.lines().collect();
    assert!(rows[2].starts_with("explore KQL event.action: (a"), "{screen}");
    assert_eq!(rows[3].find('^'), Some("explore KQL event.action: (a".len()), "{screen}");
    assert!(screen.contains("the question has an error"), "{screen}");
    desk.keys("\")\" Enter");
    assert_eq!(query(&desk), "event.action: (a)");
    desk.keys(": \"explore a:(\" Enter");
    assert_eq!(desk.questions.len(), 1);
    assert!(desk.screen().contains('^'), "{}", desk.screen());
    // Typing nothing at all and going back leaves the answer there was.
    desk.keys("Esc");
    assert_eq!(desk.app.explore().ask.text(), "event.action: (a)");
}

#[test]
fn partial_answers_show_and_only_those_to_the_last_question() {
    let mut desk = Desk::new(80, 24);
    desk.answers = false;
    desk.keys("E \"a:1\" Enter");
    assert!(desk.screen().contains("0 events · searching …"), "{}", desk.screen());
    let first = asked(&desk).clone();
    desk.tell(Update::Explored(Box::new(so_far(&first))));
    assert!(desk.screen().contains("25 events · searching, 12 of 2,310 files …"), "{}", desk.screen());
    desk.keys("j j j");
    let event = desk.app.explore().event().unwrap().at.clone();
    let mut whole = explored(&first);
    whole.events.rotate_right(3);
    desk.tell(Update::Explored(Box::new(whole)));
    assert_eq!(desk.app.explore().event().unwrap().at, event, "the cursor stays on its event");
    desk.keys("/ Ctrl+U \"b:2\" Enter");
    desk.tell(Update::Explored(Box::new(explored(&first))));
    assert_eq!(desk.app.explore().answer.matched, 0, "an answer to another question");
    // Left while it is under way: said, and taken up again when it is opened.
    desk.keys("Esc");
    assert_eq!(desk.cmds.last(), Some(&Cmd::Ask(Request::StopExploring)));
    let second = asked(&desk).clone();
    desk.tell(Update::Explored(Box::new(so_far(&second))));
    desk.keys("E");
    assert_eq!((query(&desk), asked(&desk).ticket > second.ticket), ("b:2", true));
}

#[test]
fn what_is_left_out_is_said() {
    let mut desk = Desk::new(160, 45);
    desk.answers = false;
    desk.keys("E \"a:1 and source.ip:here\" Enter");
    let mut answer = explored(asked(&desk));
    answer.gaps = Some("3 files are no longer readable, or not to their end".to_owned());
    answer.values[0].off_by = 17;
    answer.values[0].different = 9_000;
    desk.tell(Update::Explored(Box::new(answer)));
    desk.tell(Update::Health(Box::new(watchfloor::engine::Health { pending: 40, phase: Phase::Backlog, ..health() })));
    let screen = desk.screen();
    for said in [
        "the newest 40 listed",
        "counts of event.action may lack up to 17",
        "3 of over 9,000 values",
        "this part of the query never matches",
        "40 files still to be read",
        "3 files are no longer readable",
    ] {
        let words = screen.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(said), "{said} in\n{screen}");
    }
}

#[test]
fn an_event_opens_as_its_record_and_as_ecs_and_its_values_go_on() {
    let mut desk = Desk::new(80, 24);
    desk.keys("E \"a:1\" Enter j Enter");
    assert!(desk.screen().contains("Event 2 of 40 · the record"), "{}", desk.screen());
    assert!(desk.screen().contains("s3BucketName"), "{}", desk.screen());
    desk.keys("]");
    assert!(desk.screen().contains("Event 3 of 40"), "{}", desk.screen());
    assert!(desk.screen().contains("event-002"), "{}", desk.screen());
    desk.keys("e / \"s3\" Enter");
    assert!(desk.screen().contains("the ECS document"), "{}", desk.screen());
    desk.keys("f");
    let field = "aws.cloudtrail.flattened.request_parameters.s3BucketName";
    assert_eq!(asked(&desk).fields.last().map(String::as_str), Some(field));
    assert_eq!(desk.app.explore().field(), field);
    desk.keys("Tab Enter / \"s3\" Enter +");
    assert_eq!(query(&desk), format!("a:1 and {field}:\"finance-exports\""));
    desk.keys("Enter Esc");
    assert_eq!(desk.app.view(), View::Explore, "from the record to the lists");
    desk.keys("Esc");
    assert_ne!(desk.app.view(), View::Explore);
}

#[test]
fn a_record_that_is_gone_says_so() {
    let mut desk = Desk::new(80, 24);
    desk.keys("E \"a:1\" Enter");
    desk.answers = false;
    desk.keys("Enter");
    let Some(Cmd::Ask(Request::Record(at))) = desk.cmds.last().cloned() else { panic!("{:?}", desk.cmds) };
    desk.tell(Update::Record(Box::new(ReadRecord { at, found: None })));
    assert!(desk.screen().contains("the record is no longer there"), "{}", desk.screen());
}

#[test]
fn fields_are_chosen_from_a_menu_or_by_their_name() {
    let mut desk = Desk::new(80, 24);
    desk.keys("E \"a:1\" Enter f 5");
    assert_eq!(desk.questions.len(), 1, "it was counted already");
    assert!(desk.screen().contains("VALUES of aws.cloudtrail.error_code"), "{}", desk.screen());
    desk.keys("f 7 \"user_ag\" Tab Enter");
    assert_eq!(desk.questions.len(), 2);
    assert!(desk.screen().contains("VALUES of user_agent.original"), "{}", desk.screen());
    desk.keys("w 5");
    assert_eq!(desk.app.explore().ask.text(), "a:1 since 7d");
    assert_eq!(asked(&desk).fields.len(), 7, "the field stays");
}

#[test]
fn nothing_is_decided_about_alerts_that_are_not_on_the_screen() {
    let mut desk = Desk::new(80, 24);
    desk.keys("E \"a:1\" Enter a c n x o u space 1 2 s b H");
    assert_eq!(desk.app.shared().pending.saving(), 0);
    assert_eq!(desk.seq, 100, "nothing was written");
    assert!(desk.app.view() == View::Explore && desk.app.shared().overlay.is_none());
}

#[test]
fn on_a_replay_now_is_the_replay_clocks() {
    let mut desk = Desk::bare(80, 24);
    desk.app = watchfloor::app::App::new(watchfloor::app::Setup {
        mode: watchfloor::app::Mode::Replay,
        ..crate::sample::setup()
    });
    let (start, end) = (today("00:00:00"), today("12:00:00"));
    desk.tell(Update::Playback(Playback { now: today("09:00:00"), start, end, speed: 60.0, paused: true }));
    desk.keys("E \"a:1 since 1h\" Enter");
    assert_eq!((asked(&desk).since, asked(&desk).now), (Some(today("08:00:00")), today("09:00:00")));
}

#[test]
fn a_search_of_the_guide_opens_with_the_alerts_own_values_and_window() {
    let mut desk = Desk::new(160, 45);
    desk.tell(Update::Rules(vec![crate::sample::loaded(with_searches())]));
    desk.keys("2 j");
    let screen = desk.screen();
    assert!(screen.contains("→ Events of the same user"), "{screen}");
    assert!(screen.contains("Enter: user.name:\"etl-role\" since 2026-11-22T10:00:00Z"), "{screen}");
    // The step is still open, and ticked from here.
    assert!(screen.contains("role etl-role, session jsmith"), "{screen}");
    desk.keys("space");
    assert_eq!(desk.selected().unwrap().case().steps.len(), 1);
    desk.keys("K j Enter");
    let question = asked(&desk);
    assert_eq!(question.query, "user.name:\"etl-role\"");
    assert_eq!(question.since, Some("2026-11-22T10:00:00Z".parse().unwrap()));
    assert_eq!(question.until, Some("2026-11-24T10:41:52.001Z".parse().unwrap()));
    let questions = desk.questions.len();
    desk.keys("Esc j");
    assert_eq!(desk.app.alerts().tab, Tab::Checklist);
    assert!(desk.screen().contains("cannot be searched for: it asks for the event's host.name"), "{}", desk.screen());
    desk.keys("Enter");
    assert_eq!(desk.questions.len(), questions);
    assert!(desk.screen().contains("this search cannot be made"), "{}", desk.screen());
    desk.keys("j");
    assert_eq!(desk.app.alerts().step_under_cursor(), Some(&crate::sample::step_id(2)));
}

#[test]
fn values_are_copied_from_explore() {
    let mut desk = Desk::new(80, 24);
    desk.keys("E \"a:1\" Enter Tab j j y");
    assert_eq!(super::copied(&desk), ["x\\x1b[2J\\u{202e}y"]);
    desk.keys("Tab y 2");
    assert_eq!(super::copied(&desk).last(), Some(&"etl-role"));
}

#[test]
fn a_field_that_nobody_has_is_named_while_typing_and_where_no_event_is_found() {
    let mut desk = Desk::new(80, 24);
    desk.answers = false;
    let said = "`evnt.action` is no known field · did you mean `event.action`?";
    desk.keys("E \"evnt.action: x\"");
    let screen = desk.screen();
    let rows: Vec<&str> = screen.lines().collect();
    assert_eq!(rows[3].find('^'), Some("explore KQL ".len()), "{screen}");
    assert!(rows[4].starts_with(said), "{screen}");
    desk.keys("Enter");
    let question = asked(&desk).clone();
    let nothing = Explored { ticket: question.ticket, done: true, read: THREE, of: THREE, ..Explored::default() };
    desk.tell(Update::Explored(Box::new(nothing)));
    assert!(desk.screen().contains(said), "{}", desk.screen());
    desk.tell(Update::Explored(Box::new(explored(&question))));
    assert!(!desk.screen().contains(said), "an event has it: {}", desk.screen());
    desk.keys("f 7 \"user_agent.orignal\" Enter");
    assert!(desk.screen().contains("did you mean `user_agent.original`?"), "{}", desk.screen());
}

#[test]
fn an_answer_without_events_says_so() {
    let mut desk = Desk::new(80, 24);
    desk.answers = false;
    desk.keys("E Enter");
    let ticket = asked(&desk).ticket;
    desk.tell(Update::Explored(Box::new(Explored {
        ticket,
        done: true,
        read: THREE,
        of: THREE,
        ..Explored::default()
    })));
    let screen = desk.screen();
    assert!(screen.contains("explore KQL every event") && screen.contains("no event matches"), "{screen}");
    desk.keys("Enter + - y = f Esc Esc");
    assert_ne!(desk.app.view(), View::Explore);
}
