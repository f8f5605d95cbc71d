//! `watchfloor scan PATH…`: evaluates everything once and prints every alert, by event time, then event id.
//!
//! Elastic drops what a rule finds beyond `max_signals` in one run. Here every alert is printed, and those beyond the
//! cap are marked. The order of the output decides which they are, so they are the same on every scan.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use chrono::DateTime;

use super::formats::ScanFormat;
use super::progress::Progress;
use super::settings::Settings;
use super::table::{self, Table};
use super::{Exit, input, output, rule_set, state};
use crate::detect::{Alert, Documents, MaxSignals, RuleSet};
use crate::engine::{Collector, Figures, Selection, SortKey, Sorter, read_all};
use crate::investigate::target_word;
use crate::rule::Rule;
use crate::text::markup;
use crate::triage::{Batch, NewAlert, Store};

/// Separates the parts of a key; no id contains it.
const SEPARATOR: char = '\0';

/// Follows the name of the rule.
const BEYOND: &str = " (beyond max_signals)";

/// Column headings, in lower case.
fn headings(rules: &RuleSet) -> [&'static str; 9] {
    let rules = rules.rules();
    let target = target_word(rules.iter().map(AsRef::as_ref));
    ["time", "severity", "rule", "actor", "source", target, "destination", "account", "region"]
}

pub(super) fn run(
    settings: &Settings,
    paths: &[PathBuf],
    format: ScanFormat,
    fail_on_alert: bool,
) -> anyhow::Result<Exit> {
    let window = settings.window()?;
    let rules = rule_set::rules(settings)?;
    rules.warn();
    let mut input = input::find_for(paths, &window, &rules.set)?;
    let mut store = match &settings.common.state {
        Some(path) if !settings.common.read_only => Some(state::open(path, false)?),
        _ => None,
    };
    let closings = match (&store, &settings.common.state) {
        (Some(store), _) => store.closings()?,
        (None, Some(path)) if path.exists() => state::read(path)?.closings()?,
        (None, _) => Vec::new(),
    };
    let set = match &store {
        None if format != ScanFormat::Ndjson => Arc::new(rules.set.without_documents()),
        _ => Arc::clone(&rules.set),
    };
    let renderer = Renderer::new(&set, format);
    let mut sorter = Sorter::default();
    let mut collector = Collector::new(&set).within(&window).after(closings);
    let mut failure = None;
    let mut progress = Progress::new(&input, settings);
    let kept = store.is_some();
    let mut figures = Figures::default();
    loop {
        let pass = read_all::<Vec<anyhow::Result<(SortKey, Vec<u8>)>>>(
            &input.files,
            settings.threads(),
            &window,
            set.geoip(),
            Selection::for_rules(&set, settings.common.every_record),
            |lines, reading, event, record| {
                let alerts = reading.evaluation.alerts.len();
                reading.detect(event, &set, record);
                lines.extend(reading.evaluation.alerts[alerts..].iter().map(|alert| renderer.line(alert)));
                if !kept {
                    reading.evaluation.alerts.clear();
                }
            },
            |file| {
                progress.file(&file);
                let evaluation = file.reading.evaluation;
                let taken = file
                    .made
                    .into_iter()
                    .try_for_each(|line| line.and_then(|(key, line)| Ok(sorter.push(key, line)?)))
                    .and_then(|()| record(evaluation.alerts, store.as_mut(), settings))
                    .and_then(|()| Ok(collector.take(evaluation.hits)?));
                match taken {
                    Ok(()) => ControlFlow::Continue(()),
                    Err(error) => {
                        failure = Some(error);
                        ControlFlow::Break(())
                    }
                }
            },
        );
        figures += pass;
        if failure.is_some() || !input.reach_back(&collector) {
            break;
        }
        progress.turn(&input);
    }
    progress.finish(&figures);
    if let Some(error) = failure {
        return Err(error);
    }
    let lost = collector.finish(
        settings.threads(),
        |alert, _| Ok((renderer.line(&alert)?, kept.then_some(alert))),
        |((key, line), alert)| {
            sorter.push(key, line)?;
            record(Vec::from_iter(alert), store.as_mut(), settings)
        },
    )?;
    lost.iter().for_each(|lost| output::warning(lost));
    let Printed { alerts, beyond } = print(sorter, &renderer, headings(&set))?;
    if beyond > 0 {
        let are = if beyond == 1 { "is" } else { "are" };
        output::note(&format!("{} {are} beyond max_signals: Elastic would drop them", output::count(beyond, "alert")));
    }
    if format == ScanFormat::Table || settings.common.stats {
        output::note(&format!(
            "{} in {}, rules: {}",
            output::count(alerts, "alert"),
            covered(&figures),
            set.rules().len()
        ));
    }
    if fail_on_alert && alerts > 0 {
        return Ok(Exit::Alerts);
    }
    Ok(rules.exit(input::exit(&input, &figures)))
}

