//! A query made ready for a schema, and run on documents.

mod clause;
mod compile;
mod literals;
mod possible;
mod required;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};

use self::clause::Clause;
pub(super) use self::compile::{name_of, pattern_text};
pub use self::literals::Literal;
pub use self::possible::Known;
use super::ast::Node;
use super::document::{Document, Schema};
use super::error::SyntaxError;
use super::parse::parse;
use crate::diag::Diagnostic;

/// A query whose values, patterns, dates and blocks of addresses are prepared for the types of their fields.
#[derive(Debug, Clone)]
pub struct Query {
    node: Node,
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
    /// Parses `text` and prepares it for `schema`. Date math reads the clock once, here; see [`Query::uses_now`].
    ///
    /// # Errors
    /// The text is not KQL.
    pub fn compile(text: &str, schema: &'static dyn Schema) -> Result<Self, SyntaxError> {
        Self::compile_at(text, schema, Utc::now())
    }

    /// [`Query::compile`] with the moment that date math calls `now`.
    ///
    /// # Errors
    /// The text is not KQL.
    pub fn compile_at(text: &str, schema: &'static dyn Schema, now: DateTime<Utc>) -> Result<Self, SyntaxError> {
        Ok(compile::compile(text, parse(text)?, schema, now))
    }

    /// Whether `document` satisfies the query. A missing field satisfies nothing, so its negation holds.
    #[must_use]
    pub fn matches(&self, document: &dyn Document) -> bool {
        self.clause.holds(document)
    }

    /// The tree.
    #[must_use]
    pub fn node(&self) -> &Node {
        &self.node
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

    /// Whether the query speaks of `now`, and so should be compiled again as time passes.
    #[must_use]
    pub fn uses_now(&self) -> bool {
        self.uses_now
    }
}
