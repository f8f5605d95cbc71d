//! What `dist/build` makes packages of, as far as it can be told without making them: it takes minutes, and would
//! otherwise rot until the day of a release.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::readme::links;

/// Where `dist/build` lays what goes into packages.
const STAGE: &str = "target/dist-stage/";

/// Where a package's documents lie.
const DOCUMENTS: &str = "usr/share/doc/watchfloor/";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap()
}

/// What both packages are made from: the .deb by cargo-deb, the .rpm by `dist/rpm`.
fn metadata() -> toml::Value {
    let manifest: toml::Value = toml::from_str(&read("Cargo.toml")).unwrap();
    manifest["package"]["metadata"]["deb"].clone()
}

/// Where each file goes, by where it comes from.
fn files() -> BTreeMap<String, String> {
    let text = |value: &toml::Value| value.as_str().unwrap().to_owned();
    metadata()["assets"].as_array().unwrap().iter().map(|asset| (text(&asset[0]), text(&asset[1]))).collect()
}

#[test]
fn every_file_of_a_package_is_there_or_is_made() {
    let build = read("dist/build");
    for source in files().keys() {
        match source.strip_prefix(STAGE) {
            Some(several) if several.contains('*') => {
                let (folder, _) = several.rsplit_once('/').unwrap();
                assert!(build.contains(&format!("cp {several} \"$stage/{folder}\"")), "nothing makes {several}");
            }
            Some(made) => assert!(build.contains(made.trim_end_matches(".gz")), "nothing makes {made}"),
            None => _ = read(source),
        }
    }
    let deb = metadata();
    assert!(!read(deb["license-file"][0].as_str().unwrap()).is_empty());
    assert!(build.contains(deb["changelog"].as_str().unwrap().strip_prefix(STAGE).unwrap()));
}

/// What lies in the folder of documents, by its path there.
fn documents() -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for (source, to) in files() {
        let (Some(made), Some(folder)) = (source.strip_prefix(STAGE), to.strip_prefix(DOCUMENTS)) else { continue };
        let (from, name) = made.rsplit_once('/').unwrap_or((".", made));
        match name.split_once('*') {
            Some((_, end)) => {
                let names = fs::read_dir(root().join(from)).unwrap().map(|file| file.unwrap().file_name());
                let names = names.filter(|name| name.to_str().unwrap().ends_with(end));
                found.extend(names.map(|name| Path::new(folder).join(name)));
            }
            None if to.ends_with('/') => _ = found.insert(Path::new(folder).join(name)),
            // Packed, and named as Debian wants it.
            None => _ = found.insert(PathBuf::from(name.trim_end_matches(".gz"))),
        }
    }
    found
}

#[test]
fn the_links_of_a_packed_page_lead_to_what_is_packed_with_it() {
    let packed = documents();
    let pages: Vec<&PathBuf> = packed.iter().filter(|path| path.extension().is_some_and(|e| e == "md")).collect();
    assert!(pages.len() > 10, "{packed:?}");
    for page in pages {
        let text = read(page.to_str().unwrap());
        for (file, _) in links(&text).filter(|(file, _)| !file.is_empty()) {
            let there = page.parent().unwrap().join(file);
            // `docs/../README.md` is `README.md`.
            let there = there.strip_prefix("docs/..").unwrap_or(&there);
            assert!(packed.contains(there), "{} leads to {file}", page.display());
        }
    }
}

#[test]
fn nothing_of_a_package_runs_as_root_or_lies_outside_usr() {
    let keys = metadata().as_table().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    assert!(!["scripts", "trigger", "systemd"].iter().any(|word| keys.contains(word)), "{keys}");
    assert!(!read("dist/rpm").contains("_script("));
    let files = files();
    assert!(files.values().all(|to| to.starts_with("usr/bin/") || to.starts_with("usr/share/")), "{files:#?}");
}

#[test]
fn packages_ask_for_the_glibc_that_they_are_built_for() {
    let build = read("dist/build");
    let glibc = build.lines().find_map(|line| line.strip_prefix("glibc=")).unwrap();
    assert_eq!(metadata()["depends"].as_str(), Some(&*format!("libc6 (>= {glibc})")));
    assert!(build.contains("dist/rpm \"$out\" \"${target%%-*}\" \"$glibc\""));
    assert!(read("docs/install.md").contains(&format!("glibc {glibc}")));
}

#[test]
fn the_changelog_tells_about_this_version() {
    let heading = concat!("\n## [", env!("CARGO_PKG_VERSION"), "]");
    assert!(read("CHANGELOG.md").contains(heading), "CHANGELOG.md has no {heading}");
}

/// As in a packed crate. Not by a macro: what a test prints by one is not seen when it passes.
#[test]
fn tests_without_their_data_are_told_of() {
    if !root().join("../shared").exists() {
        writeln!(std::io::stderr(), "skipped: comparisons with data of others, which lies in ../shared").unwrap();
    }
}
