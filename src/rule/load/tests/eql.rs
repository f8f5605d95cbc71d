//! Rules whose query is EQL.

use super::*;
use crate::rule::{EqlFields, to_json, to_text};

const HEAD: &str = "[rule]\nname = 'n'\nrule_id = 'n'\nseverity = 'low'\nrisk_score = 21\ntype = 'eql'\n";

fn status(fields: &str) -> FileStatus {
    load_str(&format!("{HEAD}{fields}"), RuleFormat::Toml, "r.toml").outcomes.remove(0).status
}

#[test]
fn eql_rules_are_read_from_every_format() {
    let fields = "language = 'eql'\nevent_category_override = 'event.type'\ntiebreaker_field = 'event.id'\n\
                  timestamp_field = '@timestamp'\nquery = '''\n  info where event.action == \"x\"\n'''\n";
    let toml = one(&format!("{HEAD}{fields}"), RuleFormat::Toml);
    assert_eq!((toml.kind, toml.language.as_str()), (RuleType::Eql, "eql"));
    assert_eq!(toml.query, "info where event.action == \"x\"");
    let field = |name: &str| Some(name.to_owned());
    let expected = EqlFields {
        event_category: field("event.type"),
        timestamp: field("@timestamp"),
        tiebreaker: field("event.id"),
    };
    assert_eq!(toml.eql, Some(expected));
    let json = to_json(&toml);
    assert_eq!(
        (&json["event_category_override"], &json["tiebreaker_field"]),
        (&"event.type".into(), &"event.id".into())
    );
    let text = to_text(&toml);
    assert!(
        text.contains("EQL, single events") && text.contains("event.type") && text.contains("@timestamp"),
        "{text}"
    );

    let line = r#"{"name":"n","rule_id":"n","type":"eql","severity":"low","risk_score":21,"query":"any where true","filters":[{"query":{"match_phrase":{"cloud.region":"r"}}}]}"#;
    let json = one(line, RuleFormat::Ndjson);
    assert_eq!(
        (json.language.as_str(), json.eql.clone(), json.event_category()),
        ("eql", Some(EqlFields::default()), "event.category")
    );
    assert_eq!((json.query.as_str(), json.filter().as_deref()), ("any where true", Some(json.filters[0].as_str())));

    let page = PAGE.replace("**Rule type**: query", "**Rule type**: eql");
    let page = one(&page.replace("event.action:UseKey and\n  not user.name:ci", "any where\n  true"), RuleFormat::Page);
    assert_eq!(page.query, "any where\n  true");
    assert_eq!((page.kind, page.language.as_str()), (RuleType::Eql, "eql"));
}

#[test]
fn what_is_no_eql_is_named_where_it_stands() {
    let said = |fields: &str| match status(fields) {
        FileStatus::Error(error) => error.to_string(),
        other => panic!("{other:?}"),
    };
    let [parse, semantic, language] = [
        "query = '''\nany where event.action = \"x\"\n'''\n",
        "query = 'any where source.ip == \"here\" and cidrMatch(user.name, \"x\")'\n",
        "language = 'kuery'\nquery = 'any where true'\n",
    ]
    .map(said);
    insta::assert_snapshot!([parse, semantic, language].join("\n"));
}

#[test]
fn what_is_eql_and_no_rule_says_why() {
    let why = |fields: &str| match status(fields) {
        FileStatus::Unsupported(why) => why,
        other => panic!("{other:?}"),
    };
    assert_eq!(why("query = 'any where true | head 5'"), "pipes do not run here in a rule");
    assert_eq!(why("query = 'sample by user.name [any where true] [any where true]'"), "eql samples do not run here");
    let sequence = "query = 'sequence [any where true] [any where true]'\n";
    assert_eq!(
        why(&format!("{sequence}timestamp_field = 'event.ingested'")),
        "sequences by `event.ingested` do not run here, only those by `@timestamp`"
    );
    // Where events stand alone their order does not matter.
    for fields in [sequence, "query = 'any where true'\ntimestamp_field = 'event.ingested'"] {
        assert!(matches!(status(fields), FileStatus::Ok(_)), "{fields}");
    }
}

#[test]
fn fields_that_nobody_has_are_named_where_an_eql_rule_asks_for_them() {
    let text = format!("{HEAD}query = '''\n  any where evnt.action == \"x\" and ?no.such == null\n'''\n");
    let warnings = load_str(&text, RuleFormat::Toml, "r.toml").outcomes.remove(0).warnings;
    insta::assert_snapshot!(warnings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"), @r#"
    r.toml:8:13: `evnt.action` is a field of neither ECS nor Elastic's AWS integration
      |   any where evnt.action == "x" and ?no.such == null
      |             ^^^^^^^^^^^
      help: did you mean `event.action`?
    "#);
}
