//! Brings the table up to date: with alerts that have changed, and with a new filter. A filter is put to many alerts a
//! part at a time, each at a [`Msg::GoOn`](super::Msg::GoOn), so that keys are answered between them; until all have been
//! asked the table shows what the filter before it let through. Sorting many is cut into parts in the same way.

use super::list::Column;
use super::{App, Cmd, Filter, Mode};
use crate::detect::AlertId;
use crate::engine::{Phase, Request};

/// Alerts that a filter is put to at a time. Well below what a person notices, also when it asks for much.
pub const SLICE: usize = 4_000;

/// A filter on its way through the alerts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sifting {
    at: usize,
    /// Whether only those need be asked that are in the table.
    narrower: bool,
}

impl App {
    /// Whether a [`Msg::GoOn`](super::Msg::GoOn) is wanted, as soon as nothing else is to be done.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.sifting.is_some() || self.list.sorting().is_some()
    }

    /// Takes up alerts that have come or changed, given by their indices. The selected alert stays even when the filter
    /// hides it now: it must not vanish under the analyst's hands because she closed it.
    pub(super) fn renew(&mut self, touched: &[usize]) {
        let filter = &self.filter;
        self.list.take(&self.alerts, touched, |entry| filter.matches(entry));
        self.arrange(true);
    }

    /// Works out the table's rows again: their order, their groups or what is held back has changed.
    pub(super) fn arrange(&mut self, keep: bool) {
        let follow = !self.touched && self.setup.mode == Mode::Watch && self.health.phase == Phase::Backlog;
        self.list.arrange(&self.alerts, keep, follow);
        self.renew_rules();
        self.changed();
    }

    /// Filters by `filter` from now on. One that is in error goes on as the one before.
    pub(super) fn filter_by(&mut self, filter: Filter, cmds: &mut Vec<Cmd>) {
        let (asked, queries) = (self.filter.questions(true), filter.questions(true));
        if asked != queries {
            cmds.push(Cmd::Ask(Request::Match { queries, alerts: None }));
        }
        // What another filter has not got to the end of says nothing about the alerts behind.
        let narrower = self.sifting.is_none() && filter.narrows(&self.filter);
        self.filter = filter;
        self.changed();
        if self.filter.error().is_none() {
            self.sift(narrower);
        }
    }

    /// Puts the filter to all alerts, or with `narrower` to those that are in the table.
    pub(super) fn sift(&mut self, narrower: bool) {
        self.sifting = Some(Sifting { at: 0, narrower });
        self.go_on();
    }

    /// Takes a part of what the world knows of the alerts' events.
    pub(super) fn matched(&mut self, query: &str, found: &[(AlertId, bool)], whole: bool) {
        if !self.filter.matched(query, found, whole) {
            return;
        }
        if whole {
            return self.sift(false);
        }
        let touched: Vec<usize> = found.iter().filter_map(|(id, _)| self.alerts.position(id)).collect();
        let filter = &self.filter;
        self.list.rematch(&self.alerts, &touched, |entry| filter.matches(entry));
        self.arrange(true);
    }

    /// Sorts by `column` from now on; by the one it is sorted by, the other way round.
    pub(super) fn sort_by(&mut self, column: Column) {
        let (now, descending) = self.list.sorting().unwrap_or(self.list.order());
        let descending = match column {
            _ if column == now => !descending,
            Column::Time | Column::Severity | Column::Found => true,
            _ => false,
        };
        self.list.sort_by(column, descending);
        self.go_on_sorting();
        self.changed();
    }

    fn go_on_sorting(&mut self) {
        if self.list.go_on_sorting(&self.alerts) {
            self.arrange(true);
        }
    }

    /// Puts the filter to the next alerts; when it has been put to all, sorts some more.
    pub(super) fn go_on(&mut self) {
        if self.sifting.is_none() {
            return self.go_on_sorting();
        }
        let Some(Sifting { at, narrower }) = self.sifting.take() else { return };
        let filter = &self.filter;
        let most = if filter.is_set() { SLICE } else { usize::MAX };
        match self.list.sift(&self.alerts, at, most, narrower, |entry| filter.matches(entry)) {
            Some(at) => self.sifting = Some(Sifting { at, narrower }),
            None => {
                self.list.adopt();
                // While nothing is known of the selected alert it stays.
                self.arrange(self.filter.waiting());
            }
        }
    }
}
