//! Keys of the Rules view, and news of the rules.

use std::collections::HashSet;
use std::sync::Arc;

use super::super::Action;
use super::super::action::Pane;
use super::super::editor::Editor;
use super::super::layout::{Layout, Needs};
use super::super::overlay::{Choice, Copied, Menu, Overlay};
use super::super::page::{Item, Page, PageScroll};
use super::super::rule_line::RuleColumn;
use super::super::shared::{Done, Shared};
use super::{Rules, Way, detail};
use crate::detect::Cost;
use crate::engine::{Request, RuleEntry, SwitchOutcome};
use crate::text::visible;
use crate::triage::Switch;

impl Rules {
    pub(in crate::app) fn act(&mut self, action: Action, shared: &mut Shared) {
        match action {
            Action::Open => self.focus(Pane::Detail, shared),
            Action::SwitchPane => self.focus(self.pane.other(), shared),
            Action::SwitchRule => self.switch_rule(shared),
            Action::Filter => self.open_filter(shared),
            Action::Sort => self.open_sort(shared),
            _ => {}
        }
    }

    fn focus(&mut self, pane: Pane, shared: &mut Shared) {
        self.pane = pane;
        shared.changed();
    }

    /// The rules as they stand now: at the start, and again whenever that changes.
    pub(in crate::app) fn take(&mut self, entries: Vec<RuleEntry>, shared: &mut Shared) {
        self.tell_of_others(&entries, shared);
        for rule in entries.iter().filter_map(|entry| entry.entry.runs()) {
            shared.known.insert(visible(&rule.id).into_owned(), Arc::clone(rule));
        }
        self.load(entries);
        shared.take_running(self.lines.iter().filter_map(|line| line.entry.running()));
        shared.renewed();
    }

    /// Says what another analyst has switched.
    fn tell_of_others(&self, entries: &[RuleEntry], shared: &mut Shared) {
        let known: HashSet<&Switch> = self.lines.iter().filter_map(|line| line.entry.switch.as_ref()).collect();
        let theirs = |entry: &&RuleEntry| {
            let news = entry.switch.as_ref().filter(|switch| !known.contains(switch));
            news.is_some_and(|switch| switch.analyst != shared.setup.analyst)
        };
        if shared.loaded
            && let Some(RuleEntry { entry, switch: Some(switch), .. }) = entries.iter().find(theirs)
        {
            let name = entry.rule.as_ref().map_or(switch.rule.as_str(), |rule| rule.name.as_str());
            let way = if switch.enabled { "on" } else { "off" };
            shared.say(format!("{} switched {way} {name} at {}", switch.analyst, shared.clock.near(switch.at)));
        }
    }

    pub(in crate::app) fn take_costs(&mut self, costs: Vec<(String, Cost)>) {
        self.set_costs(&costs.into_iter().collect());
    }

    /// Brings the lines up to date with the alerts, and orders them anew.
    pub(in crate::app) fn renew(&mut self, shared: &mut Shared) {
        shared.alerts_changed = false;
        self.count(&shared.alerts);
        self.rebuild();
    }

    /// One step back; `false` when there is none left inside the view.
    pub(in crate::app) fn back(&mut self, shared: &mut Shared) -> bool {
        if self.pane == Pane::Detail {
            self.focus(Pane::Table, shared);
        } else if !self.words.is_empty() {
            self.find("", shared);
        } else {
            return false;
        }
        true
    }

    pub(in crate::app) fn go(&mut self, action: Action, shared: &Shared) {
        let rows = shared.layout.map_or(1, |layout| layout.table_rows()).max(2) - 1;
        if self.pane == Pane::Detail {
            return self.scroll.go(action, &self.page, shared.detail_rows());
        }
        let at = self.position;
        self.go_to(match action {
            Action::Down => at + 1,
            Action::Up => at.saturating_sub(1),
            Action::PageDown => at + rows,
            Action::PageUp => at.saturating_sub(rows),
            Action::First => 0,
            _ => usize::MAX,
        });
    }

