//! The Story tab: what is asked of the log for it, and what its keys do. [`super::tabs`] has its page.

use std::collections::HashSet;

use chrono::TimeDelta;

use super::super::action::{Action, Tab};
use super::super::alerts::AlertEntry;
use super::super::page::{Item, Page, PageScroll};
use super::super::shared::Shared;
use super::AlertsView;
use crate::engine::{RecordRef, Request, SequenceEvent, Story, StoryQuestion};
use crate::investigate::{Belongs, Cast, Scene};

/// The time a story covers before its first alert and after its last.
const REACHES: [(&str, Option<TimeDelta>); 5] = [
    ("within 30 min", Some(TimeDelta::minutes(30))),
    ("within 2 h", Some(TimeDelta::hours(2))),
    ("within 12 h", Some(TimeDelta::hours(12))),
    ("within 3 days", Some(TimeDelta::days(3))),
    ("all of the log", None),
];

/// The story that is open, and how it is looked at.
#[derive(Debug, Default)]
pub(super) struct StoryView {
    pub belongs: Belongs,
    reach: usize,
    pub reads_hidden: bool,
    ticket: u64,
    /// The last question; `None` once the story is closed.
    asked: Option<StoryQuestion>,
    /// The events of the alerts that `told` is about.
    about: Cast,
    told: Option<Story>,
    /// Runs that show their calls, by their first.
    pub unfolded: HashSet<String>,
    /// The cursor is still to be put on the alert.
    seek: bool,
}

impl StoryView {
    pub(super) fn reach(&self) -> &'static str {
        REACHES.get(self.reach).map_or("", |(name, _)| name)
    }

    /// The last answer, which stays until the next question has one.
    pub(super) fn told(&self) -> Option<&Story> {
        self.told.as_ref()
    }

    /// A search is under way.
    pub(super) fn is_searching(&self) -> bool {
        self.told.as_ref().is_none_or(|told| !told.done || told.ticket != self.ticket)
    }

    /// Addresses of the alerts that too many use to say anything.
    pub(super) fn left_out(&self) -> impl Iterator<Item = &str> {
        let shown = (self.belongs != Belongs::Lineage).then_some(&self.about.shared);
        shown.into_iter().flatten().map(String::as_str)
    }

    fn scene(&self, distinct: &str) -> Option<&Scene> {
        self.told.as_ref()?.scenes.iter().find(|scene| scene.distinct == distinct)
    }

    /// `sequence`: the events of the alert that is open, where it is one of several.
    fn question(&self, members: &[&AlertEntry], sequence: &[SequenceEvent]) -> Option<StoryQuestion> {
        let mut cast = Cast::default();
        for entry in members {
            cast.add(&entry.row.event_id, &entry.row.assessment.trace, entry.row.summary.target.as_deref());
        }
        cast.events.extend(sequence.iter().map(|event| event.scene.event_id.clone()));
        let times = members.iter().map(|entry| entry.row.time).chain(sequence.iter().map(|event| event.scene.time));
        let (first, last) = (times.clone().min()?, times.max()?);
        let reach = REACHES.get(self.reach).and_then(|(_, reach)| *reach);
        Some(StoryQuestion {
            ticket: self.ticket,
            cast: cast.that(self.belongs),
            from: reach.map(|reach| first.checked_sub_signed(reach).unwrap_or(first)),
            to: reach.map(|reach| last.checked_add_signed(reach).unwrap_or(last)),
            near: first,
        })
    }
}

