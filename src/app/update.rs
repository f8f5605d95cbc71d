//! Messages in, commands out.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::alerts::Arrived;
use super::dialog::Overlay;
use super::layout::Layout;
use super::page::{Item, Page, Reading};
use super::tree::Tree;
use super::{App, Cmd, KeyPress, Mode, Msg, Notice, Tab, keys, pages};
use crate::detect::AlertId;
use crate::engine::{Detail, Health, Phase, Playback, Request, Update};
use crate::text::visible;
use crate::triage::{AlertRow, StepState};

/// Details kept, so that going back and forth between alerts does not fetch them again.
const DETAILS: usize = 64;

/// Places kept: where each tab of each alert was being read.
const PLACES: usize = 10_000;

impl App {
    /// Takes one message in, and says what the world has to do about it.
    pub fn update(&mut self, msg: Msg) -> Vec<Cmd> {
        let mut cmds = Vec::new();
        match msg {
            Msg::Now(now) => {
                let turns = self.turns();
                self.now = now;
                self.clock.tell(now);
                if turns.is_none_or(|turns| now < turns) {
                    return cmds;
                }
                self.changed();
            }
            Msg::Key(key) => self.key(key, &mut cmds),
            Msg::Paste(text) => self.paste(&text, &mut cmds),
            Msg::Resize { columns, rows } => {
                self.size = (columns, rows);
                self.changed();
            }
            Msg::Engine(update) => self.take(update, &mut cmds),
            Msg::GoOn => self.go_on(),
            Msg::Excepted { alert, outcome } => self.excepted(&alert, outcome),
            Msg::Notice(text) => self.say(text),
        }
        cmds.extend(self.pending.send());
        self.settle(&mut cmds);
        cmds
    }

    fn take(&mut self, update: Update, cmds: &mut Vec<Cmd>) {
        match update {
            Update::Rules(entries) => self.take_rules(entries),
            Update::Costs(costs) => self.take_costs(costs),
            Update::Switched { switch, outcome } => self.switched(switch, outcome),
            Update::Alerts(alerts) => self.arrive(alerts, cmds),
            Update::Decisions(decisions) => self.learn(&decisions),
            Update::Loaded => {
                self.loaded = true;
                self.changed();
            }
            Update::Persisted { ticket, outcomes } => self.persisted(ticket, outcomes),
            Update::Detail(detail) => self.take_detail(*detail),
            Update::Matched { query, found, whole } => self.matched(&query, &found, whole),
            Update::Explored(answer) => self.explored(*answer),
            Update::Record(read) => self.record_read(*read),
            Update::Health(health) => self.figures(*health),
            Update::Playback(playback) => self.play(playback),
            Update::State(news) => self.take_state(news),
            Update::TryAgain => self.pending.try_again(),
            Update::Notice(text) => self.say(text),
        }
    }

    fn play(&mut self, playback: Playback) {
        if self.playback.as_ref() != Some(&playback) {
            if self.setup.mode == Mode::Replay {
                self.clock.replay(playback.now);
            }
            self.playback = Some(playback);
            self.as_of = self.now;
            self.changed();
        }
    }

    /// When times on the screen are to be written anew though nothing else happens: it must be told the time then.
    #[must_use]
    pub fn turns(&self) -> Option<DateTime<Utc>> {
        self.clock.turns(self.list.span().map(|(_, newest)| newest))
    }

    /// What is on the screen is no longer what it should be.
    pub(super) fn changed(&mut self) {
        (self.stale, self.dirty) = (true, true);
    }

    pub(super) fn say(&mut self, text: impl AsRef<str>) {
        let text = visible(text.as_ref()).into_owned();
        self.notices.say(Notice { text, at: self.now, warning: false });
        self.changed();
    }

    pub(super) fn warn(&mut self, text: impl AsRef<str>) {
        let text = visible(text.as_ref()).into_owned();
        self.notices.say(Notice { text, at: self.now, warning: true });
        self.changed();
    }

