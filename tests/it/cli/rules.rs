//! `--rules`, `watchfloor rules check` and `watchfloor rules show`.

use super::*;

const BUNDLED: &str = "assets/rules/aws_rds_snapshot_export.toml";

fn rule(name: &str, query: &str) -> String {
    format!(
        "[rule]\nname = '{name}'\nrule_id = '{name}'\ntype = 'query'\nlanguage = 'kuery'\nquery = '''{query}'''\nseverity = 'low'\nrisk_score = 21\n"
    )
}

#[test]
fn a_rule_with_a_syntax_error_is_refused_with_its_place() {
    let desk = Desk::new();
    let bad = desk.file("bad.toml", rule("Bad", "event.action: (DeleteTrail"));
    let told = desk.run(&["scan", &fixture("demo"), "--rules", &bad]).refused();
    assert!(told.starts_with(&format!("watchfloor: error: {bad}:6:38: the query is not valid KQL: ")), "{told}");
    assert!(
        told.contains("\n  | query = '''event.action: (DeleteTrail'''\n  |                                      ^\n"),
        "{told}"
    );
    assert!(
        told.ends_with(
            "watchfloor: error: no rule to run; `watchfloor rules check PATH` says of each file what it holds\n"
        ),
        "{told}"
    );
    let told = desk.run(&["scan", &fixture("demo"), "--rules", "/no/such"]).refused();
    assert!(told.contains("/no/such: no such file or folder"), "{told}");
}

#[test]
fn a_broken_rule_among_good_ones_is_named_and_the_rest_run() {
    let desk = Desk::new();
    desk.file("rules/a.toml", rule("Good", "event.action: StartExportTask and event.outcome: success"));
    desk.file("rules/b.toml", rule("Bad", "event.action: (DeleteTrail"));
    let folder = desk.path("rules");
    let ran =
        desk.run(&["scan", &fixture("shapes/single.json"), "--format", "csv", "--rules", folder.to_str().unwrap()]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains(",Good,"), "{}", ran.out);
    assert!(ran.err.contains("b.toml:6:38: "), "{}", ran.err);
    assert_eq!(ran.err.matches("not valid KQL").count(), 1, "{}", ran.err);
}

#[test]
fn a_file_named_twice_is_one_rule_and_two_rules_of_one_id_are_not() {
    let desk = Desk::new();
    let demo = fixture("demo");
    let ran = desk.run(&["scan", &demo, "--format", "csv", "--rules", BUNDLED, "--rules", "assets/../assets/rules/"]);
    assert_eq!((ran.code, ran.out.lines().count()), (0, 13), "{}", ran.err);
    assert!(!ran.err.contains("already used"), "{}", ran.err);
    let copy = desk.file("copy.toml", std::fs::read(BUNDLED).unwrap());
    let ran = desk.run(&["scan", &demo, "--format", "csv", "--rules", BUNDLED, "--rules", &copy]);
    assert_eq!((ran.code, ran.out.lines().count()), (1, 13));
    assert!(
        ran.err.contains(&format!("{copy}:5:11: `rule_id` ")) && ran.err.contains("already used at assets"),
        "{}",
        ran.err
    );
}

#[test]
fn rules_that_do_not_run_here_are_said_to_be_left_out() {
    let desk = Desk::new();
    desk.file("rules/a.toml", rule("Good", "event.action: StartExportTask"));
    desk.file("rules/README.md", "# About these rules\n");
    for n in 0..4 {
        let text = rule(&format!("E{n}"), "from logs-*").replace("'query'", "'esql'").replace("'kuery'", "'esql'");
        desk.file(&format!("rules/e{n}.toml"), text);
    }
    let folder = desk.path("rules");
    let ran =
        desk.run(&["scan", &fixture("shapes/single.json"), "--format", "csv", "--rules", folder.to_str().unwrap()]);
    assert_eq!((ran.code, ran.out.lines().count()), (0, 2));
    insta::assert_snapshot!(ran.err);
}

