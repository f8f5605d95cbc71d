//! Queries put together by a program instead of a person: from the values of an event, or from the parts of a guide.
//! Values are always quoted, so that whatever a log holds is compared as it is.

use super::ast::{Node, NodeKind};
use crate::diag::Span;
use crate::query::{RangeOp, Term, TermKind};

impl Node {
    /// `field: "value"`.
    #[must_use]
    pub fn is(field: &str, value: &str) -> Self {
        node(NodeKind::Is { field: name(field), value: literal(value) })
    }

    /// `field: *`.
    #[must_use]
    pub fn exists(field: &str) -> Self {
        node(NodeKind::Is { field: name(field), value: Term::star(Span::default()) })
    }

    /// `field >= "bound"`, or another side of it.
    #[must_use]
    pub fn range(field: &str, op: RangeOp, bound: &str) -> Self {
        node(NodeKind::Range { field: name(field), op, value: literal(bound) })
    }

    /// `*:*`: what every document satisfies.
    #[must_use]
    pub fn everything() -> Self {
        node(NodeKind::Is { field: Term::star(Span::default()), value: Term::star(Span::default()) })
    }

    /// `field: a*b`, of the texts between the wildcards.
    #[must_use]
    pub fn wildcard(field: &str, pieces: Vec<String>) -> Self {
        let value = Term { kind: TermKind::Wildcard(pieces), span: Span::default() };
        node(NodeKind::Is { field: name(field), value })
    }

    /// `path: { query }`, whose field names are relative to the path.
    #[must_use]
    pub fn nested(path: &str, query: Self) -> Self {
        node(NodeKind::Nested { path: name(path), query: Box::new(query) })
    }

    /// The opposite of this node.
    #[must_use]
    pub fn negated(self) -> Self {
        node(NodeKind::Not(Box::new(self)))
    }

    /// All of `parts`; `None` where there is none.
    #[must_use]
    pub fn all(parts: Vec<Self>) -> Option<Self> {
        joined(parts, NodeKind::And)
    }

    /// Any of `parts`; `None` where there is none.
    #[must_use]
    pub fn any(parts: Vec<Self>) -> Option<Self> {
        joined(parts, NodeKind::Or)
    }
}

fn joined(mut parts: Vec<Node>, kind: fn(Vec<Node>) -> NodeKind) -> Option<Node> {
    match parts.len() {
        0 | 1 => parts.pop(),
        _ => Some(node(kind(parts))),
    }
}

fn node(kind: NodeKind) -> Node {
    Node { kind, span: Span::default() }
}

/// A field's name, in quotes where it would be read as something else without.
fn name(field: &str) -> Term {
    let usual = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '@' | '-' | '/');
    let keyword = ["and", "or", "not", "null", "true", "false"].iter().any(|word| field.eq_ignore_ascii_case(word));
    let quoted = field.is_empty() || keyword || !field.chars().all(usual);
    Term { kind: TermKind::Text { text: field.to_owned(), quoted }, span: Span::default() }
}

fn literal(value: &str) -> Term {
    Term { kind: TermKind::Text { text: value.to_owned(), quoted: true }, span: Span::default() }
}

#[cfg(test)]
mod tests {
    use crate::query::kql;
    use serde_json::json;

    use super::*;
    use crate::query::{Json, NoSchema, Query, kql::parse};

    fn query(node: &Node) -> Query {
        kql::compile(&node.to_string(), &NoSchema).unwrap()
    }

    #[test]
    fn parts_are_joined_and_negated() {
        let both = Node::all(vec![Node::is("a.b", "x y"), Node::exists("c").negated()]).unwrap();
        assert_eq!(both.to_string(), r#"a.b:"x y" and not c:*"#);
        let either = Node::any(vec![both, Node::range("n", RangeOp::Gte, "5")]).unwrap();
        assert_eq!(either.to_string(), r#"a.b:"x y" and not c:* or n >= "5""#);
        assert_eq!(either.negated().to_string(), r#"not (a.b:"x y" and not c:* or n >= "5")"#);
        assert_eq!(Node::any(vec![Node::is("not", "")]).unwrap().to_string(), r#""not":"""#);
        assert_eq!(Node::all(Vec::new()), None);
    }

    #[test]
    fn what_cannot_be_seen_is_written_as_an_escape() {
        let node = Node::is("f", "a\u{1b}[2J\u{202e}\n\u{e0041}\\x");
        assert_eq!(node.to_string(), r#"f:"a\u001b[2J\u202e\n\udb40\udc41\\x""#);
        assert_eq!(parse(&node.to_string()).unwrap().to_json(), node.to_json());
    }

    proptest::proptest! {
        #[test]
        fn a_query_made_of_a_value_finds_it(value in "\\PC{0,12}|.{0,12}|[\\\\\"*:(){}nrtu0-9]{0,12}", field in "[a-z]{1,3}|.{1,6}") {
            let node = Node::is(&field, &value);
            proptest::prop_assert_eq!(parse(&node.to_string()).unwrap().to_json(), node.to_json());
            // A dot would be a path, and `*` a pattern.
            if !field.contains(['.', '*']) {
                let (same, other) = (json!({ field.clone(): value.clone() }), json!({ field: format!("{value}.") }));
                let query = query(&node);
                proptest::prop_assert!(query.matches(&Json(&same)) && !query.matches(&Json(&other)));
            }
        }
    }
}
