//! What the engine tells whoever is in front of it: figures about the run, and everything known about one alert.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::{DateTime, Utc};

pub use crate::investigate::{Evidence, Finding, Row};

use crate::detect::{AlertId, Term};
use crate::investigate::{Assessment, Lineage, Scene};
use crate::trail::Opened;

/// How the engine learns of new files.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Watching {
    /// Nothing is watched (a replay or a finished scan).
    #[default]
    Off,
    /// The system notifies, and a sweep makes sure.
    Notify,
    /// Sweeping alone, and why.
    SweepOnly(String),
}

/// What the engine is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Phase {
    /// Reading what was there at the start.
    #[default]
    Backlog,
    /// Up to date; new files are read as they arrive.
    Live,
    /// Playing fixture files on the replay clock.
    Replay,
    /// A replay that has reached its end.
    Ended,
}

/// A file that could not be read, or not wholly, or is no log: an entry of the health pane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileProblem {
    pub path: PathBuf,
    pub reason: String,
    pub at: DateTime<Utc>,
    pub trouble: Trouble,
}

/// What a problem of a file came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// The file could not be read, or not to its end: it counts as failed.
    Failed,
    /// It was read, but for some records.
    InPart,
    /// It is no log: it counts as skipped.
    LeftOut,
}

/// A source of events that is asked for them, beside the folders, and how it does.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SourceHealth {
    /// What people call it: `cluster prod`.
    pub name: String,
    /// Whether all that was there has been read, at least once.
    pub caught_up: bool,
    /// Events evaluated, of all that the state remembers.
    pub events: u64,
    /// Documents that are there and not read yet, as far as that is known.
    pub ahead: u64,
    /// Seconds from the arrival of the newest event to its evaluation.
    pub lag: Option<f64>,
    /// When it last answered wholly.
    pub answered: Option<DateTime<Utc>>,
    /// Whether it is asked only for what the rules may match, as there is much.
    pub narrowed: bool,
    /// Since the start of this run, as are the figures that follow.
    pub requests: u64,
    /// Requests that were sent again.
    pub retries: u64,
    /// Bytes of requests.
    pub sent: u64,
    /// Bytes of answers.
    pub received: u64,
    /// What is wrong at this moment.
    pub troubles: Vec<SourceTrouble>,
}

/// Something that is wrong with a source until it is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceTrouble {
    /// What it is about: an index, an address.
    pub about: String,
    /// What is wrong and what to do, as a sentence without a full stop.
    pub what: String,
    /// Whether events wait because of it.
    pub holds_up: bool,
    pub since: DateTime<Utc>,
}

/// Problems of files that are named; they are all counted.
pub const NAMED: usize = 1000;

/// Figures about the run. Counts are since [`Health::since`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Health {
    pub phase: Phase,
    /// Since when the counts count; `None` when they count all that the state remembers.
    pub since: Option<DateTime<Utc>>,
    pub events: u64,
    /// Files read to their end.
    pub files: u64,
    /// Files waiting to be read.
    pub pending: u64,
    /// Files that failed, wholly or in part.
    pub failed: u64,
    /// Records that could not be read inside files that could.
    pub bad_records: u64,
    /// Files that are no log, and digest and insight files.
    pub skipped: u64,
    /// Those of them that are logs of other services, or what systems leave behind, by what they are.
    pub others: BTreeMap<String, u64>,
    /// Records read from an envelope since the start of this run, by what that is.
    pub opened: Opened,
    /// Files that were not opened: by their names they hold nothing of the window.
    pub unopened: u64,
    /// Seconds from a file's appearance to its evaluation, for the newest file.
    pub lag: Option<f64>,
    /// Events evaluated in each of the last seconds, oldest first; at most 60.
    pub rate: Vec<u64>,
    /// How new files are learned of.
    pub watching: Watching,
    /// Time of the newest event evaluated.
    pub newest_event: Option<DateTime<Utc>>,
    /// Time of the last completed sweep.
    pub swept: Option<DateTime<Utc>>,
    /// Files that failed, that were read in part, and that are no log (digest and insight files are only counted), newest
    /// first; at most [`NAMED`], the counts above are complete.
    pub problems: Vec<FileProblem>,
    /// What is asked for events, beside the folders.
    pub sources: Vec<SourceHealth>,
    /// Rule errors and other warnings to show, each a rendered diagnostic.
    pub warnings: Vec<String>,
}

impl Health {
    /// Whether there are sources and no folders.
    #[must_use]
    pub fn has_sources_alone(&self) -> bool {
        let files = self.files + self.pending + self.failed + self.skipped;
        !self.sources.is_empty() && self.watching == Watching::Off && files == 0
    }
}

impl SourceHealth {
    /// What events wait for, the longest lasting.
    #[must_use]
    pub fn held_up_by(&self) -> Option<&SourceTrouble> {
        self.troubles.iter().filter(|trouble| trouble.holds_up).min_by_key(|trouble| trouble.since)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Playback {
    pub now: DateTime<Utc>,
    /// Time of the first event.
    pub start: DateTime<Utc>,
    /// Time of the last event.
    pub end: DateTime<Utc>,
    /// Event seconds per real second; infinite for `max`.
    pub speed: f64,
    pub paused: bool,
}

/// Everything known about one alert, made when its detail pane opens.
#[derive(Debug, Clone, PartialEq)]
pub struct Detail {
    pub alert: AlertId,
    /// What it is worth by all that is known of it here.
    pub assessment: Assessment,
    /// Overview rows, in order of importance.
    pub overview: Vec<Row>,
    /// What stands out, most important first.
    pub findings: Vec<Finding>,
    pub evidence: Vec<Evidence>,
    /// Where the alert's credentials came from, and what was opened with them. `None` while that is being looked up.
    pub lineage: Option<Lineage>,
    pub record: serde_json::Value,
    pub ecs: serde_json::Value,
    /// Where the record lies, for the reader: path and offset.
    pub location: String,
    /// The events of a sequence in order, its own the last; empty for any other alert.
    pub sequence: Vec<SequenceEvent>,
    /// What the events of a sequence have in common: its join keys, or what it is suppressed by.
    pub joined: Vec<Term>,
}

/// An event of a sequence.
#[derive(Debug, Clone, PartialEq)]
pub struct SequenceEvent {
    /// Who did what to what, and when.
    pub scene: Scene,
    pub record: serde_json::Value,
    pub ecs: serde_json::Value,
}
