//! A sequence in what a scan prints, in the state, and in what comes out of that again.

use serde_json::Value;

use super::*;

const RULE: &str = "tests/sequence/rule.toml";
const EVENTS: &str = "tests/sequence/events.json";
/// The events of the sequence: the key is made, and three secrets are read with it.
const IDS: [&str; 4] = ["000000000001", "000000000003", "000000000004", "000000000005"];

fn id(end: &str) -> String {
    format!("5ec0e7ce-0000-4000-8000-{end}")
}

#[test]
fn ndjson_groups_a_sequence_as_elastic_does() {
    let desk = Desk::new();
    let lines = desk.run(&["scan", EVENTS, "--rules", RULE, "--format", "ndjson"]).json();
    let [blocks @ .., own] = &lines[..] else { panic!("{lines:?}") };
    assert_eq!(blocks.len(), 4);
    let group = own["kibana.alert.group.id"].as_str().unwrap();
    for (at, (block, end)) in blocks.iter().zip(IDS).enumerate() {
        assert_eq!(block["event"]["id"], id(end));
        assert_eq!(block["kibana.alert.building_block_type"], "default");
        assert_eq!((&block["kibana.alert.group.id"], &block["kibana.alert.group.index"]), (&group.into(), &at.into()));
        assert_eq!(
            (&block["kibana.alert.depth"], &block["kibana.alert.ancestors"][0]["id"]),
            (&1.into(), &id(end).into())
        );
        assert_eq!(block["kibana.alert.rule.rule_id"], "access-key-then-secrets");
        assert_eq!(block["watchfloor.priority"], Value::Null, "an alert has one, a part of it none");
    }
    assert_eq!(own["kibana.alert.building_block_type"], Value::Null);
    assert_eq!((&own["kibana.alert.uuid"], &own["kibana.alert.depth"]), (&group.into(), &2.into()));
    assert_eq!(own["kibana.alert.ancestors"].as_array().unwrap().len(), 8);
    // What all share is there, and what they do not share is not.
    assert_eq!((&own["user"]["name"], &own["cloud"]["region"]), (&"alice".into(), &"us-east-1".into()));
    assert_eq!(
        (&own["event"]["id"], &own["event"]["action"], &own["source"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    assert_eq!(own["@timestamp"], blocks[3]["@timestamp"]);
    insta::assert_snapshot!(own["kibana.alert.reason"].as_str().unwrap());
}

#[test]
fn a_sequence_is_one_alert_with_the_number_of_its_events() {
    let desk = Desk::new();
    let run =
        |format: &str| desk.run(&["scan", EVENTS, "--rules", RULE, "--format", format, "--fail-on-alert", "--stats"]);
    for format in ["table", "markdown", "csv"] {
        let ran = run(format);
        insta::assert_snapshot!(format, ran.out);
        assert!(ran.err.contains("1 alert in 1 file, 8 events of which could match, rules: 1"), "{}", ran.err);
    }
    assert_eq!(run("ndjson").code, run("csv").code);
    let incidents = desk.run(&["scan", EVENTS, "--rules", RULE, "--incidents", "--format", "ndjson"]).json();
    assert_eq!((incidents.len(), incidents[0]["alerts"].as_array().unwrap().len()), (1, 1));
}

#[test]
fn what_comes_too_late_is_no_part_of_a_sequence() {
    let desk = Desk::new();
    let records = std::fs::read_to_string(EVENTS).unwrap();
    let late = desk.file("late.json", records.replace("2026-11-23T10:05:40Z", "2026-11-23T12:00:01Z"));
    let ran = desk.run(&["scan", &late, "--rules", RULE, "--format", "ndjson", "--fail-on-alert"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""));
}

#[test]
fn the_state_keeps_a_sequence_and_gives_it_out_again() {
    let desk = Desk::new();
    let state = desk.path("state.db");
    let state = state.to_str().unwrap();
    assert_eq!(desk.run(&["scan", EVENTS, "--rules", RULE, "--format", "csv", "--state", state]).code, 0);
    let report = desk.run(&["report", "--state", state, "--rules", RULE, "--format", "json"]);
    let report: Value = serde_json::from_str(&report.out).unwrap();
    let alert = &report["alerts"][0];
    assert_eq!((&alert["event_id"], &alert["severity"]), (&id(IDS[3]).into(), &"high".into()));
    assert!(alert["reason"].as_str().unwrap().contains("CreateAccessKey, 3 × GetSecretValue"), "{alert}");
    assert_eq!(desk.run(&["audit", "verify", "--state", state]).code, 0);
}
