//! What the indices of a cluster make of their fields.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use crate::query::kql::Node;
use crate::query::{FieldRef, Schema};

/// The types of fields, index by index: the answers to
/// `GET INDICES/_field_caps?fields=NAME,…&include_unmapped=true&ignore_unavailable=true`, of both vendors, for the
/// [`names`](Self::names) of the queries.
///
/// Read them anew when an index is there that was not: an index never changes the type that it gave a field, and a field
/// that it has not mapped is asked for as such. Documents of an index that is not known are candidates, whatever they hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Caps {
    indices: BTreeSet<Arc<str>>,
    fields: BTreeMap<String, BTreeMap<Arc<str>, Kind>>,
}

/// What an index makes of a field, as far as asking for it differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Keyword,
    Text,
    Ip,
    Date,
    DateNanos,
    Long,
    Double,
    /// Numbers that are kept with less than they had.
    Number,
    Boolean,
    /// An object whose leaves are keywords, or a leaf of one.
    Flattened,
    /// Objects that are kept apart: what stands below is found by a query of its own alone.
    Nested,
    /// Objects, places, ranges, and whatever else: nothing is asked of them.
    Other,
    /// It stands in documents alone.
    Unmapped,
}

impl Kind {
    fn of(family: &str, searchable: bool) -> Self {
        match family {
            "nested" => Self::Nested,
            _ if !searchable => Self::Unmapped,
            "keyword" | "constant_keyword" | "wildcard" => Self::Keyword,
            "text" | "match_only_text" => Self::Text,
            "ip" => Self::Ip,
            "date" => Self::Date,
            "date_nanos" => Self::DateNanos,
            "long" => Self::Long,
            "double" => Self::Double,
            "integer" | "short" | "byte" | "unsigned_long" | "float" | "half_float" | "scaled_float" => Self::Number,
            "boolean" => Self::Boolean,
            "flattened" | "flat_object" => Self::Flattened,
            _ => Self::Other,
        }
    }
}

