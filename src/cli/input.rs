//! Shared by commands that read everything once: finding the input, and the exit status.

use std::path::{Path, PathBuf};

use anyhow::bail;

use super::{Exit, output, rule_set};
use crate::detect::RuleSet;
use crate::engine::{Figures, Input, Window};

/// Finds the input for `window`, and names what could not be looked into. Fails when there is no file at all.
pub(super) fn find(paths: &[PathBuf], window: &Window) -> anyhow::Result<Input> {
    checked(paths, Input::find(paths, window))
}

/// [`find`], with the earlier files that these rules look back to.
pub(super) fn find_for(paths: &[PathBuf], window: &Window, rules: &RuleSet) -> anyhow::Result<Input> {
    checked(paths, Input::find_for(paths, window, rules))
}

fn checked(paths: &[PathBuf], mut input: Input) -> anyhow::Result<Input> {
    // Standard input can only be read once.
    let mut stdin = false;
    input.files.retain(|path| path != Path::new("-") || !std::mem::replace(&mut stdin, true));
    for (path, reason) in &input.problems {
        output::warning(&format!("{}: {reason}", output::path(path)));
    }
    if input.files.is_empty() && input.unopened.total() == 0 {
        bail!(
            "no file to read in {}; name a log file, a folder of logs, or - for standard input",
            rule_set::names(paths)
        );
    }
    Ok(input)
}

pub(super) fn exit(input: &Input, figures: &Figures) -> Exit {
    if figures.failed > 0 || figures.bad > 0 || !input.problems.is_empty() { Exit::Partly } else { Exit::Done }
}
