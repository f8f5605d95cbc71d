//! The console driven with keys, its screen read back.

use watchfloor::app::Cmd;
use watchfloor::triage::{Status, StepState};

use crate::desk::Desk;
use crate::sample::{id, step_id};

#[test]
fn a_tick_shows_as_unsaved_until_it_is_stored() {
    let mut desk = Desk::new(80, 24);
    desk.answers = false;
    desk.keys("2 space");
    assert_eq!(desk.app.selected().unwrap().case().step(&step_id(1)), StepState::Done);
    assert_eq!(desk.app.selected().unwrap().stored().step(&step_id(1)), StepState::Todo);
    assert!(desk.screen().contains("not saved"), "{}", desk.screen());
    let (ticket, proposals) = desk.asked.pop().unwrap();
    desk.persist(ticket, proposals);
    assert_eq!(desk.app.selected().unwrap().stored().step(&step_id(1)), StepState::Done);
    assert!(!desk.screen().contains("not saved"), "{}", desk.screen());
}

#[test]
fn what_cannot_be_saved_is_kept_and_tried_again() {
    let mut desk = Desk::new(80, 24);
    desk.broken = Some("the disk is full".to_owned());
    desk.keys("a");
    assert!(desk.screen().contains("1 NOT SAVED"), "{}", desk.screen());
    assert!(desk.screen().contains("the disk is full"), "{}", desk.screen());
    desk.broken = None;
    desk.keys("r");
    assert_eq!(desk.app.selected().unwrap().stored().status, Status::Acknowledged);
    assert!(desk.screen().contains("saved ✓"), "{}", desk.screen());
}

#[test]
fn leaving_asks_only_when_something_is_not_saved() {
    let mut desk = Desk::new(80, 24);
    desk.keys("q");
    assert_eq!(desk.cmds, [Cmd::Quit]);
    let mut desk = Desk::new(80, 24);
    desk.keys("n \"half\" Esc q");
    assert_eq!(desk.cmds, []);
    assert!(desk.screen().contains("1 note half-written"), "{}", desk.screen());
    desk.keys("q q Esc");
    assert_eq!(desk.cmds, []);
    desk.keys("q y");
    assert_eq!(desk.cmds, [Cmd::Quit]);
}

#[test]
fn closing_asks_for_the_reason_and_its_own_key_does_not_confirm() {
    let mut desk = Desk::new(80, 24);
    desk.keys("c c c");
    assert_eq!(desk.app.selected().unwrap().case().status, Status::Open);
    assert!(desk.screen().contains("17 of 17 steps not done"), "{}", desk.screen());
    desk.keys("3");
    assert_eq!(desk.app.selected().unwrap().stored().status.as_str(), "closed");
    assert_eq!(desk.app.list().selected(), Some(&id(1)));
}

#[test]
fn look() {
    let mut desk = Desk::new(80, 24);
    println!("{}", desk.screen());
    for tab in ["1", "2", "3", "4", "5", "6"] {
        desk.keys(tab);
        println!("{}", desk.screen());
    }
    desk.keys("2 space j j x c");
    println!("{}", desk.screen());
    desk.keys("Esc / \"status:open j:\"");
    println!("{}", desk.screen());
    desk.keys("Esc / \"status:op*\"");
    println!("{}", desk.screen());
    desk.keys("Enter !");
    println!("{}", desk.screen());
    desk.keys("Esc : \"acknow\"");
    println!("{}", desk.screen());
    desk.keys("Esc Esc Esc Esc Esc n \"hello world\" Alt+Enter \"two\"");
    println!("{}", desk.screen());
    desk.keys("Enter s");
    println!("{}", desk.screen());
    desk.keys("Esc b 2");
    println!("{}", desk.screen());
    desk.keys("Esc y");
    println!("{}", desk.screen());
}
