//! The last rows: what was said, and the keys that matter now.

use ratatui::buffer::Buffer;
use ratatui::style::Style;

use super::line::{Piece, bar, piece, put, rect};
use crate::app::layout::Layout;
use crate::app::page::{Role, part};
use crate::app::{App, keys};

pub(super) fn draw(app: &App, layout: &Layout, buffer: &mut Buffer) {
    if let Some(notice) = app.notices().showing() {
        let area = rect(layout.notice);
        let parts = if notice.warning {
            vec![part(Role::Bad, "‼ "), part(Role::Warn, notice.text.clone())]
        } else {
            vec![part(Role::Strong, "  "), part(Role::Strong, notice.text.clone())]
        };
        let right = if notice.warning { vec![piece(1, vec![part(Role::Quiet, "Esc dismisses")])] } else { Vec::new() };
        let taken = if notice.warning { 15 } else { 0 };
        bar(buffer, area, 2, Vec::new(), right);
        put(buffer, area.x, area.y, area.width.saturating_sub(taken), &parts, Style::new());
    }
    let contexts = app.contexts();
    let keys = keys::footer(&contexts);
    let pieces: Vec<Piece> = keys
        .into_iter()
        .filter(|b| (b.disabled)(app).is_none())
        .enumerate()
        .map(|(i, b)| {
            let key = if b.name.starts_with(|c: char| c.is_ascii_digit()) {
                String::new()
            } else {
                format!("{} ", keys::name(b.keys[0]))
            };
            // Help and leaving stay whatever else there is.
            let rank = match b.action {
                crate::app::Action::Help => 0,
                crate::app::Action::Quit => 1,
                _ => u8::try_from(i + 2).unwrap_or(u8::MAX),
            };
            piece(rank, vec![part(Role::Strong, key), part(Role::Quiet, b.name)])
        })
        .collect();
    bar(buffer, rect(layout.footer), 2, pieces, Vec::new());
}
