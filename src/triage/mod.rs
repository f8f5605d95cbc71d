//! Triage: what analysts decide about alerts. A pure reducer over (alert, decision), the store that keeps both, the
//! audit chain over them, and reports. Knows nothing of the screen.
//!
//! Nothing an analyst did is ever changed or removed: a decision is appended, an undo is a decision of its own, and
//! where an alert stands is always computed from its decisions ([`Case`]). Deciding goes through [`Store::decide`],
//! which alone gives a decision its place in the order of all.

mod alert_row;
pub mod audit;
mod case;
pub mod check;
mod decision;
mod entry;
pub mod incident;
mod incident_id;
pub mod report;
pub mod shared;
pub mod spool;
mod store;
mod switch;

#[cfg(test)]
mod samples;

pub use alert_row::{AlertRow, NewAlert};
pub use case::{Case, Note, StepMark};
pub use decision::{Action, Decision, Proposal, Reason, Status, StepState};
pub use entry::Entry;
pub use incident_id::IncidentId;
pub use store::{
    Access, AlertRecords, Archived, Assessed, AuditError, BackedUp, Batch, Cursor, Damage, Decided, Documented, Draft,
    FirstSeen, FirstSeenKind, Loss, MAX_SEEN, MAX_TEXT, Marks, News, Offer, OpenOptions, Recorded, RememberedHit,
    Reply, RuleMaxSignals, SharedCase, SharedQuery, SharedWith, Store, StoreError, StoreQuery, Switched, Taken,
};
pub use switch::Switch;
