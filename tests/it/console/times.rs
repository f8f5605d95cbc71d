//! When things happened, as the table and the detail say it.

use watchfloor::app::Msg;
use watchfloor::engine::Update;
use watchfloor::triage::AlertRow;
use watchfloor::ui::{Glyphs, Palette, Theme};

use crate::desk::Desk;
use crate::sample::{at, listed, loaded, rule, today};

/// A console with these alerts and nothing else.
fn desk(columns: u16, rows: u16, alerts: Vec<AlertRow>) -> Desk {
    let mut desk = Desk::bare(columns, rows);
    desk.tell_rules(vec![loaded(rule())]);
    desk.tell(Update::Alerts(alerts));
    desk.tell(Update::Loaded);
    desk
}

fn of(n: usize, time: &str) -> AlertRow {
    listed(n, at(time), "etl-role/jsmith", "198.51.100.23", "snapshot:orders")
}

fn times() -> Vec<AlertRow> {
    let times = [
        "2027-01-01T00:30:00Z",
        "2026-11-25T00:30:00Z",
        "2026-11-24T12:00:00Z",
        "2026-11-24T10:45:00Z",
        "2026-11-24T00:00:01Z",
        "2026-11-23T23:59:59Z",
        "2026-11-19T10:41:52Z",
        "2025-12-31T23:30:00Z",
    ];
    times.into_iter().zip(1..).map(|(time, n)| of(n, time)).collect()
}

#[test]
fn each_row_says_its_day_and_what_is_ahead_is_marked() {
    for (columns, rows) in [(80, 24), (160, 45)] {
        let mut desk = desk(columns, rows, times());
        insta::assert_snapshot!(format!("times_{columns}x{rows}"), desk.screen());
        // An hour east of Greenwich two of them are on another day.
        desk.keys("t");
        insta::assert_snapshot!(format!("times_local_{columns}x{rows}"), desk.screen());
        let ascii = desk.screen_as(Theme { theme: Palette::NoColour, glyphs: Glyphs::Ascii });
        assert!(ascii.contains("13:00:00>") && ascii.is_ascii(), "{ascii}");
    }
}

#[test]
fn a_lone_alert_of_five_days_ago_shows_its_date() {
    let desk = desk(80, 24, vec![of(1, "2026-11-19T10:41:52Z")]);
    assert!(desk.screen().contains("11-19 10:41 "), "{}", desk.screen());
}

#[test]
fn the_detail_of_an_alert_in_the_future_says_so() {
    let mut desk = desk(160, 45, times());
    desk.keys("g");
    for said in ["in the future", "2027-01-01 00:30»"] {
        assert!(desk.screen().contains(said), "{}", desk.screen());
    }
    desk.keys("6");
    assert!(desk.screen().contains("2027-01-01 00:30:00Z  in the future"), "{}", desk.screen());
    desk.keys("Esc j j j");
    assert!(!desk.screen().contains("in the future"), "clocks differ by minutes: {}", desk.screen());
}

#[test]
fn at_midnight_a_screen_that_nobody_touches_is_drawn_anew() {
    let mut desk = desk(80, 24, vec![of(1, "2026-11-24T10:41:52Z")]);
    desk.app.drawn();
    desk.send(Msg::Now(today("23:59:59")));
    assert!(!desk.app.needs_draw());
    assert_eq!(desk.app.turns(), Some(at("2026-11-25T00:00:00Z")));
    desk.send(Msg::Now(at("2026-11-25T00:00:00Z")));
    assert!(desk.app.needs_draw());
    assert!(desk.screen().contains("11-24 10:41 "), "{}", desk.screen());
}

#[test]
fn an_event_is_no_longer_ahead_once_its_time_has_come() {
    let mut desk = desk(80, 24, vec![of(1, "2026-11-24T12:00:00Z")]);
    assert!(desk.screen().contains("12:00:00»"), "{}", desk.screen());
    desk.app.drawn();
    desk.send(Msg::Now(today("11:55:00")));
    assert!(desk.app.needs_draw());
    assert!(desk.screen().contains("12:00:00 "), "{}", desk.screen());
}
