//! Takes back what this analyst did last, in whichever view; what could not be saved is given up.

use super::format::plural;
use super::shared::Done;
use super::{App, Mode};
use crate::detect::AlertId;
use crate::engine::Request;

impl App {
    /// Something that can be taken back.
    #[must_use]
    pub fn can_undo(&self) -> bool {
        !self.shared.done.is_empty() || self.alerts.own_last_decision(&self.shared).is_some()
    }

    pub(super) fn undo(&mut self) {
        let shared = &mut self.shared;
        if self.rules.saving() > 0 {
            return shared.say("a rule is still being switched");
        }
        while let Some(done) = shared.done.last().cloned() {
            let (origin, what, stored) = match done {
                Done::Decided { origin, what, stored } => (origin, what, stored),
                Done::Switched { switch, what } => {
                    shared.done.pop();
                    return self.rules.switch_back(switch, &what, shared);
                }
            };
            if let Some(batch) = shared.pending.discard(origin) {
                shared.done.pop();
                let alerts: Vec<AlertId> = batch.proposals.into_iter().map(|p| p.alert).collect();
                self.alerts.show_proposed(&alerts, shared);
                return shared.say(format!("given up, it was never saved: {what}"));
            }
            if shared.pending.holds(origin) {
                return shared.say(format!("still being saved: {what}"));
            }
            shared.done.pop();
            if self.alerts.take_back(&stored, shared) {
                return shared.say(format!("taken back: {what}"));
            }
        }
        if let Some(decision) = self.alerts.own_last_decision(shared) {
            let (alert, seq) = (decision.alert.clone(), decision.seq);
            let what = shared.words(&decision.action, &alert);
            self.alerts.take_back(&[(alert, seq)], shared);
            shared.say(format!("taken back: {what}"));
        }
    }

    /// Looks for what is new, and saves again what could not be saved.
    pub(super) fn refresh(&mut self) {
        if self.shared.setup.mode == Mode::Watch {
            self.shared.ask(Request::Refresh);
        }
        let count = self.shared.pending.retry();
        self.shared.notices.dismiss(true);
        self.shared.say(match count {
            0 => "looking for what is new".to_owned(),
            count => format!("saving again: {}", plural(count, "decision")),
        });
    }
}
