//! Strings at least one of which must occur in the source of a document for the query to match: without parsing, they show
//! that most of a log cannot match.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::Query;
use super::clause::Clause;
use crate::query::value::Part;

/// Shortest text worth looking for.
const LEAST: usize = 4;

/// A string that occurs in the source of every document that has a field. The lower the rank, the more selective it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Literal<'f> {
    /// The field's value, as it is.
    Value {
        rank: u8,
        /// Whether a value that is a text stands there as a string of JSON, and not within a longer one.
        whole: bool,
    },
    /// This, which is a part of the field's name.
    Name { text: &'f str, rank: u8 },
}

/// Texts, and how telling the least telling of their fields is.
struct Literals<'q> {
    rank: u8,
    texts: BTreeSet<Cow<'q, str>>,
}

/// Says what stands in the source of a document that has the field of this name.
type Stands<'s> = dyn for<'f> Fn(&'f str) -> Option<Literal<'f>> + 's;

impl Query {
    /// Texts of which the source of a document must hold at least one to satisfy the query, byte for byte or spelled
    /// with escapes; `None` where no such list can be told, and an empty list where nothing can satisfy it. They are
    /// made of ASCII letters, digits, `.`, `_` and `-`, and some begin with the quote before a string. `stands` says what
    /// stands in the source of a document that has a field, if anything does for certain: of several lists, the one of
    /// the lowest rank is taken.
    #[must_use]
    pub fn literals(&self, stands: &Stands<'_>) -> Option<BTreeSet<Cow<'_, str>>> {
        literals(&self.clause, stands).map(|literals| literals.texts)
    }
}

fn literals<'q>(clause: &'q Clause, stands: &Stands<'_>) -> Option<Literals<'q>> {
    match clause {
        Clause::Nothing => Some(Literals { rank: 0, texts: BTreeSet::new() }),
        Clause::Field { name, test } => {
            let (texts, rank) = match stands(name)? {
                Literal::Value { rank, whole } => {
                    (test.texts()?.into_iter().map(|part| searched(part, whole)).collect(), rank)
                }
                Literal::Name { text, rank } => (Some(BTreeSet::from([plain(text)?.into()])), rank),
            };
            texts.map(|texts| Literals { rank, texts })
        }
        Clause::And(parts) => {
            parts.iter().filter_map(|part| literals(part, stands)).min_by_key(|one| (one.rank, one.texts.len()))
        }
        Clause::Or(parts) => parts.iter().map(|part| literals(part, stands)).try_fold(
            Literals { rank: 0, texts: BTreeSet::new() },
            |mut all, one| {
                let one = one?;
                all.rank = all.rank.max(one.rank);
                all.texts.extend(one.texts);
                Some(all)
            },
        ),
        Clause::Everything
        | Clause::Not(_)
        | Clause::Tree { .. }
        | Clause::Fields(_)
        | Clause::Nested { .. }
        | Clause::Script(_) => None,
    }
}

/// What of a part of a value can be looked for, with the quote before it where it begins a string that stands there whole.
fn searched(part: Part<'_>, whole: bool) -> Option<Cow<'_, str>> {
    let text = plain(part.text)?;
    // These may be no strings.
    let is_word = ["true", "false"].iter().any(|word| word.starts_with(text));
    let quoted = whole && part.begins && part.text.starts_with(text) && !is_word;
    Some(if quoted { format!("\"{text}").into() } else { text.into() })
}

/// The longest part of a text that is spelled in one way only, but for escapes. It holds a letter that no number has, as
/// numbers may be written in many ways.
fn plain(text: &str) -> Option<&str> {
    let run = |c: char| !(c.is_ascii_alphanumeric() || "._-".contains(c));
    let telling =
        |run: &&str| run.len() >= LEAST && run.contains(|c: char| c.is_ascii_alphabetic() && c != 'e' && c != 'E');
    text.split(run).filter(telling).max_by_key(|run| run.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::kql;
    use crate::query::{FieldType, Schema};

    #[derive(Debug)]
    struct Types;

    impl Schema for Types {
        fn field_type(&self, field: &str) -> FieldType {
            match field {
                "text" => FieldType::Text,
                _ => FieldType::Keyword,
            }
        }
    }

    fn stands(field: &str) -> Option<Literal<'_>> {
        match field {
            "aaaa" => Some(Literal::Value { rank: 0, whole: false }),
            "bbbb" => Some(Literal::Value { rank: 1, whole: false }),
            "dddd" => Some(Literal::Value { rank: 1, whole: true }),
            "text" => Some(Literal::Value { rank: 2, whole: false }),
            _ => field.strip_prefix("names.").map(|text| Literal::Name { text, rank: 1 }),
        }
    }

    fn literals(query: &str) -> Option<Vec<String>> {
        let query = kql::compile(query, &Types).unwrap();
        query.literals(&stands).map(|set| set.into_iter().map(Cow::into_owned).collect())
    }

    #[test]
    fn one_of_them_must_be_there() {
        for (query, expected) in [
            ("aaaa: Start", &["Start"][..]),
            ("aaaa: (Start or Stop) and bbbb: other", &["Start", "Stop"]),
            ("cccc: other and bbbb: (other or another)", &["another", "other"]),
            ("bbbb: other or aaaa: Start", &["Start", "other"]),
            ("not aaaa: Start and bbbb: other", &["other"]),
            ("aaaa: *Start*Export*", &["Export"]),
            ("aaaa: a/bc/def/ghij", &["ghij"]),
            ("aaaa: ärger", &["rger"]),
            ("aaaa: \"rds.amazonaws.com\"", &["rds.amazonaws.com"]),
            ("aaaa: Start and aaaa: (Start or Stop)", &["Start"]),
            ("names.some-key: 1 and cccc: x", &["some-key"]),
            ("dddd: (Start or AKIA* or Start/Export)", &["\"AKIA", "\"Start", "Export"]),
            ("dddd: (*Start or Ex*Start or Start*Ex)", &["\"Start", "Start"]),
            ("dddd: (true or false or fals* or trues)", &["\"trues", "fals", "false", "true"]),
            ("names.some-key: (1 or 2) or names.ab/other: *", &["other", "some-key"]),
        ] {
            assert_eq!(literals(query).unwrap(), expected, "{query}");
        }
    }

    #[test]
    fn where_none_can_be_told_there_is_none() {
        for query in [
            "",
            "cccc: Start",
            "not aaaa: Start",
            "aaaa: *",
            "aaaa: abc",
            "aaaa: 12345",
            "aaaa: 1e300",
            "text: start",
            "aaaa: Start or cccc: x",
            "aaaa: (Start or abc)",
            "Start",
            "*: Start",
            "aaaa > Start",
            "names.key: Start",
            "not names.some-key: 1",
        ] {
            assert_eq!(literals(query), None, "{query}");
        }
    }
}
