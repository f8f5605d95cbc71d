//! The health pane: figures, each with the time it counts from, files that failed or were left out and why, warnings, and
//! earlier messages.

use super::super::format::count;
use super::super::page::{Page, Role, part};
use super::super::shared::Shared;
use super::super::sources;
use super::super::{App, Mode};
use crate::engine::{NAMED, Phase, Trouble, Watching};
use crate::text::pad;

pub(super) fn page(app: &App) -> Page {
    let shared = &app.shared;
    let mut page = Page::new(usize::from(shared.size.0).saturating_sub(6).min(140));
    figures(&mut page, app);
    sources::page(&mut page, shared);
    warnings(&mut page, shared);
    if !shared.health.has_sources_alone() {
        problems(&mut page, shared);
    }
    page.blank();
    page.heading("Messages", "newest first");
    for notice in shared.notices.log() {
        let role = if notice.warning { Role::Warn } else { Role::Text };
        let when = shared.clock.near(notice.at);
        page.wrapped(vec![part(Role::Quiet, format!("  {when}  "))], role, &notice.text);
    }
    if shared.notices.log().next().is_none() {
        page.line(vec![part(Role::Quiet, "  none")]);
    }
    page
}

fn figures(page: &mut Page, app: &App) {
    let shared = &app.shared;
    let (h, clock) = (&shared.health, &shared.clock);
    let since =
        h.since.map_or_else(|| "of all that the state remembers".to_owned(), |t| format!("since {}", clock.full(t)));
    let time = |t: Option<_>| t.map_or_else(|| "none yet".to_owned(), |t| clock.full(t));
    page.heading("Figures", &since);
    let mut row = |label: &str, value: String| {
        page.wrapped(vec![part(Role::Quiet, format!("  {} ", pad(label, 17, "…")))], Role::Text, &value);
    };
    row("state", format!("{}{}", shared.setup.state, if shared.read_only() { ", read-only" } else { "" }));
    let reading = match (h.phase, shared.setup.mode) {
        (Phase::Backlog, _) => "what was there at the start",
        (Phase::Live, _) => "up to date, reading what arrives",
        (Phase::Replay, _) => "playing files on the replay clock",
        (Phase::Ended, Mode::Replay) => "the replay has reached its end",
        (Phase::Ended, Mode::Watch) => "ended",
    };
    row("reading", reading.to_owned());
    let watching = match &h.watching {
        Watching::Off => "nothing is watched".to_owned(),
        Watching::Notify => "the system notifies, a sweep makes sure".to_owned(),
        Watching::SweepOnly(why) => format!("found by sweeping alone: {why}"),
    };
    let folders = !h.has_sources_alone();
    if folders {
        row("new files", watching);
        row("last sweep", time(h.swept));
    }
    let rules = app.rules.counts;
    let kinds = [
        (rules.off, "switched off"),
        (rules.unsupported, "of types that do not run here"),
        (rules.errors, "with an error"),
    ];
    let kinds = kinds.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!(" · {} {what}", count(*n as u64)));
    let kinds: String = kinds.collect();
    row("rules", format!("{} of {} run{kinds}; R lists them", count(rules.running as u64), count(rules.all as u64)));
    row("newest event", time(h.newest_event));
    row("events", count(h.events));
    if folders {
        row("files read", count(h.files));
        row("files waiting", count(h.pending));
        row("files failed", count(h.failed));
        row("files left out", format!("{}: no logs, or digest and insight files", count(h.skipped)));
    }
    for (what, files) in &h.others {
        row("set aside", format!("{} {what}", count(*files)));
    }
    for (envelope, records) in &h.opened {
        row("from envelopes", format!("{} in {}, since the start", count(*records), envelope.0));
    }
    if h.unopened > 0 {
        row(
            "files not opened",
            format!("{}: delivered too early or too late for --since and --until", count(h.unopened)),
        );
    }
    let lay_in = if folders { ", in files that were read" } else { "" };
    row("records not read", format!("{}{lay_in}", count(h.bad_records)));
    let alerts = shared.alerts.entries();
    let refined = alerts.iter().filter(|entry| entry.row.assessment.refined).count();
    let looked_up = format!("{} of {} looked up in the log", count(refined as u64), count(alerts.len() as u64));
    row("priorities", looked_up);
    row("alerts held", format!("{}; H shows them", count(app.alerts.list.held as u64)));
    let lag = h.lag.map(|s| format!("{s:.1} s from the newest file's arrival to its evaluation"));
    if folders {
        row("lag", lag.unwrap_or_else(|| "not known yet".to_owned()));
    }
    row("decisions", format!("{} being saved, {} not saved", app.saving(), shared.pending.failed()));
    if let Some(problem) = shared.pending.problem() {
        page.wrapped(vec![part(Role::Text, " ".repeat(20))], Role::Bad, problem);
    }
}

fn warnings(page: &mut Page, shared: &Shared) {
    let warnings: Vec<&str> =
        shared.state_warnings().chain(shared.health.warnings.iter().map(String::as_str)).collect();
    if warnings.is_empty() {
        return;
    }
    page.blank();
    page.heading("Warnings", &count(warnings.len() as u64));
    for warning in warnings {
        page.wrapped(vec![part(Role::Text, "  ")], Role::Warn, warning);
    }
}

fn problems(page: &mut Page, shared: &Shared) {
    let h = &shared.health;
    page.blank();
    let all = h.failed + h.skipped;
    let others: u64 = h.others.values().sum();
    let all = all.saturating_sub(others);
    let listed = h.problems.iter().filter(|p| p.trouble != Trouble::InPart).count() as u64;
    // Digest and insight files are no problem to be named; of very many files the engine names the newest.
    let quiet = match h.problems.len() {
        _ if listed >= all => String::new(),
        NAMED.. => format!("the newest {} of {}", count(listed), count(all)),
        _ => format!("{} of {}; digest files are only counted", count(listed), count(all)),
    };
    page.heading("Files that failed or were left out", &quiet);
    if h.problems.is_empty() {
        page.line(vec![part(Role::Quiet, "  none")]);
    }
    for p in &h.problems {
        let (role, word) = match p.trouble {
            Trouble::Failed => (Role::Bad, "failed  "),
            Trouble::InPart => (Role::Warn, "in part "),
            Trouble::LeftOut => (Role::Quiet, "left out"),
        };
        page.wrapped(vec![part(role, format!("  {word} "))], Role::Text, &p.path.display().to_string());
        let when = shared.clock.near(p.at);
        page.wrapped(vec![part(Role::Text, " ".repeat(11))], Role::Text, &format!("{} · since {when}", p.reason));
    }
}
