//! The thread that owns the store. Everything that is written goes through it: batches of what the readers found, and
//! the decisions of the analyst, which go first. It also looks, a few times a second, whether somebody else wrote to
//! the same state.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use crossbeam_channel::{Receiver, bounded, never, select_biased, tick, unbounded};

use super::checkpoints::Checkpoints;
use super::{Clock, Outcome, Outlet, Rescued, RuleBook, StateNews, SwitchOutcome, Update};
use crate::detect::{Alert, AlertId, Body, Change, MaxSignals, Raised, RuleSet};
use crate::event::Event;
use crate::triage::spool::Spool;
use crate::triage::{
    AlertRow, Batch, Cursor, Decided, NewAlert, Proposal, Recorded, RuleMaxSignals, Store, StoreError, Switch, Switched,
};

mod findings;
mod handle;
mod rescue;
mod upkeep;

pub(super) use findings::{AggregateChange, Findings};
pub(super) use handle::{Order, StoreHandle};
pub(super) use rescue::spool;

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
/// Starts the keeper. It ends at [`Order::End`], after writing what was handed over before.
///
/// # Errors
/// When the system gives no thread.
pub(super) fn start(
    store: Store,
    book: Arc<RuleBook>,
    ledger: Checkpoints,
    outlet: Outlet,
    clock: Clock,
) -> std::io::Result<(StoreHandle, JoinHandle<()>)> {
    // Orders come from an analyst's keys, and from one thread that waits for each answer: they need no bound, and whoever
    // takes the updates must never wait to give one.
    let (orders, order_box) = unbounded();
    // Handed over when the keeper is free: until then they gather where an alert among them hurries them on.
    let (findings, finding_box) = bounded(0);
    let writer = StoreThread {
        store,
        clock,
        outlet,
        book,
        ledger,
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
    ledger: Checkpoints,
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
                    Ok(Order::Persist { ticket, proposals }) => self.persist(ticket, &proposals),
                    Ok(Order::Switch { switch, seen }) => self.switch(switch, seen.as_ref()),
                    Ok(Order::Rescue { proposals, answer }) => {
                        let _ = answer.send(self.rescue(&proposals));
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

    fn write(&mut self, mut found: Findings) {
        // What another console has found in the same files is neither new nor counted twice.
        let looked = self.look();
        for NewAlert { alert, .. } in &mut found.alerts {
            if !self.known.contains(&alert.id)
                && let Ok(Some(id)) = self.store.former_id_of(alert)
            {
                alert.id = id;
            }
        }
        let mut batch = HashSet::new();
        let grows = |alert: &Alert| alert.aggregate.is_some();
        let news = |f: &NewAlert| grows(&f.alert) || !self.known.contains(&f.alert.id);
        found.alerts.retain(|f| news(f) && batch.insert(f.alert.id.clone()));
        for NewAlert { alert, held, .. } in &mut found.alerts {
            *held = !self.known.contains(&alert.id) && self.holds(&alert.rule_id, alert.time);
        }
        self.unsaved.append(found);
        let saved = looked.and_then(|()| self.save());
        // Alerts are shown whether or not they could be saved.
        self.announce(self.unsaved.alerts.iter().map(NewAlert::listed).collect());
        self.heed(saved);
    }

    /// Counts an alert; whether it is held back: by the cap of its rule, or as a building block for other rules.
    fn holds(&mut self, rule: &str, time: DateTime<Utc>) -> bool {
        let Some(rule) = self.book.rule(rule) else { return false };
        if !self.counted.contains(&rule.id)
            && let Ok(counts) = self.store.run_counts(&rule.id, rule.interval())
        {
            counts.into_iter().for_each(|(run, count)| self.cap.restore(rule.id.clone(), run, count));
            self.counted.insert(rule.id.clone());
        }
        self.cap.holds(&rule.id, time, rule.interval(), rule.max_signals) || rule.building_block
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

    /// Writes what is to be written; on an error it stays, to be tried again.
    fn save(&mut self) -> Result<(), StoreError> {
        if self.unsaved.is_empty() {
            return Ok(());
        }
        self.work_out()?;
        let Findings { alerts, marks, gone, seen, kept, entries, withdrawn, whole, turned: _ } = &self.unsaved;
        let (version, limits) = (Some(self.version), &self.limits(alerts)[..]);
        let recorded =
            self.store.record(Batch { alerts, marks, gone, seen, kept, entries, withdrawn, version, limits })?;
        self.ledger.written(marks, gone.iter().map(|(_, path)| &**path));
        self.store.mark_caught_up(whole)?;
        self.take_up_due |= !alerts.is_empty();
        self.unsettled = true;
        self.wrote = Instant::now();
        // What was told of before it could be written may stand for more events by now.
        let grown = |f: &&NewAlert| f.alert.aggregate.is_some() && self.known.contains(&f.alert.id);
        let grown: HashSet<AlertId> = alerts.iter().filter(grown).map(|f| f.alert.id.clone()).collect();
        self.unsaved = Findings::default();
        let Recorded { mut new, added, .. } = recorded;
        let mut changed = std::mem::take(&mut self.revoked);
        changed.extend(new.split_off(added));
        let other = |l: &mut AlertRow| grown.contains(&l.id) || (l.held && self.known.contains(&l.id));
        changed.extend(new.extract_if(.., other));
        self.announce(new);
        if !changed.is_empty() {
            self.tell(Update::Alerts(changed));
        }
        Ok(())
    }

    /// How many alerts of these rules are listed.
    fn limits(&self, alerts: &[NewAlert]) -> Vec<RuleMaxSignals> {
        let rules: BTreeSet<&str> = alerts.iter().map(|found| found.alert.rule_id.as_str()).collect();
        let limit = |id: &str| {
            let rule = self.book.rule(id)?;
            Some(RuleMaxSignals { rule: rule.id.clone(), interval: rule.interval(), most: rule.max_signals })
        };
        rules.into_iter().filter_map(limit).collect()
    }

    /// Makes of what has become of alerts what is to be written about them. Of an alert that changes twice before it can
    /// be written the last change counts.
    fn work_out(&mut self) -> Result<(), StoreError> {
        let last = self.last_changes()?;
        self.unsaved.turned.clear();
        let mut before = HashMap::new();
        for found in self.unsaved.alerts.extract_if(.., |f| last.contains_key(&f.alert.id)) {
            if last.get(&found.alert.id).is_some_and(Option::is_none) && self.known.contains(&found.alert.id) {
                self.revoked.push(AlertRow { withdrawn: true, ..found.listed() });
            }
            before.insert(found.alert.id, found.held);
        }
        self.unsaved.withdrawn.retain(|id| !last.contains_key(id));
        let mut raised = Vec::new();
        for (id, change) in last {
            match change {
                None => self.unsaved.withdrawn.push(id),
                Some(found) => raised.push(found),
            }
        }
        // The cap counts in the order of the events.
        raised.sort_by(|a, b| (a.alert.time, &a.alert.id).cmp(&(b.alert.time, &b.alert.id)));
        for mut found in raised {
            let Alert { id, rule_id, time, .. } = &found.alert;
            found.held = match before.get(id) {
                Some(held) => *held,
                None => !self.known.contains(id) && self.holds(rule_id, *time),
            };
            self.unsaved.alerts.push(found);
        }
        Ok(())
    }

    /// What the alerts whose rules have changed their minds are now; nothing for those that are taken back.
    fn last_changes(&self) -> Result<HashMap<AlertId, Option<NewAlert>>, StoreError> {
        let kept = self.unsaved.kept.iter().map(|k| ((k.rule.as_str(), &*k.hit.at.event), &k.hit.body));
        let bodies: HashMap<(&str, &str), &Body> = kept.collect();
        let mut last = HashMap::new();
        for AggregateChange { rules, change, live } in &self.unsaved.turned {
            match change {
                Change::Withdrawn(id) => {
                    last.insert(self.recorded(id), None);
                }
                Change::Raised(raised) => {
                    let asked = rules.fingerprint(raised.rule).unwrap_or_default();
                    let body = bodies.get(&(asked, &*raised.tally.shown.event)).copied();
                    if let Some(found) = self.raise(rules, raised, body, *live)? {
                        last.insert(found.alert.id.clone(), Some(found));
                    }
                }
            }
        }
        Ok(last)
    }

    /// The id under which the alert with this one is recorded.
    fn recorded(&self, id: &AlertId) -> AlertId {
        self.store.former_id(id).ok().flatten().unwrap_or_else(|| id.clone())
    }

    /// The alert that `raised` is; nothing where it is known and says the same. `body` is its event, where that is not in
    /// the state yet.
    fn raise(
        &self,
        rules: &RuleSet,
        raised: &Raised<()>,
        body: Option<&Body>,
        live: bool,
    ) -> Result<Option<NewAlert>, StoreError> {
        let (shown, shown_id) = (&raised.tally.shown.event, raised.tally.shown.event_id());
        let same = |l: &AlertRow| !l.withdrawn && l.count == raised.tally.count() && l.event_id == shown_id;
        if raised.again && self.store.listed(&self.recorded(&raised.id))?.as_ref().is_some_and(same) {
            return Ok(None);
        }
        let body = match body {
            Some(body) => Some(body.clone()),
            None => self.store.body(rules.fingerprint(raised.rule).unwrap_or_default(), shown)?,
        };
        let made = body.and_then(|Body { raw, source }| {
            let event = Event::parse_with(raw.as_bytes(), rules.geoip()).ok()?;
            rules.alert(raised, &event, &source.path, source.offset)
        });
        let Some(mut alert) = made else {
            self.tell(Update::Notice(format!(
                "an alert cannot be shown: the state does not hold its event {shown_id}"
            )));
            return Ok(None);
        };
        if let Some(id) = self.store.former_id_of(&alert)? {
            alert.id = id;
        }
        let now = (self.clock)();
        let look_back = rules.rule(&alert.rule_id).map(|rule| rule.look_back());
        let late = live && look_back.is_some_and(|look_back| now - alert.time > look_back);
        Ok(Some(NewAlert { alert, found: now, late, held: false }))
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

fn outcome(decided: Decided) -> Outcome {
    match decided {
        Decided::Stored(decision) => Outcome::Stored(decision),
        Decided::Conflict(decision) => Outcome::Conflict(decision),
        Decided::Refused(why) => Outcome::Refused(why),
        Decided::Unknown => Outcome::Failed("the alert is not in this state".to_owned()),
    }
}
