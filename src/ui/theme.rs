//! The look of roles: colour means severity and state and nothing else, from the sixteen colours of the terminal's own
//! palette, so that dark and light backgrounds both work; without colour, bold, underline and reverse; and an ASCII
//! stand-in for every sign the console draws.

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier, Style};

use crate::app::page::Role;
use crate::rule::Severity;
use crate::triage::Status;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Palette {
    /// The terminal's sixteen colours.
    #[default]
    Colour,
    /// None: bold, underline and reverse alone.
    NoColour,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Glyphs {
    #[default]
    Unicode,
    Ascii,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Theme {
    pub theme: Palette,
    pub glyphs: Glyphs,
}

/// The style of a role, with colour. [`Theme::finish`] takes away colours and signs that the terminal cannot show.
#[must_use]
pub(super) fn style(role: Role) -> Style {
    let plain = Style::new();
    match role {
        Role::Text => plain,
        Role::Quiet => plain.add_modifier(Modifier::DIM),
        Role::Strong => plain.add_modifier(Modifier::BOLD),
        Role::Severity(Severity::Low) => plain.fg(Color::Cyan),
        Role::Severity(Severity::Medium) => plain.fg(Color::Yellow),
        Role::Severity(Severity::High) => plain.fg(Color::Red).add_modifier(Modifier::BOLD),
        Role::Severity(Severity::Critical) => plain.fg(Color::Red).add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
        Role::Status(Status::Open) => plain.add_modifier(Modifier::BOLD),
        Role::Status(Status::Acknowledged) => plain.fg(Color::Blue),
        Role::Status(Status::Closed(_)) => plain.fg(Color::Green),
        Role::Good => plain.fg(Color::Green),
        Role::Warn => plain.fg(Color::Yellow),
        Role::Bad => plain.fg(Color::Red).add_modifier(Modifier::BOLD),
        Role::Struck => plain.add_modifier(Modifier::DIM | Modifier::CROSSED_OUT),
    }
}

impl Theme {
    /// Takes from a drawn screen what this look does not have.
    pub(super) fn finish(self, buffer: &mut Buffer) {
        if self == Self::default() {
            return;
        }
        for cell in &mut buffer.content {
            if self.theme == Palette::NoColour {
                without_colour(cell);
            }
            if self.glyphs == Glyphs::Ascii && !cell.symbol().is_ascii() {
                let stand_in = ascii(cell.symbol());
                cell.set_char(stand_in);
            }
        }
    }
}

fn without_colour(cell: &mut Cell) {
    let kept = cell.modifier & (Modifier::BOLD | Modifier::UNDERLINED | Modifier::REVERSED);
    cell.set_style(Style::reset());
    cell.modifier = kept;
}

/// One ASCII character in place of a sign; `?` for what has none.
fn ascii(symbol: &str) -> char {
    let mut chars = symbol.chars();
    let (Some(c), None) = (chars.next(), chars.next()) else { return '?' };
    match c {
        '·' | '–' | '—' | '─' | '‐' => '-',
        '│' => '|',
        '┌' | '┐' | '└' | '┘' | '├' | '┤' => '+',
        '…' => '~',
        '✓' => 'x',
        '✗' | '⚑' | '‼' => '!',
        '▸' | '▶' | '→' | '»' => '>',
        '←' => '<',
        '↑' | '▲' => '^',
        '↓' | '▼' => 'v',
        '●' | '•' | '◆' => '*',
        '○' => 'o',
        '‖' | '■' => '=',
        '×' => 'x',
        '±' => '+',
        '▁' => '_',
        '▂' => '.',
        '▃' => ':',
        '▄' => '-',
        '▅' => '=',
        '▆' => '+',
        '▇' => '*',
        '█' => '#',
        _ => '?',
    }
}
