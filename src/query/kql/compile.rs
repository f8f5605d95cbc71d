//! From the tree to clauses: each value is prepared for the type of its field, once.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::{Node, NodeKind};
use crate::diag::Diagnostic;
use crate::query::clause::{Clause, Fields};
use crate::query::value::{Op, Test, Wildcard};
use crate::query::{FieldRef, FieldType, Query, Schema, Term, TermKind};

/// Prepares `node`, which was parsed from `text`, for the types of `schema`, at the moment that date math calls `now`.
pub fn prepare(text: &str, node: &Node, schema: &'static dyn Schema, now: DateTime<Utc>) -> Query {
    let mut compiler = Compiler { text, schema, now, fields: BTreeSet::new(), warnings: Vec::new(), uses_now: false };
    let clause = compiler.clause(node, "");
    let Compiler { fields, warnings, uses_now, .. } = compiler;
    Query { clause, fields: fields.into_iter().collect(), warnings, uses_now }
}

struct Compiler<'a> {
    text: &'a str,
    schema: &'static dyn Schema,
    now: DateTime<Utc>,
    fields: BTreeSet<FieldRef>,
    warnings: Vec<Diagnostic>,
    uses_now: bool,
}

impl Compiler<'_> {
    /// Compiles `node` for objects at `path`: empty, or a dotted name and a dot.
    fn clause(&mut self, node: &Node, path: &str) -> Clause {
        match &node.kind {
            NodeKind::And(parts) => Clause::all_of(parts.iter().map(|part| self.clause(part, path)).collect()),
            NodeKind::Or(parts) => Clause::any_of(parts.iter().map(|part| self.clause(part, path)).collect()),
            NodeKind::Not(part) => Clause::Not(Box::new(self.clause(part, path))),
            NodeKind::Is { field, value } => self.comparison(field, Op::Is, value, path),
            NodeKind::Range { field, op, value } => self.comparison(field, Op::Range(*op), value, path),
            NodeKind::Nested { path: inner, query } => self.nested(inner, query, path),
        }
    }

    fn nested(&mut self, inner: &Term, query: &Node, path: &str) -> Clause {
        let Some(name) = name_of(inner) else {
            return self.never(inner, "a path before `{` is one name, without wildcards");
        };
        let query = self.clause(query, &format!("{path}{name}."));
        Clause::Nested { path: name.into(), query: Box::new(query) }
    }

    fn comparison(&mut self, field: &Term, op: Op, value: &Term, path: &str) -> Clause {
        let exists = op == Op::Is && is_lone(value);
        match &field.kind {
            TermKind::Null if op == Op::Is => self.anywhere(None, op, value, path),
            TermKind::Null => self.never(field, "a range needs a field"),
            TermKind::Wildcard(_) if exists && is_lone(field) => Clause::Everything,
            TermKind::Wildcard(pieces) => self.anywhere(Some(pieces), op, value, path),
            TermKind::Bool(_) | TermKind::Text { .. } => {
                let name = name_of(field).unwrap_or_default();
                let full = format!("{path}{name}");
                let clause = self.field(&name, &full, op, value, exists);
                self.fields.insert(FieldRef::Name(full));
                clause
            }
        }
    }

    fn field(&mut self, name: &str, full: &str, op: Op, value: &Term, exists: bool) -> Clause {
        let kind = self.schema.field_type(full);
        if kind == FieldType::Object && exists {
            // Each of its fields exists in the way of its own type.
            let query = Clause::Fields(Box::new(self.fields(None, op, value, &format!("{full}."))));
            return Clause::Nested { path: name.into(), query: Box::new(query) };
        }
        match Test::prepare(kind, op, value, self.now) {
            Ok(prepared) => {
                self.uses_now |= prepared.uses_now;
                Clause::of_field(self.schema, name, full, prepared.test)
            }
            Err(why) => self.never(value, &why),
        }
    }

    /// A value in every field, or every field that matches a pattern. Types under which it cannot match are skipped.
    fn anywhere(&mut self, pattern: Option<&[String]>, op: Op, value: &Term, path: &str) -> Clause {
        if value.kind == TermKind::Null {
            return self.never(value, "`null` matches no value; write `not field:*` for a missing one");
        }
        if pattern.is_none() && is_lone(value) {
            return Clause::Everything;
        }
        self.fields.insert(match pattern {
            Some(pieces) => FieldRef::Pattern(pattern_text(path, pieces)),
            None => FieldRef::Every,
        });
        Clause::Fields(Box::new(self.fields(pattern, op, value, path)))
    }

    /// The fields that match a pattern, or all, of the objects at `path`.
    fn fields(&mut self, pattern: Option<&[String]>, op: Op, value: &Term, path: &str) -> Fields {
        let mut tests = Vec::new();
        for kind in Fields::TYPES {
            if let Ok(prepared) = Test::prepare(kind, op, value, self.now) {
                self.uses_now |= prepared.uses_now;
                tests.push((kind, prepared.test));
            }
        }
        let pattern = pattern.map(Wildcard::new);
        Fields { pattern, path: path.into(), schema: self.schema, tests: tests.into() }
    }

    fn never(&mut self, term: &Term, why: &str) -> Clause {
        let warning = Diagnostic::new("this part of the query never matches").at(self.text, term.span).help(why);
        self.warnings.push(warning);
        Clause::Nothing
    }
}

fn is_lone(term: &Term) -> bool {
    matches!(&term.kind, TermKind::Wildcard(pieces) if pieces.iter().all(String::is_empty))
}

pub(super) fn name_of(field: &Term) -> Option<String> {
    match &field.kind {
        TermKind::Text { text, .. } => Some(text.clone()),
        TermKind::Bool(value) => Some(value.to_string()),
        TermKind::Null | TermKind::Wildcard(_) => None,
    }
}

pub(super) fn pattern_text(path: &str, pieces: &[String]) -> String {
    let escaped: Vec<String> = pieces.iter().map(|piece| piece.replace('*', "\\*")).collect();
    format!("{path}{}", escaped.join("*"))
}
