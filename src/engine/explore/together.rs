//! What events are together: sequences, samples, and the first or last of what is found. All that may take part is kept,
//! within a bound, as it is known only at the end.

use std::collections::BTreeMap;

use super::super::explored::{Counter, Counts, Explored, FoundEvent, GroupPlace, Groups, LISTED};
use super::super::kept::Kept;
use super::gather::found;
use crate::event::{self, Event};
use crate::query::eql::{Moment, Part, Prepared, Search, Tuple};
use crate::trail::Origin;

/// What is looked for.
pub(super) struct Together(Prepared);

/// An event that may take part.
pub(super) struct Candidate {
    /// Orders events: the time in microseconds, then what tells events apart.
    order: (i64, String),
    /// What it is to the sequence or sample, for each of its join keys.
    parts: Vec<Part>,
    event: FoundEvent,
    /// Of each field whose values are counted.
    values: Vec<Vec<String>>,
}

impl Together {
    pub(super) fn of(prepared: Prepared) -> Self {
        Self(prepared)
    }

    /// An event, where it may take part. One without a time does not.
    pub(super) fn candidate(&self, event: &Event<'_>, origin: &Origin, fields: &[String]) -> Option<Candidate> {
        let parts = match &self.0.search {
            Search::Event(query) => query.matches(event).then(Vec::new)?,
            Search::Sequence(search) => some(search.parts(event, event::schema()))?,
            Search::Sample(search) => some(search.parts(event, event::schema()))?,
        };
        let time = event.time()?;
        Some(Candidate {
            order: (time.timestamp_micros(), event.distinct_id()),
            parts,
            event: found(event, time, origin),
            values: fields.iter().map(|field| Counter::values(event, field)).collect(),
        })
    }

    /// What is known before the end.
    pub(super) fn so_far(&self, kept: &Kept<Candidate>, fields: &[String]) -> Explored {
        let values = fields.iter().map(|field| Counter::default().told(field)).collect();
        let matched = (kept.list.len() + kept.more) as u64;
        Explored { matched, groups: self.groups(0), values, ..Explored::default() }
    }

    fn groups(&self, found: usize) -> Groups {
        match self.0.search {
            Search::Event(_) => Groups::None,
            Search::Sequence(_) => Groups::Sequences(found as u64),
            Search::Sample(_) => Groups::Samples(found as u64),
        }
    }

    /// The whole answer.
    pub(super) fn whole(&self, mut kept: Vec<Candidate>, fields: &[String]) -> Explored {
        kept.sort_by(|a, b| a.order.cmp(&b.order));
        if !matches!(self.0.search, Search::Event(_)) {
            // An event that was delivered twice is one.
            kept.dedup_by(|a, b| a.order == b.order);
        }
        let mut found = self.find(&kept);
        let left = self.0.left(found.len() as u64);
        let end = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        found.truncate(end(left.end));
        found.drain(..end(left.start).min(found.len()));
        let groups = self.groups(found.len());
        found.sort_by_key(|group| std::cmp::Reverse(group.last().copied()));
        let mut counters: Vec<Counter> = fields.iter().map(|_| Counter::default()).collect();
        let (mut counts, mut events, mut matched) = (Counts::default(), Vec::new(), 0);
        for group in &found {
            let listed = events.is_empty() || events.len() + group.len() <= LISTED;
            for (place, &at) in group.iter().enumerate() {
                let Some(candidate) = kept.get(at) else { continue };
                matched += 1;
                counts.add(candidate.event.time);
                for (counter, values) in counters.iter_mut().zip(&candidate.values) {
                    counter.count(values.clone());
                }
                let place = GroupPlace { first: place == 0, last: place + 1 == group.len() };
                let group = (groups != Groups::None).then_some(place);
                events.extend(listed.then(|| FoundEvent { group, ..candidate.event.clone() }));
            }
        }
        let values = counters.iter().zip(fields).map(|(counter, field)| counter.told(field)).collect();
        Explored { matched, groups, events, counts, values, ..Explored::default() }
    }

