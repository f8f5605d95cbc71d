//! Full text: words in any case. Unquoted, one of the words suffices; quoted, they must follow one another.

use unicode_segmentation::UnicodeSegmentation;

use super::{Op, Wildcard};
use crate::query::RangeOp;

/// A test of full text. The words are in lower case.
#[derive(Debug, Clone)]
pub(in crate::query) enum Words {
    Any { words: Box<[String]>, patterns: Box<[Wildcard]> },
    Phrase(Box<[String]>),
    Range(RangeOp, Box<str>),
}

impl Words {
    pub(super) fn compare(op: Op, text: &str, quoted: bool) -> Self {
        if let Op::Range(side) = op {
            return Self::Range(side, text.into());
        }
        let words = text.unicode_words().map(str::to_lowercase).collect();
        if quoted { Self::Phrase(words) } else { Self::Any { words, patterns: Box::default() } }
    }

    pub(super) fn pattern(pieces: &[String]) -> Self {
        let mut words = Vec::new();
        let mut patterns = Vec::new();
        let mut finish = |word: &mut Vec<String>| match std::mem::replace(word, vec![String::new()]).as_slice() {
            [text] if text.is_empty() => {}
            [text] => words.push(text.clone()),
            pieces => patterns.push(Wildcard::new(pieces)),
        };
        let mut word = vec![String::new()];
        for (i, piece) in pieces.iter().enumerate() {
            if i > 0 {
                word.push(String::new());
            }
            for c in piece.chars() {
                if c.is_whitespace() {
                    finish(&mut word);
                } else if let Some(text) = word.last_mut() {
                    text.extend(c.to_lowercase());
                }
            }
        }
        finish(&mut word);
        Self::Any { words: words.into(), patterns: patterns.into() }
    }

    pub(super) fn accept(&self, text: &str) -> bool {
        match self {
            Self::Any { words, patterns } => text.unicode_words().any(|found| {
                words.iter().any(|word| same(found, word)) || {
                    let found = if patterns.is_empty() { String::new() } else { found.to_lowercase() };
                    patterns.iter().any(|pattern| pattern.matches(&found))
                }
            }),
            Self::Phrase(words) => {
                let starts_at = |at: usize| {
                    let mut rest = text[at..].unicode_words();
                    words.iter().all(|word| rest.next().is_some_and(|found| same(found, word)))
                };
                !words.is_empty() && text.unicode_word_indices().any(|(at, _)| starts_at(at))
            }
            Self::Range(side, bound) => text.unicode_words().any(|found| {
                let order = found.chars().flat_map(char::to_lowercase).cmp(bound.chars());
                Op::Range(*side).holds(order)
            }),
        }
    }
}

fn same(found: &str, lower_case: &str) -> bool {
    found.chars().flat_map(char::to_lowercase).eq(lower_case.chars())
}
