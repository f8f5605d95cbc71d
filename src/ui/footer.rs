//! The last rows: the notice, and the keys that matter now.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::line::{Piece, bar, piece, put, rect};
use crate::app::layout::Layout;
use crate::app::page::{Role, part};
use crate::app::{App, keys};

pub(super) fn draw(app: &App, layout: &Layout, buffer: &mut Buffer) {
    notice(app, rect(layout.notice), buffer);
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
            piece(rank, vec![part(Role::Accent, key), part(Role::Quiet, b.name)])
        })
        .collect();
    bar(buffer, rect(layout.footer), 2, pieces, Vec::new());
}

fn notice(app: &App, area: Rect, buffer: &mut Buffer) {
    let Some(notice) = app.shared().notices.showing() else { return };
    let (mark, role) = if notice.warning { ("‼ ", Role::Warn) } else { ("  ", Role::Strong) };
    for (i, (line, y)) in app.shared().notice_lines().into_iter().zip(area.y..area.bottom()).enumerate() {
        let mark = part(Role::Bad, if i == 0 { mark } else { "  " });
        put(buffer, area.x, y, area.width, &[mark, part(role, line)], Style::new());
    }
    if notice.warning && area.height > 0 {
        bar(
            buffer,
            Rect { y: area.bottom() - 1, height: 1, ..area },
            2,
            Vec::new(),
            vec![piece(1, vec![part(Role::Quiet, "Esc dismisses")])],
        );
    }
}