/// `3 files, 120 events of which could match`.
fn covered(figures: &Figures) -> String {
    let (events, files) = (output::count(figures.events, "event"), output::count(figures.files, "file"));
    if figures.skipped() { format!("{files}, {events} of which could match") } else { format!("{events} of {files}") }
}

fn record(alerts: Vec<Alert>, store: Option<&mut Store>, settings: &Settings) -> anyhow::Result<()> {
    if let Some(store) = store.filter(|_| !alerts.is_empty()) {
        let found = |alert| NewAlert { alert, found: settings.now, late: false, held: false };
        let alerts: Vec<NewAlert> = alerts.into_iter().map(found).collect();
        store.record(Batch { alerts: &alerts, ..Batch::default() })?;
    }
    Ok(())
}

/// Turns alerts into lines, in two steps: what waits for its place in the order should be small.
struct Renderer {
    format: ScanFormat,
    documents: Documents,
    rules: Vec<Arc<Rule>>,
    /// Index in `rules` by rule id.
    places: HashMap<String, usize>,
}

impl Renderer {
    fn new(rules: &RuleSet, format: ScanFormat) -> Self {
        let documents = Documents::new(rules);
        let rules = rules.rules();
        let places = rules.iter().map(|rule| rule.id.clone()).zip(0..).collect();
        Self { format, documents, rules, places }
    }

    /// The bytes of an alert's line (for a table its cells joined, for NDJSON its own part of the document) and its
    /// key. The key contains the alert's id, so that of an event delivered in several forms the same one is printed
    /// whatever the number of threads, and the index of its rule.
    fn line(&self, alert: &Alert) -> anyhow::Result<(SortKey, Vec<u8>)> {
        let place = self.places.get(&alert.rule_id).copied().unwrap_or(usize::MAX);
        let key = format!("{}{SEPARATOR}{}{SEPARATOR}{place}", alert.event_id, alert.id);
        let line = match self.format {
            ScanFormat::Ndjson => self.documents.part(alert),
            ScanFormat::Table => table::join(&cells(alert)),
            ScanFormat::Csv => {
                let (cells, mut out) = (cells(alert), csv::Writer::from_writer(Vec::new()));
                out.write_record(cells.iter().chain([&alert.event_id, &alert.id.0]).map(|c| markup::csv_cell(c)))?;
                let mut line = out.into_inner().map_err(|e| e.into_error())?;
                line.truncate(line.trim_ascii_end().len());
                line
            }
            ScanFormat::Markdown => {
                format!("| {} |\n", cells(alert).map(|c| markup::markdown(&c)).join(MARKDOWN_JOINT)).into_bytes()
            }
        };
        Ok(((alert.time.timestamp_micros(), key), line))
    }

    fn rule(&self, key: &SortKey) -> Option<&Rule> {
        let place: usize = key.1.rsplit(SEPARATOR).next()?.parse().ok()?;
        self.rules.get(place).map(AsRef::as_ref)
    }

