//! Patterns of text with `*` for any run of characters and `?` for any one, in a given case or in any.
//!
//! "Any case" is that of ASCII letters: Elasticsearch's queries for keywords know no other.

use memchr::{memchr, memchr2};

/// A prepared pattern. A piece is sought from left to right, each once.
#[derive(Debug, Clone)]
pub(in crate::query) struct Glob {
    start: Piece,
    inner: Box<[Piece]>,
    end: Piece,
    /// There is a `*`: without one, `start` is the whole pattern.
    open: bool,
    any_case: bool,
    /// The longest text between its signs, and whether what matches begins with it.
    longest: (Box<str>, bool),
}

/// What stands between two `*`.
type Piece = Box<[Unit]>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    /// In lower case, where case does not matter.
    Byte(u8),
    /// A character, of however many bytes.
    Any,
}

/// A part of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::query) enum Sign {
    Char(char),
    /// `?`
    One,
    /// `*`
    Run,
}

impl Glob {
    pub(in crate::query) fn new(signs: impl IntoIterator<Item = Sign>, any_case: bool) -> Self {
        let mut pieces: Vec<Vec<Unit>> = vec![Vec::new()];
        for sign in signs {
            let Some(piece) = pieces.last_mut() else { break };
            match sign {
                Sign::Run => pieces.push(Vec::new()),
                Sign::One => piece.push(Unit::Any),
                Sign::Char(c) => {
                    let c = if any_case { c.to_ascii_lowercase() } else { c };
                    piece.extend(c.encode_utf8(&mut [0; 4]).bytes().map(Unit::Byte));
                }
            }
        }
        let open = pieces.len() > 1;
        let end = if open { pieces.pop().unwrap_or_default() } else { Vec::new() };
        let mut pieces = pieces.into_iter().map(Piece::from);
        let start = pieces.next().unwrap_or_default();
        let inner: Box<[Piece]> = pieces.filter(|piece| !piece.is_empty()).collect();
        let (end, longest) = (end.into(), Default::default());
        let mut glob = Self { start, inner, end, open, any_case, longest };
        glob.longest = glob.longest_run();
        glob
    }

    /// Whether the whole of `text` matches.
    pub(in crate::query) fn matches(&self, text: &str) -> bool {
        let text = text.as_bytes();
        let Some(begun) = self.at(&self.start, text) else { return false };
        let rest = &text[begun..];
        if !self.open {
            return rest.is_empty();
        }
        let Some(ends) = self.before_end(rest) else { return false };
        let mut rest = &rest[..ends];
        self.inner.iter().all(|piece| match self.find(piece, rest) {
            Some(after) => {
                rest = &rest[after..];
                true
            }
            None => false,
        })
    }

    fn is(&self, unit: u8, byte: u8) -> bool {
        unit == if self.any_case { byte.to_ascii_lowercase() } else { byte }
    }

    /// The length of `piece` at the start of `text`, if it stands there.
    fn at(&self, piece: &[Unit], text: &[u8]) -> Option<usize> {
        let mut at = 0;
        for unit in piece {
            let byte = *text.get(at)?;
            at += match *unit {
                Unit::Byte(wanted) if self.is(wanted, byte) => 1,
                Unit::Byte(_) => return None,
                Unit::Any => 1 + text[at + 1..].iter().take_while(|byte| is_inner(**byte)).count(),
            };
        }
        Some(at)
    }

    /// Where the last piece begins, if `text` ends with it.
    fn before_end(&self, text: &[u8]) -> Option<usize> {
        let mut at = text.len();
        for unit in self.end.iter().rev() {
            at = at.checked_sub(1)?;
            match *unit {
                Unit::Byte(wanted) if self.is(wanted, text[at]) => {}
                Unit::Byte(_) => return None,
                Unit::Any => at -= text[..=at].iter().rev().take_while(|byte| is_inner(**byte)).count(),
            }
        }
        Some(at)
    }

