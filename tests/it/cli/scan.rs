//! `watchfloor scan`, and `watchfloor` alone.

use std::collections::BTreeSet;
use std::process::Stdio;

use flate2::{Compression, write::GzEncoder};

use super::*;

#[test]
fn alone_and_without_a_terminal_it_prints_the_demos_table() {
    insta::assert_snapshot!(Desk::new().run(&[]).quiet());
}

#[test]
fn scan_in_each_format() {
    let desk = Desk::new();
    let scan = |format: &str| desk.run(&["scan", &fixture("demo"), "--format", format]);
    let table = scan("table");
    assert_eq!(
        (table.code, table.err.as_str()),
        (0, "12 alerts in 169 files, 17 events of which could match, rules: 1\n")
    );
    insta::assert_snapshot!("table", table.out);
    insta::assert_snapshot!("csv", scan("csv").quiet());
    insta::assert_snapshot!("markdown", scan("markdown").quiet());
    let lines = scan("ndjson");
    let alert = &lines.json()[0];
    insta::assert_snapshot!("ndjson", serde_json::to_string_pretty(alert).unwrap());
    assert_eq!(lines.quiet().lines().count(), 12);
}

#[test]
fn output_is_in_order_of_time_then_id_whatever_the_number_of_threads() {
    let desk = Desk::new();
    // The same event in two forms of the same time: which of them is told must not hang on which thread was first.
    desk.file("logs/a.json", format!("[{},{}]", export("b", 5), export("a", 5)));
    for n in 0..20 {
        let doc = serde_json::json!({"@timestamp": "2026-11-23T12:00:05Z", "message": export("a", 5), "n": n});
        desk.file(&format!("logs/n{n}.ndjson"), doc.to_string());
    }
    desk.file("logs/z.json", format!("[{},{}]", export("z", 1), export("c", 5)));
    let logs = desk.path("logs");
    let logs = logs.to_str().unwrap();
    for (command, format) in [
        ("scan", "ndjson"),
        ("scan", "csv"),
        ("scan", "table"),
        ("scan", "markdown"),
        ("query", "raw"),
        ("query", "ndjson"),
    ] {
        let run = |threads: &str| {
            let mut args = vec![command];
            args.extend((command == "query").then_some("event.action: *"));
            args.extend([logs, "fixtures/demo", "--threads", threads, "--format", format]);
            let ran = desk.run(&args);
            assert_eq!(ran.code, 0, "{}", ran.err);
            ran.out
        };
        let one = run("1");
        assert!(one.len() > 1000);
        for threads in ["2", "3", "4", "4", "64"] {
            assert!(run(threads) == one, "{command} {format} on {threads} threads is different");
        }
    }
    let ids = desk.run(&["scan", logs, "--format", "ndjson"]).json();
    let ids: Vec<&str> = ids.iter().map(|alert| alert["event"]["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["z", "a", "b", "c"]);
}

#[test]
fn an_event_is_one_alert_however_often_it_is_delivered() {
    let desk = Desk::new();
    let twice = desk.file("twice.json", format!("{{\"Records\":[{0},{0}]}}", export("a", 1)));
    let copy = desk.file("copy.json", export("a", 1));
    let ran = desk.run(&["scan", &twice, &copy, &twice, "--fail-on-alert"]);
    assert_eq!((ran.code, ran.err.as_str()), (3, "1 alert in 3 events of 2 files, rules: 1\n"));
    assert_eq!(ran.out.lines().count(), 2, "{}", ran.out);
}

#[test]
fn fail_on_alert_asks_for_status_3_and_only_with_alerts() {
    let desk = Desk::new();
    assert_eq!(desk.run(&["scan", &fixture("demo"), "--fail-on-alert"]).code, 3);
    assert_eq!(desk.run(&["scan", &fixture("demo"), "--fail-on-alert", "--since", "2027-01-01"]).code, 0);
    assert_eq!(desk.run(&["scan", &fixture("broken/no-log.json"), "--fail-on-alert"]).code, 1);
}

#[test]
fn since_and_until_cut_by_event_time() {
    let desk = Desk::new();
    let ids = |args: &[&str]| -> BTreeSet<String> {
        let demo = fixture("demo");
        let ran = desk.run(&[&["scan", demo.as_str(), "--format", "ndjson"], args].concat());
        assert_eq!(ran.code, 0, "{}", ran.err);
        ran.json().iter().map(|a| a["event"]["id"].as_str().unwrap()[..8].to_owned()).collect()
    };
    assert_eq!(ids(&["--until", "2026-11-23"]), BTreeSet::from(["a6e0c10e".into(), "af1838b2".into()]));
    // The first moment is inside, the last is not.
    assert_eq!(
        ids(&["--since", "2026-11-23T02:05:11Z", "--until", "2026-11-23T08:30:14+01:00"]),
        BTreeSet::from(["c2d71ead".into()])
    );
    assert_eq!(ids(&["--since", "9000w"]).len(), 12);
    assert!(ids(&["--until", "9000w"]).is_empty());
}

#[test]
fn standard_input_is_read_plain_and_gzip() {
    let desk = Desk::new();
    let plain = std::fs::read(fixture("shapes/lines.ndjson")).unwrap();
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(&plain).unwrap();
    let gzip = gzip.finish().unwrap();
    for input in [&plain, &gzip] {
        let ran = desk.feed(&["scan", "-", "--format", "ndjson"], input);
        assert_eq!(ran.json().len(), 1);
        ran.quiet();
    }
    let ran = desk.feed(&["scan", "-", &fixture("shapes/array.json"), "-"], &plain);
    assert_eq!((ran.code, ran.err.as_str()), (0, "2 alerts in 2 files, 2 events of which could match, rules: 1\n"));
    let ran = desk.feed(&["scan", "-"], b"no log\n");
    assert_eq!(ran.code, 1);
    assert!(ran.err.starts_with("watchfloor: warning: standard input: not a log: "), "{}", ran.err);
}

#[test]
fn what_is_passed_over_changes_nothing_and_every_record_is_read_on_request() {
    let desk = Desk::new();
    let logs = desk.path("logs").to_str().unwrap().to_owned();
    let rule = "[rule]\nname = 'r'\nrule_id = 'r'\ntype = 'query'\nseverity = 'low'\nrisk_score = 21\n\
                query = 'event.action: (Describe*Tasks or ConsoleLogin) and not user.name: nobody'\n";
    desk.file("r.toml", rule);
    let own = desk.path("r.toml").to_str().unwrap().to_owned();
    for rules in ["assets/rules/aws_rds_snapshot_export.toml", &own] {
        for path in ["demo", "shapes", "broken"] {
            for threads in ["1", "3"] {
                let args = ["scan", &fixture(path), "--rules", rules, "--format", "ndjson", "--threads", threads];
                let all = desk.run(&[&args[..], &["--every-record"]].concat());
                assert!(path != "demo" || all.json().len() > 1);
                assert_eq!(desk.run(&args).out, all.out, "{rules} {path} {threads}");
            }
        }
    }
    let bad = r#"{"Records":[{"eventVersion":"1.11","eventName":"A"},{"eventVersion":"1.11","n":1e400}]}"#;
    desk.file("logs/bad.json", bad);
    let ran = desk.run(&["scan", &logs, "--every-record"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("logs/bad.json: bad record at byte 52"), "{}", ran.err);
    assert_eq!(desk.run(&["scan", &logs]).code, 0, "the damage is in a file of which nothing could match");
    // What cannot be of CloudTrail's own making is looked at in any case.
    for bad in [bad.replace("1e400", "\"\\ud800\""), bad.replace("1e400", "\"\0\""), bad.replace("1e400}]}", "1")] {
        desk.file("logs/bad.json", bad);
        assert_eq!(desk.run(&["scan", &logs]).code, 1);
    }
}

#[test]
fn what_is_passed_over_changes_nothing_with_elastics_rules() {
    let (Some(rules), Some(events)) = (shared("conformance/rules/aws"), shared("conformance/cloudtrail")) else {
        return;
    };
    let desk = Desk::new();
    let args = ["scan", &fixture("demo"), &fixture("shapes"), &fixture("broken"), &events];
    let args = [&args[..], &["--rules", &rules, "--format", "ndjson"]].concat();
    let all = desk.run(&[&args[..], &["--every-record"]].concat());
    assert!(all.json().len() > 20);
    assert_eq!(desk.run(&args).out, all.out);
}

#[test]
fn statistics_go_to_standard_error() {
    let ran = Desk::new().run(&["scan", &fixture("demo"), "--stats", "--format", "ndjson"]);
    assert_eq!((ran.code, ran.json().len()), (0, 12));
    let told = "passed over 151 files and 165 records of other files: they hold nothing that is asked for\n\
                of those records, 163 hold no string that a match needs and 2 are of calls that no rule can match\n\
                read 169 files (0 failed, 2 digest or insight), 17 events (0 bad records), ";
    assert!(ran.err.starts_with(told), "{}", ran.err);
    let told = "read 169 files (0 failed, 2 digest or insight), 1127 events (0 bad records), ";
    let ran = Desk::new().run(&["scan", &fixture("demo"), "--every-record", "--stats"]);
    assert!(
        ran.err.starts_with(told) && ran.err.ends_with("12 alerts in 1127 events of 169 files, rules: 1\n"),
        "{}",
        ran.err
    );
    let ran = Desk::new().run(&["query", "", &fixture("demo"), "--stats", "--format", "count"]);
    assert_eq!(ran.out, "1127\n");
    assert!(ran.err.starts_with(told), "{}", ran.err);
}

#[test]
fn a_closed_pipe_is_success_and_silent() {
    let desk = Desk::new();
    let demo = fixture("demo");
    let commands: [&[&str]; 6] = [
        &["ecs", &demo],
        &["query", "", &demo, "--format", "raw"],
        &["scan", &demo, "--format", "ndjson", "--fail-on-alert"],
        &["rules", "show", "assets/rules/aws_rds_snapshot_export.toml"],
        &["man"],
        &[],
    ];
    for args in commands {
        let mut child = desk.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""), "{args:?}");
    }
}

#[test]
fn a_full_disk_is_no_success() {
    let full = || std::fs::File::options().write(true).open("/dev/full").unwrap();
    let desk = Desk::new();
    for args in [&["scan", "fixtures/demo"][..], &["ecs", "fixtures/shapes"], &["kql", "a:b"], &["man"], &[]] {
        let output = desk.command(args).stdout(full()).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("No space left on device"), "{args:?}");
    }
}

