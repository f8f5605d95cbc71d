//! Rules × events → alerts. Knows nothing of triage or the screen.
//!
//! A [`Prefilter`] skips what no rule can match before it is parsed. [`RuleSet`] evaluates an event with the rules that
//! can match it. A plain query rule raises an alert for each match. Rules that look at several events (new terms,
//! thresholds, suppression) make a [`Hit`] of each match, and the [`Correlator`] makes alerts of hits.

mod aggregate;
mod alert;
mod correlate;
mod cost;
mod document;
mod evaluation;
mod exception;
mod former;
mod hit;
mod in_sequence;
mod key;
mod lacking;
mod max_signals;
mod plan;
mod prefilter;
mod rule_query;
mod ruleset;

pub use aggregate::{Aggregate, Different, Reason, SequenceRecord, Term};
pub use alert::{Alert, AlertId, Summary};
pub use correlate::{Change, Closing, Correlator, MemoryUpdate, Raised, Tally};
pub use cost::{Cost, Kept, Remembered};
pub use document::{Documents, Worth, timestamp};
pub use evaluation::Evaluation;
pub use exception::{Candidate, ExceptionDraft, Exceptions, candidates};
pub use former::{former_group_id, present_id};
pub use hit::{Body, EventOrder, Hit};
pub use key::GroupKey;
pub use lacking::Lacking;
pub use max_signals::MaxSignals;
pub use prefilter::{Decision, Prefilter, Skip};
pub use ruleset::{Remembering, RuleSet};
