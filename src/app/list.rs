//! The table's rows: which alerts, in which order, which one is selected and which line is the first on the screen.
//! The selection is an alert, not a line number: when alerts arrive or the order changes, the same alert stays selected
//! on the same line of the screen, as far as there are lines.
//!
//! There may be a hundred thousand alerts: only those that have changed are looked at again, and the rows are worked out
//! from a few small [facts](Facts) about each. A new filter is put to the alerts some at a time, and so is a new order.

mod column;
mod facts;
mod sorting;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};

pub use self::column::{Column, GroupBy};
use self::facts::{Facts, Groups};
use self::sorting::Sorting;
use super::alerts::{AlertEntry, Alerts, Counts, Widths};
use crate::detect::AlertId;

/// A group's heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// What its alerts share.
    pub title: String,
    /// Its alerts.
    pub counts: Counts,
}

/// One line of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableRow {
    /// The heading of a group, an index into [`List::groups`].
    Group(usize),
    /// An alert, an index into [`Alerts::entries`].
    Alert(usize),
}

/// The rows of the table.
#[derive(Debug)]
pub struct List {
    rows: Vec<TableRow>,
    groups: Vec<Group>,
    /// Of every alert, in the order of [`Alerts::entries`].
    facts: Vec<Facts>,
    /// Every alert, sorted.
    order: Vec<usize>,
    /// Another order that is being made.
    sorting: Option<Sorting>,
    grouped: Groups,
    selected: Option<AlertId>,
    /// The alert that was selected until a filter hid it; nobody has chosen another since.
    left: Option<AlertId>,
    position: usize,
    top: usize,
    sort: Column,
    descending: bool,
    /// Grouped by what.
    pub group: Option<GroupBy>,
    /// Whether alerts that are held back are shown.
    pub show_held: bool,
    counts: Counts,
    held: usize,
    shown: usize,
    hidden: usize,
    span: Option<(DateTime<Utc>, DateTime<Utc>)>,
    widths: Widths,
}

impl Default for List {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            groups: Vec::new(),
            facts: Vec::new(),
            order: Vec::new(),
            sorting: None,
            grouped: Groups::default(),
            selected: None,
            left: None,
            position: 0,
            top: 0,
            sort: Column::Time,
            descending: true,
            group: None,
            show_held: false,
            counts: Counts::default(),
            held: 0,
            shown: 0,
            hidden: 0,
            span: None,
            widths: Widths::default(),
        }
    }
}

impl List {
    /// All rows.
    #[must_use]
    pub fn rows(&self) -> &[TableRow] {
        &self.rows
    }

    /// The groups' headings.
    #[must_use]
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// Index of the first row on the screen.
    #[must_use]
    pub fn top(&self) -> usize {
        self.top
    }

    /// The selected alert.
    #[must_use]
    pub fn selected(&self) -> Option<&AlertId> {
        self.selected.as_ref()
    }

    /// The selected alert's row.
    #[must_use]
    pub fn position(&self) -> usize {
        self.position
    }

    /// Alerts of each status among those that are not held back, whatever the filter hides.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Alerts held back: past a rule's cap, or of a building block.
    #[must_use]
    pub fn held(&self) -> usize {
        self.held
    }

    /// Alerts in the table.
    #[must_use]
    pub fn shown(&self) -> usize {
        self.shown
    }

    /// Alerts that the filter hides.
    #[must_use]
    pub fn hidden(&self) -> usize {
        self.hidden
    }

