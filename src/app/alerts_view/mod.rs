//! The Alerts view: the table of alerts with its filter, and the detail of the selected one with its tabs.
//!
//! - [`act`] does what the keys say, [`decide`] proposes decisions and learns what became of them, [`filtering`] puts a
//!   filter to many alerts a part at a time.
//! - [`steps`] ticks the checklist, [`story`] asks for the story, [`sequence`] goes through the records of a sequence.
//! - [`settle`] fetches details and makes the page of the tab that is shown, with [`tabs`].
//! - [`copy`], [`exception`] and [`search`] take something out of an alert: to the clipboard, into the file of
//!   exceptions, into a question for Explore.

mod act;
mod copy;
mod decide;
mod exception;
mod filtering;
mod menus;
mod search;
mod sequence;
mod settle;
mod steps;
mod story;
mod tabs;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::action::{Pane, Tab};
use super::alerts::AlertEntry;
use super::exception_form::ExceptionForm;
use super::filter::Filter;
use super::keys::Context;
use super::list::List;
use super::page::{Item, Page, PageScroll};
use super::shared::Shared;
use super::tree::Tree;
use crate::detect::AlertId;
use crate::engine::Detail;
use crate::rule::{Rule, StepId};

use self::filtering::FilterRun;
use self::story::StoryView;

pub use self::filtering::SLICE;

/// The table and the detail.
#[derive(Debug, Default)]
pub struct AlertsView {
    pub list: List,
    pub filter: Filter,
    /// A filter on its way through the alerts.
    filter_run: Option<FilterRun>,
    /// Alerts that came since the filter was set and that it hides.
    pub hidden_new: usize,
    pub pane: Pane,
    pub tab: Tab,
    /// The scroll of each tab of each alert.
    places: HashMap<(AlertId, Tab), PageScroll>,
    /// The text of the tab; empty for [`Tab::Event`], which has a tree.
    pub page: Page,
    page_of: Option<(AlertId, Tab)>,
    details: HashMap<AlertId, Detail>,
    /// The alert whose detail is on its way.
    fetching: Option<AlertId>,
    tree: Option<(AlertId, Tree)>,
    /// The event of a sequence whose record was chosen to be shown.
    chosen_event: Option<(AlertId, usize)>,
    story: StoryView,
    /// The step that the cursor of the Checklist goes to.
    wanted: Option<StepId>,
    /// Requests and responses show their values.
    unfolded_parameters: bool,
    /// The step of each alert that shows what the log says: the one that the cursor is on, or on something of.
    open_steps: HashMap<AlertId, StepId>,
    /// All steps show their details.
    unfolded: bool,
    /// Half-written notes, on alerts and their steps.
    pub drafts: BTreeMap<(AlertId, Option<StepId>), String>,
    /// Exceptions that were begun.
    unwritten: HashMap<AlertId, ExceptionForm>,
}

/// The step that an item of the Checklist is, or belongs to.
fn step_of(item: &Item) -> Option<&StepId> {
    match item {
        Item::Step(id) | Item::Search { step: id, .. } | Item::Evidence { step: id, .. } => Some(id),
        _ => None,
    }
}

impl AlertsView {
    #[must_use]
    pub fn selected<'s>(&self, shared: &'s Shared) -> Option<&'s AlertEntry> {
        self.list.selected().and_then(|id| shared.alerts.get(id))
    }

    pub(super) fn selected_rule<'s>(&self, shared: &'s Shared) -> Option<&'s Arc<Rule>> {
        self.selected(shared).and_then(|e| shared.rule_of(e))
    }

    /// The alerts in the table, in its order, those of folded groups included.
    pub fn shown_entries<'s>(&'s self, shared: &'s Shared) -> impl Iterator<Item = &'s AlertEntry> {
        let indices = self.list.rows().iter().flat_map(|row| self.list.folded_in(row));
        indices.filter_map(|&i| shared.alerts.at(i))
    }

    /// The alerts an action is for: those that are marked and in the table, else what the cursor is on: an alert, or all
    /// of a group.
    #[must_use]
    pub fn targets<'s>(&'s self, shared: &'s Shared) -> Vec<&'s AlertEntry> {
        let marked: Vec<&AlertEntry> = match shared.alerts.marked() {
            0 => Vec::new(),
            _ => self.shown_entries(shared).filter(|e| e.marked).collect(),
        };
        if marked.is_empty() { self.under_cursor(shared) } else { marked }
    }

    /// The alert under the cursor, or all of the group.
    pub(super) fn under_cursor<'s>(&'s self, shared: &'s Shared) -> Vec<&'s AlertEntry> {
        match self.list.on_group() {
            Some(group) => self.list.members(group).iter().filter_map(|&i| shared.alerts.at(i)).collect(),
            None => self.selected(shared).into_iter().collect(),
        }
    }

    /// Everything about the selected alert, once it is here.
    #[must_use]
    pub fn detail(&self) -> Option<&Detail> {
        self.list.selected().and_then(|id| self.details.get(id))
    }

    /// The detail of the selected alert is on its way, and nothing is known of it.
    pub(super) fn awaits(&self) -> bool {
        self.detail().is_none() && self.fetching.is_some() && self.fetching.as_ref() == self.list.selected()
    }

    #[must_use]
    pub fn scroll(&self) -> PageScroll {
        self.page_of.as_ref().and_then(|key| self.places.get(key)).copied().unwrap_or_default()
    }

    /// The record of the selected alert, while its tab is shown.
    #[must_use]
    pub fn tree(&self) -> Option<&Tree> {
        self.tree.as_ref().filter(|(id, _)| Some(id) == self.list.selected()).map(|(_, tree)| tree)
    }

    pub(super) fn tree_mut(&mut self) -> Option<&mut Tree> {
        self.tree.as_mut().map(|(_, tree)| tree)
    }

    /// Has the record shown in its other form.
    pub(super) fn forget_tree(&mut self) {
        self.tree = None;
    }

    /// A note on the selected alert, or on one of its steps, is half-written.
    pub(super) fn has_draft(&self, step: Option<&StepId>) -> bool {
        let id = self.list.selected();
        self.drafts.keys().any(|(alert, of)| Some(alert) == id && of.as_ref() == step)
    }

    pub(super) fn item_under_cursor(&self) -> Option<&Item> {
        let page = self.pane == Pane::Detail && self.tab != Tab::Event;
        self.page.items.get(self.scroll().cursor).filter(|_| page)
    }

    /// The step under the cursor of the Checklist tab.
    #[must_use]
    pub fn step_under_cursor(&self) -> Option<&StepId> {
        match (self.tab, self.item_under_cursor()) {
            (Tab::Checklist, Some(item)) => step_of(item),
            _ => None,
        }
    }

    /// Contexts of the key table, nearest first.
    pub(super) fn contexts(&self) -> Vec<Context> {
        let tab = match self.tab {
            _ if self.pane == Pane::Table => return vec![Context::Table, Context::Alerts, Context::Anywhere],
            Tab::Overview => Some(Context::Overview),
            Tab::Checklist => Some(Context::Checklist),
            Tab::Story => Some(Context::Story),
            Tab::Event => Some(Context::Event),
            Tab::Rule | Tab::History => None,
        };
        tab.into_iter().chain([Context::Detail, Context::Alerts, Context::Anywhere]).collect()
    }
}
