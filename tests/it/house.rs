//! The house keeps its order: a module imports only modules on a lower floor, modules side by side do not import each
//! other in a ring, some know nothing of the world outside, a file fits in a head, and every crate that the manifest
//! asks for is used.

use std::fs;
use std::path::{Path, PathBuf};

#[path = "house/circles.rs"]
mod circles;
#[path = "house/crates.rs"]
mod crates;
#[path = "house/source.rs"]
mod source;

use source::{module, named};

/// The rooms and their floors, as `src/lib.rs` lists them.
const FLOORS: &[(&str, u8)] = &[
    ("text", 0),
    ("bytes", 0),
    ("diag", 0),
    ("trail", 1),
    ("query", 1),
    ("cluster", 2),
    ("event", 2),
    ("rule", 3),
    ("investigate", 3),
    ("detect", 4),
    ("triage", 5),
    ("engine", 6),
    ("app", 7),
    ("ui", 8),
    ("term", 9),
    ("cli", 9),
];

/// Imports on the same floor that are meant: who may import whom, and why.
const NEIGHBOURS: &[(&str, &str, &str)] = &[
    ("diag", "text", "messages quote hostile text"),
    ("investigate", "rule", "evidence stands beside the steps of a rule's guide"),
    ("cli", "term", "a command opens the terminal"),
];

/// Modules that the rest of their room must not import, but for each other: each is one way into it among others.
const FRONT_ENDS: &[&[&str]] = &[&["query", "kql"], &["query", "eql"]];

/// What a room must not know although no floor says so: the console is told the time and handed its data.
const UNKNOWN: [(&str, &[&str]); 2] = [
    ("app", &["ratatui", "crossterm", "std::fs", "std::thread", "std::time", "Utc::now", "Local::now"]),
    ("ui", &["std::fs", "std::thread", "std::time", "Utc::now", "Local::now"]),
];

/// Most lines of a file.
const LINES: usize = 500;

/// Lines outside tests beyond which a file of the program counts as long.
const MANY: usize = 350;

/// Most long files.
const MOST_LONG: usize = 9;

fn floor(room: &str) -> Option<u8> {
    FLOORS.iter().find(|(name, _)| *name == room).map(|(_, floor)| *floor)
}

fn may_import(from: &str, to: &str) -> bool {
    let neighbours = NEIGHBOURS.iter().any(|(a, b, _)| (*a, *b) == (from, to));
    from == to || neighbours || floor(to) < floor(from)
}

/// What is wrong with `source`, the text of the file at `path` below `src`: one `file:line: message` each.
fn violations(path: &Path, source: &str) -> Vec<String> {
    let module = module(path);
    let Some(room) = module.first().filter(|room| floor(room).is_some()) else { return Vec::new() };
    let starts =
        |path: &[String], front: &[&str]| path.iter().zip(front).filter(|(a, b)| a == b).count() == front.len();
    let mut found = Vec::new();
    for named in named(&module, source, false) {
        let mut tell = |wrong: String| found.push(format!("src/{}:{}: {room} {wrong}", path.display(), named.line));
        if let Some(path) = named.absolute(|child| FRONT_ENDS.iter().any(|front| child == *front)) {
            if path.first().is_some_and(|to| floor(to).is_some() && !may_import(room, to)) {
                tell(format!("must not import {}", path[0]));
            }
            let is_front = FRONT_ENDS.iter().any(|front| starts(&named.module, front));
            let fronts = FRONT_ENDS.iter().filter(|front| front[0] == room && starts(&path, front));
            for front in fronts.filter(|_| !is_front) {
                tell(format!("must not import its front end {}", front.join("::")));
            }
        }
        let unknown = UNKNOWN.iter().filter(|(name, _)| name == room).flat_map(|(_, words)| *words);
        for word in unknown.filter(|word| format!("::{}::", named.parts.join("::")).contains(&format!("::{word}::"))) {
            tell(format!("must not know {word}"));
        }
    }
    found
}

fn sources(folders: &[&str]) -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let walk = folders.iter().flat_map(|folder| walkdir::WalkDir::new(root.join(folder)).sort_by_file_name());
    let paths = walk.map(|entry| entry.unwrap().into_path()).filter(|path| path.extension().is_some_and(|e| e == "rs"));
    paths.map(|path| (path.strip_prefix(root).unwrap().to_owned(), fs::read_to_string(path).unwrap())).collect()
}

