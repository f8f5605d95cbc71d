//! Explore: the question, the progress of the search, counts over time, the events and the values of a field.

mod lists;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::input::{caret, typed};
use super::line::{put, rect};
use super::tree;
use crate::app::explore::places::Places;
use crate::app::explore::{Explore, Record, lead, span};
use crate::app::format::count;
use crate::app::layout::{Area, Layout};
use crate::app::page::{Role, part};
use crate::app::{App, Overlay};
use crate::query::Language;
use crate::text::{fit_middle, visible, width};

/// Below a question that is being typed.
fn hint(language: Language) -> &'static str {
    match language {
        Language::Kql => "KQL · behind it since 7d, until 1h · Tab completes names · Enter asks",
        Language::Eql => "any where …, or sequence by … [any where …] [any where …] · since 7d",
    }
}

pub(super) fn draw(app: &App, layout: &Layout, frame: &mut Frame<'_>) {
    let (explore, shared) = (app.explore(), app.shared());
    let places = explore.places(shared);
    if !explore.is_alone() {
        question(app, &places, frame);
    }
    let buffer = frame.buffer_mut();
    if let Some(record) = &explore.record {
        let body = layout.body();
        let below = if explore.is_alone() { body.y } else { places.question.y + places.question.height };
        let area = Area { y: below, height: (body.y + body.height).saturating_sub(below), ..body };
        return opened(app, explore, record, rect(area), frame);
    }
    let row = rect(places.status);
    if row.height > 0 {
        put(buffer, row.x, row.y, row.width, &explore.status(shared), Style::new());
    }
    gaps(app, explore, rect(places.gaps), buffer);
    bars(app, explore, &places, buffer);
    lists::events(app, explore, rect(places.events), buffer);
    lists::values(explore, rect(places.values), buffer);
}

fn question(app: &App, places: &Places, frame: &mut Frame<'_>) {
    let area = rect(places.question);
    if area.height == 0 {
        return;
    }
    let row = Rect { height: 1, ..area };
    let Some(Overlay::Question { editor, language, problem, doubt }) = app.shared().overlay.as_ref() else {
        let lines = app.explore().question_lines(usize::from(area.width));
        let words = lead(app.explore().ask.language());
        for (i, (line, y)) in lines.into_iter().zip(area.y..area.bottom()).enumerate() {
            let lead = part(Role::Strong, if i == 0 { words.clone() } else { " ".repeat(words.len()) });
            put(frame.buffer_mut(), area.x, y, area.width, &[lead, part(Role::Strong, line)], Style::new());
        }
        return;
    };
    let lead = part(Role::Strong, lead(*language));
    let indent = width(&lead.text);
    let scrolled = typed(lead, editor, row, frame);
    let below = |n: u16| (n < area.height).then_some(area.y + n);
    match (problem.as_ref().or(doubt.as_ref()), below(1)) {
        (Some(problem), Some(y)) => {
            caret(indent + problem.column.saturating_sub(scrolled), area, y, frame);
            if let Some(y) = below(2) {
                let message = [part(Role::Warn, visible(&problem.message))];
                put(frame.buffer_mut(), area.x, y, area.width, &message, Style::new());
            }
        }
        (None, Some(y)) => {
            let hint = [part(Role::Text, " ".repeat(indent)), part(Role::Quiet, hint(*language))];
            put(frame.buffer_mut(), area.x, y, area.width, &hint, Style::new());
        }
        (_, None) => {}
    }
}

fn gaps(app: &App, explore: &Explore, area: Rect, buffer: &mut Buffer) {
    let lines = explore.gaps(app.shared(), usize::from(area.width).max(8));
    let left_out = lines.len().saturating_sub(usize::from(area.height));
    for (i, (line, y)) in lines.into_iter().zip(area.y..area.bottom()).enumerate() {
        let more = if left_out > 0 && i + 1 == usize::from(area.height) { " …" } else { "" };
        put(buffer, area.x, y, area.width, &[part(Role::Warn, format!("{line}{more}"))], Style::new());
    }
}

