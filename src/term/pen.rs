//! Writes changed cells in as few bytes as terminals need: over a slow link every byte is seen. It keeps what stands on the
//! screen, so that a gap of a few cells is written over rather than jumped over and the blank end of a row is one sequence.

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Modifier};

use crate::text::width;

/// Attributes and the numbers that switch them on and off.
const ATTRIBUTES: [(Modifier, u8, u8); 8] = [
    (Modifier::BOLD, 1, 22),
    (Modifier::DIM, 2, 22),
    (Modifier::ITALIC, 3, 23),
    (Modifier::UNDERLINED, 4, 24),
    (Modifier::SLOW_BLINK, 5, 25),
    (Modifier::REVERSED, 7, 27),
    (Modifier::HIDDEN, 8, 28),
    (Modifier::CROSSED_OUT, 9, 29),
];

/// Blank cells up to the end of a row from which on the sequence that clears it is shorter.
const BLANKS: u16 = 4;

/// Unchanged cells that are written again rather than jumped over, at most.
const GAP: u16 = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Style {
    fg: Color,
    bg: Color,
    modifier: Modifier,
}

impl Style {
    const PLAIN: Self = Self { fg: Color::Reset, bg: Color::Reset, modifier: Modifier::empty() };

    fn of(cell: &Cell) -> Self {
        Self { fg: cell.fg, bg: cell.bg, modifier: cell.modifier }
    }

    /// Whether a blank in this style looks like any other blank.
    fn is_bare(self) -> bool {
        let seen = Modifier::REVERSED | Modifier::UNDERLINED | Modifier::CROSSED_OUT;
        self.bg == Color::Reset && !self.modifier.intersects(seen)
    }
}

/// Where the terminal's cursor is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Unknown,
    /// Somewhere in this row.
    Row(u16),
    /// In this column and row; not surely where the terminal may take a character on the way to be wider than we do.
    Cell(u16, u16, bool),
}

/// What is on the screen.
#[derive(Debug, Default)]
pub(super) struct Pen {
    screen: Buffer,
}

impl Pen {
    /// The screen was cleared.
    pub(super) fn cleared(&mut self) {
        self.screen = Buffer::default();
    }

    /// Writes `cells`, in the order of the rows and inside them from the left, on a screen of this size. The terminal's
    /// style is plain before and after.
    pub(super) fn draw<'a>(
        &mut self,
        cells: impl Iterator<Item = (u16, u16, &'a Cell)>,
        (columns, rows): (u16, u16),
        out: &mut Vec<u8>,
    ) {
        let cells: Vec<(u16, u16, &Cell)> = cells.filter(|&(x, y, _)| x < columns && y < rows).collect();
        let area = Rect::new(0, 0, columns, rows);
        if self.screen.area != area {
            self.screen = Buffer::empty(area);
        }
        for &(x, y, cell) in &cells {
            self.put(x, y, cell);
        }
        let (mut at, mut style) = (At::Unknown, Style::PLAIN);
        let mut cleared = None;
        for (x, y, cell) in cells {
            if cleared == Some(y) {
                continue;
            }
            if columns - x >= BLANKS && self.is_blank_from(x, y) {
                // Cleared cells take the background on.
                set_style(&mut style, Style::PLAIN, out);
                self.go(at, (x, y), style, out);
                out.extend_from_slice(b"\x1b[K");
                (at, cleared) = (At::Cell(x, y, true), Some(y));
                continue;
            }
            let sure = self.go(at, (x, y), style, out);
            let symbol = cell.symbol();
            if symbol != " " || !style.is_bare() || !Style::of(cell).is_bare() {
                set_style(&mut style, Style::of(cell), out);
            }
            out.extend_from_slice(symbol.as_bytes());
            at = match width(symbol) {
                // At the end of a row terminals differ in where the cursor is.
                _ if x + 1 >= columns => At::Unknown,
                1 => At::Cell(x + 1, y, sure && symbol.is_ascii()),
                _ => At::Row(y),
            };
        }
        set_style(&mut style, Style::PLAIN, out);
    }

    fn put(&mut self, x: u16, y: u16, cell: &Cell) {
        if let Some(place) = self.screen.cell_mut(Position::new(x, y)) {
            *place = cell.clone();
        }
        // A wide character also takes the cell behind it.
        if width(cell.symbol()) > 1
            && let Some(place) = self.screen.cell_mut(Position::new(x + 1, y))
        {
            place.reset();
            place.set_symbol("");
        }
    }

