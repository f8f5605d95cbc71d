//! The events of a sequence: the Event tab shows the record of each, one at a time.

use serde_json::Value;

use super::super::action::Tab;
use super::super::page::{Part, Role, part};
use super::super::shared::Shared;
use super::AlertsView;
use crate::engine::SequenceEvent;
use crate::text::visible;

impl AlertsView {
    /// The events of the selected alert, where it is one of a sequence.
    pub(in crate::app) fn sequence(&self) -> &[SequenceEvent] {
        self.detail().map_or(&[], |detail| &detail.sequence)
    }

    /// The event whose record is shown, and its place: the last, unless another was chosen.
    fn event_shown(&self) -> Option<(usize, &SequenceEvent)> {
        let detail = self.detail()?;
        let last = detail.sequence.len().checked_sub(1)?;
        let chosen = self.chosen_event.as_ref().filter(|(alert, _)| *alert == detail.alert);
        let at = chosen.map_or(last, |(_, at)| *at).min(last);
        Some((at, detail.sequence.get(at)?))
    }

    /// The record that the Event tab shows, and its document.
    pub(super) fn record_shown(&self) -> Option<(&Value, &Value)> {
        let detail = self.detail()?;
        Some(match self.event_shown() {
            Some((_, event)) => (&event.record, &event.ecs),
            None => (&detail.record, &detail.ecs),
        })
    }

    /// Which event of how many the record is of; nothing where there is one.
    #[must_use]
    pub fn place_in_sequence(&self, shared: &Shared) -> Option<Vec<Part>> {
        let (at, event) = self.event_shown()?;
        let scene = &event.scene;
        Some(vec![
            part(Role::Strong, format!("Event {} of {}", at + 1, self.sequence().len())),
            part(Role::Quiet, format!(" · {} · ", shared.clock.event(scene.time))),
            part(Role::Text, visible(&format!("{} by {}", scene.action, scene.actor)).into_owned()),
            part(Role::Quiet, format!(" · {}", visible(&scene.origin.to_string()))),
        ])
    }

    /// Shows the record of the event at this place.
    pub(super) fn open_event(&mut self, at: usize, shared: &mut Shared) {
        if let Some(detail) = self.detail() {
            self.chosen_event = Some((detail.alert.clone(), at));
            self.forget_tree();
            self.show(Tab::Event, shared);
        }
    }

    /// To the record of the next event, or the one before.
    pub(super) fn step_in_sequence(&mut self, forward: bool, shared: &mut Shared) {
        let Some((at, _)) = self.event_shown() else { return };
        let next = if forward { at.checked_add(1) } else { at.checked_sub(1) };
        match next.filter(|next| *next < self.sequence().len()) {
            Some(next) => self.open_event(next, shared),
            None => {
                let end = if forward { "last" } else { "first" };
                shared.say(format!("this is the {end} event of the sequence"));
            }
        }
    }
}
