//! Keys of the Alerts view.

use super::super::Action;
use super::super::action::{Pane, Tab};
use super::super::format::plural;
use super::super::list::TableRow;
use super::super::page::Item;
use super::super::shared::Shared;
use super::super::tree::Tree;
use super::AlertsView;
use crate::triage::{Status, StepState};

impl AlertsView {
    pub(in crate::app) fn act(&mut self, action: Action, shared: &mut Shared) {
        match action {
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
            Action::SwitchPane => self.focus(self.pane.other(), shared),
            Action::Show(tab) => self.show(tab, shared),
            Action::NextTab => self.show(self.tab.neighbour(1), shared),
            Action::PreviousTab => self.show(self.tab.neighbour(Tab::ALL.len() - 1), shared),
            Action::NextAlert => self.step_alert(1, shared),
            Action::PreviousAlert => self.step_alert(-1, shared),
            Action::GoOn if matches!(self.item_under_cursor(), Some(Item::Parameters { .. })) => {
                self.unfolded_parameters = !self.unfolded_parameters;
                shared.changed();
            }
            Action::GoOn => self.jump_to_open_step(shared),
            Action::NextStep => self.step_to(true, shared),
            Action::PreviousStep => self.step_to(false, shared),
            Action::Mark => self.mark(shared),
            Action::MarkAll => self.mark_all(shared),
            Action::Tick => self.set_step(StepState::Done, shared),
            Action::NotApplicable => self.set_step(StepState::NotApplicable, shared),
            Action::CycleRelated => {
                self.related = self.related.next();
                shared.changed();
            }
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

    fn mark(&mut self, shared: &mut Shared) {
        let Some(i) = self.list.selected().and_then(|id| shared.alerts.position(id)) else { return };
        let marked = shared.alerts.at(i).is_some_and(|e| e.marked);
        shared.alerts.mark(i, !marked);
        self.list.step(&shared.alerts, 1);
        shared.changed();
    }

    /// Marks the group that the cursor is in, or all rows where nothing is grouped.
    fn mark_all(&mut self, shared: &mut Shared) {
        let rows = self.list.rows();
        let at = self.list.position();
        let is_group = |row: &TableRow| matches!(row, TableRow::Group(_));
        let start = rows[..at.min(rows.len())].iter().rposition(is_group).map_or(0, |i| i + 1);
        let end = rows.iter().skip(at).position(is_group).map_or(rows.len(), |i| at + i);
        let indices: Vec<usize> = rows[start..end]
            .iter()
            .filter_map(|row| match row {
                TableRow::Alert(i) => Some(*i),
                TableRow::Group(_) => None,
            })
            .collect();
        let all = indices.iter().all(|&i| shared.alerts.at(i).is_some_and(|e| e.marked));
        for i in indices {
            shared.alerts.mark(i, !all);
        }
        if self.pane == Pane::Detail {
            let marked = plural(shared.alerts.marked(), "alert");
            shared.say(format!("{marked} marked: a, c and o are for all of them · V again takes the marks away"));
        }
        shared.changed();
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
