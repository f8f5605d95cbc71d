//! Cases that others answered, where they are at hand beside the project: reading them, and telling all that fail.

#![allow(clippy::print_stdout, reason = "says what was skipped, and how many cases passed")]

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// The folder of the data.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance")
}

/// The cases of one file, by its path in that folder; none, said on stdout, where it is absent.
pub(crate) fn cases(file: &str) -> Vec<Value> {
    let path = root().join(file);
    let Ok(text) = fs::read_to_string(&path) else {
        println!("skipped: {} is not here", path.display());
        return Vec::new();
    };
    let cases: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(!cases.is_empty(), "{file} is empty");
    cases
}

/// Runs `check` on each case and reports all that fail, not just the first.
pub(crate) fn run(name: &str, cases: &[Value], check: impl Fn(&Value) -> Result<(), String>) {
    let failed: Vec<String> = cases.iter().filter_map(|case| check(case).err()).collect();
    println!("{name}: {}/{}", cases.len() - failed.len(), cases.len());
    assert!(failed.is_empty(), "{name}: {} of {} fail:\n{}", failed.len(), cases.len(), failed.join("\n"));
}

/// A text of a case, which must have it.
pub(crate) fn text<'a>(case: &'a Value, key: &str) -> &'a str {
    case[key].as_str().unwrap_or_else(|| panic!("no {key} in {case}"))
}
