//! The report as Markdown: for a ticket, a wiki, a pull request.

use std::io::{self, Write};

use super::words::{counted, described, state, status, weight, when};
use super::{Note, Part, Report, ReportEntry, SequenceLine};
use crate::text::markup::markdown as md;
use crate::triage::StepState;

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let counts = report.counts();
    writeln!(out, "# Triage report\n")?;
    writeln!(out, "As of {}, made by {} from {}.\n", when(report.as_of), md(&report.by), md(&report.state))?;
    writeln!(
        out,
        "**{}:** {} open, {} acknowledged, {} closed.",
        counted(report.entries.len(), "alert", "alerts"),
        counts.open,
        counts.acknowledged,
        counts.closed
    )?;
    if !counts.reasons.is_empty() {
        let reasons: Vec<_> = counts.reasons.iter().map(|(reason, n)| format!("{n} {reason}")).collect();
        writeln!(out, "Closed as: {}.", reasons.join(", "))?;
    }
    if !counts.analysts.is_empty() {
        let analysts: Vec<_> = counts
            .analysts
            .iter()
            .map(|(who, n)| format!("{} {}", md(who), counted(*n, "decision", "decisions")))
            .collect();
        writeln!(out, "Analysts: {}.", analysts.join(", "))?;
    }
    if report.entries.is_empty() {
        return Ok(());
    }

    writeln!(out, "\n| # | Time | Severity | Status | Analyst | Rule | Actor | Source | Target | Steps |")?;
    writeln!(out, "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")?;
    for (number, entry) in (1..).zip(&report.entries) {
        let ReportEntry { alert, case, checklist, .. } = entry;
        let (done, total) = case.progress(checklist);
        let text = |value: &Option<String>| value.as_deref().map(md).unwrap_or_default();
        writeln!(
            out,
            "| {number} | {} | {} | {} | {} | {} | {} | {} | {} | {done}/{total} |",
            when(alert.time),
            alert.severity,
            status(case.status),
            case.status_by.as_ref().map(|(who, _)| md(who)).unwrap_or_default(),
            md(&alert.rule_name),
            text(&alert.summary.actor),
            text(&alert.summary.source),
            text(&alert.summary.target),
        )?;
    }
    for (number, entry) in (1..).zip(&report.entries) {
        write_entry(number, entry, out)?;
    }
    Ok(())
}

fn write_entry(number: usize, entry: &ReportEntry, out: &mut dyn Write) -> io::Result<()> {
    let ReportEntry { alert, case, checklist, findings, location, sequence, .. } = entry;
    writeln!(out, "\n## {number}. {}\n", md(&alert.rule_name))?;
    writeln!(out, "Reason: {}\n", md(&alert.reason))?;
    writeln!(out, "| | |\n| --- | --- |")?;
    let mut row = |label: &str, value: &str| writeln!(out, "| {} | {} |", md(label), md(value));
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

    if !sequence.is_empty() {
        writeln!(out, "\n### Sequence\n\n| # | Time | What | Event | Record |\n| --- | --- | --- | --- | --- |")?;
        for (at, SequenceLine { event_id, time, what, record }) in (1..).zip(sequence) {
            writeln!(out, "| {at} | {} | {} | {} | {} |", when(*time), md(what), md(event_id), md(record))?;
        }
    }
    if !findings.is_empty() {
        writeln!(out, "\n### Findings\n")?;
        for finding in findings {
            writeln!(out, "- {}: {}", weight(finding.weight), md(&finding.text))?;
        }
    }
    let parts = entry.parts();
    if !parts.is_empty() {
        let (done, total) = case.progress(checklist);
        writeln!(out, "\n### Checklist, {done} of {total}")?;
        for part in &parts {
            write_part(part, out)?;
        }
    }
    if entry.notes().next().is_some() {
        writeln!(out, "\n### Notes\n")?;
        for note in entry.notes() {
            write_note(note, "", out)?;
        }
    }
    if !case.history.is_empty() {
        writeln!(out, "\n### History\n\n| # | Time | Analyst | What |\n| --- | --- | --- | --- |")?;
        for decision in &case.history {
            let undone = if case.undone.contains_key(&decision.seq) { " (taken back)" } else { "" };
            writeln!(
                out,
                "| {} | {} | {} | {}{undone} |",
                decision.seq,
                when(decision.at),
                md(&decision.analyst),
                md(&described(decision, case, checklist))
            )?;
        }
    }
    Ok(())
}

fn write_part(part: &Part<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n**{}**\n", md(part.title))?;
    for line in &part.steps {
        let tick = if line.state == StepState::Todo { ' ' } else { 'x' };
        match line.step {
            Some((number, text)) => write!(out, "- [{tick}] Step {number}: {}", md(text))?,
            None => write!(out, "- [{tick}] Step {}", md(&line.id.0))?,
        }
        match line.mark {
            Some(mark) => writeln!(out, " — {}, {}, {}", state(line.state), md(&mark.by), when(mark.at))?,
            None => writeln!(out)?,
        }
        for note in &line.notes {
            write_note(note, "  ", out)?;
        }
    }
    Ok(())
}

fn write_note(note: &Note, indent: &str, out: &mut dyn Write) -> io::Result<()> {
    let lines: Vec<_> = note.text.lines().map(md).collect();
    writeln!(out, "{indent}- {}, {}: {}", md(&note.by), when(note.at), lines.join("<br>"))
}
