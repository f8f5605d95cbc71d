//! Rules that look at more than one event: new terms, thresholds and suppression.
//!
//! Time is the events' own, and the alerts are a function of the set of events: the same in a scan, a replay and a live
//! console, in whatever order the events arrive. A live console raises an alert as soon as its events are there; a late
//! event can turn out to be the first after all, and then the alert is withdrawn.
//!
//! - `terms` keeps, for each combination of terms, the stretches in which it was seen.
//! - `groups` keeps the events of each group and computes its alerts: what is counted, suppressed or in sequence.
//! - `sequences` has sequences go on into suppression groups.
//! - `closing` restarts a group when an analyst closes one of its alerts.
//! - `memory` keeps both for a rule: under suppression, events with new terms go on into a group.
//! - `raise` makes the alert.
//!
//! [`Correlator`] feeds hits to their rules. The caller decides what is kept of the events themselves (`B`): the record on
//! disk, or nothing where a store has it.

mod closing;
mod groups;
mod memory;
mod raise;
mod sequences;
mod terms;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

pub use self::closing::Closing;
use self::memory::Memory;
use super::{AlertId, EventOrder, GroupKey, Hit, RuleSet};

/// Events named in an alert that stands for several.
const NAMED: usize = 100;
/// Events and stretches kept for a rule at most. Past that, what was quiet the longest is forgotten.
const KEPT: usize = 50_000;

/// The events that an alert stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// The event that is shown.
    pub shown: EventOrder,
    /// When they happened, in order, in microseconds.
    pub times: Vec<i64>,
    /// Different values of each field that is counted so.
    pub distinct: Vec<u64>,
    /// Their ids, by time; the first hundred.
    pub events: Vec<Arc<str>>,
    /// How many of them, from the first on, are the sequence that is shown; 0 where there is none. Those of sequences that
    /// it suppresses follow.
    pub length: usize,
}

impl Tally {
    fn one(at: &EventOrder) -> Self {
        let (times, events) = (vec![at.time], vec![at.event.clone()]);
        Self { shown: at.clone(), times, distinct: Vec::new(), events, length: 0 }
    }

    /// The events of the sequence that is shown, in order: the first hundred, or ninety-nine and the last.
    #[must_use]
    pub fn sequence(&self) -> Vec<EventOrder> {
        let event = |(time, event): (&i64, &Arc<str>)| EventOrder { time: *time, event: event.clone() };
        let mut events: Vec<EventOrder> = self.times.iter().zip(&self.events).take(self.length).map(event).collect();
        if events.len() < self.length {
            events.pop();
            events.push(self.shown.clone());
        }
        events
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.times.len() as u64
    }

    /// Time of the first, in microseconds.
    #[must_use]
    pub fn first(&self) -> i64 {
        self.times.first().copied().unwrap_or(self.shown.time)
    }

    /// Time of the last, in microseconds.
    #[must_use]
    pub fn last(&self) -> i64 {
        self.times.last().copied().unwrap_or(self.shown.time)
    }

    /// Takes in the events of an alert that this one suppresses.
    fn take(&mut self, other: Self) {
        self.times.extend(other.times);
        self.events.extend(other.events);
        self.events.truncate(NAMED);
        for (ours, theirs) in self.distinct.iter_mut().zip(other.distinct) {
            *ours = theirs.max(*ours);
        }
    }
}

/// An alert that rests on what is remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raised<B> {
    /// The rule's place in its [`RuleSet`].
    pub rule: usize,
    pub id: AlertId,
    /// The group, where there is one.
    pub group: Option<GroupKey>,
    /// The combinations that are new, where the rule looks for such.
    pub terms: Vec<GroupKey>,
    /// The events it stands for.
    pub tally: Tally,
    /// What is kept of the event that is shown.
    pub body: B,
    /// Of a sequence, what is kept of each of [`Tally::sequence`].
    pub sequence: Vec<B>,
    /// It may have been raised before, in an earlier run.
    pub again: bool,
}

/// What has become of an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change<B> {
    /// It is there, or says something else than before.
    Raised(Raised<B>),
    /// Another event has turned out to be the first: it is taken back.
    Withdrawn(AlertId),
}

/// A change to write down, so that memory is the same after a restart. Rules are named by their fingerprints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MemoryUpdate {
    /// The stretch of these terms that begins with this event ends at this time, in microseconds.
    Until(Arc<str>, GroupKey, EventOrder, i64),
    /// This event is no longer kept.
    Drop(Arc<str>, GroupKey, EventOrder),
    /// No event of this group, or of these terms, up to this one is kept any more; without one, none at all.
    Forget(Arc<str>, GroupKey, Option<EventOrder>),
}

/// What is remembered, rule by rule.
#[derive(Debug)]
pub struct Correlator<B> {
    rules: Vec<Option<Memory<B>>>,
    journal: Vec<MemoryUpdate>,
    touched: BTreeSet<(usize, GroupKey, EventOrder)>,
    closings: HashMap<AlertId, Arc<Closing>>,
    /// Alerts of events before this time are not told of.
    since: i64,
    most: usize,
}

impl<B: Clone> Correlator<B> {
    #[must_use]
    pub fn new(rules: &RuleSet) -> Self {
        let memory = |p: &Arc<super::ruleset::Prepared>| Memory::new(&p.plan, &p.fingerprint, &p.rule.id);
        Self {
            rules: rules.prepared().iter().map(memory).collect(),
            journal: Vec::new(),
            touched: BTreeSet::new(),
            closings: HashMap::new(),
            since: i64::MIN,
            most: KEPT,
        }
    }