/// Counts over time: as many bars as there is room for, each as wide as there is room for.
fn bars(app: &App, explore: &Explore, places: &Places, buffer: &mut Buffer) {
    const EIGHTHS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
    let (area, axis) = (rect(places.bars), rect(places.axis));
    let Some(bars) = explore.answer.counts.bars(usize::from(area.width)).filter(|_| area.height > 0) else { return };
    let most = bars.counts.iter().copied().max().unwrap_or(0).max(1);
    let wide = (usize::from(area.width) / bars.counts.len().max(1)).clamp(1, 8);
    let rows = u64::from(area.height);
    for (y, above) in (area.y..area.bottom()).zip((0..rows).rev()) {
        let mut line = String::new();
        for &n in &bars.counts {
            // A single event is still seen beside a million.
            let eighths = if n == 0 { 0 } else { (u128::from(n) * u128::from(rows) * 8 / u128::from(most)).max(1) };
            let here = eighths.saturating_sub(u128::from(above) * 8).min(8);
            let sign = EIGHTHS[usize::try_from(here).unwrap_or(8)];
            line.push_str(&sign.repeat(if wide > 2 { wide - 1 } else { wide }));
            line.push_str(if wide > 2 { " " } else { "" });
        }
        put(buffer, area.x, y, area.width, &[part(Role::Text, line)], Style::new());
    }
    if axis.height == 0 {
        return;
    }
    let seconds = bars.step.saturating_mul(i64::try_from(bars.counts.len()).unwrap_or(1));
    let end = bars.start.checked_add_signed(chrono::Duration::seconds(seconds)).unwrap_or(bars.start);
    let clock = app.shared().clock;
    let (from, to) = (clock.full(bars.start), clock.full(end));
    let ways = [
        format!("a bar is {}, the highest {}", span(bars.step), count(most)),
        format!("a bar is {}", span(bars.step)),
        span(bars.step),
    ];
    let used = (wide * bars.counts.len()).max(width(&from) + width(&to) + 20).min(usize::from(axis.width));
    let room = used.saturating_sub(width(&from) + width(&to) + 2);
    let middle = ways.into_iter().find(|way| width(way) <= room).unwrap_or_default();
    let gap = (used.saturating_sub(width(&from) + width(&to) + width(&middle))) / 2;
    let gap = " ".repeat(gap);
    let parts =
        [part(Role::Quiet, format!("{from}{gap}")), part(Role::Text, middle), part(Role::Quiet, format!("{gap}{to}"))];
    put(buffer, axis.x, axis.y, axis.width, &parts, Style::new());
}

/// A record over the lists.
fn opened(app: &App, explore: &Explore, record: &Record, area: Rect, frame: &mut Frame<'_>) {
    if area.height == 0 {
        return;
    }
    let form = if app.shared().ecs { "the ECS document" } else { "the record" };
    let (number, of) = (explore.events.cursor + 1, explore.answer.events.len());
    let lead = if explore.is_alone() {
        "Event".to_owned()
    } else {
        format!("Event {} of {}", count(number as u64), count(of as u64))
    };
    let place = record.at.origin.to_string();
    let room = usize::from(area.width).saturating_sub(width(&lead) + width(form) + 6);
    let title = [
        part(Role::Strong, lead),
        part(Role::Quiet, format!(" · {form} · ")),
        part(Role::Text, fit_middle(&visible(&place), room, "…")),
    ];
    put(frame.buffer_mut(), area.x, area.y, area.width, &title, Style::new());
    let inner = Rect { y: area.y + 1, height: area.height - 1, ..area };
    match app.tree() {
        Some(shown) => tree::draw(shown, inner, frame),
        None => {
            let text = if record.gone {
                "the record is no longer there: its file has changed"
            } else {
                "reading the record …"
            };
            put(
                frame.buffer_mut(),
                inner.x + 2,
                inner.y,
                inner.width.saturating_sub(2),
                &[part(Role::Quiet, text)],
                Style::new(),
            );
        }
    }
}
