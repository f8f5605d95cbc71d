//! Loads the rules of a run, and words what there is to say about those that do not run.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};

use super::output::first_few;
use super::settings::Settings;
use super::{Exit, output};
use crate::detect::{Exceptions, Lacking, RuleSet};
use crate::diag::Diagnostic;
use crate::engine::RuleBook;
use crate::event::Lack;
use crate::rule::{FileOutcome, Pack, PackEntry, Rule, Standing};

pub(super) struct Rules {
    /// The rules that run; at least one.
    pub set: Arc<RuleSet>,
    /// All rules, for a console to watch.
    pub book: RuleBook,
    pub warnings: Vec<String>,
    /// A rule has an error.
    pub broken: bool,
}

impl Rules {
    pub(super) fn warn(&self) {
        self.warnings.iter().for_each(|w| output::warning(w));
    }

    /// `exit`, or [`Exit::Partly`] if a rule has an error.
    pub(super) fn exit(&self, exit: Exit) -> Exit {
        if self.broken && exit == Exit::Done { Exit::Partly } else { exit }
    }
}

/// Loads the rules that the options name. Errors stop nothing as long as one rule runs.
pub(super) fn rules(settings: &Settings) -> anyhow::Result<Rules> {
    let exceptions = match settings.exceptions() {
        Some(path) => read_exceptions(path)?,
        None => Exceptions::default(),
    };
    with_exceptions(settings, exceptions)
}

/// [`rules`] for a console, which creates a missing exceptions file itself.
pub(super) fn rules_for_console(settings: &Settings) -> anyhow::Result<Rules> {
    match settings.exceptions().filter(|path| !path.exists()) {
        None => rules(settings),
        Some(missing) => {
            let mut rules = with_exceptions(settings, Exceptions::default())?;
            let missing = output::path(missing);
            rules.warnings.push(format!("there is no file {missing} yet: the first exception written makes it"));
            Ok(rules)
        }
    }
}

fn with_exceptions(settings: &Settings, exceptions: Exceptions) -> anyhow::Result<Rules> {
    let pack = Pack::load(settings.rules(), settings.now);
    let book = RuleBook::with_geoip(pack, exceptions, settings.geoip.clone());
    let (set, entries) = (book.current(), book.entries());
    let entries: Vec<PackEntry> = entries.into_iter().map(|rule| rule.entry).collect();
    let errors: Vec<String> = entries.iter().filter_map(|e| e.error().map(Diagnostic::to_string)).collect();
    let mut warnings: Vec<String> = entries.iter().flat_map(|e| &e.warnings).map(Diagnostic::to_string).collect();
    warnings.extend(left_out(&entries, &[]));
    if set.rules().is_empty() {
        warnings.iter().for_each(|w| output::warning(w));
        errors.iter().for_each(|e| output::error(e));
        bail!("no rule to run; `watchfloor rules check PATH` says of each file what it holds");
    }
    warnings.extend(doubts(&set));
    warnings.extend(lacking(&set));
    let broken = !errors.is_empty();
    Ok(Rules { set, book, warnings: errors.into_iter().chain(warnings).collect(), broken })
}

/// Warnings about parts of queries that can never match.
pub(super) fn doubts(set: &RuleSet) -> Vec<String> {
    set.warnings().map(|(rule, warning)| format!("rule {}: {warning}", rule.name)).collect()
}

/// Warnings about rules that ask for what no record holds, one per reason: those that never alert come first.
fn lacking(set: &RuleSet) -> Vec<String> {
    let mut all: BTreeMap<(bool, Lack), (BTreeSet<String>, Vec<String>)> = BTreeMap::new();
    for (rule, lacking) in set.lacking() {
        for Lacking { lack, fields, fatal } in lacking {
            let (asked, who) = all.entry((!fatal, lack)).or_default();
            asked.extend(fields);
            who.push(rule.name.clone());
        }
    }
    let sentence = |((mild, lack), (asked, who)): (_, (BTreeSet<String>, Vec<String>))| {
        let lack: Lack = lack;
        let asked = lack.fields().map_or_else(|| first_few(&Vec::from_iter(asked)), str::to_owned);
        let does = match (mild, who.len()) {
            (true, 1) => "1 rule asks for".to_owned(),
            (true, many) => format!("{many} rules ask for"),
            (false, 1) => "1 rule never alerts on a record: it needs".to_owned(),
            (false, many) => format!("{many} rules never alert on a record: they need"),
        };
        format!("{does} {asked}, {} ({})", lack.in_words(), first_few(&who))
    };
    all.into_iter().map(sentence).collect()
}

/// Sentences about rules that are well formed but do not run, one per reason.
pub(super) fn left_out(entries: &[PackEntry], left: &[(Arc<Rule>, String)]) -> Vec<String> {
    let mut by_reason: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for entry in entries {
        if let Standing::Unsupported(why) | Standing::NoRule(why) = &entry.standing {
            by_reason.entry(why).or_default().push(short(entry));
        }
    }
    for (rule, why) in left {
        by_reason.entry(why).or_default().push(format!("rule {}", rule.name));
    }
    by_reason.into_iter().map(|(why, who)| sentence(why, &who)).collect()
}

fn sentence(why: &str, who: &[String]) -> String {
    match who {
        [one] => format!("{one}: {why}"),
        _ => format!("{} left out: {why} ({})", who.len(), first_few(who)),
    }
}

/// The warning about a skipped folder.
pub(super) fn deprecated(folder: &Path) -> String {
    format!("{}: a folder of deprecated rules, left out; name it to run them", output::path(folder))
}

/// The file of a rule, with the line in an export.
pub(super) fn place(outcome: &FileOutcome) -> String {
    let path = output::path(&outcome.path);
    outcome.line.map_or(path.clone(), |line| format!("{path}:{line}"))
}

/// The bare file name, with the line in an export.
fn short(entry: &PackEntry) -> String {
    let name = entry.path.as_deref().map(|path| output::path(path.file_name().map_or(path, Path::new)));
    let name = name.unwrap_or_default();
    entry.line.map_or(name.clone(), |line| format!("{name}:{line}"))
}

pub(super) fn read_exceptions(path: &Path) -> anyhow::Result<Exceptions> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read the exceptions {}", output::path(path)))?;
    let exceptions = Exceptions::parse(&text, &path.to_string_lossy())?;
    exceptions.warnings().iter().for_each(|w| output::warning(&w.to_string()));
    Ok(exceptions)
}

/// The paths, for a message.
pub(super) fn names(paths: &[PathBuf]) -> String {
    paths.iter().map(|p| output::path(p)).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_left_out_for_the_same_reason_are_one_sentence() {
        let who = |n: usize| (0..n).map(|i| format!("f{i}")).collect::<Vec<_>>();
        assert_eq!(sentence("esql rules do not run here", &who(1)), "f0: esql rules do not run here");
        assert_eq!(sentence("why", &who(2)), "2 left out: why (f0, f1)");
        assert_eq!(sentence("why", &who(9)), "9 left out: why (f0, f1, f2, …)");
    }
}
