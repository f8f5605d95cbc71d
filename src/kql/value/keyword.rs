//! Keywords: exact and case-sensitive, compared byte by byte.

use super::{Op, Part, Wildcard, with_text};
use crate::kql::ast::RangeOp;
use crate::kql::document::Scalar;

/// A test of keywords.
#[derive(Debug, Clone)]
pub(in crate::kql) struct Keyword {
    /// Values of more characters are as if absent.
    limit: Option<u32>,
    want: Want,
}

#[derive(Debug, Clone)]
enum Want {
    Any,
    /// Sorted, without doubles.
    OneOf(Box<[Box<str>]>),
    Pattern(Wildcard),
    Range(RangeOp, Box<str>),
}

impl Keyword {
    pub(super) fn compare(limit: Option<u32>, op: Op, text: &str) -> Self {
        let want = match op {
            Op::Is => Want::OneOf(Box::new([text.into()])),
            Op::Range(side) => Want::Range(side, text.into()),
        };
        Self { limit, want }
    }

    pub(super) fn pattern(limit: Option<u32>, pieces: &[String]) -> Self {
        Self { limit, want: Want::Pattern(Wildcard::new(pieces)) }
    }

    pub(super) fn exists(limit: u32) -> Self {
        Self { limit: Some(limit), want: Want::Any }
    }

    pub(super) fn is_exact(&self) -> bool {
        matches!(self.want, Want::OneOf(_))
    }

    /// The keywords that are accepted, where the test is nothing but a list of them.
    pub(super) fn exact(&self) -> Option<Vec<&str>> {
        match &self.want {
            Want::OneOf(keywords) => Some(keywords.iter().map(AsRef::as_ref).collect()),
            Want::Any | Want::Pattern(_) | Want::Range(..) => None,
        }
    }

    /// Texts of which a keyword must hold at least one to be accepted.
    pub(super) fn texts(&self) -> Option<Vec<Part<'_>>> {
        match &self.want {
            Want::Pattern(pattern) => {
                Some(vec![Part { text: pattern.longest_piece(), begins: pattern.begins_with_longest() }])
            }
            Want::OneOf(_) | Want::Any | Want::Range(..) => {
                self.exact().map(|texts| texts.into_iter().map(|text| Part { text, begins: true }).collect())
            }
        }
    }

    /// The exact keywords of both, which are tests of one field.
    pub(super) fn merge(self, other: Self) -> Self {
        match (self.want, other.want) {
            (Want::OneOf(ours), Want::OneOf(theirs)) => {
                let mut all: Vec<_> = ours.into_iter().chain(theirs).collect();
                all.sort_unstable();
                all.dedup();
                Self { limit: self.limit, want: Want::OneOf(all.into()) }
            }
            (want, _) => Self { limit: self.limit, want },
        }
    }

    pub(super) fn accepts(&self, value: Scalar<'_>) -> bool {
        with_text(value, |text| self.wants(text)) && !self.limit.is_some_and(|limit| is_longer(value, limit))
    }

    fn wants(&self, text: &str) -> bool {
        match &self.want {
            Want::Any => true,
            Want::OneOf(keywords) => match &**keywords {
                [keyword] => **keyword == *text,
                _ => keywords.binary_search_by(|keyword| (**keyword).cmp(text)).is_ok(),
            },
            Want::Pattern(pattern) => pattern.matches(text),
            Want::Range(side, bound) => Op::Range(*side).holds(text.cmp(bound)),
        }
    }
}

/// Whether an index whose `ignore_above` is `limit` leaves `value` out. Counts as Elasticsearch does, in UTF-16 code
/// units.
pub(in crate::kql) fn is_longer(value: Scalar<'_>, limit: u32) -> bool {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    with_text(value, |text| text.len() > limit && text.chars().map(char::len_utf16).sum::<usize>() > limit)
}
