//! `watchfloor doctor [DIR | cluster:NAME …]`: looks at all that a console needs, and says of each thing that it is ok, or
//! what to do. Changes nothing.
//!
//! What is found out ([`terminal::Facts`] and so on) is kept apart from what is said of it, so that a test can be in every
//! broken state.

mod check;
mod clusters;
mod logs;
mod notifications;
mod setup;
mod state;
mod terminal;

use std::io::Write as _;
use std::path::PathBuf;

use self::check::{Check, Standing};
use super::args::Common;
use super::formats::DoctorFormat;
use super::settings::Settings;
use super::{Exit, cluster, output};
use crate::text::markup;

/// Exits with 0 where nothing fails, and with 1 otherwise.
pub(super) fn run(common: &Common, paths: &[PathBuf], format: DoctorFormat) -> anyhow::Result<Exit> {
    let terminal = terminal::Facts::gather(common.color.decides(), common.ascii);
    let mut checks = terminal::checks(&terminal);
    let (mut settings, configuration) = setup::settings(common);
    checks.push(configuration);
    checks.extend(setup::checks(&mut settings));
    checks.extend(analyst(&settings));
    match settings.state() {
        Ok(path) => checks.extend(state::checks(&state::Facts::gather(&path))),
        Err(error) => checks.push(Check::failed("state", &error, "name a file with --state")),
    }
    checks.extend(sources(&settings, paths));
    print(&checks, format, if terminal.capabilities().unicode { "→" } else { "->" })?;
    let fails = checks.iter().any(|check| check.standing == Standing::Fail);
    Ok(if fails { Exit::Partly } else { Exit::Done })
}

fn analyst(settings: &Settings) -> Option<Check> {
    settings.analyst().err().map(|error| Check::failed("analyst", &error, "name one with --analyst"))
}

/// Folders and clusters.
fn sources(settings: &Settings, paths: &[PathBuf]) -> Vec<Check> {
    let mut checks = Vec::new();
    let (named, folders): (Vec<_>, Vec<_>) = paths.iter().cloned().partition(|path| cluster::is_named(path));
    if paths.is_empty() {
        checks.push(Check::ok("logs", "none were named: watchfloor doctor DIR looks at those too"));
    }
    if !folders.is_empty() {
        checks.extend(notifications::check(&notifications::Facts::gather(&folders)));
        match settings.window() {
            Ok(window) => checks.extend(logs::checks(&logs::Facts::gather(&folders, settings, &window))),
            Err(error) => checks.push(Check::failed("logs", &error, "correct --since and --until")),
        }
    }
    for path in named {
        match cluster::for_console(&[path], settings) {
            Ok(places) => {
                // The same one, where it has both events and decisions.
                if let Some(client) = places.clusters.into_iter().chain(places.decisions).next() {
                    checks.extend(clusters::checks(&clusters::Facts::gather(&client, settings.now)));
                }
            }
            Err(error) => checks.push(Check::failed("cluster", &error, "describe it in the configuration")),
        }
    }
    checks
}

fn print(checks: &[Check], format: DoctorFormat, arrow: &str) -> std::io::Result<()> {
    let mut out = output::stdout();
    match format {
        DoctorFormat::Text => checks.iter().try_for_each(|check| writeln!(out, "{}", check.line(arrow)))?,
        DoctorFormat::Json => writeln!(out, "{}", markup::json(&serde_json::to_string_pretty(checks)?))?,
    }
    out.flush()
}
