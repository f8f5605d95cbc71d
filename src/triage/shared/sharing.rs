//! The protocol: what one console does about the log.

mod behind;

use std::collections::BTreeSet;
use std::time::Duration;

use super::log::{self, Log, Place, Put};
use super::{Copy, Trouble, Wire};
use crate::detect::AlertId;
use crate::triage::audit::Hash;
use crate::triage::{Decided, Draft, Entry, Proposal, SharedQuery, SharedWith};

/// Numbers that a look asks for beyond the last one.
const AHEAD: i64 = 10;
/// Numbers that are asked for while there are more.
pub(super) const BLOCK: i64 = 500;
/// How often what is not settled is read again before giving up, after longer and longer moments.
const TRIES: u32 = 12;
const MOMENT: Duration = Duration::from_millis(15);
/// How long the cluster has to acknowledge a decision.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
/// Looks between two tries whether a key that may only read may write by now.
const PROBE: u32 = 15;

/// What became of one proposal.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    Decided(Decided),
    /// It could not be done, and can be tried again.
    Failed(String),
}

/// One console's part in the decisions of its team.
#[derive(Debug)]
pub struct Sharing<W, C> {
    wire: W,
    copy: C,
    cluster: String,
    prefix: String,
    /// This console, by a random name.
    writer: String,
    /// Whether it may only read, by the analyst's own wish.
    read_only: bool,
    log: Option<Log>,
    patience: Duration,
    /// Up to this sequence number of the log's shard everything stays.
    settled: i64,
    /// Whether decisions that were made here alone may have to be offered.
    offers_due: bool,
    /// Why the key may only read.
    forbidden: Option<String>,
    /// Looks until that is tried again; 0: it was never tried.
    probe_in: u32,
    /// Alerts whose document in the view is to be written.
    stale: BTreeSet<AlertId>,
    /// Alerts whose document was there.
    viewed: BTreeSet<AlertId>,
    /// Why the view could not be written.
    view_trouble: Option<Trouble>,
    said: Vec<String>,
}

impl<W: Wire, C: Copy> Sharing<W, C> {
    /// Shares the decisions of `copy` in the indices of `prefix`. `writer` is a random name, for this console alone.
    pub fn new(wire: W, copy: C, cluster: &str, prefix: &str, writer: String) -> Self {
        Self {
            wire,
            copy,
            cluster: cluster.to_owned(),
            prefix: prefix.to_owned(),
            writer,
            read_only: false,
            log: None,
            patience: PATIENCE,
            settled: -1,
            offers_due: true,
            forbidden: None,
            probe_in: 0,
            stale: BTreeSet::new(),
            viewed: BTreeSet::new(),
            view_trouble: None,
            said: Vec::new(),
        }
    }

    /// Reads, and writes nothing to the cluster.
    #[must_use]
    pub fn reading_only(self) -> Self {
        Self { read_only: true, ..self }
    }

    /// How long the cluster may take to acknowledge one decision from now on.
    pub fn wait_at_most(&mut self, patience: Duration) {
        self.patience = patience;
        if let Some(log) = &mut self.log {
            log.patience = patience;
        }
    }

    /// Why nothing may be written, if that is so.
    #[must_use]
    pub fn forbidden(&self) -> Option<&str> {
        self.forbidden.as_deref()
    }

    /// What is to be told once.
    pub fn take_said(&mut self) -> Vec<String> {
        std::mem::take(&mut self.said)
    }

    pub fn copy(&mut self) -> &mut C {
        &mut self.copy
    }

    #[cfg(test)]
    pub fn into_copy(self) -> C {
        self.copy
    }

    /// Takes up what others have decided, offers them what was decided here alone, and brings the view up to date.
    ///
    /// # Errors
    /// Why that cannot be done; what was decided stays where it is.
    pub fn look(&mut self) -> Result<(), Trouble> {
        let looked = self.look_once();
        self.heed(looked)
    }

