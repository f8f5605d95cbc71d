//! A line (or a few lines) of text being typed.
//!
//! Not `tui-input`, one more crate: it knows one line, and its cursor stands between characters, not between what is
//! drawn as one.

use unicode_segmentation::UnicodeSegmentation as _;

use super::{KeyCode, KeyPress};

/// Longest text that can be typed or pasted, in bytes: a note, not a file.
const LIMIT: usize = 8 * 1024;

/// Text with a cursor. Holds no control character but, where it may have several lines, `\n`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Editor {
    text: String,
    cursor: usize,
    multiline: bool,
}

impl Editor {
    /// One line, the cursor at its end.
    #[must_use]
    pub fn line(text: &str) -> Self {
        let mut editor = Self::default();
        editor.insert(text);
        editor
    }

    /// Several lines, the cursor at the end.
    #[must_use]
    pub fn lines(text: &str) -> Self {
        let mut editor = Self { multiline: true, ..Self::default() };
        editor.insert(text);
        editor
    }

    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text before the cursor.
    #[must_use]
    pub fn before(&self) -> &str {
        &self.text[..self.cursor]
    }

    /// Replaces everything; the cursor goes to the end.
    pub fn set(&mut self, text: &str) {
        self.text.clear();
        self.cursor = 0;
        self.insert(text);
    }

    /// Puts text at the cursor: what a person cannot see is left out, line breaks become spaces where there is one line.
    pub fn insert(&mut self, text: &str) {
        for c in text.replace("\r\n", "\n").chars() {
            let c = match c {
                '\n' | '\r' if self.multiline => '\n',
                '\n' | '\r' | '\t' => ' ',
                c if c.is_control() || crate::text::visible(c.encode_utf8(&mut [0; 4])).len() != c.len_utf8() => {
                    continue;
                }
                c => c,
            };
            if self.text.len() + c.len_utf8() > LIMIT {
                return;
            }
            self.text.insert(self.cursor, c);
            self.cursor += c.len_utf8();
        }
    }

    /// Takes an editing key. Returns whether it was one.
    pub fn handle(&mut self, key: KeyPress) -> bool {
        match (key.code, key.ctrl, key.alt) {
            (KeyCode::Char(c), false, false) => self.insert(c.encode_utf8(&mut [0; 4])),
            (KeyCode::Backspace, false, false) => self.remove(self.previous(), self.cursor),
            (KeyCode::Delete, ..) => self.remove(self.cursor, self.next()),
            (KeyCode::Char('w'), true, _) | (KeyCode::Backspace, ..) => self.remove(self.word(), self.cursor),
            (KeyCode::Char('u'), true, _) => self.remove(self.line_start(), self.cursor),
            (KeyCode::Left, ..) => self.cursor = self.previous(),
            (KeyCode::Right, ..) => self.cursor = self.next(),
            (KeyCode::Home, ..) | (KeyCode::Char('a'), true, _) => self.cursor = self.line_start(),
            (KeyCode::End, ..) | (KeyCode::Char('e'), true, _) => self.cursor = self.line_end(),
            (KeyCode::Up, ..) if self.multiline => self.vertical(false),
            (KeyCode::Down, ..) if self.multiline => self.vertical(true),
            _ => return false,
        }
        true
    }

    fn remove(&mut self, start: usize, end: usize) {
        self.text.replace_range(start..end, "");
        self.cursor = start;
    }

    fn previous(&self) -> usize {
        self.before().grapheme_indices(true).next_back().map_or(0, |(i, _)| i)
    }

    fn next(&self) -> usize {
        self.cursor + self.text[self.cursor..].graphemes(true).next().map_or(0, str::len)
    }

    fn word(&self) -> usize {
        let trimmed = self.before().trim_end_matches(|c: char| !c.is_alphanumeric());
        trimmed
            .rfind(|c: char| !c.is_alphanumeric())
            .map_or(0, |i| i + trimmed[i..].chars().next().map_or(1, char::len_utf8))
    }

    fn line_start(&self) -> usize {
        self.before().rfind('\n').map_or(0, |i| i + 1)
    }

    fn line_end(&self) -> usize {
        self.text[self.cursor..].find('\n').map_or(self.text.len(), |i| self.cursor + i)
    }

    fn vertical(&mut self, down: bool) {
        let column = self.text[self.line_start()..self.cursor].graphemes(true).count();
        let start = if down {
            if self.line_end() == self.text.len() {
                return;
            }
            self.line_end() + 1
        } else {
            if self.line_start() == 0 {
                return;
            }
            self.text[..self.line_start() - 1].rfind('\n').map_or(0, |i| i + 1)
        };
        let end = self.text[start..].find('\n').map_or(self.text.len(), |i| start + i);
        self.cursor = start + self.text[start..end].graphemes(true).take(column).map(str::len).sum::<usize>();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(code: KeyCode) -> KeyPress {
        KeyPress { code, ctrl: false, alt: false }
    }

    #[test]
    fn edits_by_grapheme() {
        let mut e = Editor::line("ae\u{301}");
        assert!(e.handle(key(KeyCode::Backspace)));
        assert_eq!(e.text(), "a");
        e.handle(key(KeyCode::Home));
        e.insert("日");
        e.handle(key(KeyCode::Delete));
        assert_eq!((e.text(), e.before()), ("日", "日"));
    }

    #[test]
    fn one_line_stays_one_line_and_hidden_characters_are_left_out() {
        let mut e = Editor::line("");
        e.insert("a\r\nb\u{1b}[31m\u{202e}\tc");
        assert_eq!(e.text(), "a b[31m c");
    }

    #[test]
    fn several_lines_are_walked_up_and_down() {
        let mut e = Editor::lines("first\nab\nthird");
        e.handle(key(KeyCode::Up));
        assert_eq!(e.before(), "first\nab");
        e.handle(key(KeyCode::Up));
        assert_eq!(e.before(), "fi");
        e.handle(key(KeyCode::Down));
        assert_eq!(e.before(), "first\nab");
        e.handle(KeyPress { code: KeyCode::Char('w'), ctrl: true, alt: false });
        assert_eq!(e.text(), "first\n\nthird");
    }

    #[test]
    fn what_is_pasted_has_a_limit() {
        let mut e = Editor::lines("");
        e.insert(&"x".repeat(LIMIT * 2));
        assert_eq!(e.text().len(), LIMIT);
    }

    proptest::proptest! {
        #[test]
        fn no_order_of_keys_breaks_a_character(ops in proptest::collection::vec((0usize..12, "\\PC{0,3}|\n"), 0..60)) {
            let mut e = Editor::lines("");
            for (op, text) in ops {
                let codes = [KeyCode::Left, KeyCode::Right, KeyCode::Up, KeyCode::Down, KeyCode::Home, KeyCode::End,
                    KeyCode::Backspace, KeyCode::Delete];
                match codes.get(op) {
                    Some(&code) => { e.handle(key(code)); }
                    None if op == 8 => { e.handle(KeyPress { code: KeyCode::Char('w'), ctrl: true, alt: false }); }
                    None => e.insert(&text),
                }
                proptest::prop_assert!(e.text().is_char_boundary(e.before().len()));
            }
        }
    }
}
