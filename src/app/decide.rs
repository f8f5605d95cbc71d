//! What the analyst decides: proposals go to [`Pending`](super::Pending) and show at once as unsaved; the answers of the
//! store make them decisions, conflicts or something to try again.

use chrono::{SubsecRound as _, TimeDelta};

use super::alerts::AlertEntry;
use super::{App, Cmd};
use crate::detect::AlertId;
use crate::engine::Outcome;
use crate::rule::StepId;
use crate::triage::{Action, Decision, Proposal, Reason, Status, StepState, Switch};

/// Begins every message that gives way once everything is saved.
const NOT_SAVED: &str = "not saved";

/// Something this analyst did here, to be taken back.
#[derive(Debug, Clone)]
pub(super) enum Done {
    /// Decided on alerts.
    Decided { origin: u64, what: String, stored: Vec<(AlertId, i64)> },
    /// Switched a rule off, or on again.
    Switched { switch: Switch, what: String },
}

impl App {
    /// The alerts an action is for: those that are marked and in the table, else the selected one.
    #[must_use]
    pub fn targets(&self) -> Vec<&AlertEntry> {
        let marked: Vec<&AlertEntry> = match self.alerts.marked() {
            0 => Vec::new(),
            _ => self.shown_entries().filter(|e| e.marked).collect(),
        };
        if marked.is_empty() { self.selected().into_iter().collect() } else { marked }
    }

    /// The alerts in the table, in its order.
    pub fn shown_entries(&self) -> impl Iterator<Item = &AlertEntry> {
        self.list.rows().iter().filter_map(|row| match row {
            super::list::Row::Alert(i) => self.alerts.at(*i),
            super::list::Row::Group(_) => None,
        })
    }

    /// Proposes `deeds`, as one thing that is saved and taken back together.
    pub(super) fn propose(&mut self, deeds: Vec<(AlertId, Action)>, what: String) {
        if deeds.is_empty() {
            return;
        }
        let undoable = deeds.iter().any(|(_, a)| !matches!(a, Action::Undo { .. } | Action::Copied { .. }));
        let mut alerts: Vec<AlertId> = deeds.iter().map(|(id, _)| id.clone()).collect();
        alerts.dedup();
        // No two decisions of a console have the same time: it tells one that is tried again from one that is made again.
        let now = self.now.trunc_subsecs(6);
        let at = self.decided.map_or(now, |last| now.max(last + TimeDelta::microseconds(1)));
        self.decided = Some(at);
        let proposals = deeds.into_iter().map(|(alert, action)| Proposal {
            at,
            analyst: self.setup.analyst.clone(),
            action,
            seen: self.alerts.get(&alert).map_or(0, |e| e.stored().version),
            alert,
        });
        let proposals = proposals.collect();
        let origin = self.pending.add(proposals);
        if undoable {
            self.done.push(Done::Decided { origin, what, stored: Vec::new() });
        }
        self.show_proposed(&alerts);
    }

    /// Shows what is proposed on `alerts`, and counts and orders anew.
    fn show_proposed(&mut self, alerts: &[AlertId]) {
        let mut proposed = self.pending.by_alert();
        for id in alerts {
            self.alerts.propose(id, proposed.remove(id).into_iter().flatten());
        }
        let touched: Vec<usize> = alerts.iter().filter_map(|id| self.alerts.position(id)).collect();
        self.renew(&touched);
    }

    pub(super) fn set_status(&mut self, status: Status, note: Option<String>) {
        let fits = |e: &AlertEntry| match status {
            Status::Open => e.case().status != Status::Open,
            Status::Acknowledged => e.case().status == Status::Open,
            Status::Closed(_) => e.case().status != status,
        };
        let targets = self.targets();
        let ids: Vec<AlertId> = targets.iter().copied().filter(|e| fits(e)).map(|e| e.row.id.clone()).collect();
        let Some(first) = targets.first() else { return };
        if ids.is_empty() {
            let now = in_words(first.case().status);
            return self.say(format!(
                "already {now}{}",
                if status == Status::Acknowledged && now != "acknowledged" { ": o reopens it" } else { "" }
            ));
        }
        let left_out = targets.len() - ids.len();
        let what = match status {
            Status::Open => "reopened".to_owned(),
            status => in_words(status),
        };
        let on = self.name_of(&ids);
        let mut deeds = Vec::new();
        for id in ids {
            if let Some(text) = &note {
                deeds.push((id.clone(), Action::Note { text: text.clone(), step: None }));
            }
            deeds.push((id, Action::SetStatus { status }));
        }
        self.propose(deeds, format!("{what} {on}"));
        self.alerts.unmark_all();
        let rest = if left_out > 0 { format!(" · {left_out} left as they were") } else { String::new() };
        self.say(format!("{what} {on}{rest} · u takes it back"));
    }

