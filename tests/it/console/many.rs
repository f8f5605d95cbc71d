//! Ten thousand alerts.

use std::time::Instant;

use watchfloor::app::{Cmd, KeyCode, KeyPress, Msg};
use watchfloor::engine::{Request, Update};
use watchfloor::triage::Status;
use watchfloor::ui::Theme;

use crate::desk::Desk;
use crate::sample::{listed, today};

const MANY: usize = 10_000;

fn desk() -> Desk {
    let mut desk = Desk::new(160, 45);
    let time = |n: usize| today("00:00:00") + chrono::Duration::seconds(i64::try_from(n * 7919 % 86_400).unwrap());
    let one = |n: usize| {
        let (who, from) = (format!("role-{}/session-{n}", n % 97), format!("10.0.{}.{}", n / 250 % 250, n % 250));
        listed(n, time(n), &who, &from, &format!("snapshot:orders-{n}"))
    };
    desk.tell(Update::Alerts((10..10 + MANY).map(one).collect()));
    desk
}

#[test]
fn all_of_them_are_decided_and_taken_back_at_once() {
    let mut desk = desk();
    desk.keys("V a");
    let acknowledged =
        desk.app.shared().alerts.entries().iter().filter(|e| e.case().status == Status::Acknowledged).count();
    // All but the one that is closed.
    assert_eq!(acknowledged, MANY + 3);
    assert!(desk.app.shared().alerts.entries().iter().all(|e| !e.unsaved()));
    desk.keys("u");
    assert_eq!(desk.list().counts.open, MANY + 2);
}

#[test]
fn rows_are_copied_as_the_table_has_them() {
    let mut desk = Desk::new(80, 24);
    desk.keys("space space y");
    assert!(desk.screen().contains("2 rows"), "{}", desk.screen());
    desk.keys("1");
    let Some(Cmd::Copy(text)) = desk.cmds.last() else { panic!("{:?}", desk.cmds) };
    let rows: Vec<Vec<&str>> = text.lines().map(|l| l.split(" | ").collect()).collect();
    assert_eq!(rows.len(), 4, "{text}");
    assert!(rows.iter().all(|r| r.len() == rows[0].len()), "{text}");
    assert_eq!(rows[0][0], "| Time");
    assert!(text.contains("jsmith") && text.contains("203.0.113.77"), "{text}");
}

#[test]
fn a_filter_is_put_to_many_alerts_in_parts_and_never_loses_the_selection() {
    let mut desk = desk();
    desk.keys("j j j");
    let selected = desk.list().selected().cloned();
    let rows = desk.list().rows().to_vec();
    desk.keys("/");
    desk.app.update(Msg::Paste("role-7/".to_owned()));
    assert!(desk.app.is_busy());
    assert!(desk.screen().contains("filtering"), "{}", desk.screen());
    assert_eq!(desk.list().rows(), rows, "until all have been asked");
    desk.app.update(Msg::GoOn);

    // A new filter overtakes it: what the old one would have come to never shows.
    desk.app.update(Msg::Paste("session-7".to_owned()));
    while desk.app.is_busy() {
        assert_eq!(desk.list().rows(), rows);
        desk.app.update(Msg::GoOn);
    }
    let shown: Vec<_> = desk.shown_entries().map(|e| e.row.summary.actor.clone().unwrap_or_default()).collect();
    assert!(!shown.is_empty() && shown.iter().all(|actor| actor.starts_with("role-7/session-7")), "{shown:?}");

    desk.app.update(Msg::Key(KeyPress { code: KeyCode::Esc, ctrl: false, alt: false }));
    assert_eq!(desk.list().rows(), rows, "nothing to ask, nothing to wait for");
    assert_eq!(desk.list().selected(), selected.as_ref(), "it was not let through, and now it is again");
}

#[test]
fn many_alerts_are_sorted_in_parts_and_the_selection_stays() {
    let mut desk = desk();
    desk.keys("j j j");
    let (selected, rows) = (desk.list().selected().cloned(), desk.list().rows().to_vec());
    let key = |c| Msg::Key(KeyPress { code: KeyCode::Char(c), ctrl: false, alt: false });
    desk.app.update(key('s'));
    desk.app.update(key('6'));
    let mut parts = 0;
    while desk.app.is_busy() {
        assert_eq!(desk.list().rows(), rows, "until all are sorted");
        desk.app.update(Msg::GoOn);
        parts += 1;
    }
    assert!(parts > 3, "{parts}");
    let actors: Vec<_> = desk.shown_entries().map(|e| e.row.summary.actor.clone()).collect();
    assert!(actors.is_sorted() && desk.list().rows() != rows);
    assert_eq!(desk.list().selected(), selected.as_ref());

    // The same again before that has come to its end: the other way round, and back.
    for _ in 0..2 {
        desk.app.update(key('s'));
        desk.app.update(key('6'));
    }
    while desk.app.is_busy() {
        desk.app.update(Msg::GoOn);
    }
    let again: Vec<_> = desk.shown_entries().map(|e| e.row.summary.actor.clone()).collect();
    assert_eq!(again, actors);
}

