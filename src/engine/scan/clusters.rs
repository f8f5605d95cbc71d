//! Reading a cluster once: what is there now, page by page, the next one fetched while the last is looked at.
//!
//! An answer that leaves something out is no answer. What does not answer is asked again for a while, as a node that was
//! restarted is soon back; what is still missing then is said, and counts as a failure.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Duration;

use super::super::Extent;
use super::super::parallel::stream;
use super::super::window::Window;
use super::figures::add;
use super::{Figures, Input, Portion, Reading, Selection};
use crate::cluster::{Client, Feed, Hit, Narrowing, Trouble};
use crate::event::{self, Event, GeoIp};
use crate::trail::{Opened, RawRecord};

/// How long is waited each time before what did not answer is asked again.
const AGAIN: [Duration; 5] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(5),
    Duration::from_secs(8),
];

/// Documents that a thread is given at least: fewer are looked at sooner than it wakes.
const FEWEST: usize = 16;

/// How often somebody who waits asks whether that is still of use.
const BEAT: Duration = Duration::from_millis(20);

/// A cluster, and how it is read.
pub(super) struct Of<'o> {
    pub client: &'o Client,
    /// Of when.
    pub span: Window,
    pub input: &'o Input,
    pub threads: usize,
    pub geoip: &'o GeoIp,
    pub selection: Selection<'o>,
}

/// Documents to look at.
struct Fetched {
    hits: Vec<Hit>,
    ahead: u64,
}

impl Selection<'_> {
    /// What a cluster is asked for.
    fn narrowing(&self) -> Narrowing {
        let queries = match (self.rules, self.query) {
            _ if self.every_record => None,
            (Some(rules), _) => Some(rules.queries().map(|(rule, node)| (rule.to_owned(), node)).collect()),
            (None, query) => query.map(|node| vec![("query".to_owned(), node.clone())]),
        };
        queries.map_or_else(Narrowing::default, Narrowing::to).typed(event::schema())
    }
}

impl Of<'_> {
    /// As [`super::read_all`].
    pub(super) fn read<T: Default + Send>(
        &self,
        each: &(impl Fn(&mut T, &mut Reading, &Event<'_>, RawRecord<'_>) + Sync),
        done: &mut impl FnMut(Portion<'_, T>) -> ControlFlow<()>,
        figures: &mut Figures,
    ) -> ControlFlow<()> {
        let name = self.client.name();
        let source = PathBuf::from(format!("cluster:{name}"));
        let portion = |made, reading: Reading, extent, ahead| Portion {
            source: &source,
            extent,
            ahead,
            made,
            content: None,
            problem: None,
            no_log: false,
            other: None,
            opened: Opened::new(),
            bad: reading.bad.clone(),
            bad_total: reading.bad_count,
            reading,
        };
        let (before, mut flow) = (figures.documents, ControlFlow::Continue(()));
        let answer = stream(
            self.threads,
            |is_over, hand_out| self.fetch(is_over, hand_out),
            |fetched: Fetched| {
                let (mut made, mut reading) = (T::default(), self.selection.reading());
                let (mut skipped, mut bytes) = (BTreeMap::new(), 0);
                for hit in &fetched.hits {
                    bytes += hit.source.len() as u64;
                    let origin = hit.origin(name);
                    let record = RawRecord { bytes: &hit.source, origin: &origin };
                    let with = (&self.input.window, self.geoip);
                    self.selection.offer(record, with, (&mut reading, &mut skipped), |reading, event, record| {
                        each(&mut made, reading, event, record);
                    });
                }
                (made, reading, skipped, bytes, fetched)
            },
            |(made, reading, skipped, bytes, fetched)| {
                let documents = fetched.hits.len() as u64;
                figures.documents += documents;
                figures.events += reading.events;
                figures.bad += reading.bad_count;
                figures.content_bytes += bytes;
                add(&mut figures.skipped_records, skipped);
                flow = done(portion(made, reading, Extent::of_documents(documents), fetched.ahead));
                flow
            },
        );
        let said = match answer {
            _ if flow.is_break() => return flow,
            Some(said) => said,
            None => Said::missing(format!("cluster {name}: reading ended too early")),
        };
        // Where there is nothing at all, whatever is said explains it.
        let failed = figures.documents == before;
        figures.in_part |= said.in_part;
        let told =
            said.missing.into_iter().map(|what| (what, true)).chain(said.notes.into_iter().map(|what| (what, failed)));
        for (problem, failed) in told {
            figures.failed += u64::from(failed);
            let nothing = portion(T::default(), Reading::default(), Extent::default(), 0);
            done(Portion { problem: Some(problem), no_log: !failed, ..nothing })?;
        }
        flow
    }

    /// Hands out what is there, to its end. Answers what there is to say.
    fn fetch(&self, is_over: &(dyn Fn() -> bool + Sync), hand_out: &mut dyn FnMut(Fetched) -> ControlFlow<()>) -> Said {
        let Window { since, until } = self.span;
        let narrowing = self.selection.narrowing().between(since, until);
        let (name, mut feed) = (self.client.name(), Feed::once(self.client.clone()));
        let mut waits = AGAIN.iter();
        loop {
            let said = match feed.next(&narrowing, is_over) {
                Ok(page) => {
                    // A page is looked at by all threads: the only one, and the last, would be waited for.
                    let each = page.hits.len().div_ceil(self.threads.max(1)).max(FEWEST);
                    let mut hits = page.hits;
                    while !hits.is_empty() {
                        let rest = hits.split_off(each.min(hits.len()));
                        let ahead = page.progress.ahead + rest.len() as u64;
                        if hand_out(Fetched { hits, ahead }).is_break() {
                            return Said::default();
                        }
                        hits = rest;
                    }
                    if !page.progress.caught_up {
                        continue;
                    }
                    Said::of(name, &page.troubles)
                }
                Err(failure) if failure.kind.passes_soon() => Said::missing(failure.to_string()),
                Err(failure) => return Said::missing(failure.to_string()),
            };
            let wait = if said.missing.is_empty() { None } else { waits.next() };
            if !wait.is_some_and(|wait| pause(*wait, is_over)) {
                return said;
            }
        }
    }
}

/// What there is to say of a cluster that was read, each thing once.
#[derive(Default)]
struct Said {
    /// What was not read, and why.
    missing: BTreeSet<String>,
    notes: BTreeSet<String>,
    /// Whether it answered all the same.
    in_part: bool,
}

impl Said {
    fn missing(what: String) -> Self {
        Self { missing: BTreeSet::from([what]), ..Self::default() }
    }

    fn of(cluster: &str, troubles: &[Trouble]) -> Self {
        let mut said = Self::default();
        for Trouble { what, holds_up, .. } in troubles {
            let of = if *holds_up { &mut said.missing } else { &mut said.notes };
            of.insert(format!("cluster {cluster}: {what}"));
        }
        said.in_part = !said.missing.is_empty();
        said
    }
}

/// Waits. False when nobody waits for it any more.
fn pause(wait: Duration, is_over: &(dyn Fn() -> bool + Sync)) -> bool {
    let begun = std::time::Instant::now();
    while begun.elapsed() < wait {
        if is_over() {
            return false;
        }
        std::thread::sleep(BEAT);
    }
    !is_over()
}
