//! Works out the rows of the table, and moves the selection in them.

use super::super::alerts::{Alerts, StatusCounts, Widths};
use super::facts::{Facts, Groups};
use super::{Group, List, TableRow};

impl List {
    /// Works out the rows again: after alerts came or changed, or the filter, order or grouping did. With `keep`, the
    /// selected alert stays even when the filter hides it. With `follow_top` the first row becomes the selected one.
    pub fn arrange(&mut self, alerts: &Alerts, keep: bool, follow_top: bool) {
        let line = self.position.saturating_sub(self.top);
        let entries = alerts.entries();
        let back = self.left.as_ref().and_then(|id| alerts.position(id)).is_some_and(|i| self.shows(i, None, false));
        if back {
            self.selected = self.left.take();
        }
        let selected = self.selected.as_ref().and_then(|id| alerts.position(id));
        if self.grouped.by() != self.group {
            self.grouped = Groups::new(self.group);
            for (facts, entry) in self.facts.iter_mut().zip(entries) {
                facts.group = self.grouped.number(entry);
            }
        }
        let hidden = selected.filter(|&i| !self.shows(i, selected, keep));
        let after = hidden.map(|_| self.neighbour(selected, keep));
        if self.left.is_none() && hidden.is_some_and(|i| !self.matches(i)) {
            self.left.clone_from(&self.selected);
        }
        self.fill_rows(selected, keep);
        self.selected = match after {
            Some(next) => next.map(|i| entries[i].row.id.clone()),
            None => self.selected.take(),
        };
        if self.selected.is_none() || follow_top {
            self.selected = self.first_alert().map(|i| entries[i].row.id.clone());
        }
        let selected = self.selected.as_ref().and_then(|id| alerts.position(id));
        self.position =
            selected.and_then(|i| self.rows.iter().position(|&r| r == TableRow::Alert(i))).unwrap_or_default();
        // A list seen from its top stays at its top, so that what is new shows; elsewhere the selected row keeps its line.
        let stays_at_top = follow_top || self.top == 0;
        self.top = if stays_at_top { 0 } else { self.position.saturating_sub(line) };
    }

    fn shows(&self, index: usize, selected: Option<usize>, keep: bool) -> bool {
        let Some(facts) = self.facts.get(index) else { return false };
        if facts.gone {
            // The one that is being read stays until she moves on.
            return Some(index) == selected;
        }
        (!facts.held || self.show_held) && (facts.matches || (keep && Some(index) == selected))
    }

    /// The nearest alert to the selected row that is still shown: below it first, then above.
    fn neighbour(&self, selected: Option<usize>, keep: bool) -> Option<usize> {
        let alert = |row: &TableRow| match *row {
            TableRow::Alert(i) if self.shows(i, selected, keep) => Some(i),
            _ => None,
        };
        let at = self.position.min(self.rows.len());
        self.rows[at..].iter().find_map(alert).or_else(|| self.rows[..at].iter().rev().find_map(alert))
    }

    fn fill_rows(&mut self, selected: Option<usize>, keep: bool) {
        self.rows.clear();
        self.groups.clear();
        (self.counts, self.held, self.hidden, self.shown) = (StatusCounts::default(), 0, 0, 0);
        (self.span, self.widths) = (None, Widths::default());
        let mut members: Vec<Vec<usize>> = Vec::new();
        let mut places = vec![None; self.grouped.len()];
        for at in 0..self.order.len() {
            let i = self.order[at];
            let Facts { time, widths, status, gone, held, group, .. } = self.facts[i];
            let shown = self.shows(i, selected, keep);
            if !gone {
                self.held += usize::from(held);
                if !held || self.show_held {
                    self.counts.add(status);
                    self.hidden += usize::from(!shown);
                }
            }
            if !shown {
                continue;
            }
            let (oldest, newest) = self.span.unwrap_or((time, time));
            self.span = Some((oldest.min(time), newest.max(time)));
            self.widths = self.widths.max(widths);
            self.shown += 1;
            if self.group.is_none() {
                self.rows.push(TableRow::Alert(i));
                continue;
            }
            // Groups stand where their first alert would.
            let place = *places[group].get_or_insert_with(|| {
                self.groups.push(Group { title: self.grouped.title(group), counts: StatusCounts::default() });
                members.push(Vec::new());
                members.len() - 1
            });
            members[place].push(i);
            self.groups[place].counts.add(status);
        }
        for (group, members) in members.into_iter().enumerate() {
            self.rows.push(TableRow::Group(group));
            self.rows.extend(members.into_iter().map(TableRow::Alert));
        }
    }

    fn first_alert(&self) -> Option<usize> {
        self.rows.iter().find_map(|r| match r {
            TableRow::Alert(i) => Some(*i),
            TableRow::Group(_) => None,
        })
    }

    /// Moves the selection by `rows` alerts, staying inside the table.
    pub fn step(&mut self, alerts: &Alerts, rows: isize) {
        let mut left = rows.unsigned_abs();
        let mut at = self.position;
        let mut best = self.position;
        while left > 0 {
            let Some(next) = at.checked_add_signed(rows.signum()) else { break };
            let Some(row) = self.rows.get(next) else { break };
            at = next;
            if matches!(row, TableRow::Alert(_)) {
                best = at;
                left -= 1;
            }
        }
        self.select_row(alerts, best);
    }

    /// Selects the first or the last alert.
    pub fn jump(&mut self, alerts: &Alerts, last: bool) {
        let mut alert_rows = self.rows.iter().enumerate().filter(|(_, r)| matches!(r, TableRow::Alert(_)));
        let found = if last { alert_rows.next_back() } else { alert_rows.next() };
        if let Some(row) = found.map(|(i, _)| i) {
            self.select_row(alerts, row);
        }
        if !last {
            self.top = 0;
        }
    }

    fn select_row(&mut self, alerts: &Alerts, row: usize) {
        if let Some(TableRow::Alert(i)) = self.rows.get(row)
            && let Some(entry) = alerts.at(*i)
        {
            self.selected = Some(entry.row.id.clone());
            self.left = None;
            self.position = row;
        }
    }

    /// Keeps the selected row on a screen of `height` rows, with its group's heading where there is room.
    pub fn settle(&mut self, height: usize) {
        if height == 0 {
            return;
        }
        let heading = usize::from(
            height > 1 && self.position > 0 && matches!(self.rows.get(self.position - 1), Some(TableRow::Group(_))),
        );
        self.top = self.top.min(self.position.saturating_sub(heading));
        self.top = self.top.max((self.position + 1).saturating_sub(height));
        self.top = self.top.min(self.rows.len().saturating_sub(height));
    }
}
