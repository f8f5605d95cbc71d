//! `watchfloor query KQL PATH…` and `watchfloor ecs PATH…`: print events, by time, then id. `eql` prints as these do.

use crate::query::kql;
use std::io::{IsTerminal as _, Write as _};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use anyhow::bail;
use serde_json::{Map, Value};

use super::formats::QueryFormat;
use super::input::Named;
use super::progress::Progress;
use super::settings::Settings;
use super::table::{self, Table};
use super::unknown::Unknown;
use super::{Exit, geoip, output};
use crate::detect::Prefilter;
use crate::engine::{Selection, SortKey, Sorter, read_all};
use crate::event::{self, Event};
use crate::query::{Document as _, FieldRef, Scalar};
use crate::text::markup;
use crate::trail::RawRecord;

/// The columns without `--fields`.
pub(super) const COLUMNS: [&str; 6] =
    ["@timestamp", "event.action", "event.outcome", "user.name", "source.address", "cloud.region"];

/// A file's lines go to the sorter when they exceed this many bytes.
const HELD: usize = 1 << 20;

pub(super) fn run(
    settings: &Settings,
    text: &str,
    paths: &[PathBuf],
    format: QueryFormat,
    fields: &[String],
) -> anyhow::Result<Exit> {
    let sources = &Named::of(paths, settings)?;
    let node = match kql::parse(text) {
        Ok(node) => node,
        Err(error) => {
            output::note(&error.to_string());
            return Ok(Exit::Nothing);
        }
    };
    let query = kql::prepare(text, &node, event::schema(), settings.now);
    query.warnings().iter().for_each(|w| output::warning(&w.to_string()));
    let asked: Vec<FieldRef> =
        query.fields().iter().cloned().chain(fields.iter().map(|f| FieldRef::Name(f.trim().to_owned()))).collect();
    geoip::unanswered_query(&asked, &settings.geoip).iter().for_each(|w| output::warning(w));
    let chosen: Vec<&str> = fields.iter().map(|f| f.trim()).filter(|f| !f.is_empty()).collect();
    if !chosen.is_empty() && matches!(format, QueryFormat::Raw | QueryFormat::Count) {
        bail!("--fields is for the formats table and ndjson");
    }
    let unknown = Unknown::of_query(&node, text).and_names(fields);
    // A skipped record might have the unknown field.
    let may_skip = unknown.is_empty() && !settings.common.every_record;
    let prefilter = may_skip.then(|| Prefilter::for_query(&query));
    let selection = Selection::matching(prefilter.as_ref(), Some(&node).filter(|_| !settings.common.every_record));
    let matches = |event: &Event<'_>| {
        unknown.look(event);
        query.matches(event)
    };
    let exit = print(settings, sources, format, &chosen, selection, &matches)?;
    unknown.warn();
    Ok(exit)
}

