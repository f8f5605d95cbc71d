//! Progress of a pass on standard error: a bar when that is a terminal, each file that could not be read by name and
//! reason, and figures at the end when they are asked for.

use std::collections::BTreeMap;
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};

use super::output;
use super::settings::Settings;
use crate::engine::{Figures, FileDone, Input, LATEST, Unopened};

/// Bad stretches named for each file; the rest are counted.
const NAMED: usize = 5;

/// Tells how a pass goes.
pub(super) struct Progress {
    bar: ProgressBar,
    begun: Instant,
    stats: bool,
    /// Files to open, and those that are not.
    files: u64,
    unopened: Unopened,
}

impl Progress {
    pub(super) fn new(input: &Input, settings: &Settings) -> Self {
        // Hidden by itself when standard error is no terminal.
        let bar = ProgressBar::new(input.files.len() as u64);
        if let Ok(style) = ProgressStyle::with_template("{bar:24} {pos}/{len} files, {eta} left") {
            bar.set_style(style);
        }
        Self {
            bar,
            begun: Instant::now(),
            stats: settings.common.stats,
            files: input.files.len() as u64,
            unopened: input.unopened,
        }
    }

    /// Goes on with other files of the input.
    pub(super) fn turn(&mut self, input: &Input) {
        self.bar.inc_length(input.files.len() as u64);
        self.files += input.files.len() as u64;
        self.unopened = input.unopened;
    }

    /// Takes in one file.
    pub(super) fn file<T>(&mut self, file: &FileDone<'_, T>) {
        self.bar.inc(1);
        let path = output::path(file.path);
        self.bar.suspend(|| {
            if let Some(problem) = &file.problem {
                output::warning(&format!("{path}: {problem}"));
            }
            for bad in file.bad.iter().take(NAMED) {
                output::warning(&format!("{path}: bad record at byte {}: {}", bad.offset, bad.reason));
            }
            if file.bad_total > NAMED as u64 {
                output::warning(&format!("{path}: {} more bad records", file.bad_total - NAMED as u64));
            }
        });
    }

    /// Ends it.
    pub(super) fn finish(self, figures: &Figures) {
        self.bar.finish_and_clear();
        if !figures.others.is_empty() {
            output::note(&others(&figures.others));
        }
        if !self.stats {
            return;
        }
        let seconds = self.begun.elapsed().as_secs_f64();
        if figures.skipped() {
            output::note(&format!(
                "passed over {} and {} of other files: they hold nothing that is asked for",
                output::count(figures.skipped_files, "file"),
                output::count(figures.skipped_records.values().sum(), "record"),
            ));
        }
        if !figures.skipped_records.is_empty() {
            let reasons: Vec<String> =
                figures.skipped_records.iter().map(|(why, records)| format!("{records} {why}")).collect();
            output::note(&format!("of those records, {}", reasons.join(" and ")));
        }
        output::note(&format!(
            "read {} ({} failed, {} digest or insight), {} ({}), {:.1} MB, {:.1} MB unpacked, in {seconds:.2} s",
            output::count(figures.files, "file"),
            figures.failed,
            figures.left_out,
            output::count(figures.events, "event"),
            output::count(figures.bad, "bad record"),
            figures.bytes as f64 / 1e6,
            figures.content_bytes as f64 / 1e6,
        ));
        for (envelope, records) in &figures.opened {
            output::note(&format!("{} in {}", output::count(*records, "record"), envelope.0));
        }
        if self.unopened.total() > 0 {
            output::note(&unopened(self.unopened, self.files));
        }
    }
}

/// Files that are no logs of CloudTrail, by what they are, on one line.
fn others(others: &BTreeMap<&'static str, u64>) -> String {
    let each: Vec<String> = others.iter().map(|(what, files)| format!("{files} {what}")).collect();
    let all = output::count(others.values().sum(), "file");
    format!("set aside {all} beside the logs of CloudTrail: {}", each.join(", "))
}

/// How many files were not opened, and why.
fn unopened(unopened: Unopened, files: u64) -> String {
    let why = [
        (unopened.before, "delivered before --since".to_owned()),
        (unopened.after, format!("delivered more than {} days after --until", LATEST.num_days())),
    ];
    let why: Vec<String> = why.iter().filter(|(n, _)| *n > 0).map(|(n, why)| format!("{n} {why}")).collect();
    let all = output::count(files + unopened.total(), "file");
    format!("{} of {all} not opened: {}", unopened.total(), why.join(", "))
}
