//! Messages in, commands out.

use super::layout::Layout;
use super::{App, Cmd, KeyPress, Msg, View, keys};
use crate::engine::Update;

impl App {
    /// Takes one message in, and says what the world has to do about it.
    pub fn update(&mut self, msg: Msg) -> Vec<Cmd> {
        let shared = &mut self.shared;
        match msg {
            Msg::Now(now) => {
                let turns = shared.clock.turns(self.alerts.list.span.map(|(_, newest)| newest));
                shared.now = now;
                shared.clock.tell(now);
                if turns.is_none_or(|turns| now < turns) {
                    return Vec::new();
                }
                shared.changed();
            }
            Msg::Key(key) => self.key(key),
            Msg::Paste(text) => self.paste(&text),
            Msg::Resize { columns, rows } => {
                shared.size = (columns, rows);
                shared.changed();
            }
            Msg::GoOn => self.alerts.go_on(shared),
            Msg::Engine(update) => self.take(update),
            Msg::Excepted { alert, outcome } => self.alerts.excepted(&alert, outcome, shared),
            Msg::Notice(text) => shared.say(text),
        }
        if let Some(request) = self.shared.pending.send() {
            self.shared.ask(request);
        }
        self.settle();
        std::mem::take(&mut self.shared.cmds)
    }

    fn take(&mut self, update: Update) {
        let shared = &mut self.shared;
        match update {
            Update::Rules(entries) => {
                self.rules.take(entries, shared);
                self.alerts.learn_rules(shared);
                if self.view == View::Rules {
                    self.rules.renew(shared);
                }
            }
            Update::Costs(costs) => {
                self.rules.take_costs(costs);
                if self.view == View::Rules {
                    shared.renewed();
                    self.rules.renew(shared);
                }
            }
            Update::Switched { switch, outcome } => self.rules.switched(switch, outcome, shared),
            Update::Alerts(alerts) => self.alerts.arrive(alerts, shared),
            Update::Decisions(decisions) => self.alerts.learn(&decisions, shared),
            Update::Loaded => {
                shared.loaded = true;
                shared.changed();
            }
            Update::Persisted { ticket, outcomes } => self.alerts.persisted(ticket, outcomes, shared),
            Update::Detail(detail) => self.alerts.take_detail(*detail, shared),
            Update::Matched { query, found, whole } => self.alerts.matched(&query, &found, whole, shared),
            Update::Explored(answer) => {
                self.explore.explored(*answer);
                if self.view == View::Explore {
                    shared.changed();
                }
            }
            Update::Story(story) => self.alerts.take_story(*story, shared),
            Update::Record(read) => self.explore.record_read(*read, shared),
            Update::Health(health) => shared.take_health(*health),
            Update::Playback(playback) => shared.take_playback(playback),
            Update::State(news) => shared.take_state(news),
            Update::TryAgain => shared.pending.try_again(),
            Update::Notice(text) => shared.say(text),
        }
    }

    fn key(&mut self, key: KeyPress) {
        let found = keys::resolve(&self.contexts(), key);
        // What opens a dialog has had a hand in it already, or is none, as the help.
        self.shared.touched |= self.shared.overlay.is_none() && !found.is_some_and(|b| b.action.leaves_cursor());
        self.look();
        let shared = &mut self.shared;
        if shared.layout.is_none() && !found.is_some_and(|b| b.action.works_blind()) {
            return;
        }
        if shared.notices.dismiss(false) {
            shared.changed();
        }
        match found {
            Some(binding) => match (binding.disabled)(self) {
                Some(why) => self.shared.say(format!("{}: {why}", binding.name)),
                None => self.run(binding.action),
            },
            None => self.type_key(key),
        }
        self.look();
    }

    /// What is under the cursor while she presses keys has been looked at.
    fn look(&mut self) {
        if self.view == View::Alerts && self.shared.touched && self.alerts.list.look() {
            self.shared.dirty = true;
        }
    }

    /// Brings everything that follows from the state up to date with it.
    pub(super) fn settle(&mut self) {
        let shared = &mut self.shared;
        let needs = match self.view {
            View::Rules => self.rules.needs(shared),
            View::Alerts | View::Explore => self.alerts.needs(shared),
        };
        shared.layout = Layout::of(shared.size.0, shared.size.1, needs);
        let Some(layout) = shared.layout else { return };
        if self.view == View::Rules {
            self.rules.settle(layout, shared);
        } else {
            self.alerts.settle(layout, shared);
            self.explore.settle(shared);
        }
        self.settle_reader();
        self.shared.stale = false;
    }
}
