//! The fixtures are what their generator makes, hold nothing but documentation names, and tell the whole story.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read as _;
use std::net::IpAddr;
use std::path::Path;

use flate2::read::MultiGzDecoder;
use serde_json::Value;

#[expect(dead_code, reason = "its main is for the command line")]
#[path = "../../examples/make_fixtures/main.rs"]
mod make_fixtures;

const ACCOUNTS: [&str; 2] = ["111122223333", "444455556666"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn on_disk(folder: &str) -> BTreeMap<String, Vec<u8>> {
    let files = walkdir::WalkDir::new(root().join(folder)).into_iter().map(|entry| entry.unwrap());
    files
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| {
            let name = entry.path().strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
            (name, fs::read(entry.path()).unwrap())
        })
        .collect()
}

fn inflated(bytes: &[u8]) -> String {
    let mut text = String::new();
    MultiGzDecoder::new(bytes).read_to_string(&mut text).unwrap();
    text
}

fn demo() -> Vec<Value> {
    let bytes = fs::read(root().join("assets/demo.ndjson.gz")).unwrap();
    inflated(&bytes).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Every string in `value`, keys included.
fn strings<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => found.push(text),
        Value::Array(items) => items.iter().for_each(|item| strings(item, found)),
        Value::Object(fields) => fields.iter().for_each(|(key, value)| {
            found.push(key);
            strings(value, found);
        }),
        _ => {}
    }
}

fn is_export(record: &Value) -> bool {
    record["eventSource"] == "rds.amazonaws.com" && record["eventName"] == "StartExportTask"
}

