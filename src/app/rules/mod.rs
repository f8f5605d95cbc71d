//! The Rules view: every rule of the files with its state, its alerts and its cost. Beside the list, or below it, the
//! detail of the rule under the cursor.
//!
//! Lines are named by where they lie, so that the cursor stays on a rule when files change under it.

mod act;
mod detail;

use std::collections::HashMap;
use std::sync::Arc;

use super::action::Pane;
use super::alerts::Alerts;
use super::page::{Page, PageScroll};
use super::rule_line::{Hits, RuleColumn, RuleLine};
use crate::detect::Cost;
use crate::engine::{RuleEntry, RuleState};
use crate::rule::Rule;
use crate::text::visible;
use crate::triage::Status;

#[derive(Debug, Clone, Copy)]
struct Way {
    on: bool,
    /// It undoes a switch made here.
    back: bool,
}

/// Numbers of rules by state. Files without a rule do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RuleCounts {
    /// Rules that run, in whichever version.
    pub running: usize,
    /// Rules that are switched off.
    pub off: usize,
    /// Rules that do not run here.
    pub unsupported: usize,
    /// Rules and files with an error.
    pub errors: usize,
    pub all: usize,
}

/// The rules, and the view of them.
#[derive(Debug, Default)]
pub struct Rules {
    pub pane: Pane,
    /// All lines, as the files have them.
    pub lines: Vec<RuleLine>,
    pub counts: RuleCounts,
    /// Seconds spent on all rules.
    spent: f64,
    /// Indices into `lines`: those that are shown, in order.
    rows: Vec<usize>,
    selected: Option<String>,
    /// The row under the cursor.
    pub position: usize,
    /// The first row on the screen.
    pub top: usize,
    pub sort: RuleColumn,
    /// The largest comes first.
    pub descending: bool,
    /// A line must have these words to be shown.
    pub words: String,
    /// Rules on their way to be switched, by id.
    switching: HashMap<String, Way>,
    /// The detail of the line under the cursor.
    pub page: Page,
    page_of: Option<(String, usize)>,
    pub scroll: PageScroll,
}

impl Rules {
    /// The rules that run, in whichever version.
    pub fn running(&self) -> impl Iterator<Item = &Arc<Rule>> {
        self.lines.iter().filter_map(|line| line.entry.running())
    }

    /// The lines that are shown, in order.
    pub fn shown(&self) -> impl ExactSizeIterator<Item = &RuleLine> {
        self.rows.iter().map(|&at| &self.lines[at])
    }

    /// The line under the cursor.
    #[must_use]
    pub fn selected(&self) -> Option<&RuleLine> {
        self.rows.get(self.position).map(|&at| &self.lines[at])
    }

    /// The state that a rule is being switched to.
    #[must_use]
    pub fn switching(&self, line: &RuleLine) -> Option<bool> {
        line.rule().and_then(|rule| self.switching.get(&rule.id)).map(|way| way.on)
    }

    /// Rules on their way to be switched.
    #[must_use]
    pub fn saving(&self) -> usize {
        self.switching.len()
    }

    /// The line's part of the time spent on all rules, in percent.
    #[must_use]
    pub fn share(&self, line: &RuleLine) -> Option<f64> {
        (self.spent > 0.0 && line.cost.evaluated > 0).then(|| 100.0 * line.cost.spent.as_secs_f64() / self.spent)
    }

    fn load(&mut self, entries: Vec<RuleEntry>) {
        let costs: HashMap<String, Cost> =
            self.lines.drain(..).filter_map(|line| Some((line.rule()?.id.clone(), line.cost))).collect();
        self.lines = entries.into_iter().map(RuleLine::new).collect();
        // While the view is closed nobody works the rows out again, and help asks for the line under the cursor.
        self.rows.retain(|&at| at < self.lines.len());
        let count = |test: &dyn Fn(&RuleLine) -> bool| self.lines.iter().filter(|line| test(line)).count();
        self.counts = RuleCounts {
            running: count(&|line| line.entry.running().is_some()),
            off: count(&|line| line.entry.entry.runs().is_some() && line.entry.is_off()),
            unsupported: count(&|line| line.state == RuleState::Unsupported),
            errors: count(&|line| line.state == RuleState::Error),
            all: count(&|line| line.state != RuleState::NoRule),
        };
        self.set_costs(&costs);
    }

    fn set_costs(&mut self, costs: &HashMap<String, Cost>) {
        for line in &mut self.lines {
            let id = line.entry.entry.runs().map(|rule| &rule.id);
            line.cost = id.and_then(|id| costs.get(id)).copied().unwrap_or_default();
        }
        self.spent = self.lines.iter().map(|line| line.cost.spent.as_secs_f64()).sum();
    }

    /// Counts the alerts of each rule.
    pub(super) fn count(&mut self, alerts: &Alerts) {
        let mut hits: HashMap<&str, Hits> = HashMap::new();
        for entry in alerts.entries().iter().filter(|entry| !entry.row.withdrawn) {
            let hits = hits.entry(entry.row.rule_id.as_str()).or_default();
            hits.all += 1;
            hits.open += usize::from(entry.case().status == Status::Open);
            hits.last = hits.last.max(Some(entry.row.time));
        }
        for line in &mut self.lines {
            let id = line.rule().map(|rule| visible(&rule.id).into_owned());
            line.hits = id.and_then(|id| hits.get(id.as_str()).copied()).unwrap_or_default();
        }
    }

    /// Works out the rows again. The cursor stays on its line; where that is no longer shown, on the screen's line.
    pub(super) fn rebuild(&mut self) {
        let words: Vec<String> = self.words.split_whitespace().map(str::to_lowercase).collect();
        let mut rows: Vec<usize> = (0..self.lines.len()).filter(|&at| self.lines[at].has(&words)).collect();
        rows.sort_by(|&a, &b| {
            let (a, b) = (&self.lines[a], &self.lines[b]);
            let order = self.sort.compare(a, b);
            let order = if self.descending { order.reverse() } else { order };
            let names = a.name.cmp(&b.name);
            // By name, the name itself is what can be turned round.
            let names = if self.sort == RuleColumn::Name && self.descending { names.reverse() } else { names };
            order.then(names).then_with(|| a.key.cmp(&b.key))
        });
        self.rows = rows;
        let line = self.position.saturating_sub(self.top);
        let at = self.selected.as_ref().and_then(|key| self.rows.iter().position(|&at| self.lines[at].key == *key));
        self.go_to(at.unwrap_or(self.position));
        self.top = if self.top == 0 { 0 } else { self.position.saturating_sub(line) };
    }

    fn go_to(&mut self, position: usize) {
        self.position = position.min(self.rows.len().saturating_sub(1));
        self.selected = self.selected().map(|line| line.key.clone());
    }

    fn settle_list(&mut self, height: usize) {
        self.top = self.top.min(self.position).max((self.position + 1).saturating_sub(height.max(1)));
        self.top = self.top.min(self.rows.len().saturating_sub(height));
    }
}
