//! The console driven with keys, its screen read back.

use watchfloor::app::{Cmd, Msg, Pane, Tab, keys};
use watchfloor::engine::{Health, Phase, Playback, PlaybackRequest, Request, Update};
use watchfloor::triage::{Action, Reason, Status, StepState};

use crate::desk::Desk;
use crate::sample::{alerts, decision, health, id, listed, setup, step_id, today};

mod any;
mod demo;
mod eql;
mod evidence;
mod except;
mod explore;
mod groups;
mod many;
mod overview;
mod rules;
mod saving;
mod screens;
mod sequence;
mod sources;
mod story;
mod times;
mod traps;

fn status(desk: &Desk) -> Status {
    desk.selected().unwrap().case().status
}

fn copied(desk: &Desk) -> Vec<&str> {
    desk.cmds.iter().filter_map(|c| if let Cmd::Copy(text) = c { Some(text.as_str()) } else { None }).collect()
}

#[test]
fn closing_asks_for_the_reason_and_its_own_key_does_not_confirm() {
    let mut desk = Desk::new(80, 24);
    desk.keys("c c c");
    assert_eq!(status(&desk), Status::Open);
    assert!(desk.screen().contains("17 of 17 steps not done"), "{}", desk.screen());
    desk.keys("3");
    assert_eq!(status(&desk), Status::Closed(Reason::FalsePositive));
    assert_eq!(desk.list().selected(), Some(&id(1)));
}

#[test]
fn closing_as_other_asks_why_and_keeps_the_answer() {
    let mut desk = Desk::new(80, 24);
    desk.keys("c 5 Enter");
    assert_eq!(status(&desk), Status::Open);
    desk.keys("\"moved to the other team\" Enter");
    assert_eq!(status(&desk), Status::Closed(Reason::Other));
    assert_eq!(desk.selected().unwrap().case().notes[0].text, "moved to the other team");
    desk.keys("u");
    assert_eq!(status(&desk), Status::Open);
    assert_eq!(desk.selected().unwrap().case().notes, []);
}

#[test]
fn reopening_keeps_ticks_and_notes() {
    let mut desk = Desk::new(80, 24);
    desk.keys("2 space Esc n \"asked the owner\" Enter c 1 o");
    let case = desk.selected().unwrap().case();
    assert_eq!(case.status, Status::Open);
    assert_eq!(case.step(&step_id(1)), StepState::Done);
    assert_eq!(case.notes.len(), 1);
}

#[test]
fn several_are_marked_and_decided_and_taken_back_together() {
    let mut desk = Desk::new(80, 24);
    desk.keys("space space a");
    let statuses = |desk: &Desk| -> Vec<Status> {
        (1..=4).map(|n| desk.app.shared().alerts.get(&id(n)).unwrap().case().status).collect()
    };
    let (open, ack, closed) = (Status::Open, Status::Acknowledged, Status::Closed(Reason::FalsePositive));
    assert_eq!(statuses(&desk), [ack, ack, ack, closed]);
    assert_eq!(desk.app.shared().alerts.marked(), 0);
    desk.keys("u");
    assert_eq!(statuses(&desk), [open, open, ack, closed]);
    assert!(desk.screen().contains("taken back: acknowledged 2 alerts"), "{}", desk.screen());
}

#[test]
fn undo_falls_back_to_what_she_decided_before_a_restart() {
    let mut desk = Desk::new(80, 24);
    desk.tell(Update::Decisions(vec![decision(
        9,
        1,
        today("09:00:00"),
        "mk",
        Action::SetStatus { status: Status::Acknowledged },
    )]));
    desk.keys("u");
    assert_eq!(status(&desk), Status::Open);
    // Nothing of hers is left, and alice's decisions are not hers to take back.
    desk.keys("j j u");
    assert_eq!(status(&desk), Status::Acknowledged);
    assert!(desk.screen().contains("undo: you have decided nothing"), "{}", desk.screen());
}

