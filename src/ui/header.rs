//! The first two rows: rules and counts of alerts; figures about reading and saving.

use ratatui::buffer::Buffer;

use super::line::{Piece, bar, piece, rect};
use super::theme::Glyphs;
use crate::app::format::{count, plural};
use crate::app::layout::Layout;
use crate::app::page::{Part, Role, part};
use crate::app::{App, Mode, sources};
use crate::engine::Phase;
use crate::triage::{Reason, Status};

pub(super) fn draw(app: &App, layout: &Layout, glyphs: Glyphs, buffer: &mut Buffer) {
    bar(buffer, rect(layout.header), 2, watched(app), state(app));
    bar(buffer, rect(layout.health), 2, figures(app), saving(app, glyphs));
}

fn watched(app: &App) -> Vec<Piece> {
    let mut pieces = vec![piece(9, vec![part(Role::Strong, "watchfloor")])];
    pieces.extend(rules(app));
    let counts = app.alerts().list.counts;
    let open = if counts.open > 0 { Role::Strong } else { Role::Text };
    pieces.push(piece(
        1,
        vec![
            part(open, format!("{} open", count(counts.open as u64))),
            part(Role::Quiet, " · "),
            part(
                if counts.acknowledged > 0 { Role::Status(Status::Acknowledged) } else { Role::Text },
                format!("{} ack", count(counts.acknowledged as u64)),
            ),
            part(Role::Quiet, " · "),
            part(
                if counts.closed > 0 { Role::Status(Status::Closed(Reason::Other)) } else { Role::Text },
                format!("{} closed", count(counts.closed as u64)),
            ),
        ],
    ));
    let marked = app.shared().alerts.marked();
    if marked > 0 {
        pieces.push(piece(2, vec![part(Role::Strong, format!("{} marked", count(marked as u64)))]));
    }
    pieces
}

/// The one rule that runs; of several how many do, and whether any has an error.
fn rules(app: &App) -> Vec<Piece> {
    let c = app.rules().counts;
    let only = app.rules().lines.iter().find_map(|line| line.entry.running()).filter(|_| (c.running, c.all) == (1, 1));
    if let (Some(rule), 0) = (only, c.errors) {
        let severity = format!("{} {}", rule.severity, rule.risk_score);
        return vec![
            piece(3, vec![part(Role::Text, crate::text::visible(&rule.name))]),
            piece(6, vec![part(Role::Severity(rule.severity), severity)]),
        ];
    }
    let run = match c.running {
        all if all == c.all => plural(all, "rule"),
        some => format!("{}/{}", count(some as u64), plural(c.all, "rule")),
    };
    let mut parts = vec![part(Role::Text, run)];
    if c.errors > 0 {
        parts.push(part(Role::Quiet, " · "));
        parts.push(part(Role::Bad, plural(c.errors, "error")));
    }
    vec![piece(if c.errors > 0 { 2 } else { 3 }, parts)]
}

fn state(app: &App) -> Vec<Piece> {
    let as_of = |t| part(Role::Text, format!(" · as of {}", app.shared().clock.near(t)));
    if let (Some(p), Mode::Replay) = (app.shared().playback.as_ref(), app.shared().setup.mode) {
        let (sign, role, how) = match (app.shared().health.phase, p.paused) {
            (Phase::Ended, _) => ("■ REPLAY", Role::Text, "ended".to_owned()),
            (_, true) => ("‖ REPLAY", Role::Warn, "paused".to_owned()),
            (_, false) if p.speed.is_finite() => ("▶ REPLAY", Role::Good, format!("×{}", p.speed)),
            _ => ("▶ REPLAY", Role::Good, "max".to_owned()),
        };
        let (date, time) = (app.shared().clock.date(p.now), app.shared().clock.time(p.now));
        return vec![
            piece(0, vec![part(role, sign), part(Role::Text, format!(" {how}"))]),
            piece(5, vec![part(Role::Text, date)]),
            piece(0, vec![part(Role::Text, time)]),
        ];
    }
    let parts = match app.shared().health.phase {
        _ if !app.shared().loaded => vec![part(Role::Warn, "○ reading the state")],
        Phase::Backlog => vec![part(Role::Warn, "○ reading"), as_of(app.shared().as_of)],
        Phase::Live if app.shared().health.sources.iter().any(|source| source.held_up_by().is_some()) => {
            vec![part(Role::Warn, "○ live in part"), as_of(app.shared().as_of)]
        }
        Phase::Live => vec![part(Role::Good, "● live"), as_of(app.shared().as_of)],
        Phase::Replay => vec![part(Role::Good, "▶ REPLAY"), as_of(app.shared().as_of)],
        Phase::Ended => vec![part(Role::Text, "■ ended"), as_of(app.shared().as_of)],
    };
    vec![piece(0, parts)]
}

