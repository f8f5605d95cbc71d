//! One tree for all rule formats. Values know their position in the file, so one builder reads them all and every
//! message points at its place.

use std::borrow::Cow;
use std::collections::BTreeMap;

use ::toml::de::{DeTable, DeValue};
use serde_json::value::RawValue;

use crate::diag::{Diagnostic, Span};

/// A value and its span; that of a text includes its quotes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub(super) span: Span,
    pub(super) value: Value,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Whole(i64),
    Number(f64),
    Text(String),
    List(Vec<Node>),
    Table(Table),
    /// TOML's date or time.
    Date(String),
}

pub(super) type Table = BTreeMap<String, Entry>;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    /// Span of the field's name.
    pub(super) key: Span,
    pub(super) node: Node,
}

impl Node {
    pub(super) fn text(text: impl Into<String>, span: Span) -> Self {
        Self { span, value: Value::Text(text.into()) }
    }

    /// The kind of value, for messages.
    pub(super) fn kind(&self) -> &'static str {
        match &self.value {
            Value::Null => "null",
            Value::Bool(_) => "true or false",
            Value::Whole(_) => "a whole number",
            Value::Number(_) => "a number",
            Value::Text(_) => "a string",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
            Value::Date(_) => "a date",
        }
    }

    pub(super) fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(b) => (*b).into(),
            Value::Whole(n) => (*n).into(),
            Value::Number(n) => (*n).into(),
            Value::Text(text) | Value::Date(text) => text.as_str().into(),
            Value::List(items) => items.iter().map(Self::to_json).collect(),
            Value::Table(table) => {
                serde_json::Value::Object(table.iter().map(|(k, e)| (k.clone(), e.node.to_json())).collect())
            }
        }
    }
}

pub(super) fn from_toml(source: &str) -> Result<Table, Diagnostic> {
    let root = DeTable::parse(source).map_err(|error| {
        let found = Diagnostic::new(format!("this is not valid TOML: {}", error.message()));
        let span = error.span().unwrap_or_default();
        let found = found.at(source, Span::new(span.start, span.end));
        found.help(match error.message() {
            "duplicate key" => "the field is there twice: remove one of the two",
            text if text.contains("string") => {
                "close the string on its own line, or put a text of several lines in `'''`"
            }
            _ => "correct the TOML at the place shown",
        })
    })?;
    Ok(toml_table(root.get_ref()))
}

fn toml_table(table: &DeTable<'_>) -> Table {
    let entry = |key: std::ops::Range<usize>, node| Entry { key: Span::new(key.start, key.end), node };
    table
        .iter()
        .map(|(key, value)| {
            let span = value.span();
            (key.get_ref().to_string(), entry(key.span(), toml_value(value.get_ref(), Span::new(span.start, span.end))))
        })
        .collect()
}

fn toml_value(value: &DeValue<'_>, span: Span) -> Node {
    let value = match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(n) => match i64::from_str_radix(n.as_str(), n.radix()) {
            Ok(n) => Value::Whole(n),
            Err(_) => Value::Number(n.as_str().parse().unwrap_or(f64::INFINITY)),
        },
        DeValue::Float(n) => Value::Number(n.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(b) => Value::Bool(*b),
        DeValue::Datetime(date) => Value::Date(date.to_string()),
        DeValue::Array(items) => Value::List(
            items.iter().map(|v| toml_value(v.get_ref(), Span::new(v.span().start, v.span().end))).collect(),
        ),
        DeValue::Table(table) => Value::Table(toml_table(table)),
    };
    Node { span, value }
}

/// Deepest nesting. No rule comes near it; TOML's parser has its own limit.
const DEEPEST: usize = 100;

pub(super) fn from_json(source: &str) -> Result<Node, Diagnostic> {
    let raw: &RawValue = serde_json::from_str(source).map_err(|error| json_error(source, 0, source, &error))?;
    json_node(source, raw, 0)
}

/// An error in `part`, which begins at `at` in `source`.
fn json_error(source: &str, at: usize, part: &str, error: &serde_json::Error) -> Diagnostic {
    let line_start = part.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum::<usize>();
    let place = at + line_start + error.column().saturating_sub(usize::from(!error.is_eof()));
    Diagnostic::new(format!("this is not valid JSON: {}", json_reason(error)))
        .at(source, Span::new(place, place + 1))
        .help("correct the JSON at the place shown; in an export each line is one rule")
}

/// serde's message without its position, which the diagnostic has.
fn json_reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text.rfind(" at line ").map_or(text.as_str(), |at| &text[..at]);
    let missing = match text.strip_prefix("EOF while parsing ") {
        Some("a string") => "a `\"` that closes the string",
        Some("an object") => "`,` or `}`",
        Some("a list") => "`,` or `]`",
        Some(_) => "a value",
        None => return text.to_owned(),
    };
    format!("expected {missing}, but it ends here")
}

fn json_node(source: &str, raw: &RawValue, depth: usize) -> Result<Node, Diagnostic> {
    let text = raw.get();
    // A raw value borrows from the source, so its address gives its offset.
    let start = (text.as_ptr() as usize).wrapping_sub(source.as_ptr() as usize);
    let span = Span::new(start, start.saturating_add(text.len()));
    if depth > DEEPEST {
        let found = Diagnostic::new(format!("this is nested more than {DEEPEST} levels deep")).at(source, span);
        return Err(found.help("no field of a rule lies that deep: take the value out"));
    }
    let failed = |error: serde_json::Error| json_error(source, start, text, &error);
    let value = match text.as_bytes().first() {
        Some(b'{') => {
            let fields: BTreeMap<Cow<'_, str>, &RawValue> = serde_json::from_str(text).map_err(failed)?;
            let mut table = Table::new();
            for (key, raw) in fields {
                let node = json_node(source, raw, depth + 1)?;
                let key_span = key_before(source, node.span.start, &key);
                table.insert(key.into_owned(), Entry { key: key_span, node });
            }
            Value::Table(table)
        }
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(text).map_err(failed)?;
            Value::List(items.into_iter().map(|raw| json_node(source, raw, depth + 1)).collect::<Result<_, _>>()?)
        }
        Some(b'"') => Value::Text(serde_json::from_str(text).map_err(failed)?),
        Some(b't') => Value::Bool(true),
        Some(b'f') => Value::Bool(false),
        Some(b'n') => Value::Null,
        _ => match text.parse::<i64>() {
            Ok(n) => Value::Whole(n),
            Err(_) => Value::Number(serde_json::from_str(text).map_err(failed)?),
        },
    };
    Ok(Node { span, value })
}