    /// The same with so many events and stretches kept for a rule at most.
    #[must_use]
    pub fn keeping(self, most: usize) -> Self {
        Self { most, ..self }
    }

    /// Goes on with other rules. What is remembered stays for those that ask for the same as before.
    pub fn adopt(&mut self, rules: &RuleSet) {
        let mut fresh = Self::new(rules);
        for memory in fresh.rules.iter_mut().flatten() {
            let same = self.rules.iter_mut().find(|m| m.as_ref().is_some_and(|m| m.is_same(memory)));
            if let Some(known) = same.and_then(Option::take) {
                *memory = known;
                continue;
            }
            memory.raise_since(self.since);
            for closing in self.closings.values() {
                if closing.rule == memory.id() {
                    memory.close(closing, true);
                }
            }
        }
        self.rules = fresh.rules;
    }

    /// Has no alert told of whose event happened before this time, in microseconds: those events are only remembered.
    pub fn raise_since(&mut self, since: i64) {
        self.since = since;
        self.rules.iter_mut().flatten().for_each(|memory| memory.raise_since(since));
    }

    /// Whether nothing that happened before `from` can change what is told of, where everything was taken in that happened
    /// since; `and_later`: nor what will be told of events to come.
    #[must_use]
    pub fn is_sure(&self, from: i64, and_later: bool) -> bool {
        self.rules.iter().flatten().all(|memory| memory.is_sure(from, and_later))
    }

    /// Takes in how this alert stands: closed, or no longer.
    pub fn close(&mut self, id: &AlertId, closing: Option<Closing>) {
        let before = self.closings.remove(id);
        let now = closing.map(Arc::new);
        for (closing, is_closed) in [(&before, false), (&now, true)] {
            let Some(closing) = closing else { continue };
            let of_rule = self.rules.iter_mut().flatten().filter(|memory| memory.id() == closing.rule);
            of_rule.for_each(|memory| memory.close(closing, is_closed));
        }
        self.closings.extend(now.map(|now| (id.clone(), now)));
    }

    /// Takes in a hit. Whether it must be written down with its event, to be remembered after a restart.
    pub fn absorb(&mut self, hit: Hit<B>) -> bool {
        let (rule, key) = (hit.rule, hit.key);
        let Some(Some(memory)) = self.rules.get_mut(rule) else { return false };
        let (is_news, changed) = memory.absorb(hit, &mut self.journal);
        if let Some(first) = changed {
            self.touched.insert((rule, key, first));
        }
        memory.trim(self.most, &mut self.journal);
        is_news
    }

    /// Takes up a hit that was written down in an earlier run.
    pub fn restore(&mut self, hit: Hit<B>) {
        self.absorb(hit);
        self.journal.clear();
        self.touched.clear();
    }

    /// Drops what [`Correlator::journal`] and [`Correlator::settle`] would say: for who only asks at the end, through
    /// [`Correlator::into_alerts`].
    pub fn drop_news(&mut self) {
        self.journal.clear();
        self.touched.clear();
        for memory in self.rules.iter_mut().flatten() {
            memory.drop_news();
        }
    }

    /// Takes what was restored as told of.
    pub fn recall(&mut self) {
        for memory in self.rules.iter_mut().flatten() {
            memory.recall();
        }
    }

    /// What has become of the alerts since this was last asked, rule by rule; of those rules that are `ready`, by their
    /// places. Before all of its past was read a rule can only say what is wrong. Of `enough` changes or more, some may
    /// be left for the next time: alerts of new terms in the order of their events, others only rule by rule.
    pub fn settle(&mut self, ready: impl Fn(usize) -> bool, enough: usize) -> Vec<Change<B>> {
        let mut changes = Vec::new();
        for (place, memory) in self.rules.iter_mut().enumerate() {
            if changes.len() >= enough {
                break;
            }
            if let Some(memory) = memory.as_mut().filter(|_| ready(place)) {
                memory.settle(place, enough, &mut changes);
            }
        }
        changes
    }

    /// The alerts that everything comes to which was taken in, rule by rule.
    pub fn into_alerts(self) -> impl Iterator<Item = Raised<B>> {
        let of_rule = |(place, memory): (usize, Option<Memory<B>>)| memory.map(|memory| memory.into_alerts(place));
        self.rules.into_iter().enumerate().filter_map(of_rule).flatten()
    }

    /// Has every alert told of once more at the next [`Correlator::settle`].
    pub fn retell(&mut self) {
        for memory in self.rules.iter_mut().flatten() {
            memory.retell();
        }
    }

    /// What must be written down since this was last asked, after the hits that [`Correlator::absorb`] named.
    pub fn journal(&mut self) -> Vec<MemoryUpdate> {
        let mut entries = std::mem::take(&mut self.journal);
        for (rule, key, first) in std::mem::take(&mut self.touched) {
            let memory = self.rules.get(rule).and_then(Option::as_ref);
            entries.extend(memory.and_then(|memory| memory.until(key, first)));
        }
        entries
    }

    /// Has [`RuleSet::costs`] of these rules say how much each of them has kept here.
    pub fn count(&self, rules: &RuleSet) {
        for (memory, rule) in self.rules.iter().zip(rules.prepared()) {
            if let Some(memory) = memory {
                rule.meter.remembers(memory.remembered(self.most));
            }
        }
    }

    /// How often groups or terms were forgotten because there were too many, by the places of the rules that did.
    pub fn forgotten(&self) -> impl Iterator<Item = (usize, u64)> {
        let times = |(place, memory): (usize, &Option<Memory<B>>)| Some((place, memory.as_ref()?.forgotten()));
        self.rules.iter().enumerate().filter_map(times).filter(|(_, times)| *times > 0)
    }
}

#[cfg(test)]
mod tests;
