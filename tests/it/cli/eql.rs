//! `watchfloor eql`.

use serde_json::{Value, json};

use super::*;

/// A call a line: seconds past noon, id, action, outcome, user.
fn trail(calls: &[(u32, &str, &str, &str, &str)]) -> String {
    let record = |(second, id, action, outcome, user): &(u32, &str, &str, &str, &str)| {
        let mut record = json!({
            "eventVersion": "1.11", "eventTime": format!("2026-11-20T12:{:02}:{:02}Z", second / 60, second % 60),
            "eventID": id, "eventSource": "iam.amazonaws.com", "eventName": action, "awsRegion": "eu-west-1",
            "sourceIPAddress": "198.51.100.7",
            "userIdentity": {"type": "IAMUser", "userName": user, "accountId": "111122223333"},
        });
        if *outcome == "failure" {
            record["errorCode"] = json!("AccessDenied");
        }
        record.to_string() + "\n"
    };
    calls.iter().map(record).collect()
}

const CALLS: [(u32, &str, &str, &str, &str); 7] = [
    (0, "e-1", "CreateUser", "success", "alice"),
    (1, "e-2", "CreateUser", "failure", "bob"),
    (30, "e-3", "AttachUserPolicy", "success", "alice"),
    (40, "e-4", "AttachUserPolicy", "success", "bob"),
    (50, "e-5", "CreateUser", "success", "carol"),
    (70, "e-6", "DeleteUser", "success", "carol"),
    (400, "e-7", "AttachUserPolicy", "success", "carol"),
];

const SEQUENCE: &str = r#"sequence by user.name with maxspan=5m
    [any where event.action == "CreateUser"] [any where event.action : "attach*"]"#;

