//! The table's rows: which alerts, in which order, which one is selected and which line is the first on the screen.
//! The selection is an alert, not a line number: when alerts arrive or the order changes, the same alert stays selected
//! on the same line of the screen, as far as there are lines. It may stand for its group as a whole, which is then
//! whatever group that alert is in: a group that grows, shrinks or becomes part of another never loses the cursor. An
//! alert that is decided on keeps its place until the cursor leaves it.
//!
//! There may be a hundred thousand alerts: only those that have changed are looked at again, and the rows are worked out
//! from a few small [facts](Facts) about each. A new filter is put to the alerts some at a time, and so is a new order.

mod arrange;
mod column;
mod facts;
mod groups;
mod select;
mod sorting;
#[cfg(test)]
mod tests;
mod unseen;

use std::collections::HashSet;

use chrono::{DateTime, Utc};

use self::column::urgency;
pub use self::column::{Column, GroupBy};
use self::facts::{Facts, Groups, Rules};
pub use self::groups::Group;
use self::select::Selection;
use self::sorting::Sorting;
use super::alerts::{AlertEntry, Alerts, StatusCounts, Widths};

/// One line of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableRow {
    /// The line of a group, an index into [`List::groups`].
    Group(usize),
    /// An alert, an index into [`Alerts::entries`].
    Alert(usize),
}

/// The rows of the table.
#[derive(Debug)]
pub struct List {
    rows: Vec<TableRow>,
    groups: Vec<Group>,
    /// The alerts of the groups, one group after the other.
    members: Vec<usize>,
    /// Of every alert, in the order of [`Alerts::entries`].
    facts: Vec<Facts>,
    /// Every alert, in the order of the sort column.
    order: Vec<usize>,
    /// Another order that is being made.
    sorting: Option<Sorting>,
    grouped: Groups,
    /// The groups that are unfolded, by their numbers.
    unfolded: HashSet<usize>,
    rules: Rules,
    /// Rows with alerts that nobody has looked at, top to bottom, and how many each has.
    unseen: Vec<(usize, usize)>,
    selected: Option<Selection>,
    /// What was selected until a filter hid it; nobody has chosen another since.
    left: Option<Selection>,
    /// Alerts that keep the place they had before they were decided on, as the cursor is on them.
    staying: Vec<usize>,
    position: usize,
    top: usize,
    sort: Column,
    descending: bool,
    pub group: Option<GroupBy>,
    /// Show alerts that are held back.
    pub show_held: bool,
    /// Alerts of each status among those that are not held back, whatever the filter hides.
    pub counts: StatusCounts,
    /// Alerts held back: past a rule's cap, or of a building block.
    pub held: usize,
    /// Alerts in the table.
    pub shown: usize,
    /// Alerts that the filter hides.
    pub hidden: usize,
    /// Times of the oldest and the newest event in the table.
    pub span: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// Widths of the widest cells, in columns.
    pub widths: Widths,
}

impl Default for List {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            groups: Vec::new(),
            members: Vec::new(),
            facts: Vec::new(),
            order: Vec::new(),
            sorting: None,
            grouped: Groups::new(None),
            unfolded: HashSet::new(),
            rules: Rules::default(),
            unseen: Vec::new(),
            selected: None,
            left: None,
            staying: Vec::new(),
            position: 0,
            top: 0,
            sort: Column::ToDo,
            descending: true,
            group: Some(GroupBy::Incident),
            show_held: false,
            counts: StatusCounts::default(),
            held: 0,
            shown: 0,
            hidden: 0,
            span: None,
            widths: Widths::default(),
        }
    }
}

impl List {
    #[must_use]
    pub fn rows(&self) -> &[TableRow] {
        &self.rows
    }

    #[must_use]
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// Index of the first row on the screen.
    #[must_use]
    pub fn top(&self) -> usize {
        self.top
    }

    /// Takes up alerts that are new or have changed, given by their indices. What is not known yet has to be among them.
    pub fn take(&mut self, alerts: &Alerts, changed: &[usize], matches: impl Fn(&AlertEntry) -> bool) {
        let entries = alerts.entries();
        let known = self.facts.len();
        let selected = self.selected_index(alerts);
        for &i in changed {
            let Some(entry) = entries.get(i) else { continue };
            let (group, rule) = (self.grouped.number(entry), self.rules.number(&entry.row.rule_id));
            let mut facts = Facts::of(entry, matches(entry), group, rule);
            let stays = self.is_under_cursor(i, selected);
            let Some(before) = self.facts.get_mut(i) else {
                self.facts.push(facts);
                continue;
            };
            (facts.shown, facts.unseen) = (before.shown, before.unseen);
            if stays && facts.urgency != before.urgency {
                facts.urgency = before.urgency;
                self.staying.push(i);
            }
            *before = facts;
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
        self.staying.clear();
        for facts in &mut self.facts {
            facts.urgency = urgency(facts.status);
        }
        self.place(entries, &late, known);
        true
    }

    /// Learns the tactics of a rule.
    pub fn learn_tactics<'t>(&mut self, rule: &str, tactics: impl Iterator<Item = &'t str>) {
        self.rules.learn(rule, tactics);
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

    /// The filter lets the alert at `index` through.
    #[must_use]
    pub fn matches(&self, index: usize) -> bool {
        self.facts.get(index).is_some_and(|facts| facts.matches)
    }

    fn compare(&self, entries: &[AlertEntry], one: usize, other: usize) -> std::cmp::Ordering {
        let (a, b) = (&entries[one], &entries[other]);
        let order = match self.sort {
            Column::ToDo => self.facts[one].to_do().cmp(&self.facts[other].to_do()),
            sort => sort.compare(a, b),
        };
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
        moving.sort_by(|&a, &b| self.compare(entries, a, b));
        let mut order = Vec::with_capacity(self.order.len() + moving.len());
        let mut rest = &self.order[..];
        for i in moving {
            let before = |&other: &usize| self.compare(entries, other, i).is_lt();
            // Alerts come in their order as a rule: then none has to be sought.
            let at = if rest.last().is_some_and(before) { rest.len() } else { rest.partition_point(before) };
            order.extend_from_slice(&rest[..at]);
            order.push(i);
            rest = &rest[at..];
        }
        order.extend_from_slice(rest);
        self.order = order;
    }
}
