//! The pages for people say what is so: the table of keys is the console's own, commands and options exist, links lead
//! somewhere, examples are understood, and files that are named are there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use watchfloor::app::keys;
use watchfloor::investigate::{self, Entry, Needs};

const KEYS: &str = "docs/keys.md";

/// Writes the table instead of checking it.
const UPDATE: &str = "WATCHFLOOR_UPDATE_README";

/// Longer pages are not read: the README in two minutes, the map in ten.
const LINES: [(&str, usize); 2] = [("README.md", 150), ("ARCHITECTURE.md", 250)];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every page, by its path from the project's root.
fn pages() -> Vec<(PathBuf, String)> {
    let folders = [".", "docs", "assets", "fuzz", "fixtures"];
    // A packed crate has no `fuzz`, which is a crate of its own.
    let folders = folders.iter().filter_map(|folder| fs::read_dir(root().join(folder)).ok());
    let files = folders.flatten();
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

/// What stands between the marks for `what`, and where.
fn between_marks(text: &str, what: &str) -> (usize, usize) {
    let (begin, end) = (format!("<!-- {what}:begin -->\n"), format!("<!-- {what}:end -->"));
    let start = text.find(&begin).expect("the page says where the table begins") + begin.len();
    (start, text.find(&end).expect("the page says where the table ends"))
}

/// Compares the table of a page with the program's own, or writes it.
fn is_generated(name: &str, what: &str, table: &str) {
    let text = page(name);
    let (start, end) = between_marks(&text, what);
    if std::env::var_os(UPDATE).is_some() {
        fs::write(root().join(name), format!("{}{table}{}", &text[..start], &text[end..])).unwrap();
        return;
    }
    assert!(text[start..end] == *table, "{name} has changed: run `{UPDATE}=1 cargo test --test it readme` once");
}

#[test]
fn the_table_of_keys_is_the_consoles_own() {
    is_generated(KEYS, "keys", &keys::markdown());
}

#[test]
fn the_table_of_findings_is_the_programs_own() {
    let mut table = "| finding | points | called | when | known |\n| --- | ---: | --- | --- | --- |\n".to_owned();
    let mut entries: Vec<&Entry> = investigate::table().collect();
    entries.sort_by_key(|entry| (entry.points == 0, -entry.points));
    for Entry { id, points, words, means, needs, .. } in entries {
        let known = match needs {
            Needs::Event | Needs::Arrival => "at once",
            Needs::Alerts => "from other alerts",
            Needs::Log => "from the log",
        };
        table.push_str(&format!("| `{id}` | {points:+} | {words} | {means} | {known} |\n").replace(" +0 ", " 0 "));
    }
    is_generated("docs/priority.md", "findings", &table);
}

#[test]
fn pages_that_everybody_reads_are_short() {
    for (name, most) in LINES {
        let lines = page(name).lines().count();
        assert!(lines <= most, "{name} has {lines} lines, at most {most}: what is more belongs in docs/");
    }
}

#[test]
fn the_ten_keys_of_the_readme_are_in_the_table() {
    let (readme, table) = (page("README.md"), keys::markdown());
    let (start, end) = between_marks(&readme, "keys");
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

/// Where the links of a page lead that stay in the project: the file, or nothing for the page itself, and the heading.
pub(crate) fn links(page: &str) -> impl Iterator<Item = (&str, &str)> {
    let targets = page.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets.filter(|target| !target.starts_with("http")).map(|target| target.split_once('#').unwrap_or((target, "")))
}

#[test]
fn pictures_and_links_into_the_project_lead_somewhere() {
    for (path, text) in pages() {
        for (file, place) in links(&text) {
            let to = if file.is_empty() { path.clone() } else { path.parent().unwrap().join(file) };
            assert!(to.exists(), "{}: {file} is not there", path.display());
            if !place.is_empty() {
                let there = fs::read_to_string(&to).unwrap();
                let found = there.lines().any(|line| line.starts_with('#') && anchor(line) == place);
                assert!(found, "{}: no heading of {file} is {place}", path.display());
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
    let ours = |name: &&str| ["src/", "tests/", "benches/", "examples/", "docs/"].iter().any(|f| name.starts_with(f));
    let mut gone = BTreeSet::new();
    for (path, text) in pages().into_iter().filter(|(path, _)| !path.ends_with("CHANGELOG.md")) {
        let files = spans(&text).filter(ours).filter_map(|name| name.split([' ', ':', '#']).next());
        let missing = files.filter(|file| !file.contains(['*', '<']) && !root().join(file).exists());
        gone.extend(missing.map(|file| format!("{}: {file} is not there", path.display())));
    }
    assert!(gone.is_empty(), "{gone:#?}");
}

/// The texts in backticks of a line or a page.
fn spans(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// Every source file, as one text.
fn source() -> String {
    let files = walkdir::WalkDir::new(root().join("src")).into_iter().map(|entry| entry.unwrap().into_path());
    let files = files.filter(|path| path.extension().is_some_and(|e| e == "rs"));
    files.map(|path| fs::read_to_string(path).unwrap()).collect()
}

#[test]
fn the_map_names_every_room_and_nothing_that_is_gone() {
    let (map, source) = (page("ARCHITECTURE.md"), source());
    for room in fs::read_dir(root().join("src")).unwrap().map(|room| room.unwrap()) {
        let name = format!("`src/{}/`", room.file_name().to_str().unwrap());
        assert!(!room.path().is_dir() || map.contains(&name), "ARCHITECTURE.md has no room {name}");
    }
    let words: BTreeSet<&str> = source.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let is_name = |span: &&str| span.chars().all(|c| c.is_alphanumeric() || "_:".contains(c));
    let parts = spans(&map).filter(is_name).flat_map(|name| name.split("::"));
    let gone: Vec<&str> = parts.filter(|part| !words.contains(part)).collect();
    assert!(gone.is_empty(), "ARCHITECTURE.md: nothing in src is called {gone:?}");
}

/// A limit stands as `NAME = VALUE`, with its file behind it.
#[test]
fn the_limits_on_the_map_are_those_of_the_code() {
    let map = page("ARCHITECTURE.md");
    let mut limits = 0;
    for line in map.lines() {
        let spans: Vec<&str> = spans(line).collect();
        for (at, (name, value)) in spans.iter().enumerate().filter_map(|(at, s)| Some((at, s.split_once(" = ")?))) {
            let file = spans[at..].iter().find(|span| span.starts_with("src/")).expect("a limit says where it is");
            let (name, value) = (format!("const {name}: "), format!(" = {value};"));
            let text = page(file);
            let found = text.lines().any(|line| line.contains(&name) && line.ends_with(&value));
            assert!(found, "{file}: no {name}…{value}");
            limits += 1;
        }
    }
    assert!(limits > 10, "{limits}");
}
