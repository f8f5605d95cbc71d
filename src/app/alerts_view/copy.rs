//! Copies from the view to the clipboard. The audit keeps commands and reports that were copied.

use super::super::Cmd;
use super::super::action::{Pane, Tab};
use super::super::alerts::AlertEntry;
use super::super::format::plural;
use super::super::overlay::Copied;
use super::super::page::Item;
use super::super::shared::{Shared, in_words};
use super::AlertsView;
use crate::investigate::Scene;
use crate::text::markup::markdown;
use crate::text::visible;

impl AlertsView {
    /// Copies, whichever view it comes from: what the audit keeps is kept on the selected alert.
    pub(in crate::app) fn copy(&mut self, Copied { what, text, audit }: Copied, shared: &mut Shared) {
        // A clipboard is pasted into shells: whatever steers a terminal is written out. Line breaks of our own stay.
        let text = text.split('\n').map(visible).collect::<Vec<_>>().join("\n");
        if audit {
            self.audit_copy(format!("{what}: {text}"), shared);
        }
        shared.say(format!("copied {what}"));
        shared.cmds.push(Cmd::Copy(text));
    }

    pub(super) fn copy_summary(&mut self, shared: &mut Shared) {
        let summary = Copied::audited("summary of the alert", self.summary(shared));
        self.copy(summary, shared);
    }

    /// Everything that can be copied under the cursor, each with its line in a menu.
    pub(in crate::app) fn copies(&self, shared: &Shared) -> Vec<(String, Copied)> {
        if self.pane == Pane::Table {
            return self.table_copies(shared);
        }
        if self.tab == Tab::Event {
            return self.tree().map(Copied::under_cursor).into_iter().map(Copied::offered).collect();
        }
        let copies = match self.page.items.get(self.scroll().cursor) {
            Some(Item::Value { what, value, .. } | Item::Parameters { what, value }) => vec![Copied::new(what, value)],
            Some(Item::Query(_, query)) => vec![Copied::new("query", query)],
            Some(Item::Scene(_) | Item::OfSequence(_)) => {
                self.scene_under_cursor().map(copies_of_scene).unwrap_or_default()
            }
            Some(Item::Search { .. }) => {
                let question = self.search_under_cursor(shared).and_then(Result::ok);
                question.map(|question| Copied::new("query", question)).into_iter().collect()
            }
            Some(Item::Step(id)) => {
                let evidence = self.detail().and_then(|d| d.evidence.iter().find(|e| &e.step == id));
                let commands = evidence.into_iter().flat_map(|e| &e.commands);
                let mut copies: Vec<_> = commands.map(|c| Copied::audited(&c.title, &c.line)).collect();
                if let Some(step) = self.selected_rule(shared).and_then(|r| r.checklist.step(id))
                    && copies.is_empty()
                {
                    copies.push(Copied::new(format!("step {}", step.number), &step.text));
                }
                copies
            }
            Some(Item::Evidence { what, text, audit, .. }) => {
                vec![Copied { audit: *audit, ..Copied::new(what, text.trim_start()) }]
            }
            Some(Item::Run(_) | Item::Passage) | None => Vec::new(),
        };
        copies.into_iter().map(Copied::offered).collect()
    }

    fn table_copies(&self, shared: &Shared) -> Vec<(String, Copied)> {
        let Some(entry) = self.selected(shared) else { return Vec::new() };
        let l = &entry.row;
        let rows = self.targets(shared);
        let named = if rows.len() > 1 { plural(rows.len(), "row") } else { "the row".to_owned() };
        let table = (format!("{named}, as a Markdown table"), Copied::new(named, rows_as_text(&rows, shared)));
        let summary = Copied::audited("summary of the alert", self.summary(shared));
        let summary = ("summary of the alert, as Markdown".to_owned(), summary);
        let values = [
            ("actor", l.summary.actor.as_deref()),
            ("source", l.summary.source.as_deref()),
            ("target", l.summary.target.as_deref()),
            ("destination", l.summary.destination.as_deref()),
            ("event id", Some(l.event_id.as_str())),
            ("alert id", Some(l.id.0.as_str())),
        ];
        let values = values.into_iter().filter_map(|(what, value)| Some(Copied::new(what, value?).offered()));
        [table, summary].into_iter().chain(values).collect()
    }