    /// Writes the bytes of [`Self::line`], for all formats but a table.
    fn write(&self, line: &[u8], beyond: bool, out: &mut impl Write) -> io::Result<()> {
        match self.format {
            ScanFormat::Ndjson => {
                self.documents.write(line, beyond, out)?;
                out.write_all(b"\n")
            }
            ScanFormat::Csv => {
                out.write_all(line)?;
                out.write_all(if beyond { b",true\n" } else { b",\n" })
            }
            ScanFormat::Markdown if beyond => out.write_all(&marked(line, MARKDOWN_JOINT)),
            ScanFormat::Table | ScanFormat::Markdown => out.write_all(line),
        }
    }
}

/// Separates cells in Markdown; no cell contains it.
const MARKDOWN_JOINT: &str = " | ";

/// A row of joined cells with [`BEYOND`] after the name of the rule.
fn marked(line: &[u8], joint: &str) -> Vec<u8> {
    let line = String::from_utf8_lossy(line);
    let mut cells: Vec<Cow<'_, str>> = line.split(joint).map(Cow::Borrowed).collect();
    if let Some(rule) = cells.get_mut(2) {
        rule.to_mut().push_str(BEYOND);
    }
    cells.join(joint).into_bytes()
}

fn cells(alert: &Alert) -> [String; 9] {
    let s = &alert.summary;
    let or = |value: &Option<String>| value.clone().unwrap_or_else(|| "not recorded".to_owned());
    [
        alert.time.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        alert.severity.to_string(),
        alert.rule_name.clone(),
        or(&s.actor),
        or(&s.source),
        or(&s.target),
        or(&s.destination),
        or(&s.account),
        or(&s.region),
    ]
}

/// The first half of an alert's id. It is unique, and there may be very many alerts.
fn half(id: &str) -> io::Result<u128> {
    u128::from_str_radix(id.get(..32).unwrap_or(id), 16).map_err(io::Error::other)
}

/// Counts of printed alerts; `beyond` are those past `max_signals`.
struct Printed {
    alerts: u64,
    beyond: u64,
}

/// Prints each alert once.
fn print(sorter: Sorter, renderer: &Renderer, headings: [&str; 9]) -> anyhow::Result<Printed> {
    let (mut known, mut cap, mut beyond) = (HashSet::new(), MaxSignals::default(), 0);
    // Whether an alert is beyond the cap; `None` if it was printed before.
    let mut judge = |key: &SortKey| {
        let id = key.1.split(SEPARATOR).nth(1).unwrap_or_default();
        if !known.insert(half(id)?) {
            return io::Result::Ok(None);
        }
        let time = DateTime::from_timestamp_micros(key.0);
        let past = renderer
            .rule(key)
            .zip(time)
            .is_some_and(|(rule, time)| cap.holds(&rule.id, time, rule.interval(), rule.max_signals));
        beyond += u64::from(past);
        Ok(Some(past))
    };
    let mut out = output::stdout();
    let titles = headings.map(str::to_uppercase);
    match renderer.format {
        ScanFormat::Table => {
            let mut table = Table::new(out, &titles.each_ref().map(String::as_str));
            sorter.drain(|key, line| match judge(key)? {
                None => Ok(()),
                Some(false) => table.joined(line),
                Some(true) => table.joined(&marked(line, table::JOINT)),
            })?;
            table.finish()?;
            return Ok(Printed { alerts: known.len() as u64, beyond });
        }
        ScanFormat::Csv => {
            writeln!(out, "{},event_id,alert_id,beyond_max_signals", headings.join(","))?;
        }
        ScanFormat::Markdown => {
            writeln!(out, "| {} |\n|{}", titles.join(MARKDOWN_JOINT), " --- |".repeat(titles.len()))?;
        }
        ScanFormat::Ndjson => {}
    }
    sorter.drain(|key, line| match judge(key)? {
        None => Ok(()),
        Some(past) => renderer.write(line, past, &mut out),
    })?;
    out.flush()?;
    Ok(Printed { alerts: known.len() as u64, beyond })
}