    /// How a message names these alerts.
    fn name_of(&self, ids: &[AlertId]) -> String {
        match ids {
            [id] => self.alerts.get(id).map_or_else(String::new, |e| {
                let actor = e.row.summary.actor.as_deref().unwrap_or("alert");
                format!("{actor} {}", self.clock.event(e.row.time))
            }),
            ids => super::format::plural(ids.len(), "alert"),
        }
    }

    pub(super) fn set_step(&mut self, wanted: StepState) {
        let (Some(step), Some(entry)) = (self.step_under_cursor().cloned(), self.selected()) else { return };
        let now = entry.case().step(&step);
        let state = if now == wanted { StepState::Todo } else { wanted };
        let id = entry.row.id.clone();
        let what = self.words(&Action::Step { step: step.clone(), state }, &id);
        self.propose(vec![(id, Action::Step { step, state })], what);
    }

    pub(super) fn write_note(&mut self, alert: AlertId, step: Option<StepId>, text: String) {
        let action = Action::Note { text, step };
        let what = self.words(&action, &alert);
        self.propose(vec![(alert, action)], what);
        self.say("note written");
    }

    /// Keeps in the audit that something left the console.
    pub(super) fn audit_copy(&mut self, what: String) {
        let Some(id) = self.list.selected().cloned().filter(|_| !self.read_only()) else { return };
        self.propose(vec![(id, Action::Copied { what })], String::new());
    }

    /// The newest decision on the selected alert that this analyst could take back.
    #[must_use]
    pub fn own_last_decision(&self) -> Option<&Decision> {
        self.selected().and_then(|e| e.stored().undoable(&self.setup.analyst))
    }

    pub(super) fn undo(&mut self, cmds: &mut Vec<Cmd>) {
        if self.rules.saving() > 0 {
            return self.say("a rule is still being switched");
        }
        while let Some(done) = self.done.last().cloned() {
            let (origin, what, stored) = match done {
                Done::Decided { origin, what, stored } => (origin, what, stored),
                Done::Switched { switch, what } => {
                    self.done.pop();
                    return self.switch_back(switch, &what, cmds);
                }
            };
            if let Some(batch) = self.pending.discard(origin) {
                self.done.pop();
                let alerts: Vec<AlertId> = batch.proposals.into_iter().map(|p| p.alert).collect();
                self.show_proposed(&alerts);
                return self.say(format!("given up, it was never saved: {what}"));
            }
            if self.pending.holds(origin) {
                return self.say(format!("still being saved: {what}"));
            }
            self.done.pop();
            if self.take_back(&stored) {
                return self.say(format!("taken back: {what}"));
            }
        }
        if let Some(decision) = self.own_last_decision() {
            let (alert, seq) = (decision.alert.clone(), decision.seq);
            let what = self.words(&decision.action.clone(), &alert);
            self.take_back(&[(alert, seq)]);
            self.say(format!("taken back: {what}"));
        }
    }

    fn take_back(&mut self, stored: &[(AlertId, i64)]) -> bool {
        let stands = |(alert, seq): &&(AlertId, i64)| {
            self.alerts.get(alert).is_some_and(|entry| !entry.case().undone.contains_key(seq))
        };
        let deeds: Vec<_> =
            stored.iter().filter(stands).map(|(a, seq)| (a.clone(), Action::Undo { seq: *seq })).collect();
        let any = !deeds.is_empty();
        self.propose(deeds, String::new());
        any
    }

    pub(super) fn retry(&mut self) {
        let count = self.pending.retry();
        self.notices.dismiss(true);
        self.say(format!("saving again: {}", super::format::plural(count, "decision")));
    }

    /// Stored decisions, of this analyst or another.
    pub(super) fn learn(&mut self, decisions: &[Decision]) {
        let mut news = None;
        let mut touched: Vec<AlertId> = Vec::new();
        for decision in decisions {
            if !self.alerts.decide(decision) {
                continue;
            }
            if self.loaded && decision.analyst != self.setup.analyst && Some(&decision.alert) == self.list.selected() {
                news = Some(decision);
            }
            if touched.last() != Some(&decision.alert) {
                touched.push(decision.alert.clone());
            }
        }
        if touched.is_empty() {
            return;
        }
        self.as_of = self.now;
        self.show_proposed(&touched);
        if let Some(d) = news {
            let what = self.words(&d.action, &d.alert);
            self.say(format!("{} {what} at {}", d.analyst, self.clock.near(d.at)));
        }
    }

