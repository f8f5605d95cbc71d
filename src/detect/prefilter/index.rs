//! Rules by the call that they ask for. Most rules name certain actions or a service, so an event is evaluated by the few
//! that name its own, however many there are.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::peek::{Peek, Peeker};
use super::strings::Strings;
use crate::event::{self, Event, GeoIp};
use crate::query::{Document as _, Known, Literal, Query, Scalar};

const ACTION: &str = "event.action";
const PROVIDER: &str = "event.provider";

/// The fields of the call, the most selective first.
const CALL: [&str; 2] = [ACTION, PROVIDER];

/// One rule's query, and the strings of which it requires one beside its call.
#[derive(Debug)]
pub(in crate::detect) struct RuleFilter {
    query: Arc<Query>,
    strings: Option<Strings>,
}

impl RuleFilter {
    pub(in crate::detect) fn new(query: Arc<Query>) -> Self {
        let strings = strings(&query).and_then(|strings| Strings::new(&strings));
        Self { query, strings }
    }

    pub(super) fn query(&self) -> &Query {
        &self.query
    }
}

fn strings(query: &Query) -> Option<BTreeSet<Cow<'_, str>>> {
    fn beside_call(field: &str) -> Option<Literal<'_>> {
        if CALL.contains(&field) { None } else { event::literal(field) }
    }
    query.literals(&beside_call)
}

#[derive(Debug)]
pub(super) struct Index {
    rules: Vec<Arc<RuleFilter>>,
    /// For each field of the call, the places of the rules that require a value.
    by_value: [HashMap<Box<str>, Vec<usize>>; CALL.len()],
    /// The places of the rules that require neither, each with the bits of its strings; without bits, they are not
    /// among those that the peeker searches for.
    always: Vec<(usize, Option<u64>)>,
    peeker: Peeker,
    geoip: GeoIp,
}

impl Index {
    pub(super) fn new(rules: Vec<Arc<RuleFilter>>, geoip: &GeoIp) -> Self {
        let mut by_value: [HashMap<Box<str>, Vec<usize>>; CALL.len()] = Default::default();
        let (mut always, mut searched) = (Vec::new(), Vec::new());
        for (place, rule) in rules.iter().enumerate() {
            let required =
                CALL.iter().zip(&mut by_value).find_map(|(field, by)| Some((rule.query.required(field)?, by)));
            if let Some((values, by_value)) = required {
                for value in values {
                    by_value.entry(value.into()).or_default().push(place);
                }
                continue;
            }
            let own = strings(&rule.query).filter(|own| searched.len() + own.len() <= Peeker::MOST);
            let bits = own.map(|own| {
                let begin = searched.len();
                searched.extend(own);
                (begin..searched.len()).fold(0, |bits, string| bits | 1 << string)
            });
            always.push((place, bits));
        }
        let peeker = Peeker::new(&searched.iter().map(AsRef::as_ref).collect::<Vec<_>>());
        drop(searched);
        Self { rules, by_value, always, peeker, geoip: geoip.clone() }
    }

    /// The places of the rules that may match `record`, told from its bytes, in order. `None` where that takes parsing it.
    pub(super) fn peek(&self, record: &[u8]) -> Option<Vec<usize>> {
        let peek = self.peeker.peek(record)?;
        let [by_action, by_provider] = &self.by_value;
        let by_value = [by_action.get(peek.action), by_provider.get(peek.provider)].into_iter().flatten().flatten();
        let by_value = by_value.map(|place| (*place, false));
        let always = self.always.iter().filter(|(_, bits)| bits.is_none_or(|bits| bits & peek.strings != 0));
        let named = by_value.chain(always.map(|(place, bits)| (*place, bits.is_some())));
        let may_match = |&(place, searched): &(usize, bool)| {
            let rule = self.rules.get(place).filter(|rule| self.is_possible(&rule.query, &peek));
            rule.is_some_and(|rule| searched || rule.strings.as_ref().is_none_or(|strings| strings.may_occur(record)))
        };
        let mut places: Vec<usize> = named.filter(may_match).map(|(place, _)| place).collect();
        places.sort_unstable();
        places.dedup();
        Some(places)
    }

    fn is_possible(&self, query: &Query, peek: &Peek<'_>) -> bool {
        query.is_possible(&|field| match field {
            ACTION => Known::AtMost(peek.action),
            PROVIDER => Known::AtMost(peek.provider),
            _ => match event::needs_geoip_for(field) {
                Some(kind) if !self.geoip.has(kind) => Known::Absent,
                _ => Known::Open,
            },
        })
    }

    /// Puts the places of the rules that `event` can match into `found`, in order.
    pub(super) fn candidates(&self, event: &Event<'_>, found: &mut Vec<usize>) {
        found.extend(self.always.iter().map(|(place, _)| *place));
        for (field, rules) in CALL.iter().zip(&self.by_value) {
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
        let rule = |query| Arc::new(RuleFilter::new(Arc::new(kql::compile(query, event::schema()).unwrap())));
        let index = Index::new(queries.map(rule).to_vec(), &GeoIp::default());
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
