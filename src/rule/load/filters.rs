//! Filters beside a rule's query, which Kibana stores as Elasticsearch queries with metadata. They become KQL. Where
//! KQL cannot say exactly the same, the rule does not run.

use super::fields::Fields;
use super::node::{Node, Table, Value};
use crate::event;
use crate::query::{FieldType, RangeOp, Schema as _, kql};

/// A condition, or the reason why KQL cannot say it.
type Part = Result<kql::Node, String>;

/// The enabled filters of a rule, as KQL.
///
/// # Errors
/// Why one of them cannot be applied.
pub(super) fn read(rule: &Fields<'_>) -> Result<Vec<String>, String> {
    let Some(entry) = rule.get("filters") else { return Ok(Vec::new()) };
    let filters = all_of(&entry.node, filter);
    let filters = filters.map_err(|why| format!("a filter beside the query cannot be applied: {why}"))?;
    filters.into_iter().flatten().map(|filter| certain(&filter)).collect()
}

/// The text of a query every part of which can match.
pub(super) fn certain(node: &kql::Node) -> Result<String, String> {
    let text = node.to_string();
    let query = kql::compile(&text, event::schema()).map_err(|_| format!("`{text}` is no KQL"))?;
    match query.warnings().first() {
        Some(never) => Err(format!("`{text}` never matches: {}", never.help.as_ref().unwrap_or(&never.message))),
        None => Ok(text),
    }
}

/// Maps the items of a list, or the one value in its place.
fn all_of<T>(node: &Node, make: impl Fn(&Node) -> Result<T, String>) -> Result<Vec<T>, String> {
    match &node.value {
        Value::List(items) => items.iter().map(make).collect(),
        Value::Null => Ok(Vec::new()),
        _ => make(node).map(|one| vec![one]),
    }
}

fn table(node: &Node) -> Result<&Table, String> {
    match &node.value {
        Value::Table(table) => Ok(table),
        _ => Err(format!("it has {} where an object belongs", node.kind())),
    }
}

fn get<'t>(table: &'t Table, key: &str) -> Option<&'t Node> {
    table.get(key).map(|entry| &entry.node).filter(|node| node.value != Value::Null)
}

fn text_at<'t>(table: &'t Table, key: &str) -> Option<&'t str> {
    match get(table, key).map(|node| &node.value) {
        Some(Value::Text(text)) => Some(text),
        _ => None,
    }
}

fn is_true(table: &Table, key: &str) -> bool {
    get(table, key).is_some_and(|node| node.value == Value::Bool(true))
}

/// One of Kibana's filters; `None` when disabled.
fn filter(node: &Node) -> Result<Option<kql::Node>, String> {
    let filter = table(node)?;
    let none = Table::new();
    let meta = get(filter, "meta").map_or(Ok(&none), table)?;
    if is_true(meta, "disabled") {
        return Ok(None);
    }
    let made = match get(filter, "query") {
        _ if text_at(meta, "type") == Some("combined") => combined(meta)?,
        Some(query) => search(query)?,
        // Kibana's form before `query`.
        None => {
            let own: Table = filter
                .iter()
                .filter(|(key, _)| !matches!(key.as_str(), "meta" | "$state" | "query"))
                .map(|(key, entry)| (key.clone(), entry.clone()))
                .collect();
            search_in(&own)?
        }
    };
    Ok(Some(if is_true(meta, "negate") { made.negated() } else { made }))
}

/// Filters joined by `and` or `or`.
fn combined(meta: &Table) -> Part {
    let params = get(meta, "params").ok_or("a combined filter has no parts")?;
    let parts: Vec<kql::Node> = all_of(params, filter)?.into_iter().flatten().collect();
    let joined = match text_at(meta, "relation") {
        Some(word) if word.eq_ignore_ascii_case("or") => kql::Node::any(parts),
        Some(word) if word.eq_ignore_ascii_case("and") => kql::Node::all(parts),
        other => return Err(format!("a combined filter is joined by `{}`", other.unwrap_or_default())),
    };
    joined.ok_or_else(|| "a combined filter has no parts".to_owned())
}

fn search(node: &Node) -> Part {
    search_in(table(node)?)
}

