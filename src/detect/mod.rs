//! Rules × events → alerts. Knows nothing of triage or the screen.

mod alert;
mod cap;
mod document;
mod exception;
mod ruleset;

pub use alert::{Alert, AlertId, Source, Summary};
pub use cap::Cap;
pub use document::{document, timestamp};
pub use exception::{Candidate, ExceptionDraft, Exceptions, candidates};
pub use ruleset::RuleSet;
