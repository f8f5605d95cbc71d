//! Carries an action out: what concerns more than one view here, the rest in the view that has the keys.

use super::clause::Use;
use super::overlay::{Help, Overlay};
use super::page::Item;
use super::tree::Tree;
use super::{Action, App, Cmd, View};
use crate::engine::{PlaybackRequest, Request};

impl Action {
    /// It may be done while the terminal is too small to show what it does.
    pub(super) fn works_blind(self) -> bool {
        matches!(self, Self::Redraw | Self::Suspend | Self::Quit)
    }

    /// It has nothing to do with where the cursor is.
    pub(super) fn leaves_cursor(self) -> bool {
        let plays = matches!(self, Self::Pause | Self::Faster | Self::Slower | Self::Step | Self::JumpToAlert);
        plays || matches!(self, Self::Zone | Self::Refresh | Self::Help | Self::Health | Self::Redraw | Self::Suspend)
    }
}

impl App {
    pub(super) fn run(&mut self, action: Action) {
        match action {
            Action::Down | Action::Up | Action::PageDown | Action::PageUp | Action::First | Action::Last => {
                self.go(action);
            }
            Action::Back => self.back(),
            Action::Rules => self.switch_rules(),
            Action::ItsAlerts => self.show_its_alerts(),
            Action::Explore => self.open_explore(),
            Action::SwitchLanguage => self.switch_language(),
            Action::ExploreValue => self.use_value(Use::Alone),
            Action::Narrow => self.use_value(Use::And),
            Action::LeaveOut => self.use_value(Use::AndNot),
            Action::Open if self.view == View::Explore && self.explore.on_values() => self.use_value(Use::And),
            Action::Open if self.view == View::Alerts => match self.alerts.record_under_cursor() {
                Some(at) => self.open_record(at),
                None => self.alerts.act(action, &mut self.shared),
            },
            Action::CountField if self.explore.record.is_some() => self.use_value(Use::Count),
            Action::CountField => self.explore.open_field_menu(&mut self.shared),
            Action::Fold => match self.alerts.item_under_cursor() {
                Some(Item::Search { .. }) => self.open_search_of_guide(),
                Some(Item::Evidence { record: Some(at), .. }) if self.view == View::Alerts => {
                    let at = at.clone();
                    self.open_record(at);
                }
                _ => self.fold(Tree::toggle),
            },
            Action::Unfold => self.fold(Tree::expand),
            Action::FoldUp => self.fold(Tree::collapse),
            Action::Search => self.open_search(),
            Action::NextMatch => self.fold(Tree::next_match),
            Action::ToggleEcs => {
                self.shared.ecs = !self.shared.ecs;
                self.alerts.forget_tree();
                self.explore.forget_tree();
                self.shared.changed();
            }
            Action::Undo => self.undo(),
            Action::Refresh => self.refresh(),
            Action::Copy => self.copy_something(),
            Action::Health => self.shared.open(Overlay::Health),
            Action::Help => self.shared.open(Overlay::Help(Help::default())),
            Action::Palette => self.open_palette(),
            Action::Zone => {
                self.shared.clock.toggle();
                self.shared.say(format!("times are in {} now", self.shared.clock.zone()));
            }
            Action::Pause => self.play(PlaybackRequest::TogglePause),
            Action::Faster => self.play(PlaybackRequest::Faster),
            Action::Slower => self.play(PlaybackRequest::Slower),
            Action::Step => self.play(PlaybackRequest::Step),
            Action::JumpToAlert => self.play(PlaybackRequest::NextAlert),
            Action::Redraw => self.shared.cmds.push(Cmd::Redraw),
            Action::Suspend => self.shared.cmds.push(Cmd::Suspend),
            Action::Quit => self.quit(),
            Action::QuitAnyway => self.shared.cmds.push(Cmd::Quit),
            Action::Accept => self.accept(),
            Action::Choose(number) => self.choose_number(number),
            Action::NewLine => self.new_line(),
            Action::TickEntry => self.tick_entry(),
            Action::Complete => self.complete(),
            _ => match self.view {
                View::Alerts => self.alerts.act(action, &mut self.shared),
                View::Explore => self.explore.act(action, &mut self.shared),
                View::Rules => self.rules.act(action, &mut self.shared),
            },
        }
    }

    fn play(&mut self, request: PlaybackRequest) {
        self.shared.ask(Request::Playback(request));
    }

    fn quit(&mut self) {
        if self.shared.pending.failed() + self.saving() + self.alerts.drafts.len() > 0 {
            self.shared.open(Overlay::Leave);
        } else {
            self.shared.cmds.push(Cmd::Quit);
        }
    }

    fn back(&mut self) {
        if self.shared.overlay.is_some() {
            return self.leave_overlay();
        }
        if self.shared.notices.dismiss(true) {
            return self.shared.changed();
        }
        match self.view {
            View::Alerts => self.alerts.back(&mut self.shared),
            View::Explore => {
                let alone = std::mem::take(&mut self.explore.alone);
                if !self.explore.close_record(&mut self.shared) || alone {
                    self.leave_explore();
                }
            }
            View::Rules => {
                if !self.rules.back(&mut self.shared) {
                    self.hide_rules();
                }
            }
        }
    }

    /// Opens the Rules view, or goes back from it.
    fn switch_rules(&mut self) {
        if self.view == View::Rules {
            return self.hide_rules();
        }
        self.behind_rules = self.view;
        self.view = View::Rules;
        (self.alerts.pane, self.rules.pane) = Default::default();
        self.rules.renew(&mut self.shared);
        self.shared.changed();
    }

    /// Goes back from the Rules view to the one it was opened from.
    pub(super) fn hide_rules(&mut self) {
        if self.view == View::Rules {
            self.view = self.behind_rules;
            self.shared.changed();
        }
    }

    /// Shows the alerts of the rule under the cursor.
    fn show_its_alerts(&mut self) {
        let Some(filter) = self.rules.filter_for_alerts() else { return };
        self.alerts.type_filter(&filter, &mut self.shared);
        self.hide_rules();
        if self.view == View::Explore {
            self.leave_explore();
        }
    }

    fn go(&mut self, action: Action) {
        self.shared.dirty = true;
        let rows = self.shared.reader_rows();
        match (&mut self.shared.overlay, &mut self.reader) {
            (Some(Overlay::Menu(menu)), _) => turn(&mut menu.cursor, menu.choices.len(), action),
            (Some(Overlay::Except(form)), _) => form.turn(action),
            (Some(Overlay::Palette { found, cursor, .. }), _) => turn(cursor, found.len(), action),
            (Some(_), Some((text, scroll))) => match action {
                Action::Down => scroll.scroll(text, rows, 1),
                Action::Up => scroll.scroll(text, rows, -1),
                Action::PageDown => scroll.scroll(text, rows, rows.cast_signed()),
                Action::PageUp => scroll.scroll(text, rows, -rows.cast_signed()),
                Action::First => scroll.home(),
                _ => scroll.end(text, rows),
            },
            (Some(_), None) => {}
            (None, _) => match self.view {
                View::Alerts => self.alerts.go(action, &mut self.shared),
                View::Explore => self.explore.go(action, &self.shared),
                View::Rules => self.rules.go(action, &self.shared),
            },
        }
    }

    fn fold(&mut self, act: fn(&mut Tree)) {
        match self.view {
            View::Explore => {
                if let Some(tree) = self.explore.tree_mut() {
                    act(tree);
                }
            }
            View::Alerts | View::Rules => self.alerts.fold(act),
        }
        self.shared.changed();
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
