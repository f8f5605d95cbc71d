//! JSON that borrows its text from the record it is read from, and keeps its objects as lists: documents are made of it
//! in passing, many a second, and few are asked twice for the same key.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::{Number, Value};

/// Objects of more members than this find repeated keys by a table.
const FEW: usize = 32;

#[derive(Debug, Clone, PartialEq, Default)]
pub(super) enum Json<'a> {
    #[default]
    Null,
    Bool(bool),
    Number(Number),
    Text(Cow<'a, str>),
    List(Vec<Self>),
    Object(Object<'a>),
}

impl<'a> Json<'a> {
    /// Reads a text; null where it is no JSON.
    pub(super) fn read(text: &'a str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }

    pub(super) fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn as_list(&self) -> Option<&[Self]> {
        match self {
            Self::List(items) => Some(items),
            _ => None,
        }
    }

    pub(super) fn as_object(&self) -> Option<&Object<'a>> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    pub(super) fn into_object(self) -> Object<'a> {
        match self {
            Self::Object(object) => object,
            _ => Object::default(),
        }
    }
}

/// A JSON object: its members in order, each key once.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Object<'a>(Vec<(Cow<'a, str>, Json<'a>)>);

impl<'a> Object<'a> {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// The object with these members. Of those with the same key the first says the place and the last the value.
    pub(super) fn of(members: Vec<(Cow<'a, str>, Json<'a>)>) -> Self {
        let repeated = if members.len() <= FEW {
            (1..members.len()).any(|at| members[..at].iter().any(|(key, _)| *key == members[at].0))
        } else {
            true
        };
        if !repeated {
            return Self(members);
        }
        let mut places = HashMap::with_capacity(members.len());
        let mut kept: Vec<(Cow<'a, str>, Json<'a>)> = Vec::with_capacity(members.len());
        for (key, value) in members {
            match places.get(&key).and_then(|at: &usize| kept.get_mut(*at)) {
                Some(member) => member.1 = value,
                None => {
                    places.insert(key.clone(), kept.len());
                    kept.push((key, value));
                }
            }
        }
        Self(kept)
    }

    fn place(&self, key: &str) -> Option<usize> {
        self.0.iter().position(|(own, _)| own == key)
    }

    pub(super) fn get(&self, key: &str) -> Option<&Json<'a>> {
        self.0.iter().find(|(own, _)| own == key).map(|(_, value)| value)
    }

    pub(super) fn get_mut(&mut self, key: &str) -> Option<&mut Json<'a>> {
        self.0.iter_mut().find(|(own, _)| own == key).map(|(_, value)| value)
    }

    /// Puts a value under a key, in place of what is there.
    pub(super) fn insert(&mut self, key: &'a str, value: Json<'a>) {
        match self.get_mut(key) {
            Some(known) => *known = value,
            None => self.0.push((Cow::Borrowed(key), value)),
        }
    }

    /// Adds what `other` has, object by object; the items of its lists to those that are there, each once. What is of
    /// another kind gives way.
    pub(super) fn add(&mut self, other: &Object<'static>) {
        for (key, value) in &other.0 {
            match (self.get_mut(key), value) {
                (Some(Json::Object(own)), Json::Object(more)) => own.add(more),
                (Some(own @ (Json::List(_) | Json::Text(_))), Json::List(more)) => {
                    let mut items = match std::mem::take(own) {
                        Json::List(items) => items,
                        one => vec![one],
                    };
                    let fresh = more.iter().filter(|item| !items.contains(item)).cloned().collect::<Vec<_>>();
                    items.extend(fresh);
                    *own = Json::List(items);
                }
                (Some(own), value) => *own = value.clone(),
                (None, value) => self.0.push((key.clone(), value.clone())),
            }
        }
    }

    /// Takes a value out; the last member takes its place.
    pub(super) fn take(&mut self, key: &str) -> Option<Json<'a>> {
        self.place(key).map(|at| self.0.swap_remove(at).1)
    }

    /// Takes a value out; the others keep their order.
    pub(super) fn remove(&mut self, key: &str) -> Option<Json<'a>> {
        self.place(key).map(|at| self.0.remove(at).1)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn into_members(self) -> Vec<(Cow<'a, str>, Json<'a>)> {
        self.0
    }

    pub(super) fn members(&self) -> &[(Cow<'a, str>, Json<'a>)] {
        &self.0
    }

    /// Drops the members whose value `keep` does not want to keep.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(&mut Json<'a>) -> bool) {
        self.0.retain_mut(|(_, value)| keep(value));
    }
}

