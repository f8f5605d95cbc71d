//! Warns about fields of a query that neither ECS nor the integration has. Documents may have fields of their own, so
//! the warning comes after reading, and only for fields that no event had.

use std::sync::atomic::{AtomicBool, Ordering};

use super::output;
use crate::diag::{Diagnostic, Span};
use crate::event::{self, Event, UNKNOWN_TOLD, UnknownField};
use crate::query::{Document as _, FieldRef, kql::Node};

#[derive(Default)]
pub(super) struct Unknown(Vec<Sought>);

struct Sought {
    field: UnknownField,
    /// The text that contains it.
    text: String,
    seen: AtomicBool,
}

impl Unknown {
    pub(super) fn of_query(node: &Node, text: &str) -> Self {
        let sought = |field| Sought { field, text: text.to_owned(), seen: AtomicBool::new(false) };
        Self(event::unknown_fields(node).into_iter().map(sought).collect())
    }

    /// Of the fields that a query names, each where its text first does.
    pub(super) fn of_fields(fields: &[FieldRef], text: &str) -> Self {
        let mut sought: Vec<Sought> = Vec::new();
        for name in fields.iter().filter_map(|field| if let FieldRef::Name(name) = field { Some(name) } else { None }) {
            let at = text.find(name.as_str()).filter(|_| sought.iter().all(|known| known.field.name() != name));
            let found = at.and_then(|at| event::unknown_field(name, Span::new(at, at + name.len())));
            sought.extend(found.map(|field| Sought { field, text: text.to_owned(), seen: AtomicBool::new(false) }));
        }
        Self(sought)
    }

    /// Adds those of a list of names.
    pub(super) fn and_names(mut self, names: &[String]) -> Self {
        let text = names.join(",");
        let mut at = 0;
        for name in names {
            let start = at + (name.len() - name.trim_start().len());
            at += name.len() + 1;
            let known = |sought: &Sought| sought.field.name() == name.trim();
            if !name.trim().is_empty() && !self.0.iter().any(known) {
                let found = event::unknown_field(name.trim(), Span::new(start, start + name.trim().len()));
                let sought = |field| Sought { field, text: text.clone(), seen: AtomicBool::new(false) };
                self.0.extend(found.map(sought));
            }
        }
        self
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn look(&self, event: &Event<'_>) {
        for sought in self.0.iter().filter(|sought| !sought.seen.load(Ordering::Relaxed)) {
            let has = match &sought.field.field {
                FieldRef::Name(name) => event.any(name, &mut |_| true) || event.any_object(name, &mut |_| true),
                field => event.any_field(&mut |name| field.covers(name)),
            };
            if has {
                sought.seen.store(true, Ordering::Relaxed);
            }
        }
    }

    /// Prints a warning for each that no event had.
    pub(super) fn warn(&self) {
        let unseen: Vec<&Sought> = self.0.iter().filter(|sought| !sought.seen.load(Ordering::Relaxed)).collect();
        for Sought { field, text, .. } in unseen.iter().take(UNKNOWN_TOLD) {
            let message = format!("{}, and no event that was read has it", field.message());
            let said = Diagnostic::new(message).at(text, field.span).help(field.advice());
            output::warning(&said.to_string());
        }
        if let more @ 1.. = unseen.len().saturating_sub(UNKNOWN_TOLD) {
            output::warning(&format!(
                "{more} more fields of the query are unknown, and no event that was read has them"
            ));
        }
    }
}
