//! What Kibana exports: one JSON object a line, rules and other things, and a summary at the end.

use std::path::PathBuf;

use serde_json::value::RawValue;

use super::build::Source;
use super::node::{self, Node, Value};
use super::{Failure, Format, Read, name_in};
use crate::diag::{Diagnostic, Span};
use crate::rule::Origin;

/// The rules that `text` holds: one a line, with its number, or one over several lines.
pub(super) fn rules(text: &str, file: &str) -> Vec<(Option<usize>, Read)> {
    if text.trim().is_empty() {
        let error = Diagnostic::new("the file is empty").at(text, Span::default());
        return vec![(None, Read::failed(error.help("export rules from Kibana, or write one as TOML")))];
    }
    if is_one_value(text) {
        let read = match node::from_json(text) {
            Ok(node) => json_rule(&node, text, file, None),
            Err(error) => Read::failed(error),
        };
        return vec![(None, read)];
    }
    let mut reads = Vec::new();
    for (above, line) in text.split('\n').enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        // Each line is a text of its own: to look for places in all of a long export would take its square.
        let line = line.trim_end();
        let read = match node::from_json(line) {
            Ok(node) if is_summary(&node.value) => continue,
            Ok(node) => json_rule(&node, line, file, Some(above + 1)),
            Err(error) => Read::failed(error),
        };
        reads.push((Some(above + 1), read.below(above)));
    }
    reads
}

/// Whether the text is one JSON value written over several lines, rather than one a line.
fn is_one_value(text: &str) -> bool {
    let is_json = |text: &str| serde_json::from_str::<&RawValue>(text).is_ok();
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let several = lines.next().is_some_and(|first| !is_json(first));
    // Where it is damaged, no line of it is an object from its first column on.
    several && (is_json(text) || !lines.any(|line| line.starts_with('{') && is_json(line)))
}

/// The line with which Kibana closes an export.
fn is_summary(value: &Value) -> bool {
    matches!(value, Value::Table(t) if t.contains_key("exported_count") && !t.contains_key("query"))
}

fn json_rule(node: &Node, text: &str, file: &str, line: Option<usize>) -> Read {
    let Value::Table(table) = &node.value else {
        let error = Diagnostic::new(format!("a rule must be an object, not {}", node.kind()));
        return Read::failed(error.at(text, node.span).help("write one rule a line, as Kibana exports it"));
    };
    if table.contains_key("list_id") && !table.contains_key("query") {
        let what = if table.contains_key("entries") { "an exception item" } else { "an exception list" };
        let name = name_in(table);
        return Read { name, ..Read::failed(Failure::NoRule(format!("{what}, not a rule"))) };
    }
    let head = Span::new(node.span.start, node.span.start + 1);
    Read::built(table, Source { text, format: Format::Ndjson, head }, Origin::File { path: PathBuf::from(file), line })
}
