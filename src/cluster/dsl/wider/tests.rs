use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::query::FieldType;
use crate::query::kql::parse;

#[derive(Debug)]
struct Types;

impl Schema for Types {
    fn field_type(&self, field: &str) -> FieldType {
        match field {
            "when" | "nanos" => FieldType::Date,
            "ip" | "ip.text" => FieldType::Ip,
            "port" => FieldType::Long,
            "ratio" => FieldType::Double,
            "flag" => FieldType::Boolean,
            "words" => FieldType::Text,
            "custom" => FieldType::Unmapped,
            _ if field.starts_with("flat") => FieldType::Flattened,
            _ => FieldType::Keyword,
        }
    }

    fn is_single(&self, field: &str) -> bool {
        field == "agent"
    }

    fn mark(&self) -> Option<&'static str> {
        Some("mark")
    }

    fn record_marks(&self) -> &'static [&'static str] {
        &["raw", "other"]
    }
}

/// What an index makes of the fields.
fn caps() -> Caps {
    let mut caps = Caps::default();
    let one = |family: &str| json!({ family: {"searchable": true} });
    caps.add(&json!({"indices": ["i"], "fields": {
        "mark": one("keyword"), "raw": one("text"), "a": one("keyword"), "agent": one("keyword"), "when": one("date"),
        "nanos": one("date_nanos"), "ip": one("ip"), "port": one("long"), "ratio": one("double"), "flag": one("boolean"),
        "words": one("text"), "custom": one("keyword"), "flat": one("flattened"), "text": one("text"),
        "as.number": one("long"), "as.float": one("float"), "as.address": one("ip"), "as.truth": one("boolean"),
        "ip.text": one("keyword"), "hidden": {"keyword": {"searchable": false}},
    }}));
    caps
}

fn asked(query: &str, vendor: Vendor, caps: &Caps) -> Value {
    let requests = candidates(&[("q".to_owned(), parse(query).unwrap())], &Types, caps, vendor);
    assert_eq!(requests.len(), 1);
    requests[0].clone()
}

/// What is asked beside what every query may match; `match_all` where that is everything.
fn part(query: &str, vendor: Vendor) -> Value {
    let whole = asked(query, vendor, &caps());
    let Some(should) = whole["bool"]["should"].as_array() else { return whole };
    let missing = json!({"bool": {"must_not": {"exists": {"field": "mark"}}}});
    let unknown = json!({"bool": {"must_not": {"term": {"_index": "i"}}}});
    assert_eq!(should[..3], [missing, json!({"exists": {"field": "raw"}}), unknown], "{query}");
    match &should[3..] {
        [one] => one.clone(),
        several => several.into(),
    }
}

fn everything() -> Value {
    json!({"match_all": {}})
}

