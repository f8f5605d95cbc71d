//! Messages about something a person wrote: what is wrong, where (file, line, column, a caret below it) and what to do.
//! Rule loaders, the KQL parser and the configuration all use [`Diagnostic`], so every error reads the same on stderr
//! and in the console.

mod nearest;

use std::fmt;

pub use nearest::nearest;

use crate::text::{visible, width};

/// A half-open range of byte offsets into a source text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    pub start: usize,
    pub end: usize,
}

impl Span {
    #[must_use]
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }
}

/// The place that a message points at: a line, and the part of it that the caret underlines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// The line, without its line ending.
    pub text: String,
    /// Characters to underline, at least 1.
    pub width: usize,
}

impl Place {
    /// Finds the line and column of `span` in `source`. A span past the end points one past the last character.
    #[must_use]
    pub fn find(source: &str, span: Span) -> Self {
        let start = floor_boundary(source, span.start);
        let line_start = source[..start].rfind('\n').map_or(0, |i| i + 1);
        let line_end = source[start..].find('\n').map_or(source.len(), |i| start + i);
        let end = floor_boundary(source, span.end).clamp(start, line_end);
        Self {
            line: source[..start].matches('\n').count() + 1,
            column: source[line_start..start].chars().count() + 1,
            text: source[line_start..line_end].strip_suffix('\r').unwrap_or(&source[line_start..line_end]).to_owned(),
            width: source[start..end].chars().count().max(1),
        }
    }
}

/// The most characters of a line in a message.
const SHOWN: usize = 160;

impl Place {
    /// The line and the caret to print below it. Of a long line, `most` characters around the place. Both are safe to
    /// print.
    #[must_use]
    pub fn excerpt(&self, most: usize) -> (String, String) {
        let (line, at) = self.window(most.max(1));
        let before: String = line.chars().take(at).collect();
        let under: String = line.chars().skip(at).take(self.width).collect();
        let carets = width(&visible(&under)).max(1);
        let below = format!("{}{}", " ".repeat(width(&visible(&before))), "^".repeat(carets));
        (visible(&line).into_owned(), below)
    }

    /// The line, cut around the place if it is long, and the place within it, in characters.
    fn window(&self, most: usize) -> (String, usize) {
        let at = self.column.saturating_sub(1);
        let length = self.text.chars().count();
        if length <= most {
            return (self.text.clone(), at);
        }
        let start = at.saturating_sub(most / 2).min(length - most);
        let mut line: String = self.text.chars().skip(start).take(most).collect();
        if start + most < length {
            line.push('…');
        }
        if start == 0 { (line, at) } else { (format!("…{line}"), at - start + 1) }
    }
}

fn floor_boundary(source: &str, at: usize) -> usize {
    let mut at = at.min(source.len());
    while !source.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// A sentence without a final full stop.
    pub message: String,
    /// The file, as the user named it.
    pub file: Option<String>,
    pub place: Option<Place>,
    pub help: Option<String>,
}

impl Diagnostic {
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), file: None, place: None, help: None }
    }

    /// Points the message at `span` of `source`.
    #[must_use]
    pub fn at(mut self, source: &str, span: Span) -> Self {
        self.place = Some(Place::find(source, span));
        self
    }

    #[must_use]
    pub fn in_file(mut self, file: impl Into<String>) -> Self {
        self.file = Some(file.into());
        self
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// `file:line:column: message`, the line with a caret below it, then `help: …`. Text from a file is made [`visible`],
/// so the message is safe to print.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{}:", visible(file))?;
        }
        if let Some(place) = &self.place {
            write!(f, "{}:{}:", place.line, place.column)?;
        }
        if self.file.is_some() || self.place.is_some() {
            f.write_str(" ")?;
        }
        f.write_str(&visible(&self.message))?;
        if let Some(place) = &self.place {
            let (line, below) = place.excerpt(SHOWN);
            write!(f, "\n  | {line}\n  | {below}")?;
        }
        if let Some(help) = &self.help {
            write!(f, "\n  help: {}", visible(help))?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostic {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_at_line_and_column_with_a_caret_as_wide_as_the_span() {
        let source = "first\nquery = \"a:b c\"\nlast";
        let start = source.find("a:b").unwrap();
        let message = Diagnostic::new("unexpected value")
            .at(source, Span::new(start, start + 3))
            .in_file("r.toml")
            .help("put the value in quotes");
        assert_eq!(
            message.to_string(),
            "r.toml:2:10: unexpected value\n  | query = \"a:b c\"\n  |          ^^^\n  help: put the value in quotes"
        );
    }

    #[test]
    fn counts_columns_in_characters_and_survives_spans_inside_one() {
        let place = Place::find("äö:", Span::new(1, 3));
        assert_eq!((place.column, place.width), (1, 1));
        assert_eq!(Place::find("ab", Span::new(9, 12)).column, 3);
        assert_eq!(Place::find("a\r\r\r\n", Span::new(4, 4)).text, "a\r\r");
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let source = format!("{}?{}", "a".repeat(500), "b".repeat(500));
        let shown = Diagnostic::new("bad").at(&source, Span::new(500, 501)).to_string();
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines[0], "1:501: bad");
        assert_eq!(lines[1].chars().count(), 4 + SHOWN + 2);
        assert_eq!(lines[1].chars().position(|c| c == '?'), lines[2].chars().position(|c| c == '^'));
    }

    #[test]
    fn hostile_source_text_is_made_visible_and_the_caret_still_lines_up() {
        let source = "a\u{1b}b:c d";
        let shown = Diagnostic::new("bad").at(source, Span::new(3, 4)).to_string();
        assert_eq!(shown, "1:4: bad\n  | a\\x1bb:c d\n  |       ^");
    }
}
