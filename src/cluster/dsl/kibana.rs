//! KQL as Kibana's detection engine translates it, with `Zulu` as time zone and no other option.
//!
//! Where Kibana's way looks odd it is kept: a bare value inside `path:{ … }` asks for the field `path.null`, and a name
//! that KQL reads as `true` stays no text.

use serde_json::{Map, Value, json};

use super::Field;
use crate::query::kql::{Node, NodeKind};
use crate::query::{RangeOp, Term, TermKind, Wildcard};

/// What Kibana says of a query that does not fit its fields, in its words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DslError(String);

/// The query DSL that Kibana makes of `node` for a data view of these fields.
///
/// # Errors
/// A nested field outside its group, or another field inside one.
pub fn to_dsl(node: &Node, fields: &[Field]) -> Result<Value, DslError> {
    View { fields }.query(node, &Path::Outside)
}

/// The nested group around a node.
enum Path {
    Outside,
    /// A path that JavaScript takes for none (`false`, `null`, `""`): there is a group, and no path.
    Nothing,
    Inside(String),
}

impl Path {
    /// The path before a field's name.
    fn text(&self) -> Option<&str> {
        match self {
            Self::Inside(path) => Some(path),
            Self::Outside | Self::Nothing => None,
        }
    }

    fn is_group(&self) -> bool {
        !matches!(self, Self::Outside)
    }
}

/// A field's name with the path before it.
enum Name {
    /// No field was named.
    Any,
    /// `true` or `false`, which equals no name.
    Bool(bool),
    Exact(String),
    Pattern(Vec<String>),
}

struct View<'f> {
    fields: &'f [Field],
}

impl View<'_> {
    fn query(&self, node: &Node, path: &Path) -> Result<Value, DslError> {
        let all = |parts: &[Node]| parts.iter().map(|part| self.query(part, path)).collect::<Result<Vec<_>, _>>();
        Ok(match &node.kind {
            NodeKind::And(parts) => json!({ "bool": { "filter": all(parts)? } }),
            NodeKind::Or(parts) => any(all(parts)?),
            NodeKind::Not(part) => json!({ "bool": { "must_not": self.query(part, path)? } }),
            NodeKind::Is { field, value } => self.is(field, value, path)?,
            NodeKind::Range { field, op, value } => self.range(field, *op, value, path)?,
            NodeKind::Nested { path: inner, query } => self.nested(inner, query, path)?,
        })
    }

    fn nested(&self, inner: &Term, query: &Node, path: &Path) -> Result<Value, DslError> {
        let own = plain(inner);
        let (inside, full) = match (path.text(), &own) {
            (Some(outer), _) => {
                let full = format!("{outer}.{}", in_text(&own));
                (Path::Inside(full.clone()), Value::from(full))
            }
            (None, Value::Null | Value::Bool(false)) => (Path::Nothing, own),
            (None, Value::String(text)) if text.is_empty() => (Path::Nothing, own),
            (None, _) => (Path::Inside(in_text(&own)), own),
        };
        let query = self.query(query, &inside)?;
        Ok(json!({ "nested": { "path": full, "query": query, "score_mode": "none" } }))
    }

    fn is(&self, field: &Term, value: &Term, path: &Path) -> Result<Value, DslError> {
        let exists = is_lone(value);
        if exists && is_lone(field) {
            return Ok(json!({ "match_all": {} }));
        }
        let name = self.name(field, path)?;
        let phrase = matches!(&value.kind, TermKind::Text { quoted: true, .. });
        if matches!(name, Name::Any) {
            return Ok(match &value.kind {
                TermKind::Wildcard(pieces) => json!({ "query_string": { "query": query_string(pieces) } }),
                _ => json!({ "multi_match": {
                    "type": if phrase { "phrase" } else { "best_fields" }, "query": plain(value), "lenient": true,
                } }),
            });
        }
        self.each(&name, path, |field, name| match &value.kind {
            _ if exists => json!({ "exists": { "field": name } }),
            TermKind::Wildcard(pieces) if field.is_keyword() => {
                json!({ "wildcard": of(name, json!({ "value": query_string(pieces) })) })
            }
            TermKind::Wildcard(pieces) => {
                json!({ "query_string": { "fields": [name], "query": query_string(pieces) } })
            }
            _ if field.kind == "date" => {
                let value = plain(value);
                let mut bounds = json!({ "gte": value, "lte": value });
                set_zone(&mut bounds, &value);
                json!({ "range": of(name, bounds) })
            }
            _ if field.is_keyword() => json!({ "term": of(name, json!({ "value": plain(value) })) }),
            _ => of(if phrase { "match_phrase".into() } else { "match".into() }, of(name, plain(value))),
        })
    }

    fn range(&self, field: &Term, op: RangeOp, value: &Term, path: &Path) -> Result<Value, DslError> {
        let name = self.name(field, path)?;
        let value = plain(value);
        self.each(&name, path, |field, name| {
            let mut bounds = of(op.json_name().into(), value.clone());
            if field.kind == "date" {
                set_zone(&mut bounds, &value);
            }
            json!({ "range": of(name, bounds) })
        })
    }

    /// A clause for each field of this name, any of which suffices. A name that the view does not know is asked for as it is.
    fn each(&self, name: &Name, path: &Path, clause: impl Fn(&Field, Value) -> Value) -> Result<Value, DslError> {
        let found = self.find(name);
        if found.is_empty() {
            let asked = match name {
                Name::Any => Value::Null,
                Name::Bool(truth) => Value::Bool(*truth),
                Name::Exact(name) => name.as_str().into(),
                Name::Pattern(pieces) => pieces.join("*").into(),
            };
            return Ok(any(vec![clause(&Field::default(), asked)]));
        }
        let wrapped = |field: &Field| {
            if field.scripted {
                return Err(DslError(format!("{} is a scripted field: a script cannot be made here.", field.name)));
            }
            let clause = clause(field, field.name.as_str().into());
            // A pattern may find fields inside objects and outside.
            Ok(match field.nested().filter(|_| matches!(name, Name::Pattern(_)) && !path.is_group()) {
                Some(path) => json!({ "nested": { "path": path, "query": clause, "score_mode": "none" } }),
                None => clause,
            })
        };
        Ok(any(found.into_iter().map(wrapped).collect::<Result<_, _>>()?))
    }

    fn find(&self, name: &Name) -> Vec<&Field> {
        match name {
            Name::Any | Name::Bool(_) => Vec::new(),
            Name::Exact(name) => self.fields.iter().find(|field| field.name == *name).into_iter().collect(),
            Name::Pattern(pieces) => {
                let pattern = Wildcard::new(pieces);
                self.fields.iter().filter(|field| pattern.matches(&field.name)).collect()
            }
        }
    }

    /// The whole name of a field, checked against the group that it stands in.
    fn name(&self, field: &Term, path: &Path) -> Result<Name, DslError> {
        let name = match (path.text(), &field.kind) {
            (None, TermKind::Null) => Name::Any,
            (None, TermKind::Bool(truth)) => Name::Bool(*truth),
            (None, TermKind::Wildcard(pieces)) => Name::Pattern(pieces.clone()),
            (Some(path), TermKind::Wildcard(pieces)) => {
                let mut pieces = pieces.clone();
                if let Some(first) = pieces.first_mut() {
                    first.insert_str(0, &format!("{path}."));
                }
                Name::Pattern(pieces)
            }
            (None, TermKind::Text { text, .. }) => Name::Exact(text.clone()),
            (Some(path), _) => Name::Exact(format!("{path}.{}", in_text(&plain(field)))),
        };
        if matches!(name, Name::Pattern(_)) && path.text().is_none() {
            return Ok(name);
        }
        let fault = |field: &Field| {
            let name = &field.name;
            match (path, field.nested()) {
                (Path::Inside(path), None) => Some(format!(
                    "{name} is not a nested field but is in nested group \"{path}\" in the KQL expression."
                )),
                (Path::Outside | Path::Nothing, Some(_)) => {
                    Some(format!("{name} is a nested field, but is not in a nested group in the KQL expression."))
                }
                (Path::Inside(path), Some(own)) if path != own => Some(wrong_path(name, own)),
                (Path::Nothing, None) => Some(wrong_path(name, "undefined")),
                _ => None,
            }
        };
        let faults: Vec<String> = self.find(&name).into_iter().filter_map(fault).collect();
        if faults.is_empty() { Ok(name) } else { Err(DslError(faults.join("\n"))) }
    }
}

