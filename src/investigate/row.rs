//! A row of the overview.

use serde::{Deserialize, Serialize};

/// What stands where the log has nothing.
pub const NOT_RECORDED: &str = "not recorded";

/// One row of the overview.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// What it is: `Actor`, `Source IP`, `Snapshot` …
    pub label: String,
    /// Its value, as the log gave it; `not recorded` where the log has none.
    pub value: String,
    /// The ECS field that filters for it, where one does.
    pub field: Option<String>,
    /// The bare value to copy or filter by, where it differs from the shown one.
    pub copy: Option<String>,
}

pub(super) fn row(label: &str, value: Option<String>, field: &str, copy: Option<String>) -> Row {
    Row {
        label: label.to_owned(),
        // A field that is not there cannot be filtered by.
        field: value.is_some().then(|| field.to_owned()),
        copy: copy.filter(|copy| value.as_ref() != Some(copy)),
        value: value.unwrap_or_else(|| NOT_RECORDED.to_owned()),
    }
}

/// Parts that are there, with dots between.
pub(super) fn joined(parts: impl IntoIterator<Item = Option<String>>) -> Option<String> {
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(" · "))
}
