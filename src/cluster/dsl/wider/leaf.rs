//! One comparison, for each thing that an index can make of its field.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use chrono::{DateTime, Datelike as _, SecondsFormat, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use super::super::caps::Kind;
use super::clause::Clause;
use super::{Asker, NAMED};
use crate::cluster::Vendor;
use crate::query::{FieldType, RangeOp, addresses, instants};

/// The longest value, in characters, that no index leaves out for its length. What servers map by themselves keeps 256.
const SHORT: usize = 64;

/// The longest pattern, and the most wildcards in it: beyond them a server may refuse it.
const PATTERN: (usize, usize) = (200, 10);

/// What is asked of a field's values.
#[derive(Clone, Copy)]
pub(super) enum Asked<'t> {
    Exists,
    Equal(&'t str),
    /// The texts between the wildcards.
    Pattern(&'t [String]),
    Side(RangeOp, &'t str),
}

impl Asker<'_> {
    pub(super) fn leaf(&self, field: &str, asked: Asked<'_>) -> Clause {
        let kind = self.schema.field_type(field);
        let mut clauses: Vec<(Clause, BTreeSet<Arc<str>>)> = Vec::new();
        for (made, indices) in self.caps.kinds(field) {
            let clause = self.of_kind(field, kind, made, asked);
            match clauses.iter_mut().find(|(known, _)| *known == clause) {
                Some((_, known)) => known.extend(indices),
                None => clauses.push((clause, indices)),
            }
        }
        match clauses.as_slice() {
            [] => Clause::Everything,
            [(clause, _)] => clause.clone(),
            _ if self.caps.indices().len() > NAMED => Clause::Everything,
            // A value that is wrong for another index would be an error there.
            _ => Clause::any(
                clauses.iter().map(|(clause, indices)| Clause::all([Clause::within_indices(indices), clause.clone()])),
            ),
        }
    }

    /// What finds the field's values where our evaluation reads them as `kind` and the index has `made` that of them.
    fn of_kind(&self, field: &str, kind: FieldType, made: Kind, asked: Asked<'_>) -> Clause {
        if matches!(made, Kind::Unmapped | Kind::Nested | Kind::Other) {
            return Clause::Everything;
        }
        match kind {
            FieldType::Text | FieldType::GeoPoint | FieldType::Object | FieldType::Nested => Clause::Everything,
            // Numbers are kept as they were written, and compared here by value.
            FieldType::Flattened if asked.is_number() => Clause::Everything,
            FieldType::Unmapped if asked.is_number() || asked.is_block() => Clause::Everything,
            FieldType::Flattened | FieldType::Unmapped => match asked {
                Asked::Exists | Asked::Side(..) => Clause::Everything,
                Asked::Pattern(_) if made != Kind::Keyword && made != Kind::Flattened => Clause::Everything,
                // What is unknown here has no one way to be text.
                _ if !matches!(made, Kind::Keyword | Kind::Text | Kind::Flattened | Kind::Boolean) => {
                    Clause::Everything
                }
                _ => self.keyword(field, made, asked),
            },
            _ if matches!(asked, Asked::Exists) => self.exists(field, made),
            FieldType::Keyword | FieldType::Wildcard => self.keyword(field, made, asked),
            FieldType::Boolean => match (asked, made) {
                (Asked::Equal(text @ ("true" | "false")), Kind::Boolean | Kind::Keyword) => Clause::term(field, text),
                _ => Clause::Everything,
            },
            FieldType::Ip | FieldType::Date | FieldType::Long | FieldType::Double => {
                let (text, side) = match asked {
                    Asked::Equal(text) => (text, None),
                    Asked::Side(side, text) => (text, Some(side)),
                    Asked::Exists | Asked::Pattern(_) => return Clause::Everything,
                };
                let clause = match (kind, made) {
                    (FieldType::Ip, Kind::Ip) => address(field, text, side),
                    (FieldType::Date, Kind::Date | Kind::DateNanos) => date(field, made, text, side),
                    (FieldType::Long, Kind::Long) | (FieldType::Double, Kind::Double) => {
                        number(field, made, text, side)
                    }
                    _ => None,
                };
                // Ours may read a value that the server did not take.
                clause.map_or(Clause::Everything, |clause| Clause::any([Clause::One(clause), ignored(field)]))
            }
        }
    }

    fn keyword(&self, field: &str, made: Kind, asked: Asked<'_>) -> Clause {
        match (asked, made) {
            (Asked::Equal(text), Kind::Keyword) => {
                Clause::any([Clause::term(field, text), self.cut(field, text.chars().count() <= SHORT)])
            }
            // The same text is the same words.
            (Asked::Equal(text), Kind::Text) => Clause::Words(field.to_owned(), text.to_owned()),
            // Nothing marks a part that is too long.
            (Asked::Equal(text), Kind::Flattened) if text.chars().count() <= SHORT => Clause::term(field, text),
            (Asked::Equal(text), Kind::Boolean) if matches!(text, "true" | "false") => Clause::term(field, text),
            (Asked::Equal(text), Kind::Ip) if text.parse::<IpAddr>().is_ok() => Clause::term(field, text),
            (Asked::Equal(text), Kind::Long) if text.parse::<i64>().is_ok_and(|n| n.to_string() == text) => {
                Clause::term(field, text)
            }
            // Such a value is of the wrong type there, or none.
            (Asked::Equal(_), Kind::Boolean | Kind::Ip) => ignored(field),
            (Asked::Equal(_), Kind::Long | Kind::Double | Kind::Number) if !asked.is_number() => ignored(field),
            (Asked::Pattern(pieces), Kind::Keyword) => Clause::any([
                Clause::One(json!({ "wildcard": { field: { "value": pattern(pieces) } } })),
                self.cut(field, false),
            ]),
            (Asked::Pattern([start, end]), Kind::Flattened) if self.vendor == Vendor::OpenSearch && end.is_empty() => {
                Clause::One(json!({ "prefix": { field: { "value": start } } }))
            }
            _ => Clause::Everything,
        }
    }

    fn exists(&self, field: &str, made: Kind) -> Clause {
        match made {
            Kind::Keyword if self.vendor == Vendor::OpenSearch => Clause::Everything,
            Kind::Unmapped | Kind::Nested | Kind::Other | Kind::Flattened => Clause::Everything,
            Kind::Text => Clause::exists(field),
            _ => Clause::any([Clause::exists(field), ignored(field)]),
        }
    }

    /// Documents with a keyword that is too long for the index.
    fn cut(&self, field: &str, is_short: bool) -> Clause {
        match self.vendor {
            _ if is_short => Clause::Nothing,
            Vendor::Elasticsearch => ignored(field),
            Vendor::OpenSearch if self.schema.is_single(field) => Clause::missing(field),
            Vendor::OpenSearch => Clause::Everything,
        }
    }
}

impl Asked<'_> {
    fn text(&self) -> Option<&str> {
        match self {
            Self::Equal(text) | Self::Side(_, text) => Some(text),
            Self::Exists | Self::Pattern(_) => None,
        }
    }

    fn is_number(&self) -> bool {
        self.text().is_some_and(|text| text.parse::<f64>().is_ok())
    }

    fn is_block(&self) -> bool {
        self.text().is_some_and(|text| text.contains('/') && addresses(text, None).is_ok())
    }
}