fn wrong_path(name: &str, path: &str) -> String {
    format!("Nested field {name} is being queried with the incorrect nested path. The correct path is {path}.")
}

/// At least one of these.
fn any(clauses: Vec<Value>) -> Value {
    json!({ "bool": { "should": clauses, "minimum_should_match": 1 } })
}

/// `{ name: value }`.
fn of(name: Value, value: Value) -> Value {
    Value::Object(Map::from_iter([(in_text(&name), value)]))
}

/// A term as a value of JSON: text stays text, `true` and `null` are what they are.
fn plain(term: &Term) -> Value {
    match &term.kind {
        TermKind::Null => Value::Null,
        TermKind::Bool(truth) => Value::Bool(*truth),
        TermKind::Text { text, .. } => text.as_str().into(),
        TermKind::Wildcard(pieces) => pieces.join("*").into(),
    }
}

/// A value within a text.
fn in_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Numbers are instants as they are; everything else is in UTC.
fn set_zone(bounds: &mut Value, value: &Value) {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !value.as_str().is_some_and(is_number) {
        bounds["time_zone"] = "Zulu".into();
    }
}

/// Whether it is `*`; `**` is a pattern like others.
fn is_lone(term: &Term) -> bool {
    matches!(&term.kind, TermKind::Wildcard(pieces) if pieces.len() == 2 && pieces.iter().all(String::is_empty))
}

/// A pattern in the syntax of `query_string`.
fn query_string(pieces: &[String]) -> String {
    let escaped = pieces.iter().map(|piece| {
        let mut text = String::with_capacity(piece.len());
        for c in piece.chars() {
            if "+-=&|><!(){}[]^\"~*?:\\/".contains(c) {
                text.push('\\');
            }
            text.push(c);
        }
        text
    });
    escaped.collect::<Vec<_>>().join("*")
}

#[cfg(test)]
mod tests;
