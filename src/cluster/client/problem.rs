//! Why a profile cannot be used.

use super::super::failure::{Failure, FailureKind};

/// What is wrong with it, and what to do.
#[derive(Debug)]
pub(super) struct Problem {
    pub what: String,
    pub advice: String,
}

impl Problem {
    pub(super) fn new(what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { what: what.into(), advice: advice.into() }
    }

    pub(super) fn failure(self, place: &str) -> Failure {
        Failure::new(FailureKind::Configuration, place, self.what).advise(self.advice)
    }
}