impl Caps {
    /// The fields to ask for, sorted: those that the queries name, what they may stand below, and what says how a
    /// document is read.
    #[must_use]
    pub fn names(queries: &[(String, Node)], schema: &dyn Schema) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        for (field, _) in queries.iter().flat_map(|(_, query)| query.fields()) {
            // Patterns are not asked for.
            let FieldRef::Name(name) = field else { continue };
            names.extend(name.match_indices('.').map(|(dot, _)| name[..dot].to_owned()));
            names.insert(name);
        }
        names.extend(schema.mark().into_iter().chain(schema.record_marks().iter().copied()).map(str::to_owned));
        // A comma parts names, a star is a pattern, and the server takes no empty one.
        names.retain(|name| !name.is_empty() && !name.contains([',', '*']));
        names
    }

    /// Takes one answer in; a long list of names or of indices may be asked for in several requests. What is no such answer
    /// adds nothing.
    pub fn add(&mut self, answer: &Value) {
        let list = |value: &Value| -> Option<BTreeSet<Arc<str>>> {
            Some(value.as_array()?.iter().filter_map(Value::as_str).map(Arc::from).collect())
        };
        let Some(indices) = list(&answer["indices"]) else { return };
        for (name, families) in answer["fields"].as_object().into_iter().flatten() {
            let field = self.fields.entry(name.clone()).or_default();
            for (family, what) in families.as_object().into_iter().flatten() {
                let unsearchable = list(&what["non_searchable_indices"]);
                let searchable = what["searchable"] == true || unsearchable.is_some();
                let unsearchable = unsearchable.unwrap_or_default();
                // Without a list it is all of them.
                for index in list(&what["indices"]).as_ref().unwrap_or(&indices) {
                    let searchable = searchable && !unsearchable.contains(index);
                    field.insert(Arc::clone(index), Kind::of(family, searchable));
                }
            }
        }
        self.indices.extend(indices);
    }

    /// Takes in that an index makes up the values of this field, and of what stands below it: what its documents hold cannot
    /// be asked for there.
    pub(in crate::cluster) fn make_up(&mut self, index: &str, field: &str) {
        let below = |name: &str| name.strip_prefix(field).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        for (_, kinds) in self.fields.iter_mut().filter(|(name, _)| below(name)) {
            kinds.insert(index.into(), Kind::Other);
        }
    }

    /// The same, as if there were this index alone: for a request that asks no other.
    #[must_use]
    pub fn only(&self, index: &str) -> Self {
        let fields = self.fields.iter().map(|(name, kinds)| {
            (
                name.clone(),
                kinds.get_key_value(index).map(|(index, kind)| (Arc::clone(index), *kind)).into_iter().collect(),
            )
        });
        Self { indices: self.indices.get(index).cloned().into_iter().collect(), fields: fields.collect() }
    }

    pub(super) fn indices(&self) -> &BTreeSet<Arc<str>> {
        &self.indices
    }

    /// Whether an index makes up the values of the field.
    pub(super) fn is_made_up(&self, field: &str) -> bool {
        self.fields.get(field).is_some_and(|kinds| kinds.values().any(|kind| *kind == Kind::Other))
    }

    /// Whether an index maps the field.
    pub(super) fn is_mapped(&self, field: &str) -> bool {
        self.fields.get(field).is_some_and(|kinds| kinds.values().any(|kind| *kind != Kind::Unmapped))
    }

    /// The indices by what they make of the field.
    pub(super) fn kinds(&self, field: &str) -> BTreeMap<Kind, BTreeSet<Arc<str>>> {
        let mut kinds: BTreeMap<Kind, BTreeSet<Arc<str>>> = BTreeMap::new();
        for index in &self.indices {
            kinds.entry(self.kind(field, index)).or_default().insert(Arc::clone(index));
        }
        kinds
    }

    fn kind(&self, field: &str, index: &str) -> Kind {
        let own = |name: &str| self.fields.get(name).and_then(|kinds| kinds.get(index)).copied();
        let kind = own(field).unwrap_or(Kind::Unmapped);
        let above = |wanted| field.match_indices('.').any(|(dot, _)| own(&field[..dot]) == Some(wanted));
        match kind {
            _ if above(Kind::Nested) => Kind::Nested,
            Kind::Unmapped if above(Kind::Flattened) => Kind::Flattened,
            kind => kind,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::query::kql::parse;
    use crate::query::{FieldType, NoSchema};

    fn kinds(caps: &Caps, field: &str) -> Vec<(Kind, String)> {
        caps.kinds(field)
            .into_iter()
            .map(|(kind, indices)| (kind, indices.into_iter().collect::<Vec<_>>().join(" ")))
            .collect()
    }

    #[test]
    fn each_index_has_its_own_types() {
        let mut caps = Caps::default();
        caps.add(&json!({"error": "no answer"}));
        assert_eq!(caps, Caps::default());
        let is = |searchable: bool| json!({"searchable": searchable});
        caps.add(&json!({"indices": ["a", "b"], "fields": {
            "everywhere": {"keyword": is(true)},
            "here": {"ip": {"searchable": true, "indices": ["a"]}, "unmapped": {"searchable": false, "indices": ["b"]}},
            "hidden": {"keyword": is(false)},
            "half": {"keyword": {"searchable": false, "non_searchable_indices": ["b"]}},
            "flat": {"flattened": {"searchable": true, "indices": ["a"]}, "object": {"searchable": false, "indices": ["b"]}},
            "flat.x": {"keyword": {"searchable": true, "indices": ["b"]}, "unmapped": {"searchable": false, "indices": ["a"]}},
            "apart": {"nested": {"searchable": false, "indices": ["a"]}, "object": {"searchable": false, "indices": ["b"]}},
            "apart.x": {"keyword": is(true)},
            "made.x": {"keyword": is(true)},
        }}));
        caps.make_up("a", "made");
        assert!(caps.is_made_up("made.x") && !caps.is_made_up("apart.x") && !caps.is_made_up("made"));
        for (field, expected) in [
            ("everywhere", vec![(Kind::Keyword, "a b")]),
            ("here", vec![(Kind::Ip, "a"), (Kind::Unmapped, "b")]),
            ("hidden", vec![(Kind::Unmapped, "a b")]),
            ("half", vec![(Kind::Keyword, "a"), (Kind::Unmapped, "b")]),
            ("flat.x", vec![(Kind::Keyword, "b"), (Kind::Flattened, "a")]),
            ("flat.x.y", vec![(Kind::Flattened, "a"), (Kind::Unmapped, "b")]),
            ("nobody", vec![(Kind::Unmapped, "a b")]),
            ("apart.x", vec![(Kind::Keyword, "b"), (Kind::Nested, "a")]),
            ("made.x", vec![(Kind::Keyword, "b"), (Kind::Other, "a")]),
        ] {
            let expected: Vec<_> = expected.into_iter().map(|(kind, indices)| (kind, indices.to_owned())).collect();
            assert_eq!(kinds(&caps, field), expected, "{field}");
        }
        assert_eq!(kinds(&caps.only("a"), "here"), [(Kind::Ip, "a".to_owned())]);
        assert!(kinds(&caps.only("z"), "here").is_empty());
        // Another answer, for more indices.
        caps.add(&json!({"indices": ["c"], "fields": {"here": {"long": is(true)}}}));
        assert_eq!(kinds(&caps, "here").len(), 3);
    }

    #[test]
    fn names_are_those_of_the_queries_and_what_holds_them() {
        #[derive(Debug)]
        struct Types;
        impl Schema for Types {
            fn field_type(&self, _: &str) -> FieldType {
                FieldType::Keyword
            }
            fn mark(&self) -> Option<&'static str> {
                Some("mark")
            }
        }
        let queries = [("q".to_owned(), parse("a.b:x and flat.c.d:y and e*:z and \"f,g\":* and h:{ i:j }").unwrap())];
        assert_eq!(
            Vec::from_iter(Caps::names(&queries, &Types)),
            ["a", "a.b", "flat", "flat.c", "flat.c.d", "h", "h.i", "mark"]
        );
        assert_eq!(Caps::names(&[], &NoSchema), BTreeSet::new());
    }
}
