//! Which alerts the table shows: plain words, found anywhere in a row, or a KQL query.
//!
//! What a query asks about the alert itself is answered here and at once; the parts that ask about other fields of its
//! event go to the world as [`Cmd::Match`], one each, and count when their answer is there.

mod fields;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use memchr::memmem::Finder;

use self::fields::{Fields, Row, is_local};
use super::alerts::Entry;
use super::dialog::Overlay;
use super::{App, Cmd};
use crate::detect::AlertId;
use crate::kql::{self, FieldRef, Node, NodeKind, Query, SyntaxError, TermKind};

type Ids = Arc<HashSet<AlertId>>;
/// In lower case.
type Word = Box<Finder<'static>>;

/// A filter as it was typed, and what it means.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    text: String,
    kind: Kind,
    problem: Option<Problem>,
    warning: Option<String>,
}

#[derive(Debug, Clone, Default)]
enum Kind {
    #[default]
    Everything,
    Words(Vec<Word>),
    Query(Part),
}

/// A query, cut where its parts are answered in different places.
#[derive(Debug, Clone)]
enum Part {
    /// Asks about the alert alone. `word`: a word without which it cannot hold, which is looked for first.
    Here {
        query: Box<Query>,
        word: Option<Word>,
    },
    /// Asks about its event; `None` until the answer is there.
    Away {
        query: String,
        found: Option<Ids>,
    },
    And(Vec<Part>),
    Or(Vec<Part>),
    Not(Box<Part>),
}

/// What is wrong with a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Column of the place, from 0.
    pub column: usize,
    /// What is wrong, and what to do about it.
    pub message: String,
}

impl Filter {
    /// Reads a filter. While it is in error, `before` goes on filtering.
    #[must_use]
    pub fn parse(text: &str, before: &Self, now: DateTime<Utc>) -> Self {
        let text = text.to_owned();
        if !text.contains([':', '<', '>', '"', '(']) {
            let words: Vec<_> = text.split_whitespace().map(finder).collect();
            let kind = if words.is_empty() { Kind::Everything } else { Kind::Words(words) };
            return Self { text, kind, ..Self::default() };
        }
        match read(&text, now, before) {
            Ok((part, warning)) => Self { text, kind: Kind::Query(part), problem: None, warning },
            Err(error) => {
                let problem = Some(Problem::of(&text, &error));
                Self { text, kind: before.kind.clone(), problem, warning: None }
            }
        }
    }

    /// What was typed.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it can hide anything.
    #[must_use]
    pub fn is_set(&self) -> bool {
        !matches!(self.kind, Kind::Everything)
    }

    /// What is wrong with it.
    #[must_use]
    pub fn error(&self) -> Option<&Problem> {
        self.problem.as_ref()
    }

    /// Whether an answer about the alerts' events is still to come.
    #[must_use]
    pub fn waiting(&self) -> bool {
        let mut waiting = false;
        self.each_away(&mut |_, found| waiting |= found.is_none());
        waiting
    }

    /// What to know while typing it: a part that can never match, or what can be typed.
    #[must_use]
    pub fn hint(&self) -> &str {
        self.warning.as_deref().unwrap_or("plain words, or KQL: status:open and actor:jsmith · Tab completes names")
    }

    /// Asks the world for what is not known yet.
    pub(super) fn ask(&self, cmds: &mut Vec<Cmd>) {
        self.each_away(&mut |query, found| {
            if found.is_none() {
                cmds.push(Cmd::Match(query.to_owned()));
            }
        });
    }

    /// Asks the world for everything again: there are new alerts. The old answers count until the new ones are there.
    pub(super) fn ask_again(&self, cmds: &mut Vec<Cmd>) {
        self.each_away(&mut |query, _| cmds.push(Cmd::Match(query.to_owned())));
    }

    /// Takes an answer. Returns whether it was one to this filter.
    pub(super) fn matched(&mut self, query: &str, ids: HashSet<AlertId>) -> bool {
        let Kind::Query(part) = &mut self.kind else { return false };
        part.answer(query, &Arc::new(ids))
    }

    /// Whether it shows this alert.
    #[must_use]
    pub fn matches(&self, entry: &Entry) -> bool {
        match &self.kind {
            Kind::Everything => true,
            Kind::Words(words) => words.iter().all(|w| entry.has_word(w)),
            Kind::Query(part) => part.holds(entry) == Some(true),
        }
    }

    /// Whether it surely lets nothing through that `before` does not.
    #[must_use]
    pub fn narrows(&self, before: &Self) -> bool {
        match (&self.kind, &before.kind) {
            (_, Kind::Everything) => true,
            (Kind::Words(words), Kind::Words(before)) => {
                before.iter().all(|word| words.iter().any(|longer| word.find(longer.needle()).is_some()))
            }
            _ => false,
        }
    }

    fn each_away(&self, visit: &mut dyn FnMut(&str, Option<&Ids>)) {
        if let Kind::Query(part) = &self.kind {
            part.each_away(visit);
        }
    }
}

impl Problem {
    pub(super) fn of(text: &str, error: &SyntaxError) -> Self {
        let diagnostic = error.to_diagnostic();
        let column = crate::text::width(text.get(..error.offset).unwrap_or(text));
        let advice = diagnostic.help.unwrap_or_default();
        Self { column, message: format!("{} · {advice}", diagnostic.message) }
    }
}

