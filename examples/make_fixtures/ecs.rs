//! The same records as shippers hand them on: ECS documents, nested and dotted, and raw records inside a document.

use serde_json::{Map, Value, json};

/// What Elastic's integration makes of `record`, its main fields, nested.
pub(crate) fn nested(record: &Value) -> Value {
    let text = |key: &str| record[key].clone();
    let identity = &record["userIdentity"];
    let outcome = if record["errorCode"].is_null() { "success" } else { "failure" };
    json!({
        "@timestamp": text("eventTime"),
        "ecs": { "version": "8.11.0" },
        "data_stream": { "type": "logs", "dataset": "aws.cloudtrail", "namespace": "default" },
        "event": {
            "dataset": "aws.cloudtrail",
            "module": "aws",
            "kind": "event",
            "type": ["info"],
            "provider": text("eventSource"),
            "action": text("eventName"),
            "outcome": outcome,
            "id": text("eventID"),
            "created": text("eventTime"),
        },
        "cloud": { "provider": "aws", "region": text("awsRegion"), "account": { "id": identity["accountId"] } },
        "source": { "address": text("sourceIPAddress"), "ip": text("sourceIPAddress") },
        "user_agent": { "original": text("userAgent") },
        "user": { "name": identity["sessionContext"]["sessionIssuer"]["userName"], "id": identity["principalId"] },
        "aws": { "cloudtrail": {
            "event_version": text("eventVersion"),
            "event_type": text("eventType"),
            "request_id": text("requestID"),
            "recipient_account_id": text("recipientAccountId"),
            "user_identity": {
                "type": identity["type"],
                "arn": identity["arn"],
                "access_key_id": identity["accessKeyId"],
            },
            "flattened": {
                "request_parameters": text("requestParameters"),
                "response_elements": text("responseElements"),
            },
        } },
    })
}

/// The same document with dotted keys at the top level.
pub(crate) fn dotted(record: &Value) -> Value {
    let mut flat = Map::new();
    flatten("", &nested(record), &mut flat);
    Value::Object(flat)
}

fn flatten(prefix: &str, value: &Value, flat: &mut Map<String, Value>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
                flatten(&path, value, flat);
            }
        }
        Value::Null => {}
        _ => {
            flat.insert(prefix.to_owned(), value.clone());
        }
    }
}

/// Filebeat's document before any pipeline: the raw record in `message`.
pub(crate) fn in_message(record: &Value) -> Value {
    json!({
        "@timestamp": record["eventTime"],
        "message": record.to_string(),
        "input": { "type": "aws-s3" },
        "event": { "module": "aws", "dataset": "aws.cloudtrail" },
        "fileset": { "name": "cloudtrail" },
        "agent": { "type": "filebeat", "version": "8.19.0" },
    })
}

/// A document that kept the raw record in `event.original` and nothing else of it.
pub(crate) fn in_event_original(record: &Value) -> Value {
    json!({
        "@timestamp": record["eventTime"],
        "data_stream": { "type": "logs", "dataset": "aws.cloudtrail", "namespace": "default" },
        "event": { "dataset": "aws.cloudtrail", "original": record.to_string() },
        "tags": ["preserve_original_event", "aws-cloudtrail"],
    })
}
