//! Finds sequences and samples in what is read. An event may belong to one that ends much later, so all that satisfy an
//! item are kept until everything is read: their times and keys in memory, the records themselves in a temporary file.

use std::collections::HashMap;
use std::io::{self, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};

use super::SortKey;
use crate::query::eql::{Items, Moment, Part, Search, Tuple};

/// Memory that events may take, in bytes.
const MOST: usize = 2 << 30;

/// Bytes of records held in memory before they go to a temporary file.
const IN_MEMORY: usize = 8 << 20;

/// An event that satisfies an item.
#[derive(Debug)]
pub struct Candidate {
    pub key: SortKey,
    pub parts: Vec<Part>,
    pub record: Vec<u8>,
}

impl Candidate {
    /// The memory that it takes, roughly.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.record.len() + self.kept()
    }

    /// What remains of it once the record is put aside.
    fn kept(&self) -> usize {
        self.key.1.len() + size_of::<Kept>() + self.parts.len() * size_of::<Entry>()
    }
}

/// A sequence or sample: the values of its keys, and its events in the order of their items.
#[derive(Debug)]
pub struct Joined {
    pub keys: Tuple,
    /// `None` where none may be. For [`Gathering::record`].
    pub events: Vec<Option<usize>>,
}

#[derive(Debug)]
struct Kept {
    time: i64,
    order: Box<str>,
    /// Where its record begins, and how long it is.
    place: (u64, usize),
}

/// An event in a group.
#[derive(Debug, Clone, Copy)]
struct Entry {
    event: usize,
    items: Items,
    until: bool,
}

/// Collects the events that may belong to a sequence or sample.
#[derive(Debug)]
pub struct Gathering {
    events: Vec<Kept>,
    groups: HashMap<Tuple, Vec<Entry>>,
    records: BufWriter<tempfile::SpooledTempFile>,
    written: u64,
    bytes: usize,
    most: usize,
}

impl Default for Gathering {
    fn default() -> Self {
        Self {
            events: Vec::new(),
            groups: HashMap::new(),
            records: BufWriter::new(tempfile::spooled_tempfile(IN_MEMORY)),
            written: 0,
            bytes: 0,
            most: MOST,
        }
    }
}

impl Gathering {
    /// Takes in an event.
    ///
    /// # Errors
    /// When too many events satisfy an item, or the temporary file cannot be written.
    pub fn push(&mut self, candidate: Candidate) -> io::Result<()> {
        self.bytes += candidate.kept();
        let Candidate { key: (time, order), parts, record } = candidate;
        self.records.write_all(&record)?;
        let event = self.events.len();
        self.events.push(Kept { time, order: order.into(), place: (self.written, record.len()) });
        self.written += record.len() as u64;
        for Part { keys, items, until } in parts {
            if !self.groups.contains_key(&keys) {
                self.bytes += 128 + keys.iter().map(size_of_val).sum::<usize>();
            }
            self.groups.entry(keys).or_default().push(Entry { event, items, until });
        }
        if self.bytes > self.most {
            let count = self.events.len();
            return Err(io::Error::other(format!(
                "{count} events satisfy an item, more than fit into {} MiB: narrow the items, or the time with --since \
                 and --until",
                self.most >> 20
            )));
        }
        Ok(())
    }

    /// What belongs together: sequences by their last events, samples by their keys. The same event counts once however
    /// often it was read.
    pub fn find(&mut self, search: &Search) -> Vec<Joined> {
        let mut order: Vec<usize> = (0..self.events.len()).collect();
        order.sort_by(|a, b| {
            let (a, b) = (&self.events[*a], &self.events[*b]);
            (a.time, &a.order).cmp(&(b.time, &b.order))
        });
        // Copies have the rank of the first.
        let mut ranks = vec![0; order.len()];
        for (at, event) in order.iter().enumerate() {
            let copy = at.checked_sub(1).map(|before| order[before]).filter(|before| {
                let (a, b) = (&self.events[*before], &self.events[*event]);
                (a.time, &a.order) == (b.time, &b.order)
            });
            ranks[*event] = copy.map_or(at, |copy| ranks[copy]);
        }
        let mut groups: Vec<(Tuple, Vec<Entry>)> = std::mem::take(&mut self.groups).into_iter().collect();
        groups.sort_by(|a, b| a.0.cmp(&b.0));
        let mut found = Vec::new();
        for (keys, mut entries) in groups {
            entries.sort_by_key(|entry| ranks[entry.event]);
            entries.dedup_by_key(|entry| ranks[entry.event]);
            for events in self.find_in(search, &entries) {
                let last = events.iter().rev().find_map(|event| event.map(|event| ranks[event]));
                found.push((last, Joined { keys: keys.clone(), events }));
            }
        }
        if let Search::Sequence(_) = search {
            found.sort_by_key(|(last, _)| *last);
        }
        found.into_iter().map(|(_, joined)| joined).collect()
    }

