//! The query parser: no text makes it panic, a tree printed as KQL parses to the same tree, and both find the same
//! events. What fails to parse fails at a character, with a message.

#![no_main]

use std::sync::LazyLock;

use chrono::DateTime;
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use watchfloor::event::{self, Event};
use watchfloor::query::kql::{self, parse, parse_literal};
use watchfloor::query::{Document, Json, NoSchema};

const RECORD: &str = r#"{"eventVersion":"1.08","eventTime":"2026-11-23T10:41:52Z","eventSource":"rds.amazonaws.com",
    "eventName":"StartExportTask","awsRegion":"us-east-1","sourceIPAddress":"198.51.100.23","userAgent":"aws-cli/2.15.0 S3 Browser",
    "userIdentity":{"type":"IAMUser","userName":"alice","accountId":"111122223333"},"eventID":"e-1","readOnly":false,
    "requestParameters":{"exportTaskIdentifier":"orders","s3BucketName":"a b*c"},"resources":[{"ARN":"a","type":"t"},{"ARN":"b"}]}"#;

static EVENT: LazyLock<Event<'static>> = LazyLock::new(|| Event::parse(RECORD.as_bytes()).expect("a record"));

/// Its document.
static ECS: LazyLock<Value> = LazyLock::new(|| EVENT.ecs());

/// A document in which fields are anything but what their names promise.
static ODD: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "a": [{"b": 1, "c": ["x", null, true]}, {"b": 2.5, "d.e": "or"}], "a.b": "and", "": "", "ip": "2001:db8::1",
        "ts": "2026-11-23", "source.ip": ["10.0.0.1", "not an address"], "@timestamp": 1_795_430_512_000_i64,
        "error.message": "Words, and More words",
    })
});

fuzz_target!(|text: &str| {
    let _ = parse_literal(text).map(|term| term.to_string());
    let now = DateTime::UNIX_EPOCH;
    let query = match kql::compile_at(text, event::schema(), now) {
        Ok(query) => query,
        Err(error) => {
            assert!(text.is_char_boundary(error.offset));
            assert!(!error.to_string().is_empty() && error.to_diagnostic().place.is_some());
            return;
        }
    };
    let node = parse(text).expect("compiled, so it parses");
    let (tree, printed) = (node.to_json(), node.to_string());
    let again =
        kql::compile_at(&printed, event::schema(), now).unwrap_or_else(|e| panic!("printed as {printed}: {e}"));
    let reparsed = parse(&printed).expect("printed, so it parses");
    assert_eq!(reparsed.to_json(), tree, "printed as {printed}");
    assert_eq!(again.fields(), query.fields());
    for warning in query.warnings() {
        assert!(!warning.to_string().is_empty());
    }

    let negated = kql::compile_at(&format!("not ({text}\n)"), event::schema(), now).ok();
    for document in [&*EVENT as &dyn Document, &Json(&ECS), &Json(&ODD)] {
        let matches = query.matches(document);
        assert_eq!(again.matches(document), matches, "printed as {printed}");
        if let Some(negated) = &negated {
            assert_ne!(negated.matches(document), matches);
        }
    }
    let _ = kql::compile_at(text, &NoSchema, now).map(|query| query.matches(&*EVENT));
});