#[test]
fn exceptions_keep_a_rule_from_firing() {
    let desk = Desk::new();
    let file = desk.file(
        "exceptions.toml",
        "[[exception]]\nname = 'nightly'\nentries = [{ field = 'user.name', type = 'match', value = 'etl-nightly' }]\n",
    );
    let ran = desk.run(&["scan", &fixture("demo"), "--format", "csv", "--exceptions", &file]);
    let out = ran.quiet();
    assert_eq!(out.lines().count(), 1 + 9, "{out}");
    assert!(!out.contains("etl-nightly"), "{out}");
    let bad =
        desk.file("bad.toml", "[[exception]]\nname = 'n'\nentries = [{ field = 'a', type = 'mach', value = 'b' }]\n");
    let told = desk.run(&["scan", &fixture("demo"), "--exceptions", &bad]).refused();
    assert!(told.contains("bad.toml:3:") && told.contains('^'), "{told}");
    let told = desk.run(&["scan", &fixture("demo"), "--exceptions", "/nowhere.toml"]).refused();
    assert!(told.contains("cannot read the exceptions /nowhere.toml"), "{told}");
}

#[test]
fn an_alert_has_elastics_fields() {
    let ran = Desk::new().run(&["scan", &fixture("shapes/single.json"), "--format", "ndjson"]);
    let alert = ran.json().remove(0);
    let nested = |path: &str| alert.pointer(path).unwrap_or_else(|| panic!("no {path}"));
    assert_eq!(nested("/event/action"), "StartExportTask");
    assert_eq!(nested("/@timestamp"), "2026-11-23T12:00:02.000Z");
    assert_eq!(nested("/aws/cloudtrail/user_identity/type"), "AssumedRole");
    let flat = |name: &str| alert.get(format!("kibana.alert.{name}")).unwrap_or_else(|| panic!("no {name}"));
    for (name, wanted) in [
        ("status", "active"),
        ("workflow_status", "open"),
        ("severity", "low"),
        ("original_time", "2026-11-23T12:00:02.000Z"),
        ("original_event.id", "9ca0f7f7-7222-4af0-bfc0-fe0042cc70ac"),
        ("original_event.kind", "event"),
        ("rule.name", "AWS RDS Snapshot Export"),
        ("rule.rule_id", "119c8877-8613-416d-a98a-96b6664ee73a"),
        ("rule.uuid", "119c8877-8613-416d-a98a-96b6664ee73a"),
        ("rule.category", "Custom Query Rule"),
        ("rule.rule_type_id", "siem.queryRule"),
        ("rule.consumer", "siem"),
        ("rule.producer", "siem"),
        ("rule.type", "query"),
        ("rule.interval", "10m"),
        ("rule.from", "now-60m"),
        ("rule.to", "now"),
        ("rule.severity", "low"),
    ] {
        assert_eq!(flat(name), wanted, "{name}");
    }
    assert_eq!(flat("uuid").as_str().map(str::len), Some(64));
    assert_eq!((flat("risk_score"), flat("rule.risk_score"), flat("depth")), (&21.into(), &21.into(), &1.into()));
    assert_eq!((flat("rule.version"), flat("rule.max_signals")), (&207.into(), &100.into()));
    assert!(flat("reason").as_str().unwrap().contains("StartExportTask"));
    assert_eq!(flat("rule.threat")[0]["tactic"]["id"], "TA0010");
    assert_eq!(flat("ancestors")[0]["id"], "9ca0f7f7-7222-4af0-bfc0-fe0042cc70ac");
    assert!(flat("rule.tags").as_array().unwrap().contains(&"Domain: Cloud".into()));
    let parameters = flat("rule.parameters");
    assert!(parameters["query"].as_str().unwrap().contains("StartExportTask"));
    assert!(parameters.get("note").is_none() && parameters.get("checklist").is_none());
}