fn is_test_file(path: &Path) -> bool {
    path.components().any(|part| matches!(part.as_os_str().to_str(), Some("tests" | "tests.rs")))
}

#[test]
fn modules_import_only_from_lower_floors() {
    let files = sources(&["src"]);
    assert!(files.len() > 20, "{} files", files.len());
    let found: Vec<String> = files
        .iter()
        .filter(|(path, _)| !is_test_file(path))
        .flat_map(|(path, source)| violations(path.strip_prefix("src").unwrap(), source))
        .collect();
    assert!(found.is_empty(), "{} violations:\n{}", found.len(), found.join("\n"));
}

#[test]
fn every_room_has_a_floor() {
    let rooms = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap();
    for entry in rooms {
        let path = entry.unwrap().path();
        let room = path.file_stem().unwrap().to_str().unwrap();
        assert!(["lib", "main"].contains(&room) || floor(room).is_some(), "{room} is not in the table of floors");
    }
}

#[test]
fn a_violation_is_found_and_placed() {
    let check = |path: &str, source: &str| violations(Path::new(path), source);
    assert_eq!(
        check("query/parse.rs", "\nuse crate::rule::Rule;"),
        ["src/query/parse.rs:2: query must not import rule"]
    );
    assert_eq!(
        check(
            "trail/mod.rs",
            "use crate::{\n    text::{fit, width},\n    engine as e,\n};\nfn f() { crate::app::g() }"
        ),
        ["src/trail/mod.rs:3: trail must not import engine", "src/trail/mod.rs:5: trail must not import app"]
    );
    assert_eq!(check("trail/mod.rs", "use super::query::Query;"), ["src/trail/mod.rs:1: trail must not import query"]);
    assert_eq!(
        check("rule/guide/rds.rs", "use super::super::super::detect::Alert;"),
        ["src/rule/guide/rds.rs:1: rule must not import detect"]
    );
    assert_eq!(check("app/mod.rs", "let now = Utc::now();"), ["src/app/mod.rs:1: app must not know Utc::now"]);
    assert_eq!(
        check("query/mod.rs", "pub mod kql; pub use kql::parse; fn f() { matches!(n, crate::query::kql::Node) }"),
        ["src/query/mod.rs:1: query must not import its front end query::kql"; 2]
    );
    assert_eq!(check("term/mod.rs", "use crate::cli::run;"), ["src/term/mod.rs:1: term must not import cli"]);
}

#[test]
fn what_is_allowed_is_not_found() {
    let check = |path: &str, source: &str| violations(Path::new(path), source);
    let none: [&str; 0] = [];
    assert_eq!(check("rule/load.rs", "use crate::query::kql::parse; use crate::{diag::Span, text};"), none);
    assert_eq!(check("rule/load.rs", "use super::model::Rule; // crate::cli\nconst S: &str = \"crate::cli\";"), none);
    assert_eq!(
        check("query/mod.rs", "pub(crate) mod lex;\n#[cfg(test)]\nmod tests { use crate::event::Event; }"),
        none
    );
    assert_eq!(check("diag/mod.rs", "use crate::text::visible;"), none);
    assert_eq!(check("query/kql/parse.rs", "use super::ast::Node; use crate::query::{Query, kql::lex};"), none);
    assert_eq!(check("event/mod.rs", "use crate::query::kql::Node;"), none);
    assert_eq!(check("investigate/mod.rs", "use crate::rule::Rule;"), none);
    assert_eq!(check("main.rs", "use crate::cli;"), none);
}

#[test]
fn a_file_fits_in_a_head() {
    let too_long: Vec<String> = sources(&["src", "examples", "tests"])
        .iter()
        .map(|(path, source)| (path.display().to_string(), source.lines().count()))
        .filter(|(_, lines)| *lines > LINES)
        .map(|(path, lines)| format!("{path}: {lines} lines"))
        .collect();
    assert!(too_long.is_empty(), "more than {LINES} lines:\n{}", too_long.join("\n"));
}

#[test]
fn few_files_are_long() {
    let program = sources(&["src"]).into_iter().filter(|(path, _)| !is_test_file(path));
    let outside_tests = |source: &str| source.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or("").lines().count();
    let lines = program.map(|(path, source)| (outside_tests(&source), path));
    let long: Vec<String> =
        lines.filter(|(n, _)| *n > MANY).map(|(n, path)| format!("{n} {}", path.display())).collect();
    assert!(long.len() <= MOST_LONG, "{} files have more than {MANY} lines:\n{}", long.len(), long.join("\n"));
}
