//! The ECS document of every record of the conformance pairs, against the document Elastic's integration makes of it.

#![allow(clippy::print_stdout, reason = "says what was skipped, and how many documents agree")]

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use watchfloor::event::{self, Event, GeoIp};
use watchfloor::query::{Document, FieldRef};

/// Where our document differs from the pairs on purpose, and why. The pairs were made by version 2.24.1 of the
/// integration; where later versions map differently, the latest counts.
///
/// Fields only the expected document has:
const NOT_MADE: [(&str, &str); 5] = [
    ("event.original", "the record is kept beside the document, not inside it"),
    ("event.created", "the time of ingestion, which the test harness simulates; nothing is ingested here"),
    ("tags", "set by the test harness to keep event.original"),
    ("source.geo", "needs a MaxMind database"),
    ("source.as", "needs a MaxMind database"),
];

/// Fields only our document has, which later versions of the integration added, and constants of its data stream:
const ADDED: [(&str, &str); 32] = [
    ("event.dataset", "a constant of the data stream, outside the pipeline"),
    ("data_stream", "a constant of the data stream, outside the pipeline"),
    ("event.module", "a constant of the data stream, outside the pipeline"),
    ("cloud.provider", "newer than the pairs"),
    ("cloud.service", "newer than the pairs"),
    ("service", "newer than the pairs: services that act by themselves, or in a role that is theirs"),
    ("actor", "whom and what it is about, which the integration makes where it is told to"),
    ("entity", "the same"),
    ("host", "the same"),
    ("target", "the same"),
    ("user.entity", "the same"),
    ("user.target.entity", "the same"),
    ("related.entity", "the same"),
    ("related.ip", "newer than the pairs"),
    ("related.hosts", "newer than the pairs"),
    ("user.email", "newer than the pairs"),
    ("related.user", "newer versions add the ids and session names of users; ours must hold all that the pair has"),
    ("aws.cloudtrail.session_credential_from_console", "newer than the pairs"),
    ("aws.cloudtrail.shared_event_id", "the pairs' version looked for it under a name CloudTrail does not use"),
    ("aws.cloudtrail.vpc_endpoint_account_id", "newer than the pairs"),
    ("aws.cloudtrail.addendum", "newer than the pairs"),
    ("aws.cloudtrail.tls_details", "newer than the pairs"),
    ("aws.cloudtrail.user_identity.on_behalf_of", "newer than the pairs"),
    ("aws.cloudtrail.user_identity.invoked_by_delegate", "newer than the pairs"),
    ("aws.cloudtrail.user_identity.credential_id", "newer than the pairs"),
    ("aws.cloudtrail.user_identity.identity_provider", "newer than the pairs"),
    ("aws.cloudtrail.user_identity.in_scope_of", "newer than the pairs"),
    ("aws.cloudtrail.user_identity.session_context.ec2_role_delivery", "newer than the pairs"),
    ("aws.cloudtrail.user_identity.session_context.source_identity", "newer than the pairs"),
    ("aws.cloudtrail.user_identity.session_context.web_id_federation_data", "newer than the pairs"),
    ("aws.cloudtrail.user_identity.session_context.assumed_root", "newer than the pairs"),
    ("aws.cloudtrail.user_identity.session_context.sign_in_session_arn", "newer than the pairs"),
];

/// Fields that newer versions write in another way: the pair's value is brought to the new form before comparing.
const CHANGED: [(&str, &str); 7] = [
    ("cloud.account.id", "falls back to the account that received the record"),
    ("aws.cloudtrail.management_event", "a string, as its mapping says"),
    ("event.category, event.type", "actions added to the table"),
    ("empty objects", "dropped at the end of the pipeline"),
    ("`-` and `none`", "dropped at its beginning, and so from the strings made of objects"),
    ("user.name, user.id", "not of services that act by themselves, or in a role that is theirs"),
    ("file.hash, related.hash of a digest", "the signature is one no longer; related is the hash value"),
];

fn conformance() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance");
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: {} is not there", path.display());
    None
}

fn take(object: &mut Map<String, Value>, path: &str) -> Option<Value> {
    match path.split_once('.') {
        Some((head, rest)) => {
            let inner = object.get_mut(head)?.as_object_mut()?;
            let value = take(inner, rest);
            if inner.is_empty() {
                object.remove(head);
            }
            value
        }
        None => object.remove(path),
    }
}

