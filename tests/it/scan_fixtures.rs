//! `watchfloor scan` on the fixtures: what `fixtures/expected.json` says of each file is what comes out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn fixtures() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn expected() -> BTreeMap<String, Value> {
    serde_json::from_slice(&std::fs::read(fixtures().join("expected.json")).unwrap()).unwrap()
}

/// Runs the binary without any state or configuration of the user's own.
fn watchfloor(args: &[&str]) -> Output {
    let nowhere = tempfile::tempdir().unwrap();
    Command::new(env!("CARGO_BIN_EXE_watchfloor"))
        .args(args)
        .env("XDG_STATE_HOME", nowhere.path())
        .env("XDG_CONFIG_HOME", nowhere.path())
        .output()
        .unwrap()
}

pub(super) fn scan(path: &Path) -> Output {
    watchfloor(&["scan", path.to_str().unwrap(), "--format", "ndjson"])
}

/// How many alerts `output` lists.
pub(super) fn alerts_of(output: &Output) -> usize {
    output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count()
}

/// The event ids of the alerts that `output` lists, each once.
fn alerted(output: &Output) -> BTreeSet<String> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let ids: Vec<String> = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["event"]["id"].as_str().unwrap().to_owned())
        .collect();
    let distinct: BTreeSet<String> = ids.iter().cloned().collect();
    assert_eq!(ids.len(), distinct.len(), "an event has two alerts");
    distinct
}

fn wanted<'a>(files: impl IntoIterator<Item = &'a Value>) -> BTreeSet<String> {
    let alerts = files.into_iter().flat_map(|file| file["alerts"].as_array().unwrap());
    alerts.map(|id| id.as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_demo_raises_exactly_the_alerts_of_the_story() {
    let output = scan(&fixtures().join("demo/AWSLogs"));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
    let all = expected();
    let demo = all.iter().filter(|(path, _)| path.starts_with("demo/")).map(|(_, file)| file);
    assert_eq!(alerted(&output), wanted(demo));
}

#[test]
fn every_shape_is_read_whole() {
    for (path, file) in expected().iter().filter(|(path, _)| path.starts_with("shapes/")) {
        let output = scan(&fixtures().join(path));
        assert_eq!(output.status.code(), Some(0), "{path}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(alerted(&output), wanted([file]), "{path}");
    }
}

#[test]
fn what_other_programs_put_around_records_hides_no_alert() {
    for (path, file) in expected().iter().filter(|(path, _)| path.starts_with("envelopes/")) {
        let output = scan(&fixtures().join(path));
        let beside = if path.ends_with(".zip") {
            "set aside 1 file beside the logs of CloudTrail: 1 file system leftovers\n"
        } else {
            ""
        };
        assert_eq!(String::from_utf8_lossy(&output.stderr), beside, "{path}");
        assert_eq!(output.status.code(), Some(0), "{path}");
        assert_eq!(alerted(&output), wanted([file]), "{path}");
    }
}

#[test]
fn what_lies_beside_the_logs_is_set_aside_on_one_line() {
    let folder = fixtures().join("beside");
    let output = scan(&folder);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(0), 0));
    let told = String::from_utf8_lossy(&output.stderr).replace(folder.to_str().unwrap(), "DIR");
    insta::assert_snapshot!(told, @r"
    set aside 7 files beside the logs of CloudTrail: 1 AWS Config, 1 Elastic Load Balancing, 1 GuardDuty, 1 S3 server access, 1 VPC flow, 1 documents, 1 file system leftovers
    watchfloor: warning: none of it is a log of CloudTrail; those lie under AWSLogs/ACCOUNT/CloudTrail/ in the trail's bucket: aws s3 sync s3://BUCKET/AWSLogs/ DIR
    ");
}

#[test]
fn damage_is_named_and_takes_nothing_good_with_it() {
    for (path, file) in expected().iter().filter(|(path, _)| path.starts_with("broken/")) {
        let output = scan(&fixtures().join(path));
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(alerted(&output), wanted([file]), "{path}: {told}");
        let whole = file["outcome"] == "read";
        let name = path.trim_start_matches("broken/");
        assert_eq!(output.status.code(), Some(i32::from(!whole)), "{path}: {told}");
        assert_eq!(
            told.contains(name),
            !whole,
            "{path} must be named if and only if something is wrong with it: {told}"
        );
    }
}

#[test]
fn one_damaged_file_does_not_hide_the_others() {
    let all = expected();
    let output = scan(&fixtures());
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(alerted(&output), wanted(all.values()));
    let told = String::from_utf8_lossy(&output.stderr);
    let damaged = all.iter().filter(|(_, file)| ["partly", "failed"].contains(&file["outcome"].as_str().unwrap()));
    for (path, _) in damaged {
        assert!(told.contains(path.trim_start_matches("broken/")), "{path} is not named: {told}");
    }
}

#[test]
fn the_bundled_demo_is_the_same_story_as_a_table() {
    let output = watchfloor(&[]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let table = String::from_utf8(output.stdout).unwrap();
    let networks = ["192.0.2.", "198.51.100.", "203.0.113."];
    let rows = table.lines().filter(|line| networks.iter().any(|network| line.contains(network)));
    let all = expected();
    assert_eq!(rows.count(), wanted(all.iter().filter(|(path, _)| path.starts_with("demo/")).map(|(_, f)| f)).len());
    let steers = |c: char| c.is_control() && c != '\n' || matches!(c, '\u{202a}'..='\u{202e}' | '\u{200b}');
    assert!(!table.contains(steers), "the table holds characters that steer a terminal");
}
