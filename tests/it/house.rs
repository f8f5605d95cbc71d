//! The house keeps its order: a module imports only modules on a lower floor, some know nothing of the world outside,
//! a file fits in a head, and every crate that the manifest asks for is used.

use std::fs;
use std::path::{Path, PathBuf};

#[path = "house/crates.rs"]
mod crates;
#[path = "house/tokens.rs"]
mod tokens;

use tokens::Token;

/// The rooms and their floors, as `src/lib.rs` lists them.
const FLOORS: [(&str, u8); 15] = [
    ("text", 0),
    ("bytes", 0),
    ("diag", 0),
    ("trail", 1),
    ("query", 1),
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
const NEIGHBOURS: [(&str, &str, &str); 3] = [
    ("diag", "text", "messages quote hostile text"),
    ("investigate", "rule", "evidence stands beside the steps of a rule's guide"),
    ("cli", "term", "a command opens the terminal"),
];

/// What a room must not know although no floor says so: the console is told the time and handed its data.
const UNKNOWN: [(&str, &[&str]); 2] = [
    ("app", &["ratatui", "crossterm", "std::fs", "std::thread", "std::time", "Utc::now", "Local::now"]),
    ("ui", &["std::fs", "std::thread", "std::time", "Utc::now", "Local::now"]),
];

/// Most lines of a file.
const LINES: usize = 500;

/// Files that may be longer, and why.
const LONG: [(&str, &str); 1] = [("src/trail/split/mod.rs", "one state machine over bytes")];

fn floor(room: &str) -> Option<u8> {
    FLOORS.iter().find(|(name, _)| *name == room).map(|(_, floor)| *floor)
}

fn may_import(from: &str, to: &str) -> bool {
    let neighbours = NEIGHBOURS.iter().any(|(a, b, _)| (*a, *b) == (from, to));
    from == to || neighbours || floor(to) < floor(from)
}

/// The room of a file under `src`, and how many modules deep the file is; nothing for the roots of the crate.
fn place(path: &Path) -> Option<(String, usize)> {
    let module = if path.ends_with("mod.rs") { path.parent()?.to_owned() } else { path.with_extension("") };
    let room = module.iter().next()?.to_str()?.to_owned();
    floor(&room)?;
    Some((room, module.iter().count()))
}

/// What is wrong with `source`, the text of the file at `path` below `src`: one `file:line: message` each.
fn violations(path: &Path, source: &str) -> Vec<String> {
    let Some((room, depth)) = place(path) else { return Vec::new() };
    let tokens = tokens::outside_tests(source);
    let mut found: Vec<String> = imports(&tokens, depth)
        .into_iter()
        .filter(|import| floor(&import.text).is_some() && !may_import(&room, &import.text))
        .map(|import| format!("src/{}:{}: {room} must not import {}", path.display(), import.line, import.text))
        .collect();
    for (_, words) in UNKNOWN.iter().filter(|(name, _)| *name == room) {
        for word in *words {
            let parts: Vec<&str> = word.split_inclusive("::").flat_map(split_path).collect();
            let hits =
                tokens.windows(parts.len()).filter(|w| w.iter().map(|t| t.text.as_str()).eq(parts.iter().copied()));
            let line = |w: &[Token]| format!("src/{}:{}: {room} must not know {word}", path.display(), w[0].line);
            found.extend(hits.map(line));
        }
    }
    found
}

fn split_path(part: &str) -> Vec<&str> {
    part.strip_suffix("::").map_or_else(|| vec![part], |name| vec![name, "::"])
}

/// The modules of the crate's root that are named: after `crate::`, in `crate::{…}`, and after enough `super::`.
fn imports(tokens: &[Token], depth: usize) -> Vec<Token> {
    let is = |n: usize, text: &str| tokens.get(n).is_some_and(|token| token.text == text);
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let begins = !(at > 0 && is(at - 1, "::"));
        let mut end = at;
        if begins && is(at, "crate") && is(at + 1, "::") {
            end = at + 2;
        } else if begins {
            let mut supers = 0;
            while is(end, "super") && is(end + 1, "::") {
                supers += 1;
                end += 2;
            }
            if supers < depth {
                at = end.max(at + 1);
                continue;
            }
        }
        if end > at {
            found.extend(if is(end, "{") {
                group(&tokens[end + 1..])
            } else {
                tokens.get(end).cloned().into_iter().collect()
            });
        }
        at = end.max(at + 1);
    }
    found
}

/// The first word of each branch of a `{…}` group whose opening brace is already read.
fn group(tokens: &[Token]) -> Vec<Token> {
    let (mut depth, mut first, mut found) = (0_usize, true, Vec::new());
    for token in tokens {
        match token.text.as_str() {
            "{" => depth += 1,
            "}" if depth == 0 => break,
            "}" => depth -= 1,
            "," if depth == 0 => first = true,
            _ if first => {
                found.push(token.clone());
                first = false;
            }
            _ => {}
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
    assert_eq!(check("main.rs", "use crate::cli;"), none);
}

#[test]
fn a_file_fits_in_a_head() {
    let files = sources(&["src", "examples", "tests"]);
    let too_long: Vec<String> = files
        .iter()
        .map(|(path, source)| (path.display().to_string(), source.lines().count()))
        .filter(|(path, lines)| *lines > LINES && !LONG.iter().any(|(allowed, _)| allowed == path))
        .map(|(path, lines)| format!("{path}: {lines} lines"))
        .collect();
    assert!(too_long.is_empty(), "more than {LINES} lines:\n{}", too_long.join("\n"));
    for (allowed, _) in LONG {
        let long = files.iter().any(|(path, source)| path.to_str() == Some(allowed) && source.lines().count() > LINES);
        assert!(long, "{allowed} is no longer long: drop it from the list");
    }
}
