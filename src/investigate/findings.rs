//! The findings: what stands out about an event, and what each adds to the priority of its alert. [`table`] holds them all;
//! to add one, add an entry to a list below here or, about exports alone, to [`rds_export::FINDINGS`].

mod call;
mod exposure;
mod history;
mod identity;

use super::finding::Entry;
use super::{Facts, Finding, Surroundings, rds_export};

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

#[cfg(test)]
mod tests;
