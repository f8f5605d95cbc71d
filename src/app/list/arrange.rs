//! Works out the rows of the table: which alerts are shown, and which of them are a group.

use std::cmp::Reverse;

use chrono::{DateTime, Utc};

use super::super::alerts::{AlertEntry, Alerts, StatusCounts, Widths};
use super::facts::{ALONE, Groups};
use super::groups::{Group, importance, leads};
use super::select::Selection;
use super::{Column, List, TableRow};

impl List {
    /// Works out the rows again: after alerts came or changed, or the filter, order or grouping did. With `keep`, what is
    /// selected stays even when the filter hides it. With `follow_top` the first row becomes the selected one.
    pub fn arrange(&mut self, alerts: &Alerts, keep: bool, follow_top: bool) {
        let line = self.position.saturating_sub(self.top);
        let entries = alerts.entries();
        let back = self.left.as_ref().and_then(|left| alerts.position(&left.alert));
        if back.is_some_and(|i| self.shows(i, None, false)) {
            self.selected = self.left.take();
        }
        if self.grouped.by() != self.group {
            self.grouped = Groups::new(self.group);
            self.unfolded.clear();
            for (facts, entry) in self.facts.iter_mut().zip(entries) {
                facts.group = self.grouped.number(entry);
            }
            // The cursor goes to the group: its alerts are folded.
            if let Some(selection) = &mut self.selected {
                selection.whole = true;
            }
        }
        let selected = self.selected_index(alerts);
        if let Some(hidden) = selected.filter(|&i| !self.shows(i, selected, keep)) {
            let after = self.after(hidden, keep, entries);
            if self.left.is_none() && !self.matches(hidden) {
                self.left.clone_from(&self.selected);
            }
            self.selected = after;
        }
        let position = self.fill_rows(entries, self.selected_index(alerts), keep, follow_top);
        self.position = position.filter(|_| !follow_top).unwrap_or_default();
        if position.is_none() || follow_top {
            self.selected = self.selection_at(0, entries);
        } else if let Some(selection) = &mut self.selected {
            selection.whole = matches!(self.rows.get(self.position), Some(TableRow::Group(_)));
        }
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
        let kept = || Some(index) == selected || (facts.shown && self.is_under_cursor(index, selected));
        (!facts.held || self.show_held) && (facts.matches || (keep && kept()))
    }

    /// What is selected instead of an alert that is hidden: the rest of its group, else the row that is nearest and still
    /// shown, below it first.
    fn after(&self, hidden: usize, keep: bool, entries: &[AlertEntry]) -> Option<Selection> {
        let shows = |i: &usize| self.shows(*i, Some(hidden), keep);
        let select = |index: usize, whole: bool| Selection { alert: entries[index].row.id.clone(), whole };
        let first = |row: &TableRow| match row {
            TableRow::Alert(i) => Some(*i).filter(shows).map(|i| select(i, false)),
            TableRow::Group(group) => {
                let group = self.groups.get(*group)?;
                let lead = Some(group.lead).filter(shows);
                let shown = lead.or_else(|| self.members(group).iter().copied().find(shows));
                shown.map(|i| select(i, true))
            }
        };
        let at = self.position.min(self.rows.len());
        self.rows[at..].iter().find_map(first).or_else(|| self.rows[..at].iter().rev().find_map(first))
    }

    /// Fills the rows. The row of what is selected.
    fn fill_rows(
        &mut self,
        entries: &[AlertEntry],
        selected: Option<usize>,
        keep: bool,
        follow_top: bool,
    ) -> Option<usize> {
        let sizes = self.count(selected, keep);
        if let Some(i) = selected.filter(|_| !self.is_whole() && !follow_top) {
            // An alert under the cursor does not vanish in a group that it has become part of.
            let group = self.facts[i].group;
            if sizes.get(group).is_some_and(|&size| size > 1) && self.facts[i].shown {
                self.unfolded.insert(group);
            }
        }
        let units = self.units(entries, &sizes);
        let whole = selected.filter(|_| self.is_whole()).map(|i| self.facts[i].group);
        let mut position = None;
        self.rows.clear();
        self.unseen.clear();
        for (_, row) in units {
            match row {
                TableRow::Alert(i) => self.push(i, selected, &mut position),
                TableRow::Group(at) => {
                    let group = self.groups[at];
                    if whole == Some(group.number) {
                        position = Some(self.rows.len());
                    }
                    if group.folded && group.unseen > 0 {
                        self.unseen.push((self.rows.len(), group.unseen));
                    }
                    self.rows.push(row);
                    let members = if group.folded { 0 } else { group.len };
                    let whole = position.is_some();
                    for i in group.start..group.start + members {
                        let i = self.members[i];
                        self.push(i, selected.filter(|_| !whole), &mut position);
                    }
                }
            }
        }
        position
    }

