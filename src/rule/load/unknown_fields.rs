//! Warns about event fields that do not exist: a rule that asks for a misspelt one never alerts.

use super::build::{RuleSource, place_in_query};
use super::fields::Fields;
use super::node::{Node, Value};
use crate::diag::{Diagnostic, Span};
use crate::event::{self, UNKNOWN_TOLD, UnknownField};
use crate::query::{eql, kql};

/// A warning for each field that neither ECS nor the integration has. Rules for other integrations' indices are left
/// alone: they ask for fields of those.
pub(super) fn find(rule: &Fields<'_>, source: RuleSource<'_>) -> Vec<Diagnostic> {
    if !is_for_cloudtrail(rule) {
        return Vec::new();
    }
    let mut unknown: Vec<(UnknownField, Span)> = Vec::new();
    let query = rule.text("query", "").ok().flatten().unwrap_or_default();
    if let Some(entry) = rule.get("query") {
        let at = |offset| place_in_query(source, &entry.node, query, offset);
        let named = if rule.text("type", "").ok().flatten() == Some("eql") { in_eql(query) } else { in_kql(query) };
        let placed = |one: UnknownField| {
            let span = Span::new(at(one.span.start), at(one.span.end));
            (one, span)
        };
        unknown.extend(named.into_iter().take(UNKNOWN_TOLD + 1).map(placed));
    }
    for path in LISTS {
        let mut names = Vec::new();
        gather(rule, path, &mut names);
        unknown.extend(
            names.into_iter().filter_map(|(name, span)| Some((event::unknown_field(name.trim(), span)?, span))),
        );
    }
    let said = |(unknown, span): &(UnknownField, Span)| {
        Diagnostic::new(unknown.message()).at(source.text, *span).help(unknown.advice())
    };
    let mut warnings: Vec<Diagnostic> = unknown.iter().take(UNKNOWN_TOLD).map(said).collect();
    if unknown.len() > UNKNOWN_TOLD {
        warnings.push(Diagnostic::new("it asks for more fields that ECS and Elastic's AWS integration do not have"));
    }
    warnings
}

fn in_kql(query: &str) -> Vec<UnknownField> {
    kql::parse(query).map(|node| event::unknown_fields(&node)).unwrap_or_default()
}

/// A field that may be missing everywhere says so itself.
fn in_eql(query: &str) -> Vec<UnknownField> {
    let Ok(statement) = eql::parse(query) else { return Vec::new() };
    let named = statement.fields().into_iter().filter(|field| !field.optional);
    named.filter_map(|field| event::unknown_field(&field.name, field.span)).collect()
}

/// Places besides the query where rules name fields.
const LISTS: [&[&str]; 7] = [
    &["new_terms_fields"],
    &["new_terms", "value"],
    &["threshold", "field"],
    &["threshold", "cardinality", "field"],
    &["alert_suppression", "group_by"],
    &["investigation_fields"],
    &["investigation_fields", "field_names"],
];

fn gather<'a>(table: &Fields<'a>, path: &[&str], found: &mut Vec<(&'a str, Span)>) {
    match path {
        [] => {}
        [key] => {
            if let Some(entry) = table.get(key) {
                texts(&entry.node, found);
            }
        }
        [key, rest @ ..] => {
            let tables = table.subs(key).unwrap_or_default();
            tables.iter().for_each(|table| gather(table, rest, found));
        }
    }
}

fn texts<'a>(node: &'a Node, found: &mut Vec<(&'a str, Span)>) {
    match &node.value {
        Value::Text(text) if !text.trim().is_empty() => found.push((text, node.span)),
        Value::List(items) => items.iter().for_each(|item| texts(item, found)),
        _ => {}
    }
}

/// True when the rule's index patterns may cover CloudTrail's integration.
fn is_for_cloudtrail(rule: &Fields<'_>) -> bool {
    let index = rule.texts("index").unwrap_or_default();
    let names = |part: &str| index.iter().any(|pattern| pattern.contains(part));
    let of_another = |pattern: &&str| pattern.starts_with("logs-") && !pattern.starts_with("logs-*");
    names("aws") || names("cloudtrail") || !index.iter().any(of_another)
}
