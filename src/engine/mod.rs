//! The pipeline: trail → event → detect → triage, on threads with bounded channels; the replay clock; progress and
//! health figures. Knows nothing of the screen.
//!
//! - [`read_all`] reads everything once, for the commands that print and end.
//! - [`watch()`] and [`replay()`] start an [`Engine`]: threads that read, evaluate and store, tell of it through an
//!   [`Outlet`], and take [`Request`]s.
//!
//! The threads of an engine: one that finds files (in [`crate::trail`]), the readers, one that hands out work and keeps
//! the figures, the keeper of the store, one that looks up everything about an alert, one that
//! puts filters to the events of the alerts, and one that searches the log for whatever is asked. What one hands to the next is
//! bounded, so a slow disk slows reading and nothing else.

mod archive;
mod checkpoints;
mod clock;
mod closings;
mod collect;
mod enrich;
mod evaluate;
mod explore;
mod first_seen;
mod handle;
mod matcher;
mod metrics;
mod parallel;
mod protocol;
mod replay;
mod report;
mod rulebook;
mod scan;
mod sorter;
mod store_thread;
mod time_arg;
mod watch;
mod window;

pub use collect::Collector;
pub use evaluate::Reading;
pub use explore::{Bars, Counts, Explored, FoundEvent, LISTED, Question, ReadRecord, RecordSpot, Values};
pub use handle::Engine;
pub use protocol::{Outcome, Outlet, PlaybackRequest, Request, Rescued, StateNews, SwitchOutcome, Update};
pub use replay::{ReplayOf, ReplayOptions, replay};
pub use report::{
    Detail, Evidence, FileProblem, Finding, Health, NAMED, Phase, Playback, RelatedEvent, RelatedWhy, Row, Trouble,
    Watching,
};
pub use rulebook::{RuleBook, RuleEntry, RuleState};
pub use scan::{Figures, FileDone, Input, Sieve, read_all};
pub use sorter::{SortKey, Sorter};
pub use time_arg::TimeArg;
pub use watch::{StartError, WatchOptions, watch};
pub use window::{LATEST, Outside, Unopened, Window};