#[test]
fn a_checkout_runs_as_it_is_and_its_deprecated_rules_are_said_to_be_left_out() {
    let desk = Desk::new();
    desk.file("rules/a.toml", rule("Good", "event.action: StartExportTask"));
    desk.file("rules/_deprecated/b.toml", rule("Old", "event.action: StartExportTask"));
    let (folder, old) = (desk.path("rules"), desk.path("rules/_deprecated"));
    let (folder, old) = (folder.to_str().unwrap(), old.to_str().unwrap());
    let said = "_deprecated: a folder of deprecated rules, left out";
    let single = fixture("shapes/single.json");
    let ran = desk.run(&["scan", &single, "--format", "csv", "--rules", folder]);
    assert_eq!((ran.code, ran.out.lines().count()), (0, 2));
    assert!(ran.err.contains(said), "{}", ran.err);
    let ran = desk.run(&["rules", "check", folder]);
    assert_eq!((ran.code, ran.out.lines().count()), (0, 1));
    assert!(ran.err.contains(said), "{}", ran.err);
    let ran = desk.run(&["scan", &single, "--format", "csv", "--rules", old]);
    assert_eq!((ran.code, ran.out.lines().count(), ran.err.as_str()), (0, 2, ""));
}

#[test]
fn a_query_that_can_never_match_is_doubted_once() {
    let desk = Desk::new();
    let file = desk.file("r.toml", rule("Odd", "source.ip: here or event.action: StartExportTask"));
    for args in
        [&["scan", "fixtures/shapes/single.json", "--format", "csv", "--rules", &file][..], &["rules", "check", &file]]
    {
        let ran = desk.run(args);
        assert_eq!(ran.code, 0);
        assert_eq!(ran.err.matches("rule Odd: 1:12: this part of the query never matches").count(), 1, "{}", ran.err);
    }
}

#[test]
fn the_published_page_and_the_upstream_file_run_as_the_bundled_rule_does() {
    let desk = Desk::new();
    let ids = |rules: &str| -> Vec<String> {
        let ran = desk.run(&["scan", &fixture("demo"), "--format", "ndjson", "--rules", rules]);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{rules}");
        ran.json().iter().map(|a| a["event"]["id"].as_str().unwrap().to_owned()).collect()
    };
    let bundled = ids(BUNDLED);
    assert_eq!(bundled.len(), 12);
    let others = ["seed/aws-rds-snapshot-export.md", "conformance/rules/aws/exfiltration_rds_snapshot_export.toml"];
    for other in others.into_iter().filter_map(shared) {
        assert_eq!(ids(&other), bundled, "{other}");
    }
}

#[test]
fn check_says_one_line_for_each_rule() {
    let desk = Desk::new();
    let ran = desk.run(&["rules", "check", BUNDLED]);
    assert_eq!(ran.quiet(), format!("{BUNDLED}: ok (AWS RDS Snapshot Export)\n"));
    let ran = desk.run(&["rules", "check", "tests/rules"]);
    assert_eq!(ran.code, 2);
    insta::assert_snapshot!(ran.out);
    // Each error is told whole, with the place, on standard error.
    let errors = ran.out.lines().filter(|line| line.contains(": error: ")).count();
    assert_eq!(ran.err.matches("watchfloor: error: ").count(), errors);
    assert_eq!(desk.run(&["rules", "check", "/no/such"]).code, 2);
}

