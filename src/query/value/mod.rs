//! Tests of one value, prepared once per query for the type of its field, so that testing a value allocates nothing. Each
//! type has its own file; this one chooses between them.

mod address;
mod date;
mod glob;
mod instants;
mod keyword;
mod math;
mod number;
mod own;
mod regex;
mod text;
mod wildcard;

use std::cmp::Ordering;
use std::net::IpAddr;

use chrono::{DateTime, Utc};

pub(super) use self::address::Block;
pub(super) use self::glob::{Glob, Sign};
pub(super) use self::keyword::Keyword;
pub(super) use self::number::Number;
pub(super) use self::regex::Lucene;
pub use self::wildcard::Wildcard;
use self::{instants::Instants, number::NumberTest, own::Own, text::Words};
use super::document::{FieldType, Scalar};
use super::term::{RangeOp, Term, TermKind};
use crate::diag::Span;

/// A text that a value must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part<'t> {
    pub text: &'t str,
    /// Whether the value must begin with it.
    pub begins: bool,
}

/// The first and the last instant that a date, or date math such as `now-48h/h`, may stand for.
///
/// # Errors
/// Says what is no date in `text`.
pub fn instants(text: &str, now: DateTime<Utc>) -> Result<(DateTime<Utc>, DateTime<Utc>), String> {
    let span = match math::anchored(text, now)? {
        Some(span) => Some(span),
        None => instants::read(text),
    };
    let times = span.and_then(|span| {
        DateTime::from_timestamp_millis(span.first()).zip(DateTime::from_timestamp_millis(span.last()))
    });
    times.ok_or_else(|| instants::not_a_date(text))
}

/// The first and the last of the addresses that are `text` (an address, or a block such as 10.0.0.0/8), or lie on this side
/// of it.
///
/// # Errors
/// Says what is no address in `text`.
pub fn addresses(text: &str, side: Option<RangeOp>) -> Result<(IpAddr, IpAddr), String> {
    Block::compare(side.map_or(Op::Is, Op::Range), text).map(Block::ends)
}

const NESTED: &str = "the field holds objects; write `field:{ … }`";
const OBJECT: &str = "the field is an object; name one of its fields, or write `field:*` for any";
const POINT: &str = "of a place on the map only `field:*` can be asked";

/// How a value must stand to the one in the query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    /// Equal, or matching, or within.
    Is,
    /// On that side of it.
    Range(RangeOp),
}

impl Op {
    fn holds(self, value_to_bound: Ordering) -> bool {
        match self {
            Self::Is => value_to_bound.is_eq(),
            Self::Range(RangeOp::Gt) => value_to_bound.is_gt(),
            Self::Range(RangeOp::Gte) => value_to_bound.is_ge(),
            Self::Range(RangeOp::Lt) => value_to_bound.is_lt(),
            Self::Range(RangeOp::Lte) => value_to_bound.is_le(),
        }
    }
}

/// A test of one value.
#[derive(Debug, Clone)]
pub(super) enum Test {
    Exists,
    Keyword(Keyword),
    Words(Words),
    Address(Block),
    Date(Instants),
    Number(NumberTest),
    Boolean(Op, bool),
    Own(Own),
    AnyOf(Box<[Test]>),
}

/// A test, and whether the moment of compiling is part of it.
pub(super) struct Prepared {
    pub(super) test: Test,
    pub(super) uses_now: bool,
}

impl From<Test> for Prepared {
    fn from(test: Test) -> Self {
        Self { test, uses_now: false }
    }
}

impl Test {
    /// Prepares the test of `term` for fields of type `field`.
    ///
    /// # Errors
    /// Why no value of such a field can ever match, as half a sentence about the term.
    pub(super) fn prepare(field: FieldType, op: Op, term: &Term, now: DateTime<Utc>) -> Result<Prepared, String> {
        let (text, quoted) = match (&term.kind, op) {
            (TermKind::Null, _) => return Err("`null` matches no value; write `not field:*` for a missing one".into()),
            (TermKind::Wildcard(pieces), Op::Is) => return Self::pattern(field, pieces).map(Prepared::from),
            (TermKind::Wildcard(pieces), Op::Range(_)) => (pieces.join("*"), false),
            (TermKind::Bool(value), _) => (value.to_string(), false),
            (TermKind::Text { text, quoted }, _) => (text.clone(), *quoted),
        };
        let test = match field {
            FieldType::Keyword | FieldType::Wildcard | FieldType::Flattened => {
                Self::Keyword(Keyword::compare(op, &text))
            }
            FieldType::Text => Self::Words(Words::compare(op, &text, quoted)),
            FieldType::Ip => Self::Address(Block::compare(op, &text)?),
            FieldType::Date => {
                let (instants, uses_now) = Instants::compare(op, &text, now)?;
                return Ok(Prepared { test: Self::Date(instants), uses_now });
            }
            FieldType::Long => Self::Number(NumberTest::compare(op, &text, true)?),
            FieldType::Double => Self::Number(NumberTest::compare(op, &text, false)?),
            FieldType::Boolean => Self::Boolean(op, boolean(&text).ok_or("a boolean is `true` or `false`")?),
            FieldType::Nested => return Err(NESTED.into()),
            FieldType::Object => return Err(OBJECT.into()),
            FieldType::GeoPoint => return Err(POINT.into()),
            FieldType::Unmapped => Self::Own(Own::compare(op, &text)),
        };
        Ok(test.into())
    }

