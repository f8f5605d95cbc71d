//! Join keys: the values by which events belong to one sequence or sample.

use std::net::IpAddr;

use serde::{Serialize, Serializer};

use super::ast::Field;
use crate::query::{Document, FieldType, Scalar, Schema};

/// Combinations of the values of an event's keys that are looked at, at most.
const MOST: usize = 10_000;

/// A value of each key.
pub type Tuple = Vec<KeyValue>;

/// One value of a join key, in the type of its field; of a field that the schema does not name, in JSON's. Values of
/// different types differ: the number 1 is not the text "1".
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyValue {
    /// An optional key that the event lacks; equal to itself.
    Null,
    Bool(bool),
    Int(i64),
    /// The bits of a number that is no [`Self::Int`].
    Float(u64),
    Text(String),
}

impl KeyValue {
    fn of(value: Scalar<'_>, kind: FieldType) -> Self {
        let text = value.to_string();
        match kind {
            FieldType::Unmapped => match value {
                Scalar::Str(_) => Self::Text(text),
                Scalar::Int(number) => Self::Int(number),
                Scalar::Float(number) => Self::number(number),
                Scalar::Bool(truth) => Self::Bool(truth),
            },
            FieldType::Long | FieldType::Double => match (text.parse(), text.parse()) {
                (Ok(whole), _) => Self::Int(whole),
                (_, Ok(number)) => Self::number(number),
                _ => Self::Text(text),
            },
            FieldType::Boolean => text.parse().map_or(Self::Text(text), Self::Bool),
            FieldType::Ip => {
                Self::Text(text.parse().map_or(text, |address: IpAddr| address.to_canonical().to_string()))
            }
            _ => Self::Text(text),
        }
    }

    fn number(number: f64) -> Self {
        /// Up to here every whole number is one.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        #[expect(clippy::cast_possible_truncation, reason = "whole, and in range")]
        match number.fract() == 0.0 && number.abs() <= EXACT {
            true => Self::Int(number as i64),
            false => Self::Float(number.to_bits()),
        }
    }
}

impl Serialize for KeyValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(truth) => serializer.serialize_bool(*truth),
            Self::Int(number) => serializer.serialize_i64(*number),
            Self::Float(bits) => serializer.serialize_f64(f64::from_bits(*bits)),
            Self::Text(text) => serializer.serialize_str(text),
        }
    }
}

/// The tuples of `keys` that an event has: one for each combination of their distinct values, in order. None where it
/// lacks a key that is not optional; without keys the empty one.
#[must_use]
pub fn tuples(event: &dyn Document, keys: &[Field], schema: &dyn Schema) -> Vec<Tuple> {
    let mut tuples = vec![Tuple::new()];
    for key in keys {
        let kind = schema.field_type(&key.name);
        let mut values = Vec::new();
        event.any(&key.name, &mut |value| {
            values.push(KeyValue::of(value, kind));
            values.len() > MOST
        });
        values.sort();
        values.dedup();
        if values.is_empty() && key.optional {
            values.push(KeyValue::Null);
        }
        let with =
            |tuple: &Tuple| values.iter().map(|value| [tuple, [value.clone()].as_slice()].concat()).collect::<Vec<_>>();
        tuples = tuples.iter().flat_map(with).take(MOST).collect();
    }
    tuples
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::diag::Span;
    use crate::query::Json;

    #[derive(Debug)]
    struct Typed;

    impl Schema for Typed {
        fn field_type(&self, field: &str) -> FieldType {
            match field {
                "keyword" => FieldType::Keyword,
                "long" => FieldType::Long,
                "ip" => FieldType::Ip,
                "bool" => FieldType::Boolean,
                _ => FieldType::Unmapped,
            }
        }
    }

    fn found(event: &Value, keys: &[&str]) -> String {
        let field = |key: &&str| {
            let (name, optional) = key.strip_prefix('?').map_or((*key, false), |name| (name, true));
            Field { name: name.to_owned(), optional, span: Span::default() }
        };
        let keys: Vec<Field> = keys.iter().map(field).collect();
        serde_json::to_string(&tuples(&Json(event), &keys, &Typed)).unwrap()
    }

    #[test]
    fn each_combination_of_distinct_values_is_a_tuple() {
        let event = json!({"a": ["y", "x", "y", null], "b": [2, 1], "c": null});
        assert_eq!(found(&event, &["a"]), r#"[["x"],["y"]]"#);
        assert_eq!(found(&event, &["b", "a"]), r#"[[1,"x"],[1,"y"],[2,"x"],[2,"y"]]"#);
        assert_eq!(found(&event, &[]), "[[]]");
    }

    #[test]
    fn a_key_that_is_absent_takes_no_part_unless_it_is_optional() {
        let event = json!({"a": "x", "c": [null], "d": []});
        for absent in ["b", "c", "d"] {
            assert_eq!(found(&event, &["a", absent]), "[]");
            assert_eq!(found(&event, &["a", &format!("?{absent}")]), r#"[["x",null]]"#);
        }
        assert_eq!(found(&event, &["?a"]), r#"[["x"]]"#);
    }

    #[test]
    fn values_have_the_type_of_their_field_and_else_that_of_json() {
        let event = json!({
            "keyword": [1, "1", true], "long": ["1", 1.0, 1], "ip": ["::ffff:192.0.2.1", "192.0.2.1"], "bool": ["true", true],
            "other": [1, 1.0, 1.5, "1", true, "true"],
        });
        assert_eq!(found(&event, &["keyword"]), r#"[["1"],["true"]]"#);
        assert_eq!(found(&event, &["long"]), "[[1]]");
        assert_eq!(found(&event, &["ip"]), r#"[["192.0.2.1"]]"#);
        assert_eq!(found(&event, &["bool"]), "[[true]]");
        assert_eq!(found(&event, &["other"]), r#"[[true],[1],[1.5],["1"],["true"]]"#);
    }

    #[test]
    fn many_values_of_many_keys_are_not_all_combined() {
        let many: Vec<usize> = (0..1_000).collect();
        let event = json!({"a": many, "b": many});
        let key = |name: &str| Field { name: name.to_owned(), optional: false, span: Span::default() };
        assert_eq!(tuples(&Json(&event), &[key("a"), key("b")], &Typed).len(), MOST);
    }
}
