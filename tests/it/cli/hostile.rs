//! Nothing that a log, a rule, a file name or an argument holds reaches a terminal raw.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use super::*;

const EVIL: &str = "\u{1b}[2J\u{1b}]52;c;cm0gLXJm\u{7}\u{9b}31m\u{202e}gpj\u{202c}\u{200b}\r\n\t\u{feff}=cmd|x<b>";

#[track_caller]
fn assert_harmless(text: &str, what: &str) {
    let steers = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    if let Some(at) = text.find(steers) {
        let around: String = text[..at].chars().rev().take(40).collect::<Vec<_>>().into_iter().rev().collect();
        panic!("{what}: {:?} after {around:?}", text[at..].chars().next());
    }
}

/// A log whose every text is hostile.
fn log(desk: &Desk) -> String {
    let mut record: serde_json::Value = serde_json::from_str(&export("placeholder", 1)).unwrap();
    for field in ["userAgent", "sourceIPAddress", "awsRegion", "eventID"] {
        record[field] = EVIL.into();
    }
    record["userIdentity"] =
        serde_json::json!({"type": "IAMUser", "userName": EVIL, "arn": EVIL, "accountId": EVIL, "principalId": EVIL});
    record["requestParameters"] = serde_json::json!({"sourceArn": EVIL, "s3BucketName": EVIL, "s3Prefix": EVIL, EVIL: EVIL, "exportTaskIdentifier": EVIL});
    desk.file("evil.json", record.to_string())
}

#[test]
fn no_format_lets_anything_through() {
    let desk = Desk::new();
    let log = log(&desk);
    let state = desk.path("state/s.db");
    let state = state.to_str().unwrap();
    desk.run(&["scan", &log, "--state", state]);
    let commands: Vec<Vec<&str>> = [
        vec!["scan", &log, "--format", "table"],
        vec!["scan", &log, "--format", "ndjson"],
        vec!["scan", &log, "--format", "csv"],
        vec!["scan", &log, "--format", "markdown"],
        vec!["query", "", &log, "--format", "table"],
        vec!["query", "", &log, "--format", "ndjson"],
        vec!["query", "", &log, "--format", "ndjson", "--fields", "user.name,source.address"],
        vec!["ecs", &log],
        vec!["report", "--state", state, "--format", "markdown"],
        vec!["report", "--state", state, "--format", "html"],
        vec!["report", "--state", state, "--format", "json"],
        vec!["report", "--state", state, "--format", "csv"],
    ]
    .into();
    for args in commands {
        let ran = desk.run(&args);
        assert_eq!(ran.code, 0, "{args:?}: {}", ran.err);
        assert!(ran.out.contains("gpj"), "{args:?} shows it: {}", ran.out);
        // A CSV file ends its lines as the standard says.
        let out = if args.contains(&"csv") { ran.out.replace("\r\n", "\n") } else { ran.out };
        assert_harmless(&out, &format!("{args:?}"));
        assert_harmless(&ran.err, &format!("{args:?}, standard error"));
    }
}

#[test]
fn what_machines_read_keeps_the_values() {
    let desk = Desk::new();
    let log = log(&desk);
    let alert = desk.run(&["scan", &log, "--format", "ndjson"]).json().remove(0);
    assert_eq!(alert["user"]["name"], EVIL);
    let raw = desk.bytes(&["query", "", &log, "--format", "raw"]).stdout;
    assert_eq!(raw.trim_ascii_end(), std::fs::read(&log).unwrap(), "raw is raw, where no terminal reads it");
}

