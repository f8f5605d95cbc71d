//! Events counted or suppressed in groups. The alerts of a group are a function of its events and of its closed alerts:
//! whenever either changes they are computed anew, so the order of arrival does not matter.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::closing::{Closing, Closings};
use super::{NAMED, Tally};
use crate::detect::plan::Period;
use crate::detect::{AlertId, EventOrder, GroupKey};

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
    pub at: EventOrder,
    /// Whether its event is in several groups, and this is not the first of them.
    pub further: bool,
    pub distinct: Vec<(u8, u64)>,
    pub body: B,
}

/// An alert of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Alarm {
    /// Its first event, which gives it its id.
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

    /// The id of the alert of this group that begins with `first`.
    pub(super) fn alert_id(&self, key: GroupKey, first: &EventOrder, further: bool) -> AlertId {
        if further || matches!(self.rule, Rule::Count { .. }) {
            AlertId::of_group(&self.id, key, &first.event)
        } else {
            AlertId::of(&self.id, &first.event)
        }
    }

    /// Takes note that an alert was closed, or reopened. Answers the groups that it may be of.
    pub(super) fn close(&mut self, closing: &Arc<Closing>, is_closed: bool) -> Vec<GroupKey> {
        if is_closed {
            self.closings.insert(closing);
        } else {
            self.closings.remove(closing);
        }
        let holds = |group: &Group<B>| {
            let from = group.members.partition_point(|m| m.at.time < closing.time());
            group.members[from..].iter().take_while(|m| m.at.time == closing.time()).any(|m| closing.begins_with(&m.at))
        };
        self.groups.iter().filter(|(_, group)| holds(group)).map(|(key, _)| *key).collect()
    }

    /// How many events are kept.
    pub(super) fn len(&self) -> usize {
        self.len
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
            for closing in self.closings.of(&first.at) {
                if closing.now != self.alert_id(key, &first.at, first.further) {
                    continue;
                }
                let (kept, others): (Vec<_>, Vec<_>) = open.into_iter().partition(|m| closing.keeps(&m.at));
                open = others;
                if let Some(shown) = kept.iter().find(|m| m.at.event_id() == closing.shown).or(kept.first()) {
                    let tally = Tally { distinct: closing.distinct.clone(), ..tally(&kept, &shown.at, 0) };
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
        let quiet = match &self.rule {
            // Runs begin at fixed times: those of a run are here when it began after `from`.
            Rule::Fold(Period::Run(length)) => return from <= since.div_euclid(*length).saturating_mul(*length),
            Rule::Fold(Period::After(length)) => *length,
            Rule::Count { span, fold, .. } => {
                let fold = fold.map_or(0, |fold| match fold {
                    Period::Run(length) | Period::After(length) => length,
                });
                span.saturating_add(1).max(fold)
            }
        };
        let quiet = quiet.max(1);
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
                let alarms = self.all_alarms(key, &group.members);
                let end = alarms.iter().filter(|a| a.first <= cut.at).map(|a| a.tally.last()).max();
                Some(end.unwrap_or(cut.at.time).max(cut.at.time))
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

/// The alerts that these events, in order, come to while none is closed.
fn alarms<B>(rule: &Rule, members: &[&Member<B>]) -> Vec<Alarm> {
    match rule {
        Rule::Fold(period) => folded(*period, members),
        Rule::Count { value, least, span, fold } => {
            let mut found: Vec<Alarm> = Vec::new();
            let mut from = 0;
            while let Some((first, enough, end)) = window(&members[from..], *value, least, *span) {
                let tally = tally(&members[from + first..from + end], &members[from + enough].at, least.len());
                let Member { at, further, .. } = members[from + first];
                let alarm = Alarm { first: at.clone(), further: *further, tally };
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

fn folded<B>(period: Period, members: &[&Member<B>]) -> Vec<Alarm> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(first) = members.get(from) {
        let rest = &members[from..];
        let end = rest.partition_point(|m| together(period, first.at.time, m.at.time));
        let end = end.max(1);
        let tally = tally(&rest[..end], &first.at, 0);
        found.push(Alarm { first: first.at.clone(), further: first.further, tally });
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
fn window<B>(members: &[&Member<B>], value: u64, least: &[u64], span: i64) -> Option<(usize, usize, usize)> {
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

fn tally<B>(members: &[&Member<B>], shown: &EventOrder, fields: usize) -> Tally {
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
