//! Keys of Explore, and the answers to what it asks.

use super::super::Action;
use super::super::clause::{Clause, Use};
use super::super::editor::Editor;
use super::super::layout::Area;
use super::super::overlay::{Choice, Copied, Menu, Overlay};
use super::super::shared::Shared;
use super::super::tree::Tree;
use super::places::Places;
use super::{Ask, EARLIER, Explore, FIELDS, Record, Side};
use crate::engine::{Explored, Question, ReadRecord, RecordRef, Request};
use crate::query::Language;
use crate::text::visible;

/// Windows that one key offers.
const WINDOWS: [(&str, &str); 7] = [
    ("all of the log", ""),
    ("the last 15 minutes", "since 15m"),
    ("the last hour", "since 1h"),
    ("the last 24 hours", "since 24h"),
    ("the last 7 days", "since 7d"),
    ("the last 30 days", "since 30d"),
    ("the last 90 days", "since 90d"),
];

impl Explore {
    pub(in crate::app) fn act(&mut self, action: Action, shared: &mut Shared) {
        match action {
            Action::Open => self.open_event(shared),
            Action::SwitchPane => {
                self.side = if self.side == Side::Events { Side::Values } else { Side::Events };
                shared.changed();
            }
            Action::Ask => self.open_question(self.ask.language(), self.ask.text(), shared),
            Action::EarlierQuestion => self.earlier_question(shared),
            Action::SearchAgain => self.search(shared),
            Action::TimeWindow => self.open_window_menu(shared),
            Action::NextEvent => self.step_record(Action::Down, shared),
            Action::PreviousEvent => self.step_record(Action::Up, shared),
            _ => {}
        }
    }

    #[must_use]
    pub fn places(&self, shared: &Shared) -> Places {
        let body = shared.layout.map_or_else(Area::default, |layout| layout.body());
        let width = usize::from(body.width);
        let question = match &shared.overlay {
            Some(Overlay::Question { problem: Some(_), .. } | Overlay::Question { doubt: Some(_), .. }) => 3,
            Some(Overlay::Question { .. }) => 2,
            _ => u16::try_from(self.question_lines(width).len()).unwrap_or(1),
        };
        let gaps = self.gaps(shared, width.max(8)).len();
        Places::of(body, question, u16::try_from(gaps).unwrap_or(u16::MAX), self.side)
    }

    /// Comes to the front as it was left; the first time, with the question still to be typed.
    pub(in crate::app) fn enter(&mut self, shared: &mut Shared) {
        shared.changed();
        if !self.asked {
            self.open_question(self.ask.language(), "", shared);
        } else if self.stopped {
            self.search(shared);
        }
    }

    /// Goes to the back; a search that is under way ends.
    pub(in crate::app) fn leave(&mut self, shared: &mut Shared) {
        if self.asked && !self.answer.done {
            self.stopped = true;
        }
        shared.ask(Request::StopExploring);
        shared.changed();
    }

    /// From the record to the lists. Returns whether a record was open.
    pub(in crate::app) fn close_record(&mut self, shared: &mut Shared) -> bool {
        let open = self.record.take().is_some();
        if open {
            shared.changed();
        }
        open
    }

    pub(in crate::app) fn open_question(&self, language: Language, text: &str, shared: &mut Shared) {
        let ask = Ask::read(language, text, shared.clock.present());
        let (problem, doubt) = (ask.problem().cloned(), ask.doubt().cloned());
        shared.open(Overlay::Question { editor: Editor::line(text), language, problem, doubt });
    }

    /// Has a question typed in this language: the present one, where it is in that.
    pub(in crate::app) fn ask_in(&mut self, language: Language, shared: &mut Shared) {
        let text = if self.ask.language() == language { self.ask.text() } else { self.ask.window() };
        self.open_question(language, text, shared);
    }

    /// Asks the log; a question with an error goes back to be put right.
    pub(in crate::app) fn ask_log(&mut self, language: Language, text: &str, shared: &mut Shared) {
        let ask = Ask::read(language, text, shared.clock.present());
        shared.changed();
        if ask.problem().is_some() {
            return self.open_question(language, text, shared);
        }
        (self.record, self.alone) = (None, false);
        if self.asked && (self.ask.language(), self.ask.text()) != (language, ask.text()) {
            let before = std::mem::take(&mut self.ask);
            self.earlier.push(before);
            if self.earlier.len() > EARLIER {
                self.earlier.remove(0);
            }
        }
        self.ask = ask;
        (self.events, self.values) = Default::default();
        self.search(shared);
    }

