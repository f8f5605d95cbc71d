//! Field names and values, quoted or not.

use super::reach::space_len;
use super::{Failed, Parsed, Parser, Word, starts_with_word};
use crate::diag::Span;
use crate::query::{Term, TermKind};

/// Characters that end an unquoted value, unless a backslash stands before them.
pub(in crate::query::kql) fn is_special(c: char) -> bool {
    matches!(c, '\\' | '(' | ')' | ':' | '<' | '>' | '"' | '*' | '{' | '}')
}

/// White space that unquoted values lose at both ends: JavaScript's `trim`.
pub(in crate::query::kql) fn is_trimmed(c: char) -> bool {
    c == '\u{feff}' || (c.is_whitespace() && c != '\u{85}')
}

/// One step of a literal: what it stands for.
enum Piece<'a> {
    Char(char),
    Word(&'a str),
    /// A UTF-16 code unit from a `\u` escape.
    Unit(u16),
}

impl Parser<'_> {
    /// A quoted or unquoted literal. `names` are what an error calls it.
    pub(super) fn literal(&mut self, names: &[&'static str]) -> Parsed<Term> {
        if let Some(term) = self.quoted().or_else(|| self.unquoted()) {
            return Ok(term);
        }
        for name in names {
            self.reach.expected(self.pos, name);
        }
        Err(Failed::Syntax)
    }

    fn quoted(&mut self) -> Option<Term> {
        let start = self.pos;
        let body = self.source[start..].strip_prefix('"')?;
        let mut text = Unescaped::default();
        let mut at = 0;
        loop {
            let rest = &body[at..];
            let c = rest.chars().next()?;
            if c == '"' {
                break;
            }
            let escape = white_space_escape(rest).or_else(|| unicode_escape(rest));
            let (piece, len) = escape.unwrap_or_else(|| match rest.as_bytes() {
                [b'\\', escaped @ (b'\\' | b'"'), ..] => (Piece::Char(char::from(*escaped)), 2),
                _ => (Piece::Char(c), c.len_utf8()),
            });
            text.push(piece);
            at += len;
        }
        self.pos = start + 1 + at + 1;
        let kind = TermKind::Text { text: text.finish(), quoted: true };
        Some(Term { kind, span: Span::new(start, self.pos) })
    }

    fn unquoted(&mut self) -> Option<Term> {
        let source = self.source;
        let start = self.pos;
        let mut pieces = Vec::new();
        let mut text = Unescaped::default();
        let mut at = start;
        loop {
            let rest = &source[at..];
            let c = rest.chars().next();
            let (piece, len) = match c {
                Some('*') => {
                    pieces.push(std::mem::take(&mut text).finish());
                    at += 1;
                    continue;
                }
                Some('\\') => match escape(rest) {
                    Some(escape) => escape,
                    None => break,
                },
                Some(c) if is_special(c) => break,
                _ if self.keyword_at(at) => break,
                Some(c) => (Piece::Char(c), c.len_utf8()),
                None => break,
            };
            text.push(piece);
            at += len;
        }
        if at == start {
            return None;
        }
        self.pos = at;
        pieces.push(text.finish());
        let raw = &source[start..at];
        let end = start + raw.trim_end_matches(is_trimmed).len();
        let leading = raw.len() - raw.trim_start_matches(is_trimmed).len();
        Some(Term { kind: unquoted_kind(pieces), span: Span::new((start + leading).min(end), end) })
    }

    /// Whether an unquoted literal ends before a keyword at `at`: one white space, `and` or `or`, and another; or `not`
    /// and a white space, even inside a word.
    fn keyword_at(&mut self, at: usize) -> bool {
        let leading = self.quiet_space_at(at);
        [(Word::Or, leading), (Word::And, leading), (Word::Not, Some(0))].into_iter().any(|(word, leading)| {
            let Some(start) = leading.map(|len| at + len) else { return false };
            starts_with_word(&self.source[start..], word.text())
                && self.quiet_space_at(start + word.text().len()).is_some()
        })
    }

    fn quiet_space_at(&mut self, at: usize) -> Option<usize> {
        let len = space_len(&self.source[at..]);
        if len.is_none() {
            self.reach.space_tried_quietly(at);
        }
        len
    }
}

fn unquoted_kind(mut pieces: Vec<String>) -> TermKind {
    if let Some(first) = pieces.first_mut() {
        *first = first.trim_start_matches(is_trimmed).to_owned();
    }
    if let Some(last) = pieces.last_mut() {
        last.truncate(last.trim_end_matches(is_trimmed).len());
    }
    if pieces.len() > 1 {
        return TermKind::Wildcard(pieces);
    }
    let text = pieces.pop().unwrap_or_default();
    match text.as_str() {
        "null" => TermKind::Null,
        "true" => TermKind::Bool(true),
        "false" => TermKind::Bool(false),
        _ => TermKind::Text { text, quoted: false },
    }
}

fn escape(rest: &str) -> Option<(Piece<'_>, usize)> {
    let escaped = &rest[1..];
    white_space_escape(rest)
        .or_else(|| escaped.chars().next().filter(|&c| is_special(c)).map(|c| (Piece::Char(c), 2)))
        .or_else(|| unicode_escape(rest))
        .or_else(|| {
            let word = [Word::Or, Word::And, Word::Not].into_iter().find(|w| starts_with_word(escaped, w.text()))?;
            let len = word.text().len();
            Some((Piece::Word(&escaped[..len]), 1 + len))
        })
}

fn white_space_escape(rest: &str) -> Option<(Piece<'_>, usize)> {
    let c = match rest.as_bytes() {
        [b'\\', b't', ..] => '\t',
        [b'\\', b'r', ..] => '\r',
        [b'\\', b'n', ..] => '\n',
        _ => return None,
    };
    Some((Piece::Char(c), 2))
}

fn unicode_escape(rest: &str) -> Option<(Piece<'_>, usize)> {
    let digits = rest.strip_prefix("\\u")?.get(..4)?;
    if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    u16::from_str_radix(digits, 16).ok().map(|unit| (Piece::Unit(unit), 6))
}

/// Text with its escapes resolved. Two `\u` escapes in a row may form one character; half of such a pair on its own
/// becomes U+FFFD, as no text from a document can hold it.
#[derive(Default)]
struct Unescaped {
    text: String,
    half: Option<u16>,
}

impl Unescaped {
    fn push(&mut self, piece: Piece<'_>) {
        match piece {
            Piece::Unit(unit) => self.push_unit(unit),
            Piece::Char(c) => {
                self.end_half();
                self.text.push(c);
            }
            Piece::Word(word) => {
                self.end_half();
                self.text.push_str(word);
            }
        }
    }

    fn push_unit(&mut self, unit: u16) {
        if let Some(high) = self.half.take() {
            if let Some(Ok(c)) = char::decode_utf16([high, unit]).next() {
                self.text.push(c);
                return;
            }
            self.text.push(char::REPLACEMENT_CHARACTER);
        }
        match char::from_u32(u32::from(unit)) {
            Some(c) => self.text.push(c),
            None => self.half = Some(unit),
        }
    }

    fn end_half(&mut self) {
        if self.half.take().is_some() {
            self.text.push(char::REPLACEMENT_CHARACTER);
        }
    }

    fn finish(mut self) -> String {
        self.end_half();
        self.text
    }
}
