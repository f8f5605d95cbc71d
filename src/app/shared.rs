//! The state that all views work on: alerts, rules, decisions being saved, messages, the size of the screen and the time.
//! [`App`](super::App) owns it and lends it to the view that has the keys; views do not know each other.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::alerts::{AlertEntry, Alerts};
use super::format::{Clock, plural};
use super::layout::{Layout, Split};
use super::notice::{Notice, Notices};
use super::overlay::Overlay;
use super::pending::Pending;
use super::{Cmd, Mode, Setup};
use crate::detect::AlertId;
use crate::engine::{Health, Playback, Request, StateNews};
use crate::investigate::target_word;
use crate::rule::{Rule, StepId};
use crate::text::{fit, visible, wrap};
use crate::triage::{Action, Status, StepState, Switch};

/// Something this analyst did here, to be taken back.
#[derive(Debug, Clone)]
pub(super) enum Done {
    Decided { origin: u64, what: String, stored: Vec<(AlertId, i64)> },
    Switched { switch: Switch, what: String },
}

/// State that several views use.
#[derive(Debug)]
pub struct Shared {
    pub setup: Setup,
    pub now: DateTime<Utc>,
    /// Time of the last change of the figures on the screen.
    pub as_of: DateTime<Utc>,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    pub split: Split,
    /// `None` when the screen is too small.
    pub layout: Option<Layout>,
    pub clock: Clock,
    /// Every rule that was ever loaded here, by id, in its newest version: alerts outlive their rules.
    pub(super) known: HashMap<String, Arc<Rule>>,
    /// Rules that run.
    pub running: usize,
    /// Heading of the target column: `Snapshot` where all rules are about exports of those.
    pub target_heading: &'static str,
    pub alerts: Alerts,
    /// Alerts came or changed since the Rules view counted them.
    pub(super) alerts_changed: bool,
    /// The state has been read to its end.
    pub loaded: bool,
    /// A key has been pressed: from then on the selection stays where the analyst put it.
    pub(super) touched: bool,
    pub pending: Pending,
    /// Time of this console's newest decision.
    pub(super) decided: Option<DateTime<Utc>>,
    pub(super) done: Vec<Done>,
    pub state: StateNews,
    pub notices: Notices,
    pub health: Health,
    pub playback: Option<Playback>,
    pub overlay: Option<Overlay>,
    /// Records are shown as ECS documents.
    pub ecs: bool,
    pub(super) cmds: Vec<Cmd>,
    /// Pages have to be made anew.
    pub(super) stale: bool,
    /// The screen has to be drawn anew.
    pub(super) dirty: bool,
}

impl Shared {
    pub(super) fn new(setup: Setup) -> Self {
        Self {
            now: setup.now,
            as_of: setup.now,
            size: (80, 24),
            split: Split::default(),
            layout: None,
            clock: Clock::new(setup.offset, setup.now),
            known: HashMap::new(),
            running: 0,
            target_heading: target_heading([].into_iter()),
            alerts: Alerts::default(),
            alerts_changed: false,
            loaded: false,
            touched: false,
            pending: Pending::default(),
            decided: None,
            done: Vec::new(),
            state: StateNews::default(),
            notices: Notices::default(),
            health: Health::default(),
            playback: None,
            overlay: None,
            ecs: false,
            cmds: Vec::new(),
            stale: true,
            dirty: true,
            setup,
        }
    }

    /// Has the screen made anew.
    pub(super) fn changed(&mut self) {
        (self.stale, self.dirty) = (true, true);
    }

    /// Figures or alerts on the screen are those of now.
    pub(super) fn renewed(&mut self) {
        self.as_of = self.now;
        self.changed();
    }

    pub(super) fn say(&mut self, text: impl AsRef<str>) {
        self.note(text.as_ref(), false);
    }

    pub(super) fn warn(&mut self, text: impl AsRef<str>) {
        self.note(text.as_ref(), true);
    }

    fn note(&mut self, text: &str, warning: bool) {
        self.notices.say(Notice { text: visible(text).into_owned(), at: self.now, warning });
        self.changed();
    }

    pub(super) fn open(&mut self, overlay: Overlay) {
        self.overlay = Some(overlay);
        self.changed();
    }

    pub(super) fn ask(&mut self, request: Request) {
        self.cmds.push(Cmd::Ask(request));
    }

    /// The notice on the screen, in as many lines as it needs, three at most.
    #[must_use]
    pub fn notice_lines(&self) -> Vec<String> {
        let Some(notice) = self.notices.showing() else { return Vec::new() };
        let room = usize::from(self.size.0).saturating_sub(if notice.warning { 18 } else { 4 });
        let mut lines = wrap(&notice.text, room);
        if lines.len() > 3 {
            let rest = lines.split_off(2).join(" ");
            lines.push(fit(&rest, room, "…").into_owned());
        }
        lines
    }

    pub(super) fn detail_rows(&self) -> usize {
        self.layout.map_or(1, |l| l.detail_rows())
    }

    /// Rows of the help, of the health pane, and of a record in Explore.
    #[must_use]
    pub fn reader_rows(&self) -> usize {
        usize::from(self.size.1).saturating_sub(4).max(1)
    }

