//! Sequences that are suppressed: what the events of each join key come to goes on into the groups of the values that all
//! events of a sequence share.

use std::collections::{BTreeSet, HashMap};

use super::groups::{Alarm, FoundSequence, Groups, Member, Rule, Turn};
use crate::detect::in_sequence::{InSequence, shared_key};
use crate::detect::key::hex;
use crate::detect::plan::Suppression;
use crate::detect::{EventOrder, GroupKey};
use crate::query::eql::Shape;

/// Suppression groups of one sequence at most, as Elastic has it for values of a field.
const COMBINATIONS: usize = 100;

#[derive(Debug)]
pub(super) struct Sequences<B> {
    groups: Groups<B>,
    /// Join keys whose events have changed.
    dirty: BTreeSet<GroupKey>,
    /// By join key and last event, the suppression groups that a sequence is in, each with its name there.
    placed: HashMap<(GroupKey, EventOrder), Vec<(GroupKey, EventOrder)>>,
    /// How many fields they are suppressed by, and whether those that do not share one are a group of their own.
    fields: u8,
    missing: bool,
}

impl<B: Clone> Sequences<B> {
    pub(super) fn new(shape: Shape, fold: &Suppression, id: &str) -> Self {
        Self {
            groups: Groups::new(Rule::Sequence(shape), id),
            dirty: BTreeSet::new(),
            placed: HashMap::new(),
            fields: u8::try_from(fold.fields.len()).unwrap_or(u8::MAX),
            missing: fold.missing,
        }
    }

    /// Adds an event; whether it was not known.
    pub(super) fn add(&mut self, key: GroupKey, member: Member<B>) -> bool {
        self.dirty.insert(key);
        self.groups.add(key, member)
    }

    /// How many events are kept.
    pub(super) fn len(&self) -> usize {
        self.groups.len()
    }

    /// The events, by join key.
    pub(super) fn groups(&self) -> &Groups<B> {
        &self.groups
    }

    /// The time across which no two events are of one sequence, in microseconds.
    pub(super) fn quiet(&self) -> i64 {
        self.groups.rule().quiet()
    }

    /// See [`Groups::forget`].
    pub(super) fn forget(&mut self, most: usize) -> Vec<(GroupKey, EventOrder)> {
        let forgotten = self.groups.forget(most);
        self.placed.retain(|(key, last), _| self.groups.member(*key, last).is_some());
        forgotten
    }

    /// Brings `folds` up to date. Answers the suppression groups that have changed.
    pub(super) fn fold(&mut self, folds: &mut Groups<B>) -> BTreeSet<GroupKey> {
        let mut changed = BTreeSet::new();
        for key in std::mem::take(&mut self.dirty) {
            for turn in self.groups.settle(key) {
                let last = match &turn {
                    Turn::Raised(alarm, _) => alarm.first.clone(),
                    Turn::Gone(last, _) => last.clone(),
                };
                for (fold, at) in self.placed.remove(&(key, last.clone())).unwrap_or_default() {
                    folds.take_out(fold, &at);
                    changed.insert(fold);
                }
                let Turn::Raised(alarm, _) = turn else { continue };
                let Some(body) = self.groups.member(key, &last).map(|m| m.body.clone()) else { continue };
                // A name of its own: an event may complete a sequence for each of several join keys.
                let at = EventOrder { time: last.time, event: format!("{}/{}", hex(&key.0), last.event).into() };
                let found = Some(Box::new(FoundSequence { key, tally: alarm.tally.clone() }));
                let mut placed = Vec::new();
                for fold in self.folds(key, &alarm) {
                    // The id of its alert is of this group: with other events it may be in another one.
                    let (further, distinct) = (true, Vec::new());
                    let member = Member { at: at.clone(), further, distinct, found: found.clone(), body: body.clone() };
                    folds.add(fold, member);
                    changed.insert(fold);
                    placed.push((fold, at.clone()));
                }
                self.placed.insert((key, last), placed);
            }
        }
        changed
    }

    /// The suppression groups of a sequence.
    fn folds(&self, key: GroupKey, alarm: &Alarm) -> Vec<GroupKey> {
        let mut shared: Option<BTreeSet<(u8, u64)>> = None;
        for at in alarm.tally.sequence() {
            let Some(member) = self.groups.member(key, &at) else { continue };
            let values: BTreeSet<(u8, u64)> = InSequence::of(&member.distinct).shared.into_iter().collect();
            shared = Some(shared.map_or_else(|| values.clone(), |shared| &shared & &values));
        }
        let shared = shared.unwrap_or_default();
        let mut rows: Vec<Vec<Option<u64>>> = vec![Vec::new()];
        for field in 0..self.fields {
            let mut values: Vec<Option<u64>> =
                shared.iter().filter(|(of, _)| *of == field).map(|(_, value)| Some(*value)).collect();
            if values.is_empty() && !self.missing {
                return vec![GroupKey::of(&[Some(&hex(&key.0)), Some(&alarm.first.event)])];
            }
            if values.is_empty() {
                values.push(None);
            }
            let with = |row: &Vec<Option<u64>>| {
                let row = row.clone();
                values.iter().map(move |value| row.iter().copied().chain([*value]).collect()).collect::<Vec<_>>()
            };
            rows = rows.iter().flat_map(with).take(COMBINATIONS).collect();
        }
        rows.iter().map(|row| shared_key(row)).collect()
    }

    /// What is kept of an event with these join keys.
    pub(super) fn body(&self, key: GroupKey, at: &EventOrder) -> Option<B> {
        self.groups.member(key, at).map(|member| member.body.clone())
    }
}

#[cfg(test)]
mod tests;
