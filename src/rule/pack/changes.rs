//! The difference between two readings of a pack.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use super::PackEntry;
use crate::diag::Diagnostic;
use crate::rule::Rule;

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Changes {
    /// Did not run before.
    pub new: Vec<Arc<Rule>>,
    /// Run in another version.
    pub changed: Vec<Arc<Rule>>,
    /// No longer run.
    pub gone: Vec<Arc<Rule>>,
    /// New ones.
    pub errors: Vec<Diagnostic>,
    /// Files that had an error and have none any more.
    pub mended: usize,
}

impl Changes {
    pub(super) fn between(before: &[PackEntry], after: &[PackEntry]) -> Self {
        let by_id = |entries: &[PackEntry]| -> HashMap<String, Arc<Rule>> {
            entries.iter().filter_map(|e| e.runs().map(|rule| (rule.id.clone(), Arc::clone(rule)))).collect()
        };
        let (old, now) = (by_id(before), by_id(after));
        let mut changes = Self::default();
        for rule in after.iter().filter_map(PackEntry::runs) {
            match old.get(&rule.id) {
                None => changes.new.push(Arc::clone(rule)),
                Some(known) if !is_same(known, rule) => changes.changed.push(Arc::clone(rule)),
                Some(_) => {}
            }
        }
        let gone = before.iter().filter_map(PackEntry::runs).filter(|rule| !now.contains_key(&rule.id));
        changes.gone.extend(gone.cloned());
        let old: HashSet<String> = before.iter().filter_map(PackEntry::error).map(Diagnostic::to_string).collect();
        for error in after.iter().filter_map(PackEntry::error) {
            if !old.contains(&error.to_string()) && !changes.errors.contains(error) {
                changes.errors.push(error.clone());
            }
        }
        let files = |entries: &[PackEntry], broken: bool| -> HashSet<PathBuf> {
            entries.iter().filter(|e| e.error().is_some() == broken).filter_map(|e| e.path.clone()).collect()
        };
        let (broken, good, still) = (files(before, true), files(after, false), files(after, true));
        changes.mended = broken.iter().filter(|path| good.contains(*path) && !still.contains(*path)).count();
        changes
    }
}

/// Compares two versions of a rule, but not their origin.
fn is_same(a: &Rule, b: &Rule) -> bool {
    a == b || Rule { origin: b.origin.clone(), ..a.clone() } == *b
}
