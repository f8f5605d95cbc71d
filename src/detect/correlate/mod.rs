//! Rules that look at more than one event: new terms, thresholds, and alerts that are folded together.
//!
//! Time is the events' own, and what comes out is a function of the set of events: the same in a scan, a replay and a
//! live console, in whatever order the events come in. A live console tells of an alert as soon as its events are
//! there; an event that comes in late can turn out to be the first after all, and then what was told is taken back.
//!
//! - `terms` keeps, for each combination of terms, the stretches in which it was seen.
//! - `groups` keeps the events of each group and works out its alerts.
//!
//! [`Correlator`] feeds hits through both, rule by rule: the events with new terms of a rule whose alerts are folded go
//! on into a group. What is kept of the events themselves is up to the caller (`B`): the record on disk, or nothing where
//! a store has it.

mod groups;
mod terms;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use self::groups::{Groups, Member, Turn};
use self::terms::Terms;
use super::plan::{Plan, What};
use super::{AlertId, Hit, Key, Moment, RuleSet};

/// Events named in an alert that stands for several.
const NAMED: usize = 100;
/// Events and stretches kept for a rule at most. Past that, what was quiet the longest is forgotten.
const KEPT: usize = 50_000;

/// The events that an alert stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// The event that is shown.
    pub shown: Moment,
    /// When they happened, in order, in microseconds.
    pub times: Vec<i64>,
    /// Different values of each field that is counted so.
    pub distinct: Vec<u64>,
    /// Their ids, by time; the first hundred.
    pub events: Vec<Arc<str>>,
}

impl Tally {
    fn one(at: &Moment) -> Self {
        Self { shown: at.clone(), times: vec![at.time], distinct: Vec::new(), events: vec![at.event.clone()] }
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

    /// Takes in the events of an alert that is folded into this one.
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
    /// The alert's id.
    pub id: AlertId,
    /// The group, where there is one.
    pub group: Option<Key>,
    /// The combinations that are new, where the rule looks for such.
    pub terms: Vec<Key>,
    /// The events it stands for.
    pub tally: Tally,
    /// What is kept of the event that is shown.
    pub body: B,
    /// Whether it may have been told of before, in an earlier run.
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

/// What must be written down to remember the same after a restart. Rules are named by their fingerprints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// The stretch of these terms that begins with this event ends at this time, in microseconds.
    Until(Arc<str>, Key, Moment, i64),
    /// This event is no longer kept.
    Drop(Arc<str>, Key, Moment),
    /// No event of this group, or of these terms, up to this one is kept any more; without one, none at all.
    Forget(Arc<str>, Key, Option<Moment>),
}

/// What is remembered, rule by rule.
#[derive(Debug)]
pub struct Correlator<B> {
    rules: Vec<Option<Memory<B>>>,
    journal: Vec<Entry>,
    touched: BTreeSet<(usize, Key, Moment)>,
    most: usize,
}

#[derive(Debug)]
struct Memory<B> {
    /// See [`RuleSet`]'s fingerprints.
    fingerprint: Arc<str>,
    id: String,
    terms: Option<Terms<B>>,
    groups: Option<Groups<B>>,
    /// Events with new terms that stand alone, and which were told of, with their combinations.
    told: BTreeMap<Moment, Option<Vec<Key>>>,
    firsts: BTreeSet<Moment>,
    dirty: BTreeSet<Key>,
    /// How often groups or terms were forgotten.
    forgotten: u64,
}

impl<B: Clone> Correlator<B> {
    /// Remembers nothing yet.
    #[must_use]
    pub fn new(rules: &RuleSet) -> Self {
        let memory = |p: &Arc<super::ruleset::Prepared>| Memory::new(&p.plan, &p.fingerprint, &p.rule.id);
        Self {
            rules: rules.prepared().iter().map(memory).collect(),
            journal: Vec::new(),
            touched: BTreeSet::new(),
            most: KEPT,
        }
    }

    /// Goes on with other rules. What is remembered stays for those that ask for the same as before.
    pub fn adopt(&mut self, rules: &RuleSet) {
        let mut fresh = Self::new(rules);
        for memory in fresh.rules.iter_mut().flatten() {
            let same = self.rules.iter_mut().find(|m| m.as_ref().is_some_and(|m| m.fingerprint == memory.fingerprint));
            if let Some(known) = same.and_then(Option::take) {
                *memory = known;
            }
        }
        self.rules = fresh.rules;
    }

