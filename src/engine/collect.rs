//! What rules that look at more than one event come to, once everything has been read: for a scan and a replay. The
//! records that may be shown wait in a temporary file.
//!
//! Hits wait too, and are taken in by the time of their events. So what is forgotten, where there is too much, is what
//! happened first, whatever the order of the files and the number of threads, and a late event costs no more than others.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use crossbeam_channel::bounded;

use super::Window;
use crate::detect::{Alert, Body, Closing, Correlator, Hit, Raised, RuleSet};
use crate::trail::Origin;

/// Bytes of records that are written to the temporary file at once.
const BUFFER: usize = 256 << 10;

/// Hits that wait, at most; some 200 bytes each. The next ones are taken in after these, whenever they happened.
const WAITING: usize = 1_000_000;

/// Events that a rule remembers, at most: nothing was told of those that would be forgotten.
const KEPT: usize = 1_000_000;

/// Alerts that a thread makes before it hands them over.
const AT_ONCE: usize = 32;

/// Takes in hits, and makes alerts of them at the end.
#[derive(Debug)]
pub struct Collector<'r> {
    rules: &'r RuleSet,
    correlator: Correlator<Spot>,
    waiting: Vec<Hit<Spot>>,
    records: Records,
}

impl<'r> Collector<'r> {
    /// A collector for the hits of these rules.
    #[must_use]
    pub fn new(rules: &'r RuleSet) -> Self {
        let correlator = Correlator::new(rules).keeping(KEPT);
        Self { rules, correlator, waiting: Vec::new(), records: Records::default() }
    }

    /// Takes in which alerts stand closed: what comes after those is another alert.
    #[must_use]
    pub fn after(mut self, closings: Vec<Closing>) -> Self {
        for closing in closings {
            self.correlator.close(&closing.id.clone(), Some(closing));
        }
        self.correlator.drop_news();
        self
    }

    /// Makes alerts of events of this window alone, and only remembers what happened before.
    #[must_use]
    pub fn within(mut self, window: &Window) -> Self {
        if let Some(since) = window.since {
            self.correlator.raise_since(since.timestamp_micros());
        }
        self
    }

    /// Whether nothing that happened before `from` can change the alerts, where everything was taken in that happened since.
    #[must_use]
    pub fn is_sure(&mut self, from: DateTime<Utc>) -> bool {
        self.absorb();
        self.correlator.is_sure(from.timestamp_micros(), false)
    }

    /// Takes in the hits of a portion.
    ///
    /// # Errors
    /// When the temporary folder cannot be written to.
    pub fn take(&mut self, hits: Vec<Hit<Body>>) -> io::Result<()> {
        for hit in hits {
            let spot = self.records.put(&hit.body)?;
            self.waiting.push(hit.map(|_| spot));
        }
        if self.waiting.len() >= WAITING {
            self.absorb();
        }
        Ok(())
    }

    fn absorb(&mut self) {
        self.waiting.sort_by(|a, b| a.at.cmp(&b.at));
        for hit in self.waiting.drain(..) {
            self.correlator.absorb(hit);
        }
        self.correlator.drop_news();
    }

    /// Calls `make` with every alert and the times of its events, in order, in microseconds, on `threads` threads; and
    /// `each` with what it made, here, in no order. Answers which rules had too much to remember, a sentence each.
    ///
    /// # Errors
    /// What `make` or `each` answered, or when a record cannot be read back.
    pub fn finish<T: Send, E: From<io::Error> + Send>(
        mut self,
        threads: usize,
        make: impl Fn(Alert, &[i64]) -> Result<T, E> + Sync,
        mut each: impl FnMut(T) -> Result<(), E>,
    ) -> Result<Vec<String>, E> {
        self.absorb();
        self.correlator.count(self.rules);
        let (rules, lost) = (self.rules, lost(&self.correlator, self.rules));
        let records = self.records.seal()?;
        let raised = Mutex::new(self.correlator.into_alerts());
        let stop = AtomicBool::new(false);
        let (results, inbox) = bounded::<Vec<Result<T, E>>>(threads.max(1) * 2);
        let outcome = std::thread::scope(|scope| {
            for _ in 0..threads.max(1) {
                let results = results.clone();
                let (raised, records, stop, make) = (&raised, &records, &stop, &make);
                scope.spawn(move || {
                    let one = |raised: Raised<Spot>| {
                        let alert = records.alert(rules, &raised).transpose()?;
                        Some(alert.map_err(E::from).and_then(|alert| make(alert, &raised.tally.times)))
                    };
                    while !stop.load(Ordering::Relaxed) {
                        let some: Vec<_> =
                            raised.lock().unwrap_or_else(PoisonError::into_inner).by_ref().take(AT_ONCE).collect();
                        if some.is_empty() || results.send(some.into_iter().filter_map(one).collect()).is_err() {
                            break;
                        }
                    }
                });
            }
            drop(results);
            let outcome = inbox.iter().flatten().try_for_each(|made| each(made?));
            stop.store(true, Ordering::Relaxed);
            // Whoever waits to hand something over need not wait any longer.
            drop(inbox);
            outcome
        });
        outcome?;
        Ok(lost)
    }
}

