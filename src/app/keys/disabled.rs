//! Why a key does nothing now.

use super::super::{App, Mode, View};
use crate::engine::Phase;

pub(super) fn always(_: &App) -> Option<&'static str> {
    None
}

pub(super) fn alert(app: &App) -> Option<&'static str> {
    app.alerts.list.selected().is_none().then_some("there is no alert yet")
}

pub(super) fn grouped(app: &App) -> Option<&'static str> {
    app.alerts.list.groups().is_empty().then_some("no alerts are a group here: b groups them")
}

pub(super) fn unexplored(app: &App) -> Option<&'static str> {
    (app.view == View::Explore).then_some("this is Explore: / asks")
}

pub(super) fn explore(app: &App) -> Option<&'static str> {
    (app.view != View::Explore).then_some("this is for Explore: E opens it")
}

pub(super) fn asked(app: &App) -> Option<&'static str> {
    explore(app).or_else(|| {
        (!app.explore.asked && app.explore.record.is_none()).then_some("nothing has been asked yet: / asks")
    })
}

pub(super) fn earlier(app: &App) -> Option<&'static str> {
    explore(app).or_else(|| app.explore.earlier.is_empty().then_some("there was no question before"))
}

pub(super) fn decide(app: &App) -> Option<&'static str> {
    if app.shared.read_only() { Some("this console is read-only") } else { alert(app) }
}

pub(super) fn step(app: &App) -> Option<&'static str> {
    decide(app).or_else(|| app.alerts.step_under_cursor().is_none().then_some("the cursor is not on a step"))
}

pub(super) fn except(app: &App) -> Option<&'static str> {
    decide(app).or_else(|| app.alerts.detail().is_none().then_some("the record is still being read"))
}

pub(super) fn sequence(app: &App) -> Option<&'static str> {
    match app.view {
        View::Explore => Some("this is for the alert of a sequence: ] goes to the next event"),
        _ => app.alerts.sequence().is_empty().then_some("this alert is not of a sequence: it has one event"),
    }
}

pub(super) fn undo(app: &App) -> Option<&'static str> {
    if app.shared.read_only() {
        return Some("this console is read-only");
    }
    (!app.can_undo()).then_some("you have decided nothing that could be taken back")
}

pub(super) fn refresh(app: &App) -> Option<&'static str> {
    let nothing = app.shared.setup.mode == Mode::Replay && app.shared.pending.failed() == 0;
    nothing.then_some("a replay has no news, and everything is saved or being saved")
}

pub(super) fn held(app: &App) -> Option<&'static str> {
    (app.alerts.list.held == 0).then_some("no alert is held back")
}

pub(super) fn replay(app: &App) -> Option<&'static str> {
    match app.shared.playback {
        None => Some("this is no replay"),
        Some(_) if app.shared.health.phase == Phase::Ended => Some("the replay has ended"),
        Some(_) => None,
    }
}

pub(super) fn switch(app: &App) -> Option<&'static str> {
    app.rules.cannot_switch(&app.shared)
}

pub(super) fn its_alerts(app: &App) -> Option<&'static str> {
    app.rules.selected().is_none_or(|line| line.hits.all == 0).then_some("it has raised none")
}

pub(super) fn help(app: &App) -> Option<&'static str> {
    let help = app.shared.overlay.as_ref().is_some_and(|overlay| overlay.is_help());
    (!help).then_some("this is for the help: ? opens it")
}

pub(super) fn searching(app: &App) -> Option<&'static str> {
    app.tree().is_none_or(|t| t.needle().is_empty()).then_some("nothing is searched for: press /")
}
