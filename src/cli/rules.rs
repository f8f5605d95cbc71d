//! `watchfloor rules check PATH…` and `watchfloor rules show PATH`.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::bail;

use super::formats::ShowFormat;
use super::{Exit, output, rule_set};
use crate::detect::{Exceptions, RuleSet};
use crate::rule::{self, FileStatus};
use crate::text::{markup, visible};

/// Prints one line per rule: `PATH: ok (NAME)`, `PATH: unsupported: why`, `PATH: error: where and why`. The whole
/// message of an error, with its place, goes to standard error.
pub(super) fn check(paths: &[PathBuf]) -> anyhow::Result<Exit> {
    let load = rule::load_all(paths);
    load.deprecated.iter().for_each(|folder| output::warning(&rule_set::deprecated(folder)));
    if load.outcomes.is_empty() {
        bail!("no rule file in {}", rule_set::names(paths));
    }
    let mut out = output::stdout();
    let mut exit = Exit::Done;
    for outcome in &load.outcomes {
        let place = rule_set::place(outcome);
        match &outcome.status {
            FileStatus::Ok(name) => writeln!(out, "{place}: ok ({})", visible(name))?,
            FileStatus::Unsupported(why) | FileStatus::NoRule(why) => {
                writeln!(out, "{place}: unsupported: {}", visible(why))?
            }
            FileStatus::Error(error) => {
                exit = Exit::Nothing;
                let at = error.place.as_ref().map(|p| format!("{}:{}: ", p.line, p.column)).unwrap_or_default();
                writeln!(out, "{place}: error: {at}{}", visible(&error.message))?;
                output::error(&error.to_string());
            }
        }
        outcome.warnings.iter().for_each(|w| output::warning(&w.to_string()));
    }
    out.flush()?;
    let (set, left) = RuleSet::new(load.rules, Exceptions::default());
    let notes = rule_set::doubts(&set).into_iter().chain(rule_set::left_out(&[], &left));
    notes.for_each(|note| output::warning(&note));
    Ok(exit)
}

/// Prints the rules of one file, without those that have errors.
pub(super) fn show(path: &Path, format: ShowFormat) -> anyhow::Result<Exit> {
    let load = rule::load(path);
    let mut exit = Exit::Done;
    for outcome in &load.outcomes {
        outcome.warnings.iter().for_each(|w| output::warning(&w.to_string()));
        match &outcome.status {
            FileStatus::Ok(_) => continue,
            FileStatus::Unsupported(why) | FileStatus::NoRule(why) => {
                output::warning(&format!("{}: unsupported: {why}", rule_set::place(outcome)))
            }
            FileStatus::Error(error) => output::error(&error.to_string()),
        }
        exit = Exit::Partly;
    }
    if load.rules.is_empty() {
        if load.errors().next().is_none() {
            output::error(&format!("no rule to show in {}", output::path(path)));
        }
        return Ok(Exit::Nothing);
    }
    let mut out = output::stdout();
    for rule in &load.rules {
        match format {
            ShowFormat::Json => {
                writeln!(out, "{}", markup::json(&serde_json::to_string_pretty(&rule::to_json(rule))?))?;
            }
            ShowFormat::Text => writeln!(out, "{}", rule::to_text(rule))?,
        }
    }
    out.flush()?;
    Ok(exit)
}
