//! The logs: what lies under the folders, told by content, what of it would be read, and how its times stand to this
//! machine's clock. Of very much, the newest files and some of each age are looked into.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};

use super::super::settings::Settings;
use super::super::{input, output};
use super::check::Check;
use crate::app::format::bytes;
use crate::engine::{Input, Portion, Selection, Window, read_all};
use crate::investigate::span;
use crate::trail::bucket::fetch_into;
use crate::trail::{Content, delivered};

/// Files and bytes that are looked into at most; the newest files among them.
const LOOKED_INTO: usize = 1_000;
const NEWEST: usize = 200;
const BYTES: u64 = 512 << 20;

/// Clocks differ: an event may be this far ahead.
const SKEW: TimeDelta = TimeDelta::minutes(5);
/// Files that come no more are a reason to ask why.
const QUIET: TimeDelta = TimeDelta::hours(6);

/// What one file's events say.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Times {
    pub oldest: Option<DateTime<Utc>>,
    pub newest: Option<DateTime<Utc>>,
    pub events: u64,
    /// Events that lie in the future.
    pub ahead: u64,
}

impl Times {
    fn add(&mut self, time: DateTime<Utc>, now: DateTime<Utc>) {
        let other = Self { oldest: Some(time), newest: Some(time), events: 1, ahead: u64::from(time > now + SKEW) };
        self.merge(&other);
    }

    fn merge(&mut self, other: &Self) {
        self.oldest = self.oldest.into_iter().chain(other.oldest).min();
        self.newest = self.newest.max(other.newest);
        self.events += other.events;
        self.ahead += other.ahead;
    }
}

#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    /// As they were typed.
    pub paths: Vec<PathBuf>,
    pub now: DateTime<Utc>,
    pub problems: Vec<(PathBuf, String)>,
    /// Files that would be read, their bytes, and those that need not be opened.
    pub files: u64,
    pub bytes: u64,
    pub unopened: u64,
    /// When files were delivered, by their names.
    pub delivered: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// The file that was written last.
    pub newest_file: Option<(PathBuf, DateTime<Utc>)>,
    pub looked_into: u64,
    /// Files by what they hold; those of CloudTrail apart from others.
    pub logs: BTreeMap<&'static str, u64>,
    pub others: BTreeMap<&'static str, u64>,
    /// One that nothing is known of, and why it is no log.
    pub unknown: Option<(PathBuf, String)>,
    /// Files that could not be read, or not wholly, and why.
    pub bad: Vec<(PathBuf, String)>,
    pub times: Times,
}

impl Facts {
    pub(super) fn gather(paths: &[PathBuf], settings: &Settings, window: &Window) -> Self {
        let mut input = Input::find(paths, window);
        let mut facts = Self {
            paths: paths.to_vec(),
            now: settings.now,
            problems: std::mem::take(&mut input.problems),
            unopened: input.unopened.total(),
            ..Self::default()
        };
        let mut files: Vec<(DateTime<Utc>, u64, PathBuf)> = Vec::new();
        for path in std::mem::take(&mut input.files) {
            let Ok(found) = std::fs::metadata(&path) else { continue };
            let written = found.modified().map(DateTime::<Utc>::from).unwrap_or_default();
            facts.bytes += found.len();
            if let Some(time) = delivered(&path) {
                let (first, last) = facts.delivered.unwrap_or((time, time));
                facts.delivered = Some((first.min(time), last.max(time)));
            }
            if facts.newest_file.as_ref().is_none_or(|(_, newest)| *newest < written) {
                facts.newest_file = Some((path.clone(), written));
            }
            files.push((delivered(&path).unwrap_or(written), found.len(), path));
        }
        facts.files = files.len() as u64;
        files.sort_by(|a, b| (b.0, &a.2).cmp(&(a.0, &b.2)));
        input.files = chosen(&files);
        facts.look_into(&input, settings);
        facts
    }

    fn look_into(&mut self, input: &Input, settings: &Settings) {
        let now = self.now;
        let _ = read_all::<Times>(
            input,
            settings.threads(),
            &settings.geoip,
            Selection::default(),
            |times, _, event, _| {
                if let Some(time) = event.time() {
                    times.add(time, now);
                }
            },
            |portion| {
                self.take(&portion);
                ControlFlow::Continue(())
            },
        );
        self.bad.sort();
    }

