//! Events counted or folded in groups. The alerts of a group are a function of its events alone: whenever one is added
//! they are worked out anew from all of them, so the order of arrival does not matter.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{NAMED, Tally};
use crate::detect::plan::Period;
use crate::detect::{Key, Moment};

/// How the events of a group become alerts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Rule {
    /// So many events, with so many different values of each counted field, within a span of microseconds; of the
    /// alerts that follow within the period the first stands for all.
    Count { value: u64, least: Vec<u64>, span: i64, fold: Option<Period> },
    /// The first of each period stands for all.
    Fold(Period),
}

/// An event of a group.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Member<B> {
    pub at: Moment,
    pub distinct: Vec<(u8, u64)>,
    pub body: B,
}

/// An alert of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Alarm {
    /// Its first event, which gives it its id.
    pub first: Moment,
    pub tally: Tally,
}

#[derive(Debug)]
struct Group<B> {
    members: Vec<Member<B>>,
    /// What was told of; without its tally when that was in an earlier run.
    told: BTreeMap<Moment, Option<Tally>>,
}

/// The groups of one rule.
#[derive(Debug)]
pub(super) struct Groups<B> {
    rule: Rule,
    groups: HashMap<Key, Group<B>>,
    len: usize,
}

/// What became of the alerts of a group.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// It is there, or says something else than before; whether it may have been told of in an earlier run.
    Raised(Alarm, bool),
    /// The one that begins with this event is gone.
    Gone(Moment),
}

impl<B> Groups<B> {
    pub(super) fn new(rule: Rule) -> Self {
        Self { rule, groups: HashMap::new(), len: 0 }
    }

    /// How many events are kept.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Adds an event to a group; whether it was not known.
    pub(super) fn add(&mut self, key: Key, member: Member<B>) -> bool {
        let group = self.groups.entry(key).or_insert_with(|| Group { members: Vec::new(), told: BTreeMap::new() });
        match group.members.binary_search_by(|m| m.at.cmp(&member.at)) {
            Ok(_) => false,
            Err(place) => {
                group.members.insert(place, member);
                self.len += 1;
                true
            }
        }
    }

    /// Takes an event out of the group that it is in. Answers which.
    pub(super) fn take_out(&mut self, at: &Moment) -> Option<Key> {
        let holds = |group: &Group<B>| group.members.binary_search_by(|m| m.at.cmp(at)).ok();
        let (key, place) = self.groups.iter().find_map(|(key, group)| holds(group).map(|place| (*key, place)))?;
        self.groups.get_mut(&key)?.members.remove(place);
        self.len -= 1;
        Some(key)
    }

    /// An event of a group.
    pub(super) fn member(&self, key: Key, at: &Moment) -> Option<&Member<B>> {
        let members = &self.groups.get(&key)?.members;
        members.binary_search_by(|m| m.at.cmp(at)).ok().and_then(|place| members.get(place))
    }

    /// Takes what the group is now as told of.
    pub(super) fn recall(&mut self) {
        for group in self.groups.values_mut() {
            group.told = alarms(&self.rule, &group.members).into_iter().map(|alarm| (alarm.first, None)).collect();
        }
    }

    /// Has everything told of once more. Answers the groups.
    pub(super) fn retell(&mut self) -> Vec<Key> {
        self.groups.values_mut().flat_map(|group| group.told.values_mut()).for_each(|told| *told = None);
        self.groups.keys().copied().collect()
    }

    /// Whether events are counted, and not only folded.
    pub(super) fn count(&self) -> bool {
        matches!(self.rule, Rule::Count { .. })
    }

    /// What has become of the alerts of a group since this was last asked.
    pub(super) fn settle(&mut self, key: Key) -> Vec<Turn> {
        let Some(group) = self.groups.get_mut(&key) else { return Vec::new() };
        let mut before = std::mem::take(&mut group.told);
        let mut turns = Vec::new();
        for alarm in alarms(&self.rule, &group.members) {
            let told = before.remove(&alarm.first);
            let again = told == Some(None);
            group.told.insert(alarm.first.clone(), Some(alarm.tally.clone()));
            if told.flatten().as_ref() != Some(&alarm.tally) {
                turns.push(Turn::Raised(alarm, again));
            }
        }
        turns.extend(before.into_keys().map(Turn::Gone));
        turns
    }

