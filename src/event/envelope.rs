//! Documents that come from a shipper: already ECS (nested, or with dotted keys), or an envelope whose text field holds
//! a CloudTrail record that nobody has mapped yet.

use serde_json::{Map, Value};

use super::json::{Json, Object};
use super::record::{Record, Shape};
use super::tree::{get, set, take};
use super::{BadEvent, GeoIp, document, time};

/// A document, ready to be asked.
pub(super) struct Wrapped {
    /// The nested ECS document.
    pub(super) ecs: Json<'static>,
    /// The CloudTrail record it came from, where the document still holds it.
    pub(super) record: Option<String>,
    /// Whether it came mapped, so that nothing may be added to it.
    pub(super) mapped: bool,
}

/// Reads a document whose text has been checked.
pub(super) fn read(text: &str, geoip: Option<&GeoIp>) -> Result<Wrapped, BadEvent> {
    let mut doc = plain(text);
    let mapped = ["event.action", "event.provider", "aws.cloudtrail"].iter().any(|field| get(&doc, field).is_some());
    let is_document = ["@timestamp", "event", "ecs", "data_stream", "aws.cloudtrail"];
    let is_document = is_document.iter().any(|field| get(&doc, field).is_some());

    let original = take(&mut doc, "event.original");
    let (field, original) = match original {
        Some(Json::Text(original)) => ("event.original", Some(original.into_owned())),
        _ => ("message", get(&doc, "message").and_then(Json::as_str).map(str::to_owned)),
    };
    let record = match original.as_deref().map(str::trim).filter(|text| text.starts_with('{')) {
        None => None,
        Some(text) => match Record::read(text) {
            Ok(record) => (record.shape() == Shape::CloudTrail).then(|| text.to_owned()),
            Err(_) if mapped => None,
            Err(source) => return Err(BadEvent::Inner { field, source: Box::new(source) }),
        },
    };
    // Written in another way than rules and Elasticsearch read it.
    let stamp = get(&doc, "@timestamp").and_then(Json::as_str).filter(|text| time::parse(text).is_none());
    if let Some(at) = stamp.and_then(time::parse_event) {
        set(&mut doc, "@timestamp", time::format(at));
    }
    let ecs = match &record {
        Some(record) if !mapped => {
            doc.remove("message");
            if let Some(received) = doc.remove("@timestamp") {
                set(&mut doc, "event.created", received);
            }
            // Where the mapping has put an object in place of a value that blocked dotted keys, they belong into it.
            Json::Object(match Value::from(document::build(record, doc, geoip)) {
                Value::Object(doc) => nested(doc),
                _ => Object::new(),
            })
        }
        _ if is_document => Json::Object(doc),
        _ => return Err(BadEvent::NotAnEvent),
    };
    Ok(Wrapped { ecs, record, mapped })
}

/// A text that has been checked, as a document that nobody maps.
pub(super) fn plain(text: &str) -> Object<'static> {
    nested(serde_json::from_str(text).unwrap_or_default())
}

/// [`nest`], ready to be asked.
fn nested(flat: Map<String, Value>) -> Object<'static> {
    Json::from(Value::Object(nest(flat))).into_object()
}

/// Turns dotted keys of the outer object into objects. A key whose path is blocked by a value that is no object stays
/// as it is. Keys further down are left alone: below `aws.cloudtrail.flattened` dots belong to the names.
fn nest(flat: Map<String, Value>) -> Map<String, Value> {
    let mut doc = Map::new();
    for (key, value) in flat {
        merge(&mut doc, &key, value);
    }
    doc
}

fn merge(doc: &mut Map<String, Value>, path: &str, value: Value) {
    if let Some((head, rest)) = path.split_once('.') {
        if doc.get(head).is_none_or(Value::is_object) {
            if let Some(inner) = doc.entry(head).or_insert_with(|| Value::Object(Map::new())).as_object_mut() {
                merge(inner, rest, value);
            }
            return;
        }
    } else if let (Some(Value::Object(into)), Value::Object(from)) = (doc.get_mut(path), &value) {
        for (key, value) in from {
            merge_plain(into, key, value.clone());
        }
        return;
    }
    doc.insert(path.to_owned(), value);
}

/// Merges objects key by key, without reading dots in the keys.
fn merge_plain(into: &mut Map<String, Value>, key: &str, value: Value) {
    match (into.get_mut(key), value) {
        (Some(Value::Object(into)), Value::Object(from)) => {
            for (key, value) in from {
                merge_plain(into, &key, value);
            }
        }
        (_, value) => {
            into.insert(key.to_owned(), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn nested(value: Value) -> Value {
        let Value::Object(flat) = value else { panic!() };
        Value::Object(nest(flat))
    }

    #[test]
    fn dotted_keys_become_objects_and_meet_nested_ones() {
        assert_eq!(
            nested(json!({
                "event": {"action": "A", "x": {"y": 1}}, "event.id": "i", "event.x.z": 2, "user.name": "n",
                "user": {"id": "u"}, "aws.cloudtrail.flattened.request_parameters": {"a.b": 1},
            })),
            json!({
                "event": {"action": "A", "x": {"y": 1, "z": 2}, "id": "i"}, "user": {"name": "n", "id": "u"},
                "aws": {"cloudtrail": {"flattened": {"request_parameters": {"a.b": 1}}}},
            })
        );
        assert_eq!(nested(json!({"user": "n", "user.id": "u"})), json!({"user": "n", "user.id": "u"}));
    }

    #[test]
    fn a_document_of_a_wrapped_record_reads_back_as_itself() {
        let text = r#"{"@timestamp":"2026-11-23T10:00:00Z","data_stream":0,"data_stream.type":"logs",
            "message":"{\"eventVersion\":\"1.11\",\"eventName\":\"X\",\"eventSource\":\"s\"}"}"#;
        let ecs = Value::from(read(text, None).unwrap().ecs);
        assert_eq!(ecs["data_stream"], json!({"dataset": "aws.cloudtrail", "type": "logs"}));
        assert_eq!(Value::from(read(&ecs.to_string(), None).unwrap().ecs), ecs);
    }
}
