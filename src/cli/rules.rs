//! `watchfloor rules check PATH…` and `watchfloor rules show PATH`.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::bail;

use super::args::ShowFormat;
use super::{Exit, output};
use crate::rule::{self, FileStatus};
use crate::text::visible;

/// One line a rule file: `PATH: ok (NAME)`, `PATH: unsupported: why`, `PATH: error: where and why`. The whole message of
/// an error, with the place it points at, goes to standard error.
pub(super) fn check(paths: &[PathBuf]) -> anyhow::Result<Exit> {
    let load = rule::load_all(paths);
    if load.outcomes.is_empty() {
        bail!("no rule file in {}", paths.iter().map(|p| p.display().to_string()).collect::<Vec<_>>().join(", "));
    }
    let mut out = output::stdout();
    let mut exit = Exit::Done;
    for outcome in &load.outcomes {
        let path = visible(&outcome.path.to_string_lossy()).into_owned();
        let place = outcome.line.map_or(path.clone(), |line| format!("{path}:{line}"));
        match &outcome.status {
            FileStatus::Ok(name) => writeln!(out, "{place}: ok ({})", visible(name))?,
            FileStatus::Unsupported(why) => writeln!(out, "{place}: unsupported: {}", visible(why))?,
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
    Ok(exit)
}

/// Everything one rule file says.
pub(super) fn show(path: &Path, format: ShowFormat) -> anyhow::Result<Exit> {
    let load = rule::load(path);
    if let Some(error) = load.errors().next() {
        output::error(&error.to_string());
        return Ok(Exit::Nothing);
    }
    for outcome in &load.outcomes {
        outcome.warnings.iter().for_each(|w| output::warning(&w.to_string()));
        if let FileStatus::Unsupported(why) = &outcome.status {
            output::warning(&format!("{}: unsupported: {why}", outcome.path.display()));
        }
    }
    if load.rules.is_empty() {
        bail!("no rule in {}", path.display());
    }
    let mut out = output::stdout();
    for rule in &load.rules {
        match format {
            ShowFormat::Json => {
                serde_json::to_writer_pretty(&mut out, &rule::to_json(rule))?;
                writeln!(out)?;
            }
            ShowFormat::Text => writeln!(out, "{}", rule::to_text(rule))?,
        }
    }
    out.flush()?;
    Ok(exit_of(&load))
}

fn exit_of(load: &rule::RuleLoad) -> Exit {
    let all = load.outcomes.iter().all(|o| matches!(o.status, FileStatus::Ok(_)));
    if all { Exit::Done } else { Exit::Partly }
}
