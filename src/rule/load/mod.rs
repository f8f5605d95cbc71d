//! Loads rule files. Three formats, recognised by content where the file name leaves it open:
//!
//! - **detection-rules TOML**: `[rule]`, as in Elastic's repository; `$investigate_0` marks in the note are filled in
//!   from `[transform]`;
//! - **the published page**: Markdown of Elastic's documentation, one rule per page;
//! - **NDJSON**: Kibana's export, one rule per line. Its summary line is skipped; filters and exceptions become part of
//!   their rule.
//!
//! Each format becomes a tree of values with their positions ([`node`]), from which one builder ([`build`]) makes the
//! rule. A bad file, or a bad line of an export, does not stop the rest: it is one outcome among others.

mod build;
mod exceptions;
mod fields;
mod files;
mod filters;
mod markdown_page;
mod ndjson;
mod node;
mod query;
mod toml;
mod type_fields;
mod unknown_fields;
mod unknown_keys;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use self::build::RuleSource;
use self::exceptions::Lists;
pub(super) use self::files::{Candidate, Candidates, find};
use self::node::{Table, Value};
use super::{Rule, RuleOrigin, derived_id};
use crate::diag::{Diagnostic, Place};

const UNRECOGNISED: &str = "not a rule file: neither TOML, a published page, nor an export";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RuleFormat {
    /// detection-rules TOML.
    Toml,
    Page,
    /// Kibana's export, one JSON object per line.
    Ndjson,
}

/// The result of one file, or of one line of an export.
#[derive(Debug, Clone, PartialEq)]
pub enum FileStatus {
    /// Loaded; the rule's name.
    Ok(String),
    /// Does not run here, and why.
    Unsupported(String),
    /// Not a rule, but this.
    NoRule(String),
    Error(Diagnostic),
}

#[derive(Debug, Clone, PartialEq)]
pub struct FileOutcome {
    pub path: PathBuf,
    /// From 1; only where the file holds several rules.
    pub line: Option<usize>,
    pub name: Option<String>,
    /// As far as it could be read, even where it does not run here.
    pub rule: Option<Arc<Rule>>,
    /// Place of the rule's id, or of the name that the id is made from.
    pub id_at: Option<Place>,
    pub status: FileStatus,
    /// What was ignored, such as unknown fields.
    pub warnings: Vec<Diagnostic>,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct RuleLoad {
    /// In the order of [`RuleLoad::outcomes`]. No two have the same id.
    pub rules: Vec<Arc<Rule>>,
    /// One per file, or per line of an export.
    pub outcomes: Vec<FileOutcome>,
    /// Folders of deprecated rules, which were skipped.
    pub deprecated: Vec<PathBuf>,
}

impl RuleLoad {
    pub fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        self.outcomes.iter().filter_map(|o| match &o.status {
            FileStatus::Error(error) => Some(error),
            _ => None,
        })
    }
}

/// Loads rules from files and folders, in the order given. Folders are read recursively, sorted by path, without hidden
/// folders and `_deprecated`. A rule whose id came up before is an error; the first stays.
#[must_use]
pub fn load_all(paths: &[PathBuf]) -> RuleLoad {
    let Candidates { found, deprecated } = find(paths);
    let mut outcomes: Vec<FileOutcome> = found.iter().flat_map(read_found).collect();
    let rules = refuse_duplicates(outcomes.iter_mut());
    RuleLoad { rules, outcomes, deprecated }
}

/// Reads one candidate, without regard to the others.
pub(super) fn read_found(found: &Candidate) -> Vec<FileOutcome> {
    let (path, status) = match found {
        Candidate::File(path, _) => match files::read(path) {
            Ok(text) => match format_of(path, &text) {
                Some(format) => {
                    let mut outcomes = load_str(&text, format, &path.to_string_lossy()).outcomes;
                    outcomes.iter_mut().for_each(|outcome| path.clone_into(&mut outcome.path));
                    return outcomes;
                }
                None => (path, FileStatus::NoRule(UNRECOGNISED.to_owned())),
            },
            Err(error) => (path, FileStatus::Error(error)),
        },
        Candidate::Other(path, why) => (path, FileStatus::NoRule(why.clone())),
        Candidate::Error(path, error) => (path, FileStatus::Error(error.clone())),
    };
    let path = path.clone();
    vec![FileOutcome { path, line: None, name: None, rule: None, id_at: None, status, warnings: Vec::new() }]
}

/// Turns rules whose id came up before into errors. Returns the rules that stay.
pub(super) fn refuse_duplicates<'o>(outcomes: impl Iterator<Item = &'o mut FileOutcome>) -> Vec<Arc<Rule>> {
    let mut first: HashMap<String, String> = HashMap::new();
    let mut rules = Vec::new();
    for outcome in outcomes {
        let (FileStatus::Ok(_), Some(rule)) = (&outcome.status, &outcome.rule) else { continue };
        match first.get(&rule.id) {
            Some(first) => {
                let error = duplicate(rule, first).in_file(outcome.path.to_string_lossy());
                outcome.status = FileStatus::Error(Diagnostic { place: outcome.id_at.clone(), ..error });
            }
            None => {
                let here = match &outcome.id_at {
                    Some(at) => format!("{}:{}:{}", outcome.path.display(), at.line, at.column),
                    None => outcome.place(),
                };
                first.insert(rule.id.clone(), here);
                rules.push(Arc::clone(rule));
            }
        }
    }
    rules
}

impl FileOutcome {
    /// File and line, for messages.
    #[must_use]
    pub fn place(&self) -> String {
        match self.line {
            Some(line) => format!("{} line {line}", self.path.display()),
            None => self.path.display().to_string(),
        }
    }
}

