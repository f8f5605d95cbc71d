//! Reading everything once: the pass behind `scan`, `query`, `ecs` and the loading of a replay.

mod clusters;
mod figures;
mod input;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

pub use self::figures::Figures;
use self::figures::add;
pub use self::input::Input;
use super::Extent;
use super::evaluate::Reading;
use super::parallel::pass;
use super::window::Window;
use crate::detect::{Decision, Prefilter, RuleSet, Skip};
use crate::event::{Event, GeoIp};
use crate::query::kql::Node;
use crate::trail::{self, BadRecord, Content, Opened, Problem, RawRecord};

/// What one file came to, or one page of documents.
#[derive(Debug)]
pub struct Portion<'p, T> {
    /// The file, or `cluster:NAME`.
    pub source: &'p Path,
    /// How much it is. A cluster that failed has one that is empty.
    pub extent: Extent,
    /// Documents of this source that are still to be read, as far as that is known.
    pub ahead: u64,
    /// What was made of its events, by the caller.
    pub made: T,
    /// What was counted on the way.
    pub reading: Reading,
    /// What it is; `None` when it was not recognised as a log.
    pub content: Option<Content>,
    /// What is wrong with the source as a whole.
    pub problem: Option<String>,
    /// Whether that is that it is no log, or no failure.
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
    query: Option<&'s Node>,
    time_field: Option<&'s str>,
}

impl<'s> Selection<'s> {
    /// Leaves out what the prefilter skips, and what a cluster knows not to match the query.
    #[must_use]
    pub fn matching(prefilter: Option<&'s Prefilter>, query: Option<&'s Node>) -> Self {
        Self { prefilter, query, ..Self::default() }
    }

    /// Records for these rules, and events from before the window where one of them remembers. `every_record` hands on
    /// those too that none of them can match.
    #[must_use]
    pub fn for_rules(rules: &'s RuleSet, every_record: bool) -> Self {
        Self { prefilter: Some(rules.prefilter()), every_record, rules: Some(rules), ..Self::default() }
    }

    /// The same, of every JSON object, whatever logged it: its time stands in this field.
    #[must_use]
    pub fn of_objects(self, time_field: &'s str) -> Self {
        Self { time_field: Some(time_field), ..self }
    }

    fn skips_file(&self, content: &[u8]) -> bool {
        !self.every_record && self.prefilter.is_some_and(|prefilter| prefilter.skip(content).is_some())
    }

    /// Begins the reading of a portion.
    fn reading(&self) -> Reading {
        self.rules.map_or_else(Reading::default, Reading::of)
    }

    /// Has `reading` take in a record, unless it can be told that nothing in it is asked for.
    fn offer<'r>(
        &self,
        record: RawRecord<'r>,
        (window, geoip): (&Window, &'r GeoIp),
        (reading, skipped): (&mut Reading, &mut BTreeMap<Skip, u64>),
        each: impl FnMut(&mut Reading, &Event<'r>, RawRecord<'r>),
    ) {
        match self.prefilter.map(|prefilter| prefilter.decide(record.bytes)) {
            Some(Decision::Skip(why)) if !self.every_record && trail::has_sound_bytes(record.bytes) => {
                *skipped.entry(why).or_default() += 1;
                return;
            }
            Some(Decision::Skip(_)) => reading.evaluation.narrow(Some(Vec::new())),
            Some(Decision::Evaluate(rules)) => reading.evaluation.narrow(rules),
            None => {}
        }
        match self.time_field {
            Some(field) => reading.take_any(record, field, window, geoip, each),
            None => reading.take(record, window, geoip, each),
        }
    }
}

/// Reads files, then clusters, once. `each` gets every event that `selection` hands on, on a reader's thread, with what it
/// makes for the portion; [`Reading::is_past`] tells those from before the window. `done` gets each portion's result, on
/// this thread, in the order of completion. What is skipped is no event here.
pub fn read_all<T: Default + Send>(
    input: &Input,
    threads: usize,
    geoip: &GeoIp,
    selection: Selection<'_>,
    each: impl Fn(&mut T, &mut Reading, &Event<'_>, RawRecord<'_>) + Sync,
    mut done: impl FnMut(Portion<'_, T>) -> ControlFlow<()>,
) -> Figures {
    let (mut figures, mut ended) = (Figures::default(), false);
    pass(
        &input.files,
        threads,
        |path, buffers| {
            let (mut made, mut reading, mut skipped) = (T::default(), selection.reading(), BTreeMap::new());
            let skip_file = |content: &[u8]| selection.skips_file(content);
            let read = if selection.time_field.is_some() { trail::read_objects } else { trail::read_or_skip };
            let report = read(path, buffers, Some(&skip_file), &mut |record| {
                selection.offer(
                    record,
                    (&input.window, geoip),
                    (&mut reading, &mut skipped),
                    |reading, event, record| {
                        each(&mut made, reading, event, record);
                    },
                );
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
            let (source, extent, ahead) = (path, Extent::FILE, 0);
            let portion = Portion {
                source,
                extent,
                ahead,
                made,
                reading,
                content,
                problem,
                no_log,
                other,
                opened,
                bad,
                bad_total,
            };
            let flow = done(portion);
            ended = flow.is_break();
            flow
        },
    );
    for client in &input.clusters {
        if !ended {
            let of = clusters::Of { client, span: input.span(), input, threads, geoip, selection };
            ended = of.read(&each, &mut done, &mut figures).is_break();
        }
    }
    figures
}
