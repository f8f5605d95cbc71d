//! Dialogs over the panes, and the filter's rows.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::{Clear, Widget as _};
use unicode_segmentation::UnicodeSegmentation as _;

use super::input::{caret, chosen, cursor, typed, window};
use super::line::{put, rect};
use crate::app::format::{count, plural};
use crate::app::layout::Layout;
use crate::app::page::{Page, PageScroll, Role, columns, part};
use crate::app::{App, Editor, Menu, Overlay, View, keys};
use crate::text;

pub(super) fn draw(app: &App, layout: &Layout, frame: &mut Frame<'_>) {
    if app.view() == View::Alerts {
        filter(app, layout, frame);
    }
    match app.shared().overlay.as_ref() {
        None | Some(Overlay::Filter { .. } | Overlay::FindRules { .. } | Overlay::Question { .. }) => {}
        Some(Overlay::Field(editor)) => field(editor, layout, frame),
        Some(Overlay::Menu(choice)) => menu(choice, layout, frame),
        Some(Overlay::Note { title, editor, .. }) => note(title, editor, layout, frame),
        Some(Overlay::Search(editor)) => search(app, editor, layout, frame),
        Some(Overlay::Except(form)) => super::except::draw(app, form, layout, frame),
        Some(Overlay::Palette { editor, found, cursor }) => palette(app, editor, found, *cursor, layout, frame),
        Some(Overlay::Help(help)) => {
            reader(app, "Keys", layout, frame);
            if help.typing {
                let row = rect(layout.footer);
                Clear.render(row, frame.buffer_mut());
                typed(part(Role::Strong, "find keys "), &help.words, row, frame);
            }
        }
        Some(Overlay::Health) => reader(app, "Health", layout, frame),
        Some(Overlay::Leave) => leave(app, layout, frame),
    }
}

fn menu(menu: &Menu, layout: &Layout, frame: &mut Frame<'_>) {
    let widest = menu.choices.iter().map(|(text, _)| text::width(text) + 4).max().unwrap_or(0);
    let hint = menu.hint.as_deref();
    let width = widest.max(hint.map_or(0, text::width)).max(text::width(&menu.title) + 2);
    let extra = if hint.is_some() { 2 } else { 0 };
    let buffer = frame.buffer_mut();
    let area = window(&menu.title, width, menu.choices.len() + extra, layout, buffer);
    let mut y = area.y;
    if let Some(hint) = hint {
        put(buffer, area.x, y, area.width, &[part(Role::Warn, hint)], Style::new());
        y += 2;
    }
    let rows = usize::from(area.bottom().saturating_sub(y));
    let top = (menu.cursor + 1).saturating_sub(rows);
    for (i, (text, _)) in menu.choices.iter().enumerate().skip(top).take(rows) {
        let number = if i < 9 { format!("{}  ", i + 1) } else { "   ".to_owned() };
        let base = chosen(i == menu.cursor);
        buffer.set_style(Rect { y, height: 1, ..area }, base);
        put(buffer, area.x, y, area.width, &[part(Role::Strong, number), part(Role::Text, text.clone())], base);
        y += 1;
    }
}

fn note(title: &str, editor: &Editor, layout: &Layout, frame: &mut Frame<'_>) {
    let width = usize::from(layout.screen.width).saturating_sub(8).clamp(20, 76);
    let area = window(title, width, 7, layout, frame.buffer_mut());
    let columns = usize::from(area.width).max(1);
    let shown = |text: &str| -> Vec<String> { text.split('\n').flat_map(|l| hard_wrap(l, columns)).collect() };
    let lines = shown(editor.text());
    let before = shown(editor.before());
    let (row, column) = (before.len() - 1, before.last().map_or(0, |l| text::width(l)));
    let height = usize::from(area.height);
    let top = (row + 1).saturating_sub(height);
    for (line, y) in lines.into_iter().skip(top).zip(area.y..area.bottom()) {
        put(frame.buffer_mut(), area.x, y, area.width, &[part(Role::Text, line)], Style::new());
    }
    cursor(frame, area, column, row - top);
}

/// Lines of at most `columns`, broken anywhere, so that the cursor's place is that of the text before it.
fn hard_wrap(line: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for g in line.graphemes(true) {
        let wide = text::width(g);
        if used + wide > columns {
            lines.push(String::new());
            used = 0;
        }
        if let Some(last) = lines.last_mut() {
            last.push_str(g);
        }
        used += wide;
    }
    lines
}

fn filter(app: &App, layout: &Layout, frame: &mut Frame<'_>) {
    let area = rect(layout.filter);
    if area.height == 0 {
        return;
    }
    let row = Rect { height: 1, ..area };
    let list = &app.alerts().list;
    let all = list.shown + list.hidden;
    let mut counts = format!("{} of {}", count(list.shown as u64), plural(all, "alert"));
    if app.alerts().filter.waiting() {
        counts = "searching the events …".to_owned();
    } else if app.is_busy() {
        counts.insert_str(0, "filtering … ");
    }
    let Some(Overlay::Filter { editor, .. }) = app.shared().overlay.as_ref() else {
        let mut right = vec![part(Role::Text, counts)];
        if app.alerts().hidden_new > 0 {
            right.push(part(Role::Warn, format!(" · {} new hidden", count(app.alerts().hidden_new as u64))));
        }
        right.push(part(Role::Quiet, " · Esc shows all"));
        let width = u16::try_from(columns(&right)).unwrap_or(0).min(row.width);
        let left = [part(Role::Quiet, "filter "), part(Role::Strong, app.alerts().filter.text())];
        put(frame.buffer_mut(), row.x, row.y, row.width.saturating_sub(width + 2), &left, Style::new());
        put(frame.buffer_mut(), row.right() - width, row.y, width, &right, Style::new());
        return;
    };
    let lead = "filter ";
    let scrolled = typed(part(Role::Strong, lead), editor, row, frame);
    let y = area.y + 1;
    match app.alerts().filter.error().or(app.alerts().filter.doubt()) {
        Some(problem) => {
            caret(lead.len() + problem.column.saturating_sub(scrolled), area, y, frame);
            let mut message = vec![part(Role::Warn, text::visible(&problem.message))];
            if app.alerts().filter.error().is_none() {
                message.extend([part(Role::Quiet, " · "), part(Role::Strong, counts)]);
            }
            if y + 1 < area.bottom() {
                put(frame.buffer_mut(), area.x, y + 1, area.width, &message, Style::new());
            }
        }
        None => {
            let parts = [
                part(Role::Text, " ".repeat(lead.len())),
                part(Role::Strong, counts),
                part(Role::Quiet, format!(" · {}", app.alerts().filter.hint())),
            ];
            put(frame.buffer_mut(), area.x, y, area.width, &parts, Style::new());
        }
    }
}

