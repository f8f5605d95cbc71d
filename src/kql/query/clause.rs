//! The prepared query: a tree of tests on fields.

use std::collections::HashMap;

use crate::kql::document::{Document, FieldType};
use crate::kql::value::{Test, Wildcard};

#[derive(Debug, Clone)]
pub(super) enum Clause {
    Everything,
    Nothing,
    And(Box<[Clause]>),
    Or(Box<[Clause]>),
    Not(Box<Clause>),
    Field {
        name: Box<str>,
        test: Test,
    },
    /// A field, or any below it.
    Tree {
        name: Box<str>,
        test: Test,
    },
    Fields(Box<Fields>),
    Nested {
        path: Box<str>,
        query: Box<Clause>,
    },
}

impl Clause {
    pub(super) fn holds(&self, document: &dyn Document) -> bool {
        match self {
            Self::Everything => true,
            Self::Nothing => false,
            Self::And(parts) => parts.iter().all(|part| part.holds(document)),
            Self::Or(parts) => parts.iter().any(|part| part.holds(document)),
            Self::Not(part) => !part.holds(document),
            Self::Field { name, test } => field_holds(document, name, test),
            Self::Tree { name, test } => {
                field_holds(document, name, test)
                    || document.any_field(&mut |field| is_below(field, name) && field_holds(document, field, test))
            }
            Self::Fields(fields) => document
                .any_field(&mut |field| fields.test_of(field).is_some_and(|test| field_holds(document, field, test))),
            Self::Nested { path, query } => document.any_object(path, &mut |object| query.holds(object)),
        }
    }

    /// One clause that holds when any of `parts` does. Tests of the same field become one, so that the document looks
    /// the field up once.
    pub(super) fn any_of(parts: Vec<Self>) -> Self {
        let mut fields: Vec<(Box<str>, Vec<Test>)> = Vec::new();
        let mut clauses = Vec::new();
        for part in parts {
            match part {
                Self::Field { name, test } => match fields.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, tests)) => tests.push(test),
                    None => fields.push((name, vec![test])),
                },
                other => clauses.push(other),
            }
        }
        clauses.extend(fields.into_iter().map(|(name, tests)| Self::Field { name, test: Test::any_of(tests) }));
        match clauses.len() {
            1 => clauses.remove(0),
            _ => Self::Or(clauses.into()),
        }
    }
}

fn field_holds(document: &dyn Document, name: &str, test: &Test) -> bool {
    document.any(name, &mut |value| test.accepts(value))
}

fn is_below(field: &str, name: &str) -> bool {
    field.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'))
}

/// A value sought in many fields, prepared for each of their types.
#[derive(Debug, Clone)]
pub(super) struct Fields {
    /// Which fields; all of them where there is no pattern.
    pub(super) pattern: Option<Wildcard>,
    /// The types of the fields that the schema names.
    pub(super) types: HashMap<Box<str>, FieldType>,
    /// The tests by type. A type under which the value can never match has none.
    pub(super) tests: Vec<(FieldType, Test)>,
}

impl Fields {
    fn test_of(&self, field: &str) -> Option<&Test> {
        if self.pattern.as_ref().is_some_and(|pattern| !pattern.matches(field)) {
            return None;
        }
        let sought = self.type_of(field);
        self.tests.iter().find(|(known, _)| *known == sought).map(|(_, test)| test)
    }

    fn type_of(&self, field: &str) -> FieldType {
        let above = field.rmatch_indices('.').map(|(dot, _)| &field[..dot]);
        let flattened = |known: &FieldType| *known == FieldType::Flattened;
        self.types.get(field).copied().unwrap_or_else(|| {
            let root = above.into_iter().find_map(|name| self.types.get(name).copied().filter(flattened));
            root.unwrap_or(FieldType::Unmapped)
        })
    }
}
