//! Checks that a rule's query is KQL or EQL, as its type asks.

use super::fields::Fields;
use super::type_fields;
use crate::diag::Span;
use crate::event;
use crate::query::eql::{self, StatementKind};
use crate::query::kql;
use crate::rule::{EqlFields, RuleType};

const TIMESTAMP: &str = "@timestamp";

pub(super) struct Wrong {
    pub(super) message: String,
    pub(super) span: Span,
    pub(super) help: Option<String>,
}

/// The error in `query`, if any.
pub(super) fn check(rule: &Fields<'_>, kind: RuleType, query: &str) -> Option<Wrong> {
    if kind == RuleType::Eql {
        let fields = eql_fields(rule);
        let prepare = |read| eql::prepare(query, &read, event::schema(), fields.category());
        let prepared = eql::parse(query).and_then(prepare);
        let eql::SyntaxError { message, span, help, .. } = prepared.err()?;
        return Some(Wrong { message, span, help: Some(help) });
    }
    let error = kql::parse(query).err()?;
    let said = error.to_diagnostic();
    let width = query.get(error.offset..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    Some(Wrong { message: said.message, span: Span::new(error.offset, error.offset + width), help: said.help })
}

/// The reason why a query that is valid does not run as a rule.
pub(super) fn unsupported(rule: &Fields<'_>, kind: RuleType, query: &str) -> Option<String> {
    let read = if kind == RuleType::Eql { eql::parse(query).ok()? } else { return None };
    if !read.pipes.is_empty() {
        // Which events come first hangs on when a rule is run.
        return Some("pipes do not run here in a rule".to_owned());
    }
    match (read.kind, eql_fields(rule).timestamp) {
        (StatementKind::Sample(_), _) => Some("eql samples do not run here".to_owned()),
        (StatementKind::Sequence(_), Some(field)) if field != TIMESTAMP => {
            Some(format!("sequences by `{field}` do not run here, only those by `{TIMESTAMP}`"))
        }
        _ => None,
    }
}

/// What is wrong with one of them is said when the rule is read.
fn eql_fields(rule: &Fields<'_>) -> EqlFields {
    type_fields::eql(rule, RuleType::Eql).ok().flatten().unwrap_or_default()
}
