//! A JSON value as a document, for events that are already JSON, and for tests.

use serde_json::{Map, Value};

use super::document::{Document, Scalar};

/// A JSON object as a document. Dots in keys and nesting mean the same: `{"a":{"b":1}}` and `{"a.b":1}` both hold
/// `a.b`. Anything but an object holds no field.
#[derive(Debug, Clone, Copy)]
pub struct Json<'a>(pub &'a Value);

impl Document for Json<'_> {
    fn any(&self, field: &str, test: &mut dyn FnMut(Scalar<'_>) -> bool) -> bool {
        any_at(self.0, field, &mut |value| any_scalar(value, test))
    }

    fn any_field(&self, test: &mut dyn FnMut(&str) -> bool) -> bool {
        self.0.as_object().is_some_and(|object| any_name(object, &mut String::new(), test))
    }

    fn any_object(&self, path: &str, test: &mut dyn FnMut(&dyn Document) -> bool) -> bool {
        any_at(self.0, path, &mut |value| any_object(value, test)) || any_dotted(self.0, path, test)
    }
}

/// The fields of an object whose keys start with a prefix and a dot, as an object of their own: `a` of `{"a.b":1}`.
struct Dotted<'a> {
    object: &'a Map<String, Value>,
    prefix: &'a str,
}

impl Dotted<'_> {
    fn within<'k>(&self, key: &'k str) -> Option<&'k str> {
        key.strip_prefix(self.prefix)?.strip_prefix('.')
    }
}

impl Document for Dotted<'_> {
    fn any(&self, field: &str, test: &mut dyn FnMut(Scalar<'_>) -> bool) -> bool {
        self.object.iter().any(|(key, value)| {
            let Some(rest) = self.within(key).and_then(|key| field.strip_prefix(key)) else { return false };
            any_rest(value, rest, &mut |value| any_scalar(value, test))
        })
    }

    fn any_field(&self, test: &mut dyn FnMut(&str) -> bool) -> bool {
        self.object
            .iter()
            .any(|(key, value)| self.within(key).is_some_and(|key| any_name_of(value, &mut key.to_owned(), test)))
    }

    fn any_object(&self, path: &str, test: &mut dyn FnMut(&dyn Document) -> bool) -> bool {
        let deeper = format!("{}.{path}", self.prefix);
        self.object.iter().any(|(key, value)| {
            let Some(rest) = self.within(key).and_then(|key| path.strip_prefix(key)) else { return false };
            any_rest(value, rest, &mut |value| any_object(value, test))
        }) || has_dotted(self.object, &deeper) && test(&Dotted { object: self.object, prefix: &deeper })
    }
}

/// Calls `found` with each value at the dotted `path` below `value` until it answers true.
fn any_at<'a>(value: &'a Value, path: &str, found: &mut dyn FnMut(&'a Value) -> bool) -> bool {
    match value {
        Value::Array(items) => items.iter().any(|item| any_at(item, path, found)),
        Value::Object(object) => {
            let dots = path.match_indices('.').map(|(dot, _)| dot);
            dots.chain([path.len()])
                .any(|end| object.get(&path[..end]).is_some_and(|value| any_rest(value, &path[end..], found)))
        }
        _ => false,
    }
}

/// As [`any_at`], for what is left of a path after a key: nothing, or a dot and more.
fn any_rest<'a>(value: &'a Value, rest: &str, found: &mut dyn FnMut(&'a Value) -> bool) -> bool {
    if rest.is_empty() {
        return found(value);
    }
    rest.strip_prefix('.').is_some_and(|path| any_at(value, path, found))
}

fn any_scalar(value: &Value, test: &mut dyn FnMut(Scalar<'_>) -> bool) -> bool {
    match value {
        Value::Array(items) => items.iter().any(|item| any_scalar(item, test)),
        Value::String(text) => test(Scalar::Str(text)),
        Value::Bool(value) => test(Scalar::Bool(*value)),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(value), _) => test(Scalar::Int(value)),
            (None, Some(value)) => test(Scalar::Float(value)),
            (None, None) => false,
        },
        Value::Null | Value::Object(_) => false,
    }
}

fn any_object(value: &Value, test: &mut dyn FnMut(&dyn Document) -> bool) -> bool {
    match value {
        Value::Array(items) => items.iter().any(|item| any_object(item, test)),
        Value::Object(_) => test(&Json(value)),
        _ => false,
    }
}

fn any_dotted(value: &Value, path: &str, test: &mut dyn FnMut(&dyn Document) -> bool) -> bool {
    match value {
        Value::Array(items) => items.iter().any(|item| any_dotted(item, path, test)),
        Value::Object(object) => {
            if has_dotted(object, path) && test(&Dotted { object, prefix: path }) {
                return true;
            }
            path.match_indices('.')
                .any(|(dot, _)| object.get(&path[..dot]).is_some_and(|value| any_dotted(value, &path[dot + 1..], test)))
        }
        _ => false,
    }
}

fn has_dotted(object: &Map<String, Value>, prefix: &str) -> bool {
    object.keys().any(|key| key.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('.')))
}

fn any_name(object: &Map<String, Value>, name: &mut String, test: &mut dyn FnMut(&str) -> bool) -> bool {
    object.iter().any(|(key, value)| {
        let len = name.len();
        if len > 0 {
            name.push('.');
        }
        name.push_str(key);
        let found = any_name_of(value, name, test);
        name.truncate(len);
        found
    })
}

fn any_name_of(value: &Value, name: &mut String, test: &mut dyn FnMut(&str) -> bool) -> bool {
    match value {
        Value::Object(object) => any_name(object, name, test),
        Value::Array(items) => {
            items.iter().any(|item| item.is_object() && any_name_of(item, name, test))
                || any_scalar(value, &mut |_| true) && test(name)
        }
        Value::Null => false,
        _ => test(name),
    }
}