    pub(super) fn persisted(&mut self, ticket: u64, outcomes: Vec<Outcome>) {
        let Some((at, mut batch)) = self.pending.answered(ticket) else { return };
        let mut failed = Vec::new();
        let mut problem = None;
        let mut refused = true;
        let again = batch.failed_before();
        let mut touched = Vec::new();
        let mut answers = outcomes.into_iter();
        for proposal in std::mem::take(&mut batch.proposals) {
            touched.push(proposal.alert.clone());
            match answers.next() {
                Some(Outcome::Stored(decision)) => self.stored(batch.origin, &decision),
                Some(Outcome::Conflict(newer)) => self.conflict(&proposal, &newer),
                Some(Outcome::Failed(reason)) => {
                    (problem, refused) = (Some(reason), false);
                    failed.push(proposal);
                }
                Some(Outcome::Refused(reason)) => {
                    problem = Some(reason);
                    failed.push(proposal);
                }
                None => {
                    problem = Some("the store gave no answer".to_owned());
                    failed.push(proposal);
                }
            }
        }
        if let Some(reason) = problem {
            batch.proposals = failed;
            let count = batch.proposals.len();
            let count = super::format::plural(count, "decision");
            if self.pending.put_back(at, batch, reason.clone(), refused) {
                let then = if refused { "u gives it up" } else { "tried again by itself, r does at once" };
                self.warn(format!("{NOT_SAVED}, {count}: {reason} · {then}"));
            }
        } else if again && self.pending.failed() == 0 {
            if self.notices.showing().is_some_and(|notice| notice.text.starts_with(NOT_SAVED)) {
                self.notices.dismiss(true);
            }
            self.say("all decisions are saved now");
        }
        touched.dedup();
        self.show_proposed(&touched);
    }

    fn stored(&mut self, origin: u64, decision: &Decision) {
        let before = self.alerts.get(&decision.alert).map_or(0, |e| e.stored().version);
        self.alerts.decide(decision);
        self.pending.saw(&decision.alert, before, decision.seq);
        let stored = self.done.iter_mut().find_map(|done| match done {
            Done::Decided { origin: of, stored, .. } if *of == origin => Some(stored),
            Done::Decided { .. } | Done::Switched { .. } => None,
        });
        if let Some(stored) = stored {
            stored.push((decision.alert.clone(), decision.seq));
        }
    }

    fn conflict(&mut self, proposal: &Proposal, newer: &Decision) {
        self.alerts.decide(newer);
        let theirs = self.words(&newer.action, &newer.alert);
        let on = if Some(&newer.alert) == self.list.selected() {
            String::new()
        } else {
            format!(" on {}", self.name_of(std::slice::from_ref(&newer.alert)))
        };
        let ours = self.words(&proposal.action, &proposal.alert);
        self.warn(format!(
            "{} {theirs}{on} at {} before you; yours was not saved: {ours}",
            newer.analyst,
            self.clock.near(newer.at)
        ));
    }

    /// What `action` does, in the past tense: `ticked step 3`.
    #[must_use]
    pub fn words(&self, action: &Action, alert: &AlertId) -> String {
        let number = |id: &StepId| {
            let rule = self.alerts.get(alert).and_then(|e| self.rule_of(e));
            match rule.and_then(|r| r.checklist.step(id).map(|s| s.number)) {
                Some(number) => format!("step {number}"),
                None => "a step the guide no longer has".to_owned(),
            }
        };
        match action {
            Action::Step { step, state: StepState::Done } => format!("ticked {}", number(step)),
            Action::Step { step, state: StepState::Todo } => format!("set {} back to do", number(step)),
            Action::Step { step, state: StepState::NotApplicable } => {
                format!("set {} aside as not applicable", number(step))
            }
            Action::SetStatus { status: Status::Open } => "reopened".to_owned(),
            Action::SetStatus { status } => in_words(*status),
            Action::Note { step: None, .. } => "wrote a note".to_owned(),
            Action::Note { step: Some(step), .. } => format!("wrote a note on {}", number(step)),
            Action::Copied { what } => format!("copied {what}"),
            Action::Undo { seq } => {
                let undone = self.alerts.get(alert).and_then(|e| e.case().decision(*seq));
                match undone {
                    Some(d) if !matches!(d.action, Action::Undo { .. }) => {
                        format!("took back: {}", self.words(&d.action, alert))
                    }
                    _ => "took a decision back".to_owned(),
                }
            }
        }
    }
}

/// A status in words: `open`, `acknowledged`, `closed as false positive`.
#[must_use]
pub fn in_words(status: Status) -> String {
    match status {
        Status::Closed(reason) => format!("closed as {reason}"),
        status => status.as_str().to_owned(),
    }
}

/// Whether a reason has to be explained in a note.
#[must_use]
pub(super) fn needs_note(reason: Reason) -> bool {
    reason == Reason::Other
}