#[test]
fn what_a_server_answers_rightly_is_asked() {
    let ignored = |field: &str| json!({"term": {"_ignored": field}});
    let format = "strict_date_optional_time";
    let (short, long) = ("x".repeat(64), "x".repeat(65));
    for (query, expected) in [
        ("a:x", json!({"term": {"a": "x"}})),
        ("a:(x or y)", json!({"terms": {"a": ["x", "y"]}})),
        ("a:true", json!({"term": {"a": "true"}})),
        ("a:x and flag:true", json!({"bool": {"filter": [{"term": {"a": "x"}}, {"term": {"flag": "true"}}]}})),
        (&format!("a:{short}"), json!({"term": {"a": short}})),
        ("ip:192.0.2.7", json!([{"range": {"ip": {"gte": "192.0.2.7", "lte": "192.0.2.7"}}}, ignored("ip")])),
        ("ip:\"10.0.0.9/8\"", json!([{"range": {"ip": {"gte": "10.0.0.0", "lte": "10.255.255.255"}}}, ignored("ip")])),
        (
            "ip >= \"ff00::\"",
            json!([
                {"range": {"ip": {"gte": "ff00::", "lte": "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"}}},
                ignored("ip"),
            ]),
        ),
        ("port:443", json!([{"term": {"port": 443}}, ignored("port")])),
        ("port > 443", json!([{"range": {"port": {"gt": 443}}}, ignored("port")])),
        ("ratio <= 0.5", json!([{"range": {"ratio": {"lte": 0.5}}}, ignored("ratio")])),
        (
            "when:\"2026-11\"",
            json!([
                {"range": {"when": {"gte": "2026-11-01T00:00:00.000Z", "lt": "2026-12-01T00:00:00.000Z", "format": format}}},
                ignored("when"),
            ]),
        ),
        (
            "when > \"2026-11-23\"",
            json!([{"range": {"when": {"format": format, "gte": "2026-11-24T00:00:00.000Z"}}}, ignored("when")]),
        ),
        ("flat.x.y:v", json!({"term": {"flat.x.y": "v"}})),
        ("flat:v", json!({"term": {"flat": "v"}})),
        ("custom:v", json!({"term": {"custom": "v"}})),
        ("text:x y", json!({"match": {"text": {"query": "x y", "operator": "and", "zero_terms_query": "all"}}})),
        ("as.number:5", json!({"term": {"as.number": "5"}})),
        ("as.address:192.0.2.7", json!({"term": {"as.address": "192.0.2.7"}})),
        // What is of another type there was not taken.
        ("as.number:aws", ignored("as.number")),
        ("as.float:aws", ignored("as.float")),
        ("as.address:aws", ignored("as.address")),
        ("as.truth:aws", ignored("as.truth")),
        ("a:null", Value::Array(Vec::new())),
    ] {
        for vendor in [Vendor::Elasticsearch, Vendor::OpenSearch] {
            assert_eq!(part(query, vendor), expected, "{query} {vendor:?}");
        }
    }
    // What is longer than an index may keep, or may be.
    let missing = json!({"bool": {"must_not": {"exists": {"field": "agent"}}}});
    for (query, elasticsearch, opensearch) in [
        (
            &*format!("agent:{long}"),
            json!([{"term": {"agent": long}}, ignored("agent")]),
            json!([{"term": {"agent": long}}, missing]),
        ),
        (
            "agent:*a\\*b*c?",
            json!([{"wildcard": {"agent": {"value": "*a\\*b*c\\?"}}}, ignored("agent")]),
            json!([{"wildcard": {"agent": {"value": "*a\\*b*c\\?"}}}, missing]),
        ),
        ("a:*x", json!([{"wildcard": {"a": {"value": "*x"}}}, ignored("a")]), everything()),
        ("agent:*", json!([{"exists": {"field": "agent"}}, ignored("agent")]), everything()),
        ("flat.x:v*", everything(), json!({"prefix": {"flat.x": {"value": "v"}}})),
    ] {
        assert_eq!(part(query, Vendor::Elasticsearch), elasticsearch, "{query}");
        assert_eq!(part(query, Vendor::OpenSearch), opensearch, "{query}");
    }
    let exists = json!([{"exists": {"field": "port"}}, ignored("port")]);
    assert_eq!(
        [Vendor::Elasticsearch, Vendor::OpenSearch].map(|vendor| part("port:*", vendor)),
        [exists.clone(), exists]
    );
}

#[test]
fn what_it_would_answer_otherwise_is_left_out() {
    let long = "x".repeat(65);
    for query in [
        "",
        "x",
        "x*",
        "*:x",
        "a*:x",
        "nobody:x",
        "hidden:x",
        "not a:x",
        "a:x or nobody:x",
        "a > x",
        "words:x",
        "text:x*",
        "ip:x",
        "ip:1*",
        "ip.text:192.0.2.7",
        "port:x",
        "port:1.5",
        "as.number:5.0",
        "as.number:5*",
        "as.float:5",
        "when > now-1d",
        "when > \"9999\"",
        "nanos < \"1969\"",
        "when:x",
        "when:8210266876799999",
        "flag:x",
        "flat.x:*",
        "flat.x:*v",
        "flat.x:5",
        &format!("flat.x:{long}"),
        "custom:5",
        "custom:\"10.0.0.0/8\"",
        "custom:*",
        "a:{ b:x }",
    ] {
        for vendor in [Vendor::Elasticsearch, Vendor::OpenSearch] {
            assert_eq!(asked(query, vendor, &caps()), everything(), "{query}");
        }
    }
    assert_eq!(asked("a:x", Vendor::Elasticsearch, &Caps::default()), everything());
}

#[test]
fn negation_moves_inwards() {
    let x = json!({"term": {"a": "x"}});
    for query in ["not (not a:x)", "not (not a:x or b:y)", "a:x and not a:y", "not (b:y or not (a:x and not custom:z))"]
    {
        assert_eq!(part(query, Vendor::Elasticsearch), x, "{query}");
    }
    assert_eq!(asked("not (not a:x and b:y)", Vendor::Elasticsearch, &caps()), everything());
}

