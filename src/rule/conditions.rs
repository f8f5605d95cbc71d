//! What a rule searches for: its query, the filters beside it, and what it must not alert on. All of it is KQL here,
//! whatever it was written in.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::Rule;

/// An exception that came with its rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleException {
    /// Its name.
    pub name: String,
    /// The list it is in.
    pub list_id: String,
    /// When it ends: it covers what happened before.
    #[serde(rename = "expire_time", skip_serializing_if = "Option::is_none")]
    pub expires: Option<DateTime<Utc>>,
    /// The events that it covers.
    pub query: String,
}

impl Rule {
    /// The query with the filters beside it.
    #[must_use]
    pub fn search(&self) -> Cow<'_, str> {
        let query = Some(self.query.as_str()).filter(|query| !query.trim().is_empty());
        match (query, &self.filters[..]) {
            (_, []) => Cow::Borrowed(&self.query),
            (None, [filter]) => Cow::Borrowed(filter),
            (query, filters) => {
                let parts = query.into_iter().chain(filters.iter().map(String::as_str));
                Cow::Owned(parts.map(|part| format!("({part})")).collect::<Vec<_>>().join(" and "))
            }
        }
    }
}
