//! A query that is not EQL, or that no event could be asked.

use std::fmt;

use crate::diag::{Diagnostic, Span};

/// Where a query is wrong, how, and what to write instead. [`Display`](fmt::Display) gives the message alone: show people
/// [`SyntaxError::to_diagnostic`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    pub query: String,
    /// On character boundaries. Empty at the end of the query.
    pub span: Span,
    pub message: String,
    pub help: String,
}

/// Expressions inside one another, whether parentheses, a list, an argument or an operator keeps them apart, and operators
/// in one calculation. Elasticsearch refuses more than 30 boolean levels, which are some 60 of these; parsing this many
/// takes less than half of a thread's usual 2 MiB of stack, without optimisation.
pub(super) const MAX_DEPTH: usize = 200;

impl SyntaxError {
    pub(super) fn new(query: &str, span: Span, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { query: query.to_owned(), span, message: message.into(), help: help.into() }
    }

    /// The message with the line, a caret under the place, and what to do about it.
    #[must_use]
    pub fn to_diagnostic(&self) -> Diagnostic {
        Diagnostic::new(self.message.as_str()).at(&self.query, self.span).help(self.help.as_str())
    }
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for SyntaxError {}
