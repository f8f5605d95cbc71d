//! Carries an action out.

use super::dialog::Overlay;
use super::list::Row;
use super::page::{Page, Reading};
use super::tree::Tree;
use crate::engine::{PlaybackRequest, Request};

use super::explore::Use;
use super::page::Item;
use super::{Action, App, Cmd, Filter, Pane, Tab};
use crate::triage::{Status, StepState};

impl Action {
    /// Whether it may be done while the terminal is too small to show what it does.
    pub(super) fn works_blind(self) -> bool {
        matches!(self, Self::Redraw | Self::Suspend | Self::Quit)
    }
}

impl App {
    pub(super) fn run(&mut self, action: Action, cmds: &mut Vec<Cmd>) {
        match action {
            Action::Down | Action::Up | Action::PageDown | Action::PageUp | Action::First | Action::Last => {
                self.go(action);
            }
            Action::Open if self.exploring().is_some() => self.open_found(cmds),
            Action::Open => self.focus(Pane::Detail),
            Action::SwitchPane if self.exploring().is_some() => self.switch_side(),
            Action::SwitchPane => {
                let other = if self.pane == Pane::Table { Pane::Detail } else { Pane::Table };
                self.focus(other);
            }
            Action::Rules => self.open_rules(),
            Action::SwitchRule => self.switch_rule(cmds),
            Action::ItsAlerts => self.show_its_alerts(cmds),
            Action::Back => self.back(cmds),
            Action::Show(tab) => self.show(tab),
            Action::NextTab => self.show(neighbour(self.tab, 1)),
            Action::PreviousTab => self.show(neighbour(self.tab, Tab::ALL.len() - 1)),
            Action::NextAlert => self.step_alert(1),
            Action::PreviousAlert => self.step_alert(-1),
            Action::GoOn => {
                if let Some(id) = self.list.selected() {
                    self.places.remove(&(id.clone(), Tab::Checklist));
                }
                self.show(Tab::Checklist);
            }
            Action::Mark => self.mark(),
            Action::MarkAll => self.mark_all(),
            Action::Tick => self.set_step(StepState::Done),
            Action::NotApplicable => self.set_step(StepState::NotApplicable),
            Action::Fold if matches!(self.item_under_cursor(), Some(Item::Search { .. })) => {
                self.open_search_of_guide(cmds);
            }
            Action::Fold => self.fold(Tree::toggle),
            Action::Unfold => self.fold(Tree::expand),
            Action::FoldUp => self.fold(Tree::collapse),
            Action::CycleWhy => {
                self.why = self.why.next();
                self.changed();
            }
            Action::ToggleEcs => {
                self.ecs = !self.ecs;
                self.tree = None;
                self.forget_record_tree();
                self.changed();
            }
            Action::Explore => self.open_explore(cmds),
            Action::ExploreValue => self.use_value(Use::Alone, cmds),
            Action::Narrow => self.use_value(Use::And, cmds),
            Action::LeaveOut => self.use_value(Use::AndNot, cmds),
            Action::Ask => {
                let asked = self.explore.ask().text().to_owned();
                self.open_question(&asked);
            }
            Action::EarlierQuestion => self.earlier_question(cmds),
            Action::SearchAgain => self.search(cmds),
            Action::CountField => self.open_field_menu(cmds),
            Action::TimeWindow => self.open_window_menu(),
            Action::NextEvent | Action::PreviousEvent => self.step_record(action, cmds),
            Action::Note => self.open_note(),
            Action::Acknowledge => self.set_status(Status::Acknowledged, None),
            Action::Close => self.open_close_menu(),
            Action::Except => self.open_exception(),
            Action::TickEntry => self.tick_entry(),
            Action::Reopen => self.set_status(Status::Open, None),
            Action::Undo => self.undo(cmds),
            Action::Retry => self.retry(),
            Action::Copy => self.copy_something(cmds),
            Action::CopySummary => self.copy_summary(cmds),
            Action::Filter if self.rules.is_open() => self.open_rule_filter(),
            Action::Filter => self.open_filter(),
            Action::Search => self.open_search(),
            Action::NextMatch => self.fold(Tree::next_match),
            Action::Sort if self.rules.is_open() => self.open_rule_sort(),
            Action::Sort => self.open_sort_menu(),
            Action::Group => self.open_group_menu(),
            Action::Held => {
                self.list.show_held = !self.list.show_held;
                self.arrange(false);
            }
            Action::Health => self.open(Overlay::Health),
            Action::Help => self.open(Overlay::Help),
            Action::Palette => self.open_palette(),
            Action::Zone => {
                self.clock.toggle();
                self.say(format!("times are in {} now", self.clock.zone()));
            }
            Action::Pause => cmds.push(Cmd::Ask(Request::Playback(PlaybackRequest::TogglePause))),
            Action::Faster => cmds.push(Cmd::Ask(Request::Playback(PlaybackRequest::Faster))),
            Action::Slower => cmds.push(Cmd::Ask(Request::Playback(PlaybackRequest::Slower))),
            Action::Step => cmds.push(Cmd::Ask(Request::Playback(PlaybackRequest::Step))),
            Action::JumpToAlert => cmds.push(Cmd::Ask(Request::Playback(PlaybackRequest::NextAlert))),
            Action::Redraw => cmds.push(Cmd::Redraw),
            Action::Suspend => cmds.push(Cmd::Suspend),
            Action::Quit => self.quit(cmds),
            Action::QuitAnyway => cmds.push(Cmd::Quit),
            Action::Accept => self.accept(cmds),
            Action::Choose(number) => {
                if let Some(Overlay::Menu(menu)) = &mut self.overlay
                    && usize::from(number) <= menu.choices.len()
                {
                    menu.cursor = usize::from(number) - 1;
                    self.accept(cmds);
                }
            }
            Action::NewLine => {
                if let Some(Overlay::Note { editor, .. }) = &mut self.overlay {
                    editor.insert("\n");
                    self.changed();
                }
            }
            Action::Complete => self.complete(cmds),
        }
    }

