//! Which alerts are still to be looked at, the most important first, and what all alerts together say of one.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};

use crate::detect::AlertId;
use crate::investigate::{RuleSpread, Seen, Surroundings, Trace};
use crate::triage::AlertRow;

/// An alert as it was told.
#[derive(Debug)]
pub(super) struct Told {
    id: AlertId,
    rule: String,
    actor: Option<String>,
    /// Where an export goes to.
    bucket: Option<String>,
    time: DateTime<Utc>,
    priority: u32,
    is_refined: bool,
    /// Nothing is known of it: a version recorded it that knew of no priorities.
    is_bare: bool,
    is_withdrawn: bool,
}

impl Told {
    pub(super) fn of(row: &AlertRow) -> Self {
        let assessment = &row.assessment;
        Self {
            id: row.id.clone(),
            rule: row.rule_id.clone(),
            actor: row.summary.actor.clone(),
            bucket: bucket(row).map(str::to_owned),
            time: row.time,
            priority: assessment.priority,
            is_refined: assessment.refined,
            is_bare: !assessment.refined && assessment.findings.is_empty() && assessment.trace == Trace::default(),
            is_withdrawn: row.withdrawn,
        }
    }
}

fn bucket(row: &AlertRow) -> Option<&str> {
    row.summary.destination.as_deref()?.strip_prefix("s3://")?.split('/').next()
}

/// An alert, with numbers for what many have in common.
#[derive(Debug)]
struct Kept {
    id: AlertId,
    rule: usize,
    actor: Option<usize>,
    bucket: Option<usize>,
    time: DateTime<Utc>,
    priority: u32,
    is_withdrawn: bool,
}

impl Kept {
    /// Most important first, then the newest.
    fn turn(&self, number: usize) -> Turn {
        (Reverse(self.priority), Reverse(self.time), number)
    }
}

type Turn = (Reverse<u32>, Reverse<DateTime<Utc>>, usize);

/// Numbers for texts.
#[derive(Debug, Default)]
struct Names {
    numbers: HashMap<String, usize>,
    names: Vec<String>,
}

impl Names {
    fn number(&mut self, name: String) -> usize {
        let (next, names) = (self.names.len(), &mut self.names);
        *self.numbers.entry(name).or_insert_with_key(|name| {
            names.push(name.clone());
            next
        })
    }
}

/// The queue, shared with those who tell of alerts and those who ask what all say of one.
#[derive(Debug, Clone, Default)]
pub(super) struct SharedQueue(Arc<Mutex<Queue>>);

