//! Rules a match out from some of a document's fields, so that the rest need not be parsed.

use super::Query;
use super::clause::Clause;
use crate::query::document::Scalar;

/// Knowledge of one field of a document that has not been parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known<'k> {
    /// It has this value and no other, if it has any.
    AtMost(&'k str),
    /// It has no value.
    Absent,
    Open,
}

impl Query {
    /// Whether a document may satisfy the query, with what is `known` of its fields, by their names. Never false of one
    /// that does.
    #[must_use]
    pub fn is_possible<'k>(&self, known: &dyn Fn(&str) -> Known<'k>) -> bool {
        is_possible(&self.clause, known)
    }
}

fn is_possible<'k>(clause: &Clause, known: &dyn Fn(&str) -> Known<'k>) -> bool {
    match clause {
        Clause::Nothing => false,
        Clause::Field { name, test } => match known(name) {
            Known::AtMost(text) => test.accepts(Scalar::Str(text)),
            Known::Absent => false,
            Known::Open => true,
        },
        Clause::And(parts) => parts.iter().all(|part| is_possible(part, known)),
        Clause::Or(parts) => parts.iter().any(|part| is_possible(part, known)),
        // A value that may be missing says nothing about what it is not.
        Clause::Everything
        | Clause::Not(_)
        | Clause::Tree { .. }
        | Clause::Fields(_)
        | Clause::Nested { .. }
        | Clause::Script(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::kql;
    use crate::query::tests::Keywords;

    #[test]
    fn what_is_known_rules_out_and_what_is_not_does_not() {
        let known = |field: &str| match field {
            "action" => Known::AtMost("GetUser"),
            "none" => Known::Absent,
            _ => Known::Open,
        };
        for (query, expected) in [
            ("action: GetUser", true),
            ("action: Get*", true),
            ("action: *", true),
            ("action: PutUser", false),
            ("action: (PutUser or GetUser)", true),
            ("action: PutUser or other: x", true),
            ("action: PutUser and other: x", false),
            ("action: GetUser and none: *", false),
            ("not action: GetUser", true),
            ("not none: *", true),
            ("none: x or action: PutUser", false),
            ("PutUser", true),
            ("act*: PutUser", true),
            ("", true),
        ] {
            assert_eq!(kql::compile(query, &Keywords).unwrap().is_possible(&known), expected, "{query}");
        }
    }
}