    /// The test of a keyword, for a field that is one or may hold strings.
    pub(super) fn keyword(field: FieldType, keyword: Keyword) -> Self {
        match field {
            FieldType::Unmapped => Self::Own(Own::Keyword(keyword)),
            _ => Self::Keyword(keyword),
        }
    }

    /// [`Self::prepare`] of a text in quotes, which is no pattern, nor a block where the field is not mapped.
    ///
    /// # Errors
    /// Why no value of such a field can ever match.
    pub(super) fn exactly(field: FieldType, op: Op, text: &str, now: DateTime<Utc>) -> Result<Prepared, String> {
        if field == FieldType::Unmapped {
            return Ok(Self::Own(Own::exactly(op, text)).into());
        }
        let kind = TermKind::Text { text: text.to_owned(), quoted: true };
        Self::prepare(field, op, &Term { kind, span: Span::default() }, now)
    }

    fn pattern(field: FieldType, pieces: &[String]) -> Result<Self, String> {
        let lone = pieces.iter().all(String::is_empty);
        match field {
            _ if lone => Ok(Self::Exists),
            FieldType::Keyword | FieldType::Wildcard | FieldType::Flattened => {
                Ok(Self::Keyword(Keyword::pattern(pieces)))
            }
            FieldType::Text => Ok(Self::Words(Words::pattern(pieces))),
            FieldType::Unmapped => Ok(Self::Own(Own::pattern(pieces))),
            FieldType::Ip => Err("addresses take no wildcard; write a block such as 10.0.0.0/8".into()),
            FieldType::Date => Err("dates take no wildcard; write a part of one such as 2026-11, or a range".into()),
            FieldType::Long | FieldType::Double => Err("numbers take no wildcard; write a range".into()),
            FieldType::Boolean => Err("a boolean is `true` or `false`".into()),
            FieldType::Nested => Err(NESTED.into()),
            FieldType::Object => Err(OBJECT.into()),
            FieldType::GeoPoint => Err(POINT.into()),
        }
    }

    /// One test that holds when any of `tests`, all for the same field, does.
    pub(super) fn any_of(mut tests: Vec<Self>) -> Self {
        let (exact, rest): (Vec<_>, Vec<_>) =
            tests.drain(..).partition(|test| matches!(test, Self::Keyword(keyword) if keyword.is_exact()));
        let exact = exact.into_iter().filter_map(|test| match test {
            Self::Keyword(keyword) => Some(keyword),
            _ => None,
        });
        let mut all: Vec<Self> = exact.reduce(Keyword::merge).map(Self::Keyword).into_iter().chain(rest).collect();
        match all.len() {
            1 => all.remove(0),
            _ => Self::AnyOf(all.into()),
        }
    }

    /// Whether any value satisfies the test.
    pub(super) fn is_existence(&self) -> bool {
        matches!(self, Self::Exists)
    }

    /// Whether a value is read more than once for it, or slowly.
    pub(super) fn is_costly(&self) -> bool {
        match self {
            Self::Keyword(keyword) | Self::Own(Own::Keyword(keyword)) => matches!(keyword, Keyword::Regex(_)),
            Self::AnyOf(tests) => tests.iter().any(Self::is_costly),
            _ => false,
        }
    }

    /// The values that satisfy the test, where it is nothing but a list of them.
    pub(super) fn exact(&self) -> Option<Vec<&str>> {
        match self {
            Self::Keyword(keyword) => keyword.exact(),
            Self::AnyOf(tests) => tests.iter().map(Self::exact).collect::<Option<Vec<_>>>().map(|lists| lists.concat()),
            _ => None,
        }
    }

    /// Texts of which a value must hold at least one to satisfy the test, where that is all about keywords.
    pub(super) fn texts(&self) -> Option<Vec<Part<'_>>> {
        match self {
            Self::Keyword(keyword) => keyword.texts(),
            Self::AnyOf(tests) => tests.iter().map(Self::texts).collect::<Option<Vec<_>>>().map(|lists| lists.concat()),
            _ => None,
        }
    }

    /// Whether `value` satisfies the test.
    pub(super) fn accepts(&self, value: Scalar<'_>) -> bool {
        match self {
            Self::Exists => true,
            Self::Keyword(keyword) => keyword.accepts(value),
            Self::Words(words) => with_text(value, |text| words.accept(text)),
            Self::Address(block) => matches!(value, Scalar::Str(text) if block.holds(text)),
            Self::Date(instants) => instants.hold(value),
            Self::Number(number) => number.accepts(value),
            Self::Boolean(op, bound) => match value {
                Scalar::Bool(value) => op.holds(value.cmp(bound)),
                Scalar::Str(text) => boolean(text).is_some_and(|value| op.holds(value.cmp(bound))),
                _ => false,
            },
            Self::Own(own) => own.accepts(value),
            Self::AnyOf(tests) => tests.iter().any(|test| test.accepts(value)),
        }
    }
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// Calls `test` with the value as an index of strings would hold it.
fn with_text(value: Scalar<'_>, test: impl FnOnce(&str) -> bool) -> bool {
    match value {
        Scalar::Str(text) => test(text),
        Scalar::Bool(value) => test(if value { "true" } else { "false" }),
        Scalar::Int(value) => test(number::Digits::of(value).as_str()),
        Scalar::Float(value) => test(number::Digits::of(value).as_str()),
    }
}

#[cfg(test)]
mod tests;
