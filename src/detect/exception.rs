//! Exceptions: what a rule must not fire on. A file of them is TOML:
//!
//! ```toml
//! [[exception]]
//! name = "the nightly export of the data pipeline"
//! rule_id = "119c8877-8613-416d-a98a-96b6664ee73a"   # without it: every rule
//! expires = 2027-01-31T00:00:00Z                      # without it: never
//! entries = [
//!   { field = "user.name", type = "match", value = "etl-nightly" },
//!   { field = "source.ip", type = "match_any", value = ["192.0.2.10", "192.0.2.11"] },
//! ]
//! ```
//!
//! As in Elastic, the entries of an exception must all hold, one exception is enough, and `operator = "excluded"` turns
//! an entry round. Types: `match`, `match_any`, `exists`, `wildcard`. Each entry becomes a KQL clause, so that it
//! compares as the rule does.

mod draft;

use crate::query::kql;
use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::diag::{Diagnostic, Span};
use crate::event::{self, Event};
use crate::query::Query;
use crate::rule::Rule;

pub use draft::{Candidate, ExceptionDraft, candidates};

/// The exceptions in force.
#[derive(Debug, Default)]
pub struct Exceptions {
    all: Vec<Exception>,
    warnings: Vec<Diagnostic>,
}

#[derive(Debug)]
struct Exception {
    rule_id: Option<String>,
    expires: Option<DateTime<Utc>>,
    query: Query,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    exception: Vec<Item>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Item {
    name: String,
    rule_id: Option<String>,
    expires: Option<toml::Spanned<toml::value::Datetime>>,
    entries: toml::Spanned<Vec<toml::Spanned<Entry>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    field: String,
    #[serde(default)]
    operator: Operator,
    r#type: Type,
    value: Option<Value>,
}

#[derive(Deserialize, Default, Clone, Copy, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Operator {
    #[default]
    Included,
    Excluded,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Type {
    Match,
    MatchAny,
    Exists,
    Wildcard,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Value {
    One(String),
    Many(Vec<String>),
    Other(serde::de::IgnoredAny),
}

impl Exceptions {
    /// Reads a file of exceptions; `name` is how messages call it.
    ///
    /// # Errors
    /// What is wrong with it, where, and what to write instead.
    pub fn parse(source: &str, name: &str) -> Result<Self, Diagnostic> {
        let here = |message: String, span: Option<std::ops::Range<usize>>| {
            let diagnostic = Diagnostic::new(message).in_file(name);
            match span {
                Some(span) => diagnostic.at(source, Span::new(span.start, span.end)),
                None => diagnostic,
            }
        };
        let file: File = toml::from_str(source).map_err(|e| {
            here(e.message().to_owned(), e.span()).help("exceptions are [[exception]] tables with name and entries")
        })?;
        let mut exceptions = Vec::with_capacity(file.exception.len());
        let mut warnings = Vec::new();
        for item in file.exception {
            let mut clauses = Vec::with_capacity(item.entries.get_ref().len());
            for entry in item.entries.get_ref() {
                let wrong = |message: &str, help: &str| {
                    here(format!("exception `{}`: {message}", item.name), Some(entry.span())).help(help)
                };
                let clause = clause(entry.get_ref()).map_err(|(message, help)| wrong(message, help))?;
                let query = kql::compile(&clause, event::schema())
                    .map_err(|e| wrong("an entry is not understood", &e.to_string()))?;
                // Turned round, an entry that never matches would cover everything.
                if let Some(never) = query.warnings().first() {
                    return Err(wrong("an entry never matches", never.help.as_ref().unwrap_or(&never.message)));
                }
                let unknown = event::unknown_field(&entry.get_ref().field, Span::default());
                warnings.extend(unknown.map(|field| {
                    let message = format!("exception `{}`: {}", item.name, field.message());
                    here(message, Some(entry.span())).help(field.advice())
                }));
                clauses.push(clause);
            }
            if clauses.is_empty() {
                return Err(here(
                    format!("exception `{}` has no entries, and would cover everything", item.name),
                    Some(item.entries.span()),
                )
                .help("add at least one entry, such as { field = \"user.name\", type = \"match\", value = \"…\" }"));
            }
            let expires = match &item.expires {
                None => None,
                Some(at) => Some(time(&at.get_ref().to_string()).ok_or_else(|| {
                    here(format!("exception `{}`: expires is no time with an offset", item.name), Some(at.span()))
                        .help("write it as 2027-01-31T00:00:00Z")
                })?),
            };
            let query = kql::compile(&clauses.join(" and "), event::schema())
                .map_err(|e| here(format!("exception `{}`: {e}", item.name), None))?;
            exceptions.push(Exception { rule_id: item.rule_id, expires, query });
        }
        Ok(Self { all: exceptions, warnings })
    }

    /// The entries that ask for a field that nobody has, unless a document has it of its own.
    #[must_use]
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Whether one of them covers this event under this rule. An exception that expires covers what happened before.
    #[must_use]
    pub fn cover(&self, rule: &Rule, event: &Event<'_>) -> bool {
        self.all.iter().any(|exception| {
            exception.rule_id.as_ref().is_none_or(|id| *id == rule.id)
                && is_before(event, exception.expires)
                && exception.query.matches(event)
        })
    }
}

/// Whether an event happened before an exception ended, if it does.
pub(super) fn is_before(event: &Event<'_>, end: Option<DateTime<Utc>>) -> bool {
    end.is_none_or(|end| event.time().is_some_and(|time| time < end))
}

fn time(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|t| t.to_utc())
}

/// The entry as KQL; otherwise what is wrong, and what to write.
fn clause(entry: &Entry) -> Result<String, (&'static str, &'static str)> {
    let field = escaped(&entry.field, false);
    let mut out = String::new();
    if entry.operator == Operator::Excluded {
        out.push_str("not ");
    }
    let _ = match (entry.r#type, &entry.value) {
        _ if entry.field.is_empty() => return Err(("an entry has no field", "write field = \"user.name\"")),
        (_, Some(Value::Other(_))) => return Err(("a value is no text", "write it in quotes: value = \"…\"")),
        (Type::Exists, None) => write!(out, "{field}:*"),
        (Type::Exists, Some(_)) => return Err(("`exists` takes no value", "leave value out")),
        (Type::Match, Some(Value::One(value))) => write!(out, "{field}:{}", quoted(value)),
        (Type::MatchAny, Some(Value::Many(values))) if !values.is_empty() => {
            let values: Vec<String> = values.iter().map(|v| quoted(v)).collect();
            write!(out, "{field}:({})", values.join(" or "))
        }
        (Type::Wildcard, Some(Value::One(value))) if value.contains('?') => {
            return Err(("`?` is not supported in a wildcard", "use `*`"));
        }
        (Type::Wildcard, Some(Value::One(value))) if value.trim_matches(is_space) != value => {
            return Err(("a wildcard begins or ends with white space", "write `*` in its place"));
        }
        (Type::Wildcard, Some(Value::One(value))) => write!(out, "{field}:{}", escaped(value, true)),
        (Type::MatchAny, _) => return Err(("`match_any` takes a list of values", "write value = [\"…\", \"…\"]")),
        _ => return Err(("`match` and `wildcard` take one value", "write value = \"…\"")),
    };
    Ok(out)
}

/// What KQL leaves out at either end of a wildcard.
fn is_space(c: char) -> bool {
    c.is_whitespace() || c == '\u{feff}'
}

fn quoted(value: &str) -> String {
    let mut out = String::from("\"");
    for c in value.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Written so that KQL reads it as one unquoted literal. Every character that could end or change it becomes `\uXXXX`.
fn escaped(value: &str, wildcard: bool) -> String {
    let keyword = ["and", "or", "not"].iter().any(|word| value.eq_ignore_ascii_case(word));
    let mut out = String::new();
    for c in value.chars() {
        if (c.is_ascii_alphanumeric() && !keyword) || matches!(c, '.' | '_' | '-' | '@' | '/') || (wildcard && c == '*')
        {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests;
