//! `watchfloor scan PATH…`: evaluates everything once and prints every alert, by event time, then event id.

use std::collections::HashSet;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::PathBuf;

use super::args::ScanFormat;
use super::common::Settings;
use super::progress::Progress;
use super::table::Table;
use super::{Exit, output, reading};
use crate::detect::{self, Alert, RuleSet};
use crate::engine::{Sorter, read_all};
use crate::text::{self, markup};

const HEADINGS: [&str; 9] =
    ["TIME", "SEVERITY", "RULE", "ACTOR", "SOURCE", "SNAPSHOT", "DESTINATION", "ACCOUNT", "REGION"];

pub(super) fn run(
    settings: &Settings,
    paths: &[PathBuf],
    format: ScanFormat,
    fail_on_alert: bool,
) -> anyhow::Result<Exit> {
    let window = settings.window()?;
    let (rules, warnings) = settings.rules()?;
    warnings.iter().for_each(|w| output::warning(w));
    let input = reading::find(paths)?;
    let mut sorter = Sorter::default();
    let mut known = HashSet::new();
    let mut failure = None;
    let mut progress = Progress::new(&input, settings);
    let figures = read_all::<()>(
        &input.files,
        settings.threads(),
        &window,
        |(), reading, event, record, path| reading.detect(event, &rules, path, record.offset),
        |file| {
            progress.file(&file);
            for alert in file.reading.alerts {
                if known.insert(alert.id.clone()) {
                    let key = (alert.time.timestamp_micros(), alert.event_id.clone());
                    if let Err(error) = render(&alert, &rules, format).and_then(|line| Ok(sorter.push(key, line)?)) {
                        failure = Some(error);
                        return ControlFlow::Break(());
                    }
                }
            }
            ControlFlow::Continue(())
        },
    );
    progress.finish(&figures);
    if let Some(error) = failure {
        return Err(error);
    }
    print(sorter, format)?;
    if format == ScanFormat::Table || settings.common.stats {
        output::note(&format!(
            "{} alerts in {} events of {} files, rules: {}",
            known.len(),
            figures.events,
            figures.files,
            rules.rules().len()
        ));
    }
    if fail_on_alert && !known.is_empty() {
        return Ok(Exit::Alerts);
    }
    Ok(reading::exit(&input, &figures))
}

/// One alert as the bytes of its line, but for a table as its cells, separated by a character that they cannot hold.
fn render(alert: &Alert, rules: &RuleSet, format: ScanFormat) -> anyhow::Result<Vec<u8>> {
    let cells = cells(alert);
    Ok(match format {
        ScanFormat::Ndjson => match rules.rule(&alert.rule_id) {
            Some(rule) => markup::json(&detect::document(alert, rule).to_string()).into_owned().into_bytes(),
            None => Vec::new(),
        },
        ScanFormat::Table => cells.map(|c| text::visible(&c).into_owned()).join("\u{1f}").into_bytes(),
        ScanFormat::Csv => {
            let mut out = csv::Writer::from_writer(Vec::new());
            out.write_record(cells.iter().chain([&alert.event_id, &alert.id.0]).map(|c| markup::csv_cell(c)))?;
            out.into_inner().map_err(|e| e.into_error())?
        }
        ScanFormat::Markdown => format!("| {} |\n", cells.map(|c| markup::markdown(&c)).join(" | ")).into_bytes(),
    })
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

fn print(sorter: Sorter, format: ScanFormat) -> anyhow::Result<()> {
    let mut out = output::stdout();
    match format {
        ScanFormat::Table => {
            let mut table = Table::new(out, &HEADINGS);
            sorter.drain(|_, line| {
                let line = String::from_utf8_lossy(line);
                table.row(&line.split('\u{1f}').collect::<Vec<_>>())
            })?;
            table.finish()?;
            return Ok(());
        }
        ScanFormat::Csv => {
            let headings = HEADINGS.map(str::to_lowercase).join(",");
            writeln!(out, "{headings},event_id,alert_id")?;
        }
        ScanFormat::Markdown => {
            writeln!(out, "| {} |\n|{}", HEADINGS.join(" | "), " --- |".repeat(HEADINGS.len()))?;
        }
        ScanFormat::Ndjson => {}
    }
    sorter.drain(|_, line| {
        out.write_all(line)?;
        if line.ends_with(b"\n") { Ok(()) } else { out.write_all(b"\n") }
    })?;
    out.flush()?;
    Ok(())
}
