//! Detection rules: the model, the loaders (detection-rules TOML, the published Markdown page, exported NDJSON), and
//! the investigation guide as a checklist. Knows nothing of log files, alerts or the screen.
//!
//! - [`load_all`] reads files and folders; one bad file never stops the others. [`bundled`] returns the rules in the
//!   binary.
//! - [`Pack`] holds the rules of a run and rereads files that change.
//! - [`guide`] makes the checklist. Decisions are stored under the ids of its steps.
//! - [`to_json`] and [`to_text`] print a rule.
//!
//! Rules of the types `query`, `new_terms` and `threshold` load when their query is KQL, those of the type `eql` when it is
//! EQL. How each type matches is up to
//! [`crate::detect`].

mod bundled;
mod checklist;
mod duration;
pub mod guide;
mod identity;
mod language;
mod load;
mod model;
mod pack;
mod show;

pub use bundled::bundled;
pub use checklist::{Checklist, ChecklistStep, Pivot, Provider, Section, SectionKind, StepDetail, StepId};
pub use duration::{parse_duration, parse_look_back};
pub use identity::derived_id;
pub use load::{FileOutcome, FileStatus, RuleFormat, RuleLoad, load, load_all, load_str};
pub use pack::{Changes, Pack, PackEntry, Standing};
pub use show::{to_json, to_text};

pub use model::{
    Cardinality, EqlFields, ExceptionRef, Framework, NewTerms, Rule, RuleException, RuleOrigin, RuleType, Severity,
    Subtechnique, Suppression, Tactic, Technique, Threat, Threshold,
};
