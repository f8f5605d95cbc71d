//! The little of each alert that the rows of the table are worked out from, so that going through all of them is fast.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::super::alerts::{AlertEntry, Widths};
use super::GroupBy;
use super::column::{to_do, urgency};
use crate::rule::Severity;
use crate::triage::Status;

/// The number of the group of an alert that is in none.
pub(super) const ALONE: usize = usize::MAX;

#[derive(Debug, Clone, Copy)]
pub(super) struct Facts {
    pub(super) time: DateTime<Utc>,
    pub(super) widths: Widths,
    pub(super) status: Status,
    /// See [`urgency`]. That of an alert under the cursor may be the one it had before, so that it keeps its place.
    pub(super) urgency: u8,
    pub(super) priority: u32,
    /// The priority, and beyond 100 the sum.
    pub(super) importance: u32,
    pub(super) severity: Severity,
    pub(super) gone: bool,
    pub(super) withdrawn: bool,
    pub(super) held: bool,
    /// The filter lets it through.
    pub(super) matches: bool,
    /// The filter that is being put to all alerts lets it through.
    pub(super) will_match: bool,
    /// It is in the table.
    pub(super) shown: bool,
    /// With others of its group.
    pub(super) inside: bool,
    /// Nobody has looked at it since it came.
    pub(super) unseen: bool,
    /// The number of its group.
    pub(super) group: usize,
    /// The number of its rule.
    pub(super) rule: usize,
}

impl Facts {
    pub(super) fn of(entry: &AlertEntry, matches: bool, group: usize, rule: usize) -> Self {
        let status = entry.case().status;
        Self {
            time: entry.row.time,
            widths: entry.widths,
            status,
            urgency: urgency(status),
            priority: entry.row.assessment.priority,
            importance: entry.importance,
            severity: entry.row.severity,
            gone: entry.is_gone(),
            withdrawn: entry.row.withdrawn,
            held: entry.row.held,
            matches,
            will_match: matches,
            shown: false,
            inside: false,
            unseen: false,
            group,
            rule,
        }
    }

    /// See [`to_do`].
    pub(super) fn to_do(self) -> u64 {
        to_do(self.urgency, self.importance)
    }
}

/// Texts, numbered as they come.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    texts: Vec<String>,
    numbers: HashMap<String, usize>,
}

impl Numbers {
    pub(super) fn len(&self) -> usize {
        self.texts.len()
    }

    pub(super) fn text(&self, number: usize) -> &str {
        self.texts.get(number).map_or("", String::as_str)
    }

    pub(super) fn of(&mut self, text: &str) -> usize {
        if let Some(&number) = self.numbers.get(text) {
            return number;
        }
        let number = self.texts.len();
        self.texts.push(text.to_owned());
        self.numbers.insert(text.to_owned(), number);
        number
    }
}

/// The groups that there are.
#[derive(Debug)]
pub(super) struct Groups {
    by: Option<GroupBy>,
    keys: Numbers,
}

impl Groups {
    pub(super) fn new(by: Option<GroupBy>) -> Self {
        Self { by, keys: Numbers::default() }
    }

    pub(super) fn by(&self) -> Option<GroupBy> {
        self.by
    }

    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    /// What the alerts of a group share.
    pub(super) fn key(&self, number: usize) -> &str {
        self.keys.text(number)
    }

    /// The number of the group that an alert is in.
    pub(super) fn number(&mut self, entry: &AlertEntry) -> usize {
        self.by.and_then(|by| by.key(entry)).map_or(ALONE, |key| self.keys.of(key))
    }
}

/// The rules of the alerts, and their tactics.
#[derive(Debug, Default)]
pub(super) struct Rules {
    ids: Numbers,
    /// Of each rule, the numbers of its tactics.
    of: Vec<Vec<usize>>,
    tactics: Numbers,
}

impl Rules {
    pub(super) fn number(&mut self, rule: &str) -> usize {
        let number = self.ids.of(rule);
        if number == self.of.len() {
            self.of.push(Vec::new());
        }
        number
    }

    /// Learns the tactics of a rule.
    pub(super) fn learn<'t>(&mut self, rule: &str, tactics: impl Iterator<Item = &'t str>) {
        let numbers = tactics.map(|tactic| self.tactics.of(tactic)).collect();
        let number = self.number(rule);
        self.of[number] = numbers;
    }

    /// The numbers of a rule's tactics.
    pub(super) fn tactics(&self, rule: usize) -> &[usize] {
        self.of.get(rule).map_or(&[], Vec::as_slice)
    }

    pub(super) fn tactic(&self, number: usize) -> &str {
        self.tactics.text(number)
    }
}
