//! A story that is asked for, and what is known of it.

use chrono::{DateTime, Utc};

use super::Extent;

use crate::investigate::{Cast, Scene};

/// Events that a story has at most.
pub const SCENES: usize = 5_000;

/// Asks for the events that belong to an incident.
#[derive(Debug, Clone, PartialEq)]
pub struct StoryQuestion {
    /// Comes back in [`Story::ticket`].
    pub ticket: u64,
    pub cast: Cast,
    /// At or after this; `None`: from where the log begins.
    pub from: Option<DateTime<Utc>>,
    /// At or before this; `None`: to its end.
    pub to: Option<DateTime<Utc>>,
    /// Of too many, those nearest to this are told.
    pub near: DateTime<Utc>,
}

/// What is known of a story so far.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Story {
    pub ticket: u64,
    /// By time; at most [`SCENES`].
    pub scenes: Vec<Scene>,
    /// Count of the events that belong.
    pub total: usize,
    /// What was searched.
    pub read: Extent,
    /// What is searched in all.
    pub of: Extent,
    /// Whether the search has come to its end.
    pub done: bool,
    /// What the search could not cover, as a sentence.
    pub gaps: Option<String>,
}
