use serde_json::json;

use super::*;
use crate::rule;

const AT: &str = "2026-11-23T10:41:52Z";

fn record(user: &str, address: &str, bucket: &str) -> Vec<u8> {
    let record = json!({
        "eventVersion": "1.08", "eventID": "e", "eventTime": AT, "eventName": "StartExportTask",
        "eventSource": "rds.amazonaws.com", "awsRegion": "us-east-1", "recipientAccountId": "111122223333",
        "sourceIPAddress": address,
        "userIdentity": {"type": "IAMUser", "userName": user, "arn": format!("arn:aws:iam::111122223333:user/{user}")},
        "requestParameters": {"s3BucketName": bucket},
    });
    record.to_string().into_bytes()
}

/// Whether an exception with these lines covers an export by `etl-nightly` from 192.0.2.10 to `finance-exports`.
fn covers(lines: &str) -> bool {
    covers_of(lines, &record("etl-nightly", "192.0.2.10", "finance-exports"))
}

fn covers_of(lines: &str, record: &[u8]) -> bool {
    let source = format!("[[exception]]\nname = \"x\"\n{lines}\n");
    let exceptions = Exceptions::parse(&source, "x.toml").unwrap_or_else(|e| panic!("{e}\n{source}"));
    exceptions.cover(&rule::bundled()[0], &Event::parse(record).unwrap())
}

fn entry(entry: &str) -> bool {
    covers(&format!("entries = [{{ {entry} }}]"))
}

fn refused(source: &str) -> String {
    Exceptions::parse(source, "exceptions.toml").unwrap_err().to_string()
}

