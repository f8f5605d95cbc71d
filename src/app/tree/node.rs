//! The flattened document.

use std::borrow::Cow;

use memchr::memmem::Finder;
use serde_json::Value;

use super::{Fold, Kind};
use crate::text::visible;

#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) parent: Option<usize>,
    pub(super) depth: usize,
    /// One past the last descendant.
    pub(super) end: usize,
    pub(super) label: Label,
    pub(super) kind: Kind,
    /// The raw text of a scalar; empty for objects and arrays.
    pub(super) text: Box<str>,
    pub(super) members: usize,
    pub(super) open: bool,
}

#[derive(Debug, Clone)]
pub(super) enum Label {
    Root,
    Key(Box<str>),
    Index(usize),
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Match {
    pub(super) node: usize,
    pub(super) key: bool,
    pub(super) value: bool,
}

impl Node {
    pub(super) fn is_scalar(&self) -> bool {
        !matches!(self.kind, Kind::Object | Kind::Array)
    }

    pub(super) fn fold(&self) -> Fold {
        match (self.members, self.open) {
            (0, _) => Fold::Leaf,
            (_, true) => Fold::Open,
            (_, false) => Fold::Closed,
        }
    }

    pub(super) fn shown_key(&self) -> Cow<'_, str> {
        match &self.label {
            Label::Root => Cow::Borrowed(""),
            Label::Key(key) => visible(key),
            Label::Index(i) => Cow::Owned(format!("[{i}]")),
        }
    }

    pub(super) fn shown_value(&self) -> Cow<'_, str> {
        match self.kind {
            Kind::Object if self.members == 0 => Cow::Borrowed("{}"),
            Kind::Array if self.members == 0 => Cow::Borrowed("[]"),
            Kind::Object => Cow::Owned(format!("{{{}}}", self.members)),
            Kind::Array => Cow::Owned(format!("[{}]", self.members)),
            Kind::Text => Cow::Owned(format!("\"{}\"", visible(&self.text))),
            Kind::Number | Kind::Bool | Kind::Null => Cow::Borrowed(&self.text),
        }
    }
}

pub(super) fn flatten(label: Label, value: &Value, parent: Option<usize>, depth: usize, nodes: &mut Vec<Node>) {
    let (kind, text, members) = match value {
        Value::Null => (Kind::Null, "null".into(), 0),
        Value::Bool(b) => (Kind::Bool, b.to_string().into(), 0),
        Value::Number(n) => (Kind::Number, n.to_string().into(), 0),
        Value::String(s) => (Kind::Text, s.as_str().into(), 0),
        Value::Array(list) => (Kind::Array, Box::default(), list.len()),
        Value::Object(map) => (Kind::Object, Box::default(), map.len()),
    };
    let at = nodes.len();
    nodes.push(Node { parent, depth, end: at + 1, label, kind, text, members, open: false });
    flatten_members(value, Some(at), depth + 1, nodes);
    nodes[at].end = nodes.len();
}

pub(super) fn flatten_members(value: &Value, parent: Option<usize>, depth: usize, nodes: &mut Vec<Node>) {
    match value {
        Value::Array(list) => {
            for (i, member) in list.iter().enumerate() {
                flatten(Label::Index(i), member, parent, depth, nodes);
            }
        }
        Value::Object(map) => {
            for (key, member) in map {
                flatten(Label::Key(key.as_str().into()), member, parent, depth, nodes);
            }
        }
        _ => {}
    }
}

pub(super) fn find(nodes: &[Node], needle: &str) -> Vec<Match> {
    if needle.is_empty() {
        return Vec::new();
    }
    let needle = needle.to_lowercase();
    let finder = Finder::new(&needle);
    let mut lower = String::new();
    let mut holds = |text: &str| {
        let text = visible(text);
        if text.is_ascii() {
            lower.clear();
            lower.push_str(&text);
            lower.make_ascii_lowercase();
        } else {
            lower = text.to_lowercase();
        }
        finder.find(lower.as_bytes()).is_some()
    };
    nodes
        .iter()
        .enumerate()
        .filter_map(|(node, n)| {
            let key = matches!(&n.label, Label::Key(key) if holds(key));
            let value = n.is_scalar() && holds(&n.text);
            (key || value).then_some(Match { node, key, value })
        })
        .collect()
}

pub(super) fn json_string(text: &str) -> String {
    Value::from(text).to_string()
}
