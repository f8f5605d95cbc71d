use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::super::tests::{COUNT, FOLD, Made, both, built, judge, record, set};
use super::super::{Change, Correlator};
use super::*;
use crate::detect::{Alert, Body, Hit, RuleSet};

/// A console: what it remembers, and what it lists.
struct Console<'r> {
    set: &'r RuleSet,
    correlator: Correlator<Body>,
    listed: BTreeMap<String, Alert>,
    closed: BTreeMap<String, Closing>,
}

impl<'r> Console<'r> {
    fn new(set: &'r RuleSet) -> Self {
        Self { set, correlator: Correlator::new(set), listed: BTreeMap::new(), closed: BTreeMap::new() }
    }

    fn take(&mut self, hits: &[Hit<Body>]) {
        for hit in hits {
            self.correlator.absorb(hit.clone());
        }
        self.settle();
    }

    fn close(&mut self, id: &str) {
        let alert = &self.listed[id];
        let aggregate = alert.aggregate.as_ref().unwrap();
        let closing = Closing::new(alert.id.clone(), "r".into(), alert.event_id.clone(), aggregate).unwrap();
        self.correlator.close(&alert.id.clone(), Some(closing.clone()));
        self.closed.insert(id.to_owned(), closing);
        self.settle();
    }

    fn reopen(&mut self, id: &str) {
        self.closed.remove(id);
        self.correlator.close(&AlertId(id.to_owned()), None);
        self.settle();
    }

    fn settle(&mut self) {
        for change in self.correlator.settle(|_| true, usize::MAX) {
            match change {
                Change::Raised(raised) => drop(self.listed.insert(raised.id.0.clone(), built(self.set, &raised))),
                Change::Withdrawn(id) => assert!(self.listed.remove(&id.0).is_some(), "an alert that was not listed"),
            }
        }
    }

    /// The alerts, by their first events, with how many events each stands for and whether it stands closed.
    fn lines(&self) -> Vec<String> {
        let line = |(id, alert): (&String, &Alert)| {
            let aggregate = alert.aggregate.as_ref().unwrap();
            let closed = if self.closed.contains_key(id) { " closed" } else { "" };
            format!("{} {}{closed}", aggregate.events.join("+"), alert.event_id)
        };
        let mut lines: Vec<String> = self.listed.iter().map(line).collect();
        lines.sort();
        lines
    }
}

fn hits(set: &RuleSet, made: &[Made]) -> Vec<Hit<Body>> {
    let records: Vec<String> = made.iter().enumerate().map(|(n, made)| record(n, *made)).collect();
    judge(set, &records).hits
}

fn only_id(console: &Console<'_>) -> String {
    assert_eq!(console.listed.len(), 1, "{:?}", console.lines());
    console.listed.keys().next().unwrap().clone()
}

#[test]
fn after_an_alert_is_closed_the_next_event_of_its_window_raises_another() {
    let set = set(FOLD);
    let hits = hits(&set, &[(0, 1, 1), (1, 1, 1), (2, 1, 1), (3, 1, 1), (1, 2, 1)]);
    let mut console = Console::new(&set);
    console.take(&hits[..2]);
    let id = only_id(&console);
    console.close(&id);
    assert_eq!(console.lines(), ["e000+e001 e000 closed"]);
    console.take(&hits[2..]);
    assert_eq!(console.lines(), ["e000+e001 e000 closed", "e002+e003 e002", "e004 e004"]);
    let second = console.listed.values().find(|alert| alert.event_id == "e002").unwrap().id.0.clone();
    console.close(&second);
    console.reopen(&id);
    assert_eq!(console.lines(), ["e000+e001 e000", "e002+e003 e002 closed", "e004 e004"]);
    console.reopen(&second);
    assert_eq!(console.lines(), ["e000+e001+e002+e003 e000", "e004 e004"], "as if nothing had been closed");
}

#[test]
fn what_comes_late_was_not_in_the_alert_that_was_closed() {
    let set = set(FOLD);
    let hits = hits(&set, &[(4, 1, 1), (6, 1, 1), (5, 1, 1), (2, 1, 1)]);
    let mut console = Console::new(&set);
    console.take(&hits[..2]);
    let id = only_id(&console);
    console.close(&id);
    console.take(&hits[2..]);
    assert_eq!(console.lines(), ["e000+e001 e000 closed", "e003+e002 e003"]);
}

