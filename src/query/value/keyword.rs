//! Keywords: exact and case-sensitive, compared byte by byte, but where a test says that case does not matter.

use super::glob::Glob;
use super::regex::Lucene;
use super::{Op, Part, Wildcard, with_text};
use crate::query::RangeOp;
use crate::query::document::Scalar;

/// A test of keywords.
#[derive(Debug, Clone)]
pub(in crate::query) enum Keyword {
    /// Sorted, without doubles.
    OneOf(Box<[Box<str>]>),
    /// The same, whatever the case of ASCII letters.
    AnyCase(Box<[Box<str>]>),
    Pattern(Wildcard),
    Glob(Box<Glob>),
    Regex(Box<Lucene>),
    Range(RangeOp, Box<str>),
}

impl Keyword {
    pub(super) fn compare(op: Op, text: &str) -> Self {
        match op {
            Op::Is => Self::OneOf(Box::new([text.into()])),
            Op::Range(side) => Self::Range(side, text.into()),
        }
    }

    /// One of `texts`.
    pub(in crate::query) fn one_of(mut texts: Vec<Box<str>>) -> Self {
        texts.sort_unstable();
        texts.dedup();
        Self::OneOf(texts.into())
    }

    /// One of `texts`, whatever the case of ASCII letters.
    pub(in crate::query) fn any_case(texts: Vec<Box<str>>) -> Self {
        Self::AnyCase(texts.into())
    }

    pub(in crate::query) fn glob(glob: Glob) -> Self {
        Self::Glob(Box::new(glob))
    }

    pub(in crate::query) fn regex(regex: Lucene) -> Self {
        Self::Regex(Box::new(regex))
    }

    pub(in crate::query) fn pattern(pieces: &[String]) -> Self {
        Self::Pattern(Wildcard::new(pieces))
    }

    pub(super) fn is_exact(&self) -> bool {
        matches!(self, Self::OneOf(_))
    }

    /// The keywords that are accepted, where the test is nothing but a list of them.
    pub(super) fn exact(&self) -> Option<Vec<&str>> {
        match self {
            Self::OneOf(keywords) => Some(keywords.iter().map(AsRef::as_ref).collect()),
            _ => None,
        }
    }

    /// Texts of which a keyword must hold at least one to be accepted.
    pub(super) fn texts(&self) -> Option<Vec<Part<'_>>> {
        let (text, begins) = match self {
            Self::OneOf(keywords) => {
                return Some(keywords.iter().map(|text| Part { text, begins: true }).collect());
            }
            Self::Pattern(pattern) => (pattern.longest_piece(), pattern.begins_with_longest()),
            Self::Glob(glob) => glob.longest()?,
            Self::Regex(regex) => regex.longest()?,
            Self::AnyCase(_) | Self::Range(..) => return None,
        };
        Some(vec![Part { text, begins }])
    }

    /// The exact keywords of both, which are tests of one field.
    pub(super) fn merge(self, other: Self) -> Self {
        match (self, other) {
            (Self::OneOf(ours), Self::OneOf(theirs)) => Self::one_of(ours.into_iter().chain(theirs).collect()),
            (ours, _) => ours,
        }
    }

    pub(super) fn accepts(&self, value: Scalar<'_>) -> bool {
        with_text(value, |text| self.holds(text))
    }

    pub(in crate::query) fn holds(&self, text: &str) -> bool {
        match self {
            Self::OneOf(keywords) => match &**keywords {
                [keyword] => **keyword == *text,
                _ => keywords.binary_search_by(|keyword| (**keyword).cmp(text)).is_ok(),
            },
            Self::AnyCase(keywords) => keywords.iter().any(|keyword| keyword.eq_ignore_ascii_case(text)),
            Self::Pattern(pattern) => pattern.matches(text),
            Self::Glob(glob) => glob.matches(text),
            Self::Regex(regex) => regex.matches(text),
            Self::Range(side, bound) => Op::Range(*side).holds(text.cmp(bound)),
        }
    }
}