fn address(field: &str, text: &str, side: Option<RangeOp>) -> Option<Value> {
    let (first, last) = addresses(text, side).ok()?;
    Some(json!({ "range": { field: { "gte": first.to_string(), "lte": last.to_string() } } }))
}

fn number(field: &str, made: Kind, text: &str, side: Option<RangeOp>) -> Option<Value> {
    let number = match made {
        Kind::Long => Value::from(text.parse::<i64>().ok()?),
        _ => Value::from(text.parse::<f64>().ok().filter(|number| number.is_finite())?),
    };
    Some(match side {
        None => json!({ "term": { field: number } }),
        Some(side) => json!({ "range": { field: Map::from_iter([(side.json_name().to_owned(), number)]) } }),
    })
}

fn date(field: &str, made: Kind, text: &str, side: Option<RangeOp>) -> Option<Value> {
    // What is now here is not now there.
    let (first, last) = if text.contains("now") { None } else { instants(text, DateTime::UNIX_EPOCH).ok() }?;
    let next = last.checked_add_signed(TimeDelta::milliseconds(1))?;
    let (from, before) = match side {
        None => (Some(first), Some(next)),
        Some(RangeOp::Gt) => (Some(next), None),
        Some(RangeOp::Gte) => (Some(first), None),
        Some(RangeOp::Lt) => (None, Some(first)),
        Some(RangeOp::Lte) => (None, Some(next)),
    };
    // Years that each kind can hold, and four digits can write. A bound beyond is left out.
    let years = if made == Kind::Date { 1..=9998 } else { 1971..=2261 };
    let written = |at: DateTime<Utc>| {
        years.contains(&at.year()).then(|| Value::from(at.to_rfc3339_opts(SecondsFormat::Millis, true)))
    };
    let bounds = [("gte", from.and_then(written)), ("lt", before.and_then(written))];
    let mut range: Map<String, Value> =
        bounds.into_iter().filter_map(|(name, at)| Some((name.to_owned(), at?))).collect();
    if range.is_empty() {
        return None;
    }
    range.insert("format".to_owned(), "strict_date_optional_time".into());
    Some(json!({ "range": { field: range } }))
}

/// Documents of which the server did not take a value of this field.
fn ignored(field: &str) -> Clause {
    Clause::term("_ignored", field)
}

/// A pattern that finds at least what matches these texts with anything between them.
fn pattern(pieces: &[String]) -> String {
    let escaped = |piece: &str| -> String {
        piece.chars().flat_map(|c| matches!(c, '*' | '?' | '\\').then_some('\\').into_iter().chain([c])).collect()
    };
    let (longest, most) = PATTERN;
    let length: usize = pieces.iter().map(|piece| piece.chars().count()).sum();
    if length <= longest && pieces.len() <= most {
        return pieces.iter().map(|piece| escaped(piece)).collect::<Vec<_>>().join("*");
    }
    let telling = pieces.iter().max_by_key(|piece| piece.len()).map_or("", |piece| piece);
    format!("*{}*", escaped(&telling.chars().take(longest).collect::<String>()))
}
