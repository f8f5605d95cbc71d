//! The look of roles. Colour means severity, state, or where the keys go, from the sixteen colours of the terminal's own
//! palette, so that dark and light backgrounds both work; without colour, bold, underline and reverse; and an ASCII
//! stand-in for every sign the console draws.
//!
//! How bad something is fills its cell, text and ground both set, so that neither depends on the terminal's own ground.

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
        Role::Accent => plain.fg(Color::Cyan).add_modifier(Modifier::BOLD),
        Role::Severity(severity) | Role::Priority(severity) => filled(severity),
        // Most alerts are open: that must not stand out.
        Role::Status(Status::Open) => plain,
        Role::Status(Status::Acknowledged) => plain.fg(Color::Blue),
        Role::Status(Status::Closed(_)) => plain.fg(Color::Green),
        Role::Good => plain.fg(Color::Green),
        Role::Warn => plain.fg(Color::Yellow),
        Role::Bad => plain.fg(Color::Red).add_modifier(Modifier::BOLD),
        Role::Struck => plain.add_modifier(Modifier::DIM | Modifier::CROSSED_OUT),
    }
}

fn filled(severity: Severity) -> Style {
    let on = |text, ground| Style::new().fg(text).bg(ground);
    match severity {
        // Most are: what is filled is worth a look.
        Severity::Low => Style::new(),
        Severity::Medium => on(Color::Black, Color::Yellow),
        Severity::High => on(Color::White, Color::Red).add_modifier(Modifier::BOLD),
        Severity::Critical => on(Color::White, Color::Magenta).add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
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
    let mut kept = cell.modifier & (Modifier::BOLD | Modifier::UNDERLINED | Modifier::REVERSED);
    if cell.bg != Color::Reset {
        kept |= Modifier::REVERSED;
    }
    cell.set_style(Style::reset());
    cell.modifier = kept;
}

/// One ASCII character in place of a sign; `?` for what has none. No two signs that mean different things at one place
/// share one, and none stands for a word or a key: those are written out.
fn ascii(symbol: &str) -> char {
    let mut chars = symbol.chars();
    let (Some(c), None) = (chars.next(), chars.next()) else { return '?' };
    match c {
        '·' | '–' | '—' | '─' | '‐' => '-',
        '│' => '|',
        '┌' | '┐' | '└' | '┘' | '├' | '┤' | '┬' | '┴' | '┼' => '+',
        '…' => '~',
        // A ticked box; anywhere else a word is written instead.
        '✓' => 'x',
        '✗' | '⚑' | '‼' => '!',
        '▸' | '▶' | '→' | '»' => '>',
        '▾' => 'v',
        '←' => '<',
        '↑' | '▲' => '^',
        '↓' | '▼' => 'v',
        '●' | '•' | '◆' => '*',
        '○' => 'o',
        '‖' => '=',
        '■' => '#',
        '×' => 'x',
        'µ' => 'u',
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

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;

    use super::*;

    fn without(severity: Severity) -> Modifier {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 1, 1));
        buffer.set_string(0, 0, "9", style(Role::Priority(severity)));
        Theme { theme: Palette::NoColour, glyphs: Glyphs::Unicode }.finish(&mut buffer);
        assert_eq!((buffer[(0, 0)].fg, buffer[(0, 0)].bg), (Color::Reset, Color::Reset));
        buffer[(0, 0)].modifier
    }

    #[test]
    fn without_colour_each_band_still_looks_different() {
        assert_eq!(without(Severity::Low), Modifier::empty());
        assert_eq!(without(Severity::Medium), Modifier::REVERSED);
        assert_eq!(without(Severity::High), Modifier::REVERSED | Modifier::BOLD);
        let critical = Modifier::REVERSED | Modifier::BOLD | Modifier::UNDERLINED;
        assert_eq!(without(Severity::Critical), critical);
    }
}
