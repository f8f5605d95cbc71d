//! Writing an exception from an alert: a form with what could be asked for, ticked or not, and a name. Closing the alert
//! is a decision of its own, and so is whether the exception is right: the alerts that are there stay.

use super::dialog::Overlay;
use super::editor::Editor;
use super::format::plural;
use super::{Action, App, Cmd};
use crate::detect::{AlertId, Candidate, ExceptionDraft, candidates};
use crate::triage::Action as Decided;

/// An exception being put together.
#[derive(Debug, Clone)]
pub struct Form {
    /// From which alert.
    pub alert: AlertId,
    /// To which rule, for the heading.
    pub rule: String,
    /// What it could ask for, and whether it does.
    pub entries: Vec<(Candidate, bool)>,
    /// Its name.
    pub name: Editor,
    /// The entry under the cursor; one past the last is the name.
    pub cursor: usize,
    rule_id: String,
}

impl Form {
    /// Whether the cursor is on the name.
    #[must_use]
    pub fn on_name(&self) -> bool {
        self.cursor >= self.entries.len()
    }

    /// Moves the cursor, round and round.
    pub(super) fn turn(&mut self, action: Action) {
        let stops = self.entries.len() + 1;
        let by = if action == Action::Up { stops - 1 } else { 1 };
        self.cursor = (self.cursor + by) % stops;
    }

    fn ticked(&self) -> usize {
        self.entries.iter().filter(|(_, ticked)| *ticked).count()
    }
}

impl App {
    pub(super) fn open_exception(&mut self) {
        let kept = self.list.selected().and_then(|id| self.unwritten.get(id));
        if let Some(form) = kept {
            return self.open(Overlay::Except(Form { cursor: 0, ..form.clone() }));
        }
        let (Some(entry), Some(detail)) = (self.selected(), self.detail()) else { return };
        let row = &entry.row;
        let entries: Vec<_> =
            candidates(&detail.ecs).into_iter().map(|c| (c.proposed, c)).map(|(t, c)| (c, t)).collect();
        if entries.is_empty() {
            return self.say("the record names no actor, address or bucket that an exception could ask for");
        }
        let actor = row.summary.actor.as_deref().unwrap_or("actor not recorded");
        let name = match row.summary.destination.as_deref() {
            Some(to) => format!("{actor} to {to}"),
            None => actor.to_owned(),
        };
        let form = Form {
            alert: row.id.clone(),
            rule: row.rule_name.clone(),
            entries,
            name: Editor::line(&name),
            cursor: 0,
            rule_id: row.rule_id.clone(),
        };
        self.open(Overlay::Except(form));
    }

    pub(super) fn tick_entry(&mut self) {
        if let Some(Overlay::Except(form)) = &mut self.overlay
            && let Some((_, ticked)) = form.entries.get_mut(form.cursor)
        {
            *ticked = !*ticked;
            self.changed();
        }
    }

    /// From an entry to the name; from the name to the file.
    pub(super) fn accept_exception(&mut self, mut form: Form, cmds: &mut Vec<Cmd>) {
        let problem = match (form.on_name(), form.ticked(), form.name.text().trim()) {
            (false, ..) => {
                form.cursor = form.entries.len();
                return self.open(Overlay::Except(form));
            }
            (true, 0, _) => Some("tick at least one: an exception that asks for nothing would cover everything"),
            (true, _, "") => Some("an exception needs a name that says what it is for"),
            (true, ..) => None,
        };
        if let Some(problem) = problem {
            self.open(Overlay::Except(form));
            return self.say(problem);
        }
        let draft = self.draft(&form);
        let toml = draft.to_toml();
        if self.setup.exceptions.is_some() {
            let alert = form.alert.clone();
            self.keep_exception(form);
            cmds.push(Cmd::Except { alert, toml });
            return self.say("writing the exception …");
        }
        self.unwritten.remove(&form.alert);
        self.audit_copy(format!("an exception of {}: {}", plural(draft.entries.len(), "field"), draft.name));
        self.warn(
            "No --exceptions FILE to write to, so the exception was copied as TOML: put it into a file and start with \
             --exceptions FILE.",
        );
        cmds.push(Cmd::Copy(toml));
    }

    fn draft(&self, form: &Form) -> ExceptionDraft {
        let ticked = form.entries.iter().filter(|(_, ticked)| *ticked);
        ExceptionDraft {
            name: form.name.text().trim().to_owned(),
            // The id as the rule has it, not as it is drawn.
            rule_id: Some(self.selected_rule().map_or_else(|| form.rule_id.clone(), |rule| rule.id.clone())),
            origin: format!(
                "by {}, {}, from alert {}",
                self.setup.analyst,
                self.now.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
                form.alert
            ),
            entries: ticked.map(|(c, _)| (c.field.to_owned(), c.value.clone())).collect(),
        }
    }

    /// Keeps what was put together for the next time.
    pub(super) fn keep_exception(&mut self, form: Form) {
        self.unwritten.insert(form.alert.clone(), form);
    }

    /// What became of it.
    pub(super) fn excepted(&mut self, alert: &AlertId, outcome: Result<String, String>) {
        match outcome {
            Ok(said) => {
                if let Some(form) = self.unwritten.remove(alert).filter(|_| !self.read_only()) {
                    let ticked = form.entries.iter().filter(|(_, ticked)| *ticked);
                    let asked: Vec<String> = ticked.map(|(c, _)| format!("{}: {}", c.field, c.value)).collect();
                    let what = format!("an exception, written: {} ({})", form.name.text().trim(), asked.join(", "));
                    self.propose(vec![(alert.clone(), Decided::Copied { what })], String::new());
                }
                self.say(said);
            }
            Err(why) => self.warn(format!("exception not written: {why} · x on its alert goes on with it")),
        }
    }
}
