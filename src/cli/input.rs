//! Shared by commands that read everything once: finding the input, and the exit status.

use std::path::{Path, PathBuf};

use anyhow::bail;

use super::settings::Settings;
use super::{Exit, cluster, output, rule_set};
use crate::cluster::Client;
use crate::detect::RuleSet;
use crate::diag::Diagnostic;
use crate::engine::{Figures, Input, Window};
use crate::text::visible;
use crate::trail::bucket::{Bucket, fetch_into};

/// Files, folders and clusters among the arguments.
pub(super) struct Named {
    pub paths: Vec<PathBuf>,
    pub clusters: Vec<Client>,
}

impl Named {
    pub(super) fn of(arguments: &[PathBuf], settings: &Settings) -> anyhow::Result<Self> {
        refuse_addresses(arguments)?;
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

    /// How a pass ended. Says what to do where none of the files is one of CloudTrail's.
    pub(super) fn exit(&self, input: &Input, figures: &Figures) -> Exit {
        if figures.is_failure() {
            return Exit::Nothing;
        }
        if has_no_log(figures) {
            let folder = self.paths.iter().find(|path| path.is_dir()).map_or(Path::new("."), PathBuf::as_path);
            output::warning(&format!(
                "none of it is a log of CloudTrail; those lie under AWSLogs/ACCOUNT/CloudTrail/ in the trail's bucket: {}",
                fetch_into(&folder.to_string_lossy())
            ));
        }
        if figures.failed > 0 || figures.bad > 0 || !input.problems.is_empty() { Exit::Partly } else { Exit::Done }
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
        // What is there and closed is no reason to fetch it.
        let missing = input.problems.iter().all(|(path, _)| !path.exists() && !path.is_symlink());
        let folder = paths.iter().find(|path| path.is_dir()).or_else(|| paths.first()).filter(|_| missing);
        let fetch = folder.map(|folder| format!(", or fetch logs first: {}", fetch_into(&folder.to_string_lossy())));
        bail!(
            "no file to read in {}; name a log file, a folder of logs, - for standard input, or cluster:NAME{}",
            rule_set::names(paths),
            fetch.unwrap_or_default()
        );
    }
    Ok(input)
}

/// What a path is that is none, and how to get at what is there.
pub(super) fn elsewhere(path: &Path) -> Option<(&'static str, String)> {
    let typed = path.to_str().filter(|_| !path.exists())?;
    if let Some(bucket) = Bucket::of(typed) {
        let (command, name) = bucket.fetch();
        return Some(("is a bucket", format!("{command} fetches it; then name {name} here")));
    }
    let (scheme, rest) = typed.split_once("://")?;
    let todo = match scheme {
        "http" | "https" => {
            "a search cluster is described as [cluster.NAME] with url and index in the configuration, and then named \
             cluster:NAME; anything else is fetched into a folder first"
                .to_owned()
        }
        "file" => format!("name {}", visible(rest)),
        _ => "fetch what is there into a folder, and name that".to_owned(),
    };
    Some(("is an address", todo))
}

/// Fails where one of them is the address of a bucket, or of something else: says how its logs get here.
pub(super) fn refuse_addresses(arguments: &[PathBuf]) -> anyhow::Result<()> {
    let Some((typed, (what, todo))) = arguments.iter().find_map(|path| Some((path, elsewhere(path)?))) else {
        return Ok(());
    };
    let said = format!("{} {what}, and files and folders are read", output::path(typed));
    Err(Diagnostic::new(said).help(todo).into())
}

/// Whether files were read, and each was something else.
fn has_no_log(figures: &Figures) -> bool {
    let others = figures.others.values().sum::<u64>() + figures.left_out + figures.failed;
    let read = figures.documents + figures.events + figures.bad + u64::from(figures.skipped());
    figures.files > 0 && read == 0 && others >= figures.files
}