    fn earlier_question(&mut self, shared: &mut Shared) {
        let Some(ask) = self.earlier.pop() else { return };
        self.ask = ask;
        self.record = None;
        (self.events, self.values) = Default::default();
        self.search(shared);
    }

    fn search(&mut self, shared: &mut Shared) {
        let now = shared.clock.present();
        self.ticket += 1;
        (self.asked, self.stopped, self.as_of) = (true, false, Some(now));
        self.answer = Explored { ticket: self.ticket, ..Explored::default() };
        shared.ask(Request::Explore(Question {
            ticket: self.ticket,
            language: self.ask.language(),
            query: self.ask.asked().to_owned(),
            since: self.ask.since.map(|moment| moment.resolve(now)),
            until: self.ask.until.map(|moment| moment.resolve(now)),
            now,
            fields: self.fields(),
        }));
        shared.changed();
    }

    /// Makes a question of a value. From outside, where Explore is not `open`, nothing of the question before is meant.
    pub(in crate::app) fn use_clause(&mut self, how: Use, clause: &Clause, open: bool, shared: &mut Shared) {
        let (language, text) = match how {
            Use::Alone if !open => (Language::Kql, Ok(clause.node().to_string())),
            Use::Alone => (self.ask.language(), Ok(self.ask.alone(clause))),
            Use::And => (self.ask.language(), self.ask.and(clause, true)),
            Use::AndNot => (self.ask.language(), self.ask.and(clause, false)),
            Use::Count => return self.count_field(&clause.field, shared),
        };
        match text {
            Ok(text) => self.ask_log(language, &text, shared),
            Err(why) => shared.say(why),
        }
    }

    pub(in crate::app) fn choose_window(&mut self, window: &str, shared: &mut Shared) {
        let text = self.ask.in_window(window);
        self.ask_log(self.ask.language(), &text, shared);
    }

    /// Shows the values of `field`; one that has not been counted has to be searched for.
    pub(in crate::app) fn count_field(&mut self, field: &str, shared: &mut Shared) {
        self.record = None;
        self.side = Side::Values;
        self.values = Default::default();
        let known = FIELDS.iter().position(|known| *known == field);
        if known.is_none() && self.other.as_deref() != Some(field) {
            self.other = Some(field.to_owned());
        }
        self.field = known.unwrap_or(FIELDS.len());
        shared.changed();
        if self.asked && self.counted().is_none() {
            self.search(shared);
        }
    }

    pub(in crate::app) fn open_field_menu(&self, shared: &mut Shared) {
        let fields = self.fields();
        let cursor = fields.iter().position(|field| field == self.field()).unwrap_or(0);
        let fields = fields.into_iter().map(|field| (visible(&field).into_owned(), Choice::CountField(field)));
        let another = ("another field: type its name".to_owned(), Choice::AnotherField);
        let menu = Menu::new("Count the values of", fields.chain([another]));
        shared.open(Overlay::Menu(Menu { cursor, ..menu }));
    }

    fn open_window_menu(&self, shared: &mut Shared) {
        let now = self.ask.window();
        let choices = WINDOWS.map(|(name, window)| (name.to_owned(), Choice::Window(window.to_owned())));
        let cursor = WINDOWS.iter().position(|(_, window)| *window == now).unwrap_or(0);
        let hint = Some("or type it behind the query: since 2026-11-23 until 12h".to_owned());
        shared.open(Overlay::Menu(Menu { hint, cursor, ..Menu::new("Events of", choices) }));
    }

    pub(in crate::app) fn explored(&mut self, answer: Explored) {
        if answer.ticket != self.ticket || self.stopped {
            return;
        }
        self.take(answer);
    }

    /// Opens the record of the event under the cursor.
    fn open_event(&mut self, shared: &mut Shared) {
        let Some(event) = self.event() else { return shared.say("there is no event to open") };
        let at = event.at.clone();
        self.read_record(at, shared);
    }

    fn read_record(&mut self, at: RecordRef, shared: &mut Shared) {
        self.record = Some(Record { at: at.clone(), found: None, gone: false, tree: None });
        shared.ask(Request::Record(at));
        shared.changed();
    }

