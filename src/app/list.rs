//! The table's rows: which alerts, in which order, which one is selected and which line is the first on the screen.
//! The selection is an alert, not a line number: when alerts arrive or the order changes, the same alert stays selected
//! on the same line of the screen, as far as there are lines.

use std::cmp::Ordering;

use chrono::{DateTime, Utc};

use super::alerts::{Alerts, Counts, Entry, Widths};
use crate::detect::AlertId;
use crate::triage::StepState;

/// A column to sort by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// Time of the event.
    Time,
    /// Severity, then risk score.
    Severity,
    /// Status.
    Status,
    /// Actor.
    Actor,
    /// Source address.
    Source,
    /// What the call was about.
    Target,
    /// Destination.
    Destination,
    /// Steps done.
    Steps,
    /// The rule's name.
    Rule,
    /// When the alert was found.
    Found,
}

impl Column {
    /// All columns, in the order the menu offers them.
    pub const ALL: [Self; 10] = [
        Self::Time,
        Self::Severity,
        Self::Status,
        Self::Actor,
        Self::Source,
        Self::Target,
        Self::Destination,
        Self::Steps,
        Self::Rule,
        Self::Found,
    ];

    /// Its heading, in lower case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Severity => "severity",
            Self::Status => "status",
            Self::Actor => "actor",
            Self::Source => "source",
            Self::Target => "target",
            Self::Destination => "destination",
            Self::Steps => "steps",
            Self::Rule => "rule",
            Self::Found => "found",
        }
    }

    fn compare(self, a: &Entry, b: &Entry) -> Ordering {
        let (x, y) = (&a.listed, &b.listed);
        match self {
            Self::Time => x.time.cmp(&y.time),
            Self::Severity => (x.severity, x.risk_score).cmp(&(y.severity, y.risk_score)),
            Self::Status => a.case().status.cmp(&b.case().status),
            Self::Actor => x.summary.actor.cmp(&y.summary.actor),
            Self::Source => x.summary.source.cmp(&y.summary.source),
            Self::Target => x.summary.target.cmp(&y.summary.target),
            Self::Destination => x.summary.destination.cmp(&y.summary.destination),
            Self::Steps => settled(a).cmp(&settled(b)),
            Self::Rule => x.rule_name.cmp(&y.rule_name),
            Self::Found => x.found.cmp(&y.found),
        }
    }
}

fn settled(entry: &Entry) -> usize {
    entry.case().steps.values().filter(|mark| mark.state != StepState::Todo).count()
}

/// What alerts are grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupBy {
    /// Who.
    Actor,
    /// From where.
    Source,
    /// On what.
    Target,
    /// Which rule.
    Rule,
}

impl GroupBy {
    /// All of them, in the order the menu offers them.
    pub const ALL: [Self; 4] = [Self::Actor, Self::Source, Self::Target, Self::Rule];

    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Actor => "actor",
            Self::Source => "source",
            Self::Target => "target",
            Self::Rule => "rule",
        }
    }

    fn key(self, entry: &Entry) -> &str {
        let s = &entry.listed.summary;
        match self {
            Self::Actor => s.actor.as_deref(),
            Self::Source => s.source.as_deref(),
            Self::Target => s.target.as_deref(),
            Self::Rule => Some(entry.listed.rule_name.as_str()),
        }
        .unwrap_or("not recorded")
    }
}

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
pub enum Row {
    /// The heading of a group, an index into [`List::groups`].
    Group(usize),
    /// An alert, an index into [`Alerts::entries`].
    Alert(usize),
}

/// The rows of the table.
#[derive(Debug)]
pub struct List {
    rows: Vec<Row>,
    groups: Vec<Group>,
    order: Vec<usize>,
    selected: Option<AlertId>,
    position: usize,
    top: usize,
    /// Sorted by which column.
    pub sort: Column,
    /// Largest first.
    pub descending: bool,
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
            order: Vec::new(),
            selected: None,
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
    pub fn rows(&self) -> &[Row] {
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
        self.rows.iter().take(self.position + 1).filter(|r| matches!(r, Row::Alert(_))).count()
    }

