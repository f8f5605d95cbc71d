//! Reading everything once: the pass behind `scan`, `query`, `ecs` and the loading of a replay.

use std::collections::BTreeMap;
use std::ops::{AddAssign, ControlFlow};
use std::path::{Path, PathBuf};

use chrono::Duration;

use super::Collector;
use super::evaluate::Reading;
use super::parallel::pass;
use super::window::{Outside, Unopened, Window};
use crate::detect::{Decision, Prefilter, RuleSet, Skip};
use crate::event::{Event, GeoIp};
use crate::trail::{self, BadRecord, Content, Opened, Problem, RawRecord};

#[derive(Debug)]
pub struct Input {
    /// Files to open, in order; `-` is standard input.
    pub files: Vec<PathBuf>,
    /// Files that need not be opened.
    pub unopened: Unopened,
    /// What could not be looked into.
    pub problems: Vec<(PathBuf, String)>,
    /// Those of the unopened that were delivered before.
    earlier: Vec<PathBuf>,
    window: Window,
    /// How far back from the window files are opened.
    back: Duration,
}

impl Input {
    /// Finds the files at and under `paths` that can matter to `window`.
    #[must_use]
    pub fn find(paths: &[PathBuf], window: &Window) -> Self {
        Self::reaching(paths, window, Duration::zero())
    }

    /// Finds the files at and under `paths` that can matter to what these rules make of `window`: those too of the time
    /// before that they look back to.
    #[must_use]
    pub fn find_for(paths: &[PathBuf], window: &Window, rules: &RuleSet) -> Self {
        Self::reaching(paths, window, rules.look_back())
    }

    fn reaching(paths: &[PathBuf], window: &Window, back: Duration) -> Self {
        let listing = trail::find(paths);
        let problems = listing.problems.into_iter().map(|p| (p.path, p.reason)).collect();
        let (unopened, earlier) = (Unopened::default(), Vec::new());
        let mut input = Self { files: Vec::new(), unopened, problems, earlier, window: *window, back };
        input.choose(listing.files);
        input
    }

    fn choose(&mut self, files: Vec<PathBuf>) {
        let window = self.window.reaching(self.back);
        for path in files {
            let Some(why) = window.leaves_out(&path) else {
                self.files.push(path);
                continue;
            };
            self.unopened.count(why);
            if why == Outside::Before && self.back > Duration::zero() {
                self.earlier.push(path);
            }
        }
    }

    /// Turns, when all files have been read, to older ones that what was collected hangs on. False when there are none.
    pub fn reach_back(&mut self, collected: &Collector<'_>) -> bool {
        self.files.clear();
        while let Some(from) = self.window.reaching(self.back).since
            && !self.earlier.is_empty()
            && !collected.is_sure(from)
        {
            self.back = self.back.checked_mul(2).unwrap_or(Duration::MAX);
            let earlier = std::mem::take(&mut self.earlier);
            self.unopened.before -= earlier.len() as u64;
            self.choose(earlier);
            if !self.files.is_empty() {
                return true;
            }
        }
        false
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    pub files: u64,
    /// Files that could not be read, or not to their end, or that are no log.
    pub failed: u64,
    /// Digest and insight files, left out.
    pub left_out: u64,
    /// Files set aside as something else than logs of CloudTrail, by what they are.
    pub others: BTreeMap<&'static str, u64>,
    /// Records that lay in an envelope, by what that is.
    pub opened: Opened,
    pub events: u64,
    /// Records that are no event.
    pub bad: u64,
    /// Bytes of files.
    pub bytes: u64,
    /// Bytes of content after decompression.
    pub content_bytes: u64,
    /// Files that were skipped: their records were not looked at, nor counted.
    pub skipped_files: u64,
    /// Records of other files that were skipped, by the reason.
    pub skipped_records: BTreeMap<Skip, u64>,
}

impl Figures {
    #[must_use]
    pub fn skipped(&self) -> bool {
        self.skipped_files > 0 || !self.skipped_records.is_empty()
    }
}

impl AddAssign for Figures {
    fn add_assign(&mut self, more: Self) {
        self.files += more.files;
        self.failed += more.failed;
        self.left_out += more.left_out;
        add(&mut self.others, more.others);
        add(&mut self.opened, more.opened);
        add(&mut self.skipped_records, more.skipped_records);
        self.events += more.events;
        self.bad += more.bad;
        self.bytes += more.bytes;
        self.content_bytes += more.content_bytes;
        self.skipped_files += more.skipped_files;
    }
}

fn add<K: Ord>(counts: &mut BTreeMap<K, u64>, more: BTreeMap<K, u64>) {
    for (key, count) in more {
        *counts.entry(key).or_default() += count;
    }
}

/// What one file came to.
#[derive(Debug)]
pub struct FileDone<'p, T> {
    pub path: &'p Path,
    /// What was made of its events, by the caller.
    pub made: T,
    /// What was counted on the way.
    pub reading: Reading,
    /// What it is; `None` when it was not recognised as a log.
    pub content: Option<Content>,
    /// What is wrong with the file as a whole.
    pub problem: Option<String>,
    /// Whether that is that it is no log.
    pub no_log: bool,
    /// What it is where it was set aside: then nothing is wrong with it.
    pub other: Option<&'static str>,
    /// Records that lay in an envelope, by what that is.
    pub opened: Opened,
    /// Stretches that are no records and records that are no events; the first few.
    pub bad: Vec<BadRecord>,
    pub bad_total: u64,
}

