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
        desk.run(&["query", "", &fixture("shapes/single.json"), "--format", format, "--fields", fields]).quiet()
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
