//! `watchfloor query KQL PATH…` and `watchfloor ecs PATH…`: events, by time, then id.

use std::io::{IsTerminal as _, Write as _};
use std::ops::ControlFlow;
use std::path::PathBuf;

use anyhow::bail;
use serde_json::{Map, Value};

use super::common::Settings;
use super::formats::QueryFormat;
use super::progress::Progress;
use super::table::{self, Table};
use super::{Exit, geoip, output, reading};
use crate::engine::{Sorter, read_all};
use crate::event::{self, Event};
use crate::kql::{Document as _, FieldRef, Query, Scalar};
use crate::text::markup;

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
    query.warnings().iter().for_each(|w| output::warning(&w.to_string()));
    let asked: Vec<FieldRef> =
        query.fields().iter().cloned().chain(fields.iter().map(|f| FieldRef::Name(f.trim().to_owned()))).collect();
    geoip::unanswered_query(&asked).iter().for_each(|w| output::warning(w));
    let chosen: Vec<&str> = fields.iter().map(|f| f.trim()).filter(|f| !f.is_empty()).collect();
    if !chosen.is_empty() && matches!(format, QueryFormat::Raw | QueryFormat::Count) {
        bail!("--fields is for the formats table and ndjson");
    }
    let columns = if chosen.is_empty() { COLUMNS.as_slice() } else { &chosen };
    let (sorter, exit) = collect(settings, paths, |event| {
        query.matches(event).then(|| match format {
            QueryFormat::Count => Vec::new(),
            QueryFormat::Raw => event.raw().as_bytes().to_vec(),
            QueryFormat::Ndjson if chosen.is_empty() => document(event),
            QueryFormat::Ndjson => some(event, &chosen),
            QueryFormat::Table => table::join(&columns.iter().map(|c| cell(event, c)).collect::<Vec<_>>()),
        })
    })?;
    let mut out = output::stdout();
    match format {
        QueryFormat::Count => {
            let mut count = 0u64;
            sorter.drain(|_, _| {
                count += 1;
                Ok(())
            })?;
            writeln!(out, "{count}")?;
        }
        QueryFormat::Table => {
            let mut table = Table::new(out, columns);
            sorter.drain(|_, line| table.joined(line))?;
            table.finish()?;
            return Ok(exit);
        }
        // What is piped on is what the log holds, to the byte; a terminal gets it made harmless.
        QueryFormat::Raw if std::io::stdout().is_terminal() => {
            sorter.drain(|_, line| writeln!(out, "{}", output::lines(&String::from_utf8_lossy(line))))?;
        }
        QueryFormat::Raw | QueryFormat::Ndjson => lines(sorter, &mut out)?,
    }
    out.flush()?;
    Ok(exit)
}

/// Prints every event as an ECS document.
pub(super) fn ecs(settings: &Settings, paths: &[PathBuf]) -> anyhow::Result<Exit> {
    let (sorter, exit) = collect(settings, paths, |event| Some(document(event)))?;
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

/// The document of an event.
fn document(event: &Event<'_>) -> Vec<u8> {
    markup::json(&event.ecs().to_string()).into_owned().into_bytes()
}

/// These fields of an event, under their dotted names; those that it has.
fn some(event: &Event<'_>, fields: &[&str]) -> Vec<u8> {
    let mut found = Map::new();
    for field in fields {
        let mut values = values(event, field);
        if let Some(last) = values.pop() {
            let value = if values.is_empty() { last } else { values.into_iter().chain([last]).collect() };
            found.insert((*field).to_owned(), value);
        }
    }
    markup::json(&Value::Object(found).to_string()).into_owned().into_bytes()
}

/// All values of a field, as a table shows them.
fn cell(event: &Event<'_>, field: &str) -> String {
    let text = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    values(event, field).into_iter().map(text).collect::<Vec<_>>().join(", ")
}

fn values(event: &Event<'_>, field: &str) -> Vec<Value> {
    let mut values = Vec::new();
    event.any(field, &mut |value| {
        values.push(match value {
            Scalar::Str(text) => text.into(),
            Scalar::Int(number) => number.into(),
            Scalar::Float(number) => number.into(),
            Scalar::Bool(truth) => truth.into(),
        });
        false
    });
    values
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