#[test]
fn check_of_elastics_own_rules_finds_no_error() {
    let Some(folder) = shared("conformance/rules/aws") else { return };
    let ran = Desk::new().run(&["rules", "check", &folder]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let (mut ok, mut unsupported) = (0, 0);
    for line in ran.out.lines() {
        match line {
            line if line.contains(".toml: ok (") && line.ends_with(')') => ok += 1,
            line if line.contains(".toml: unsupported: ") => unsupported += 1,
            line => panic!("{line}"),
        }
    }
    assert!(ok > 2 * unsupported && unsupported > 0, "{ok} ok, {unsupported} unsupported");
}

#[test]
fn show_tells_everything_as_text_and_as_json() {
    let desk = Desk::new();
    let mut shown = vec![BUNDLED.to_owned()];
    shown.extend(shared("seed/aws-rds-snapshot-export.md"));
    shown.extend(shared("conformance/rules/aws/exfiltration_rds_snapshot_export.toml"));
    for path in shown {
        let json: serde_json::Value =
            serde_json::from_str(&desk.run(&["rules", "show", &path, "--format", "json"]).quiet()).unwrap();
        assert_eq!(json["name"], "AWS RDS Snapshot Export", "{path}");
        for fact in [
            "rule_id",
            "description",
            "type",
            "language",
            "query",
            "index",
            "severity",
            "risk_score",
            "interval",
            "from",
            "max_signals",
            "references",
            "tags",
            "author",
            "license",
            "threat",
            "note",
        ] {
            assert!(!json[fact].is_null(), "{path}: {fact}");
        }
        let text = desk.run(&["rules", "show", &path]).quiet();
        assert!(text.contains("\nSchedule        every "), "{path}: {text}");
        assert!(text.contains("ATT&CK") && text.contains("Query\n"), "{path}: {text}");
        if path.ends_with(".md") || path == BUNDLED {
            assert_eq!((&json["interval"], &json["from"]), (&"10m".into(), &"now-60m".into()), "{path}");
            assert_eq!(json["checklist"]["steps"], 17, "{path}");
            assert!(text.contains("Checklist (17 to tick)") && text.contains("    17. "), "{path}: {text}");
        } else {
            let sections = json["checklist"]["sections"].as_array().unwrap();
            let details = sections.iter().flat_map(|s| s["steps"].as_array().unwrap());
            assert!(details.filter_map(|s| s["details"].as_array()).any(|d| !d.is_empty()), "{path}");
        }
    }
}

#[test]
fn show_of_an_export_tells_the_good_rules_and_names_the_others() {
    let desk = Desk::new();
    let ran = desk.run(&["rules", "show", "tests/rules/10-export.ndjson"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.starts_with("Good\n"), "{}", ran.out);
    assert!(ran.err.contains("10-export.ndjson:3:291: `severity` cannot be `urgent`"), "{}", ran.err);
    let told = desk.run(&["rules", "show", "tests/rules/01-bad-toml.toml"]).refused();
    assert!(told.contains("01-bad-toml.toml:2:17: ") && told.contains('^'), "{told}");
    let told = desk.run(&["rules", "show", "assets/README.md"]).refused();
    assert!(told.contains("not a rule file") && told.contains("no rule to show in assets/README.md"), "{told}");
}

#[test]
fn filters_and_exceptions_of_an_export_apply_to_its_rule() {
    let desk = Desk::new();
    let rule = |id: &str, more: &str| {
        format!(
            r#"{{"rule_id":"{id}","name":"{id}","type":"query","language":"kuery","severity":"low","risk_score":21,"query":"event.action: StartExportTask",{more}}}"#
        )
    };
    let filters = r#""filters":[{"meta":{"negate":true,"disabled":false,"type":"phrase"},"query":{"match_phrase":{"event.id":"e2"}},"$state":{"store":"appState"}}]"#;
    let lists = r#""exceptions_list":[{"id":"1","list_id":"l","type":"rule_default","namespace_type":"single"}]"#;
    let item = |name: &str, entry: &str, end: &str| {
        format!(
            r#"{{"list_id":"l","item_id":"{name}","name":"{name}","namespace_type":"single","type":"simple","os_types":[],"entries":[{entry}]{end}}}"#
        )
    };
    let export_of = |item_type: &str| {
        [
            rule("All", r#""exceptions_list":[]"#),
            rule("Some", &format!("{filters},{lists}")),
            r#"{"list_id":"l","name":"of Some","type":"rule_default","namespace_type":"single"}"#.to_owned(),
            item(
                "known",
                &format!(r#"{{"field":"event.id","operator":"included","type":"{item_type}","value":"e3"}}"#),
                "",
            ),
            item(
                "until noon",
                r#"{"field":"event.id","operator":"included","type":"wildcard","value":"e*"}"#,
                r#","expire_time":"2026-11-23T12:00:02.000Z""#,
            ),
            r#"{"exported_count":5,"exported_rules_count":2,"missing_rules":[]}"#.to_owned(),
        ]
        .join("\n")
    };
    let log = desk.file("log.ndjson", (1..=4).map(|n| export(&format!("e{n}"), n) + "\n").collect::<String>());
    let rules = desk.file("rules.ndjson", export_of("match"));
    assert_eq!(desk.run(&["rules", "check", &rules]).quiet(), format!("{rules}:1: ok (All)\n{rules}:2: ok (Some)\n"));
    let alerts = |rules: &str| -> Vec<String> {
        let ran = desk.run(&["scan", &log, "--rules", rules, "--format", "ndjson"]);
        let id = |alert: &serde_json::Value| {
            format!("{} {}", alert["kibana.alert.rule.name"].as_str().unwrap(), alert["event"]["id"].as_str().unwrap())
        };
        let mut alerts: Vec<String> = ran.json().iter().map(id).collect();
        alerts.sort();
        alerts
    };
    assert_eq!(alerts(&rules), ["All e1", "All e2", "All e3", "All e4", "Some e4"]);
    let shown = desk.run(&["rules", "show", &rules]).quiet();
    for part in
        ["not event.id:\"e2\"", "known: event.id:\"e3\"", "until noon: event.id:e* (until 2026-11-23T12:00:02Z)"]
    {
        assert!(shown.contains(part), "{shown}");
    }
    // What cannot be applied is not left out: the rule does not run, and says so.
    let rules = desk.file("other.ndjson", export_of("list"));
    let ran = desk.run(&["rules", "check", &rules]);
    assert!(
        ran.out.contains("other.ndjson:2: unsupported: its exception \"known\" cannot be applied: "),
        "{}",
        ran.out
    );
    assert_eq!(alerts(&rules), ["All e1", "All e2", "All e3", "All e4"]);
    let told = desk.run(&["scan", &log, "--rules", &rules]).err;
    assert!(told.contains("other.ndjson:2: its exception \"known\" cannot be applied: "), "{told}");
}

#[test]
fn a_rule_that_asks_for_what_no_record_holds_says_so_and_one_that_cannot_do_without_says_it_louder() {
    let desk = Desk::new();
    let asks = desk.file("rules/a.toml", rule("Asks", "event.action: A and not source.as.organization.name: Amazon*"));
    let needs = desk.file("rules/b.toml", rule("Needs", "event.action: A and source.as.number: 1"));
    let other = desk.file("rules/c.toml", rule("Other", "event.action: A and (process.name: x or host.name: y)"));
    let fine = desk.file("rules/d.toml", rule("Fine", "event.action: A and not user_agent.name: Chrome*"));
    let folder = desk.path("rules").to_str().unwrap().to_owned();
    let ran = desk.run(&["rules", "check", &folder]);
    let (out, err) = [&ran.out, &ran.err].map(|text| text.replace(&folder, "rules")).into();
    assert_eq!(ran.code, 0, "{asks} {needs} {other} {fine}");
    assert_eq!(
        out,
        "rules/a.toml: ok (Asks)\nrules/b.toml: ok (Needs)\nrules/c.toml: ok (Other)\nrules/d.toml: ok (Fine)\n"
    );
    insta::assert_snapshot!(err, @"
    watchfloor: warning: rules/a.toml: asks for `source.as.organization.name`, which no CloudTrail record holds
      help: name a MaxMind database as asn under [geoip] in the configuration
    watchfloor: warning: rules/b.toml: never alerts on a record: it needs `source.as.number`, which no CloudTrail record holds
      help: name a MaxMind database as asn under [geoip] in the configuration
    watchfloor: warning: rules/c.toml: never alerts on a record: it needs `host.name` and `process.name`, which no CloudTrail record holds
    ");
    let ran = desk.run(&["scan", &fixture("shapes/single.json"), "--format", "csv", "--rules", &folder]);
    insta::assert_snapshot!(ran.err, @"
    watchfloor: warning: 1 rule never alerts on a record: it needs source.as.*, which no CloudTrail record holds: name a MaxMind database as asn under [geoip] in the configuration (Needs)
    watchfloor: warning: 1 rule never alerts on a record: it needs host.name, process.name, which no CloudTrail record holds (Other)
    watchfloor: warning: 1 rule asks for source.as.*, which no CloudTrail record holds: name a MaxMind database as asn under [geoip] in the configuration (Asks)
    ");
    // Databases that the configuration names are there.
    let (city, asn) = (fixture("geoip/city.mmdb"), fixture("geoip/asn.mmdb"));
    let config = desk.file("c.toml", format!("[geoip]\ncity = '{city}'\nasn = '{asn}'\n"));
    let ran = desk.run(&["rules", "check", &asks, &needs, "--config", &config]);
    assert!(ran.err.is_empty() && !ran.out.contains("never"), "{}{}", ran.err, ran.out);
}
