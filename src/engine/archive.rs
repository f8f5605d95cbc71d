//! Where events can be looked up again after they were evaluated: the files that were read, by the stretch of time each
//! covers; clusters, which keep everything themselves; or the bundled demo.
//!
//! Files are read again, the newest first. A cluster is asked for what may matter, the newest first, and its documents are
//! looked at as records of files are, so that both give the same answers.

mod clusters;

use std::cell::Cell;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};

pub(super) use self::clusters::Arrivals;
use super::checkpoints::Checkpoints;
use super::evaluate::Reading;
use super::extent::Extent;
use super::parallel::pass;
use super::window::Window;
use crate::cluster::Client;
use crate::event::{Event, GeoIp};
use crate::query::kql::Node;
use crate::trail::{self, Buffers, Origin, RawRecord};

/// Where events are looked up: in all of these together.
#[derive(Debug, Clone, Default)]
pub(super) struct Archive {
    files: Option<Checkpoints>,
    /// A log held in memory, by name.
    held: Option<(&'static str, &'static [u8])>,
    clusters: Vec<Client>,
    /// What came from them meanwhile.
    arrivals: Arc<Arrivals>,
}

/// What is searched for, and how.
pub(super) struct Search<'s> {
    /// At or after this.
    pub from: DateTime<Utc>,
    /// Before this.
    pub to: DateTime<Utc>,
    /// The databases with which events are read.
    pub geoip: &'s GeoIp,
    /// Threads.
    pub threads: usize,
    /// What is read at most; the newest is preferred, and what is left out is said.
    pub most: Extent,
    /// Told how much is read in all; again, whenever more is known of that.
    pub begin: &'s (dyn Fn(Extent) + Sync),
    /// What a cluster is asked for: every event that `each` can make something of matches it. `None`: all of the time.
    pub narrow: Option<Node>,
    /// Whether a record, or a file of them, can matter at all, by its bytes: parsing is what costs.
    pub may_matter: &'s (dyn Fn(&[u8]) -> bool + Sync),
    /// Whether nobody waits for the answer any more; asked before each file and each record.
    pub overtaken: &'s (dyn Fn() -> bool + Sync),
}