    fn look_once(&mut self) -> Result<(), Trouble> {
        if !self.connect(false)? {
            return Ok(());
        }
        self.catch_up(false)?;
        if self.read_only {
            return Ok(());
        }
        self.probe()?;
        if self.forbidden.is_none() {
            self.offer()?;
            // No decision depends on it.
            let trouble = self.view().err();
            if self.view_trouble != trouble {
                self.said.extend(trouble.as_ref().map(|why| format!("dashboards are behind, and tried again: {why}")));
                self.view_trouble = trouble;
            }
        }
        Ok(())
    }

    /// Has these decided by the team. One answer a proposal, in order.
    pub fn decide(&mut self, proposals: &[Proposal]) -> Vec<Answer> {
        let mut answers = Vec::with_capacity(proposals.len());
        while answers.len() < proposals.len() {
            let decided = self.decide_some(proposals.get(answers.len()..).unwrap_or_default(), &mut answers);
            if let Err(trouble) = self.heed(decided) {
                answers.resize(proposals.len(), Answer::Failed(trouble.to_string()));
            }
        }
        answers
    }

    /// Answers the first of these, as far as nobody is faster.
    fn decide_some(&mut self, proposals: &[Proposal], answers: &mut Vec<Answer>) -> Result<(), Trouble> {
        self.connect(true)?;
        if self.offers_due {
            self.catch_up(true)?;
            self.offer()?;
        }
        let (proposals, writer) = (proposals.to_vec(), self.writer.clone());
        let drafts = self.copy.ask(|reply| SharedQuery::Draft { proposals, writer, reply })?;
        let (mut slots, mut acknowledged, mut stopped) = (Vec::new(), Vec::new(), Ok(None));
        for draft in drafts {
            match draft {
                Draft::Decided(decided) => slots.push(Some(decided)),
                Draft::Entry(entry) => match self.log()?.put(&self.wire, &entry) {
                    Ok(Put::Acknowledged) => {
                        slots.push(None);
                        acknowledged.push(entry);
                    }
                    Ok(Put::Taken) => {
                        stopped = Ok(Some(entry.number));
                        break;
                    }
                    Err(trouble) => {
                        stopped = Err(trouble);
                        break;
                    }
                },
            }
        }
        let mut decisions = self.take(acknowledged, true)?.into_iter();
        answers.extend(slots.into_iter().map(|slot| {
            let decided = slot.or_else(|| decisions.next().flatten().map(Decided::Stored));
            Answer::Decided(decided.unwrap_or(Decided::Unknown))
        }));
        match stopped? {
            Some(number) => self.read_up_to(number),
            None => Ok(()),
        }
    }

    /// Takes up entries that are in the log. Answers with the decisions that they are here; `told`: whoever asks tells the
    /// analyst of them.
    fn take(&mut self, entries: Vec<Entry>, told: bool) -> Result<Vec<Option<crate::triage::Decision>>, Trouble> {
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        let own: Vec<bool> = entries.iter().map(|entry| entry.writer == self.writer).collect();
        let writer = self.writer.clone();
        let taken = self.copy.ask(|reply| SharedQuery::Take { entries, writer, told, reply })?;
        for (own, decision) in own.into_iter().zip(&taken.decisions) {
            self.stale.extend(decision.as_ref().filter(|_| own).map(|decision| decision.alert.clone()));
        }
        match taken.broken {
            Some(number) => Err(self.log()?.not_as_here(number)),
            None => Ok(taken.decisions),
        }
    }

    fn log(&self) -> Result<&Log, Trouble> {
        self.log.as_ref().ok_or_else(|| Trouble::Log("the team's decisions were not found yet".to_owned()))
    }

    fn end(&mut self) -> Result<(i64, Hash), Trouble> {
        self.copy.ask(SharedQuery::End)
    }