#[test]
fn a_half_written_note_is_kept_and_taken_up_again() {
    let mut desk = Desk::new(80, 24);
    desk.keys("n \"the owner says\" Esc j n Esc k n \" no\" Enter");
    assert_eq!(desk.selected().unwrap().case().notes[0].text, "the owner says no");
    assert_eq!(desk.app.alerts().drafts.len(), 0);
}

#[test]
fn a_note_has_several_lines_and_is_written_on_the_step_under_the_cursor() {
    let mut desk = Desk::new(80, 24);
    desk.keys("2 j n \"one\" Alt+Enter \"two\" Enter");
    let note = &desk.selected().unwrap().case().notes[0];
    assert_eq!((note.text.as_str(), note.step.as_ref()), ("one\ntwo", Some(&step_id(2))));
}

#[test]
fn the_selection_stays_where_it_is_when_alerts_arrive_or_the_order_changes() {
    let mut desk = Desk::new(80, 24);
    desk.keys("j");
    let line = |desk: &Desk| desk.list().position() - desk.list().top();
    let many = |n| listed(n, today(if n % 2 == 0 { "10:45:00" } else { "07:00:00" }), "bob", "192.0.2.1", "snapshot:x");
    desk.tell(Update::Alerts((10..60).map(many).collect()));
    assert_eq!(desk.list().selected(), Some(&id(2)));
    let before = line(&desk);
    desk.tell(Update::Alerts((60..90).map(many).collect()));
    assert_eq!(desk.list().selected(), Some(&id(2)));
    assert_eq!(line(&desk), before, "away from the top a row keeps its line");
    desk.keys("s 4");
    assert_eq!(desk.list().selected(), Some(&id(2)));
    desk.keys("b 2");
    assert_eq!(desk.list().selected(), Some(&id(2)));
}

#[test]
fn at_the_top_of_the_list_a_new_alert_shows() {
    let mut desk = Desk::new(80, 24);
    desk.keys("a u");
    let new = listed(10, today("10:45:00"), "bob", "192.0.2.1", "snapshot:x");
    desk.tell(Update::Alerts(vec![new]));
    assert_eq!(desk.list().selected(), Some(&id(1)));
    assert_eq!((desk.list().top(), desk.list().position()), (0, 1));
}

#[test]
fn an_untouched_cursor_stays_on_what_is_to_do_first() {
    let mut desk = Desk::new(80, 24);
    assert_eq!(desk.list().selected(), Some(&id(1)));
    // Looking at help or hurrying a replay is no hand in it.
    desk.keys("? Esc t t p");
    let mut worse = listed(10, today("09:00:00"), "bob", "192.0.2.1", "snapshot:x");
    worse.assessment.priority = 60;
    desk.tell(Update::Alerts(vec![worse]));
    assert_eq!((desk.list().selected(), desk.list().position()), (Some(&id(10)), 0));
    desk.keys("j");
    let mut worst = listed(11, today("08:00:00"), "bob", "192.0.2.1", "snapshot:x");
    worst.assessment.priority = 99;
    desk.tell(Update::Alerts(vec![worst]));
    assert_eq!((desk.list().selected(), desk.list().position()), (Some(&id(1)), 2));
}

#[test]
fn an_alert_that_is_closed_under_a_filter_does_not_vanish_under_her_hands() {
    let mut desk = Desk::new(80, 24);
    desk.keys("/ \"status:open\" Enter");
    assert_eq!(desk.list().shown, 2);
    desk.keys("c 3");
    assert_eq!(desk.list().selected(), Some(&id(1)));
    desk.keys("j");
    assert_eq!(desk.list().selected(), Some(&id(2)));
}

#[test]
fn alerts_that_the_filter_hides_are_counted() {
    let mut desk = Desk::new(80, 24);
    desk.keys("/ \"jsmith\" Enter");
    desk.tell(Update::Alerts(
        (10..13).map(|n| listed(n, today("10:45:00"), "bob", "192.0.2.1", "snapshot:x")).collect(),
    ));
    assert!(desk.screen().contains("1 of 7 alerts · 3 new hidden"), "{}", desk.screen());
    desk.keys("Esc");
    assert_eq!(desk.list().shown, 7);
}