#[test]
fn a_threshold_counts_anew_what_comes_after_the_alert_that_was_closed() {
    let set = set(COUNT);
    let hits = hits(&set, &[(0, 1, 1), (1, 1, 1), (2, 1, 1), (3, 1, 1), (4, 1, 1), (5, 1, 1)]);
    let mut console = Console::new(&set);
    console.take(&hits[..3]);
    let id = only_id(&console);
    console.close(&id);
    console.take(&hits[3..5]);
    assert_eq!(console.lines(), ["e000+e001+e002 e002 closed"]);
    console.take(&hits[5..]);
    assert_eq!(console.lines(), ["e000+e001+e002 e002 closed", "e003+e004+e005 e005"]);
}

#[test]
fn an_alert_of_very_many_events_keeps_all_between_its_first_and_its_last() {
    let set = set(FOLD);
    let mut made = vec![(0, 1, 1); 150];
    made.extend([(1, 1, 1); 50]);
    let hits = hits(&set, &made);
    let mut console = Console::new(&set);
    console.take(&hits[..150]);
    let id = only_id(&console);
    console.close(&id);
    console.take(&hits[150..]);
    assert_eq!(console.listed[&id].count(), 150);
    assert_eq!(console.listed.values().map(Alert::count).sum::<u64>(), 200);
}

#[test]
fn rules_that_are_read_again_know_what_stands_closed() {
    let set = set(FOLD);
    let hits = hits(&set, &[(0, 1, 1), (1, 1, 1)]);
    let mut console = Console::new(&set);
    console.take(&hits[..1]);
    let id = only_id(&console);
    console.close(&id);
    // It folds by another duration now: everything is put to it anew.
    let other = super::super::tests::set(&FOLD.replace("value = 10", "value = 20"));
    console.correlator.adopt(&other);
    console.set = &other;
    console.listed.clear();
    console.take(&hits);
    assert_eq!(console.lines(), ["e000 e000 closed", "e001 e001"]);
}

proptest! {
    /// Whatever comes in whichever order, and is closed or reopened in between: what is listed at the end is what comes
    /// out when all of that is known from the start; and of what is folded nothing is missing, and nothing is there twice.
    #[test]
    fn what_is_listed_is_told_by_the_events_and_by_what_stands_closed(
        made in proptest::collection::vec((0u8..40, 0u8..3, 0u8..2), 1..30),
        order in proptest::collection::vec(any::<u16>(), 30),
        cut in 1usize..6,
        decisions in proptest::collection::vec(proptest::option::of(any::<u16>()), 30),
    ) {
        let run = FOLD.replace("duration = {value = 10, unit = \"m\"}\n", "");
        let folded_count = format!("{COUNT}[rule.alert_suppression]\nduration = {{value = 15, unit = \"m\"}}\n");
        for more in [FOLD, &run, COUNT, &folded_count, &both()] {
            let set = set(more);
            let hits = hits(&set, &made);
            let mut shuffled: Vec<(u16, usize)> = order.iter().copied().zip(0..hits.len()).collect();
            shuffled.sort_unstable();
            let shuffled: Vec<Hit<Body>> = shuffled.iter().map(|(_, at)| hits[*at].clone()).collect();
            let mut console = Console::new(&set);
            for (part, decision) in shuffled.chunks(cut).zip(&decisions) {
                console.take(part);
                let groups: Vec<String> = console.listed.iter()
                    .filter(|(_, a)| a.aggregate.as_ref().is_some_and(|a| a.reason != Reason::NewTerms))
                    .map(|(id, _)| id.clone()).collect();
                if let Some(n) = decision && !groups.is_empty() {
                    let id = &groups[usize::from(*n) % groups.len()];
                    let before = console.listed[id].clone();
                    if console.closed.contains_key(id) {
                        console.reopen(id);
                    } else {
                        console.close(id);
                        prop_assert_eq!(console.listed.get(id), Some(&before), "closing changes nothing yet");
                    }
                }
            }
            let mut other = Console::new(&set);
            for (id, closing) in &console.closed {
                other.correlator.close(&AlertId(id.clone()), Some(closing.clone()));
            }
            other.closed = console.closed.clone();
            other.take(&hits);
            prop_assert_eq!(console.lines(), other.lines(), "{}", more);
            if more == FOLD || *more == run {
                let mut folded: Vec<&String> =
                    console.listed.values().flat_map(|a| &a.aggregate.as_ref().unwrap().events).collect();
                let hit: BTreeSet<&str> = hits.iter().map(|hit| hit.at.event_id()).collect();
                folded.sort_unstable();
                prop_assert_eq!(folded, hit.into_iter().collect::<Vec<_>>(), "{}", more);
            }
        }
    }
}