    fn is_blank_from(&self, x: u16, y: u16) -> bool {
        let blank = |x| {
            let cell = self.screen.cell(Position::new(x, y));
            cell.is_some_and(|cell| cell.symbol() == " " && Style::of(cell).is_bare())
        };
        (x..self.screen.area.width).all(blank)
    }

    /// Moves the cursor. Returns whether it is surely there.
    fn go(&self, at: At, (x, y): (u16, u16), style: Style, out: &mut Vec<u8>) -> bool {
        let ways = match at {
            At::Cell(column, row, sure) if (column, row) == (x, y) => return sure,
            At::Cell(column, row, true) if row == y && column < x => match self.gap(column, x, y, style) {
                Some(text) => text,
                None if x - column == 1 => "\x1b[C".to_owned(),
                None => format!("\x1b[{}C", x - column),
            },
            At::Cell(_, row, _) | At::Row(row) if row == y => format!("\x1b[{}G", x + 1),
            _ if x == 0 => format!("\x1b[{}H", y + 1),
            _ => format!("\x1b[{};{}H", y + 1, x + 1),
        };
        out.extend_from_slice(ways.as_bytes());
        true
    }

    /// What stands from `from` to `to`, where that is short, plainly one cell a character and looks right in this style.
    fn gap(&self, from: u16, to: u16, y: u16, style: Style) -> Option<String> {
        if to - from > GAP {
            return None;
        }
        let mut text = String::new();
        for x in from..to {
            let cell = self.screen.cell(Position::new(x, y))?;
            let own = Style::of(cell);
            let looks_right = own == style || (cell.symbol() == " " && own.is_bare() && style.is_bare());
            if !looks_right || !cell.symbol().is_ascii() || cell.symbol().len() != 1 {
                return None;
            }
            text.push_str(cell.symbol());
        }
        Some(text)
    }
}

/// Changes the terminal's style from `now` to `wanted`.
fn set_style(now: &mut Style, wanted: Style, out: &mut Vec<u8>) {
    if *now == wanted {
        return;
    }
    let change = change(*now, wanted);
    // From nothing may be shorter, and to nothing surely is.
    let anew = format!(";{}", self::change(Style::PLAIN, wanted));
    let shorter = if wanted == Style::PLAIN {
        ""
    } else if anew.len() < change.len() {
        &anew
    } else {
        &change
    };
    out.extend_from_slice(b"\x1b[");
    out.extend_from_slice(shorter.as_bytes());
    out.push(b'm');
    *now = wanted;
}

/// The numbers that make `to` of `from`.
fn change(from: Style, to: Style) -> String {
    let mut numbers: Vec<String> = Vec::new();
    let lost = from.modifier - to.modifier;
    let mut gained = to.modifier - from.modifier;
    for (attribute, _, off) in ATTRIBUTES {
        if lost.contains(attribute) && !numbers.iter().any(|n| *n == off.to_string()) {
            numbers.push(off.to_string());
            // One number ends both bold and dim.
            let both = Modifier::BOLD | Modifier::DIM;
            if both.contains(attribute) {
                gained |= to.modifier & both;
            }
        }
    }
    numbers.extend(ATTRIBUTES.iter().filter(|(a, ..)| gained.contains(*a)).map(|(_, on, _)| on.to_string()));
    if from.fg != to.fg {
        numbers.push(color(to.fg, 0));
    }
    if from.bg != to.bg {
        numbers.push(color(to.bg, 10));
    }
    numbers.join(";")
}

/// A colour, as the foreground or, with `ground` 10, as the background.
fn color(color: Color, ground: u8) -> String {
    let basic = |n: u8| (30 + ground + n).to_string();
    let bright = |n: u8| (90 + ground + n).to_string();
    match color {
        Color::Reset => (39 + ground).to_string(),
        Color::Black => basic(0),
        Color::Red => basic(1),
        Color::Green => basic(2),
        Color::Yellow => basic(3),
        Color::Blue => basic(4),
        Color::Magenta => basic(5),
        Color::Cyan => basic(6),
        Color::Gray => basic(7),
        Color::DarkGray => bright(0),
        Color::LightRed => bright(1),
        Color::LightGreen => bright(2),
        Color::LightYellow => bright(3),
        Color::LightBlue => bright(4),
        Color::LightMagenta => bright(5),
        Color::LightCyan => bright(6),
        Color::White => bright(7),
        Color::Indexed(n) => format!("{};5;{n}", 38 + ground),
        Color::Rgb(r, g, b) => format!("{};2;{r};{g};{b}", 38 + ground),
    }
}

#[cfg(test)]
mod tests;
