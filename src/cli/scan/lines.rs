//! A line an alert, by event time, then event id.
//!
//! Elastic drops what a rule finds beyond `max_signals` in one run. Here every alert is printed, and those beyond the
//! cap are marked. The order of the output decides which they are, so they are the same on every scan.

use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::Arc;

use chrono::DateTime;
use memchr::memmem;

use super::Pass;
use super::ledger::{Closed, Entry, Ledger, Scribe};
use crate::cli::formats::ScanFormat;
use crate::cli::output;
use crate::cli::table::{self, Table};
use crate::detect::{Alert, Documents, MaxSignals, RuleSet, Worth};
use crate::engine::{SortKey, Sorter};
use crate::investigate::{Assessment, target_word};
use crate::rule::Rule;
use crate::text::markup;
use crate::triage::IncidentId;

/// Separates the parts of a key; no id contains it.
const SEPARATOR: char = '\0';

/// Follows the name of the rule.
const BEYOND: &str = " (beyond max_signals)";

/// Separates cells in Markdown; no cell contains it.
const MARKDOWN_JOINT: &str = " | ";

/// Column headings, in lower case.
fn headings(rules: &RuleSet) -> [&'static str; 10] {
    let rules = rules.rules();
    let target = target_word(rules.iter().map(AsRef::as_ref));
    ["time", "severity", "priority", "rule", "actor", "source", target, "destination", "account", "region"]
}

/// Prints every alert once. Answers how many there were.
pub(super) fn print(pass: &mut Pass<'_>, format: ScanFormat) -> anyhow::Result<u64> {
    let set = Arc::clone(&pass.set);
    let renderer = Renderer::new(&set, format);
    let (mut sorter, mut ledger) = (Sorter::default(), Ledger::default());
    pass.alerts(
        |alert| renderer.line(alert),
        |(key, line, entry)| {
            ledger.push(entry);
            Ok(sorter.push(key, line)?)
        },
    )?;
    let closed = ledger.close(&renderer.scribe);
    let alerts = closed.alerts() as u64;
    let beyond = write(sorter, closed, &renderer, headings(&set))?;
    if beyond > 0 {
        let are = if beyond == 1 { "is" } else { "are" };
        output::note(&format!("{} {are} beyond max_signals: Elastic would drop them", output::count(beyond, "alert")));
    }
    Ok(alerts)
}

/// Turns alerts into lines, in two steps: what waits for its place in the order should be small, and what an alert is
/// worth is known when all have been found.
struct Renderer {
    format: ScanFormat,
    documents: Documents,
    scribe: Scribe,
    rules: Vec<Arc<Rule>>,
    /// Index in `rules` by rule id.
    places: HashMap<String, usize>,
}

impl Renderer {
    fn new(rules: &RuleSet, format: ScanFormat) -> Self {
        let documents = Documents::new(rules);
        let rules = rules.rules();
        let places = rules.iter().map(|rule| rule.id.clone()).zip(0..).collect();
        Self { format, documents, scribe: Scribe::new(), rules, places }
    }

    /// The bytes of an alert's line (its cells but the priority; for NDJSON its own part of the document), its key, and
    /// its entry in the ledger. The key contains the alert's id, so that of an event delivered in several forms the same
    /// one is printed whatever the number of threads, and the index of its rule.
    fn line(&self, alert: &Alert) -> anyhow::Result<(SortKey, Vec<u8>, Entry)> {
        let place = self.places.get(&alert.rule_id).copied().unwrap_or(usize::MAX);
        let key = format!("{}{SEPARATOR}{}{SEPARATOR}{place}", alert.event_id, alert.id);
        let line = match self.format {
            ScanFormat::Ndjson => self.documents.part(alert),
            ScanFormat::Table => table::join(&cells(alert)),
            ScanFormat::Csv => {
                let (mut cells, mut out) = (cells(alert), csv::Writer::from_writer(Vec::new()));
                // How many events there are has a column of its own.
                cells[2].clone_from(&alert.rule_name);
                let more = [&alert.event_id, &alert.id.0, &alert.count().to_string()];
                out.write_record(cells.iter().chain(more).map(|c| markup::csv_cell(c)))?;
                let mut line = out.into_inner().map_err(|e| e.into_error())?;
                line.truncate(line.trim_ascii_end().len());
                line
            }
            ScanFormat::Markdown => {
                format!("| {} |\n", cells(alert).map(|c| markup::markdown(&c)).join(MARKDOWN_JOINT)).into_bytes()
            }
        };
        Ok(((alert.time.timestamp_micros(), key), line, self.scribe.entry(alert, place)))
    }