#[test]
fn a_filter_that_was_not_kept_leaves_the_one_before() {
    let mut desk = Desk::new(80, 24);
    desk.keys("/ \"jsmith\" Enter / Ctrl+U \"root\"");
    assert_eq!(desk.list().selected(), Some(&id(2)));
    desk.keys("Esc");
    assert_eq!(desk.app.alerts().filter.text(), "jsmith");
    assert_eq!(desk.list().selected(), Some(&id(1)));
}

#[test]
fn a_field_that_nobody_has_is_named_under_the_filter() {
    let mut desk = Desk::new(80, 24);
    desk.keys("/ \"status:open or evnt.action:Foo\"");
    let screen = desk.screen();
    let rows: Vec<&str> = screen.lines().collect();
    let at = rows.iter().position(|row| row.starts_with("filter status:open")).unwrap();
    assert_eq!(rows[at + 1].find('^'), Some("filter status:open or ".len()), "{screen}");
    assert!(rows[at + 2].starts_with("`evnt.action` is no known field · did you mean `event.action`? · "), "{screen}");
    desk.keys("Enter");
    assert_eq!(desk.app.alerts().filter.text(), "status:open or evnt.action:Foo", "it is taken all the same");
}

#[test]
fn a_field_name_is_completed() {
    let mut desk = Desk::new(80, 24);
    desk.keys("/ \"sna\" Tab \"orders*\"");
    assert!(desk.screen().contains("filter snapshot:orders*"), "{}", desk.screen());
    assert_eq!(desk.list().shown, 1);
}

#[test]
fn held_alerts_are_counted_and_one_key_shows_them() {
    let mut desk = Desk::new(80, 24);
    let mut held = listed(20, today("10:50:00"), "bob", "192.0.2.1", "snapshot:x");
    held.held = true;
    desk.tell(Update::Alerts(vec![held]));
    assert!(desk.screen().contains("held 1"), "{}", desk.screen());
    assert_eq!(desk.list().shown, 4);
    desk.keys("H");
    assert_eq!(desk.list().shown, 5);
}

#[test]
fn going_from_alert_to_alert_inside_the_detail_stays_in_the_tab() {
    let mut desk = Desk::new(80, 24);
    desk.keys("6 ] ]");
    assert_eq!((desk.app.alerts().tab, desk.app.alerts().pane), (Tab::History, Pane::Detail));
    assert_eq!(desk.list().selected(), Some(&id(3)));
    desk.keys("[");
    assert_eq!(desk.list().selected(), Some(&id(2)));
}

#[test]
fn commands_are_copied_with_an_audit_and_values_without() {
    let mut desk = Desk::new(80, 24);
    desk.keys("2 j j j j j j j j j j y");
    assert!(desk.screen().contains("cancel-export-task"), "{}", desk.screen());
    desk.keys("2");
    assert_eq!(
        copied(&desk),
        ["aws rds cancel-export-task --export-task-identifier 'orders-copy' --region 'us-east-1'"]
    );
    let history = &desk.selected().unwrap().case().history;
    assert!(matches!(&history[0].action, Action::Copied { what } if what.contains("cancel-export-task")));
    desk.keys("1 G k y");
    assert_eq!(desk.selected().unwrap().case().history.len(), 1);
}

#[test]
fn what_is_copied_steers_no_terminal() {
    let mut desk = Desk::new(80, 24);
    desk.keys("4 / \"useragent\" Enter y Y");
    for text in copied(&desk) {
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
    }
    assert_eq!(copied(&desk)[0], "aws-cli/2.15\\x1b]0;owned\\x07");
}

#[test]
fn nothing_is_decided_on_a_read_only_console_and_it_says_why() {
    let mut desk = Desk::new(80, 24);
    desk.app = watchfloor::app::App::new(watchfloor::app::Setup { read_only: true, ..setup() });
    desk.tell(Update::Alerts(alerts()));
    desk.tell(Update::Loaded);
    desk.keys("a c n u 2 space");
    assert_eq!(desk.app.shared().pending.saving() + desk.app.shared().pending.failed(), 0);
    assert!(desk.screen().contains("read-only"), "{}", desk.screen());
}

