//! What is computed from the values of fields: calls of functions, arithmetic, and comparisons of both.
//!
//! A condition runs once for each value of the field it names, and for each combination of values where it names several;
//! any that makes it true is enough. A field without a value is null, once. Null answers to nothing: what is computed of
//! it is null, and a condition that is null does not hold.
//!
//! Texts are borrowed from the document as far as what is done with them allows. What Elasticsearch stops a search for
//! (division by zero, numbers that grow too large, `number("x")`) is null here: one event must not stop a rule.

mod arithmetic;
mod expr;
mod text;
mod utf16;
mod value;

pub use self::arithmetic::Arithmetic;
pub(super) use self::expr::{Expr, Function};
pub(super) use self::value::{Order, Value};

use self::value::Env;
use super::document::{Document, FieldType};

/// The most combinations of values that one condition is tried with, so that a record made of long arrays cannot keep
/// everything else waiting.
const TRIES: u32 = 100_000;

/// A condition, and the fields that it names by their place.
#[derive(Debug, Clone)]
pub(super) struct Script {
    pub(super) fields: Box<[(Box<str>, FieldType)]>,
    pub(super) condition: Expr,
}

struct Run<'s> {
    script: &'s Script,
    tries: u32,
    holds: bool,
}

impl Script {
    pub(super) fn holds(&self, document: &dyn Document) -> bool {
        let mut run = Run { script: self, tries: 0, holds: false };
        run.with(document, 0, None);
        run.holds
    }
}

impl Run<'_> {
    /// Tries all values of the fields from `place` on. Returns whether nothing more is to be tried.
    fn with(&mut self, document: &dyn Document, place: usize, outer: Option<&Env<'_>>) -> bool {
        let script = self.script;
        let Some((name, kind)) = script.fields.get(place) else {
            self.tries += 1;
            self.holds = script.condition.holds(outer);
            return self.holds || self.tries == TRIES;
        };
        let mut seen = false;
        let done = document.any(name, &mut |value| {
            let Some(value) = Value::of(*kind, value) else { return false };
            seen = true;
            self.with(document, place + 1, Some(&Env { place, value, outer }))
        });
        done || !seen && self.with(document, place + 1, Some(&Env { place, value: Value::Null, outer }))
    }
}

#[cfg(test)]
mod tests;
