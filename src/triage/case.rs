//! The reducer: an alert's decisions, folded, are its case.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{Decision, Status, StepState};
use crate::rule::StepId;

/// A step's state with who set it and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepMark {
    /// The state.
    pub state: StepState,
    /// Who set it.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
    /// The decision that set it.
    pub seq: i64,
}

/// A note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What it says.
    pub text: String,
    /// The step it is about, or the whole alert.
    pub step: Option<StepId>,
    /// Who wrote it.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
    /// The decision that wrote it.
    pub seq: i64,
}

/// Where one alert stands: the fold of its decisions, without those that were undone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Case {
    /// Status.
    pub status: Status,
    /// Who set the status, and when; `None` while nobody has.
    pub status_by: Option<(String, DateTime<Utc>)>,
    /// Steps that were touched.
    pub steps: BTreeMap<StepId, StepMark>,
    /// Notes, oldest first.
    pub notes: Vec<Note>,
    /// Every decision, oldest first, undone ones too: the History tab.
    pub history: Vec<Decision>,
    /// [`Decision::seq`] of the newest decision, 0 when there is none.
    pub version: i64,
}
