//! The rules of a run as they stand now: what the files say, and which of them analysts have switched off.
//!
//! The one place that knows both. Whoever evaluates takes the rules from here; whoever only needs to know about the rule
//! of an alert asks here too, and is answered also for rules that are switched off or gone from the files.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};

use super::{Outlet, RuleEntry, Update};
use crate::detect::{Cost, Exceptions, Lacking, RuleSet};
use crate::diag::Diagnostic;
use crate::event::GeoIp;
use crate::rule::{Changes, Pack, PackEntry, Rule, Standing};
use crate::triage::{Store, Switch};

/// Errors of one refresh that are told one by one.
const TOLD: usize = 3;

/// The rules of a run.
#[derive(Debug)]
pub struct RuleBook {
    /// Held while the rules are told, so that the newest are told last.
    telling: Mutex<()>,
    /// Apart, as reading files takes time.
    pack: Mutex<Pack>,
    held: Mutex<Held>,
    generation: AtomicU64,
}

#[derive(Debug)]
struct Held {
    entries: Vec<PackEntry>,
    deprecated: Vec<PathBuf>,
    /// All rules that can run, those that are switched off too.
    all: RuleSet,
    /// Those of them that run.
    current: Arc<RuleSet>,
    /// Rules that are well formed and cannot run, by id, and why.
    left: HashMap<String, String>,
    switches: BTreeMap<String, Switch>,
    /// The newest version of every rule that there was.
    known: HashMap<String, Arc<Rule>>,
}

impl Held {
    fn of(pack: &Pack, (all, left): (RuleSet, Vec<(Arc<Rule>, String)>)) -> Self {
        let known = all.rules().into_iter().map(|rule| (rule.id.clone(), rule)).collect::<HashMap<_, _>>();
        Self {
            entries: pack.entries().to_vec(),
            deprecated: pack.deprecated().to_vec(),
            current: Arc::default(),
            all,
            left: left.into_iter().map(|(rule, why)| (rule.id.clone(), why)).collect(),
            switches: BTreeMap::new(),
            known,
        }
    }

    fn is_off(&self, id: &str) -> bool {
        self.switches.get(id).is_some_and(|switch| !switch.enabled)
    }

    fn select(&mut self) {
        self.current = Arc::new(self.all.only(|rule| !self.is_off(&rule.id)));
    }
}

impl RuleBook {
    /// The rules of `pack`, all of which run.
    #[must_use]
    pub fn new(pack: Pack, exceptions: impl Into<Arc<Exceptions>>) -> Self {
        Self::with_geoip(pack, exceptions, GeoIp::default())
    }

