//! Strings of which one must occur in the bytes of whatever matches.
//!
//! A rule that asks for `event.action: StartExportTask` can match no record in which that name does not stand as a
//! string or at the beginning of one; `rds:StartExportTask`, in a policy, does not count.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::escapes::{ESCAPES, may_spell};
use crate::bytes::any_of::AnyOf;
use crate::event;
use crate::query::{Literal, Query};

/// Most strings that are searched for: with more, there is hardly a file without any.
const MOST: usize = 48;

#[derive(Debug)]
pub(super) struct Strings {
    /// Escapes, then the strings; `None` where nothing can match.
    search: Option<AnyOf>,
}

impl Strings {
    /// For events that any of `queries` matches; `None` where one of them can match any event.
    pub(super) fn of<'q>(queries: impl IntoIterator<Item = &'q Query>) -> Option<Self> {
        let mut strings = BTreeSet::new();
        for query in queries {
            strings.extend(query.literals(&event::literal)?);
        }
        Self::new(&strings)
    }

    /// For ECS documents that `query` matches.
    pub(super) fn of_documents(query: &Query) -> Option<Self> {
        fn value(_field: &str) -> Option<Literal<'_>> {
            Some(Literal::Value { rank: 0, whole: false })
        }
        Self::new(&query.literals(&value)?)
    }

    /// `None` where there are too many.
    pub(super) fn new(strings: &BTreeSet<Cow<'_, str>>) -> Option<Self> {
        match strings.len() {
            0 => Some(Self { search: None }),
            1..=MOST => {
                let strings = strings.iter().map(AsRef::as_ref);
                AnyOf::new(ESCAPES.into_iter().chain(strings)).map(|search| Self { search: Some(search) })
            }
            _ => None,
        }
    }

    /// Whether one of them may occur in `bytes`, spelled with escapes or not.
    pub(super) fn may_occur(&self, bytes: &[u8]) -> bool {
        let Some(search) = &self.search else { return false };
        search.find_iter(bytes).any(|found| found.text >= ESCAPES.len() || may_spell(bytes, found.at))
    }
}