    /// Where `text` goes on after the first place of `piece`.
    fn find(&self, piece: &[Unit], text: &[u8]) -> Option<usize> {
        let mut from = 0;
        loop {
            let rest = &text[from..];
            from += match piece.first() {
                Some(Unit::Byte(first)) if self.any_case => memchr2(*first, first.to_ascii_uppercase(), rest)?,
                Some(Unit::Byte(first)) => memchr(*first, rest)?,
                _ => rest.iter().position(|byte| !is_inner(*byte))?,
            };
            if let Some(length) = self.at(piece, &text[from..]) {
                return Some(from + length);
            }
            from += 1;
        }
    }

    /// A text that everything that matches holds, and whether it begins with it; none where case does not matter.
    pub(super) fn longest(&self) -> Option<(&str, bool)> {
        (!self.any_case).then_some((&*self.longest.0, self.longest.1))
    }

    fn longest_run(&self) -> (Box<str>, bool) {
        let byte = |unit: &Unit| match unit {
            Unit::Byte(byte) => Some(*byte),
            Unit::Any => None,
        };
        let pieces = [&self.start].into_iter().chain(&self.inner).chain([&self.end]);
        let runs = pieces.enumerate().flat_map(|(piece, units)| {
            let runs = units.split(|unit| *unit == Unit::Any).enumerate();
            runs.map(move |(run, units)| (units, piece == 0 && run == 0))
        });
        let (run, begins) = runs.max_by_key(|(run, begins)| (run.len(), *begins)).unwrap_or_default();
        let text = String::from_utf8(run.iter().filter_map(byte).collect()).unwrap_or_default();
        (text.into(), begins)
    }
}

/// Whether a byte continues a character.
fn is_inner(byte: u8) -> bool {
    byte & 0xc0 == 0x80
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn glob(pattern: &str, any_case: bool) -> Glob {
        let sign = |c| match c {
            '*' => Sign::Run,
            '?' => Sign::One,
            c => Sign::Char(c),
        };
        Glob::new(pattern.chars().map(sign), any_case)
    }

    #[test]
    fn matches_whole_texts() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("a?c", "abc", true),
            ("a?c", "aüc", true),
            ("a?c", "ac", false),
            ("?", "日", true),
            ("*?", "日", true),
            ("*??", "日", false),
            ("?*", "", false),
            ("*.e?e", "net.exe", true),
            ("*b?*d", "abcd", true),
            ("ab*ba", "aba", false),
            ("A*", "ab", false),
        ] {
            assert_eq!(glob(pattern, false).matches(text), expected, "{pattern} {text}");
        }
        assert!(glob("*\\SAM\\*", true).matches("c:\\sam\\x"));
        assert!(glob("NET.exe", true).matches("net.EXE"));
        assert!(!glob("Ä", true).matches("ä"), "only ASCII has no case");
    }

    #[test]
    fn the_longest_text_in_it() {
        let longest = |pattern: &str| glob(pattern, false).longest().map(|(text, begins)| (text.to_owned(), begins));
        assert_eq!(longest("ab?cde*fg"), Some(("cde".to_owned(), false)));
        assert_eq!(longest("abc?de*abc"), Some(("abc".to_owned(), true)));
        assert_eq!(glob("abc", true).longest(), None);
    }

    fn naive(pattern: &[char], text: &[char]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some(('*', rest)) => (0..=text.len()).any(|skip| naive(rest, &text[skip..])),
            Some(('?', rest)) => !text.is_empty() && naive(rest, &text[1..]),
            Some((c, rest)) => text.first().is_some_and(|t| t.eq_ignore_ascii_case(c)) && naive(rest, &text[1..]),
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_definition(pattern in "[aBü*?]{0,7}", text in "[abü日]{0,8}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(glob(&pattern, true).matches(&text), naive(&chars(&pattern), &chars(&text)));
        }
    }
}
