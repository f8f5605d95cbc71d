//! Decisions of the analyst: a proposal goes to [`Pending`](crate::app::pending::Pending) and shows at once as unsaved; the
//! store's answer makes it a decision, a conflict or something to try again.

use chrono::{SubsecRound as _, TimeDelta};

use super::super::alerts::AlertEntry;
use super::super::format::plural;
use super::super::shared::{Done, Shared, in_words};
use super::AlertsView;
use crate::detect::AlertId;
use crate::engine::Outcome;
use crate::rule::StepId;
use crate::triage::{Action, Decision, Proposal, Status};

/// Begins every message that gives way once everything is saved.
const NOT_SAVED: &str = "not saved";

impl AlertsView {
    /// Proposes `deeds`, as one thing that is saved and taken back together.
    pub(in crate::app) fn propose(&mut self, deeds: Vec<(AlertId, Action)>, what: String, shared: &mut Shared) {
        if deeds.is_empty() {
            return;
        }
        let undoable = deeds.iter().any(|(_, a)| !matches!(a, Action::Undo { .. } | Action::Copied { .. }));
        let mut alerts: Vec<AlertId> = deeds.iter().map(|(id, _)| id.clone()).collect();
        alerts.dedup();
        // No two decisions of a console have the same time: it tells one that is tried again from one that is made again.
        let now = shared.now.trunc_subsecs(6);
        let at = shared.decided.map_or(now, |last| now.max(last + TimeDelta::microseconds(1)));
        shared.decided = Some(at);
        let proposals = deeds.into_iter().map(|(alert, action)| Proposal {
            at,
            analyst: shared.setup.analyst.clone(),
            action,
            seen: shared.alerts.get(&alert).map_or(0, |e| e.stored().version),
            alert,
        });
        let proposals = proposals.collect();
        let origin = shared.pending.add(proposals);
        if undoable {
            shared.done.push(Done::Decided { origin, what, stored: Vec::new() });
        }
        self.show_proposed(&alerts, shared);
    }

    /// Shows what is proposed on `alerts`, and counts and orders anew.
    pub(in crate::app) fn show_proposed(&mut self, alerts: &[AlertId], shared: &mut Shared) {
        let mut proposed = shared.pending.by_alert();
        for id in alerts {
            shared.alerts.propose(id, proposed.remove(id).into_iter().flatten());
        }
        let touched: Vec<usize> = alerts.iter().filter_map(|id| shared.alerts.position(id)).collect();
        self.renew(&touched, shared);
    }

    pub(in crate::app) fn set_status(&mut self, status: Status, note: Option<String>, shared: &mut Shared) {
        let fits = |e: &AlertEntry| match status {
            Status::Open => e.case().status != Status::Open,
            Status::Acknowledged => e.case().status == Status::Open,
            Status::Closed(_) => e.case().status != status,
        };
        let targets = self.targets(shared);
        let ids: Vec<AlertId> = targets.iter().copied().filter(|e| fits(e)).map(|e| e.row.id.clone()).collect();
        let Some(first) = targets.first() else { return };
        if ids.is_empty() {
            let now = in_words(first.case().status);
            return shared.say(format!(
                "already {now}{}",
                if status == Status::Acknowledged && now != "acknowledged" { ": o reopens it" } else { "" }
            ));
        }
        let left_out = targets.len() - ids.len();
        let on = shared.name_of(&ids);
        let what = match status {
            Status::Open => format!("reopened {on}"),
            Status::Acknowledged => format!("acknowledged {on}"),
            Status::Closed(reason) => format!("closed {on} as {reason}"),
        };
        let mut deeds = Vec::new();
        for id in ids {
            if let Some(text) = &note {
                deeds.push((id.clone(), Action::Note { text: text.clone(), step: None }));
            }
            deeds.push((id, Action::SetStatus { status }));
        }
        self.propose(deeds, what.clone(), shared);
        shared.alerts.unmark_all();
        let rest = if left_out > 0 { format!(" · {left_out} left as they were") } else { String::new() };
        shared.say(format!("{what}{rest} · u takes it back"));
    }

    pub(in crate::app) fn write_note(
        &mut self,
        alert: AlertId,
        step: Option<StepId>,
        text: String,
        shared: &mut Shared,
    ) {
        let action = Action::Note { text, step };
        let what = shared.words(&action, &alert);
        self.propose(vec![(alert, action)], what, shared);
        shared.say("note written");
    }

