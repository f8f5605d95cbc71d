//! A row of the overview.

use serde::{Deserialize, Serialize};

pub const NOT_RECORDED: &str = "not recorded";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// `Actor`, `Source IP`, `Snapshot` …
    pub label: String,
    /// As the log gave it, or [`NOT_RECORDED`].
    pub value: String,
    /// The ECS field to filter by.
    pub field: Option<String>,
    /// The value to copy or filter by, where it differs from the shown one.
    pub copy: Option<String>,
}

pub(super) fn row(label: &str, value: Option<String>, field: &str, copy: Option<String>) -> Row {
    Row {
        label: label.to_owned(),
        // A missing field cannot be filtered by.
        field: value.is_some().then(|| field.to_owned()),
        copy: copy.filter(|copy| value.as_ref() != Some(copy)),
        value: value.unwrap_or_else(|| NOT_RECORDED.to_owned()),
    }
}

/// Joins the parts with dots.
pub(super) fn joined(parts: impl IntoIterator<Item = Option<String>>) -> Option<String> {
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(" · "))
}
