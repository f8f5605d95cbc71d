//! Fields that no mapping names: each value compares by its own JSON type, as in Elastic's evaluator of rule tests.

use super::address::Block;
use super::keyword::Keyword;
use super::number::Number;
use super::{Op, boolean};
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
    Keyword(Keyword),
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

    /// [`Self::compare`] where a block of addresses is text like any other.
    pub(super) fn exactly(op: Op, text: &str) -> Self {
        Self::Compare { op, number: Number::parse(text), boolean: boolean(text), block: None, text: text.into() }
    }

    pub(super) fn pattern(pieces: &[String]) -> Self {
        Self::Keyword(Keyword::pattern(pieces))
    }

    pub(super) fn accepts(&self, value: Scalar<'_>) -> bool {
        let (op, text, number, boolean, block) = match self {
            Self::Keyword(keyword) => return matches!(value, Scalar::Str(text) if keyword.holds(text)),
            Self::Compare { op, text, number, boolean, block } => (op, text, number, boolean, block),
        };
        let compare =
            |value: Number| number.and_then(|bound| value.compare(bound)).is_some_and(|order| op.holds(order));
        match value {
            Scalar::Str(value) => op.holds(value.cmp(text)) || block.is_some_and(|block| block.holds(value)),
            Scalar::Int(value) => compare(Number::Int(value)),
            Scalar::Float(value) => compare(Number::Float(value)),
            Scalar::Bool(value) => boolean.is_some_and(|bound| op.holds(value.cmp(&bound))),
        }
    }
}
