//! Checks that a rule's query is KQL.

use crate::diag::Span;
use crate::query::kql;

pub(super) struct Wrong {
    pub(super) message: String,
    pub(super) span: Span,
    pub(super) help: Option<String>,
}

/// The error in `query`, if any.
pub(super) fn check(query: &str) -> Option<Wrong> {
    let error = kql::parse(query).err()?;
    let said = error.to_diagnostic();
    let width = query.get(error.offset..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    Some(Wrong { message: said.message, span: Span::new(error.offset, error.offset + width), help: said.help })
}