#[test]
fn names_arguments_and_rules_are_made_visible() {
    let desk = Desk::new();
    let rules =
        desk.file("r.toml", format!("[rule]\nname = {0}\ntype = 'query'\nquery = {0}\n", serde_json::json!(EVIL)));
    let bad_name = desk.file("a\u{1b}[31m\nwatchfloor: ok.json", "no log");
    let config = desk.file("c\u{1b}.toml", format!("analyst = {}\n\u{1b}", serde_json::json!(EVIL)));
    let evil_flag = format!("--{EVIL}");
    for args in [
        &["scan", EVIL][..],
        &["scan", &bad_name],
        &["scan", &evil_flag],
        &["scan", "x", "--since", EVIL],
        &[EVIL],
        &["kql", "a: (\u{1b}[31m"],
        &["query", "a: (\u{1b}[31m", "x"],
        &["rules", "check", &rules],
        &["rules", "show", &rules],
        &["scan", "fixtures/shapes", "--rules", &rules],
        &["scan", "fixtures/shapes", "--config", &config],
        &["report", "--state", EVIL],
        &["watch", EVIL],
    ] {
        let ran = desk.run(args);
        assert!(ran.code == 1 || ran.code == 2, "{args:?}: {}", ran.code);
        assert_harmless(&ran.err, &format!("{args:?}"));
        assert_harmless(&ran.out, &format!("{args:?}"));
    }
    // A name cannot begin a line of its own.
    assert!(!desk.run(&["scan", &bad_name]).err.lines().any(|line| line.starts_with("watchfloor: ok")));
}

#[test]
fn a_name_that_is_no_utf8_is_read_and_named() {
    let desk = Desk::new();
    let path = desk.home.path().join(OsStr::from_bytes(b"b\xff\x1b.json"));
    std::fs::write(&path, "no log").unwrap();
    let ran = ran(desk.command(&["scan"]).arg(&path).output().unwrap());
    assert_eq!(ran.code, 1);
    assert_harmless(&ran.err, "standard error");
    assert!(ran.err.contains("not a log"), "{}", ran.err);
}

#[test]
fn no_spreadsheet_runs_what_a_log_holds_wherever_it_splits() {
    let desk = Desk::new();
    let mut record: serde_json::Value = serde_json::from_str(&export("placeholder", 1)).unwrap();
    let role = "x;=HYPERLINK(1)";
    record["userIdentity"] = serde_json::json!({
        "type": "AssumedRole",
        "arn": format!("arn:aws:sts::111122223333:assumed-role/{role}/s,+1"),
        "accountId": "@SUM(1)",
        "principalId": format!("AROA:{role}"),
        "sessionContext": {"sessionIssuer": {"type": "Role", "userName": role, "arn": format!("arn:aws:iam::111122223333:role/{role}")}},
    });
    record["userAgent"] = "a;\"-1".into();
    record["sourceIPAddress"] = "b,\t=1".into();
    record["awsRegion"] = "+c; \"\"@d".into();
    let log = desk.file("formulas.json", record.to_string());
    let state = desk.path("state/s.db");
    let state = state.to_str().unwrap();
    desk.run(&["scan", &log, "--state", state]);
    for args in [
        &["scan", &log, "--format", "csv"][..],
        &["report", "--state", state, "--format", "csv"],
        &["scan", &log, "--format", "markdown"],
    ] {
        let text = desk.run(args).quiet();
        assert!(text.contains("HYPERLINK"), "{args:?}: {text}");
        for separator in [',', ';', '\t', '|'] {
            let mut reader = csv::ReaderBuilder::new();
            reader.has_headers(false).flexible(true).delimiter(u8::try_from(separator).unwrap());
            let quoted = reader.from_reader(text.as_bytes()).into_records();
            let quoted = quoted.flat_map(|row| row.unwrap().iter().map(str::to_owned).collect::<Vec<_>>());
            let plain = text.lines().flat_map(|line| line.split(separator)).map(str::to_owned);
            // Our own rule between the heading and the rows of a Markdown table is nothing from a log.
            let ran =
                quoted.chain(plain).find(|cell| cell.trim() != "---" && cell.trim().starts_with(['=', '+', '-', '@']));
            assert_eq!(ran, None, "{args:?} at {separator:?}: {text}");
        }
    }
}
