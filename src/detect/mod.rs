//! Rules × events → alerts. Knows nothing of triage or the screen.

mod alert;
mod cap;
mod document;
mod exception;
mod ruleset;

pub use alert::{Alert, AlertId, Source, Summary};
pub use cap::Cap;
pub use document::{document, timestamp};
pub use exception::Exceptions;
pub use ruleset::RuleSet;
