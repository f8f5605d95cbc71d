//! Events, one a line: hot fields and the document agree, a document reads back as itself, and nothing panics on the
//! way to fields, ids and the actor.

#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use watchfloor::event::{self, Event};
use watchfloor::query::{Document, Json};

/// Fields that are answered from the record's own bytes, and one that is not.
const HOT: [&str; 23] = [
    "@timestamp",
    "aws.cloudtrail.error_code",
    "aws.cloudtrail.error_message",
    "aws.cloudtrail.user_identity.access_key_id",
    "aws.cloudtrail.user_identity.arn",
    "aws.cloudtrail.user_identity.invoked_by",
    "aws.cloudtrail.user_identity.type",
    "cloud.account.id",
    "cloud.provider",
    "cloud.region",
    "data_stream.dataset",
    "event.action",
    "event.dataset",
    "event.id",
    "event.kind",
    "event.module",
    "event.outcome",
    "event.provider",
    "source.address",
    "source.ip",
    "user.name",
    "user_agent.original",
    "event.category",
];

/// What makes an object a record of CloudTrail, in a document of somebody's own making too.
const RECORD_KEYS: [&str; 6] =
    ["eventName", "eventSource", "eventVersion", "digestEndTime", "digestS3Object", "insightDetails"];

fuzz_target!(|bytes: &[u8]| bytes.split(|b| *b == b'\n').for_each(line));

fn line(bytes: &[u8]) {
    let event = match Event::parse(bytes) {
        Ok(event) => event,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    // Asked first, so that the answers do not come from the document.
    let hot = HOT.map(|field| values(&event, field));
    let (id, at) = (event.id().to_owned(), event.time());
    let document = &event.ecs();
    for (field, hot) in HOT.iter().zip(hot) {
        assert_eq!(hot, values(&Json(document), field), "{field}");
    }
    assert!(!id.is_empty());
    assert!(event.record().is_object(), "{}", event.raw());
    assert_eq!(at.is_some(), document.get("@timestamp").is_some_and(|at| at.as_str().is_some_and(is_instant)));

    let written = document.to_string();
    let is_record = RECORD_KEYS.iter().any(|key| document.get(key).is_some());
    if let (false, Ok(again)) = (is_record, Event::parse(written.as_bytes())) {
        let read: Value = serde_json::from_str(&written).expect("written as JSON");
        assert_eq!(again.ecs(), read, "a document passes through as it is");
    }
    for field in ["related.entity", "entity.target.id", "user.entity.id", "user.name.text", "aws.cloudtrail.flattened"]
    {
        let _ = event.get(field);
    }
    event.any_field(&mut |field| {
        assert!(!field.is_empty() || document.get("").is_some());
        false
    });
    event.any_object("aws.cloudtrail.resources", &mut |object| object.any("arn", &mut |_| false));
    let _ = (event::actor(&event), event::identity(&event));
}

fn values(document: &dyn Document, field: &str) -> Vec<String> {
    let mut values = Vec::new();
    document.any(field, &mut |value| {
        values.push(format!("{value:?}"));
        false
    });
    values
}

/// Whether a document's `@timestamp` is a time. Only its own reader can say so of a document that came mapped.
fn is_instant(text: &str) -> bool {
    Event::parse(serde_json::json!({ "@timestamp": text }).to_string().as_bytes()).is_ok_and(|e| e.time().is_some())
}
