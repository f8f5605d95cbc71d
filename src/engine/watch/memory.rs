//! The live side of rules that look at more than one event: what they remember, and which rules everything read so far
//! has been put to.
//!
//! A rule that is new to the state has not seen what was read before: those files are read once more, for it alone,
//! behind everything else. Until that is done, and until the first listing has been read, what such a rule remembers is
//! only part of the past, and it raises nothing.

mod again;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use self::again::Again;
use super::super::checkpoints::Checkpoints;
use super::super::collect::lost;
use super::super::store_thread::{AggregateChange, Findings, StoreHandle};
use super::super::window::Window;
use crate::detect::{AlertId, Closing, Correlator, Evaluation, RuleSet};
use crate::triage::{RememberedHit, StoreError, StoreQuery};

/// Changes of alerts on their way to the store thread, which makes the alerts of them, at most: what the rules have come to when
/// they know all of the past may be very much.
const UNDER_WAY: usize = 1024;

/// What is remembered, and for whom.
pub(super) struct Memory {
    rules: Arc<RuleSet>,
    correlator: Correlator<()>,
    /// By the rule's place: whether not everything read was put to it.
    behind: Arc<[bool]>,
    /// Files to be put to those.
    again: Again,
    /// Sources to be put to those, by their places.
    sources: BTreeSet<usize>,
    /// How many such files and sources are being read.
    under_way: usize,
    /// Whether the first listing has been read.
    ready: bool,
    told_lost: Vec<String>,
}

impl Memory {
    /// Remembers nothing yet, and is to raise alerts of this window alone.
    pub(super) fn new(rules: Arc<RuleSet>, window: &Window) -> Self {
        let mut correlator = Correlator::new(&rules);
        if let Some(since) = window.since {
            correlator.raise_since(since.timestamp_micros());
        }
        Self {
            correlator,
            behind: vec![false; rules.rules().len()].into(),
            rules,
            again: Again::default(),
            sources: BTreeSet::new(),
            under_way: 0,
            ready: false,
            told_lost: Vec::new(),
        }
    }

    pub(super) fn rules(&self) -> &Arc<RuleSet> {
        &self.rules
    }

    /// Takes up what an earlier run remembered. `begun`: the sources of which something was read.
    ///
    /// # Errors
    /// When the state cannot be read: then nothing is remembered, and every rule goes on from here.
    pub(super) fn recall(
        &mut self,
        store: &StoreHandle,
        checkpoints: &Checkpoints,
        begun: &[usize],
    ) -> Result<(), StoreError> {
        let fresh = checkpoints.is_empty() && begun.is_empty();
        let (fingerprints, rules) = (self.rules.fingerprints(), self.rules.remembering());
        let Some(whole) = store.ask(|reply| StoreQuery::RegisterRules { rules, fresh, reply }) else { return Ok(()) };
        let Some(hits) = store.ask(|reply| StoreQuery::Hits(fingerprints, reply)) else { return Ok(()) };
        let Some(closings) = store.ask(StoreQuery::Closings) else { return Ok(()) };
        let (whole, hits, closings) = (whole?, hits?, closings?);
        hits.into_iter().for_each(|hit| self.correlator.restore(hit));
        for closing in closings {
            self.correlator.close(&closing.id.clone(), Some(closing));
        }
        self.correlator.recall();
        self.catch_up(whole, checkpoints, begun);
        Ok(())
    }

    /// Whether nothing that happened before `from` can change what is told of, where all files of what happened since have
    /// been read.
    pub(super) fn is_sure(&self, from: DateTime<Utc>) -> bool {
        self.correlator.is_sure(from.timestamp_micros(), true)
    }

    /// Takes in how alerts stand that were closed or reopened: what comes after that is told of by [`Memory::settle`].
    pub(super) fn close(&mut self, standing: Vec<(AlertId, Option<Closing>)>) {
        for (id, closing) in standing {
            self.correlator.close(&id, closing);
        }
    }

    /// Goes on with other rules.
    ///
    /// # Errors
    /// See [`Memory::recall`].
    pub(super) fn adopt(
        &mut self,
        rules: Arc<RuleSet>,
        store: &StoreHandle,
        checkpoints: &Checkpoints,
        begun: &[usize],
    ) -> Result<(), StoreError> {
        self.correlator.adopt(&rules);
        self.rules = rules;
        let (rules, fresh) = (self.rules.remembering(), checkpoints.is_empty() && begun.is_empty());
        self.catch_up(vec![true; rules.len()], checkpoints, begun);
        let Some(whole) = store.ask(|reply| StoreQuery::RegisterRules { rules, fresh, reply }) else { return Ok(()) };
        self.catch_up(whole?, checkpoints, begun);
        Ok(())
    }

