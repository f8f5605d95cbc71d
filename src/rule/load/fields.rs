//! Reads typed fields from a table. Errors say what was expected, in the notation of the file's format.

use super::node::{Entry, Node, Table, Value};
use super::unknown_keys::nearest;
use super::{RuleFormat, markdown_page};
use crate::diag::{Diagnostic, Span};

/// A table of the rule file being read.
#[derive(Clone)]
pub(super) struct Fields<'a> {
    pub(super) source: &'a str,
    pub(super) table: &'a Table,
    /// Where messages about a missing field point: the table's heading.
    pub(super) head: Span,
    /// Path to the table with a dot after each field; empty for the rule itself.
    pub(super) path: String,
    pub(super) format: RuleFormat,
}

impl<'a> Fields<'a> {
    /// `None` for null too.
    pub(super) fn get(&self, key: &str) -> Option<&'a Entry> {
        self.table.get(key).filter(|e| e.node.value != Value::Null)
    }

    pub(super) fn missing(&self, key: &str, help: &str) -> Diagnostic {
        let holder = match self.path.strip_suffix('.') {
            Some(path) => format!("`{path}`"),
            None => "the rule".to_owned(),
        };
        Diagnostic::new(format!("{holder} has no `{key}`")).at(self.source, self.head).help(help)
    }

    /// The name in messages: `alert_suppression.duration.unit`.
    pub(super) fn named(&self, key: &str) -> String {
        format!("`{}{key}`", self.path)
    }

    pub(super) fn wrong(&self, node: &Node, message: String, help: &str) -> Diagnostic {
        Diagnostic::new(message).at(self.source, node.span).help(help)
    }

    /// The error for a value outside `known`.
    pub(super) fn unknown(&self, key: &str, found: &str, known: &[&str]) -> Diagnostic {
        let list = known.join(", ");
        let help = match nearest(found, known) {
            Some(name) => format!("did you mean `{name}`? It must be one of: {list}"),
            None => format!("use one of: {list}"),
        };
        match self.get(key) {
            Some(entry) => self.wrong(&entry.node, format!("{} cannot be `{found}`", self.named(key)), &help),
            None => self.missing(key, &help),
        }
    }

    pub(super) fn is_text(&self, key: &str) -> bool {
        matches!(self.get(key).map(|entry| &entry.node.value), Some(Value::Text(_)))
    }

    /// The field in the file's notation, e.g. `severity = "low"`.
    pub(super) fn example(&self, key: &str, value: &str) -> String {
        match self.format {
            RuleFormat::Toml => format!("{key} = {value}"),
            RuleFormat::Ndjson => match value.strip_prefix("'''").and_then(|v| v.strip_suffix("'''")) {
                Some(text) => format!("\"{key}\": {}", serde_json::Value::from(text)),
                None => format!("\"{key}\": {value}"),
            },
            RuleFormat::Page => match markdown_page::label_of(key) {
                Some(label) => format!("**{label}**: {}", value.trim_matches('"')),
                None => format!("{key}: {value}"),
            },
        }
    }

    fn expected(&self, key: &str, node: &Node, expected: &str, example: &str) -> Diagnostic {
        let message = format!("{} must be {expected}, not {}", self.named(key), node.kind());
        self.wrong(node, message, &format!("write it as `{}`", self.example(key, example)))
    }

    pub(super) fn text(&self, key: &str, example: &str) -> Result<Option<&'a str>, Diagnostic> {
        let Some(entry) = self.get(key) else { return Ok(None) };
        match &entry.node.value {
            Value::Text(text) => Ok(Some(text)),
            _ => Err(self.expected(key, &entry.node, "a string", example)),
        }
    }

    /// A string that must be present and not blank.
    pub(super) fn required(&self, key: &str, example: &str) -> Result<&'a str, Diagnostic> {
        match self.text(key, example)? {
            None if self.format == RuleFormat::Page && key == "query" => {
                Err(self.missing(key, "add a section `## Rule query` with the query in a code block"))
            }
            None => Err(self.missing(key, &format!("add `{}`", self.example(key, example)))),
            Some(text) if text.trim().is_empty() => Err(match self.get(key) {
                Some(entry) => {
                    let help = format!("write `{}`", self.example(key, example));
                    self.wrong(&entry.node, format!("{} is empty", self.named(key)), &help)
                }
                None => self.missing(key, example),
            }),
            Some(text) => Ok(text),
        }
    }

    /// A list of strings, or one string; empty when missing.
    pub(super) fn texts(&self, key: &str) -> Result<Vec<&'a str>, Diagnostic> {
        let example = "[\"…\", \"…\"]";
        let Some(entry) = self.get(key) else { return Ok(Vec::new()) };
        match &entry.node.value {
            Value::Text(text) => Ok(vec![text]),
            Value::List(items) => items
                .iter()
                .map(|item| match &item.value {
                    Value::Text(text) => Ok(text.as_str()),
                    _ => Err(self.expected(key, item, "a list of strings", example)),
                })
                .collect(),
            _ => Err(self.expected(key, &entry.node, "a list of strings", example)),
        }
    }

    /// [`Self::texts`], trimmed, without blank ones.
    pub(super) fn list(&self, key: &str) -> Result<Vec<String>, Diagnostic> {
        let texts = self.texts(key)?.into_iter().map(str::trim);
        Ok(texts.filter(|text| !text.is_empty()).map(str::to_owned).collect())
    }

    /// A whole number between `least` and `most`.
    pub(super) fn whole(&self, key: &str, least: u64, most: u64, example: u64) -> Result<Option<u64>, Diagnostic> {
        let Some(entry) = self.get(key) else { return Ok(None) };
        let example = example.to_string();
        let help = format!("write it as `{}`", self.example(key, &example));
        let name = self.named(key);
        let n = match &entry.node.value {
            Value::Whole(n) => *n,
            Value::Number(n) => {
                let message = format!("{name} must be a whole number, not {n}");
                return Err(self.wrong(&entry.node, message, &help));
            }
            _ => return Err(self.expected(key, &entry.node, "a whole number", &example)),
        };
        match u64::try_from(n).ok().filter(|n| (least..=most).contains(n)) {
            Some(n) => Ok(Some(n)),
            None if most >= u64::from(u32::MAX) => {
                Err(self.wrong(&entry.node, format!("{name} is {n}, but must be at least {least}"), &help))
            }
            None => Err(self.wrong(&entry.node, format!("{name} is {n}, but must be from {least} to {most}"), &help)),
        }
    }

    pub(super) fn sub(&self, key: &str) -> Result<Option<Self>, Diagnostic> {
        let Some(entry) = self.get(key) else { return Ok(None) };
        self.fields_of(&entry.node, key, entry.key).map(Some)
    }

    /// A list of tables, or one table; empty when missing.
    pub(super) fn subs(&self, key: &str) -> Result<Vec<Self>, Diagnostic> {
        let Some(entry) = self.get(key) else { return Ok(Vec::new()) };
        match &entry.node.value {
            Value::List(items) => items.iter().map(|item| self.fields_of(item, key, item.span)).collect(),
            _ => Ok(vec![self.fields_of(&entry.node, key, entry.key)?]),
        }
    }

    fn fields_of(&self, node: &'a Node, key: &str, head: Span) -> Result<Self, Diagnostic> {
        match &node.value {
            Value::Table(table) => Ok(Self { table, head, path: format!("{}{key}.", self.path), ..*self }),
            _ => Err(self.expected(key, node, "a table", &self.inline_table(key))),
        }
    }

    /// A table of this name on one line, in the file's notation.
    pub(super) fn table_example(&self, key: &str) -> String {
        self.example(key, &self.inline_table(key))
    }

    fn inline_table(&self, key: &str) -> String {
        let members: &[(&str, &str)] = match key {
            "alert_suppression" => &[("group_by", "[\"user.id\"]")],
            "cardinality" => &[("field", "\"user.id\""), ("value", "5")],
            "duration" => &[("value", "5"), ("unit", "\"m\"")],
            "exceptions_list" => &[("list_id", "\"…\"")],
            "history_window_start" => &[("field", "\"history_window_start\""), ("value", "\"now-14d\"")],
            "investigation_fields" => &[("field_names", "[\"user.id\"]")],
            "new_terms" => &[("field", "\"new_terms_fields\""), ("value", "[\"user.id\"]")],
            "threshold" => &[("field", "[\"user.id\"]"), ("value", "5")],
            "threat" => &[("framework", "\"MITRE ATT&CK\"")],
            _ => &[("id", "\"TA0010\""), ("name", "\"…\"")],
        };
        let members: Vec<String> = members.iter().map(|(key, value)| self.example(key, value)).collect();
        format!("{{ {} }}", members.join(", "))
    }
}
