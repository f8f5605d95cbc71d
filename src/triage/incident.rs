//! Incidents: the alerts of one attack as one. Alerts belong together when they share credentials, a person or an address,
//! never because they have a rule or an AWS service in common. Every tie can be said in words.
//!
//! What belongs together depends on the alerts alone, not on the order in which they came. The id of an incident is that of
//! the alert it began with: an alert that comes later, or from before, does not change it, as its members remember it.

mod strand;
mod ties;

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BTreeSet};
use std::hash::RandomState;

use chrono::{DateTime, TimeDelta, Utc};

use super::{AlertRow, IncidentId};
use crate::detect::AlertId;
use crate::investigate::Trace;
use crate::rule::Severity;

pub use strand::Strand;
pub use ties::{Tie, TieKind};

/// Sorts alerts into incidents: places in `rows`, each incident by time, the incidents by their first alert. What was
/// withdrawn ties nothing together: it stands for itself.
#[must_use]
pub fn group(rows: &[&AlertRow]) -> Vec<Vec<usize>> {
    let hasher = RandomState::new();
    let strand = |row: &&AlertRow| {
        let trace = if row.withdrawn { &Trace::default() } else { &row.assessment.trace };
        Strand::of(&hasher, &row.id, row.time, trace)
    };
    groups(&rows.iter().map(strand).collect::<Vec<_>>())
}

/// [`group`], of alerts of which no more is known than what ties them.
#[must_use]
pub fn groups(strands: &[Strand]) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = vec![Vec::new(); strands.len()];
    for (at, root) in ties::roots(strands).into_iter().enumerate() {
        groups[root].push(at);
    }
    groups.retain(|members| !members.is_empty());
    let order = |at: &usize| (strands[*at].time, strands[*at].id);
    groups.iter_mut().for_each(|members| members.sort_by_key(order));
    groups.sort_by_key(|members| members.first().map(order));
    groups
}

/// For each alert the place of the one that its incident began with.
#[must_use]
pub fn beginnings(strands: &[Strand]) -> Vec<usize> {
    let roots = ties::roots(strands);
    let order = |at: usize| (strands[at].time, strands[at].id);
    let mut first: Vec<usize> = (0..strands.len()).collect();
    for (at, root) in roots.iter().enumerate() {
        if order(at) < order(first[*root]) {
            first[*root] = at;
        }
    }
    roots.into_iter().map(|root| first[root]).collect()
}

/// The id of each incident of [`group`].
#[must_use]
pub fn ids(rows: &[&AlertRow], groups: &[Vec<usize>]) -> Vec<IncidentId> {
    groups
        .iter()
        .map(|members| {
            let known: BTreeSet<&IncidentId> = members.iter().filter_map(|at| rows[*at].incident.as_ref()).collect();
            let mut own = members.iter().map(|at| IncidentId::begun_by(&rows[*at].id));
            let first = own.clone().next().unwrap_or_else(|| IncidentId(String::new()));
            own.find(|id| known.contains(id)).unwrap_or(first)
        })
        .collect()
}

/// Alerts further than this from the one that matters most do not raise the priority of their incident.
pub const RAISES_WITHIN: TimeDelta = TimeDelta::hours(24);
/// Alerts below this do not raise it either.
pub const RAISES_FROM: u32 = 47;

/// What is to be said of an incident as a whole. Lists are in order of time, each value once.
#[derive(Debug, Clone, PartialEq)]
pub struct Incident {
    pub id: IncidentId,
    /// The actor and the tactics, in order of time.
    pub title: String,
    /// 0–100: that of its highest alert, raised by further tactics and rules.
    pub priority: u32,
    /// The same, and beyond 100 the sum.
    pub importance: u32,
    pub first: DateTime<Utc>,
    pub last: DateTime<Utc>,
    /// Its alerts, by time.
    pub alerts: Vec<AlertId>,
    /// Ids of their events.
    pub events: Vec<String>,
    /// How many alerts have each severity, the highest first.
    pub severities: Vec<(Severity, usize)>,
    pub actors: Vec<String>,
    pub addresses: Vec<String>,
    pub targets: Vec<String>,
    pub tactics: Vec<String>,
    /// Why each alert but the first belongs to it.
    pub ties: Vec<Tie>,
}

