//! Detection rules: the model, the loaders (detection-rules TOML, the published Markdown page, exported NDJSON), and
//! the investigation guide as a checklist. Knows nothing of log files, alerts or the screen.
//!
//! - [`load_all`] reads files and folders; whatever is wrong with one is an outcome beside the others, never an end.
//!   [`bundled`] gives the rules that come with the binary.
//! - [`Pack`] holds the rules of a run, and reads again what has changed.
//! - [`guide`] makes the checklist; the ids of its steps are what decisions are stored under.
//! - [`to_json`] and [`to_text`] write a rule out.
//!
//! Rules of the types `query`, `new_terms` and `threshold` load when their query is KQL; what a type means for matching
//! is decided a floor above.

mod bundled;
mod checklist;
mod duration;
pub mod guide;
mod identity;
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
    Cardinality, ExceptionRef, Framework, NewTerms, Rule, RuleException, RuleOrigin, RuleType, Severity, Subtechnique,
    Suppression, Tactic, Technique, Threat, Threshold,
};
