//! Sorts many alerts a part at a time, so that keys are answered between the parts. What they are sorted by is made a number
//! first: many alerts share few texts, and numbers are sorted much faster.

use std::cmp::{Ordering, Reverse};
use std::collections::{HashMap, VecDeque};
use std::mem::take;

use chrono::{DateTime, Utc};

use super::super::alerts::AlertEntry;
use super::column::{Column, Value};

/// How many are numbered or sorted at a time. Well below what a person notices, also when two long parts are merged.
const PART: usize = 4_000;

/// Alerts on their way into another order.
#[derive(Debug)]
pub(super) struct Sorting {
    pub(super) column: Column,
    pub(super) descending: bool,
    /// How many alerts there were when it began.
    length: usize,
    keys: Vec<SortKey>,
    /// The numbers of the texts, from 1, in the order they came.
    numbers: HashMap<Box<str>, usize>,
    texts: Parts<(Box<str>, usize)>,
    ordered: Parts<SortKey>,
    stage: Stage,
    /// Alerts that have come or changed since, by their indices.
    pub(super) late: Vec<usize>,
}

#[derive(Debug, Clone, Copy)]
enum Stage {
    Numbering,
    Texts,
    Keys,
}

#[derive(Debug, Clone, Copy)]
struct SortKey {
    value: i128,
    time: Reverse<DateTime<Utc>>,
    index: usize,
}

impl Sorting {
    /// Begins to sort `length` alerts.
    pub(super) fn new(column: Column, descending: bool, length: usize) -> Self {
        Self {
            column,
            descending,
            length,
            keys: Vec::with_capacity(length),
            numbers: HashMap::new(),
            texts: Parts::default(),
            ordered: Parts::default(),
            stage: Stage::Numbering,
            late: Vec::new(),
        }
    }

    /// Does a part, or all of it where that is little. The order, once it is known.
    pub(super) fn go_on(&mut self, entries: &[AlertEntry]) -> Option<Vec<usize>> {
        loop {
            let order = self.part(entries);
            if order.is_some() || self.length > PART {
                return order;
            }
        }
    }

    fn part(&mut self, entries: &[AlertEntry]) -> Option<Vec<usize>> {
        match self.stage {
            Stage::Numbering => {
                let from = self.keys.len();
                for (index, entry) in entries.iter().enumerate().take(self.length.min(from + PART)).skip(from) {
                    let value = self.value(entry);
                    self.keys.push(SortKey { value, time: Reverse(entry.row.time), index });
                }
                if self.keys.len() == from || self.keys.len() >= self.length {
                    self.texts = Parts::of(take(&mut self.numbers).into_iter().collect());
                    self.stage = Stage::Texts;
                }
            }
            Stage::Texts => {
                let texts = self.texts.go_on(Ord::cmp)?;
                let mut ranks = vec![0; texts.len() + 1];
                for (rank, (_, number)) in (1..).zip(texts) {
                    ranks[number] = rank;
                }
                for key in &mut self.keys {
                    if ranks.len() > 1 {
                        key.value = usize::try_from(key.value).ok().and_then(|n| ranks.get(n).copied()).unwrap_or(0);
                    }
                    if self.descending {
                        key.value = !key.value;
                    }
                }
                self.ordered = Parts::of(take(&mut self.keys));
                self.stage = Stage::Keys;
            }
            Stage::Keys => {
                let id = |key: &SortKey| entries.get(key.index).map(|entry| &entry.row.id);
                let keys = self
                    .ordered
                    .go_on(|a, b| (a.value, a.time).cmp(&(b.value, b.time)).then_with(|| id(a).cmp(&id(b))))?;
                return Some(keys.into_iter().map(|key| key.index).collect());
            }
        }
        None
    }

    /// A number that compares as the column does, or the number of its text.
    fn value(&mut self, entry: &AlertEntry) -> i128 {
        let text = match self.column.value(entry) {
            Value::Number(number) => return number,
            Value::Text(None) => return 0,
            Value::Text(Some(text)) => text,
        };
        let next = self.numbers.len() + 1;
        let number = match self.numbers.get(text) {
            Some(&number) => number,
            None => *self.numbers.entry(text.into()).or_insert(next),
        };
        i128::try_from(number).unwrap_or(i128::MAX)
    }
}

/// Things to be sorted: those that have not been looked at, and runs that are sorted each for itself.
#[derive(Debug)]
struct Parts<T> {
    left: Vec<T>,
    runs: VecDeque<Vec<T>>,
}

impl<T> Default for Parts<T> {
    fn default() -> Self {
        Self::of(Vec::new())
    }
}

impl<T> Parts<T> {
    fn of(left: Vec<T>) -> Self {
        Self { left, runs: VecDeque::new() }
    }

    /// Sorts another run or, when all are, merges two of them. All, once they are one run.
    fn go_on(&mut self, compare: impl Fn(&T, &T) -> Ordering) -> Option<Vec<T>> {
        if !self.left.is_empty() {
            let mut run = self.left.split_off(self.left.len().saturating_sub(PART));
            run.sort_unstable_by(&compare);
            self.runs.push_back(run);
        } else if self.runs.len() > 1
            && let (Some(one), Some(other)) = (self.runs.pop_front(), self.runs.pop_front())
        {
            self.runs.push_back(merged(one, other, compare));
        }
        if self.left.is_empty() && self.runs.len() <= 1 {
            Some(self.runs.pop_front().unwrap_or_default())
        } else {
            None
        }
    }
}

fn merged<T>(one: Vec<T>, other: Vec<T>, compare: impl Fn(&T, &T) -> Ordering) -> Vec<T> {
    let mut all = Vec::with_capacity(one.len() + other.len());
    let (mut one, mut other) = (one.into_iter().peekable(), other.into_iter().peekable());
    while let (Some(a), Some(b)) = (one.peek(), other.peek()) {
        let next = if compare(a, b).is_gt() { other.next() } else { one.next() };
        all.extend(next);
    }
    all.extend(one);
    all.extend(other);
    all
}
