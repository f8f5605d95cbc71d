//! The README says what is so: its table of keys is the console's own, its commands exist, its links lead somewhere.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use watchfloor::app::keys;

const README: &str = include_str!("../../README.md");
const BEGIN: &str = "<!-- keys:begin -->\n";
const END: &str = "<!-- keys:end -->";

/// Writes the table instead of checking it.
const UPDATE: &str = "WATCHFLOOR_UPDATE_README";

#[test]
fn the_table_of_keys_is_the_consoles_own() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let start = readme.find(BEGIN).expect("README.md says where the keys begin") + BEGIN.len();
    let end = readme.find(END).expect("README.md says where the keys end");
    let table = keys::markdown();
    if std::env::var_os(UPDATE).is_some() {
        fs::write(&path, format!("{}{table}{}", &readme[..start], &readme[end..])).unwrap();
        return;
    }
    assert!(readme[start..end] == table, "the keys have changed: run `{UPDATE}=1 cargo test --test it readme` once");
}

#[test]
fn every_command_it_names_exists() {
    let blocks = README.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    let called: BTreeSet<&str> = blocks
        .flat_map(str::lines)
        .filter_map(|line| line.strip_prefix("watchfloor ")?.split_whitespace().next())
        .collect();
    assert!(called.contains("watch") && called.contains("scan") && called.contains("replay"), "{called:?}");
    for command in called {
        let output = Command::new(env!("CARGO_BIN_EXE_watchfloor")).args([command, "--help"]).output().unwrap();
        assert!(output.status.success(), "watchfloor {command}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn pictures_and_links_into_the_project_lead_somewhere() {
    let targets = README.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    for target in targets.filter(|target| !target.starts_with("http")) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(target);
        assert!(path.exists(), "{target} is not there");
    }
}
