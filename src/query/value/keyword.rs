//! Keywords: exact and case-sensitive, compared byte by byte.

use super::{Op, Part, Wildcard, with_text};
use crate::query::RangeOp;
use crate::query::document::Scalar;

/// A test of keywords.
#[derive(Debug, Clone)]
pub(in crate::query) enum Keyword {
    /// Sorted, without doubles.
    OneOf(Box<[Box<str>]>),
    Pattern(Wildcard),
    Range(RangeOp, Box<str>),
}

impl Keyword {
    pub(super) fn compare(op: Op, text: &str) -> Self {
        match op {
            Op::Is => Self::OneOf(Box::new([text.into()])),
            Op::Range(side) => Self::Range(side, text.into()),
        }
    }

    pub(super) fn pattern(pieces: &[String]) -> Self {
        Self::Pattern(Wildcard::new(pieces))
    }

    pub(super) fn is_exact(&self) -> bool {
        matches!(self, Self::OneOf(_))
    }

    /// The keywords that are accepted, where the test is nothing but a list of them.
    pub(super) fn exact(&self) -> Option<Vec<&str>> {
        match self {
            Self::OneOf(keywords) => Some(keywords.iter().map(AsRef::as_ref).collect()),
            Self::Pattern(_) | Self::Range(..) => None,
        }
    }

    /// Texts of which a keyword must hold at least one to be accepted.
    pub(super) fn texts(&self) -> Option<Vec<Part<'_>>> {
        match self {
            Self::Pattern(pattern) => {
                Some(vec![Part { text: pattern.longest_piece(), begins: pattern.begins_with_longest() }])
            }
            Self::OneOf(_) | Self::Range(..) => {
                self.exact().map(|texts| texts.into_iter().map(|text| Part { text, begins: true }).collect())
            }
        }
    }

    /// The exact keywords of both, which are tests of one field.
    pub(super) fn merge(self, other: Self) -> Self {
        match (self, other) {
            (Self::OneOf(ours), Self::OneOf(theirs)) => {
                let mut all: Vec<_> = ours.into_iter().chain(theirs).collect();
                all.sort_unstable();
                all.dedup();
                Self::OneOf(all.into())
            }
            (ours, _) => ours,
        }
    }

    pub(super) fn accepts(&self, value: Scalar<'_>) -> bool {
        with_text(value, |text| match self {
            Self::OneOf(keywords) => match &**keywords {
                [keyword] => **keyword == *text,
                _ => keywords.binary_search_by(|keyword| (**keyword).cmp(text)).is_ok(),
            },
            Self::Pattern(pattern) => pattern.matches(text),
            Self::Range(side, bound) => Op::Range(*side).holds(text.cmp(bound)),
        })
    }
}
