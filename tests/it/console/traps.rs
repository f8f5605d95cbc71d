//! Keys that must do what she expects, and only that.

use watchfloor::app::{Cmd, Mode, Msg, Overlay, Setup, Tab, keys};
use watchfloor::engine::{Health, Phase, Playback, Update};
use watchfloor::triage::StepState;

use crate::desk::Desk;
use crate::sample::{health, setup, step_id, today};

#[test]
fn a_command_that_nothing_is_called_does_nothing_and_says_so() {
    let mut desk = Desk::new(80, 24);
    desk.keys(": \"frobnicate\" Enter");
    assert!(!desk.cmds.iter().any(|c| matches!(c, Cmd::Quit)), "{:?}", desk.cmds);
    assert!(desk.screen().contains("nothing is called frobnicate"), "{}", desk.screen());
    desk.keys("Ctrl+U \"quit\" Enter");
    assert!(desk.cmds.iter().any(|c| matches!(c, Cmd::Quit)));
}

#[test]
fn everything_is_marked_from_the_detail_too() {
    let mut desk = Desk::new(80, 24);
    desk.keys("1 V");
    assert_eq!(desk.app.shared().alerts.marked(), desk.list().shown);
    assert!(desk.screen().contains("marked: a, c and o are for all of them"), "{}", desk.screen());
    desk.keys("V");
    assert_eq!(desk.app.shared().alerts.marked(), 0);
}

#[test]
fn the_help_begins_with_the_keys_of_the_view_and_is_searched() {
    for (keys, heading) in [("?", "In the table"), ("2 ?", "In the Checklist tab"), ("E Esc R ?", "In the Rules view")]
    {
        let mut desk = Desk::new(80, 24);
        desk.keys(keys);
        let (page, _) = desk.app.reader().expect("the help");
        assert_eq!(page.lines[0].parts[0].text, heading, "{keys}");
    }
    let mut desk = Desk::new(80, 24);
    desk.keys("? / \"tick step\"");
    let found = desk.screen();
    assert!(found.contains("Tick the step") && !found.contains("Acknowledge"), "{found}");
    desk.keys("Enter Esc");
    assert!(matches!(desk.app.shared().overlay, Some(Overlay::Help(_))), "Esc shows all keys again");
    assert!(desk.screen().contains("Open the alert"), "{}", desk.screen());
    desk.keys("Esc");
    assert!(desk.app.shared().overlay.is_none());
}

#[test]
fn the_footer_of_a_replay_keeps_its_keys_at_80_columns() {
    let mut desk = Desk::new(80, 24);
    desk.app = watchfloor::app::App::new(Setup { mode: Mode::Replay, ..setup() });
    desk.send(Msg::Resize { columns: 80, rows: 24 });
    desk.tell_rules(desk.rules.clone());
    desk.tell(Update::Alerts(crate::sample::alerts()));
    desk.tell(Update::Loaded);
    desk.tell(Update::Health(Box::new(Health { phase: Phase::Replay, ..health() })));
    let (start, end) = (today("00:00:00"), today("12:00:00"));
    desk.tell(Update::Playback(Playback { now: today("11:00:00"), start, end, speed: 60.0, paused: false }));
    for (keys, wanted) in [("", "p pause"), ("1", "p pause"), ("2", "space tick"), ("4", "e record/ECS")] {
        desk.keys(keys);
        let screen = desk.screen();
        let footer = screen.lines().last().unwrap_or_default();
        for key in [wanted, "a ack", "c close", "? help", "q quit"] {
            assert!(footer.contains(key), "{key} with {keys:?} in {footer}");
        }
        assert!(!footer.contains('…'), "{footer}");
    }
}

#[test]
fn x_is_an_exception_in_the_checklist_too() {
    let mut desk = Desk::new(80, 24);
    desk.keys("2 x");
    assert!(matches!(desk.app.shared().overlay, Some(Overlay::Except(_))));
    desk.keys("Esc -");
    let state = desk.selected().map(|e| e.case().step(&step_id(1)));
    assert_eq!(state, Some(StepState::NotApplicable));
}