    /// The alert for a ticket or a chat, as Markdown that log text cannot break out of. Its items begin with `*`: a spreadsheet
    /// takes a line that begins with `-` for a formula.
    fn summary(&self, shared: &Shared) -> String {
        let Some(entry) = self.selected(shared) else { return String::new() };
        let l = &entry.row;
        let (done, all) = shared.progress(entry);
        let mut lines = vec![
            format!(
                "**{}** · {} {} · {}",
                markdown(&l.rule_name),
                l.severity,
                l.risk_score,
                in_words(entry.case().status)
            ),
            String::new(),
            markdown(&l.reason),
            String::new(),
            format!("* Time: {}", shared.clock.full(l.time)),
        ];
        match self.detail() {
            Some(detail) => {
                lines.extend(
                    detail.overview.iter().map(|r| format!("* {}: {}", markdown(&r.label), markdown(&r.value))),
                );
                lines.extend(detail.findings.iter().map(|f| format!("* Finding: {}", markdown(&f.text))));
            }
            None => {
                let s = &l.summary;
                for (label, value) in [
                    ("Actor", &s.actor),
                    ("Source", &s.source),
                    (shared.target_heading, &s.target),
                    ("To", &s.destination),
                ] {
                    let value = value.as_deref().unwrap_or("not recorded");
                    lines.push(format!("* {label}: {}", markdown(value)));
                }
            }
        }
        lines.push(format!("* Steps: {done} of {all}"));
        for note in &entry.case().notes {
            let text = note.text.replace('\n', " ");
            lines.push(format!("* Note, {} {}: {}", markdown(&note.by), shared.clock.full(note.at), markdown(&text)));
        }
        lines.push(format!("* Event: {}", markdown(&l.event_id)));
        lines.push(format!("* Alert: {}", l.id));
        lines.join("\n")
    }
}

fn copies_of_scene(scene: &Scene) -> Vec<Copied> {
    let object = scene.object_field.as_ref().map(|(_, value)| ("object", value.as_str()));
    let values = [
        Some(("event id", scene.event_id.as_str())),
        object,
        Some(("actor", scene.actor.as_str())),
        Some(("source", scene.source.as_str())),
        Some(("action", scene.action.as_str())),
    ];
    let known = values.into_iter().flatten().filter(|(_, value)| !value.is_empty());
    known.map(|(what, value)| Copied::new(what, value)).collect()
}

/// Rows for a ticket or a chat, as a Markdown table that log text cannot break out of.
fn rows_as_text(entries: &[&AlertEntry], shared: &Shared) -> String {
    let row = |cells: &[String]| format!("| {} |", cells.join(" | "));
    let names = ["Time", "Severity", "Status", "Actor", "Source", shared.target_heading, "To", "Steps", "Event"];
    let mut lines = vec![row(&names.map(str::to_owned)), row(&names.map(|_| "---".to_owned()))];
    for entry in entries {
        let l = &entry.row;
        let (done, all) = shared.progress(entry);
        let cell = |text: &Option<String>| text.as_deref().map_or_else(|| "–".to_owned(), markdown);
        lines.push(row(&[
            shared.clock.full(l.time),
            l.severity.as_str().to_owned(),
            in_words(entry.case().status),
            cell(&l.summary.actor),
            cell(&l.summary.source),
            cell(&l.summary.target),
            cell(&l.summary.destination),
            format!("{done} of {all}"),
            markdown(&l.event_id),
        ]));
    }
    lines.join("\n")
}
