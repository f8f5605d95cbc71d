//! detection-rules' TOML: the rule under `[rule]`, the searches of its guide under `[transform]`.

use std::path::PathBuf;

use super::build::RuleSource;
use super::exceptions::Lists;
use super::node::{self, Table, Value};
use super::{ReadRule, RuleFormat};
use crate::diag::{Diagnostic, Span};
use crate::rule::RuleOrigin;

pub(super) fn rule(text: &str, file: &str) -> ReadRule {
    let mut root = match node::from_toml(text) {
        Ok(root) => root,
        Err(error) => return ReadRule::failed(error),
    };
    let Some(mut entry) = root.remove("rule") else {
        let error = Diagnostic::new("there is no `[rule]` table in this file").at(text, Span::new(0, 0));
        return ReadRule::failed(error.help("a rule file has its fields under `[rule]`, as in detection-rules"));
    };
    let Value::Table(table) = &mut entry.node.value else {
        let error = Diagnostic::new(format!("`rule` must be a table, not {}", entry.node.kind()));
        return ReadRule::failed(error.at(text, entry.node.span).help("write `[rule]`, and the fields below it"));
    };
    if let Some(transform) = root.get("transform") {
        fill_in(table, &transform.node.value);
    }
    let source = RuleSource { text, format: RuleFormat::Toml, head: entry.key, lists: &Lists::default() };
    ReadRule::built(table, source, RuleOrigin::File { path: PathBuf::from(file), line: None })
}

/// Replaces references in the note, such as `$investigate_0` or `$osquery_1`, with the searches of `[transform]`.
fn fill_in(rule: &mut Table, transform: &Value) {
    let Some(Value::Text(note)) = rule.get_mut("note").map(|e| &mut e.node.value) else { return };
    let Value::Table(transform) = transform else { return };
    let mut filled = String::with_capacity(note.len());
    let mut rest = note.as_str();
    while let Some(at) = rest.find('$') {
        filled.push_str(&rest[..at]);
        rest = &rest[at..];
        let (text, length) = search_at(rest, transform).unwrap_or_else(|| ("$".to_owned(), 1));
        filled.push_str(&text);
        rest = &rest[length..];
    }
    filled.push_str(rest);
    *note = filled;
}

/// The search that the reference at the start of `text` names, in a guide's notation, and the length of the reference.
fn search_at(text: &str, transform: &Table) -> Option<(String, usize)> {
    ["investigate", "osquery"].into_iter().find_map(|kind| {
        let number = text.strip_prefix('$')?.strip_prefix(kind)?.strip_prefix('_')?;
        let digits = number.len() - number.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let Value::List(searches) = &transform.get(kind)?.node.value else { return None };
        let search = searches.get(number[..digits].parse::<usize>().ok()?)?;
        Some((format!("!{{{kind}{}}}", search.to_json()), text.len() - number.len() + digits))
    })
}