    /// [`RuleBook::new`], for events that are read with these databases.
    #[must_use]
    pub fn with_geoip(pack: Pack, exceptions: impl Into<Arc<Exceptions>>, geoip: GeoIp) -> Self {
        let mut held = Held::of(&pack, RuleSet::with_geoip(pack.rules(), exceptions, geoip));
        held.select();
        Self {
            telling: Mutex::default(),
            pack: Mutex::new(pack),
            held: Mutex::new(held),
            generation: AtomicU64::new(0),
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The rules that run. Takes next to no time.
    #[must_use]
    pub fn current(&self) -> Arc<RuleSet> {
        Arc::clone(&self.held().current)
    }

    /// The databases with which events are to be read.
    pub(super) fn geoip(&self) -> GeoIp {
        self.held().all.geoip().clone()
    }

    /// A number that changes with [`RuleBook::current`].
    #[must_use]
    pub fn changed(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// The newest version of the rule with this id, also when it is switched off or gone from the files.
    #[must_use]
    pub fn rule(&self, id: &str) -> Option<Arc<Rule>> {
        self.held().known.get(id).cloned()
    }

    /// Whether an analyst has switched the rule with this id off.
    #[must_use]
    pub fn is_off(&self, id: &str) -> bool {
        self.held().is_off(id)
    }

    /// Everything the files hold, and how it stands.
    #[must_use]
    pub fn entries(&self) -> Vec<RuleEntry> {
        let held = self.held();
        let mut doubts: HashMap<&str, Vec<Diagnostic>> = HashMap::new();
        for (rule, doubt) in held.all.warnings() {
            doubts.entry(rule.id.as_str()).or_default().push(doubt.clone());
        }
        let lacking: HashMap<&str, Vec<Lacking>> =
            held.all.lacking().map(|(rule, lacking)| (rule.id.as_str(), lacking)).collect();
        let entry = |entry: &PackEntry| {
            let mut entry = entry.clone();
            let id = entry.runs().map(|rule| rule.id.clone());
            if let Some(why) = id.as_ref().and_then(|id| held.left.get(id)) {
                entry.standing = Standing::Unsupported(why.clone());
            }
            let doubts = id.as_ref().and_then(|id| doubts.get(id.as_str())).cloned().unwrap_or_default();
            let lacking = id.as_ref().and_then(|id| lacking.get(id.as_str())).cloned().unwrap_or_default();
            RuleEntry { entry, switch: id.and_then(|id| held.switches.get(&id).cloned()), doubts, lacking }
        };
        let deprecated = held.deprecated.iter().map(|folder| left_out(folder));
        held.entries.iter().map(entry).chain(deprecated).collect()
    }

    /// Tells how the rules stand now.
    pub(super) fn tell(&self, outlet: &Outlet) {
        let _telling = self.telling.lock().unwrap_or_else(PoisonError::into_inner);
        outlet(Update::Rules(self.entries()));
    }

    /// All rules that can run, those that are switched off too.
    pub(super) fn all(&self) -> RuleSet {
        self.held().all.only(|_| true)
    }

    /// What each rule has cost so far, by id. Of a rule that has changed: what its newest version has.
    #[must_use]
    pub fn costs(&self) -> Vec<(String, Cost)> {
        self.held().all.costs().map(|(rule, cost)| (rule.id.clone(), cost)).collect()
    }

    pub(super) fn folders(&self) -> BTreeSet<PathBuf> {
        self.pack.lock().unwrap_or_else(PoisonError::into_inner).folders()
    }

    /// Reads the files again that have changed. `None` when everything stands as it did. Only this waits for files.
    pub fn refresh(&self, now: DateTime<Utc>) -> Option<Changes> {
        let mut pack = self.pack.lock().unwrap_or_else(PoisonError::into_inner);
        let changes = pack.refresh(now)?;
        let mut held = self.held();
        let next = Held::of(&pack, held.all.renewed(pack.rules()));
        let Held { switches, mut known, .. } = std::mem::replace(&mut *held, next);
        known.extend(std::mem::take(&mut held.known));
        (held.switches, held.known) = (switches, known);
        held.select();
        self.generation.fetch_add(1, Ordering::Release);
        Some(changes)
    }

    /// Takes up what analysts have switched, all of it. Whether that is a change.
    pub fn switch(&self, switches: Vec<Switch>) -> bool {
        let switches: BTreeMap<String, Switch> = switches.into_iter().map(|s| (s.rule.clone(), s)).collect();
        let mut held = self.held();
        if held.switches == switches {
            return false;
        }
        held.switches = switches;
        held.select();
        self.generation.fetch_add(1, Ordering::Release);
        true
    }
}

/// The rules of a run on `store`: takes up what analysts have switched there, and tells how they stand.
pub(super) fn open(book: RuleBook, store: &Store, outlet: &Outlet) -> Arc<RuleBook> {
    // A state that cannot be read now is tried again, and reported, by the store thread.
    if let Ok(switches) = store.switches() {
        book.switch(switches);
    }
    book.tell(outlet);
    Arc::new(book)
}

fn left_out(folder: &Path) -> RuleEntry {
    let standing = Standing::NoRule("a folder of deprecated rules, left out".to_owned());
    let path = Some(folder.to_owned());
    let entry = PackEntry { path, line: None, name: None, rule: None, standing, warnings: Vec::new() };
    RuleEntry { entry, switch: None, doubts: Vec::new(), lacking: Vec::new() }
}

/// What a refresh found, in lines a person reads: errors first, each with its place, then what runs otherwise.
pub(super) fn in_words(changes: &Changes) -> Vec<String> {
    let at = |error: &Diagnostic| {
        let place = error.place.as_ref().map(|place| format!(":{}:{}", place.line, place.column));
        error.file.clone().unwrap_or_default() + &place.unwrap_or_default()
    };
    let told = |error: &Diagnostic| format!("rule error: {}: {} · R shows it", at(error), error.message);
    let mut lines: Vec<String> = changes.errors.iter().take(TOLD).map(told).collect();
    if let more @ 1.. = changes.errors.len().saturating_sub(TOLD) {
        lines.push(format!("rule errors: {more} more · R shows them"));
    }
    let named = |rules: &[Arc<Rule>], what: &str| match rules {
        [] => None,
        [one] => Some(format!("{what} {}", one.name)),
        many => Some(format!("{} {what}", many.len())),
    };
    let mut parts: Vec<String> = [(&changes.new, "new"), (&changes.changed, "changed"), (&changes.gone, "gone")]
        .into_iter()
        .filter_map(|(rules, what)| named(rules, what))
        .collect();
    match changes.mended {
        0 => {}
        1 => parts.push("a file is whole again".to_owned()),
        many => parts.push(format!("{many} files are whole again")),
    }
    if !parts.is_empty() {
        lines.push(format!("rules: {}", parts.join(" · ")));
    }
    lines
}

#[cfg(test)]
mod tests;
