//! The tree that a query parses to: Kibana's, with value lists expanded and the place of each part in the text.

use serde_json::{Value, json};

use crate::diag::Span;
use crate::query::{RangeOp, Term, TermKind};

/// What Kibana's JSON writes for an unescaped `*`.
const WILDCARD_SYMBOL: &str = "@kuery-wildcard@";

/// One node of a query, and where it stands in the text. Members of a value list carry the span of their value.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// What the node says.
    pub kind: NodeKind,
    /// The bytes of the query that say it.
    pub span: Span,
}

/// What a node says.
#[derive(Debug, Clone, PartialEq)]
pub enum NodeKind {
    /// Every part holds. Two or more parts; never flattened across parentheses.
    And(Vec<Node>),
    /// At least one part holds. Two or more parts; never flattened across parentheses.
    Or(Vec<Node>),
    /// The part does not hold.
    Not(Box<Node>),
    /// A value of the field equals or matches the value. A [`TermKind::Null`] field means any field.
    Is {
        /// The field's name or pattern.
        field: Term,
        /// The value or pattern; a lone `*` asks whether the field exists.
        value: Term,
    },
    /// A value of the field lies on one side of the bound.
    Range {
        /// The field's name or pattern.
        field: Term,
        op: RangeOp,
        value: Term,
    },
    /// One object at the path satisfies the whole inner query, whose field names are relative to it.
    Nested {
        /// The path of the objects.
        path: Term,
        /// What one of them must satisfy.
        query: Box<Node>,
    },
}

impl RangeOp {
    /// The operator as Kibana and query DSL name it.
    #[must_use]
    pub fn json_name(self) -> &'static str {
        match self {
            Self::Gt => "gt",
            Self::Gte => "gte",
            Self::Lt => "lt",
            Self::Lte => "lte",
        }
    }
}

impl Node {
    /// The tree as Kibana's parser writes it in JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let (function, arguments) = match &self.kind {
            NodeKind::And(parts) => ("and", parts.iter().map(Self::to_json).collect()),
            NodeKind::Or(parts) => ("or", parts.iter().map(Self::to_json).collect()),
            NodeKind::Not(part) => ("not", vec![part.to_json()]),
            NodeKind::Is { field, value } => ("is", vec![field.to_json(), value.to_json()]),
            NodeKind::Range { field, op, value } => {
                ("range", vec![field.to_json(), Value::from(op.json_name()), value.to_json()])
            }
            NodeKind::Nested { path, query } => ("nested", vec![path.to_json(), query.to_json()]),
        };
        json!({ "type": "function", "function": function, "arguments": Value::Array(arguments) })
    }
}

impl Term {
    /// The term as Kibana's parser writes it in JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        match &self.kind {
            TermKind::Null => json!({ "type": "literal", "value": null, "isQuoted": false }),
            TermKind::Bool(value) => json!({ "type": "literal", "value": value, "isQuoted": false }),
            TermKind::Text { text, quoted } => json!({ "type": "literal", "value": text, "isQuoted": quoted }),
            TermKind::Wildcard(pieces) => json!({ "type": "wildcard", "value": pieces.join(WILDCARD_SYMBOL) }),
        }
    }
}
