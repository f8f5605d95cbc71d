//! The report as CSV: one alert a row, the same columns always.

use std::io::{self, Write};

use super::words::{described, when};
use super::{Report, ReportEntry};
use crate::text::markup::csv_cell;
use crate::triage::Status;

const COLUMNS: [&str; 30] = [
    "alert",
    "time",
    "found",
    "severity",
    "risk_score",
    "rule_id",
    "rule",
    "status",
    "closed_as",
    "status_by",
    "status_at",
    "actor",
    "source",
    "target",
    "destination",
    "account",
    "region",
    "action",
    "reason",
    "steps_done",
    "steps",
    "notes",
    "history",
    "late",
    "held",
    "suspicious",
    "event_id",
    "record",
    "sequence",
    "as_of",
];

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut csv = ::csv::Writer::from_writer(out);
    csv.write_record(COLUMNS).map_err(io::Error::from)?;
    for entry in &report.entries {
        csv.write_record(row(report, entry).map(|cell| csv_cell(&cell))).map_err(io::Error::from)?;
    }
    csv.flush()
}

fn row(report: &Report, entry: &ReportEntry) -> [String; COLUMNS.len()] {
    let ReportEntry { alert, case, checklist, location, sequence, .. } = entry;
    let (done, total) = case.progress(checklist);
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let (status_by, status_at) = case.status_by.clone().map_or_else(Default::default, |(who, at)| (who, when(at)));
    let notes: Vec<_> = case.notes.iter().map(|n| format!("{} {}: {}", when(n.at), n.by, n.text)).collect();
    let events: Vec<_> = sequence.iter().map(|e| format!("{} {}: {}", when(e.time), e.event_id, e.what)).collect();
    let history: Vec<_> = case
        .history
        .iter()
        .map(|d| format!("{} {} {}", when(d.at), d.analyst, described(d, case, checklist)))
        .collect();
    [
        alert.id.0.clone(),
        when(alert.time),
        when(alert.found),
        alert.severity.to_string(),
        alert.risk_score.to_string(),
        alert.rule_id.clone(),
        alert.rule_name.clone(),
        case.status.as_str().into(),
        if let Status::Closed(reason) = case.status { reason.to_string() } else { String::new() },
        status_by,
        status_at,
        text(&alert.summary.actor),
        text(&alert.summary.source),
        text(&alert.summary.target),
        text(&alert.summary.destination),
        text(&alert.summary.account),
        text(&alert.summary.region),
        text(&alert.summary.action),
        alert.reason.clone(),
        done.to_string(),
        total.to_string(),
        notes.join(" | "),
        history.join(" | "),
        alert.late.to_string(),
        alert.held.to_string(),
        alert.summary.suspicious.to_string(),
        alert.event_id.clone(),
        location.clone(),
        events.join(" | "),
        when(report.as_of),
    ]
}
