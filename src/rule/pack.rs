//! The rules of a run: everything that `--rules` names, reread where it changes.
//!
//! A pack lists everything it was pointed at: rules that run, rules that do not and why, files with an error and where
//! it is. While a change breaks a file, the rules it held before go on; so do those of files that can no longer be
//! reached because their folder is gone or closed. Deleting a file from its folder ends its rules.
//!
//! Checking for changes reads no file: it compares metadata.

mod changes;
mod source;

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Utc};

pub use changes::Changes;

use self::source::{LoadedFile, cut_off, entries};
use super::load::{self, Candidate, Candidates, FileOutcome, FileStatus};
use super::{Rule, bundled};
use crate::diag::Diagnostic;

#[derive(Debug, Clone, PartialEq)]
pub enum Standing {
    /// Well formed.
    Loaded,
    /// Well formed, but does not run here, and why.
    Unsupported(String),
    Error {
        error: Box<Diagnostic>,
        /// When the last good version was read, which runs instead.
        kept: Option<DateTime<Utc>>,
    },
    /// Not a rule, but this.
    NoRule(String),
}

/// One rule, or a file without any.
#[derive(Debug, Clone, PartialEq)]
pub struct PackEntry {
    /// `None` for bundled rules.
    pub path: Option<PathBuf>,
    /// From 1; only where the file holds several rules.
    pub line: Option<usize>,
    pub name: Option<String>,
    /// The version that runs, or what could be read of one that does not.
    pub rule: Option<Arc<Rule>>,
    pub standing: Standing,
    /// What was ignored, such as unknown fields.
    pub warnings: Vec<Diagnostic>,
}

impl PackEntry {
    /// The rule, if it runs.
    #[must_use]
    pub fn runs(&self) -> Option<&Arc<Rule>> {
        match self.standing {
            Standing::Loaded | Standing::Error { kept: Some(_), .. } => self.rule.as_ref(),
            Standing::Unsupported(_) | Standing::Error { kept: None, .. } | Standing::NoRule(_) => None,
        }
    }

    #[must_use]
    pub fn error(&self) -> Option<&Diagnostic> {
        match &self.standing {
            Standing::Error { error, .. } => Some(error),
            Standing::Loaded | Standing::Unsupported(_) | Standing::NoRule(_) => None,
        }
    }

    fn of(outcome: FileOutcome) -> Self {
        let standing = match outcome.status {
            FileStatus::Ok(_) => Standing::Loaded,
            FileStatus::Unsupported(why) => Standing::Unsupported(why),
            FileStatus::NoRule(what) => Standing::NoRule(what),
            FileStatus::Error(error) => Standing::Error { error: Box::new(error), kept: None },
        };
        let FileOutcome { path, line, name, rule, warnings, .. } = outcome;
        Self { path: Some(path), line, name, rule, standing, warnings }
    }
}

/// The rules of a run.
#[derive(Debug, Default)]
pub struct Pack {
    paths: Vec<PathBuf>,
    found: Vec<Candidate>,
    /// Those of `found`, and files that can no longer be reached.
    sources: Vec<LoadedFile>,
    deprecated: Vec<PathBuf>,
    entries: Vec<PackEntry>,
}

impl Pack {
    /// Loads `paths` as [`super::load_all`] does, or the bundled rules where there are none. `now` is shown as the time
    /// of reading.
    #[must_use]
    pub fn load(paths: &[PathBuf], now: DateTime<Utc>) -> Self {
        if paths.is_empty() {
            return Self::of(bundled());
        }
        let mut pack = Self { paths: paths.to_vec(), ..Self::default() };
        pack.read(load::find(paths), now);
        pack
    }

    /// A fixed pack of these rules. No two may have the same id.
    #[must_use]
    pub fn of(rules: Vec<Arc<Rule>>) -> Self {
        Self { entries: rules.into_iter().map(without_file).collect(), ..Self::default() }
    }

    /// In the order of the paths.
    #[must_use]
    pub fn entries(&self) -> &[PackEntry] {
        &self.entries
    }

    /// The rules that run. No two have the same id.
    #[must_use]
    pub fn rules(&self) -> Vec<Arc<Rule>> {
        self.entries.iter().filter_map(PackEntry::runs).cloned().collect()
    }

    /// Folders of deprecated rules, which are skipped.
    #[must_use]
    pub fn deprecated(&self) -> &[PathBuf] {
        &self.deprecated
    }

    /// The folders to watch: those named, and those where something was found.
    #[must_use]
    pub fn folders(&self) -> BTreeSet<PathBuf> {
        let named = self.paths.iter().filter(|path| path.is_dir()).map(PathBuf::as_path);
        let found = self.found.iter().filter_map(|found| found.path().parent());
        let here = |folder: &Path| if folder.as_os_str().is_empty() { Path::new(".") } else { folder }.to_owned();
        named.chain(found).map(here).collect()
    }

    /// Rereads what has changed. `None` when nothing has.
    pub fn refresh(&mut self, now: DateTime<Utc>) -> Option<Changes> {
        if self.paths.is_empty() {
            return None;
        }
        let candidates = load::find(&self.paths);
        let same = candidates.found == self.found && candidates.deprecated == self.deprecated;
        if same && !self.sources.iter().any(|source| source.young) {
            return None;
        }
        let before = std::mem::take(&mut self.entries);
        let deprecated = self.deprecated.clone();
        self.read(candidates, now);
        if self.entries == before && self.deprecated == deprecated {
            return None;
        }
        Some(Changes::between(&before, &self.entries))
    }

    fn read(&mut self, candidates: Candidates, now: DateTime<Utc>) {
        let Candidates { found, deprecated } = candidates;
        let known: HashMap<&Path, &Candidate> = self.found.iter().map(|found| (found.path(), found)).collect();
        let mut before: HashMap<PathBuf, LoadedFile> =
            std::mem::take(&mut self.sources).into_iter().map(|source| (source.path.clone(), source)).collect();
        let mut sources = Vec::with_capacity(found.len());
        for found in &found {
            match before.remove(found.path()) {
                Some(old) if known.get(found.path()) == Some(&found) && !old.young => sources.push(old),
                old => sources.push(LoadedFile::read(found, old, now)),
            }
        }
        sources.extend(cut_off(&found, before));
        self.entries = entries(&mut sources);
        (self.found, self.sources, self.deprecated) = (found, sources, deprecated);
    }
}

fn without_file(rule: Arc<Rule>) -> PackEntry {
    let name = Some(rule.name.clone());
    PackEntry { path: None, line: None, name, rule: Some(rule), standing: Standing::Loaded, warnings: Vec::new() }
}

#[cfg(test)]
mod tests;
