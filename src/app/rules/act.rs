//! What keys and news do to the Rules view.

use std::collections::HashSet;

use super::super::decide::Done;
use super::super::dialog::{Choice, Menu, Overlay};
use super::super::dispatch::turn_page;
use super::super::layout::{Layout, Needs};
use super::super::page::{Item, Page, Reading};
use super::super::{Action, App, Cmd, Editor, Filter, Pane};
use super::{Column, Way, page};
use crate::detect::Cost;
use crate::engine::{Request, RuleEntry, SwitchOutcome};
use crate::text::visible;
use crate::triage::Switch;

impl App {
    /// The rules as they stand now: at the start, and again whenever that changes.
    pub(in crate::app) fn take_rules(&mut self, entries: Vec<RuleEntry>) {
        self.tell_of_others(&entries);
        for rule in entries.iter().filter_map(|entry| entry.entry.runs()) {
            self.known.insert(visible(&rule.id).into_owned(), std::sync::Arc::clone(rule));
        }
        self.rules.take(entries);
        self.as_of = self.now;
        self.renew_rules();
        self.changed();
    }

    /// Says what another analyst has switched.
    fn tell_of_others(&mut self, entries: &[RuleEntry]) {
        let known: HashSet<&Switch> = self.rules.lines().iter().filter_map(|line| line.entry.switch.as_ref()).collect();
        let theirs = |entry: &&RuleEntry| {
            let news = entry.switch.as_ref().filter(|switch| !known.contains(switch));
            news.is_some_and(|switch| switch.analyst != self.setup.analyst)
        };
        if self.loaded
            && let Some(RuleEntry { entry, switch: Some(switch), .. }) = entries.iter().find(theirs)
        {
            let name = entry.rule.as_ref().map_or(switch.rule.as_str(), |rule| rule.name.as_str());
            let way = if switch.enabled { "on" } else { "off" };
            self.say(format!("{} switched {way} {name} at {}", switch.analyst, self.clock.near(switch.at)));
        }
    }

    pub(in crate::app) fn take_costs(&mut self, costs: Vec<(String, Cost)>) {
        self.rules.take_costs(costs);
        if self.rules.open {
            self.as_of = self.now;
            self.renew_rules();
            self.changed();
        }
    }

    /// Brings the lines up to date with the alerts, and orders them anew.
    pub(in crate::app) fn renew_rules(&mut self) {
        if self.rules.open {
            self.rules.count(&self.alerts);
            self.rules.rebuild();
        }
    }

    pub(in crate::app) fn open_rules(&mut self) {
        self.rules.open = !self.rules.open;
        self.pane = Pane::Table;
        self.renew_rules();
        self.changed();
    }

    /// Leaves the view, for another one.
    pub(in crate::app) fn hide_rules(&mut self) {
        if self.rules.open {
            self.rules.open = false;
            self.pane = Pane::Table;
            self.changed();
        }
    }

    /// One step back; `false` when there is none left inside the view.
    pub(in crate::app) fn back_in_rules(&mut self) -> bool {
        if !self.rules.open {
            return false;
        }
        if self.pane == Pane::Detail {
            self.pane = Pane::Table;
        } else if !self.rules.words.is_empty() {
            self.find_rules("");
        } else {
            self.rules.open = false;
        }
        self.changed();
        true
    }

    pub(in crate::app) fn go_rules(&mut self, action: Action) {
        let rows = self.layout.map_or(1, |layout| layout.table_rows()).max(2) - 1;
        if self.pane == Pane::Detail {
            let height = self.detail_rows();
            return turn_page(&mut self.rules.reading, &self.rules.page, height, action);
        }
        let at = self.rules.position;
        self.rules.go_to(match action {
            Action::Down => at + 1,
            Action::Up => at.saturating_sub(1),
            Action::PageDown => at + rows,
            Action::PageUp => at.saturating_sub(rows),
            Action::First => 0,
            _ => usize::MAX,
        });
    }

