//! What goes into a running engine and what comes out of it.

use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{Detail, Explored, Health, Playback, Question, ReadRecord, RecordRef, RuleEntry, Story, StoryQuestion};
use crate::detect::{AlertId, Cost};
use crate::triage::{AlertRow, Decision, Proposal, Switch};

#[derive(Debug, Clone)]
pub enum Update {
    /// Everything the rule files hold, and how it stands; at the start, and again whenever that changes.
    Rules(Vec<RuleEntry>),
    /// What rules have cost so far, by id.
    Costs(Vec<(String, Cost)>),
    /// What became of [`Request::Switch`].
    Switched {
        /// As it is stored, or was asked for.
        switch: Switch,
        outcome: SwitchOutcome,
    },
    Alerts(Vec<AlertRow>),
    /// Decisions read from the state, or made by others on it.
    Decisions(Vec<Decision>),
    /// The state has been read to its end.
    Loaded,
    /// What became of [`Request::Persist`].
    Persisted {
        ticket: u64,
        /// One outcome a proposal, in order.
        outcomes: Vec<Outcome>,
    },
    /// Everything about one alert, as far as it is known by now.
    Detail(Box<Detail>),
    /// A part of the answer to [`Request::Match`].
    Matched {
        /// The query as it was asked.
        query: String,
        /// Alerts that were looked at, and whether they match.
        found: Vec<(AlertId, bool)>,
        /// Whether all have been looked at.
        whole: bool,
    },
    /// What is known so far of the answer to [`Request::Explore`].
    Explored(Box<Explored>),
    /// What is known so far of the answer to [`Request::Story`].
    Story(Box<Story>),
    Record(Box<ReadRecord>),
    Health(Box<Health>),
    Playback(Playback),
    State(StateNews),
    /// It is time to try again to save what could not be saved.
    TryAgain,
    Notice(String),
}

/// What is wrong with the state.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StateNews {
    /// Why nothing can be saved at this moment.
    pub trouble: Option<String>,
    /// Why nothing may be decided.
    pub read_only: Option<String>,
    /// What is wrong with it: rows that are left out, decisions that are missing or wait to be taken up.
    pub warnings: Vec<String>,
}

/// What became of decisions that were not saved when a console ended.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rescued {
    /// How many were saved at last.
    pub saved: usize,
    /// Those that are not, and never will be, with the reason: overtaken by another analyst, or refused.
    pub given_up: Vec<String>,
    /// How many are left, and why they could not be saved.
    pub left: Option<(usize, String)>,
    /// The spool that keeps what is left; the reason why there is none.
    pub spool: Option<Result<PathBuf, String>>,
}

/// What became of one proposal.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    Stored(Decision),
    /// Another analyst changed the same thing first; nothing was written.
    Conflict(Decision),
    /// It could not be written; it can be tried again.
    Failed(String),
    /// It cannot be done, however often it is tried.
    Refused(String),
}

/// What became of switching a rule.
#[derive(Debug, Clone, PartialEq)]
pub enum SwitchOutcome {
    Stored,
    /// Another analyst switched it first, like this; nothing was written.
    Conflict(Switch),
    /// It could not be written.
    Failed(String),
}

/// What the engine can be asked.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    Persist {
        /// Comes back in [`Update::Persisted`].
        ticket: u64,
        proposals: Vec<Proposal>,
    },
    /// Switch a rule off, or on again.
    Switch {
        switch: Switch,
        /// The newest word on the rule that the analyst has seen.
        seen: Option<Switch>,
    },
    /// Fetch everything about one alert.
    Detail(AlertId),
    /// Find the alerts whose whole event matches; told part by part.
    Match {
        /// In KQL. None: nobody waits for an answer about all alerts any more.
        queries: Vec<String>,
        /// Which alerts to look at; nothing: all, and that overtakes what was asked of all before.
        alerts: Option<Vec<AlertId>>,
    },
    /// Search the log. Overtakes the question before.
    Explore(Question),
    /// Nobody waits for the answer to [`Request::Explore`] any more.
    StopExploring,
    /// Tell the events that belong to an incident. Overtakes the question before.
    Story(StoryQuestion),
    /// Nobody reads the story any more.
    CloseStory,
    Record(RecordRef),
    /// Look for what is new now, without waiting for the next look.
    Refresh,
    Playback(PlaybackRequest),
}

/// What a replay can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaybackRequest {
    TogglePause,
    /// While paused: one event further.
    Step,
    /// Twice as fast.
    Faster,
    /// Half as fast.
    Slower,
    /// Jump to the next alert.
    NextAlert,
}

/// Takes updates out of the engine; answers whether anybody still listens. Called from several threads, may block
/// while the listener is behind.
pub type Outlet = Arc<dyn Fn(Update) -> bool + Send + Sync>;

/// Tells what time it is. Events have times of their own; this one is for what happens here, such as when an alert was
/// found.
pub type Clock = fn() -> DateTime<Utc>;
