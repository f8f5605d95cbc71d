//! Which terms were seen when. Of each combination only the stretches are kept in which it came again before the
//! history was over: only the first event of a stretch brought something new, whatever the order of arrival.

use std::collections::{BTreeMap, HashMap};

use crate::detect::{EventOrder, GroupKey, Hit};

/// A stretch of time in which a combination never was away for longer than the history.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stretch {
    first: EventOrder,
    last: i64,
}

/// An event that brought new terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct First<B> {
    /// The combinations that were new, in order, each with whether it is a further one of its event.
    pub keys: Vec<(GroupKey, bool)>,
    /// The groups that it is folded in.
    pub folds: Vec<GroupKey>,
    pub body: B,
}

/// The terms of one rule.
#[derive(Debug)]
pub(super) struct Terms<B> {
    history: i64,
    stretches: HashMap<GroupKey, Vec<Stretch>>,
    firsts: BTreeMap<EventOrder, First<B>>,
    len: usize,
}

/// What an event changed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Changed {
    /// Events that no longer bring a combination, or bring one more.
    pub firsts: Vec<EventOrder>,
    /// Those of them that bring none any more, each with the groups that it was folded in.
    pub lost: Vec<(EventOrder, Vec<GroupKey>)>,
    /// Stretches that are gone, by their combination and first event.
    pub gone: Vec<EventOrder>,
    /// The stretch that the event is now part of, if that is not as before.
    pub kept: Option<EventOrder>,
    /// Whether the event begins it.
    pub begins: bool,
}

impl<B> Terms<B> {
    pub(super) fn new(history: i64) -> Self {
        Self { history, stretches: HashMap::new(), firsts: BTreeMap::new(), len: 0 }
    }

    /// How long a combination is remembered, in microseconds.
    pub(super) fn history(&self) -> i64 {
        self.history
    }

    /// How many stretches are kept.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Of how many combinations.
    pub(super) fn combinations(&self) -> usize {
        self.stretches.len()
    }

    /// The event, if it brings new terms.
    pub(super) fn first(&self, at: &EventOrder) -> Option<&First<B>> {
        self.firsts.get(at)
    }

    /// The events with new terms that are folded into no group.
    pub(super) fn alone(&self) -> impl Iterator<Item = (&EventOrder, &First<B>)> {
        self.firsts.iter().filter(|(_, first)| first.folds.is_empty())
    }

    /// The end of the stretch of `key` that begins with `at`.
    pub(super) fn last(&self, key: GroupKey, at: &EventOrder) -> Option<i64> {
        self.stretches.get(&key)?.iter().find(|s| s.first == *at).map(|s| s.last)
    }

    /// Takes in that the combination of `hit` was seen from its time to its end, without being away for longer than the
    /// history.
    pub(super) fn add(&mut self, hit: Hit<B>) -> Changed {
        let Hit { key, at, until, further, folds, body, .. } = hit;
        let stretches = self.stretches.entry(key).or_default();
        let history = self.history;
        let mut changed = Changed::default();
        let touches =
            |s: &Stretch| s.first.time.saturating_sub(history) <= until && at.time.saturating_sub(history) <= s.last;
        // Most events come within the one stretch that there is.
        if let [one] = stretches.as_mut_slice()
            && touches(one)
            && one.first <= at
        {
            if one.last < until {
                one.last = until;
                changed.kept = Some(one.first.clone());
            }
            return changed;
        }
        let (met, rest): (Vec<Stretch>, Vec<Stretch>) = stretches.drain(..).partition(touches);
        let mut last = until;
        let mut first = &at;
        for stretch in &met {
            last = last.max(stretch.last);
            first = first.min(&stretch.first);
        }
        let joined = Stretch { first: first.clone(), last };
        let begins = joined.first == at && !met.iter().any(|s| s.first == at);
        if met.len() != 1 || met[0] != joined {
            changed.kept = Some(joined.first.clone());
        }
        changed.begins = begins;
        changed.gone = met.iter().map(|s| s.first.clone()).filter(|first| *first != joined.first).collect();
        *stretches = rest;
        // There will hardly be another.
        stretches.reserve_exact(1);
        stretches.push(joined);
        self.len = self.len + 1 - met.len();
        for gone in &changed.gone {
            let folds = self.lose(gone, key);
            changed.lost.extend(folds.map(|folds| (gone.clone(), folds)));
        }
        changed.firsts.clone_from(&changed.gone);
        if begins {
            changed.firsts.push(at.clone());
            let keys = &mut self.firsts.entry(at).or_insert(First { keys: Vec::new(), folds, body }).keys;
            if let Err(place) = keys.binary_search(&(key, further)) {
                keys.reserve_exact(1);
                keys.insert(place, (key, further));
            }
        }
        changed
    }