impl AlertsView {
    /// The alerts of the incident of the selected one, by time; it alone where it belongs to none.
    pub(super) fn incident<'s>(&self, shared: &'s Shared) -> Vec<&'s AlertEntry> {
        let Some(selected) = self.selected(shared) else { return Vec::new() };
        let Some(incident) = &selected.row.incident else { return vec![selected] };
        let mut members = shared.alerts.of_incident(incident);
        members.retain(|entry| !entry.row.withdrawn || entry.row.id == selected.row.id);
        members
    }

    /// Asks for the story that is to be shown, where it is another than the one that was asked for last. `same`: nothing
    /// has changed since.
    pub(super) fn ask_story(&mut self, same: bool, shared: &mut Shared) {
        if self.tab != Tab::Story {
            if self.story.asked.take().is_some() {
                shared.ask(Request::CloseStory);
            }
            return;
        }
        if same && self.story.asked.is_some() {
            return;
        }
        let Some(question) = self.story.question(&self.incident(shared), self.sequence()) else { return };
        let story = &mut self.story;
        if story.asked.as_ref() == Some(&question) {
            return;
        }
        if story.about.events != question.cast.events {
            (story.told, story.seek) = (None, true);
            story.unfolded.clear();
        }
        story.ticket += 1;
        story.about = question.cast.clone();
        let question = StoryQuestion { ticket: story.ticket, ..question };
        story.asked = Some(question.clone());
        shared.ask(Request::Story(question));
    }

    pub(in crate::app) fn take_story(&mut self, story: Story, shared: &mut Shared) {
        if story.ticket == self.story.ticket {
            self.story.told = Some(story);
            shared.changed();
        }
    }

    /// Puts the cursor of a story that is new on the alert.
    pub(super) fn seek_alert(&mut self, page: &Page, height: usize, shared: &Shared) -> Option<PageScroll> {
        if self.tab != Tab::Story || !self.story.seek {
            return None;
        }
        let event = &self.selected(shared)?.row.event_id;
        let is_it = |item: &Item| match item {
            Item::Scene(distinct) => self.story.scene(distinct).is_some_and(|scene| scene.event_id == *event),
            _ => false,
        };
        let at = page.items.iter().position(is_it)?;
        self.story.seek = false;
        let mut scroll = PageScroll::default();
        scroll.reveal_item(page, height, at);
        Some(scroll)
    }

    /// The cursor was moved: it stays where it is.
    pub(super) fn stay_in_story(&mut self) {
        self.story.seek = false;
    }

    pub(super) fn act_on_story(&mut self, action: Action, shared: &mut Shared) {
        match action {
            Action::NarrowTime if self.story.reach == 0 => return shared.say("the story cannot be any shorter"),
            Action::WidenTime if self.story.reach + 1 == REACHES.len() => {
                return shared.say("this is all of the log");
            }
            Action::NarrowTime => self.story.reach -= 1,
            Action::WidenTime => self.story.reach += 1,
            Action::Belongs => {
                self.story.belongs = match self.story.belongs {
                    Belongs::Lineage => Belongs::Address,
                    Belongs::Address => Belongs::Target,
                    Belongs::Target => Belongs::Lineage,
                }
            }
            Action::HideReads => self.story.reads_hidden = !self.story.reads_hidden,
            Action::NextInStory => self.step_to_alert(true, shared),
            Action::PreviousInStory => self.step_to_alert(false, shared),
            _ => {
                if let Some(Item::Run(first)) = self.item_under_cursor().cloned()
                    && !self.story.unfolded.remove(&first)
                {
                    self.story.unfolded.insert(first);
                }
            }
        }
        shared.changed();
    }

    /// To the next alert among the events of the story, or the one before.
    fn step_to_alert(&mut self, forward: bool, shared: &mut Shared) {
        let members = self.incident(shared);
        let of_sequence = self.sequence().iter().map(|event| event.scene.event_id.as_str());
        let alerts: HashSet<&str> =
            members.iter().map(|entry| entry.row.event_id.as_str()).chain(of_sequence).collect();
        let is_alert = |at: &usize| match self.page.items.get(*at) {
            Some(Item::Scene(distinct)) => {
                self.story.scene(distinct).is_some_and(|scene| alerts.contains(scene.event_id.as_str()))
            }
            _ => false,
        };
        let cursor = self.scroll().cursor;
        let found =
            if forward { (cursor + 1..self.page.items.len()).find(is_alert) } else { (0..cursor).rev().find(is_alert) };
        let Some(at) = found else {
            return shared.say(format!("there is no alert further {}", if forward { "down" } else { "up" }));
        };
        let mut scroll = self.scroll();
        scroll.reveal_item(&self.page, shared.detail_rows(), at);
        self.set_scroll(scroll);
        self.stay_in_story();
    }

    /// The event under the cursor, of the story or of a sequence.
    pub(super) fn scene_under_cursor(&self) -> Option<&Scene> {
        match self.item_under_cursor() {
            Some(Item::Scene(distinct)) => self.story.scene(distinct),
            Some(Item::OfSequence(at)) => self.sequence().get(*at).map(|event| &event.scene),
            _ => None,
        }
    }

    /// Where the record of the event under the cursor lies.
    pub(in crate::app) fn record_under_cursor(&self) -> Option<RecordRef> {
        let scene = self.scene_under_cursor()?;
        Some(RecordRef { origin: scene.origin.clone(), event_id: scene.event_id.clone() })
    }
}