    /// Works out the rows again: after alerts came or changed, or the filter, order or grouping did. With
    /// `follow_top` the first row becomes the selected one.
    pub fn rebuild(&mut self, alerts: &Alerts, matches: impl Fn(usize, &Entry) -> bool, follow_top: bool) {
        let line = self.position.saturating_sub(self.top);
        let entries = alerts.entries();
        let selected = self.selected.as_ref().and_then(|id| alerts.position(id));

        (self.counts, self.held, self.hidden) = (Counts::default(), 0, 0);
        let mut shown = vec![false; entries.len()];
        for (i, entry) in entries.iter().enumerate() {
            if entry.is_gone() {
                // The one that is being read stays until she moves on.
                shown[i] = Some(i) == selected;
                continue;
            }
            if entry.listed.held {
                self.held += 1;
                if !self.show_held {
                    continue;
                }
            }
            self.counts.add(entry.case().status);
            shown[i] = matches(i, entry);
            self.hidden += usize::from(!shown[i]);
        }

        // Starting from the last order makes the usual case, a few changes, nearly free: the sort finds long runs.
        let known = self.order.len();
        self.order.extend(known..entries.len());
        self.sort_order(entries);

        let after = selected.filter(|&i| !shown[i]).map(|_| self.neighbour(&shown));
        self.fill_rows(entries, &shown);
        self.selected = match after {
            Some(next) => next.map(|i| entries[i].listed.id.clone()),
            None => self.selected.take(),
        };
        if self.selected.is_none() || follow_top {
            self.selected = self.first_alert().map(|i| entries[i].listed.id.clone());
        }
        let selected = self.selected.as_ref().and_then(|id| alerts.position(id));
        self.position = selected.and_then(|i| self.rows.iter().position(|&r| r == Row::Alert(i))).unwrap_or_default();
        // A list seen from its top stays at its top, so that what is new shows; elsewhere the selected row keeps its line.
        let stays_at_top = follow_top || self.top == 0;
        self.top = if stays_at_top { 0 } else { self.position.saturating_sub(line) };
    }

    fn sort_order(&mut self, entries: &[Entry]) {
        let (column, descending) = (self.sort, self.descending);
        self.order.sort_by(|&a, &b| {
            let (a, b) = (&entries[a], &entries[b]);
            let order = column.compare(a, b);
            let order = if descending { order.reverse() } else { order };
            order.then_with(|| b.listed.time.cmp(&a.listed.time)).then_with(|| a.listed.id.cmp(&b.listed.id))
        });
    }

    /// The nearest alert to the selected row that is still shown: below it first, then above.
    fn neighbour(&self, shown: &[bool]) -> Option<usize> {
        let alert = |row: &Row| match *row {
            Row::Alert(i) if shown.get(i) == Some(&true) => Some(i),
            _ => None,
        };
        let at = self.position.min(self.rows.len());
        self.rows[at..].iter().find_map(alert).or_else(|| self.rows[..at].iter().rev().find_map(alert))
    }

    fn fill_rows(&mut self, entries: &[Entry], shown: &[bool]) {
        self.rows.clear();
        self.groups.clear();
        let order = self.order.iter().copied().filter(|&i| shown[i]);
        self.span = None;
        (self.shown, self.widths) = (0, Widths::default());
        for i in order.clone() {
            let time = entries[i].listed.time;
            let (oldest, newest) = self.span.unwrap_or((time, time));
            self.span = Some((oldest.min(time), newest.max(time)));
            self.widths = self.widths.max(entries[i].widths);
            self.shown += 1;
        }
        let Some(by) = self.group else {
            self.rows.extend(order.map(Row::Alert));
            return;
        };
        // Groups stand where their first alert would.
        let mut place = std::collections::HashMap::new();
        let mut members: Vec<Vec<usize>> = Vec::new();
        for i in order {
            let key = by.key(&entries[i]);
            let group = *place.entry(key).or_insert_with(|| {
                self.groups.push(Group { title: key.to_owned(), counts: Counts::default() });
                members.push(Vec::new());
                members.len() - 1
            });
            members[group].push(i);
            self.groups[group].counts.add(entries[i].case().status);
        }
        for (group, members) in members.into_iter().enumerate() {
            self.rows.push(Row::Group(group));
            self.rows.extend(members.into_iter().map(Row::Alert));
        }
    }

    fn first_alert(&self) -> Option<usize> {
        self.rows.iter().find_map(|r| match r {
            Row::Alert(i) => Some(*i),
            Row::Group(_) => None,
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
            if matches!(row, Row::Alert(_)) {
                best = at;
                left -= 1;
            }
        }
        self.select_row(alerts, best);
    }

    /// Selects the first or the last alert.
    pub fn jump(&mut self, alerts: &Alerts, last: bool) {
        let mut alert_rows = self.rows.iter().enumerate().filter(|(_, r)| matches!(r, Row::Alert(_)));
        let found = if last { alert_rows.next_back() } else { alert_rows.next() };
        if let Some(row) = found.map(|(i, _)| i) {
            self.select_row(alerts, row);
        }
        if !last {
            self.top = 0;
        }
    }

    fn select_row(&mut self, alerts: &Alerts, row: usize) {
        if let Some(Row::Alert(i)) = self.rows.get(row)
            && let Some(entry) = alerts.at(*i)
        {
            self.selected = Some(entry.listed.id.clone());
            self.position = row;
        }
    }

    /// Keeps the selected row on a screen of `height` rows, with its group's heading where there is room.
    pub fn settle(&mut self, height: usize) {
        if height == 0 {
            return;
        }
        let heading = usize::from(
            height > 1 && self.position > 0 && matches!(self.rows.get(self.position - 1), Some(Row::Group(_))),
        );
        self.top = self.top.min(self.position.saturating_sub(heading));
        self.top = self.top.max((self.position + 1).saturating_sub(height));
        self.top = self.top.min(self.rows.len().saturating_sub(height));
    }
}
