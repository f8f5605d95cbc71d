//! What a query comes to once its conditions are prepared: what is asked of single events, and how events belong together.

use std::ops::Range;

use super::ast::{Field, Pipe};
use super::keys::{Tuple, tuples};
use super::sample::sample;
use super::sequence::{Items, Moment, Place, Shape};
use crate::query::{Document, Query, Schema};

/// A query, ready to run.
#[derive(Debug, Clone)]
pub struct Prepared {
    pub search: Search,
    /// In the order in which they apply to what is found.
    pub pipes: Vec<Pipe>,
}

/// What is looked for.
#[derive(Debug, Clone)]
pub enum Search {
    Event(Query),
    Sequence(SequenceSearch),
    Sample(SampleSearch),
}

/// What is asked of an event at one place of a sequence or sample.
#[derive(Debug, Clone)]
pub struct ItemSearch {
    /// Its category included.
    pub query: Query,
    /// The shared ones first.
    pub keys: Vec<Field>,
    pub runs: u32,
    pub missing: bool,
}

#[derive(Debug, Clone)]
pub struct SequenceSearch {
    pub items: Vec<ItemSearch>,
    pub until: Option<ItemSearch>,
    /// In milliseconds.
    pub maxspan: Option<u64>,
}

#[derive(Debug, Clone)]
pub struct SampleSearch {
    pub items: Vec<ItemSearch>,
}

/// What an event is to a sequence or sample, for one tuple of join keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub keys: Tuple,
    pub items: Items,
    pub until: bool,
}

impl Prepared {
    /// Which of so many results the pipes leave, counted from 0.
    #[must_use]
    pub fn left(&self, count: u64) -> Range<u64> {
        let mut left = 0..count;
        for pipe in &self.pipes {
            match pipe {
                Pipe::Head(most) => left.end = left.end.min(left.start.saturating_add(*most)),
                Pipe::Tail(most) => left.start = left.start.max(left.end.saturating_sub(*most)),
            }
        }
        left
    }
}

impl Search {
    /// The queries of which an event satisfies one at least, where it matters at all.
    #[must_use]
    pub fn queries(&self) -> Vec<&Query> {
        match self {
            Self::Event(query) => vec![query],
            Self::Sequence(search) => search.items.iter().chain(&search.until).map(|item| &item.query).collect(),
            Self::Sample(search) => search.items.iter().map(|item| &item.query).collect(),
        }
    }

    /// The sequences, or the sample, among the events of one tuple of keys, which are in order: the numbers of their
    /// events, item by item.
    #[must_use]
    pub fn join(&self, moments: &[Moment]) -> Vec<Vec<Option<usize>>> {
        match self {
            Self::Event(_) => Vec::new(),
            Self::Sequence(search) => search.shape().find(moments).into_iter().map(|found| found.events).collect(),
            Self::Sample(search) => {
                let items: Vec<Items> = moments.iter().map(|moment| moment.items).collect();
                let found = sample(search.items.len(), &items);
                found.into_iter().map(|found| found.into_iter().map(Some).collect()).collect()
            }
        }
    }
}

impl Part {
    /// The event at this time, in microseconds.
    #[must_use]
    pub fn at(&self, time: i64) -> Moment {
        Moment { time, items: self.items, until: self.until }
    }
}

impl SequenceSearch {
    #[must_use]
    pub fn shape(&self) -> Shape {
        let place = |item: &ItemSearch| Place { runs: item.runs, missing: item.missing };
        Shape::new(self.items.iter().map(place), self.maxspan)
    }

    /// What an event is to this sequence: nothing where it satisfies no item, or lacks the keys of those.
    #[must_use]
    pub fn parts(&self, event: &dyn Document, schema: &dyn Schema) -> Vec<Part> {
        parts(&self.items, self.until.as_ref(), event, schema)
    }
}

impl SampleSearch {
    /// What an event is to this sample.
    #[must_use]
    pub fn parts(&self, event: &dyn Document, schema: &dyn Schema) -> Vec<Part> {
        parts(&self.items, None, event, schema)
    }
}

fn parts(items: &[ItemSearch], until: Option<&ItemSearch>, event: &dyn Document, schema: &dyn Schema) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    // Most items have the keys of the one before.
    let mut last: Option<(&[Field], Vec<Tuple>)> = None;
    for (number, item) in items.iter().chain(until).enumerate().filter(|(_, item)| item.query.matches(event)) {
        let known = last.take().filter(|(keys, _)| same(keys, &item.keys));
        let (_, found) = last.insert(known.unwrap_or_else(|| (&item.keys, tuples(event, &item.keys, schema))));
        for keys in found {
            let at = parts.iter().position(|part| part.keys == *keys).unwrap_or_else(|| {
                parts.push(Part { keys: keys.clone(), items: Items::default(), until: false });
                parts.len() - 1
            });
            match number < items.len() {
                true => parts[at].items.insert(number),
                false => parts[at].until = true,
            }
        }
    }
    parts
}

fn same(a: &[Field], b: &[Field]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.name == b.name && a.optional == b.optional)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::diag::Span;
    use crate::query::{Json, NoSchema, kql};

    fn item(query: &str, keys: &[&str]) -> ItemSearch {
        let field = |key: &&str| {
            let (name, optional) = key.strip_prefix('?').map_or((*key, false), |name| (name, true));
            Field { name: name.to_owned(), optional, span: Span::default() }
        };
        let query = kql::compile(query, &NoSchema).unwrap();
        ItemSearch { query, keys: keys.iter().map(field).collect(), runs: 1, missing: false }
    }

    fn shown(search: &SequenceSearch, event: &Value) -> Vec<String> {
        let show = |part: Part| {
            let until = if part.until { " until" } else { "" };
            format!("{} {:b}{until}", serde_json::to_string(&part.keys).unwrap(), part.items.0)
        };
        search.parts(&Json(event), &NoSchema).into_iter().map(show).collect()
    }

    #[test]
    fn pipes_apply_in_order() {
        let left = |pipes: &[Pipe]| {
            let search = Search::Event(kql::compile("", &NoSchema).unwrap());
            Prepared { search, pipes: pipes.to_vec() }.left(10)
        };
        assert_eq!(left(&[]), 0..10);
        assert_eq!(left(&[Pipe::Head(4), Pipe::Tail(2)]), 2..4);
        assert_eq!(left(&[Pipe::Tail(4), Pipe::Head(2)]), 6..8);
        assert_eq!(left(&[Pipe::Head(99), Pipe::Tail(99)]), 0..10);
        assert_eq!(left(&[Pipe::Head(0), Pipe::Tail(1)]).count(), 0);
    }

    #[test]
    fn an_event_has_a_part_for_each_tuple_of_the_items_that_it_satisfies() {
        let items = vec![item("k: a", &["u"]), item("k: *", &["u"]), item("k: b", &["v", "?w"])];
        let search = SequenceSearch { items, until: Some(item("stop: true", &["u"])), maxspan: Some(5) };
        assert_eq!(shown(&search, &json!({"k": "a", "u": ["x", "y"]})), [r#"["x"] 11"#, r#"["y"] 11"#]);
        assert_eq!(shown(&search, &json!({"k": "a", "u": "x", "stop": true})), [r#"["x"] 11 until"#]);
        assert_eq!(shown(&search, &json!({"stop": true, "u": 1})), ["[1] 0 until"]);
        assert_eq!(shown(&search, &json!({"k": "b", "v": 1})), ["[1,null] 100"]);
        assert_eq!(shown(&search, &json!({"k": "a"})), [""; 0]);
        assert_eq!(search.shape().reach(), Some(5_000));
    }
}
