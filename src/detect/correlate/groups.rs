//! Events counted or suppressed in groups. The alerts of a group are a function of its events and of its closed alerts:
//! whenever either changes they are computed anew, so the order of arrival does not matter.

mod alarms;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

pub(super) use self::alarms::Rule;
use self::alarms::{alarms, tally};
use super::Tally;
use super::closing::{Closing, Closings};
use crate::detect::plan::Period;
use crate::detect::{AlertId, EventOrder, GroupKey};

/// An event of a group.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Member<B> {
    pub at: EventOrder,
    /// Whether its event is in several groups, and this is not the first of them.
    pub further: bool,
    pub distinct: Vec<(u8, u64)>,
    /// The sequence that it is, in a group of sequences.
    pub found: Option<Box<FoundSequence>>,
    pub body: B,
}

/// A sequence that was found.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct FoundSequence {
    /// Its join keys.
    pub key: GroupKey,
    pub tally: Tally,
}

impl<B> Member<B> {
    /// The event, or that which completes the sequence.
    fn event(&self) -> &EventOrder {
        self.found.as_ref().map_or(&self.at, |found| &found.tally.shown)
    }
}

/// An alert of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Alarm {
    /// The event that gives it its id: its first, or the last of a sequence.
    pub first: EventOrder,
    /// Of that event, see [`Member::further`].
    pub further: bool,
    pub tally: Tally,
}

#[derive(Debug)]
struct Group<B> {
    members: Vec<Member<B>>,
    told: BTreeMap<EventOrder, Told>,
}

/// An alert that was told of.
#[derive(Debug)]
struct Told {
    further: bool,
    said: Said,
}

/// What was said of an alert.
#[derive(Debug, PartialEq, Eq)]
enum Said {
    /// It was told of in an earlier run.
    Earlier,
    /// That it stands for these events.
    Tally(Tally),
    /// Something that is no longer so.
    Other,
}

/// The groups of one rule.
#[derive(Debug)]
pub(super) struct Groups<B> {
    rule: Rule,
    id: String,
    groups: HashMap<GroupKey, Group<B>>,
    closings: Closings,
    /// Alerts of events before this time are not told of, in microseconds.
    since: i64,
    len: usize,
}

/// What became of the alerts of a group.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// It is there, or says something else than before; whether it may have been told of in an earlier run.
    Raised(Alarm, bool),
    /// The one that begins with this event is gone; whether that was in several groups, as [`Member::further`].
    Gone(EventOrder, bool),
}

impl<B> Groups<B> {
    pub(super) fn new(rule: Rule, id: &str) -> Self {
        let (groups, closings) = (HashMap::new(), Closings::default());
        Self { rule, id: id.to_owned(), groups, closings, since: i64::MIN, len: 0 }
    }

    /// Has no alert of an event before this time told of.
    pub(super) fn raise_since(&mut self, since: i64) {
        self.since = since;
    }

    /// How its events become alerts.
    pub(super) fn rule(&self) -> &Rule {
        &self.rule
    }

    /// The id of the alert of this group that begins with `first`, or is completed by it.
    pub(super) fn alert_id(&self, key: GroupKey, first: &EventOrder, further: bool) -> AlertId {
        if further || matches!(self.rule, Rule::Count { .. } | Rule::Sequence(_)) {
            AlertId::of_group(&self.id, key, &first.event)
        } else {
            AlertId::of(&self.id, &first.event)
        }
    }

    /// Takes note that an alert was closed, or reopened. Answers the groups that it may be of. A sequence that nothing is
    /// suppressed by has nothing to restart: its events are part of others as before.
    pub(super) fn close(&mut self, closing: &Arc<Closing>, is_closed: bool) -> Vec<GroupKey> {
        if self.rule.shape().is_some() {
            return Vec::new();
        }
        if is_closed {
            self.closings.insert(closing);
        } else {
            self.closings.remove(closing);
        }
        let holds = |group: &Group<B>| {
            let from = group.members.partition_point(|m| m.at.time < closing.time());
            let then = group.members[from..].iter().take_while(|m| m.at.time == closing.time());
            then.map(Member::event).any(|event| closing.begins_with(event))
        };
        self.groups.iter().filter(|(_, group)| holds(group)).map(|(key, _)| *key).collect()
    }

    /// How many events are kept.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// How many groups there are.
    pub(super) fn count(&self) -> usize {
        self.groups.len()
    }

