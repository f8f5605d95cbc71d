//! Kibana's export: one JSON object per line, rules and others, and a summary at the end.

use std::collections::HashSet;
use std::path::PathBuf;

use serde_json::value::RawValue;

use super::build::RuleSource;
use super::exceptions::{Kind, Lists};
use super::node::{self, Node, Table, Value};
use super::{Failure, ReadRule, RuleFormat, name_in};
use crate::diag::{Diagnostic, Span};
use crate::rule::RuleOrigin;

/// The rules in `text`, each with its line, or one rule over several lines.
pub(super) fn rules(text: &str, file: &str) -> Vec<(Option<usize>, ReadRule)> {
    if text.trim().is_empty() {
        let error = Diagnostic::new("the file is empty").at(text, Span::default());
        return vec![(None, ReadRule::failed(error.help("export rules from Kibana, or write one as TOML")))];
    }
    if is_one_value(text) {
        let read = match node::from_json(text) {
            Ok(node) => json_rule(&node, text, file, None, &Lists::default()),
            Err(error) => ReadRule::failed(error),
        };
        return vec![(None, read)];
    }
    // Each line is parsed as a text of its own: finding places in a whole export would take quadratic time.
    let lines = text.split('\n').enumerate().filter(|(_, line)| !line.trim().is_empty());
    let lines: Vec<_> = lines.map(|(above, line)| (above, line.trim_end(), node::from_json(line.trim_end()))).collect();
    let mut lists = Lists::default();
    lines.iter().filter_map(|(.., node)| exception(node.as_ref().ok()?)).for_each(|table| lists.add(table));
    let mut reads = Vec::new();
    let mut asked = HashSet::new();
    for (above, line, node) in &lines {
        let read = match node {
            Ok(node) if is_summary(&node.value) || exception(node).is_some() => continue,
            Ok(node) => json_rule(node, line, file, Some(above + 1), &lists),
            Err(error) => ReadRule::failed(error.clone()),
        };
        asked.extend(read.lists());
        reads.push((above, read.below(*above)));
    }
    for (above, _, node) in &lines {
        if let Some(table) = node.as_ref().ok().and_then(exception)
            && !Lists::is_asked_for(table, &asked)
        {
            let what = if Kind::of(table) == Some(Kind::Item) { "an exception item" } else { "an exception list" };
            let why = format!("{what} to which no rule in this file refers");
            let name = name_in(table);
            reads.push((above, ReadRule { name, ..ReadRule::failed(Failure::NoRule(why)) }));
        }
    }
    reads.sort_by_key(|(above, _)| **above);
    reads.into_iter().map(|(above, read)| (Some(above + 1), read)).collect()
}

fn exception(node: &Node) -> Option<&Table> {
    match &node.value {
        Value::Table(table) if Kind::of(table).is_some() => Some(table),
        _ => None,
    }
}

/// True for one JSON value over several lines, rather than one per line.
fn is_one_value(text: &str) -> bool {
    let is_json = |text: &str| serde_json::from_str::<&RawValue>(text).is_ok();
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let several = lines.next().is_some_and(|first| !is_json(first));
    // If damaged, it is still one value when no line starts with a whole object.
    several && (is_json(text) || !lines.any(|line| line.starts_with('{') && is_json(line)))
}

/// The last line of Kibana's export.
fn is_summary(value: &Value) -> bool {
    matches!(value, Value::Table(t) if t.contains_key("exported_count") && !t.contains_key("query"))
}

fn json_rule(node: &Node, text: &str, file: &str, line: Option<usize>, lists: &Lists) -> ReadRule {
    let Value::Table(table) = &node.value else {
        let error = Diagnostic::new(format!("a rule must be an object, not {}", node.kind()));
        return ReadRule::failed(error.at(text, node.span).help("write one rule a line, as Kibana exports it"));
    };
    if Kind::of(table).is_some() {
        let why = "an exception without its rule".to_owned();
        return ReadRule { name: name_in(table), ..ReadRule::failed(Failure::NoRule(why)) };
    }
    let head = Span::new(node.span.start, node.span.start + 1);
    let source = RuleSource { text, format: RuleFormat::Ndjson, head, lists };
    ReadRule::built(table, source, RuleOrigin::File { path: PathBuf::from(file), line })
}
