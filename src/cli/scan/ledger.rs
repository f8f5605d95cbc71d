//! What is kept of each alert until all are known: little, as there may be a million. How important an alert is hangs on
//! how often its rule fires and on what was done on other days, and any two alerts may be of one incident.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};

use crate::detect::Alert;
use crate::investigate::{Assessment, Facts, FindingId, Needs, RuleSpread, Surroundings, alike, findings, table};
use crate::triage::IncidentId;
use crate::triage::incident::{Strand, beginnings};

/// Makes entries, on any thread.
pub(super) struct Scribe {
    hasher: RandomState,
    /// Findings, by their bits in an entry.
    findings: Vec<FindingId>,
}

/// An alert.
pub(super) struct Entry {
    strand: Strand,
    rest: Rest,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Rest {
    /// The place of its rule.
    rule: u32,
    risk_score: u32,
    findings: u128,
    /// Who did what to targets named how.
    habit: u64,
    /// See [`RuleSpread::actors`].
    actor: u64,
}

impl Scribe {
    pub(super) fn new() -> Self {
        Self { hasher: RandomState::new(), findings: table().map(|entry| entry.id).collect() }
    }

    pub(super) fn entry(&self, alert: &Alert, rule: usize) -> Entry {
        let summary = &alert.summary;
        let actor = summary.actor.as_deref().unwrap_or_default();
        let action = summary.action.as_deref().unwrap_or_default();
        let bit = |id: &FindingId| self.findings.iter().position(|known| known == id).map_or(0, |at| 1 << at);
        Entry {
            strand: Strand::of(&self.hasher, &alert.id, alert.time, &alert.assessment.trace),
            rest: Rest {
                rule: u32::try_from(rule).unwrap_or(u32::MAX),
                risk_score: alert.risk_score,
                findings: alert.assessment.findings.iter().map(bit).fold(0, |all, bit| all | bit),
                habit: self.hasher.hash_one(alike(
                    actor,
                    action,
                    summary.target.as_deref(),
                    summary.destination.as_deref(),
                )),
                actor: self.hasher.hash_one(RuleSpread::actor(actor)),
            },
        }
    }

    fn assessment(&self, rest: &Rest, more: impl IntoIterator<Item = FindingId>) -> Assessment {
        let known = self.findings.iter().enumerate().filter(|(at, _)| rest.findings >> at & 1 == 1);
        Assessment::of_ids(rest.risk_score, known.map(|(_, id)| *id).chain(more))
    }
}

/// All alerts, each once.
#[derive(Default)]
pub(super) struct Ledger {
    strands: Vec<Strand>,
    rest: Vec<Rest>,
    places: HashMap<u128, u32>,
}

impl Ledger {
    /// Of an event that was delivered in several forms, which entry is kept does not depend on their order.
    pub(super) fn push(&mut self, Entry { strand, rest }: Entry) {
        let next = self.strands.len();
        let at = *self.places.entry(strand.id()).or_insert(u32::try_from(next).unwrap_or(u32::MAX)) as usize;
        match self.strands.get_mut(at).zip(self.rest.get_mut(at)) {
            Some((known, kept)) => {
                if (&strand, &rest) < (&*known, &*kept) {
                    (*known, *kept) = (strand, rest);
                }
            }
            None => {
                self.strands.push(strand);
                self.rest.push(rest);
            }
        }
    }

    /// Works out what hangs on all alerts.
    pub(super) fn close(self, scribe: &Scribe) -> Closed<'_> {
        let spreads = spreads(&self.rest, &self.strands);
        let alike_days = alike_days(&self.rest, &self.strands);
        Closed {
            begun_by: beginnings(&self.strands),
            ledger: self,
            scribe,
            spreads,
            alike_days,
            findings: HashMap::new(),
        }
    }
}

/// The ledger when all alerts are in it.
pub(super) struct Closed<'s> {
    ledger: Ledger,
    scribe: &'s Scribe,
    spreads: HashMap<u32, RuleSpread>,
    alike_days: Vec<u16>,
    /// For each alert the place of the one that its incident began with.
    begun_by: Vec<usize>,
    /// Findings that other alerts tell, by the rule and the days: the same for many alerts.
    findings: HashMap<(u32, u16), Vec<FindingId>>,
}

impl Closed<'_> {
    pub(super) fn alerts(&self) -> usize {
        self.ledger.rest.len()
    }

    pub(super) fn spread(&self, rule: usize) -> Option<RuleSpread> {
        self.spreads.get(&u32::try_from(rule).ok()?).copied()
    }

    /// How important an alert is, and its incident; `None` the second time.
    pub(super) fn take(&mut self, id: &str) -> Option<(Assessment, IncidentId)> {
        let at = self.ledger.places.remove(&Strand::half(id))? as usize;
        let rest = &self.ledger.rest[at];
        let days = self.alike_days[at];
        let spread = self.spreads.get(&rest.rule).copied();
        let more = self.findings.entry((rest.rule, days)).or_insert_with(|| of_alerts(spread, days));
        let begun_by = &self.ledger.strands[self.begun_by[at]];
        Some((self.scribe.assessment(rest, more.iter().copied()), begun_by.begins()))
    }
}

/// Findings that other alerts tell.
fn of_alerts(rule_spread: Option<RuleSpread>, alike_days: u16) -> Vec<FindingId> {
    let around = Surroundings { rule_spread, alike_days: Some(alike_days.into()), ..Surroundings::default() };
    let found = findings(&Facts::default(), &around);
    let of_alerts = table().filter(|entry| entry.needs == Needs::Alerts).map(|entry| entry.id);
    of_alerts.filter(|id| found.iter().any(|finding| finding.id == *id)).collect()
}

fn day(strand: &Strand) -> i64 {
    strand.time().div_euclid(86_400_000_000)
}

/// How widely each rule fires.
fn spreads(rest: &[Rest], strands: &[Strand]) -> HashMap<u32, RuleSpread> {
    let mut seen: HashMap<u32, (HashSet<u64>, BTreeSet<i64>, usize)> = HashMap::new();
    for (rest, strand) in rest.iter().zip(strands) {
        let (actors, days, alerts) = seen.entry(rest.rule).or_default();
        actors.insert(rest.actor);
        days.insert(day(strand));
        *alerts += 1;
    }
    let spread = |(actors, days, alerts): (HashSet<u64>, BTreeSet<i64>, usize)| RuleSpread {
        actors: actors.len(),
        alerts,
        days: days.len(),
    };
    seen.into_iter().map(|(rule, seen)| (rule, spread(seen))).collect()
}

/// On how many earlier days each alert's actor did the same.
fn alike_days(rest: &[Rest], strands: &[Strand]) -> Vec<u16> {
    let mut order: Vec<usize> = (0..rest.len()).collect();
    order.sort_unstable_by_key(|at| (rest[*at].habit, strands[*at].time()));
    let mut days = vec![0; rest.len()];
    for alike in order.chunk_by(|one, other| rest[*one].habit == rest[*other].habit) {
        let (mut earlier, mut last) = (0_u16, None);
        for at in alike {
            let today = day(&strands[*at]);
            earlier += u16::from(last.is_some_and(|last| last != today));
            days[*at] = earlier;
            last = Some(today);
        }
    }
    days
}