fn figures(app: &App) -> Vec<Piece> {
    let h = &app.shared().health;
    let figure = |rank, name: &str, value: String, role| {
        piece(rank, vec![part(Role::Quiet, format!("{name} ")), part(role, value)])
    };
    let alarm = |n: u64| if n > 0 { Role::Bad } else { Role::Text };
    let mut pieces = vec![figure(2, "events", count(h.events), Role::Text)];
    if let Some(since) = h.since {
        let text = format!("since {}", app.shared().clock.near(since));
        pieces.push(piece(8, vec![part(Role::Quiet, text)]));
    }
    if h.rate.iter().any(|&n| n > 0) {
        pieces.push(piece(7, vec![part(Role::Text, sparkline(&h.rate))]));
    }
    if !h.has_sources_alone() {
        let files = if h.pending > 0 {
            format!("{} of {}", count(h.files), count(h.files + h.pending))
        } else {
            count(h.files)
        };
        pieces.push(figure(3, "files", files, Role::Text));
        pieces.push(figure(if h.failed > 0 { 1 } else { 6 }, "failed", count(h.failed), alarm(h.failed)));
    }
    for source in &h.sources {
        let (role, value) = sources::standing(source, &app.shared().clock);
        let rank = if role == Role::Bad { 1 } else { 3 };
        pieces.push(figure(rank, &crate::text::visible(&source.name), value, role));
    }
    if h.bad_records > 0 {
        pieces.push(figure(4, "bad records", count(h.bad_records), Role::Warn));
    }
    if let Some(lag) = h.lag {
        pieces.push(figure(5, "lag", format!("{lag:.1}s"), Role::Text));
    }
    let held = app.alerts().list.held as u64;
    let role = if held > 0 { Role::Warn } else { Role::Text };
    pieces.push(figure(if held > 0 { 1 } else { 6 }, "held", count(held), role));
    let notes = h.sources.iter().flat_map(|source| &source.troubles).filter(|trouble| !trouble.holds_up).count();
    let warnings = h.warnings.len() + app.shared().state_warnings().count() + notes;
    if warnings > 0 {
        pieces.push(figure(1, "warnings", count(warnings as u64), Role::Warn));
    }
    pieces
}

fn saving(app: &App, glyphs: Glyphs) -> Vec<Piece> {
    let (saving, failed) = (app.saving(), app.shared().pending.failed());
    let parts: Vec<Part> = if failed > 0 {
        vec![part(Role::Bad, format!("{} NOT SAVED", count(failed as u64))), part(Role::Strong, " r saves")]
    } else if app.shared().state.trouble.is_some() {
        vec![part(Role::Bad, "NOT SAVED")]
    } else if saving > 0 {
        vec![part(Role::Warn, format!("saving {} …", count(saving as u64)))]
    } else if app.shared().read_only() {
        vec![part(Role::Warn, "read-only")]
    } else {
        // The stand-in of a tick would read as crossed out.
        let saved = if glyphs == Glyphs::Ascii { "saved ok" } else { "saved ✓" };
        vec![part(Role::Good, saved)]
    };
    let analyst = crate::text::visible(&app.shared().setup.analyst).into_owned();
    vec![piece(0, parts), piece(4, vec![part(Role::Text, analyst)])]
}

/// The last seconds' events as bars, newest at the right; a second without any is a line at the bottom.
fn sparkline(rate: &[u64]) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let shown = &rate[rate.len().saturating_sub(12)..];
    let most = shown.iter().copied().max().unwrap_or(0).max(1);
    let bar = |n: u64| BARS[usize::try_from((n * 7).div_ceil(most)).unwrap_or(7).min(7)];
    shown.iter().map(|&n| bar(n)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_drawn_against_the_highest() {
        assert_eq!(sparkline(&[0, 1, 70, 35]), "▁▂█▅");
        assert_eq!(sparkline(&[]), "");
    }
}
