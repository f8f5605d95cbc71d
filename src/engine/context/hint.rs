//! Which records are worth parsing, by their bytes.

use std::collections::BTreeSet;

use crate::bytes::any_of::AnyOf;
use crate::event::Event;
use crate::investigate::{Link, Trace};

/// Texts that records are searched for at most: with more, nearly every record holds one.
const MOST: usize = 200;

/// What every record that matters holds one of.
#[derive(Debug, Default)]
pub(super) struct Texts {
    texts: BTreeSet<String>,
    /// Whether there are too many, or some that may be written in another way.
    vague: bool,
}

impl Texts {
    /// Adds those of an alert.
    pub(super) fn add(&mut self, trace: &Trace, event: &Event<'_>) {
        if self.vague {
            return;
        }
        for text in trace.principal.iter().chain(&trace.address).chain(&trace.keys) {
            self.vague |= !is_plain(text) || !event.raw().contains(text) || self.texts.len() >= MOST;
            self.texts.insert(text.clone());
        }
        if self.vague {
            self.texts.clear();
        }
    }

    pub(super) fn hint(&self) -> Hint {
        let issuing: Vec<String> = Link::actions().map(|action| format!("\"{action}")).collect();
        let texts = self.texts.iter().chain(&issuing).map(String::as_str).chain(["\\u", "\\/"]);
        Hint(AnyOf::new(texts).filter(|_| !self.vague))
    }
}

/// Whether JSON writes it as it is, but for what it escapes at will.
fn is_plain(text: &str) -> bool {
    !text.contains(['"', '\\']) && !text.chars().any(char::is_control)
}

/// Tells by its bytes whether a record can matter; the default is that each may.
#[derive(Debug, Default)]
pub struct Hint(Option<AnyOf>);

impl Hint {
    /// For records that hold one of these texts.
    pub(in crate::engine) fn of<'t>(texts: impl IntoIterator<Item = &'t str>) -> Self {
        let mut all = Texts::default();
        for text in texts {
            all.vague |= !is_plain(text) || all.texts.len() >= MOST;
            all.texts.insert(text.to_owned());
        }
        all.hint()
    }

    /// Whether it can. JSON may write any character as `\uXXXX` and a slash as `\/`: what holds such an escape is worth
    /// parsing whatever else it holds.
    #[must_use]
    pub fn may_matter(&self, record: &[u8]) -> bool {
        self.0.as_ref().is_none_or(|texts| texts.find_iter(record).next().is_some())
    }
}