/// An Elasticsearch query.
fn search_in(search: &Table) -> Part {
    let mut kinds = search.iter();
    let (Some((kind, entry)), None) = (kinds.next(), kinds.next()) else {
        return Err("it is no search of one kind".to_owned());
    };
    let body = table(&entry.node)?;
    match kind.as_str() {
        "match_all" => Ok(kql::Node::everything()),
        "match_none" => Ok(kql::Node::everything().negated()),
        "exists" => {
            only(body, &["field", "boost"])?;
            Ok(kql::Node::exists(text_at(body, "field").ok_or("`exists` names no field")?))
        }
        "match_phrase" => phrase(body, &["query", "boost", "slop", "zero_terms_query"]),
        "match" => matched(body),
        "term" => {
            let (field, value) = field_of(body)?;
            whole_values(field, kind)?;
            Ok(kql::Node::is(field, &scalar(inside(value, &["value"], &["boost", "case_insensitive"])?)?))
        }
        "terms" => {
            let (field, values) = field_of(body)?;
            whole_values(field, kind)?;
            let Value::List(_) = &values.value else { return Err("`terms` has no list of values".to_owned()) };
            let values = all_of(values, |value| Ok(kql::Node::is(field, &scalar(value)?)))?;
            Ok(kql::Node::any(values).unwrap_or_else(|| kql::Node::everything().negated()))
        }
        "wildcard" => {
            let (field, value) = field_of(body)?;
            whole_values(field, kind)?;
            let value = inside(value, &["value", "wildcard"], &["boost", "case_insensitive", "rewrite"])?;
            wildcard(field, &scalar(value)?)
        }
        "prefix" => {
            let (field, value) = field_of(body)?;
            whole_values(field, kind)?;
            let value = scalar(inside(value, &["value"], &["boost", "case_insensitive", "rewrite"])?)?;
            pattern(field, vec![value, String::new()])
        }
        "range" => range(body),
        "bool" => boolean(body),
        "query_string" => query_string(body),
        other => Err(format!("`{other}` has no counterpart here")),
    }
}

/// Refuses options that would change the meaning and are not looked at.
fn only(table: &Table, known: &[&str]) -> Result<(), String> {
    match table.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(format!("`{key}` has no counterpart here")),
        None if is_true(table, "case_insensitive") => Err("it does not tell upper from lower case".to_owned()),
        None => Ok(()),
    }
}

/// The one field of a query, and its body.
fn field_of(body: &Table) -> Result<(&str, &Node), String> {
    let mut fields = body.iter().filter(|(key, _)| *key != "boost");
    match (fields.next(), fields.next()) {
        (Some((field, entry)), None) => Ok((field, &entry.node)),
        _ => Err("it is not about one field".to_owned()),
    }
}

/// The value: bare, or in an object under one of `keys`, with `others` allowed beside it.
fn inside<'n>(node: &'n Node, keys: &[&str], others: &[&str]) -> Result<&'n Node, String> {
    let Value::Table(table) = &node.value else { return Ok(node) };
    only(table, &[keys, others].concat())?;
    keys.iter().find_map(|key| get(table, key)).ok_or_else(|| "it has no value".to_owned())
}

pub(super) fn scalar(node: &Node) -> Result<String, String> {
    match &node.value {
        Value::Text(text) => Ok(text.clone()),
        Value::Whole(n) => Ok(n.to_string()),
        Value::Number(n) => Ok(n.to_string()),
        Value::Bool(b) => Ok(b.to_string()),
        _ => Err(format!("it has {} where a value belongs", node.kind())),
    }
}

/// Refuses queries for whole values on analysed text, where Elasticsearch compares single words.
fn whole_values(field: &str, kind: &str) -> Result<(), String> {
    match event::schema().field_type(field) {
        FieldType::Text => Err(format!("`{kind}` looks at the words of `{field}` one by one")),
        _ => Ok(()),
    }
}

fn phrase(body: &Table, known: &[&str]) -> Part {
    let (field, value) = field_of(body)?;
    if let Value::Table(table) = &value.value
        && get(table, "slop").is_some_and(|slop| slop.value != Value::Whole(0))
    {
        return Err("`slop` lets words stand between those of the phrase".to_owned());
    }
    Ok(kql::Node::is(field, &scalar(inside(value, &["query"], known)?)?))
}

/// `match`: a phrase where its type says so; a value for fields of whole values.
fn matched(body: &Table) -> Part {
    let (field, value) = field_of(body)?;
    let is_phrase = matches!(&value.value, Value::Table(table) if text_at(table, "type") == Some("phrase"));
    if !is_phrase {
        whole_values(field, "match")?;
    }
    phrase(body, if is_phrase { &["query", "type", "boost"] } else { &["query", "boost", "operator"] })
}