    fn take(&mut self, portion: &Portion<'_, Times>) {
        self.looked_into += 1;
        self.times.merge(&portion.made);
        let problem = portion.problem.clone().or_else(|| {
            let first = portion.bad.first()?;
            Some(format!("{}, the first {first}", output::count(portion.bad_total, "bad record")))
        });
        match problem {
            Some(problem) if !portion.no_log => self.bad.push((portion.source.to_owned(), problem)),
            Some(problem) if portion.other.is_none() => {
                self.unknown.get_or_insert_with(|| (portion.source.to_owned(), problem));
            }
            _ => {}
        }
        let envelope = portion.opened.keys().next().map(|envelope| envelope.0);
        let log = match portion.content.filter(|_| !portion.no_log) {
            _ if envelope.is_some() && portion.made.events > 0 => envelope,
            Some(Content::Delivery) => Some("CloudTrail delivery"),
            Some(Content::Array) => Some("array of records"),
            Some(Content::Single) => Some("single record"),
            Some(Content::Lines) => Some("records, one a line"),
            Some(Content::Digest) => return self.other("CloudTrail digest"),
            Some(Content::Insight) => return self.other("CloudTrail Insights"),
            Some(Content::Empty) => return self.other("empty"),
            None => None,
        };
        match log {
            Some(log) => *self.logs.entry(log).or_default() += 1,
            None => self.other(portion.other.unwrap_or("unknown")),
        }
    }

    fn other(&mut self, what: &'static str) {
        *self.others.entry(what).or_default() += 1;
    }
}

/// The newest, and some of each age, within [`BYTES`]. `files` are sorted, the newest first.
fn chosen(files: &[(DateTime<Utc>, u64, PathBuf)]) -> Vec<PathBuf> {
    let (newest, rest) = files.split_at(files.len().min(NEWEST));
    let step = rest.len().div_ceil(LOOKED_INTO - NEWEST).max(1);
    let mut bytes = 0;
    let fits = |(_, size, _): &&(DateTime<Utc>, u64, PathBuf)| {
        let first = bytes == 0;
        bytes += size;
        first || bytes <= BYTES
    };
    let some: BTreeSet<&Path> =
        newest.iter().chain(rest.iter().step_by(step)).filter(fits).map(|(_, _, path)| path.as_path()).collect();
    some.into_iter().map(Path::to_owned).collect()
}

pub(super) fn checks(facts: &Facts) -> Vec<Check> {
    let mut checks: Vec<Check> = facts.problems.iter().map(|(path, why)| problem(path, why)).collect();
    if facts.files == 0 {
        if checks.is_empty() {
            checks.push(nothing(facts));
        }
        return checks;
    }
    checks.push(amount(facts));
    checks.extend(kinds(facts));
    checks.extend(bad(facts));
    checks.extend(newest_file(facts));
    checks.extend(clock(facts));
    checks
}

fn problem(path: &Path, why: &str) -> Check {
    let name = output::path(path);
    if let Some((what, todo)) = input::elsewhere(path) {
        return Check::fail("logs", format!("{name} {what}"), todo);
    }
    let (why, todo) = why.split_once("; ").map_or((why, None), |(why, todo)| (why, Some(todo.to_owned())));
    let todo = todo.unwrap_or_else(|| match why {
        "does not exist" => fetch_into(&path.to_string_lossy()),
        _ => "name another, or make it readable for you".to_owned(),
    });
    Check::fail("logs", format!("{name} {why}"), todo)
}

fn named(facts: &Facts) -> String {
    let there = facts.paths.iter().filter(|path| facts.problems.iter().all(|(problem, _)| problem != *path));
    there.map(|path| output::path(path)).collect::<Vec<_>>().join(", ")
}

/// A command that fills the first folder.
fn fetch(facts: &Facts) -> String {
    let folder =
        facts.paths.iter().find(|path| path.is_dir()).or_else(|| facts.paths.iter().find(|path| !path.exists()));
    fetch_into(&folder.map_or_else(|| ".".into(), |folder| folder.to_string_lossy()))
}

fn nothing(facts: &Facts) -> Check {
    let left = if facts.unopened > 0 {
        format!("; {} lie outside of --since and --until", output::count(facts.unopened, "file"))
    } else {
        String::new()
    };
    Check::warn("logs", format!("no file to read in {}{left}", named(facts)), fetch(facts))
}