    fn key(&mut self, key: KeyPress, cmds: &mut Vec<Cmd>) {
        self.touched = true;
        let found = keys::resolve(&self.contexts(), key);
        if self.layout.is_none() && !found.is_some_and(|b| b.action.works_blind()) {
            return;
        }
        if self.notices.dismiss(false) {
            self.changed();
        }
        match found {
            Some(binding) => match (binding.disabled)(self) {
                Some(why) => self.say(format!("{}: {why}", binding.name)),
                None => self.run(binding.action, cmds),
            },
            None => self.type_key(key, cmds),
        }
    }

    fn arrive(&mut self, alerts: Vec<AlertRow>, cmds: &mut Vec<Cmd>) {
        let Arrived { new, replaced } = self.alerts.insert(alerts);
        let news = |app: &Self, i: &usize| app.alerts.at(*i).is_some_and(|e| !e.row.held);
        if self.loaded && self.health.phase == Phase::Live && new.iter().any(|i| news(self, i)) {
            cmds.push(Cmd::Bell);
        }
        let touched = [new.as_slice(), &replaced].concat();
        let queries = self.filter.questions(false);
        if !queries.is_empty() {
            let known = touched.iter().filter_map(|&i| self.alerts.at(i));
            let alerts = Some(known.map(|entry| entry.row.id.clone()).collect());
            cmds.push(Cmd::Ask(Request::Match { queries, alerts }));
        }
        self.as_of = self.now;
        self.renew(&touched);
        self.hidden_new += new.iter().filter(|&&i| !self.list.matches(i)).count();
    }

    fn take_detail(&mut self, detail: Detail) {
        let detail = pages::harmless(detail);
        if self.asked.as_ref() == Some(&detail.alert) {
            self.asked = None;
        }
        if self.details.len() >= DETAILS {
            let keep = self.list.selected().cloned();
            self.details.retain(|id, _| Some(id) == keep.as_ref());
        }
        if self.tree.as_ref().is_some_and(|(id, _)| *id == detail.alert)
            && self.details.get(&detail.alert).is_none_or(|d| d.record != detail.record)
        {
            self.tree = None;
        }
        self.details.insert(detail.alert.clone(), detail);
        self.changed();
    }

    fn figures(&mut self, health: Health) {
        // The time of the last sweep changes every few seconds; only the health pane shows it.
        self.health.swept = health.swept;
        if self.health != health {
            self.health = health;
            self.as_of = self.now;
            self.changed();
        } else if matches!(self.overlay, Some(Overlay::Health)) {
            self.changed();
        }
    }

    /// Brings everything that follows from the state up to date with it.
    pub(super) fn settle(&mut self, cmds: &mut Vec<Cmd>) {
        self.layout = Layout::of(self.size.0, self.size.1, self.needs());
        let Some(layout) = self.layout else { return };
        if self.rules.is_open() {
            self.settle_rules(layout);
            self.settle_reader();
            self.stale = false;
            return;
        }
        self.list.settle(layout.table_rows());
        let selected = self.list.selected().cloned();
        if let Some(id) = &selected {
            self.fetch(id, cmds);
        }
        self.settle_page(selected, layout);
        self.settle_tree();
        self.settle_explore();
        self.settle_reader();
        self.stale = false;
    }

    fn fetch(&mut self, id: &AlertId, cmds: &mut Vec<Cmd>) {
        // Asked for anew each time it is opened: the log goes on. What is known shows meanwhile.
        let same = self.page_of.as_ref().is_some_and(|(of, _)| of == id);
        if !same && self.asked.as_ref() != Some(id) {
            self.asked = Some(id.clone());
            cmds.push(Cmd::Ask(Request::Detail(id.clone())));
        }
    }

