//! The detail: its tabs, and the page or the record below them.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::line::{put, rect};
use super::theme::style;
use super::{pane, tree};
use crate::app::format::{count, plural};
use crate::app::layout::Layout;
use crate::app::page::{Page, PageScroll, Role, columns, part};
use crate::app::{App, Pane, Tab};
use crate::text;

/// Columns in front of a page: the cursor.
const GUTTER: u16 = 2;

pub(super) fn draw(app: &App, layout: &Layout, frame: &mut Frame<'_>) {
    let area = rect(layout.detail);
    if area.height == 0 {
        return;
    }
    let focused = app.alerts().pane == Pane::Detail;
    surround(layout, focused, frame.buffer_mut());
    tabs(app, Rect { height: 1, ..area }, frame.buffer_mut());
    let inner = Rect { y: area.y + 1, height: area.height - 1, ..area };
    if app.alerts().tab != Tab::Event {
        return page(
            &app.alerts().page,
            app.alerts().scroll(),
            app.alerts().pane == Pane::Detail,
            inner,
            frame.buffer_mut(),
        );
    }
    let mut inner = inner;
    if let Some(place) = app.alerts().place_in_sequence(app.shared()).filter(|_| inner.height > 2) {
        put(frame.buffer_mut(), inner.x, inner.y, inner.width, &place, Style::new());
        (inner.y, inner.height) = (inner.y + 1, inner.height - 1);
    }
    match app.tree() {
        Some(tree) => tree::draw(tree, inner, frame),
        None if app.alerts().selected(app.shared()).is_some() => {
            let text = [part(Role::Quiet, "reading the record …")];
            put(frame.buffer_mut(), inner.x + GUTTER, inner.y, inner.width.saturating_sub(GUTTER), &text, Style::new());
        }
        None => {}
    }
}

fn tabs(app: &App, area: Rect, buffer: &mut Buffer) {
    let focused = app.alerts().pane == Pane::Detail;
    rule(area, focused, buffer);
    let shown = app.alerts().list.shown;
    let (number, of) = (count(app.alerts().list.number() as u64), count(shown as u64));
    // A group's detail is that of the alert that matters most in it.
    let whole = app.alerts().list.on_group().map(|group| format!("{} as one ", plural(group.counts.all(), "alert")));
    let label = |tab: Tab, number: usize, short: bool| match (tab == app.alerts().tab, tab) {
        (true, Tab::Event) if app.shared().ecs => format!("[{number}]Event, as ECS"),
        (false, _) if short => format!("[{number}]"),
        _ => format!("[{number}]{}", tab.as_str()),
    };
    // From saying most to saying least: the first that fits. The tabs' words go last.
    let ways = [
        (whole.clone().unwrap_or_else(|| format!("Alert {number} of {of} ")), false),
        (whole.unwrap_or_else(|| format!("{number}/{of} ")), false),
        (String::new(), false),
        (String::new(), true),
    ];
    let said = ways.into_iter().map(|(lead, short)| {
        let lead = if shown == 0 { String::new() } else { lead };
        let labels: Vec<String> = Tab::ALL.into_iter().zip(1..).map(|(tab, n)| label(tab, n, short)).collect();
        let width = text::width(&lead) + labels.iter().map(|l| text::width(l) + 1).sum::<usize>() - 1;
        (width <= usize::from(area.width), lead, labels)
    });
    let (mut lead, mut labels) = (String::new(), Vec::new());
    for (fits, l, names) in said {
        (lead, labels) = (l, names);
        if fits {
            break;
        }
    }
    let mut x = area.x;
    let right = area.right();
    x +=
        put(buffer, x, area.y, right - x, &[part(if focused { Role::Strong } else { Role::Text }, lead)], Style::new());
    for (tab, label) in Tab::ALL.iter().zip(labels) {
        let style = match (*tab == app.alerts().tab, focused) {
            (true, true) => style(Role::Accent).add_modifier(Modifier::REVERSED),
            (true, false) => Style::new().add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
            (false, _) => Style::new(),
        };
        x += put(buffer, x, area.y, right - x, &[part(Role::Text, label)], style);
        x += put(buffer, x, area.y, right - x, &[part(Role::Text, " ")], Style::new());
    }
    let rows = app.shared().layout.map_or(0, |layout| layout.detail_rows());
    let below = app.alerts().page.lines.len().saturating_sub(app.alerts().scroll().top + rows);
    if app.alerts().tab != Tab::Event {
        more(below, Rect { x, width: right.saturating_sub(x), ..area }, buffer);
    }
}

/// The border of the detail, or the line between the table at the left and it.
pub(super) fn surround(layout: &Layout, focused: bool, buffer: &mut Buffer) {
    pane::draw(layout.frames.1, &[], focused, buffer);
    let area = rect(layout.detail);
    if layout.wide && layout.frames.1.height == 0 && area.x > 0 {
        for y in area.y..area.bottom() {
            buffer.set_string(area.x - 1, y, "│", pane::line(focused));
        }
    }
}

/// The line that a title stands on.
pub(super) fn rule(area: Rect, focused: bool, buffer: &mut Buffer) {
    buffer.set_string(area.x, area.y, "─".repeat(usize::from(area.width)), pane::line(focused));
}

/// Says at the right edge of `area` that there are `below` lines more, as far as there is room.
pub(super) fn more(below: usize, area: Rect, buffer: &mut Buffer) {
    let ways = [format!(" {} more ↓", count(below as u64)), " ↓".to_owned()];
    let fits = |way: &String| below > 0 && text::width(way) <= usize::from(area.width);
    if let Some(more) = ways.into_iter().find(fits) {
        let more = [part(Role::Text, more)];
        let width = u16::try_from(columns(&more)).unwrap_or(0);
        put(buffer, area.right() - width, area.y, width, &more, Style::new());
    }
}

/// Draws the lines of `page` that are on the screen, behind a gutter for the cursor.
pub(super) fn page(page: &Page, scroll: PageScroll, focused: bool, area: Rect, buffer: &mut Buffer) {
    for (line, y) in page.lines.iter().skip(scroll.top).zip(area.y..area.bottom()) {
        let current = focused && line.item == Some(scroll.cursor);
        let base = if current && line.first { Style::new().add_modifier(Modifier::BOLD) } else { Style::new() };
        if current {
            let mark = if line.first { "▸" } else { "│" };
            put(buffer, area.x, y, area.width.min(1), &[part(Role::Accent, mark)], Style::new());
        }
        let gutter = GUTTER.min(area.width);
        put(buffer, area.x + gutter, y, area.width - gutter, &line.parts, base);
    }
}
