//! The thread that owns the store. Everything that is written goes through it: batches of what the readers found, and
//! the decisions of the analyst, which go first. It also looks, a few times a second, whether somebody else wrote to
//! the same state.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded, never, select_biased, tick};

use super::{Outcome, Outlet, Update};
use crate::detect::{AlertId, Cap};
use crate::rule::Rule;
use crate::trail::FileMark;
use crate::triage::{Batch, Cursor, Decided, Found, Proposal, Seen, Store, StoreError};

/// How often the state is checked for what others wrote.
const POLL: Duration = Duration::from_millis(250);
/// Alerts handed over at a time at the start, so that the first screen need not wait for the last.
const CHUNK: usize = 500;

/// What readers found, to be written in one transaction.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// Alerts; whether the cap holds them is decided here.
    pub alerts: Vec<Found>,
    /// How far files have been read.
    pub marks: Vec<FileMark>,
    /// First sights of actors, addresses and agents.
    pub seen: Vec<Seen>,
}

impl Findings {
    /// Adds more.
    pub(super) fn append(&mut self, mut more: Self) {
        self.alerts.append(&mut more.alerts);
        self.marks.append(&mut more.marks);
        self.seen.append(&mut more.seen);
    }

    /// Whether there is nothing to write.
    pub(super) fn is_empty(&self) -> bool {
        self.alerts.is_empty() && self.marks.is_empty() && self.seen.is_empty()
    }
}

/// A question to the store.
pub(super) type Question = Box<dyn FnOnce(&Store) + Send>;

/// An order to the keeper, obeyed before findings are written.
pub(super) enum Order {
    /// Write decisions.
    Persist { ticket: u64, proposals: Vec<Proposal> },
    /// Look something up.
    Ask(Question),
}

/// The ways to the keeper.
#[derive(Clone)]
pub(super) struct Desk {
    pub orders: Sender<Order>,
    pub findings: Sender<Findings>,
}

impl Desk {
    /// Looks something up in the store, behind what is queued there; `None` when the keeper is gone.
    pub(super) fn ask<T: Send + 'static>(&self, look: impl FnOnce(&Store) -> T + Send + 'static) -> Option<T> {
        let (answer, box_) = bounded(1);
        let question: Question = Box::new(move |store| {
            let _ = answer.send(look(store));
        });
        self.orders.send(Order::Ask(question)).ok()?;
        box_.recv().ok()
    }
}

/// Starts the keeper. It ends when every [`Desk`] is gone, after writing what is queued.
///
/// # Errors
/// When the system gives no thread.
pub(super) fn start(store: Store, rules: &[Arc<Rule>], outlet: Outlet) -> std::io::Result<(Desk, JoinHandle<()>)> {
    let (orders, order_box) = bounded(256);
    let (findings, finding_box) = bounded(8);
    let rules = rules.iter().map(|rule| (rule.id.clone(), Arc::clone(rule))).collect();
    let keeper = Keeper {
        store,
        outlet,
        rules,
        cap: Cap::default(),
        known: HashSet::new(),
        own: HashSet::new(),
        cursor: Cursor::default(),
        version: 0,
        unsaved: Findings::default(),
    };
    let thread = std::thread::Builder::new().name("keeper".into()).spawn(move || keeper.run(order_box, finding_box))?;
    Ok((Desk { orders, findings }, thread))
}

struct Keeper {
    store: Store,
    outlet: Outlet,
    rules: HashMap<String, Arc<Rule>>,
    cap: Cap,
    /// Alerts that the outlet has been told of.
    known: HashSet<AlertId>,
    /// Decisions written here that [`Store::news`] will tell of once more.
    own: HashSet<i64>,
    cursor: Cursor,
    version: i64,
    /// What could not be written yet.
    unsaved: Findings,
}

impl Keeper {
    fn run(mut self, mut orders: Receiver<Order>, mut findings: Receiver<Findings>) {
        let greeted = self.greet();
        self.complain(greeted);
        self.tell(Update::Loaded);
        let poll = tick(POLL);
        let mut open = 2;
        while open > 0 {
            select_biased! {
                recv(orders) -> order => match order {
                    Ok(order) => self.obey(order),
                    Err(_) => {
                        orders = never();
                        open -= 1;
                    }
                },
                recv(poll) -> _ => {
                    let _ = self.save();
                    let looked = self.look();
                    self.complain(looked);
                }
                recv(findings) -> found => match found {
                    Ok(found) => self.write(found),
                    Err(_) => {
                        findings = never();
                        open -= 1;
                    }
                },
            }
        }
    }

