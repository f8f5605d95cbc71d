//! The border of a pane, with its title. The one that has the keys has the accent.

use ratatui::buffer::Buffer;
use ratatui::style::Style;
use ratatui::widgets::{Block, Widget as _};

use super::line::{put, rect};
use super::theme::style;
use crate::app::layout::Area;
use crate::app::page::{Part, Role};

/// Draws the border at `area`, where there is one, with `title` in its first row.
pub(super) fn draw(area: Area, title: &[Part], focused: bool, buffer: &mut Buffer) {
    let area = rect(area);
    if area.height < 2 {
        return;
    }
    Block::bordered().border_style(line(focused)).render(area, buffer);
    put(buffer, area.x + 2, area.y, area.width.saturating_sub(4), title, Style::new());
}

/// The line around a pane, or above it.
pub(super) fn line(focused: bool) -> Style {
    style(if focused { Role::Accent } else { Role::Quiet })
}
