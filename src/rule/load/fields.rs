//! Reads typed fields out of a table, and says what was expected where one is missing or wrong.

use super::node::{Entry, Node, Table, Value};
use super::{Format, page};
use crate::diag::{Diagnostic, Span};

/// A table of the rule file being read.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    /// The file's text.
    pub(super) source: &'a str,
    pub(super) table: &'a Table,
    /// Where to point when a field is missing: the table's heading.
    pub(super) head: Span,
    /// What the table is, as a message says it: `the rule`, `threshold` …
    pub(super) name: &'a str,
    /// How the file writes its fields.
    pub(super) format: Format,
}

impl<'a> Fields<'a> {
    /// The field, unless it is missing or null.
    pub(super) fn get(&self, key: &str) -> Option<&'a Entry> {
        self.table.get(key).filter(|e| e.node.value != Value::Null)
    }

    pub(super) fn missing(&self, key: &str, help: &str) -> Diagnostic {
        Diagnostic::new(format!("{} has no `{key}`", self.name)).at(self.source, self.head).help(help)
    }

    pub(super) fn wrong(&self, node: &Node, message: String, help: &str) -> Diagnostic {
        Diagnostic::new(message).at(self.source, node.span).help(help)
    }

    /// How the file would write the field, e.g. `severity = "low"`.
    pub(super) fn example(&self, key: &str, value: &str) -> String {
        match self.format {
            Format::Toml => format!("{key} = {value}"),
            Format::Ndjson => format!("\"{key}\": {value}"),
            Format::Page => match page::label_of(key) {
                Some(label) => format!("**{label}**: {}", value.trim_matches('"')),
                None => format!("{key}: {value}"),
            },
        }
    }

    fn expected(&self, key: &str, node: &Node, expected: &str, example: &str) -> Diagnostic {
        let message = format!("`{key}` must be {expected}, not {}", node.kind());
        self.wrong(node, message, &format!("write it as `{}`", self.example(key, example)))
    }

    pub(super) fn text(&self, key: &str, example: &str) -> Result<Option<&'a str>, Diagnostic> {
        let Some(entry) = self.get(key) else { return Ok(None) };
        match &entry.node.value {
            Value::Text(text) => Ok(Some(text)),
            _ => Err(self.expected(key, &entry.node, "a string", example)),
        }
    }

    /// A string that must be there and hold more than white space.
    pub(super) fn required(&self, key: &str, example: &str) -> Result<&'a str, Diagnostic> {
        match self.text(key, example)? {
            None if self.format == Format::Page && key == "query" => {
                Err(self.missing(key, "add a section `## Rule query` with the query in a code block"))
            }
            None => Err(self.missing(key, &format!("add `{}`", self.example(key, example)))),
            Some(text) if text.trim().is_empty() => Err(match self.get(key) {
                Some(entry) => {
                    let help = format!("write `{}`", self.example(key, example));
                    self.wrong(&entry.node, format!("`{key}` is empty"), &help)
                }
                None => self.missing(key, example),
            }),
            Some(text) => Ok(text),
        }
    }

    /// A list of strings; none when it is missing. A single string counts as a list of one.
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

    /// A whole number between `least` and `most`.
    pub(super) fn whole(&self, key: &str, least: u64, most: u64, example: u64) -> Result<Option<u64>, Diagnostic> {
        let Some(entry) = self.get(key) else { return Ok(None) };
        let example = example.to_string();
        let help = format!("write it as `{}`", self.example(key, &example));
        let n = match &entry.node.value {
            Value::Whole(n) => *n,
            Value::Number(n) => {
                let message = format!("`{key}` must be a whole number, not {n}");
                return Err(self.wrong(&entry.node, message, &help));
            }
            _ => return Err(self.expected(key, &entry.node, "a whole number", &example)),
        };
        match u64::try_from(n).ok().filter(|n| (least..=most).contains(n)) {
            Some(n) => Ok(Some(n)),
            None if most == u64::MAX => {
                Err(self.wrong(&entry.node, format!("`{key}` is {n}, but must be at least {least}"), &help))
            }
            None => Err(self.wrong(&entry.node, format!("`{key}` is {n}, but must be from {least} to {most}"), &help)),
        }
    }

    pub(super) fn sub(&self, key: &'a str) -> Result<Option<Self>, Diagnostic> {
        let Some(entry) = self.get(key) else { return Ok(None) };
        self.fields_of(&entry.node, key, entry.key).map(Some)
    }

    /// The tables of a list; none when it is missing. A single table counts as a list of one.
    pub(super) fn subs(&self, key: &'a str) -> Result<Vec<Self>, Diagnostic> {
        let Some(entry) = self.get(key) else { return Ok(Vec::new()) };
        match &entry.node.value {
            Value::List(items) => items.iter().map(|item| self.fields_of(item, key, item.span)).collect(),
            _ => Ok(vec![self.fields_of(&entry.node, key, entry.key)?]),
        }
    }

    fn fields_of(&self, node: &'a Node, name: &'a str, head: Span) -> Result<Self, Diagnostic> {
        match &node.value {
            Value::Table(table) => Ok(Self { table, head, name, ..*self }),
            _ => Err(self.expected(name, node, "a table", "{ … }")),
        }
    }
}
