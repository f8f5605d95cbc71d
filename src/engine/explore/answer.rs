//! What an answer grows from, portion by portion.

use super::super::Explored;
use super::super::kept::Kept;
use super::gather::{Gathered, Oldest};
use super::together::{self, Candidate, Together};

/// An answer that is being put together of what each portion came to.
pub(super) trait Answer<T> {
    fn merge(&mut self, made: T);
    /// What is known before the end.
    fn so_far(&self) -> Explored;
    fn whole(self) -> Explored;
    /// What could not be looked at, as a sentence.
    fn gap(&self) -> Option<String>;
}

/// Of single events.
pub(super) struct Streamed<'s> {
    pub gathered: Gathered,
    pub oldest: &'s Oldest,
    pub fields: &'s [String],
}

/// Of events that are something together.
pub(super) struct Assembled<'s> {
    pub kept: Kept<Candidate>,
    pub together: &'s Together,
    pub fields: &'s [String],
}

impl Answer<Gathered> for Streamed<'_> {
    fn merge(&mut self, made: Gathered) {
        self.gathered.merge(made, self.oldest);
    }

    fn so_far(&self) -> Explored {
        self.gathered.told(self.fields)
    }

    fn whole(self) -> Explored {
        self.so_far()
    }

    fn gap(&self) -> Option<String> {
        None
    }
}

impl Answer<Kept<Candidate>> for Assembled<'_> {
    fn merge(&mut self, made: Kept<Candidate>) {
        self.kept.append(made);
    }

    fn so_far(&self) -> Explored {
        self.together.so_far(&self.kept, self.fields)
    }

    fn whole(self) -> Explored {
        self.together.whole(self.kept.list, self.fields)
    }

    fn gap(&self) -> Option<String> {
        together::gap(&self.kept)
    }
}