    fn focus(&mut self, pane: Pane) {
        if pane == Pane::Detail && !self.rules.is_open() && self.selected().is_none() {
            return self.say("there is no alert yet");
        }
        self.pane = pane;
        self.changed();
    }

    fn show(&mut self, tab: Tab) {
        self.tab = tab;
        self.focus(Pane::Detail);
    }

    fn quit(&mut self, cmds: &mut Vec<Cmd>) {
        if self.pending.failed() + self.saving() + self.drafts.len() > 0 {
            self.open(Overlay::Leave);
        } else {
            cmds.push(Cmd::Quit);
        }
    }

    fn back(&mut self, cmds: &mut Vec<Cmd>) {
        if self.overlay.is_some() {
            self.leave_overlay(cmds);
        } else if self.notices.dismiss(true) {
            self.changed();
        } else if self.back_in_rules() {
        } else if self.exploring().is_some() {
            self.back_in_explore(cmds);
        } else if self.pane == Pane::Detail {
            self.focus(Pane::Table);
        } else if self.marked() > 0 {
            self.alerts.unmark_all();
            self.changed();
        } else if self.filter.is_set() {
            self.hidden_new = 0;
            self.filter_by(Filter::default(), cmds);
        }
    }

    fn go(&mut self, action: Action) {
        self.dirty = true;
        let page = self.reader_rows().cast_signed();
        match (&mut self.overlay, &mut self.reader) {
            (Some(Overlay::Menu(menu)), _) => return turn(&mut menu.cursor, menu.choices.len(), action),
            (Some(Overlay::Except(form)), _) => return form.turn(action),
            (Some(Overlay::Palette { found, cursor, .. }), _) => return turn(cursor, found.len(), action),
            (Some(_), Some((text, reading))) => {
                let rows = page.unsigned_abs();
                match action {
                    Action::Down => reading.scroll(text, rows, 1),
                    Action::Up => reading.scroll(text, rows, -1),
                    Action::PageDown => reading.scroll(text, rows, page),
                    Action::PageUp => reading.scroll(text, rows, -page),
                    Action::First => reading.home(),
                    _ => reading.end(text, rows),
                }
                return;
            }
            (Some(_), None) => return,
            (None, _) => {}
        }
        if self.rules.is_open() {
            return self.go_rules(action);
        }
        if let Some(explore) = self.exploring() {
            return if explore.record().is_some() { self.go_tree(action) } else { self.go_explore(action) };
        }
        match (self.pane, self.tab) {
            (Pane::Table, _) => self.go_table(action),
            (Pane::Detail, Tab::Event) => self.go_tree(action),
            (Pane::Detail, _) => self.go_page(action),
        }
    }

