//! A rule of the run, or a file in which there is none, as the console lists it.

use std::sync::Arc;

use crate::detect::Lacking;
use crate::diag::Diagnostic;
use crate::rule::{PackEntry, Rule, Standing};
use crate::triage::Switch;

/// A rule, or a file in which there is none, and how it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleEntry {
    /// What the files say of it.
    pub entry: PackEntry,
    /// The newest word of an analyst on whether it is to run.
    pub switch: Option<Switch>,
    /// Parts of its query that can never match.
    pub doubts: Vec<Diagnostic>,
    /// What it asks for that no record holds.
    pub lacking: Vec<Lacking>,
}

/// How a rule stands, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RuleState {
    /// It has an error. An older version of it may run.
    Error,
    /// An analyst has switched it off.
    Off,
    Runs,
    /// It does not run here.
    Unsupported,
    NoRule,
}

impl RuleEntry {
    #[must_use]
    pub fn state(&self) -> RuleState {
        match self.entry.standing {
            Standing::Error { .. } => RuleState::Error,
            Standing::Unsupported(_) => RuleState::Unsupported,
            Standing::NoRule(_) => RuleState::NoRule,
            Standing::Loaded if self.is_off() => RuleState::Off,
            Standing::Loaded => RuleState::Runs,
        }
    }

    /// Whether an analyst has switched it off.
    #[must_use]
    pub fn is_off(&self) -> bool {
        self.switch.as_ref().is_some_and(|switch| !switch.enabled)
    }

    /// What keeps it from alerting on any record, if something does.
    #[must_use]
    pub fn never(&self) -> Option<&Lacking> {
        self.lacking.iter().find(|lacking| lacking.fatal)
    }

    /// The rule, if it runs, in whichever version.
    #[must_use]
    pub fn running(&self) -> Option<&Arc<Rule>> {
        self.entry.runs().filter(|_| !self.is_off())
    }
}