#[test]
fn a_word_that_matches_nothing_on_the_way_loses_no_selection() {
    let mut desk = Desk::new(80, 24);
    desk.keys("j j");
    let selected = desk.list().selected().cloned().unwrap();
    let actor = desk.selected().unwrap().row.summary.actor.clone().unwrap();
    desk.keys("/");
    desk.app.update(Msg::Paste(format!("{actor}~")));
    assert_eq!(desk.list().selected(), None);
    desk.app.update(Msg::Key(KeyPress { code: KeyCode::Backspace, ctrl: false, alt: false }));
    assert_eq!(desk.list().selected(), Some(&selected));
    desk.keys("Enter");
    assert_eq!(desk.list().selected(), Some(&selected));
}

#[test]
fn alerts_that_come_while_a_filter_is_on_its_way_are_put_to_it_too() {
    let mut desk = desk();
    desk.keys("/");
    desk.app.update(Msg::Paste("role-7/".to_owned()));
    let late = |n: usize, who: &str| listed(n, today("23:59:59"), who, "10.0.0.1", "snapshot:late");
    desk.tell(Update::Alerts(vec![late(20_000, "role-7/late"), late(20_001, "role-8/late")]));
    while desk.app.is_busy() {
        desk.app.update(Msg::GoOn);
    }
    let actors: Vec<_> = desk.shown_entries().map(|e| e.row.summary.actor.clone().unwrap_or_default()).collect();
    assert!(actors.contains(&"role-7/late".to_owned()) && !actors.contains(&"role-8/late".to_owned()), "{actors:?}");
    assert_eq!(desk.app.alerts().hidden_new, 1);
}

#[test]
fn of_a_filter_on_the_events_what_is_known_shows_and_late_answers_change_nothing() {
    let mut desk = Desk::new(80, 24);
    desk.keys("j");
    let selected = desk.list().selected().cloned().unwrap();
    let all: Vec<_> = desk.app.shared().alerts.entries().iter().map(|e| e.row.id.clone()).collect();
    desk.keys("/").send(Msg::Paste("user_agent.original:aws*".to_owned()));
    let asked = |desk: &Desk| {
        desk.cmds.iter().rev().find_map(|cmd| match cmd {
            Cmd::Ask(Request::Match { queries, alerts: None }) => Some(queries.clone()),
            _ => None,
        })
    };
    let [query] = asked(&desk).unwrap().try_into().unwrap();
    assert_eq!(query, "user_agent.original:aws*");
    assert_eq!(desk.list().selected(), Some(&selected), "while nothing is known of it");

    let matched = |query: &str, found, whole| Msg::Engine(Update::Matched { query: query.to_owned(), found, whole });
    desk.send(matched("user_agent.original:aw*", all.iter().map(|id| (id.clone(), false)).collect(), true));
    assert!(desk.app.alerts().filter.waiting(), "an answer to an older filter");
    let other = all.iter().find(|id| **id != selected).unwrap();
    desk.send(matched(&query, vec![(other.clone(), true)], false));
    assert_eq!(desk.shown_entries().count(), 2);
    assert_eq!(desk.list().selected(), Some(&selected));
    desk.send(matched(&query, all.iter().map(|id| (id.clone(), id == other)).collect(), true));
    assert_eq!(desk.list().selected(), Some(other), "it is known now, and not let through");
    assert_eq!(desk.shown_entries().count(), 1);

    // Of what comes now only that is asked.
    desk.tell(Update::Alerts(vec![listed(77, today("23:00:00"), "new", "10.0.0.1", "snapshot:new")]));
    let Some(Cmd::Ask(Request::Match { queries, alerts: Some(alerts) })) = desk.cmds.last() else {
        panic!("{:?}", desk.cmds)
    };
    assert_eq!((queries.as_slice(), alerts.len()), ([query].as_slice(), 1));
    desk.keys("Esc");
    assert!(!desk.app.alerts().filter.is_set());
}

/// Prints how long keys take; run it with `--ignored --nocapture`.
#[test]
#[ignore = "a measurement, not a test"]
fn how_long_a_key_takes() {
    let mut desk = desk();
    let keys = [
        "j",
        "PgDn",
        "G",
        "g",
        "space",
        "a",
        "u",
        "2",
        "1",
        "Esc",
        "s",
        "4",
        "/",
        "\"j\"",
        "\"s\"",
        "Esc",
        "/",
        "\"status:open and actor:x\"",
        "Esc",
        "t",
    ];
    for key in keys {
        let before = Instant::now();
        desk.keys(key);
        let updated = before.elapsed();
        desk.buffer(Theme::default());
        println!("{key:30} update {updated:?}, with a whole new terminal drawn {:?}", before.elapsed());
    }
    let before = Instant::now();
    desk.keys("V a");
    println!("all acknowledged and stored: {:?}", before.elapsed());
}