/// Brings a pair's document to the form of the newest integration, as far as `CHANGED` says.
fn renew(expected: &mut Value, ours: &Value) {
    for path in ["/cloud/account/id", "/event/category", "/event/type"] {
        let newer = match path {
            "/cloud/account/id" => expected.pointer("/aws/cloudtrail/recipient_account_id").is_some(),
            _ => expected.pointer("/event/category").is_none(),
        };
        if newer && expected.pointer(path).is_none_or(|value| *value == json!(["info"])) {
            copy(expected, ours, path);
        }
    }
    if let Some(managed) = expected.pointer_mut("/aws/cloudtrail/management_event")
        && let Value::Bool(truth) = managed
    {
        *managed = json!(truth.to_string());
    }
    for name in ["request_parameters", "response_elements", "additional_eventdata", "service_event_details"] {
        let object = expected.pointer(&format!("/aws/cloudtrail/flattened/{name}"));
        if object.is_some_and(holds_nothing) {
            copy(expected, ours, &format!("/aws/cloudtrail/{name}"));
        }
    }
    let fields = expected.as_object_mut().unwrap();
    if ours.pointer("/service/name").is_some() {
        take(fields, "user.name");
        take(fields, "user.id");
    }
    if fields.get("aws").is_some_and(|aws| aws.pointer("/cloudtrail/flattened/digest").is_some()) {
        take(fields, "file.hash");
        take(fields, "related.hash");
        for name in ["previous_s3_object", "previous_signature", "previous_hash_value", "public_key_fingerprint"] {
            copy(expected, ours, &format!("/aws/cloudtrail/flattened/digest/{name}"));
        }
        copy(expected, ours, "/related/hash");
    }
    drop_empty(expected);
}

fn stands_for_nothing(value: &Value) -> bool {
    matches!(value.as_str(), Some("-" | "none"))
}

fn holds_nothing(value: &Value) -> bool {
    match value {
        Value::Object(object) => object.values().any(holds_nothing),
        Value::Array(items) => items.iter().any(holds_nothing),
        text => stands_for_nothing(text),
    }
}

fn copy(to: &mut Value, from: &Value, path: &str) {
    let Some(value) = from.pointer(path) else { return };
    let mut at = to;
    let parts: Vec<&str> = path[1..].split('/').collect();
    for part in &parts[..parts.len() - 1] {
        at = at.as_object_mut().unwrap().entry(*part).or_insert_with(|| json!({}));
    }
    at[parts[parts.len() - 1]] = value.clone();
}

fn drop_empty(value: &mut Value) {
    let empty = |value: &Value| value.as_object().is_some_and(Map::is_empty) || stands_for_nothing(value);
    match value {
        Value::Object(object) => object.retain(|_, value| {
            drop_empty(value);
            !empty(value)
        }),
        Value::Array(items) => items.retain_mut(|value| {
            drop_empty(value);
            !empty(value)
        }),
        _ => {}
    }
}

/// What is different between the pair's document and ours, exceptions aside.
fn difference(expected: &Value, ours: &Value) -> Option<String> {
    let mut expected = expected.clone();
    let mut ours = ours.clone();
    renew(&mut expected, &ours);
    let (expected, ours) = (expected.as_object_mut().unwrap(), ours.as_object_mut().unwrap());
    for (field, _) in NOT_MADE {
        take(expected, field);
    }
    let related = take(expected, "related.user");
    let all = ours.get("related").and_then(|related| related.get("user")).cloned().unwrap_or(json!([]));
    for user in related.iter().filter_map(Value::as_array).flatten() {
        if !all.as_array().unwrap().contains(user) {
            return Some(format!("related.user lacks {user}"));
        }
    }
    for (field, _) in ADDED {
        // A field that the pair has is compared, whoever has it first.
        let pointer = format!("/{}", field.replace('.', "/"));
        if Value::Object(expected.clone()).pointer(&pointer).is_none() {
            take(ours, field);
        }
    }
    (expected != ours).then(|| format!("expected {}\nours     {}", json!(expected), json!(ours)))
}

