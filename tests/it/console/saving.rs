//! What the screen says of decisions on their way to the state.

use watchfloor::app::{Cmd, Msg, Pane};
use watchfloor::engine::{Outcome, StateNews, Update};
use watchfloor::triage::{Action, Status, StepState};

use super::status;
use crate::desk::Desk;
use crate::sample::{decision, id, step_id, today};

#[test]
fn a_tick_shows_as_unsaved_until_it_is_stored() {
    let mut desk = Desk::new(80, 24);
    desk.answers = false;
    desk.keys("2 space");
    assert_eq!(desk.selected().unwrap().case().step(&step_id(1)), StepState::Done);
    assert_eq!(desk.selected().unwrap().stored().step(&step_id(1)), StepState::Todo);
    assert!(desk.screen().contains("not saved"), "{}", desk.screen());
    assert!(desk.screen().contains("saving 1"), "{}", desk.screen());
    let (ticket, proposals) = desk.asked.pop().unwrap();
    desk.persist(ticket, proposals);
    assert_eq!(desk.selected().unwrap().stored().step(&step_id(1)), StepState::Done);
    assert!(!desk.screen().contains("not saved"), "{}", desk.screen());
}

#[test]
fn one_thing_is_written_at_a_time_and_in_order() {
    let mut desk = Desk::new(80, 24);
    desk.answers = false;
    desk.keys("2 space K - space");
    assert_eq!(desk.asked.len(), 1);
    let mut states = Vec::new();
    while let Some((ticket, proposals)) = desk.asked.pop() {
        states.extend(proposals.iter().map(|p| (p.action.clone(), p.seen)));
        desk.persist(ticket, proposals);
    }
    let step = |n, state| Action::Step { step: step_id(n), state };
    let actions: Vec<Action> = states.iter().map(|(a, _)| a.clone()).collect();
    assert_eq!(actions, [step(1, StepState::Done), step(1, StepState::NotApplicable), step(2, StepState::Done)]);
    // The second has seen the first, or it would be in conflict with it.
    assert_eq!((states[0].1, states[1].1), (0, 101));
    assert_eq!(desk.app.shared().pending.saving(), 0);
}

#[test]
fn what_cannot_be_saved_is_kept_and_tried_again() {
    let mut desk = Desk::new(80, 24);
    desk.broken = Some("the disk is full".to_owned());
    desk.keys("a j j");
    assert!(desk.screen().contains("1 NOT SAVED"), "{}", desk.screen());
    assert!(desk.screen().contains("the disk is full"), "{}", desk.screen());
    desk.broken = None;
    desk.keys("r g");
    assert_eq!(desk.app.shared().alerts.get(&id(1)).unwrap().stored().status, Status::Acknowledged);
    assert!(desk.screen().contains("saved ✓"), "{}", desk.screen());
}

#[test]
fn what_cannot_be_saved_is_tried_again_without_a_key() {
    let mut desk = Desk::new(80, 24);
    desk.broken = Some("the disk is full".to_owned());
    desk.keys("a");
    let log = |desk: &Desk| desk.app.shared().notices.log().count();
    let said = log(&desk);
    desk.tell(Update::TryAgain);
    desk.tell(Update::TryAgain);
    assert!(desk.screen().contains("1 NOT SAVED"), "{}", desk.screen());
    assert_eq!(log(&desk), said, "the same reason is not said again");
    // While it is being tried it is no more saved than before.
    desk.answers = false;
    desk.tell(Update::TryAgain);
    assert!(desk.screen().contains("1 NOT SAVED"), "{}", desk.screen());
    assert_eq!(desk.app.shared().pending.unsaved().len(), 1);
    let (ticket, proposals) = desk.asked.pop().unwrap();
    (desk.answers, desk.broken) = (true, None);
    desk.persist(ticket, proposals);
    let screen = desk.screen();
    assert!(screen.contains("saved ✓") && screen.contains("all decisions are saved now"), "{screen}");
    assert!(desk.app.shared().pending.unsaved().is_empty());
}

#[test]
fn what_can_never_be_saved_is_not_tried_again_and_not_kept() {
    let mut desk = Desk::new(80, 24);
    desk.answers = false;
    desk.keys("a");
    let (ticket, _) = desk.asked.pop().unwrap();
    desk.tell(Update::Persisted { ticket, outcomes: vec![Outcome::Refused("too long".into())] });
    desk.tell(Update::TryAgain);
    assert!(desk.asked.is_empty() && desk.app.shared().pending.unsaved().is_empty());
    assert!(desk.screen().contains("1 NOT SAVED"), "{}", desk.screen());
}

#[test]
fn no_two_decisions_have_the_same_time() {
    let mut desk = Desk::new(80, 24);
    desk.answers = false;
    desk.keys("2 space space");
    let times: std::collections::BTreeSet<_> = desk.app.shared().pending.unsaved().into_iter().map(|p| p.at).collect();
    assert_eq!(times.len(), 2);
}

#[test]
fn a_state_in_trouble_is_never_called_saved() {
    let mut desk = Desk::new(80, 24);
    let news = |trouble: Option<&str>| {
        let warnings = vec!["2 decisions may be missing".to_owned()];
        Msg::Engine(Update::State(StateNews { trouble: trouble.map(str::to_owned), warnings, ..StateNews::default() }))
    };
    desk.send(news(Some("s.db was moved")));
    let screen = desk.screen();
    assert!(screen.contains("NOT SAVED") && !screen.contains("saved ✓"), "{screen}");
    assert!(screen.contains("2 decisions may be missing"), "{screen}");
    desk.send(news(None));
    assert!(desk.screen().contains("saved ✓"), "{}", desk.screen());
    desk.keys("Esc !");
    assert!(desk.screen().contains("Warnings  1") || desk.screen().contains("warnings 1"), "{}", desk.screen());
}

#[test]
fn undoing_what_was_never_saved_gives_it_up() {
    let mut desk = Desk::new(80, 24);
    desk.broken = Some("the disk is full".to_owned());
    desk.keys("a u");
    assert_eq!(status(&desk), Status::Open);
    assert_eq!(desk.app.shared().pending.failed(), 0);
}

#[test]
fn a_conflict_says_who_was_first_and_shows_what_they_did() {
    let mut desk = Desk::new(80, 24);
    desk.answers = false;
    desk.keys("2 space");
    let (ticket, _) = desk.asked.pop().unwrap();
    let theirs = Action::Step { step: step_id(1), state: StepState::NotApplicable };
    let theirs = decision(50, 1, today("10:41:59"), "alice", theirs);
    desk.tell(Update::Decisions(vec![theirs.clone()]));
    desk.tell(Update::Persisted { ticket, outcomes: vec![Outcome::Conflict(theirs)] });
    let said = |desk: &Desk, what: &str| {
        let lines = desk.screen();
        lines.split_whitespace().collect::<Vec<_>>().join(" ").contains(what)
    };
    assert!(said(&desk, "alice set step 1 aside as not applicable at 10:41:59Z before you"), "{}", desk.screen());
    assert!(said(&desk, "yours was not saved: ticked step 1"), "{}", desk.screen());
    assert_eq!(desk.selected().unwrap().case().step(&step_id(1)), StepState::NotApplicable);
    // It matters, so the next key does not wipe it away; Esc does.
    desk.keys("j j");
    assert!(said(&desk, "before you"));
    desk.keys("Esc");
    assert!(!said(&desk, "before you"));
    assert_eq!(desk.app.alerts().pane, Pane::Detail);
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