#[test]
fn every_step_is_ticked_with_one_key_each() {
    let mut desk = Desk::new(80, 24);
    desk.keys("J");
    for _ in 0..17 {
        desk.keys("space");
    }
    let (done, all) = desk.selected().map(|e| desk.app.shared().progress(e)).expect("an alert");
    assert_eq!((done, all), (17, 17), "{}", desk.screen());
    assert!(desk.screen().contains("every step is done: c closes the alert"), "{}", desk.screen());
    // The same key takes the last one back, and stays.
    desk.keys("space");
    assert_eq!(desk.app.alerts().step_under_cursor(), Some(&step_id(17)));
    assert_eq!(desk.selected().map(|e| desk.app.shared().progress(e)), Some((16, 17)));
}

#[test]
fn steps_are_gone_through_from_anywhere() {
    for tab in ["", "1", "3", "4", "5", "6"] {
        let mut desk = Desk::new(80, 24);
        desk.keys(tab).keys("J");
        assert_eq!(desk.app.alerts().tab, Tab::Checklist, "from {tab:?}");
        assert_eq!(desk.app.alerts().step_under_cursor(), Some(&step_id(1)), "from {tab:?}");
        desk.keys("J J J K");
        assert_eq!(desk.app.alerts().step_under_cursor(), Some(&step_id(3)));
        assert!(desk.screen().contains("[ ]  3"), "{}", desk.screen());
        desk.keys("K K K");
        assert!(desk.screen().contains("this is the first step"), "{}", desk.screen());
        // Back in the table, and on: to what is to do.
        desk.keys("space Esc J");
        assert_eq!(desk.app.alerts().step_under_cursor(), Some(&step_id(2)));
    }
}

#[test]
fn no_key_is_named_by_a_sign_that_ascii_turns_into_another_key() {
    assert!(keys::BINDINGS.iter().all(|b| b.keys_shown().is_ascii()));
}

#[test]
fn the_detail_grows_and_has_all_the_room_when_zoomed() {
    let rows = |desk: &Desk| desk.app.shared().layout.map(|l| (l.table_rows(), l.detail_rows())).expect("room");
    for (columns, lines) in [(80, 24), (120, 35), (160, 45)] {
        let mut desk = Desk::new(columns, lines);
        let many = |n| crate::sample::listed(n, today("09:00:00"), "bob", "192.0.2.1", "snapshot:x");
        desk.tell(Update::Alerts((10..90).map(many).collect()));
        let usual = rows(&desk);
        desk.keys("+");
        let grown = rows(&desk);
        assert!(grown.1 > usual.1 && grown.0 < usual.0, "{usual:?} {grown:?}");
        desk.keys("_ _");
        assert!(rows(&desk).0 > usual.0, "{usual:?} {:?}", rows(&desk));
        desk.keys("+ Z");
        assert_eq!(rows(&desk).0, 0, "{}", desk.screen());
        assert!(!desk.screen().contains("STATUS") && desk.screen().contains("[2]Checklist"), "{}", desk.screen());
        // Back in the table it is as it was; and the detail is zoomed again until the key is pressed again.
        desk.keys("Esc");
        assert_eq!(rows(&desk), usual);
        desk.keys("Enter");
        assert_eq!(rows(&desk).0, 0);
        desk.keys("Z");
        assert!(rows(&desk).0 > 0);
    }
    let mut desk = Desk::new(80, 24);
    desk.keys("+ + + + +");
    assert!(desk.screen().contains("no more room to give"), "{}", desk.screen());
}

#[test]
fn panes_have_borders_where_there_is_room() {
    let mut desk = Desk::new(120, 35);
    assert!(desk.screen().contains("┌─ Alerts · 4 ─"), "{}", desk.screen());
    desk.keys("R");
    assert!(desk.screen().contains("┌─ Rules · 1 ─"), "{}", desk.screen());
    assert!(!Desk::new(80, 24).screen().contains('┌'));
    // Below 200 columns the detail stands below the table, and says more on a line.
    for (columns, side_by_side) in [(160, false), (199, false), (200, true)] {
        assert_eq!(Desk::new(columns, 45).app.shared().layout.is_some_and(|l| l.wide), side_by_side);
    }
}