    /// Why the rule under the cursor cannot be switched.
    pub(in crate::app) fn cannot_switch(&self, shared: &Shared) -> Option<&'static str> {
        let line = self.selected();
        match line {
            _ if shared.read_only() => Some("this console is read-only"),
            Some(line) if self.switching(line).is_some() => Some("it is being switched"),
            Some(line) if line.entry.entry.runs().is_some() => None,
            Some(_) => Some("it does not run anyway"),
            None => Some("there is no rule"),
        }
    }

    fn switch_rule(&mut self, shared: &mut Shared) {
        let Some(line) = self.selected() else { return };
        let Some(rule) = line.entry.entry.runs() else { return };
        let (id, enabled, seen) = (rule.id.clone(), line.entry.is_off(), line.entry.switch.clone());
        self.ask_to_switch(id, Way { on: enabled, back: false }, seen, shared);
    }

    fn ask_to_switch(&mut self, rule: String, way: Way, seen: Option<Switch>, shared: &mut Shared) {
        self.switching.insert(rule.clone(), way);
        let enabled = way.on;
        let switch = Switch { rule, enabled, analyst: shared.setup.analyst.clone(), at: shared.now };
        shared.ask(Request::Switch { switch, seen });
        shared.changed();
    }

    pub(in crate::app) fn switched(&mut self, switch: Switch, outcome: SwitchOutcome, shared: &mut Shared) {
        let back = self.switching.remove(&switch.rule).is_some_and(|way| way.back);
        let name = name_of_rule(&switch.rule, shared);
        let way = |enabled| if enabled { "on" } else { "off" };
        match outcome {
            SwitchOutcome::Stored if back => {}
            SwitchOutcome::Stored => {
                let what = format!("switched {} {name}", way(switch.enabled));
                let so = if switch.enabled { "runs again" } else { "evaluates nothing from now on" };
                shared.say(format!("{what}: it {so} · u takes it back"));
                shared.done.push(Done::Switched { switch, what });
            }
            SwitchOutcome::Conflict(theirs) => shared.warn(format!(
                "{} switched {} {name} at {} before you; yours was not saved",
                theirs.analyst,
                way(theirs.enabled),
                shared.clock.near(theirs.at)
            )),
            SwitchOutcome::Failed(why) => {
                shared.warn(format!("not saved, {name} is still {}: {why}", way(!switch.enabled)));
            }
        }
        shared.changed();
    }

    /// Takes back what was switched here, unless somebody has switched it since.
    pub(in crate::app) fn switch_back(&mut self, switch: Switch, what: &str, shared: &mut Shared) {
        let line = self.lines.iter().find(|line| line.rule().is_some_and(|rule| rule.id == switch.rule));
        let stands = line.and_then(|line| line.entry.switch.clone());
        match stands {
            Some(now) if now == switch => {
                shared.say(format!("taken back: {what}"));
                self.ask_to_switch(switch.rule, Way { on: !switch.enabled, back: true }, Some(now), shared);
            }
            Some(now) => shared.say(format!("{} has switched it since: {what}", now.analyst)),
            None => shared.say(format!("the rule is gone: {what}")),
        }
    }

    /// A filter for the alerts of the rule under the cursor.
    pub(in crate::app) fn filter_for_alerts(&self) -> Option<String> {
        let rule = self.selected().and_then(|line| line.rule())?;
        let id = visible(&rule.id).replace('\\', "\\\\").replace('"', "\\\"");
        Some(format!("kibana.alert.rule.rule_id: \"{id}\""))
    }

    fn open_sort(&self, shared: &mut Shared) {
        let choices = RuleColumn::ALL.iter().map(|c| (c.as_str().to_owned(), Choice::SortRules(*c)));
        let cursor = RuleColumn::ALL.iter().position(|c| *c == self.sort).unwrap_or(0);
        shared.open(Overlay::Menu(Menu { cursor, ..Menu::new("Sort the rules by", choices) }));
    }

    pub(in crate::app) fn sort_by(&mut self, column: RuleColumn, shared: &mut Shared) {
        let turned = self.sort == column && !self.descending;
        let again = self.sort == column;
        self.descending = if again { turned } else { column.largest_first() };
        self.sort = column;
        self.rebuild();
        shared.changed();
    }

    fn open_filter(&self, shared: &mut Shared) {
        let before = self.words.clone();
        shared.open(Overlay::FindRules { editor: Editor::line(&before), before });
    }

    pub(in crate::app) fn find(&mut self, words: &str, shared: &mut Shared) {
        words.clone_into(&mut self.words);
        self.rebuild();
        shared.changed();
    }

    pub(in crate::app) fn copies(&self) -> Vec<(String, Copied)> {
        let Some(line) = self.selected() else { return Vec::new() };
        let copies = match (self.pane, self.page.items.get(self.scroll.cursor)) {
            (Pane::Table, _) => {
                let rule = line.rule();
                let id = rule.map(|rule| Copied::new("rule id", &rule.id));
                let query = rule.filter(|rule| !rule.query.is_empty()).map(|rule| Copied::new("query", &rule.query));
                let others = [Copied::new("name", &line.name), Copied::new("place", &line.key)];
                id.into_iter().chain(query).chain(others).collect()
            }
            (_, Some(Item::Value { what, value, .. })) => vec![Copied::new(what, value)],
            (_, Some(Item::Query(_, query))) => vec![Copied::new("query", query)],
            _ => Vec::new(),
        };
        copies.into_iter().map(Copied::offered).collect()
    }

    pub(in crate::app) fn needs(&self, shared: &Shared) -> Needs {
        Needs {
            split: shared.split,
            detail: self.pane == Pane::Detail,
            table: match self.rows.len() {
                0 => u16::MAX,
                rows => u16::try_from(rows + 1).unwrap_or(u16::MAX),
            },
            filter: match &shared.overlay {
                Some(Overlay::FindRules { .. }) => 2,
                _ => u16::from(!self.words.is_empty()),
            },
            notice: u16::try_from(shared.notice_lines().len()).unwrap_or(1),
        }
    }

    pub(in crate::app) fn settle(&mut self, layout: Layout, shared: &mut Shared) {
        if shared.alerts_changed {
            self.renew(shared);
        }
        self.settle_list(layout.table_rows());
        let width = usize::from(layout.detail.width).saturating_sub(2).max(8);
        let Some(line) = self.selected() else {
            (self.page, self.page_of) = (Page::new(width), None);
            return;
        };
        let of = (line.key.clone(), width);
        if self.page_of.as_ref() == Some(&of) && !shared.stale {
            return;
        }
        let page = detail::build(self, shared, line, width);
        let same = self.page_of.as_ref().is_some_and(|(key, _)| *key == of.0);
        let mut scroll = if same { self.scroll } else { PageScroll::default() };
        scroll.settle(&page, layout.detail_rows());
        (self.page, self.page_of, self.scroll) = (page, Some(of), scroll);
    }
}

fn name_of_rule(id: &str, shared: &Shared) -> String {
    let rule = shared.known.get(&*visible(id));
    rule.map_or_else(|| visible(id), |rule| visible(&rule.name)).into_owned()
}
