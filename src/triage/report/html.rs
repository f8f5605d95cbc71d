//! The report as one HTML file that needs nothing else: no script, no picture, no font from elsewhere, and a policy that
//! forbids them. Reads on paper too.

use std::io::{self, Write};

use super::words::{counted, described, state, status, weight, when};
use super::{Note, Part, Report, ReportEntry, SequenceLine};
use crate::text::markup::html as text;
use crate::triage::{Status, StepState};

const STYLE: &str = include_str!("report.css");

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let counts = report.counts();
    writeln!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Triage report, {as_of}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<h1>Triage report</h1>\n\
         <p>As of {as_of}, made by {} from <code>{}</code>.</p>",
        text(&report.by),
        text(&report.state),
        as_of = when(report.as_of),
    )?;
    writeln!(
        out,
        "<p><strong>{}:</strong> {} open, {} acknowledged, {} closed.</p>",
        counted(report.entries.len(), "alert", "alerts"),
        counts.open,
        counts.acknowledged,
        counts.closed
    )?;
    if !counts.reasons.is_empty() {
        let reasons: Vec<_> = counts.reasons.iter().map(|(reason, n)| format!("{n} {reason}")).collect();
        writeln!(out, "<p>Closed as: {}.</p>", reasons.join(", "))?;
    }
    if !counts.analysts.is_empty() {
        let analysts: Vec<_> = counts
            .analysts
            .iter()
            .map(|(who, n)| format!("{} {}", text(who), counted(*n, "decision", "decisions")))
            .collect();
        writeln!(out, "<p>Analysts: {}.</p>", analysts.join(", "))?;
    }
    if !report.entries.is_empty() {
        write_table(report, out)?;
    }
    for (number, entry) in (1..).zip(&report.entries) {
        write_entry(number, entry, out)?;
    }
    writeln!(out, "</body>\n</html>")
}

fn write_table(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "<table class=\"list\">\n<thead><tr><th>#</th><th>Time</th><th>Severity</th><th>Status</th><th>Analyst</th>\
         <th>Rule</th><th>Actor</th><th>Source</th><th>Target</th><th>Steps</th></tr></thead>\n<tbody>"
    )?;
    for (number, ReportEntry { alert, case, checklist, .. }) in (1..).zip(&report.entries) {
        let (done, total) = case.progress(checklist);
        let field = |value: &Option<String>| value.as_deref().map(|v| text(v).into_owned()).unwrap_or_default();
        writeln!(
            out,
            "<tr class=\"{}\"><td><a href=\"#a{number}\">{number}</a></td><td>{}</td><td>{}</td><td>{}</td><td>{}</td>\
             <td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{done}/{total}</td></tr>",
            class(case.status),
            when(alert.time),
            alert.severity,
            status(case.status),
            case.status_by.as_ref().map(|(who, _)| text(who)).unwrap_or_default(),
            text(&alert.rule_name),
            field(&alert.summary.actor),
            field(&alert.summary.source),
            field(&alert.summary.target),
        )?;
    }
    writeln!(out, "</tbody>\n</table>")
}

