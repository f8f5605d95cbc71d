//! Writing an exception from an alert. Closing the alert is a decision of its own, and so is whether the exception is
//! right: the alerts that are there stay.

use super::super::Cmd;
use super::super::editor::Editor;
use super::super::exception_form::ExceptionForm;
use super::super::format::plural;
use super::super::overlay::Overlay;
use super::super::shared::Shared;
use super::AlertsView;
use crate::detect::{AlertId, Candidate, ExceptionDraft, candidates};
use crate::triage::Action;

impl AlertsView {
    pub(super) fn open_exception(&mut self, shared: &mut Shared) {
        let kept = self.list.selected().and_then(|id| self.unwritten.get(id));
        if let Some(form) = kept {
            return shared.open(Overlay::Except(ExceptionForm { cursor: 0, ..form.clone() }));
        }
        let (Some(entry), Some(detail)) = (self.selected(shared), self.detail()) else { return };
        let row = &entry.row;
        let ticked = |candidate: Candidate| {
            let proposed = candidate.proposed;
            (candidate, proposed)
        };
        let entries: Vec<_> = candidates(&detail.ecs).into_iter().map(ticked).collect();
        if entries.is_empty() {
            return shared.say("the record names no actor, address or bucket that an exception could ask for");
        }
        let actor = row.summary.actor.as_deref().unwrap_or("actor not recorded");
        let name = match row.summary.destination.as_deref() {
            Some(to) => format!("{actor} to {to}"),
            None => actor.to_owned(),
        };
        let form = ExceptionForm {
            alert: row.id.clone(),
            rule: row.rule_name.clone(),
            entries,
            name: Editor::line(&name),
            cursor: 0,
            rule_id: row.rule_id.clone(),
        };
        shared.open(Overlay::Except(form));
    }

    /// From an entry to the name; from the name to the file.
    pub(in crate::app) fn accept_exception(&mut self, mut form: ExceptionForm, shared: &mut Shared) {
        let problem = match (form.on_name(), form.ticked().count(), form.name.text().trim()) {
            (false, ..) => {
                form.cursor = form.entries.len();
                return shared.open(Overlay::Except(form));
            }
            (true, 0, _) => Some("tick at least one: an exception that asks for nothing would cover everything"),
            (true, _, "") => Some("an exception needs a name that says what it is for"),
            (true, ..) => None,
        };
        if let Some(problem) = problem {
            shared.open(Overlay::Except(form));
            return shared.say(problem);
        }
        let draft = self.draft(&form, shared);
        let toml = draft.to_toml();
        if shared.setup.exceptions.is_some() {
            let alert = form.alert.clone();
            self.keep_exception(form);
            shared.cmds.push(Cmd::Except { alert, toml });
            return shared.say("writing the exception …");
        }
        self.unwritten.remove(&form.alert);
        self.audit_copy(format!("an exception of {}: {}", plural(draft.entries.len(), "field"), draft.name), shared);
        shared.warn(
            "No --exceptions FILE to write to, so the exception was copied as TOML: put it into a file and start with \
             --exceptions FILE.",
        );
        shared.cmds.push(Cmd::Copy(toml));
    }

    fn draft(&self, form: &ExceptionForm, shared: &Shared) -> ExceptionDraft {
        ExceptionDraft {
            name: form.name.text().trim().to_owned(),
            // The id as the rule has it, not as it is drawn.
            rule_id: Some(self.selected_rule(shared).map_or_else(|| form.rule_id.clone(), |rule| rule.id.clone())),
            origin: format!(
                "by {}, {}, from alert {}",
                shared.setup.analyst,
                shared.now.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
                form.alert
            ),
            entries: form.ticked().map(|c| (c.field.to_owned(), c.value.clone())).collect(),
        }
    }

    /// Keeps what was put together for the next time.
    pub(in crate::app) fn keep_exception(&mut self, form: ExceptionForm) {
        self.unwritten.insert(form.alert.clone(), form);
    }

    /// An exception was written, or could not be.
    pub(in crate::app) fn excepted(&mut self, alert: &AlertId, outcome: Result<String, String>, shared: &mut Shared) {
        match outcome {
            Ok(said) => {
                if let Some(form) = self.unwritten.remove(alert).filter(|_| !shared.read_only()) {
                    let asked: Vec<String> = form.ticked().map(|c| format!("{}: {}", c.field, c.value)).collect();
                    let what = format!("an exception, written: {} ({})", form.name.text().trim(), asked.join(", "));
                    self.propose(vec![(alert.clone(), Action::Copied { what })], String::new(), shared);
                }
                shared.say(said);
            }
            Err(why) => shared.warn(format!("exception not written: {why} · x on its alert goes on with it")),
        }
    }
}
