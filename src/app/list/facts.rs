//! The little of each alert that the rows of the table are worked out from, so that going through all of them is fast.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::super::alerts::{AlertEntry, Widths};
use super::GroupBy;
use crate::triage::Status;

#[derive(Debug, Clone, Copy)]
pub(super) struct Facts {
    pub(super) time: DateTime<Utc>,
    pub(super) widths: Widths,
    pub(super) status: Status,
    pub(super) gone: bool,
    pub(super) held: bool,
    /// The filter lets it through.
    pub(super) matches: bool,
    /// The filter that is being put to all alerts lets it through.
    pub(super) will_match: bool,
    /// The number of its group.
    pub(super) group: usize,
}

impl Facts {
    pub(super) fn of(entry: &AlertEntry, matches: bool, group: usize) -> Self {
        Self {
            time: entry.row.time,
            widths: entry.widths,
            status: entry.case().status,
            gone: entry.is_gone(),
            held: entry.row.held,
            matches,
            will_match: matches,
            group,
        }
    }
}

/// The groups that there are, numbered as they come.
#[derive(Debug, Default)]
pub(super) struct Groups {
    by: Option<GroupBy>,
    titles: Vec<String>,
    numbers: HashMap<String, usize>,
}

impl Groups {
    pub(super) fn new(by: Option<GroupBy>) -> Self {
        Self { by, ..Self::default() }
    }

    pub(super) fn by(&self) -> Option<GroupBy> {
        self.by
    }

    pub(super) fn len(&self) -> usize {
        self.titles.len()
    }

    pub(super) fn title(&self, number: usize) -> String {
        self.titles.get(number).cloned().unwrap_or_default()
    }

    /// The number of the group that an alert is in.
    pub(super) fn number(&mut self, entry: &AlertEntry) -> usize {
        let Some(by) = self.by else { return 0 };
        let title = by.key(entry);
        if let Some(&number) = self.numbers.get(title) {
            return number;
        }
        let number = self.titles.len();
        self.titles.push(title.to_owned());
        self.numbers.insert(title.to_owned(), number);
        number
    }
}