impl<'a> From<&'a str> for Json<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl<'a> From<Cow<'a, str>> for Json<'a> {
    fn from(text: Cow<'a, str>) -> Self {
        Self::Text(text)
    }
}

impl From<String> for Json<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl From<bool> for Json<'_> {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl<'a, T: Into<Self>> From<Vec<T>> for Json<'a> {
    fn from(items: Vec<T>) -> Self {
        Self::List(items.into_iter().map(Into::into).collect())
    }
}

impl<'a> From<Object<'a>> for Json<'a> {
    fn from(object: Object<'a>) -> Self {
        Self::Object(object)
    }
}

impl From<Value> for Json<'_> {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(truth) => Self::Bool(truth),
            Value::Number(number) => Self::Number(number),
            Value::String(text) => text.into(),
            Value::Array(items) => items.into(),
            Value::Object(map) => {
                Self::Object(Object(map.into_iter().map(|(key, value)| (Cow::Owned(key), value.into())).collect()))
            }
        }
    }
}

impl From<Json<'_>> for Value {
    fn from(json: Json<'_>) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(truth) => Self::Bool(truth),
            Json::Number(number) => Self::Number(number),
            Json::Text(text) => Self::String(text.into_owned()),
            Json::List(items) => Self::Array(items.into_iter().map(Into::into).collect()),
            Json::Object(object) => {
                Self::Object(object.0.into_iter().map(|(key, value)| (key.into_owned(), value.into())).collect())
            }
        }
    }
}

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(truth) => serializer.serialize_bool(*truth),
            Self::Number(number) => number.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => serializer.collect_seq(items),
            Self::Object(object) => {
                let mut map = serializer.serialize_map(Some(object.0.len()))?;
                for (key, value) in &object.0 {
                    map.serialize_entry(&**key, value)?;
                }
                map.end()
            }
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Json<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Self::Value, E> {
        Ok(Json::Bool(truth))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Json::Number(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Json::Number(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Number::from_f64(number).map_or(Json::Null, Json::Number))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(text.into())
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(text.to_owned().into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Json::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(Key(key)) = map.next_key()? {
            members.push((key, map.next_value()?));
        }
        Ok(Json::Object(Object::of(members)))
    }
}

struct Key<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Key<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyKey;

        impl<'de> Visitor<'de> for AnyKey {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(AnyKey)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Many keys, some of them twice.
    fn wide() -> String {
        let members: Vec<String> = (0..200).map(|n| format!("\"k{}\":{n}", n % 150)).collect();
        format!("{{{}}}", members.join(","))
    }

    #[test]
    fn reads_and_writes_as_values_do() {
        let wide = wide();
        for text in [
            r#"{"a":null,"b":[true,-1,18446744073709551615,1.5e300,0.1],"c":{"d\n":"é\"","e":{}},"a":"last"}"#,
            r#"{"a":1,"b":2,"a":{"x":"y"},"c":3,"b":null}"#,
            r#"["\ud83d\ude00",[]]"#,
            "7",
            &wide,
        ] {
            let value: Value = serde_json::from_str(text).unwrap();
            let read = Json::read(text);
            assert_eq!(Value::from(read.clone()), value);
            assert_eq!(serde_json::to_string(&read).unwrap(), value.to_string());
            assert_eq!(Json::from(value), read);
        }
        assert_eq!(Json::read("{\"a\":"), Json::Null);
    }

    #[test]
    fn text_without_escapes_is_borrowed() {
        let read = Json::read(r#"{"plain":"text","escaped":"a\tb"}"#).into_object();
        assert!(matches!(read.get("plain"), Some(Json::Text(Cow::Borrowed("text")))));
        assert!(matches!(read.get("escaped"), Some(Json::Text(Cow::Owned(text))) if text == "a\tb"));
    }

    #[test]
    fn members_change_places_only_where_one_is_taken_out() {
        let mut object = Json::from(json!({"a": 1, "b": 2, "c": 3})).into_object();
        object.insert("b", Json::Null);
        object.insert("d", true.into());
        assert_eq!(object.take("a"), Some(Json::Number(1.into())));
        assert_eq!(object.take("a"), None);
        assert_eq!(Value::from(Json::Object(object)).to_string(), r#"{"d":true,"b":null,"c":3}"#);
    }
}
