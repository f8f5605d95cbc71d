//! `watchfloor rules check PATH…` and `watchfloor rules show PATH`.

use std::collections::HashMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::bail;

use super::args::Common;
use super::formats::ShowFormat;
use super::settings::Settings;
use super::{Exit, geoip, output, rule_set};
use crate::detect::{Exceptions, Lacking, RuleSet};
use crate::event::GeoIp;
use crate::rule::{self, FileStatus};
use crate::text::{markup, visible};

/// Prints one line per rule: `PATH: ok (NAME)`, `PATH: unsupported: why`, `PATH: error: where and why`. The whole
/// message of an error, with its place, goes to standard error, and so do warnings.
pub(super) fn check(common: Common, paths: &[PathBuf]) -> anyhow::Result<Exit> {
    let load = rule::load_all(paths);
    load.deprecated.iter().for_each(|folder| output::warning(&rule_set::deprecated(folder)));
    if load.outcomes.is_empty() {
        bail!("no rule file in {}", rule_set::names(paths));
    }
    let databases = databases(common)?;
    let (set, left) = RuleSet::with_geoip(load.rules.clone(), Exceptions::default(), databases);
    let lacking: HashMap<&str, Vec<Lacking>> =
        set.lacking().map(|(rule, lacking)| (rule.id.as_str(), lacking)).collect();
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
        let lacking = outcome.rule.as_ref().and_then(|rule| lacking.get(rule.id.as_str()));
        for lacking in lacking.into_iter().flatten().filter(|_| matches!(outcome.status, FileStatus::Ok(_))) {
            output::warning(&lacking.diagnostic().in_file(&place).to_string());
        }
    }
    out.flush()?;
    let notes = rule_set::doubts(&set).into_iter().chain(rule_set::left_out(&[], &left));
    notes.for_each(|note| output::warning(&note));
    Ok(exit)
}

/// The databases that the configuration names. The command reads no events: what cannot be opened stops it no more than
/// what is not named, nor does a configuration that nobody named.
fn databases(common: Common) -> anyhow::Result<GeoIp> {
    let named = common.config.is_some();
    match Settings::new(common) {
        Ok(settings) => Ok(geoip::open(&settings.config.geoip).unwrap_or_else(|error| {
            output::warning(&format!("{error:#}"));
            GeoIp::default()
        })),
        Err(error) if named => Err(error),
        Err(_) => Ok(GeoIp::default()),
    }
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
