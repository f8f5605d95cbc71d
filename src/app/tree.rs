//! A JSON document as lines that fold, search and answer what lies under the cursor: the Event tab.
//!
//! The document is flattened once, in document order, into one array of nodes in which every node knows where its
//! descendants end; folding and unfolding then only splice the list of visible lines. The document's own object or
//! array is not a line: its members are the outermost lines. Keys and values are kept raw, so that copying and
//! pivoting give what the log holds; they are made visible ([`crate::text::visible`]) only for lines that are shown
//! and for matching, so that a search finds what the analyst sees.

use std::borrow::Cow;

use serde_json::Value;

#[cfg(test)]
mod tests;

mod node;
mod value;

use super::Action;
use node::{Label, Match, Node, find, flatten, flatten_members};

/// A document of at most this many lines starts unfolded.
const UNFOLDED_AT_START: usize = 200;

/// The type of a value, for its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Number,
    /// `true` or `false`.
    Bool,
    /// `null`.
    Null,
    Object,
    Array,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fold {
    /// Nothing to fold: a scalar, or an empty object or array.
    Leaf,
    /// Its members are shown.
    Open,
    /// Its members are hidden.
    Closed,
}

/// One visible line. Texts hold no control character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line<'a> {
    /// Number of objects and arrays around it, without the document itself.
    pub depth: usize,
    /// Its key; an array's member has `[0]`, `[1]` …; empty when the document is a bare scalar.
    pub key: Cow<'a, str>,
    /// Its value as it is shown: strings in quotes, `{3}` and `[3]` for an object and an array of three.
    pub value: Cow<'a, str>,
    pub kind: Kind,
    pub fold: Fold,
    pub key_matched: bool,
    pub value_matched: bool,
    pub selected: bool,
}

/// The tree: a document, what is folded, the cursor, the search.
#[derive(Debug, Clone)]
pub struct Tree {
    nodes: Vec<Node>,
    /// Indices into `nodes` of the lines that are not hidden, in order.
    shown: Vec<usize>,
    /// Index into `shown`.
    cursor: usize,
    needle: String,
    matches: Vec<Match>,
}

impl Tree {
    /// Flattens `document`. Small documents start unfolded, large ones with only their outermost lines.
    #[must_use]
    pub fn new(document: &Value) -> Tree {
        let mut nodes = Vec::new();
        match document {
            Value::Object(map) if !map.is_empty() => flatten_members(document, None, 0, &mut nodes),
            Value::Array(list) if !list.is_empty() => flatten_members(document, None, 0, &mut nodes),
            bare => flatten(Label::Root, bare, None, 0, &mut nodes),
        }
        let unfold = nodes.len() <= UNFOLDED_AT_START;
        let mut tree = Tree { nodes, shown: Vec::new(), cursor: 0, needle: String::new(), matches: Vec::new() };
        tree.fold_all(unfold);
        tree
    }

