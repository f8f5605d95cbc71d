//! What is known of types before an event is seen.

use crate::query::FieldType;
use crate::query::script::Value;
use crate::query::value::Number;

/// What is known of the type of an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    Bool,
    Whole,
    Fraction,
    Text,
    Address,
    Date,
    /// A field that no mapping names: whatever a document holds.
    Any,
}

impl Kind {
    pub(super) fn of(field: FieldType) -> Self {
        match field {
            FieldType::Boolean => Self::Bool,
            FieldType::Long => Self::Whole,
            FieldType::Double => Self::Fraction,
            FieldType::Ip => Self::Address,
            FieldType::Date => Self::Date,
            FieldType::Keyword | FieldType::Wildcard | FieldType::Flattened | FieldType::Text => Self::Text,
            FieldType::Unmapped | FieldType::Object | FieldType::Nested | FieldType::GeoPoint => Self::Any,
        }
    }

    pub(super) fn of_value(value: &Value<'_>) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Bool,
            Value::Number(Number::Int(_)) => Self::Whole,
            Value::Number(Number::Float(_)) => Self::Fraction,
            Value::Text(_) => Self::Text,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool => "true or false",
            Self::Whole | Self::Fraction => "a number",
            Self::Text => "a text",
            Self::Address => "an address",
            Self::Date => "a date",
            Self::Any => "of any type",
        }
    }

    pub(super) fn is_open(self) -> bool {
        matches!(self, Self::Null | Self::Any)
    }

    pub(super) fn is_number(self) -> bool {
        matches!(self, Self::Whole | Self::Fraction)
    }

    pub(super) fn may_equal(self, other: Self) -> bool {
        self == other || self.is_open() || other.is_open() || self.is_number() && other.is_number()
    }

    /// Whether a constant of type `value` can stand in a list for it.
    pub(super) fn may_list(self, value: Self) -> bool {
        self.may_equal(value)
            || matches!(self, Self::Address | Self::Date) && value == Self::Text
            || self == Self::Date && value == Self::Whole
    }
}
