//! Which rules an event can match at all. Most rules ask for certain actions or for a certain service, so an event is
//! put to the few that ask for its own, however many there are.

use std::collections::HashMap;

use crate::event::Event;
use crate::kql::{Document as _, Query, Scalar};

/// The fields that rules are told apart by, the most telling first.
const FIELDS: [&str; 2] = ["event.action", "event.provider"];

/// Rules by what they require of an event.
#[derive(Debug, Default)]
pub(super) struct Index {
    by_value: [HashMap<Box<str>, Vec<usize>>; FIELDS.len()],
    /// Rules that require nothing that could be told.
    always: Vec<usize>,
}

impl Index {
    /// An index of these queries, by their places.
    pub(super) fn new<'q>(queries: impl IntoIterator<Item = &'q Query>) -> Self {
        let mut index = Self::default();
        for (at, query) in queries.into_iter().enumerate() {
            let required = FIELDS.iter().enumerate().find_map(|(n, field)| query.required(field).map(|set| (n, set)));
            match required {
                Some((n, values)) => {
                    for value in values {
                        index.by_value[n].entry(value.into()).or_default().push(at);
                    }
                }
                None => index.always.push(at),
            }
        }
        index
    }

    /// The places of the rules that every event is put to.
    pub(super) fn always(&self) -> &[usize] {
        &self.always
    }

    /// Puts the places of the rules that `event` can match into `found`, in order.
    pub(super) fn candidates(&self, event: &Event<'_>, found: &mut Vec<usize>) {
        found.clear();
        found.extend(&self.always);
        for (field, rules) in FIELDS.iter().zip(&self.by_value) {
            if rules.is_empty() {
                continue;
            }
            event.any(field, &mut |value| {
                if let Scalar::Str(text) = value
                    && let Some(rules) = rules.get(text)
                {
                    found.extend(rules);
                }
                false
            });
        }
        found.sort_unstable();
        found.dedup();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event;

    #[test]
    fn an_event_is_put_to_the_rules_that_ask_for_its_action_or_service() {
        let queries = [
            "event.action: (A or B) and event.provider: s",
            "event.provider: s and not event.action: A",
            "event.action: A*",
            "event.action: C",
            "user.name: x",
        ];
        let queries = queries.map(|q| Query::compile(q, event::schema()).unwrap());
        let index = Index::new(&queries);
        let candidates = |action: &str, provider: &str| {
            let raw = format!(
                r#"{{"@timestamp":"2026-11-23T10:00:00Z","event.action":{action},"event.provider":"{provider}"}}"#
            );
            let mut found = Vec::new();
            index.candidates(&Event::parse(raw.as_bytes()).unwrap(), &mut found);
            found
        };
        assert_eq!(candidates(r#""A""#, "s"), [0, 1, 2, 4]);
        assert_eq!(candidates(r#""A""#, "t"), [0, 2, 4]);
        assert_eq!(candidates(r#""C""#, "t"), [2, 3, 4]);
        assert_eq!(candidates(r#"["C","B","A"]"#, "t"), [0, 2, 3, 4]);
    }
}
