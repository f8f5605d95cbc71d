//! The rules that run, prepared once, and what they make of an event.

use std::path::Path;
use std::sync::Arc;

use super::{Alert, AlertId, Exceptions, Source, Summary};
use crate::diag::Diagnostic;
use crate::event::{self, Event};
use crate::kql::Query;
use crate::rule::playbook::{self, Facts};
use crate::rule::{Rule, RuleType};

/// The rules that run.
#[derive(Debug, Default)]
pub struct RuleSet {
    prepared: Vec<Prepared>,
    exceptions: Exceptions,
}

#[derive(Debug)]
struct Prepared {
    rule: Arc<Rule>,
    query: Query,
}

impl RuleSet {
    /// Prepares rules. Hands back, beside the set, those that it cannot run, each with why.
    #[must_use]
    pub fn new(rules: Vec<Arc<Rule>>, exceptions: Exceptions) -> (Self, Vec<(Arc<Rule>, String)>) {
        let mut prepared = Vec::with_capacity(rules.len());
        let mut left = Vec::new();
        for rule in rules {
            if rule.kind != RuleType::Query {
                let why = format!("rules of type {} are not run yet", rule.kind.as_str());
                left.push((rule, why));
                continue;
            }
            match Query::compile(&rule.query, event::schema()) {
                Ok(query) => prepared.push(Prepared { rule, query }),
                Err(error) => left.push((rule, error.to_string())),
            }
        }
        (Self { prepared, exceptions }, left)
    }

    /// The rules, in the order given.
    #[must_use]
    pub fn rules(&self) -> Vec<Arc<Rule>> {
        self.prepared.iter().map(|p| Arc::clone(&p.rule)).collect()
    }

    /// The rule with this id.
    #[must_use]
    pub fn rule(&self, id: &str) -> Option<&Arc<Rule>> {
        self.prepared.iter().map(|p| &p.rule).find(|rule| rule.id == id)
    }

    /// The parts of the rules' queries that can never match, each with its rule.
    pub fn warnings(&self) -> impl Iterator<Item = (&Rule, &Diagnostic)> {
        self.prepared.iter().flat_map(|p| p.query.warnings().iter().map(|warning| (p.rule.as_ref(), warning)))
    }

    /// Calls `raise` with an alert for each rule that `event`, read from `offset` of `path`, matches. An event without
    /// a time raises none: a rule's window cannot hold it.
    pub fn evaluate(&self, event: &Event<'_>, path: &Path, offset: u64, mut raise: impl FnMut(Alert)) {
        for Prepared { rule, query } in &self.prepared {
            if query.matches(event)
                && !self.exceptions.cover(rule, event)
                && let Some(alert) = alert(rule, event, path, offset)
            {
                raise(alert);
            }
        }
    }
}

fn alert(rule: &Rule, event: &Event<'_>, path: &Path, offset: u64) -> Option<Alert> {
    let facts = Facts::of(event);
    Some(Alert {
        id: AlertId::of(&rule.id, event.id()),
        rule_id: rule.id.clone(),
        rule_name: rule.name.clone(),
        severity: rule.severity,
        risk_score: rule.risk_score,
        event_id: event.id().to_owned(),
        time: event.time()?,
        reason: playbook::reason(rule, &facts),
        summary: Summary {
            actor: event::actor(event),
            source: event.get("source.address"),
            target: facts.target(),
            destination: facts.destination(),
            account: event.get("cloud.account.id"),
            region: event.get("cloud.region"),
            action: event.get("event.action"),
            suspicious: !facts.suspicious.is_empty(),
        },
        ecs: event.ecs().clone(),
        raw: event.raw().to_owned(),
        source: Source { path: path.to_owned(), offset },
    })
}
