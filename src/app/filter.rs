//! Which alerts the table shows: plain words, found anywhere in a row, or a KQL query.

use std::collections::HashSet;

use super::alerts::Entry;
use super::{App, Cmd};
use crate::detect::AlertId;

/// A filter as it was typed, and what it means.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    text: String,
    kind: Kind,
}

#[derive(Debug, Clone, Default)]
enum Kind {
    #[default]
    Everything,
    Words(Vec<String>),
}

/// What is wrong with a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Column of the place, from 0.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

impl Filter {
    /// Reads a filter. One that cannot be read shows everything, and has an [error](Self::error).
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
        let kind = if words.is_empty() { Kind::Everything } else { Kind::Words(words) };
        Self { text: text.to_owned(), kind }
    }

    /// What was typed.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it hides anything.
    #[must_use]
    pub fn is_set(&self) -> bool {
        !matches!(self.kind, Kind::Everything)
    }

    /// What is wrong with it.
    #[must_use]
    pub fn error(&self) -> Option<&Problem> {
        None
    }

    /// Whether an answer about the alerts' whole events is still to come.
    #[must_use]
    pub fn waiting(&self) -> bool {
        false
    }

    /// What can be typed, while there is no error.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        "plain words, or KQL like status:open and actor:jsmith* · Tab completes names"
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(super) fn ask(&mut self, _cmds: &mut Vec<Cmd>) {}

    pub(super) fn ask_again(&mut self, _cmds: &mut Vec<Cmd>) {}

    pub(super) fn matched(&mut self, _query: &str, _ids: HashSet<AlertId>) -> bool {
        false
    }

    /// Whether it shows this alert.
    #[must_use]
    pub fn matches(&self, entry: &Entry) -> bool {
        match &self.kind {
            Kind::Everything => true,
            Kind::Words(words) => words.iter().all(|w| has_word(entry, w)),
        }
    }
}

fn has_word(entry: &Entry, word: &str) -> bool {
    let l = &entry.listed;
    let s = &l.summary;
    let texts = [&s.actor, &s.source, &s.target, &s.destination, &s.account, &s.region, &s.action];
    let texts = texts.into_iter().flatten().map(String::as_str);
    let others = [l.rule_name.as_str(), &l.reason, &l.event_id, l.severity.as_str(), entry.case().status.as_str()];
    texts.chain(others).any(|t| contains_lower(t, word))
}

/// Whether `text` holds `word`, which is in lower case, in any letter case.
fn contains_lower(text: &str, word: &str) -> bool {
    if text.is_ascii() && word.is_ascii() {
        let (text, word) = (text.as_bytes(), word.as_bytes());
        return text.windows(word.len().max(1)).any(|w| w.eq_ignore_ascii_case(word));
    }
    text.to_lowercase().contains(word)
}

impl App {
    pub(super) fn complete(&mut self, _cmds: &mut Vec<Cmd>) {}
}