/// Which rules have too much to remember, a sentence each.
pub(super) fn lost<B: Clone>(correlator: &Correlator<B>, rules: &RuleSet) -> Vec<String> {
    let rules = rules.rules();
    let said = |(place, times): (usize, u64)| {
        let rule = &rules.get(place)?.name;
        Some(format!("rule {rule}: too much to remember, the {times} terms or groups quiet the longest are forgotten"))
    };
    correlator.forgotten().filter_map(said).collect()
}

/// Bytes in the temporary file.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    begins: u64,
    length: u32,
}

/// A record, and where it came from.
#[derive(Debug, Clone, Copy)]
struct Spot {
    raw: Stretch,
    source: Stretch,
    offset: u64,
}

/// Records in a temporary file, and the names of what they came from.
#[derive(Debug, Default)]
struct Records {
    file: Option<BufWriter<File>>,
    length: u64,
    /// Of the last record. Those of a file come together; of documents each has its own.
    source: Option<(OsString, Stretch)>,
}

impl Records {
    fn put(&mut self, body: &Body) -> io::Result<Spot> {
        let (path, offset, _) = body.origin.columns();
        let source = match &self.source {
            Some((last, at)) if last == path.as_os_str() => *at,
            _ => {
                let at = self.write(path.as_os_str().as_bytes())?;
                self.source = Some((path.into(), at));
                at
            }
        };
        Ok(Spot { raw: self.write(body.raw.as_bytes())?, source, offset })
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<Stretch> {
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(BufWriter::with_capacity(BUFFER, tempfile::tempfile()?)),
        };
        let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
        file.write_all(bytes)?;
        let at = Stretch { begins: self.length, length };
        self.length += u64::from(length);
        Ok(at)
    }

    fn seal(self) -> io::Result<Sealed> {
        let file = self.file.map(|file| file.into_inner().map_err(io::IntoInnerError::into_error)).transpose()?;
        Ok(Sealed(file))
    }
}

/// The same, to be read.
struct Sealed(Option<File>);

impl Sealed {
    fn alert(&self, rules: &RuleSet, raised: &Raised<Spot>) -> io::Result<Option<Alert>> {
        let Some(file) = &self.0 else { return Ok(None) };
        let sequence = raised.sequence.iter().map(|spot| body(file, *spot)).collect::<io::Result<Vec<_>>>()?;
        Ok(rules.alert(raised, &body(file, raised.body)?, &sequence))
    }
}

fn body(file: &File, Spot { raw, source, offset }: Spot) -> io::Result<Body> {
    let raw = String::from_utf8(read(file, raw)?).map_err(io::Error::other)?;
    let source = read(file, source)?;
    Ok(Body { raw, origin: Origin::from_columns(Path::new(OsStr::from_bytes(&source)), offset, None) })
}

fn read(file: &File, at: Stretch) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; at.length as usize];
    file.read_exact_at(&mut bytes, at.begins)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::{Evaluation, Exceptions};
    use crate::event::Event;
    use crate::rule::{RuleFormat, load_str};

    #[test]
    fn what_a_live_console_would_have_told_of_before_forgetting_it_is_told_in_any_order() {
        const GROUPS: usize = 26_000;
        let rule = "[rule]\nname='n'\nrule_id='n'\ntype='threshold'\nseverity='low'\nrisk_score=21\nfrom='now-6m'\n\
            query='event.action: A'\n[rule.threshold]\nfield=['user.name']\nvalue=2\n";
        let (rules, left) = RuleSet::new(load_str(rule, RuleFormat::Toml, "n.toml").rules, Exceptions::default());
        assert!(left.is_empty());
        let told = |order: &mut dyn Iterator<Item = usize>| {
            let mut collector = Collector::new(&rules);
            for n in order {
                let mut evaluation = Evaluation::default();
                let (minute, user) = (n / 1000, n / 2);
                let raw = format!(
                    r#"{{"eventTime":"2026-11-23T{:02}:{:02}:00Z","eventSource":"x.amazonaws.com","eventName":"A","eventID":"{n}","userIdentity":{{"type":"IAMUser","userName":"u{user}"}}}}"#,
                    minute / 60,
                    minute % 60,
                );
                let event = Event::parse(raw.as_bytes()).unwrap();
                rules.evaluate(&event, &Origin::from_columns(Path::new("a.json"), 0, None), &mut evaluation);
                collector.take(evaluation.hits).unwrap();
            }
            let mut told = Vec::new();
            let lost = collector.finish::<_, io::Error>(
                1,
                |alert, _| Ok(alert.id),
                |id| {
                    told.push(id);
                    Ok(())
                },
            );
            assert_eq!(lost.unwrap(), Vec::<String>::new());
            told.sort();
            told
        };
        let forward = told(&mut (0..2 * GROUPS));
        assert_eq!(forward.len(), GROUPS);
        assert_eq!(told(&mut (0..2 * GROUPS).rev()), forward);
    }
}
