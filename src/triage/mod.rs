//! Triage: what analysts decide about alerts. A pure reducer over (alert, decision), the store that keeps both, the
//! audit chain over them, and reports. Knows nothing of the screen.

mod case;
mod decision;
mod listed;

pub use case::{Case, Note, StepMark};
pub use decision::{Action, Decision, Proposal, Reason, Status, StepState};
pub use listed::Listed;