impl Part {
    /// Whether it holds for this alert; `None` while that is not known.
    fn holds(&self, entry: &Entry) -> Option<bool> {
        match self {
            Self::Here { query, word } => {
                Some(word.as_ref().is_none_or(|word| entry.may_say(word)) && query.matches(&Row(entry)))
            }
            Self::Away { found, .. } => found.as_ref().map(|ids| ids.contains(&entry.listed.id)),
            Self::And(parts) => all(parts.iter().map(|p| p.holds(entry)), false),
            Self::Or(parts) => all(parts.iter().map(|p| p.holds(entry)), true),
            Self::Not(part) => part.holds(entry).map(|b| !b),
        }
    }

    fn each_away(&self, visit: &mut dyn FnMut(&str, Option<&Ids>)) {
        match self {
            Self::Here { .. } => {}
            Self::Away { query, found } => visit(query, found.as_ref()),
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|p| p.each_away(visit)),
            Self::Not(part) => part.each_away(visit),
        }
    }

    fn answer(&mut self, asked: &str, ids: &Ids) -> bool {
        match self {
            Self::Away { query, found } if query == asked => {
                *found = Some(Arc::clone(ids));
                true
            }
            Self::Here { .. } | Self::Away { .. } => false,
            Self::And(parts) | Self::Or(parts) => {
                parts.iter_mut().filter_map(|p| p.answer(asked, ids).then_some(())).count() > 0
            }
            Self::Not(part) => part.answer(asked, ids),
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

fn read(text: &str, now: DateTime<Utc>, before: &Filter) -> Result<(Part, Option<String>), SyntaxError> {
    let query = Query::compile_at(text, &Fields, now)?;
    let warning = query.warnings().first().map(|w| w.message.clone());
    let part = cut(query.node(), now)?;
    let mut filter = Filter { kind: Kind::Query(part), ..Filter::default() };
    // What was asked a key press ago need not be asked again.
    before.each_away(&mut |query, found| {
        if let (Some(ids), Kind::Query(part)) = (found, &mut filter.kind) {
            part.answer(query, ids);
        }
    });
    match filter.kind {
        Kind::Query(part) => Ok((part, warning)),
        Kind::Everything | Kind::Words(_) => Ok((Part::And(Vec::new()), warning)),
    }
}

fn finder(word: &str) -> Word {
    Box::new(Finder::new(&word.to_lowercase()).into_owned())
}

/// The word that `node` asks for in any field, where it can only be found as one: a number, a date or a truth value is
/// equal to values that are written otherwise.
fn bare_word(node: &Node, now: DateTime<Utc>) -> Option<Word> {
    let NodeKind::Is { field, value } = &node.kind else { return None };
    let (TermKind::Null, TermKind::Text { text, .. }) = (&field.kind, &value.kind) else { return None };
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.bytes().all(|b| b.is_ascii_alphanumeric());
    let other = text.parse::<f64>().is_ok() || text.parse::<bool>().is_ok() || kql::instants(text, now).is_ok();
    (plain && !other).then(|| finder(text))
}

fn cut(node: &Node, now: DateTime<Utc>) -> Result<Part, SyntaxError> {
    let text = node.to_string();
    let query = Query::compile_at(&text, &Fields, now)?;
    let here = |field: &FieldRef| match field {
        FieldRef::Name(name) => is_local(name),
        FieldRef::Pattern(_) => false,
        FieldRef::Every => true,
    };
    let local = query.fields().iter().filter(|f| here(f)).count();
    if local == query.fields().len() {
        return Ok(Part::Here { query: Box::new(query), word: bare_word(node, now) });
    }
    let parts = |nodes: &[Node]| nodes.iter().map(|n| cut(n, now)).collect::<Result<Vec<_>, _>>();
    match &node.kind {
        NodeKind::And(nodes) if local > 0 => Ok(Part::And(parts(nodes)?)),
        NodeKind::Or(nodes) if local > 0 => Ok(Part::Or(parts(nodes)?)),
        NodeKind::Not(node) if local > 0 => Ok(Part::Not(Box::new(cut(node, now)?))),
        _ => Ok(Part::Away { query: text, found: None }),
    }
}

impl App {
    /// Completes the field's name before the cursor as far as it is certain, and names the choices where there are
    /// several.
    pub(super) fn complete(&mut self, cmds: &mut Vec<Cmd>) {
        let bare = matches!(self.overlay, Some(Overlay::Field(_)));
        let (editor, names): (_, Vec<&str>) = match &mut self.overlay {
            Some(Overlay::Filter { editor, .. }) => (editor, fields::names().collect()),
            Some(Overlay::Question { editor, .. } | Overlay::Field(editor)) => (editor, super::explore::KNOWN.to_vec()),
            _ => return,
        };
        let typed = editor.before().rsplit([' ', '(', '{']).next().unwrap_or_default().to_owned();
        let names: Vec<&str> = names.into_iter().filter(|n| n.starts_with(typed.as_str())).collect();
        match names.as_slice() {
            [] => self.say(format!("no field that is known begins with {typed}")),
            [name] => {
                let colon = if bare || name.ends_with('.') { "" } else { ":" };
                let rest = format!("{}{colon}", &name[typed.len()..]);
                editor.insert(&rest);
            }
            [first, ..] => {
                let same = |length: &usize| names.iter().all(|n| n.get(..*length) == first.get(..*length));
                let common = (typed.len()..=first.len()).rev().find(same).unwrap_or(typed.len());
                editor.insert(&first[typed.len()..common]);
                self.say(names.join("  "));
            }
        }
        self.typed(cmds);
    }
}
