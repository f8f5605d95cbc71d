//! A line an incident, the most important first, then the newest.
//!
//! The log is read twice: what an alert is worth, and what ties it to others, is said by what happened around it, which is
//! known when all alerts are. Alerts wait in a sorter with their records; what is kept of each at the end, without its
//! record, takes about a kilobyte.

use std::collections::HashMap;
use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use serde::Serialize;
use serde::ser::SerializeMap as _;

use super::Pass;
use super::ledger::{Ledger, Scribe};
use crate::cli::formats::ScanFormat;
use crate::cli::input::Named;
use crate::cli::output;
use crate::cli::progress::Progress;
use crate::cli::table::Table;
use crate::detect::{AlertId, RuleSet, Summary};
use crate::engine::{Context, Gathered, Input, Selection, Sorter, read_all};
use crate::event::Event;
use crate::rule::{Rule, Severity};
use crate::text::markup;
use crate::triage::AlertRow;
use crate::triage::incident::{self, Incident};

/// How much of the log before `--since` is looked at to tell what is new.
const BEFORE: Duration = Duration::days(7);

/// Values of a list that a table of Markdown names.
const NAMED: usize = 3;

/// Prints every incident. Answers how many alerts there were.
pub(super) fn print(pass: &mut Pass<'_>, sources: &Named, format: ScanFormat) -> anyhow::Result<u64> {
    let set = Arc::clone(&pass.set);
    let (rules, scribe) = (Rules::new(&set), Scribe::new());
    let (mut sorter, mut ledger, mut context) = (Sorter::default(), Ledger::default(), Context::new(true));
    pass.alerts(
        |alert| {
            let place = rules.place(&alert.rule_id);
            let held = Held { rule: place, event_id: &alert.event_id, summary: &alert.summary, raw: &alert.raw };
            let key = (alert.time.timestamp_micros(), alert.id.0.clone());
            Ok((key, serde_json::to_vec(&held)?, scribe.entry(alert, place), alert.raw.clone()))
        },
        |(key, line, entry, raw)| {
            if let Ok(event) = Event::parse(raw.as_bytes()) {
                context.want(&event);
            }
            ledger.push(entry);
            Ok(sorter.push(key, line)?)
        },
    )?;
    let gathered = look_around(pass, sources, &context);
    let mut closed = ledger.close(&scribe);
    let alerts = closed.alerts();
    let mut rows: Vec<AlertRow> = Vec::with_capacity(alerts);
    sorter.drain(|(time, id), line| {
        let held: Waiting = serde_json::from_slice(line)?;
        let time = DateTime::from_timestamp_micros(*time).unwrap_or_default();
        if let (Some((assessment, _)), Some(rule)) = (closed.take(id), rules.rules.get(held.rule)) {
            let mut row = row(rule, AlertId(id.clone()), time, held.event_id, held.summary);
            row.assessment = match Event::parse_with(held.raw.as_bytes(), set.geoip()) {
                Ok(event) => {
                    let mut around = context.around(&gathered, &event);
                    around.known.rule_spread = closed.spread(held.rule);
                    around.assess(rule.risk_score)
                }
                Err(_) => assessment,
            };
            rows.push(row);
        }
        Ok(())
    })?;
    let rows: Vec<&AlertRow> = rows.iter().collect();
    let groups = incident::group(&rows);
    let ids = incident::ids(&rows, &groups);
    let mut incidents: Vec<Incident> = Vec::with_capacity(groups.len());
    for (members, id) in groups.iter().zip(ids) {
        let members: Vec<&AlertRow> = members.iter().map(|at| rows[*at]).collect();
        incidents.extend(Incident::of(id, &members, |rule| rules.tactics(rule)));
    }
    incidents.sort_by(Incident::by_importance);
    write(&incidents, &rows, format)?;
    if format == ScanFormat::Table {
        output::note(&output::count(incidents.len() as u64, "incident"));
    }
    Ok(alerts as u64)
}

