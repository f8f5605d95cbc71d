use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::query::kql::parse;

fn view() -> Vec<Field> {
    serde_json::from_value(json!([
        {"name": "@timestamp", "type": "date", "esTypes": ["date"]},
        {"name": "event.action", "type": "string", "esTypes": ["keyword"]},
        {"name": "items.name", "type": "string", "esTypes": ["keyword"], "subType": {"nested": {"path": "items"}}},
        {"name": "items.sub.id", "type": "number", "esTypes": ["long"], "subType": {"nested": {"path": "items.sub"}}},
        {"name": "level", "type": "string", "esTypes": ["keyword", "text"], "subType": {"multi": {"parent": "x"}}},
        {"name": "made", "type": "number", "scripted": true},
        {"name": "message", "type": "string", "esTypes": ["text"], "count": 7},
        {"name": "seen", "type": "date", "esTypes": ["date", "date_nanos"]},
        {"name": "source.ip", "type": "ip", "esTypes": ["ip"]},
        {"name": "true", "type": "string", "esTypes": ["keyword"]},
    ]))
    .unwrap()
}

fn dsl(query: &str) -> Result<Value, String> {
    to_dsl(&parse(query).unwrap(), &view()).map_err(|error| error.to_string())
}

/// The lone alternative of a comparison.
fn leaf(query: &str) -> Value {
    let mut dsl = dsl(query).unwrap();
    assert_eq!(dsl["bool"]["minimum_should_match"], 1, "{query}");
    let should = dsl["bool"]["should"].take();
    assert_eq!(should.as_array().unwrap().len(), 1, "{query}: {should}");
    should[0].clone()
}

#[test]
fn comparisons_go_by_the_type_that_every_index_has() {
    for (query, expected) in [
        ("event.action:x", json!({"term": {"event.action": {"value": "x"}}})),
        ("event.action:\"x y\"", json!({"term": {"event.action": {"value": "x y"}}})),
        ("event.action:true", json!({"term": {"event.action": {"value": true}}})),
        ("event.action:null", json!({"term": {"event.action": {"value": null}}})),
        ("event.action:*", json!({"exists": {"field": "event.action"}})),
        ("event.action:**", json!({"wildcard": {"event.action": {"value": "**"}}})),
        ("event.action:a=\\(b*", json!({"wildcard": {"event.action": {"value": "a\\=\\(b*"}}})),
        ("message:a b", json!({"match": {"message": "a b"}})),
        ("message:\"a b\"", json!({"match_phrase": {"message": "a b"}})),
        ("message:a b*", json!({"query_string": {"fields": ["message"], "query": "a b*"}})),
        ("level:x", json!({"match": {"level": "x"}})),
        ("level:x*", json!({"query_string": {"fields": ["level"], "query": "x*"}})),
        ("source.ip:192.0.2.0/24", json!({"match": {"source.ip": "192.0.2.0/24"}})),
        ("seen:now", json!({"range": {"seen": {"gte": "now", "lte": "now", "time_zone": "Zulu"}}})),
        ("seen:2026", json!({"range": {"seen": {"gte": "2026", "lte": "2026"}}})),
        ("@timestamp < \"1.5\"", json!({"range": {"@timestamp": {"lt": "1.5", "time_zone": "Zulu"}}})),
        ("event.action >= a", json!({"range": {"event.action": {"gte": "a"}}})),
        ("nobody:x", json!({"match": {"nobody": "x"}})),
        ("nobody.*:x", json!({"match": {"nobody.*": "x"}})),
        ("e*n:x", json!({"term": {"event.action": {"value": "x"}}})),
        (
            "i*e:x",
            json!({"nested": {
                "path": "items", "query": {"term": {"items.name": {"value": "x"}}}, "score_mode": "none",
            }}),
        ),
        // A name that is no text equals no name.
        ("true:x", json!({"match": {"true": "x"}})),
        ("true:*", json!({"exists": {"field": true}})),
        ("\"true\":x", json!({"term": {"true": {"value": "x"}}})),
        ("null > 5", json!({"range": {"null": {"gt": "5"}}})),
    ] {
        assert_eq!(leaf(query), expected, "{query}");
    }
}

