//! What the readers and the feeds hand to the dispatcher.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::super::evaluate::Reading;
use crate::cluster::{Cursor, Failure, Progress, Traffic, Trouble};
use crate::detect::RuleSet;
use crate::trail::live::LiveRead;
use crate::trail::watch::SeenFile;
use crate::trail::{Checkpoint, ReadError};

/// What came of a job.
pub(super) struct Done {
    pub rules: Arc<RuleSet>,
    pub reading: Reading,
    pub of: Of,
}

/// What was read.
pub(super) enum Of {
    /// What was new in a file.
    New(New),
    /// A file that was read again.
    Again,
    /// A page of a source, by its own thread.
    Page(Box<PageDone>),
    /// A part of what was read again of a source, by a thread for that; at last, how it ended.
    PageAgain { source: usize, ended: Option<Result<(), Failure>> },
}

/// What was new in a file.
pub(super) struct New {
    pub file: SeenFile,
    /// How far it was read before, under this name or another.
    pub prior: Option<Checkpoint>,
    pub result: Result<LiveRead, ReadError>,
}

/// What a turn came to; what the rules made of it is in its [`Reading`].
pub(super) struct PageDone {
    /// The source's place.
    pub source: usize,
    pub result: Result<PageRead, Failure>,
    pub traffic: Traffic,
}

/// A page that was read.
#[derive(Default)]
pub(super) struct PageRead {
    pub cursors: Vec<Cursor>,
    pub progress: Progress,
    pub troubles: Vec<Trouble>,
    /// What came from each index.
    pub shares: HashMap<Arc<str>, Share>,
    /// When the last of its events arrived.
    pub arrived: Option<DateTime<Utc>>,
    /// The first document that is no event, and why.
    pub unreadable: Option<(Arc<str>, String)>,
}

/// Events of one index.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Share {
    pub events: u64,
    /// Times of the earliest and the latest, in microseconds.
    pub span: Option<(i64, i64)>,
}