fn amount(facts: &Facts) -> Check {
    let mut says =
        format!("{}, {}, would be read in {}", output::count(facts.files, "file"), bytes(facts.bytes), named(facts));
    let day = |time: DateTime<Utc>| time.format("%Y-%m-%dT%H:%MZ").to_string();
    if let Some((first, last)) = facts.delivered {
        says.push_str(&format!(", delivered {} to {}", day(first), day(last)));
    }
    if facts.unopened > 0 {
        says.push_str(&format!("; {} more lie outside of --since and --until", facts.unopened));
    }
    Check::ok("logs", says)
}

fn kinds(facts: &Facts) -> Vec<Check> {
    const NAME: &str = "kinds";
    let list = |kinds: &BTreeMap<&'static str, u64>| {
        let mut kinds: Vec<_> = kinds.iter().collect();
        kinds.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        kinds.iter().map(|(what, count)| format!("{count} {what}")).collect::<Vec<_>>().join(", ")
    };
    let of = match facts.looked_into < facts.files {
        true => format!("of {} looked into, ", output::count(facts.looked_into, "file")),
        false => String::new(),
    };
    if facts.logs.is_empty() {
        let mut says = format!("{of}none is a log of CloudTrail: {}", list(&facts.others));
        let mut todo = format!("those lie under AWSLogs/ACCOUNT/CloudTrail/ in the trail's bucket: {}", fetch(facts));
        if let Some((path, why)) = &facts.unknown {
            let (why, advice) = why.split_once("; ").unwrap_or((why, ""));
            says.push_str(&format!(", such as {}: {why}", output::path(path)));
            if !advice.is_empty() {
                todo = format!("{advice}; {todo}");
            }
        }
        return vec![Check::fail(NAME, says, todo)];
    }
    let mut says = format!("{of}{}", list(&facts.logs));
    if !facts.others.is_empty() {
        says.push_str(&format!("; set aside: {}", list(&facts.others)));
    }
    let mut checks = vec![Check::ok(NAME, says)];
    let seconds = |time: DateTime<Utc>| time.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    if let (Some(oldest), Some(newest)) = (facts.times.oldest, facts.times.newest) {
        let events = output::count(facts.times.events, "event");
        checks.push(Check::ok("events", format!("{of}{events}, {} to {}", seconds(oldest), seconds(newest))));
    }
    checks
}

fn bad(facts: &Facts) -> Option<Check> {
    let (path, why) = facts.bad.first()?;
    let files = output::count(facts.bad.len() as u64, "file");
    let says = format!("{files} cannot be read wholly, the first {}: {why}", output::path(path));
    Some(Check::warn("damage", says, "fetch them again; watchfloor scan --every-record names each"))
}

fn newest_file(facts: &Facts) -> Option<Check> {
    const NAME: &str = "newest file";
    let (path, written) = facts.newest_file.as_ref()?;
    let age = facts.now - *written;
    let name = output::path(path.file_name().unwrap_or_default().as_ref());
    let says = |when: String| format!("{name} was written {when}");
    Some(if age < -SKEW {
        Check::warn(
            NAME,
            says(format!("{} from now", span(-age))),
            "set this machine's clock, or that of the file server",
        )
    } else if age > QUIET {
        let todo = "check whether what fetches logs still runs, where more should come";
        Check::warn(NAME, says(format!("{} ago", span(age))), todo)
    } else {
        Check::ok(NAME, says(format!("{} ago", span(age))))
    })
}

fn clock(facts: &Facts) -> Option<Check> {
    const NAME: &str = "clock";
    let newest = facts.times.newest?;
    let now = facts.now.format("%Y-%m-%dT%H:%M:%SZ");
    let age = facts.now - newest;
    Some(if facts.times.ahead > 0 {
        let events = output::count(facts.times.ahead, "event");
        let says = format!("{now}, and {events} in the future, the newest by {}", span(-age));
        Check::fail(NAME, says, "set this machine's clock: timedatectl set-ntp true, or chronyc makestep")
    } else {
        Check::ok(NAME, format!("{now}; the newest event was {} ago", span(age)))
    })
}

#[cfg(test)]
mod tests;
