//! The values that a question can be made of: those under the cursor, wherever it is.

use super::super::page::Item;
use super::super::tree::Kind;
use super::super::{App, Pane, Tab};
use crate::engine::{FoundEvent, RelatedEvent};
use crate::event;
use crate::query::kql;
use crate::query::{Json, kql::Node};

/// A value of a field. Both are raw: what is drawn of them has to be made visible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// The field, in ECS.
    pub field: String,
    /// The value; `None`: the events that have none.
    pub value: Option<String>,
}

impl Clause {
    /// A field with this value.
    pub(super) fn new(field: &str, value: &str) -> Self {
        Self { field: field.to_owned(), value: Some(value.to_owned()) }
    }

    /// In short, for a menu: without what the names of CloudTrail's own fields have in common.
    fn shown_field(&self) -> &str {
        let own = self.field.strip_prefix("aws.cloudtrail.").unwrap_or(&self.field);
        own.strip_prefix("flattened.").unwrap_or(own)
    }

    /// In short, for a menu.
    pub(super) fn shown(&self) -> String {
        match &self.value {
            Some(value) => format!("{}: {value}", self.shown_field()),
            None => format!("{}: no value", self.shown_field()),
        }
    }

    /// As a query.
    #[must_use]
    pub fn node(&self) -> Node {
        match &self.value {
            Some(value) => Node::is(&self.field, value),
            None => Node::exists(&self.field).negated(),
        }
    }

    /// The opposite, as a query.
    #[must_use]
    pub fn negated(&self) -> Node {
        match &self.value {
            Some(_) => self.node().negated(),
            None => Node::exists(&self.field),
        }
    }
}

impl App {
    /// The values under the cursor, the most telling first; empty where there are none.
    pub(in super::super) fn clauses(&self) -> Vec<Clause> {
        if let Some(explore) = self.exploring() {
            if explore.record.is_some() {
                return self.clause_of_tree().into_iter().collect();
            }
            return explore.clauses();
        }
        if self.pane == Pane::Table {
            return self.clauses_of_alert();
        }
        if self.tab == Tab::Event {
            return self.clause_of_tree().into_iter().collect();
        }
        match self.page.items.get(self.reading().cursor) {
            Some(Item::Value { value, field: Some(field), .. }) => vec![Clause::new(field, value)],
            Some(Item::Related(index)) => {
                let related = self.detail().and_then(|d| d.related.as_ref()?.get(*index));
                related.map(of_related).unwrap_or_default()
            }
            _ => self.clauses_of_alert(),
        }
    }

    /// What the overview of the selected alert shows; what the list knows, until it is here.
    fn clauses_of_alert(&self) -> Vec<Clause> {
        let Some(entry) = self.selected() else { return Vec::new() };
        if let Some(detail) = self.detail().filter(|d| !d.overview.is_empty()) {
            let rows = detail.overview.iter();
            return rows
                .filter_map(|row| Some(Clause::new(row.field.as_deref()?, row.copy.as_deref().unwrap_or(&row.value))))
                .collect();
        }
        let summary = &entry.row.summary;
        let known = [
            ("event.action", summary.action.as_deref()),
            ("source.address", summary.source.as_deref()),
            ("cloud.account.id", summary.account.as_deref()),
            ("cloud.region", summary.region.as_deref()),
            ("event.id", Some(entry.row.event_id.as_str())),
        ];
        known.into_iter().filter_map(|(field, value)| Some(Clause::new(field, value?))).collect()
    }

    /// The value under the cursor of the record that is shown: of the ECS document the field's own name, of the raw
    /// record the field that the mapping makes of it. Only a question that finds that very event is one.
    fn clause_of_tree(&self) -> Option<Clause> {
        let tree = self.tree()?;
        if matches!(tree.kind(), Kind::Object | Kind::Array | Kind::Null) {
            return None;
        }
        let ecs = match self.exploring().and_then(|explore| explore.record.as_ref()) {
            Some(record) => &record.found.as_ref()?.1,
            None => &self.detail()?.ecs,
        };
        let value = tree.value();
        let fields = if self.ecs { vec![tree.field()] } else { event::fields_of(&tree.field()) };
        fields.into_iter().map(|field| Clause { field, value: Some(value.clone()) }).find(|clause| {
            let query = kql::compile_at(&clause.node().to_string(), event::schema(), self.now);
            query.is_ok_and(|query| query.matches(&Json(ecs)))
        })
    }
}

/// What can be asked of an event that was found.
pub(super) fn of_event(event: &FoundEvent) -> Vec<Clause> {
    let actor = event.actor_field.as_ref().map(|(field, value)| (*field, value.as_str()));
    let known = [
        Some(("event.action", event.action.as_str())),
        actor,
        Some(("source.address", event.source.as_str())),
        event.error.as_deref().map(|error| ("aws.cloudtrail.error_code", error)),
        Some(("event.outcome", event.outcome.as_str())),
        Some(("event.provider", event.provider.as_str())),
        Some(("cloud.region", event.region.as_str())),
        Some(("event.id", event.spot.event_id.as_str())),
    ];
    made(known)
}

fn of_related(event: &RelatedEvent) -> Vec<Clause> {
    let actor = event.actor_field.as_ref().map(|(field, value)| (*field, value.as_str()));
    made([
        Some(("event.action", event.action.as_str())),
        actor,
        Some(("source.address", event.source.as_str())),
        Some(("event.id", event.event_id.as_str())),
    ])
}

fn made<const N: usize>(known: [Option<(&str, &str)>; N]) -> Vec<Clause> {
    let known = known.into_iter().flatten().filter(|(_, value)| !value.is_empty());
    known.map(|(field, value)| Clause::new(field, value)).collect()
}
