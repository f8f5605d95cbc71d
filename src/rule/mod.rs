//! Detection rules: the model, the loaders (detection-rules TOML, the published Markdown page, exported NDJSON), and
//! the investigation guide as a checklist. Knows nothing of log files, alerts or the screen.

mod model;
pub mod playbook;

pub use model::{
    Checklist, Detail, Framework, Origin, Rule, RuleType, Section, SectionKind, Severity, Step, StepId, Subtechnique,
    Tactic, Technique, Threat,
};
