//! The pages for people say what is so: the table of keys is the console's own, commands and options exist, links lead
//! somewhere, examples are understood, and files that are named are there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use watchfloor::app::keys;

const KEYS: &str = "docs/keys.md";
const BEGIN: &str = "<!-- keys:begin -->\n";
const END: &str = "<!-- keys:end -->";

/// Writes the table instead of checking it.
const UPDATE: &str = "WATCHFLOOR_UPDATE_README";

/// More than this, and nobody reads it in two minutes.
const README_LINES: usize = 150;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every page, by its path from the project's root.
fn pages() -> Vec<(PathBuf, String)> {
    let folders = [".", "docs", "assets", "fuzz", "fixtures"];
    let files = folders.iter().flat_map(|folder| fs::read_dir(root().join(folder)).unwrap());
    let mut paths: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|e| e == "md"));
    paths.sort();
    assert!(paths.len() > 10, "{paths:?}");
    paths.into_iter().map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

fn page(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap()
}

/// The lines of the blocks of code in `language`.
fn code(page: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    let blocks = page.split(&fence).skip(1).filter_map(|rest| rest.split("```").next());
    blocks.flat_map(str::lines).map(str::to_owned).collect()
}

fn watchfloor(args: &[&str]) -> String {
    let mut program = Command::new(env!("CARGO_BIN_EXE_watchfloor"));
    // Not the configuration of whoever runs the tests.
    program.args(args).current_dir(root()).env("XDG_CONFIG_HOME", "/nowhere");
    let output = program.output().unwrap();
    assert!(output.status.success(), "watchfloor {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What stands between the marks, and where.
fn between_marks(text: &str) -> (usize, usize) {
    let start = text.find(BEGIN).expect("the page says where the keys begin") + BEGIN.len();
    (start, text.find(END).expect("the page says where the keys end"))
}

#[test]
fn the_table_of_keys_is_the_consoles_own() {
    let text = page(KEYS);
    let (start, end) = between_marks(&text);
    let table = keys::markdown();
    if std::env::var_os(UPDATE).is_some() {
        fs::write(root().join(KEYS), format!("{}{table}{}", &text[..start], &text[end..])).unwrap();
        return;
    }
    assert!(text[start..end] == table, "the keys have changed: run `{UPDATE}=1 cargo test --test it readme` once");
}

#[test]
fn the_readme_is_short_and_its_ten_keys_are_in_the_table() {
    let readme = page("README.md");
    let lines = readme.lines().count();
    assert!(lines <= README_LINES, "README.md has {lines} lines: what is more than an introduction belongs in docs/");
    let table = keys::markdown();
    let (start, end) = between_marks(&readme);
    let rows: Vec<&str> = readme[start..end].lines().filter(|line| line.starts_with("| `")).collect();
    assert_eq!(rows.len(), 10);
    for row in rows {
        assert!(table.lines().any(|line| line == row), "README.md: {row}");
    }
}

#[test]
fn every_command_and_option_they_name_exists() {
    let mut called = BTreeSet::new();
    for (path, text) in pages() {
        for line in code(&text, "sh") {
            let line = line.split(" #").next().unwrap();
            for call in line.split('|').filter_map(|part| part.trim().strip_prefix("watchfloor ")) {
                let words: Vec<&str> = call.split_whitespace().collect();
                let depth = if ["rules", "audit", "state"].contains(&words[0]) { 2 } else { 1 };
                let help = watchfloor(&[&words[..depth], &["--help"]].concat());
                for option in words[depth..].iter().filter(|word| word.starts_with("--")) {
                    let known = help.lines().any(|l| l.trim_start().split([' ', ',']).any(|word| word == *option));
                    assert!(known, "{}: {call}: no {option}", path.display());
                }
                called.insert(words[..depth].join(" "));
            }
        }
    }
    for command in ["watch", "scan", "replay", "query", "rules check", "report", "audit verify", "state backup"] {
        assert!(called.contains(command), "{command} is shown nowhere");
    }
    let commands = page("docs/commands.md");
    let help = watchfloor(&["--help"]);
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names = listed.filter_map(|line| line.strip_prefix("  ")?.split(' ').next()).filter(|name| !name.is_empty());
    for name in names.filter(|name| *name != "help") {
        assert!(commands.contains(&format!("`watchfloor {name}")) || commands.contains(&format!("`{name}`")), "{name}");
    }
}

#[test]
fn the_examples_are_understood() {
    for (_, text) in pages() {
        for line in code(&text, "sh") {
            for command in ["query '", "kql '"] {
                let Some((_, query)) = line.split_once(command) else { continue };
                watchfloor(&["kql", query.split('\'').next().unwrap()]);
            }
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, page: String| {
        let path = folder.path().join(name);
        fs::write(&path, code(&page, "toml").join("\n")).unwrap();
        path.into_os_string().into_string().unwrap()
    };
    let exceptions = file("exceptions.toml", page("docs/exceptions.md"));
    watchfloor(&["scan", "fixtures/shapes/single.json", "--exceptions", &exceptions]);
    let config = file("config.toml", page("docs/commands.md"));
    watchfloor(&["rules", "check", "assets/rules", "--config", &config]);
}

/// How GitHub names the place of a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.trim_start_matches('#').trim().to_lowercase();
    kept.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c)).map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[test]
fn pictures_and_links_into_the_project_lead_somewhere() {
    for (path, text) in pages() {
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for target in targets.filter(|target| !target.starts_with("http")) {
            let (file, place) = target.split_once('#').unwrap_or((target, ""));
            let to = if file.is_empty() { path.clone() } else { path.parent().unwrap().join(file) };
            assert!(to.exists(), "{}: {target} is not there", path.display());
            if !place.is_empty() {
                let there = fs::read_to_string(&to).unwrap();
                let found = there.lines().any(|line| line.starts_with('#') && anchor(line) == place);
                assert!(found, "{}: no heading is {target}", path.display());
            }
        }
    }
}

#[test]
fn every_page_of_docs_is_in_the_readme() {
    let readme = page("README.md");
    for file in fs::read_dir(root().join("docs")).unwrap() {
        let name = file.unwrap().file_name();
        let link = format!("](docs/{})", name.to_str().unwrap());
        assert!(readme.contains(&link), "README.md does not lead to {link}");
    }
}

#[test]
fn files_that_are_named_are_there() {
    for (path, text) in pages().into_iter().filter(|(path, _)| !path.ends_with("CHANGELOG.md")) {
        for name in text.split('`').skip(1).step_by(2) {
            let ours = ["src/", "tests/", "benches/", "examples/", "docs/"].iter().any(|f| name.starts_with(f));
            let file = name.split([' ', ':', '#']).next().unwrap();
            if ours && !file.contains(['*', '<']) {
                assert!(root().join(file).exists(), "{}: {file} is not there", path.display());
            }
        }
    }
}
