//! Which rules an event can match at all. Most rules ask for certain actions or for a certain service, so an event is
//! put to the few that ask for its own, however many there are. For a record that has not been read yet, the others are
//! told by texts that they ask for.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use crate::event::{self, Event, Glancer, Peek};
use crate::query::{Document as _, Literal, Query, Scalar};

/// The fields that rules are told apart by, the most telling first.
const FIELDS: [&str; 2] = [ACTION, PROVIDER];

/// The call.
pub(super) const ACTION: &str = "event.action";
/// The service.
pub(super) const PROVIDER: &str = "event.provider";

/// Rules by what they require of an event.
#[derive(Debug)]
pub(super) struct Index {
    by_value: [HashMap<Box<str>, Vec<usize>>; FIELDS.len()],
    /// Rules that require no action and no service.
    always: Vec<usize>,
    /// Looks for texts of these.
    glancer: Glancer,
    /// For each of them the bits of the texts of which a record must hold one; `None` where any record will do.
    texts: Vec<Option<u64>>,
}

/// Texts of which a record must hold one to match `query`, beside what is told of its call.
pub(super) fn texts(query: &Query) -> Option<BTreeSet<Cow<'_, str>>> {
    fn beside_call(field: &str) -> Option<Literal<'_>> {
        if FIELDS.contains(&field) { None } else { event::literal(field) }
    }
    query.literals(&beside_call)
}

impl Index {
    /// An index of these queries, by their places.
    pub(super) fn new<'q>(queries: impl IntoIterator<Item = &'q Query>) -> Self {
        let mut by_value: [HashMap<Box<str>, Vec<usize>>; FIELDS.len()] = Default::default();
        let (mut always, mut all, mut bits) = (Vec::new(), Vec::new(), Vec::new());
        for (at, query) in queries.into_iter().enumerate() {
            let required = FIELDS.iter().enumerate().find_map(|(n, field)| query.required(field).map(|set| (n, set)));
            match required {
                Some((n, values)) => {
                    for value in values {
                        by_value[n].entry(value.into()).or_default().push(at);
                    }
                }
                None => {
                    always.push(at);
                    let own = texts(query).filter(|own| all.len() + own.len() <= Glancer::MOST);
                    bits.push(own.map(|own| {
                        let begin = all.len();
                        all.extend(own);
                        (begin..all.len()).fold(0, |bits, text| bits | 1 << text)
                    }));
                }
            }
        }
        Self {
            by_value,
            always,
            glancer: Glancer::new(&all.iter().map(AsRef::as_ref).collect::<Vec<_>>()),
            texts: bits,
        }
    }

    /// The places of the rules that every event is put to.
    pub(super) fn always(&self) -> &[usize] {
        &self.always
    }

    /// The call that `record` is of, and the places of the rules that it can match, some perhaps twice, each with whether
    /// its texts were looked for. `None` where that cannot be told without reading it.
    pub(super) fn at_a_glance<'r>(&self, record: &'r [u8]) -> Option<(Peek<'r>, impl Iterator<Item = (usize, bool)>)> {
        let call = self.glancer.look(record)?;
        let [by_action, by_provider] = &self.by_value;
        let by_value = [by_action.get(call.action), by_provider.get(call.provider)];
        let by_value = by_value.into_iter().flatten().flatten().map(|at| (*at, false));
        let always = self.always.iter().zip(&self.texts);
        let always = always.filter(move |(_, texts)| texts.is_none_or(|texts| texts & call.texts != 0));
        Some((call, by_value.chain(always.map(|(at, texts)| (*at, texts.is_some())))))
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

impl Default for Index {
    fn default() -> Self {
        Self::new([])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event;
    use crate::query::kql;

    #[test]
    fn an_event_is_put_to_the_rules_that_ask_for_its_action_or_service() {
        let queries = [
            "event.action: (A or B) and event.provider: s",
            "event.provider: s and not event.action: A",
            "event.action: A*",
            "event.action: C",
            "user.name: x",
        ];
        let queries = queries.map(|q| kql::compile(q, event::schema()).unwrap());
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
