use serde_json::{Value, json};

use super::super::parse;
use super::*;
use crate::query::{FieldType, Json, Known, Literal};

#[derive(Debug)]
struct Types;

impl Schema for Types {
    fn field_type(&self, field: &str) -> FieldType {
        match field.split('.').next().unwrap_or_default() {
            "count" => FieldType::Long,
            "share" => FieldType::Double,
            "ok" => FieldType::Boolean,
            "ip" => FieldType::Ip,
            "@timestamp" => FieldType::Date,
            "words" => FieldType::Text,
            "flat" => FieldType::Flattened,
            "object" => FieldType::Object,
            "free" => FieldType::Unmapped,
            _ => FieldType::Keyword,
        }
    }

    fn is_mapped(&self, field: &str) -> bool {
        field != "nope"
    }
}

fn prepared(text: &str) -> Result<Prepared, SyntaxError> {
    let statement = parse(text).unwrap_or_else(|error| panic!("{}", error.to_diagnostic()));
    prepare_at(text, &statement, &Types, "event.category", "2026-11-24T10:00:00Z".parse().unwrap())
}

fn compiled(text: &str) -> Query {
    match prepared(text).unwrap_or_else(|error| panic!("{}", error.to_diagnostic())).search {
        Search::Event(query) => query,
        other => panic!("{other:?}"),
    }
}

fn finds(condition: &str, event: &Value) -> bool {
    compiled(&format!("any where {condition}")).matches(&Json(event))
}

/// Each finds the event, and its opposite does not.
#[track_caller]
fn all(event: &Value, conditions: &[&str]) {
    for condition in conditions {
        assert!(finds(condition, event), "{condition} on {event}");
        assert!(!finds(&format!("not ({condition})"), event), "not ({condition}) on {event}");
    }
}

#[track_caller]
fn none(event: &Value, conditions: &[&str]) {
    for condition in conditions {
        assert!(!finds(condition, event), "{condition} on {event}");
        assert!(finds(&format!("not ({condition})"), event), "not ({condition}) on {event}");
    }
}

#[test]
fn the_category_is_exact_and_any_needs_none() {
    let event = json!({ "event.category": ["process", "file"], "f": "a" });
    assert!(compiled("file where f == \"a\"").matches(&Json(&event)));
    assert!(!compiled("File where true").matches(&Json(&event)));
    assert!(compiled("any where true").matches(&Json(&json!({}))));
    assert!(!compiled("file where true").matches(&Json(&json!({}))));
    assert!(!compiled("file where false or f == \"b\"").matches(&Json(&event)));
}

#[test]
fn each_type_compares_its_own_way() {
    let event = json!({
        "f": "abc", "count": 5, "share": 0.5, "ok": true, "ip": "10.1.2.3", "@timestamp": "2026-11-24T09:30:00Z",
        "flat": { "x": "y", "z": "q" },
    });
    all(
        &event,
        &[
            "f == \"abc\" and f != \"ABC\" and f : \"AB?\" and f like \"a*c\" and f like~ \"A*\" and f regex \"a.c\"",
            "f in (\"x\", \"abc\") and f in~ (\"ABC\") and f not in (\"ABC\") and f >= \"abb\" and f < \"b\"",
            "count == 5 and count == 5.0 and count > 4.5 and 6 > count and count in (4, 5) and count == \"5\"",
            "share == 0.5 and share < 1",
            "ok and ok == true and ok != false",
            "ip == \"10.1.2.3\" and ip == \"10.0.0.0/8\" and cidrMatch(ip, \"11.0.0.0/8\", \"10.9.9.9/8\")",
            "ip in (\"10.1.2.3\")",
            "@timestamp >= \"now-1h\" and @timestamp < \"2026-11-24T09:30:01Z\"",
            "flat.x == \"y\" and flat : \"Q\" and flat != null",
        ],
    );
    none(&event, &["f == \"a*c\"", "f in (\"a*c\")", "f like \"A*c\"", "f regex \"b\"", "f : \"ab\"", "flat == \"x\""]);
}

#[test]
fn a_number_is_computed_with_as_its_field_holds_it() {
    let event = json!({ "count": [5.7, "8.2"], "share": [5, "7"] });
    all(&event, &["count + 1 == 6", "string(count) == \"8\"", "share / 2 == 2.5", "share / 2 == 3.5"]);
    all(&event, &["string(share) == \"5.0\"", "count / 2 == 2", "-share == -7"]);
    none(&event, &["count * 10 == 57", "share / 2 == 2", "string(share) == \"5\""]);
}