/// Which records [`read_all`] hands on. The default is every one in the window.
#[derive(Debug, Clone, Copy, Default)]
pub struct Selection<'s> {
    prefilter: Option<&'s Prefilter>,
    every_record: bool,
    rules: Option<&'s RuleSet>,
}

impl<'s> Selection<'s> {
    /// Leaves out what the prefilter skips.
    #[must_use]
    pub fn matching(prefilter: Option<&'s Prefilter>) -> Self {
        Self { prefilter, ..Self::default() }
    }

    /// Records for these rules, and events from before the window where one of them remembers. `every_record` hands on
    /// those too that none of them can match.
    #[must_use]
    pub fn for_rules(rules: &'s RuleSet, every_record: bool) -> Self {
        Self { prefilter: Some(rules.prefilter()), every_record, rules: Some(rules) }
    }

    fn skips_file(&self, content: &[u8]) -> bool {
        !self.every_record && self.prefilter.is_some_and(|prefilter| prefilter.skip(content).is_some())
    }
}

/// Reads `files` once. `each` gets every event that `selection` hands on, on a reader's thread, with what it makes for the
/// file; [`Reading::is_past`] tells those from before the window. `done` gets each file's result, on this thread, in the
/// order of completion. What is skipped is no event here.
pub fn read_all<T: Default + Send>(
    files: &[PathBuf],
    threads: usize,
    window: &Window,
    geoip: &GeoIp,
    selection: Selection<'_>,
    each: impl Fn(&mut T, &mut Reading, &Event<'_>, RawRecord<'_>) + Sync,
    mut done: impl FnMut(FileDone<'_, T>) -> ControlFlow<()>,
) -> Figures {
    let mut figures = Figures::default();
    pass(
        files,
        threads,
        |path, buffers| {
            let mut reading = selection.rules.map_or_else(Reading::default, Reading::of);
            let (mut made, mut skipped) = (T::default(), BTreeMap::new());
            let skip_file = |content: &[u8]| selection.skips_file(content);
            let report = trail::read_or_skip(path, buffers, Some(&skip_file), &mut |record| {
                match selection.prefilter.map(|prefilter| prefilter.decide(record.bytes)) {
                    Some(Decision::Skip(why)) if !selection.every_record && trail::has_sound_bytes(record.bytes) => {
                        *skipped.entry(why).or_default() += 1;
                        return;
                    }
                    Some(Decision::Skip(_)) => reading.evaluation.narrow(Some(Vec::new())),
                    Some(Decision::Evaluate(rules)) => reading.evaluation.narrow(rules),
                    None => {}
                }
                reading.take(record, window, geoip, |reading, event, record| each(&mut made, reading, event, record));
            });
            (made, reading, skipped, report)
        },
        |path, (made, reading, skipped, report)| {
            figures.files += 1;
            figures.events += reading.events;
            let mut bad = reading.bad.clone();
            let mut bad_total = reading.bad_count;
            let (mut content, mut no_log, mut other, mut opened) = (None, false, None, Opened::new());
            let problem = match report {
                Ok(report) => {
                    figures.bytes += report.bytes;
                    figures.content_bytes += report.content_bytes;
                    figures.skipped_files += u64::from(report.skipped);
                    add(&mut figures.skipped_records, skipped);
                    content = report.content;
                    no_log = report.problem.as_ref().is_some_and(Problem::is_not_a_log);
                    if matches!(content, Some(Content::Digest | Content::Insight)) {
                        figures.left_out += 1;
                    }
                    bad.extend(report.bad);
                    bad_total += report.bad_total;
                    opened = report.opened;
                    add(&mut figures.opened, opened.clone());
                    add(&mut figures.others, report.others);
                    match report.problem {
                        Some(Problem::Other(what)) => {
                            *figures.others.entry(what).or_default() += 1;
                            other = Some(what);
                            None
                        }
                        problem => problem.map(|p| p.to_string()),
                    }
                }
                Err(error) => Some(error.to_string()),
            };
            bad.sort_by(BadRecord::by_place);
            figures.bad += bad_total;
            figures.failed += u64::from(problem.is_some());
            done(FileDone { path, made, reading, content, problem, no_log, other, opened, bad, bad_total })
        },
    );
    figures
}