    /// The events of each that is found, in order, by the last of them.
    fn find(&self, events: &[Candidate]) -> Vec<Vec<usize>> {
        match &self.0.search {
            Search::Event(_) => (0..events.len()).map(|at| vec![at]).collect(),
            search => {
                let mut found: Vec<Vec<usize>> = Vec::new();
                for parts in by_keys(events).values() {
                    let moment = |(at, part): &(usize, &Part)| part.at(events[*at].order.0);
                    let moments: Vec<Moment> = parts.iter().map(moment).collect();
                    let of = |at: usize| parts.get(at).map(|(at, _)| *at);
                    let groups = search.join(&moments).into_iter();
                    found.extend(groups.map(|group| group.into_iter().flatten().filter_map(of).collect()));
                }
                found.iter_mut().for_each(|group| group.sort_unstable());
                found.sort_by_key(|group| group.last().copied());
                found
            }
        }
    }
}

fn some(parts: Vec<Part>) -> Option<Vec<Part>> {
    (!parts.is_empty()).then_some(parts)
}

/// The events of each tuple of join keys.
fn by_keys(events: &[Candidate]) -> BTreeMap<&Tuple, Vec<(usize, &Part)>> {
    let mut by_keys: BTreeMap<&Tuple, Vec<(usize, &Part)>> = BTreeMap::new();
    for (at, event) in events.iter().enumerate() {
        for part in &event.parts {
            by_keys.entry(&part.keys).or_default().push((at, part));
        }
    }
    by_keys
}

/// What could not be looked at, as a sentence.
pub(super) fn gap(kept: &Kept<Candidate>) -> Option<String> {
    (kept.more > 0).then(|| {
        format!(
            "only {} of {} events that may take part are looked at: a shorter window looks at all of its own",
            kept.list.len(),
            kept.list.len() + kept.more
        )
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::query::eql;

    fn together(text: &str) -> Together {
        let statement = eql::parse(text).unwrap();
        Together::of(eql::prepare(text, &statement, event::schema(), eql::CATEGORY).unwrap())
    }

    fn candidates(together: &Together, count: usize) -> Kept<Candidate> {
        let mut kept = Kept::default();
        for n in 0..count {
            let raw = format!(
                r#"{{"eventVersion":"1.08","eventID":"e{n:06}","eventTime":"2026-11-23T{:02}:{:02}:{:02}Z","eventName":"A{}",
                "eventSource":"s3.amazonaws.com","userIdentity":{{"type":"IAMUser","userName":"bob"}}}}"#,
                n / 3600,
                n / 60 % 60,
                n % 60,
                n % 2
            );
            let event = Event::parse(raw.as_bytes()).unwrap();
            let origin = Origin::from_columns(Path::new("f"), n as u64, None);
            kept.list.extend(together.candidate(&event, &origin, &["event.action".to_owned()]));
        }
        kept
    }

    #[test]
    fn whole_sequences_are_listed_and_all_are_counted() {
        let pairs =
            together("sequence by user.name [any where event.action == \"A0\"] [any where event.action == \"A1\"]");
        let kept = candidates(&pairs, 2_100);
        let answer = pairs.whole(kept.list, &["event.action".to_owned()]);
        assert_eq!((answer.groups, answer.matched), (Groups::Sequences(1_050), 2_100));
        assert_eq!(answer.events.len(), LISTED);
        assert_eq!(answer.events[0].at.event_id, "e002098", "the newest first, from its first event on");
        assert!(answer.events.iter().all(|event| event.group.is_some()));
        assert!(answer.events.last().unwrap().group.unwrap().last, "none is cut in two");
        assert_eq!(answer.values[0].most, ["A0", "A1"].map(|action| (action.to_owned(), 1_050)));
    }

    #[test]
    fn an_event_that_was_delivered_twice_is_one() {
        let pairs = together("sequence by user.name [any where true] [any where event.action == \"A0\"]");
        let mut kept = candidates(&pairs, 1).list;
        kept.extend(candidates(&pairs, 1).list);
        assert_eq!(pairs.whole(kept, &[]).matched, 0);
    }

    #[test]
    fn what_is_too_much_to_keep_is_said() {
        let mut kept: Kept<Candidate> = Kept::default();
        assert_eq!(gap(&kept), None);
        kept.more = 7;
        assert!(gap(&kept).unwrap().starts_with("only 0 of 7 events that may take part"));
    }
}