    /// Times of the oldest and the newest event in the table.
    #[must_use]
    pub fn span(&self) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        self.span
    }

    /// How wide the widest cells of the table are.
    #[must_use]
    pub fn widths(&self) -> Widths {
        self.widths
    }

    /// How many alerts come before the selected one, and which number it is, from 1.
    #[must_use]
    pub fn number(&self) -> usize {
        self.rows.iter().take(self.position + 1).filter(|r| matches!(r, TableRow::Alert(_))).count()
    }

    /// Takes up alerts that are new or have changed, given by their indices. What is not known yet has to be among them.
    pub fn take(&mut self, alerts: &Alerts, changed: &[usize], matches: impl Fn(&AlertEntry) -> bool) {
        let entries = alerts.entries();
        let known = self.facts.len();
        for &i in changed {
            let Some(entry) = entries.get(i) else { continue };
            let group = self.grouped.number(entry);
            let facts = Facts::of(entry, matches(entry), group);
            match self.facts.get_mut(i) {
                Some(place) => *place = facts,
                None => self.facts.push(facts),
            }
        }
        if let Some(sorting) = &mut self.sorting {
            sorting.late.extend_from_slice(changed);
        }
        self.place(entries, changed, known);
    }

    /// The column that the alerts are sorted by, and whether the largest comes first.
    #[must_use]
    pub fn order(&self) -> (Column, bool) {
        (self.sort, self.descending)
    }

    /// Begins to sort by another column or the other way round; the old order stays until [`Self::go_on_sorting`] has made
    /// the new one.
    pub fn sort_by(&mut self, column: Column, descending: bool) {
        self.sorting = Some(Sorting::new(column, descending, self.order.len()));
    }

    /// The order that is being made.
    #[must_use]
    pub fn sorting(&self) -> Option<(Column, bool)> {
        self.sorting.as_ref().map(|sorting| (sorting.column, sorting.descending))
    }

    /// Sorts some more. Returns whether the new order is there.
    pub fn go_on_sorting(&mut self, alerts: &Alerts) -> bool {
        let entries = alerts.entries();
        let Some(order) = self.sorting.as_mut().and_then(|sorting| sorting.go_on(entries)) else { return false };
        let Some(Sorting { column, descending, late, .. }) = self.sorting.take() else { return false };
        (self.sort, self.descending) = (column, descending);
        self.order = order;
        let known = self.order.len();
        self.place(entries, &late, known);
        true
    }

    /// The selected alert is the one that is wanted, though it took the place of another.
    pub fn stay(&mut self) {
        if self.selected.is_some() {
            self.left = None;
        }
    }

    /// Puts the filter to these alerts again.
    pub fn rematch(&mut self, alerts: &Alerts, touched: &[usize], matches: impl Fn(&AlertEntry) -> bool) {
        for &i in touched {
            if let (Some(facts), Some(entry)) = (self.facts.get_mut(i), alerts.at(i)) {
                facts.matches = matches(entry);
                facts.will_match = facts.matches;
            }
        }
    }

    /// Puts the filter to the alerts from `at` on, to `most` of them; with `narrower`, only to those that the one before
    /// it lets through. Returns where to go on; nothing when all have been asked. It counts from [`Self::adopt`] on.
    pub fn sift(
        &mut self,
        alerts: &Alerts,
        at: usize,
        most: usize,
        narrower: bool,
        matches: impl Fn(&AlertEntry) -> bool,
    ) -> Option<usize> {
        let mut left = most;
        for (i, (facts, entry)) in self.facts.iter_mut().zip(alerts.entries()).enumerate().skip(at) {
            if narrower && !facts.matches {
                facts.will_match = false;
                continue;
            }
            if left == 0 {
                return Some(i);
            }
            left -= 1;
            facts.will_match = matches(entry);
        }
        None
    }

    /// From now on what [`Self::sift`] found counts.
    pub fn adopt(&mut self) {
        for facts in &mut self.facts {
            facts.matches = facts.will_match;
        }
    }

    /// Whether the filter lets the alert at `index` through.
    #[must_use]
    pub fn matches(&self, index: usize) -> bool {
        self.facts.get(index).is_some_and(|facts| facts.matches)
    }

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

    fn compare(&self, a: &AlertEntry, b: &AlertEntry) -> std::cmp::Ordering {
        let order = self.sort.compare(a, b);
        let order = if self.descending { order.reverse() } else { order };
        order.then_with(|| b.row.time.cmp(&a.row.time)).then_with(|| a.row.id.cmp(&b.row.id))
    }

    /// Puts alerts that are new, or that may stand elsewhere now, in their places.
    fn place(&mut self, entries: &[AlertEntry], changed: &[usize], known: usize) {
        let mut moving = changed.to_vec();
        moving.retain(|&i| i < entries.len());
        moving.sort_unstable();
        moving.dedup();
        if moving.first().is_some_and(|&first| first < known) {
            self.order.retain(|i| moving.binary_search(i).is_err());
        }
        moving.sort_by(|&a, &b| self.compare(&entries[a], &entries[b]));
        let mut order = Vec::with_capacity(self.order.len() + moving.len());
        let mut rest = &self.order[..];
        for i in moving {
            let before = |&other: &usize| self.compare(&entries[other], &entries[i]).is_lt();
            // Alerts come in their order as a rule: then none has to be sought.
            let at = if rest.last().is_some_and(before) { rest.len() } else { rest.partition_point(before) };
            order.extend_from_slice(&rest[..at]);
            order.push(i);
            rest = &rest[at..];
        }
        order.extend_from_slice(rest);
        self.order = order;
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
        (self.counts, self.held, self.hidden, self.shown) = (Counts::default(), 0, 0, 0);
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
                self.groups.push(Group { title: self.grouped.title(group), counts: Counts::default() });
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
