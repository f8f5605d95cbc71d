//! Questions for Explore made of what is under the cursor: of values, of a rule's query, of the searches that a guide
//! offers.

use super::super::action::{Pane, Tab};
use super::super::clause::Clause;
use super::super::explore::window;
use super::super::page::Item;
use super::super::shared::Shared;
use super::AlertsView;
use crate::investigate::{self, NoSearch};
use crate::query::Json;
use crate::rule::Pivot;

impl AlertsView {
    /// The values under the cursor, the most telling first; empty where there are none.
    pub(in crate::app) fn clauses(&self, shared: &Shared) -> Vec<Clause> {
        if self.pane == Pane::Table {
            return self.clauses_of_alert(shared);
        }
        if self.tab == Tab::Event {
            let (Some(tree), Some((_, ecs))) = (self.tree(), self.record_shown()) else { return Vec::new() };
            return Clause::under_cursor(tree, shared.ecs, ecs, shared.now).into_iter().collect();
        }
        match self.page.items.get(self.scroll().cursor) {
            Some(Item::Value { value, field: Some(field), .. }) => vec![Clause::new(field, value)],
            Some(Item::Scene(_) | Item::OfSequence(_)) => {
                self.scene_under_cursor().map(Clause::of_scene).unwrap_or_default()
            }
            _ => self.clauses_of_alert(shared),
        }
    }

    /// The values in the overview of the selected alert; until it is here, those of its row.
    fn clauses_of_alert(&self, shared: &Shared) -> Vec<Clause> {
        let Some(entry) = self.selected(shared) else { return Vec::new() };
        if let Some(detail) = self.detail().filter(|d| !d.overview.is_empty()) {
            let rows = detail.overview.iter();
            return rows
                .filter_map(|row| Some(Clause::new(row.field.as_deref()?, row.copy.as_deref().unwrap_or(&row.value))))
                .collect();
        }
        let summary = &entry.row.summary;
        let known = [
            ("event.action", summary.action.as_deref()),
            ("source.address", summary.source.as_deref()),
            ("cloud.account.id", summary.account.as_deref()),
            ("cloud.region", summary.region.as_deref()),
            ("event.id", Some(entry.row.event_id.as_str())),
        ];
        known.into_iter().filter_map(|(field, value)| Some(Clause::new(field, value?))).collect()
    }

    /// The search under the cursor as a question, or why it cannot be asked; `None` where there is none, or nothing is
    /// known of the event yet.
    pub(in crate::app) fn search_under_cursor(&self, shared: &Shared) -> Option<Result<String, NoSearch>> {
        let Some(Item::Search { step, index }) = self.item_under_cursor() else { return None };
        let rule = self.selected_rule(shared)?;
        let pivot = rule.checklist.any_step(step)?.searches().into_iter().nth(*index)?;
        self.question_of(pivot, shared)
    }

    /// A search of the guide as a question about the selected alert; `None` until its event is here.
    pub(super) fn question_of(&self, pivot: &Pivot, shared: &Shared) -> Option<Result<String, NoSearch>> {
        let (entry, detail) = (self.selected(shared)?, self.detail()?);
        let of = |ecs| investigate::search(pivot, &Json(ecs), entry.row.time);
        // What the last event of a sequence lacks, one before it may have.
        let before = || detail.sequence.iter().rev().find_map(|event| of(&event.ecs).ok());
        let search = of(&detail.ecs).or_else(|why| before().ok_or(why));
        Some(search.map(|search| format!("{} {}", search.query, window(search.since, search.until)).trim().to_owned()))
    }
}
