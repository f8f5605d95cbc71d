use serde_json::{Value, json};

use super::*;
use crate::query::{FieldType, Json, NoSchema};

/// Every field is a keyword.
#[derive(Debug)]
pub(super) struct Keywords;

impl Schema for Keywords {
    fn field_type(&self, _field: &str) -> FieldType {
        FieldType::Keyword
    }
}

#[derive(Debug)]
struct Fields;

const NAMES: [(&str, FieldType); 12] = [
    ("@timestamp", FieldType::Date),
    ("source.ip", FieldType::Ip),
    ("source.port", FieldType::Long),
    ("event.action", FieldType::Keyword),
    ("message", FieldType::Text),
    ("user.name", FieldType::Keyword),
    ("flat", FieldType::Flattened),
    ("parts", FieldType::Nested),
    ("parts.size", FieldType::Long),
    ("event", FieldType::Object),
    ("place", FieldType::Object),
    ("place.point", FieldType::GeoPoint),
];

impl Schema for Fields {
    fn field_type(&self, field: &str) -> FieldType {
        let known = NAMES.iter().find(|(name, _)| *name == field);
        let below = field.strip_prefix("flat").is_some_and(|rest| rest.starts_with('.'));
        known.map_or(if below { FieldType::Flattened } else { FieldType::Unmapped }, |(_, kind)| *kind)
    }
}

fn compile(text: &str) -> Query {
    kql::compile_at(text, &Fields, "2026-11-24T10:00:00Z".parse().unwrap()).unwrap()
}

fn document() -> Value {
    json!({
        "@timestamp": "2026-11-24T09:30:00Z",
        "source": { "ip": "10.1.2.3", "port": 443 },
        "event.action": "Export",
        "message": "The export has started",
        "user": { "name": ["ann", "bob"], "id": null, "empty": {} },
        "flat": { "a": { "b": "x y" }, "c": ["1", "2"] },
        "parts": [{ "size": 1, "kind": "a" }, { "size": 20, "kind": "b" }],
        "place": { "point": { "lat": 1.5, "lon": 2.5 } },
        "other": { "count": 3, "ok": true, "list": [{ "n": 1 }, { "n": 2 }] },
    })
}

fn matches(text: &str) -> bool {
    let document = document();
    compile(text).matches(&Json(&document))
}

#[track_caller]
fn all(queries: &[&str]) {
    for query in queries {
        assert!(matches(query), "{query}");
        assert!(!matches(&format!("not ({query})")), "not ({query})");
    }
}

#[track_caller]
fn none(queries: &[&str]) {
    for query in queries {
        assert!(!matches(query), "{query}");
        assert!(matches(&format!("not ({query})")), "not ({query})");
    }
}

#[test]
fn combines_clauses() {
    assert!(matches(""));
    all(&[
        "*",
        "*:*",
        "event.action:Export and source.port:443",
        "event.action:(Import or Export) and not user.name:carl",
        "event.action:Import or source.port > 400",
        "user.name:carl or user.name:bob or message:nothing",
    ]);
    none(&["event.action:Import and source.port:443", "event.action:(Import or Delete)", "not event.action:Export"]);
}

#[test]
fn each_type_compares_its_own_way() {
    all(&[
        "source.ip:10.0.0.0/8",
        "source.port < 1000",
        "@timestamp >= now-1h",
        "@timestamp:2026-11-24",
        "message:EXPORT",
    ]);
    none(&["source.ip:11.0.0.0/8", "source.port < 443", "@timestamp < now-1h", "event.action:export", "message:exp"]);
}

#[test]
fn any_element_of_an_array_matches() {
    all(&["user.name:(ann and bob)", "user.name:b*", "other.list.n:2", "parts.size > 10"]);
    none(&["user.name:(ann and carl)", "user.name:(ann and not bob)"]);
}

#[test]
fn missing_fields_match_nothing() {
    none(&["nope:a", "nope:*", "nope > 1", "user.id:*", "user.empty:*", "nope*:x", "user.id:null", "nope:{a:b}"]);
    all(&["not nope:a", "user.name:*", "user:*", "other.ok:*", "flat:*", "parts:*", "other.list:*"]);
}

#[test]
fn objects_exist_by_their_fields_and_points_have_no_value() {
    all(&["event:*", "place:*", "place.point:*", "place*:*"]);
    none(&["event:Export", "event > a", "place.point:1.5", "place.point:*5", "event:*x"]);
    assert!(!compile("event:*").matches(&Json(&json!({ "event": {} }))));
    for (query, help) in [
        ("event:Export", "the field is an object; name one of its fields, or write `field:*` for any"),
        ("place.point:1.5", "of a place on the map only `field:*` can be asked"),
    ] {
        assert!(compile(query).warnings()[0].to_string().ends_with(&format!("help: {help}")));
    }
}

#[test]
fn nested_queries_want_one_object() {
    all(&[
        "parts:{ size:1 and kind:a }",
        "parts:{ size > 10 }",
        "other:{ list:{ n:1 } and ok:true }",
        "parts:{ not size:1 }",
    ]);
    none(&["parts:{ size:1 and kind:b }", "parts:{ parts.size:1 }", "other:{ list:{ n:3 } }"]);
    assert!(matches("parts.size:1 and parts.kind:b"));
}

