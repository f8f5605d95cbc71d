//! `watchfloor replay [PATH…]`, and `watchfloor` alone: a console on a replay clock, fed from log files or the bundled
//! demo.

use std::io::IsTerminal as _;
use std::path::PathBuf;

use super::console::{self, Front};
use super::input::Named;
use super::settings::{CLOCK, Settings};
use super::{Exit, demo, output, rule_set, state};
use crate::app::Mode;
use crate::engine::{self, ReplayOf, ReplayOptions};
use crate::triage::Store;

/// Event seconds per second: an hour a minute.
const SPEED: f64 = 60.0;
/// Plays the demo's attack in less than a minute.
const DEMO_SPEED: f64 = 120.0;

pub(super) fn run(settings: &Settings, paths: &[PathBuf], speed: Option<f64>, paused: bool) -> anyhow::Result<Exit> {
    let sources = Named::of(paths, settings)?;
    let window = settings.window()?;
    let bundled = sources.paths.is_empty() && sources.clusters.is_empty();
    if bundled && !std::io::stdout().is_terminal() {
        return demo::print(settings);
    }
    let rules = rule_set::rules_for_console(settings)?;
    console::require_terminal()?;
    if !bundled {
        sources.find(&window)?;
    }
    let ((store, unwritable), kept) = match &settings.common.state {
        Some(path) => (state::for_console(path, false)?, output::path(path)),
        None => ((Store::in_memory()?, None), "in memory".to_owned()),
    };
    let options = ReplayOptions {
        speed: speed.unwrap_or(if bundled { DEMO_SPEED } else { SPEED }),
        paused,
        start_at: bundled.then(demo::start).flatten(),
        window,
        threads: settings.threads(),
        contacts: settings.config.contacts.clone(),
        clock: CLOCK,
    };
    let of = if bundled {
        demo::log()
    } else {
        ReplayOf::Log { paths: sources.paths.clone(), clusters: sources.clusters.clone() }
    };
    let front = Front { mode: Mode::Replay, folders: Vec::new(), state: kept, unwritable };
    console::run(settings, front, rules.warnings, |outlet| Ok(engine::replay(of, rules.book, options, store, outlet)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_attack_of_the_demo_begins_within_the_first_minute() {
        let attack: chrono::DateTime<chrono::Utc> = "2026-11-23T10:41:52Z".parse().unwrap();
        let wait = (attack - demo::start().unwrap()).num_seconds();
        assert!((1..60).contains(&(wait / DEMO_SPEED as i64)), "{wait} s on its clock");
    }
}
