//! Fields that no mapping names: each value compares by its own JSON type, as in Elastic's evaluator of rule tests.

use super::address::Block;
use super::number::Number;
use super::{Op, Wildcard, boolean};
use crate::query::document::Scalar;

/// A test of values of any type.
#[derive(Debug, Clone)]
pub(in crate::query) enum Own {
    Compare {
        op: Op,
        text: Box<str>,
        number: Option<Number>,
        boolean: Option<bool>,
        block: Option<Block>,
    },
    /// Strings only.
    Pattern(Wildcard),
}

impl Own {
    pub(super) fn compare(op: Op, text: &str) -> Self {
        let is = op == Op::Is;
        Self::Compare {
            op,
            number: Number::parse(text),
            boolean: boolean(text).filter(|_| is),
            block: Block::cidr(text).filter(|_| is),
            text: text.into(),
        }
    }

    pub(super) fn pattern(pieces: &[String]) -> Self {
        Self::Pattern(Wildcard::new(pieces))
    }

    pub(super) fn accepts(&self, value: Scalar<'_>) -> bool {
        let (op, text, number, boolean, block) = match self {
            Self::Pattern(pattern) => return matches!(value, Scalar::Str(text) if pattern.matches(text)),
            Self::Compare { op, text, number, boolean, block } => (op, text, number, boolean, block),
        };
        let compare =
            |value: Number| number.and_then(|bound| value.compare(bound)).is_some_and(|order| op.holds(order));
        match value {
            Scalar::Str(value) => op.holds(value.cmp(text)) || block.is_some_and(|block| block.holds(value)),
            Scalar::Int(value) => compare(Number::Int(value)),
            Scalar::Float(value) => compare(Number::Float(value)),
            Scalar::Bool(value) => *boolean == Some(value),
        }
    }
}
