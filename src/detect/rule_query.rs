//! The query of a rule, in whichever language it is written, with the filters beside it.

mod eql;
mod kql;
mod per_run;

use std::sync::Arc;

use self::eql::EqlQuery;
use self::kql::KqlQuery;
use super::GroupKey;
use super::in_sequence::Tie;
use crate::diag::{Diagnostic, Span};
use crate::event::Event;
use crate::query::eql::{Part, Shape};
use crate::query::kql::{Node, NodeKind};
use crate::query::{FieldRef, Query};
use crate::rule::{Rule, RuleType};

/// A rule's query, compiled.
#[derive(Debug)]
pub(super) enum RuleQuery {
    Kql(Box<KqlQuery>),
    /// Filters are KQL, and hold for every event of a sequence.
    Eql(Box<EqlQuery>, Option<Box<KqlQuery>>),
}

impl RuleQuery {
    /// # Errors
    /// What is wrong with the query.
    pub(super) fn new(rule: &Rule) -> Result<Self, String> {
        let kql = |text: &str| KqlQuery::new(text, rule.interval()).map_err(|error| error.to_string());
        if rule.kind != RuleType::Eql {
            return kql(&rule.search()).map(|query| Self::Kql(Box::new(query)));
        }
        let filters = rule.filter().map(|filters| kql(&filters)).transpose()?;
        Ok(Self::Eql(Box::new(EqlQuery::new(rule)?), filters.map(Box::new)))
    }

    /// What every event satisfies that it finds, or that is part of what it finds. At no particular run.
    pub(super) fn query(&self) -> &Arc<Query> {
        match self {
            Self::Kql(query) => query.query(),
            Self::Eql(query, _) => query.query(),
        }
    }

    /// What it looks for: where one of these finds nothing, there is no alert.
    pub(super) fn needed(&self) -> Vec<&Query> {
        match self {
            Self::Kql(query) => vec![query.query()],
            Self::Eql(query, filters) => {
                query.needed().into_iter().chain(filters.iter().map(|filters| &**filters.query())).collect()
            }
        }
    }

    /// The fields that it asks for.
    pub(super) fn fields(&self) -> Vec<FieldRef> {
        let mut fields = self.query().fields().to_vec();
        if let Self::Eql(query, filters) = self {
            fields.extend(query.keys());
            fields.extend(filters.iter().flat_map(|filters| filters.query().fields()).cloned());
        }
        fields
    }

    /// The parts of it that can never match.
    pub(super) fn warnings(&self) -> impl Iterator<Item = &Diagnostic> {
        let filters = if let Self::Eql(_, Some(filters)) = self { filters.query().warnings() } else { &[] };
        self.query().warnings().iter().chain(filters)
    }

    /// Whether the same event matches in one run and not in another.
    pub(super) fn is_per_run(&self) -> bool {
        match self {
            Self::Kql(query) => query.is_per_run(),
            Self::Eql(query, filters) => {
                query.is_per_run() || filters.as_ref().is_some_and(|filters| filters.is_per_run())
            }
        }
    }

    /// KQL that every event satisfies that it finds, or that is part of what it finds.
    pub(super) fn node(&self) -> Node {
        match self {
            Self::Kql(query) => query.node().clone(),
            Self::Eql(query, None) => query.wider().clone(),
            Self::Eql(query, Some(filters)) => {
                Node { kind: NodeKind::And(vec![query.wider().clone(), filters.node().clone()]), span: Span::default() }
            }
        }
    }

    /// Whether the run that sees `event` finds it, or takes it for a part of what it finds.
    pub(super) fn matches(&self, event: &Event<'_>) -> bool {
        match self {
            Self::Kql(query) => query.matches(event),
            Self::Eql(query, filters) => {
                query.matches(event) && filters.as_ref().is_none_or(|filters| filters.matches(event))
            }
        }
    }

    /// See [`EqlQuery::shape`].
    pub(super) fn shape(&self, span: u64) -> Option<Shape> {
        if let Self::Eql(query, _) = self { query.shape(span) } else { None }
    }

    /// See [`EqlQuery::joined`].
    pub(super) fn joined(&self, event: &Event<'_>, key: GroupKey) -> Option<Vec<(String, Option<String>)>> {
        if let Self::Eql(query, _) = self { query.joined(event, key) } else { None }
    }

    /// See [`EqlQuery::parts`].
    pub(super) fn parts(&self, event: &Event<'_>) -> Vec<(GroupKey, Part)> {
        if let Self::Eql(query, _) = self { query.parts(event) } else { Vec::new() }
    }
}

/// See [`eql::tie`].
pub(super) fn tie(event: &Event<'_>, field: &str) -> Tie {
    eql::tie(event, field)
}

#[cfg(test)]
mod tests;
