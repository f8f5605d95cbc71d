//! No circle inside a room: modules that lie in one folder do not import each other in a ring, neither they nor what is
//! below them. Whoever opens one of a ring has to read them all.
//!
//! What a parent names with `use` counts as an import of the module that defines it. A parent and its children may
//! name each other: they are one thing, told in parts.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::source::{Named, module, named};
use super::{is_test_file, sources};

/// For each folder, which of the modules in it imports which, and where.
type Imports = BTreeMap<Vec<String>, BTreeMap<(String, String), Vec<String>>>;

struct Crate {
    modules: BTreeSet<Vec<String>>,
    /// What a module brings in, by its name there.
    brought: BTreeMap<(Vec<String>, String), Vec<String>>,
    paths: Vec<(PathBuf, Named)>,
}

impl Crate {
    fn read(files: &[(PathBuf, String)]) -> Self {
        let modules: BTreeSet<_> = files.iter().map(|(path, _)| module(path)).collect();
        let read = |(path, source): &(PathBuf, String)| {
            named(&module(path), source, false).into_iter().map(|named| (path.clone(), named)).collect::<Vec<_>>()
        };
        let mut all = Self { modules, brought: BTreeMap::new(), paths: files.iter().flat_map(read).collect() };
        for (_, path) in &all.paths {
            if let (Some(name), Some(target)) = (&path.brought_as, all.absolute(path)) {
                all.brought.insert((path.module.clone(), name.clone()), target);
            }
        }
        all
    }

    fn absolute(&self, path: &Named) -> Option<Vec<String>> {
        path.absolute(|module| self.modules.contains(module))
    }

    /// The module that defines what `path` leads to, through all that is brought in on the way.
    fn definer(&self, mut path: Vec<String>) -> Vec<String> {
        let mut seen = BTreeSet::new();
        loop {
            let known = (0..=path.len()).rev().find(|len| self.modules.contains(&path[..*len])).unwrap_or(0);
            let name = path.get(known).filter(|_| seen.insert(path.clone()));
            let Some(target) = name.and_then(|name| self.brought.get(&(path[..known].to_vec(), name.clone()))) else {
                path.truncate(known);
                return path;
            };
            path = [target.as_slice(), &path[known + 1..]].concat();
        }
    }

    fn imports(&self) -> Imports {
        let mut imports = Imports::new();
        for (file, path) in &self.paths {
            let Some(target) = self.absolute(path).map(|target| self.definer(target)) else { continue };
            let shared = path.module.iter().zip(&target).take_while(|(a, b)| a == b).count();
            if let (Some(from), Some(to)) = (path.module.get(shared), target.get(shared)) {
                let folder = imports.entry(path.module[..shared].to_vec()).or_default();
                let place = format!("src/{}:{}: {}", file.display(), path.line, path.parts.join("::"));
                folder.entry((from.clone(), to.clone())).or_default().push(place);
            }
        }
        imports
    }
}

/// The modules that `from` imports, and those that they import in turn.
fn reached<'a>(edges: &'a BTreeMap<(String, String), Vec<String>>, from: &'a str) -> BTreeSet<&'a str> {
    let (mut found, mut next) = (BTreeSet::new(), vec![from]);
    while let Some(at) = next.pop() {
        let direct = edges.keys().filter(|(a, _)| a == at).map(|(_, b)| b.as_str());
        next.extend(direct.filter(|module| found.insert(*module)));
    }
    found
}

/// Every circle: its folder, its modules, and the imports that make it.
fn circles(files: &[(PathBuf, String)]) -> Vec<(String, String, Vec<String>)> {
    let mut found = Vec::new();
    for (folder, edges) in Crate::read(files).imports() {
        let from: BTreeSet<&str> = edges.keys().map(|(from, _)| from.as_str()).collect();
        let reach: BTreeMap<&str, _> = from.iter().map(|from| (*from, reached(&edges, from))).collect();
        let together = |a: &str, b: &str| {
            reach.get(a).is_some_and(|all| all.contains(b)) && reach.get(b).is_some_and(|all| all.contains(a))
        };
        let rings: BTreeSet<Vec<&str>> = from
            .iter()
            .map(|a| from.iter().copied().filter(|b| together(a, b)).collect::<Vec<_>>())
            .filter(|ring| ring.len() > 1)
            .collect();
        for ring in rings {
            let inside = edges.iter().filter(|((a, b), _)| ring.contains(&a.as_str()) && ring.contains(&b.as_str()));
            let lines = inside.flat_map(|((a, b), at)| at.iter().map(move |at| format!("  {a} -> {b}  {at}")));
            found.push((folder.join("/"), ring.join(" "), lines.collect()));
        }
    }
    found
}

fn program() -> Vec<(PathBuf, String)> {
    let files = sources(&["src"]).into_iter().filter(|(path, _)| !is_test_file(path));
    files.map(|(path, source)| (path.strip_prefix("src").unwrap().to_owned(), source)).collect()
}

#[test]
fn there_is_no_circle_inside_a_room() {
    let found = circles(&program());
    let told: Vec<String> =
        found.iter().map(|(folder, ring, lines)| format!("{folder}: {ring}\n{}", lines.join("\n"))).collect();
    assert!(told.is_empty(), "{} circles:\n{}", told.len(), told.join("\n"));
}

#[test]
fn a_circle_is_found_through_what_a_parent_brings_in() {
    let file = |path: &str, source: &str| (Path::new(path).to_owned(), source.to_owned());
    let parent = file("app/mod.rs", "mod a; mod b; mod c; pub use a::A; use b::deep::B; struct P; fn f(a: A) {}");
    let a = file("app/a.rs", "use super::{B, P}; pub struct A;");
    let deep = file("app/b/deep.rs", "fn f() { debug!(crate::app::A) }");
    let b = file("app/b/mod.rs", "pub mod deep;");
    let c = file("app/c.rs", "use super::{A, B};\n#[cfg(test)]\nmod tests { use super::*; }");
    let found = circles(&[parent.clone(), a, b.clone(), deep, c.clone()]);
    let lines = ["  a -> b  src/app/a.rs:1: super::B", "  b -> a  src/app/b/deep.rs:1: crate::app::A"];
    assert_eq!(found, [("app".to_owned(), "a b".to_owned(), lines.map(str::to_owned).to_vec())]);
    let a = file("app/a.rs", "use super::P; pub struct A;");
    assert_eq!(circles(&[parent, a, b, c]), []);
}
