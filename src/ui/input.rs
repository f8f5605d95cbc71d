//! Parts of dialogs: a box, a chosen row, a line that is typed in.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::widgets::{Block, Clear, Widget as _};
use unicode_segmentation::UnicodeSegmentation as _;

use super::line::{put, rect};
use crate::app::Editor;
use crate::app::layout::Layout;
use crate::app::page::{Part, Role, part};
use crate::text;

/// An emptied box in the middle of the screen for `width` × `height` cells inside; returns the inside.
pub(super) fn window(title: &str, width: usize, height: usize, layout: &Layout, buffer: &mut Buffer) -> Rect {
    let screen = rect(layout.screen);
    let width = u16::try_from(width + 4).unwrap_or(u16::MAX).min(screen.width);
    let height = u16::try_from(height + 2).unwrap_or(u16::MAX).min(screen.height.saturating_sub(2)).max(3);
    let area = Rect {
        x: (screen.width - width) / 2,
        y: (screen.height.saturating_sub(height) / 2).min(screen.height.saturating_sub(height + 1)),
        width,
        height: height.min(screen.height),
    };
    Clear.render(area, buffer);
    let block = Block::bordered()
        .title(text::fit(&format!(" {title} "), usize::from(width.saturating_sub(2)), "…").into_owned());
    let inner = block.inner(area);
    block.render(area, buffer);
    Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner }
}

pub(super) fn chosen(yes: bool) -> Style {
    if yes { Style::new().add_modifier(Modifier::REVERSED) } else { Style::new() }
}

pub(super) fn cursor(frame: &mut Frame<'_>, area: Rect, column: usize, row: usize) {
    let x = area.x + u16::try_from(column).unwrap_or(u16::MAX).min(area.width.saturating_sub(1));
    let y = area.y + u16::try_from(row).unwrap_or(u16::MAX).min(area.height.saturating_sub(1));
    frame.set_cursor_position(Position { x, y });
}

/// One line of typed text behind `lead`; scrolls so that the cursor is seen. Returns the columns scrolled away.
pub(super) fn typed(lead: Part, editor: &Editor, area: Rect, frame: &mut Frame<'_>) -> usize {
    let at = put(frame.buffer_mut(), area.x, area.y, area.width, &[lead], Style::new());
    let area = Rect { x: area.x + at, width: area.width - at, ..area };
    let room = usize::from(area.width).saturating_sub(1).max(1);
    let before = text::width(editor.before());
    let scrolled = before.saturating_sub(room);
    let shown = skip_columns(editor.text(), scrolled);
    put(frame.buffer_mut(), area.x, area.y, area.width, &[part(Role::Text, shown)], Style::new());
    cursor(frame, area, before - scrolled, 0);
    scrolled
}

fn skip_columns(line: &str, columns: usize) -> String {
    let mut left = columns;
    let rest = line.graphemes(true).skip_while(|g| {
        let skip = left > 0;
        left = left.saturating_sub(text::width(g));
        skip
    });
    rest.collect()
}

/// Points at a column of the line above.
pub(super) fn caret(column: usize, area: Rect, y: u16, frame: &mut Frame<'_>) {
    let at = u16::try_from(column).unwrap_or(u16::MAX).min(area.width.saturating_sub(1));
    put(frame.buffer_mut(), area.x + at, y, 1, &[part(Role::Bad, "^")], Style::new());
}