/// Span of the field name before the value that begins at `value`.
fn key_before(source: &str, value: usize, key: &str) -> Span {
    let before = source.get(..value).unwrap_or_default().trim_end().trim_end_matches(':').trim_end();
    let quoted = format!("\"{key}\"");
    if before.ends_with(&quoted) {
        Span::new(before.len() - quoted.len(), before.len())
    } else {
        Span::new(value, value)
    }
}

/// The place in the file of the byte at `offset` of a text. `written` is the text in the file, with its quotes and
/// escapes where it is `quoted`, from byte `start`; `decoded` is its value.
pub(super) fn place_in_file(written: &str, quoted: bool, start: usize, decoded: &str, offset: usize) -> usize {
    let mut at = if quoted { opening(written) } else { 0 };
    let escapes = quoted && written.starts_with('"');
    let mut rest = decoded;
    let target = decoded.len() - offset.min(decoded.len());
    while rest.len() > target {
        let Some(raw) = written[at..].chars().next() else { break };
        let wanted = rest.chars().next();
        if escapes && raw == '\\' {
            let (length, emits) = escape(&written[at..]);
            at += length;
            if !emits {
                continue;
            }
        } else {
            at += raw.len_utf8();
            if raw == '\r' && wanted == Some('\n') {
                continue;
            }
        }
        rest = wanted.map_or("", |c| &rest[c.len_utf8()..]);
    }
    start + at
}

/// Bytes before the text: quotes, and the line break that TOML drops after three of them.
fn opening(written: &str) -> usize {
    for quotes in ["'''", "\"\"\""] {
        if let Some(rest) = written.strip_prefix(quotes).filter(|_| written.len() >= 6) {
            let newline = if rest.starts_with("\r\n") { 2 } else { usize::from(rest.starts_with('\n')) };
            return 3 + newline;
        }
    }
    usize::from(written.starts_with(['\'', '"']))
}

/// Length of the escape at the start of `text`, and whether it stands for a character: at the end of a line it swallows
/// the white space that follows.
fn escape(text: &str) -> (usize, bool) {
    let rest = &text[1..];
    let length = match rest.chars().next() {
        Some('u') => {
            let high = rest.get(1..5).and_then(|hex| u32::from_str_radix(hex, 16).ok());
            if high.is_some_and(|c| (0xd800..0xdc00).contains(&c)) { 12 } else { 6 }
        }
        Some('U') => 10,
        Some('x') => 4,
        Some(c) if c.is_whitespace() => return (1 + rest.len() - rest.trim_start().len(), false),
        Some(c) => 1 + c.len_utf8(),
        None => 1,
    };
    let length = length.min(text.len());
    ((length..=text.len()).find(|&i| text.is_char_boundary(i)).unwrap_or(text.len()), true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(written: &str, decoded: &str, find: char) -> Option<char> {
        let at = place_in_file(written, true, 0, decoded, decoded.find(find).unwrap());
        written[at..].chars().next()
    }

    #[test]
    fn a_place_in_a_text_is_found_in_the_file_whatever_the_quotes_and_escapes() {
        assert_eq!(place("'''\na\\b?'''", "a\\b?", '?'), Some('?'));
        assert_eq!(place(r#""a\"\\b\u00e4?""#, "a\"\\bä?", '?'), Some('?'));
        assert_eq!(place("\"\"\"\na \\\n   b?\"\"\"", "a b?", '?'), Some('?'));
        assert_eq!(place(r#""\ud83d\ude00?""#, "😀?", '?'), Some('?'));
        assert_eq!(place("'a\\\\?'", "a\\\\?", '?'), Some('?'));
    }

    #[test]
    fn values_know_where_they_stand() {
        let source = "x = 1\n[rule]\nname = 'n'\n";
        let table = from_toml(source).unwrap();
        let Value::Table(rule) = &table["rule"].node.value else { panic!("a table") };
        assert_eq!(&source[rule["name"].node.span.start..rule["name"].node.span.end], "'n'");
        assert_eq!(&source[table["rule"].key.start..table["rule"].key.end], "rule");

        let source = "\n {\"a\": {\"b\": [1, \"x\"]}}";
        let node = from_json(source).unwrap();
        let Value::Table(a) = &node.value else { panic!("a table") };
        assert_eq!(&source[a["a"].key.start..a["a"].key.end], "\"a\"");
        let Value::Table(b) = &a["a"].node.value else { panic!("a table") };
        let Value::List(items) = &b["b"].node.value else { panic!("a list") };
        assert_eq!(&source[items[1].span.start..items[1].span.end], "\"x\"");
    }

    proptest::proptest! {
        #[test]
        fn places_stay_inside_the_file(written in "\\PC{0,20}", decoded in "\\PC{0,20}", offset in 0usize..30) {
            let at = place_in_file(&written, true, 0, &decoded, offset);
            proptest::prop_assert!(at <= written.len() && written.is_char_boundary(at));
        }
    }
}