#[test]
fn each_type_covers_what_it_says_and_nothing_else() {
    for (lines, covered) in [
        (r#"field = "user.name", type = "match", value = "etl-nightly""#, true),
        (r#"field = "user.name", type = "match", value = "etl""#, false),
        (r#"field = "user.name", type = "match", value = "etl-*""#, false),
        (r#"field = "user.name", type = "match_any", value = ["a", "etl-nightly"]"#, true),
        (r#"field = "user.name", type = "match_any", value = ["a", "b"]"#, false),
        (r#"field = "source.ip", type = "match", value = "192.0.2.10""#, true),
        (r#"field = "source.ip", type = "match", value = "192.0.2.0/24""#, true),
        (r#"field = "source.ip", type = "match", value = "198.51.100.0/24""#, false),
        (r#"field = "user.name", type = "exists""#, true),
        (r#"field = "user.email", type = "exists""#, false),
        (r#"field = "user.name", type = "wildcard", value = "etl-*""#, true),
        (r#"field = "user.name", type = "wildcard", value = "*night*""#, true),
        (r#"field = "user.name", type = "wildcard", value = "*-daily""#, false),
    ] {
        assert_eq!(entry(lines), covered, "{lines}");
        assert_eq!(entry(&format!("{lines}, operator = \"included\"")), covered, "{lines}");
        assert_eq!(entry(&format!("{lines}, operator = \"excluded\"")), !covered, "excluded: {lines}");
    }
}

#[test]
fn all_entries_must_hold_and_one_exception_is_enough() {
    let user = r#"{ field = "user.name", type = "match", value = "etl-nightly" }"#;
    let other = r#"{ field = "source.ip", type = "match", value = "203.0.113.9" }"#;
    assert!(!covers(&format!("entries = [{user}, {other}]")));
    assert!(covers(&format!("entries = [{other}]\n[[exception]]\nname = \"y\"\nentries = [{user}]")));
}

#[test]
fn an_exception_is_for_its_rule_and_for_what_happens_before_it_expires() {
    let entries = r#"entries = [{ field = "user.name", type = "exists" }]"#;
    let id = &rule::bundled()[0].id;
    assert!(covers(&format!("rule_id = \"{id}\"\n{entries}")));
    assert!(!covers(&format!("rule_id = \"another\"\n{entries}")));
    for (expires, covered) in [
        ("2026-11-23T10:41:52Z", false),
        ("2026-11-23T10:41:53Z", true),
        ("2026-11-23T11:41:53+01:00", true),
        ("2026-11-23 11:41:52+01:00", false),
    ] {
        assert_eq!(covers(&format!("expires = {expires}\n{entries}")), covered, "{expires}");
    }
}

#[test]
fn an_empty_file_has_no_exceptions() {
    let exceptions = Exceptions::parse("# none yet\n", "x.toml").unwrap();
    assert!(exceptions.is_empty());
    let bytes = record("a", "192.0.2.1", "b");
    assert!(!exceptions.cover(&rule::bundled()[0], &Event::parse(&bytes).unwrap()));
}

proptest::proptest! {
    #[test]
    fn any_value_covers_itself_alone(
        value in proptest::prop_oneof!["\\PC{1,12}", "[\"\\\\(){}:<>* \\n\\t?andort]{1,12}", ".{1,3}"],
        other in "[a-z]{1,3}",
    ) {
        let toml = toml::Value::String(value.clone()).to_string();
        let field = "aws.cloudtrail.flattened.request_parameters.s3BucketName";
        let own = record("a", "192.0.2.1", &value);
        // The ingest pipeline drops a few values, such as `-`.
        proptest::prop_assume!(Event::parse(&own).unwrap().get(field).as_ref() == Some(&value));
        let longer = record("a", "192.0.2.1", &format!("{value}{other}"));
        let list = format!("[\"zzzz\", {toml}]");
        let wild = format!("*{value}*");
        let wild = toml::Value::String(wild).to_string();
        let entry = |kind: &str, value: &str| format!("entries = [{{ field = \"{field}\", type = \"{kind}\", value = {value} }}]");
        proptest::prop_assert!(covers_of(&entry("match", &toml), &own));
        proptest::prop_assert!(!covers_of(&entry("match", &toml), &longer));
        proptest::prop_assert!(covers_of(&entry("match_any", &list), &own));
        proptest::prop_assert!(!covers_of(&entry("match_any", &list), &longer));
        if !value.contains('?') {
            proptest::prop_assert!(covers_of(&entry("wildcard", &wild), &own));
            proptest::prop_assert!(covers_of(&entry("wildcard", &wild), &longer));
        }
    }
}

#[test]
fn what_is_wrong_is_said_with_its_place_and_what_to_write() {
    let with = |line: &str| refused(&format!("[[exception]]\nname = \"nightly\"\n{line}\n"));
    let entry = |entry: &str| with(&format!("entries = [\n  {{ {entry} }},\n]"));
    let messages = [
        refused("[[exception]\nname = \"x\""),
        refused("[[exeption]]\nname = \"x\""),
        with(""),
        with("entries = []"),
        with("entries = [{ field = \"a\", type = \"exists\" }]\nexpires = 2027-01-31"),
        with("entries = [{ field = \"a\", type = \"exists\" }]\nexpires = \"tomorrow\""),
        entry(r#"field = "", type = "exists""#),
        entry(r#"field = "a", type = "match""#),
        entry(r#"field = "a", type = "match", value = 5"#),
        entry(r#"field = "a", type = "match", value = ["b"]"#),
        entry(r#"field = "a", type = "match_any", value = "b""#),
        entry(r#"field = "a", type = "match_any", value = []"#),
        entry(r#"field = "a", type = "match_any", value = ["b", 5]"#),
        entry(r#"field = "a", type = "exists", value = "b""#),
        entry(r#"field = "a", type = "wildcard", value = "b?""#),
        entry(r#"field = "a", type = "wildcard", value = " b*""#),
        entry(r#"field = "a", type = "list", value = "b""#),
        entry(r#"field = "a", type = "match", operator = "not", value = "b""#),
        entry(r#"field = "source.ip", type = "match", value = "not an address""#),
    ];
    insta::assert_snapshot!(messages.join("\n\n"));
}

#[test]
fn an_entry_for_a_field_that_nobody_has_is_named() {
    let entry = |field: &str| {
        format!("[[exception]]\nname = \"nightly\"\nentries = [{{ field = \"{field}\", type = \"exists\" }}]\n")
    };
    let read = Exceptions::parse(&entry("userIdentity.arn"), "e.toml").unwrap();
    assert_eq!(read.len(), 1, "a document may have it");
    let said: Vec<String> = read.warnings().iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(said.join("\n"), @r#"
    e.toml:3:12: exception `nightly`: `userIdentity.arn` is a field of neither ECS nor Elastic's AWS integration
      | entries = [{ field = "userIdentity.arn", type = "exists" }]
      |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      help: did you mean `aws.cloudtrail.user_identity.arn`?
    "#);
    assert_eq!(Exceptions::parse(&entry("user.name"), "e.toml").unwrap().warnings(), []);
}
