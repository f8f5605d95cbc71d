//! Alerts that have something in common, as one line of the table: what is to be said of them together. Only what is in the
//! table counts.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::super::alerts::{AlertEntry, Alerts, StatusCounts};
use super::facts::{Facts, Rules};
use super::{GroupBy, List, TableRow};
use crate::rule::Severity;
use crate::triage::incident::{RAISES_FROM, RAISES_WITHIN, raise_by, title};

/// Two alerts or more, as one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group {
    pub counts: StatusCounts,
    /// Alerts of each severity, the lowest first.
    pub severities: [usize; 4],
    /// That of its highest alert, raised by further tactics and rules.
    pub priority: u32,
    /// The same, and beyond 100 the sum: groups are ordered by it.
    pub(super) importance: u32,
    /// Times of its first and its last event.
    pub first: DateTime<Utc>,
    pub last: DateTime<Utc>,
    /// The alert that matters most, by its index.
    pub lead: usize,
    /// Its alerts are not in rows of their own.
    pub folded: bool,
    /// Alerts that nobody has looked at.
    pub unseen: usize,
    /// The urgency of its most urgent alert.
    pub(super) urgency: u8,
    pub(super) number: usize,
    /// Where its members begin in [`List::members`], and how many there are.
    pub(super) start: usize,
    pub(super) len: usize,
}

impl Group {
    /// A group of `len` alerts, none of which is in it yet.
    pub(super) fn new(start: usize, len: usize, lead: usize, facts: &Facts, folded: bool) -> Self {
        Self {
            counts: StatusCounts::default(),
            severities: [0; 4],
            priority: facts.priority,
            importance: facts.importance,
            first: facts.time,
            last: facts.time,
            lead,
            folded,
            unseen: 0,
            urgency: facts.urgency,
            number: facts.group,
            start,
            len,
        }
    }

    /// Takes another alert in; `leads`: it matters more than those before it.
    pub(super) fn add(&mut self, index: usize, facts: &Facts, leads: bool) {
        self.counts.add(facts.status);
        self.severities[facts.severity as usize] += 1;
        (self.first, self.last) = (self.first.min(facts.time), self.last.max(facts.time));
        self.unseen += usize::from(facts.unseen);
        self.urgency = self.urgency.max(facts.urgency);
        if leads {
            (self.lead, self.priority) = (index, facts.priority);
        }
    }

    /// Its highest severity.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.by_severity().next().map_or(Severity::Low, |(severity, _)| severity)
    }

    /// Alerts of each severity that occurs, the highest first.
    pub fn by_severity(&self) -> impl Iterator<Item = (Severity, usize)> {
        let all = [Severity::Low, Severity::Medium, Severity::High, Severity::Critical];
        all.into_iter().zip(self.severities).rev().filter(|(_, count)| *count > 0)
    }
}

/// Whether an alert matters more than another, as [`lead`](crate::triage::incident::lead) has it.
pub(super) fn leads(entries: &[AlertEntry], facts: &[Facts], one: usize, other: usize) -> bool {
    let (a, b) = (&facts[one], &facts[other]);
    let order = b.priority.cmp(&a.priority).then(a.time.cmp(&b.time));
    order.then_with(|| entries[one].row.id.cmp(&entries[other].row.id)).is_lt()
}

/// The importance of a group: the highest of its alerts', raised as an [incident's](crate::triage::incident) is.
pub(super) fn importance(lead: &Facts, members: &[usize], facts: &[Facts], rules: &Rules) -> u32 {
    let highest = members.iter().map(|&i| facts[i].importance).max().unwrap_or(lead.importance);
    if lead.priority < RAISES_FROM {
        return highest;
    }
    let raises = |facts: &&Facts| {
        facts.priority >= RAISES_FROM && (facts.time - lead.time).abs() <= RAISES_WITHIN && !facts.withdrawn
    };
    let of: BTreeSet<usize> = members.iter().map(|&i| &facts[i]).filter(raises).map(|facts| facts.rule).collect();
    let known = rules.tactics(lead.rule);
    let tactics: BTreeSet<&usize> =
        of.iter().flat_map(|&rule| rules.tactics(rule)).filter(|tactic| !known.contains(tactic)).collect();
    highest + raise_by(of.len().saturating_sub(1), tactics.len())
}

