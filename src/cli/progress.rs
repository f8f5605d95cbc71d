//! Shows the progress of a pass on standard error: a bar on a terminal, each file that could not be read and why, and
//! with `--stats` figures at the end.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};

use super::output;
use super::settings::Settings;
use crate::cluster::{Client, Traffic};
use crate::engine::{Extent, Figures, Input, LATEST, Portion, Unopened};

/// The most bad stretches named per file; the rest are counted.
const NAMED: usize = 5;

pub(super) struct Progress {
    bar: ProgressBar,
    begun: Instant,
    stats: bool,
    /// Files to open, and those skipped.
    files: u64,
    unopened: Unopened,
    /// Clusters, for what went over the line.
    clusters: Vec<Client>,
    /// The one that is read.
    source: Option<PathBuf>,
}

impl Progress {
    pub(super) fn new(input: &Input, settings: &Settings) -> Self {
        // It hides itself when standard error is not a terminal.
        let bar = ProgressBar::new(input.files.len() as u64);
        style(&bar, "files");
        Self {
            bar,
            begun: Instant::now(),
            stats: settings.common.stats,
            files: input.files.len() as u64,
            unopened: input.unopened,
            clusters: input.clusters.clone(),
            source: None,
        }
    }

    /// Starts a pass over further files of the input.
    pub(super) fn turn(&mut self, input: &Input) {
        self.bar.inc_length(input.files.len() as u64);
        self.files += input.files.len() as u64;
        self.unopened = input.unopened;
    }

    pub(super) fn portion<T>(&mut self, file: &Portion<'_, T>) {
        self.step(file);
        let path = output::path(file.source);
        self.bar.suspend(|| {
            match &file.problem {
                Some(problem) if file.extent.files == 0 => output::warning(problem),
                Some(problem) => output::warning(&format!("{path}: {problem}")),
                None => {}
            }
            for bad in file.bad.iter().take(NAMED) {
                output::warning(&format!("{path}: bad record {bad}"));
            }
            if file.bad_total > NAMED as u64 {
                output::warning(&format!("{path}: {} more bad records", file.bad_total - NAMED as u64));
            }
        });
    }

    /// A portion of a pass that is not reported on.
    pub(super) fn step<T>(&mut self, portion: &Portion<'_, T>) {
        let Extent { files, documents } = portion.extent;
        self.bar.inc(files);
        if documents == 0 {
            return;
        }
        if self.source.as_deref() != Some(portion.source) {
            self.source = Some(portion.source.to_owned());
            self.bar.set_position(0);
            self.bar.reset_eta();
            style(&self.bar, "documents");
        }
        self.bar.inc(documents);
        self.bar.set_length(self.bar.position() + portion.ahead);
    }

    /// Ends a pass that is not reported on.
    pub(super) fn end(self) {
        self.bar.finish_and_clear();
    }

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
            "read {}{} ({} failed, {} digest or insight), {} ({}), {:.1} MB, {:.1} MB unpacked, in {seconds:.2} s",
            output::count(figures.files, "file"),
            if self.clusters.is_empty() {
                String::new()
            } else {
                format!(" and {}", output::count(figures.documents, "document"))
            },
            figures.failed,
            figures.left_out,
            output::count(figures.events, "event"),
            output::count(figures.bad, "bad record"),
            figures.bytes as f64 / 1e6,
            figures.content_bytes as f64 / 1e6,
        ));
        for client in &self.clusters {
            let Traffic { requests, retries, sent, received } = client.traffic();
            output::note(&format!(
                "cluster {}: {} ({retries} of them again), {:.1} MB sent, {:.1} MB received",
                client.name(),
                output::count(requests, "request"),
                sent as f64 / 1e6,
                received as f64 / 1e6,
            ));
        }
        for (envelope, records) in &figures.opened {
            output::note(&format!("{} in {}", output::count(*records, "record"), envelope.0));
        }
        if self.unopened.total() > 0 {
            output::note(&unopened(self.unopened, self.files));
        }
    }
}

fn style(bar: &ProgressBar, what: &str) {
    if let Ok(style) = ProgressStyle::with_template(&format!("{{bar:24}} {{pos}}/{{len}} {what}, {{eta}} left")) {
        bar.set_style(style);
    }
}

/// Files that are not CloudTrail logs, by kind, on one line.
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
