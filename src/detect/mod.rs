//! Rules × events → alerts. Knows nothing of triage or the screen.
//!
//! [`RuleSet`] puts an event to the rules that can match it at all. A rule that asks for nothing more makes an alert of
//! each event that matches; one that looks for new terms, counts, or folds its alerts makes a [`Hit`], and what those
//! come to is worked out by the [`Correlator`]. What no rule can match is told by a [`Prefilter`] before it is parsed.

mod aggregate;
mod alert;
mod correlate;
mod cost;
mod document;
mod evaluation;
mod exception;
mod former;
mod hit;
mod key;
mod max_signals;
mod moving;
mod plan;
mod prefilter;
mod ruleset;

pub use aggregate::{Aggregate, Different, Reason, Term};
pub use alert::{Alert, AlertId, Source, Summary};
pub use correlate::{Change, Closing, Correlator, MemoryUpdate, Raised, Tally};
pub use cost::Cost;
pub use document::{Documents, timestamp};
pub use evaluation::Evaluation;
pub use exception::{Candidate, ExceptionDraft, Exceptions, candidates};
pub use former::{former_group_id, present_id};
pub use hit::{Body, EventOrder, Hit};
pub use key::GroupKey;
pub use max_signals::MaxSignals;
pub use prefilter::{Decision, Prefilter, Skip};
pub use ruleset::{Remembering, RuleSet};