#[test]
fn a_key_that_can_do_nothing_says_why() {
    let mut desk = Desk::new(80, 24);
    desk.keys("p");
    assert!(desk.screen().contains("pause: this is no replay"), "{}", desk.screen());
    desk.tell(Update::Playback(Playback {
        now: today("09:00:00"),
        start: today("00:00:00"),
        end: today("12:00:00"),
        speed: 60.0,
        paused: false,
    }));
    desk.keys("p > < . N");
    let wanted = [
        PlaybackRequest::TogglePause,
        PlaybackRequest::Faster,
        PlaybackRequest::Slower,
        PlaybackRequest::Step,
        PlaybackRequest::NextAlert,
    ];
    assert_eq!(desk.cmds, wanted.map(|asked| Cmd::Ask(Request::Playback(asked))));
}

#[test]
fn the_bell_rings_for_new_alerts_only_while_live() {
    let mut desk = Desk::bare(80, 24);
    desk.tell(Update::Alerts(alerts()));
    desk.tell(Update::Loaded);
    desk.tell(Update::Health(Box::new(Health { phase: Phase::Backlog, ..health() })));
    desk.tell(Update::Alerts(vec![listed(20, today("10:50:00"), "bob", "192.0.2.1", "snapshot:x")]));
    assert_eq!(desk.cmds, []);
    desk.tell(Update::Health(Box::new(health())));
    let new = listed(21, today("10:51:00"), "bob", "192.0.2.1", "snapshot:x");
    desk.tell(Update::Alerts(vec![new.clone()]));
    assert_eq!(desk.cmds, [Cmd::Bell]);
    desk.tell(Update::Alerts(vec![new]));
    assert_eq!(desk.cmds, [Cmd::Bell]);
}

#[test]
fn an_idle_console_draws_nothing() {
    let mut desk = Desk::new(80, 24);
    desk.app.drawn();
    desk.send(Msg::Now(today("10:59:59")));
    let mut swept = health();
    swept.swept = Some(today("10:59:58"));
    desk.tell(Update::Health(Box::new(swept)));
    assert!(!desk.app.needs_draw());
    assert!(desk.screen().contains("as of 10:42:07Z"));
    desk.keys("j");
    assert!(desk.app.needs_draw());
}

#[test]
fn every_action_is_in_the_help_and_can_be_found_by_name() {
    let mut desk = Desk::new(120, 300);
    desk.keys("?");
    let screen = desk.screen();
    for binding in keys::BINDINGS {
        assert!(screen.contains(binding.about), "{}", binding.about);
    }
    desk.keys("Esc : \"undo\"");
    assert!(desk.screen().contains("not now: you have decided nothing"), "{}", desk.screen());
    desk.keys("Esc : \"local time\" Enter");
    assert!(desk.screen().contains("TIME local"), "{}", desk.screen());
}

#[test]
fn the_overview_goes_on_to_the_next_step() {
    let mut desk = Desk::new(80, 24);
    desk.keys("j j Enter Enter");
    assert_eq!(desk.app.alerts().tab, Tab::Checklist);
    assert_eq!(desk.app.alerts().step_under_cursor(), Some(&step_id(2)));
}

#[test]
fn no_spreadsheet_runs_a_copied_row_or_summary() {
    let mut desk = Desk::new(80, 24);
    let mut alerts = alerts();
    for alert in &mut alerts {
        alert.summary.actor = Some("x;=HYPERLINK(1)".into());
        alert.summary.target = Some("-1".into());
    }
    desk.tell(Update::Alerts(alerts));
    desk.keys("y Enter Y");
    let [row, summary] = copied(&desk)[..] else { panic!("{:?}", desk.cmds) };
    assert!(row.contains("x;\\=HYPERLINK") && row.contains("| \\-1 |"), "{row}");
    let cells =
        |text: &str, at: char| text.lines().flat_map(|line| line.split(at)).map(str::to_owned).collect::<Vec<_>>();
    for at in [',', ';', '\t'] {
        for cell in [cells(row, at), cells(summary, at)].concat() {
            assert!(!cell.trim().starts_with(['=', '+', '-', '@']), "{cell:?}");
        }
    }
}