    /// Hands over what the state holds.
    fn greet(&mut self) -> Result<(), StoreError> {
        self.version = self.store.data_version()?;
        self.cursor = self.store.cursor()?;
        self.tell(Update::Decisions(self.store.decisions_since(0)?));
        let (known, outlet) = (&mut self.known, &self.outlet);
        self.store.each_listed(CHUNK, |part| {
            known.extend(part.iter().map(|listed| listed.id.clone()));
            if outlet(Update::Alerts(part)) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        for rule in self.rules.values() {
            for (run, count) in self.store.run_counts(&rule.id, rule.interval())? {
                self.cap.restore(rule.id.clone(), run, count);
            }
        }
        Ok(())
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Ask(question) => question(&self.store),
            Order::Persist { ticket, proposals } => {
                let outcomes: Vec<Outcome> = match self.store.decide(&proposals) {
                    Ok(decided) => decided.into_iter().map(outcome).collect(),
                    Err(error) => proposals.iter().map(|_| Outcome::Failed(error.to_string())).collect(),
                };
                self.own.extend(outcomes.iter().filter_map(|o| match o {
                    Outcome::Stored(decision) => Some(decision.seq),
                    _ => None,
                }));
                // Whoever was overtaken sees by what before being told that it happened.
                let looked = self.look();
                self.complain(looked);
                self.tell(Update::Persisted { ticket, outcomes });
            }
        }
    }

    /// Tells what others wrote since the last look.
    fn look(&mut self) -> Result<(), StoreError> {
        let version = self.store.data_version()?;
        if version == self.version {
            return Ok(());
        }
        let mut news = self.store.news(&mut self.cursor)?;
        self.version = version;
        news.alerts.retain(|listed| self.known.insert(listed.id.clone()));
        news.decisions.retain(|decision| !self.own.remove(&decision.seq));
        if !news.alerts.is_empty() {
            self.tell(Update::Alerts(news.alerts));
        }
        if !news.decisions.is_empty() {
            self.tell(Update::Decisions(news.decisions));
        }
        Ok(())
    }

    fn write(&mut self, mut found: Findings) {
        found.alerts.retain(|f| !self.known.contains(&f.alert.id));
        for Found { alert, held, .. } in &mut found.alerts {
            if let Some(rule) = self.rules.get(&alert.rule_id) {
                *held = self.cap.holds(&rule.id, alert.time, rule.interval(), rule.max_signals);
            }
        }
        let failing = !self.unsaved.is_empty();
        self.unsaved.append(found);
        let result = self.save();
        // Alerts are shown whether or not they could be saved; a failure is told once, not every quarter second.
        self.announce(self.unsaved.alerts.iter().map(Found::listed).collect());
        if !failing {
            self.complain(result);
        }
    }

    /// Writes what is to be written; on an error it stays, to be tried again.
    fn save(&mut self) -> Result<(), StoreError> {
        if self.unsaved.is_empty() {
            return Ok(());
        }
        let Findings { alerts, marks, seen } = &self.unsaved;
        let recorded = self.store.record(Batch { alerts, marks, seen })?;
        self.unsaved = Findings::default();
        self.announce(recorded.new);
        Ok(())
    }

    fn announce(&mut self, mut alerts: Vec<crate::triage::Listed>) {
        alerts.retain(|listed| self.known.insert(listed.id.clone()));
        if !alerts.is_empty() {
            self.tell(Update::Alerts(alerts));
        }
    }

    fn complain(&self, result: Result<(), StoreError>) {
        if let Err(error) = result {
            self.tell(Update::Notice(error.to_string()));
        }
    }

    fn tell(&self, update: Update) {
        // A listener that has gone also lets go of the desks, which ends the loop.
        let _ = (self.outlet)(update);
    }
}

fn outcome(decided: Decided) -> Outcome {
    match decided {
        Decided::Stored(decision) => Outcome::Stored(decision),
        Decided::Conflict(decision) => Outcome::Conflict(decision),
        Decided::Refused(why) => Outcome::Failed(why),
        Decided::Unknown => Outcome::Failed("the alert is not in this state".to_owned()),
    }
}
