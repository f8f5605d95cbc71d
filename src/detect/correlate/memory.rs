//! The memory of one rule, and the alerts that follow from it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::closing::Closing;
use super::groups::{self, Groups, Member, Turn};
use super::sequences::Sequences;
use super::terms::Terms;
use super::{Change, MemoryUpdate, Raised, Tally};
use crate::detect::plan::{Plan, RuleKind};
use crate::detect::{AlertId, EventOrder, GroupKey, Hit, Kept, Remembered};

/// What is remembered for a rule.
#[derive(Debug)]
pub(super) struct Memory<B> {
    /// See [`crate::detect::RuleSet::fingerprints`].
    fingerprint: Arc<str>,
    id: String,
    terms: Option<Terms<B>>,
    sequences: Option<Sequences<B>>,
    pub(super) groups: Option<Groups<B>>,
    /// Events with new terms that stand alone, and which were told of.
    told: BTreeMap<EventOrder, Told>,
    firsts: BTreeSet<EventOrder>,
    dirty: BTreeSet<GroupKey>,
    since: i64,
    /// How often groups or terms were forgotten.
    forgotten: u64,
}

/// An event with new terms that was told of.
#[derive(Debug)]
struct Told {
    /// As in [`super::terms::First::keys`].
    keys: Vec<(GroupKey, bool)>,
    /// Whether that was in an earlier run.
    earlier: bool,
}

/// The alerts of an event that brings these combinations: one for each of them, as in Elastic. That of the first has the
/// event's own id, the others are told apart by the combination.
fn each_alone(keys: &[(GroupKey, bool)]) -> impl Iterator<Item = (Option<GroupKey>, Vec<GroupKey>)> {
    // An older version made one alert of all, and remembers none as a further one.
    let first: Vec<GroupKey> = keys.iter().filter(|(_, further)| !further).map(|(key, _)| *key).collect();
    let further = keys.iter().filter(|(_, further)| *further).map(|(key, _)| (Some(*key), vec![*key]));
    (!first.is_empty()).then_some((None, first)).into_iter().chain(further)
}

impl<B: Clone> Memory<B> {
    /// Room to remember for a rule; `None` for one whose events are alerts by themselves.
    pub(super) fn new(plan: &Plan, fingerprint: &str, id: &str) -> Option<Self> {
        if plan.is_plain() {
            return None;
        }
        let fold = plan.suppression.as_ref().map(|fold| fold.period);
        let (mut terms, mut sequences) = (None, None);
        let groups = match &plan.kind {
            RuleKind::Query => fold.map(groups::Rule::Fold),
            RuleKind::NewTerms { history, .. } => {
                terms = Some(Terms::new(*history));
                fold.map(groups::Rule::Fold)
            }
            RuleKind::Threshold { value, distinct, span, .. } => {
                let least = distinct.iter().map(|d| d.least).collect();
                Some(groups::Rule::Count { value: *value, least, span: *span, fold })
            }
            RuleKind::Sequence { shape, .. } => {
                sequences = plan.suppression.as_ref().map(|fold| Sequences::new(shape.clone(), fold, id));
                Some(fold.map_or_else(|| groups::Rule::Sequence(shape.clone()), groups::Rule::Fold))
            }
        };
        Some(Self {
            fingerprint: fingerprint.into(),
            id: id.to_owned(),
            terms,
            sequences,
            groups: groups.map(|rule| Groups::new(rule, id)),
            told: BTreeMap::new(),
            firsts: BTreeSet::new(),
            dirty: BTreeSet::new(),
            since: i64::MIN,
            forgotten: 0,
        })
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Has no alert of an event before this time told of, in microseconds.
    pub(super) fn raise_since(&mut self, since: i64) {
        self.since = since;
        if let Some(groups) = &mut self.groups {
            groups.raise_since(since);
        }
    }

    /// See [`Groups::is_sure`]. Which events bring new terms is known of those only that come a history later, and which
    /// complete a sequence of those that come its span later.
    pub(super) fn is_sure(&self, from: i64, and_later: bool) -> bool {
        let from = from.saturating_add(self.terms.as_ref().map_or(0, Terms::history));
        let from = from.saturating_add(self.sequences.as_ref().map_or(0, Sequences::quiet));
        self.groups.as_ref().is_none_or(|groups| groups.is_sure(from, self.since, and_later))
    }

    /// Takes note that an alert of this rule was closed, or reopened.
    pub(super) fn close(&mut self, closing: &Arc<Closing>, is_closed: bool) {
        if let Some(groups) = &mut self.groups {
            self.dirty.extend(groups.close(closing, is_closed));
        }
    }

    /// Whether it is for a rule that asks for the same.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.fingerprint == other.fingerprint
    }

