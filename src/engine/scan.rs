//! Reading everything once: the pass behind `scan`, `query`, `ecs` and the loading of a replay.

use std::cell::{Cell, OnceCell};
use std::collections::BTreeMap;
use std::ops::{AddAssign, ControlFlow};
use std::path::{Path, PathBuf};

use chrono::Duration;

use super::Collector;
use super::evaluate::Reading;
use super::parallel::pass;
use super::window::{Outside, Unopened, Window};
use crate::detect::{Prefilter, RuleSet};
use crate::event::{Event, GeoIp};
use crate::trail::{self, BadRecord, Choice, Content, Opened, Problem, RawRecord};

/// What a pass covers.
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

/// Figures of a pass.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    /// Files looked at.
    pub files: u64,
    /// Files that could not be read, or not to their end, or that are no log.
    pub failed: u64,
    /// Digest and insight files, left out.
    pub left_out: u64,
    /// Files set aside as something else than logs of CloudTrail, by what they are.
    pub others: BTreeMap<&'static str, u64>,
    /// Records that lay in an envelope, by what that is.
    pub opened: Opened,
    /// Events inside the window.
    pub events: u64,
    /// Records that are no event.
    pub bad: u64,
    /// Bytes of files.
    pub bytes: u64,
    /// Bytes of content after decompression.
    pub content_bytes: u64,
    /// Files of which nothing could match, so that their records were not looked at, nor counted.
    pub passed_over_files: u64,
    /// Records of other files that could not match either.
    pub passed_over_records: u64,
}

impl AddAssign for Figures {
    fn add_assign(&mut self, more: Self) {
        self.files += more.files;
        self.failed += more.failed;
        self.left_out += more.left_out;
        more.others.into_iter().for_each(|(what, count)| *self.others.entry(what).or_default() += count);
        more.opened.into_iter().for_each(|(what, count)| *self.opened.entry(what).or_default() += count);
        self.events += more.events;
        self.bad += more.bad;
        self.bytes += more.bytes;
        self.content_bytes += more.content_bytes;
        self.passed_over_files += more.passed_over_files;
        self.passed_over_records += more.passed_over_records;
    }
}

/// What one file came to.
#[derive(Debug)]
pub struct FileDone<'p, T> {
    /// The file.
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
    /// How many there are.
    pub bad_total: u64,
}

/// What tells by bytes alone that something can be left out.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sieve<'s> {
    /// Records that are left out, and files of them.
    pub prefilter: Option<&'s Prefilter>,
    /// Rules, to which records of files that hold nothing of what they ask for are not put.
    pub rules: Option<&'s RuleSet>,
    /// Whether records that none of these rules can match are left out too.
    pub for_rules_alone: bool,
}

/// Reads `files` once. `each` gets every event inside the window, on a reader's thread, with what it makes for the file;
/// those too that happened before it where a rule of `sieve` remembers ([`Reading::is_past`]);
/// `done` gets each file's result, on this thread, in the order of completion. What `sieve` leaves out is counted as passed over,
/// and is no event here.
pub fn read_all<T: Default + Send>(
    files: &[PathBuf],
    threads: usize,
    window: &Window,
    geoip: &GeoIp,
    sieve: Sieve<'_>,
    each: impl Fn(&mut T, &mut Reading, &Event<'_>, RawRecord<'_>, &Path) + Sync,
    mut done: impl FnMut(FileDone<'_, T>) -> ControlFlow<()>,
) -> Figures {
    let mut figures = Figures::default();
    let matters = |bytes: &[u8]| sieve.prefilter.is_none_or(|prefilter| prefilter.may_match(bytes));
    pass(
        files,
        threads,
        |path, buffers| {
            let (mut made, mut reading) = (T::default(), sieve.rules.map_or_else(Reading::default, Reading::of));
            let ruled_out = OnceCell::new();
            let whole = |content: &[u8]| {
                if let Some(rules) = sieve.rules.filter(|_| !sieve.for_rules_alone) {
                    ruled_out.get_or_init(|| rules.ruled_out(content));
                }
                matters(content)
            };
            let rules = sieve.rules.filter(|_| sieve.for_rules_alone);
            // Of the record that was looked at last.
            let possible = Cell::new(None);
            let record = |bytes: &[u8]| {
                let matters = matters(bytes);
                let told = rules.filter(|_| matters).and_then(|rules| rules.possible(bytes));
                let matters = matters && told.as_ref().is_none_or(|rules| !rules.is_empty());
                possible.set(told);
                matters
            };
            let choice = Choice { whole: &whole, record: &record };
            let mut begun = false;
            let report = trail::read_chosen(path, buffers, Some(choice), &mut |record| {
                if !std::mem::replace(&mut begun, true) {
                    reading.evaluation.rule_out(ruled_out.get().cloned().unwrap_or_default());
                }
                reading.evaluation.narrow(possible.take());
                reading.take(record, window, geoip, |reading, event, record| {
                    each(&mut made, reading, event, record, path)
                });
            });
            (made, reading, report)
        },
        |path, (made, reading, report)| {
            figures.files += 1;
            figures.events += reading.events;
            let mut bad = reading.bad.clone();
            let mut bad_total = reading.bad_count;
            let (mut content, mut no_log, mut other, mut opened) = (None, false, None, Opened::new());
            let problem = match report {
                Ok(report) => {
                    figures.bytes += report.bytes;
                    figures.content_bytes += report.content_bytes;
                    figures.passed_over_files += u64::from(report.passed_over_whole);
                    figures.passed_over_records += report.passed_over;
                    content = report.content;
                    no_log = report.problem.as_ref().is_some_and(Problem::is_not_a_log);
                    if matches!(content, Some(Content::Digest | Content::Insight)) {
                        figures.left_out += 1;
                    }
                    bad.extend(report.bad);
                    bad_total += report.bad_total;
                    opened = report.opened;
                    for (envelope, records) in &opened {
                        *figures.opened.entry(*envelope).or_default() += records;
                    }
                    for (what, files) in report.others {
                        *figures.others.entry(what).or_default() += files;
                    }
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
            bad.sort_by_key(|b| b.offset);
            figures.bad += bad_total;
            figures.failed += u64::from(problem.is_some());
            done(FileDone { path, made, reading, content, problem, no_log, other, opened, bad, bad_total })
        },
    );
    figures
}
