//! Shared by commands that read everything once: finding the input, and the exit status.

use std::path::{Path, PathBuf};

use anyhow::bail;

use super::settings::Settings;
use super::{Exit, cluster, output, rule_set};
use crate::cluster::Client;
use crate::detect::RuleSet;
use crate::engine::{Figures, Input, Window};

/// Files, folders and clusters among the arguments.
pub(super) struct Named {
    pub paths: Vec<PathBuf>,
    pub clusters: Vec<Client>,
}

impl Named {
    pub(super) fn of(arguments: &[PathBuf], settings: &Settings) -> anyhow::Result<Self> {
        let (paths, clusters) = cluster::split(arguments, settings)?;
        Ok(Self { paths, clusters })
    }

    /// Finds the input for `window`, and names what could not be looked into. Fails when there is no source at all.
    pub(super) fn find(&self, window: &Window) -> anyhow::Result<Input> {
        checked(&self.paths, Input::find(&self.paths, window).with(self.clusters.clone()))
    }

    /// [`Self::find`], with what is earlier and these rules look back to.
    pub(super) fn find_for(&self, window: &Window, rules: &RuleSet) -> anyhow::Result<Input> {
        checked(&self.paths, Input::find_for(&self.paths, window, rules).with(self.clusters.clone()))
    }
}

fn checked(paths: &[PathBuf], mut input: Input) -> anyhow::Result<Input> {
    // Standard input can only be read once.
    let mut stdin = false;
    input.files.retain(|path| path != Path::new("-") || !std::mem::replace(&mut stdin, true));
    for (path, reason) in &input.problems {
        output::warning(&format!("{}: {reason}", output::path(path)));
    }
    if input.files.is_empty() && input.clusters.is_empty() && input.unopened.total() == 0 {
        bail!(
            "no file to read in {}; name a log file, a folder of logs, - for standard input, or cluster:NAME",
            rule_set::names(paths)
        );
    }
    Ok(input)
}

pub(super) fn exit(input: &Input, figures: &Figures) -> Exit {
    if figures.is_failure() {
        return Exit::Nothing;
    }
    if figures.failed > 0 || figures.bad > 0 || !input.problems.is_empty() { Exit::Partly } else { Exit::Done }
}
