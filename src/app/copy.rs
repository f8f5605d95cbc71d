//! What leaves the console by the clipboard. Commands and reports are kept in the audit.

use super::alerts::AlertEntry;
use super::dialog::{Choice, Menu, Overlay};
use super::format::plural;
use super::page::Item;
use super::{App, Cmd, Pane, Tab};
use crate::text::markup::markdown;
use crate::text::visible;

impl App {
    pub(super) fn copy(&mut self, what: String, text: String, audit: bool, cmds: &mut Vec<Cmd>) {
        // A clipboard is pasted into shells: whatever steers a terminal is written out. Line breaks of our own stay.
        let text = text.split('\n').map(visible).collect::<Vec<_>>().join("\n");
        if audit {
            self.audit_copy(format!("{what}: {text}"));
        }
        self.say(format!("copied {what}"));
        cmds.push(Cmd::Copy(text));
    }

    pub(super) fn copy_something(&mut self, cmds: &mut Vec<Cmd>) {
        let choices = self.copy_choices();
        match choices.as_slice() {
            [] => self.say("nothing to copy here"),
            [(what, Choice::Copy { text, audit, .. })] => self.copy(what.clone(), text.clone(), *audit, cmds),
            _ => {
                let choices = choices.into_iter().map(|(what, choice)| {
                    let shown = match &choice {
                        Choice::Copy { text, .. } if !text.contains('\n') => format!("{what}: {}", visible(text)),
                        _ => what,
                    };
                    (shown, choice)
                });
                let choices = choices.collect();
                self.open(Overlay::Menu(Menu { title: "Copy".to_owned(), hint: None, choices, cursor: 0 }));
            }
        }
    }

    pub(super) fn copy_summary(&mut self, cmds: &mut Vec<Cmd>) {
        let text = self.summary();
        self.copy("summary of the alert".to_owned(), text, true, cmds);
    }

    fn copy_choices(&self) -> Vec<(String, Choice)> {
        let choice = |what: &str, text: String, audit: bool| {
            (what.to_owned(), Choice::Copy { what: what.to_owned(), text, audit })
        };
        if self.rules.is_open() {
            return self.rule_copies();
        }
        if let Some(explore) = self.exploring()
            && explore.record().is_none()
        {
            let clauses = self.clauses().into_iter();
            return clauses.filter_map(|c| Some(choice(&visible(&c.field), c.value?, false))).collect();
        }
        if self.pane == Pane::Table && self.exploring().is_none() {
            return self.table_choices();
        }
        if self.tab == Tab::Event || self.exploring().is_some() {
            let Some(tree) = self.tree() else { return Vec::new() };
            return vec![choice(&visible(&tree.path()), visible(&tree.value()).into_owned(), false)];
        }
        match self.page().items.get(self.reading().cursor) {
            Some(Item::Value { what, value, .. }) => vec![choice(what, value.clone(), false)],
            Some(Item::Query(query)) => vec![choice("query", query.clone(), false)],
            Some(Item::Related(index)) => {
                let event = self.detail().and_then(|d| d.related.as_ref()?.get(*index));
                event.map(|event| choice("event id", event.event_id.clone(), false)).into_iter().collect()
            }
            Some(Item::Search { .. }) => {
                let question = self.search_under_cursor().and_then(Result::ok);
                question.map(|question| choice("query", question, false)).into_iter().collect()
            }
            Some(Item::Step(id)) => {
                let evidence = self.detail().and_then(|d| d.evidence.iter().find(|e| &e.step == id));
                let mut choices: Vec<_> = evidence
                    .into_iter()
                    .flat_map(|e| &e.commands)
                    .map(|c| {
                        (c.title.clone(), Choice::Copy { what: c.title.clone(), text: c.line.clone(), audit: true })
                    })
                    .collect();
                if let Some(step) = self.selected_rule().and_then(|r| r.checklist.step(id))
                    && choices.is_empty()
                {
                    choices.push(choice(&format!("step {}", step.number), step.text.clone(), false));
                }
                choices
            }
            Some(Item::Passage) | None => Vec::new(),
        }
    }

    fn table_choices(&self) -> Vec<(String, Choice)> {
        let Some(entry) = self.selected() else { return Vec::new() };
        let l = &entry.row;
        let rows = self.targets();
        let rows_named = if rows.len() > 1 { plural(rows.len(), "row") } else { "the row".to_owned() };
        let mut choices = vec![(
            format!("{rows_named}, as a Markdown table"),
            Choice::Copy { what: rows_named, text: self.rows_as_text(&rows), audit: false },
        )];
        choices.push((
            "summary of the alert, as Markdown".to_owned(),
            Choice::Copy { what: "summary of the alert".to_owned(), text: self.summary(), audit: true },
        ));
        let values = [
            ("actor", l.summary.actor.clone()),
            ("source", l.summary.source.clone()),
            ("target", l.summary.target.clone()),
            ("destination", l.summary.destination.clone()),
            ("event id", Some(l.event_id.clone())),
            ("alert id", Some(l.id.0.clone())),
        ];
        for (what, value) in values {
            if let Some(text) = value {
                choices.push((what.to_owned(), Choice::Copy { what: what.to_owned(), text, audit: false }));
            }
        }
        choices
    }

    /// Rows for a ticket or a chat, as a Markdown table that log text cannot break out of.
    fn rows_as_text(&self, entries: &[&AlertEntry]) -> String {
        let row = |cells: &[String]| format!("| {} |", cells.join(" | "));
        let names = ["Time", "Severity", "Status", "Actor", "Source", self.target_heading(), "To", "Steps", "Event"];
        let mut lines = vec![row(&names.map(str::to_owned)), row(&names.map(|_| "---".to_owned()))];
        for entry in entries {
            let l = &entry.row;
            let (done, all) = self.progress(entry);
            let cell = |text: &Option<String>| text.as_deref().map_or_else(|| "–".to_owned(), markdown);
            lines.push(row(&[
                self.clock.full(l.time),
                l.severity.as_str().to_owned(),
                super::in_words(entry.case().status),
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

    /// The alert for a ticket or a chat, as Markdown that log text cannot break out of. Its items begin with `*`: a spreadsheet
    /// takes a line that begins with `-` for a formula.
    #[must_use]
    pub fn summary(&self) -> String {
        let Some(entry) = self.selected() else { return String::new() };
        let l = &entry.row;
        let (done, all) = self.progress(entry);
        let mut lines = vec![
            format!(
                "**{}** · {} {} · {}",
                markdown(&l.rule_name),
                l.severity,
                l.risk_score,
                super::in_words(entry.case().status)
            ),
            String::new(),
            markdown(&l.reason),
            String::new(),
            format!("* Time: {}", self.clock.full(l.time)),
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
                    (self.target_heading(), &s.target),
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
            lines.push(format!("* Note, {} {}: {}", markdown(&note.by), self.clock.full(note.at), markdown(&text)));
        }
        lines.push(format!("* Event: {}", markdown(&l.event_id)));
        lines.push(format!("* Alert: {}", l.id));
        lines.join("\n")
    }
}
