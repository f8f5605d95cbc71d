//! `watchfloor query`, `ecs` and `kql`.

use super::*;

#[test]
fn query_in_each_format() {
    let desk = Desk::new();
    let single = fixture("shapes/single.json");
    let query = |format: &str| desk.run(&["query", "event.action: Start*", &single, "--format", format]).quiet();
    insta::assert_snapshot!(query("table"), @r"
    @timestamp                event.action     event.outcome  user.name    source.address  cloud.region
    2026-11-23T12:00:02.000Z  StartExportTask  success        etl-nightly  192.0.2.40      us-east-1
    ");
    assert_eq!(query("count"), "1\n");
    assert_eq!(query("ndjson"), desk.run(&["ecs", &single]).quiet());
    let original = std::fs::read_to_string(&single).unwrap();
    assert_eq!(query("raw").trim_end(), original.trim(), "the bytes of the record as they are");
}

#[test]
fn fields_are_printed_with_all_their_values() {
    let desk = Desk::new();
    let run = |format: &str| {
        let fields = "event.id, related.user,aws.cloudtrail.read_only,no.such";
        let ran = desk.run(&["query", "", &fixture("shapes/single.json"), "--format", format, "--fields", fields]);
        assert!(ran.err.contains("`no.such` is a field of neither ECS"), "{}", ran.err);
        ran.out
    };
    insta::assert_snapshot!(run("ndjson"), @r#"{"event.id":"9ca0f7f7-7222-4af0-bfc0-fe0042cc70ac","related.user":["fixture","AROARDJSNL3D7SEXAMPLE:fixture","etl-nightly"],"aws.cloudtrail.read_only":false}"#);
    insta::assert_snapshot!(run("table"), @r"
    event.id                              related.user                                         aws.cloudtrail.read_only  no.such
    9ca0f7f7-7222-4af0-bfc0-fe0042cc70ac  fixture, AROARDJSNL3D7SEXAMPLE:fixture, etl-nightly  false
    ");
    let told = desk.run(&["query", "", "fixtures/shapes", "--format", "raw", "--fields", "a"]).refused();
    assert!(told.contains("--fields is for the formats table and ndjson"), "{told}");
}

#[test]
fn ecs_prints_every_event_in_order() {
    let ran = Desk::new().run(&["ecs", &fixture("demo")]);
    let events = ran.json();
    assert_eq!(events.len(), 1127);
    let key = |e: &serde_json::Value| {
        (e["@timestamp"].as_str().unwrap().to_owned(), e["event"]["id"].as_str().unwrap().to_owned())
    };
    assert!(events.is_sorted_by_key(key));
    ran.quiet();
}

#[test]
fn kql_prints_kibanas_tree() {
    let desk = Desk::new();
    let tree = desk.run(&["kql", "a.b: \"x y\" or not c: d*"]).quiet();
    let tree: serde_json::Value = serde_json::from_str(&tree).unwrap();
    assert_eq!((&tree["type"], &tree["function"]), (&"function".into(), &"or".into()));
    assert_eq!(
        tree["arguments"][0]["arguments"][1],
        serde_json::json!({"type":"literal","value":"x y","isQuoted":true})
    );
    assert_eq!(tree["arguments"][1]["arguments"][0]["arguments"][1]["value"], "d@kuery-wildcard@");
}

#[test]
fn a_bad_query_is_told_in_kibanas_words() {
    let desk = Desk::new();
    let wanted = "Expected \")\", AND, OR but end of input found.\na: (b\n-----^\n";
    assert_eq!(desk.run(&["kql", "a: (b"]).refused(), wanted);
    assert_eq!(desk.run(&["query", "a: (b", &fixture("demo")]).refused(), wanted);
}

#[test]
fn kql_prints_query_dsl_for_fields_of_given_types() {
    let desk = Desk::new();
    let view =
        r#"[{"name":"a.b","type":"string","esTypes":["keyword"]},{"name":"c.d","subType":{"nested":{"path":"c"}}}]"#;
    let file = desk.file("fields.json", view);
    let expected =
        r#"{"bool":{"must_not":{"bool":{"should":[{"term":{"a.b":{"value":"x y"}}}],"minimum_should_match":1}}}}"#;
    let args = |fields, query| ["kql", "--dsl", fields, query];
    assert_eq!(desk.run(&args(&file, "not a.b: \"x y\"")).quiet().trim_end(), expected);
    assert_eq!(desk.feed(&args("-", "not a.b: \"x y\""), view.as_bytes()).quiet().trim_end(), expected);
    assert_eq!(
        desk.run(&args(&file, "c.d: x")).refused(),
        "c.d is a nested field, but is not in a nested group in the KQL expression.\n"
    );
    let wanted = "Expected \")\", AND, OR but end of input found.\na: (b\n-----^\n";
    assert_eq!(desk.run(&args(&file, "a: (b")).refused(), wanted);
    let no_list = desk.file("object.json", "{}");
    for (file, says) in
        [("nowhere.json", "nowhere.json: No such file"), (&no_list, "object.json: no list of fields; write [{")]
    {
        let said = desk.run(&args(file, "a: b")).refused();
        assert!(said.starts_with("watchfloor: error: --dsl ") && said.contains(says), "{said}");
    }
}

#[test]
fn kql_agrees_with_kibana() {
    let Some(folder) = shared("conformance/kql") else { return };
    let desk = Desk::new();
    let cases = |name: &str| -> Vec<serde_json::Value> {
        let text = std::fs::read_to_string(format!("{folder}/{name}")).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let trees = cases("kibana-ast.jsonl").into_iter().filter(|case| case["kind"] == "kuery");
    let mut compared = 0;
    for case in trees {
        let query = case["query"].as_str().unwrap();
        let tree: serde_json::Value = serde_json::from_str(&desk.run(&["kql", "--", query]).quiet()).unwrap();
        assert_eq!(tree, case["expected"], "{query}");
        compared += 1;
    }
    assert!(compared > 20, "{compared} compared");
}

#[test]
fn a_part_of_a_query_that_never_matches_is_named() {
    let ran = Desk::new().run(&["query", "source.ip: here", &fixture("demo"), "--format", "count"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, "0\n"));
    insta::assert_snapshot!(ran.err, @r#"
    watchfloor: warning: 1:12: this part of the query never matches
      | source.ip: here
      |            ^^^^
      help: "here" is neither an address nor a block such as 10.0.0.0/8
    "#);
}

#[test]
fn the_order_and_the_bytes_are_the_same_whatever_the_number_of_threads() {
    let desk = Desk::new();
    for format in ["raw", "ndjson", "table", "count"] {
        let with = |threads: &str| {
            let args = ["query", "event.outcome: success", "fixtures/demo", "--format", format, "--threads", threads];
            desk.run(&args).quiet()
        };
        let one = with("1");
        assert!(one == with("4") && !one.is_empty(), "{format}");
    }
}

#[test]
fn a_window_and_a_count_agree_with_what_is_printed() {
    let desk = Desk::new();
    let query = |format: &str, window: &[&str]| {
        let mut args = vec!["query", "not user.name: etl-nightly", "fixtures/demo", "--format", format];
        args.extend(window);
        desk.run(&args).quiet()
    };
    let (since, until) = ("2026-11-23T08:00:00Z", "2026-11-23T10:00:00Z");
    let all: Vec<serde_json::Value> =
        query("ndjson", &[]).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let inside = |event: &serde_json::Value| {
        let time: chrono::DateTime<chrono::Utc> = event["@timestamp"].as_str().unwrap().parse().unwrap();
        time >= since.parse::<chrono::DateTime<chrono::Utc>>().unwrap()
            && time < until.parse::<chrono::DateTime<chrono::Utc>>().unwrap()
    };
    let wanted = all.iter().filter(|event| inside(event)).count();
    assert!(wanted > 0 && wanted < all.len());
    let window = ["--since", since, "--until", until];
    assert_eq!(query("count", &window), format!("{wanted}\n"));
    assert_eq!(query("raw", &window).lines().count(), wanted);
    assert_eq!(query("table", &window).lines().count(), wanted + 1, "and its heading");
    let told = desk.run(&["query", "", "fixtures/demo", "--since", until, "--until", since]).refused();
    assert!(told.contains("no event can be in between"), "{told}");
}

#[test]
fn a_reader_that_has_had_enough_ends_it_without_a_word() {
    use std::io::BufRead as _;
    let desk = Desk::new();
    for format in ["raw", "ndjson", "table"] {
        let args = ["query", "", "fixtures/demo", "--format", format];
        let mut child = desk.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        std::io::BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(!line.is_empty());
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""), "{format}");
    }
}

#[test]
fn nothing_is_read_on_for_a_reader_that_has_gone() {
    let desk = Desk::new();
    let files = watchfloor::engine::Input::find(&["fixtures/demo".into()], &Default::default()).files.len();
    for format in ["raw", "count"] {
        let args = ["query", "", "fixtures/demo", "--format", format, "--threads", "1", "--stats"];
        let mut child = desk.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        let read: usize = said.split_whitespace().nth(1).unwrap().parse().unwrap();
        assert_eq!(output.status.code(), Some(0));
        assert!(read < files, "{read} of {files}: {said}");
    }
}

#[test]
fn a_field_that_nobody_has_is_named_with_what_was_meant() {
    let desk = Desk::new();
    let single = fixture("shapes/single.json");
    let query = |kql: &str, fields: &str| {
        let mut args = vec!["query", kql, single.as_str()];
        args.extend(if fields.is_empty() { vec!["--format", "count"] } else { vec!["--fields", fields] });
        desk.run(&args)
    };
    let ran = query("event.action: * and evnt.action: Foo", "");
    assert_eq!((ran.code, ran.out.as_str()), (0, "0\n"));
    insta::assert_snapshot!(ran.err, @r"
    watchfloor: warning: 1:21: `evnt.action` is a field of neither ECS nor Elastic's AWS integration, and no event that was read has it
      | event.action: * and evnt.action: Foo
      |                     ^^^^^^^^^^^
      help: did you mean `event.action`?
    ");
    let ran = query("userIdentity.userName: jsmith or custom*: x", "");
    assert!(ran.err.contains("help: did you mean `user.name`?"), "{}", ran.err);
    assert!(ran.err.contains("1:34: `custom*` is a field of neither"), "{}", ran.err);
    let ran = query("", "event.id, sourceIPAddress");
    assert_eq!(ran.code, 0);
    insta::assert_snapshot!(ran.err, @r"
    watchfloor: warning: 1:11: `sourceIPAddress` is a field of neither ECS nor Elastic's AWS integration, and no event that was read has it
      | event.id, sourceIPAddress
      |           ^^^^^^^^^^^^^^^
      help: did you mean `source.address`?
    ");
}

#[test]
fn a_field_that_an_event_has_is_known() {
    let desk = Desk::new();
    let document = |n: u32, own: &str| {
        format!(r#"{{"@timestamp":"2026-11-23T12:00:0{n}Z","event":{{"action":"A","id":"{n}"}}{own}}}"#)
    };
    let own = r#","custom":{"team":"red","list":[{"a":1}]},"event.acton":"x""#;
    let log = desk.file("log.ndjson", format!("{}\n{}\n", document(1, ""), document(2, own)));
    let count = |kql: &str| desk.run(&["query", kql, &log, "--format", "count"]).quiet();
    // The event that has it need not be one that matches, or could.
    for (kql, expected) in [
        ("custom.team: red", "1\n"),
        ("not custom.team: *", "1\n"),
        ("event.id: 1 and custom.team: red", "0\n"),
        ("custom: { team: blue }", "0\n"),
        ("custom.list: { a: 1 }", "1\n"),
        ("cust*: red", "1\n"),
        ("event.acton: *", "1\n"),
    ] {
        assert_eq!(count(kql), expected, "{kql}");
    }
    let ran = desk.run(&["query", "custom.taem: red", &log, "--format", "count"]);
    assert!(ran.err.contains("`custom.taem` is a field of neither"), "{}", ran.err);
}
