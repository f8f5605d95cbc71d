//! Brings the view up to date with what it shows: fetches the detail of the selected alert, makes its page, keeps the
//! cursor in sight.

use super::super::action::{Pane, Tab};
use super::super::layout::{Layout, Needs};
use super::super::overlay::Overlay;
use super::super::page::{Item, Page, PageScroll};
use super::super::shared::Shared;
use super::super::tree::Tree;
use super::super::{Cmd, alerts::Arrived};
use super::{AlertsView, step_of, tabs};
use crate::detect::AlertId;
use crate::engine::{Detail, Phase, Request};
use crate::triage::{AlertRow, StepState};

/// Details kept, so that going back and forth between alerts does not fetch them again.
const DETAILS: usize = 64;

/// Places kept: where each tab of each alert was being read.
const PLACES: usize = 10_000;

impl AlertsView {
    pub(in crate::app) fn arrive(&mut self, alerts: Vec<AlertRow>, shared: &mut Shared) {
        let Arrived { new, replaced } = shared.alerts.insert(alerts);
        let rings = |i: &usize| shared.alerts.at(*i).is_some_and(|e| !e.row.held);
        if shared.loaded && shared.health.phase == Phase::Live && new.iter().any(rings) {
            shared.cmds.push(Cmd::Bell);
        }
        let touched = [new.as_slice(), &replaced].concat();
        let queries = self.filter.questions(false);
        if !queries.is_empty() {
            let known = touched.iter().filter_map(|&i| shared.alerts.at(i));
            let alerts = Some(known.map(|entry| entry.row.id.clone()).collect());
            shared.ask(Request::Match { queries, alerts });
        }
        shared.as_of = shared.now;
        self.take(&touched, shared);
        if shared.loaded && matches!(shared.health.phase, Phase::Live | Phase::Replay | Phase::Ended) {
            self.list.mark_unseen(&new);
        }
        self.arrange(true, shared);
        self.hidden_new += new.iter().filter(|&&i| !self.list.matches(i)).count();
    }

    pub(in crate::app) fn take_detail(&mut self, detail: Detail, shared: &mut Shared) {
        let detail = tabs::harmless(detail);
        if self.fetching.as_ref() == Some(&detail.alert) {
            self.fetching = None;
        }
        if self.details.len() >= DETAILS {
            let keep = self.list.selected().cloned();
            self.details.retain(|id, _| Some(id) == keep.as_ref());
        }
        if self.tree.as_ref().is_some_and(|(id, _)| *id == detail.alert)
            && self
                .details
                .get(&detail.alert)
                .is_none_or(|d| (&d.record, &d.sequence) != (&detail.record, &detail.sequence))
        {
            self.tree = None;
        }
        self.details.insert(detail.alert.clone(), detail);
        shared.changed();
    }

    pub(in crate::app) fn needs(&self, shared: &Shared) -> Needs {
        Needs {
            split: shared.split,
            detail: self.pane == Pane::Detail,
            // An empty table says why it is empty, and wants the room for it.
            table: match self.list.rows().len() {
                0 => u16::MAX,
                rows => u16::try_from(rows + 1).unwrap_or(u16::MAX),
            },
            filter: match (&shared.overlay, self.filter.is_set()) {
                (Some(Overlay::Filter { .. }), _) if self.filter.error().or(self.filter.doubt()).is_some() => 3,
                (Some(Overlay::Filter { .. }), _) => 2,
                (_, true) => 1,
                (_, false) => 0,
            },
            notice: u16::try_from(shared.notice_lines().len()).unwrap_or(1),
        }
    }

    pub(in crate::app) fn settle(&mut self, layout: Layout, shared: &mut Shared) {
        self.list.settle(layout.table_rows());
        let selected = self.list.selected().cloned();
        if let Some(id) = &selected {
            self.fetch(id, shared);
        }
        let unchanged = self.page_of.as_ref().map(|(of, tab)| (of, *tab)) == selected.as_ref().map(|id| (id, self.tab));
        self.ask_story(unchanged && !shared.stale, shared);
        self.settle_page(selected, layout, shared);
        self.settle_tree(shared);
    }

    fn fetch(&mut self, id: &AlertId, shared: &mut Shared) {
        // Asked for anew each time it is opened: the log goes on. What is known shows meanwhile.
        let same = self.page_of.as_ref().is_some_and(|(of, _)| of == id);
        if !same && self.fetching.as_ref() != Some(id) {
            self.fetching = Some(id.clone());
            shared.ask(Request::Detail(id.clone()));
        }
    }