    /// Finds the log, or makes it where it may. Whether there is one.
    fn connect(&mut self, make: bool) -> Result<bool, Trouble> {
        if self.log.is_some() {
            return Ok(true);
        }
        let bound = self.copy.ask(SharedQuery::With)?;
        let mut found = log::find(&self.wire, &self.prefix)?;
        let index = log::index(&self.prefix);
        if found.is_none() {
            let empty = self.end()?.0 == 0;
            match &bound {
                Some(bound) if !empty => return Err(self.at(&bound.log).gone()),
                _ if !make || self.read_only => return Ok(false),
                _ => {}
            }
            let drawn = log::name(&self.prefix, &self.writer);
            let name = bound.as_ref().map_or(drawn, |bound| bound.log.clone());
            log::make(&self.wire, &index, Some(&name))?;
            found = log::find(&self.wire, &self.prefix)?;
        }
        let Some(name) = found else { return Ok(false) };
        match bound {
            Some(bound) if bound.log != name => {
                return Err(Trouble::Log(format!(
                    "{index} is another log than the one that this state has a copy of, and they are not mixed: begin \
                     anew with another --state"
                )));
            }
            Some(_) => {}
            None => {
                let with = SharedWith { cluster: self.cluster.clone(), prefix: self.prefix.clone(), log: name.clone() };
                self.copy.ask(|reply| SharedQuery::Share(with, reply))?;
            }
        }
        self.settled = -1;
        self.log = Some(self.at(&name));
        Ok(true)
    }

    fn at(&self, name: &str) -> Log {
        Log { index: log::index(&self.prefix), name: name.to_owned(), patience: self.patience }
    }

    /// Remembers what a failure says about the log.
    fn heed<T>(&mut self, result: Result<T, Trouble>) -> Result<T, Trouble> {
        if let Err(trouble) = &result {
            if matches!(trouble, Trouble::Log(_)) {
                self.log = None;
            }
            if trouble.is_forbidden() {
                self.forbidden = Some(trouble.to_string());
                self.probe_in = PROBE;
            }
        }
        result
    }

    /// Reads on. What is not settled yet is left for the next look, or waited for.
    fn catch_up(&mut self, wait: bool) -> Result<(), Trouble> {
        let (mut tries, mut ahead) = (0, AHEAD);
        loop {
            let (number, hash) = self.end()?;
            let log = self.log()?;
            let places = log.read(&self.wire, number.max(1), ahead + i64::from(number > 0))?;
            let asked = i64::try_from(places.len()).unwrap_or(ahead);
            let mut places = places.into_iter();
            if number > 0 {
                match places.next() {
                    Some(Place::Entry { entry, .. }) if entry.hash == hash => {}
                    Some(Place::Free) => return Err(log.lost(number)),
                    _ => return Err(log.not_as_here(number)),
                }
            }
            let (mut fresh, mut unsettled) = (Vec::new(), false);
            for place in places {
                match place {
                    Place::Free => break,
                    Place::Foreign if fresh.is_empty() => return Err(log.not_as_here(number + 1)),
                    Place::Foreign => break,
                    Place::Entry { number, .. } if number > self.settled => {
                        unsettled = true;
                        break;
                    }
                    Place::Entry { entry, .. } => fresh.push(entry),
                }
            }
            if !fresh.is_empty() {
                let all = !unsettled && i64::try_from(fresh.len()).unwrap_or(0) + 1 >= asked;
                self.take(fresh, false)?;
                tries = 0;
                ahead = if all { BLOCK } else { AHEAD };
                continue;
            }
            if !unsettled {
                return Ok(());
            }
            if tries > 1 {
                if !wait || tries > TRIES {
                    return Ok(());
                }
                self.wire.pause(MOMENT * tries);
            }
            tries += 1;
            // Asked before the next reading: what that shows at or below it stays.
            self.settled = self.log()?.settled(&self.wire)?;
        }
    }

    /// Reads on until the entry under a number that was taken is here.
    fn read_up_to(&mut self, number: i64) -> Result<(), Trouble> {
        self.catch_up(true)?;
        if self.end()?.0 >= number {
            return Ok(());
        }
        let index = &self.log()?.index;
        Err(Trouble::Log(format!("entry {number} of {index} is being written, and is not on the cluster's disks yet")))
    }
}
