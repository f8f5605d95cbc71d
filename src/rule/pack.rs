//! The rules of a run: everything that `--rules` names, read once, and read again where it has changed.
//!
//! A pack lists all it was pointed at: the rules that run, those that do not and why, files with an error and where it
//! is. A file that is broken by a change goes on with the rules it had until it is whole again, and so do files that
//! can no longer be reached, because their folder is gone or closed. A file that is deleted from its folder takes its
//! rules with it.
//!
//! Looking whether anything has changed reads no file: it compares what the system says of each.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::load::{self, FileOutcome, FileStatus, Finding, Found};
use super::{Origin, Rule, bundled};
use crate::diag::Diagnostic;

/// A file that changed less than this many seconds before it was read may have changed again since without a sign: it is
/// read once more.
const YOUNG: u64 = 2;

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

/// What a refresh found to be different.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Changes {
    /// Rules that run now and did not before.
    pub new: Vec<Arc<Rule>>,
    /// Rules that run in another version.
    pub changed: Vec<Arc<Rule>>,
    /// Rules that no longer run.
    pub gone: Vec<Arc<Rule>>,
    /// Errors that were not there before.
    pub errors: Vec<Diagnostic>,
    /// How many files had an error and have none any more.
    pub mended: usize,
}

/// The rules of a run.
#[derive(Debug, Default)]
pub struct Pack {
    paths: Vec<PathBuf>,
    found: Vec<Found>,
    /// What each of `found` came to, and files that can no longer be reached.
    sources: Vec<Source>,
    deprecated: Vec<PathBuf>,
    entries: Vec<PackEntry>,
}

/// Something that was found, as it was read last.
#[derive(Debug, Clone, PartialEq)]
struct Source {
    path: PathBuf,
    read: DateTime<Utc>,
    young: bool,
    outcomes: Vec<FileOutcome>,
    /// Rules of an earlier version that go on because this one has an error.
    kept: Vec<Kept>,
}

#[derive(Debug, Clone, PartialEq)]
struct Kept {
    rule: Arc<Rule>,
    read: DateTime<Utc>,
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
        let finding = load::find(&self.paths);
        let same = finding.found == self.found && finding.deprecated == self.deprecated;
        if same && !self.sources.iter().any(|source| source.young) {
            return None;
        }
        let before = std::mem::take(&mut self.entries);
        let deprecated = self.deprecated.clone();
        self.read(finding, now);
        if self.entries == before && self.deprecated == deprecated {
            return None;
        }
        Some(Changes::between(&before, &self.entries))
    }

    fn read(&mut self, finding: Finding, now: DateTime<Utc>) {
        let Finding { found, deprecated } = finding;
        let known: HashMap<&Path, &Found> = self.found.iter().map(|found| (found.path(), found)).collect();
        let mut before: HashMap<PathBuf, Source> =
            std::mem::take(&mut self.sources).into_iter().map(|source| (source.path.clone(), source)).collect();
        let mut sources = Vec::with_capacity(found.len());
        for found in &found {
            match before.remove(found.path()) {
                Some(old) if known.get(found.path()) == Some(&found) && !old.young => sources.push(old),
                old => sources.push(Source::read(found, old, now)),
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

impl Source {
    fn read(found: &Found, before: Option<Self>, now: DateTime<Utc>) -> Self {
        let outcomes = load::read_found(found);
        let young = matches!(found, Found::File(_, stamp) if now.timestamp().abs_diff(stamp.changed_at()) < YOUNG);
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

    /// The rules that run because of it.
    fn into_rules(self) -> Vec<Kept> {
        let good = self.outcomes.into_iter().filter(|o| matches!(o.status, FileStatus::Ok(_)));
        let good = good.filter_map(|o| Some(Kept { rule: o.rule?, read: self.read }));
        good.chain(self.kept).collect()
    }

    /// Keeps those of its former rules that are not in it any more; for good if it has an error.
    fn keep(&mut self, former: Vec<Kept>) {
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

/// The files among `before` that can no longer be reached, as something above them cannot: their rules go on.
fn cut_off(found: &[Found], before: HashMap<PathBuf, Source>) -> Vec<Source> {
    let closed: Vec<(&Path, &Diagnostic)> = found.iter().filter_map(Found::error).collect();
    let mut sources: Vec<Source> = before
        .into_values()
        .filter_map(|source| {
            let (_, error) = closed.iter().find(|(path, _)| source.path.starts_with(path))?;
            let (path, read) = (source.path.clone(), source.read);
            let kept = source.into_rules();
            let outcomes = kept.iter().map(|kept| lost(&path, kept, error)).collect();
            Some(Source { path, read, young: false, outcomes, kept })
        })
        .filter(|source| !source.kept.is_empty())
        .collect();
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    sources
}

fn lost(path: &Path, kept: &Kept, error: &Diagnostic) -> FileOutcome {
    let status = FileStatus::Error(error.clone());
    let name = Some(kept.rule.name.clone());
    let (path, line) = (path.to_owned(), line(&kept.rule));
    FileOutcome { path, line, name, rule: None, id_at: None, status, warnings: Vec::new() }
}

fn line(rule: &Rule) -> Option<usize> {
    match rule.origin {
        Origin::Bundled => None,
        Origin::File { line, .. } => line,
    }
}

/// What the sources come to together. Those that turn out to be without error let go of what they had kept.
fn entries(sources: &mut [Source]) -> Vec<PackEntry> {
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
        // Whoever has the id now has the rule.
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
                // In a file with several rules it cannot always be told which of them an error is in.
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

impl Changes {
    fn between(before: &[PackEntry], after: &[PackEntry]) -> Self {
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

/// Whether two versions of a rule say the same, wherever they lie.
fn is_same(a: &Rule, b: &Rule) -> bool {
    a == b || Rule { origin: b.origin.clone(), ..a.clone() } == *b
}

#[cfg(test)]
mod tests;