#[test]
fn flattened_fields_answer_by_leaf_and_by_root() {
    all(&["flat.a.b:\"x y\"", "flat.c:2", "flat:\"x y\"", "flat:*", "flat.a.b:x*"]);
    none(&["flat.a:\"x y\"", "flat:x", "flat.z:*", "flat.a.b:X*"]);
}

#[test]
fn bare_values_and_field_patterns_look_everywhere_by_type() {
    all(&[
        "443",
        "10.0.0.0/8",
        "started",
        "bob",
        "3",
        "true",
        "\"x y\"",
        "x*",
        "2026-11-24",
        "source.*:443",
        "*name:ann",
        "so*:10.0.0.0/8",
        "*count >= 3",
        "source.*:*",
        "fl*:2",
        "parts:{ 20 }",
        "parts:{ s*:1 }",
    ]);
    none(&["444", "Bob", "11.0.0.0/8", "source.*:80", "*name:carl", "x.*:*", "parts:{ 21 }", "null"]);
}

#[test]
fn says_what_it_touches() {
    let fields = |text: &str| compile(text).fields().to_vec();
    let name = |name: &str| FieldRef::Name(name.to_owned());
    assert_eq!(fields("b:1 and (a:2 or not b > 1) and c:{ d:1 }"), [name("a"), name("b"), name("c.d")]);
    assert_eq!(fields("a*:1 and x"), [FieldRef::Pattern("a*".to_owned()), FieldRef::Every]);
    assert_eq!(fields("p:{ a*\\*:1 }"), [FieldRef::Pattern("p.a*\\*".to_owned())]);
    assert_eq!(fields("*"), []);
}

#[test]
fn warns_of_parts_that_never_match() {
    let query = compile("source.port:(443 or https) and a:{b:c}");
    assert_eq!(query.warnings().len(), 1);
    assert_eq!(
        query.warnings()[0].to_string(),
        "1:21: this part of the query never matches\n  | source.port:(443 or https) and a:{b:c}\n  |                     ^^^^^\n  help: \"https\" is not a number"
    );
    assert!(compile("443 or user.*:https").warnings().is_empty());
    assert!(!compile("null > 1").warnings().is_empty());
    assert!(!compile("a*:{ b:c }").warnings().is_empty());
}

#[test]
fn can_be_shared_between_threads() {
    let query = compile("443 and user.name:ann");
    let document = document();
    std::thread::scope(|scope| {
        let answers: Vec<_> = (0..2).map(|_| scope.spawn(|| query.matches(&Json(&document)))).collect();
        assert!(answers.into_iter().all(|answer| answer.join().unwrap()));
    });
}

#[test]
fn knows_when_time_matters() {
    assert!(compile("@timestamp > now-1h").uses_now());
    assert!(!compile("@timestamp > 2026-11-24").uses_now());
    assert!(!compile("event.action:now").uses_now());
}

#[test]
fn dots_and_nesting_mean_the_same() {
    for document in [
        json!({ "a": { "b": { "c": 1, "d": 2 } } }),
        json!({ "a.b.c": 1, "a.b.d": 2 }),
        json!({ "a": { "b.c": 1, "b.d": 2 } }),
        json!({ "a.b": { "c": 1, "d": 2 } }),
        json!({ "a": [{ "b.c": [1] }, { "b": { "c": 1, "d": 2 } }] }),
    ] {
        for text in
            ["a.b.c:1", "a.b:{ c:1 and d:2 }", "a:{ b.c:1 }", "a:{ b:{ c:1 } }", "a:*", "a.b:*", "*c:1", "a:{ *d:2 }"]
        {
            let query = kql::compile(text, &NoSchema).unwrap();
            assert!(query.matches(&Json(&document)), "{text} on {document}");
        }
        for text in ["a.b.c:2", "a.b:{ c:2 }", "a:{ b:{ c:1 and d:1 } }", "a.c:*", "b:*", "a.b.:*"] {
            let query = kql::compile(text, &NoSchema).unwrap();
            assert!(!query.matches(&Json(&document)), "{text} on {document}");
        }
    }
    assert!(!kql::compile("a:1", &NoSchema).unwrap().matches(&Json(&json!([1]))));
}

proptest::proptest! {
    #[test]
    fn negation_is_the_opposite(text in "[a-c](:|>|<=)[a-c1-3*]( (and|or) (not )?[a-c]:[a-c1-3*]){0,3}", value in "[a-c1-3]{0,2}") {
        let query = kql::compile(&text, &NoSchema);
        let negated = kql::compile(&format!("not ({text})"), &NoSchema);
        if let (Ok(query), Ok(negated)) = (query, negated) {
            let document = json!({ "a": value, "b": { "c": [1, value] } });
            proptest::prop_assert_ne!(query.matches(&Json(&document)), negated.matches(&Json(&document)));
        }
    }
}