#[test]
fn what_no_mapping_names_compares_by_its_own_type() {
    let event = json!({ "free": { "text": "10.1.2.3", "count": 5, "ok": true, "list": ["a", 7] } });
    all(
        &event,
        &[
            "free.text == \"10.1.2.3\" and free.text : \"10.*\" and cidrMatch(free.text, \"10.0.0.0/8\")",
            "free.count == 5 and free.count > 4 and free.count + 1 == 6",
            "free.ok and free.ok == true and free.ok != false",
            "free.list : \"A\" and free.list == 7 and free != null and free.none == null",
            "string(free.count) == \"5\" and length(free.text) == 8",
        ],
    );
    none(&event, &["free.text == \"10.0.0.0/8\"", "free.count : \"5*\"", "free.none == 5", "length(free.count) > 0"]);
}

#[test]
fn a_text_to_find_is_asked_as_the_index_would_be() {
    let event = json!({ "f": "{policy={Effect=Allow, Principal=*}, password=****}", "g": "Admin" });
    all(
        &event,
        &[
            r#"stringContains(f, "Principal=\\*")"#,
            r#"stringContains(f, "password=*")"#,
            r#"stringContains(f, "Eff?ct=Allow")"#,
            r#"startsWith(f, "{policy") and endsWith(f, "*}") and stringContains~(f, "PRINCIPAL")"#,
            r#"startsWith~(g, "AD") and endsWith~(g, "MIN") and startsWith(g, "Ad") == true"#,
            r#"startsWith("Administrator", g) and stringContains(f, "all*") == false"#,
        ],
    );
    none(&event, &[r#"stringContains(f, "")"#, r#"startsWith(f, "{pol*")"#, r#"stringContains(f, "principal")"#]);
}

#[test]
fn only_the_literal_null_is_neither() {
    let event = json!({ "f": "a", "n": null });
    all(&event, &["n == null", "?n == null", "g == null and f != null", "?nope == null", "null == null", "f == \"a\""]);
    all(&event, &["?g != \"a\"", "not (g : \"*\")", "length(?nope) == null", "concat(f, ?nope) == null"]);
    all(&event, &["string(g == ?nope) == \"true\"", "string(?nope != f) == \"true\"", "(f > ?nope) == null"]);
    none(&event, &["?nope != null", "g == \"a\"", "g != null", "startsWith(f, null)", "length(g) > 0"]);
    for condition in [
        "?nope == \"a\"",
        "?nope != \"a\"",
        "?nope : \"*\"",
        "?nope in (\"a\")",
        "?nope",
        "null",
        "f > null",
        "length(?nope) > 0",
        "?nope == \"a\" or f == \"b\"",
        "?nope == \"a\" and f == \"a\"",
        "?nope + 1 == 2",
        "cidrMatch(ip, null, \"10.0.0.0/8\")",
        "cidrMatch(ip, ?nope) == true",
        "cidrMatch(?nope, \"10.0.0.0/8\")",
    ] {
        assert!(!finds(condition, &event) && !finds(&format!("not ({condition})"), &event), "{condition}");
    }
    all(&event, &["cidrMatch(ip, null) == null", "indexOf(f, \"a\", null) == null", "number(\"7\", null) == 7"]);
    all(&event, &["?nope == \"a\" or f == \"a\"", "not (?nope == \"a\" and f == \"b\")"]);
}

#[test]
fn constants_are_worked_out_once() {
    let same = |text: &str, other: &str| {
        let clause = |text: &str| format!("{:?}", compiled(&format!("any where {text}")).clause);
        assert_eq!(clause(text), clause(other), "{text}");
    };
    same("count == number(\"0x10\", 16) + 2 * 3", "count == 22");
    same("add(0, 1) == count", "count == 1");
    same("5 < count", "count > 5");
    same("1 == 1 and f == \"a\"", "f == \"a\"");
    same("concat(\"a\", 1, true) == f", "f == \"a1true\"");
    same("f == \"a\" or 2 > 3", "f == \"a\"");
    same("(f in (\"a\")) == false", "not f in (\"a\")");
    same("not (not f == \"a\")", "f == \"a\"");
    same("\"b\" in (\"a\", \"b\")", "true");
    same("\"ab\" like \"a*\" and \"x\" regex \"[xy]\"", "true");
}

#[test]
fn what_costs_is_asked_last() {
    let query =
        compiled("any where length(f) > 1 and f regex \"a.*\" and not g == \"b\" and f : \"a*\" and h == \"c\"");
    let Clause::And(parts) = &query.clause else { panic!() };
    let shown: Vec<String> = parts.iter().map(|part| format!("{part:?}")).collect();
    let order = ["OneOf", "Glob", "Regex", "Not", "Script"];
    assert!(shown.iter().zip(order).all(|(part, kind)| part.contains(kind)), "{shown:#?}");
}

#[track_caller]
fn refused(text: &str, place: &str, message: &str) {
    let error = prepared(text).expect_err(text);
    assert_eq!((&text[error.span.start..error.span.end], error.message.as_str()), (place, message), "{text}");
    assert!(!error.help.is_empty());
}

#[test]
fn what_no_event_could_be_asked_is_refused_at_its_place() {
    for (condition, place, message) in [
        ("f == g", "g", "a field is compared with another here"),
        ("length(f) == length(g)", "length(g)", "a field is compared with another here"),
        ("string(f == g) == \"true\"", "g", "a field is compared with another here"),
        ("f in (\"a\", g)", "g", "a field stands in a list here"),
        ("f", "f", "`f` is a text, and alone it is no condition"),
        ("f == \"a\" and count", "count", "`count` is a number, and alone it is no condition"),
        ("length(f)", "length(f)", "a condition is true or false, and this is a number"),
        ("not 5", "5", "a condition is true or false, and this is a number"),
        ("count : \"5\"", "count", "this is a number, and only texts can be matched"),
        ("ip like \"10.*\"", "ip", "this is an address, and only texts can be matched"),
        ("count in (1, \"a\")", "\"a\"", "this is a text, and what is sought is a number"),
        ("f in (1)", "1", "this is a number, and what is sought is a text"),
        ("f + 1 == 2", "f", "this is a text, and a number must stand here"),
        ("count + 9223372036854775807 + 1 > 0 and 1 / 0 == 1", "1 / 0", "this has no value"),
        ("9223372036854775807 + 1 == count", "9223372036854775807 + 1", "this has no value"),
        ("number(\"x\") == count", "number(\"x\")", "this has no value"),
        ("number(count) == 1", "count", "this is a number, and a text must stand here"),
        ("number(f, 1.5) == 1", "1.5", "this is a number, and a whole number must stand here"),
        ("between(f, \"a\", \"b\", 1) == \"\"", "1", "this is a number, and true or false must stand here"),
        ("stringContains(f, 1)", "1", "this is a number, and a text must stand here"),
        ("startsWith(ip, \"10.\")", "ip", "this is an address, and a text must stand here"),
        ("cidrMatch(f, \"10.0.0.0/8\")", "f", "this is a text, and an address must stand here"),
        ("cidrMatch(ip, \"10.0.0.0/33\")", "\"10.0.0.0/33\"", "\"10.0.0.0/33\" is no block of addresses"),
        ("cidrMatch(ip, f)", "f", "a block of addresses is a text that stands in the query"),
        ("words == \"a\"", "words", "`words` is full text, which EQL cannot ask"),
        ("object == \"a\"", "object", "`object` is an object"),
        ("nope == 1", "nope", "no field is named `nope`"),
        ("f regex (\"a\", \"(b\")", "\"(b\"", "this regular expression cannot be run"),
    ] {
        refused(&format!("any where {condition}"), place, message);
    }
}

#[test]
fn conditions_within_conditions_take_as_long_as_they_are() {
    for (open, close) in
        [("(", " == true)"), ("(true == ", ")"), ("(string(", ") == \"true\")"), ("(not ", " in (true))")]
    {
        let (open, close) = (open.repeat(60), close.repeat(60));
        assert!(prepared(&format!("any where {open}ok{close}")).is_ok(), "{close}");
    }
}

#[test]
fn advice_guesses_what_was_meant() {
    for (condition, advice) in [
        ("f == g", "a text stands in quotes"),
        ("f == TRUE", "`true`"),
        ("length(f) == Null", "`null`"),
        ("my-name == \"a\"", "backticks"),
        ("f - 1 == 2", "check the argument"),
        ("count + 1 in (1, 2)", "in parentheses"),
    ] {
        let error = prepared(&format!("any where {condition}")).expect_err(condition);
        assert!(error.help.contains(advice), "{condition}: {}", error.help);
    }
}

#[test]
fn keys_of_one_place_have_one_type() {
    refused(
        "sequence [a where true] by f, count [b where true] by g, ip",
        "ip",
        "`count` is a number, and `ip` is an address",
    );
    refused("sequence by nope [a where true] [b where true]", "nope", "no field is named `nope`");
    assert!(prepared("sequence [a where true] by count [b where true] by share until [c where true] by ?nope").is_ok());
    let many = "[a where true] ".repeat(65);
    assert_eq!(prepared(&format!("sequence {many}")).unwrap_err().message, "more than 64 items");
}

#[test]
fn items_carry_all_keys_and_their_categories() {
    let text = "sequence by host with maxspan=5s [a where f == \"x\"] by f with runs=2 ![b where true] by g [c where true] \
                by g until [d where true] by g | head 3";
    let Prepared { search: Search::Sequence(search), pipes } = prepared(text).unwrap() else { panic!() };
    assert_eq!((search.maxspan, pipes.len()), (Some(5_000), 1));
    let keys = |item: &ItemSearch| item.keys.iter().map(|key| key.name.clone()).collect::<Vec<_>>();
    assert_eq!(keys(&search.items[0]), ["host", "f"]);
    assert_eq!((search.items[0].runs, search.items[1].missing), (2, true));
    assert_eq!(keys(search.until.as_ref().unwrap()), ["host", "g"]);
    assert!(search.items[0].query.matches(&Json(&json!({ "event.category": "a", "f": "x" }))));
    assert!(!search.items[0].query.matches(&Json(&json!({ "event.category": "b", "f": "x" }))));
}

#[test]
fn says_what_it_touches_and_what_never_matches() {
    let query = compiled("process where length(a.b) > 1 and (c == \"x\" or not ?d == null) and count == \"many\"");
    let names = ["a.b", "c", "count", "d", "event.category"].map(|name| FieldRef::Name(name.to_owned()));
    assert_eq!(query.fields(), names);
    let warnings: Vec<String> = query.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0].starts_with("1:77: this part of the query never matches"), "{}", warnings[0]);
    assert!(compiled("any where @timestamp > \"now-1d\"").uses_now() && !compiled("any where f == \"now\"").uses_now());
}

