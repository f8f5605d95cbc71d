//! A query, cut where its parts are answered in different places: by the alert itself, or by its event.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use memchr::memmem::Finder;

use super::super::alerts::AlertEntry;
use super::fields::{self, AlertDocument, Fields, is_local};
use crate::detect::AlertId;
use crate::query::kql::{self, Node, NodeKind, SyntaxError};
use crate::query::{self, FieldRef, Query, TermKind};

/// The answer to a question about the alerts' events, so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Answer {
    pub(super) known: HashMap<AlertId, bool>,
    /// All alerts have been looked at.
    pub(super) whole: bool,
}

/// A word in lower case.
pub(super) type Word = Box<Finder<'static>>;

/// A query, cut where its parts are answered in different places.
#[derive(Debug, Clone)]
pub(super) enum Condition {
    /// Asks about the alert alone. `word`: a word without which it cannot hold, which is looked for first.
    Here {
        query: Box<Query>,
        word: Option<Word>,
    },
    /// Asks about its event.
    Away {
        query: String,
        answer: Arc<Answer>,
    },
    And(Vec<Condition>),
    Or(Vec<Condition>),
    Not(Box<Condition>),
}

impl Condition {
    /// `None` while it is not known whether it holds.
    pub(super) fn holds(&self, entry: &AlertEntry) -> Option<bool> {
        match self {
            Self::Here { query, word } => {
                Some(word.as_ref().is_none_or(|word| entry.may_say(word)) && query.matches(&AlertDocument(entry)))
            }
            Self::Away { answer, .. } => answer.known.get(&entry.row.id).copied(),
            Self::And(parts) => all(parts.iter().map(|p| p.holds(entry)), false),
            Self::Or(parts) => all(parts.iter().map(|p| p.holds(entry)), true),
            Self::Not(part) => part.holds(entry).map(|b| !b),
        }
    }

    pub(super) fn each_away(&self, visit: &mut dyn FnMut(&str, &Arc<Answer>)) {
        match self {
            Self::Here { .. } => {}
            Self::Away { query, answer } => visit(query, answer),
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|p| p.each_away(visit)),
            Self::Not(part) => part.each_away(visit),
        }
    }

    /// Lets `learn` change what is known of the question `asked`. Returns whether that is asked here.
    pub(super) fn learn(&mut self, asked: &str, learn: &mut dyn FnMut(&mut Arc<Answer>)) -> bool {
        match self {
            Self::Away { query, answer } if query == asked => {
                learn(answer);
                true
            }
            Self::Here { .. } | Self::Away { .. } => false,
            Self::And(parts) | Self::Or(parts) => {
                parts.iter_mut().filter_map(|p| p.learn(asked, learn).then_some(())).count() > 0
            }
            Self::Not(part) => part.learn(asked, learn),
        }
    }
}

/// `and` (or, where `decides` is true, `or`) of answers that may be unknown.
fn all(answers: impl Iterator<Item = Option<bool>>, decides: bool) -> Option<bool> {
    let mut known = true;
    for answer in answers {
        match answer {
            Some(b) if b == decides => return Some(decides),
            Some(_) => {}
            None => known = false,
        }
    }
    known.then_some(!decides)
}

pub(super) fn finder(word: &str) -> Word {
    Box::new(Finder::new(&word.to_lowercase()).into_owned())
}

/// A word without which `node` cannot hold, if that is plain to see.
fn needed_word(node: &Node, now: DateTime<Utc>) -> Option<Word> {
    let NodeKind::Is { field, value } = &node.kind else { return None };
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let word = match (&field.kind, &value.kind) {
        // In any field it can only be found as a word if it is no number, date or truth value: those are equal to values
        // that are written otherwise.
        (TermKind::Null, TermKind::Text { text, .. }) => {
            let other =
                text.parse::<f64>().is_ok() || text.parse::<bool>().is_ok() || query::instants(text, now).is_ok();
            (!other && text.starts_with(|c: char| c.is_ascii_alphabetic())).then_some(text)
        }
        (TermKind::Text { text: field, .. }, TermKind::Text { text, .. }) => fields::is_said(field).then_some(text),
        (TermKind::Text { text: field, .. }, TermKind::Wildcard(pieces)) if fields::is_said(field) => {
            pieces.iter().all(|piece| plain(piece)).then(|| pieces.iter().max_by_key(|piece| piece.len()))?
        }
        _ => None,
    };
    word.filter(|word| plain(word)).map(|word| finder(word))
}

pub(super) fn cut(node: &Node, now: DateTime<Utc>) -> Result<Condition, SyntaxError> {
    let text = node.to_string();
    let query = kql::compile_at(&text, &Fields, now)?;
    let here = |field: &FieldRef| match field {
        FieldRef::Name(name) => is_local(name),
        FieldRef::Pattern(_) => false,
        FieldRef::Every => true,
    };
    let local = query.fields().iter().filter(|f| here(f)).count();
    if local == query.fields().len() {
        return Ok(Condition::Here { query: Box::new(query), word: needed_word(node, now) });
    }
    let parts = |nodes: &[Node]| nodes.iter().map(|n| cut(n, now)).collect::<Result<Vec<_>, _>>();
    match &node.kind {
        NodeKind::And(nodes) if local > 0 => Ok(Condition::And(parts(nodes)?)),
        NodeKind::Or(nodes) if local > 0 => Ok(Condition::Or(parts(nodes)?)),
        NodeKind::Not(node) if local > 0 => Ok(Condition::Not(Box::new(cut(node, now)?))),
        _ => Ok(Condition::Away { query: text, answer: Arc::default() }),
    }
}
