//! Values, and how they compare: numbers by value, texts by their bytes.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt::Write as _;

use crate::query::document::{FieldType, Scalar};
use crate::query::value::Number;

#[derive(Debug, Clone)]
pub(in crate::query) enum Value<'v> {
    Null,
    Bool(bool),
    Number(Number),
    Text(Cow<'v, str>),
}

/// How the left of two values stands to the right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::query) enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// The value of a field, and those of the fields before it.
pub(super) struct Env<'e> {
    pub(super) place: usize,
    pub(super) value: Value<'e>,
    pub(super) outer: Option<&'e Env<'e>>,
}

impl<'v> Value<'v> {
    /// A value of a field of type `kind`; `None` where an index would have none of it.
    pub(super) fn of(kind: FieldType, value: Scalar<'v>) -> Option<Self> {
        use FieldType::{Boolean, Date, Double, Long, Unmapped};
        let number = |number: Number| {
            Self::Number(match kind {
                Long => number.whole(),
                Double => Number::Float(number.double()),
                _ => number,
            })
        };
        Some(match (kind, value) {
            (Long | Double, Scalar::Bool(_)) | (Boolean, Scalar::Int(_) | Scalar::Float(_)) => return None,
            (Long | Double, Scalar::Str(text)) => number(Number::parse(text)?),
            (Long | Double | Date | Unmapped, Scalar::Int(whole)) => number(Number::Int(whole)),
            (Long | Double | Date | Unmapped, Scalar::Float(fraction)) => number(Number::Float(fraction)),
            (Boolean, Scalar::Str(text)) => Self::Bool(text.parse().ok()?),
            (Boolean | Date | Unmapped, Scalar::Bool(truth)) => Self::Bool(truth),
            (_, Scalar::Str(text)) => Self::Text(text.into()),
            _ => Self::Text(value.to_string().into()),
        })
    }

    pub(super) fn borrow(&self) -> Value<'_> {
        match self {
            Self::Null => Value::Null,
            Self::Bool(truth) => Value::Bool(*truth),
            Self::Number(number) => Value::Number(*number),
            Self::Text(text) => Value::Text(Cow::Borrowed(text)),
        }
    }

    pub(in crate::query) fn owned(self) -> Value<'static> {
        match self {
            Self::Null => Value::Null,
            Self::Bool(truth) => Value::Bool(truth),
            Self::Number(number) => Value::Number(number),
            Self::Text(text) => Value::Text(text.into_owned().into()),
        }
    }

    pub(in crate::query) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// `None` is null.
    pub(super) fn truth(value: Option<bool>) -> Self {
        value.map_or(Self::Null, Self::Bool)
    }

    pub(super) fn int(value: usize) -> Self {
        Self::Number(Number::Int(i64::try_from(value).unwrap_or(i64::MAX)))
    }

    /// What is neither true nor false is null.
    pub(in crate::query) fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(truth) => Some(*truth),
            _ => None,
        }
    }

    pub(super) fn as_number(&self) -> Option<Number> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// A whole number; the fraction of another is dropped.
    pub(super) fn as_int(&self) -> Option<i64> {
        match self.as_number()? {
            Number::Int(number) => Some(number),
            #[allow(clippy::cast_possible_truncation, reason = "as in Java, what is too large is the largest")]
            Number::Float(number) => Some(number as i64),
        }
    }

    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The value written out, as Java does; null stays null.
    pub(in crate::query) fn written(self) -> Option<Cow<'v, str>> {
        match self {
            Self::Null => None,
            Self::Bool(truth) => Some(if truth { "true" } else { "false" }.into()),
            Self::Number(Number::Int(number)) => Some(number.to_string().into()),
            Self::Number(Number::Float(number)) => Some(float(number).into()),
            Self::Text(text) => Some(text),
        }
    }

    /// `None` where one of them is null, or where values of these types have no order.
    pub(in crate::query) fn compare(&self, order: Order, other: &Value<'_>) -> Option<bool> {
        let found = match (self, other) {
            (Self::Null, _) | (_, Value::Null) => return None,
            (Self::Number(a), Value::Number(b)) => a.compare(*b),
            (Self::Text(a), Value::Text(b)) => Some(a.as_bytes().cmp(b.as_bytes())),
            (Self::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
            _ => None,
        };
        match found {
            Some(found) => Some(order.holds(found)),
            None => (order == Order::Equal).then_some(false),
        }
    }
}

impl Order {
    fn holds(self, found: Ordering) -> bool {
        match self {
            Self::Equal => found.is_eq(),
            Self::Less => found.is_lt(),
            Self::LessOrEqual => found.is_le(),
            Self::Greater => found.is_gt(),
            Self::GreaterOrEqual => found.is_ge(),
        }
    }
}

/// As Java writes a `double`: `5.0`, and with an exponent from ten millions on and below a thousandth.
fn float(number: f64) -> String {
    let size = number.abs();
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    if size == 0.0 || (1e-3..1e7).contains(&size) {
        return format!("{number:?}");
    }
    let text = format!("{number:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let mut text = digits.to_owned();
    if !digits.contains('.') {
        text.push_str(".0");
    }
    let _ = write!(text, "E{exponent}");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_java_writes_them() {
        for (number, text) in [
            (5.0, "5.0"),
            (-0.5, "-0.5"),
            (0.001, "0.001"),
            (0.0001, "1.0E-4"),
            (1e7, "1.0E7"),
            (1.25e10, "1.25E10"),
            (9_999_999.5, "9999999.5"),
            (f64::INFINITY, "Infinity"),
        ] {
            assert_eq!(float(number), text);
        }
    }
}
