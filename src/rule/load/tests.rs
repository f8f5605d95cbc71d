mod eql;

use super::*;
use crate::rule::{RuleType, SectionKind, Severity};

fn one(text: &str, format: RuleFormat) -> Arc<Rule> {
    let load = load_str(text, format, "f");
    assert_eq!(load.errors().map(ToString::to_string).collect::<Vec<_>>(), Vec::<String>::new());
    assert_eq!(load.rules.len(), 1, "{:?}", load.outcomes);
    load.rules[0].clone()
}

const PAGE: &str = "\
---
mapped_pages:
  - https://example.org/x.html
---

# Rare Key Use [prebuilt-rule-1-2-3-rare-key-use]

A key was used, for the first time
in a while.

Second paragraph.

**Rule type**: query

**Rule indices**: None

**Severity**: medium

**Risk score**: 47

**Runs every**: 5m

**Searches indices from**: now-9m ({{ref}}/common-options.html#date-math[Date Math format], see also [`Additional look-back time`](docs-content://x.md))

**Maximum alerts per execution**: 100

**References**:

* [https://example.org/a.html](https://example.org/a.md)
* [a talk](https://example.org/talk)
* https://example.org/plain

**Tags**:

- One: 1
- Two: 2

**Version**: 3

**Rule authors**:

* Somebody

**Rule license**: MIT

## Investigation guide [_investigation_guide_1]

[TBC: QUOTE]
## Triage and analysis

### Investigating Rare Key Use

An intro with **Severity**: high in it.

#### Possible investigation steps

- Look at **Version**: 9 of it.
  - And deeper.

### Response and remediation

- Act.

## Setup [_setup_1]

Install **it**.

## Rule query [_rule_query_1]

```js
event.action:UseKey and
  not user.name:ci
```

**Framework**: MITRE ATT&CK^TM^

* Tactic:

    * Name: Credential Access
    * ID: TA0006
    * Reference URL: [https://attack.mitre.org/tactics/TA0006/](https://attack.mitre.org/tactics/TA0006/)

* Technique:

    * Name: Unsecured Credentials
    * ID: T1552
    * Reference URL: [https://attack.mitre.org/techniques/T1552/](https://attack.mitre.org/techniques/T1552/)

* Sub-technique:

    * Name: Cloud Instance Metadata API
    * ID: T1552.005
    * Reference URL: [https://attack.mitre.org/techniques/T1552/005/](https://attack.mitre.org/techniques/T1552/005/)

* Technique:

    * Name: Brute Force
    * ID: T1110
    * Reference URL: https://attack.mitre.org/techniques/T1110/

**Framework**: MITRE ATT&CKTM

* Tactic:

    * Name: Discovery
    * ID: TA0007
    * Reference URL: [https://attack.mitre.org/tactics/TA0007/](https://attack.mitre.org/tactics/TA0007/)
";

#[test]
fn a_page_in_the_forms_that_its_builders_give_it() {
    for text in [PAGE.to_owned(), PAGE.replace('\n', "\r\n")] {
        let rule = one(&text, RuleFormat::Page);
        assert_eq!(rule.name, "Rare Key Use");
        assert_eq!(rule.description, "A key was used, for the first time in a while.\n\nSecond paragraph.");
        assert_eq!((rule.severity, rule.risk_score, rule.version), (Severity::Medium, 47, Some(3)));
        assert_eq!((rule.interval.as_str(), rule.from.as_str()), ("5m", "now-9m"));
        assert_eq!(rule.index, Vec::<String>::new());
        assert_eq!(
            rule.references,
            ["https://example.org/a.html", "https://example.org/talk", "https://example.org/plain"]
        );
        assert_eq!(rule.tags, ["One: 1", "Two: 2"]);
        assert_eq!(rule.setup.as_deref(), Some("Install **it**."));
        assert_eq!(rule.query.replace("\r\n", "\n"), "event.action:UseKey and\n  not user.name:ci");
        let threats: Vec<_> = rule.threat.iter().map(|t| (t.framework.as_str(), t.tactic.id.as_str())).collect();
        assert_eq!(threats, [("MITRE ATT&CK", "TA0006"), ("MITRE ATT&CK", "TA0007")]);
        let techniques = &rule.threat[0].techniques;
        assert_eq!(techniques.iter().map(|t| t.id.as_str()).collect::<Vec<_>>(), ["T1552", "T1110"]);
        assert_eq!(techniques[0].subtechniques[0].name, "Cloud Instance Metadata API");
        assert_eq!(techniques[0].subtechniques[0].reference, "https://attack.mitre.org/techniques/T1552/005/");
        assert!(techniques[1].subtechniques.is_empty());
        let sections: Vec<_> = rule.checklist.sections.iter().map(|s| (s.kind, s.steps.len())).collect();
        assert_eq!(sections, [(SectionKind::Investigation, 1), (SectionKind::Response, 1)]);
        assert_eq!(rule.checklist.sections[0].steps[0].text, "Look at Version: 9 of it.");
        assert_eq!(rule.checklist.intro, "An intro with Severity: high in it.");
    }
}

#[test]
fn a_wrong_query_is_pointed_at_in_the_page_itself() {
    let text = PAGE.replace("not user.name:ci", "not user.name:(ci");
    for text in [text.replace('\n', "\r\n"), text] {
        let load = load_str(&text, RuleFormat::Page, "page.md");
        let error = load.errors().next().unwrap();
        let place = error.place.as_ref().unwrap();
        assert_eq!(place.text, "  not user.name:(ci");
        assert_eq!(place.column, place.text.chars().count() + 1);
    }
}

#[test]
fn searches_of_a_transform_table_come_into_the_guide() {
    let rule = one(
        "[transform]\n[[transform.investigate]]\nlabel = 'Same user'\nproviders = [[{field='user.id',value='{{user.id}}',queryType='phrase',valueType='string',excluded=false}]]\n\
         relativeFrom = 'now-48h/h'\n[rule]\nname='T'\ntype='query'\nquery='a: b'\nseverity='low'\nrisk_score=1\n\
         note='''### Investigation steps\n- Look\n  - $investigate_0\n'''",
        RuleFormat::Toml,
    );
    let step = rule.checklist.steps().next().unwrap();
    let pivot = step.details[0].pivot.as_ref().unwrap();
    assert_eq!((pivot.label.as_str(), pivot.providers[0][0].field.as_str()), ("Same user", "user.id"));
    assert!(!step.details[0].text.contains('{'));
}

#[test]
fn a_search_that_names_another_is_left_as_it_is() {
    let search = |label: &str| format!("[[transform.investigate]]\nlabel = '{label}'\n");
    let twice: String = (0..40).map(|i| search(&format!("$investigate_{i} $investigate_{i}"))).collect();
    let rule = one(
        &format!(
            "{twice}[rule]\nname='T'\ntype='query'\nquery='a: b'\nseverity='low'\nrisk_score=1\n\
             note='''### Investigation steps\n- Look\n  - $investigate_39\n  - $investigate_40 for $5'''"
        ),
        RuleFormat::Toml,
    );
    let details: Vec<&str> = rule.checklist.steps().next().unwrap().details.iter().map(|d| d.text.as_str()).collect();
    assert_eq!(details, ["$investigate_39 $investigate_39", "$investigate_40 for $5"]);
}

#[test]
fn json_is_pointed_at_where_it_breaks_whichever_way_it_is_laid_out() {
    let places = |text: &str| -> Vec<_> {
        let load = load_str(text, RuleFormat::Ndjson, "f");
        load.errors().map(|e| (e.place.as_ref().map(|p| (p.line, p.column)), e.help.is_some())).collect()
    };
    let pretty = "{\n  \"rule_id\": \"x\",\n  \"tags\": [\n    {}\n  ]\n  \"name\": \"N\"\n}\n";
    assert_eq!(places(pretty), [(Some((6, 3)), true)]);
    // What the first pass skips is decoded later.
    assert_eq!(places(r#"{"a": 1, "b\ud83dc": 2}"#), [(Some((1, 18)), true)]);
    assert_eq!(places("{\"rule_id\": \n{\"rule_id\": 1}\n").len(), 2);
}

#[test]
fn deep_tables_never_run_out_of_stack() {
    let rule = "[rule]\nname='T'\ntype='query'\nquery='a: b'\nseverity='low'\nrisk_score=1\n";
    for deep in ["a.".repeat(100_000) + "a = 1", format!("a = {}{}", "[".repeat(100_000), "]".repeat(100_000))] {
        assert_eq!(load_str(&format!("{rule}{deep}"), RuleFormat::Toml, "f").outcomes.len(), 1);
    }
    let json = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let load = load_str(&json, RuleFormat::Ndjson, "f");
    assert_eq!(
        load.errors().map(|e| e.message.as_str()).collect::<Vec<_>>(),
        ["this is nested more than 100 levels deep"]
    );
}

#[test]
fn exports_may_hold_one_rule_over_several_lines() {
    let rule = one(
        "{\n  \"rule_id\": \"x\",\n  \"name\": \"N\",\n  \"type\": \"new_terms\",\n  \"query\": \"a: b\",\n  \"severity\": \"low\",\n  \
         \"risk_score\": 1,\n  \"new_terms_fields\": [\"user.id\", \"source.ip\"],\n  \"history_window_start\": \"now-14d\",\n  \
         \"investigation_fields\": {\"field_names\": [\"user.id\"]},\n  \"exceptions_list\": []\n}\n",
        RuleFormat::Ndjson,
    );
    assert_eq!(rule.kind, RuleType::NewTerms);
    assert_eq!(
        rule.new_terms.as_ref().map(|t| (t.fields.len(), t.history_window_start.as_str())),
        Some((2, "now-14d"))
    );
    assert_eq!(rule.investigation_fields, ["user.id"]);
    assert_eq!(rule.origin, RuleOrigin::File { path: PathBuf::from("f"), line: None });
}

#[test]
fn formats_are_told_by_content_where_the_name_leaves_it_open() {
    let of = |name: &str, text: &str| format_of(Path::new(name), text);
    assert_eq!(of("a.toml", ""), Some(RuleFormat::Toml));
    assert_eq!(of("a.ndjson", ""), Some(RuleFormat::Ndjson));
    assert_eq!(of("rule.md", "\u{feff}# X\n\n**Rule type**: query"), Some(RuleFormat::Page));
    assert_eq!(of("README.md", "# Our rules"), None);
    assert_eq!(of("export", "{\"rule_id\":\"a\"}"), Some(RuleFormat::Ndjson));
    assert_eq!(of("rule.txt", "[metadata]\n[rule]\nname='x'"), Some(RuleFormat::Toml));
    assert_eq!(of("notes.txt", "hello"), None);
}

#[test]
fn rules_that_do_not_run_here_say_why() {
    let of = |fields: &str| {
        let text = format!("[rule]\nname='T'\nseverity='low'\nrisk_score=1\nquery='x'\n{fields}");
        match load_str(&text, RuleFormat::Toml, "f").outcomes.remove(0).status {
            FileStatus::Unsupported(why) => why,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(of("type='machine_learning'"), "machine_learning rules do not run here");
    assert_eq!(of("type='query'\nlanguage='lucene'"), "lucene queries do not run here");
    assert_eq!(
        of("type='query'\nfilters=[{query={script={}}}]"),
        "a filter beside the query cannot be applied: `script` has no counterpart here"
    );
    assert_eq!(
        of("type='query'\nexceptions_list=[{list_id='l'}]"),
        "its exceptions are in the list l, which is not in this file: export the rule together with them"
    );
}

proptest::proptest! {
    #[test]
    fn no_text_makes_a_loader_panic(text in "(\\PC|\n|\\*\\*Framework\\*\\*: |\\*\\*Tags\\*\\*:|\\* |```|## Rule query\n|\\[rule\\]\n|= |'''|\"|\\{|\\}|:|,|# ){0,120}") {
        for format in [RuleFormat::Toml, RuleFormat::Page, RuleFormat::Ndjson] {
            let load = load_str(&text, format, "f");
            for error in load.errors() {
                proptest::prop_assert!(!error.to_string().is_empty());
            }
        }
    }

    #[test]
    fn a_damaged_rule_never_makes_a_loader_panic(at in 0usize..4_000, cut in 0usize..40, insert in "\\PC{0,4}|'|\"|\\[|\n") {
        let toml = include_str!("../../../assets/rules/aws_rds_snapshot_export.toml");
        for (text, format) in [(toml, RuleFormat::Toml), (PAGE, RuleFormat::Page)] {
            let mut damaged: Vec<char> = text.chars().collect();
            let at = at.min(damaged.len());
            let end = (at + cut).min(damaged.len());
            damaged.splice(at..end, insert.chars());
            let damaged: String = damaged.into_iter().collect();
            proptest::prop_assert_eq!(load_str(&damaged, format, "f").outcomes.len(), 1);
        }
    }
}

#[test]
fn fields_of_rule_types_that_do_not_run_here_are_no_spelling_mistakes() {
    let head = "name = 'n'\nseverity = 'low'\nrisk_score = 21\n";
    for (kind, fields) in [
        ("machine_learning", "anomaly_threshold = 50\nmachine_learning_job_id = ['a', 'b']\n"),
        (
            "threat_match",
            "query = '*:*'\nthreat_index = ['x']\nthreat_query = '*'\nthreat_language = 'kuery'\nthreat_filters = []\n\
             threat_indicator_path = 'threat.indicator'\nitems_per_search = 9\nconcurrent_searches = 1\n\
             threat_mapping = [{ entries = [{ field = 'source.ip', type = 'mapping', value = 'threat.indicator.ip' }] }]\n",
        ),
        ("esql", "language = 'esql'\nquery = 'from x'\n"),
        ("saved_query", "saved_id = 's'\nresponse_actions = []\nalias_purpose = 'x'\nalias_target_id = 'y'\n"),
    ] {
        let load = load_str(&format!("[rule]\ntype = '{kind}'\n{head}{fields}"), RuleFormat::Toml, "f");
        let [outcome] = &load.outcomes[..] else { panic!("{:?}", load.outcomes) };
        assert!(matches!(outcome.status, FileStatus::Unsupported(_)), "{:?}", outcome.status);
        assert_eq!(outcome.warnings, [], "{kind}");
    }
    let load = load_str(&format!("[rule]\ntype = 'eql'\n{head}tiebraker_field = 'x'\n"), RuleFormat::Toml, "f");
    assert_eq!(load.outcomes[0].warnings[0].help.as_deref(), Some("did you mean `tiebreaker_field`?"));
}

#[test]
fn fields_that_nobody_has_are_named_where_the_rule_asks_for_them() {
    let rule = |index: &str| {
        format!(
            "[rule]\nname = 'n'\ntype = 'new_terms'\nseverity = 'low'\nrisk_score = 21\nindex = [{index}]\n\
             query = '''\n  event.action: \"x\" and\n  evnt.action: y and process.parent.pid: 1\n'''\n\
             investigation_fields = {{ field_names = ['user.name', 'userIdentity.arn'] }}\n\
             [rule.alert_suppression]\ngroup_by = ['user.nme']\n[rule.new_terms]\nfield = 'new_terms_fields'\n\
             value = ['user.id', 'no.such']\nhistory_window_start = [{{ field = 'history_window_start', value = 'now-7d' }}]\n"
        )
    };
    let load = load_str(&rule("'filebeat-*', 'logs-aws.cloudtrail*'"), RuleFormat::Toml, "r.toml");
    assert_eq!(load.rules.len(), 1);
    let said: Vec<String> = load.outcomes[0].warnings.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(said.join("\n"), @r"
    r.toml:9:3: `evnt.action` is a field of neither ECS nor Elastic's AWS integration
      |   evnt.action: y and process.parent.pid: 1
      |   ^^^^^^^^^^^
      help: did you mean `event.action`?
    r.toml:16:21: `no.such` is a field of neither ECS nor Elastic's AWS integration
      | value = ['user.id', 'no.such']
      |                     ^^^^^^^^^
      help: check its spelling; what a request holds is below `aws.cloudtrail.flattened.request_parameters`
    r.toml:13:13: `user.nme` is a field of neither ECS nor Elastic's AWS integration
      | group_by = ['user.nme']
      |             ^^^^^^^^^^
      help: did you mean `user.name`?
    r.toml:11:54: `userIdentity.arn` is a field of neither ECS nor Elastic's AWS integration
      | investigation_fields = { field_names = ['user.name', 'userIdentity.arn'] }
      |                                                      ^^^^^^^^^^^^^^^^^^
      help: did you mean `aws.cloudtrail.user_identity.arn`?
    ");
    // What another integration has is for its rules to ask for.
    for (index, warnings) in [("", 4), ("'logs-*'", 4), ("'logs-okta*', 'filebeat-*'", 0)] {
        assert_eq!(load_str(&rule(index), RuleFormat::Toml, "r.toml").outcomes[0].warnings.len(), warnings, "{index}");
    }
    let line = r#"{"name":"n","type":"threshold","severity":"low","risk_score":21,"query":"a.b: \"x\"","threshold":{"field":["user.nam"],"value":1,"cardinality":[{"field":"cloud.regoin","value":2}]}}"#;
    let load = load_str(line, RuleFormat::Ndjson, "r.ndjson");
    let help: Vec<&str> = load.outcomes[0].warnings.iter().map(|w| w.help.as_deref().unwrap()).collect();
    assert_eq!(help[1..], ["did you mean `user.name`?", "did you mean `cloud.region`?"]);
    assert_eq!(load.outcomes[0].warnings[0].place.as_ref().map(|place| place.column), Some(74));
}

#[test]
fn of_very_many_fields_that_nobody_has_the_first_are_told() {
    let query = |count: usize| (0..count).map(|n| format!("evnt.f{n}: x")).collect::<Vec<_>>().join(" or ");
    let eql = |count: usize| (0..count).map(|n| format!("evnt.f{n} == 1")).collect::<Vec<_>>().join(" or ");
    for (kind, query) in
        [("query", &query as &dyn Fn(usize) -> String), ("eql", &|count| format!("any where {}", eql(count)))]
    {
        let told = |count| {
            let text =
                format!("[rule]\nname='n'\ntype='{kind}'\nseverity='low'\nrisk_score=21\nquery='{}'\n", query(count));
            load_str(&text, RuleFormat::Toml, "r.toml").outcomes.remove(0).warnings
        };
        assert_eq!(told(20).len(), 20, "{kind}");
        let told = told(2_600);
        assert_eq!(told.len(), 21, "{kind}");
        assert_eq!(told[20].message, "it asks for more fields that ECS and Elastic's AWS integration do not have");
    }
}
