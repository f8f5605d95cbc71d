use super::*;
use crate::query::kql;
use crate::rule::{FileStatus, RuleFormat, load_str};

/// What becomes of a rule with this filter.
fn of(filter: &str) -> Result<String, String> {
    with(&format!("[{filter}]"))
}

fn with(filters: &str) -> Result<String, String> {
    let rule = format!(
        r#"{{"rule_id":"r","name":"N","type":"query","severity":"low","risk_score":1,"query":"event.kind:event","filters":{filters}}}"#
    );
    let load = load_str(&rule, RuleFormat::Ndjson, "f");
    let [outcome] = &load.outcomes[..] else { panic!("{:?}", load.outcomes) };
    match &outcome.status {
        FileStatus::Ok(_) => Ok(load.rules[0].filters.join(" | ")),
        FileStatus::Unsupported(why) => {
            assert!(load.rules.is_empty() && outcome.rule.is_some(), "it is shown, and does not run");
            Err(why.clone())
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn filters_as_kibana_writes_them_become_kql() {
    for (filter, expected) in [
        (
            r#"{"meta":{"negate":false,"disabled":false,"type":"phrase","key":"event.action","params":{"query":"CreateUser"}},"query":{"match_phrase":{"event.action":"CreateUser"}},"$state":{"store":"appState"}}"#,
            r#"event.action:"CreateUser""#,
        ),
        (
            r#"{"meta":{"negate":true,"type":"phrase"},"query":{"match_phrase":{"user.name":{"query":"ci \"x\""}}}}"#,
            r#"not user.name:"ci \"x\"""#,
        ),
        (
            r#"{"meta":{"type":"phrases","negate":false},"query":{"bool":{"minimum_should_match":1,"should":[{"match_phrase":{"cloud.region":"us-east-1"}},{"match_phrase":{"cloud.region":"us-west-2"}}]}}}"#,
            r#"cloud.region:"us-east-1" or cloud.region:"us-west-2""#,
        ),
        (
            r#"{"meta":{"type":"phrases","negate":true},"query":{"bool":{"minimum_should_match":1,"should":[{"match_phrase":{"a":"b"}},{"match_phrase":{"a":1}}]}}}"#,
            r#"not (a:"b" or a:"1")"#,
        ),
        (r#"{"meta":{"type":"exists"},"query":{"exists":{"field":"user.email"}}}"#, "user.email:*"),
        (
            r#"{"exists":{"field":"user.email"},"meta":{"negate":true},"$state":{"store":"appState"}}"#,
            "not user.email:*",
        ),
        (
            r#"{"meta":{"type":"range"},"query":{"range":{"source.port":{"gte":1024,"lt":"2048"}}}}"#,
            r#"source.port >= "1024" and source.port < "2048""#,
        ),
        (
            r#"{"range":{"@timestamp":{"gt":"2026-11-23T00:00:00Z","lte":null,"format":"strict_date_optional_time"}}}"#,
            r#"@timestamp > "2026-11-23T00:00:00Z""#,
        ),
        (
            r#"{"meta":{"type":"combined","relation":"OR","params":[
                {"meta":{"negate":true},"query":{"match_phrase":{"a":"1"}}},
                {"meta":{"type":"combined","relation":"AND","params":[{"query":{"exists":{"field":"b"}}},{"meta":{"disabled":true},"query":{"script":{}}},{"query":{"exists":{"field":"c"}}}]}}]},"query":{}}"#,
            r#"not a:"1" or b:* and c:*"#,
        ),
        (
            r#"{"query":{"bool":{"must":[{"term":{"a":"x"}}],"filter":{"terms":{"b":["y",true]}},"must_not":[{"prefix":{"c":{"value":"p q"}}}],"should":[{"exists":{"field":"d"}}]}}}"#,
            r#"a:"x" and (b:"y" or b:"true") and not c:p q*"#,
        ),
        (r#"{"query":{"bool":{"must":[],"filter":[],"should":[],"must_not":[]}}}"#, "*:*"),
        (r#"{"query":{"wildcard":{"user_agent.original":{"value":"*a\\*b*"}}}}"#, r"user_agent.original:*a\*b*"),
        (r#"{"query":{"wildcard":{"a":"x"}}}"#, r#"a:"x""#),
        (r#"{"query":{"match":{"a":{"query":"x y","type":"phrase"}}}}"#, r#"a:"x y""#),
        (r#"{"query":{"match":{"event.action":"x"}}}"#, r#"event.action:"x""#),
        (r#"{"query":{"match_all":{}}}"#, "*:*"),
        (r#"{"query":{"query_string":{"query":"*","analyze_wildcard":true}}}"#, "*:*"),
        (r#"{"query":{"query_string":{"query":"event.action:\"Put Object\""}}}"#, r#"event.action:"Put Object""#),
        (r#"{"query":{"query_string":{"query":"event.action:PutObject"}}}"#, r#"event.action:"PutObject""#),
        (r#"{"query":{"query_string":{"query":"user.email:*"}}}"#, "user.email:*"),
        (r#"{"meta":{"disabled":true},"query":{"script":{"script":"x"}}}"#, ""),
        (r#"{"query":{"terms":{"a":[]}}}"#, "not *:*"),
    ] {
        assert_eq!(of(filter).as_deref(), Ok(expected), "{filter}");
        if !expected.is_empty() {
            let again = kql::parse(expected).unwrap_or_else(|error| panic!("{expected}: {error}"));
            assert_eq!(again.to_string(), expected);
        }
    }
    assert_eq!(with("[]").as_deref(), Ok(""));
    assert_eq!(with(r#"[{"exists":{"field":"a"}},{"exists":{"field":"b"}}]"#).as_deref(), Ok("a:* | b:*"));
}

#[test]
fn what_has_no_counterpart_keeps_the_rule_from_running() {
    for (filter, why) in [
        (r#"{"query":{"script":{"script":{"source":"true"}}}}"#, "`script` has no counterpart here"),
        (r#"{"query":{"geo_bounding_box":{"source.geo.location":{}}}}"#, "`geo_bounding_box` has no counterpart"),
        (r#"{"query":{"query_string":{"query":"a:b OR c:d"}}}"#, "is in Lucene's language"),
        (r#"{"query":{"query_string":{"query":"a:(b)"}}}"#, "is in Lucene's language"),
        (r#"{"query":{"query_string":{"query":"a:b","default_operator":"AND"}}}"#, "`default_operator`"),
        (r#"{"query":{"query_string":{"query":"free text"}}}"#, "is in Lucene's language"),
        (r#"{"query":{"match_phrase":{"message":{"query":"a b","slop":2}}}}"#, "`slop`"),
        (r#"{"query":{"match":{"message":"a b"}}}"#, "one by one"),
        (r#"{"query":{"term":{"a":{"value":"x","case_insensitive":true}}}}"#, "upper from lower case"),
        (r#"{"query":{"wildcard":{"a":"b?"}}}"#, "`?`"),
        (r#"{"query":{"wildcard":{"a":" b*"}}}"#, "white space"),
        (r#"{"query":{"range":{"@timestamp":{"gte":"23/11/2026","format":"dd/MM/yyyy"}}}}"#, "format of its own"),
        (r#"{"query":{"range":{"@timestamp":{"gte":"2026-11-23","time_zone":"+05:00"}}}}"#, "time zone of its own"),
        (
            r#"{"query":{"bool":{"should":[{"exists":{"field":"a"}},{"exists":{"field":"b"}},{"exists":{"field":"c"}}],"minimum_should_match":2}}}"#,
            "some of several",
        ),
        (r#"{"query":{"match_phrase":{"source.ip":"here"}}}"#, "never matches"),
        (r#"{"query":{"exists":{"field":"a"},"match_all":{}}}"#, "no search of one kind"),
        (r#"{"query":{"match_phrase":{"a":"1","b":"2"}}}"#, "not about one field"),
        (r#"{"query":{"match_phrase":{"a":["1"]}}}"#, "a list where a value belongs"),
        (r#"{"meta":{"type":"combined","relation":"OR","params":[]},"query":{}}"#, "no parts"),
        (r#"{"meta":{"type":"combined","params":[{"exists":{"field":"a"}}]},"query":{}}"#, "joined by ``"),
        (r#"{"meta":{}}"#, "no search of one kind"),
        (r#""x""#, "where an object belongs"),
    ] {
        let said = of(filter).unwrap_err();
        assert!(said.contains(why), "{filter}: {said}");
    }
    assert!(of(r#"{"query":{"script":{}}}"#).unwrap_err().starts_with("a filter beside the query cannot be applied: "));
}

#[test]
fn a_rule_with_filters_may_have_no_query_and_searches_for_both_else() {
    let rule = |query: &str, filters: &str| {
        let text = format!("[rule]\nname='N'\ntype='query'\nseverity='low'\nrisk_score=1\n{query}\n{filters}");
        load_str(&text, RuleFormat::Toml, "f")
    };
    let filters =
        "[[rule.filters]]\n[rule.filters.meta]\nnegate = true\n[rule.filters.query.match_phrase]\n\"a.b\" = 'x'\n";
    let search = |load: crate::rule::RuleLoad| load.rules[0].search().into_owned();
    assert_eq!(search(rule("query='c: 1 or d: 2'", filters)), r#"(c: 1 or d: 2) and (not a.b:"x")"#);
    assert_eq!(search(rule("query=''", filters)), r#"not a.b:"x""#);
    assert_eq!(search(rule("query='c: 1 or d: 2'", "")), "c: 1 or d: 2");
    assert!(rule("query=''", "").rules.is_empty());
    assert_eq!(rule("query='c: ('", filters).errors().count(), 1);
}

proptest::proptest! {
    #[test]
    fn a_wildcard_becomes_the_same_pattern(text in "[ab*\\\\ :()\"né]{1,8}") {
        if let Ok(node) = wildcard("f", &text) {
            proptest::prop_assert_eq!(kql::parse(&node.to_string()).unwrap().to_json(), node.to_json());
        }
    }
}