    /// Opens a record by itself.
    pub(in crate::app) fn open_alone(&mut self, at: RecordRef, shared: &mut Shared) {
        self.alone = true;
        self.read_record(at, shared);
    }

    /// To the record of the next event, or the one before.
    fn step_record(&mut self, action: Action, shared: &mut Shared) {
        if self.alone {
            return shared.say("this record was opened by itself: Esc goes back");
        }
        let before = self.events.cursor;
        self.side = Side::Events;
        self.go_list(action, shared);
        if self.events.cursor == before {
            return shared.say("there is no further event in the list");
        }
        if self.record.is_some() {
            self.open_event(shared);
        }
    }

    pub(in crate::app) fn record_read(&mut self, read: ReadRecord, shared: &mut Shared) {
        if let Some(record) = self.record.as_mut().filter(|record| record.at == read.at) {
            (record.gone, record.found, record.tree) = (read.found.is_none(), read.found, None);
            shared.changed();
        }
    }

    /// Makes the tree of the record that is open, where that is still to be done, and keeps the cursors in sight.
    pub(in crate::app) fn settle(&mut self, shared: &Shared) {
        if let Some(record) = &mut self.record
            && let (Some((raw, document)), None) = (&record.found, &record.tree)
        {
            record.tree = Some(Tree::new(if shared.ecs { document } else { raw }));
        }
        let places = self.places(shared);
        let rows = |area: Area| usize::from(area.height.saturating_sub(1));
        self.events.settle(self.answer.events.len(), rows(places.events));
        self.values.settle(self.value_rows(), rows(places.values));
    }

    #[must_use]
    pub fn tree(&self) -> Option<&Tree> {
        self.record.as_ref().and_then(|record| record.tree.as_ref())
    }

    pub(in crate::app) fn tree_mut(&mut self) -> Option<&mut Tree> {
        self.record.as_mut().and_then(|record| record.tree.as_mut())
    }

    /// Has the record shown in its other form.
    pub(in crate::app) fn forget_tree(&mut self) {
        if let Some(record) = &mut self.record {
            record.tree = None;
        }
    }

    /// Moves the cursor of the record, or of the list that has the keys.
    pub(in crate::app) fn go(&mut self, action: Action, shared: &Shared) {
        if self.record.is_none() {
            return self.go_list(action, shared);
        }
        if let Some(tree) = self.tree_mut() {
            tree.go(action, shared.reader_rows());
        }
    }

    fn go_list(&mut self, action: Action, shared: &Shared) {
        let places = self.places(shared);
        let value_rows = self.value_rows();
        let (place, rows, area) = match self.side {
            Side::Events => (&mut self.events, self.answer.events.len(), places.events),
            Side::Values => (&mut self.values, value_rows, places.values),
        };
        let page = usize::from(area.height).saturating_sub(2).max(1);
        let last = rows.saturating_sub(1);
        place.cursor = match action {
            Action::Down => (place.cursor + 1).min(last),
            Action::Up => place.cursor.saturating_sub(1),
            Action::PageDown => (place.cursor + page).min(last),
            Action::PageUp => place.cursor.saturating_sub(page),
            Action::First => 0,
            _ => last,
        };
    }

    /// The values of the record or of the row under the cursor.
    pub(in crate::app) fn clauses(&self, shared: &Shared) -> Vec<Clause> {
        if let Some(record) = &self.record {
            let (Some(tree), Some((_, ecs))) = (&record.tree, &record.found) else { return Vec::new() };
            return Clause::under_cursor(tree, shared.ecs, ecs, shared.now).into_iter().collect();
        }
        self.clauses_of_row()
    }

    fn clauses_of_row(&self) -> Vec<Clause> {
        match self.side {
            Side::Events => self.event().map(Clause::of_event).unwrap_or_default(),
            Side::Values => self.value().into_iter().collect(),
        }
    }

    pub(in crate::app) fn copies(&self) -> Vec<(String, Copied)> {
        let copies: Vec<Copied> = match &self.record {
            Some(record) => record.tree.as_ref().map(Copied::under_cursor).into_iter().collect(),
            None => {
                let clauses = self.clauses_of_row().into_iter();
                clauses.filter_map(|c| Some(Copied::new(visible(&c.field), c.value?))).collect()
            }
        };
        copies.into_iter().map(Copied::offered).collect()
    }
}
