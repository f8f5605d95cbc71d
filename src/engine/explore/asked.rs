//! A question, prepared.

use super::super::Question;
use super::together::Together;
use crate::detect::Prefilter;
use crate::event;
use crate::query::eql::{self, Search};
use crate::query::kql::{self, Node};
use crate::query::{Language, Query};

/// What is asked for, and where it need not be looked for.
pub(super) struct Asked {
    pub what: What,
    /// What a cluster is asked for: all that is found, and more.
    pub narrow: Option<Node>,
    /// One of these lets every record through that can matter.
    prefilters: Vec<Prefilter>,
}

pub(super) enum What {
    /// Events that match.
    Each(Query),
    Together(Together),
}

impl Asked {
    /// # Errors
    /// What is wrong with the question, for the reader.
    pub(super) fn of(question: &Question) -> Result<Self, String> {
        match question.language {
            Language::Kql => Self::kql(question).map_err(|error| error.to_diagnostic().to_string()),
            Language::Eql => Self::eql(question).map_err(|error| error.to_diagnostic().to_string()),
        }
    }

    fn kql(question: &Question) -> Result<Self, kql::SyntaxError> {
        let node = kql::parse(&question.query)?;
        let query = kql::prepare(&question.query, &node, event::schema(), question.now);
        Ok(Self { narrow: Some(node), prefilters: vec![Prefilter::for_query(&query)], what: What::Each(query) })
    }

    fn eql(question: &Question) -> Result<Self, eql::SyntaxError> {
        let text = &question.query;
        let statement = eql::parse(text)?;
        let prepared = eql::prepare_at(text, &statement, event::schema(), eql::CATEGORY, question.now)?;
        let narrow = Some(eql::wider(&statement, eql::CATEGORY));
        let prefilters = prepared.search.queries().into_iter().map(Prefilter::for_query).collect();
        let what = match prepared.search {
            Search::Event(query) if prepared.pipes.is_empty() => What::Each(query),
            _ => What::Together(Together::of(prepared)),
        };
        Ok(Self { what, narrow, prefilters })
    }

    /// Whether bytes, of a record or a file, can matter.
    pub(super) fn may_matter(&self, bytes: &[u8]) -> bool {
        self.prefilters.iter().any(|prefilter| prefilter.skip(bytes).is_none())
    }
}
