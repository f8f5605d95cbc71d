//! The compiled query: a tree of tests on fields.

use std::fmt;

use crate::query::document::{Document, FieldType, Schema};
use crate::query::script::Script;
use crate::query::value::{Test, Wildcard};

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
    /// A field, or any below it if it is an object.
    Tree {
        name: Box<str>,
        test: Test,
    },
    Fields(Box<Fields>),
    Nested {
        path: Box<str>,
        query: Box<Clause>,
    },
    Script(Box<Script>),
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
                    || document
                        .any_object(name, &mut |object| object.any_field(&mut |field| field_holds(object, field, test)))
            }
            Self::Fields(fields) => document.any_field(&mut |field| fields.hold(document, field)),
            Self::Nested { path, query } => document.any_object(path, &mut |object| query.holds(object)),
            Self::Script(script) => script.holds(document),
        }
    }

    /// The test of a field, whose whole name is `full`. What a flattened object is asked is asked of all its leaves, and one
    /// whose shape is not known exists by any field below it.
    pub(super) fn of_field(schema: &dyn Schema, name: &str, full: &str, test: Test) -> Self {
        let kind = schema.field_type(full);
        let below = match kind {
            // A leaf has the type of the object too.
            FieldType::Flattened => {
                full.rsplit_once('.').is_none_or(|(parent, _)| schema.field_type(parent) != FieldType::Flattened)
            }
            FieldType::Unmapped | FieldType::Nested | FieldType::GeoPoint => test.is_existence(),
            _ => false,
        };
        let name = name.into();
        if below { Self::Tree { name, test } } else { Self::Field { name, test } }
    }

    /// The opposite.
    pub(super) fn negated(self) -> Self {
        match self {
            Self::Everything => Self::Nothing,
            Self::Nothing => Self::Everything,
            Self::Not(part) => *part,
            other => Self::Not(Box::new(other)),
        }
    }

    /// One clause that holds when all of `parts` do. What is cheap and likely to fail is asked first.
    pub(super) fn all_of(mut parts: Vec<Self>) -> Self {
        parts.sort_by_key(Self::rank);
        Self::And(parts.into())
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Nothing => 0,
            Self::Field { test, .. } if test.exact().is_some() => 1,
            Self::Field { test, .. } if test.is_costly() => 4,
            Self::Field { test, .. } if !test.is_existence() => 2,
            Self::Field { .. } | Self::Everything => 3,
            Self::Not(part) => part.rank().max(4),
            Self::And(parts) | Self::Or(parts) => parts.iter().map(Self::rank).max().unwrap_or(0).max(4),
            Self::Script(_) => 5,
            Self::Tree { .. } | Self::Fields(_) | Self::Nested { .. } => 6,
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

/// A value sought in many fields, prepared for each type that one of them may have.
#[derive(Clone)]
pub(super) struct Fields {
    /// Which fields; all of them where there is no pattern.
    pub(super) pattern: Option<Wildcard>,
    /// The path of the objects in which they are sought, with a dot after it, or nothing.
    pub(super) path: Box<str>,
    pub(super) schema: &'static dyn Schema,
    /// The tests by type. A type under which the value can never match has none.
    pub(super) tests: Box<[(FieldType, Test)]>,
}

impl Fields {
    /// The types for which to prepare a test.
    pub(super) const TYPES: [FieldType; 11] = [
        FieldType::Keyword,
        FieldType::Wildcard,
        FieldType::Text,
        FieldType::Ip,
        FieldType::Date,
        FieldType::Long,
        FieldType::Double,
        FieldType::Boolean,
        FieldType::Flattened,
        FieldType::GeoPoint,
        FieldType::Unmapped,
    ];

    fn hold(&self, document: &dyn Document, field: &str) -> bool {
        if self.pattern.as_ref().is_some_and(|pattern| !pattern.matches(field)) {
            return false;
        }
        let kind = match &*self.path {
            "" => self.schema.field_type(field),
            path => self.schema.field_type(&format!("{path}{field}")),
        };
        let test = self.tests.iter().find(|(known, _)| *known == kind);
        test.is_some_and(|(_, test)| field_holds(document, field, test))
    }
}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pattern, path, schema: _, tests } = self;
        f.debug_struct("Fields")
            .field("pattern", pattern)
            .field("path", path)
            .field("tests", tests)
            .finish_non_exhaustive()
    }
}
