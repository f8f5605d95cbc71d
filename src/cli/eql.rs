//! `watchfloor eql EQL PATH…`: prints events, sequences or samples, by time, then tiebreaker, then what tells events apart.
//! As `query` does, but that every JSON object is read, whatever logged it.

mod joined;

use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;

use anyhow::bail;

use super::formats::EqlFormat;
use super::input::Named;
use super::query::{self, COLUMNS};
use super::settings::Settings;
use super::table::{self, JOINT, Table};
use super::unknown::Unknown;
use super::{Exit, geoip, output};
use crate::detect::Prefilter;
use crate::engine::{OrderBy, Selection, Sorter};
use crate::event::{self, Event};
use crate::query::eql::{self, Prepared, Search};
use crate::query::{FieldRef, Query};
use crate::text::markup;

/// The options that name fields.
pub(super) struct Fields {
    /// Empty for those that a format shows by itself.
    pub shown: Vec<String>,
    pub category: String,
    pub time: String,
    pub tiebreaker: Option<String>,
}

/// What is asked, and how the answer is to look.
struct Ask<'a> {
    settings: &'a Settings,
    sources: &'a Named,
    selection: Selection<'a>,
    order: OrderBy<'a>,
    /// Sees which fields events have.
    unknown: &'a Unknown,
    format: EqlFormat,
    /// Empty for whole documents and the usual columns.
    chosen: Vec<&'a str>,
}

pub(super) fn run(
    settings: &Settings,
    text: &str,
    paths: &[PathBuf],
    format: EqlFormat,
    fields: &Fields,
) -> anyhow::Result<Exit> {
    let sources = &Named::of(paths, settings)?;
    let schema = event::schema();
    let prepared = eql::parse(text).and_then(|statement| {
        let prepared = eql::prepare(text, &statement, schema, &fields.category)?;
        Ok((eql::wider(&statement, &fields.category), prepared))
    });
    let (wider, prepared) = match prepared {
        Ok(prepared) => prepared,
        Err(error) => {
            output::note(&error.to_diagnostic().to_string());
            return Ok(Exit::Nothing);
        }
    };
    let chosen: Vec<&str> = fields.shown.iter().map(|f| f.trim()).filter(|f| !f.is_empty()).collect();
    if !chosen.is_empty() && matches!(format, EqlFormat::Raw | EqlFormat::Count) {
        bail!("--fields is for the formats table, csv and ndjson");
    }
    let queries = prepared.search.queries();
    queries.iter().flat_map(|query| query.warnings()).for_each(|w| output::warning(&w.to_string()));
    let of_query = queries.iter().flat_map(|query| query.fields().iter().cloned());
    let of_query: Vec<FieldRef> = of_query.collect();
    let shown = chosen.iter().map(|f| FieldRef::Name((*f).to_owned()));
    let asked: Vec<FieldRef> = of_query.iter().cloned().chain(shown).collect();
    geoip::unanswered_query(&asked, &settings.geoip).iter().for_each(|w| output::warning(w));
    let unknown = &Unknown::of_fields(&of_query, text).and_names(&fields.shown);
    // A skipped record might have the unknown field.
    let may_skip = unknown.is_empty() && !settings.common.every_record;
    let prefilter = may_skip.then(|| Prefilter::for_queries(queries));
    let asked_of_cluster = Some(&wider).filter(|_| !settings.common.every_record);
    let selection = Selection::matching(prefilter.as_ref(), asked_of_cluster).of_objects(&fields.time);
    let order = OrderBy { time: &fields.time, tiebreaker: fields.tiebreaker.as_deref() };
    let ask = Ask { settings, sources, selection, order, unknown, format, chosen };
    let exit = match &prepared.search {
        Search::Event(query) => ask.events(query, &prepared)?,
        Search::Sequence(_) | Search::Sample(_) => ask.joined(&prepared)?,
    };
    unknown.warn();
    Ok(exit)
}

impl Ask<'_> {
    fn events(&self, query: &Query, prepared: &Prepared) -> anyhow::Result<Exit> {
        let (sorter, exit) = query::collect(self.settings, self.sources, self.selection, |event, record| {
            self.unknown.look(event);
            let line = || if self.format == EqlFormat::Count { Vec::new() } else { self.line(event) };
            query.matches(event).then(|| (self.order.key(event, record.origin), line()))
        })?;
        if exit == Exit::Nothing {
            return Ok(exit);
        }
        let mut out = output::stdout();
        let left = prepared.left(sorter.count());
        match self.format {
            EqlFormat::Count => writeln!(out, "{}", left.end.saturating_sub(left.start))?,
            EqlFormat::Table => {
                let mut table = Table::new(out, &self.columns());
                in_range(sorter, left, &mut |line| table.joined(line))?;
                table.finish()?;
                return Ok(exit);
            }
            EqlFormat::Csv => {
                let mut csv = csv::Writer::from_writer(&mut out);
                csv.write_record(self.columns())?;
                in_range(sorter, left, &mut |line| Ok(csv.write_record(cells(line))?))?;
                csv.flush()?;
            }
            EqlFormat::Ndjson | EqlFormat::Raw => in_range(sorter, left, &mut |line| self.print(&mut out, line))?,
        }
        out.flush()?;
        Ok(exit)
    }

    fn columns(&self) -> Vec<&str> {
        if !self.chosen.is_empty() {
            return self.chosen.clone();
        }
        let mut columns = COLUMNS.to_vec();
        columns[0] = self.order.time;
        columns
    }

    /// An event as a line of the format; for tables, its cells joined.
    fn line(&self, event: &Event<'_>) -> Vec<u8> {
        match self.format {
            EqlFormat::Raw | EqlFormat::Count => event.raw().as_bytes().to_vec(),
            EqlFormat::Ndjson if self.chosen.is_empty() => query::document(event),
            EqlFormat::Ndjson => query::some(event, &self.chosen),
            EqlFormat::Table | EqlFormat::Csv => {
                table::join(&self.columns().iter().map(|column| query::cell(event, column)).collect::<Vec<_>>())
            }
        }
    }

    /// Prints a line. A pipe gets the log's bytes unchanged; a terminal gets them made harmless.
    fn print(&self, out: &mut impl std::io::Write, line: &[u8]) -> std::io::Result<()> {
        if self.format == EqlFormat::Raw && std::io::stdout().is_terminal() {
            return writeln!(out, "{}", output::lines(&String::from_utf8_lossy(line)));
        }
        out.write_all(line)?;
        out.write_all(b"\n")
    }
}

/// The cells of a joined line, safe for a spreadsheet.
fn cells(line: &[u8]) -> Vec<String> {
    String::from_utf8_lossy(line).split(JOINT).map(markup::csv_cell).collect()
}

/// Calls `each` with the lines of which the number lies in `range`.
fn in_range(
    sorter: Sorter,
    range: std::ops::Range<u64>,
    each: &mut dyn FnMut(&[u8]) -> std::io::Result<()>,
) -> std::io::Result<()> {
    let mut at = 0;
    sorter.drain(|_, line| {
        at += 1;
        if range.contains(&(at - 1)) { each(line) } else { Ok(()) }
    })
}
