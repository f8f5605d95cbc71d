//! Detection rules: the model, the loaders (detection-rules TOML, the published Markdown page, exported NDJSON), and
//! the investigation guide as a checklist. Knows nothing of log files, alerts or the screen.

pub mod guide;
mod model;
pub mod playbook;

pub use model::{
    Cardinality, Checklist, Detail, ExceptionRef, Framework, NewTerms, Origin, Pivot, Provider, Rule, RuleType,
    Section, SectionKind, Severity, Step, StepId, Subtechnique, Suppression, Tactic, Technique, Threat, Threshold,
};