    /// Keeps in the audit that something left the console.
    pub(in crate::app) fn audit_copy(&mut self, what: String, shared: &mut Shared) {
        let Some(id) = self.list.selected().cloned().filter(|_| !shared.read_only()) else { return };
        self.propose(vec![(id, Action::Copied { what })], String::new(), shared);
    }

    /// The newest decision on the selected alert that this analyst could take back.
    #[must_use]
    pub fn own_last_decision<'s>(&self, shared: &'s Shared) -> Option<&'s Decision> {
        self.selected(shared).and_then(|e| e.stored().undoable(&shared.setup.analyst))
    }

    pub(in crate::app) fn take_back(&mut self, stored: &[(AlertId, i64)], shared: &mut Shared) -> bool {
        let stands = |(alert, seq): &&(AlertId, i64)| {
            shared.alerts.get(alert).is_some_and(|entry| !entry.case().undone.contains_key(seq))
        };
        let deeds: Vec<_> =
            stored.iter().filter(stands).map(|(a, seq)| (a.clone(), Action::Undo { seq: *seq })).collect();
        let any = !deeds.is_empty();
        self.propose(deeds, String::new(), shared);
        any
    }

    /// Stored decisions, of this analyst or another.
    pub(in crate::app) fn learn(&mut self, decisions: &[Decision], shared: &mut Shared) {
        let mut news = None;
        let mut touched: Vec<AlertId> = Vec::new();
        for decision in decisions {
            if !shared.alerts.decide(decision) {
                continue;
            }
            if shared.loaded
                && decision.analyst != shared.setup.analyst
                && Some(&decision.alert) == self.list.selected()
            {
                news = Some(decision);
            }
            if touched.last() != Some(&decision.alert) {
                touched.push(decision.alert.clone());
            }
        }
        if touched.is_empty() {
            return;
        }
        shared.as_of = shared.now;
        self.show_proposed(&touched, shared);
        if let Some(d) = news {
            let what = shared.words(&d.action, &d.alert);
            shared.say(format!("{} {what} at {}", d.analyst, shared.clock.near(d.at)));
        }
    }

    pub(in crate::app) fn persisted(&mut self, ticket: u64, outcomes: Vec<Outcome>, shared: &mut Shared) {
        let Some((at, mut batch)) = shared.pending.answered(ticket) else { return };
        let mut failed = Vec::new();
        let mut problem = None;
        let mut refused = true;
        let again = batch.failed_before();
        let mut touched = Vec::new();
        let mut answers = outcomes.into_iter();
        for proposal in std::mem::take(&mut batch.proposals) {
            touched.push(proposal.alert.clone());
            match answers.next() {
                Some(Outcome::Stored(decision)) => Self::stored(batch.origin, &decision, shared),
                Some(Outcome::Conflict(newer)) => self.conflict(&proposal, &newer, shared),
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
            let count = plural(count, "decision");
            if shared.pending.put_back(at, batch, reason.clone(), refused) {
                let then = if refused { "u gives it up" } else { "tried again by itself, r does at once" };
                shared.warn(format!("{NOT_SAVED}, {count}: {reason} · {then}"));
            }
        } else if again && shared.pending.failed() == 0 {
            if shared.notices.showing().is_some_and(|notice| notice.text.starts_with(NOT_SAVED)) {
                shared.notices.dismiss(true);
            }
            shared.say("all decisions are saved now");
        }
        touched.dedup();
        self.show_proposed(&touched, shared);
    }

    fn stored(origin: u64, decision: &Decision, shared: &mut Shared) {
        let before = shared.alerts.get(&decision.alert).map_or(0, |e| e.stored().version);
        shared.alerts.decide(decision);
        shared.pending.saw(&decision.alert, before, decision.seq);
        let stored = shared.done.iter_mut().find_map(|done| match done {
            Done::Decided { origin: of, stored, .. } if *of == origin => Some(stored),
            Done::Decided { .. } | Done::Switched { .. } => None,
        });
        if let Some(stored) = stored {
            stored.push((decision.alert.clone(), decision.seq));
        }
    }

    fn conflict(&self, proposal: &Proposal, newer: &Decision, shared: &mut Shared) {
        shared.alerts.decide(newer);
        let theirs = shared.words(&newer.action, &newer.alert);
        let on = if Some(&newer.alert) == self.list.selected() {
            String::new()
        } else {
            format!(" on {}", shared.name_of(std::slice::from_ref(&newer.alert)))
        };
        let ours = shared.words(&proposal.action, &proposal.alert);
        shared.warn(format!(
            "{} {theirs}{on} at {} before you; yours was not saved: {ours}",
            newer.analyst,
            shared.clock.near(newer.at)
        ));
    }
}
