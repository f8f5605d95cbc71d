//! The file reader on the fixtures: what `fixtures/expected.json` says of each file is what it reports.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;
use watchfloor::trail::{Buffers, Content, FileReport, Problem, read_once};

fn expected() -> BTreeMap<String, Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/expected.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn content(name: &str) -> Option<Content> {
    match name {
        "none" => None,
        name => Some(Content::from_word(name).unwrap()),
    }
}

/// Reads one fixture; the ids are those of its records that are JSON.
fn read(path: &str, buffers: &mut Buffers) -> (FileReport, BTreeSet<String>, u64) {
    let (mut ids, mut bad_json) = (BTreeSet::new(), 0);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(path);
    let report = read_once(&path, buffers, &mut |record| match serde_json::from_slice::<Value>(record.bytes) {
        Ok(record) => {
            let original = record["message"].as_str().or_else(|| record["event"]["original"].as_str());
            let inner: Value = original.map_or(record.clone(), |text| serde_json::from_str(text).unwrap());
            let id = [&inner["eventID"], &inner["event"]["id"], &inner["event.id"]].into_iter().find_map(Value::as_str);
            ids.insert(id.unwrap().to_owned());
        }
        Err(_) => bad_json += 1,
    })
    .unwrap();
    (report, ids, bad_json)
}

#[test]
fn every_fixture_is_read_as_expected() {
    let mut buffers = Buffers::new();
    let mut looked_at = BTreeSet::new();
    for (path, file) in expected() {
        let outcome = file["outcome"].as_str().unwrap().to_owned();
        let (report, ids, bad_json) = read(&path, &mut buffers);
        let said = format!("{path}: {report:?}");
        assert_eq!(report.content, content(file["content"].as_str().unwrap()), "{said}");
        if let Some(records) = file["records"].as_u64() {
            assert_eq!(report.records - bad_json, records, "{said}");
        }
        assert_eq!(report.bad_total + bad_json, file["bad"].as_u64().unwrap(), "{said}");
        for id in file["alerts"].as_array().unwrap() {
            assert!(ids.contains(id.as_str().unwrap()), "{said}: an export is lost");
        }
        match outcome.as_str() {
            // CloudWatch's control messages are left out of a file that is read.
            "read" if path.contains("subscription") => assert!(report.complete && report.left_out > 0, "{said}"),
            "read" => assert!(report.complete && report.problem.is_none() && report.left_out == 0, "{said}"),
            "partly" => assert!(report.bad_total + bad_json > 0, "{said}"),
            "failed" => assert!(report.problem.as_ref().is_some_and(|problem| !problem.is_not_a_log()), "{said}"),
            "skipped" => assert!(report.left_out > 0 && report.problem.is_none(), "{said}"),
            "no_log" => assert!(report.problem.as_ref().is_some_and(|problem| problem.is_not_a_log()), "{said}"),
            "set_aside" => assert!(matches!(report.problem, Some(Problem::Other(_))), "{said}"),
            other => panic!("{path}: no such outcome: {other}"),
        }
        looked_at.insert(outcome);
    }
    assert_eq!(looked_at.len(), 6, "{looked_at:?}");
}