fn write_entry(number: usize, entry: &ReportEntry, out: &mut dyn Write) -> io::Result<()> {
    let ReportEntry { alert, case, checklist, findings, location, sequence, .. } = entry;
    writeln!(out, "<section id=\"a{number}\" class=\"{}\">", class(case.status))?;
    writeln!(out, "<h2>{number}. {}</h2>\n<p>{}</p>\n<table>", text(&alert.rule_name), text(&alert.reason))?;
    let mut row = |label: &str, value: &str| {
        writeln!(out, "<tr><th scope=\"row\">{}</th><td>{}</td></tr>", text(label), text(value))
    };
    match &case.status_by {
        Some((who, at)) => row("Status", &format!("{}, by {who} at {}", status(case.status), when(*at)))?,
        None => row("Status", &status(case.status))?,
    }
    for (label, value) in entry.overview() {
        row(label, value)?;
    }
    for flag in entry.flags() {
        row("Beware", flag)?;
    }
    row("Event", &format!("{} at {}", alert.event_id, when(alert.time)))?;
    row("Found", &when(alert.found))?;
    row("Rule", &format!("{}, {}, risk {}", alert.rule_id, alert.severity, alert.risk_score))?;
    row("Alert", &alert.id.0)?;
    row("Record", location)?;
    writeln!(out, "</table>")?;

    if !sequence.is_empty() {
        let heads = ["#", "Time", "What", "Event", "Record"].map(|head| format!("<th scope=\"col\">{head}</th>"));
        writeln!(out, "<h3>Sequence</h3>\n<table>\n<thead><tr>{}</tr></thead>\n<tbody>", heads.concat())?;
        for (at, SequenceLine { event_id, time, what, record }) in (1..).zip(sequence) {
            writeln!(
                out,
                "<tr><td>{at}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
                when(*time),
                text(what),
                text(event_id),
                text(record),
            )?;
        }
        writeln!(out, "</tbody>\n</table>")?;
    }
    if !findings.is_empty() {
        writeln!(out, "<h3>Findings</h3>\n<ul>")?;
        for finding in findings {
            writeln!(out, "<li><strong>{}:</strong> {}</li>", weight(finding.weight), text(&finding.text))?;
        }
        writeln!(out, "</ul>")?;
    }
    let parts = entry.parts();
    if !parts.is_empty() {
        let (done, total) = case.progress(checklist);
        writeln!(out, "<h3>Checklist, {done} of {total}</h3>")?;
        for part in &parts {
            write_part(part, out)?;
        }
    }
    if entry.notes().next().is_some() {
        writeln!(out, "<h3>Notes</h3>\n<ul>")?;
        for note in entry.notes() {
            write_note(note, out)?;
        }
        writeln!(out, "</ul>")?;
    }
    if !case.history.is_empty() {
        writeln!(out, "<h3>History</h3>\n<table class=\"list\">")?;
        writeln!(out, "<thead><tr><th>#</th><th>Time</th><th>Analyst</th><th>What</th></tr></thead>\n<tbody>")?;
        for decision in &case.history {
            let undone = if case.undone.contains_key(&decision.seq) { " (taken back)" } else { "" };
            writeln!(
                out,
                "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}{undone}</td></tr>",
                decision.seq,
                when(decision.at),
                text(&decision.analyst),
                text(&described(decision, case, checklist))
            )?;
        }
        writeln!(out, "</tbody>\n</table>")?;
    }
    writeln!(out, "</section>")
}

fn write_part(part: &Part<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<h4>{}</h4>\n<ul class=\"steps\">", text(part.title))?;
    for line in &part.steps {
        let tick = match line.state {
            StepState::Todo => "☐",
            StepState::Done => "☑",
            StepState::NotApplicable => "☒",
        };
        match line.step {
            Some((number, step)) => write!(out, "<li>{tick} {number}. {}", text(step))?,
            None => write!(out, "<li>{tick} {}", text(&line.id.0))?,
        }
        if let Some(mark) = line.mark {
            write!(out, " <small>{}, {}, {}</small>", state(line.state), text(&mark.by), when(mark.at))?;
        }
        if !line.notes.is_empty() {
            writeln!(out, "\n<ul>")?;
            for note in &line.notes {
                write_note(note, out)?;
            }
            write!(out, "</ul>")?;
        }
        writeln!(out, "</li>")?;
    }
    writeln!(out, "</ul>")
}

fn write_note(note: &Note, out: &mut dyn Write) -> io::Result<()> {
    let lines: Vec<_> = note.text.lines().map(text).collect();
    writeln!(out, "<li><small>{}, {}</small> {}</li>", text(&note.by), when(note.at), lines.join("<br>"))
}

fn class(status: Status) -> &'static str {
    status.as_str()
}
