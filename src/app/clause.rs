//! Values of fields, to make questions of.

use chrono::{DateTime, Utc};

use super::tree::{Kind, Tree};
use crate::diag::Span;
use crate::engine::FoundEvent;
use crate::event;
use crate::investigate::Scene;
use crate::query::eql::{Comparison, Expr, ExprKind, Field, Literal};
use crate::query::kql::{self, Node};
use crate::query::{FieldType, Json, Schema as _};

/// Turns a value into a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// A question of its own.
    Alone,
    /// The question narrows to it.
    And,
    /// The question leaves it out.
    AndNot,
    /// The values of its field are counted.
    Count,
}

/// A value of a field. Both are raw: what is drawn of them has to be made visible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// The field, in ECS.
    pub field: String,
    /// `None` stands for events without the field.
    pub value: Option<String>,
}

impl Clause {
    pub(super) fn new(field: &str, value: &str) -> Self {
        Self { field: field.to_owned(), value: Some(value.to_owned()) }
    }

    /// The value under the cursor of a record: of an ECS document the field's own name, of a raw record the field that
    /// the mapping makes of it. Only a question that finds that very event, `ecs`, is one.
    pub(super) fn under_cursor(tree: &Tree, is_ecs: bool, ecs: &serde_json::Value, now: DateTime<Utc>) -> Option<Self> {
        if matches!(tree.kind(), Kind::Object | Kind::Array | Kind::Null) {
            return None;
        }
        let value = tree.value();
        let fields = if is_ecs { vec![tree.field()] } else { event::fields_of(&tree.field()) };
        fields.into_iter().map(|field| Self { field, value: Some(value.clone()) }).find(|clause| {
            let query = kql::compile_at(&clause.node().to_string(), event::schema(), now);
            query.is_ok_and(|query| query.matches(&Json(ecs)))
        })
    }

    pub(super) fn of_event(event: &FoundEvent) -> Vec<Self> {
        let actor = event.actor_field.as_ref().map(|(field, value)| (*field, value.as_str()));
        made([
            Some(("event.action", event.action.as_str())),
            actor,
            Some(("source.address", event.source.as_str())),
            event.error.as_deref().map(|error| ("aws.cloudtrail.error_code", error)),
            Some(("event.outcome", event.outcome.as_str())),
            Some(("event.provider", event.provider.as_str())),
            Some(("cloud.region", event.region.as_str())),
            Some(("event.id", event.at.event_id.as_str())),
        ])
    }

    pub(super) fn of_scene(scene: &Scene) -> Vec<Self> {
        let actor = scene.actor_field.as_ref().map(|(field, value)| (*field, value.as_str()));
        made([
            scene.object_field.as_ref().map(|(field, value)| (field.as_str(), value.as_str())),
            actor,
            Some(("source.address", scene.source.as_str())),
            Some(("event.action", scene.action.as_str())),
            scene.error.as_deref().map(|error| ("aws.cloudtrail.error_code", error)),
            Some(("cloud.region", scene.region.as_str())),
            Some(("event.id", scene.event_id.as_str())),
        ])
    }

    /// In short, for a menu: without what the names of CloudTrail's own fields have in common.
    pub(super) fn shown(&self) -> String {
        let own = self.field.strip_prefix("aws.cloudtrail.").unwrap_or(&self.field);
        let field = own.strip_prefix("flattened.").unwrap_or(own);
        format!("{field}: {}", self.value.as_deref().unwrap_or("no value"))
    }

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

    /// The same in EQL, or the opposite.
    #[must_use]
    pub fn expression(&self, holds: bool) -> Expr {
        let plain = |kind| Expr { kind, span: Span::default() };
        let field = Field { name: self.field.clone(), optional: false, span: Span::default() };
        plain(ExprKind::Comparison {
            op: if holds { Comparison::Equal } else { Comparison::NotEqual },
            left: Box::new(plain(ExprKind::Field(field))),
            right: Box::new(plain(ExprKind::Literal(self.literal()))),
        })
    }

    fn literal(&self) -> Literal {
        let Some(value) = &self.value else { return Literal::Null };
        let known = match event::schema().field_type(&self.field) {
            FieldType::Long => value.parse().ok().map(Literal::Int),
            FieldType::Double => value.parse().ok().filter(|number: &f64| number.is_finite()).map(Literal::Float),
            FieldType::Boolean => value.parse().ok().map(Literal::Bool),
            _ => None,
        };
        known.unwrap_or_else(|| Literal::Text(value.clone()))
    }
}

fn made<const N: usize>(known: [Option<(&str, &str)>; N]) -> Vec<Clause> {
    let known = known.into_iter().flatten().filter(|(_, value)| !value.is_empty());
    known.map(|(field, value)| Clause::new(field, value)).collect()
}
