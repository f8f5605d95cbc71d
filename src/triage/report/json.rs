//! The report as JSON: everything, for programs. Still safe to print: see [`crate::text::markup::json`].

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};

use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer};

use super::{Counts, Part, Report, ReportEntry, SequenceLine, StepLine};
use crate::detect::{AlertId, Summary};
use crate::investigate::{Finding, Row};
use crate::rule::{SectionKind, Severity, StepId};
use crate::text::markup::JsonWriter;
use crate::triage::{Decision, Note, Reason, Status, StepState};

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut out = JsonWriter(BufWriter::new(out));
    serde_json::to_writer_pretty(&mut out, report)?;
    writeln!(out)?;
    out.flush()
}

#[derive(Serialize)]
struct Document<'a, A: Serialize> {
    as_of: DateTime<Utc>,
    by: &'a str,
    state: &'a str,
    counts: CountsJson<'a>,
    alerts: A,
}

#[derive(Serialize)]
struct CountsJson<'a> {
    open: usize,
    acknowledged: usize,
    closed: usize,
    closed_as: &'a BTreeMap<Reason, usize>,
    decisions_by: &'a BTreeMap<String, usize>,
}

#[derive(Serialize)]
struct Alert<'a> {
    id: &'a AlertId,
    rule_id: &'a str,
    rule: &'a str,
    severity: Severity,
    risk_score: u32,
    event_id: &'a str,
    time: DateTime<Utc>,
    found: DateTime<Utc>,
    reason: &'a str,
    late: bool,
    held: bool,
    summary: &'a Summary,
    status: &'static str,
    closed_as: Option<Reason>,
    status_by: Option<&'a str>,
    status_at: Option<DateTime<Utc>>,
    steps_done: usize,
    steps: usize,
    overview: &'a [Row],
    findings: &'a [Finding],
    checklist: Vec<Section<'a>>,
    notes: Vec<NoteJson<'a>>,
    history: Vec<Made<'a>>,
    record: &'a str,
    sequence: &'a [SequenceLine],
}

#[derive(Serialize)]
struct Section<'a> {
    title: &'a str,
    kind: Option<SectionKind>,
    steps: Vec<Step<'a>>,
}

#[derive(Serialize)]
struct Step<'a> {
    id: &'a StepId,
    number: Option<usize>,
    text: Option<&'a str>,
    state: StepState,
    by: Option<&'a str>,
    at: Option<DateTime<Utc>>,
}

#[derive(Serialize)]
struct NoteJson<'a> {
    text: &'a str,
    step: Option<&'a StepId>,
    by: &'a str,
    at: DateTime<Utc>,
}

#[derive(Serialize)]
struct Made<'a> {
    #[serde(flatten)]
    decision: &'a Decision,
    taken_back_by: Option<i64>,
}

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let counts = self.counts();
        let Counts { open, acknowledged, closed, reasons, analysts } = &counts;
        Document {
            as_of: self.as_of,
            by: &self.by,
            state: &self.state,
            counts: CountsJson {
                open: *open,
                acknowledged: *acknowledged,
                closed: *closed,
                closed_as: reasons,
                decisions_by: analysts,
            },
            alerts: Alerts(&self.entries),
        }
        .serialize(serializer)
    }
}

/// Turns entries into JSON one at a time.
struct Alerts<'a>(&'a [ReportEntry]);

impl Serialize for Alerts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(Alert::from))
    }
}

impl<'a> From<&'a ReportEntry> for Alert<'a> {
    fn from(entry: &'a ReportEntry) -> Self {
        let ReportEntry { alert, case, checklist, overview, findings, location, sequence } = entry;
        let (steps_done, steps) = case.progress(checklist);
        Self {
            id: &alert.id,
            rule_id: &alert.rule_id,
            rule: &alert.rule_name,
            severity: alert.severity,
            risk_score: alert.risk_score,
            event_id: &alert.event_id,
            time: alert.time,
            found: alert.found,
            reason: &alert.reason,
            late: alert.late,
            held: alert.held,
            summary: &alert.summary,
            status: case.status.as_str(),
            closed_as: if let Status::Closed(reason) = case.status { Some(reason) } else { None },
            status_by: case.status_by.as_ref().map(|(who, _)| who.as_str()),
            status_at: case.status_by.as_ref().map(|(_, at)| *at),
            steps_done,
            steps,
            overview,
            findings,
            checklist: entry.parts().into_iter().map(Section::from).collect(),
            notes: case.notes.iter().map(NoteJson::from).collect(),
            history: case
                .history
                .iter()
                .map(|decision| Made { decision, taken_back_by: case.undone.get(&decision.seq).copied() })
                .collect(),
            record: location,
            sequence,
        }
    }
}

impl<'a> From<Part<'a>> for Section<'a> {
    fn from(Part { title, kind, steps }: Part<'a>) -> Self {
        let step = |StepLine { id, step, state, mark, .. }: StepLine<'a>| Step {
            id,
            number: step.map(|(number, _)| number),
            text: step.map(|(_, text)| text),
            state,
            by: mark.map(|m| m.by.as_str()),
            at: mark.map(|m| m.at),
        };
        Self { title, kind, steps: steps.into_iter().map(step).collect() }
    }
}

impl<'a> From<&'a Note> for NoteJson<'a> {
    fn from(Note { text, step, by, at, .. }: &'a Note) -> Self {
        Self { text, step: step.as_ref(), by, at: *at }
    }
}