    /// How much is kept, of `most`. What is made of it for suppression is not counted again.
    pub(super) fn remembered(&self, most: usize) -> Remembered {
        let groups = self.sequences.as_ref().map(Sequences::groups).or(self.groups.as_ref());
        let kept = match (&self.terms, groups) {
            (Some(terms), _) => Kept::Terms { combinations: terms.combinations(), stretches: terms.len() },
            (None, groups) => {
                Kept::Events { events: groups.map_or(0, Groups::len), groups: groups.map_or(0, Groups::count) }
            }
        };
        Remembered { kept, most, forgotten: self.forgotten }
    }

    /// How often groups or terms were forgotten.
    pub(super) fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// Takes in a hit; what is no longer kept goes into the journal. Whether the hit must be written down with its event,
    /// and the first event of the stretch that it is now part of, if that is not as before.
    pub(super) fn absorb(&mut self, hit: Hit<B>, journal: &mut Vec<MemoryUpdate>) -> (bool, Option<EventOrder>) {
        let key = hit.key;
        let Some(terms) = &mut self.terms else {
            let Hit { at, further, distinct, body, .. } = hit;
            let member = Member { at, further, distinct, found: None, body };
            if let Some(sequences) = &mut self.sequences {
                return (sequences.add(key, member), None);
            }
            self.dirty.insert(key);
            return (self.groups.as_mut().is_some_and(|groups| groups.add(key, member)), None);
        };
        let changed = terms.add(hit);
        journal
            .extend(changed.gone.into_iter().map(|gone| MemoryUpdate::Drop(Arc::clone(&self.fingerprint), key, gone)));
        for (lost, folds) in changed.lost {
            for fold in folds {
                if let Some(groups) = &mut self.groups {
                    groups.take_out(fold, &lost);
                    self.dirty.insert(fold);
                }
            }
        }
        for first in changed.firsts {
            self.refold(&first);
            self.firsts.insert(first);
        }
        (changed.begins, changed.kept)
    }

    /// Where the stretch of these terms ends that begins with this event, to be written down.
    pub(super) fn until(&self, key: GroupKey, first: EventOrder) -> Option<MemoryUpdate> {
        let last = self.terms.as_ref()?.last(key, &first)?;
        Some(MemoryUpdate::Until(Arc::clone(&self.fingerprint), key, first, last))
    }

    /// Forgets what was quiet the longest where there is more than `most`.
    pub(super) fn trim(&mut self, most: usize, journal: &mut Vec<MemoryUpdate>) {
        let left = most - most / 8;
        if let Some(sequences) = self.sequences.as_mut().filter(|sequences| sequences.len() > most) {
            for (key, last) in sequences.forget(left) {
                self.forgotten += 1;
                journal.push(MemoryUpdate::Forget(Arc::clone(&self.fingerprint), key, Some(last)));
            }
        }
        if let Some(groups) = self.groups.as_mut().filter(|groups| groups.len() > most) {
            for (key, last) in groups.forget(left) {
                self.forgotten += 1;
                journal.push(MemoryUpdate::Forget(Arc::clone(&self.fingerprint), key, Some(last)));
            }
        }
        if let Some(terms) = self.terms.as_mut().filter(|terms| terms.len() > most) {
            for key in terms.forget(left) {
                self.forgotten += 1;
                journal.push(MemoryUpdate::Forget(Arc::clone(&self.fingerprint), key, None));
            }
            self.told.retain(|at, _| terms.first(at).is_some());
        }
    }

    /// Brings the suppression groups of sequences up to date.
    fn fold_sequences(&mut self) {
        if let (Some(sequences), Some(groups)) = (&mut self.sequences, &mut self.groups) {
            self.dirty.extend(sequences.fold(groups));
        }
    }

    /// Drops what [`Memory::settle`] would say.
    pub(super) fn drop_news(&mut self) {
        self.fold_sequences();
        self.firsts.clear();
        self.dirty.clear();
    }

    /// An event with new terms goes into its groups.
    fn refold(&mut self, at: &EventOrder) {
        let (Some(terms), Some(groups)) = (&self.terms, &mut self.groups) else { return };
        let Some(first) = terms.first(at) else { return };
        for (place, key) in first.folds.iter().enumerate() {
            let (body, distinct) = (first.body.clone(), Vec::new());
            if !groups.add(*key, Member { at: at.clone(), further: place > 0, distinct, found: None, body }) {
                groups.correct(*key, at);
            }
            self.dirty.insert(*key);
        }
    }

