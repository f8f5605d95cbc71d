//! What goes into the console and what comes out of it.

use chrono::{DateTime, Utc};

use crate::detect::{AlertId, Cost};
use crate::engine::{
    Detail, Explored, Health, Outcome, Playback, PlaybackRequest, Question, ReadRecord, RecordSpot, RuleEntry,
    StateNews, SwitchOutcome,
};
use crate::triage::{AlertRow, Decision, Proposal, Switch};

/// A key without its modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyCode {
    /// A character, upper case where shift made it so.
    Char(char),
    /// Enter.
    Enter,
    /// Esc.
    Esc,
    /// Tab.
    Tab,
    /// Shift+Tab.
    BackTab,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// Left arrow.
    Left,
    /// Right arrow.
    Right,
    /// Up arrow.
    Up,
    /// Down arrow.
    Down,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
}

/// A key press.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    /// Which key.
    pub code: KeyCode,
    /// With Ctrl.
    pub ctrl: bool,
    /// With Alt.
    pub alt: bool,
}

/// What happens to the console.
#[derive(Debug, Clone)]
pub enum Msg {
    /// A key was pressed.
    Key(Key),
    /// Text was pasted.
    Paste(String),
    /// The terminal has this size now.
    Resize {
        /// Columns.
        columns: u16,
        /// Rows.
        rows: u16,
    },
    /// Nothing else is to be done: time for what the console [puts off](super::App::is_busy).
    GoOn,
    /// The time; sent before the other messages of a batch, never alone.
    Now(DateTime<Utc>),
    /// Everything the rule files hold, and how it stands; at the start, and again whenever that changes.
    Rules(Vec<RuleEntry>),
    /// What rules have cost so far, by id.
    Costs(Vec<(String, Cost)>),
    /// What became of a [`Cmd::Switch`].
    Switched {
        /// As it is stored, or was asked for.
        switch: Switch,
        /// What became of it.
        outcome: SwitchOutcome,
    },
    /// Alerts that are new, in any order. An id seen before replaces the older one.
    Alerts(Vec<AlertRow>),
    /// Decisions that are stored: read at the start, or made by other analysts on the same state.
    Decisions(Vec<Decision>),
    /// The state file has been read to its end: what is listed is all there was.
    Loaded,
    /// What became of a [`Cmd::Persist`].
    Persisted {
        /// Its ticket.
        ticket: u64,
        /// One outcome a proposal, in order.
        outcomes: Vec<Outcome>,
    },
    /// Everything about one alert; sent again when the related events have been found.
    Detail(Box<Detail>),
    /// A part of the answer to [`Cmd::Match`].
    Matched {
        /// The query as it was asked.
        query: String,
        /// Alerts that were looked at, and whether they match.
        found: Vec<(AlertId, bool)>,
        /// Whether all have been looked at.
        whole: bool,
    },
    /// What is known so far of the answer to [`Cmd::Explore`].
    Explored(Box<Explored>),
    /// An answer to [`Cmd::ReadRecord`].
    Record(Box<ReadRecord>),
    /// New figures.
    Health(Box<Health>),
    /// The replay clock moved.
    Playback(Playback),
    /// What became of a [`Cmd::Except`].
    Excepted {
        /// The alert it came from.
        alert: AlertId,
        /// What to say about it, or why it is not in the file.
        outcome: Result<String, String>,
    },
    /// What is wrong with the state now, if anything is.
    State(StateNews),
    /// It is time to try again to save what could not be saved.
    TryAgain,
    /// Something worth one line on the screen, from outside (an export written, a copy refused).
    Notice(String),
}

/// What the console asks of the world.
#[derive(Debug, Clone, PartialEq)]
pub enum Cmd {
    /// Write these decisions; answered by [`Msg::Persisted`] with the same ticket.
    Persist {
        /// Chosen by the console, unique in its life.
        ticket: u64,
        /// What to write.
        proposals: Vec<Proposal>,
    },
    /// Fetch everything about one alert; answered by [`Msg::Detail`].
    LoadDetail(AlertId),
    /// Find the alerts whose whole event matches; answered by [`Msg::Matched`], part by part.
    Match {
        /// In KQL. None: nobody waits for an answer about all alerts any more.
        queries: Vec<String>,
        /// Which alerts to look at; nothing: all, and that overtakes what was asked of all before.
        alerts: Option<Vec<AlertId>>,
    },
    /// Search the log; answered by [`Msg::Explored`], more than once. Overtakes the question before.
    Explore(Question),
    /// Nobody waits for the answer to [`Cmd::Explore`] any more.
    StopExploring,
    /// Read one record again; answered by [`Msg::Record`].
    ReadRecord(RecordSpot),
    /// Add this exception, a table of TOML, to the file of exceptions; answered by [`Msg::Excepted`].
    Except {
        /// The alert it comes from.
        alert: AlertId,
        /// The table.
        toml: String,
    },
    /// Switch a rule off, or on again; answered by [`Msg::Switched`].
    Switch {
        /// What to write.
        switch: Switch,
        /// The newest word on the rule that the analyst has seen.
        seen: Option<Switch>,
    },
    /// Put this text on the analyst's clipboard.
    Copy(String),
    /// Steer the replay.
    Playback(PlaybackRequest),
    /// Ring the bell: a new alert.
    Bell,
    /// Stop the program as job control does (Ctrl+Z).
    Suspend,
    /// Draw the whole screen anew.
    Redraw,
    /// Leave.
    Quit,
}