#[test]
fn an_index_of_another_mind_is_asked_by_itself() {
    let mut caps = caps();
    caps.add(&json!({"indices": ["j", "k"], "fields": {
        "mark": {"keyword": {"searchable": true}},
        "a": {"long": {"searchable": true, "indices": ["j"]}, "unmapped": {"searchable": false, "indices": ["k"]}},
    }}));
    let should = asked("a:aws", Vendor::Elasticsearch, &caps)["bool"]["should"].take();
    let of = |index: &str, clause: Value| json!({"bool": {"filter": [{"term": {"_index": index}}, clause]}});
    let expected = json!([
        {"bool": {"must_not": {"terms": {"_index": ["i", "j", "k"]}}}},
        of("i", json!({"term": {"a": "aws"}})),
        of("j", json!({"term": {"_ignored": "a"}})),
        {"term": {"_index": "k"}},
    ]);
    assert_eq!(should.as_array().unwrap()[2..], *expected.as_array().unwrap());
    assert_eq!(asked("a:aws", Vendor::Elasticsearch, &caps.only("k")), everything());
    // Documents that do not say what they are have all fields.
    let mut bare = Caps::default();
    bare.add(&json!({"indices": ["i"], "fields": {"a": {"keyword": {"searchable": true}}}}));
    assert_eq!(asked("a:x", Vendor::Elasticsearch, &bare), everything());
}

#[test]
fn queries_share_requests_up_to_the_limit() {
    let query = |n: usize| (n.to_string(), parse(&format!("agent:*{n}")).unwrap());
    let queries: Vec<(String, Node)> = (0..1_000).map(query).collect();
    let requests = candidates(&queries, &Types, &caps(), Vendor::Elasticsearch);
    let texts: Vec<String> = requests.iter().map(Value::to_string).collect();
    assert_eq!(texts.len(), 3);
    let times = |n: usize| texts.iter().filter(|text| text.contains(&format!("\"*{n}\""))).count();
    assert!((0..1_000).all(|n| times(n) == 1), "each in one of them");
    assert!(candidates(&[], &Types, &caps(), Vendor::Elasticsearch).is_empty());
    // One that is too large by itself keeps what fits.
    let text = (0..900).map(|n| format!("*{n}")).collect::<Vec<_>>().join(" or ");
    assert_eq!(part(&format!("a:x and agent:({text})"), Vendor::OpenSearch), json!({"term": {"a": "x"}}));
    assert_eq!(asked(&format!("not a:x or agent:({text})"), Vendor::OpenSearch, &caps()), everything());
    // Its alternatives go in several requests.
    let many = [("many".to_owned(), parse(&format!("agent:({text})")).unwrap())];
    let requests = candidates(&many, &Types, &caps(), Vendor::Elasticsearch);
    let texts: Vec<String> = requests.iter().map(Value::to_string).collect();
    assert_eq!(texts.len(), 2);
    assert!((0..900).all(|n| texts.iter().filter(|text| text.contains(&format!("\"*{n}\""))).count() == 1));
    // One that needs everything is enough.
    let queries = ["a:x", "nobody:x", "a:y", "not a:x"].map(|text| (text.to_owned(), parse(text).unwrap()));
    assert_eq!(candidates(&queries, &Types, &caps(), Vendor::Elasticsearch), [everything()]);
}

#[test]
fn a_pattern_that_a_server_would_refuse_is_cut_to_its_longest_part() {
    let long = "y".repeat(300);
    let expected = json!({"wildcard": {"agent": {"value": format!("*{}*", "y".repeat(200))}}});
    assert_eq!(part(&format!("agent:*a*{long}*"), Vendor::Elasticsearch)[0], expected);
    let expected = json!({"wildcard": {"agent": {"value": "*bb*"}}});
    assert_eq!(part("agent:*a*bb*a*a*a*a*a*a*a*a*a*", Vendor::Elasticsearch)[0], expected);
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(depth).max().unwrap_or(0),
        Value::Object(object) => {
            object.iter().map(|(key, value)| usize::from(key == "bool") + depth(value)).max().unwrap_or(0)
        }
        _ => 0,
    }
}

proptest! {
    #[test]
    fn whatever_parses_is_asked_in_bounds(
        query in "((not )?[(]{0,3}(a|ip|port|flat\\.x|when|custom|nobody):([a-z*0-9.]{1,6}|\"[^\"\\\\]{0,4}\")[)]{0,3}( and | or )?){1,12}",
    ) {
        if let Ok(node) = parse(&query) {
            for vendor in [Vendor::Elasticsearch, Vendor::OpenSearch] {
                for clause in candidates(&[("q".to_owned(), node.clone())], &Types, &caps(), vendor) {
                    prop_assert!(depth(&clause) < 20);
                }
            }
        }
    }
}

#[test]
fn what_stands_too_deep_is_left_out() {
    let mut text = "a:x".to_owned();
    for _ in 0..40 {
        text = format!("a:x or custom:y and ({text})");
    }
    let clause = asked(&text, Vendor::Elasticsearch, &caps());
    assert!((3..20).contains(&depth(&clause)), "{clause}");
}