/// Reads the log again, for what happened around the alerts.
fn look_around(pass: &Pass<'_>, sources: &Named, context: &Context) -> Gathered {
    let mut gathered = Gathered::default();
    let window = pass.window.reaching(BEFORE);
    let mut input = Input::find(&sources.paths, &window).with(sources.clusters.clone());
    let all = input.files.len();
    input.files.retain(|path| path != Path::new("-"));
    if input.files.len() < all {
        output::warning(
            "standard input cannot be read again: what its events say about alerts is left out, name files for that",
        );
    }
    if context.window().is_none() {
        return gathered;
    }
    let mut progress = Progress::new(&input, pass.settings);
    let figures = read_all::<Gathered>(
        &input,
        pass.settings.threads(),
        pass.set.geoip(),
        Selection::default(),
        |gathered, _, event, _| context.take(gathered, event),
        |portion| {
            progress.step(&portion);
            gathered.merge(portion.made);
            ControlFlow::Continue(())
        },
    );
    progress.end();
    if figures.failed > pass.figures.failed {
        let failed = output::count(figures.failed - pass.figures.failed, "file");
        output::warning(&format!("{failed} could not be read again: what they say about alerts is left out"));
    }
    gathered
}

/// An alert in the sorter.
#[derive(Serialize)]
struct Held<'a> {
    rule: usize,
    event_id: &'a str,
    summary: &'a Summary,
    raw: &'a str,
}

/// The same, read back.
#[derive(serde::Deserialize)]
struct Waiting {
    rule: usize,
    event_id: String,
    summary: Summary,
    raw: String,
}

fn row(rule: &Rule, id: AlertId, time: DateTime<Utc>, event_id: String, summary: Summary) -> AlertRow {
    AlertRow {
        id,
        rule_id: rule.id.clone(),
        rule_name: rule.name.clone(),
        severity: rule.severity,
        risk_score: rule.risk_score,
        event_id,
        time,
        found: time,
        reason: String::new(),
        summary,
        assessment: Default::default(),
        incident: None,
        late: false,
        held: false,
        count: 1,
        withdrawn: false,
    }
}

struct Rules {
    rules: Vec<Arc<Rule>>,
    places: HashMap<String, usize>,
    tactics: HashMap<String, Vec<String>>,
}

impl Rules {
    fn new(set: &RuleSet) -> Self {
        let rules = set.rules();
        let places = rules.iter().map(|rule| rule.id.clone()).zip(0..).collect();
        let tactics = |rule: &Arc<Rule>| rule.threat.iter().map(|threat| threat.tactic.name.clone()).collect();
        Self { tactics: rules.iter().map(|rule| (rule.id.clone(), tactics(rule))).collect(), places, rules }
    }

    fn place(&self, rule: &str) -> usize {
        self.places.get(rule).copied().unwrap_or(usize::MAX)
    }

    fn tactics(&self, rule: &str) -> &[String] {
        self.tactics.get(rule).map(Vec::as_slice).unwrap_or_default()
    }
}

/// An incident as NDJSON.
#[derive(Serialize)]
struct Line<'i> {
    id: &'i str,
    title: &'i str,
    priority: u32,
    first: String,
    last: String,
    alerts: &'i [String],
    severities: Severities<'i>,
    actors: &'i [String],
    addresses: &'i [String],
    targets: &'i [String],
    tactics: &'i [String],
    ties: Vec<TieLine<'i>>,
}

/// Why an alert belongs to its incident.
#[derive(Serialize)]
struct TieLine<'i> {
    event_id: &'i str,
    words: String,
}

/// How many alerts have each severity, the highest first.
struct Severities<'i>(&'i [(Severity, usize)]);

impl Serialize for Severities<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        self.0.iter().try_for_each(|(severity, count)| map.serialize_entry(severity.as_str(), count))?;
        map.end()
    }
}