fn stands(field: &str) -> Option<Literal<'_>> {
    ["f", "g"].contains(&field).then(|| Literal::Value { rank: u8::from(field == "g"), whole: false })
}

#[test]
fn what_must_be_there_is_known_of_eql_too() {
    let literals = |condition: &str| -> Option<Vec<String>> {
        let query = compiled(&format!("any where {condition}"));
        query.literals(&stands).map(|texts| texts.into_iter().map(std::borrow::Cow::into_owned).collect())
    };
    for (condition, expected) in [
        ("f == \"Start\"", &["Start"][..]),
        ("f in (\"Start\", \"Stop\") and g == \"other\"", &["Start", "Stop"]),
        ("stringContains(g, \"masterUserPassword=*\")", &["masterUserPassword"]),
        ("startsWith(f, \"ASIA\") or endsWith(f, \"Trail\")", &["ASIA", "Trail"]),
        ("f like (\"Get?ecret*\", \"Put*\")", &["Put", "ecret"][..0]),
        ("f like \"Get?Secrets*\"", &["Secrets"]),
        ("f regex \"arn:aws:s3.*\"", &["arn"][..0]),
        ("f regex \"Delete(Trail|Log).*\"", &["Delete"]),
        ("f : \"start\" and g == \"other\"", &["other"]),
        ("length(f) > 5 and g == \"other\"", &["other"]),
    ] {
        let found = literals(condition);
        match expected {
            [] => assert_eq!(found, None, "{condition}"),
            expected => assert_eq!(found.unwrap(), expected, "{condition}"),
        }
    }
    for condition in
        ["f : \"Start\"", "f != \"Start\"", "f regex~ \"Start\"", "f in~ (\"Start\")", "f == null", "length(f) == 5"]
    {
        assert_eq!(literals(condition), None, "{condition}");
    }
    let query = compiled("any where f in (\"a\", \"b\") and g : \"c\"");
    assert_eq!(query.required("f").unwrap().len(), 2);
    assert_eq!(query.required("g"), None);
    let known = |field: &str| if field == "g" { Known::AtMost("C") } else { Known::Open };
    assert!(query.is_possible(&known));
    assert!(!compiled("any where g : \"d\"").is_possible(&known));
    assert!(compiled("any where g != \"C\"").is_possible(&known));
}