    /// An event no longer brings `key`. Answers, where it brings nothing any more, the groups that it was folded in.
    fn lose(&mut self, at: &EventOrder, key: GroupKey) -> Option<Vec<GroupKey>> {
        let first = self.firsts.get_mut(at)?;
        first.keys.retain(|(known, _)| *known != key);
        if first.keys.is_empty() { self.firsts.remove(at).map(|first| first.folds) } else { None }
    }

    /// Forgets the combinations that were away the longest until at most `most` stretches are left. Answers which.
    pub(super) fn forget(&mut self, most: usize) -> Vec<GroupKey> {
        let mut by_age: Vec<(i64, GroupKey)> = self
            .stretches
            .iter()
            .map(|(key, stretches)| (stretches.iter().map(|s| s.last).max().unwrap_or(i64::MIN), *key))
            .collect();
        by_age.sort_unstable();
        let mut forgotten = Vec::new();
        for (_, key) in by_age {
            if self.len <= most {
                break;
            }
            for stretch in self.stretches.remove(&key).unwrap_or_default() {
                self.len -= 1;
                self.lose(&stretch.first, key);
            }
            forgotten.push(key);
        }
        forgotten
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn add(terms: &mut Terms<()>, key: GroupKey, at: EventOrder) -> Changed {
        let until = at.time;
        terms.add(Hit { rule: 0, key, further: false, folds: Vec::new(), at, until, distinct: Vec::new(), body: () })
    }

    fn moment(time: i64, event: &str) -> EventOrder {
        EventOrder { time, event: event.into() }
    }

    /// Straight from the definition: an event is new when no other with the same terms came within the history before.
    fn expected(events: &[(i64, u8)], history: i64) -> BTreeSet<EventOrder> {
        let mut moments: Vec<EventOrder> = events.iter().map(|(t, e)| moment(*t, &e.to_string())).collect();
        moments.sort();
        moments.dedup();
        let new =
            |(at, m): (usize, &EventOrder)| (at == 0 || moments[at - 1].time < m.time - history).then(|| m.clone());
        moments.iter().enumerate().filter_map(new).collect()
    }

    proptest! {
        #[test]
        fn in_any_order_the_same_events_are_new(
            events in proptest::collection::vec((0i64..60, 0u8..20), 0..40),
            history in 0i64..12,
        ) {
            let key = GroupKey([0; 16]);
            let mut terms = Terms::new(history);
            for (time, event) in &events {
                add(&mut terms, key, moment(*time, &event.to_string()));
            }
            let firsts: BTreeSet<EventOrder> = terms.firsts.keys().cloned().collect();
            prop_assert_eq!(&firsts, &expected(&events, history));
            prop_assert_eq!(terms.len(), firsts.len());
        }
    }

    #[test]
    fn an_event_stays_new_while_one_of_its_combinations_is() {
        let mut terms = Terms::new(10);
        let (a, b) = (GroupKey([1; 16]), GroupKey([2; 16]));
        let (e, f) = (moment(50, "e"), moment(45, "f"));
        add(&mut terms, a, e.clone());
        add(&mut terms, b, e.clone());
        assert_eq!(terms.first(&e).unwrap().keys.len(), 2);
        let changed = add(&mut terms, a, f.clone());
        assert_eq!((changed.gone, changed.firsts), (vec![e.clone()], vec![e.clone(), f.clone()]));
        assert_eq!((&terms.first(&e).unwrap().keys, changed.lost), (&vec![(b, false)], vec![]));
        assert_eq!(add(&mut terms, b, f).lost, [(e.clone(), vec![])]);
        assert_eq!(terms.first(&e), None);
    }

    #[test]
    fn what_was_away_the_longest_is_forgotten_first() {
        let mut terms = Terms::new(1);
        for n in 0..10u8 {
            add(&mut terms, GroupKey([n; 16]), moment(i64::from(n) * 100, "e"));
        }
        assert_eq!(terms.forget(7), [GroupKey([0; 16]), GroupKey([1; 16]), GroupKey([2; 16])]);
        assert_eq!((terms.len(), terms.firsts.len()), (7, 7));
    }
}
