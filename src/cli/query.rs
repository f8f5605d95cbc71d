//! `watchfloor query KQL PATH…` and `watchfloor ecs PATH…`: events, by time, then id.

use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::PathBuf;

use serde_json::{Map, Value};

use super::args::QueryFormat;
use super::common::Settings;
use super::progress::Progress;
use super::table::Table;
use super::{Exit, output, reading};
use crate::engine::{Sorter, read_all};
use crate::event::{self, Event};
use crate::kql::Query;
use crate::text::{markup, visible};

/// Columns of the table when no fields are named.
const COLUMNS: [&str; 6] =
    ["@timestamp", "event.action", "event.outcome", "user.name", "source.address", "cloud.region"];

/// Prints the events that match.
pub(super) fn run(
    settings: &Settings,
    kql: &str,
    paths: &[PathBuf],
    format: QueryFormat,
    fields: &[String],
) -> anyhow::Result<Exit> {
    let query = match Query::compile(kql, event::schema()) {
        Ok(query) => query,
        Err(error) => {
            output::note(&error.to_string());
            return Ok(Exit::Nothing);
        }
    };
    let columns: Vec<&str> =
        if fields.is_empty() { COLUMNS.to_vec() } else { fields.iter().map(String::as_str).collect() };
    let chosen = (!fields.is_empty()).then_some(columns.as_slice());
    let mut count = 0u64;
    let (sorter, exit) = collect(settings, paths, |event| {
        if !query.matches(event) {
            return None;
        }
        Some(match format {
            QueryFormat::Count => Vec::new(),
            QueryFormat::Raw => event.raw().as_bytes().to_vec(),
            QueryFormat::Ndjson => json(event, chosen),
            QueryFormat::Table => {
                let cells: Vec<String> =
                    columns.iter().map(|c| visible(&event.get(c).unwrap_or_default()).into_owned()).collect();
                cells.join("\u{1f}").into_bytes()
            }
        })
    })?;
    let mut out = output::stdout();
    match format {
        QueryFormat::Count => {
            sorter.drain(|_, _| {
                count += 1;
                Ok(())
            })?;
            writeln!(out, "{count}")?;
        }
        QueryFormat::Table => {
            let headings: Vec<String> = columns.iter().map(|c| (*c).to_owned()).collect();
            let mut table = Table::new(out, &headings.iter().map(String::as_str).collect::<Vec<_>>());
            sorter.drain(|_, line| table.row(&String::from_utf8_lossy(line).split('\u{1f}').collect::<Vec<_>>()))?;
            table.finish()?;
            return Ok(exit);
        }
        QueryFormat::Raw | QueryFormat::Ndjson => lines(sorter, &mut out)?,
    }
    out.flush()?;
    Ok(exit)
}

/// Prints every event as an ECS document.
pub(super) fn ecs(settings: &Settings, paths: &[PathBuf]) -> anyhow::Result<Exit> {
    let (sorter, exit) = collect(settings, paths, |event| Some(json(event, None)))?;
    let mut out = output::stdout();
    lines(sorter, &mut out)?;
    out.flush()?;
    Ok(exit)
}

fn lines(sorter: Sorter, out: &mut impl std::io::Write) -> std::io::Result<()> {
    sorter.drain(|_, line| {
        out.write_all(line)?;
        out.write_all(b"\n")
    })
}

/// The document of an event, or only these fields of it, under their dotted names.
fn json(event: &Event<'_>, fields: Option<&[&str]>) -> Vec<u8> {
    let value = match fields {
        None => event.ecs().clone(),
        Some(fields) => {
            let found = fields.iter().filter_map(|f| Some(((*f).to_owned(), event.get(f)?.into())));
            Value::Object(found.collect::<Map<String, Value>>())
        }
    };
    markup::json(&value.to_string()).into_owned().into_bytes()
}

fn collect(
    settings: &Settings,
    paths: &[PathBuf],
    make: impl Fn(&Event<'_>) -> Option<Vec<u8>> + Sync,
) -> anyhow::Result<(Sorter, Exit)> {
    let window = settings.window()?;
    let input = reading::find(paths)?;
    let mut sorter = Sorter::default();
    let mut failure = None;
    let mut progress = Progress::new(&input, settings);
    let figures = read_all::<Vec<(i64, String, Vec<u8>)>>(
        &input.files,
        settings.threads(),
        &window,
        |made, _, event, _, _| {
            if let Some(line) = make(event) {
                let time = event.time().map_or(i64::MIN, |t| t.timestamp_micros());
                made.push((time, event.id().to_owned(), line));
            }
        },
        |file| {
            progress.file(&file);
            for (time, id, line) in file.made {
                if let Err(error) = sorter.push((time, id), line) {
                    failure = Some(error);
                    return ControlFlow::Break(());
                }
            }
            ControlFlow::Continue(())
        },
    );
    progress.finish(&figures);
    match failure {
        Some(error) => Err(error.into()),
        None => Ok((sorter, reading::exit(&input, &figures))),
    }
}
