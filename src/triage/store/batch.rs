//! What readers found, as one transaction writes it down.

use std::path::PathBuf;

use chrono::{DateTime, Utc};

use super::RuleMaxSignals;
use crate::cluster::Cursor;
use crate::detect::{AlertId, Body, Hit, MemoryUpdate};
use crate::trail::Checkpoint;
use crate::triage::{AlertRow, Decision, NewAlert};

/// How many values of one [`FirstSeenKind`] are remembered (some 40 bytes each). Past that the known ones are kept and new
/// ones are not taken up: what is established stays known, and whatever comes up later counts as never seen, whoever
/// floods the log with made-up names. [`super::Store::seen_full`] tells.
pub const MAX_SEEN: u64 = 500_000;

/// What is found in one go.
#[derive(Debug, Clone, Copy, Default)]
pub struct Batch<'a> {
    /// Alerts; those already known are left alone.
    pub alerts: &'a [NewAlert],
    /// How far files have been read; replaces what was known of each path.
    pub marks: &'a [Checkpoint],
    /// Files that are gone or have another name, each with how many of the marks come before that.
    pub gone: &'a [(usize, PathBuf)],
    /// How far shards of clusters have been read.
    pub cursors: &'a [Cursor],
    /// First sights; the earliest time counts.
    pub seen: &'a [FirstSeen],
    /// Events to remember, before `entries`.
    pub kept: &'a [RememberedHit],
    /// What else changes of what is remembered.
    pub entries: &'a [MemoryUpdate],
    pub withdrawn: &'a [AlertId],
    /// [`super::Store::data_version`] when it was decided which alerts are held. If others have written since, alerts beyond
    /// these limits are held too.
    pub version: Option<i64>,
    /// How many alerts are listed.
    pub limits: &'a [RuleMaxSignals],
}

/// An event to remember for the rule with this fingerprint.
#[derive(Debug, Clone, PartialEq)]
pub struct RememberedHit {
    /// What the rule asks for, see [`Hit::rule`].
    pub rule: String,
    pub hit: Hit<Body>,
}

/// What kind of value was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FirstSeenKind {
    Actor,
    Address,
    Agent,
    /// Kept since schema 4: what a state read before that says nothing.
    Region,
}

impl FirstSeenKind {
    pub const ALL: [Self; 4] = [Self::Actor, Self::Address, Self::Agent, Self::Region];

    pub(super) fn number(self) -> i64 {
        match self {
            Self::Actor => 1,
            Self::Address => 2,
            Self::Agent => 3,
            Self::Region => 4,
        }
    }
}

/// A value and when an event first showed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstSeen {
    pub kind: FirstSeenKind,
    /// The value, of any length; a hash of it is kept.
    pub value: String,
    /// Time of the earliest event with it.
    pub first: DateTime<Utc>,
}

/// What became of a [`Batch`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Recorded {
    /// The alerts that were new, then those that say something else than before or were taken back.
    pub new: Vec<AlertRow>,
    /// How many of them were new.
    pub added: usize,
    /// First sights that were not taken up, as their kind is full: see [`MAX_SEEN`].
    pub unseen: usize,
    /// What the team had decided about the new ones before they were here.
    pub decisions: Vec<Decision>,
}
