//! The pipeline: trail → event → detect → triage, on threads with bounded channels; the replay clock; progress and
//! health figures. Knows nothing of the screen.
//!
//! - [`read_all`] reads everything once, for the commands that print and end.
//! - [`watch()`] and [`replay()`] start an [`Engine`]: threads that read, evaluate and store, tell of it through an
//!   [`Outlet`], and take [`Request`]s.
//!
//! The threads of an engine: one that finds files (in [`crate::trail`]), the readers, one for each cluster, one that hands
//! out work and keeps the figures, the store thread, one that works out which alerts are one attack, one that looks at the
//! log around every alert, one that looks up everything about one of them, one that tells the story of an incident, one
//! that filters alerts by their events, one that searches the log, and one that shares decisions with a team. What one
//! hands to the next is bounded, so a slow disk slows reading and nothing else.

mod alert_queue;
mod archive;
mod checkpoints;
mod clock;
mod closings;
mod collect;
mod context;
mod enrich;
mod evaluate;
mod explore;
mod explored;
mod extent;
mod first_seen;
mod hint;
mod incidents;
mod joined;
mod kept;
mod lookups;
mod matcher;
mod metrics;
mod narrow;
mod order;
mod parallel;
mod protocol;
mod refine;
mod replay;
mod report;
mod rule_entry;
mod rulebook;
mod scan;
mod shared;
mod sorter;
mod sought;
mod sources;
mod store_thread;
mod story;
mod storyteller;
mod time_arg;
mod watch;
mod window;

use std::path::PathBuf;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Sender, bounded};

pub use collect::Collector;
pub use context::{Around, Context, Gathered};
pub use evaluate::Reading;
pub use explored::{
    Bars, Counts, Explored, FoundEvent, GroupPlace, Groups, LISTED, Question, ReadRecord, RecordRef, Values,
};
pub use extent::Extent;
pub use hint::Hint;
pub use joined::{Candidate, Gathering, Joined};
pub use order::OrderBy;
pub use protocol::{Clock, Outcome, Outlet, PlaybackRequest, Request, Rescued, StateNews, SwitchOutcome, Update};
pub use replay::{ReplayOf, ReplayOptions, replay};
pub use report::{
    Detail, Evidence, FileProblem, Finding, Health, NAMED, Phase, Playback, Row, SequenceEvent, SourceHealth,
    SourceTrouble, Trouble, Watching,
};
pub use rule_entry::{RuleEntry, RuleState};
pub use rulebook::RuleBook;
pub use scan::{Figures, Input, Portion, Selection, read_all};
pub use shared::Deciding;
pub use sorter::{SortKey, Sorter};
pub use story::{SCENES, Story, StoryQuestion};
pub use time_arg::TimeArg;
pub use watch::{StartError, WatchOptions, watch};
pub use window::{LATEST, Outside, Unopened, Window};

use enrich::EnrichRequest;
use explore::ExploreRequest;
use lookups::Lookups;
use matcher::MatchRequest;
use shared::{SharedHandle, SharedRequest};
use store_thread::{Order, StoreHandle};
use storyteller::StoryRequest;

use crate::triage::Proposal;

/// The store thread is given up after this: a process that was told to end is ended before long.
const STUCK: Duration = Duration::from_millis(4_200);

/// A running engine. Answers come through the outlet it was started with.
///
/// When it is dropped it stops and writes what is still to be written: whoever takes the updates must have let go of them
/// by then, or go on taking them. Threads that are inside a file end by themselves when they come out of it; nothing of
/// theirs is left to be written.
pub struct Engine {
    clock: Clock,
    /// The state's path; nothing where it is in memory.
    state: Option<PathBuf>,
    store: StoreHandle,
    store_thread: Option<JoinHandle<()>>,
    /// Where decisions go first that are shared with a team.
    shared: Option<SharedHandle>,
    lookups: Lookups,
    playback: Option<Sender<PlaybackRequest>>,
    /// Has whatever is watched looked at now; nothing on a replay.
    refresh: Option<Sender<()>>,
    /// Dropped to stop the thread that feeds alerts.
    stop: Option<Sender<()>>,
    /// That thread, where what it hands to the store outlives the engine.
    feeder: Option<JoinHandle<()>>,
}

impl Engine {
    /// Asks for something. Never blocks; a request to an engine that has failed is dropped.
    pub fn ask(&self, request: Request) {
        // A send fails only when its thread is gone.
        let _ = match request {
            Request::Persist { ticket, proposals } => match &self.shared {
                Some(shared) => shared.send(SharedRequest::Persist { ticket, proposals }),
                None => self.store.orders.send(Order::Persist { ticket, proposals }).ok(),
            },
            Request::Switch { switch, seen } => self.store.orders.send(Order::Switch { switch, seen }).ok(),
            Request::Detail(id) => self.lookups.enrich.send(EnrichRequest::Detail(id)).ok(),
            Request::Record(at) => self.lookups.enrich.send(EnrichRequest::Record(at)).ok(),
            Request::Match { queries, alerts } => {
                self.lookups.matcher.send(MatchRequest::Match { queries, alerts }).ok()
            }
            Request::Explore(question) => self.lookups.explore.send(ExploreRequest::Ask(question)).ok(),
            Request::Story(question) => self.lookups.story.send(StoryRequest::Tell(question)).ok(),
            Request::CloseStory => self.lookups.story.send(StoryRequest::Close).ok(),
            Request::StopExploring => self.lookups.explore.send(ExploreRequest::Stop).ok(),
            // One that waits is as good as two.
            Request::Refresh => self.refresh.as_ref().and_then(|refresh| refresh.try_send(()).ok()),
            Request::Playback(request) => self.playback.as_ref().and_then(|playback| playback.send(request).ok()),
        };
    }

    /// Saves decisions that were not saved when the console ended, or writes them to a spool that the next start takes
    /// up. Whoever takes the updates must have let go of them by then.
    pub fn rescue(&self, proposals: Vec<Proposal>) -> Rescued {
        let (mut shared, proposals) = match &self.shared {
            Some(shared) => shared.rescue(&proposals),
            None => (Rescued::default(), proposals),
        };
        let (answer, answers) = bounded(1);
        let order = match shared.left.take() {
            Some((_, why)) => Order::Spool { proposals: proposals.clone(), why, answer },
            None if self.shared.is_some() => return shared,
            None => Order::Rescue { proposals: proposals.clone(), answer },
        };
        let sent = self.store.orders.send(order);
        if let Some(rescued) = sent.ok().and_then(|()| answers.recv_timeout(STUCK).ok()) {
            let (left, spool) = (rescued.left, rescued.spool);
            shared.saved += rescued.saved;
            shared.given_up.extend(rescued.given_up);
            return Rescued { left, spool, ..shared };
        }
        // The disk does not answer, and the process may be ended any moment. Should it be saved yet, that does no harm.
        store_thread::spool(
            self.state.as_deref(),
            Default::default(),
            &proposals,
            "the disk does not answer".to_owned(),
            (self.clock)(),
        )
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.stop = None;
        (self.playback, self.refresh) = (None, None);
        self.shared = None;
        self.lookups.end();
        if let Some(feeder) = self.feeder.take() {
            let _ = feeder.join();
        }
        let _ = self.store.orders.send(Order::End);
        if let Some(thread) = self.store_thread.take() {
            let _ = thread.join();
        }
    }
}