    #[must_use]
    pub fn read_only(&self) -> bool {
        self.setup.read_only || self.setup.unwritable.is_some() || self.state.read_only.is_some()
    }

    /// Warnings about the state, for the health pane.
    pub fn state_warnings(&self) -> impl Iterator<Item = &str> {
        let all = self
            .setup
            .unwritable
            .iter()
            .chain(&self.state.trouble)
            .chain(&self.state.read_only)
            .chain(&self.state.warnings);
        all.map(String::as_str)
    }

    pub(super) fn take_state(&mut self, news: StateNews) {
        let warnings = news.warnings.iter().map(|text| visible(text).into_owned()).collect();
        let new: Vec<String> = Vec::clone(&warnings).into_iter().filter(|w| !self.state.warnings.contains(w)).collect();
        let shown = |text: Option<String>| text.map(|text| visible(&text).into_owned());
        let read_only = shown(news.read_only);
        if let Some(why) = read_only.clone().filter(|_| self.state.read_only != read_only) {
            self.warn(format!("this console is read-only: {why}"));
        }
        self.state = StateNews { trouble: shown(news.trouble), warnings, read_only };
        match &new[..] {
            [] => {}
            [one] => self.warn(one),
            [first, rest @ ..] => self.warn(format!("{first} · {} more: ! lists them", rest.len())),
        }
        self.changed();
    }

    pub(super) fn take_playback(&mut self, playback: Playback) {
        if self.playback.as_ref() != Some(&playback) {
            if self.setup.mode == Mode::Replay {
                self.clock.replay(playback.now);
            }
            self.playback = Some(playback);
            self.renewed();
        }
    }

    pub(super) fn take_health(&mut self, health: Health) {
        // The time of the last sweep changes every few seconds; only the health pane shows it.
        self.health.swept = health.swept;
        if self.health != health {
            self.health = health;
            self.renewed();
        } else if matches!(self.overlay, Some(Overlay::Health)) {
            self.changed();
        }
    }

    pub(super) fn take_running<'r>(&mut self, rules: impl Iterator<Item = &'r Arc<Rule>> + Clone) {
        self.running = rules.clone().count();
        self.target_heading = target_heading(rules);
    }

    /// The rule of an alert, also when it no longer runs.
    #[must_use]
    pub fn rule_of(&self, entry: &AlertEntry) -> Option<&Arc<Rule>> {
        self.known.get(&entry.row.rule_id)
    }

    /// Steps done or set aside, and all steps. Steps that the guide no longer has do not count.
    #[must_use]
    pub fn progress(&self, entry: &AlertEntry) -> (usize, usize) {
        self.rule_of(entry).map_or((0, 0), |rule| entry.case().progress(&rule.checklist))
    }

    /// The name of these alerts in a message.
    pub(super) fn name_of(&self, ids: &[AlertId]) -> String {
        match ids {
            [id] => self.alerts.get(id).map_or_else(String::new, |e| {
                let actor = e.row.summary.actor.as_deref().unwrap_or("alert");
                format!("{actor} {}", self.clock.event(e.row.time))
            }),
            ids => plural(ids.len(), "alert"),
        }
    }

    /// `action` in the past tense: `ticked step 3`.
    #[must_use]
    pub fn words(&self, action: &Action, alert: &AlertId) -> String {
        let number = |id: &StepId| {
            let rule = self.alerts.get(alert).and_then(|e| self.rule_of(e));
            match rule.and_then(|r| r.checklist.step(id).map(|s| s.number)) {
                Some(number) => format!("step {number}"),
                None => "a step the guide no longer has".to_owned(),
            }
        };
        match action {
            Action::Step { step, state: StepState::Done } => format!("ticked {}", number(step)),
            Action::Step { step, state: StepState::Todo } => format!("set {} back to do", number(step)),
            Action::Step { step, state: StepState::NotApplicable } => {
                format!("set {} aside as not applicable", number(step))
            }
            Action::SetStatus { status: Status::Open } => "reopened".to_owned(),
            Action::SetStatus { status } => in_words(*status),
            Action::Note { step: None, .. } => "wrote a note".to_owned(),
            Action::Note { step: Some(step), .. } => format!("wrote a note on {}", number(step)),
            Action::Copied { what } => format!("copied {what}"),
            Action::Undo { seq } => {
                let undone = self.alerts.get(alert).and_then(|e| e.case().decision(*seq));
                match undone {
                    Some(d) if !matches!(d.action, Action::Undo { .. }) => {
                        format!("took back: {}", self.words(&d.action, alert))
                    }
                    _ => "took a decision back".to_owned(),
                }
            }
        }
    }
}

/// A status in words: `open`, `acknowledged`, `closed as false positive`.
#[must_use]
pub fn in_words(status: Status) -> String {
    match status {
        Status::Closed(reason) => format!("closed as {reason}"),
        status => status.as_str().to_owned(),
    }
}

fn target_heading<'r>(running: impl Iterator<Item = &'r Arc<Rule>>) -> &'static str {
    if target_word(running.map(AsRef::as_ref)) == "snapshot" { "Snapshot" } else { "Target" }
}
