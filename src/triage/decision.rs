//! The words of triage. Decisions are append-only: nothing is edited, an undo is a decision of its own.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::detect::AlertId;
use crate::rule::StepId;

/// Where an alert stands, `kibana.alert.workflow_status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "status", content = "reason")]
pub enum Status {
    /// Nobody has taken it up, or it was reopened.
    #[default]
    Open,
    /// Somebody is on it.
    Acknowledged,
    Closed(Reason),
}

impl Status {
    /// `open`, `acknowledged` or `closed`: the same words everywhere.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Acknowledged => "acknowledged",
            Self::Closed(_) => "closed",
        }
    }
}

/// Why an alert was closed, in Elastic's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// An attack.
    TruePositive,
    /// Really happened, and allowed.
    BenignPositive,
    /// The rule should not have fired.
    FalsePositive,
    /// Handled under another alert.
    Duplicate,
    /// Something else; a note says what.
    Other,
}

impl Reason {
    /// All reasons, in the order the console offers them.
    pub const ALL: [Self; 5] =
        [Self::TruePositive, Self::BenignPositive, Self::FalsePositive, Self::Duplicate, Self::Other];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TruePositive => "true positive",
            Self::BenignPositive => "benign positive",
            Self::FalsePositive => "false positive",
            Self::Duplicate => "duplicate",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The state of a checklist step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    #[default]
    Todo,
    Done,
    /// Does not apply to this alert.
    NotApplicable,
}

/// What an analyst does to an alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "do")]
pub enum Action {
    /// Ticks, unticks or sets aside a step.
    Step { step: StepId, state: StepState },
    SetStatus {
        #[serde(flatten)]
        status: Status,
    },
    /// Writes a note, on the alert or on one step.
    Note {
        text: String,
        /// The step it is about.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<StepId>,
    },
    /// Copied something that leaves the console (a command, the report); kept for the audit.
    Copied {
        /// What was copied, as a short name and the text.
        what: String,
    },
    /// Takes back an earlier decision on the same alert.
    Undo {
        /// [`Decision::seq`] of what is taken back.
        seq: i64,
    },
}

/// A decision that is not stored yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    pub alert: AlertId,
    /// When the key was pressed.
    pub at: DateTime<Utc>,
    pub analyst: String,
    pub action: Action,
    /// [`Case::version`] the analyst saw when deciding: a newer one that changed the same thing is a conflict.
    ///
    /// [`Case::version`]: super::Case::version
    pub seen: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Its place in the order of all decisions of this state file, from 1.
    pub seq: i64,
    pub alert: AlertId,
    pub at: DateTime<Utc>,
    pub analyst: String,
    pub action: Action,
}
