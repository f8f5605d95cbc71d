//! What the pipeline counts as empty, and drops before it maps anything.

use serde_json::Value;

/// Whether a scalar, or an object or array without members, stands for nothing.
pub(super) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => is_empty_text(text),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Whether a string stands for nothing: empty, `-` or `none`.
pub(super) fn is_empty_text(text: &str) -> bool {
    matches!(text, "" | "-" | "none")
}

/// Drops everything empty inside `value`, and what becomes empty by that.
pub(super) fn prune(value: &mut Value) {
    match value {
        Value::Array(items) => items.retain_mut(|item| {
            prune(item);
            !is_empty(item)
        }),
        Value::Object(map) => map.retain(|_, item| {
            prune(item);
            !is_empty(item)
        }),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn drops_what_is_empty_at_any_depth() {
        let mut value = json!({
            "a": null, "b": "", "c": "-", "d": "none", "e": [], "f": {}, "g": [null, {"x": [""]}], "h": 0, "i": false,
            "j": {"k": "None", "l": null},
        });
        prune(&mut value);
        assert_eq!(value, json!({"h": 0, "i": false, "j": {"k": "None"}}));
    }
}
