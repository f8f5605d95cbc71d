//! The shared options, completed from the configuration file and defaults.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use chrono::{DateTime, Utc};
use etcetera::BaseStrategy as _;
use serde::Deserialize;

use super::args::Common;
use super::geoip::{self, GeoIpFiles};
use super::output;
use crate::cluster::Profile;
use crate::diag::{Diagnostic, Span};
use crate::engine::{Clock, Window};
use crate::event::GeoIp;

/// The configuration file. All keys are optional; options on the command line take precedence.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Config {
    /// As `--analyst`.
    pub analyst: Option<String>,
    /// As `--rules`.
    pub rules: Vec<PathBuf>,
    /// As `--state`.
    pub state: Option<PathBuf>,
    /// As `--exceptions`.
    pub exceptions: Option<PathBuf>,
    /// Whom to ask about an account: account id → text.
    pub contacts: BTreeMap<String, String>,
    pub geoip: GeoIpFiles,
    /// The search clusters by their names.
    #[serde(rename = "cluster")]
    pub clusters: BTreeMap<String, Profile>,
}

/// The machine's clock, to hand in.
#[allow(clippy::disallowed_methods, reason = "time enters the program here")]
pub(super) const CLOCK: Clock = Utc::now;

#[derive(Debug)]
pub(super) struct Settings {
    pub common: Common,
    pub config: Config,
    /// Empty for a command that reads no events.
    pub geoip: GeoIp,
    pub now: DateTime<Utc>,
}

impl Settings {
    pub(super) fn new(common: Common) -> anyhow::Result<Self> {
        let config = match Self::config_file(&common).filter(|path| common.config.is_some() || path.exists()) {
            Some(path) => read_config(&path)?,
            None => Config::default(),
        };
        Ok(Self { common, config, geoip: GeoIp::default(), now: CLOCK() })
    }

    /// The configuration file: `--config`, or the one in the user's folder, which need not be there.
    pub(super) fn config_file(common: &Common) -> Option<PathBuf> {
        common.config.clone().or_else(|| {
            let dirs = etcetera::choose_base_strategy().ok()?;
            Some(dirs.config_dir().join("watchfloor/config.toml"))
        })
    }

    /// [`Self::new`] for commands that read events: opens the databases too.
    pub(super) fn for_events(common: Common) -> anyhow::Result<Self> {
        let settings = Self::new(common)?;
        Ok(Self { geoip: geoip::open(&settings.config.geoip)?, ..settings })
    }

    /// The name on recorded decisions.
    pub(super) fn analyst(&self) -> anyhow::Result<String> {
        let name = match self.common.analyst.as_ref().or(self.config.analyst.as_ref()) {
            Some(name) => name.trim().to_owned(),
            None => whoami::username().context("cannot tell the login name; name the analyst with --analyst")?,
        };
        if name.is_empty() || name.len() > 64 || name.chars().any(char::is_control) {
            bail!("the analyst's name must have 1 to 64 characters and no control characters: {name:?}");
        }
        Ok(name)
    }

    /// The state file: `--state`, the configuration, or the user's state folder.
    pub(super) fn state(&self) -> anyhow::Result<PathBuf> {
        if let Some(path) = self.common.state.as_ref().or(self.config.state.as_ref()) {
            return Ok(path.clone());
        }
        let dirs = etcetera::choose_base_strategy().context("cannot tell the home folder; name a file with --state")?;
        let state = dirs.state_dir().unwrap_or_else(|| dirs.data_dir());
        Ok(state.join("watchfloor/state.db"))
    }

    pub(super) fn window(&self) -> anyhow::Result<Window> {
        let since = self.common.since.map(|m| m.resolve(self.now));
        let until = self.common.until.map(|m| m.resolve(self.now));
        if let (Some(since), Some(until)) = (since, until)
            && since >= until
        {
            bail!("--since {since} is not before --until {until}: no event can be in between");
        }
        Ok(Window { since, until })
    }

    pub(super) fn threads(&self) -> usize {
        match self.common.threads {
            Some(threads) => usize::from(threads),
            None => std::thread::available_parallelism().map_or(1, usize::from),
        }
    }

    pub(super) fn rules(&self) -> &[PathBuf] {
        if self.common.rules.is_empty() { &self.config.rules } else { &self.common.rules }
    }

    pub(super) fn exceptions(&self) -> Option<&Path> {
        self.common.exceptions.as_deref().or(self.config.exceptions.as_deref())
    }
}

fn read_config(path: &Path) -> anyhow::Result<Config> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the configuration {}", output::path(path)))?;
    toml::from_str(&text).map_err(|error| {
        let mut diagnostic = Diagnostic::new(error.message()).in_file(path.to_string_lossy());
        if let Some(span) = error.span() {
            diagnostic = diagnostic.at(&text, Span::new(span.start, span.end));
        }
        let known =
            "known keys: analyst, rules, state, exceptions, [contacts], [geoip] with city and asn, [cluster.NAME] with";
        diagnostic.help(format!("{known} {}", Profile::KEYS)).into()
    })
}
