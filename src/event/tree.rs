//! Dotted paths in JSON objects.

use super::json::{Json, Object};

/// The first name of a dotted path, and the rest. Paths are short: a plain loop is quicker than a search.
fn split(path: &str) -> Option<(&str, &str)> {
    let dot = path.bytes().position(|byte| byte == b'.')?;
    Some((&path[..dot], &path[dot + 1..]))
}

/// The value at a dotted path of objects.
pub(super) fn get<'o, 'a>(object: &'o Object<'a>, path: &str) -> Option<&'o Json<'a>> {
    match split(path) {
        Some((head, rest)) => get(object.get(head)?.as_object()?, rest),
        None => object.get(path),
    }
}

/// Takes the value at a dotted path out; its neighbours may change places.
pub(super) fn take<'a>(object: &mut Object<'a>, path: &str) -> Option<Json<'a>> {
    match split(path) {
        Some((head, rest)) => match object.get_mut(head)? {
            Json::Object(inner) => take(inner, rest),
            _ => None,
        },
        None => object.take(path),
    }
}

/// Puts a value at a dotted path, making objects on the way; what stands there, or stands in the way, is replaced.
pub(super) fn set<'a>(object: &mut Object<'a>, path: &'a str, value: impl Into<Json<'a>>) {
    let Some((head, rest)) = split(path) else {
        object.insert(path, value.into());
        return;
    };
    if let Some(Json::Object(inner)) = object.get_mut(head) {
        return set(inner, rest, value);
    }
    let mut inner = Object::new();
    set(&mut inner, rest, value);
    object.insert(head, Json::Object(inner));
}

/// Puts a value at a dotted path unless there is one already.
pub(super) fn set_new<'a>(object: &mut Object<'a>, path: &'a str, value: Option<impl Into<Json<'a>>>) {
    let Some(value) = value else { return };
    let blocked = match split(path) {
        None => object.get(path).is_some(),
        Some((head, rest)) => match object.get_mut(head) {
            Some(Json::Object(inner)) => return set_new(inner, rest, Some(value)),
            _ => false,
        },
    };
    if !blocked {
        set(object, path, value);
    }
}

/// Calls `test` with every value at a dotted path until it answers true. Arrays on the way are entered, keys may hold
/// dots themselves. Returns whether it did.
pub(super) fn visit<'v, 'a>(value: &'v Json<'a>, path: &str, test: &mut dyn FnMut(&'v Json<'a>) -> bool) -> bool {
    match value {
        Json::List(items) => items.iter().any(|item| visit(item, path, test)),
        _ if path.is_empty() => test(value),
        Json::Object(object) => {
            path.match_indices('.')
                .any(|(dot, _)| object.get(&path[..dot]).is_some_and(|inner| visit(inner, &path[dot + 1..], test)))
                || object.get(path).is_some_and(|inner| visit(inner, "", test))
        }
        _ => false,
    }
}

/// Calls `test` with the path and value of every scalar below `value` until it answers true. Returns whether it did.
pub(super) fn leaves<'v, 'a>(
    value: &'v Json<'a>,
    path: &mut String,
    test: &mut dyn FnMut(&str, &'v Json<'a>) -> bool,
) -> bool {
    match value {
        Json::Null => false,
        Json::List(items) => items.iter().any(|item| leaves(item, path, test)),
        Json::Object(object) => object.members().iter().any(|(key, inner)| {
            let length = path.len();
            if length > 0 {
                path.push('.');
            }
            path.push_str(key);
            let found = leaves(inner, path, test);
            path.truncate(length);
            found
        }),
        scalar => test(path, scalar),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn gets_takes_and_sets() {
        let mut object = Object::new();
        set(&mut object, "a.b.c", Json::from(json!(1)));
        set_new(&mut object, "a.b.c", Some("2"));
        set_new(&mut object, "a.d", Some("x"));
        set_new(&mut object, "a.e", None::<Json>);
        assert_eq!(Value::from(Json::Object(object.clone())), json!({"a": {"b": {"c": 1}, "d": "x"}}));
        assert_eq!(take(&mut object, "a.b.c"), Some(json!(1).into()));
        assert_eq!(get(&object, "a.b.c"), None);
        set(&mut object, "a.d.f", true);
        assert_eq!(Value::from(Json::Object(object)), json!({"a": {"b": {}, "d": {"f": true}}}));
    }

    #[test]
    fn visits_through_arrays_and_keys_with_dots() {
        let value = Json::from(json!({"a": [{"b": [1, [2]]}, {"b.c": 3}, {"b": {"c": 4}}], "a.b": 5, "n": null}));
        let seen = |path: &str| {
            let mut seen = Vec::new();
            visit(&value, path, &mut |value| {
                seen.push(Value::from(value.clone()));
                false
            });
            Value::Array(seen)
        };
        assert_eq!(seen("a.b"), json!([1, 2, {"c": 4}, 5]));
        assert_eq!(seen("a.b.c"), json!([3, 4]));
        assert_eq!(seen("a.x"), json!([]));
    }

    #[test]
    fn walks_every_leaf_and_stops_when_told() {
        let value = Json::from(json!({"a": [{"b": 1}, 2], "c": null, "d": {"e": "x"}}));
        let mut seen = Vec::new();
        assert!(!leaves(&value, &mut String::new(), &mut |path, _| {
            seen.push(path.to_owned());
            false
        }));
        assert_eq!(seen, ["a.b", "a", "d.e"]);
        assert!(leaves(&value, &mut String::new(), &mut |path, _| path == "a"));
    }
}