    /// What is found among the events of a group, which are in order.
    fn find_in(&self, search: &Search, entries: &[Entry]) -> Vec<Vec<Option<usize>>> {
        let moment =
            |entry: &Entry| Moment { time: self.events[entry.event].time, items: entry.items, until: entry.until };
        let moments: Vec<Moment> = entries.iter().map(moment).collect();
        let event = |at: Option<usize>| at.map(|at| entries[at].event);
        search.join(&moments).into_iter().map(|found| found.into_iter().map(event).collect()).collect()
    }

    /// The record of an event that was found.
    ///
    /// # Errors
    /// When the temporary file cannot be read.
    pub fn record(&mut self, event: usize) -> io::Result<Vec<u8>> {
        self.records.flush()?;
        let (from, length) = self.events[event].place;
        let file = self.records.get_mut();
        file.seek(SeekFrom::Start(from))?;
        let mut record = vec![0; length];
        file.read_exact(&mut record)?;
        Ok(record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::eql::{ItemSearch, KeyValue, SampleSearch, SequenceSearch};
    use crate::query::{NoSchema, kql};

    fn items(count: usize) -> Vec<ItemSearch> {
        let query = kql::compile("", &NoSchema).unwrap();
        let item = ItemSearch { query, keys: Vec::new(), runs: 1, missing: false };
        vec![item; count]
    }

    fn sequence() -> Search {
        Search::Sequence(SequenceSearch { items: items(2), until: None, maxspan: None })
    }

    fn candidate(time: i64, order: &str, key: i64, items: &[usize]) -> Candidate {
        let parts = vec![Part { keys: vec![KeyValue::Int(key)], items: items.iter().copied().collect(), until: false }];
        Candidate { key: (time, order.to_owned()), parts, record: format!("{order}{key}").into_bytes() }
    }

    fn found(search: &Search, candidates: Vec<Candidate>) -> Vec<String> {
        let mut gathering = Gathering::default();
        candidates.into_iter().for_each(|candidate| gathering.push(candidate).unwrap());
        let joined = gathering.find(search);
        let mut show = |joined: Joined| {
            let text = |event: Option<usize>| String::from_utf8(gathering.record(event.unwrap()).unwrap()).unwrap();
            joined.events.into_iter().map(text).collect::<Vec<_>>().join(" ")
        };
        joined.into_iter().map(&mut show).collect()
    }

    #[test]
    fn sequences_come_by_their_last_events_and_then_their_keys() {
        let mut candidates = vec![
            candidate(1, "a", 2, &[0]),
            candidate(2, "b", 1, &[0]),
            candidate(3, "c", 1, &[1]),
            candidate(4, "d", 2, &[1]),
            candidate(5, "e", 4, &[0]),
            candidate(5, "f", 3, &[0]),
            candidate(6, "g", 4, &[1]),
        ];
        candidates[6].parts.extend(candidate(0, "", 3, &[1]).parts);
        let expected = ["b1 c1", "a2 d2", "f3 g4", "e4 g4"];
        assert_eq!(found(&sequence(), candidates), expected);
    }

    #[test]
    fn events_of_one_time_are_in_their_order_whenever_they_come() {
        let events = || vec![candidate(1, "a", 1, &[0]), candidate(1, "b", 1, &[1]), candidate(1, "c", 1, &[1])];
        assert_eq!(found(&sequence(), events()), ["a1 b1"]);
        assert_eq!(found(&sequence(), events().into_iter().rev().collect()), ["a1 b1"]);
    }

    #[test]
    fn an_event_that_is_read_twice_is_one() {
        let events = ["a", "a", "b", "b"].map(|order| candidate(1, order, 1, &[0, 1]));
        assert_eq!(found(&sequence(), events.into()), ["a1 b1"]);
    }

    #[test]
    fn samples_come_by_their_keys() {
        let search = Search::Sample(SampleSearch { items: items(2) });
        let events = [(4, "a", 9, 0), (3, "b", 9, 1), (2, "c", 7, 1), (1, "d", 7, 0), (1, "e", 5, 0)];
        let events = events.map(|(time, order, key, item)| candidate(time, order, key, &[item]));
        assert_eq!(found(&search, events.into()), ["d7 c7", "a9 b9"]);
    }

    #[test]
    fn more_than_fits_into_memory_is_said() {
        let mut gathering = Gathering { most: 2_000, ..Gathering::default() };
        let pushed = (0..100).map(|n| gathering.push(candidate(n, "a", n, &[0]))).find_map(Result::err);
        assert!(pushed.unwrap().to_string().contains("events satisfy an item, more than fit into"));
    }

    #[test]
    fn records_outgrow_memory() {
        let mut gathering = Gathering::default();
        for n in 0..3 {
            let record = vec![b'0' + n; IN_MEMORY / 2];
            gathering.push(Candidate { record, ..candidate(n.into(), "a", 1, &[0]) }).unwrap();
        }
        for n in [2, 0, 1] {
            let record = gathering.record(n.into()).unwrap();
            assert!(record.len() == IN_MEMORY / 2 && record.iter().all(|byte| *byte == b'0' + n));
        }
    }
}
