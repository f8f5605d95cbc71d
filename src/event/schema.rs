//! The types of fields, as the mappings of ECS and of Elastic's AWS integration give them.

mod table;

use std::sync::LazyLock;

use crate::query::{FieldType, Schema};
use table::{Found, Table};

const ECS: &str = include_str!("schema/ecs.txt");

/// What the integration has beside it; where both name a field, this counts.
const INTEGRATION: &str = include_str!("schema/integration.txt");

/// Fields below this hold objects of any shape.
const FLATTENED: &str = "aws.cloudtrail.flattened.";

static TABLES: LazyLock<[Table; 2]> = LazyLock::new(|| [INTEGRATION, ECS].map(Table::read));

/// The types of ECS fields. Names outside ECS and the integration are [`FieldType::Unmapped`], unless they stand below one
/// of theirs: an index makes keywords of those.
#[must_use]
pub fn schema() -> &'static impl Schema {
    &Ecs
}

#[derive(Debug)]
struct Ecs;

impl Schema for Ecs {
    fn field_type(&self, field: &str) -> FieldType {
        let Some(found) = find(field) else { return FieldType::Unmapped };
        let kind = found.field.kind();
        if found.whole {
            return kind;
        }
        match kind {
            FieldType::Flattened => FieldType::Flattened,
            FieldType::GeoPoint if field.ends_with(".lat") || field.ends_with(".lon") => FieldType::GeoPoint,
            _ if field.starts_with(FLATTENED) => FieldType::Flattened,
            _ if text_twin(field).is_some() => FieldType::Text,
            _ => FieldType::Keyword,
        }
    }

    /// As the integration maps a record: one value, but of what a call names several of.
    fn is_single(&self, field: &str) -> bool {
        const ONE: [&str; 10] = [
            "@timestamp",
            "aws.cloudtrail.",
            "cloud.",
            "data_stream.",
            "event.",
            "service.name",
            "source.",
            "tls.",
            "user.",
            "user_agent.",
        ];
        const SEVERAL: [&str; 8] = [
            "aws.cloudtrail.flattened.",
            "aws.cloudtrail.resources",
            "event.category",
            "event.type",
            "tls.client",
            "tls.server",
            "user.roles",
            "user.target",
        ];
        let begins = |names: &[&str]| names.iter().any(|name| field.starts_with(name));
        begins(&ONE) && !begins(&SEVERAL) && !super::entity::is_field(field)
    }

    /// A document without it may hold a record that nobody has mapped: see `envelope`.
    fn mark(&self) -> Option<&'static str> {
        Some("event.action")
    }

    fn record_marks(&self) -> &'static [&'static str] {
        &super::record::MARKS
    }
}

/// The field of this name, or the nearest above it.
fn find(name: &str) -> Option<Found<'static>> {
    let [integration, ecs] = LazyLock::force(&TABLES).each_ref().map(|table| table.find(name));
    match (integration, ecs) {
        (Some(found), _) if found.whole => Some(found),
        (_, Some(found)) if found.whole => Some(found),
        // What is open has no fields in the other table.
        (Some(found), _) if found.field.is_open() => Some(found),
        (integration, ecs) => ecs.or(integration),
    }
}

/// Whether ECS or the integration has a field or an object of this name, or one below which documents name their own.
pub(super) fn is_named(field: &str) -> bool {
    find(field).is_some_and(|found| found.whole)
        || is_open(field)
        || text_twin(field).is_some()
        || Ecs.field_type(field) == FieldType::GeoPoint
}

/// Whether this stands in, or below, an object whose fields documents name themselves.
pub(super) fn is_open(field: &str) -> bool {
    field.starts_with(FLATTENED) || find(field.trim_end_matches('.')).is_some_and(|found| found.field.is_open())
}

/// Calls `visit` with the name of each field and each object that ECS or the integration has, some of them twice.
pub(super) fn each(visit: &mut dyn FnMut(&str)) {
    TABLES.iter().for_each(|table| table.each(&mut |name, _| visit(name)));
}

/// All fields, and objects, that ECS or the integration names, each with its type, sorted.
#[must_use]
pub fn named_fields() -> Vec<(String, FieldType)> {
    let mut names = Vec::new();
    each(&mut |name| names.push(name.to_owned()));
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(|name| (name.clone(), Ecs.field_type(&name))).collect()
}

/// The field whose words `field` indexes, if it is such a second form: `user.name` for `user.name.text`.
pub(super) fn text_twin(field: &str) -> Option<&str> {
    field.strip_suffix(".text").filter(|name| find(name).is_some_and(|found| found.whole && found.field.words))
}

/// Whether `field` is an object of any shape, all of whose leaves answer for its own name too.
pub(super) fn is_flattened_root(field: &str) -> bool {
    match field.strip_prefix(FLATTENED) {
        Some(name) => !name.contains('.'),
        None => find(field).is_some_and(|found| found.whole && found.field.kind() == FieldType::Flattened),
    }
}

#[cfg(test)]
mod tests;
