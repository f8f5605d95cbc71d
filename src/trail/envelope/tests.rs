use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const RECORD: &str = r#"{"eventVersion":"1.11","eventTime":"2026-11-23T10:00:00Z","eventName":"StartExportTask","eventSource":"rds.amazonaws.com","userAgent":"a \"b\" \\ {[é\n]}","eventID":"e"}"#;

/// What is found: each record and document with what it lay in, and what is named or left out.
fn found(value: &str) -> (Vec<(String, Option<&'static str>)>, Vec<String>) {
    let (mut records, mut named) = (Vec::new(), Vec::new());
    open(value.as_bytes(), &mut |found| match found {
        Found::Record(bytes, envelope) | Found::Document(bytes, envelope) => {
            records.push((String::from_utf8(bytes.to_vec()).unwrap(), envelope.map(|envelope| envelope.0)));
        }
        Found::LeftOut => named.push("left out".to_owned()),
        Found::Unknown(object) => named.push(object::describe(object)),
        Found::Bad(reason) => named.push(reason),
    });
    (records, named)
}

fn record() -> Value {
    serde_json::from_str(RECORD).unwrap()
}

/// Puts something around a value, in the way with this number: as an object or as text.
fn wrap(way: usize, value: &Value) -> Value {
    let text = Value::from(value.to_string());
    match way {
        0 => json!({ "EventId": "e", "CloudTrailEvent": text }),
        1 => json!({ "detail-type": "x", "detail": value }),
        2 => json!({ "MessageId": "m", "Body": text }),
        3 => json!({ "Type": "Notification", "Message": text }),
        4 => json!({ "time": 1, "event": value }),
        5 => json!({ "result": { "_raw": text } }),
        6 => json!({ "_index": "i", "_source": { "@timestamp": "t", "message": value } }),
        7 => json!({ "@timestamp": "t", "message": [text] }),
        8 => json!({ "short_message": format!("<13>Nov 23 10:00:00 host: {value}") }),
        9 => json!({ "logEvents": [{ "message": text }] }),
        10 => json!({ "data": { "aws": value } }),
        11 => json!({ "kinesis": { "data": STANDARD.encode(value.to_string()) } }),
        12 => json!([{ "eventID": "e" }, { "eventJson": text }]),
        13 => json!([{ "field": "@ptr", "value": "p" }, { "field": "@message", "value": text }]),
        14 => json!({ "resourceLogs": [{ "scopeLogs": [{ "logRecords": [{ "body": { "stringValue": text } }] }] }] }),
        _ => json!({ "json": value }),
    }
}

/// Layers that each way adds.
fn layers(way: usize) -> usize {
    match way {
        6 | 8 | 9 | 11 => 2,
        12 | 13 => 0,
        14 => 4,
        _ => 1,
    }
}

#[test]
fn a_record_is_found_byte_for_byte() {
    let record = record().to_string();
    for way in 0..16 {
        let (records, named) = found(&wrap(way, &self::record()).to_string());
        let bytes: Vec<&str> = records.iter().map(|(bytes, _)| bytes.as_str()).collect();
        assert_eq!((bytes, named), (vec![record.as_str()], vec![]), "way {way}");
        assert!(records[0].1.is_some(), "way {way}");
    }
}

#[test]
fn a_document_that_is_ecs_stays_as_it_is_whatever_it_holds() {
    for document in [
        json!({ "@timestamp": "t", "event": { "action": "A" }, "message": RECORD }),
        json!({ "@timestamp": "t", "event.provider": "p", "json": record() }),
        json!({ "@timestamp": "t", "aws": { "cloudtrail": {} } }),
        // The event room maps the one record in these and keeps what stands beside it.
        json!({ "@timestamp": "t", "message": RECORD }),
        json!({ "event": { "original": RECORD }, "agent": {} }),
        json!({ "@timestamp": "t", "event": { "dataset": "system.auth" }, "message": "a plain {text}" }),
    ] {
        let text = document.to_string();
        assert_eq!(found(&text), (vec![(text.clone(), None)], vec![]), "{text}");
    }
}

#[test]
fn what_holds_no_record_is_named() {
    for (value, expected) in [
        (json!({ "a": 1 }), "a JSON object with the key a: neither"),
        (
            json!({ "detail-type": "x", "detail": { "state": "up" } }),
            "in an EventBridge event: a JSON object with the key state",
        ),
        (json!({ "CloudTrailEvent": "no JSON" }), "in the output of aws cloudtrail lookup-events: begins with"),
        (
            json!({ "CloudTrailEvent": "{\"eventVersion\":" }),
            "in the output of aws cloudtrail lookup-events: begins with",
        ),
        (json!([[{ "field": "eventName", "value": "x" }]]), "ask for `fields @message`"),
        (json!({ "_index": "i", "fields": { "event.action": ["x"] } }), "ask for `_source`"),
        (json!([1]), "\"1\" where a record should be"),
        (json!({ "logEvents": [{ "message": "CWL CONTROL MESSAGE: Checking" }] }), "left out"),
    ] {
        let (records, named) = found(&value.to_string());
        assert!(records.is_empty(), "{value}: {records:?}");
        assert!(named.len() == 1 && named[0].contains(expected), "{value}: {named:?}");
    }
}

#[test]
fn one_bad_text_among_good_ones_is_named_and_costs_only_itself() {
    let value =
        json!({ "logEvents": [{ "message": RECORD }, { "message": "{\"eventVersion\":" }, { "message": RECORD }] });
    let (records, named) = found(&value.to_string());
    // The event room says what is wrong with the text.
    let given: Vec<&str> = records.iter().map(|(bytes, _)| bytes.as_str()).collect();
    assert_eq!((given, named), (vec![RECORD, RECORD, r#"{"message":"{\"eventVersion\":"}"#], vec![]));
}

#[test]
fn text_before_a_record_is_passed_over_and_damage_is_not() {
    let lines = |text: &str| {
        let (mut records, mut bad) = (0, 0);
        line(text.as_bytes(), &mut |found| match found {
            Found::Record(bytes, _) => {
                assert_eq!(bytes, RECORD.as_bytes());
                records += 1;
            }
            _ => bad += 1,
        });
        (records, bad)
    };
    for (prefix, suffix, expected) in [
        ("2026-11-23T10:00:00Z stream ", "", (1, 0)),
        ("<13>1 2026-11-23T10:00:00Z host app - - [x@1 k=\"v\"] ", "\r\n", (1, 0)),
        ("cloudtrail: [1795168800.000000, ", "]", (1, 0)),
        ("[0] tag: [[1795168800.0, {}], ", "]", (1, 0)),
        ("key\t", "", (1, 0)),
        ("\u{feff}", "", (1, 0)),
        ("\"x\":1}", "", (1, 1)),
        ("no JSON here: ", "", (1, 0)),
    ] {
        assert_eq!(lines(&format!("{prefix}{RECORD}{suffix}")), expected, "{prefix}");
    }
    assert_eq!(lines(&Value::from(RECORD).to_string()), (1, 0), "a JSON string");
    assert_eq!(lines("nothing { here }"), (0, 1));
}

proptest! {
    #[test]
    fn envelopes_in_envelopes_are_opened_as_far_as_the_limit(ways in prop::collection::vec(0usize..16, 1..6)) {
        let value = ways.iter().fold(record(), |value, way| wrap(*way, &value));
        let depth: usize = ways.iter().map(|way| layers(*way)).sum();
        let (records, named) = found(&value.to_string());
        if depth <= MAX_LAYERS {
            prop_assert_eq!(records.len(), 1, "{} {:?}", value, named);
            prop_assert_eq!(&records[0].0, &record().to_string());
            prop_assert!(named.is_empty(), "{:?}", named);
        } else {
            prop_assert!(records.len() + named.len() > 0, "nothing is said of {}", value);
        }
    }

    #[test]
    fn no_text_does_harm(text in "[ -~\n{}\\[\\]\":,é\u{0}]{0,80}") {
        line(text.as_bytes(), &mut |_| {});
        found(&Value::from(text).to_string());
    }
}
