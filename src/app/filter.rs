//! The filter of the table: plain words, found anywhere in a row, or a KQL query.
//!
//! Questions about the alert itself are answered here and at once. Those about other fields of its event go to the engine
//! as [`Request::Match`](crate::engine::Request::Match); the answers so far count, and an alert that nothing is known of
//! is not shown.

mod condition;
mod fields;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use self::condition::{Answer, Condition, Word, cut, finder};
use self::fields::Fields;
use super::alerts::AlertEntry;
use crate::detect::AlertId;
use crate::event::{self, UnknownField};
use crate::query::eql;
use crate::query::kql::{self, Node, SyntaxError};

/// A filter as it was typed, and what it means.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    text: String,
    kind: Kind,
    problem: Option<QueryProblem>,
    doubt: Option<QueryProblem>,
    warning: Option<String>,
}

#[derive(Debug, Clone, Default)]
enum Kind {
    #[default]
    Everything,
    Words(Vec<Word>),
    Query(Condition),
}

/// An error in a query that is being typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryProblem {
    /// Column of the place, from 0.
    pub column: usize,
    /// The error, and how to mend it.
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
            Ok(Read { part, warning, doubt }) => Self { text, kind: Kind::Query(part), problem: None, doubt, warning },
            Err(error) => {
                let problem = Some(QueryProblem::of(&text, &error));
                Self { text, kind: before.kind.clone(), problem, ..Self::default() }
            }
        }
    }

    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// It can hide something.
    #[must_use]
    pub fn is_set(&self) -> bool {
        !matches!(self.kind, Kind::Everything)
    }

    #[must_use]
    pub fn error(&self) -> Option<&QueryProblem> {
        self.problem.as_ref()
    }

    /// A field that it asks for and nobody has: neither ECS nor the integration, nor, as far as its answers tell, an event.
    #[must_use]
    pub fn doubt(&self) -> Option<&QueryProblem> {
        let mut found = false;
        self.each_away(&mut |_, answer| found |= answer.known.values().any(|holds| *holds));
        self.doubt.as_ref().filter(|_| !found)
    }

    /// An answer about the alerts' events is still to come.
    #[must_use]
    pub fn waiting(&self) -> bool {
        let mut waiting = false;
        self.each_away(&mut |_, answer| waiting |= !answer.whole);
        waiting
    }

    /// A warning about a part that can never match, or a hint on how to type a filter.
    #[must_use]
    pub fn hint(&self) -> &str {
        self.warning.as_deref().unwrap_or("plain words, or KQL: status:open and actor:jsmith · Tab completes names")
    }

    /// Its questions about the alerts' events; with `unknown`, only those not answered wholly.
    pub(super) fn questions(&self, unknown: bool) -> Vec<String> {
        let mut questions: Vec<String> = Vec::new();
        self.each_away(&mut |query, answer| {
            if !(questions.iter().any(|known| known == query) || unknown && answer.whole) {
                questions.push(query.to_owned());
            }
        });
        questions
    }

    /// Takes a part of an answer. Returns whether it was one to this filter.
    pub(super) fn matched(&mut self, query: &str, found: &[(AlertId, bool)], whole: bool) -> bool {
        let Kind::Query(part) = &mut self.kind else { return false };
        part.learn(query, &mut |answer| {
            let answer = Arc::make_mut(answer);
            answer.known.extend(found.iter().cloned());
            answer.whole |= whole;
        })
    }

    /// Takes over the answers of `last`, which filtered in its stead. Questions that `last` did not ask went unanswered
    /// meanwhile and have to be asked again.
    pub(super) fn catch_up(&mut self, last: &Self) {
        let Kind::Query(part) = &mut self.kind else { return };
        let mut known: HashMap<String, Arc<Answer>> = HashMap::new();
        last.each_away(&mut |query, answer| {
            known.insert(query.to_owned(), Arc::clone(answer));
        });
        let mut queries = Vec::new();
        part.each_away(&mut |query, _| queries.push(query.to_owned()));
        for query in queries {
            part.learn(&query, &mut |own| match known.get(&query) {
                Some(answer) => own.clone_from(answer),
                None => Arc::make_mut(own).whole = false,
            });
        }
    }

    #[must_use]
    pub fn matches(&self, entry: &AlertEntry) -> bool {
        match &self.kind {
            Kind::Everything => true,
            Kind::Words(words) => words.iter().all(|w| entry.has_word(w)),
            Kind::Query(part) => part.holds(entry) == Some(true),
        }
    }

    /// `true` proves that it lets nothing through that `before` does not.
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

    fn each_away(&self, visit: &mut dyn FnMut(&str, &Arc<Answer>)) {
        if let Kind::Query(part) = &self.kind {
            part.each_away(visit);
        }
    }
}

/// The fields of an alert that a filter can ask for without its event.
pub(super) fn field_names() -> impl Iterator<Item = &'static str> {
    fields::names()
}

impl QueryProblem {
    pub(super) fn of(text: &str, error: &SyntaxError) -> Self {
        let diagnostic = error.to_diagnostic();
        let column = crate::text::width(text.get(..error.offset).unwrap_or(text));
        let advice = diagnostic.help.unwrap_or_default();
        Self { column, message: format!("{} · {advice}", diagnostic.message) }
    }

    /// Of an EQL query.
    pub(super) fn of_eql(text: &str, error: &eql::SyntaxError) -> Self {
        let column = crate::text::width(text.get(..error.span.start).unwrap_or(text));
        let advice = if error.help.is_empty() { String::new() } else { format!(" · {}", error.help) };
        Self { column, message: format!("{}{advice}", error.message) }
    }

    /// Points at a field of the query `text` that nobody has.
    pub(super) fn unknown(text: &str, field: &UnknownField) -> Self {
        let column = crate::text::width(text.get(..field.span.start).unwrap_or(text));
        Self { column, message: field.brief() }
    }
}

/// A query that was read.
struct Read {
    part: Condition,
    warning: Option<String>,
    doubt: Option<QueryProblem>,
}

/// The first field that neither an alert nor an event can have, with the nearest names of both.
fn doubt(text: &str, node: &Node) -> Option<QueryProblem> {
    let mut unknown = event::unknown_fields(node);
    unknown.retain(|unknown| !fields::names().any(|name| unknown.field.covers(name)));
    let first = unknown.into_iter().next()?.or_of(fields::names());
    Some(QueryProblem::unknown(text, &first))
}

fn read(text: &str, now: DateTime<Utc>, before: &Filter) -> Result<Read, SyntaxError> {
    let node = kql::parse(text)?;
    let query = kql::prepare(text, &node, &Fields, now);
    let warning = query.warnings().first().map(|w| w.message.clone());
    let mut part = cut(&node, now)?;
    // Answers to the filter of a key press ago still hold.
    before.each_away(&mut |query, answer| {
        part.learn(query, &mut |own| own.clone_from(answer));
    });
    Ok(Read { part, warning, doubt: doubt(text, &node) })
}
