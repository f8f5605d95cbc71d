//! Drops what the pipeline counts as empty, before anything is mapped.

use super::json::Json;

/// Whether a scalar, or an object or array without members, stands for nothing.
pub(super) fn is_empty(value: &Json<'_>) -> bool {
    match value {
        Json::Null => true,
        Json::Text(text) => is_empty_text(text),
        Json::List(items) => items.is_empty(),
        Json::Object(object) => object.is_empty(),
        Json::Bool(_) | Json::Number(_) => false,
    }
}

/// Whether a string stands for nothing: empty, `-` or `none`.
pub(super) fn is_empty_text(text: &str) -> bool {
    matches!(text, "" | "-" | "none")
}

/// Drops everything empty inside `value`, and what becomes empty by that.
pub(super) fn prune(value: &mut Json<'_>) {
    match value {
        Json::List(items) => items.retain_mut(|item| {
            prune(item);
            !is_empty(item)
        }),
        Json::Object(object) => object.retain(|item| {
            prune(item);
            !is_empty(item)
        }),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn drops_what_is_empty_at_any_depth() {
        let mut value = Json::from(json!({
            "a": null, "b": "", "c": "-", "d": "none", "e": [], "f": {}, "g": [null, {"x": [""]}], "h": 0, "i": false,
            "j": {"k": "None", "l": null},
        }));
        prune(&mut value);
        assert_eq!(Value::from(value), json!({"h": 0, "i": false, "j": {"k": "None"}}));
    }
}