    fn settle_page(&mut self, selected: Option<AlertId>, layout: Layout, shared: &Shared) {
        let key = selected.map(|id| (id, self.tab));
        let width = usize::from(layout.detail.width).saturating_sub(2).max(8);
        let same = self.page_of == key;
        if same && !shared.stale && self.page.width() == width {
            return;
        }
        if same {
            self.open_step();
        }
        let before = same.then(|| std::mem::take(&mut self.page));
        let old = self.scroll();
        self.page_of = key;
        self.page = tabs::build(self, shared, width);
        let height = layout.detail_rows();
        let fresh = self.page_of.as_ref().is_some_and(|key| !self.places.contains_key(key));
        if fresh && self.tab == Tab::Checklist {
            self.start_at_next_step(height, shared);
            self.open_step();
            self.page = tabs::build(self, shared, width);
        }
        let wanted = self.wanted.take().filter(|_| self.tab == Tab::Checklist).map(Item::Step);
        if let Some(at) = wanted.and_then(|item| self.page.items.iter().position(|i| *i == item)) {
            let item = self.page.items.get(at).cloned();
            self.set_scroll(PageScroll { cursor: at, ..self.scroll() });
            // The step under the cursor shows more than the others: its lines are known only then.
            self.open_step();
            self.page = tabs::build(self, shared, width);
            let at = item.and_then(|item| self.page.items.iter().position(|i| *i == item)).unwrap_or(at);
            let mut scroll = self.scroll();
            scroll.reveal_item(&self.page, height, at);
            return self.set_scroll(scroll);
        }
        let mut scroll = self.scroll();
        if let Some(before) = before {
            scroll = follow(&before, old, &self.page);
            if self.tab == Tab::Checklist && scroll.cursor != old.cursor {
                // A search shows its query where the cursor is: that is known only now.
                self.set_scroll(scroll);
                self.page = tabs::build(self, shared, width);
            }
        }
        let page = std::mem::take(&mut self.page);
        scroll = self.seek_alert(&page, height, shared).unwrap_or(scroll);
        self.page = page;
        scroll.settle(&self.page, height);
        if cursor_is_hidden(&self.page, scroll, height) {
            scroll.reveal_item(&self.page, height, scroll.cursor);
        }
        self.set_scroll(scroll);
    }

    /// The step under the cursor of the Checklist shows what the log says.
    fn open_step(&mut self) {
        let item = self.page.items.get(self.scroll().cursor).filter(|_| self.tab == Tab::Checklist);
        if let (Some(step), Some((alert, _))) = (item.and_then(step_of).cloned(), &self.page_of) {
            if self.open_steps.len() >= PLACES {
                self.open_steps.clear();
            }
            self.open_steps.insert(alert.clone(), step);
        }
    }

    /// Puts the cursor of a checklist that has not been open yet on the first step to do.
    fn start_at_next_step(&mut self, height: usize, shared: &Shared) {
        let Some(entry) = self.selected(shared) else { return };
        let to_do = |item: &Item| match item {
            Item::Step(id) => entry.case().step(id) == StepState::Todo,
            _ => false,
        };
        let Some(next) = self.page.items.iter().position(to_do) else { return };
        let mut scroll = PageScroll::default();
        scroll.reveal_item(&self.page, height, next);
        self.set_scroll(scroll);
    }

    pub(super) fn set_scroll(&mut self, scroll: PageScroll) {
        if self.places.len() >= PLACES {
            self.places.clear();
        }
        if let Some(key) = &self.page_of {
            self.places.insert(key.clone(), scroll);
        }
    }

    fn settle_tree(&mut self, shared: &Shared) {
        if self.tab != Tab::Event {
            return;
        }
        let (Some(detail), Some((record, ecs))) = (self.detail(), self.record_shown()) else { return };
        if self.tree.as_ref().is_none_or(|(id, _)| *id != detail.alert) {
            let tree = Tree::new(if shared.ecs { ecs } else { record });
            self.tree = Some((detail.alert.clone(), tree));
        }
    }
}

/// The place in `after` of what stood under the cursor in `before`, on the same line of the screen.
fn follow(before: &Page, old: PageScroll, after: &Page) -> PageScroll {
    let Some(item) = before.items.get(old.cursor) else { return old };
    let found = if after.items.get(old.cursor) == Some(item) {
        Some(old.cursor)
    } else {
        after.items.iter().position(|i| i == item)
    };
    let Some(cursor) = found else { return old };
    let line = before.lines_of(old.cursor).start;
    let moved = after.lines_of(cursor).start.wrapping_sub(line).cast_signed();
    PageScroll { cursor, top: old.top.saturating_add_signed(moved) }
}

fn cursor_is_hidden(page: &Page, scroll: PageScroll, height: usize) -> bool {
    let lines = page.lines_of(scroll.cursor);
    !page.items.is_empty() && (lines.end <= scroll.top || lines.start >= scroll.top + height)
}
