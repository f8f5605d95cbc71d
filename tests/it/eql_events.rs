//! EQL over documents, through the command, against Elasticsearch's own cases and those of the sequence rules, where they
//! are at hand beside the project: which events, which sequences, in which order.

#![allow(clippy::print_stdout, reason = "says what was skipped, and how many cases passed")]

use std::fs;

use serde_json::{Value, json};

use crate::cli::Desk;
use crate::conformance::{cases, root};

/// One document a line.
fn lines(documents: &[Value]) -> String {
    documents.iter().map(|document| document.to_string() + "\n").collect()
}

/// The ids of what a query finds: of an event its field, of a sequence those of its events, -1 for a missing one.
fn found(desk: &Desk, query: &str, log: &str, options: &[&str], id: &str) -> Result<Value, String> {
    let ran = desk.run(&[&["eql", query, log, "--format", "ndjson"][..], options].concat());
    if ran.code != 0 {
        return Err(format!("exit {}: {}", ran.code, ran.err));
    }
    let of = |document: &Value| if document.is_null() { json!(-1) } else { document[id].clone() };
    let result = |line: Value| match &line["events"] {
        Value::Array(events) => events.iter().map(of).collect(),
        _ => of(&line),
    };
    Ok(ran.json().into_iter().map(result).collect())
}

#[track_caller]
fn all(file: &str, results: Vec<Result<(), String>>) {
    let total = results.len();
    let failed: Vec<String> = results.into_iter().filter_map(Result::err).collect();
    println!("{file}: {}/{total}", total - failed.len());
    assert!(failed.is_empty(), "{file}: {} of {total} fail:\n{}", failed.len(), failed.join("\n"));
}

fn expect(case: &Value, found: Result<Value, String>) -> Result<(), String> {
    match found {
        Ok(found) if found == case["expected"] => Ok(()),
        Ok(found) => Err(format!("{}: {}\nexpected {}, found {found}", case["id"], case["query"], case["expected"])),
        Err(error) => Err(format!("{}: {}\n{error}", case["id"], case["query"])),
    }
}

#[test]
fn queries_find_the_events_and_sequences_that_they_find_in_elasticsearch() {
    let desk = Desk::new();
    let mut results = Vec::new();
    for case in cases("eql/queries.jsonl") {
        let (name, id) = (case["data"].as_str().unwrap(), case["id_field"].as_str().unwrap());
        let log = desk.path(&format!("{name}.ndjson"));
        if !log.exists() {
            let documents: Vec<Value> =
                serde_json::from_str(&fs::read_to_string(root().join("eql").join(name)).unwrap()).unwrap();
            fs::write(&log, lines(&documents)).unwrap();
        }
        let time = if name == "events.json" { "timestamp" } else { "@timestamp" };
        let options = ["--event-category-field", "event_type", "--timestamp-field", time, "--tiebreaker-field", id];
        let found = found(&desk, case["query"].as_str().unwrap(), log.to_str().unwrap(), &options, id);
        results.push(expect(&case, found));
    }
    all("queries.jsonl", results);
}

#[test]
fn sequences_follow_the_rules() {
    let desk = Desk::new();
    let mut results = Vec::new();
    for (at, case) in cases("eql/sequences.jsonl").into_iter().enumerate() {
        let mut events = case["events"].as_array().unwrap().clone();
        for (form, word) in ["number", "text", "iso"].into_iter().enumerate() {
            for (number, event) in events.iter_mut().enumerate() {
                event["at"] = json!(number);
                let time = case["events"][number]["@timestamp"].as_i64().unwrap();
                event["@timestamp"] = match form {
                    0 => json!(time),
                    1 => json!(time.to_string()),
                    _ => json!(chrono::DateTime::from_timestamp_millis(time).unwrap().to_rfc3339()),
                };
            }
            let log = desk.file(&format!("{at}-{word}.ndjson"), lines(&events));
            let tiebreaker = case["tiebreaker_field"].as_str().map(|field| ["--tiebreaker-field", field]);
            let options = tiebreaker.as_ref().map_or(&[][..], |options| options);
            results.push(expect(&case, found(&desk, case["query"].as_str().unwrap(), &log, options, "at")));
        }
    }
    all("sequences.jsonl", results);
}
