//! A file of the pack: its last reading, and the rules that survive a version with an error.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{PackEntry, Standing};
use crate::diag::Diagnostic;
use crate::rule::load::{self, Candidate, FileOutcome, FileStatus};
use crate::rule::{Rule, RuleOrigin};

/// Seconds. A file read this soon after it changed may have changed again with the same time stamp, so it is read once
/// more.
const YOUNG: u64 = 2;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct LoadedFile {
    pub(super) path: PathBuf,
    pub(super) read: DateTime<Utc>,
    /// See [`YOUNG`].
    pub(super) young: bool,
    outcomes: Vec<FileOutcome>,
    /// Rules of an earlier version that run on, as this one has an error.
    kept: Vec<LastGood>,
}

#[derive(Debug, Clone, PartialEq)]
struct LastGood {
    rule: Arc<Rule>,
    pub(super) read: DateTime<Utc>,
}

impl LoadedFile {
    pub(super) fn read(found: &Candidate, before: Option<Self>, now: DateTime<Utc>) -> Self {
        let outcomes = load::read_found(found);
        let young = matches!(found, Candidate::File(_, stamp) if now.timestamp().abs_diff(stamp.changed_at()) < YOUNG);
        match before {
            Some(before) if before.outcomes == outcomes => Self { young, ..before },
            before => {
                let mut source = Self { path: found.path().to_owned(), read: now, young, outcomes, kept: Vec::new() };
                if let Some(before) = before {
                    source.keep(before.into_rules());
                }
                source
            }
        }
    }

    fn into_rules(self) -> Vec<LastGood> {
        let good = self.outcomes.into_iter().filter(|o| matches!(o.status, FileStatus::Ok(_)));
        let good = good.filter_map(|o| Some(LastGood { rule: o.rule?, read: self.read }));
        good.chain(self.kept).collect()
    }

    /// Keeps those former rules that it no longer holds; [`entries`] drops them unless it has an error.
    fn keep(&mut self, former: Vec<LastGood>) {
        if let [FileOutcome { line: None, status, path, .. }] = &mut self.outcomes[..]
            && let FileStatus::NoRule(what) = &*status
            && !former.is_empty()
        {
            let error = Diagnostic::new(format!("{what}; it held a rule before"));
            let error = error.in_file(path.to_string_lossy()).help("delete the file to be rid of the rule");
            *status = FileStatus::Error(error);
        }
        let read: HashSet<&str> = self.outcomes.iter().filter_map(|o| Some(o.rule.as_ref()?.id.as_str())).collect();
        self.kept = former.into_iter().filter(|kept| !read.contains(kept.rule.id.as_str())).collect();
    }
}

/// The files of `before` below something that can no longer be reached: their rules run on.
pub(super) fn cut_off(found: &[Candidate], before: HashMap<PathBuf, LoadedFile>) -> Vec<LoadedFile> {
    let closed: Vec<(&Path, &Diagnostic)> = found.iter().filter_map(Candidate::error).collect();
    let mut sources: Vec<LoadedFile> = before
        .into_values()
        .filter_map(|source| {
            let (_, error) = closed.iter().find(|(path, _)| source.path.starts_with(path))?;
            let (path, read) = (source.path.clone(), source.read);
            let kept = source.into_rules();
            let outcomes = kept.iter().map(|kept| lost(&path, kept, error)).collect();
            Some(LoadedFile { path, read, young: false, outcomes, kept })
        })
        .filter(|source| !source.kept.is_empty())
        .collect();
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    sources
}

fn lost(path: &Path, kept: &LastGood, error: &Diagnostic) -> FileOutcome {
    let status = FileStatus::Error(error.clone());
    let name = Some(kept.rule.name.clone());
    let (path, line) = (path.to_owned(), line(&kept.rule));
    FileOutcome { path, line, name, rule: None, id_at: None, status, warnings: Vec::new() }
}

fn line(rule: &Rule) -> Option<usize> {
    match rule.origin {
        RuleOrigin::Bundled => None,
        RuleOrigin::File { line, .. } => line,
    }
}

/// All entries of the sources. Sources without an error drop the rules that they had kept.
pub(super) fn entries(sources: &mut [LoadedFile]) -> Vec<PackEntry> {
    let mut read: Vec<Vec<FileOutcome>> = sources.iter().map(|source| source.outcomes.clone()).collect();
    let good = load::refuse_duplicates(read.iter_mut().flatten());
    let mut taken: HashSet<String> = good.iter().map(|rule| rule.id.clone()).collect();
    let mut entries = Vec::with_capacity(good.len());
    for (source, outcomes) in sources.iter_mut().zip(read) {
        let mut read: Vec<PackEntry> = outcomes.into_iter().map(PackEntry::of).collect();
        let Some(error) = read.iter().find_map(PackEntry::error).cloned() else {
            source.kept.clear();
            entries.append(&mut read);
            continue;
        };
        // Another file may have taken the id over.
        for kept in source.kept.iter().filter(|kept| taken.insert(kept.rule.id.clone())) {
            let rule = Some(Arc::clone(&kept.rule));
            let name = Some(kept.rule.name.clone());
            let at = line(&kept.rule);
            let broken = |entry: &PackEntry| entry.error().is_some() && entry.rule.is_none();
            let by_name = read.iter().position(|entry| broken(entry) && entry.name == name);
            match by_name.or_else(|| read.iter().position(|entry| broken(entry) && entry.line == at)) {
                Some(at) => {
                    let entry = &mut read[at];
                    if let Standing::Error { kept: since, .. } = &mut entry.standing {
                        *since = Some(kept.read);
                    }
                    (entry.rule, entry.name) = (rule, entry.name.take().or(name));
                }
                // In a file with several rules it is not always clear which one the error is in.
                None => {
                    let standing = Standing::Error { error: Box::new(error.clone()), kept: Some(kept.read) };
                    let path = Some(source.path.clone());
                    read.push(PackEntry { path, line: at, name, rule, standing, warnings: Vec::new() });
                }
            }
        }
        entries.append(&mut read);
    }
    entries
}
