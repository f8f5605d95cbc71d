//! Where events can be looked up again after they were evaluated: the files that were read, by the stretch of time each
//! covers, or the bundled demo.

use std::ops::ControlFlow;

use chrono::{DateTime, Utc};

use super::evaluate::{Reading, Window};
use super::ledger::Ledger;
use super::pass::pass;
use crate::event::Event;
use crate::trail::{self, Buffers, RawRecord};

/// Files opened for one search at most; the newest are preferred, and what is left out is said.
const FILES: usize = 20_000;

/// Where events are looked up.
#[derive(Debug, Clone)]
pub enum Archive {
    /// Files that were read.
    Files(Ledger),
    /// A log held in memory.
    Held(&'static [u8]),
}

impl Archive {
    /// Reads all events between `from` and `to`, and lets `keep` make something of each. What it makes comes back in no
    /// order, with a sentence on what could not be covered.
    pub(super) fn search<T: Send>(
        &self,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        threads: usize,
        keep: impl Fn(&Event<'_>) -> Option<T> + Sync,
    ) -> (Vec<T>, Option<String>) {
        let window = Window { since: Some(from), until: Some(to) };
        let collect = |made: &mut Vec<T>, reading: &mut Reading, record: RawRecord<'_>| {
            reading.take(record, &window, |_, event, _| made.extend(keep(event)));
        };
        match self {
            Self::Held(bytes) => {
                let (mut made, mut reading) = (Vec::new(), Reading::default());
                let report = trail::read_stream(*bytes, &mut Buffers::new(), &mut |record| {
                    collect(&mut made, &mut reading, record);
                });
                (made, report.problem.map(|p| p.to_string()))
            }
            Self::Files(ledger) => {
                let mut files = ledger.between(from, to);
                let left_out = files.len().saturating_sub(FILES);
                files.drain(..left_out);
                let mut found = Vec::new();
                let mut gone = 0;
                pass(
                    &files,
                    threads,
                    |path, buffers| {
                        let (mut made, mut reading) = (Vec::new(), Reading::default());
                        let report =
                            trail::read_once(path, buffers, &mut |record| collect(&mut made, &mut reading, record));
                        (made, report.is_ok_and(|r| r.problem.is_none()))
                    },
                    |_, (made, whole)| {
                        found.extend(made);
                        gone += u64::from(!whole);
                        ControlFlow::Continue(())
                    },
                );
                let gaps = [(left_out as u64, "not opened, as there are too many"), (gone, "no longer readable")];
                let gaps: Vec<String> = gaps
                    .iter()
                    .filter(|(count, _)| *count > 0)
                    .map(|(count, why)| format!("{count} files are {why}"))
                    .collect();
                (found, (!gaps.is_empty()).then(|| gaps.join("; ")))
            }
        }
    }

    /// A number that stays as long as the answers of a search do.
    pub(super) fn changes(&self) -> u64 {
        match self {
            Self::Files(ledger) => ledger.changes(),
            Self::Held(_) => 0,
        }
    }

    /// Time of the earliest event.
    pub(super) fn begins(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Files(ledger) => ledger.begins(),
            Self::Held(bytes) => {
                let mut reading = Reading::default();
                trail::read_stream(*bytes, &mut Buffers::new(), &mut |record| {
                    reading.take(record, &Window::default(), |_, _, _| {});
                });
                reading.first
            }
        }
    }
}
