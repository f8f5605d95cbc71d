//! A JSON document as the query language sees it.

use super::json::Json;
use super::{schema, tree};
use crate::query::{Document, Scalar};

/// An ECS document that was written down, as [`super::Event::ecs_json`] writes it.
#[derive(Debug)]
pub struct EcsDocument<'a>(Json<'a>);

impl<'a> EcsDocument<'a> {
    /// Reads a document. What is no JSON object has no fields.
    #[must_use]
    pub fn read(text: &'a str) -> Self {
        Self(Json::read(text))
    }
}

impl Document for EcsDocument<'_> {
    fn any(&self, field: &str, test: &mut dyn FnMut(Scalar<'_>) -> bool) -> bool {
        Fields(&self.0).any(field, test)
    }

    fn any_field(&self, test: &mut dyn FnMut(&str) -> bool) -> bool {
        Fields(&self.0).any_field(test)
    }

    fn any_object(&self, path: &str, test: &mut dyn FnMut(&dyn Document) -> bool) -> bool {
        Fields(&self.0).any_object(path, test)
    }
}

/// An object of a document, addressed by names relative to it.
pub(super) struct Fields<'v, 'a>(pub(super) &'v Json<'a>);

impl Document for Fields<'_, '_> {
    fn any(&self, field: &str, test: &mut dyn FnMut(Scalar<'_>) -> bool) -> bool {
        if schema::is_flattened_root(field) {
            return tree::visit(self.0, field, &mut |value| {
                tree::leaves(value, &mut String::new(), &mut |_, leaf| scalar(leaf).is_some_and(&mut *test))
            });
        }
        let field = schema::text_twin(field).unwrap_or(field);
        tree::visit(self.0, field, &mut |value| scalar(value).is_some_and(&mut *test))
    }

    fn any_field(&self, test: &mut dyn FnMut(&str) -> bool) -> bool {
        tree::leaves(self.0, &mut String::new(), &mut |path, _| test(path))
    }

    fn any_object(&self, path: &str, test: &mut dyn FnMut(&dyn Document) -> bool) -> bool {
        tree::visit(self.0, path, &mut |value| matches!(value, Json::Object(_)) && test(&Fields(value)))
    }
}

/// A scalar as the query language takes it; `None` for null, objects and arrays.
fn scalar<'v>(value: &'v Json<'_>) -> Option<Scalar<'v>> {
    match value {
        Json::Text(text) => Some(Scalar::Str(text)),
        Json::Bool(truth) => Some(Scalar::Bool(*truth)),
        Json::Number(number) => number.as_i64().map(Scalar::Int).or_else(|| number.as_f64().map(Scalar::Float)),
        Json::Null | Json::List(_) | Json::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Event, schema};

    use crate::query::kql;

    #[test]
    fn a_document_that_was_written_down_answers_like_its_event() {
        let record = r#"{"eventVersion":"1.11","eventTime":"2026-11-23T10:00:00Z","eventName":"A","eventSource":"s",
            "userIdentity":{"type":"IAMUser","userName":"Alice Morgan"},"requestParameters":{"a.b":["x",2]}}"#;
        let event = Event::parse(record.as_bytes()).unwrap();
        let text = event.ecs_json();
        for (query, expected) in [
            ("user.name:\"Alice Morgan\"", true),
            ("user.name:alice", false),
            ("user.name.text:alice", true),
            ("aws.cloudtrail.flattened.request_parameters:x", true),
            ("aws.cloudtrail.flattened.request_parameters.a.b:2", true),
            ("aws.cloudtrail.flattened.request_parameters.a.b:3", false),
            ("aws.cloudtrail.*:x", true),
        ] {
            let query = kql::compile(query, schema()).unwrap();
            assert_eq!(query.matches(&event), expected, "{query:?}");
            assert_eq!(query.matches(&EcsDocument::read(&text)), expected, "{query:?}");
            assert!(!query.matches(&EcsDocument::read("no document")));
        }
    }

    #[test]
    fn numbers_stay_what_they_are_however_often_they_are_written() {
        let record = r#"{"eventVersion":"1.11","eventName":"A","requestParameters":{"n":2.9075469496833624e-33}}"#;
        let event = Event::parse(record.as_bytes()).unwrap();
        let text = event.ecs_json();
        assert!(text.contains("2.9075469496833624e-33"), "{text}");
        let field = "aws.cloudtrail.flattened.request_parameters.n";
        let mut found = Vec::new();
        EcsDocument::read(&text).any(field, &mut |value| {
            found.push(value.to_string());
            false
        });
        assert_eq!(found, [event.get(field).unwrap()]);
    }
}