fn ties<'i>(incident: &'i Incident, events: &HashMap<&str, &'i str>) -> Vec<TieLine<'i>> {
    let line = |tie: &incident::Tie| {
        Some(TieLine { event_id: events.get(tie.alert.0.as_str()).copied()?, words: tie.words() })
    };
    incident.ties.iter().filter_map(line).collect()
}

fn write(incidents: &[Incident], rows: &[&AlertRow], format: ScanFormat) -> anyhow::Result<()> {
    let events: HashMap<&str, &str> = rows.iter().map(|row| (row.id.0.as_str(), row.event_id.as_str())).collect();
    let mut out = output::stdout();
    match format {
        ScanFormat::Table => {
            let mut table = Table::new(out, &[">PRIORITY", "FIRST", "LAST", ">ALERTS", "SEVERITIES", "ID", "TITLE"]);
            for incident in incidents {
                let Incident { id, title, priority, first, last, alerts, severities, .. } = incident;
                let (priority, alerts) = (priority.to_string(), alerts.len().to_string());
                let cells = [&priority, &seconds(*first), &seconds(*last), &alerts, &counts(severities), &id.0, title];
                table.row(&cells.map(String::as_str))?;
            }
            out = table.finish()?;
        }
        ScanFormat::Ndjson => {
            for incident in incidents {
                let line = serde_json::to_string(&Line {
                    id: &incident.id.0,
                    title: &incident.title,
                    priority: incident.priority,
                    first: crate::detect::timestamp(incident.first),
                    last: crate::detect::timestamp(incident.last),
                    alerts: &incident.events,
                    severities: Severities(&incident.severities),
                    actors: &incident.actors,
                    addresses: &incident.addresses,
                    targets: &incident.targets,
                    tactics: &incident.tactics,
                    ties: ties(incident, &events),
                })?;
                writeln!(out, "{}", markup::json(&line))?;
            }
        }
        ScanFormat::Csv => {
            let mut csv = csv::Writer::from_writer(&mut out);
            csv.write_record(COLUMNS)?;
            for incident in incidents {
                let each = |tie: TieLine<'_>| format!("{}: {}", tie.event_id, tie.words);
                let told = ties(incident, &events).into_iter().map(each).collect::<Vec<_>>();
                let cells = cells(incident, |list| list.join("; "), incident.events.join("; "), told.join("; "));
                csv.write_record(cells.map(|cell| markup::csv_cell(&cell)))?;
            }
            csv.flush()?;
        }
        ScanFormat::Markdown => {
            writeln!(out, "| {} |\n|{}", COLUMNS[..11].join(" | ").to_uppercase(), " --- |".repeat(11))?;
            for incident in incidents {
                let cells = cells(incident, few, incident.events.len().to_string(), String::new());
                let cells: Vec<String> = cells[..11].iter().map(|cell| markup::markdown(cell)).collect();
                writeln!(out, "| {} |", cells.join(" | "))?;
            }
        }
    }
    out.flush()?;
    Ok(())
}

const COLUMNS: [&str; 12] = [
    "id",
    "title",
    "priority",
    "first",
    "last",
    "alerts",
    "severities",
    "actors",
    "addresses",
    "targets",
    "tactics",
    "ties",
];

fn cells(incident: &Incident, list: impl Fn(&[String]) -> String, alerts: String, ties: String) -> [String; 12] {
    [
        incident.id.0.clone(),
        incident.title.clone(),
        incident.priority.to_string(),
        seconds(incident.first),
        seconds(incident.last),
        alerts,
        counts(&incident.severities),
        list(&incident.actors),
        list(&incident.addresses),
        list(&incident.targets),
        list(&incident.tactics),
        ties,
    ]
}

/// `high 2, low 7`.
fn counts(severities: &[(Severity, usize)]) -> String {
    severities.iter().map(|(severity, count)| format!("{severity} {count}")).collect::<Vec<_>>().join(", ")
}

fn seconds(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn few(list: &[String]) -> String {
    let more = list.len().saturating_sub(NAMED);
    let shown = list[..list.len() - more].join(", ");
    if more == 0 { shown } else { format!("{shown} and {more} more") }
}