    /// Adds an event to a group; whether it was not known.
    pub(super) fn add(&mut self, key: GroupKey, member: Member<B>) -> bool {
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

    /// Takes an event out of a group.
    pub(super) fn take_out(&mut self, key: GroupKey, at: &EventOrder) {
        let Some(group) = self.groups.get_mut(&key) else { return };
        if let Ok(place) = group.members.binary_search_by(|m| m.at.cmp(at)) {
            group.members.remove(place);
            self.len -= 1;
        }
    }

    /// An event of a group.
    pub(super) fn member(&self, key: GroupKey, at: &EventOrder) -> Option<&Member<B>> {
        let members = &self.groups.get(&key)?.members;
        members.binary_search_by(|m| m.at.cmp(at)).ok().and_then(|place| members.get(place))
    }

    /// Takes what the groups are now as told of.
    pub(super) fn recall(&mut self) {
        let keys: Vec<GroupKey> = self.groups.keys().copied().collect();
        for key in keys {
            let alarms = self.alarms(key);
            let told = |Alarm { first, further, .. }| (first, Told { further, said: Said::Earlier });
            if let Some(group) = self.groups.get_mut(&key) {
                group.told = alarms.into_iter().map(told).collect();
            }
        }
    }

    /// Has the alert told of once more that shows this event: it says something else of it now.
    pub(super) fn correct(&mut self, key: GroupKey, shown: &EventOrder) {
        for told in self.groups.get_mut(&key).into_iter().flat_map(|group| group.told.values_mut()) {
            if matches!(&told.said, Said::Tally(tally) if tally.shown == *shown) || told.said == Said::Earlier {
                told.said = Said::Other;
            }
        }
    }

    /// Has everything told of once more. Answers the groups.
    pub(super) fn retell(&mut self) -> Vec<GroupKey> {
        self.groups.values_mut().flat_map(|group| group.told.values_mut()).for_each(|told| told.said = Said::Earlier);
        self.groups.keys().copied().collect()
    }

    /// What has become of the alerts of a group since this was last asked.
    pub(super) fn settle(&mut self, key: GroupKey) -> Vec<Turn> {
        let alarms = self.alarms(key);
        let Some(group) = self.groups.get_mut(&key) else { return Vec::new() };
        let mut before = std::mem::take(&mut group.told);
        let mut turns = Vec::new();
        for alarm in alarms {
            let told = before.remove(&alarm.first);
            let again = told.as_ref().is_some_and(|told| told.said == Said::Earlier);
            let said = Said::Tally(alarm.tally.clone());
            let is_news = told.is_none_or(|told| told.said != said);
            group.told.insert(alarm.first.clone(), Told { further: alarm.further, said });
            if is_news {
                turns.push(Turn::Raised(alarm, again));
            }
        }
        turns.extend(before.into_iter().map(|(first, told)| Turn::Gone(first, told.further)));
        turns
    }

    /// The alerts of a group that are to be told of.
    fn alarms(&self, key: GroupKey) -> Vec<Alarm> {
        let Some(group) = self.groups.get(&key) else { return Vec::new() };
        let mut alarms = self.all_alarms(key, &group.members);
        alarms.retain(|alarm| alarm.tally.shown.time >= self.since);
        alarms
    }

    /// The alerts that these events, in order, come to.
    fn all_alarms(&self, key: GroupKey, members: &[Member<B>]) -> Vec<Alarm> {
        let mut open: Vec<&Member<B>> = members.iter().collect();
        if self.closings.is_empty() {
            return alarms(&self.rule, &open);
        }
        let mut found = Vec::new();
        for first in members {
            for closing in self.closings.of(first.event()) {
                if closing.now != self.alert_id(key, &first.at, first.further) {
                    continue;
                }
                let (kept, others): (Vec<_>, Vec<_>) = open.into_iter().partition(|m| closing.keeps(m.event()));
                open = others;
                if let Some(shown) = kept.iter().find(|m| m.event().event_id() == closing.shown).or(kept.first()) {
                    let tally = Tally { distinct: closing.distinct.clone(), ..tally(&kept, shown, 0) };
                    found.push(Alarm { first: first.at.clone(), further: first.further, tally });
                }
            }
        }
        found.extend(alarms(&self.rule, &open));
        found
    }

    /// Whether nothing from before `from` can change the alerts of events at or after `since`, where all events from `from`
    /// on are here. What happens in a group depends on what happened before, up to the last time that it was quiet for so
    /// long that nothing was counted or folded across. `and_later`: nor those of events that are still to come.
    pub(super) fn is_sure(&self, from: i64, since: i64, and_later: bool) -> bool {
        // Runs begin at fixed times: those of a run are here when it began after `from`.
        if let Rule::Fold(Period::Run(length)) = &self.rule {
            return from <= since.div_euclid(*length).saturating_mul(*length);
        }
        let quiet = self.rule.quiet();
        self.groups.values().all(|group| {
            let mut before = from;
            for at in group.members.iter().map(|member| member.at.time).filter(|time| *time >= from) {
                if at.saturating_sub(before) >= quiet {
                    return true;
                }
                if at >= since {
                    return false;
                }
                before = at;
            }
            !and_later || since.saturating_sub(before) >= quiet
        })
    }

    /// Forgets the groups that were quiet the longest until at most `most` events are left; of one group alone, its
    /// oldest events. Answers which, with the last event that is forgotten.
    pub(super) fn forget(&mut self, most: usize) -> Vec<(GroupKey, EventOrder)> {
        let mut by_age: Vec<(EventOrder, GroupKey)> = self
            .groups
            .iter()
            .filter_map(|(key, group)| group.members.last().map(|last| (last.at.clone(), *key)))
            .collect();
        by_age.sort_unstable();
        let mut forgotten = Vec::new();
        for (last, key) in by_age {
            let over = self.len.saturating_sub(most);
            if over == 0 {
                break;
            }
            // An alert is forgotten with all its events: what is left of them must not become another one.
            let cut = self.groups.get(&key).and_then(|group| {
                let cut = group.members.get(over - 1).filter(|_| group.members.len() > over)?;
                let mut alarms = self.all_alarms(key, &group.members);
                // Sequences overlap: one that goes takes those with it that begin before its end.
                alarms.sort_by_key(|alarm| alarm.tally.first());
                let until = |end: i64, a: &Alarm| if a.tally.first() <= end { end.max(a.tally.last()) } else { end };
                Some(alarms.iter().fold(cut.at.time, until))
            });
            let Some(group) = self.groups.get_mut(&key) else { continue };
            if group.members.len() <= over {
                self.len -= group.members.len();
                self.groups.remove(&key);
                forgotten.push((key, last));
            } else if let Some(end) = cut {
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

#[cfg(test)]
mod tests;