impl Search<'_> {
    /// What `each` made of the events of a file; `None` when it was overtaken: whoever asks next is not to wait until a
    /// file has ended.
    fn read<T: Default>(
        &self,
        each: impl Fn(&mut T, &Event<'_>, &Origin),
        feed: impl FnOnce(trail::SkipFile<'_>, &mut dyn FnMut(RawRecord<'_>)),
    ) -> Option<T> {
        let overtaken = Cell::new((self.overtaken)());
        if overtaken.get() {
            return None;
        }
        let window = Window { since: Some(self.from), until: Some(self.to) };
        let (mut made, mut reading) = (T::default(), Reading::default());
        let may_matter = |bytes: &[u8]| {
            overtaken.set(overtaken.get() || (self.overtaken)());
            !overtaken.get() && (self.may_matter)(bytes)
        };
        feed(&|content| !may_matter(content), &mut |record| {
            if !may_matter(record.bytes) && trail::has_sound_bytes(record.bytes) {
                return;
            }
            reading.take(record, &window, self.geoip, |_, event, record| each(&mut made, event, record.origin));
        });
        (!overtaken.get()).then_some(made)
    }

    /// [`Archive::search`] over files.
    fn files<T: Default + Send>(
        &self,
        checkpoints: &Checkpoints,
        of: &mut Extent,
        each: &(impl Fn(&mut T, &Event<'_>, &Origin) + Sync),
        merge: &mut impl FnMut(T, Extent),
    ) -> Option<Vec<String>> {
        let mut files = checkpoints.between(self.from, self.to);
        let left_out = files.len().saturating_sub(usize::try_from(self.most.files).unwrap_or(usize::MAX));
        files.drain(..left_out);
        files.reverse();
        of.files += files.len() as u64;
        (self.begin)(*of);
        let mut gone = 0;
        let mut overtaken = (self.overtaken)();
        if !overtaken {
            pass(
                &files,
                self.threads,
                |path, buffers| {
                    let mut whole = false;
                    let made = self.read(each, |skip, sink| {
                        let report = trail::read_or_skip(path, buffers, Some(skip), sink);
                        whole = report.is_ok_and(|report| report.problem.is_none());
                    });
                    (made, whole)
                },
                |_, (made, whole)| {
                    overtaken = made.is_none() || (self.overtaken)();
                    if overtaken {
                        return ControlFlow::Break(());
                    }
                    made.into_iter().for_each(|made| merge(made, Extent::FILE));
                    gone += u64::from(!whole);
                    ControlFlow::Continue(())
                },
            );
        }
        let gaps =
            [(left_out as u64, "not opened, as there are too many"), (gone, "no longer readable, or not to their end")];
        let gaps = gaps.iter().filter(|(count, _)| *count > 0).map(|(count, why)| {
            if *count == 1 { format!("1 file is {why}") } else { format!("{count} files are {why}") }
        });
        (!overtaken).then(|| gaps.collect())
    }
}

impl Archive {
    /// Of files as they become known, and of clusters.
    pub(super) fn new(files: Checkpoints, clusters: Vec<Client>) -> Self {
        Self { files: Some(files), clusters, ..Self::default() }
    }

    /// Of a log held in memory, by name.
    pub(super) fn held(name: &'static str, bytes: &'static [u8]) -> Self {
        Self { held: Some((name, bytes)), ..Self::default() }
    }

    pub(super) fn has_clusters(&self) -> bool {
        !self.clusters.is_empty()
    }

    /// Where whoever reads the clusters tells what has come.
    pub(super) fn arrivals(&self) -> Arc<Arrivals> {
        Arc::clone(&self.arrivals)
    }

    /// Lets `each` make something of every event that is searched for, portion by portion, the newest files first, then
    /// the clusters, and `merge` take in what was made of each portion and how large it was, as they are done. Answers what
    /// could not be covered, as a sentence; `None` when it was overtaken.
    pub(super) fn search<T: Default + Send>(
        &self,
        search: &Search<'_>,
        each: impl Fn(&mut T, &Event<'_>, &Origin) + Sync,
        mut merge: impl FnMut(T, Extent),
    ) -> Option<Option<String>> {
        let (mut gaps, mut of) = (Vec::new(), Extent::default());
        if let Some((name, bytes)) = self.held {
            of += Extent::FILE;
            (search.begin)(of);
            let mut problem = None;
            let made = search.read(&each, |_, sink| {
                problem = trail::read_stream(Path::new(name), bytes, &mut Buffers::new(), sink).problem;
            });
            merge(made.filter(|_| !(search.overtaken)())?, Extent::FILE);
            gaps.extend(problem.map(|problem| problem.to_string()));
        }
        if let Some(checkpoints) = &self.files {
            gaps.extend(search.files(checkpoints, &mut of, &each, &mut merge)?);
        }
        for client in &self.clusters {
            gaps.extend(search.cluster(client, &mut of, &each, &mut merge)?);
        }
        Some((!gaps.is_empty()).then(|| gaps.join("; ")))
    }

    /// The record at `origin`, where it is still there.
    pub(super) fn record(&self, origin: &Origin) -> Option<String> {
        if let Some((cluster, index, id)) = origin.document() {
            let client = self.clusters.iter().find(|client| client.name() == cluster)?;
            let hit = crate::cluster::windows::document(client, index, id).ok()??;
            return String::from_utf8(hit.source).ok();
        }
        let mut found = None;
        let mut look = |record: RawRecord<'_>| {
            if record.origin == origin {
                found = std::str::from_utf8(record.bytes).ok().map(str::to_owned);
            }
        };
        match self.held {
            Some((name, bytes)) => {
                drop(trail::read_stream(Path::new(name), bytes, &mut Buffers::new(), &mut look));
            }
            None => drop(trail::read_again(origin, &mut look)),
        }
        found
    }

    /// A number that stays as long as the answers of a search do.
    pub(super) fn changes(&self) -> u64 {
        let files = self.files.as_ref().map_or(0, Checkpoints::changes);
        files.wrapping_add(self.arrivals.documents())
    }

    /// Time of the earliest event of what was read, or since when nothing was left out of it.
    pub(super) fn begins(&self) -> Option<DateTime<Utc>> {
        let held = self.held.and_then(|(name, bytes)| {
            let mut reading = Reading::default();
            trail::read_stream(Path::new(name), bytes, &mut Buffers::new(), &mut |record| {
                reading.take(record, &Window::default(), &GeoIp::default(), |_, _, _| {});
            });
            reading.first
        });
        let files = self.files.as_ref().and_then(Checkpoints::begins);
        let begins = [held, files, self.arrivals.begins()].into_iter().flatten().min();
        begins.max(self.arrivals.whole_since())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[test]
    fn a_search_that_was_overtaken_looks_at_nothing_more() {
        let overtaken = AtomicBool::new(false);
        let search = Search {
            from: DateTime::UNIX_EPOCH,
            to: DateTime::UNIX_EPOCH,
            geoip: &GeoIp::default(),
            threads: 1,
            most: Extent::ALL,
            begin: &|_| {},
            narrow: None,
            may_matter: &|_| true,
            overtaken: &|| overtaken.load(Ordering::Relaxed),
        };
        let read = |during: bool| {
            let mut asked = Vec::new();
            let made = search.read(
                |(), _, _| {},
                |skip, _| {
                    asked.push(skip(b"{}"));
                    overtaken.store(during, Ordering::Relaxed);
                    asked.push(skip(b"{}"));
                },
            );
            (made, asked)
        };
        assert_eq!(read(false), (Some(()), vec![false, false]));
        assert_eq!(read(true), (None, vec![false, true]));
        assert_eq!(read(false), (None, Vec::new()), "not even opened");
    }
}
