//! Detection rules: the model, the loaders (detection-rules TOML, the published Markdown page, exported NDJSON), and
//! the investigation guide as a checklist. Knows nothing of log files, alerts or the screen.

mod bundled;
mod duration;
pub mod guide;
mod identity;
mod load;
mod model;
pub mod playbook;
mod show;

pub use bundled::bundled;
pub use duration::{parse_duration, parse_look_back};
pub use identity::derived_id;
pub use load::{FileOutcome, FileStatus, Format, RuleLoad, load, load_all, load_str};
pub use show::{to_json, to_text};

pub use model::{
    Cardinality, Checklist, Detail, ExceptionRef, Framework, NewTerms, Origin, Pivot, Provider, Rule, RuleType,
    Section, SectionKind, Severity, Step, StepId, Subtechnique, Suppression, Tactic, Technique, Threat, Threshold,
};
