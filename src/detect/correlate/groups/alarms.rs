//! What the events of a group come to: a function of the events alone, in order.

use std::collections::{BTreeSet, HashMap};

use super::super::{NAMED, Tally};
use super::{Alarm, Member};
use crate::detect::in_sequence::InSequence;
use crate::detect::plan::Period;
use crate::query::eql::{Found, Moment, Shape};

/// How the events of a group become alerts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Rule {
    /// So many events, with so many different values of each counted field, within a span of microseconds; of the
    /// alerts that follow within the period the first stands for all.
    Count { value: u64, least: Vec<u64>, span: i64, fold: Option<Period> },
    /// The first of each period stands for all.
    Fold(Period),
    /// Events that satisfy the items of a sequence one after another, within its span.
    Sequence(Shape),
}

impl Rule {
    /// The sequence, where the rule looks for one.
    pub(in super::super) fn shape(&self) -> Option<&Shape> {
        if let Self::Sequence(shape) = self { Some(shape) } else { None }
    }

    /// Nothing is counted, suppressed or in sequence across so many microseconds without events.
    pub(in super::super) fn quiet(&self) -> i64 {
        let quiet = match self {
            Self::Fold(Period::Run(length) | Period::After(length)) => *length,
            Self::Count { span, fold, .. } => {
                let fold = fold.map_or(0, |fold| match fold {
                    Period::Run(length) | Period::After(length) => length,
                });
                span.saturating_add(1).max(fold)
            }
            Self::Sequence(shape) => shape.reach().unwrap_or(i64::MAX).saturating_add(1),
        };
        quiet.max(1)
    }
}

/// The alerts that these events, in order, come to while none is closed.
pub(super) fn alarms<B>(rule: &Rule, members: &[&Member<B>]) -> Vec<Alarm> {
    match rule {
        Rule::Sequence(shape) => in_sequence(shape, members),
        Rule::Fold(period) => folded(*period, members),
        Rule::Count { value, least, span, fold } => {
            let mut found: Vec<Alarm> = Vec::new();
            let mut from = 0;
            while let Some((first, enough, end)) = window(&members[from..], *value, least, *span) {
                let tally = tally(&members[from + first..from + end], members[from + enough], least.len());
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
        let tally = tally(&rest[..end], first, 0);
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

/// The sequences among these events. The last event of one gives it its id: no two of a group end with the same.
fn in_sequence<B>(shape: &Shape, members: &[&Member<B>]) -> Vec<Alarm> {
    let mut parts: Vec<(&Member<B>, InSequence)> = members.iter().map(|m| (*m, InSequence::of(&m.distinct))).collect();
    parts.sort_by(|(a, of_a), (b, of_b)| (a.at.time, &of_a.tie, &a.at.event).cmp(&(b.at.time, &of_b.tie, &b.at.event)));
    let moment =
        |(m, part): &(&Member<B>, InSequence)| Moment { time: m.at.time, items: part.items, until: part.until };
    let moments: Vec<Moment> = parts.iter().map(moment).collect();
    let alarm = |found: Found| {
        let events: Vec<&Member<B>> = found.events.iter().flatten().filter_map(|at| Some(parts.get(*at)?.0)).collect();
        let last = *events.last()?;
        Some(Alarm {
            first: last.at.clone(),
            further: false,
            tally: Tally { length: events.len(), ..tally(&events, last, 0) },
        })
    };
    shape.find(&moments).into_iter().filter_map(alarm).collect()
}

/// What `members` come to, of which `shown` is shown. Where they are sequences it begins with that one's events.
pub(super) fn tally<B>(members: &[&Member<B>], shown: &Member<B>, fields: usize) -> Tally {
    if let Some(found) = &shown.found {
        let mut all = found.tally.clone();
        let others = members.iter().filter(|m| m.at != shown.at).filter_map(|m| m.found.as_ref());
        for Tally { shown, times, events, .. } in others.map(|other| other.tally.clone()) {
            // Its events count from when it is complete.
            let times = vec![shown.time; times.len()];
            all.take(Tally { shown, times, distinct: Vec::new(), events, length: 0 });
        }
        return all;
    }
    let mut distinct = vec![BTreeSet::new(); fields];
    for (field, value) in members.iter().flat_map(|m| &m.distinct) {
        if let Some(values) = distinct.get_mut(usize::from(*field)) {
            values.insert(*value);
        }
    }
    Tally {
        shown: shown.at.clone(),
        times: members.iter().map(|m| m.at.time).collect(),
        distinct: distinct.iter().map(|values| values.len() as u64).collect(),
        events: members.iter().take(NAMED).map(|m| m.at.event.clone()).collect(),
        length: 0,
    }
}
