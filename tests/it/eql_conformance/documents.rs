//! The documents that the cases are asked of, and the types of their fields.

use std::fs;

use serde_json::{Map, Value};
use watchfloor::query::{FieldType, Schema};

use crate::conformance::root;

/// A mapping: fields of a type, all others keywords, and those that no mapping names.
#[derive(Debug, Default)]
pub(super) struct Mapping {
    types: Vec<(String, FieldType)>,
    unmapped: Vec<String>,
    /// Where an unknown field is an error, only these are mapped.
    only: bool,
}

impl Schema for Mapping {
    fn field_type(&self, field: &str) -> FieldType {
        self.types.iter().find(|(name, _)| name == field).map_or(FieldType::Keyword, |(_, kind)| *kind)
    }

    fn is_mapped(&self, field: &str) -> bool {
        let named = !self.only || self.types.iter().any(|(name, _)| name == field);
        named && !self.unmapped.iter().any(|name| name == field)
    }
}

impl Mapping {
    /// The mapping of a case that names its types and what is not mapped.
    pub(super) fn of_case(case: &Value) -> &'static Self {
        let types = case["types"].as_object().cloned().unwrap_or_default();
        let unmapped = case["unmapped"].as_array().cloned().unwrap_or_default();
        let names = unmapped.iter().map(|name| name.as_str().unwrap().to_owned()).collect();
        Self { types: typed(&types), unmapped: names, only: false }.leaked()
    }

    /// The same, where every field that is not named is unknown.
    pub(super) fn only(case: &Value) -> &'static Self {
        let types = case["types"].as_object().cloned().unwrap_or_default();
        Self { types: typed(&types), unmapped: Vec::new(), only: true }.leaked()
    }

    /// The mapping of a file of events.
    pub(super) fn of_data(data: &str) -> &'static Self {
        let all =
            |kind: FieldType, names: &str| names.split(' ').map(|name| (name.to_owned(), kind)).collect::<Vec<_>>();
        let types = match data {
            "events.json" => [
                all(
                    FieldType::Long,
                    "serial_event_id opcode pid ppid unique_pid unique_ppid exit_code authentication_id \
                     bytes_written_count source_port destination_port timestamp",
                ),
                all(FieldType::Ip, "source_address destination_address"),
            ]
            .concat(),
            _ => [
                all(FieldType::Long, "transID sequence process.pid process.entity_id"),
                all(FieldType::Date, "@timestamp date_tags"),
            ]
            .concat(),
        };
        let unmapped = match data {
            "events-extra.json" => ["x", "y", "inexistent_field"].map(str::to_owned).to_vec(),
            _ => Vec::new(),
        };
        Self { types, unmapped, only: false }.leaked()
    }

    fn leaked(self) -> &'static Self {
        Box::leak(Box::new(self))
    }
}

fn typed(types: &Map<String, Value>) -> Vec<(String, FieldType)> {
    let kind = |name: &str| match name {
        "keyword" | "text with keyword sub-field" => FieldType::Keyword,
        "wildcard" => FieldType::Wildcard,
        "text" => FieldType::Text,
        "ip" => FieldType::Ip,
        "date" => FieldType::Date,
        "long" | "integer" => FieldType::Long,
        "double" | "float" => FieldType::Double,
        "boolean" => FieldType::Boolean,
        other => panic!("a field of type {other}"),
    };
    types.iter().map(|(name, of)| (name.clone(), kind(of.as_str().unwrap()))).collect()
}

/// The events of a file, in the order of a search.
pub(super) fn events(data: &str) -> Vec<Value> {
    let text = fs::read_to_string(root().join("eql").join(data)).unwrap();
    let mut events: Vec<Value> = serde_json::from_str(&text).unwrap();
    let id = if data == "events.json" { "serial_event_id" } else { "sequence" };
    events.sort_by_key(|event| (time(event), event[id].as_i64()));
    events
}

/// Milliseconds since 1970.
pub(super) fn time(event: &Value) -> i64 {
    if let Some(ticks) = event["timestamp"].as_i64() {
        return ticks / 10_000 - 11_644_473_600_000;
    }
    match &event["@timestamp"] {
        Value::Number(millis) => millis.as_i64().unwrap(),
        Value::String(text) => {
            text.parse().unwrap_or_else(|_| text.parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp_millis())
        }
        other => panic!("{other} is no time"),
    }
}
