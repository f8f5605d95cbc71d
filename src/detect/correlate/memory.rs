//! What is remembered for one rule, and what its alerts are by it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::groups::{self, Groups, Member, Turn};
use super::terms::Terms;
use super::{Change, Entry, Raised, Tally};
use crate::detect::plan::{Plan, What};
use crate::detect::{AlertId, Hit, Key, Moment};

/// What is remembered for a rule.
#[derive(Debug)]
pub(super) struct Memory<B> {
    /// See [`crate::detect::RuleSet::fingerprints`].
    fingerprint: Arc<str>,
    id: String,
    terms: Option<Terms<B>>,
    pub(super) groups: Option<Groups<B>>,
    /// Events with new terms that stand alone, and which were told of, with their combinations.
    told: BTreeMap<Moment, Option<Vec<Key>>>,
    firsts: BTreeSet<Moment>,
    dirty: BTreeSet<Key>,
    /// How often groups or terms were forgotten.
    forgotten: u64,
}

impl<B: Clone> Memory<B> {
    /// Room to remember for a rule; `None` for one whose events are alerts by themselves.
    pub(super) fn new(plan: &Plan, fingerprint: &str, id: &str) -> Option<Self> {
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

    /// Whether it is for a rule that asks for the same.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.fingerprint == other.fingerprint
    }

    /// How often groups or terms were forgotten.
    pub(super) fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// Takes in a hit; what is no longer kept goes into the journal. Whether the hit must be written down with its event,
    /// and the first event of the stretch that it is now part of, if that is not as before.
    pub(super) fn absorb(&mut self, hit: Hit<B>, journal: &mut Vec<Entry>) -> (bool, Option<Moment>) {
        let Hit { key, fold, at, until, distinct, body, .. } = hit;
        let Some(terms) = &mut self.terms else {
            self.dirty.insert(key);
            return (self.groups.as_mut().is_some_and(|groups| groups.add(key, Member { at, distinct, body })), None);
        };
        let changed = terms.add(key, at, until, fold, body);
        journal.extend(changed.gone.into_iter().map(|gone| Entry::Drop(Arc::clone(&self.fingerprint), key, gone)));
        for first in changed.firsts {
            self.refold(&first);
            self.firsts.insert(first);
        }
        (changed.begins, changed.kept)
    }

    /// Where the stretch of these terms ends that begins with this event, to be written down.
    pub(super) fn until(&self, key: Key, first: Moment) -> Option<Entry> {
        let last = self.terms.as_ref()?.last(key, &first)?;
        Some(Entry::Until(Arc::clone(&self.fingerprint), key, first, last))
    }

    /// Forgets what was quiet the longest where there is more than `most`.
    pub(super) fn trim(&mut self, most: usize, journal: &mut Vec<Entry>) {
        let left = most - most / 8;
        if let Some(groups) = self.groups.as_mut().filter(|groups| groups.len() > most) {
            for (key, last) in groups.forget(left) {
                self.forgotten += 1;
                journal.push(Entry::Forget(Arc::clone(&self.fingerprint), key, Some(last)));
            }
        }
        if let Some(terms) = self.terms.as_mut().filter(|terms| terms.len() > most) {
            for key in terms.forget(left) {
                self.forgotten += 1;
                journal.push(Entry::Forget(Arc::clone(&self.fingerprint), key, None));
            }
            self.told.retain(|at, _| terms.first(at).is_some());
        }
    }

    /// Drops what [`Memory::settle`] would say.
    pub(super) fn drop_news(&mut self) {
        self.firsts.clear();
        self.dirty.clear();
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

    /// Takes everything as told of.
    pub(super) fn recall(&mut self) {
        self.dirty.clear();
        self.firsts.clear();
        if let Some(groups) = &mut self.groups {
            groups.recall();
        }
        if let Some(terms) = &self.terms {
            self.told = terms.alone().map(|(at, _)| (at.clone(), None)).collect();
        }
    }

    /// Has everything told of once more.
    pub(super) fn retell(&mut self) {
        if let Some(groups) = &mut self.groups {
            self.dirty.extend(groups.retell());
        }
        if let Some(terms) = &self.terms {
            self.firsts.extend(terms.alone().map(|(at, _)| at.clone()));
            self.told.values_mut().for_each(|told| *told = None);
        }
    }

    /// What has become of the alerts since this was last asked; `place` is the rule's. Stops at `enough` changes, but not
    /// where there are groups: their alerts do not come in the order of the events.
    pub(super) fn settle(&mut self, place: usize, enough: usize, changes: &mut Vec<Change<B>>) {
        while (changes.len() < enough || self.groups.is_some()) && self.settle_next(place, changes) {}
    }

    /// Everything that is remembered as alerts, one after the other.
    pub(super) fn into_alerts(mut self, place: usize) -> impl Iterator<Item = Raised<B>> {
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