    fn rule(&self, key: &SortKey) -> Option<&Rule> {
        let place: usize = key.1.rsplit(SEPARATOR).next()?.parse().ok()?;
        self.rules.get(place).map(AsRef::as_ref)
    }

    /// Writes the bytes of [`Self::line`], for all formats but a table.
    fn write(&self, line: &[u8], told: &Told, out: &mut impl Write) -> io::Result<()> {
        match self.format {
            ScanFormat::Ndjson => {
                let Told { assessment, incident, beyond } = told;
                let worth = Worth { assessment, incident: &incident.0 };
                self.documents.write(line, &worth, *beyond, out)?;
                out.write_all(b"\n")
            }
            ScanFormat::Csv => {
                out.write_all(&told.completed(line, ","))?;
                writeln!(out, ",{},{}", if told.beyond { "true" } else { "" }, told.incident)
            }
            ScanFormat::Markdown => out.write_all(&told.completed(line, MARKDOWN_JOINT)),
            ScanFormat::Table => out.write_all(line),
        }
    }
}

/// What is told of an alert when all are known.
struct Told {
    assessment: Assessment,
    incident: IncidentId,
    /// Whether it is past `max_signals`.
    beyond: bool,
}

impl Told {
    /// A row of joined cells with the priority in its place, and [`BEYOND`] after the name of the rule; a row of CSV says
    /// that in a column of its own. Neither the time nor the severity, which come before, can hold a joint.
    fn completed(&self, line: &[u8], joint: &str) -> Vec<u8> {
        let ends: Vec<usize> = memmem::find_iter(line, joint).take(3).collect();
        let [_, severity, rule] = ends[..] else { return line.to_vec() };
        let priority = self.assessment.priority.to_string();
        let (before, name, after) = (&line[..severity], &line[severity..rule], &line[rule..]);
        let beyond = if self.beyond && joint != "," { BEYOND } else { "" };
        [before, joint.as_bytes(), priority.as_bytes(), name, beyond.as_bytes(), after].concat()
    }
}

fn cells(alert: &Alert) -> [String; 9] {
    let s = &alert.summary;
    let or = |value: &Option<String>| value.clone().unwrap_or_else(|| "not recorded".to_owned());
    [
        alert.time.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        alert.severity.to_string(),
        match alert.aggregate.as_ref().map(|aggregate| aggregate.sequence.len()) {
            Some(events @ 1..) => {
                format!("{} (sequence of {})", alert.rule_name, output::count(events as u64, "event"))
            }
            _ => alert.rule_name.clone(),
        },
        or(&s.actor),
        or(&s.source),
        or(&s.target),
        or(&s.destination),
        or(&s.account),
        or(&s.region),
    ]
}

/// Writes each alert once. Answers how many are past `max_signals`.
fn write(sorter: Sorter, mut closed: Closed<'_>, renderer: &Renderer, headings: [&str; 10]) -> anyhow::Result<u64> {
    let (mut cap, mut beyond) = (MaxSignals::default(), 0);
    // What is told of the alert of a line; `None` if it was printed before.
    let mut judge = |key: &SortKey| {
        let id = key.1.split(SEPARATOR).nth(1).unwrap_or_default();
        let (assessment, incident) = closed.take(id)?;
        let time = DateTime::from_timestamp_micros(key.0);
        let past = renderer
            .rule(key)
            .zip(time)
            .is_some_and(|(rule, time)| cap.holds(&rule.id, time, rule.interval(), rule.max_signals));
        beyond += u64::from(past);
        Some(Told { assessment, incident, beyond: past })
    };
    let mut out = output::stdout();
    let titles = headings.map(str::to_uppercase);
    match renderer.format {
        ScanFormat::Table => {
            let titles = titles.each_ref().map(|title| if title == "PRIORITY" { ">PRIORITY" } else { title });
            let mut table = Table::new(out, &titles);
            sorter.drain(|key, line| match judge(key) {
                None => Ok(()),
                Some(told) => table.joined(&told.completed(line, table::JOINT)),
            })?;
            table.finish()?;
            return Ok(beyond);
        }
        ScanFormat::Csv => {
            writeln!(out, "{},event_id,alert_id,events,beyond_max_signals,incident", headings.join(","))?;
        }
        ScanFormat::Markdown => {
            writeln!(out, "| {} |\n|{}", titles.join(MARKDOWN_JOINT), " --- |".repeat(titles.len()))?;
        }
        ScanFormat::Ndjson => {}
    }
    sorter.drain(|key, line| match judge(key) {
        None => Ok(()),
        Some(told) => renderer.write(line, &told, &mut out),
    })?;
    out.flush()?;
    Ok(beyond)
}
