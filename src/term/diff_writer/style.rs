//! How a cell looks, and what a terminal is told to write in another way than before.

use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier};

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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Style {
    fg: Color,
    bg: Color,
    modifier: Modifier,
}

impl Style {
    pub(super) const PLAIN: Self = Self { fg: Color::Reset, bg: Color::Reset, modifier: Modifier::empty() };

    pub(super) fn of(cell: &Cell) -> Self {
        Self { fg: cell.fg, bg: cell.bg, modifier: cell.modifier }
    }

    /// Whether a blank in this style looks like any other blank.
    pub(super) fn is_bare(self) -> bool {
        let seen = Modifier::REVERSED | Modifier::UNDERLINED | Modifier::CROSSED_OUT;
        self.bg == Color::Reset && !self.modifier.intersects(seen)
    }
}

/// Changes the terminal's style from `now` to `wanted`.
pub(super) fn set_style(now: &mut Style, wanted: Style, out: &mut Vec<u8>) {
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
