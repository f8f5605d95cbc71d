//! Keys of groups of events: hashes of the values of some fields, small whatever the values are.

use sha2::{Digest as _, Sha256};

use crate::event::Event;
use crate::query::Document as _;
use crate::query::eql::KeyValue;

/// Combinations of values taken from one event at most, as Elastic does.
const COMBINATIONS: usize = 100;

/// A group: a hash of the values of its fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupKey(pub [u8; 16]);

impl GroupKey {
    /// The key of these values, in the order of their fields; `None` for a field that is missing.
    pub(super) fn of(values: &[Option<&str>]) -> Self {
        let mut hash = Sha256::new();
        for value in values {
            match value {
                // The length keeps ("ab", "c") and ("a", "bc") apart.
                Some(value) => {
                    hash.update((value.len() as u64 + 1).to_be_bytes());
                    hash.update(value);
                }
                None => hash.update(0u64.to_be_bytes()),
            }
        }
        let mut key = [0; 16];
        key.copy_from_slice(&hash.finalize()[..16]);
        Self(key)
    }
}

/// The key of join keys of a sequence. It is kept on disk.
pub(super) fn joined(tuple: &[KeyValue]) -> GroupKey {
    let texts: Vec<Option<String>> = tuple.iter().map(text).collect();
    // Values of different types differ, the number 1 from the text "1".
    let typed = |(text, value): (&Option<String>, &KeyValue)| match value {
        KeyValue::Null | KeyValue::Text(_) => text.clone(),
        _ => text.as_ref().map(|text| format!("\0{text}")),
    };
    let typed: Vec<Option<String>> = texts.iter().zip(tuple).map(typed).collect();
    GroupKey::of(&typed.iter().map(Option::as_deref).collect::<Vec<_>>())
}

/// A join key as text; nothing for an optional one that the event lacks.
pub(super) fn text(value: &KeyValue) -> Option<String> {
    match value {
        KeyValue::Null => None,
        KeyValue::Bool(truth) => Some(truth.to_string()),
        KeyValue::Int(number) => Some(number.to_string()),
        KeyValue::Float(bits) => Some(f64::from_bits(*bits).to_string()),
        KeyValue::Text(text) => Some(text.clone()),
    }
}

/// Every value of a field, as text.
pub(super) fn values(event: &Event<'_>, field: &str) -> Vec<String> {
    let mut values = Vec::new();
    event.any(field, &mut |value| {
        values.push(value.to_string());
        false
    });
    values
}

/// The combinations of one value of each field, each with its key; none when a field is missing.
pub(super) fn combinations(event: &Event<'_>, fields: &[String]) -> Vec<(GroupKey, Vec<String>)> {
    let mut rows: Vec<Vec<String>> = vec![Vec::new()];
    for field in fields {
        rows = combined(rows, values(event, field));
    }
    let mut all: Vec<_> = rows
        .into_iter()
        .map(|row| (GroupKey::of(&row.iter().map(|value| Some(value.as_str())).collect::<Vec<_>>()), row))
        .collect();
    all.sort();
    all.dedup_by(|a, b| a.0 == b.0);
    all
}

/// The groups that an event is in: one for each combination of one value of each field, a field that it lacks being a
/// value of its own. Whether it lacks one.
pub(super) fn groups(event: &Event<'_>, fields: &[String]) -> (Vec<(GroupKey, Row)>, bool) {
    let mut rows: Vec<Row> = vec![Vec::new()];
    let mut missing = false;
    for field in fields {
        let mut values: Row = values(event, field).into_iter().map(Some).collect();
        if values.is_empty() {
            missing = true;
            values.push(None);
        }
        rows = combined(rows, values);
    }
    let keyed = |row: Row| (GroupKey::of(&row.iter().map(Option::as_deref).collect::<Vec<_>>()), row);
    let mut all: Vec<_> = rows.into_iter().map(keyed).collect();
    all.sort();
    all.dedup_by(|a, b| a.0 == b.0);
    (all, missing)
}

