//! Parts onto cells.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

use super::theme::style;
use crate::app::layout::Area;
use crate::app::page::{Part, columns};
use crate::text;

/// A rectangle as ratatui has it.
pub(super) fn rect(area: Area) -> Rect {
    Rect { x: area.x, y: area.y, width: area.width, height: area.height }
}

/// Draws `parts` at (`x`, `y`) in at most `width` columns, over `base`; an ellipsis where they are cut. Returns the
/// columns taken.
pub(super) fn put(buffer: &mut Buffer, x: u16, y: u16, width: u16, parts: &[Part], base: Style) -> u16 {
    let whole = columns(parts) <= usize::from(width);
    let mut at = 0;
    for (i, part) in parts.iter().enumerate() {
        let room = usize::from(width - at);
        if room == 0 {
            break;
        }
        let fits = whole || columns(&parts[i..]) <= room || text::width(&part.text) < room;
        let text = if fits { part.text.clone() } else { cut(&part.text, room) };
        let (end, _) = buffer.set_stringn(x + at, y, &text, room, base.patch(style(part.role)));
        at = end - x;
    }
    at
}

/// Draws a row of a list over the whole of `row`: the selected one turned round where the keys go to its list, and bold
/// where they do not.
pub(super) fn put_row(buffer: &mut Buffer, row: Rect, parts: &[Part], selected: bool, focused: bool) {
    let base = match (selected, focused) {
        (true, true) => Style::new().add_modifier(Modifier::REVERSED),
        (true, false) => Style::new().add_modifier(Modifier::BOLD),
        _ => Style::new(),
    };
    if selected && focused {
        buffer.set_style(row, base);
    }
    put(buffer, row.x, row.y, row.width, parts, base);
    if selected && focused {
        for position in row.positions() {
            let Some(cell) = buffer.cell_mut(position) else { continue };
            if cell.bg == Color::Reset {
                // Turned round, a colour would be a block with the word lost in it, and what is faint could not be read.
                cell.fg = Color::Reset;
                cell.modifier -= Modifier::DIM;
            } else {
                // What is filled stays as it is.
                cell.modifier -= Modifier::REVERSED;
            }
        }
    }
}

/// `text` cut to `room` columns, the last one an ellipsis.
fn cut(text: &str, room: usize) -> String {
    text::fit(&format!("{text}…"), room, "…").into_owned()
}

/// A piece of a bar: dropped whole when there is no room, the one with the largest rank first.
pub(super) struct Piece {
    pub(super) rank: u8,
    pub(super) parts: Vec<Part>,
}

pub(super) fn piece(rank: u8, parts: Vec<Part>) -> Piece {
    Piece { rank, parts }
}

/// Draws `left` from the left and `right` to the right edge of a row, `gap` columns between pieces, without those for
/// which there is no room.
pub(super) fn bar(buffer: &mut Buffer, area: Rect, gap: usize, left: Vec<Piece>, right: Vec<Piece>) {
    let (mut left, mut right) = (left, right);
    let room = usize::from(area.width);
    let taken = |pieces: &[Piece]| pieces.iter().map(|p| columns(&p.parts) + gap).sum::<usize>();
    while (taken(&left) + taken(&right)).saturating_sub(gap) > room && left.len() + right.len() > 1 {
        let worst = left.iter().chain(&right).map(|p| p.rank).max().unwrap_or(0);
        let side = if right.iter().any(|p| p.rank == worst) { &mut right } else { &mut left };
        if let Some(at) = side.iter().rposition(|p| p.rank == worst) {
            side.remove(at);
        }
    }
    let mut x = area.x;
    for piece in &left {
        let width = area.right().saturating_sub(x);
        x += put(buffer, x, area.y, width, &piece.parts, Style::new());
        x = (x + u16::try_from(gap).unwrap_or(1)).min(area.right());
    }
    let mut x = area.right().saturating_sub(u16::try_from(taken(&right).saturating_sub(gap)).unwrap_or(u16::MAX));
    x = x.max(area.x);
    for piece in &right {
        let width = area.right().saturating_sub(x);
        x += put(buffer, x, area.y, width, &piece.parts, Style::new());
        x = (x + u16::try_from(gap).unwrap_or(1)).min(area.right());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::page::{Role, part};

    fn drawn(width: u16, draw: impl Fn(&mut Buffer)) -> String {
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, 1));
        draw(&mut buffer);
        (0..width).map(|x| buffer[(x, 0)].symbol()).collect()
    }

    #[test]
    fn what_does_not_fit_ends_in_an_ellipsis() {
        let parts = [part(Role::Text, "abc"), part(Role::Strong, "def")];
        let put = |width| {
            drawn(8, |b| {
                put(b, 0, 0, width, &parts, Style::new());
            })
        };
        assert_eq!(put(6), "abcdef  ");
        assert_eq!(put(5), "abcd…   ");
        assert_eq!(put(4), "abc…    ");
        assert_eq!(put(3), "ab…     ");
        assert_eq!(put(0), "        ");
    }

    #[test]
    fn a_selected_row_is_turned_round_but_for_what_is_filled() {
        use crate::rule::Severity;
        let mut buffer = Buffer::empty(Rect::new(0, 0, 4, 1));
        let parts = [part(Role::Priority(Severity::High), "86"), part(Role::Good, "ok")];
        let row = buffer.area;
        put_row(&mut buffer, row, &parts, true, true);
        let look = |x| (buffer[(x, 0)].fg, buffer[(x, 0)].bg, buffer[(x, 0)].modifier.contains(Modifier::REVERSED));
        assert_eq!(look(0), (Color::White, Color::Red, false));
        assert_eq!(look(2), (Color::Reset, Color::Reset, true));
    }

    #[test]
    fn a_bar_drops_what_matters_least() {
        let bar = |width| {
            drawn(width, |b| {
                let left = vec![piece(1, vec![part(Role::Text, "name")]), piece(9, vec![part(Role::Text, "more")])];
                bar(b, b.area, 1, left, vec![piece(2, vec![part(Role::Text, "live")])]);
            })
        };
        assert_eq!(bar(16), "name more   live");
        assert_eq!(bar(12), "name    live");
        assert_eq!(bar(8), "name    ");
    }
}
