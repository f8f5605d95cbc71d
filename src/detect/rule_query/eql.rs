//! A rule's EQL: the events that it finds, or those that are part of a sequence.

use std::sync::Arc;

use chrono::DateTime;

use super::super::in_sequence::Tie;
use super::super::{GroupKey, key};
use super::per_run::PerRun;
use crate::event::{self, Event};
use crate::query::eql::{self, Part, Search, SequenceSearch, Shape, Statement, tuples};
use crate::query::kql::Node;
use crate::query::{Document as _, FieldRef, Query, Scalar};
use crate::rule::Rule;

/// EQL of a rule, compiled.
#[derive(Debug)]
pub(in super::super) struct EqlQuery {
    /// What every event satisfies that it finds or looks at. At no particular run.
    query: Arc<Query>,
    /// The same and more, as KQL.
    wider: Node,
    search: Arc<Search>,
    per_run: Option<PerRun<Search>>,
    text: String,
    statement: Statement,
    category: String,
}

impl EqlQuery {
    /// # Errors
    /// Why the rule cannot run.
    pub(super) fn new(rule: &Rule) -> Result<Self, String> {
        let (text, category) = (rule.query.as_str(), rule.event_category());
        let statement = eql::parse(text).map_err(|error| error.to_string())?;
        let prepared = eql::prepare_at(text, &statement, event::schema(), category, DateTime::UNIX_EPOCH);
        let search = prepared.map_err(|error| error.to_string())?.search;
        if let Search::Sample(_) = search {
            return Err("eql samples do not run here".to_owned());
        }
        let query = Query::any_of(search.queries());
        Ok(Self {
            wider: eql::wider(&statement, category),
            per_run: query.uses_now().then(|| PerRun::new(rule.interval())),
            query: Arc::new(query),
            search: Arc::new(search),
            text: text.to_owned(),
            category: category.to_owned(),
            statement,
        })
    }

    /// What the run that sees `event` looks for.
    fn search(&self, event: &Event<'_>) -> Option<Arc<Search>> {
        let Some(per_run) = &self.per_run else { return Some(Arc::clone(&self.search)) };
        per_run.at(event, |now| {
            let at = eql::prepare_at(&self.text, &self.statement, event::schema(), &self.category, now);
            Some(at.ok()?.search)
        })
    }

    pub(super) fn is_per_run(&self) -> bool {
        self.per_run.is_some()
    }

    /// Whether the run that sees `event` finds it, or takes it for a part of what it finds.
    pub(super) fn matches(&self, event: &Event<'_>) -> bool {
        if self.per_run.is_none() {
            return self.query.matches(event);
        }
        self.search(event).is_some_and(|search| search.queries().iter().any(|query| query.matches(event)))
    }

    fn sequence(&self) -> Option<&SequenceSearch> {
        if let Search::Sequence(sequence) = &*self.search { Some(sequence) } else { None }
    }

    pub(super) fn query(&self) -> &Arc<Query> {
        &self.query
    }

    pub(super) fn wider(&self) -> &Node {
        &self.wider
    }

    /// What events must be there.
    pub(super) fn needed(&self) -> Vec<&Query> {
        match &*self.search {
            Search::Sequence(SequenceSearch { items, .. }) => {
                items.iter().filter(|item| !item.missing).map(|item| &item.query).collect()
            }
            search => search.queries(),
        }
    }

    /// The fields that join the events of a sequence.
    pub(super) fn keys(&self) -> impl Iterator<Item = FieldRef> {
        let items = self.sequence().into_iter().flat_map(|sequence| sequence.items.iter().chain(&sequence.until));
        items.flat_map(|item| &item.keys).map(|key| FieldRef::Name(key.name.clone()))
    }

    /// The fields that join the event that ends a sequence with the others, each with its value, where `key` is their key.
    pub(super) fn joined(&self, event: &Event<'_>, key: GroupKey) -> Option<Vec<(String, Option<String>)>> {
        let last = self.sequence()?.items.iter().rfind(|item| !item.missing)?;
        let of = tuples(event, &last.keys, event::schema()).into_iter().find(|tuple| key::joined(tuple) == key)?;
        Some(last.keys.iter().zip(&of).map(|(field, value)| (field.name.clone(), key::text(value))).collect())
    }

    /// The sequence that it looks for, in which `span` milliseconds are the longest where it does not say. `None` where it
    /// looks for single events.
    pub(super) fn shape(&self, span: u64) -> Option<Shape> {
        let sequence = self.sequence()?;
        Some(SequenceSearch { maxspan: sequence.maxspan.or(Some(span)), ..sequence.clone() }.shape())
    }

    /// What an event is to the sequence, for each of its join keys.
    pub(super) fn parts(&self, event: &Event<'_>) -> Vec<(GroupKey, Part)> {
        let parts = match self.search(event).as_deref() {
            Some(Search::Sequence(sequence)) => sequence.parts(event, event::schema()),
            _ => Vec::new(),
        };
        parts.into_iter().map(|part| (key::joined(&part.keys), part)).collect()
    }
}

/// What orders an event among others of the same time: the first value of this field.
pub(super) fn tie(event: &Event<'_>, field: &str) -> Tie {
    let mut tie = Tie::default();
    event.any(field, &mut |value| {
        tie = match value {
            Scalar::Str(text) => Tie::text(text),
            other => {
                let text = other.to_string();
                text.parse().map_or_else(|_| Tie::text(&text), Tie::number)
            }
        };
        true
    });
    tie
}
