//! The thread that shares decisions with a team in a cluster. It alone talks to the cluster about them: the store thread
//! and the console never wait for the network.
//!
//! It takes the analyst's decisions in place of the store thread, and looks every [`LOOK`] for what others have decided.
//! What cannot be shared is answered as not saved. The console is told when to try again, after longer and longer pauses,
//! and as soon as the cluster answers again.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, unbounded};

use super::store_thread::{Order, SharingNews, StoreHandle, outcome, sort};
use super::{Outcome, Outlet, Rescued, Update};
use crate::cluster::Client;
use crate::triage::shared::{Answer, Copy, Sharing, Trouble};
use crate::triage::{Decided, Proposal, Reply, SharedQuery};

/// Time between two looks at what others have decided.
const LOOK: Duration = Duration::from_secs(2);
/// The first pause before decisions that were not saved are tried again.
const PAUSE: Duration = Duration::from_secs(1);
/// The longest pause, after many failures.
const LONGEST: Duration = Duration::from_secs(30);
/// How long the last try waits for the cluster: the process may not have long to live.
const LAST_TRY: Duration = Duration::from_millis(1_500);

/// Where a team decides together.
#[derive(Debug)]
pub struct Deciding {
    /// One with `decisions` in its profile.
    pub cluster: Client,
    /// Decide nothing, and write nothing to it.
    pub read_only: bool,
}

/// What the thread is asked.
pub(super) enum SharedRequest {
    Persist {
        ticket: u64,
        proposals: Vec<Proposal>,
    },
    /// Save these at last; answers with what became of them, and those that are left.
    Rescue {
        proposals: Vec<Proposal>,
        answer: Sender<(Rescued, Vec<Proposal>)>,
    },
}

/// The way to the thread.
pub(super) struct SharedHandle(Sender<SharedRequest>);

/// Starts the thread. It ends with the handle, or when it comes back from the cluster after that.
///
/// # Errors
/// When the system gives no thread.
pub(super) fn start(deciding: Deciding, store: StoreHandle, outlet: Outlet) -> std::io::Result<SharedHandle> {
    let (requests, asked) = unbounded();
    let Deciding { cluster, read_only } = deciding;
    let name = cluster.name().to_owned();
    let prefix = cluster.profile().decisions.clone().unwrap_or_default();
    let sharing = Sharing::new(cluster, store.clone(), &name, &prefix, random_name());
    let sharing = if read_only { sharing.reading_only() } else { sharing };
    let thread = SharedThread { sharing, store, outlet, told: SharingNews::default(), pause: PAUSE, again: None };
    std::thread::Builder::new().name("shared".into()).spawn(move || thread.run(&asked))?;
    Ok(SharedHandle(requests))
}

/// A name that no other console has.
fn random_name() -> String {
    // Seeded by the system for each process.
    let [one, other] = [RandomState::new(), RandomState::new()].map(|state| state.build_hasher().finish());
    format!("{one:08x}{other:08x}").chars().take(24).collect()
}

impl SharedHandle {
    pub(super) fn send(&self, request: SharedRequest) -> Option<()> {
        self.0.send(request).ok()
    }

    /// Saves what can be saved before the process ends. Answers with what became of it, and what is left.
    pub(super) fn rescue(&self, proposals: &[Proposal]) -> (Rescued, Vec<Proposal>) {
        let (answer, answers) = bounded(1);
        let sent = self.send(SharedRequest::Rescue { proposals: proposals.to_vec(), answer });
        // Should it be saved after all, whoever takes up the spool finds it in the log.
        let rescued = sent.and_then(|()| answers.recv_timeout(LAST_TRY + LAST_TRY / 3).ok());
        rescued.unwrap_or_else(|| {
            let why = "the cluster does not answer".to_owned();
            (Rescued { left: Some((proposals.len(), why)), ..Rescued::default() }, proposals.to_vec())
        })
    }
}

impl Copy for StoreHandle {
    fn ask<T>(&mut self, query: impl FnOnce(Reply<T>) -> SharedQuery) -> Result<T, Trouble> {
        let (reply, answer) = bounded(1);
        let gone = || Trouble::Copy("the console has ended".to_owned());
        self.orders.send(Order::Shared(query(reply))).map_err(|_| gone())?;
        answer.recv().map_err(|_| gone())?.map_err(Trouble::of)
    }
}

struct SharedThread {
    sharing: Sharing<Client, StoreHandle>,
    store: StoreHandle,
    outlet: Outlet,
    told: SharingNews,
    /// Before the next try.
    pause: Duration,
    /// When the console is told to try again.
    again: Option<Instant>,
}

