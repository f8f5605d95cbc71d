//! Patterns of text, each made into the test that answers it fastest.

use crate::query::value::{Glob, Keyword, Sign};

/// The pattern of `like`: `*` and `?`, and no way to write them as characters.
pub(in crate::query::eql) fn like(pattern: &str) -> Vec<Sign> {
    let sign = |c| match c {
        '*' => Sign::Run,
        '?' => Sign::One,
        c => Sign::Char(c),
    };
    pattern.chars().map(sign).collect()
}

/// The pattern that `stringContains` and `endsWith` ask an index for: Elasticsearch writes their text into a Lucene
/// wildcard as it is, where `*` and `?` are signs and a backslash takes that from the next character. Elastic's rules count
/// on it (`"Principal=\\*"`).
pub(in crate::query::eql) fn lucene(text: &str) -> Vec<Sign> {
    let mut signs = Vec::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        signs.push(match c {
            '*' => Sign::Run,
            '?' => Sign::One,
            '\\' => Sign::Char(chars.next().unwrap_or('\\')),
            c => Sign::Char(c),
        });
    }
    signs
}

pub(in crate::query::eql) fn literal(text: &str) -> Vec<Sign> {
    text.chars().map(Sign::Char).collect()
}

/// Whether any text at all matches.
pub(in crate::query::eql) fn is_anything(signs: &[Sign]) -> bool {
    !signs.is_empty() && signs.iter().all(|sign| *sign == Sign::Run)
}

/// The texts between the `*`s; none where there is a `?`.
pub(in crate::query::eql) fn pieces(signs: &[Sign]) -> Option<Vec<String>> {
    let mut pieces = vec![String::new()];
    for sign in signs {
        match (sign, pieces.last_mut()) {
            (Sign::One, _) => return None,
            (Sign::Char(c), Some(piece)) => piece.push(*c),
            (Sign::Char(_) | Sign::Run, _) => pieces.push(String::new()),
        }
    }
    Some(pieces)
}

/// One test that holds when any of `patterns` matches.
pub(super) fn tests(patterns: Vec<Vec<Sign>>, any_case: bool) -> Vec<Keyword> {
    let mut tests = Vec::new();
    let mut plain: Vec<Box<str>> = Vec::new();
    for signs in patterns {
        match pieces(&signs).as_deref() {
            Some([text]) => plain.push(text.as_str().into()),
            Some(pieces) if !any_case => tests.push(Keyword::pattern(pieces)),
            _ => tests.push(Keyword::glob(Glob::new(signs, any_case))),
        }
    }
    if !plain.is_empty() {
        tests.insert(0, if any_case { Keyword::any_case(plain) } else { Keyword::one_of(plain) });
    }
    tests
}