    /// Takes everything as told of.
    pub(super) fn recall(&mut self) {
        self.fold_sequences();
        self.dirty.clear();
        self.firsts.clear();
        if let Some(groups) = &mut self.groups {
            groups.recall();
        }
        if let Some(terms) = &self.terms {
            let since = self.since;
            let told = terms.alone().filter(|(at, _)| at.time >= since);
            let told = told.map(|(at, first)| (at.clone(), Told { keys: first.keys.clone(), earlier: true }));
            self.told = told.collect();
        }
    }

    /// Has everything told of once more.
    pub(super) fn retell(&mut self) {
        self.fold_sequences();
        if let Some(groups) = &mut self.groups {
            self.dirty.extend(groups.retell());
        }
        if let Some(terms) = &self.terms {
            self.firsts.extend(terms.alone().map(|(at, _)| at.clone()));
            self.told.values_mut().for_each(|told| told.earlier = true);
        }
    }

    /// What has become of the alerts since this was last asked; `place` is the rule's. Stops at `enough` changes, but not
    /// where there are groups: their alerts do not come in the order of the events.
    pub(super) fn settle(&mut self, place: usize, enough: usize, changes: &mut Vec<Change<B>>) {
        self.fold_sequences();
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
            self.settle_first(place, at, changes);
        } else if let Some(key) = self.dirty.pop_first() {
            self.settle_group(place, key, changes);
        } else {
            return false;
        }
        true
    }

    /// What has become of an event that had or has new terms.
    fn settle_first(&mut self, place: usize, at: EventOrder, changes: &mut Vec<Change<B>>) {
        let told = self.told.remove(&at);
        let first = self.terms.as_ref().and_then(|terms| terms.first(&at));
        let first = first.filter(|first| first.folds.is_empty() && at.time >= self.since);
        let id = |key: Option<GroupKey>| match key {
            None => AlertId::of(&self.id, &at.event),
            Some(key) => AlertId::of_group(&self.id, key, &at.event),
        };
        let mut before: BTreeMap<_, _> = told.iter().flat_map(|told| each_alone(&told.keys)).collect();
        let again = told.as_ref().is_some_and(|told| told.earlier);
        for (key, terms) in first.iter().flat_map(|first| each_alone(&first.keys)) {
            let known = before.remove(&key);
            let Some(first) = first.filter(|_| again || known.as_ref() != Some(&terms)) else { continue };
            changes.push(Change::Raised(Raised {
                rule: place,
                id: id(key),
                group: None,
                terms,
                tally: Tally::one(&at),
                body: first.body.clone(),
                sequence: Vec::new(),
                again,
            }));
        }
        changes.extend(before.into_keys().map(|key| Change::Withdrawn(id(key))));
        let now = first.map(|first| Told { keys: first.keys.clone(), earlier: false });
        if let Some(now) = now {
            self.told.insert(at, now);
        }
    }

    /// What has become of the alerts of a group.
    fn settle_group(&mut self, place: usize, key: GroupKey, changes: &mut Vec<Change<B>>) {
        let Some(groups) = &mut self.groups else { return };
        for turn in groups.settle(key) {
            match turn {
                Turn::Gone(first, further) => changes.push(Change::Withdrawn(groups.alert_id(key, &first, further))),
                Turn::Raised(alarm, again) => {
                    let shown = &alarm.tally.shown;
                    let found = groups.member(key, &alarm.first).and_then(|member| member.found.as_ref());
                    let kept = |at: &EventOrder| match (found, &self.sequences) {
                        (Some(found), Some(sequences)) => sequences.body(found.key, at),
                        _ => groups.member(key, at).map(|member| member.body.clone()),
                    };
                    let Some(body) = kept(shown) else { continue };
                    let first = self.terms.as_ref().and_then(|terms| terms.first(shown));
                    changes.push(Change::Raised(Raised {
                        rule: place,
                        id: groups.alert_id(key, &alarm.first, alarm.further),
                        group: Some(key),
                        terms: first.map(|first| first.keys.iter().map(|(key, _)| *key).collect()).unwrap_or_default(),
                        sequence: alarm.tally.sequence().iter().filter_map(kept).collect(),
                        tally: alarm.tally,
                        body,
                        again,
                    }));
                }
            }
        }
    }
}