fn print(
    settings: &Settings,
    sources: &Named,
    format: QueryFormat,
    chosen: &[&str],
    selection: Selection<'_>,
    matches: &(dyn Fn(&Event<'_>) -> bool + Sync),
) -> anyhow::Result<Exit> {
    if format == QueryFormat::Count {
        let mut count = 0u64;
        let exit = read::<u64>(
            settings,
            sources,
            selection,
            |matched, event, _| *matched += u64::from(matches(event)),
            |matched| {
                count += matched;
                Ok(())
            },
        )?;
        if exit == Exit::Nothing {
            return Ok(exit);
        }
        let mut out = output::stdout();
        writeln!(out, "{count}")?;
        out.flush()?;
        return Ok(exit);
    }
    let columns = if chosen.is_empty() { COLUMNS.as_slice() } else { chosen };
    let (sorter, exit) = collect(settings, sources, selection, |event, _| {
        let line = || match format {
            QueryFormat::Raw | QueryFormat::Count => event.raw().as_bytes().to_vec(),
            QueryFormat::Ndjson if chosen.is_empty() => document(event),
            QueryFormat::Ndjson => some(event, chosen),
            QueryFormat::Table => table::join(&columns.iter().map(|c| cell(event, c)).collect::<Vec<_>>()),
        };
        matches(event).then(|| (key(event), line()))
    })?;
    if exit == Exit::Nothing {
        return Ok(exit);
    }
    let mut out = output::stdout();
    match format {
        QueryFormat::Table => {
            let mut table = Table::new(out, columns);
            sorter.drain(|_, line| table.joined(line))?;
            table.finish()?;
            return Ok(exit);
        }
        // A pipe gets the log's bytes unchanged; a terminal gets them made harmless.
        QueryFormat::Raw if std::io::stdout().is_terminal() => {
            sorter.drain(|_, line| writeln!(out, "{}", output::lines(&String::from_utf8_lossy(line))))?;
        }
        QueryFormat::Raw | QueryFormat::Ndjson | QueryFormat::Count => lines(sorter, &mut out)?,
    }
    out.flush()?;
    Ok(exit)
}

pub(super) fn ecs(settings: &Settings, paths: &[PathBuf]) -> anyhow::Result<Exit> {
    let sources = &Named::of(paths, settings)?;
    let whole = |event: &Event<'_>| Some((key(event), document(event)));
    let (sorter, exit) = collect(settings, sources, Selection::default(), |event, _| whole(event))?;
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

/// By time, then id.
fn key(event: &Event<'_>) -> SortKey {
    (event.time().map_or(i64::MIN, |t| t.timestamp_micros()), event.id().to_owned())
}

pub(super) fn document(event: &Event<'_>) -> Vec<u8> {
    markup::json(&event.ecs_json()).into_owned().into_bytes()
}

/// The fields that the event has, under their dotted names.
pub(super) fn some(event: &Event<'_>, fields: &[&str]) -> Vec<u8> {
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

/// All values of a field, for a table.
pub(super) fn cell(event: &Event<'_>, field: &str) -> String {
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

#[derive(Default)]
struct Held {
    lines: Vec<(SortKey, Vec<u8>)>,
    bytes: usize,
}

impl Held {
    fn hand_over(&mut self, sorter: &Mutex<Sorter>) -> std::io::Result<()> {
        let mut sorter = sorter.lock().unwrap_or_else(PoisonError::into_inner);
        self.bytes = 0;
        self.lines.drain(..).try_for_each(|(key, line)| sorter.push(key, line))
    }
}

/// Sorts the lines that `make` makes of events. Memory stays bounded however large a file is.
pub(super) fn collect(
    settings: &Settings,
    sources: &Named,
    selection: Selection<'_>,
    make: impl Fn(&Event<'_>, RawRecord<'_>) -> Option<(SortKey, Vec<u8>)> + Sync,
) -> anyhow::Result<(Sorter, Exit)> {
    let sorter = Mutex::new(Sorter::default());
    let failure: Mutex<Option<std::io::Error>> = Mutex::new(None);
    let failed = || failure.lock().unwrap_or_else(PoisonError::into_inner).take();
    let exit = read::<Held>(
        settings,
        sources,
        selection,
        |held, event, record| {
            let Some((key, line)) = make(event, record) else { return };
            held.bytes += line.len();
            held.lines.push((key, line));
            if held.bytes > HELD
                && let Err(error) = held.hand_over(&sorter)
            {
                failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
            }
        },
        |mut held| failed().map_or_else(|| held.hand_over(&sorter), Err),
    )?;
    Ok((sorter.into_inner().unwrap_or_else(PoisonError::into_inner), exit))
}

/// Reads everything once: `each` folds a file's events into a value, `done` takes it. Ends early when `done` fails or
/// standard output is closed.
pub(super) fn read<T: Default + Send>(
    settings: &Settings,
    sources: &Named,
    selection: Selection<'_>,
    each: impl Fn(&mut T, &Event<'_>, RawRecord<'_>) + Sync,
    mut done: impl FnMut(T) -> std::io::Result<()>,
) -> anyhow::Result<Exit> {
    let window = settings.window()?;
    let input = sources.find(&window)?;
    let mut failure = None;
    let mut progress = Progress::new(&input, settings);
    let figures = read_all::<T>(
        &input,
        settings.threads(),
        &settings.geoip,
        selection,
        |made, _, event, record| each(made, event, record),
        |portion| {
            progress.portion(&portion);
            let taken = done(portion.made).and_then(|()| output::is_read());
            match taken {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    failure = Some(error);
                    ControlFlow::Break(())
                }
            }
        },
    );
    progress.finish(&figures);
    match failure {
        Some(error) => Err(error.into()),
        None => Ok(sources.exit(&input, &figures)),
    }
}
