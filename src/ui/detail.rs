//! The detail: its tabs, and the page or the record below them.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::line::{put, rect};
use super::tree;
use crate::app::layout::Layout;
use crate::app::page::{Page, Reading, Role, columns, part};
use crate::app::when::count;
use crate::app::{App, Pane, Tab};

/// Columns in front of a page: the cursor.
const GUTTER: u16 = 2;

pub(super) fn draw(app: &App, layout: &Layout, frame: &mut Frame<'_>) {
    let area = rect(layout.detail);
    if area.height == 0 {
        return;
    }
    if layout.wide {
        for y in area.y..area.bottom() {
            put(frame.buffer_mut(), area.x - 1, y, 1, &[part(Role::Quiet, "│")], Style::new());
        }
    }
    tabs(app, Rect { height: 1, ..area }, frame.buffer_mut());
    let inner = Rect { y: area.y + 1, height: area.height - 1, ..area };
    if app.tab() != Tab::Event {
        return page(app.page(), app.reading(), app.pane() == Pane::Detail, inner, frame.buffer_mut());
    }
    match app.tree() {
        Some(tree) => tree::draw(tree, inner, frame),
        None if app.selected().is_some() => {
            let text = [part(Role::Quiet, "reading the record …")];
            put(frame.buffer_mut(), inner.x + GUTTER, inner.y, inner.width.saturating_sub(GUTTER), &text, Style::new());
        }
        None => {}
    }
}

fn tabs(app: &App, area: Rect, buffer: &mut Buffer) {
    let focused = app.pane() == Pane::Detail;
    let rule = "─".repeat(usize::from(area.width));
    put(buffer, area.x, area.y, area.width, &[part(Role::Quiet, rule)], Style::new());
    let shown = app.list().shown();
    let mut lead = if shown == 0 {
        String::new()
    } else {
        format!("Alert {} of {} ", count(app.list().number() as u64), count(shown as u64))
    };
    let name = |tab: &Tab, number: usize, short: bool| match (short && *tab != app.tab(), tab) {
        (true, _) => format!("[{number}]"),
        (false, Tab::Event) if app.shows_ecs() && *tab == app.tab() => format!("[{number}]{} ECS", tab.as_str()),
        (false, _) => format!("[{number}]{}", tab.as_str()),
    };
    let names =
        |short: bool| -> Vec<String> { Tab::ALL.iter().enumerate().map(|(i, tab)| name(tab, i + 1, short)).collect() };
    let wide = |names: &[String]| names.iter().map(|n| crate::text::width(n) + 1).sum::<usize>();
    let room = usize::from(area.width);
    let mut labels = names(false);
    if wide(&labels) + lead.len() > room {
        labels = names(true);
        if wide(&labels) + lead.len() > room {
            lead.clear();
        }
    }
    let mut x = area.x;
    let right = area.right();
    x +=
        put(buffer, x, area.y, right - x, &[part(if focused { Role::Strong } else { Role::Text }, lead)], Style::new());
    for (tab, label) in Tab::ALL.iter().zip(labels) {
        let style = match (*tab == app.tab(), focused) {
            (true, true) => Style::new().add_modifier(Modifier::REVERSED | Modifier::BOLD),
            (true, false) => Style::new().add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
            (false, _) => Style::new(),
        };
        x += put(buffer, x, area.y, right - x, &[part(Role::Text, label)], style);
        x += put(buffer, x, area.y, right - x, &[part(Role::Text, " ")], Style::new());
    }
    let below = app
        .page()
        .lines
        .len()
        .saturating_sub(app.reading().top + usize::from(app.layout().map_or(0, |l| l.detail_rows() as u16)));
    if below > 0 && app.tab() != Tab::Event {
        let more = [part(Role::Text, format!(" {} more ↓", count(below as u64)))];
        let width = u16::try_from(columns(&more)).unwrap_or(0);
        if right.saturating_sub(x) > width {
            put(buffer, right - width, area.y, width, &more, Style::new());
        }
    }
}

/// Draws the lines of `page` that are on the screen.
pub(super) fn page(page: &Page, reading: Reading, focused: bool, area: Rect, buffer: &mut Buffer) {
    let width = area.width.saturating_sub(GUTTER);
    for (line, y) in page.lines.iter().skip(reading.top).zip(area.y..area.bottom()) {
        let current = focused && line.item == Some(reading.cursor);
        let base = if current && line.first { Style::new().add_modifier(Modifier::BOLD) } else { Style::new() };
        if current {
            let mark = if line.first { "▸" } else { "│" };
            put(buffer, area.x, y, area.width.min(1), &[part(Role::Strong, mark)], Style::new());
        }
        put(buffer, area.x + GUTTER.min(area.width), y, width, &line.parts, base);
    }
}
