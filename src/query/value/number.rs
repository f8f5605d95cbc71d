//! Numbers, compared by value whatever their notation.

use std::cmp::Ordering;
use std::fmt::{self, Write as _};

use super::Op;
use crate::query::document::Scalar;

/// A number without loss: whole ones as far as `i64` goes.
#[derive(Debug, Clone, Copy)]
pub(in crate::query) enum Number {
    Int(i64),
    Float(f64),
}

impl Number {
    pub(in crate::query) fn parse(text: &str) -> Option<Self> {
        if let Ok(value) = text.parse() {
            return Some(Self::Int(value));
        }
        // Leaves out `inf` and `NaN`, which Rust would read.
        let starts_as_number = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.'));
        let value: f64 = starts_as_number.then(|| text.parse().ok()).flatten()?;
        value.is_finite().then_some(Self::Float(value))
    }

    pub(in crate::query) fn compare(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => Some(a.cmp(&b)),
            (Self::Float(a), Self::Float(b)) => a.partial_cmp(&b),
            (Self::Int(a), Self::Float(b)) => compare_mixed(a, b),
            (Self::Float(a), Self::Int(b)) => compare_mixed(b, a).map(Ordering::reverse),
        }
    }

    /// Without its fraction, as an index of whole numbers stores it.
    pub(in crate::query) fn whole(self) -> Self {
        match self {
            Self::Float(value) => to_int(value.trunc()).map_or(self, Self::Int),
            Self::Int(_) => self,
        }
    }

    #[allow(clippy::cast_precision_loss, reason = "as in Java, a whole number becomes the nearest `double`")]
    pub(in crate::query) fn double(self) -> f64 {
        match self {
            Self::Int(number) => number as f64,
            Self::Float(number) => number,
        }
    }
}

fn compare_mixed(a: i64, b: f64) -> Option<Ordering> {
    let floor = b.floor();
    match to_int(floor) {
        Some(whole) => Some(a.cmp(&whole).then(if b > floor { Ordering::Less } else { Ordering::Equal })),
        None if b.is_nan() => None,
        None => Some(if b > 0.0 { Ordering::Less } else { Ordering::Greater }),
    }
}

/// `value`, which has no fraction, where `i64` can hold it.
#[allow(clippy::cast_possible_truncation, reason = "the range is checked")]
fn to_int(value: f64) -> Option<i64> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    (-LIMIT..LIMIT).contains(&value).then_some(value as i64)
}

/// A test of numbers.
#[derive(Debug, Clone)]
pub(in crate::query) struct NumberTest {
    op: Op,
    bound: Number,
    /// The field holds whole numbers.
    whole: bool,
}

impl NumberTest {
    pub(super) fn compare(op: Op, text: &str, whole: bool) -> Result<Self, String> {
        let bound = Number::parse(text).ok_or_else(|| format!("\"{text}\" is not a number"))?;
        Ok(Self { op, bound, whole })
    }

    pub(super) fn accepts(&self, value: Scalar<'_>) -> bool {
        let number = match value {
            Scalar::Int(value) => Some(Number::Int(value)),
            Scalar::Float(value) => Some(Number::Float(value)),
            Scalar::Str(text) => Number::parse(text),
            Scalar::Bool(_) => None,
        };
        let number = if self.whole { number.map(Number::whole) } else { number };
        number.and_then(|number| number.compare(self.bound)).is_some_and(|order| self.op.holds(order))
    }
}

/// A number written out without allocating.
pub(super) struct Digits {
    bytes: [u8; 32],
    len: usize,
}

impl Digits {
    /// `value` as `{}` writes it, or nothing when that takes more than 32 characters.
    pub(super) fn of(value: impl fmt::Display) -> Self {
        let mut digits = Self { bytes: [0; 32], len: 0 };
        if write!(digits, "{value}").is_err() {
            digits.len = 0;
        }
        digits
    }

    pub(super) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.len]).unwrap_or_default()
    }
}

impl fmt::Write for Digits {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len + text.len();
        self.bytes.get_mut(self.len..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}