#[test]
fn a_rule_tells_browsers_from_scripts_by_name() {
    let desk = Desk::new();
    let query = "event.action: StartExportTask and not user_agent.name: (Chrome or Firefox or Safari)";
    let rule = format!(
        "[rule]\nname = 'r'\nrule_id = 'r'\ntype = 'query'\nlanguage = 'kuery'\nquery = '{query}'\nseverity = 'low'\nrisk_score = 21\n"
    );
    let rule = desk.file("r.toml", rule);
    let with = |id: &str, second, agent: &str| export(id, second).replace(r#""x""#, &format!("{agent:?}"));
    let browser = "Mozilla/5.0 (X11; Linux x86_64; rv:119.0) Gecko/20100101 Firefox/119.0";
    let log =
        [with("a", 1, browser), with("b", 2, "Boto3/1.28.3 Linux/5.10.1"), with("c", 3, "-"), with("d", 4, browser)];
    let log = desk.file("log.ndjson", log.join("\n"));
    let alerts = desk.run(&["scan", &log, "--rules", &rule, "--format", "ndjson"]).json();
    let of = |at: usize| (alerts[at]["event"]["id"].as_str().unwrap(), &alerts[at]["user_agent"]["os"]["full"]);
    assert_eq!(alerts.len(), 2);
    assert_eq!((of(0), of(1)), (("b", &"Linux 5.10.1".into()), ("c", &serde_json::Value::Null)));
    assert_eq!(desk.run(&["query", "user_agent.name: Firefox", &log, "--format", "count"]).quiet(), "2\n");
}
