use crate::query::{eql, kql};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::detect::{Exceptions, RuleSet};
use crate::event::{self, EcsDocument, Event};
use crate::rule::{RuleFormat, load_str};

fn strings(queries: &[&str]) -> Option<Strings> {
    let queries: Vec<Query> = queries.iter().map(|q| kql::compile(q, event::schema()).unwrap()).collect();
    Strings::of(&queries)
}

#[test]
fn strings_that_a_rule_requires_are_found_however_they_are_spelled() {
    let strings = strings(&["event.provider: rds.amazonaws.com and event.action: StartExportTask"]).unwrap();
    for (bytes, expected) in [
        (r#"{"eventName":"StartExportTask"}"#, true),
        (r#"{"eventName":"StartExport","eventSource":"rds.amazonaws.com"}"#, false),
        (r#"{"eventName":"PutRolePolicy","policyDocument":"{\"Action\":\"rds:StartExportTask\"}"}"#, false),
        (r#"{"message":"{\u0022eventName\u0022:\u0022StartExportTask\u0022}"}"#, true),
        (r#"{"message":"{\"eventName\":\"StartExportTask\"}"}"#, true),
        (r#"{"eventName":"\u0053tartExportTask"}"#, true),
        (r#"{"message":"{\"eventName\":\"\\u0053tartExportTask\"}"}"#, true),
        (r#"{"eventName":"Start\u0045xport\u0054ask"}"#, true),
        (r#"{"a":"x\u003dy\u0026z\u00e9\u003c\u002f\u0000"}"#, false),
        (r#"{"a":"\u0039"}"#, true),
        (r#"{"a":"\u002d"}"#, true),
        (r#"{"a":"\ud83d\ude00"}"#, true),
        (r#"{"a":"\uD800"}"#, true),
        (r#"{"a":"\ud7ff"}"#, false),
        (r"\u00", true),
        (r#"{"a":"\u20ac"}"#, false),
        (r#"{"a":"\\u00e9"}"#, true),
        ("", false),
    ] {
        assert_eq!(strings.may_occur(bytes.as_bytes()), expected, "{bytes}");
    }
}

#[test]
fn several_rules_are_one_search_and_one_without_strings_makes_it_none() {
    let both = strings(&["event.action: StartExportTask", "event.action: (StopLogging or Delete*Trail)"]).unwrap();
    for (bytes, expected) in
        [(r#""StopLogging"#, true), (r#""DeleteX"#, true), (r#""Stop"#, false), ("StopLogging", false)]
    {
        assert_eq!(both.may_occur(bytes.as_bytes()), expected, "{bytes}");
    }
    assert!(strings(&["event.action: StartExportTask", "event.outcome: failure"]).is_none());
    assert!(strings(&["user.name: true"]).unwrap().may_occur(br#"{"userName":true}"#), "no string");
    let many: Vec<String> = (0..=48).map(|n| format!("event.action: Action{n}")).collect();
    assert!(strings(&many.iter().map(String::as_str).collect::<Vec<_>>()).is_none());
    assert!(!strings(&["event.action: null"]).unwrap().may_occur(b"null"), "nothing can match");
}

/// Spells some characters of `text` as escapes.
fn spelled(text: &str, escape: &[bool]) -> String {
    let spell = |(c, escape): (char, &bool)| match (c, escape) {
        ('"' | '\\', _) | (_, true) => format!("\\u{:04x}", u32::from(c)),
        _ => c.to_string(),
    };
    text.chars().zip(escape.iter().chain(std::iter::repeat(&false))).map(spell).collect()
}

/// A set of the one rule with this query.
fn rules(query: &str) -> RuleSet {
    let text = format!(
        "[rule]\nname = 'r'\nrule_id = 'r'\ntype = 'query'\nseverity = 'low'\nrisk_score = 21\nquery = '''{query}'''\n"
    );
    let (rules, left) = RuleSet::new(load_str(&text, RuleFormat::Toml, "r.toml").rules, Exceptions::default());
    assert!(left.is_empty());
    rules
}

fn skip(rules: &RuleSet, record: &str) -> Option<Skip> {
    match rules.prefilter().decide(record.as_bytes()) {
        Decision::Skip(why) => Some(why),
        Decision::Evaluate(_) => None,
    }
}

#[test]
fn a_record_of_another_call_is_skipped_and_the_reason_told() {
    let rules = rules("event.provider: iam.amazonaws.com and event.action: Get* and user.name: alice");
    let record = |provider: &str, action: &str, name: &str| {
        format!(
            r#"{{"eventVersion":"1.11","userIdentity":{{"userName":"{name}"}},"eventSource":"{provider}","eventName":"{action}"}}"#
        )
    };
    for (provider, action, name, expected) in [
        ("iam.amazonaws.com", "GetUser", "alice", None),
        ("iam.amazonaws.com", "PutUser", "alice", Some(Skip::NoRule)),
        ("rds.amazonaws.com", "GetUser", "alice", Some(Skip::NoRule)),
        ("iam.amazonaws.com", "GetUser", "bob", Some(Skip::NoString)),
        ("rds.amazonaws.com", r"\u0047etUser", "bob", None),
    ] {
        let record = record(provider, action, name);
        assert_eq!(skip(&rules, &record), expected, "{record}");
    }
}

fn value() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "StartExportTask",
        "StopLogging",
        "rds.amazonaws.com",
        "alice",
        "a b/cde",
        "rds:StartExportTask",
        "Boto3/1.28.3 Linux/5.10.1",
    ]);
    prop_oneof![known.prop_map(str::to_owned), "[ab]{0,5}"]
}

fn query() -> impl Strategy<Value = String> {
    let field = prop::sample::select(vec![
        "event.action",
        "event.provider",
        "user.name",
        "user_agent.original",
        "user_agent.name",
        "user_agent.os.full",
        "source.address",
        "event.outcome",
        "aws.cloudtrail.error_code",
        "aws.cloudtrail.user_identity.access_key_id",
        "aws.cloudtrail.user_identity.arn",
        "aws.cloudtrail.user_identity.type",
        "aws.cloudtrail.flattened.request_parameters.some-key",
    ]);
    let word = prop::sample::select(vec![
        "StartExportTask",
        "Stop*",
        "*Export*Task",
        "rds.amazonaws.com",
        "\"a b/cde\"",
        "alice",
        "*",
        "(alice or bbbb)",
        "(Boto3 or \"Linux 5.10.1\")",
        "Other",
        "success",
        "ab*ab",
    ]);
    let leaf = (field, word).prop_map(|(field, word)| format!("{field}: {word}"));
    leaf.prop_recursive(3, 8, 2, |inner| {
        (inner.clone(), inner, 0..3u8).prop_map(|(a, b, kind)| match kind {
            0 => format!("({a}) and ({b})"),
            1 => format!("({a}) or ({b})"),
            _ => format!("({a}) and not ({b})"),
        })
    })
}

/// The same in EQL.
fn eql_query() -> impl Strategy<Value = String> {
    let field = prop::sample::select(vec![
        "event.action",
        "event.provider",
        "user.name",
        "user_agent.original",
        "event.outcome",
        "aws.cloudtrail.error_code",
        "aws.cloudtrail.user_identity.access_key_id",
        "aws.cloudtrail.user_identity.arn",
        "`aws.cloudtrail.flattened.request_parameters.some-key`",
        "aws.cloudtrail.request_parameters",
    ]);
    let condition = prop::sample::select(vec![
        "F == \"StartExportTask\"",
        "F != \"StartExportTask\"",
        "F in (\"alice\", \"rds.amazonaws.com\")",
        "F in~ (\"ALICE\", \"RDS.amazonaws.com\")",
        "F : \"stop*\"",
        "F like (\"Stop*ing\", \"a?ice\")",
        "F like \"?tartExportTask\"",
        "F regex \"Start.*|.*rds:StartExportTask\"",
        "F regex \"(rds:)?StartExport.*\"",
        "F regex~ \".*alice.*\"",
        "startsWith(F, \"Start\")",
        "startsWith~(F, \"start\")",
        "endsWith(F, \"ExportTask\")",
        "stringContains(F, \"alice\")",
        "stringContains(F, \"some-key=*\")",
        "stringContains(F, \"b/cde\")",
        "length(F) > 3",
        "substring(F, 0, 5) == \"Start\"",
        "F != null",
        "F == null",
        "F > \"a\"",
    ]);
    let leaf = (field, condition).prop_map(|(field, condition)| condition.replace('F', field));
    leaf.prop_recursive(3, 8, 2, |inner| {
        (inner.clone(), inner, 0..3u8).prop_map(|(a, b, kind)| match kind {
            0 => format!("({a}) and ({b})"),
            1 => format!("({a}) or ({b})"),
            _ => format!("({a}) and not ({b})"),
        })
    })
}

fn eql(condition: &str) -> Query {
    let text = format!("any where {condition}");
    let statement = eql::parse(&text).unwrap();
    match eql::prepare(&text, &statement, event::schema(), "event.category").unwrap().search {
        eql::Search::Event(query) => query,
        other => panic!("{other:?}"),
    }
}

/// Events, each as it is, and as a message of another program.
fn text() -> impl Strategy<Value = String> {
    let values = prop::collection::vec((value(), prop::collection::vec(any::<bool>(), 0..6)), 8);
    let key = prop::sample::select(vec!["some-key", "of.some-key", "another"]);
    (key, values, any::<bool>(), 0..3u8).prop_map(|(key, values, escaped, form)| {
        // Any escape may keep a record from being skipped, so half of them have none.
        let escape = |n: usize| if escaped { &values[n].1[..] } else { &[] };
        let value = |n: usize| spelled(&values[n].0, escape(n));
        let record = format!(
            r#"{{"eventVersion":"1.11","eventTime":"2026-11-23T10:00:00Z","eventName":"{}","eventSource":"{}","userIdentity":{{"type":"{}","arn":"{}","userName":"{}","accessKeyId":"{}"}},"userAgent":"{}","sourceIPAddress":"{}","requestParameters":{{"{}":"alice"}}}}"#,
            value(0), value(1), value(2), value(3), value(4), value(7), value(5), value(6), spelled(key, escape(0)),
        );
        let wrapped = || json!({ "@timestamp": "2026-11-23T10:00:00Z", "message": Value::String(record.clone()) });
        match form {
            0 => record,
            1 => wrapped().to_string(),
            _ => wrapped().to_string().replace(r#"\""#, r"\u0022"),
        }
    })
}

fn never_skipped(query: &str, compiled: Query, text: &str) -> Result<(), TestCaseError> {
    let event = Event::parse(text.as_bytes()).unwrap();
    let document = event.ecs_json();
    if compiled.matches(&EcsDocument::read(&document)) {
        let skip = Prefilter::for_documents(&compiled).skip(document.as_bytes());
        prop_assert_eq!(skip, None, "{} {}", query, document);
    }
    if compiled.matches(&event) {
        let prefilter = Prefilter::for_query(&compiled);
        let delivery = format!("{{\"Records\":[{text}]}}");
        let skips = [text, &delivery].map(|bytes| prefilter.skip(bytes.as_bytes()));
        prop_assert_eq!(skips, [None; 2], "{} {}", query, text);
        let rule = Arc::new(RuleFilter::new(Arc::new(compiled)));
        let rules = Prefilter::for_rules(vec![rule], &GeoIp::default());
        prop_assert!(!matches!(rules.decide(text.as_bytes()), Decision::Skip(_)), "{} {}", query, text);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn what_a_query_matches_is_never_skipped(query in query(), text in text()) {
        never_skipped(&query, kql::compile(&query, event::schema()).unwrap(), &text)?;
    }

    #[test]
    fn what_eql_matches_is_never_skipped(query in eql_query(), text in text()) {
        never_skipped(&query, eql(&query), &text)?;
    }
}
