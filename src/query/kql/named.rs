//! The fields that a query names, and where.

use std::collections::BTreeSet;

use super::ast::{Node, NodeKind};
use super::compile::{name_of, pattern_text};
use crate::diag::Span;
use crate::query::FieldRef;
use crate::query::value::Wildcard;
use crate::query::{Term, TermKind};

impl Node {
    /// The fields that the query names, each once, with the first place that does, in the order of the text. Inside
    /// `path:{ … }` the path is part of the name; it is named itself too. Bare values name none.
    #[must_use]
    pub fn fields(&self) -> Vec<(FieldRef, Span)> {
        let mut found = Vec::new();
        self.gather("", &mut found);
        let mut seen = BTreeSet::new();
        found.retain(|(field, _)| seen.insert(field.clone()));
        found
    }

    /// Whether it asks for what stands together in one object: `path:{ … }`.
    #[must_use]
    pub fn has_nested(&self) -> bool {
        match &self.kind {
            NodeKind::And(parts) | NodeKind::Or(parts) => parts.iter().any(Self::has_nested),
            NodeKind::Not(part) => part.has_nested(),
            NodeKind::Is { .. } | NodeKind::Range { .. } => false,
            NodeKind::Nested { .. } => true,
        }
    }

    fn gather(&self, path: &str, found: &mut Vec<(FieldRef, Span)>) {
        match &self.kind {
            NodeKind::And(parts) | NodeKind::Or(parts) => parts.iter().for_each(|part| part.gather(path, found)),
            NodeKind::Not(part) => part.gather(path, found),
            NodeKind::Is { field, .. } | NodeKind::Range { field, .. } => found.extend(named(field, path)),
            NodeKind::Nested { path: inner, query } => {
                found.extend(named(inner, path));
                if let Some(name) = name_of(inner) {
                    query.gather(&format!("{path}{name}."), found);
                }
            }
        }
    }
}

fn named(field: &Term, path: &str) -> Option<(FieldRef, Span)> {
    let name = match &field.kind {
        TermKind::Null => return None,
        TermKind::Wildcard(pieces) => FieldRef::Pattern(pattern_text(path, pieces)),
        TermKind::Bool(_) | TermKind::Text { .. } => FieldRef::Name(format!("{path}{}", name_of(field)?)),
    };
    Some((name, field.span))
}

impl FieldRef {
    /// Whether it asks for the field of this name.
    #[must_use]
    pub fn covers(&self, field: &str) -> bool {
        match self {
            Self::Name(name) => name == field,
            Self::Pattern(pattern) => Wildcard::new(&pieces(pattern)).matches(field),
            Self::Every => true,
        }
    }
}

/// The texts between the wildcards of a pattern.
fn pieces(pattern: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut before = '*';
    for c in pattern.chars() {
        match (pieces.last_mut(), c) {
            (Some(piece), '*') if before == '\\' => {
                piece.pop();
                piece.push('*');
            }
            (_, '*') => pieces.push(String::new()),
            (Some(piece), c) => piece.push(c),
            (None, _) => {}
        }
        before = c;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::query::kql::parse;

    #[test]
    fn fields_are_named_where_they_stand() {
        let query = "a.b: (x or y) and not \"c d\" > 5 and e:{ f: 1 and g*:2 } and bare and *: z and a.b: *";
        let found: Vec<(FieldRef, &str)> = parse(query)
            .unwrap()
            .fields()
            .into_iter()
            .map(|(field, span)| (field, &query[span.start..span.end]))
            .collect();
        let name = |name: &str| FieldRef::Name(name.to_owned());
        let pattern = |pattern: &str| FieldRef::Pattern(pattern.to_owned());
        assert_eq!(
            found,
            [
                (name("a.b"), "a.b"),
                (name("c d"), "\"c d\""),
                (name("e"), "e"),
                (name("e.f"), "f"),
                (pattern("e.g*"), "g*"),
                (pattern("*"), "*"),
            ]
        );
    }

    #[test]
    fn what_asks_for_objects_is_told() {
        let nested = |query: &str| parse(query).unwrap().has_nested();
        assert!(nested("a:{ b: 1 }") && nested("x: y and not (z: 1 or a:{ b: 1 })"));
        assert!(!nested("a: b and not (c > 1 or d: *)"));
    }

    #[test]
    fn patterns_cover_what_they_match() {
        let covers = |pattern: &str, name: &str| FieldRef::Pattern(pattern.to_owned()).covers(name);
        assert!(covers("event.*", "event.action") && covers("*.ip", "source.ip") && covers(r"a\*b*", "a*bc"));
        assert!(!covers("event.*", "event") && !covers(r"a\*b*", "axbc"));
        assert!(FieldRef::Every.covers("x") && !FieldRef::Name("y".to_owned()).covers("x"));
    }
}