fn field(editor: &Editor, layout: &Layout, frame: &mut Frame<'_>) {
    let row = rect(layout.footer);
    Clear.render(row, frame.buffer_mut());
    typed(part(Role::Strong, "count the values of "), editor, row, frame);
}

fn search(app: &App, editor: &Editor, layout: &Layout, frame: &mut Frame<'_>) {
    let row = rect(layout.footer);
    Clear.render(row, frame.buffer_mut());
    let found = app.tree().and_then(|t| t.search_summary()).unwrap_or_default();
    let width = u16::try_from(text::width(&found)).unwrap_or(0).min(row.width);
    put(frame.buffer_mut(), row.right() - width, row.y, width, &[part(Role::Quiet, found)], Style::new());
    let room = Rect { width: row.width.saturating_sub(width + 1), ..row };
    typed(part(Role::Strong, "search "), editor, room, frame);
}

fn palette(
    app: &App,
    editor: &Editor,
    found: &[&'static keys::Binding],
    cursor: usize,
    layout: &Layout,
    frame: &mut Frame<'_>,
) {
    let width = usize::from(layout.screen.width).saturating_sub(8).clamp(20, 90);
    let height = usize::from(layout.screen.height).saturating_sub(6).clamp(3, 16);
    let area = window("Do", width, height, layout, frame.buffer_mut());
    typed(part(Role::Strong, ": "), editor, Rect { height: 1, ..area }, frame);
    let rows = usize::from(area.height.saturating_sub(1));
    let top = (cursor + 1).saturating_sub(rows);
    let buffer = frame.buffer_mut();
    if found.is_empty() {
        put(buffer, area.x, area.y + 1, area.width, &[part(Role::Quiet, "nothing has such a name")], Style::new());
    }
    for ((i, binding), y) in found.iter().enumerate().skip(top).zip(area.y + 1..area.bottom()) {
        let why = binding.why_not(app);
        let base = chosen(i == cursor);
        buffer.set_style(Rect { y, height: 1, ..area }, base);
        let about = match why {
            Some(why) => part(Role::Quiet, format!("not now: {why}")),
            None => part(Role::Text, binding.about),
        };
        let key = text::pad(&keys::name(binding.keys[0]), 6, "…");
        put(buffer, area.x, y, area.width, &[part(Role::Strong, key), about], base);
    }
}

fn reader(app: &App, title: &str, layout: &Layout, frame: &mut Frame<'_>) {
    let Some((page, scroll)) = app.reader() else { return };
    window_page(page, scroll, app.shared().reader_rows(), title, layout, frame.buffer_mut());
}

fn window_page(page: &Page, scroll: PageScroll, rows: usize, title: &str, layout: &Layout, buffer: &mut Buffer) {
    let below = page.lines.len().saturating_sub(scroll.top + rows);
    let title = if below > 0 { format!("{title} · {} more ↓", plural(below, "line")) } else { title.to_owned() };
    let area = window(&title, page.width(), rows, layout, buffer);
    for (line, y) in page.lines.iter().skip(scroll.top).zip(area.y..area.bottom()) {
        put(buffer, area.x, y, area.width, &line.parts, Style::new());
    }
}

fn leave(app: &App, layout: &Layout, frame: &mut Frame<'_>) {
    let mut lines = Vec::new();
    let (saving, failed) = (app.saving(), app.shared().pending.failed());
    if failed > 0 {
        lines.push(part(
            Role::Bad,
            format!("{} could not be saved, and that is tried again", plural(failed, "decision")),
        ));
    }
    if saving > 0 {
        lines.push(part(Role::Warn, format!("{} being saved", plural(saving, "decision"))));
    }
    if !app.alerts().drafts.is_empty() {
        lines.push(part(Role::Warn, format!("{} half-written", plural(app.alerts().drafts.len(), "note"))));
    }
    lines.push(part(Role::Text, ""));
    if app.alerts().drafts.is_empty() && app.shared().setup.mode == crate::app::Mode::Watch {
        lines.push(part(Role::Text, "What cannot be saved is kept in a file, and saved at the next start."));
        lines.push(part(Role::Strong, "y leaves · Esc stays"));
    } else {
        lines.push(part(Role::Strong, "y leaves, and it is lost · Esc stays"));
    }
    let width = lines.iter().map(|l| text::width(&l.text)).max().unwrap_or(0);
    let buffer = frame.buffer_mut();
    let area = window("Not everything is saved", width.max(28), lines.len(), layout, buffer);
    for (line, y) in lines.into_iter().zip(area.y..area.bottom()) {
        put(buffer, area.x, y, area.width, &[line], Style::new());
    }
}
