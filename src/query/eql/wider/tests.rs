use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::query::eql::{Search, parse, prepare};
use crate::query::{FieldType, Json, Schema, kql};

#[derive(Debug)]
struct Types;

impl Schema for Types {
    fn field_type(&self, field: &str) -> FieldType {
        match field {
            "n" => FieldType::Long,
            "ok" => FieldType::Boolean,
            "ip" => FieldType::Ip,
            "free" => FieldType::Unmapped,
            _ => FieldType::Keyword,
        }
    }
}

#[test]
fn says_what_kql_can_say() {
    for (query, expected) in [
        ("process where f == \"a*\" and g != \"b\"", r#"event.category:"process" and f:"a*""#),
        ("any where f : \"a*\" or f in (\"x\", \"y\")", r#"f:* or (f:"x" or f:"y")"#),
        ("any where f like (\"a?c*\", \"b\")", r#"f:a*c* or f:"b""#),
        ("any where length(f) > 1 or f == \"a\"", "*:*"),
        ("any where length(f) > 1 and f == null and g != null", "not f:* and g:*"),
        ("any where not f == \"a\"", "*:*"),
        ("any where free >= true or cidrMatch(ip, \"10.0.0.0/8\", \"::1\")", "free:* or ip:*"),
        ("any where n >= 5 and ok and f regex \"a.*\"", r#"n >= "5" and ok:"true" and f:*"#),
        (
            r#"any where startsWith(f, "ASIA") and stringContains(g, "a=\\*") and endsWith~(f, "x")"#,
            r"f:ASIA* and g:*a=\** and f:*",
        ),
        ("any where cidrMatch(ip, \"10.0.0.0/8\", \"::1/128\")", r#"ip:"10.0.0.0/8" or ip:"::1/128""#),
        (
            "sequence by h [a where f == \"x\"] by k [b where true] by ?l until [c where true] by m",
            r#"h:* and k:* and event.category:"a" and f:"x" or h:* and event.category:"b" or h:* and m:* and event.category:"c""#,
        ),
        ("sample by h [any where true] [b where true]", r#"h:* or h:* and event.category:"b""#),
    ] {
        let node = wider(&parse(query).unwrap(), "event.category");
        assert_eq!(node.to_string(), expected, "{query}");
        assert_eq!(kql::parse(&node.to_string()).unwrap().to_json(), node.to_json(), "{query}");
    }
}

fn condition() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        ("[fg]|free", "==|!=|:|like|like~|<|>=", "[aB*?]{0,3}")
            .prop_map(|(f, op, text)| format!("{f} {op} \"{text}\"")),
        ("n|free", "==|!=|<|>|<=", -1i64..3).prop_map(|(f, op, n)| format!("{f} {op} {n}")),
        ("[fg]|free|n", "==|!=").prop_map(|(f, op)| format!("{f} {op} null")),
        ("[fg]|free", "in|in~|not in", "[aB*]{1,2}", "[aB]{1,2}")
            .prop_map(|(f, op, a, b)| format!("{f} {op} (\"{a}\", \"{b}\")")),
        ("[fg]|free", "(startsWith|endsWith|stringContains)~?", "[aB*?]{0,2}")
            .prop_map(|(f, function, text)| format!("{function}({f}, \"{text}\")")),
        ("[fg]|free", "regex~?", "[aB.]{1,3}[*+]?").prop_map(|(f, op, text)| format!("{f} {op} \"{text}\"")),
        ("[fg]", "<|>=|==|!=", 0i64..3).prop_map(|(f, op, n)| format!("length({f}) {op} {n}")),
        Just("cidrMatch(ip, \"10.0.0.0/8\")".to_owned()),
        Just("ip == \"10.1.1.1\"".to_owned()),
        Just("free > false".to_owned()),
        Just("cidrMatch(free, \"::ffff:10.1.1.1\")".to_owned()),
        Just("ok".to_owned()),
        Just("free".to_owned()),
        Just("true".to_owned()),
        Just("length(f) == null".to_owned()),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..3).prop_map(|parts| format!("({})", parts.join(" and "))),
            prop::collection::vec(inner.clone(), 2..3).prop_map(|parts| format!("({})", parts.join(" or "))),
            inner.prop_map(|part| format!("not ({part})")),
        ]
    })
}

fn value() -> impl Strategy<Value = Value> {
    let text = "[aAbB*?]{0,3}".prop_map(Value::from);
    prop_oneof![Just(Value::Null), text.clone(), prop::collection::vec(text, 0..3).prop_map(Value::from)]
}

fn free() -> impl Strategy<Value = Value> {
    prop_oneof![value(), Just("10.1.1.1".into()), (-1i64..3).prop_map(Value::from), any::<bool>().prop_map(Value::from)]
}

proptest! {
    #[test]
    fn whatever_eql_finds_its_wider_kql_finds(
        condition in condition(), any_category: bool, f in value(), g in value(), free in free(), n in -1i64..3, ok: bool,
        ip in prop_oneof![Just("10.1.1.1"), Just("192.0.2.1")],
    ) {
        let category = if any_category { "any" } else { "a" };
        let text = format!("{category} where {condition}");
        let statement = parse(&text).unwrap();
        let event = json!({ "event.category": "a", "f": f, "g": g, "free": free, "n": n, "ok": ok, "ip": ip });
        let Search::Event(query) = prepare(&text, &statement, &Types, "event.category").unwrap().search else { panic!() };
        let node = wider(&statement, "event.category");
        let wide = kql::compile(&node.to_string(), &Types).unwrap();
        prop_assert!(!query.matches(&Json(&event)) || wide.matches(&Json(&event)), "{} {} {}", text, node, event);
        // A condition and its opposite share events out.
        let not = format!("any where not ({condition})");
        let Search::Event(opposite) = prepare(&not, &parse(&not).unwrap(), &Types, "event.category").unwrap().search else { panic!() };
        prop_assert_ne!(query.matches(&Json(&event)), opposite.matches(&Json(&event)), "{} {}", text, event);
    }
}
