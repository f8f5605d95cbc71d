//! The thread that owns the store. Everything that is written goes through it: batches of what the readers found, and
//! the decisions of the analyst, which go first. It also looks, a few times a second, whether somebody else wrote to
//! the same state.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, bounded, never, select_biased, tick, unbounded};

use super::checkpoints::Checkpoints;
use super::{Clock, Outcome, Outlet, Rescued, RuleBook, StateNews, SwitchOutcome, Update};
use crate::detect::{AlertId, MaxSignals};
use crate::triage::spool::Spool;
use crate::triage::{AlertRow, Cursor, Decided, Proposal, Store, StoreError, Switch, Switched};

mod assess;
mod findings;
mod handle;
mod rescue;
mod sharing;
mod upkeep;
mod write;

pub(super) use findings::{AggregateChange, Findings};
pub(super) use handle::{Order, SharingNews, StoreHandle};
pub(super) use rescue::{sort, spool};

/// How often the state is checked for what others wrote.
const POLL: Duration = Duration::from_millis(250);
/// Alerts handed over at a time at the start, so that the first screen need not wait for the last.
const CHUNK: usize = 500;
/// Alerts and marks that may wait for a state that cannot be written; then no more findings are taken until it can.
const UNSAVED: usize = 5_000;

/// How long a call waits for other writers while the state is known to be locked: it is tried again soon anyway.
const IMPATIENT: Duration = Duration::from_millis(100);
/// Decisions that could not be written are tried again at every so many looks.
const TRY_AGAIN: u8 = 2;
/// Starts the store thread, which leaves decisions to another one where they are shared. It ends at [`Order::End`], after writing what was handed over before.
///
/// # Errors
/// When the system gives no thread.
pub(super) fn start(
    store: Store,
    book: Arc<RuleBook>,
    checkpoints: Checkpoints,
    (outlet, clock): (Outlet, Clock),
    shares: bool,
) -> std::io::Result<(StoreHandle, JoinHandle<()>)> {
    // Orders come from an analyst's keys, and from one thread that waits for each answer: they need no bound, and whoever
    // takes the updates must never wait to give one.
    let (orders, order_box) = unbounded();
    // Handed over when the store thread is free: until then they gather where an alert among them hurries them on.
    let (findings, finding_box) = bounded(0);
    let writer = StoreThread {
        store,
        clock,
        outlet,
        book,
        checkpoints,
        cap: MaxSignals::default(),
        counted: HashSet::new(),
        known: HashSet::new(),
        own: HashSet::new(),
        cursor: Cursor::default(),
        version: 0,
        greeted: false,
        unsaved: Findings::default(),
        revoked: Vec::new(),
        trouble: None,
        warnings: Vec::new(),
        told: StateNews::default(),
        sharing: shares.then(SharingNews::default),
        spools: None,
        take_up_due: true,
        refused: 0,
        unsettled: true,
        wrote: Instant::now(),
        settled: Instant::now(),
    };
    let thread =
        std::thread::Builder::new().name("store".into()).spawn(move || writer.run(&order_box, &finding_box))?;
    Ok((StoreHandle { orders, findings }, thread))
}

struct StoreThread {
    store: Store,
    clock: Clock,
    outlet: Outlet,
    book: Arc<RuleBook>,
    /// Told what is written of files.
    checkpoints: Checkpoints,
    cap: MaxSignals,
    /// Rules whose earlier alerts the cap has counted.
    counted: HashSet<String>,
    /// Alerts that the outlet has been told of.
    known: HashSet<AlertId>,
    /// Decisions written here that [`Store::news`] will tell of once more.
    own: HashSet<i64>,
    cursor: Cursor,
    version: i64,
    /// Whether all that the state holds has been handed over.
    greeted: bool,
    /// What could not be written yet.
    unsaved: Findings,
    /// Alerts that the outlet has been told of, and that were taken back before they could be written.
    revoked: Vec<AlertRow>,
    /// Why the state cannot be written or read.
    trouble: Option<String>,
    /// What else is wrong with it, apart from what the store knows.
    warnings: Vec<String>,
    /// What was last told of that.
    told: StateNews,
    /// How sharing decisions stands, where they are shared.
    sharing: Option<SharingNews>,
    /// What earlier consoles could not save; nothing while that was not looked for.
    spools: Option<Vec<Spool>>,
    /// Whether more of that can be saved than when it was last tried.
    take_up_due: bool,
    /// Looks until decisions that could not be written are tried again; 0: there are none.
    refused: u8,
    /// Whether something was written since the log was last brought into the file.
    unsettled: bool,
    /// When something was last written, and when the log was last brought into the file.
    wrote: Instant,
    settled: Instant,
}