    fn settle_page(&mut self, selected: Option<AlertId>, layout: Layout) {
        let key = selected.map(|id| (id, self.tab));
        let width = usize::from(layout.detail.width).saturating_sub(2).max(8);
        let same = self.page_of == key;
        if same && !self.stale && self.page.width() == width {
            return;
        }
        let before = same.then(|| std::mem::take(&mut self.page));
        let old = self.reading();
        self.page_of = key;
        self.page = pages::build(self, width);
        let height = layout.detail_rows();
        let fresh = self.page_of.as_ref().is_some_and(|key| !self.places.contains_key(key));
        if fresh && self.tab == Tab::Checklist && self.start_at_next_step(height) {
            self.page = pages::build(self, width);
        }
        let mut reading = self.reading();
        if let Some(before) = before {
            reading = follow(&before, old, &self.page);
        }
        reading.settle(&self.page, height);
        if cursor_is_hidden(&self.page, reading, height) {
            reading.go(&self.page, height, reading.cursor);
        }
        self.set_reading(reading);
    }

    /// Puts the cursor of a checklist that has not been open yet on the first step to do. Returns whether it moved.
    fn start_at_next_step(&mut self, height: usize) -> bool {
        let Some(entry) = self.selected() else { return false };
        let to_do = |item: &Item| match item {
            Item::Step(id) => entry.case().step(id) == StepState::Todo,
            _ => false,
        };
        let Some(next) = self.page.items.iter().position(to_do).filter(|&i| i > 0) else { return false };
        let mut reading = Reading::default();
        reading.go(&self.page, height, next);
        self.set_reading(reading);
        true
    }

    pub(super) fn set_reading(&mut self, reading: Reading) {
        if self.places.len() >= PLACES {
            self.places.clear();
        }
        if let Some(key) = &self.page_of {
            self.places.insert(key.clone(), reading);
        }
    }

    fn settle_tree(&mut self) {
        if self.tab != Tab::Event {
            return;
        }
        let Some(detail) = self.detail() else { return };
        if self.tree.as_ref().is_none_or(|(id, _)| *id != detail.alert) {
            let tree = Tree::new(if self.ecs { &detail.ecs } else { &detail.record });
            self.tree = Some((detail.alert.clone(), tree));
        }
    }

    fn settle_reader(&mut self) {
        let Some(overlay) = &self.overlay else {
            self.reader = None;
            return;
        };
        let page = match overlay {
            Overlay::Help => pages::help(self),
            Overlay::Health => pages::health(self),
            _ => {
                self.reader = None;
                return;
            }
        };
        let mut reading = self.reader.as_ref().map(|(_, r)| *r).unwrap_or_default();
        reading.settle(&page, self.reader_rows());
        self.reader = Some((page, reading));
    }

    /// Rows of the help and the health pane.
    #[must_use]
    pub fn reader_rows(&self) -> usize {
        usize::from(self.size.1).saturating_sub(4).max(1)
    }

    /// The rule of the selected alert.
    #[must_use]
    pub fn selected_rule(&self) -> Option<&Arc<crate::rule::Rule>> {
        self.selected().and_then(|e| self.rule_of(e))
    }
}

/// The place in `after` of what stood under the cursor in `before`, on the same line of the screen.
fn follow(before: &Page, old: Reading, after: &Page) -> Reading {
    let Some(item) = before.items.get(old.cursor) else { return old };
    let found = if after.items.get(old.cursor) == Some(item) {
        Some(old.cursor)
    } else {
        after.items.iter().position(|i| i == item)
    };
    let Some(cursor) = found else { return old };
    let line = before.lines_of(old.cursor).start;
    let moved = after.lines_of(cursor).start.wrapping_sub(line).cast_signed();
    Reading { cursor, top: old.top.saturating_add_signed(moved) }
}

fn cursor_is_hidden(page: &Page, reading: Reading, height: usize) -> bool {
    let lines = page.lines_of(reading.cursor);
    !page.items.is_empty() && (lines.end <= reading.top || lines.start >= reading.top + height)
}
