//! Where events can be looked up again after they were evaluated: the files that were read, by the stretch of time each
//! covers, or the bundled demo.

use std::cell::Cell;
use std::ops::ControlFlow;
use std::path::Path;

use chrono::{DateTime, Utc};

use super::checkpoints::Checkpoints;
use super::evaluate::Reading;
use super::parallel::pass;
use super::window::Window;
use crate::event::{Event, GeoIp};
use crate::trail::{self, Buffers, Origin, RawRecord};

/// Where events are looked up.
#[derive(Debug, Clone)]
pub(super) enum Archive {
    Files(Checkpoints),
    /// A log held in memory, by name.
    Held(&'static str, &'static [u8]),
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
    /// Files opened at most; the newest are preferred, and what is left out is said.
    pub most: usize,
    /// Told how many files there are, before the first is opened.
    pub begin: &'s (dyn Fn(u64) + Sync),
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
}

impl Archive {
    /// Lets `each` make something of every event that is searched for, file by file, the newest files first, and `merge`
    /// take in what was made of each file, as they are done. Answers what could not be covered, as a sentence; `None` when it was overtaken.
    pub(super) fn search<T: Default + Send>(
        &self,
        search: &Search<'_>,
        each: impl Fn(&mut T, &Event<'_>, &Origin) + Sync,
        mut merge: impl FnMut(T),
    ) -> Option<Option<String>> {
        match self {
            Self::Held(name, bytes) => {
                let mut problem = None;
                (search.begin)(1);
                let made = search.read(each, |_, sink| {
                    problem = trail::read_stream(Path::new(name), *bytes, &mut Buffers::new(), sink).problem;
                });
                merge(made.filter(|_| !(search.overtaken)())?);
                Some(problem.map(|p| p.to_string()))
            }
            Self::Files(checkpoints) => {
                let mut files = checkpoints.between(search.from, search.to);
                let left_out = files.len().saturating_sub(search.most);
                files.drain(..left_out);
                files.reverse();
                (search.begin)(files.len() as u64);
                let mut gone = 0;
                let mut overtaken = (search.overtaken)();
                if !overtaken {
                    pass(
                        &files,
                        search.threads,
                        |path, buffers| {
                            let mut whole = false;
                            let made = search.read(&each, |skip, sink| {
                                let report = trail::read_or_skip(path, buffers, Some(skip), sink);
                                whole = report.is_ok_and(|report| report.problem.is_none());
                            });
                            (made, whole)
                        },
                        |_, (made, whole)| {
                            overtaken = made.is_none() || (search.overtaken)();
                            if overtaken {
                                return ControlFlow::Break(());
                            }
                            made.into_iter().for_each(&mut merge);
                            gone += u64::from(!whole);
                            ControlFlow::Continue(())
                        },
                    );
                }
                let gaps = [
                    (left_out as u64, "not opened, as there are too many"),
                    (gone, "no longer readable, or not to their end"),
                ];
                let gaps: Vec<String> = gaps
                    .iter()
                    .filter(|(count, _)| *count > 0)
                    .map(
                        |(count, why)| {
                            if *count == 1 { format!("1 file is {why}") } else { format!("{count} files are {why}") }
                        },
                    )
                    .collect();
                (!overtaken).then(|| (!gaps.is_empty()).then(|| gaps.join("; ")))
            }
        }
    }

    /// The record at `origin`, where it is still there.
    pub(super) fn record(&self, origin: &Origin) -> Option<String> {
        let mut found = None;
        let mut look = |record: RawRecord<'_>| {
            if record.origin == origin {
                found = std::str::from_utf8(record.bytes).ok().map(str::to_owned);
            }
        };
        match self {
            Self::Held(name, bytes) => {
                drop(trail::read_stream(Path::new(name), *bytes, &mut Buffers::new(), &mut look));
            }
            Self::Files(_) => drop(trail::read_again(origin, &mut look)),
        }
        found
    }

    /// A number that stays as long as the answers of a search do.
    pub(super) fn changes(&self) -> u64 {
        match self {
            Self::Files(checkpoints) => checkpoints.changes(),
            Self::Held(..) => 0,
        }
    }

    /// Time of the earliest event.
    pub(super) fn begins(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Files(checkpoints) => checkpoints.begins(),
            Self::Held(name, bytes) => {
                let mut reading = Reading::default();
                trail::read_stream(Path::new(name), *bytes, &mut Buffers::new(), &mut |record| {
                    reading.take(record, &Window::default(), &GeoIp::default(), |_, _, _| {});
                });
                reading.first
            }
        }
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
            most: 1,
            begin: &|_| {},
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
