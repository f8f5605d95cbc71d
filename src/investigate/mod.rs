//! What to look at in an alert: the rows of the overview, findings, the evidence beside each step of the checklist, and
//! commands to copy. Works on one event and on [`Surroundings`], which the caller looks up; reads no files.
//!
//! [`Facts::of`] reads an event; [`overview`], [`findings`], [`evidence`] and [`reason`] work on the facts.
//! `rds_export` holds what concerns exports of RDS snapshots alone.
//!
//! All values are as the log gave them; the screen makes them visible. Commands alone are safe as they are: a value
//! enters a command line only quoted, and only when it matches the pattern that AWS sets for it.

mod agent;
mod arn;
mod assessment;
mod call;
mod commands;
mod evidence;
mod facts;
mod finding;
mod findings;
mod lineage;
mod machine;
mod notes;
mod overview;
mod rds_export;
mod reason;
mod routine;
mod row;
mod search;
mod shell;
mod story;
mod surroundings;
mod target;
mod times;
mod topics;
mod trace;

use serde::{Deserialize, Serialize};

pub use agent::{Agent, AgentKind};
pub use assessment::{Assessment, band};
pub use call::{changes_permissions, is_denied, touches};
pub use evidence::evidence;
pub use facts::{Export, Facts, Reach, SourceKind, Tables};
pub use finding::{Entry, Finding, FindingId, Needs, Weight};
pub use findings::{findings, table};
pub use lineage::{ARROW, Credentials, Holder, LINEAGE_AFTER, LINEAGE_WITHIN, Lineage, Link, Links};
pub use overview::{SESSION, overview};
pub use reason::{cut, reason};
pub use routine::{RuleSpread, alike};
pub use row::{NOT_RECORDED, Row};
pub use search::{NoSearch, Search, search};
pub use story::{Belongs, Cast, Deed, Passage, Scene, Why, fold, is_named, run_words};
pub use surroundings::{
    Call, Calls, DAY, EarlierExport, RELATED_WITHIN, RecordRef, Seen, SessionOpened, Surroundings, WEEK,
};
pub use target::{Target, target_word};
pub use times::span;
pub use trace::{Issued, Trace};

use crate::rule::StepId;

/// A command that a step offers to copy. Never executed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    pub title: String,
    /// The command line, values validated and quoted.
    pub line: String,
}

/// The evidence for one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    pub step: StepId,
    pub lines: Vec<EvidenceLine>,
    pub commands: Vec<Command>,
}

/// A line of evidence, and the record that says so, where it is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceLine {
    pub text: String,
    pub record: Option<RecordRef>,
}

impl<T: Into<String>> From<T> for EvidenceLine {
    fn from(text: T) -> Self {
        Self { text: text.into(), record: None }
    }
}

#[cfg(test)]
mod tests;
