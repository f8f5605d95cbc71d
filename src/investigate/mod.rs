//! What to look at for an alert of a rule: the rows of the overview, the findings that stand out, the evidence beside
//! each step and the commands a response step can offer to copy. Works on one event and on answers about its
//! surroundings that the caller looked up; reads no files.
//!
//! [`Facts::of`] reads an event once; [`overview`], [`findings`], [`evidence`] and [`reason`] speak of it. All values are
//! as the log gave them: whoever shows them makes them visible first. Only commands are different: a value goes into a
//! command line only when it matches the pattern that AWS sets for it, and it is quoted.

mod agent;
mod arn;
mod commands;
mod evidence;
mod facts;
mod finding;
mod findings;
mod notes;
mod overview;
mod rds_export;
mod reason;
mod row;
mod search;
mod shell;
mod surroundings;
mod target;
mod topics;

use serde::{Deserialize, Serialize};

pub use agent::{Agent, AgentKind};
pub use evidence::evidence;
pub use facts::{Export, Facts, SourceKind, Tables};
pub use finding::{Finding, Weight};
pub use findings::findings;
pub use overview::overview;
pub use reason::{cut, reason};
pub use row::{NOT_RECORDED, Row};
pub use search::{NoSearch, Search, search};
pub use surroundings::{Call, Calls, EarlierExport, RELATED_WITHIN, Seen, Surroundings};
pub use target::{Target, target_word};

use crate::rule::StepId;

/// A command that a step offers to copy. Never executed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// What it does.
    pub title: String,
    /// The command line, values validated and quoted.
    pub line: String,
}

/// What the log says towards one step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The step.
    pub step: StepId,
    /// Lines to show beside it.
    pub lines: Vec<String>,
    /// Commands it offers to copy.
    pub commands: Vec<Command>,
}

#[cfg(test)]
mod tests;