#[test]
fn parts_are_joined_as_kibana_joins_them() {
    let a = json!({"bool": {"should": [{"term": {"event.action": {"value": "a"}}}], "minimum_should_match": 1}});
    for (query, expected) in [
        ("", json!({"match_all": {}})),
        ("*:*", json!({"match_all": {}})),
        ("x", json!({"multi_match": {"type": "best_fields", "query": "x", "lenient": true}})),
        ("\"x\"", json!({"multi_match": {"type": "phrase", "query": "x", "lenient": true}})),
        ("null:true", json!({"multi_match": {"type": "best_fields", "query": true, "lenient": true}})),
        ("x*", json!({"query_string": {"query": "x*"}})),
        ("not event.action:a", json!({"bool": {"must_not": a}})),
        ("event.action:a and *:*", json!({"bool": {"filter": [a, {"match_all": {}}]}})),
        ("event.action:(a or a)", json!({"bool": {"should": [a, a], "minimum_should_match": 1}})),
    ] {
        assert_eq!(dsl(query).unwrap(), expected, "{query}");
    }
}

#[test]
fn groups_name_their_path_and_check_their_fields() {
    let nested = |path: Value, query: Value| json!({"nested": {"path": path, "query": query, "score_mode": "none"}});
    let one = |clause: Value| json!({"bool": {"should": [clause], "minimum_should_match": 1}});
    for (query, expected) in [
        ("items:{ name:x }", nested("items".into(), one(json!({"term": {"items.name": {"value": "x"}}})))),
        ("items:{ n*:* }", nested("items".into(), one(json!({"exists": {"field": "items.name"}})))),
        ("items:{ foo }", nested("items".into(), one(json!({"match": {"items.null": "foo"}})))),
        ("items:{ true:x }", nested("items".into(), one(json!({"match": {"items.true": "x"}})))),
        (
            "items:{ sub:{ id > 3 } }",
            nested("items".into(), nested("items.sub".into(), one(json!({"range": {"items.sub.id": {"gt": "3"}}})))),
        ),
        ("it*:{ a:x }", nested("it*".into(), one(json!({"match": {"it*.a": "x"}})))),
        // Paths that JavaScript takes for none.
        ("null:{ nobody:x }", nested(Value::Null, one(json!({"match": {"nobody": "x"}})))),
        (
            "false:{ foo }",
            nested(false.into(), json!({"multi_match": {"type": "best_fields", "query": "foo", "lenient": true}})),
        ),
        ("true:{ a:x }", nested(true.into(), one(json!({"match": {"true.a": "x"}})))),
        ("null:{ items.n*:x }", nested(Value::Null, one(json!({"term": {"items.name": {"value": "x"}}})))),
    ] {
        assert_eq!(dsl(query).unwrap(), expected, "{query}");
    }
    let outside = "is a nested field, but is not in a nested group in the KQL expression.";
    let inside = "is not a nested field but is in nested group \"event\" in the KQL expression.";
    let wrong = "is being queried with the incorrect nested path. The correct path is";
    for (query, expected) in [
        ("items.name:x", format!("items.name {outside}")),
        ("not items.name > x", format!("items.name {outside}")),
        ("event:{ action:x }", format!("event.action {inside}")),
        ("items:{ sub.id:x }", format!("Nested field items.sub.id {wrong} items.sub.")),
        ("items.sub:{ * :x or i*:x } or items:{ *:x }", format!("Nested field items.sub.id {wrong} items.sub.")),
        ("null:{ event.action:x }", format!("Nested field event.action {wrong} undefined.")),
        ("made > 3", "made is a scripted field: a script cannot be made here.".to_owned()),
    ] {
        assert_eq!(dsl(query), Err(expected), "{query}");
    }
}

proptest! {
    #[test]
    fn whatever_parses_is_translated(query in "([a-z*@.]{1,8}|\"[^\"\\\\]{0,4}\"|[:<>=(){}]| and | or | not |null|true|\\\\[*:]){0,20}") {
        if let Ok(node) = parse(&query) {
            let _ = to_dsl(&node, &view());
        }
    }
}