    /// Forgets the groups that were quiet the longest until at most `most` events are left; of one group alone, its
    /// oldest events. Answers which, with the last event that is forgotten.
    pub(super) fn forget(&mut self, most: usize) -> Vec<(Key, Moment)> {
        let mut by_age: Vec<(Moment, Key)> = self
            .groups
            .iter()
            .filter_map(|(key, group)| group.members.last().map(|last| (last.at.clone(), *key)))
            .collect();
        by_age.sort_unstable();
        let mut forgotten = Vec::new();
        for (last, key) in by_age {
            let over = self.len.saturating_sub(most);
            let Some(group) = self.groups.get_mut(&key).filter(|_| over > 0) else { break };
            if group.members.len() <= over {
                self.len -= group.members.len();
                self.groups.remove(&key);
                forgotten.push((key, last));
            } else if let Some(cut) = group.members.get(over - 1).map(|m| m.at.clone()) {
                // An alert is forgotten with all its events: what is left of them must not become another one.
                let alarms = alarms(&self.rule, &group.members);
                let end = alarms.iter().filter(|a| a.first <= cut).map(|a| a.tally.last()).max().unwrap_or(cut.time);
                let end = end.max(cut.time);
                let kept = group.members.split_off(group.members.partition_point(|m| m.at.time <= end));
                let gone = std::mem::replace(&mut group.members, kept);
                group.told.retain(|first, _| first.time > end);
                self.len -= gone.len();
                forgotten.extend(gone.last().map(|m| (key, m.at.clone())));
            }
        }
        forgotten
    }
}

/// The alerts that these events, in order, come to.
fn alarms<B>(rule: &Rule, members: &[Member<B>]) -> Vec<Alarm> {
    match rule {
        Rule::Fold(period) => folded(*period, members),
        Rule::Count { value, least, span, fold } => {
            let mut found: Vec<Alarm> = Vec::new();
            let mut from = 0;
            while let Some((first, enough, end)) = window(&members[from..], *value, least, *span) {
                let tally = tally(&members[from + first..from + end], &members[from + enough].at, least.len());
                let alarm = Alarm { first: members[from + first].at.clone(), tally };
                match (fold, found.last_mut()) {
                    (Some(period), Some(before)) if together(*period, before.first.time, alarm.first.time) => {
                        before.tally.take(alarm.tally);
                    }
                    _ => found.push(alarm),
                }
                from += end;
            }
            found
        }
    }
}

fn folded<B>(period: Period, members: &[Member<B>]) -> Vec<Alarm> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(first) = members.get(from) {
        let rest = &members[from..];
        let end = rest.partition_point(|m| together(period, first.at.time, m.at.time));
        let end = end.max(1);
        found.push(Alarm { first: first.at.clone(), tally: tally(&rest[..end], &first.at, 0) });
        from += end;
    }
    found
}

/// Whether what happened at `then` is folded into what happened first.
fn together(period: Period, first: i64, then: i64) -> bool {
    match period {
        Period::Run(length) => first.div_euclid(length) == then.div_euclid(length),
        Period::After(length) => then.saturating_sub(first) < length.max(1),
    }
}

/// The first window of `span` that holds enough events: the places of its first event, of the one that made them enough,
/// and of the first after it.
fn window<B>(members: &[Member<B>], value: u64, least: &[u64], span: i64) -> Option<(usize, usize, usize)> {
    let mut held = Held::new(least.len());
    let mut end = 0;
    for (first, begins) in members.iter().enumerate() {
        while let Some(next) = members.get(end)
            && next.at.time.saturating_sub(begins.at.time) <= span
        {
            held.change(next, true);
            end += 1;
        }
        if held.is_enough(value, least) {
            let mut held = Held::new(least.len());
            let enough = members[first..end].iter().position(|m| {
                held.change(m, true);
                held.is_enough(value, least)
            });
            return Some((first, first + enough.unwrap_or(0), end));
        }
        held.change(begins, false);
    }
    None
}

/// What a window holds.
struct Held {
    events: u64,
    distinct: Vec<HashMap<u64, u64>>,
}

impl Held {
    fn new(fields: usize) -> Self {
        Self { events: 0, distinct: vec![HashMap::new(); fields] }
    }

    fn change<B>(&mut self, member: &Member<B>, more: bool) {
        self.events = if more { self.events + 1 } else { self.events.saturating_sub(1) };
        for (field, value) in &member.distinct {
            let Some(counts) = self.distinct.get_mut(usize::from(*field)) else { continue };
            let count = counts.entry(*value).or_insert(0);
            *count = if more { *count + 1 } else { count.saturating_sub(1) };
            if *count == 0 {
                counts.remove(value);
            }
        }
    }

    fn is_enough(&self, value: u64, least: &[u64]) -> bool {
        self.events >= value && self.distinct.iter().zip(least).all(|(counts, least)| counts.len() as u64 >= *least)
    }
}

fn tally<B>(members: &[Member<B>], shown: &Moment, fields: usize) -> Tally {
    let mut distinct = vec![BTreeSet::new(); fields];
    for (field, value) in members.iter().flat_map(|m| &m.distinct) {
        if let Some(values) = distinct.get_mut(usize::from(*field)) {
            values.insert(*value);
        }
    }
    Tally {
        shown: shown.clone(),
        times: members.iter().map(|m| m.at.time).collect(),
        distinct: distinct.iter().map(|values| values.len() as u64).collect(),
        events: members.iter().take(NAMED).map(|m| m.at.event.clone()).collect(),
    }
}

#[cfg(test)]
mod tests;
