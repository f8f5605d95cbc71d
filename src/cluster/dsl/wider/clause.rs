//! What is asked, before it is written as JSON: alternatives are merged, and counted as servers count them.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};

/// A condition that finds at least what a part of a query matches.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Clause {
    Everything,
    Nothing,
    All(Vec<Clause>),
    Any(Vec<Clause>),
    /// One of these terms.
    Terms(String, BTreeSet<String>),
    /// All words of this text, in a field of words.
    Words(String, String),
    /// Another query of one clause.
    One(Value),
}

impl Clause {
    pub(super) fn term(field: &str, value: &str) -> Self {
        Self::Terms(field.to_owned(), BTreeSet::from([value.to_owned()]))
    }

    /// Documents of these indices.
    pub(super) fn within_indices(indices: &BTreeSet<Arc<str>>) -> Self {
        Self::Terms("_index".to_owned(), indices.iter().map(|index| (**index).to_owned()).collect())
    }

    pub(super) fn negated(&self) -> Self {
        Self::One(json!({ "bool": { "must_not": self.to_json() } }))
    }

    pub(super) fn exists(field: &str) -> Self {
        Self::One(json!({ "exists": { "field": field } }))
    }

    pub(super) fn missing(field: &str) -> Self {
        Self::exists(field).negated()
    }

    pub(super) fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut all = Vec::new();
        for part in parts {
            match part {
                Self::Everything => {}
                Self::Nothing => return Self::Nothing,
                Self::All(inner) => all.extend(inner),
                part => all.push(part),
            }
        }
        match all.len() {
            0 => Self::Everything,
            1 => all.remove(0),
            _ => Self::All(all),
        }
    }

    pub(super) fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut any: Vec<Self> = Vec::new();
        let flat = parts.into_iter().flat_map(|part| match part {
            Self::Any(inner) => inner,
            part => vec![part],
        });
        for part in flat {
            match part {
                Self::Everything => return Self::Everything,
                Self::Nothing => {}
                Self::Terms(field, terms) => {
                    let same = any.iter_mut().find_map(|known| match known {
                        Self::Terms(known, terms) if *known == field => Some(terms),
                        _ => None,
                    });
                    match same {
                        Some(known) => known.extend(terms),
                        None => any.push(Self::Terms(field, terms)),
                    }
                }
                part if any.contains(&part) => {}
                part => any.push(part),
            }
        }
        match any.len() {
            0 => Self::Nothing,
            1 => any.remove(0),
            _ => Self::Any(any),
        }
    }

    /// Clauses as a server counts them against its limit: those that hold no others.
    pub(super) fn count(&self) -> usize {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().map(Self::count).sum(),
            Self::Words(_, text) => words(text),
            Self::Everything | Self::Nothing | Self::Terms(..) | Self::One(_) => 1,
        }
    }

    /// The same with at most `most` clauses: what is too much is left out.
    pub(super) fn within(self, most: usize) -> Self {
        match self {
            other if other.count() <= most => other,
            Self::All(mut parts) => {
                parts.sort_by_key(Self::count);
                let mut left = most;
                Self::all(parts.into_iter().take_while(|part| {
                    left = left.saturating_sub(part.count());
                    left > 0
                }))
            }
            _ => Self::Everything,
        }
    }

    pub(super) fn to_json(&self) -> Value {
        let list = |parts: &[Self]| Value::Array(parts.iter().map(Self::to_json).collect());
        match self {
            Self::Everything => json!({ "match_all": {} }),
            Self::Nothing => json!({ "match_none": {} }),
            Self::All(parts) => json!({ "bool": { "filter": list(parts) } }),
            Self::Any(parts) => json!({ "bool": { "should": list(parts), "minimum_should_match": 1 } }),
            Self::Terms(field, terms) => match terms.first() {
                Some(term) if terms.len() == 1 => json!({ "term": { field: term } }),
                _ => json!({ "terms": { field: terms } }),
            },
            // A text without words equals others without.
            Self::Words(field, text) => json!({ "match": { field: {
                "query": text, "operator": "and", "zero_terms_query": "all",
            } } }),
            Self::One(query) => query.clone(),
        }
    }
}

/// The most words that a server may find in a text, each of which is a clause.
fn words(text: &str) -> usize {
    let mut inside = false;
    let begins = text.chars().filter(|c| {
        let before = std::mem::replace(&mut inside, c.is_ascii_alphanumeric());
        // Scripts without spaces may be taken letter by letter.
        !c.is_ascii() || inside && !before
    });
    begins.count().max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alternatives_of_one_field_are_one_clause() {
        let a = || Clause::term("f", "a");
        let any = Clause::any([a(), Clause::Nothing, Clause::any([Clause::term("f", "b"), Clause::exists("g")]), a()]);
        assert_eq!(any.count(), 2);
        assert_eq!(
            any.to_json(),
            json!({"bool": {"should": [{"terms": {"f": ["a", "b"]}}, {"exists": {"field": "g"}}], "minimum_should_match": 1}})
        );
        assert_eq!(Clause::any([a(), Clause::Everything]), Clause::Everything);
        assert_eq!(Clause::any([]), Clause::Nothing);
        assert_eq!(Clause::all([a(), Clause::Everything]).to_json(), json!({"term": {"f": "a"}}));
        assert_eq!(Clause::all([a(), Clause::Nothing]), Clause::Nothing);
        assert_eq!(Clause::all([]), Clause::Everything);
    }

    #[test]
    fn each_word_is_a_clause() {
        let count = |text: &str| Clause::Words("f".to_owned(), text.to_owned()).count();
        assert_eq!(["", "*", "rds.amazonaws.com", " a  b2 c", "日本 x"].map(count), [1, 1, 3, 3, 3]);
        assert_eq!(Clause::Words("f".to_owned(), "a b c".to_owned()).within(2), Clause::Everything);
    }

    #[test]
    fn what_is_too_much_is_left_out() {
        let many = || Clause::any((0..10).map(|n| Clause::exists(&n.to_string())));
        let both = Clause::all([many(), Clause::term("f", "a")]);
        assert_eq!(both.clone().within(12), both.clone().within(100));
        assert_eq!(both.within(10), Clause::term("f", "a"));
        assert_eq!(many().within(9), Clause::Everything);
    }
}