impl List {
    /// The alerts of a group, by their indices, in the order of the table.
    #[must_use]
    pub fn members(&self, group: &Group) -> &[usize] {
        self.members.get(group.start..group.start + group.len).unwrap_or_default()
    }

    /// The alerts that a row stands for: one, or those of a group that is folded.
    #[must_use]
    pub fn folded_in<'l>(&'l self, row: &'l TableRow) -> &'l [usize] {
        match row {
            TableRow::Alert(i) => std::slice::from_ref(i),
            TableRow::Group(at) => {
                self.groups.get(*at).filter(|group| group.folded).map_or(&[], |group| self.members(group))
            }
        }
    }

    /// Of an incident, its actor and its tactics in order of time; else the value its alerts share.
    #[must_use]
    pub fn title(&self, group: &Group, alerts: &Alerts) -> String {
        if self.grouped.by() != Some(GroupBy::Incident) {
            return self.grouped.key(group.number).to_owned();
        }
        let Some(lead) = alerts.at(group.lead) else { return String::new() };
        let mut first: Vec<(usize, DateTime<Utc>)> = Vec::new();
        for facts in self.members(group).iter().map(|&i| &self.facts[i]) {
            for &tactic in self.rules.tactics(facts.rule) {
                match first.iter_mut().find(|(known, _)| *known == tactic) {
                    Some((_, time)) => *time = facts.time.min(*time),
                    None => first.push((tactic, facts.time)),
                }
            }
        }
        first.sort_by_key(|&(tactic, time)| (time, tactic));
        let tactics: Vec<&str> = first.iter().map(|&(tactic, _)| self.rules.tactic(tactic)).collect();
        title(&lead.row, &tactics)
    }

    /// The group that the cursor stands on, as a whole.
    #[must_use]
    pub fn on_group(&self) -> Option<&Group> {
        match self.rows.get(self.position) {
            Some(TableRow::Group(group)) => self.groups.get(*group),
            _ => None,
        }
    }

    /// The alert at `index` is in a group.
    #[must_use]
    pub fn is_inside(&self, index: usize) -> bool {
        self.facts.get(index).is_some_and(|facts| facts.inside)
    }

    /// The group that the cursor is in: on its line, or on one of its alerts.
    #[must_use]
    pub fn around_cursor(&self) -> Option<&Group> {
        self.group_of(self.position).and_then(|at| self.groups.get(at))
    }

    /// The group of the row: itself, or the one it is unfolded from.
    fn group_of(&self, row: usize) -> Option<usize> {
        match *self.rows.get(row)? {
            TableRow::Group(group) => Some(group),
            TableRow::Alert(i) => {
                let number = self.facts.get(i)?.group;
                self.groups.iter().position(|group| group.number == number)
            }
        }
    }

    /// Unfolds the group that the cursor is on, or folds it. The cursor stays on it.
    pub fn toggle_group(&mut self, alerts: &Alerts) {
        if let Some(&Group { number, folded, .. }) = self.on_group() {
            if folded {
                self.unfolded.insert(number)
            } else {
                self.unfolded.remove(&number)
            };
            self.arrange(alerts, true, false);
        }
    }

    /// Folds the group that the cursor is in, and puts the cursor on it. Whether there was something to fold.
    pub fn fold_group(&mut self, alerts: &Alerts) -> bool {
        let Some(at) = self.group_of(self.position) else { return false };
        let Some(Group { number, .. }) = self.groups.get(at).copied().filter(|group| !group.folded) else {
            return false;
        };
        if let Some(row) = self.rows.iter().position(|row| *row == TableRow::Group(at)) {
            self.select_row(alerts, row);
        }
        self.unfolded.remove(&number);
        self.arrange(alerts, true, false);
        true
    }

    /// To the next group, or with `back` to the one before. Whether there is one.
    pub fn step_group(&mut self, alerts: &Alerts, back: bool) -> bool {
        let is_group = |row: &TableRow| matches!(row, TableRow::Group(_));
        let at = self.position.min(self.rows.len());
        let found = if back {
            self.rows[..at].iter().rposition(is_group)
        } else {
            self.rows.iter().skip(at + 1).position(is_group).map(|i| at + 1 + i)
        };
        if let Some(row) = found {
            self.select_row(alerts, row);
        }
        found.is_some()
    }
}
