//! From the tree to clauses: each constant is prepared for the type of its field, once, and what cannot be asked of such
//! a field is refused at its place.
//!
//! As Elasticsearch has it, a condition on a field is a test of its values, and everything around it is a plain choice of
//! events: `not` finds what the test does not. Where Elasticsearch asks an index (`:`, `like`, `startsWith`), so is the
//! test here; whatever else is called becomes a [script](crate::query::script).

mod call;
mod condition;
mod field;
mod kind;
mod operand;
pub(super) mod signs;
mod truth;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use self::kind::Kind;
use super::error::SyntaxError;
use super::search::{ItemSearch, Prepared, SampleSearch, Search, SequenceSearch};
use super::sequence::Items;
use super::{EventQuery, Field, Item, Statement, StatementKind};
use crate::diag::{Diagnostic, Span};
use crate::query::clause::Clause;
use crate::query::{FieldRef, Query, Schema};

/// Prepares `statement`, which was parsed from `text`, for the types of `schema`. Date math reads the clock once, here;
/// see [`Query::uses_now`].
///
/// # Errors
/// No event could be asked this.
#[allow(clippy::disallowed_methods, reason = "nobody says another time: `now` is when it is asked")]
pub fn prepare(
    text: &str,
    statement: &Statement,
    schema: &'static dyn Schema,
    category_field: &str,
) -> Result<Prepared, SyntaxError> {
    prepare_at(text, statement, schema, category_field, Utc::now())
}

/// [`prepare()`] with the moment that date math calls `now`.
///
/// # Errors
/// No event could be asked this.
pub fn prepare_at(
    text: &str,
    statement: &Statement,
    schema: &'static dyn Schema,
    category_field: &str,
    now: DateTime<Utc>,
) -> Result<Prepared, SyntaxError> {
    let at = Context { text, schema, category_field, now };
    let search = match &statement.kind {
        StatementKind::Event(event) => Search::Event(at.event(event)?),
        StatementKind::Sequence(sequence) => {
            at.check_keys(&sequence.keys, sequence.items.iter().chain(&sequence.until))?;
            Search::Sequence(SequenceSearch {
                items: at.items(&sequence.keys, &sequence.items)?,
                until: sequence.until.as_ref().map(|item| at.item(&sequence.keys, item)).transpose()?,
                maxspan: sequence.maxspan,
            })
        }
        StatementKind::Sample(sample) => {
            at.check_keys(&sample.keys, sample.items.iter())?;
            Search::Sample(SampleSearch { items: at.items(&sample.keys, &sample.items)? })
        }
    };
    Ok(Prepared { search, pipes: statement.pipes.clone() })
}

#[derive(Clone, Copy)]
struct Context<'a> {
    text: &'a str,
    schema: &'static dyn Schema,
    category_field: &'a str,
    now: DateTime<Utc>,
}

impl Context<'_> {
    fn event(self, event: &EventQuery) -> Result<Query, SyntaxError> {
        let mut compiler = Compiler { at: self, fields: BTreeSet::new(), warnings: Vec::new(), uses_now: false };
        let condition = compiler.condition(&event.condition)?.yes;
        let clause = match &event.category {
            Some(category) => match compiler.category(category, event.span) {
                category if matches!(condition, Clause::Everything) => category,
                category => Clause::all_of(match condition {
                    // One level: what is cheap is asked first.
                    Clause::And(parts) => parts.into_iter().chain([category]).collect(),
                    other => vec![category, other],
                }),
            },
            None => condition,
        };
        let Compiler { fields, warnings, uses_now, .. } = compiler;
        Ok(Query { clause, fields: fields.into_iter().collect(), warnings, uses_now })
    }

    fn items(self, keys: &[Field], items: &[Item]) -> Result<Vec<ItemSearch>, SyntaxError> {
        if let Some(item) = items.get(Items::MOST) {
            let message = format!("more than {} items", Items::MOST);
            return Err(self.refuse(
                item.span,
                message,
                "look for fewer events, or use `with runs=` for the same in a row",
            ));
        }
        items.iter().map(|item| self.item(keys, item)).collect()
    }

    fn item(self, keys: &[Field], item: &Item) -> Result<ItemSearch, SyntaxError> {
        Ok(ItemSearch {
            query: self.event(&item.query)?,
            keys: keys.iter().chain(&item.keys).cloned().collect(),
            runs: item.runs,
            missing: item.missing,
        })
    }

    /// Keys of one place must be able to be equal.
    fn check_keys<'i>(self, shared: &[Field], items: impl Iterator<Item = &'i Item>) -> Result<(), SyntaxError> {
        for key in shared {
            self.resolve(key)?;
        }
        let mut first: Vec<(&str, Kind)> = Vec::new();
        for item in items {
            for (place, key) in item.keys.iter().enumerate() {
                let kind = self.resolve(key)?.map_or(Kind::Null, Kind::of);
                match first.get(place) {
                    Some((other, known)) if !known.may_equal(kind) => {
                        let message = format!("`{other}` is {}, and `{}` is {}", known.name(), key.name, kind.name());
                        let help = "events are joined by keys of one type";
                        return Err(self.refuse(key.span, message, help));
                    }
                    Some(_) => {}
                    None => first.push((&key.name, kind)),
                }
            }
        }
        Ok(())
    }

    fn refuse(self, span: Span, message: impl Into<String>, help: impl Into<String>) -> SyntaxError {
        SyntaxError::new(self.text, span, message, help)
    }
}

/// What is gathered on the way through one condition.
struct Compiler<'a> {
    at: Context<'a>,
    fields: BTreeSet<FieldRef>,
    warnings: Vec<Diagnostic>,
    uses_now: bool,
}

impl Compiler<'_> {
    fn warn(&mut self, span: Span, why: &str) {
        let warning = Diagnostic::new("this part of the query never matches").at(self.at.text, span).help(why);
        self.warnings.push(warning);
    }
}

#[cfg(test)]
mod tests;
