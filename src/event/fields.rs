//! A JSON document as the query language sees it.

use super::json::Json;
use super::{schema, tree};
use crate::kql::{Document, Scalar};

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
