//! Inputs as people really have them, where a table of them lies beside the project: each raises its alerts or is named.
//! The fixtures in `envelopes/` are our own of the same kinds.

#![allow(clippy::print_stdout, reason = "says what was skipped, and how many cases there were")]

use std::path::{Path, PathBuf};

use super::scan_fixtures::{alerts_of, scan};

fn cases() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/fieldcases");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no {}", folder.display());
    None
}

#[test]
fn every_case_raises_its_alerts_or_is_named() {
    let Some(folder) = cases() else { return };
    let table = std::fs::read_to_string(folder.join("expected.tsv")).unwrap();
    let mut wrong = Vec::new();
    let mut count = 0;
    for line in table.lines().skip(1) {
        let mut cells = line.split('\t');
        let (file, wanted) = (cells.next().unwrap(), cells.next().unwrap());
        let output = scan(&folder.join("files").join(file));
        let (alerts, told) = (alerts_of(&output), String::from_utf8_lossy(&output.stderr).into_owned());
        let named = output.status.code() == Some(1) && told.contains(file);
        let good = match wanted.parse::<usize>() {
            Ok(wanted) => alerts == wanted && output.status.code() == Some(0),
            // What may be named may be read as well.
            Err(_) => named || (alerts > 0 && output.status.code() == Some(0)),
        };
        if !good {
            wrong.push(format!("{file}: {wanted} wanted, {alerts} alerts, {:?}: {told}", output.status.code()));
        }
        count += 1;
    }
    println!("{count} cases");
    assert!(count > 0 && wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_lies_in_a_real_bucket_is_set_aside() {
    let Some(folder) = cases() else { return };
    let output = scan(&folder.join("tree"));
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), alerts_of(&output)), (Some(0), 3), "{told}");
    assert!(told.lines().count() <= 3, "{told}");
}

#[test]
fn one_id_for_two_calls_is_two_alerts() {
    let Some(folder) = cases() else { return };
    let output = scan(&folder.join("redact"));
    assert_eq!((output.status.code(), alerts_of(&output)), (Some(0), 2));
}
