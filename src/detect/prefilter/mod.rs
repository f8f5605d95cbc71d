//! Skips files and records whose bytes prove that nothing in them can match. Parsing is what a scan costs, and most of a
//! log is of no interest to any rule.
//!
//! How a record comes to be skipped:
//!
//! 1. A query is taken apart once, into what a document must hold to match it: strings of which one must occur
//!    ([`Query::literals`]), values that a field must have ([`Query::required`]).
//! 2. [`Strings`] searches a whole file for the strings of all rules at once. Where none occurs, the file is skipped and
//!    not even split into records: [`Skip::NoString`].
//! 3. In any other file each record is searched in the same way.
//! 4. What is left is [peeked](peek) at: which call is it of, and which strings occur in it? [`Index`] names the rules
//!    that ask for this call, or for every call but for one of these strings; [`Query::is_possible`] drops those that
//!    ask for another service or action besides. Where no rule is left, the record is skipped: [`Skip::NoRule`].
//!    Otherwise only the rules that are left are evaluated.
//!
//! Each step errs on the safe side. A string that is spelled with [escapes] is not found by its bytes, so bytes with an
//! escape that could spell a part of one are never skipped, and a record that cannot be told at a glance is parsed.
//! Whoever reads the files does not skip damaged bytes either, so that damage is reported.

mod escapes;
mod index;
mod peek;
mod strings;

use std::fmt;
use std::sync::Arc;

use self::index::Index;
pub(super) use self::index::RuleFilter;
use self::strings::Strings;
use crate::event::{Event, GeoIp};
use crate::query::Query;

/// Why a file or a record is skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Skip {
    /// None of the strings occurs of which every match contains one.
    NoString,
    /// No rule can match its call.
    NoRule,
}

impl fmt::Display for Skip {
    /// Of several records: `120 hold no string …`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoString => "hold no string that a match needs",
            Self::NoRule => "are of calls that no rule can match",
        })
    }
}

/// What is to be done with a record.
#[derive(Debug, PartialEq, Eq)]
pub enum Decision {
    /// Nothing can match it.
    Skip(Skip),
    /// Parse it and evaluate these rules, by their places and in order; without a list, those that
    /// [`super::RuleSet::evaluate`] finds.
    Evaluate(Option<Vec<usize>>),
}

/// Decides what can be skipped. The default skips nothing.
#[derive(Debug, Default)]
pub struct Prefilter {
    /// `None` where anything may match.
    strings: Option<Strings>,
    rules: Option<Index>,
}

impl Prefilter {
    /// For what `query` asks of events.
    #[must_use]
    pub fn for_query(query: &Query) -> Self {
        Self { strings: Strings::of([query]), rules: None }
    }

    /// For events that satisfy one of `queries`.
    #[must_use]
    pub fn for_queries<'q>(queries: impl IntoIterator<Item = &'q Query>) -> Self {
        Self { strings: Strings::of(queries), rules: None }
    }

    /// For what `query` asks of ECS documents: they hold all of their values as they are.
    #[must_use]
    pub fn for_documents(query: &Query) -> Self {
        Self { strings: Strings::of_documents(query), rules: None }
    }

    /// For rules, whose places are those in `rules`, and events that are read with `geoip`.
    pub(super) fn for_rules(rules: Vec<Arc<RuleFilter>>, geoip: &GeoIp) -> Self {
        Self { strings: Strings::of(rules.iter().map(|rule| rule.query())), rules: Some(Index::new(rules, geoip)) }
    }

    /// Why `bytes`, a record or a file of them, can be skipped. Never where something in them matches.
    #[must_use]
    pub fn skip(&self, bytes: &[u8]) -> Option<Skip> {
        let occur = self.strings.as_ref().is_none_or(|strings| strings.may_occur(bytes));
        (!occur).then_some(Skip::NoString)
    }

    /// Decides on one record: by its strings, then, where there are rules, by its call.
    #[must_use]
    pub fn decide(&self, record: &[u8]) -> Decision {
        if let Some(why) = self.skip(record) {
            return Decision::Skip(why);
        }
        match self.rules.as_ref().and_then(|rules| rules.peek(record)) {
            Some(rules) if rules.is_empty() => Decision::Skip(Skip::NoRule),
            rules => Decision::Evaluate(rules),
        }
    }

    /// Puts the places of the rules that `event` can match into `found`, in order.
    pub(super) fn candidates(&self, event: &Event<'_>, found: &mut Vec<usize>) {
        found.clear();
        if let Some(rules) = &self.rules {
            rules.candidates(event, found);
        }
    }
}

#[cfg(test)]
mod tests;