impl SharedThread {
    fn run(mut self, asked: &Receiver<SharedRequest>) {
        let mut next = Instant::now();
        loop {
            let due = self.again.map_or(next, |again| again.min(next));
            match asked.recv_deadline(due) {
                Ok(SharedRequest::Persist { ticket, proposals }) => self.persist(ticket, &proposals),
                Ok(SharedRequest::Rescue { proposals, answer }) => {
                    let _ = answer.send(self.rescue(&proposals));
                }
                Err(RecvTimeoutError::Timeout) => {
                    if self.again.is_some_and(|again| again <= Instant::now()) {
                        self.again = None;
                        self.tell(Update::TryAgain);
                    }
                    if next <= Instant::now() {
                        next = Instant::now() + if self.look() { LOOK } else { self.pause.max(LOOK) };
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Whether the cluster answered.
    fn look(&mut self) -> bool {
        let looked = self.sharing.look();
        if looked.is_ok() {
            self.take_up();
        }
        let fine = looked.is_ok();
        let over = fine && self.told.trouble.is_some();
        self.heed(looked.err().filter(|trouble| !trouble.is_forbidden()));
        if over && self.again.take().is_some() {
            self.pause = PAUSE;
            self.tell(Update::TryAgain);
        }
        fine
    }

    fn persist(&mut self, ticket: u64, proposals: &[Proposal]) {
        let answers = self.sharing.decide(proposals);
        let failed = answers.iter().any(|answer| matches!(answer, Answer::Failed(_)));
        let outcomes = answers.into_iter().map(|answer| match answer {
            Answer::Decided(decided) => outcome(decided),
            Answer::Failed(why) => Outcome::Failed(why),
        });
        let outcomes: Vec<Outcome> = outcomes.collect();
        if failed || outcomes.iter().any(|outcome| matches!(outcome, Outcome::Failed(_))) {
            self.again = Some(Instant::now() + self.pause);
            self.pause = (self.pause * 2).min(LONGEST);
        } else {
            (self.again, self.pause) = (None, PAUSE);
        }
        self.heed_sharing();
        self.tell(Update::Persisted { ticket, outcomes });
    }

    fn rescue(&mut self, proposals: &[Proposal]) -> (Rescued, Vec<Proposal>) {
        self.sharing.wait_at_most(LAST_TRY);
        let (mut why, mut decided) = (None, Vec::with_capacity(proposals.len()));
        for answer in self.sharing.decide(proposals) {
            decided.push(match answer {
                Answer::Decided(decided) => decided,
                Answer::Failed(reason) => {
                    why = Some(reason);
                    Decided::Unknown
                }
            });
        }
        let (sorted, left) = sort(proposals, decided);
        let why = why.unwrap_or_else(|| "their alerts are not in the state".to_owned());
        let count = (!left.is_empty()).then_some((left.len(), why));
        (Rescued { saved: sorted.stored.len(), given_up: sorted.given_up, left: count, spool: None }, left)
    }

    /// Takes up what earlier consoles could not save.
    fn take_up(&mut self) {
        let (reply, spools) = bounded(1);
        let sent = self.store.orders.send(Order::Spools(reply));
        for spool in sent.ok().and_then(|()| spools.recv().ok()).into_iter().flatten() {
            let mut decided = Vec::with_capacity(spool.proposals.len());
            for answer in self.sharing.decide(&spool.proposals) {
                // What failed waits, as what is about an alert that is not here.
                decided.push(if let Answer::Decided(decided) = answer { decided } else { Decided::Unknown });
            }
            let _ = self.store.orders.send(Order::TakenUp { spool, decided });
        }
    }

    fn heed_sharing(&mut self) {
        let trouble = self.told.trouble.clone();
        self.tell_news(trouble);
    }

    fn heed(&mut self, trouble: Option<Trouble>) {
        self.tell_news(trouble.map(|trouble| trouble.to_string()));
    }

    fn tell_news(&mut self, trouble: Option<String>) {
        for text in self.sharing.take_said() {
            self.tell(Update::Notice(text));
        }
        let news = SharingNews { trouble, read_only: self.sharing.forbidden().map(str::to_owned) };
        if self.told != news {
            self.told = news.clone();
            let _ = self.store.orders.send(Order::Sharing(news));
        }
    }

    fn tell(&self, update: Update) {
        let _ = (self.outlet)(update);
    }
}