#[must_use]
pub fn load(path: &Path) -> RuleLoad {
    load_all(&[path.to_owned()])
}

/// Loads the rules in `text`. `name` stands for the file in messages.
#[must_use]
pub fn load_str(text: &str, format: RuleFormat, name: &str) -> RuleLoad {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut load = RuleLoad::default();
    match format {
        RuleFormat::Toml => load.add(name, None, toml::rule(text, name)),
        RuleFormat::Page => load.add(name, None, page_rule(text, name)),
        RuleFormat::Ndjson => {
            for (line, outcome) in ndjson::rules(text, name) {
                load.add(name, line, outcome);
            }
        }
    }
    load
}

#[derive(Debug)]
enum Failure {
    /// Does not run here: why, and the rule as far as it can be read.
    Unsupported {
        why: String,
        rule: Option<Box<Rule>>,
    },
    NoRule(String),
    Error(Box<Diagnostic>),
}

impl From<Diagnostic> for Failure {
    fn from(error: Diagnostic) -> Self {
        Self::Error(Box::new(error))
    }
}

/// The result of reading one rule.
struct ReadRule {
    name: Option<String>,
    result: Result<Rule, Failure>,
    /// Place of its id, or of the name that the id is made from.
    id: Option<Place>,
    warnings: Vec<Diagnostic>,
}

impl ReadRule {
    fn failed(failure: impl Into<Failure>) -> Self {
        Self { name: None, result: Err(failure.into()), id: None, warnings: Vec::new() }
    }

    /// The exception lists that it refers to.
    fn lists(&self) -> Vec<(String, String)> {
        let rule = match &self.result {
            Ok(rule) => Some(rule),
            Err(Failure::Unsupported { rule, .. }) => rule.as_deref(),
            Err(_) => None,
        };
        rule.map_or(Vec::new(), |rule| rule.exceptions_list.iter().map(exceptions::named).collect())
    }

    /// Shifts all places down by `lines`, for a rule that was read apart from the lines above it.
    fn below(mut self, lines: usize) -> Self {
        let error = match &mut self.result {
            Err(Failure::Error(error)) => Some(&mut **error),
            _ => None,
        };
        let messages = self.warnings.iter_mut().chain(error).filter_map(|message| message.place.as_mut());
        messages.chain(&mut self.id).for_each(|place| place.line += lines);
        self
    }

    fn built(table: &Table, source: RuleSource<'_>, origin: RuleOrigin) -> Self {
        let id = ["rule_id", "name"].into_iter().find_map(|key| table.get(key));
        let id = id.map(|entry| Place::find(source.text, entry.node.span));
        let mut warnings = match source.format {
            RuleFormat::Page => Vec::new(),
            RuleFormat::Toml | RuleFormat::Ndjson => unknown_keys::find(table, source.text),
        };
        let result = build::build(table, source, origin);
        if result.is_ok() {
            warnings.extend(unknown_fields::find(&source.fields(table), source));
        }
        Self { name: name_in(table), result, id, warnings }
    }
}

impl RuleLoad {
    fn add(&mut self, file: &str, line: Option<usize>, read: ReadRule) {
        let (status, rule) = match read.result {
            Ok(rule) => {
                let rule = Arc::new(rule);
                self.rules.push(Arc::clone(&rule));
                (FileStatus::Ok(rule.name.clone()), Some(rule))
            }
            Err(Failure::Unsupported { why, rule }) => (FileStatus::Unsupported(why), rule.map(Arc::from)),
            Err(Failure::NoRule(what)) => (FileStatus::NoRule(what), None),
            Err(Failure::Error(error)) => (FileStatus::Error(error.in_file(file)), None),
        };
        let warnings = read.warnings.into_iter().map(|w| w.in_file(file)).collect();
        let id_at = read.id;
        let name = read.name;
        self.outcomes.push(FileOutcome { path: PathBuf::from(file), line, name, rule, id_at, status, warnings });
    }
}

fn duplicate(rule: &Rule, first: &str) -> Diagnostic {
    let message = if rule.id == derived_id(&rule.name) {
        format!("there is a rule of this name already, at {first}; this one was not loaded")
    } else {
        format!("`rule_id` {} is already used at {first}; this rule was not loaded", rule.id)
    };
    Diagnostic::new(message).help("give this rule a `rule_id` of its own, or load only one of the two")
}

fn format_of(path: &Path, text: &str) -> Option<RuleFormat> {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
    match extension.as_str() {
        "toml" => Some(RuleFormat::Toml),
        "ndjson" | "jsonl" | "json" => Some(RuleFormat::Ndjson),
        _ if text.contains("**Rule type**") => Some(RuleFormat::Page),
        _ if text.starts_with('{') => Some(RuleFormat::Ndjson),
        _ if text.lines().any(|line| line.trim() == "[rule]") => Some(RuleFormat::Toml),
        _ => None,
    }
}

fn name_in(table: &Table) -> Option<String> {
    match table.get("name").map(|e| &e.node.value) {
        Some(Value::Text(name)) => Some(name.trim().to_owned()),
        _ => None,
    }
}

fn page_rule(text: &str, file: &str) -> ReadRule {
    let page = markdown_page::read(text);
    let source = RuleSource { text, format: RuleFormat::Page, head: page.head, lists: &Lists::default() };
    ReadRule::built(&page.table, source, RuleOrigin::File { path: PathBuf::from(file), line: None })
}

#[cfg(test)]
mod tests;
