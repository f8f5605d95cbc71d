//! A JSON document as the query language sees it.

use serde_json::Value;

use super::{schema, tree};
use crate::kql::{Document, Scalar};

/// An object of a document, addressed by names relative to it.
pub(super) struct Fields<'v>(pub(super) &'v Value);

impl Document for Fields<'_> {
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
        tree::visit(self.0, path, &mut |value| value.is_object() && test(&Fields(value)))
    }
}

/// A scalar as the query language takes it; `None` for null, objects and arrays.
fn scalar(value: &Value) -> Option<Scalar<'_>> {
    match value {
        Value::String(text) => Some(Scalar::Str(text)),
        Value::Bool(truth) => Some(Scalar::Bool(*truth)),
        Value::Number(number) => number.as_i64().map(Scalar::Int).or_else(|| number.as_f64().map(Scalar::Float)),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
