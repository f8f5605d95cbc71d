//! `watchfloor watch DIR…`: the live console, over folders, clusters, or both.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::anyhow;

use super::console::{self, Front};
use super::settings::{CLOCK, Settings};
use super::{Exit, cluster, input, output, rule_set, state};
use crate::app::Mode;
use crate::engine::{self, Deciding, WatchOptions};

/// How often rule files are checked.
const LOOK: Duration = Duration::from_secs(2);

pub(super) fn run(settings: &Settings, paths: Vec<PathBuf>, sweep: f64, shared: bool) -> anyhow::Result<Exit> {
    let window = settings.window()?;
    input::refuse_addresses(&paths)?;
    let cluster::Places { folders, clusters, decisions } = cluster::for_console(&paths, settings)?;
    let rules = rule_set::rules_for_console(settings)?;
    console::require_terminal()?;
    let path = settings.state()?;
    let (store, unwritable) = state::for_console(&path, shared)
        .map_err(|error| anyhow!("{error}; `watchfloor doctor` with the same options looks at all of it"))?;
    let read_only = settings.common.read_only || unwritable.is_some();
    let named = folders.iter().map(|folder| output::path(folder)).collect();
    let front = Front { mode: Mode::Watch, folders: named, state: output::path(&path), unwritable };
    // One core stays free for the analyst.
    let threads = settings.common.threads.map_or_else(|| settings.threads().saturating_sub(1).max(1), usize::from);
    console::run(settings, front, rules.warnings, |outlet| {
        let options = WatchOptions {
            folders,
            clusters,
            sweep: Duration::from_secs_f64(sweep),
            look: LOOK,
            window,
            threads,
            contacts: settings.config.contacts.clone(),
            decisions: decisions.map(|cluster| Deciding { cluster, read_only }),
            clock: CLOCK,
        };
        Ok(engine::watch(options, rules.book, store, outlet)?)
    })
}