    /// Why the rule under the cursor cannot be switched.
    pub(in crate::app) fn cannot_switch(&self) -> Option<&'static str> {
        let line = self.rules.selected();
        match line {
            _ if self.read_only() => Some("this console is read-only"),
            Some(line) if self.rules.switching(line).is_some() => Some("it is being switched"),
            Some(line) if line.entry.entry.runs().is_some() => None,
            Some(_) => Some("it does not run anyway"),
            None => Some("there is no rule"),
        }
    }

    pub(in crate::app) fn switch_rule(&mut self, cmds: &mut Vec<Cmd>) {
        let Some(line) = self.rules.selected() else { return };
        let Some(rule) = line.entry.entry.runs() else { return };
        let (id, enabled, seen) = (rule.id.clone(), line.entry.is_off(), line.entry.switch.clone());
        self.ask_to_switch(id, Way { on: enabled, back: false }, seen, cmds);
    }

    fn ask_to_switch(&mut self, rule: String, way: Way, seen: Option<Switch>, cmds: &mut Vec<Cmd>) {
        self.rules.switching.insert(rule.clone(), way);
        let enabled = way.on;
        let switch = Switch { rule, enabled, analyst: self.setup.analyst.clone(), at: self.now };
        cmds.push(Cmd::Ask(Request::Switch { switch, seen }));
        self.changed();
    }

    pub(in crate::app) fn switched(&mut self, switch: Switch, outcome: SwitchOutcome) {
        let back = self.rules.switching.remove(&switch.rule).is_some_and(|way| way.back);
        let name = self.name_of_rule(&switch.rule);
        let way = |enabled| if enabled { "on" } else { "off" };
        match outcome {
            SwitchOutcome::Stored if back => {}
            SwitchOutcome::Stored => {
                let what = format!("switched {} {name}", way(switch.enabled));
                let so = if switch.enabled { "runs again" } else { "evaluates nothing from now on" };
                self.say(format!("{what}: it {so} · u takes it back"));
                self.done.push(Done::Switched { switch, what });
            }
            SwitchOutcome::Conflict(theirs) => self.warn(format!(
                "{} switched {} {name} at {} before you; yours was not saved",
                theirs.analyst,
                way(theirs.enabled),
                self.clock.near(theirs.at)
            )),
            SwitchOutcome::Failed(why) => {
                self.warn(format!("not saved, {name} is still {}: {why}", way(!switch.enabled)));
            }
        }
        self.changed();
    }

    fn name_of_rule(&self, id: &str) -> String {
        let rule = self.known.get(&*visible(id));
        rule.map_or_else(|| visible(id), |rule| visible(&rule.name)).into_owned()
    }

    /// Takes back what was switched here, unless somebody has switched it since.
    pub(in crate::app) fn switch_back(&mut self, switch: Switch, what: &str, cmds: &mut Vec<Cmd>) {
        let line = self.rules.lines().iter().find(|line| line.rule().is_some_and(|rule| rule.id == switch.rule));
        let stands = line.and_then(|line| line.entry.switch.clone());
        match stands {
            Some(now) if now == switch => {
                self.say(format!("taken back: {what}"));
                self.ask_to_switch(switch.rule, Way { on: !switch.enabled, back: true }, Some(now), cmds);
            }
            Some(now) => self.say(format!("{} has switched it since: {what}", now.analyst)),
            None => self.say(format!("the rule is gone: {what}")),
        }
    }

    /// Shows the alerts of the rule under the cursor.
    pub(in crate::app) fn show_its_alerts(&mut self, cmds: &mut Vec<Cmd>) {
        let Some(rule) = self.rules.selected().and_then(|line| line.rule()) else { return };
        let id = visible(&rule.id).replace('\\', "\\\\").replace('"', "\\\"");
        let filter = Filter::parse(&format!("kibana.alert.rule.rule_id: \"{id}\""), &self.filter, self.now);
        self.filter_by(filter, cmds);
        self.hidden_new = 0;
        self.hide_rules();
        if self.exploring().is_some() {
            self.leave_explore(cmds);
        }
    }

    pub(in crate::app) fn open_rule_sort(&mut self) {
        let choices = Column::ALL.iter().map(|c| (c.as_str().to_owned(), Choice::SortRules(*c))).collect();
        let cursor = Column::ALL.iter().position(|c| *c == self.rules.sort).unwrap_or(0);
        let title = "Sort the rules by".to_owned();
        self.open(Overlay::Menu(Menu { title, hint: None, choices, cursor }));
    }

    pub(in crate::app) fn sort_rules(&mut self, column: Column) {
        let turned = self.rules.sort == column && !self.rules.descending;
        let again = self.rules.sort == column;
        self.rules.descending = if again { turned } else { column.largest_first() };
        self.rules.sort = column;
        self.rules.rebuild();
        self.changed();
    }

    pub(in crate::app) fn open_rule_filter(&mut self) {
        let before = self.rules.words.clone();
        self.open(Overlay::FindRules { editor: Editor::line(&before), before });
    }

    pub(in crate::app) fn find_rules(&mut self, words: &str) {
        words.clone_into(&mut self.rules.words);
        self.rules.rebuild();
        self.changed();
    }

    /// What can be copied in the view.
    pub(in crate::app) fn rule_copies(&self) -> Vec<(String, Choice)> {
        let choice = |what: &str, text: &str| {
            (what.to_owned(), Choice::Copy { what: what.to_owned(), text: text.to_owned(), audit: false })
        };
        let Some(line) = self.rules.selected() else { return Vec::new() };
        if self.pane == Pane::Table {
            let rule = line.rule();
            let id = rule.map(|rule| choice("rule id", &rule.id));
            let query = rule.filter(|rule| !rule.query.is_empty()).map(|rule| choice("query", &rule.query));
            return [id, query, Some(choice("name", &line.name)), Some(choice("place", &line.key))]
                .into_iter()
                .flatten()
                .collect();
        }
        match self.rules.page.items.get(self.rules.reading.cursor) {
            Some(Item::Value { what, value, .. }) => vec![choice(what, value)],
            Some(Item::Query(query)) => vec![choice("query", query)],
            _ => Vec::new(),
        }
    }

    pub(in crate::app) fn rules_needs(&self) -> Needs {
        Needs {
            detail: self.pane == Pane::Detail,
            table: match self.rules.rows.len() {
                0 => u16::MAX,
                rows => u16::try_from(rows + 1).unwrap_or(u16::MAX),
            },
            filter: match &self.overlay {
                Some(Overlay::FindRules { .. }) => 2,
                _ => u16::from(!self.rules.words.is_empty()),
            },
            notice: u16::try_from(self.notice_lines().len()).unwrap_or(1),
        }
    }

    pub(in crate::app) fn settle_rules(&mut self, layout: Layout) {
        self.rules.settle_list(layout.table_rows());
        let width = usize::from(layout.detail.width).saturating_sub(2).max(8);
        let Some(line) = self.rules.selected() else {
            (self.rules.page, self.rules.page_of) = (Page::new(width), None);
            return;
        };
        let of = (line.key.clone(), width);
        if self.rules.page_of.as_ref() == Some(&of) && !self.stale {
            return;
        }
        let page = page::build(self, line, width);
        let same = self.rules.page_of.as_ref().is_some_and(|(key, _)| *key == of.0);
        let mut reading = if same { self.rules.reading } else { Reading::default() };
        reading.settle(&page, layout.detail_rows());
        (self.rules.page, self.rules.page_of, self.rules.reading) = (page, Some(of), reading);
    }
}
