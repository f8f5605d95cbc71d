//! Generated logs are the same on every run, and `scan` finds in them exactly what their truth file says.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

#[expect(dead_code, reason = "its main is for the command line")]
#[allow(clippy::duplicate_mod, reason = "it shares the shapes of records with the maker of the fixtures")]
#[path = "../../examples/generate_logs/main.rs"]
mod generate_logs;

use generate_logs::{Args, make};

/// Enough for several files, and one event at least of every kind.
fn args(out: PathBuf) -> Args {
    Args { out, events: 600, seed: 3, plain: false, small: false, threads: Some(2) }
}

/// Kinds by event id.
fn truth(out: &Path) -> BTreeMap<String, String> {
    let text = fs::read_to_string(out.with_extension("truth.tsv")).unwrap();
    let line = |line: &str| line.split_once('\t').map(|(id, kind)| (id.to_owned(), kind.to_owned())).unwrap();
    text.lines().map(line).collect()
}

fn files(out: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = walkdir::WalkDir::new(out).into_iter().map(|entry| entry.unwrap());
    let files = entries.filter(|entry| entry.file_type().is_file()).map(walkdir::DirEntry::into_path);
    files.map(|path| (path.strip_prefix(out).unwrap().to_owned(), fs::read(&path).unwrap())).collect()
}

/// The event ids of the alerts, in their order.
fn alerted(out: &Path, options: &[&str]) -> Vec<String> {
    let nowhere = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_watchfloor"))
        .args(["scan", out.to_str().unwrap(), "--format", "ndjson"])
        .args(options)
        .env("XDG_CONFIG_HOME", nowhere.path())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let text = String::from_utf8(output.stdout).unwrap();
    let id = |line| serde_json::from_str::<Value>(line).unwrap()["event"]["id"].as_str().unwrap().to_owned();
    text.lines().map(id).collect()
}

#[test]
fn the_same_arguments_make_the_same_tree_whatever_the_threads() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    make(&args(one.clone())).unwrap();
    make(&Args { threads: Some(1), ..args(two.clone()) }).unwrap();
    assert!(files(&one).len() > 1);
    assert!(files(&one) == files(&two), "the trees differ");
    assert_eq!(truth(&one), truth(&two));
}

#[test]
fn scan_finds_exactly_the_hits_of_the_truth_file() {
    let folder = tempfile::tempdir().unwrap();
    for (plain, small) in [(false, false), (true, false), (false, true)] {
        let out = folder.path().join(format!("plain-{plain}-small-{small}"));
        make(&Args { plain, small, ..args(out.clone()) }).unwrap();
        let truth = truth(&out);
        let kinds: BTreeSet<&str> = truth.values().map(String::as_str).collect();
        assert_eq!(kinds, BTreeSet::from(["hit", "failure", "decoy_service", "decoy_text"]));
        let hits: Vec<&String> = truth.iter().filter(|(_, kind)| *kind == "hit").map(|(id, _)| id).collect();
        for options in [&["--threads", "1"][..], &["--threads", "2"], &["--every-record"]] {
            let mut found = alerted(&out, options);
            found.sort();
            assert_eq!(found.iter().collect::<Vec<_>>(), hits, "plain {plain}, small {small}, {options:?}");
        }
    }
}