impl StoreThread {
    fn run(mut self, orders: &Receiver<Order>, findings: &Receiver<Findings>) {
        let greeted = self.greet().and_then(|()| self.take_up());
        self.heed(greeted);
        self.tell(Update::Loaded);
        let poll = tick(POLL);
        let shut = never();
        let mut gone = false;
        loop {
            let taken = if gone || self.unsaved.len() >= UNSAVED { &shut } else { findings };
            select_biased! {
                recv(orders) -> order => match order {
                    Ok(Order::End) | Err(_) => break,
                    Ok(Order::Ask(query)) => self.store.answer(query),
                    Ok(Order::Assess { assessed, done }) => {
                        let _ = done.send(self.assess(&assessed));
                    }
                    Ok(Order::Place { moves, done }) => {
                        let _ = done.send(self.place(&moves));
                    }
                    Ok(Order::Persist { ticket, proposals }) => self.persist(ticket, &proposals),
                    Ok(Order::Switch { switch, seen }) => self.switch(switch, seen.as_ref()),
                    Ok(Order::Rescue { proposals, answer }) => {
                        let _ = answer.send(self.rescue(&proposals));
                    }
                    Ok(Order::Shared(query)) => self.answer_shared(query),
                    Ok(Order::Sharing(news)) => {
                        self.sharing = Some(news);
                        self.tell_state();
                    }
                    Ok(Order::Spools(reply)) => drop(reply.send(self.spools_to_share())),
                    Ok(Order::TakenUp { spool, decided }) => self.shared_spool(spool, decided),
                    Ok(Order::Spool { proposals, why, answer }) => {
                        let _ = answer.send(self.keep_for_next(&proposals, why));
                    }
                },
                recv(poll) -> _ => {
                    let settled = self.store.in_place().and_then(|()| self.greet()).and_then(|()| self.save());
                    let settled = settled.and_then(|()| self.take_up()).and_then(|()| self.look());
                    self.heed(settled);
                    self.try_again();
                    self.settle();
                }
                recv(taken) -> found => match found {
                    Ok(found) => self.write(found),
                    Err(_) => gone = true,
                },
            }
        }
        for found in findings.try_iter() {
            self.write(found);
        }
        // What cannot be written now is found again by the next run, as its files do not count as read.
        let _ = self.save().and_then(|()| self.store.checkpoint());
    }

    /// Hands over what the state holds, once.
    fn greet(&mut self) -> Result<(), StoreError> {
        if self.greeted {
            return Ok(());
        }
        self.version = self.store.data_version()?;
        self.cursor = self.store.cursor()?;
        self.tell(Update::Decisions(self.store.decisions_since(0)?));
        let (known, outlet) = (&mut self.known, &self.outlet);
        self.store.each_listed(CHUNK, |mut part| {
            part.retain(|listed| known.insert(listed.id.clone()));
            if outlet(Update::Alerts(part)) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        self.take_switches()?;
        self.greeted = true;
        Ok(())
    }

    fn persist(&mut self, ticket: u64, proposals: &[Proposal]) {
        // An alert that could not be saved yet is on the screen: a decision on it needs it in the state.
        let outcomes: Vec<Outcome> = match self.save().and_then(|()| self.store.decide_once(proposals)) {
            Ok(decided) => decided.into_iter().map(outcome).collect(),
            Err(error) => {
                self.hurry(&error);
                proposals.iter().map(|_| Outcome::Failed(error.to_string())).collect()
            }
        };
        self.note_written();
        if outcomes.iter().any(|o| matches!(o, Outcome::Failed(_))) {
            self.refused = TRY_AGAIN;
        }
        self.own.extend(outcomes.iter().filter_map(|o| match o {
            Outcome::Stored(decision) => Some(decision.seq),
            _ => None,
        }));
        // Whoever was overtaken sees by what before being told that it happened.
        if let Err(error) = self.look() {
            self.heed(Err(error));
        }
        self.tell(Update::Persisted { ticket, outcomes });
    }

    /// Tells what others wrote since the last look.
    fn look(&mut self) -> Result<(), StoreError> {
        let version = self.store.data_version()?;
        if version == self.version {
            return Ok(());
        }
        let mut news = self.store.news(&mut self.cursor)?;
        self.take_switches()?;
        self.version = version;
        news.alerts.retain(|listed| self.known.insert(listed.id.clone()));
        for listed in &news.alerts {
            // Where its rule is counted only now, it is among those that are counted.
            if self.counted.contains(&listed.rule_id) {
                self.holds(&listed.rule_id, listed.time);
            }
        }
        news.decisions.retain(|decision| !self.own.remove(&decision.seq));
        if !news.alerts.is_empty() {
            self.tell(Update::Alerts(news.alerts));
        }
        if !news.decisions.is_empty() {
            self.tell(Update::Decisions(news.decisions));
        }
        Ok(())
    }

    fn switch(&mut self, switch: Switch, seen: Option<&Switch>) {
        let (switch, outcome) = match self.store.switch(&switch, seen) {
            Ok(Switched::Stored(stored)) => (stored, SwitchOutcome::Stored),
            Ok(Switched::Conflict(theirs)) => (switch, SwitchOutcome::Conflict(theirs)),
            Err(error) => (switch, SwitchOutcome::Failed(error.to_string())),
        };
        self.note_written();
        // How it stands now is seen before what became of the wish.
        if let Err(error) = self.take_switches() {
            self.heed(Err(error));
        }
        self.tell(Update::Switched { switch, outcome });
    }

    /// Takes up what analysts have switched, here or elsewhere.
    fn take_switches(&mut self) -> Result<(), StoreError> {
        if self.book.switch(self.store.switches()?) {
            self.book.tell(&self.outlet);
        }
        Ok(())
    }

    fn announce(&mut self, mut alerts: Vec<AlertRow>) {
        alerts.retain(|listed| self.known.insert(listed.id.clone()));
        if !alerts.is_empty() {
            self.tell(Update::Alerts(alerts));
        }
    }

    fn tell(&self, update: Update) {
        // A listener that has gone also drops the engine, which ends the loop.
        let _ = (self.outlet)(update);
    }
}

pub(super) fn outcome(decided: Decided) -> Outcome {
    match decided {
        Decided::Stored(decision) => Outcome::Stored(decision),
        Decided::Conflict(decision) => Outcome::Conflict(decision),
        Decided::Refused(why) => Outcome::Refused(why),
        Decided::Unknown => Outcome::Failed("the alert is not in this state".to_owned()),
    }
}