#[test]
fn documents_equal_the_pairs() {
    let Some(folder) = conformance() else { return };
    let mut compared = 0;
    let mut different = Vec::new();
    let mut pairs: Vec<PathBuf> =
        fs::read_dir(folder.join("ecs")).unwrap().map(|entry| entry.unwrap().path()).collect();
    pairs.sort();
    for path in pairs.iter().filter(|path| path.extension().is_some_and(|extension| extension == "log")) {
        let log = fs::read_to_string(path).unwrap();
        let expected: Value =
            serde_json::from_str(&fs::read_to_string(format!("{}-expected.json", path.display())).unwrap()).unwrap();
        let expected = expected["expected"].as_array().unwrap();
        let records: Vec<&str> = log.lines().filter(|line| !line.trim().is_empty()).collect();
        assert_eq!(records.len(), expected.len(), "{}", path.display());
        for (record, expected) in records.iter().zip(expected) {
            let event = Event::parse(record.as_bytes()).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            compared += 1;
            if let Some(difference) = difference(expected, &event.ecs()) {
                different.push(format!("{}\n{difference}", path.display()));
            }
            assert_fields_equal_the_document(&event);
            assert_mapping_twice_changes_nothing(&event);
        }
    }
    assert!(compared > 0, "no pairs in {}", folder.display());
    assert!(different.is_empty(), "{} of {compared} differ:\n{}", different.len(), different.join("\n\n"));
    println!("{compared} documents equal, but for: {:?} {:?} {:?}", NOT_MADE.len(), ADDED.len(), CHANGED.len());
}

#[test]
fn real_records_parse_and_resolve_alike_both_ways() {
    let Some(folder) = conformance() else { return };
    let mut records = 0;
    for source in ["stratus", "traildiscover"] {
        for entry in fs::read_dir(folder.join("cloudtrail").join(source)).unwrap() {
            let text = fs::read_to_string(entry.unwrap().path()).unwrap();
            let value: Value = serde_json::from_str(&text).unwrap();
            let list = value.get("Records").unwrap_or(&value);
            for record in list.as_array().cloned().unwrap_or_else(|| vec![list.clone()]) {
                let text = record.to_string();
                let event = Event::parse(text.as_bytes()).unwrap();
                assert_eq!(event.record(), record);
                assert_eq!(event.id(), record["eventID"].as_str().unwrap());
                assert!(event.time().is_some());
                assert!(event::actor(&event).is_some(), "{text}");
                assert_fields_equal_the_document(&event);
                assert_mapping_twice_changes_nothing(&event);
                records += 1;
            }
        }
    }
    assert!(records > 0, "no records in {}", folder.display());
}

/// Every scalar of the document is what the event answers when asked for its field, whichever way it takes.
fn assert_fields_equal_the_document(event: &Event<'_>) {
    let text = event.ecs().to_string();
    let document = Event::parse(text.as_bytes()).unwrap();
    let mut fields = Vec::new();
    document.any_field(&mut |field| {
        fields.push(field.to_owned());
        false
    });
    assert!(fields.len() > 10);
    let hot = ["user.name", "source.ip", "cloud.account.id", "event.action", "event.provider", "event.id"];
    let hot = hot.into_iter().chain(["aws.cloudtrail.error_code", "aws.cloudtrail.user_identity.access_key_id"]);
    for field in &fields {
        let lack = event::lack(&FieldRef::Name(field.clone()), &GeoIp::default());
        assert_eq!(lack, None, "{field} is said to be in no record");
    }
    for field in fields.iter().map(String::as_str).chain(hot) {
        let values = |event: &Event<'_>| {
            let mut values = Vec::new();
            event.any(field, &mut |value| {
                values.push(format!("{value:?}"));
                false
            });
            values
        };
        assert_eq!(values(event), values(&document), "{field} of {}", event.raw());
    }
}

/// A document that has been mapped passes through, and a record inside a shipper's document is mapped alike.
fn assert_mapping_twice_changes_nothing(event: &Event<'_>) {
    let text = event.ecs().to_string();
    assert_eq!(Event::parse(text.as_bytes()).unwrap().ecs(), event.ecs());
    let wrapped = json!({ "message": event.raw() }).to_string();
    assert_eq!(Event::parse(wrapped.as_bytes()).unwrap().ecs(), event.ecs());
}
