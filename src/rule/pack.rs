//! The rules of a run: everything that `--rules` names, read once, and read again where it has changed.
//!
//! A pack lists all it was pointed at: the rules that run, those that do not and why, files with an error and where it
//! is. A file that is broken by a change goes on with the rules it had until it is whole again, and so do files that
//! can no longer be reached, because their folder is gone or closed. A file that is deleted from its folder takes its
//! rules with it.
//!
//! Looking whether anything has changed reads no file: it compares what the system says of each.

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

/// How a rule stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Standing {
    /// It is well formed.
    Loaded,
    /// It is well formed and does not run here, and why.
    Unsupported(String),
    /// It has an error.
    Error {
        /// Where it is, and what to do about it.
        error: Box<Diagnostic>,
        /// When the version was read that runs instead, where there is one.
        kept: Option<DateTime<Utc>>,
    },
    /// It is no rule, and what it is.
    NoRule(String),
}

/// One rule, or a file in which there is none.
#[derive(Debug, Clone, PartialEq)]
pub struct PackEntry {
    /// The file; `None` for a rule without one.
    pub path: Option<PathBuf>,
    /// The line, from 1, where the file holds several rules.
    pub line: Option<usize>,
    /// The rule's name, where it could be read.
    pub name: Option<String>,
    /// The rule: the version that runs, or what could be read of one that does not.
    pub rule: Option<Arc<Rule>>,
    /// How it stands.
    pub standing: Standing,
    /// What was passed over in it, such as a field nobody knows.
    pub warnings: Vec<Diagnostic>,
}

impl PackEntry {
    /// The rule, if it is to run.
    #[must_use]
    pub fn runs(&self) -> Option<&Arc<Rule>> {
        match self.standing {
            Standing::Loaded | Standing::Error { kept: Some(_), .. } => self.rule.as_ref(),
            Standing::Unsupported(_) | Standing::Error { kept: None, .. } | Standing::NoRule(_) => None,
        }
    }

    /// Its error.
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
    /// What each of `found` came to, and files that can no longer be reached.
    sources: Vec<LoadedFile>,
    deprecated: Vec<PathBuf>,
    entries: Vec<PackEntry>,
}

impl Pack {
    /// Loads what `paths` name, or, where they name nothing, the rules that come with the binary. Files and folders as
    /// for [`super::load_all`]. `now` is the time that is shown as the time of reading.
    #[must_use]
    pub fn load(paths: &[PathBuf], now: DateTime<Utc>) -> Self {
        if paths.is_empty() {
            return Self::of(bundled());
        }
        let mut pack = Self { paths: paths.to_vec(), ..Self::default() };
        pack.read(load::find(paths), now);
        pack
    }

    /// A pack of these rules, which never change. No two may have the same id.
    #[must_use]
    pub fn of(rules: Vec<Arc<Rule>>) -> Self {
        Self { entries: rules.into_iter().map(without_file).collect(), ..Self::default() }
    }

    /// Everything it was pointed at, in the order of the paths.
    #[must_use]
    pub fn entries(&self) -> &[PackEntry] {
        &self.entries
    }

    /// The rules that are to run. No two have the same id.
    #[must_use]
    pub fn rules(&self) -> Vec<Arc<Rule>> {
        self.entries.iter().filter_map(PackEntry::runs).cloned().collect()
    }

    /// Folders of deprecated rules, which are passed over.
    #[must_use]
    pub fn deprecated(&self) -> &[PathBuf] {
        &self.deprecated
    }

    /// The folders that something was found in, and those that were named.
    #[must_use]
    pub fn folders(&self) -> BTreeSet<PathBuf> {
        let named = self.paths.iter().filter(|path| path.is_dir()).map(PathBuf::as_path);
        let found = self.found.iter().filter_map(|found| found.path().parent());
        let here = |folder: &Path| if folder.as_os_str().is_empty() { Path::new(".") } else { folder }.to_owned();
        named.chain(found).map(here).collect()
    }

    /// Reads again what has changed. `None` when everything stands as it did.
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