#[test]
fn events_in_each_format() {
    let desk = Desk::new();
    let log = desk.file("log.json", trail(&CALLS));
    let query = r#"any where event.action == "CreateUser" and event.outcome != "failure""#;
    let run = |format: &str| desk.run(&["eql", query, &log, "--format", format]).quiet();
    insta::assert_snapshot!(run("table"), @r"
    @timestamp                event.action  event.outcome  user.name  source.address  cloud.region
    2026-11-20T12:00:00.000Z  CreateUser    success        alice      198.51.100.7    eu-west-1
    2026-11-20T12:00:50.000Z  CreateUser    success        carol      198.51.100.7    eu-west-1
    ");
    insta::assert_snapshot!(run("csv"), @r"
    @timestamp,event.action,event.outcome,user.name,source.address,cloud.region
    2026-11-20T12:00:00.000Z,CreateUser,success,alice,198.51.100.7,eu-west-1
    2026-11-20T12:00:50.000Z,CreateUser,success,carol,198.51.100.7,eu-west-1
    ");
    assert_eq!(run("count"), "2\n");
    assert_eq!(run("raw").lines().collect::<Vec<_>>(), [0, 4].map(|at| trail(&CALLS[at..=at]).trim().to_owned()));
    let kql = "event.action: CreateUser and not event.outcome: failure";
    assert_eq!(run("ndjson"), desk.run(&["query", kql, &log, "--format", "ndjson"]).quiet());
    let some = desk.run(&["eql", query, &log, "--format", "ndjson", "--fields", "event.id,user.name"]).quiet();
    insta::assert_snapshot!(some, @r#"
    {"event.id":"e-1","user.name":"alice"}
    {"event.id":"e-5","user.name":"carol"}
    "#);
    let told = desk.run(&["eql", query, &log, "--format", "raw", "--fields", "a"]).refused();
    assert!(told.contains("--fields is for the formats table, csv and ndjson"), "{told}");
}

#[test]
fn sequences_in_each_format() {
    let desk = Desk::new();
    let log = desk.file("log.json", trail(&CALLS));
    let run = |query: &str, format: &str| desk.run(&["eql", query, &log, "--format", format]).quiet();
    insta::assert_snapshot!(run(SEQUENCE, "table"), @r"
    #  join keys  @timestamp                event.action      event.outcome  user.name  source.address  cloud.region
    1  alice      2026-11-20T12:00:00.000Z  CreateUser        success        alice      198.51.100.7    eu-west-1
                  2026-11-20T12:00:30.000Z  AttachUserPolicy  success        alice      198.51.100.7    eu-west-1
    2  bob        2026-11-20T12:00:01.000Z  CreateUser        failure        bob        198.51.100.7    eu-west-1
                  2026-11-20T12:00:40.000Z  AttachUserPolicy  success        bob        198.51.100.7    eu-west-1
    ");
    insta::assert_snapshot!(run(SEQUENCE, "csv"), @r"
    #,join keys,@timestamp,event.action,event.outcome,user.name,source.address,cloud.region
    1,alice,2026-11-20T12:00:00.000Z,CreateUser,success,alice,198.51.100.7,eu-west-1
    1,alice,2026-11-20T12:00:30.000Z,AttachUserPolicy,success,alice,198.51.100.7,eu-west-1
    2,bob,2026-11-20T12:00:01.000Z,CreateUser,failure,bob,198.51.100.7,eu-west-1
    2,bob,2026-11-20T12:00:40.000Z,AttachUserPolicy,success,bob,198.51.100.7,eu-west-1
    ");
    assert_eq!(run(SEQUENCE, "count"), "2\n");
    assert_eq!(run(SEQUENCE, "raw").lines().count(), 4);
    let found: Vec<Value> = run(SEQUENCE, "ndjson").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let ids = |at: usize| {
        found[at]["events"].as_array().unwrap().iter().map(|e| e["event"]["id"].as_str().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!((&found[0]["join_keys"], ids(0)), (&json!(["alice"]), vec!["e-1", "e-3"]));
    assert_eq!((&found[1]["join_keys"], ids(1)), (&json!(["bob"]), vec!["e-2", "e-4"]));
    let ecs = desk.run(&["ecs", &log]).json();
    assert_eq!((&found[0]["events"][0], &found[0]["events"][1]), (&ecs[0], &ecs[2]), "whole documents");
    let fields = ["--format", "ndjson", "--fields", "event.id"];
    let some = desk.run(&[&["eql", SEQUENCE, &log][..], &fields].concat()).quiet();
    insta::assert_snapshot!(some, @r#"
    {"join_keys":["alice"],"events":[{"event.id":"e-1"},{"event.id":"e-3"}]}
    {"join_keys":["bob"],"events":[{"event.id":"e-2"},{"event.id":"e-4"}]}
    "#);
    assert_eq!(run(&format!("{SEQUENCE} | tail 1"), "count"), "1\n");
}

#[test]
fn what_must_be_missing_has_a_place_and_no_event() {
    let desk = Desk::new();
    let log = desk.file("log.json", trail(&CALLS));
    let query = r#"sequence by user.name with maxspan=6m [any where event.action == "CreateUser"]
        ![any where event.action == "DeleteUser"] [any where event.action == "AttachUserPolicy"]"#;
    let run = |format: &str| desk.run(&["eql", query, &log, "--format", format]).quiet();
    insta::assert_snapshot!(run("table"), @r"
    #  join keys  @timestamp                event.action      event.outcome  user.name  source.address  cloud.region
    1  alice      2026-11-20T12:00:00.000Z  CreateUser        success        alice      198.51.100.7    eu-west-1
                  (missing)
                  2026-11-20T12:00:30.000Z  AttachUserPolicy  success        alice      198.51.100.7    eu-west-1
    2  bob        2026-11-20T12:00:01.000Z  CreateUser        failure        bob        198.51.100.7    eu-west-1
                  (missing)
                  2026-11-20T12:00:40.000Z  AttachUserPolicy  success        bob        198.51.100.7    eu-west-1
    ");
    assert_eq!(run("ndjson").lines().filter(|line| line.contains(",null,")).count(), 2);
}

#[test]
fn a_sample_needs_no_order() {
    let desk = Desk::new();
    let log = desk.file("log.json", trail(&CALLS));
    let query =
        r#"sample by user.name [any where event.action == "DeleteUser"] [any where event.action == "CreateUser"]"#;
    let found = desk.run(&["eql", query, &log, "--format", "ndjson", "--fields", "event.id"]).quiet();
    assert_eq!(found, "{\"join_keys\":[\"carol\"],\"events\":[{\"event.id\":\"e-6\"},{\"event.id\":\"e-5\"}]}\n");
}

#[test]
fn any_json_is_a_document_with_fields_of_its_own() {
    let desk = Desk::new();
    let log = desk.file(
        "log.ndjson",
        r#"{"when": 70001, "kind": "stop", "proc": {"pid": 7}, "n": 2}
{"when": "1970-01-01T00:01:10Z", "kind": "start", "proc": {"pid": [7, 8]}, "n": 1}
{"when": "70001", "kind": "stop", "proc": {"pid": "7"}, "n": 1}
{"kind": "stop", "proc": {"pid": 8}}
"#,
    );
    let fields = ["--event-category-field", "kind", "--timestamp-field", "when"];
    let run = |query: &str, more: &[&str]| desk.run(&[&["eql", query, &log][..], &fields, more].concat());
    let count = run("stop where proc.pid == 8", &["--format", "count"]).quiet();
    assert_eq!(count, "1\n");
    let sequence = "sequence by proc.pid with maxspan=1s [start where true] [stop where true]";
    let ran = run(sequence, &["--format", "ndjson"]);
    insta::assert_snapshot!(ran.out, @r#"{"join_keys":[7],"events":[{"when":"1970-01-01T00:01:10Z","kind":"start","proc":{"pid":[7,8]},"n":1},{"when":70001,"kind":"stop","proc":{"pid":7},"n":2}]}"#);
    insta::assert_snapshot!(ran.err, @"watchfloor: warning: 1 event without a time in when took no part in a sequence; --timestamp-field names another field");
    let ordered = ["--tiebreaker-field", "n", "--format", "ndjson", "--fields", "n"];
    insta::assert_snapshot!(run("any where when != null", &ordered).out, @r#"
    {"n":1}
    {"n":1}
    {"n":2}
    "#);
}

#[test]
fn threads_and_the_order_of_files_change_nothing() {
    let desk = Desk::new();
    let mut calls = Vec::new();
    for n in 0..400u32 {
        let action = ["CreateUser", "AttachUserPolicy", "DeleteUser"][n as usize * 7 % 3];
        calls.push((n / 3, format!("e-{n}"), action, "success", ["alice", "bob"][n as usize % 5 / 3]));
    }
    let calls: Vec<_> =
        calls.iter().map(|(at, id, action, outcome, user)| (*at, id.as_str(), *action, *outcome, *user)).collect();
    let files: Vec<String> =
        calls.chunks(60).enumerate().map(|(at, calls)| desk.file(&format!("{at}.json"), trail(calls))).collect();
    for query in [SEQUENCE, "any where true | tail 100", "sample by user.name [any where true] [any where true]"] {
        let run = |threads: &str, files: Vec<&str>| {
            let options = ["eql", query, "--format", "ndjson", "--threads", threads];
            desk.run(&[&options[..], &files].concat()).quiet()
        };
        let one = run("1", files.iter().map(String::as_str).collect());
        assert!(one.lines().count() > 1, "{one}");
        assert_eq!(one, run("5", files.iter().rev().map(String::as_str).collect()));
        // Read twice is once.
        let copy = desk.file("copy.json", trail(&calls));
        let twice = run("2", files.iter().chain([&copy]).map(String::as_str).collect());
        assert!(query.starts_with("any") || one == twice, "{query}");
    }
}

#[test]
fn time_bounds_and_standard_input_are_those_of_query() {
    let desk = Desk::new();
    let run = |more: &[&str]| {
        let args = [&["eql", SEQUENCE, "-", "--format", "count"][..], more].concat();
        desk.feed(&args, trail(&CALLS).as_bytes()).quiet()
    };
    assert_eq!(run(&[]), "2\n");
    assert_eq!(run(&["--since", "2026-11-20T12:00:01Z"]), "1\n");
    assert_eq!(run(&["--until", "2026-11-20T12:00:30Z"]), "0\n");
}

#[test]
fn a_bad_query_is_shown_with_a_caret() {
    let desk = Desk::new();
    let log = desk.file("log.json", trail(&CALLS));
    insta::assert_snapshot!(desk.run(&["eql", "any where event.action = \"x\"", &log]).refused(), @r#"
    1:24: expected `and`, `or` or the end of the query, but found `=`
      | any where event.action = "x"
      |                        ^
      help: write `==`, or `:` to ignore case
    "#);
    let told = desk.run(&["eql", "any where length(user.name, 1) > 2", &log]).refused();
    assert!(told.starts_with("1:11: ") && told.contains("^^^^") && told.contains("help: "), "{told}");
    let told = desk.run(&["eql", "any where no.such == 1", &log]);
    assert!(told.code == 0 && told.err.contains("`no.such` is a field of neither ECS"), "{}", told.err);
}
