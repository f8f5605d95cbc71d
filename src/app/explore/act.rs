//! What the keys of Explore do.

use super::super::dialog::Overlay;
use super::super::editor::Editor;
use super::super::layout::Area;
use super::super::tree::Tree;
use super::super::{Action, App, Cmd};
use super::places::Places;
use super::{Ask, EARLIER, Explore, Record, Side, Use};
use crate::engine::{Explored, Question, ReadRecord, Request};

impl App {
    /// Explore, while it is open.
    #[must_use]
    pub fn exploring(&self) -> Option<&Explore> {
        Some(&self.explore).filter(|explore| explore.open && !self.rules.is_open())
    }

    /// Where Explore draws.
    #[must_use]
    pub fn explore_places(&self) -> Places {
        let explore = &self.explore;
        let body = self.layout.map_or_else(Area::default, |layout| layout.body());
        let question = match &self.overlay {
            Some(Overlay::Question { problem: Some(_), .. } | Overlay::Question { doubt: Some(_), .. }) => 3,
            Some(Overlay::Question { .. }) => 2,
            _ => u16::try_from(self.question_lines(usize::from(body.width)).len()).unwrap_or(1),
        };
        let gaps = self.explore_gaps(explore, usize::from(body.width).max(8)).len();
        Places::of(body, question, u16::try_from(gaps).unwrap_or(u16::MAX), explore.side)
    }

    /// Opens Explore as it was left; the first time, with the question still to be typed.
    pub(in super::super) fn open_explore(&mut self, cmds: &mut Vec<Cmd>) {
        self.hide_rules();
        self.explore.open = true;
        self.changed();
        if !self.explore.asked {
            self.open_question("");
        } else if self.explore.stopped {
            self.search(cmds);
        }
    }

    /// Leaves Explore for where she was before; a search that is under way ends.
    pub(in super::super) fn leave_explore(&mut self, cmds: &mut Vec<Cmd>) {
        self.explore.open = false;
        if self.explore.asked && !self.explore.answer.done {
            self.explore.stopped = true;
        }
        cmds.push(Cmd::Ask(Request::StopExploring));
        self.changed();
    }

    /// From the record to the lists, from the lists to where she was before.
    pub(in super::super) fn back_in_explore(&mut self, cmds: &mut Vec<Cmd>) {
        if self.explore.record.take().is_some() {
            return self.changed();
        }
        self.leave_explore(cmds);
    }

    /// Reads a question as it is typed.
    pub(in super::super) fn read_question(&self, text: &str) -> Ask {
        Ask::read(text, self.clock.present())
    }

    pub(in super::super) fn open_question(&mut self, text: &str) {
        self.explore.open = true;
        let ask = self.read_question(text);
        let (problem, doubt) = (ask.problem().cloned(), ask.doubt().cloned());
        self.open(Overlay::Question { editor: Editor::line(text), problem, doubt });
    }

    /// Asks the log; a question with an error goes back to be put right.
    pub(in super::super) fn ask_log(&mut self, text: &str, cmds: &mut Vec<Cmd>) {
        self.hide_rules();
        let ask = self.read_question(text);
        self.changed();
        if ask.problem().is_some() {
            return self.open_question(text);
        }
        let explore = &mut self.explore;
        explore.open = true;
        explore.record = None;
        if explore.asked && explore.ask.text() != ask.text() {
            let before = std::mem::take(&mut explore.ask);
            explore.earlier.push(before);
            if explore.earlier.len() > EARLIER {
                explore.earlier.remove(0);
            }
        }
        explore.ask = ask;
        (explore.events, explore.values) = Default::default();
        self.search(cmds);
    }

    /// Back to the question before.
    pub(in super::super) fn earlier_question(&mut self, cmds: &mut Vec<Cmd>) {
        let Some(ask) = self.explore.earlier.pop() else { return };
        self.explore.ask = ask;
        self.explore.record = None;
        (self.explore.events, self.explore.values) = Default::default();
        self.search(cmds);
    }

    /// Whether there is a question before.
    #[must_use]
    pub fn has_earlier_question(&self) -> bool {
        !self.explore.earlier.is_empty()
    }

