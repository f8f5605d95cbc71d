//! Ticking the checklist, and going from step to step of it, from wherever the cursor is.

use super::super::action::Tab;
use super::super::format::plural;
use super::super::page::Item;
use super::super::shared::Shared;
use super::AlertsView;
use crate::detect::AlertId;
use crate::rule::StepId;
use crate::triage::{Action, StepState};

impl AlertsView {
    /// To the next step of the checklist, or the one before. From outside it to the first that is to do.
    pub(super) fn step_to(&mut self, forward: bool, shared: &mut Shared) {
        let inside = self.tab == Tab::Checklist && self.item_under_cursor().is_some();
        if !inside {
            return self.jump_to_open_step(shared);
        }
        let cursor = self.scroll().cursor;
        let own = self.step_under_cursor().cloned();
        let step_at = |item: &Item| match item {
            Item::Step(id) if Some(id) != own.as_ref() => Some(id.clone()),
            _ => None,
        };
        let items = &self.page.items;
        let found = if forward {
            items.iter().skip(cursor + 1).find_map(step_at)
        } else {
            items.iter().take(cursor).rev().find_map(step_at)
        };
        match found {
            Some(step) => self.show_step(step, shared),
            None => shared.say(format!("this is the {} step", if forward { "last" } else { "first" })),
        }
    }

    /// To the first step of the checklist that is to do.
    pub(super) fn jump_to_open_step(&mut self, shared: &mut Shared) {
        match self.next_to_do(None, shared) {
            Some(step) => self.show_step(step, shared),
            None => self.show(Tab::Checklist, shared),
        }
    }

    fn show_step(&mut self, step: StepId, shared: &mut Shared) {
        self.wanted = Some(step);
        self.show(Tab::Checklist, shared);
    }

    /// The first step to do behind `after`; where there is none, the first of all.
    fn next_to_do(&self, after: Option<&StepId>, shared: &Shared) -> Option<StepId> {
        let (rule, case) = (self.selected_rule(shared)?, self.selected(shared)?.case());
        let steps: Vec<&StepId> = rule.checklist.steps().map(|step| &step.id).collect();
        let start = after.and_then(|after| steps.iter().position(|id| *id == after)).map_or(0, |at| at + 1);
        let (before, behind) = steps.split_at(start);
        let to_do = |id: &&&StepId| case.step(id) == StepState::Todo;
        behind.iter().chain(before).find(to_do).map(|id| (*id).clone())
    }

    /// Sets the step under the cursor and goes on to the next that is to do; takes it back and stays where it is so
    /// already.
    pub(super) fn set_step(&mut self, wanted: StepState, shared: &mut Shared) {
        let (Some(step), Some(entry)) = (self.step_under_cursor().cloned(), self.selected(shared)) else { return };
        let now = entry.case().step(&step);
        let state = if now == wanted { StepState::Todo } else { wanted };
        let (id, rule) = (&entry.row.id, &entry.row.rule_id);
        let what = shared.words(&Action::Step { step: step.clone(), state }, id);
        // Of a group that is one thing the step is done for all alerts of the same rule.
        let same = self.under_cursor(shared).into_iter().filter(|e| e.row.rule_id == *rule);
        let ids: Vec<AlertId> = same.filter(|e| e.case().step(&step) != state).map(|e| e.row.id.clone()).collect();
        let several = (ids.len() > 1).then(|| format!("{what} on {}", plural(ids.len(), "alert")));
        let deeds = ids.into_iter().map(|id| (id, Action::Step { step: step.clone(), state }));
        self.propose(deeds.collect(), several.clone().unwrap_or(what), shared);
        let closes = if several.is_some() { "them all" } else { "the alert" };
        if let Some(what) = several {
            shared.say(format!("{what} · u takes it back"));
        }
        if state == StepState::Todo {
            return;
        }
        match self.next_to_do(Some(&step), shared) {
            Some(next) => self.show_step(next, shared),
            None => shared.say(format!("every step is done: c closes {closes}")),
        }
    }
}
