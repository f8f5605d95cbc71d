//! What the cursor stands on, and how it moves.

use super::super::alerts::{AlertEntry, Alerts};
use super::column::urgency;
use super::facts::ALONE;
use super::{List, TableRow};
use crate::detect::AlertId;

/// An alert, or the group it is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Selection {
    pub(super) alert: AlertId,
    /// Its group as a whole, of which it is the one that is shown.
    pub(super) whole: bool,
}

impl List {
    /// The selected alert; of a group the one that is shown.
    #[must_use]
    pub fn selected(&self) -> Option<&AlertId> {
        self.selected.as_ref().map(|selection| &selection.alert)
    }

    pub(super) fn selected_index(&self, alerts: &Alerts) -> Option<usize> {
        self.selected().and_then(|id| alerts.position(id))
    }

    pub(super) fn is_whole(&self) -> bool {
        self.selected.as_ref().is_some_and(|selection| selection.whole)
    }

    /// The alert is the selected one, or of the selected group.
    pub(super) fn is_under_cursor(&self, index: usize, selected: Option<usize>) -> bool {
        let Some(selected) = selected else { return false };
        let group = |i: usize| self.facts.get(i).map(|facts| facts.group).filter(|&group| group != ALONE);
        index == selected || (self.is_whole() && group(index).is_some() && group(index) == group(selected))
    }

    /// The row of the cursor.
    #[must_use]
    pub fn position(&self) -> usize {
        self.position
    }

    /// Which number the alert under the cursor is, from 1; of a group, its last.
    #[must_use]
    pub fn number(&self) -> usize {
        let size = |row: &TableRow| match *row {
            TableRow::Alert(_) => 1,
            TableRow::Group(group) => self.groups.get(group).filter(|group| group.folded).map_or(0, |group| group.len),
        };
        self.rows.iter().take(self.position + 1).map(size).sum()
    }

    /// Moves the cursor by `rows`, staying inside the table.
    pub fn step(&mut self, alerts: &Alerts, rows: isize) {
        let last = self.rows.len().saturating_sub(1);
        self.select_row(alerts, self.position.saturating_add_signed(rows).min(last));
    }

    /// To the first or the last row.
    pub fn jump(&mut self, alerts: &Alerts, last: bool) {
        self.select_row(alerts, if last { self.rows.len().saturating_sub(1) } else { 0 });
        if !last {
            self.top = 0;
        }
    }

    pub(super) fn selection_at(&self, row: usize, entries: &[AlertEntry]) -> Option<Selection> {
        let (index, whole) = match *self.rows.get(row)? {
            TableRow::Alert(i) => (i, false),
            TableRow::Group(group) => (self.groups.get(group)?.lead, true),
        };
        Some(Selection { alert: entries.get(index)?.row.id.clone(), whole })
    }

    pub(super) fn select_row(&mut self, alerts: &Alerts, row: usize) {
        let entries = alerts.entries();
        self.left = None;
        let Some(selection) = self.selection_at(row, entries).filter(|_| row != self.position) else { return };
        self.selected = Some(selection);
        self.position = row;
        self.let_go(alerts);
    }

    /// What has kept its place while the cursor was on it goes where it belongs.
    pub(super) fn let_go(&mut self, alerts: &Alerts) {
        let staying = std::mem::take(&mut self.staying);
        if staying.is_empty() {
            return;
        }
        for &i in &staying {
            self.facts[i].urgency = urgency(self.facts[i].status);
        }
        self.place(alerts.entries(), &staying, self.facts.len());
        self.arrange(alerts, true, false);
    }

    /// What is selected is what is wanted, though it took the place of something else.
    pub fn stay(&mut self) {
        if self.selected.is_some() {
            self.left = None;
        }
    }

    /// Keeps the row of the cursor on a screen of `height` rows, with the line of its group where there is room.
    pub fn settle(&mut self, height: usize) {
        if height == 0 {
            return;
        }
        let heading = usize::from(
            height > 1
                && self.position > 0
                && matches!(self.rows.get(self.position), Some(TableRow::Alert(_)))
                && matches!(self.rows.get(self.position - 1), Some(TableRow::Group(_))),
        );
        self.top = self.top.min(self.position.saturating_sub(heading));
        self.top = self.top.max((self.position + 1).saturating_sub(height));
        self.top = self.top.min(self.rows.len().saturating_sub(height));
    }
}
