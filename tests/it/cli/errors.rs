//! Exit status 1 and 2: what could not be read, what was wrong with the call. Each says what, where and what to do.

use super::*;

#[test]
fn input_that_cannot_be_read_is_named_with_its_reason() {
    let desk = Desk::new();
    let good = fixture("shapes/array.json");
    let cases = [
        ("half.json.gz", "cut short: the compressed data does not end"),
        ("bad-crc.json.gz", "damaged: the content does not match its checksum"),
        ("no-log.json", "not a log: a JSON object with the keys name, version, scripts"),
        ("notes.txt", "not a log: begins with \"Ask dana"),
        ("truncated.json", "cut short: the record that begins at offset 3270 does not end"),
        ("bad-value.ndjson", "bad record at byte 1286: invalid JSON at byte 75 of the record"),
    ];
    for (name, reason) in cases {
        let path = fixture(&format!("broken/{name}"));
        let ran = desk.run(&["scan", &path, &good, "--format", "ndjson"]);
        assert_eq!(ran.code, 1, "{name}");
        assert!(ran.err.contains(&format!("watchfloor: warning: {path}: {reason}")), "{name}: {}", ran.err);
        let from_the_good_one = ran.json().iter().any(|a| a["event"]["id"] == good_id());
        assert!(from_the_good_one, "{name}: {}", ran.out);
    }
}

fn good_id() -> String {
    let records: serde_json::Value =
        serde_json::from_slice(&std::fs::read(fixture("shapes/array.json")).unwrap()).unwrap();
    let export = records.as_array().unwrap().iter().find(|r| r["eventName"] == "StartExportTask");
    export.unwrap()["eventID"].as_str().unwrap().to_owned()
}

#[test]
fn the_expected_records_and_bad_ones_are_counted_in_every_fixture() {
    let desk = Desk::new();
    let expected: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(&std::fs::read(fixture("expected.json")).unwrap()).unwrap();
    let odd = expected.iter().filter(|(path, _)| !path.starts_with("demo/"));
    let mut counted = 0;
    for (path, file) in odd {
        let ran = desk.run(&["query", "", &fixture(path), "--format", "count", "--stats"]);
        if let Some(records) = file["records"].as_u64() {
            assert_eq!(ran.out, format!("{records}\n"), "{path}");
            counted += 1;
        }
        let bad = file["bad"].as_u64().unwrap();
        let bad = format!("({bad} bad record{})", if bad == 1 { "" } else { "s" });
        assert!(ran.err.contains(&bad), "{path}: {}", ran.err);
        assert_eq!(ran.code, i32::from(file["outcome"] != "read" && file["outcome"] != "set_aside"), "{path}");
    }
    assert!(counted > 15, "{counted}");
}

#[test]
fn what_is_not_there_is_an_error_alone_and_named_beside_a_good_one() {
    let desk = Desk::new();
    for command in [&["scan"][..], &["ecs"], &["query", "a:b"]] {
        let told = desk.run(&[command, &["/no/such"]].concat()).refused();
        assert!(told.contains("warning: /no/such: does not exist"), "{told}");
        assert!(told.contains("name a log file, a folder of logs, - for standard input, or cluster:NAME"), "{told}");
        let ran = desk.run(&[command, &["/no/such", "fixtures/shapes/array.json"]].concat());
        assert_eq!(ran.code, 1);
        assert!(ran.err.contains("warning: /no/such: does not exist"), "{}", ran.err);
    }
    let empty = desk.path("empty");
    std::fs::create_dir(&empty).unwrap();
    let told = desk.run(&["scan", empty.to_str().unwrap()]).refused();
    assert!(told.contains("no file to read in "), "{told}");
}

#[test]
fn a_wrong_call_is_refused_and_says_what_is_right() {
    let desk = Desk::new();
    let demo = fixture("demo");
    let cases: [(&[&str], &str); 9] = [
        (&["scan", &demo, "--since", "7x"], "a date such as 2026-11-23 (UTC), or how long ago, such as 7d"),
        (&["query", "", &demo, "--until", "2026-13-01"], "invalid value '2026-13-01' for '--until <T>'"),
        (&["scan", &demo, "--since", "1d", "--until", "2d"], "no event can be in between"),
        (&["scan", &demo, "--threads", "0"], "0 is not in 1..=512"),
        (&["scan", &demo, "--format", "xml"], "[possible values: table, ndjson, csv, markdown]"),
        (&["scan"], "<PATH>..."),
        (&["query", "a:b"], "<PATH>..."),
        (&["frob"], "unrecognized subcommand 'frob'"),
        (&["replay", "--speed", "fast"], "such as 60, or `max`"),
    ];
    for (args, wanted) in cases {
        let told = desk.run(args).refused();
        assert!(told.contains(wanted), "{args:?}: {told}");
    }
}

#[test]
fn a_broken_configuration_points_at_the_place() {
    let desk = Desk::new();
    let told = {
        desk.file(".config/watchfloor/config.toml", "analyst = 'mk'\nanalyts = 'x'\n");
        desk.run(&["scan", &fixture("shapes")]).refused()
    };
    assert!(told.contains("config.toml:2:1: unknown field `analyts`"), "{told}");
    assert!(told.contains("  | analyts = 'x'\n  | ^^^^^^^\n  help: known keys: analyst, rules, state"), "{told}");
    let told = desk.run(&["--config", "/no/such.toml", "scan", &fixture("shapes")]).refused();
    assert!(told.contains("cannot read the configuration /no/such.toml"), "{told}");
    // What needs no configuration is not held up by it.
    desk.run(&["kql", "a:b"]).quiet();
    desk.run(&["completions", "bash"]).quiet();
    desk.run(&["rules", "check", "assets/rules"]).quiet();
}

#[test]
fn a_configuration_stands_in_for_options() {
    let desk = Desk::new();
    let rule = desk.file("r.toml", "[rule]\nname='Mine'\nrule_id='mine'\ntype='query'\nlanguage='kuery'\nquery='event.action: StartExportTask'\nseverity='high'\nrisk_score=73\n");
    let config = desk.file("c.toml", format!("rules = ['{rule}']\n"));
    let ran = desk.run(&["--config", &config, "scan", &fixture("shapes/single.json"), "--format", "csv"]);
    assert!(ran.quiet().contains(",high,93,Mine,"));
    let ran = desk.run(&[
        "--config",
        &config,
        "--rules",
        "assets/rules",
        "scan",
        &fixture("shapes/single.json"),
        "--format",
        "csv",
    ]);
    assert!(ran.out.contains(",low,41,AWS RDS Snapshot Export,"), "an option goes before it: {}", ran.out);
}
