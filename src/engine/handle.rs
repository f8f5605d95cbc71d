//! A running engine, as whoever is in front of it holds it.

use std::path::PathBuf;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Sender, bounded};

use super::enrich::Question;
use super::explore::Asked;
use super::matcher::Asked as Asking;
use super::store_thread::{self, Order, StoreHandle};
use super::{PlaybackRequest, Request, Rescued};
use crate::triage::Proposal;

/// The keeper is given up after this: a process that was told to end is ended before long.
const STUCK: Duration = Duration::from_millis(4_200);

/// A running engine. Answers come through the outlet it was started with.
///
/// When it is dropped it stops and writes what is still to be written: whoever takes the updates must have let go of them
/// by then, or go on taking them. Threads that are inside a file end by themselves when they come out of it; nothing of
/// theirs is left to be written.
pub struct Engine {
    /// The state's path; nothing where it is in memory.
    pub(super) state: Option<PathBuf>,
    pub(super) store: Option<StoreHandle>,
    pub(super) questions: Option<Sender<Question>>,
    pub(super) matcher: Option<Sender<Asking>>,
    pub(super) explorer: Option<Sender<Asked>>,
    pub(super) playback: Option<Sender<PlaybackRequest>>,
    /// Dropped to stop the thread that feeds events.
    pub(super) stop: Option<Sender<()>>,
    /// The thread that hands findings to the keeper, where they outlive the engine; then the keeper.
    pub(super) feeder: Option<JoinHandle<()>>,
    pub(super) store_thread: Option<JoinHandle<()>>,
}

impl Engine {
    /// Asks for something. Never blocks; a request to an engine that has failed is dropped.
    pub fn ask(&self, request: Request) {
        match request {
            Request::Persist { ticket, proposals } => {
                if let Some(store) = &self.store {
                    let _ = store.orders.send(Order::Persist { ticket, proposals });
                }
            }
            Request::Switch { switch, seen } => {
                if let Some(store) = &self.store {
                    let _ = store.orders.send(Order::Switch { switch, seen });
                }
            }
            Request::Detail(id) => self.question(Question::Detail(id)),
            Request::Match { queries, alerts } => self.matching(Asking::Match { queries, alerts }),
            Request::Record(spot) => self.question(Question::Record(spot)),
            Request::Explore(question) => self.explore(Asked::Question(question)),
            Request::StopExploring => self.explore(Asked::Stop),
            Request::Playback(request) => {
                if let Some(playback) = &self.playback {
                    let _ = playback.send(request);
                }
            }
        }
    }

    /// Saves decisions that were not saved when the console ended, or writes them to a spool that the next start takes
    /// up. Whoever takes the updates must have let go of them by then.
    pub fn rescue(&self, proposals: Vec<Proposal>) -> Rescued {
        let (answer, answers) = bounded(1);
        let order = Order::Rescue { proposals: proposals.clone(), answer };
        let sent = self.store.as_ref().is_some_and(|store| store.orders.send(order).is_ok());
        if let Some(rescued) = sent.then(|| answers.recv_timeout(STUCK).ok()).flatten() {
            return rescued;
        }
        // The disk does not answer, and the process may be ended any moment. Should it be saved yet, that does no harm.
        store_thread::spool(
            self.state.as_deref(),
            Default::default(),
            &proposals,
            "the disk does not answer".to_owned(),
        )
    }

    fn explore(&self, asked: Asked) {
        if let Some(explorer) = &self.explorer {
            let _ = explorer.send(asked);
        }
    }

    fn matching(&self, asked: Asking) {
        if let Some(matcher) = &self.matcher {
            let _ = matcher.send(asked);
        }
    }

    fn question(&self, question: Question) {
        if let Some(questions) = &self.questions {
            let _ = questions.send(question);
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.stop = None;
        self.playback = None;
        self.question(Question::End);
        self.matching(Asking::End);
        self.explore(Asked::End);
        if let Some(feeder) = self.feeder.take() {
            let _ = feeder.join();
        }
        if let Some(store) = self.store.take() {
            let _ = store.orders.send(Order::End);
        }
        if let Some(thread) = self.store_thread.take() {
            let _ = thread.join();
        }
    }
}