/// An Elasticsearch wildcard: `*`, and a backslash before literal characters.
pub(super) fn wildcard(field: &str, text: &str) -> Part {
    let mut pieces = vec![String::new()];
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let literal = match c {
            '*' => {
                pieces.push(String::new());
                continue;
            }
            '?' => return Err("`?` for any one character has no counterpart here".to_owned()),
            '\\' => chars.next().unwrap_or('\\'),
            c => c,
        };
        if let Some(piece) = pieces.last_mut() {
            piece.push(literal);
        }
    }
    pattern(field, pieces)
}

fn pattern(field: &str, pieces: Vec<String>) -> Part {
    if let [text] = &pieces[..] {
        return Ok(kql::Node::is(field, text));
    }
    let (first, last) = (pieces.first().map_or("", String::as_str), pieces.last().map_or("", String::as_str));
    let is_space = |c: char| c.is_whitespace() || c == '\u{feff}';
    if first.starts_with(is_space) || last.ends_with(is_space) {
        return Err("a wildcard begins or ends with white space".to_owned());
    }
    Ok(kql::Node::wildcard(field, pieces))
}

fn range(body: &Table) -> Part {
    let (field, bounds) = field_of(body)?;
    let bounds = table(bounds)?;
    only(bounds, &["gt", "gte", "lt", "lte", "format", "time_zone", "boost"])?;
    let formats = ["strict_date_optional_time", "strict_date_optional_time||epoch_millis", "epoch_millis"];
    if text_at(bounds, "format").is_some_and(|format| !formats.contains(&format)) {
        return Err("a range writes its dates in a format of its own".to_owned());
    }
    if text_at(bounds, "time_zone").is_some_and(|zone| !["UTC", "Z", "+00:00"].contains(&zone)) {
        return Err("a range is in a time zone of its own".to_owned());
    }
    let sides = [("gt", RangeOp::Gt), ("gte", RangeOp::Gte), ("lt", RangeOp::Lt), ("lte", RangeOp::Lte)];
    let mut parts = Vec::new();
    for (key, op) in sides {
        if let Some(bound) = get(bounds, key) {
            parts.push(kql::Node::range(field, op, &scalar(bound)?));
        }
    }
    Ok(kql::Node::all(parts).unwrap_or_else(|| kql::Node::exists(field)))
}

fn boolean(body: &Table) -> Part {
    only(body, &["must", "filter", "should", "must_not", "minimum_should_match", "boost", "adjust_pure_negative"])?;
    let clauses = |key: &str| get(body, key).map_or(Ok(Vec::new()), |node| all_of(node, search));
    let mut parts = clauses("must")?;
    parts.extend(clauses("filter")?);
    let should = clauses("should")?;
    let least = match get(body, "minimum_should_match") {
        None => usize::from(parts.is_empty() && !should.is_empty()),
        Some(node) => scalar(node)?.parse().map_err(|_| "`minimum_should_match` is no number".to_owned())?,
    };
    parts.extend(clauses("must_not")?.into_iter().map(kql::Node::negated));
    parts.extend(match least {
        0 => None,
        1 => Some(kql::Node::any(should).unwrap_or_else(|| kql::Node::everything().negated())),
        all if all == should.len() => kql::Node::all(should),
        _ => return Err("`minimum_should_match` asks for some of several".to_owned()),
    });
    Ok(kql::Node::all(parts).unwrap_or_else(kql::Node::everything))
}

/// Lucene syntax, as far as it is `*` or one field with one plain value.
fn query_string(body: &Table) -> Part {
    only(body, &["query", "analyze_wildcard", "default_field", "fields", "time_zone", "boost"])?;
    let text = text_at(body, "query").unwrap_or_default().trim();
    if text == "*" || text == "*:*" {
        return Ok(kql::Node::everything());
    }
    let not_simple = || format!("`{text}` is in Lucene's language");
    let (field, value) = text.split_once(':').ok_or_else(not_simple)?;
    let is_plain = |text: &str, more: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "._".contains(c) || more.contains(c))
    };
    let quoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    match quoted {
        _ if !is_plain(field, "@") => Err(not_simple()),
        _ if value == "*" => Ok(kql::Node::exists(field)),
        Some(value) if !value.contains(['"', '\\']) => Ok(kql::Node::is(field, value)),
        None if is_plain(value, "") && !["AND", "OR", "NOT"].contains(&value) => Ok(kql::Node::is(field, value)),
        _ => Err(not_simple()),
    }
}

#[cfg(test)]
mod tests;
