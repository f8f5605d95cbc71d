//! An alert of a sequence: its events in the Overview, the record of each, and its own events in the Story.

use watchfloor::app::Tab;
use watchfloor::detect::{Cost, Kept, Remembered};
use watchfloor::engine::Update;
use watchfloor::rule::{Rule, RuleType, Standing};
use watchfloor::ui::{Glyphs, Palette, Theme};

use crate::desk::Desk;
use crate::found::{SEQUENCE, looked_up, sequence, story};
use crate::rulebook::{entry, off};
use crate::sample::{id, listed, today};

/// On the alert of a sequence, the only one.
fn desk(columns: u16, rows: u16) -> Desk {
    let mut desk = Desk::bare(columns, rows);
    desk.tell_rules(vec![crate::sample::loaded(crate::sample::rule())]);
    let mut row = listed(SEQUENCE, today("10:41:52"), "etl-role/jsmith", "203.0.113.77", "user/backup");
    row.count = 3;
    row.reason.push_str(" Sequence of 3 events: CreateAccessKey, GetCallerIdentity.");
    desk.tell(Update::Alerts(vec![row]));
    desk.tell(Update::Loaded);
    desk
}

#[test]
fn the_overview_tells_its_events_in_order() {
    for (columns, rows) in [(80, 24), (160, 45)] {
        let mut desk = desk(columns, rows);
        desk.keys("1");
        insta::assert_snapshot!(format!("sequence_{columns}x{rows}"), desk.screen());
        desk.keys("4 {");
        insta::assert_snapshot!(format!("sequence_record_{columns}x{rows}"), desk.screen());
    }
    let mut desk = desk(80, 24);
    let ascii = desk.keys("1").screen_as(Theme { theme: Palette::Colour, glyphs: Glyphs::Ascii });
    assert!(ascii.is_ascii(), "{ascii}");
    insta::assert_snapshot!("sequence_ascii", ascii);
}

#[test]
fn the_headline_leaves_out_what_is_told_event_by_event() {
    let mut desk = desk(80, 24);
    assert!(!desk.keys("1").screen().contains("Sequence of 3 events"), "{}", desk.screen());
    let mut detail = looked_up(&id(SEQUENCE));
    detail.sequence.clear();
    desk.tell(Update::Detail(Box::new(detail)));
    assert!(desk.screen().contains("Sequence of 3 events"), "{}", desk.screen());
}

#[test]
fn many_events_are_cut_in_the_middle_and_counted() {
    let mut desk = desk(80, 40);
    let mut detail = looked_up(&id(SEQUENCE));
    let one = detail.sequence[1].clone();
    detail.sequence = vec![one; 100];
    desk.keys("1");
    desk.tell(Update::Detail(Box::new(detail)));
    let screen = desk.screen();
    assert!(screen.contains("Sequence  100 events in 0ms"), "{screen}");
    assert!(screen.contains("… 92 between them: 4 shows each"), "{screen}");
    assert_eq!(screen.matches("CreateAccessKey").count(), 8, "{screen}");
}

#[test]
fn where_it_is_tight_one_actor_of_all_is_said_once() {
    let told = |detail: watchfloor::engine::Detail| {
        let mut desk = desk(80, 24);
        desk.keys("1");
        desk.tell(Update::Detail(Box::new(detail)));
        let screen = desk.screen();
        screen.lines().skip_while(|line| !line.contains("Sequence")).take(4).map(str::to_owned).collect::<Vec<_>>()
    };
    let mut detail = looked_up(&id(SEQUENCE));
    detail.joined.truncate(1);
    detail.joined[0].value = None;
    let one = told(detail.clone());
    assert!(one[0].contains("3 events in 25m 52s, all by etl-role/jsmith · same lack of user.name"), "{one:#?}");
    assert!(one[1..].iter().all(|line| !line.contains("etl-role")), "{one:#?}");
    detail.sequence[0].scene.actor = "someone/else".to_owned();
    let two = told(detail);
    assert!(two[0].contains("3 events in 25m 52s · same lack of user.name"), "{two:#?}");
    assert!(two[1].contains("someone/else") && two[2].contains("etl-role"), "{two:#?}");
}