/// A value of each field; nothing for one that the event lacks.
pub(super) type Row = Vec<Option<String>>;

/// Each of `rows` with each of `values` behind it.
fn combined<T: Clone>(mut rows: Vec<Vec<T>>, mut values: Vec<T>) -> Vec<Vec<T>> {
    // Nearly always there is one value.
    if let (1, [row]) = (values.len(), rows.as_mut_slice()) {
        row.append(&mut values);
        return rows;
    }
    let with = |row: &Vec<T>| {
        let row = row.clone();
        let with = move |value: &T| row.iter().cloned().chain([value.clone()]).collect();
        values.iter().map(with).collect::<Vec<_>>()
    };
    rows.iter().flat_map(with).take(COMBINATIONS).collect()
}

/// All values of each field, joined; `None` for a field that is missing.
pub(super) fn joined_values(event: &Event<'_>, fields: &[String]) -> Vec<Option<String>> {
    let joined = |field: &String| Some(values(event, field)).filter(|v| !v.is_empty()).map(|v| v.join(", "));
    fields.iter().map(joined).collect()
}

/// Stands for a value where only distinct ones are counted.
pub(super) fn short_hash(value: &str) -> u64 {
    let digest = Sha256::digest(value);
    digest.iter().take(8).fold(0, |hash, byte| hash << 8 | u64::from(*byte))
}

/// Lower-case hex digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(half.into(), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_tell_values_and_missing_fields_apart() {
        let keys = [
            GroupKey::of(&[Some("ab"), Some("c")]),
            GroupKey::of(&[Some("a"), Some("bc")]),
            GroupKey::of(&[Some("abc"), None]),
            GroupKey::of(&[Some("abc"), Some("")]),
            GroupKey::of(&[]),
        ];
        for (at, key) in keys.iter().enumerate() {
            assert!(!keys[..at].contains(key));
        }
    }

    #[test]
    fn join_keys_are_frozen_and_tell_types_apart() {
        let text = |text: &str| KeyValue::Text(text.to_owned());
        assert_eq!(joined(&[text("alice"), KeyValue::Null]), GroupKey::of(&[Some("alice"), None]));
        assert_eq!(
            joined(&[KeyValue::Int(1), KeyValue::Bool(true)]),
            GroupKey::of(&[Some("\u{0}1"), Some("\u{0}true")])
        );
        assert_ne!(joined(&[KeyValue::Int(1)]), joined(&[text("1")]));
        // States hold these: how they are made must never change.
        assert_eq!(hex(&joined(&[text("alice")]).0), "6d5dd7b9e39954f719d15866b959c4a6");
    }

    #[test]
    fn one_event_can_hold_several_combinations() {
        let raw = br#"{"@timestamp":"2026-11-23T10:00:00Z","event.action":"x","user.name":["b","a","b"],"source.ip":"192.0.2.1"}"#;
        let event = Event::parse(raw).unwrap();
        let fields = ["user.name".to_owned(), "source.ip".to_owned()];
        let mut rows: Vec<_> = combinations(&event, &fields).into_iter().map(|(_, row)| row.join("+")).collect();
        rows.sort();
        assert_eq!(rows, ["a+192.0.2.1", "b+192.0.2.1"]);
        assert!(combinations(&event, &["user.id".to_owned()]).is_empty());
        assert_eq!(combinations(&event, &[]).len(), 1);
        let (in_groups, missing) = groups(&event, &fields);
        assert_eq!(in_groups.iter().map(|(key, _)| *key).collect::<Vec<_>>(), {
            combinations(&event, &fields).iter().map(|(key, _)| *key).collect::<Vec<_>>()
        });
        assert!(!missing);
        let (in_groups, missing) = groups(&event, &["user.id".to_owned(), "user.name".to_owned()]);
        let mut rows: Vec<_> = in_groups.into_iter().map(|(_, row)| row).collect();
        rows.sort();
        let name = |name: &str| vec![None, Some(name.to_owned())];
        assert_eq!((rows, missing), (vec![name("a"), name("b")], true));
    }
}
