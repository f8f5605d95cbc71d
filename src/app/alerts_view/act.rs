//! Keys of the Alerts view.

use super::super::Action;
use super::super::action::{Pane, Tab};
use super::super::format::plural;
use super::super::page::Item;
use super::super::shared::Shared;
use super::super::tree::Tree;
use super::AlertsView;
use crate::triage::{Status, StepState};

impl AlertsView {
    pub(in crate::app) fn act(&mut self, action: Action, shared: &mut Shared) {
        match action {
            Action::Open if self.pane == Pane::Table && self.list.on_group().is_some() => {
                self.list.toggle_group(&shared.alerts);
                shared.changed();
            }
            Action::Open if self.pane == Pane::Detail && self.tab == Tab::Story => self.act_on_story(action, shared),
            Action::Open => self.focus(Pane::Detail, shared),
            Action::Grow | Action::Shrink => {
                if !shared.split.give(action == Action::Grow) {
                    shared.say("there is no more room to give");
                }
                shared.changed();
            }
            Action::Zoom => {
                shared.split.zoomed = self.pane == Pane::Table || !shared.split.zoomed;
                self.focus(Pane::Detail, shared);
            }
            Action::FoldGroup => {
                self.list.fold_group(&shared.alerts);
                shared.changed();
            }
            Action::NextGroup => self.step_group(false, shared),
            Action::PreviousGroup => self.step_group(true, shared),
            Action::SwitchPane => self.focus(self.pane.other(), shared),
            Action::Show(tab) => self.show(tab, shared),
            Action::NextTab => self.show(self.tab.neighbour(1), shared),
            Action::PreviousTab => self.show(self.tab.neighbour(Tab::ALL.len() - 1), shared),
            Action::NextAlert => self.step_alert(1, shared),
            Action::PreviousAlert => self.step_alert(-1, shared),
            Action::GoOn => match self.item_under_cursor() {
                Some(Item::Parameters { .. }) => {
                    self.unfolded_parameters = !self.unfolded_parameters;
                    shared.changed();
                }
                Some(&Item::OfSequence(at)) => self.open_event(at, shared),
                _ => self.jump_to_open_step(shared),
            },
            Action::NextOfSequence => self.step_in_sequence(true, shared),
            Action::PreviousOfSequence => self.step_in_sequence(false, shared),
            Action::NextStep => self.step_to(true, shared),
            Action::PreviousStep => self.step_to(false, shared),
            Action::Mark => self.mark(shared),
            Action::MarkAll => self.mark_all(shared),
            Action::Tick => self.set_step(StepState::Done, shared),
            Action::NotApplicable => self.set_step(StepState::NotApplicable, shared),
            Action::NarrowTime
            | Action::WidenTime
            | Action::Belongs
            | Action::HideReads
            | Action::NextInStory
            | Action::PreviousInStory => self.act_on_story(action, shared),
            Action::Note => self.open_note(shared),
            Action::Acknowledge => self.set_status(Status::Acknowledged, None, shared),
            Action::Close => self.open_close_menu(shared),
            Action::Except => self.open_exception(shared),
            Action::Reopen => self.set_status(Status::Open, None, shared),
            Action::CopySummary => self.copy_summary(shared),
            Action::Filter => self.open_filter(shared),
            Action::Sort => self.open_sort_menu(shared),
            Action::Group => self.open_group_menu(shared),
            Action::Held => {
                self.list.show_held = !self.list.show_held;
                self.arrange(false, shared);
            }
            _ => {}
        }
    }

    fn focus(&mut self, pane: Pane, shared: &mut Shared) {
        if pane == Pane::Detail && self.selected(shared).is_none() {
            return shared.say("there is no alert yet");
        }
        self.pane = pane;
        shared.changed();
    }

    pub(super) fn show(&mut self, tab: Tab, shared: &mut Shared) {
        self.tab = tab;
        self.focus(Pane::Detail, shared);
    }