#[test]
fn each_event_has_its_record() {
    let mut desk = desk(80, 24);
    desk.keys("4");
    assert!(
        desk.screen().contains("Event 3 of 3 · 10:41:52Z · GetCallerIdentity by etl-role/jsmith"),
        "{}",
        desk.screen()
    );
    assert!(desk.screen().contains("number: 2"), "{}", desk.screen());
    desk.keys("}");
    assert!(desk.screen().contains("this is the last event of the sequence"), "{}", desk.screen());
    desk.keys("{ {");
    assert!(desk.screen().contains("Event 1 of 3") && desk.screen().contains("number: 0"), "{}", desk.screen());
    desk.keys("{");
    assert!(desk.screen().contains("this is the first event of the sequence"), "{}", desk.screen());
    desk.keys("} e");
    assert!(desk.screen().contains("Event 2 of 3") && desk.screen().contains("name: \"backup\""), "{}", desk.screen());
    // From the Overview, Enter on an event.
    desk.keys("1 g j Enter");
    assert_eq!(desk.app.alerts().tab, Tab::Event);
    assert!(desk.screen().contains("Event 1 of 3"), "{}", desk.screen());
}

#[test]
fn a_value_of_any_event_can_be_searched_for_and_copied() {
    let mut desk = desk(80, 24);
    desk.keys("1 g j j y");
    assert!(desk.screen().contains("event id"), "{}", desk.screen());
    desk.keys("Esc 4 { e / \"backup\" Enter =");
    assert_eq!(desk.questions.last().map(|question| question.query.as_str()), Some("user.target.name:\"backup\""));
}

#[test]
fn an_alert_of_one_event_has_no_others_to_go_to() {
    let mut desk = Desk::new(80, 24);
    desk.keys("4 }");
    assert!(desk.screen().contains("this alert is not of a sequence: it has one event"), "{}", desk.screen());
    desk.keys("E \"event.action:*\" Enter Enter }");
    assert!(desk.screen().contains("] goes to the next event"), "{}", desk.screen());
}

#[test]
fn the_story_marks_its_events_and_reaches_back_to_the_first() {
    let mut desk = desk(80, 50);
    desk.keys("3");
    let question = desk.stories.last().cloned().flatten().expect("a story that was asked for");
    let ids: Vec<String> = sequence().into_iter().map(|event| event.scene.event_id).collect();
    assert!(ids.iter().all(|id| question.cast.events.contains(id)), "{:?}", question.cast.events);
    assert_eq!(question.from, Some(today("09:46:00")), "half an hour before the first");
    let mut told = story(&question);
    told.scenes = sequence().into_iter().map(|event| event.scene).collect();
    told.scenes[2].event_id = desk.selected().expect("an alert").row.event_id.clone();
    desk.tell(Update::Story(Box::new(told)));
    let screen = desk.screen();
    assert!(screen.contains("event 1 of 3 of this alert: AWS RDS Snapshot Export"), "{screen}");
    for told in
        ["event 2 of 3 of this alert: AWS RDS", "event 3 of 3 of this alert: AWS RDS Snapshot Export · priority"]
    {
        assert!(screen.contains(told), "{screen}");
    }
    assert_eq!(screen.matches('‼').count(), 3, "{screen}");
    desk.keys("g }");
    assert!(desk.screen().contains("│▸ 10:16:09"), "{}", desk.screen());
}

#[test]
fn the_rules_view_says_how_much_it_remembers() {
    let mut desk = desk(80, 24);
    let sequence = Rule { kind: RuleType::Eql, name: "Key for Another, Used".into(), ..crate::sample::rule() };
    let mut rule = entry(sequence, Standing::Loaded);
    desk.tell_rules(vec![rule.clone()]);
    desk.keys("R Enter");
    assert!(!desk.screen().contains("Remembers"), "nobody has counted: {}", desk.screen());
    let tell = |desk: &mut Desk, (events, groups), forgotten| {
        let kept = Kept::Events { events, groups };
        let remembered = Some(Remembered { kept, most: 50_000, forgotten });
        desk.tell(Update::Costs(vec![("rds-snapshot-export".into(), Cost { remembered, ..Cost::default() })]));
        desk.screen().split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let screen = tell(&mut desk, (1, 1), 0);
    assert!(screen.contains("Remembers 1 of at most 50,000 events, in 1 group "), "{screen}");
    let screen = tell(&mut desk, (43_751, 1_204), 37);
    let said = "43,751 of at most 50,000 events, in 1,204 groups · 37 groups, those quiet the longest, forgotten";
    assert!(screen.contains(said), "{screen}");
    insta::assert_snapshot!("sequence_remembered_80x24", desk.screen());
    rule.switch = Some(off("rds-snapshot-export", "mk"));
    desk.tell_rules(vec![rule]);
    assert!(!desk.screen().contains("Remembers"), "{}", desk.screen());
}
