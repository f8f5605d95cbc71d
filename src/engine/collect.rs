//! What rules that look at more than one event come to, once everything has been read: for a scan and a replay. The
//! records that may be shown wait in a temporary file.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;

use crate::detect::{Alert, Body, Change, Correlator, Hit, Raised, RuleSet};
use crate::event::Event;

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

    /// Calls `each` with every alert, in no order. Answers, for each rule of which not all could be remembered, how often
    /// terms or groups of it were forgotten.
    ///
    /// # Errors
    /// What `each` answered, or when a record cannot be read back.
    pub fn finish<E: From<io::Error>>(
        mut self,
        mut each: impl FnMut(Alert) -> Result<(), E>,
    ) -> Result<Vec<String>, E> {
        let changes = self.correlator.settle(|_| true);
        let mut records = self.records.seal()?;
        for change in changes {
            let Change::Raised(raised) = change else { continue };
            if let Some(alert) = records.alert(self.rules, &raised)? {
                each(alert)?;
            }
        }
        let rules = self.rules.rules();
        let named = |(place, times): (&usize, &u64)| rules.get(*place).map(|rule| lost(&rule.name, *times));
        Ok(self.correlator.forgotten().iter().filter_map(named).collect())
    }
}

/// That a rule has too much to remember, as a sentence.
pub(super) fn lost(rule: &str, times: u64) -> String {
    format!("rule {rule}: too much to remember, the {times} terms or groups that were quiet the longest are forgotten")
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
    fn alert(&mut self, rules: &RuleSet, raised: &Raised<Spot>) -> io::Result<Option<Alert>> {
        let (Some(file), Some(path)) = (&mut self.file, self.paths.get(raised.body.path)) else { return Ok(None) };
        file.seek(SeekFrom::Start(raised.body.begins))?;
        let mut raw = vec![0; raised.body.length];
        file.read_exact(&mut raw)?;
        let event = Event::parse(&raw).map_err(io::Error::other)?;
        Ok(rules.alert(raised, &event, path, raised.body.offset))
    }
}
