//! Brings the table up to date: with alerts that have changed, and with a new filter. A filter is put to many alerts a
//! part at a time, each at a [`Msg::GoOn`](crate::app::Msg::GoOn), so that keys are answered between them; until all have been
//! asked the table shows what the filter before it let through. Sorting many is cut into parts in the same way.

use super::super::filter::Filter;
use super::super::list::Column;
use super::super::shared::Shared;
use super::AlertsView;
use crate::detect::AlertId;
use crate::engine::Request;
use crate::text::visible;

/// Alerts that a filter is put to at a time. Well below what a person notices, also when it asks for much.
pub const SLICE: usize = 4_000;

/// A filter on its way through the alerts.
#[derive(Debug, Clone, Copy)]
pub(super) struct FilterRun {
    at: usize,
    /// The new filter only narrows the old one, so that alerts outside the table need no look.
    narrower: bool,
}

impl AlertsView {
    /// Filtering or sorting is not done.
    pub(in crate::app) fn is_busy(&self) -> bool {
        self.filter_run.is_some() || self.list.sorting().is_some()
    }

    /// Takes up alerts that have come or changed, given by their indices. The selected alert stays even when the filter
    /// hides it now: it must not vanish under the analyst's hands because she closed it.
    pub(in crate::app) fn renew(&mut self, touched: &[usize], shared: &mut Shared) {
        self.take(touched, shared);
        self.arrange(true, shared);
    }

    /// Takes up alerts that have come or changed, without working the rows out again.
    pub(super) fn take(&mut self, touched: &[usize], shared: &mut Shared) {
        let filter = &self.filter;
        self.list.take(&shared.alerts, touched, |entry| filter.matches(entry));
        shared.alerts_changed = true;
    }

    /// Learns the tactics of the rules that there are.
    pub(in crate::app) fn learn_rules(&mut self, shared: &mut Shared) {
        for (id, rule) in &shared.known {
            let names: Vec<_> = rule.threat.iter().map(|threat| visible(&threat.tactic.name)).collect();
            self.list.learn_tactics(id, names.iter().map(AsRef::as_ref));
        }
        self.arrange(true, shared);
    }

    /// Works out the table's rows again: their order, their groups or what is held back has changed.
    pub(in crate::app) fn arrange(&mut self, keep: bool, shared: &mut Shared) {
        // Until she has a hand in it, the cursor is on what is to do first.
        self.list.arrange(&shared.alerts, keep, !shared.touched);
        shared.changed();
    }

    /// Filters by `filter` from now on. One that is in error goes on as the one before.
    pub(in crate::app) fn filter_by(&mut self, filter: Filter, shared: &mut Shared) {
        let (asked, queries) = (self.filter.questions(true), filter.questions(true));
        if asked != queries {
            shared.ask(Request::Match { queries, alerts: None });
        }
        // A filter that has not reached the end says nothing about the alerts behind.
        let narrower = self.filter_run.is_none() && filter.narrows(&self.filter);
        self.filter = filter;
        shared.changed();
        if self.filter.error().is_none() {
            self.sift(narrower, shared);
        }
    }

    /// Puts the filter to all alerts, or with `narrower` to those that are in the table.
    pub(in crate::app) fn sift(&mut self, narrower: bool, shared: &mut Shared) {
        self.filter_run = Some(FilterRun { at: 0, narrower });
        self.go_on(shared);
    }

    /// Takes a part of the engine's answer about the alerts' events.
    pub(in crate::app) fn matched(&mut self, query: &str, found: &[(AlertId, bool)], whole: bool, shared: &mut Shared) {
        if !self.filter.matched(query, found, whole) {
            return;
        }
        if whole {
            return self.sift(false, shared);
        }
        let touched: Vec<usize> = found.iter().filter_map(|(id, _)| shared.alerts.position(id)).collect();
        let filter = &self.filter;
        self.list.rematch(&shared.alerts, &touched, |entry| filter.matches(entry));
        self.arrange(true, shared);
    }

    /// Sorts by `column` from now on; by the one it is sorted by, the other way round.
    pub(in crate::app) fn sort_by(&mut self, column: Column, shared: &mut Shared) {
        let (now, descending) = self.list.sorting().unwrap_or(self.list.order());
        let descending = match column {
            _ if column == now => !descending,
            _ => column.falls(),
        };
        self.list.sort_by(column, descending);
        self.go_on_sorting(shared);
        shared.changed();
    }

    fn go_on_sorting(&mut self, shared: &mut Shared) {
        if self.list.go_on_sorting(&shared.alerts) {
            self.arrange(true, shared);
        }
    }

    /// Puts the filter to the next alerts; when it has been put to all, sorts some more.
    pub(in crate::app) fn go_on(&mut self, shared: &mut Shared) {
        if self.filter_run.is_none() {
            return self.go_on_sorting(shared);
        }
        let Some(FilterRun { at, narrower }) = self.filter_run.take() else { return };
        let filter = &self.filter;
        let most = if filter.is_set() { SLICE } else { usize::MAX };
        match self.list.sift(&shared.alerts, at, most, narrower, |entry| filter.matches(entry)) {
            Some(at) => self.filter_run = Some(FilterRun { at, narrower }),
            None => {
                self.list.adopt();
                // While nothing is known of the selected alert it stays.
                self.arrange(self.filter.waiting(), shared);
            }
        }
    }
}
