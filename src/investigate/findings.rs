//! The findings: what stands out about an event, and what each adds to the priority of its alert. [`table`] holds them all;
//! to add one, add an entry to a list below here or, about exports alone, to [`rds_export::FINDINGS`].

mod call;
mod exposure;
mod history;
mod identity;

use std::sync::LazyLock;

use super::finding::Entry;
use super::{Facts, Finding, Needs, Surroundings, rds_export};

/// Every finding there is.
pub fn table() -> impl Iterator<Item = &'static Entry> {
    [identity::IDENTITY, exposure::EXPOSURE, rds_export::FINDINGS, call::CALL, history::HISTORY].into_iter().flatten()
}

/// The findings, most important first; of the same weight, most points first.
#[must_use]
pub fn findings(facts: &Facts, around: &Surroundings) -> Vec<Finding> {
    let mut found: Vec<Finding> = table().filter_map(|entry| entry.find(facts, around)).collect();
    found.sort_by_key(|finding| (finding.weight, -finding.points));
    found
}

/// The entries that the event alone gives points for.
pub(super) fn at_once(facts: &Facts) -> impl Iterator<Item = &'static Entry> {
    static NOTHING: LazyLock<Surroundings> = LazyLock::new(Surroundings::default);
    let counts = table().filter(|entry| entry.points != 0 && entry.needs == Needs::Event);
    counts.filter(move |entry| entry.is_found(facts, &NOTHING))
}

#[cfg(test)]
mod tests;