    /// Searches for the present question.
    pub(in super::super) fn search(&mut self, cmds: &mut Vec<Cmd>) {
        let now = self.clock.present();
        let explore = &mut self.explore;
        explore.ticket += 1;
        (explore.asked, explore.stopped, explore.as_of) = (true, false, Some(now));
        explore.answer = Explored { ticket: explore.ticket, ..Explored::default() };
        cmds.push(Cmd::Ask(Request::Explore(Question {
            ticket: explore.ticket,
            query: explore.ask.kql().to_owned(),
            since: explore.ask.since.map(|moment| moment.resolve(now)),
            until: explore.ask.until.map(|moment| moment.resolve(now)),
            now,
            fields: explore.fields(),
        })));
        self.changed();
    }

    pub(in super::super) fn explored(&mut self, answer: Explored) {
        self.explore.take(answer);
        if self.explore.open {
            self.changed();
        }
    }

    /// Opens what is under the cursor: an event's record, or the events with a value.
    pub(in super::super) fn open_found(&mut self, cmds: &mut Vec<Cmd>) {
        if self.explore.side == Side::Values {
            return self.use_value(Use::And, cmds);
        }
        let Some(event) = self.explore.event() else { return self.say("there is no event to open") };
        let spot = event.spot.clone();
        self.explore.record = Some(Record { spot: spot.clone(), found: None, gone: false, tree: None });
        cmds.push(Cmd::Ask(Request::Record(spot)));
        self.changed();
    }

    /// To the record of the next event, or the one before.
    pub(in super::super) fn step_record(&mut self, action: Action, cmds: &mut Vec<Cmd>) {
        let before = self.explore.events.cursor;
        self.explore.side = Side::Events;
        self.go_explore(if action == Action::NextEvent { Action::Down } else { Action::Up });
        if self.explore.events.cursor == before {
            return self.say("there is no further event in the list");
        }
        if self.explore.record.is_some() {
            self.open_found(cmds);
        }
    }

    pub(in super::super) fn record_read(&mut self, read: ReadRecord) {
        if let Some(record) = self.explore.record.as_mut().filter(|record| record.spot == read.spot) {
            (record.gone, record.found, record.tree) = (read.found.is_none(), read.found, None);
            self.changed();
        }
    }

    /// Makes the tree of the record that is open, where that is still to be done.
    pub(in super::super) fn settle_explore(&mut self) {
        let ecs = self.ecs;
        if let Some(record) = &mut self.explore.record
            && let (Some((raw, document)), None) = (&record.found, &record.tree)
        {
            record.tree = Some(Tree::new(if ecs { document } else { raw }));
        }
        let places = self.explore_places();
        let rows = |area: Area| usize::from(area.height.saturating_sub(1));
        let explore = &mut self.explore;
        explore.events.settle(explore.answer.events.len(), rows(places.events));
        explore.values.settle(explore.value_rows(), rows(places.values));
    }

    pub(in super::super) fn record_tree(&self) -> Option<&Tree> {
        self.explore.record.as_ref().and_then(|record| record.tree.as_ref())
    }

    pub(in super::super) fn record_tree_mut(&mut self) -> Option<&mut Tree> {
        self.explore.record.as_mut().and_then(|record| record.tree.as_mut())
    }

    /// The record is to be shown in its other form.
    pub(in super::super) fn forget_record_tree(&mut self) {
        if let Some(record) = &mut self.explore.record {
            record.tree = None;
        }
    }

    /// Moves the cursor of the list that has the keys.
    pub(in super::super) fn go_explore(&mut self, action: Action) {
        let places = self.explore_places();
        let explore = &mut self.explore;
        let value_rows = explore.value_rows();
        let (place, rows, area) = match explore.side {
            Side::Events => (&mut explore.events, explore.answer.events.len(), places.events),
            Side::Values => (&mut explore.values, value_rows, places.values),
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

    pub(in super::super) fn switch_side(&mut self) {
        let explore = &mut self.explore;
        explore.side = if explore.side == Side::Events { Side::Values } else { Side::Events };
        self.changed();
    }
}
