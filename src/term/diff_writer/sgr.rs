//! Select Graphic Rendition: a style as one escape sequence. crossterm writes one for each attribute and names the
//! sixteen basic colours by the long form for 256.

use ratatui::style::{Color, Modifier, Style};

const ATTRIBUTES: [(Modifier, u8); 8] = [
    (Modifier::BOLD, 1),
    (Modifier::DIM, 2),
    (Modifier::ITALIC, 3),
    (Modifier::UNDERLINED, 4),
    (Modifier::SLOW_BLINK, 5),
    (Modifier::REVERSED, 7),
    (Modifier::HIDDEN, 8),
    (Modifier::CROSSED_OUT, 9),
];

/// Sets `style` whatever was set before: each begins with a reset, an empty number.
pub(super) fn sequence(style: Style) -> String {
    let mut sequence = "\x1b[".to_owned();
    for (_, number) in ATTRIBUTES.iter().filter(|(attribute, _)| style.add_modifier.contains(*attribute)) {
        sequence.push_str(&format!(";{number}"));
    }
    for (color, ground) in [(style.fg, 0), (style.bg, 10)] {
        if let Some(color) = color.filter(|&color| color != Color::Reset) {
            sequence.push_str(&format!(";{}", number(color, ground)));
        }
    }
    sequence.push('m');
    sequence
}

/// A colour, as the foreground or, with `ground` 10, as the background.
fn number(color: Color, ground: u8) -> String {
    let basic = match color {
        Color::Reset => 39,
        Color::Black => 30,
        Color::Red => 31,
        Color::Green => 32,
        Color::Yellow => 33,
        Color::Blue => 34,
        Color::Magenta => 35,
        Color::Cyan => 36,
        Color::Gray => 37,
        Color::DarkGray => 90,
        Color::LightRed => 91,
        Color::LightGreen => 92,
        Color::LightYellow => 93,
        Color::LightBlue => 94,
        Color::LightMagenta => 95,
        Color::LightCyan => 96,
        Color::White => 97,
        Color::Indexed(n) => return format!("{};5;{n}", 38 + ground),
        Color::Rgb(r, g, b) => return format!("{};2;{r};{g};{b}", 38 + ground),
    };
    (basic + ground).to_string()
}
