//! The bundled demo: `watchfloor` with no command. Without a terminal it is a table.

use std::collections::HashMap;
use std::io::Write as _;
use std::path::Path;

use chrono::{DateTime, Utc};

use super::settings::Settings;
use super::table::Table;
use super::{Exit, output, rule_set, state};
use crate::detect::Alert;
use crate::engine::{Collector, Reading, ReplayOf};
use crate::rule::Rule;
use crate::trail::{self, Buffers};
use crate::triage::{Case, Status, Store};

const LOG: &[u8] = include_bytes!("../../assets/demo.ndjson.gz");
const NAME: &str = "bundled demo";

/// The demo's clock starts when the night is over and somebody is about to look around.
const START: &str = "2026-11-23T10:11:00Z";

pub(super) fn start() -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(START).ok().map(|time| time.to_utc())
}

pub(super) fn log() -> ReplayOf {
    ReplayOf::Held(NAME, LOG)
}

/// Prints the demo's alerts with the progress of their checklists, and how to open the console.
pub(super) fn print(settings: &Settings) -> anyhow::Result<Exit> {
    let window = settings.window()?;
    let rules = rule_set::rules(settings)?;
    rules.warn();
    let mut reading = Reading::of(&rules.set);
    trail::read_stream(Path::new(NAME), LOG, &mut Buffers::new(), &mut |record| {
        reading.take(record, &window, &settings.geoip, |reading, event, record| {
            reading.detect(event, &rules.set, record);
        });
    });
    let mut alerts: HashMap<_, Alert> = HashMap::new();
    let store = settings.common.state.as_deref().map(state::read).transpose()?;
    let closings = store.as_ref().map_or_else(|| Ok(Vec::new()), Store::closings)?;
    let mut collector = Collector::new(&rules.set).within(&window).after(closings);
    collector.take(reading.evaluation.hits)?;
    let mut add = |alert: Alert| {
        alerts.entry(alert.id.clone()).or_insert(alert);
    };
    reading.evaluation.alerts.into_iter().for_each(&mut add);
    let lost = collector.finish(
        settings.threads(),
        |alert, _| Ok(alert),
        |alert| {
            add(alert);
            anyhow::Ok(())
        },
    )?;
    lost.iter().for_each(|lost| output::warning(lost));
    let mut alerts: Vec<Alert> = alerts.into_values().collect();
    alerts.sort_by(|a, b| (a.time, &a.event_id).cmp(&(b.time, &b.event_id)));
    let mut table =
        Table::new(output::stdout(), &["TIME", "SEVERITY", "STATUS", "ACTOR", "SOURCE", "SNAPSHOT", ">STEPS"]);
    for alert in &alerts {
        let case = match &store {
            Some(store) => Case::fold(&store.decisions_of(&alert.id)?),
            None => Case::default(),
        };
        row(&mut table, alert, &case, rules.set.rule(&alert.rule_id).map(AsRef::as_ref))?;
    }
    let mut out = table.finish()?;
    writeln!(
        out,
        "\n{} in {} of the bundled demo.\nRun `watchfloor` in a terminal to open the console on it, or `watchfloor watch DIR` on your own logs.",
        output::count(alerts.len() as u64, "alert"),
        output::count(reading.events, "event")
    )?;
    out.flush()?;
    Ok(rules.exit(Exit::Done))
}

fn row(table: &mut Table<impl std::io::Write>, alert: &Alert, case: &Case, rule: Option<&Rule>) -> std::io::Result<()> {
    let (done, all) = rule.map(|rule| case.progress(&rule.checklist)).unwrap_or_default();
    let or = |value: &Option<String>| value.clone().unwrap_or_else(|| "not recorded".to_owned());
    let status = match case.status {
        Status::Closed(reason) => format!("closed: {reason}"),
        other => other.as_str().to_owned(),
    };
    let time = alert.time.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let s = &alert.summary;
    table.row(&[
        &time,
        alert.severity.as_str(),
        &status,
        &or(&s.actor),
        &or(&s.source),
        &or(&s.target),
        &format!("{done}/{all}"),
    ])
}