impl Incident {
    /// Of its alerts, by time. `tactics` names the tactics of a rule by its id.
    #[must_use]
    pub fn of<'t>(id: IncidentId, members: &[&AlertRow], tactics: impl Fn(&str) -> &'t [String]) -> Option<Self> {
        let (first, last) = (members.first()?.time, members.iter().map(|row| row.time).max()?);
        let lead = lead(members)?;
        let listed = |pick: fn(&AlertRow) -> Option<&String>| distinct(members.iter().filter_map(|row| pick(row)));
        let mut severities: BTreeMap<Reverse<Severity>, usize> = BTreeMap::new();
        for row in members {
            *severities.entry(Reverse(row.severity)).or_default() += 1;
        }
        let all_tactics = distinct(members.iter().flat_map(|row| tactics(&row.rule_id)));
        let title = title(lead, &all_tactics);
        let raise = raise(members, lead, &tactics);
        let importance = members.iter().map(|row| row.assessment.importance(row.risk_score)).max()? + raise;
        Some(Self {
            id,
            title,
            priority: importance.min(100),
            importance,
            first,
            last,
            alerts: members.iter().map(|row| row.id.clone()).collect(),
            events: members.iter().map(|row| row.event_id.clone()).collect(),
            severities: severities.into_iter().map(|(severity, count)| (severity.0, count)).collect(),
            actors: listed(|row| row.summary.actor.as_ref()),
            addresses: listed(|row| row.summary.source.as_ref()),
            targets: listed(|row| row.summary.target.as_ref()),
            tactics: all_tactics,
            ties: ties::of(members),
        })
    }
}

impl Incident {
    /// The most important first, then the newest.
    #[must_use]
    pub fn by_importance(&self, other: &Self) -> Ordering {
        let order = |of: &Self| (Reverse(of.importance), Reverse(of.last));
        order(self).cmp(&order(other)).then_with(|| self.id.cmp(&other.id))
    }
}

/// The alert that matters most; of several, the first.
#[must_use]
pub fn lead<'r>(members: &[&'r AlertRow]) -> Option<&'r AlertRow> {
    members.iter().copied().min_by_key(|row| (Reverse(row.assessment.priority), row.time, &row.id))
}

/// Whoever the alert that matters most goes back to, and the tactics in order of time; without any, its rule.
#[must_use]
pub fn title(lead: &AlertRow, tactics: &[impl AsRef<str>]) -> String {
    let opened_by = lead.assessment.trace.opened_by.as_deref().map(short);
    let actor = opened_by.or(lead.summary.actor.as_deref()).unwrap_or("somebody");
    let tactics: Vec<&str> = tactics.iter().map(AsRef::as_ref).collect();
    match &tactics[..] {
        [] => format!("{actor}: {}", lead.rule_name),
        tactics => format!("{actor}: {}", tactics.join(" → ")),
    }
}

/// The name of a human: the end of an ARN, or what is none.
fn short(person: &str) -> &str {
    person.rsplit([':', '/']).next().unwrap_or(person)
}

/// What further rules, and tactics that the rule of the leading alert has not, add to its priority.
#[must_use]
pub fn raise_by(rules: usize, tactics: usize) -> u32 {
    let further =
        |count: usize, points: u32, most: u32| u32::try_from(count).unwrap_or(most).saturating_mul(points).min(most);
    further(tactics, 3, 9) + further(rules, 1, 5)
}

fn raise<'t>(members: &[&AlertRow], lead: &AlertRow, tactics: &impl Fn(&str) -> &'t [String]) -> u32 {
    let near = |row: &&&AlertRow| {
        row.assessment.priority >= RAISES_FROM && (row.time - lead.time).abs() <= RAISES_WITHIN && !row.withdrawn
    };
    let rules: BTreeSet<&str> = members.iter().filter(near).map(|row| row.rule_id.as_str()).collect();
    let known = tactics(&lead.rule_id);
    let kinds: BTreeSet<&String> =
        rules.iter().flat_map(|rule| tactics(rule)).filter(|tactic| !known.contains(tactic)).collect();
    raise_by(rules.len().saturating_sub(1), kinds.len())
}

fn distinct<'s>(values: impl Iterator<Item = &'s String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    values.filter(|value| seen.insert(*value)).cloned().collect()
}

/// An alert that belongs to another incident than it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    pub alert: AlertId,
    /// What it says.
    pub from: Option<IncidentId>,
    pub to: IncidentId,
}

/// Every alert that belongs to another incident than it says. Those that go into one incident follow one another.
#[must_use]
pub fn changes(rows: &[&AlertRow]) -> Vec<Move> {
    let groups = group(rows);
    let ids = ids(rows, &groups);
    let each = groups.iter().zip(&ids).flat_map(|(members, id)| members.iter().map(move |at| (rows[*at], id)));
    let moves = each.filter(|(row, id)| row.incident.as_ref() != Some(id));
    moves.map(|(row, to)| Move { alert: row.id.clone(), from: row.incident.clone(), to: to.clone() }).collect()
}

#[cfg(test)]
mod tests;
