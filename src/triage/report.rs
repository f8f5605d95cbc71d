//! Reports: what was found and what was done about it, for whoever takes over the shift and for the file. Made from
//! values alone, so whoever calls decides where they come from. Written as a stream, one alert after the other.
//!
//! Everything in a report that came from a log, a guide or an analyst passes through [`crate::text::markup`].

mod csv;
mod html;
mod json;
mod markdown;
mod words;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{AlertRow, Case, Note, Reason, Status, StepMark, StepState};
use crate::investigate::{Finding, Row};
use crate::rule::{Checklist, SectionKind, StepId};

pub use words::{described, when};

/// The form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For a ticket or a wiki.
    Markdown,
    /// One file that needs nothing else.
    Html,
    /// For programs; complete.
    Json,
    /// One alert a row, for a spreadsheet.
    Csv,
}

/// One alert with all there is to report about it.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportEntry {
    pub alert: AlertRow,
    pub case: Case,
    /// Its rule's checklist; an empty one when the rule is not loaded now.
    pub checklist: Arc<Checklist>,
    /// Who, what, where. When empty, what the table shows serves.
    pub overview: Vec<Row>,
    pub findings: Vec<Finding>,
    /// Where the record lies: path and offset.
    pub location: String,
    /// The events of its sequence, in order, its own the last; none for any other alert.
    pub sequence: Vec<SequenceLine>,
}

/// An event of a sequence.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SequenceLine {
    pub event_id: String,
    pub time: DateTime<Utc>,
    /// Who did what to what, and from where.
    pub what: String,
    /// Where the record lies: path and offset.
    pub record: String,
}

/// A triage and handover report.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    as_of: DateTime<Utc>,
    by: String,
    state: String,
    entries: Vec<ReportEntry>,
}

/// How many alerts stand where.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Counts {
    open: usize,
    acknowledged: usize,
    closed: usize,
    reasons: BTreeMap<Reason, usize>,
    /// Decisions per analyst.
    analysts: BTreeMap<String, usize>,
}

/// A step as reports show it.
struct StepLine<'a> {
    id: &'a StepId,
    /// Number and text; `None` for a step of a guide that is not at hand.
    step: Option<(usize, &'a str)>,
    state: StepState,
    mark: Option<&'a StepMark>,
    notes: Vec<&'a Note>,
}

/// A section of the checklist as reports show it.
struct Part<'a> {
    title: &'a str,
    kind: Option<SectionKind>,
    steps: Vec<StepLine<'a>>,
}

impl Report {
    /// A report on `entries`, made at `as_of` by the analyst `by` from the state named `state`. Open alerts come first,
    /// then acknowledged ones, then closed ones, each newest first.
    #[must_use]
    pub fn new(
        as_of: DateTime<Utc>,
        by: impl Into<String>,
        state: impl Into<String>,
        mut entries: Vec<ReportEntry>,
    ) -> Self {
        let rank = |status| match status {
            Status::Open => 0,
            Status::Acknowledged => 1,
            Status::Closed(_) => 2,
        };
        entries.sort_by(|a, b| {
            (rank(a.case.status), b.alert.time, &a.alert.event_id, &a.alert.id).cmp(&(
                rank(b.case.status),
                a.alert.time,
                &b.alert.event_id,
                &b.alert.id,
            ))
        });
        Self { as_of, by: by.into(), state: state.into(), entries }
    }

    /// Writes the report.
    ///
    /// # Errors
    /// What `out` fails with.
    pub fn write(&self, format: Format, out: &mut dyn Write) -> io::Result<()> {
        match format {
            Format::Markdown => markdown::write(self, out),
            Format::Html => html::write(self, out),
            Format::Json => json::write(self, out),
            Format::Csv => csv::write(self, out),
        }
    }

    fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for ReportEntry { case, .. } in &self.entries {
            match case.status {
                Status::Open => counts.open += 1,
                Status::Acknowledged => counts.acknowledged += 1,
                Status::Closed(reason) => {
                    counts.closed += 1;
                    *counts.reasons.entry(reason).or_default() += 1;
                }
            }
            for decision in &case.history {
                *counts.analysts.entry(decision.analyst.clone()).or_default() += 1;
            }
        }
        counts
    }
}

impl ReportEntry {
    /// The checklist with who did what and when; steps of an older guide that were touched come last.
    fn parts(&self) -> Vec<Part<'_>> {
        let line = |id, step| StepLine {
            id,
            step,
            state: self.case.step(id),
            mark: self.case.steps.get(id),
            notes: self.case.notes.iter().filter(|n| n.step.as_ref() == Some(id)).collect(),
        };
        let sections = self.checklist.sections.iter().filter(|s| s.kind != SectionKind::Information);
        let mut parts: Vec<Part<'_>> = sections
            .map(|section| Part {
                title: &section.title,
                kind: Some(section.kind),
                steps: section.steps.iter().map(|s| line(&s.id, Some((s.number, s.text.as_str())))).collect(),
            })
            .collect();
        let noted = self.case.notes.iter().filter_map(|n| n.step.as_ref());
        let touched: std::collections::BTreeSet<_> = self.case.steps.keys().chain(noted).collect();
        let older: Vec<_> =
            touched.into_iter().filter(|id| self.checklist.step(id).is_none()).map(|id| line(id, None)).collect();
        if !older.is_empty() {
            parts.push(Part { title: "Steps of a guide that is not at hand", kind: None, steps: older });
        }
        parts
    }

    /// Notes on the alert as a whole.
    fn notes(&self) -> impl Iterator<Item = &Note> {
        self.case.notes.iter().filter(|n| n.step.is_none())
    }

    /// Who, what and where: label and value.
    fn overview(&self) -> Vec<(&str, &str)> {
        if !self.overview.is_empty() {
            return self.overview.iter().map(|row| (row.label.as_str(), row.value.as_str())).collect();
        }
        let summary = &self.alert.summary;
        let rows = [
            ("Actor", &summary.actor),
            ("Source", &summary.source),
            ("Target", &summary.target),
            ("Destination", &summary.destination),
            ("Account", &summary.account),
            ("Region", &summary.region),
            ("Action", &summary.action),
        ];
        rows.into_iter().map(|(label, value)| (label, value.as_deref().unwrap_or("not recorded"))).collect()
    }

    /// What is peculiar about the alert, in words.
    fn flags(&self) -> Vec<&'static str> {
        let flags = [
            (self.alert.late, "the event came in late"),
            (self.alert.held, "held back by the cap of alerts per run"),
            (
                self.alert.summary.suspicious,
                "the record holds characters that would steer a terminal or deceive a reader",
            ),
        ];
        flags.into_iter().filter(|(set, _)| *set).map(|(_, words)| words).collect()
    }
}

#[cfg(test)]
mod tests;
