//! The parser and the conditions of EQL: no text makes them panic, an error points at a place and says what to do, a tree
//! printed as EQL parses to one that prints the same, is prepared like the first and finds the same events; and what it
//! finds, the wider KQL finds.

#![no_main]

use std::sync::LazyLock;

use chrono::DateTime;
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use watchfloor::event::{self, Event};
use watchfloor::query::eql::{self, Prepared, Search, SyntaxError, parse, wider};
use watchfloor::query::{Document, Json, NoSchema, Schema, kql};

const RECORD: &str = r#"{"eventVersion":"1.08","eventTime":"2026-11-23T10:41:52Z","eventSource":"rds.amazonaws.com",
    "eventName":"StartExportTask","awsRegion":"us-east-1","sourceIPAddress":"198.51.100.23","userAgent":"aws-cli/2.15.0 S3 Browser",
    "userIdentity":{"type":"IAMUser","userName":"alice","accountId":"111122223333"},"eventID":"e-1","readOnly":false,
    "requestParameters":{"exportTaskIdentifier":"orders","s3BucketName":"a b*c"},"resources":[{"ARN":"a","type":"t"},{"ARN":"b"}]}"#;

static EVENT: LazyLock<Event<'static>> = LazyLock::new(|| Event::parse(RECORD.as_bytes()).expect("a record"));

/// A document in which fields are anything but what their names promise.
static ODD: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "a": [{"b": 1, "c": ["x", null, true]}, {"b": 2.5, "d.e": "or"}], "a.b": "and", "": "", "ip": "2001:db8::1",
        "ts": "2026-11-23", "source.ip": ["10.0.0.1", "not an address"], "@timestamp": 1_795_430_512_000_i64,
        "event": {"category": ["process", "file"]}, "b": true, "c": "Words, and More words", "d": [9.0e18, -1, 0],
    })
});

fn checked<T>(text: &str, result: Result<T, SyntaxError>) -> Option<T> {
    match result {
        Ok(found) => Some(found),
        Err(error) => {
            assert!(text.get(error.span.start..error.span.end).is_some());
            assert!(!error.message.is_empty() && !error.help.is_empty());
            assert!(error.to_diagnostic().place.is_some());
            None
        }
    }
}

fn find(prepared: &Prepared, document: &dyn Document, schema: &dyn Schema) -> Vec<bool> {
    if let Search::Sequence(search) = &prepared.search {
        let _ = search.parts(document, schema);
    }
    prepared.search.queries().iter().map(|query| query.matches(document)).collect()
}

fuzz_target!(|text: &str| {
    let Some(statement) = checked(text, parse(text)) else { return };
    let printed = statement.to_string();
    let again = parse(&printed).unwrap_or_else(|e| panic!("printed as {printed}: {}", e.to_diagnostic()));
    assert_eq!(again.to_string(), printed);

    let now = DateTime::UNIX_EPOCH;
    let schemas: [(&'static dyn Schema, &dyn Document); 2] = [(event::schema(), &*EVENT), (&NoSchema, &Json(&ODD))];
    for (schema, document) in schemas {
        let prepare = |text, statement| eql::prepare_at(text, statement, schema, "event.category", now);
        let Some(prepared) = checked(text, prepare(text, &statement)) else { continue };
        let found = find(&prepared, document, schema);
        let reprinted = prepare(&printed, &again).unwrap_or_else(|e| panic!("printed as {printed}: {e}"));
        assert_eq!(find(&reprinted, document, schema), found, "printed as {printed}");
        for query in prepared.search.queries() {
            assert!(query.warnings().iter().all(|warning| !warning.to_string().is_empty()));
        }
        if let (Search::Event(_), [true]) = (&prepared.search, found.as_slice()) {
            let wider = wider(&statement, "event.category").to_string();
            let query = kql::compile_at(&wider, schema, now).unwrap_or_else(|e| panic!("{wider}: {e}"));
            assert!(query.matches(document), "{printed} finds more than {wider}");
        }
    }
});
