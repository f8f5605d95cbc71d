//! Prints sequences and samples: in JSON one a line, in tables a row for each event.

use std::io::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::super::formats::EqlFormat;
use super::super::table::{JOINT, Table};
use super::super::{Exit, output, query};
use super::{Ask, cells};
use crate::engine::{Candidate, Gathering, Joined};
use crate::event::{self, Event};
use crate::query::eql::{KeyValue, Prepared, Search};
use crate::text::{markup, visible};

/// A portion's events go to where they are gathered when they exceed this many bytes.
const HELD: usize = 1 << 20;

/// Stands in a table for an event that is missing, as it must be.
const MISSING: &str = "(missing)";

/// The columns before those of events.
const BEFORE: [&str; 2] = ["#", "join keys"];

#[derive(Default)]
struct Held {
    candidates: Vec<Candidate>,
    bytes: usize,
}

impl Held {
    fn hand_over(&mut self, to: &Mutex<Gathering>) -> std::io::Result<()> {
        let mut gathering = to.lock().unwrap_or_else(PoisonError::into_inner);
        self.bytes = 0;
        self.candidates.drain(..).try_for_each(|candidate| gathering.push(candidate))
    }
}

impl Ask<'_> {
    pub(super) fn joined(&self, prepared: &Prepared) -> anyhow::Result<Exit> {
        let gathering = Mutex::new(Gathering::default());
        let failure: Mutex<Option<std::io::Error>> = Mutex::new(None);
        let failed = || failure.lock().unwrap_or_else(PoisonError::into_inner).take();
        let timeless = AtomicU64::new(0);
        let schema = event::schema();
        let exit = query::read::<Held>(
            self.settings,
            self.sources,
            self.selection,
            |held, event, record| {
                self.unknown.look(event);
                let parts = match &prepared.search {
                    Search::Event(_) => return,
                    Search::Sequence(sequence) => sequence.parts(event, schema),
                    Search::Sample(sample) => sample.parts(event, schema),
                };
                if parts.is_empty() {
                    return;
                }
                if matches!(prepared.search, Search::Sequence(_)) && event.instant(self.order.time).is_none() {
                    timeless.fetch_add(1, Ordering::Relaxed);
                    return;
                }
                let key = self.order.key(event, record.origin);
                let candidate = Candidate { key, parts, record: record.bytes.to_vec() };
                held.bytes += candidate.bytes();
                held.candidates.push(candidate);
                if held.bytes > HELD
                    && let Err(error) = held.hand_over(&gathering)
                {
                    failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                }
            },
            |mut held| failed().map_or_else(|| held.hand_over(&gathering), Err),
        )?;
        if exit == Exit::Nothing {
            return Ok(exit);
        }
        let timeless = timeless.into_inner();
        if timeless > 0 {
            let events = output::count(timeless, "event");
            output::warning(&format!(
                "{events} without a time in {} took no part in a sequence; --timestamp-field names another field",
                self.order.time
            ));
        }
        let mut gathering = gathering.into_inner().unwrap_or_else(PoisonError::into_inner);
        let found = gathering.find(&prepared.search);
        let left = prepared.left(found.len() as u64);
        let found = found.into_iter().zip(0u64..).filter(|(_, at)| left.contains(at)).map(|(joined, _)| joined);
        self.print_joined(found.collect(), &mut gathering)?;
        Ok(exit)
    }

    fn print_joined(&self, found: Vec<Joined>, gathering: &mut Gathering) -> anyhow::Result<()> {
        let mut out = output::stdout();
        let headings: Vec<&str> = BEFORE.into_iter().chain(self.columns()).collect();
        match self.format {
            EqlFormat::Count => writeln!(out, "{}", found.len())?,
            EqlFormat::Table => {
                let mut table = Table::new(out, &headings);
                for (number, joined) in (1..).zip(&found) {
                    for (at, line) in self.lines(joined, gathering)?.into_iter().enumerate() {
                        // A group reads as one: what it has in common stands in its first row.
                        let first = if at == 0 { [number.to_string(), keys(joined)] } else { Default::default() };
                        table.joined(&[first.join(JOINT).into_bytes(), line].join(JOINT.as_bytes()))?;
                    }
                }
                table.finish()?;
                return Ok(());
            }
            EqlFormat::Csv => {
                let mut csv = csv::Writer::from_writer(&mut out);
                csv.write_record(&headings)?;
                for (number, joined) in (1..).zip(&found) {
                    for line in self.lines(joined, gathering)? {
                        let before = [number.to_string(), keys(joined)].join(JOINT).into_bytes();
                        csv.write_record(cells(&[before, line].join(JOINT.as_bytes())))?;
                    }
                }
                csv.flush()?;
            }
            EqlFormat::Ndjson => {
                for joined in &found {
                    let documents = self.lines(joined, gathering)?.into_iter().map(String::from_utf8);
                    let documents: Vec<Box<RawValue>> =
                        documents.map(|text| Ok(RawValue::from_string(text?)?)).collect::<anyhow::Result<_>>()?;
                    let line = serde_json::to_string(&Line { join_keys: &joined.keys, events: documents })?;
                    self.print(&mut out, markup::json(&line).as_bytes())?;
                }
            }
            EqlFormat::Raw => {
                for joined in &found {
                    self.lines(joined, gathering)?.iter().try_for_each(|line| self.print(&mut out, line))?;
                }
            }
        }
        out.flush()?;
        Ok(())
    }

    /// A line for each event. What is missing is null in JSON, a row in a table, and no record.
    fn lines(&self, joined: &Joined, gathering: &mut Gathering) -> anyhow::Result<Vec<Vec<u8>>> {
        let mut lines = Vec::with_capacity(joined.events.len());
        for event in &joined.events {
            let Some(event) = event else {
                match self.format {
                    EqlFormat::Ndjson => lines.push(b"null".to_vec()),
                    EqlFormat::Table | EqlFormat::Csv => {
                        let mut row = vec![""; self.columns().len()];
                        row[0] = MISSING;
                        lines.push(row.join(JOINT).into_bytes());
                    }
                    EqlFormat::Raw | EqlFormat::Count => {}
                }
                continue;
            };
            let record = gathering.record(*event)?;
            lines.push(self.line(&Event::parse_any(&record, &self.settings.geoip)?));
        }
        Ok(lines)
    }
}

fn keys(joined: &Joined) -> String {
    let text = |value: &KeyValue| match json!(value) {
        Value::String(text) => text,
        other => other.to_string(),
    };
    visible(&joined.keys.iter().map(text).collect::<Vec<_>>().join(", ")).into_owned()
}

#[derive(serde::Serialize)]
struct Line<'j> {
    join_keys: &'j [KeyValue],
    events: Vec<Box<RawValue>>,
}