    fn push(&mut self, index: usize, selected: Option<usize>, position: &mut Option<usize>) {
        if selected == Some(index) {
            *position = Some(self.rows.len());
        }
        if self.facts[index].unseen {
            self.unseen.push((self.rows.len(), 1));
        }
        self.rows.push(TableRow::Alert(index));
    }

    /// Finds out which alerts are shown and counts them. How many of each group there are.
    fn count(&mut self, selected: Option<usize>, keep: bool) -> Vec<usize> {
        (self.counts, self.held, self.hidden, self.shown) = (StatusCounts::default(), 0, 0, 0);
        (self.span, self.widths) = (None, Widths::default());
        let mut sizes = vec![0; self.grouped.len()];
        for i in 0..self.facts.len() {
            let shown = self.shows(i, selected, keep);
            let facts = &mut self.facts[i];
            facts.shown = shown;
            if !facts.gone {
                self.held += usize::from(facts.held);
                if !facts.held || self.show_held {
                    self.counts.add(facts.status);
                    self.hidden += usize::from(!shown);
                }
            }
            if !shown {
                continue;
            }
            let (oldest, newest) = self.span.unwrap_or((facts.time, facts.time));
            self.span = Some((oldest.min(facts.time), newest.max(facts.time)));
            self.widths = self.widths.max(facts.widths);
            self.shown += 1;
            if let Some(size) = sizes.get_mut(facts.group) {
                *size += 1;
            }
        }
        sizes
    }

    /// The alerts that stand alone and the groups, in the order of the table, with what they are ordered by.
    fn units(&mut self, entries: &[AlertEntry], sizes: &[usize]) -> Vec<((u64, DateTime<Utc>), TableRow)> {
        self.groups.clear();
        self.members.clear();
        let mut places = vec![ALONE; sizes.len()];
        let mut units = Vec::with_capacity(self.shown);
        let mut start = 0;
        for at in 0..self.order.len() {
            let i = self.order[at];
            let facts = self.facts[i];
            if !facts.shown {
                continue;
            }
            let len = sizes.get(facts.group).copied().filter(|&size| size > 1);
            self.facts[i].inside = len.is_some();
            let Some(len) = len else {
                units.push(((self.rank(facts.urgency, facts.importance), facts.time), TableRow::Alert(i)));
                continue;
            };
            // Groups stand where their first alert would.
            if places[facts.group] == ALONE {
                places[facts.group] = self.groups.len();
                units.push(((0, facts.time), TableRow::Group(self.groups.len())));
                self.groups.push(Group::new(start, len, i, &facts, !self.unfolded.contains(&facts.group)));
                start += len;
                self.members.resize(start, i);
            }
            let group = &mut self.groups[places[facts.group]];
            self.members[group.start + group.counts.all()] = i;
            let leads = leads(entries, &self.facts, i, group.lead);
            group.add(i, &facts, leads);
        }
        for at in 0..self.groups.len() {
            let group = self.groups[at];
            let members = &self.members[group.start..group.start + group.len];
            let importance = importance(&self.facts[group.lead], members, &self.facts, &self.rules);
            (self.groups[at].importance, self.groups[at].priority) = (importance, importance.min(100));
        }
        if matches!(self.sort, Column::ToDo | Column::Priority) && !self.groups.is_empty() {
            for (rank, row) in &mut units {
                if let TableRow::Group(at) = *row {
                    let group = &self.groups[at];
                    *rank = (self.rank(group.urgency, group.importance), group.last);
                }
            }
            // Most stand in their order: only groups move.
            match self.descending {
                true => units.sort_by_key(|&(rank, _)| Reverse(rank)),
                false => units.sort_by_key(|&((rank, time), _)| (rank, Reverse(time))),
            }
        }
        units
    }

    /// What a row is ordered by, where the order is one of importance.
    fn rank(&self, urgency: u8, importance: u32) -> u64 {
        if self.sort == Column::ToDo { super::column::to_do(urgency, importance) } else { u64::from(importance) }
    }
}
