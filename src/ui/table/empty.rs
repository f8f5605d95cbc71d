//! No alert in the table: what is going on instead, and what to do next.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::super::line::put;
use crate::app::format::{count, plural};
use crate::app::page::{Role, part};
use crate::app::{App, Mode};
use crate::engine::{Health, Phase};
use crate::text;
use crate::trail::bucket::fetch_into;

type Line = (Role, String);

pub(super) fn draw(app: &App, area: Rect, buffer: &mut Buffer) {
    let mut y = area.y + u16::from(area.height > 2);
    for (role, message) in lines(app) {
        for line in text::wrap(&text::visible(&message), usize::from(area.width.saturating_sub(4)).max(1)) {
            if y >= area.bottom() {
                return;
            }
            put(buffer, area.x + 2, y, area.width.saturating_sub(2), &[part(role, line)], Style::new());
            y += 1;
        }
    }
}

fn lines(app: &App) -> Vec<Line> {
    let (h, list) = (&app.shared().health, &app.alerts().list);
    let mut lines = if list.hidden > 0 {
        let hidden = plural(list.hidden, "alert");
        vec![(Role::Strong, format!("No alert matches the filter: it hides {hidden}. Esc takes it away."))]
    } else if list.held > 0 && !list.show_held {
        vec![(Role::Strong, format!("{} held back. H shows them.", plural(list.held, "alert")))]
    } else if !app.shared().loaded {
        vec![(Role::Text, format!("Reading the state, {} …", app.shared().setup.state))]
    } else if h.has_sources_alone() {
        sources(app, h)
    } else {
        files(app, h)
    };
    if h.failed > 0 {
        let failed = plural(number(h.failed), "file");
        lines.push((Role::Bad, format!("{failed} could not be read: ! says which and why.")));
    }
    lines
}

fn files(app: &App, h: &Health) -> Vec<Line> {
    match (h.phase, app.shared().playback.as_ref()) {
        (Phase::Backlog, _) => {
            let files = h.files + h.pending;
            vec![(Role::Text, format!("Reading {} of {} files … no alert so far.", count(h.files), count(files)))]
        }
        (Phase::Replay, Some(p)) => {
            let how =
                if p.paused { "Paused: p goes on, N jumps to the next alert." } else { "N jumps to the next alert." };
            let start = app.shared().clock.full(p.start);
            vec![(Role::Text, format!("Replaying from {start}, no alert so far. {how}"))]
        }
        _ if h.files == 0 && app.shared().setup.mode == Mode::Watch => without_logs(app, h),
        _ => {
            let (events, files) = (plural(number(h.events), "event"), plural(number(h.files), "file"));
            let text = format!("No alert in {events} read from {files}{}.", since(app, h));
            [(Role::Good, text)].into_iter().chain(what_next(app)).collect()
        }
    }
}

fn sources(app: &App, h: &Health) -> Vec<Line> {
    if h.phase == Phase::Backlog {
        let ahead = h.sources.iter().map(|source| source.ahead).sum::<u64>();
        let text = format!("Reading {}, {} documents ahead … no alert so far.", named(h), count(ahead));
        return vec![(Role::Text, text)];
    }
    let (since, events) = (since(app, h), plural(number(h.events), "event"));
    match h.sources.iter().find_map(|source| source.held_up_by().map(|trouble| (source, trouble))) {
        Some((source, trouble)) => {
            let what = format!("No alert in {events} read{since}; {} is stuck: {}.", source.name, trouble.what);
            vec![(Role::Bad, what)]
        }
        None => {
            let text = format!("No alert in {events} read from {}{since}.", named(h));
            [(Role::Good, text)].into_iter().chain(what_next(app)).collect()
        }
    }
}

/// The folders hold nothing that could be read.
fn without_logs(app: &App, h: &Health) -> Vec<Line> {
    let folders = &app.shared().setup.folders;
    let within = if folders.is_empty() { String::new() } else { format!(" in {}", folders.join(", ")) };
    let others: u64 = h.others.values().sum();
    let mut kinds: Vec<String> = h.others.iter().map(|(what, files)| format!("{} {what}", count(*files))).collect();
    let rest = h.skipped.saturating_sub(others);
    if rest > 0 {
        kinds.push(format!("{} digest, insight or unknown", count(rest)));
    }
    let mut lines = match kinds.is_empty() {
        true if h.failed > 0 => Vec::new(),
        true => vec![(Role::Text, format!("No log file yet{within}. New ones are read as they arrive."))],
        false => {
            let text = format!("Nothing{within} is a log of CloudTrail: {}. ! says more.", kinds.join(", "));
            vec![(Role::Warn, text)]
        }
    };
    if let Some(folder) = folders.first() {
        let text =
            "CloudTrail writes to AWSLogs/ACCOUNT/CloudTrail/ in its bucket. To fetch that, in another terminal:";
        lines.push((Role::Text, text.to_owned()));
        lines.push((Role::Strong, format!("  {}", fetch_into(folder))));
    }
    lines
}

fn what_next(app: &App) -> Option<Line> {
    let rules = app.shared().running;
    (rules > 0)
        .then(|| (Role::Text, format!("Looked with {}: R lists them, E searches all events.", plural(rules, "rule"))))
}

fn since(app: &App, h: &Health) -> String {
    h.since.map(|t| format!(" since {}", app.shared().clock.full(t))).unwrap_or_default()
}

/// The sources by their names.
fn named(health: &Health) -> String {
    let names: Vec<&str> = health.sources.iter().map(|source| &*source.name).collect();
    names.join(", ")
}

fn number(n: u64) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}
