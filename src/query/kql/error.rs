//! A query that is not KQL: Kibana's words for it, and ours.

use std::collections::BTreeSet;
use std::fmt;

use crate::diag::{Diagnostic, Span};

/// Where a query stops being KQL, and why. [`Display`](fmt::Display) gives Kibana's text, in which the query stands
/// unaltered: show people [`SyntaxError::to_diagnostic`] instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    pub query: String,
    /// Byte offset of the furthest place that parsing reached, on a character boundary.
    pub offset: usize,
    /// What could have stood there, sorted as Kibana sorts it. Empty when the query is [too deep](Self::too_deep).
    pub expected: Vec<&'static str>,
    /// What stands there; `None` at the end of the query.
    pub found: Option<char>,
    /// Whether the query nests deeper than is accepted, the only error that is not Kibana's.
    pub too_deep: bool,
}

/// Parentheses, value lists and nested queries inside one another. Elasticsearch refuses more than 30 boolean levels;
/// parsing this many takes less than half of a thread's usual 2 MiB of stack, without optimisation.
pub(super) const MAX_DEPTH: usize = 100;

impl SyntaxError {
    pub(super) fn new(query: &str, offset: usize, expected: BTreeSet<&'static str>) -> Self {
        let found = query[offset..].chars().next();
        Self { query: query.to_owned(), offset, expected: expected.into_iter().collect(), found, too_deep: false }
    }

    pub(super) fn too_deep(query: &str, offset: usize) -> Self {
        Self { too_deep: true, ..Self::new(query, offset, BTreeSet::new()) }
    }

    /// The message with the line, a caret under the place, and what to do about it.
    #[must_use]
    pub fn to_diagnostic(&self) -> Diagnostic {
        let end = self.offset + self.found.map_or(0, char::len_utf8);
        Diagnostic::new(self.sentence()).at(&self.query, Span::new(self.offset, end)).help(self.advice())
    }

    fn sentence(&self) -> String {
        if self.too_deep {
            return format!("the query nests deeper than {MAX_DEPTH} levels");
        }
        if self.unclosed_quote() {
            return "expected a `\"` that closes this one, but there is none".to_owned();
        }
        // White space may nearly always stand there as well.
        let mut names: Vec<_> =
            self.expected.iter().filter(|name| **name != "whitespace").map(|n| plain_name(n)).collect();
        names.dedup();
        let list = match names.as_slice() {
            [] => "white space".to_owned(),
            [one] => (*one).to_owned(),
            [rest @ .., last] => format!("{} or {last}", rest.join(", ")),
        };
        match self.found {
            Some(c) => format!("expected {list}, but found `{c}`"),
            None => format!("expected {list}, but the query ends here"),
        }
    }

    /// A quote where a value could stand fails only when its other half is missing.
    fn unclosed_quote(&self) -> bool {
        self.found == Some('"') && self.expected.iter().any(|name| matches!(*name, "value" | "literal" | "field name"))
    }

    fn advice(&self) -> &'static str {
        let expects = |what: &str| self.expected.contains(&what);
        match self.found {
            _ if self.too_deep => "split the query into several rules, or drop parentheses",
            _ if self.unclosed_quote() => "add a `\"` after the value, or write `\\\"` for a quote that is part of it",
            Some('n' | 'N') if expects("field name") => "`not` twice needs parentheses: `not (not field:value)`",
            Some('n' | 'N') if expects("value") => {
                "`not` goes before the field (`not field:value`) or into a value list (`field:(not value)`)"
            }
            Some(':' | '<' | '>' | '{' | '}' | '\\') if expects("AND") => {
                "put a value that holds any of `: < > { } \\` in quotes, or a backslash before the character"
            }
            None if expects("\")\"") => "close the parenthesis with a `)`",
            None if expects("\"}\"") => "close the brace with a `}`",
            None => "the query is cut short: finish it, or remove its last word",
            Some(_) if expects("AND") => "join the two parts with `and` or `or`, or put the whole value in quotes",
            Some(_) => "see whether a value, a quote or a parenthesis is missing or one too many",
        }
    }
}

/// What a query's author would call it.
fn plain_name(name: &'static str) -> &'static str {
    match name {
        "\"(\"" => "`(`",
        "\")\"" => "`)`",
        "\"{\"" => "`{`",
        "\"}\"" => "`}`",
        "\":\"" => "`:`",
        "\"<\"" => "`<`",
        "\"<=\"" => "`<=`",
        "\">\"" => "`>`",
        "\">=\"" => "`>=`",
        "AND" => "`and`",
        "OR" => "`or`",
        "NOT" => "`not`",
        "field name" => "a field",
        "value" | "literal" => "a value",
        "end of input" => "the end of the query",
        other => other,
    }
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.too_deep {
            write!(f, "Expected at most {MAX_DEPTH} levels of nesting.")?;
        } else {
            write!(f, "Expected {} but ", self.expected.join(", "))?;
            match self.found {
                Some(c) => write!(f, "\"{c}\" found.")?,
                None => f.write_str("end of input found.")?,
            }
        }
        // Kibana counts in UTF-16 code units.
        let dashes: usize = self.query[..self.offset].chars().map(char::len_utf16).sum();
        write!(f, "\n{}\n{:-<dashes$}^", self.query, "")
    }
}

impl std::error::Error for SyntaxError {}