fn alerts(records: &[Value]) -> BTreeSet<String> {
    let hits = records.iter().filter(|record| is_export(record) && record["errorCode"].is_null());
    hits.map(|record| record["eventID"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_generator_makes_the_same_bytes_again() {
    let made = make_fixtures::make().unwrap();
    assert!(made == make_fixtures::make().unwrap(), "two runs differ");
    let mut disk = on_disk("fixtures");
    disk.insert("assets/demo.ndjson.gz".to_owned(), fs::read(root().join("assets/demo.ndjson.gz")).unwrap());
    let how = "run: cargo run --example make_fixtures";
    assert_eq!(made.keys().collect::<Vec<_>>(), disk.keys().collect::<Vec<_>>(), "{how}");
    for (path, bytes) in &made {
        assert!(*bytes == disk[path], "{path} is not what the generator makes; {how}");
    }
}

#[test]
fn the_tree_is_a_days_worth_and_small() {
    let records = demo();
    let distinct: BTreeSet<&str> = records.iter().map(|record| record["eventID"].as_str().unwrap()).collect();
    assert!(distinct.len() >= 800, "{} events", distinct.len());
    assert_eq!(records.len(), distinct.len() + 1, "one event is delivered twice");
    let size: usize = on_disk("fixtures").values().map(Vec::len).sum();
    assert!(size < 1_500_000, "{size} bytes");
    let delivered: usize = on_disk("fixtures/demo/AWSLogs/111122223333/CloudTrail")
        .iter()
        .map(|(path, bytes)| {
            let text = if path.ends_with(".gz") { inflated(bytes) } else { String::from_utf8(bytes.clone()).unwrap() };
            let file: Value = serde_json::from_str(&text).unwrap();
            file["Records"].as_array().unwrap().len()
        })
        .sum();
    assert_eq!(delivered, records.len(), "the embedded demo is the whole tree");
}

#[test]
fn nothing_but_documentation_accounts_addresses_keys_and_domains() {
    let networks = ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"].map(|net| net.parse().unwrap());
    let documentation = |ip: IpAddr| networks.iter().any(|net: &ipnet::IpNet| net.contains(&ip));
    let (mut addresses, mut keys) = (0, 0);
    for record in demo() {
        let mut found = Vec::new();
        strings(&record, &mut found);
        for text in found {
            if let Ok(ip) = text.parse::<IpAddr>() {
                addresses += 1;
                assert!(documentation(ip), "{ip}");
            }
            for token in text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')) {
                let account = token.len() == 12 && token.bytes().all(|b| b.is_ascii_digit());
                assert!(!account || ACCOUNTS.contains(&token), "account {token} in {text}");
                if token.len() == 20 && (token.starts_with("AKIA") || token.starts_with("ASIA")) {
                    keys += 1;
                    assert!(token.ends_with("EXAMPLE"), "key {token}");
                }
            }
            if let Some((_, domain)) = text.split_once('@') {
                assert!(domain.starts_with("example.com"), "{text}");
            }
        }
    }
    assert!(addresses > 500 && keys > 500, "{addresses} addresses and {keys} keys were looked at");
}

#[test]
fn every_kind_of_identity_is_there_and_five_of_them_export() {
    let records = demo();
    let kind = |record: &Value| record["userIdentity"]["type"].as_str().unwrap_or("none").to_owned();
    let all: BTreeSet<String> = records.iter().map(kind).collect();
    let wanted = [
        "AWSAccount",
        "AWSService",
        "AssumedRole",
        "FederatedUser",
        "IAMUser",
        "IdentityCenterUser",
        "Root",
        "SAMLUser",
        "WebIdentityUser",
        "none",
    ];
    assert_eq!(all.iter().map(String::as_str).collect::<Vec<_>>(), wanted);
    let ids = alerts(&records);
    let exporting: BTreeSet<String> =
        records.iter().filter(|record| ids.contains(record["eventID"].as_str().unwrap())).map(kind).collect();
    let wanted = ["AssumedRole", "FederatedUser", "IAMUser", "IdentityCenterUser", "Root"];
    assert_eq!(exporting.iter().map(String::as_str).collect::<Vec<_>>(), wanted);
}

#[test]
fn the_story_is_the_one_that_the_list_of_expectations_tells() {
    let records = demo();
    let table = fs::read_to_string(root().join("fixtures/expected.tsv")).unwrap();
    let of_kind = |kind: &str| -> BTreeSet<String> {
        let rows = table.lines().skip(1).map(|line| line.split('\t').collect::<Vec<_>>());
        rows.filter(|cells| cells[1] == kind).map(|cells| cells[0].to_owned()).collect()
    };
    assert_eq!(of_kind("alert"), alerts(&records));
    assert_eq!(of_kind("alert").len(), 12);
    let failed = records.iter().filter(|record| is_export(record) && !record["errorCode"].is_null());
    assert_eq!(of_kind("failure"), failed.map(|record| record["eventID"].as_str().unwrap().to_owned()).collect());
    let decoys = of_kind("decoy");
    assert!(decoys.len() >= 5);
    for record in &records {
        let looks_like_one = record.to_string().contains("StartExportTask") && !is_export(record);
        let id = record["eventID"].as_str().unwrap();
        let user_agent_only = record["userAgent"].as_str().unwrap().contains("RdsStartExportTaskOperator");
        assert!(!looks_like_one || user_agent_only || decoys.contains(id), "{record}");
    }
    let hostile = records.iter().filter(|record| record.to_string().contains("\\u001b]52;"));
    assert_eq!(hostile.map(is_export).collect::<Vec<_>>(), [true, true]);
    assert!(records.iter().any(|record| is_export(record) && record["requestParameters"]["omitted"] == true));
}

#[test]
fn records_have_the_fields_that_cloudtrail_always_writes() {
    for record in demo() {
        for key in ["eventVersion", "eventTime", "eventSource", "eventName", "awsRegion", "eventID", "eventType"] {
            assert!(record[key].is_string(), "{key} in {record}");
        }
        assert!(record["readOnly"].is_boolean() && record["managementEvent"].is_boolean());
        assert_eq!(record["recipientAccountId"], ACCOUNTS[0]);
        let first = record.as_object().unwrap().keys().next();
        assert_eq!(first.map(String::as_str), Some("eventVersion"));
        let from_outside =
            ["AWSService", "AWSAccount"].contains(&record["userIdentity"]["type"].as_str().unwrap_or(""));
        assert_eq!(from_outside, record["sharedEventID"].is_string(), "{record}");
    }
}

#[test]
fn the_expectations_name_every_file_and_agree_with_the_files() {
    let text = fs::read_to_string(root().join("fixtures/expected.json")).unwrap();
    let expected: BTreeMap<String, Value> = serde_json::from_str(&text).unwrap();
    let data = on_disk("fixtures");
    let described = ["README.md", "expected.json", "expected.tsv"];
    let names: Vec<&str> = data.keys().map(|path| path.trim_start_matches("fixtures/")).collect();
    let files: Vec<&str> = names.iter().copied().filter(|name| !described.contains(name)).collect();
    assert_eq!(files, expected.keys().collect::<Vec<_>>());
    let mut raised = BTreeSet::new();
    for file in expected.values() {
        for id in file["alerts"].as_array().unwrap() {
            raised.insert(id.as_str().unwrap().to_owned());
        }
    }
    assert!(raised.is_superset(&alerts(&demo())));
    let half = &data["fixtures/broken/half.json.gz"];
    assert!(MultiGzDecoder::new(half.as_slice()).read_to_end(&mut Vec::new()).is_err());
    let wrong = &data["fixtures/broken/bad-crc.json.gz"];
    assert!(MultiGzDecoder::new(wrong.as_slice()).read_to_end(&mut Vec::new()).is_err());
    let joined = inflated(&data["fixtures/shapes/two-members.json.gz"]);
    assert_eq!(serde_json::from_str::<Value>(&joined).unwrap()["Records"].as_array().unwrap().len(), 3);
}