    /// Takes in a hit. Whether it must be written down with its event, to be remembered after a restart.
    pub fn absorb(&mut self, hit: Hit<B>) -> bool {
        let Some(Some(memory)) = self.rules.get_mut(hit.rule) else { return false };
        let Hit { rule, key, fold, at, until, distinct, body } = hit;
        let Some(terms) = &mut memory.terms else {
            memory.dirty.insert(key);
            let kept = memory.groups.as_mut().is_some_and(|groups| groups.add(key, Member { at, distinct, body }));
            self.trim(rule);
            return kept;
        };
        let changed = terms.add(key, at, until, fold, body);
        for gone in changed.gone {
            self.journal.push(Entry::Drop(Arc::clone(&memory.fingerprint), key, gone));
        }
        if let Some(kept) = changed.kept {
            self.touched.insert((rule, key, kept));
        }
        for first in changed.firsts {
            memory.refold(&first);
            memory.firsts.insert(first);
        }
        self.trim(rule);
        changed.begins
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
            memory.firsts.clear();
            memory.dirty.clear();
        }
    }

    /// Takes what was restored as told of.
    pub fn recall(&mut self) {
        for memory in self.rules.iter_mut().flatten() {
            memory.recall();
        }
    }

    /// What has become of the alerts since this was last asked, rule by rule; of those rules that are `ready`, by their
    /// places. Before all of its past was read a rule can only say what is wrong.
    pub fn settle(&mut self, ready: impl Fn(usize) -> bool) -> Vec<Change<B>> {
        let mut changes = Vec::new();
        for (place, memory) in self.rules.iter_mut().enumerate() {
            if let Some(memory) = memory.as_mut().filter(|_| ready(place)) {
                memory.settle(place, &mut changes);
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
    pub fn journal(&mut self) -> Vec<Entry> {
        let mut entries = std::mem::take(&mut self.journal);
        for (rule, key, first) in std::mem::take(&mut self.touched) {
            let Some(Some(Memory { terms: Some(terms), fingerprint, .. })) = self.rules.get(rule) else { continue };
            if let Some(last) = terms.last(key, &first) {
                entries.push(Entry::Until(Arc::clone(fingerprint), key, first, last));
            }
        }
        entries
    }

    /// How often groups or terms were forgotten because there were too many, by the places of the rules that did.
    pub fn forgotten(&self) -> impl Iterator<Item = (usize, u64)> {
        let times = |(place, memory): (usize, &Option<Memory<B>>)| Some((place, memory.as_ref()?.forgotten));
        self.rules.iter().enumerate().filter_map(times).filter(|(_, times)| *times > 0)
    }

    /// Keeps the memory of a rule within its bounds.
    fn trim(&mut self, rule: usize) {
        let Some(Some(memory)) = self.rules.get_mut(rule) else { return };
        let (most, left) = (self.most, self.most - self.most / 8);
        if let Some(groups) = memory.groups.as_mut().filter(|groups| groups.len() > most) {
            for (key, last) in groups.forget(left) {
                memory.forgotten += 1;
                self.journal.push(Entry::Forget(Arc::clone(&memory.fingerprint), key, Some(last)));
            }
        }
        if let Some(terms) = memory.terms.as_mut().filter(|terms| terms.len() > most) {
            for key in terms.forget(left) {
                memory.forgotten += 1;
                self.journal.push(Entry::Forget(Arc::clone(&memory.fingerprint), key, None));
            }
            memory.told.retain(|at, _| terms.first(at).is_some());
        }
    }
}

impl<B: Clone> Memory<B> {
    /// Room to remember for a rule; `None` for one whose events are alerts by themselves.
    fn new(plan: &Plan, fingerprint: &str, id: &str) -> Option<Self> {
        if plan.is_plain() {
            return None;
        }
        let fold = plan.fold.as_ref().map(|fold| fold.period);
        let (terms, groups) = match &plan.what {
            What::Each => (None, fold.map(groups::Rule::Fold)),
            What::Terms { history, .. } => (Some(Terms::new(*history)), fold.map(groups::Rule::Fold)),
            What::Count { value, distinct, span, .. } => {
                let least = distinct.iter().map(|d| d.least).collect();
                (None, Some(groups::Rule::Count { value: *value, least, span: *span, fold }))
            }
        };
        Some(Self {
            fingerprint: fingerprint.into(),
            id: id.to_owned(),
            terms,
            groups: groups.map(Groups::new),
            told: BTreeMap::new(),
            firsts: BTreeSet::new(),
            dirty: BTreeSet::new(),
            forgotten: 0,
        })
    }

    /// An event with new terms goes into its group, or out of it.
    fn refold(&mut self, at: &Moment) {
        let (Some(terms), Some(groups)) = (&self.terms, &mut self.groups) else { return };
        // Where it is in a group is known from the event alone, so an event that is no first any more is looked for in
        // the group that it was put into.
        match terms.first(at) {
            Some(first) => {
                let Some(key) = first.fold else { return };
                let member = Member { at: at.clone(), distinct: Vec::new(), body: first.body.clone() };
                groups.add(key, member);
                self.dirty.insert(key);
            }
            None => self.dirty.extend(groups.take_out(at)),
        }
    }

    fn recall(&mut self) {
        self.dirty.clear();
        self.firsts.clear();
        if let Some(groups) = &mut self.groups {
            groups.recall();
        }
        if let Some(terms) = &self.terms {
            self.told = terms.alone().map(|(at, _)| (at.clone(), None)).collect();
        }
    }

    fn retell(&mut self) {
        if let Some(groups) = &mut self.groups {
            self.dirty.extend(groups.retell());
        }
        if let Some(terms) = &self.terms {
            self.firsts.extend(terms.alone().map(|(at, _)| at.clone()));
            self.told.values_mut().for_each(|told| *told = None);
        }
    }

    fn settle(&mut self, place: usize, changes: &mut Vec<Change<B>>) {
        while self.settle_next(place, changes) {}
    }

    /// Everything that is remembered as alerts, one after the other.
    fn into_alerts(mut self, place: usize) -> impl Iterator<Item = Raised<B>> {
        self.retell();
        let next = move || {
            let mut changes = Vec::new();
            let is_more = self.settle_next(place, &mut changes);
            // Nobody will ask what has become of it.
            self.told.clear();
            is_more.then_some(changes)
        };
        std::iter::from_fn(next).flatten().filter_map(|change| match change {
            Change::Raised(raised) => Some(raised),
            Change::Withdrawn(_) => None,
        })
    }

    /// Looks at one event or one group that has changed; false when there is none.
    fn settle_next(&mut self, place: usize, changes: &mut Vec<Change<B>>) -> bool {
        if let Some(at) = self.firsts.pop_first() {
            changes.extend(self.settle_first(place, at));
        } else if let Some(key) = self.dirty.pop_first() {
            self.settle_group(place, key, changes);
        } else {
            return false;
        }
        true
    }

    /// What has become of an event that had or has new terms.
    fn settle_first(&mut self, place: usize, at: Moment) -> Option<Change<B>> {
        let told = self.told.remove(&at);
        let first = self.terms.as_ref().and_then(|terms| terms.first(&at)).filter(|first| first.fold.is_none());
        let Some(first) = first else {
            return told.map(|_| Change::Withdrawn(AlertId::of(&self.id, &at.event)));
        };
        let again = told == Some(None);
        let is_new = told.flatten().as_ref() != Some(&first.keys);
        let raised = is_new.then(|| {
            Change::Raised(Raised {
                rule: place,
                id: AlertId::of(&self.id, &at.event),
                group: None,
                terms: first.keys.clone(),
                tally: Tally::one(&at),
                body: first.body.clone(),
                again,
            })
        });
        self.told.insert(at, Some(first.keys.clone()));
        raised
    }

    /// What has become of the alerts of a group.
    fn settle_group(&mut self, place: usize, key: Key, changes: &mut Vec<Change<B>>) {
        for turn in self.groups.as_mut().map(|groups| groups.settle(key)).unwrap_or_default() {
            match turn {
                Turn::Gone(first) => changes.push(Change::Withdrawn(self.group_id(key, &first))),
                Turn::Raised(alarm, again) => {
                    let shown = &alarm.tally.shown;
                    let member = self.groups.as_ref().and_then(|groups| groups.member(key, shown));
                    let Some(body) = member.map(|m| m.body.clone()) else { continue };
                    let first = self.terms.as_ref().and_then(|terms| terms.first(shown));
                    changes.push(Change::Raised(Raised {
                        rule: place,
                        id: self.group_id(key, &alarm.first),
                        group: Some(key),
                        terms: first.map(|first| first.keys.clone()).unwrap_or_default(),
                        tally: alarm.tally,
                        body,
                        again,
                    }));
                }
            }
        }
    }

    fn group_id(&self, key: Key, first: &Moment) -> AlertId {
        if self.groups.as_ref().is_some_and(Groups::count) {
            AlertId::of_group(&self.id, key, &first.event)
        } else {
            AlertId::of(&self.id, &first.event)
        }
    }
}

#[cfg(test)]
mod tests;
