//! What `dist/build` makes packages of, as far as it can be told without making them: it takes minutes, and would
//! otherwise rot until the day of a release.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;

const FORMS: [&str; 2] = ["deb", "generate-rpm"];

/// Where `dist/build` lays what goes into packages.
const STAGE: &str = "target/dist-stage/";

fn read(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

fn metadata(form: &str) -> toml::Value {
    let manifest: toml::Value = toml::from_str(&read("Cargo.toml")).unwrap();
    manifest["package"]["metadata"][form].clone()
}

/// Where each file goes, by where it comes from.
fn files(form: &str) -> BTreeMap<String, String> {
    let text = |value: &toml::Value| value.as_str().unwrap().trim_start_matches('/').to_owned();
    let pair = |asset: &toml::Value| match asset {
        toml::Value::Array(parts) => (text(&parts[0]), text(&parts[1])),
        _ => (text(&asset["source"]), text(&asset["dest"])),
    };
    metadata(form)["assets"].as_array().unwrap().iter().map(pair).collect()
}

#[test]
fn every_file_of_a_package_is_there_or_is_made() {
    let build = read("dist/build");
    for form in FORMS {
        for source in files(form).keys() {
            match source.strip_prefix(STAGE) {
                Some("docs/*.md") => assert!(build.contains("cp docs/*.md \"$stage/docs\"")),
                Some(made) => assert!(build.contains(made.trim_end_matches(".gz")), "{form}: nothing makes {made}"),
                None => _ = read(source),
            }
        }
    }
    let deb = metadata("deb");
    assert!(!read(deb["license-file"][0].as_str().unwrap()).is_empty());
    assert!(build.contains(deb["changelog"].as_str().unwrap().strip_prefix(STAGE).unwrap()));
}

#[test]
fn both_packages_put_the_same_files_where_their_system_looks_for_them() {
    let own = |(source, _): &(String, String)| !source.contains("CHANGELOG") && !source.contains("LICENSE");
    let shared = |form: &str| -> Vec<(String, String)> {
        let name = |(source, to): (String, String)| (source.trim_end_matches(".gz").to_owned(), to);
        files(form).into_iter().filter(own).map(name).filter(|(source, _)| source.starts_with(STAGE)).collect()
    };
    let (deb, rpm) = (shared("deb"), shared("generate-rpm"));
    let zsh = |(source, to): (String, String)| (source, to.replace("vendor-completions", "site-functions"));
    assert_eq!(deb.into_iter().map(zsh).collect::<Vec<_>>(), rpm);
    let to: Vec<String> = rpm.into_iter().map(|(_, to)| to).collect();
    for folder in ["usr/bin/", "usr/share/man/man1/", "usr/share/doc/watchfloor/", "usr/share/zsh/site-functions/"] {
        assert!(to.iter().any(|to| to == folder), "nothing in {folder}");
    }
}

#[test]
fn nothing_of_a_package_runs_as_root_or_lies_outside_usr() {
    for form in FORMS {
        let keys = metadata(form).as_table().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
        assert!(!["scripts", "_script", "trigger", "systemd"].iter().any(|word| keys.contains(word)), "{form}: {keys}");
        let files = files(form);
        assert!(files.values().all(|to| to.starts_with("usr/bin/") || to.starts_with("usr/share/")), "{files:#?}");
    }
}

#[test]
fn packages_ask_for_the_glibc_that_they_are_built_for() {
    let build = read("dist/build");
    let glibc = build.lines().find_map(|line| line.strip_prefix("glibc=")).unwrap();
    assert_eq!(metadata("deb")["depends"].as_str(), Some(&*format!("libc6 (>= {glibc})")));
    assert_eq!(metadata("generate-rpm")["requires"]["glibc"].as_str(), Some(&*format!(">= {glibc}")));
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
    if !Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").exists() {
        writeln!(std::io::stderr(), "skipped: comparisons with data of others, which lies in ../shared").unwrap();
    }
}
