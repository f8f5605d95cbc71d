//! Every crate of the manifest is used where the manifest says: a dependency by the program, a development dependency by
//! tests, benches or examples. One that is not costs everybody who builds, and its flaws are ours.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::source::{Named, named};
use super::{is_test_file, sources};

/// The crates in one table of the manifest, by the names that source code knows them by.
fn listed(manifest: &str, table: &str) -> Vec<String> {
    let manifest: BTreeMap<String, toml::Value> = toml::from_str(manifest).unwrap();
    let crates = manifest.get(table).and_then(toml::Value::as_table).into_iter().flatten();
    crates.map(|(name, _)| name.replace('-', "_")).collect()
}

/// Those of `crates` that no path in `files` begins with and no `use` names.
fn unused<'a>(crates: &'a [String], files: &[Vec<Named>]) -> Vec<&'a str> {
    let begins =
        |name: &str, path: &Named| path.parts[0] == name && (path.parts.len() > 1 || path.brought_as.is_some());
    let used = |name: &str| files.iter().flatten().any(|path| begins(name, path));
    crates.iter().map(String::as_str).filter(|name| !used(name)).collect()
}

#[test]
fn every_crate_in_the_manifest_is_used() {
    let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).unwrap();
    let program = sources(&["src"]).into_iter().filter(|(path, _)| !is_test_file(path));
    let program: Vec<_> = program.map(|(_, source)| named(&[], &source, false)).collect();
    let all: Vec<_> =
        sources(&["src", "tests", "benches", "examples"]).iter().map(|(_, s)| named(&[], s, true)).collect();
    for (table, files, place) in
        [("dependencies", &program, "src outside its tests"), ("dev-dependencies", &all, "tests, benches or examples")]
    {
        let crates = listed(&manifest, table);
        assert!(!crates.is_empty(), "no crate under [{table}]");
        let unused = unused(&crates, files);
        assert!(unused.is_empty(), "under [{table}], but not used in {place}: {}", unused.join(", "));
    }
}

#[test]
fn a_crate_that_is_not_used_is_found() {
    let manifest =
        "[dependencies]\nregex-lite = \"0.1\"\ncsv = \"1\"\nfast = { package = \"slow\", version = \"1\" }\n";
    let crates = listed(manifest, "dependencies");
    let unused = |source: &str| unused(&crates, &[named(&[], source, false)]).join(" ");
    assert_eq!(unused("use regex_lite::Regex; fn f() { ::csv::Writer::new(); } use fast as f;"), "");
    assert_eq!(unused("use regex_lite::Regex; fn f(csv: u8) { report::csv::write() } // fast::er"), "csv fast");
    assert_eq!(
        unused("use {csv::Writer, fast::er};\n#[cfg(test)]\nmod tests { use regex_lite::Regex; }"),
        "regex_lite"
    );
}