    fn go_table(&mut self, action: Action) {
        let page = self.layout.map_or(1, |l| l.table_rows()).max(2).cast_signed() - 1;
        match action {
            Action::Down => self.list.step(&self.alerts, 1),
            Action::Up => self.list.step(&self.alerts, -1),
            Action::PageDown => self.list.step(&self.alerts, page),
            Action::PageUp => self.list.step(&self.alerts, -page),
            Action::First => self.list.jump(&self.alerts, false),
            _ => self.list.jump(&self.alerts, true),
        }
    }

    fn go_tree(&mut self, action: Action) {
        let rows = if self.exploring().is_some() { self.reader_rows() } else { self.detail_rows() };
        let page = rows.max(4).cast_signed() - 2;
        let Some(tree) = self.shown_tree() else { return };
        match action {
            Action::Down => tree.move_by(1),
            Action::Up => tree.move_by(-1),
            Action::PageDown => tree.move_by(page),
            Action::PageUp => tree.move_by(-page),
            Action::First => tree.top(),
            _ => tree.bottom(),
        }
    }

    fn go_page(&mut self, action: Action) {
        let height = self.detail_rows();
        let mut reading = self.reading();
        turn_page(&mut reading, &self.page, height, action);
        self.set_reading(reading);
        // The step under the cursor shows more than the others.
        self.stale |= self.tab == Tab::Checklist;
    }

    fn step_alert(&mut self, rows: isize) {
        let before = self.list.position();
        self.list.step(&self.alerts, rows);
        if before == self.list.position() {
            let end = if rows > 0 { "last" } else { "first" };
            self.say(format!("this is the {end} alert in the table"));
        }
        self.changed();
    }

    fn mark(&mut self) {
        let Some(i) = self.list.selected().and_then(|id| self.alerts.position(id)) else { return };
        let marked = self.alerts.at(i).is_some_and(|e| e.marked);
        self.alerts.mark(i, !marked);
        self.list.step(&self.alerts, 1);
        self.changed();
    }

    fn mark_all(&mut self) {
        let rows = self.list.rows();
        let at = self.list.position();
        let is_group = |row: &Row| matches!(row, Row::Group(_));
        let start = rows[..at.min(rows.len())].iter().rposition(is_group).map_or(0, |i| i + 1);
        let end = rows.iter().skip(at).position(is_group).map_or(rows.len(), |i| at + i);
        let indices: Vec<usize> = rows[start..end]
            .iter()
            .filter_map(|row| match row {
                Row::Alert(i) => Some(*i),
                Row::Group(_) => None,
            })
            .collect();
        let all = indices.iter().all(|&i| self.alerts.at(i).is_some_and(|e| e.marked));
        for i in indices {
            self.alerts.mark(i, !all);
        }
        self.changed();
    }

    /// The record that is shown.
    pub(super) fn shown_tree(&mut self) -> Option<&mut Tree> {
        if self.exploring().is_some() {
            return self.record_tree_mut();
        }
        self.tree.as_mut().map(|(_, tree)| tree)
    }

    fn fold(&mut self, act: fn(&mut Tree)) {
        if self.tab == Tab::Checklist && self.exploring().is_none() {
            self.unfolded = !self.unfolded;
        } else if let Some(tree) = self.shown_tree() {
            act(tree);
        }
        self.changed();
    }
}

/// Moves the place where `page` is being read.
pub(super) fn turn_page(reading: &mut Reading, page: &Page, height: usize, action: Action) {
    let screen = height.max(2).cast_signed() - 1;
    match action {
        Action::Down => reading.down(page, height),
        Action::Up => reading.up(page, height),
        Action::PageDown => reading.scroll(page, height, screen),
        Action::PageUp => reading.scroll(page, height, -screen),
        Action::First => reading.home(),
        _ => reading.end(page, height),
    }
}

fn turn(cursor: &mut usize, length: usize, action: Action) {
    let last = length.saturating_sub(1);
    *cursor = match action {
        Action::Down => (*cursor + 1).min(last),
        Action::Up => cursor.saturating_sub(1),
        _ => *cursor,
    };
}

fn neighbour(tab: Tab, by: usize) -> Tab {
    let at = Tab::ALL.iter().position(|t| *t == tab).unwrap_or(0);
    Tab::ALL[(at + by) % Tab::ALL.len()]
}
