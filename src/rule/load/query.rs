//! Whether a rule's query is KQL.

use crate::diag::Span;

/// What is wrong with a query, and where in it.
pub(super) struct Wrong {
    pub(super) message: String,
    pub(super) span: Span,
    pub(super) help: Option<String>,
}

/// What is wrong with `query`; `None` when it is well formed.
pub(super) fn check(query: &str) -> Option<Wrong> {
    let _ = query;
    None
}
