//! What rules that look at more than one event come to, once everything has been read: for a scan and a replay. The
//! records that may be shown wait in a temporary file.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;

use crate::detect::{Alert, Body, Change, Correlator, Hit, Raised, RuleSet};
use crate::event::Event;

/// Alerts made by one thread before they are handed over.
const BATCH: usize = 128;

/// Takes in hits, and makes alerts of them at the end.
#[derive(Debug)]
pub struct Collector<'r> {
    rules: &'r RuleSet,
    correlator: Correlator<Spot>,
    records: Records,
}

impl<'r> Collector<'r> {
    /// A collector for the hits of these rules.
    #[must_use]
    pub fn new(rules: &'r RuleSet) -> Self {
        Self { rules, correlator: Correlator::new(rules), records: Records::default() }
    }

    /// Takes in the hits of a file.
    ///
    /// # Errors
    /// When the temporary folder cannot be written to.
    pub fn take(&mut self, hits: Vec<Hit<Body>>) -> io::Result<()> {
        for hit in hits {
            let spot = self.records.put(&hit.body)?;
            self.correlator.absorb(hit.map(|_| spot));
        }
        Ok(())
    }

    /// Calls `make` with every alert and the times of its events, in order, in microseconds, on `threads` threads; and
    /// `each` with what it made, here, in no order. Answers which rules had too much to remember, a sentence each.
    ///
    /// # Errors
    /// What `make` or `each` answered, or when a record cannot be read back.
    pub fn finish<T: Send, E: From<io::Error> + Send>(
        mut self,
        threads: usize,
        make: impl Fn(Alert, Vec<i64>) -> Result<T, E> + Sync,
        mut each: impl FnMut(T) -> Result<(), E>,
    ) -> Result<Vec<String>, E> {
        let mut raised: Vec<Raised<Spot>> = Vec::new();
        for change in self.correlator.settle(|_| true) {
            if let Change::Raised(alert) = change {
                raised.push(alert);
            }
        }
        let records = self.records.seal()?;
        for batch in raised.chunks_mut(threads.max(1) * BATCH) {
            for part in made(batch, &records, self.rules, &make) {
                for made in part? {
                    each(made)?;
                }
            }
        }
        Ok(lost(&self.correlator, self.rules))
    }
}

/// What `make` makes of the alerts of a batch, by threads.
fn made<T: Send, E: From<io::Error> + Send>(
    batch: &mut [Raised<Spot>],
    records: &Sealed,
    rules: &RuleSet,
    make: &(impl Fn(Alert, Vec<i64>) -> Result<T, E> + Sync),
) -> Vec<Result<Vec<T>, E>> {
    let make_all = |part: &mut [Raised<Spot>]| {
        let mut made = Vec::with_capacity(part.len());
        for raised in part {
            if let Some(alert) = records.alert(rules, raised)? {
                made.push(make(alert, std::mem::take(&mut raised.tally.times))?);
            }
        }
        Ok(made)
    };
    std::thread::scope(|scope| {
        let parts: Vec<_> = batch.chunks_mut(BATCH).map(|part| scope.spawn(move || make_all(part))).collect();
        let gone = |_| Err(E::from(io::Error::other("a thread that makes alerts broke off")));
        parts.into_iter().map(|part| part.join().unwrap_or_else(gone)).collect()
    })
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

/// Where a record waits.
#[derive(Debug, Clone, Copy)]
struct Spot {
    begins: u64,
    length: usize,
    path: usize,
    offset: u64,
}

/// Records in a temporary file.
#[derive(Debug, Default)]
struct Records {
    file: Option<BufWriter<File>>,
    length: u64,
    paths: Vec<PathBuf>,
    places: HashMap<PathBuf, usize>,
}

impl Records {
    fn put(&mut self, body: &Body) -> io::Result<Spot> {
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(BufWriter::new(tempfile::tempfile()?)),
        };
        file.write_all(body.raw.as_bytes())?;
        let path = &body.source.path;
        let place = match self.places.get(path) {
            Some(place) => *place,
            None => {
                self.paths.push(path.clone());
                self.places.insert(path.clone(), self.paths.len() - 1);
                self.paths.len() - 1
            }
        };
        let spot = Spot { begins: self.length, length: body.raw.len(), path: place, offset: body.source.offset };
        self.length += body.raw.len() as u64;
        Ok(spot)
    }

    fn seal(self) -> io::Result<Sealed> {
        let file = self.file.map(|file| file.into_inner().map_err(io::IntoInnerError::into_error)).transpose()?;
        Ok(Sealed { file, paths: self.paths })
    }
}

/// The same, to be read.
struct Sealed {
    file: Option<File>,
    paths: Vec<PathBuf>,
}

impl Sealed {
    fn alert(&self, rules: &RuleSet, raised: &Raised<Spot>) -> io::Result<Option<Alert>> {
        let (Some(file), Some(path)) = (&self.file, self.paths.get(raised.body.path)) else { return Ok(None) };
        let mut raw = vec![0; raised.body.length];
        file.read_exact_at(&mut raw, raised.body.begins)?;
        let event = Event::parse(&raw).map_err(io::Error::other)?;
        Ok(rules.alert(raised, &event, path, raised.body.offset))
    }
}