impl SharedQueue {
    pub(super) fn lock(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How widely a rule fires.
    pub(super) fn spread(&self, rule: &str) -> Option<RuleSpread> {
        self.lock().spread(rule)
    }
}

#[derive(Debug, Default)]
pub(super) struct Queue {
    kept: Vec<Kept>,
    numbers: HashMap<AlertId, usize>,
    names: Names,
    waiting: BTreeSet<Turn>,
    bare: Vec<usize>,
}

impl Queue {
    pub(super) fn take(&mut self, told: Told) {
        let Told { id, rule, actor, bucket, time, priority, is_refined, is_bare, is_withdrawn } = told;
        let mut number = |name| self.names.number(name);
        let (rule, actor, bucket) = (number(rule), actor.map(&mut number), bucket.map(&mut number));
        let kept = Kept { id: id.clone(), rule, actor, bucket, time, priority, is_withdrawn };
        let at = *self.numbers.entry(id).or_insert(self.kept.len());
        match self.kept.get_mut(at) {
            Some(before) => {
                self.waiting.remove(&before.turn(at));
                *before = kept;
            }
            None => {
                self.kept.push(kept);
                if is_bare && !is_withdrawn {
                    self.bare.push(at);
                }
            }
        }
        if let Some(kept) = self.kept.get(at)
            && !is_refined
            && !is_withdrawn
        {
            self.waiting.insert(kept.turn(at));
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Takes out the next so many; these by time, the newest first.
    pub(super) fn next(&mut self, count: usize) -> Vec<AlertId> {
        let mut next: Vec<Turn> = std::iter::from_fn(|| self.waiting.pop_first()).take(count).collect();
        next.sort_unstable_by_key(|(_, time, _)| *time);
        next.into_iter().filter_map(|(.., at)| Some(self.kept.get(at)?.id.clone())).collect()
    }

    /// Alerts from then on.
    pub(super) fn since(&self, time: DateTime<Utc>) -> Vec<AlertId> {
        self.listed().filter(|kept| kept.time >= time).map(|kept| kept.id.clone()).collect()
    }

    pub(super) fn has_bare(&self) -> bool {
        !self.bare.is_empty()
    }

    /// Takes out so many of which nothing is known.
    pub(super) fn next_bare(&mut self, count: usize) -> Vec<AlertId> {
        let from = self.bare.len().saturating_sub(count);
        self.bare.drain(from..).filter_map(|at| Some(self.kept.get(at)?.id.clone())).collect()
    }

    fn listed(&self) -> impl Iterator<Item = &Kept> {
        self.kept.iter().filter(|kept| !kept.is_withdrawn)
    }

    fn name(&self, number: usize) -> Option<&str> {
        self.names.names.get(number).map(String::as_str)
    }

    fn spread(&self, rule: &str) -> Option<RuleSpread> {
        let rule = *self.names.numbers.get(rule)?;
        let alerts = self.listed().filter(|kept| kept.rule == rule);
        Some(RuleSpread::of(alerts.map(|kept| (kept.actor.and_then(|actor| self.name(actor)), kept.time))))
    }

    /// Sums up all alerts.
    pub(super) fn others(&self) -> Others {
        type Fired<'q> = Vec<(Option<&'q str>, DateTime<Utc>)>;
        let mut by_rule: HashMap<usize, Fired<'_>> = HashMap::new();
        let mut buckets: HashMap<String, DateTime<Utc>> = HashMap::new();
        for kept in self.listed() {
            by_rule.entry(kept.rule).or_default().push((kept.actor.and_then(|actor| self.name(actor)), kept.time));
            if let Some(bucket) = kept.bucket.and_then(|bucket| self.name(bucket)) {
                match buckets.get_mut(bucket) {
                    Some(first) => *first = kept.time.min(*first),
                    None => drop(buckets.insert(bucket.to_owned(), kept.time)),
                }
            }
        }
        let rules = by_rule
            .into_iter()
            .filter_map(|(rule, alerts)| Some((self.name(rule)?.to_owned(), RuleSpread::of(alerts))));
        Others { rules: rules.collect(), buckets }
    }
}

/// All alerts, summed up.
pub(super) struct Others {
    rules: HashMap<String, RuleSpread>,
    /// When the first export went to each bucket.
    buckets: HashMap<String, DateTime<Utc>>,
}

impl Others {
    pub(super) fn say(&self, row: &AlertRow, around: &mut Surroundings) {
        around.rule_spread = self.rules.get(row.rule_id.as_str()).copied();
        if let Some(first) = bucket(row).and_then(|bucket| self.buckets.get(bucket)) {
            around.bucket_seen = if *first < row.time { Seen::Since(*first) } else { Seen::Never };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(name: &str, priority: u32, second: i64) -> Told {
        Told {
            id: AlertId(name.to_owned()),
            rule: "r".to_owned(),
            actor: Some("role/session".to_owned()),
            bucket: None,
            time: DateTime::from_timestamp(second, 0).unwrap(),
            priority,
            is_refined: false,
            is_bare: false,
            is_withdrawn: false,
        }
    }

    fn names(ids: Vec<AlertId>) -> String {
        ids.into_iter().map(|id| id.0).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_most_important_go_first_and_each_once() {
        let mut queue = Queue::default();
        for (name, priority, second) in [("a", 21, 1), ("b", 90, 1), ("c", 21, 9), ("d", 99, 5), ("gone", 50, 1)] {
            queue.take(told(name, priority, second));
        }
        queue.take(told("c", 80, 9));
        queue.take(Told { is_refined: true, ..told("d", 90, 5) });
        queue.take(Told { is_withdrawn: true, ..told("gone", 50, 1) });
        assert_eq!(names(queue.next(2)), "c b", "the two most important, by time");
        assert_eq!(names(queue.next(usize::MAX)), "a");
        assert!(queue.is_empty());
        // A group that has grown is looked at again.
        queue.take(told("d", 90, 5));
        assert_eq!(names(queue.next(1)), "d");
    }

    #[test]
    fn what_nothing_is_known_of_comes_out_once() {
        let mut queue = Queue::default();
        for name in ["a", "b", "c"] {
            queue.take(Told { is_bare: true, ..told(name, 21, 1) });
        }
        assert_eq!((names(queue.next_bare(2)), names(queue.next_bare(2))), ("b c".to_owned(), "a".to_owned()));
        queue.take(Told { is_bare: true, ..told("a", 21, 1) });
        assert!(!queue.has_bare(), "a service's alert may have nothing to say");
    }

    #[test]
    fn alerts_say_how_widely_a_rule_fires_and_since_when_exports_go_to_a_bucket() {
        let mut queue = Queue::default();
        for (name, day, withdrawn) in [("a", 1, false), ("b", 2, false), ("c", 3, true)] {
            let told = told(name, 21, day * 86_400);
            queue.take(Told { is_withdrawn: withdrawn, bucket: Some("exports".to_owned()), ..told });
        }
        let others = queue.others();
        assert_eq!(queue.spread("r"), others.rules.get("r").copied());
        assert_eq!(others.rules["r"], RuleSpread { actors: 1, alerts: 2, days: 2 });
        assert_eq!(others.buckets["exports"], DateTime::from_timestamp(86_400, 0).unwrap());
    }
}