    /// One step back: out of the detail, then marks, then the filter.
    pub(in crate::app) fn back(&mut self, shared: &mut Shared) {
        if self.pane == Pane::Detail {
            self.focus(Pane::Table, shared);
        } else if shared.alerts.marked() > 0 {
            shared.alerts.unmark_all();
            shared.changed();
        } else if self.filter.is_set() {
            self.type_filter("", shared);
        }
    }

    /// Moves the cursor of the table, the tab or the record.
    pub(in crate::app) fn go(&mut self, action: Action, shared: &mut Shared) {
        let height = shared.detail_rows();
        match (self.pane, self.tab) {
            (Pane::Table, _) => self.go_table(action, shared),
            (Pane::Detail, Tab::Event) => {
                if let Some(tree) = self.tree_mut() {
                    tree.go(action, height);
                }
            }
            (Pane::Detail, _) => {
                let mut scroll = self.scroll();
                scroll.go(action, &self.page, height);
                self.set_scroll(scroll);
                self.stay_in_story();
                // The step under the cursor shows more than the others.
                shared.stale |= self.tab == Tab::Checklist;
            }
        }
    }

    fn go_table(&mut self, action: Action, shared: &Shared) {
        let page = shared.layout.map_or(1, |l| l.table_rows()).max(2).cast_signed() - 1;
        match action {
            Action::Down => self.list.step(&shared.alerts, 1),
            Action::Up => self.list.step(&shared.alerts, -1),
            Action::PageDown => self.list.step(&shared.alerts, page),
            Action::PageUp => self.list.step(&shared.alerts, -page),
            Action::First => self.list.jump(&shared.alerts, false),
            _ => self.list.jump(&shared.alerts, true),
        }
    }

    fn step_alert(&mut self, rows: isize, shared: &mut Shared) {
        let before = self.list.position();
        self.list.step(&shared.alerts, rows);
        if before == self.list.position() {
            let end = if rows > 0 { "last" } else { "first" };
            shared.say(format!("this is the {end} alert in the table"));
        }
        shared.changed();
    }

    fn step_group(&mut self, back: bool, shared: &mut Shared) {
        if !self.list.step_group(&shared.alerts, back) {
            let end = if back { "before this one" } else { "after this one" };
            shared.say(format!("there is no group {end}"));
        }
        shared.changed();
    }

    fn mark(&mut self, shared: &mut Shared) {
        let indices = match self.list.on_group() {
            Some(group) => self.list.members(group).to_vec(),
            None => self.list.selected().and_then(|id| shared.alerts.position(id)).into_iter().collect(),
        };
        Self::toggle_marks(&indices, shared);
        self.list.step(&shared.alerts, 1);
        shared.changed();
    }

    /// Marks the group that the cursor is in, or all that are shown where it is in none.
    fn mark_all(&mut self, shared: &mut Shared) {
        let indices: Vec<usize> = match self.list.around_cursor() {
            Some(group) => self.list.members(group).to_vec(),
            None => self.list.rows().iter().flat_map(|row| self.list.folded_in(row)).copied().collect(),
        };
        Self::toggle_marks(&indices, shared);
        if self.pane == Pane::Detail {
            let marked = plural(shared.alerts.marked(), "alert");
            shared.say(format!("{marked} marked: a, c and o are for all of them · V again takes the marks away"));
        }
        shared.changed();
    }

    /// Marks these alerts; takes the marks away where all have one.
    fn toggle_marks(indices: &[usize], shared: &mut Shared) {
        let all = indices.iter().all(|&i| shared.alerts.at(i).is_some_and(|e| e.marked));
        for &i in indices {
            shared.alerts.mark(i, !all);
        }
    }

    /// Folds or unfolds: all steps of the checklist, or the record.
    pub(in crate::app) fn fold(&mut self, act: fn(&mut Tree)) {
        if self.tab == Tab::Checklist {
            self.unfolded = !self.unfolded;
        } else if self.tab == Tab::Overview {
            self.unfolded_parameters = !self.unfolded_parameters;
        } else if let Some(tree) = self.tree_mut() {
            act(tree);
        }
    }
}