    /// Has everything read so far put to the rules that are not `whole`, by their places.
    fn catch_up(&mut self, whole: Vec<bool>, checkpoints: &Checkpoints, begun: &[usize]) {
        self.behind = whole.into_iter().map(|whole| !whole).collect();
        let behind = self.behind.contains(&true);
        self.again = if behind { Again::all(checkpoints) } else { Again::default() };
        self.sources = if behind { begun.iter().copied().collect() } else { BTreeSet::new() };
    }

    /// Takes in what `rules` made of a file.
    pub(super) fn take(&mut self, rules: &Arc<RuleSet>, evaluation: &mut Evaluation, findings: &mut Findings) {
        for mut hit in std::mem::take(&mut evaluation.hits) {
            if !Arc::ptr_eq(rules, &self.rules) {
                // It was read for rules that have changed since.
                let place = rules.fingerprint(hit.rule).and_then(|asked| self.rules.place(asked));
                let Some(place) = place else { continue };
                hit.rule = place;
            }
            if self.correlator.absorb(hit.clone().map(|_| ())) {
                let rule = self.rules.fingerprint(hit.rule).unwrap_or_default().to_owned();
                findings.kept.push(RememberedHit { rule, hit });
            }
        }
        findings.entries.extend(self.correlator.journal());
    }

    /// Tells what the rules that know all of the past have come to, or a part of it and the rest when this is asked again,
    /// now that `ready` says whether the first listing has been read. `live`: whether that comes from a file that has just
    /// arrived. Should the console end in between, the next one has everything told once more.
    pub(super) fn settle(&mut self, ready: bool, live: bool, findings: &mut Findings) {
        if ready && !self.ready {
            self.ready = true;
            self.correlator.retell();
        }
        if !self.ready {
            return;
        }
        if self.again.is_empty() && self.sources.is_empty() && self.under_way == 0 && self.behind.contains(&true) {
            let caught_up = self.rules.fingerprints().into_iter().zip(self.behind.iter());
            findings.whole.extend(caught_up.filter(|(_, behind)| **behind).map(|(rule, _)| rule));
            self.behind = vec![false; self.behind.len()].into();
        }
        let behind = &self.behind;
        let room = UNDER_WAY.saturating_sub(findings.turned.len());
        for change in self.correlator.settle(|place| !behind.get(place).copied().unwrap_or(false), room) {
            findings.turned.push(AggregateChange { rules: Arc::clone(&self.rules), change, live });
        }
    }

    /// The next file to be read again, and the rules to put it to.
    pub(super) fn next(&mut self, checkpoints: &Checkpoints) -> Option<(PathBuf, Arc<[bool]>)> {
        let path = self.again.next(checkpoints)?;
        self.under_way += 1;
        Some((path, Arc::clone(&self.behind)))
    }

    /// A file could not be handed out.
    pub(super) fn put_back(&mut self, path: PathBuf) {
        self.under_way -= 1;
        self.again.put_back(path);
    }

    /// The sources to be read again, and the rules to put them to.
    pub(super) fn sources(&self) -> (Vec<usize>, Arc<[bool]>) {
        (self.sources.iter().copied().collect(), Arc::clone(&self.behind))
    }

    /// A source is being read again.
    pub(super) fn begin(&mut self, source: usize) {
        self.under_way += usize::from(self.sources.remove(&source));
    }

    /// A source could not be read again to its end.
    pub(super) fn put_source_back(&mut self, source: usize) {
        self.under_way -= 1;
        self.missed_source(source);
    }

    /// A file or a source has been read again.
    pub(super) fn done(&mut self) {
        self.under_way -= 1;
    }

    /// A file was read for rules that have changed since: those that are behind do not know it.
    pub(super) fn missed(&mut self, path: PathBuf) {
        if self.behind.contains(&true) {
            self.again.add(path);
        }
    }

    /// A page of a source was put to rules that have changed since: see [`Memory::missed`].
    pub(super) fn missed_source(&mut self, source: usize) {
        if self.behind.contains(&true) {
            self.sources.insert(source);
        }
    }

    /// Files and sources to be read again.
    pub(super) fn pending(&self) -> u64 {
        (self.again.left() + self.sources.len() + self.under_way) as u64
    }

    /// Has the book say how much each rule remembers.
    pub(super) fn count(&self) {
        self.correlator.count(&self.rules);
    }

    /// What is to be said about rules that have too much to remember, when that is news.
    pub(super) fn lost(&mut self) -> Option<Vec<String>> {
        let lost = lost(&self.correlator, &self.rules);
        let news = lost != self.told_lost;
        self.told_lost.clone_from(&lost);
        news.then_some(lost)
    }
}
