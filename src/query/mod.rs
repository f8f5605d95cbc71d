//! Conditions on documents of typed fields: one compiled form, whichever language a query is written in. Knows nothing
//! of files, rules or alerts.
//!
//! - [`kql`] and [`eql`], the front ends, compile text against a [`Schema`] once; [`Query::matches`] then runs it on any
//!   [`Document`] and allocates nothing, except for wildcards on full text and what a `script` computes.
//! - `value` compares as Elasticsearch does, type by type. What Elasticsearch would refuse, such as a word for a field of
//!   numbers, never matches and is a warning of the query.
//! - `required`, `literals` and `possible` say what a document must hold to match: most of a log is skipped by them
//!   without being parsed.
//! - [`Json`] makes a document of any JSON object.

mod clause;
mod document;
pub mod eql;
mod json;
pub mod kql;
mod language;
mod literals;
mod possible;
mod required;
mod script;
mod term;
#[cfg(test)]
mod tests;
mod value;

pub use self::document::{Document, FieldType, NoSchema, Scalar, Schema};
pub use self::json::Json;
pub use self::language::Language;
pub use self::literals::Literal;
pub use self::possible::Known;
pub use self::term::{RangeOp, Term, TermKind};
pub use self::value::{Wildcard, addresses, instants};

use std::collections::BTreeSet;

use self::clause::Clause;
use crate::diag::Diagnostic;

/// A query whose values, patterns, dates and blocks of addresses are prepared for the types of their fields.
#[derive(Debug, Clone)]
pub struct Query {
    clause: Clause,
    fields: Vec<FieldRef>,
    warnings: Vec<Diagnostic>,
    uses_now: bool,
}

/// A field that a query asks for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum FieldRef {
    /// The field of this dotted name, or the fields below it. Inside `path:{ … }` the path is part of the name.
    Name(String),
    /// Every field whose dotted name matches this pattern; a `*` of the name itself is written `\*`.
    Pattern(String),
    /// Every field: the query holds a bare value.
    Every,
}

impl Query {
    /// Whether `document` satisfies the query. A missing field satisfies nothing, so its negation holds.
    #[must_use]
    pub fn matches(&self, document: &dyn Document) -> bool {
        self.clause.holds(document)
    }

    /// The fields that the query asks for, sorted, each once.
    #[must_use]
    pub fn fields(&self) -> &[FieldRef] {
        &self.fields
    }

    /// The parts of the query that can never match a document, such as a word for a field of numbers, each pointing at
    /// its place in the text.
    #[must_use]
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    /// A query that a document satisfies when it satisfies any of these.
    #[must_use]
    pub fn any_of<'q>(queries: impl IntoIterator<Item = &'q Self>) -> Self {
        let (mut parts, mut fields, mut warnings, mut uses_now) = (Vec::new(), BTreeSet::new(), Vec::new(), false);
        for query in queries {
            parts.push(query.clause.clone());
            fields.extend(query.fields.iter().cloned());
            warnings.extend(query.warnings.iter().cloned());
            uses_now |= query.uses_now;
        }
        Self { clause: Clause::any_of(parts), fields: fields.into_iter().collect(), warnings, uses_now }
    }

    /// Whether the query speaks of `now`, and so should be compiled again as time passes.
    #[must_use]
    pub fn uses_now(&self) -> bool {
        self.uses_now
    }
}