    /// Number of lines that are not hidden; at least one.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shown.len()
    }

    /// Never true: even `{}` is a line.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    /// The cursor's line among the [`len`](Self::len) lines, from 0.
    #[must_use]
    pub fn position(&self) -> usize {
        self.cursor
    }

    /// Moves the cursor by `lines`, down when positive, stopping at the ends.
    pub fn move_by(&mut self, lines: isize) {
        self.cursor = self.cursor.saturating_add_signed(lines).min(self.shown.len().saturating_sub(1));
    }

    /// Moves the cursor to the first line.
    pub fn top(&mut self) {
        self.cursor = 0;
    }

    /// Moves the cursor to the last line.
    pub fn bottom(&mut self) {
        self.cursor = self.shown.len().saturating_sub(1);
    }

    /// Moves the cursor as a key says, on a screen of `height` rows.
    pub(super) fn go(&mut self, action: Action, height: usize) {
        let page = height.max(4).cast_signed() - 2;
        match action {
            Action::Down => self.move_by(1),
            Action::Up => self.move_by(-1),
            Action::PageDown => self.move_by(page),
            Action::PageUp => self.move_by(-page),
            Action::First => self.top(),
            _ => self.bottom(),
        }
    }

    /// Opens or closes the line under the cursor.
    pub fn toggle(&mut self) {
        if let Some(node) = self.current() {
            if self.nodes[node].open { self.close_at_cursor() } else { self.open_at_cursor() }
        }
    }

    /// Opens the line under the cursor; when it is open already, moves to its first member.
    pub fn expand(&mut self) {
        match self.current().map(|node| self.nodes[node].fold()) {
            Some(Fold::Closed) => self.open_at_cursor(),
            Some(Fold::Open) => self.move_by(1),
            Some(Fold::Leaf) | None => {}
        }
    }

    /// Closes the line under the cursor; when there is nothing to close, moves to the line it is inside of.
    pub fn collapse(&mut self) {
        let Some(node) = self.current() else { return };
        if self.nodes[node].fold() == Fold::Open {
            self.close_at_cursor();
        } else if let Some(parent) = self.nodes[node].parent {
            self.move_to(parent);
        }
    }

    /// Opens every line; the cursor stays on its line.
    pub fn expand_all(&mut self) {
        self.fold_all(true);
    }

    /// Closes every line; the cursor goes to the outermost line it was inside of.
    pub fn collapse_all(&mut self) {
        self.fold_all(false);
    }

    /// Finds `needle` in keys and values, upper and lower case alike, and goes to the first match at or after the
    /// cursor, from the top when there is none, unfolding to it. Nothing found, or an empty needle: the cursor stays.
    pub fn search(&mut self, needle: &str) {
        self.needle = needle.to_owned();
        self.matches = find(&self.nodes, needle);
        let here = self.current().unwrap_or(0);
        if let Some(found) = self.matches.iter().find(|m| m.node >= here).or(self.matches.first()) {
            self.move_to(found.node);
        }
    }

    /// The text that is searched for; empty when none is.
    #[must_use]
    pub fn needle(&self) -> &str {
        &self.needle
    }

    /// Goes to the next match, from the last to the first.
    pub fn next_match(&mut self) {
        let here = self.current().unwrap_or(0);
        if let Some(found) = self.matches.iter().find(|m| m.node > here).or(self.matches.first()) {
            self.move_to(found.node);
        }
    }

    /// Goes to the previous match, from the first to the last.
    pub fn previous_match(&mut self) {
        let here = self.current().unwrap_or(0);
        if let Some(found) = self.matches.iter().rev().find(|m| m.node < here).or(self.matches.last()) {
            self.move_to(found.node);
        }
    }

    /// The search in words, `3 of 12`, `12 matches` while the cursor is on none of them, `no match`; `None` when
    /// nothing is searched for.
    #[must_use]
    pub fn search_summary(&self) -> Option<String> {
        if self.needle.is_empty() {
            return None;
        }
        let here = self.current();
        Some(match (self.matches.iter().position(|m| Some(m.node) == here), self.matches.len()) {
            (_, 0) => "no match".to_owned(),
            (Some(at), total) => format!("{} of {total}", at + 1),
            (None, 1) => "1 match".to_owned(),
            (None, total) => format!("{total} matches"),
        })
    }

    #[must_use]
    pub fn kind(&self) -> Kind {
        self.current().map_or(Kind::Null, |node| self.nodes[node].kind)
    }

    /// The lines of a window of `height` rows, the cursor in its middle unless the document begins or ends there.
    #[must_use]
    pub fn lines(&self, height: usize) -> Vec<Line<'_>> {
        let first = self.cursor.saturating_sub(height / 2).min(self.shown.len().saturating_sub(height));
        self.shown
            .iter()
            .enumerate()
            .skip(first)
            .take(height)
            .map(|(at, &index)| {
                let node = &self.nodes[index];
                let found = self.matches.binary_search_by_key(&index, |m| m.node).ok().map(|i| self.matches[i]);
                Line {
                    depth: node.depth,
                    key: node.shown_key(),
                    value: node.shown_value(),
                    kind: node.kind,
                    fold: node.fold(),
                    key_matched: found.is_some_and(|m| m.key),
                    value_matched: found.is_some_and(|m| m.value),
                    selected: at == self.cursor,
                }
            })
            .collect()
    }

    fn current(&self) -> Option<usize> {
        self.shown.get(self.cursor).copied()
    }

    fn open_at_cursor(&mut self) {
        let Some(node) = self.current() else { return };
        if self.nodes[node].fold() != Fold::Closed {
            return;
        }
        self.nodes[node].open = true;
        let inside = self.unhidden(node + 1, self.nodes[node].end);
        self.shown.splice(self.cursor + 1..self.cursor + 1, inside);
    }

    fn close_at_cursor(&mut self) {
        let Some(node) = self.current() else { return };
        self.nodes[node].open = false;
        let end = self.nodes[node].end;
        let after = self.shown.partition_point(|&n| n < end);
        self.shown.drain(self.cursor + 1..after);
    }

    fn fold_all(&mut self, open: bool) {
        let mut node = self.current().unwrap_or(0);
        for n in &mut self.nodes {
            n.open = open && n.members > 0;
        }
        if !open {
            while let Some(parent) = self.nodes[node].parent {
                node = parent;
            }
        }
        self.shown = self.unhidden(0, self.nodes.len());
        self.cursor = self.shown.partition_point(|&n| n < node);
    }

    /// Puts the cursor on `node`, opening all that it is inside of.
    fn move_to(&mut self, node: usize) {
        let mut hidden = false;
        let mut inside_of = self.nodes[node].parent;
        while let Some(parent) = inside_of {
            hidden |= !self.nodes[parent].open;
            self.nodes[parent].open = true;
            inside_of = self.nodes[parent].parent;
        }
        if hidden {
            self.shown = self.unhidden(0, self.nodes.len());
        }
        self.cursor = self.shown.partition_point(|&n| n < node);
    }

    /// The nodes of `from..to` that no closed node hides, the ones above `from` being open.
    fn unhidden(&self, from: usize, to: usize) -> Vec<usize> {
        let mut out = Vec::new();
        let mut at = from;
        while at < to {
            out.push(at);
            at = if self.nodes[at].open { at + 1 } else { self.nodes[at].end };
        }
        out
    }
}
