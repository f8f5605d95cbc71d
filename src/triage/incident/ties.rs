//! Which alerts are tied together, and why.

use std::collections::{HashMap, HashSet};

use chrono::TimeDelta;
use serde::Serialize;

use super::strand::{Strand, Value};
use crate::detect::AlertId;
use crate::triage::AlertRow;

/// Sessions last 36 hours at most; a long-lived key that rests longer than that is another occasion.
const CREDENTIALS_WITHIN: TimeDelta = TimeDelta::hours(36);
const PERSON_WITHIN: TimeDelta = TimeDelta::hours(24);
const ADDRESS_WITHIN: TimeDelta = TimeDelta::hours(24);
/// An address that more than this many use says nothing about who it was.
const ADDRESS_USERS: usize = 2;
/// Credentials that open sessions for more names than this are a broker's: those whom it serves have nothing in common.
const SERVED: usize = 2;

/// What an alert has in common with another of its incident, the strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TieKind {
    /// The access key that signed.
    Key,
    /// Credentials that were opened with one another.
    Lineage,
    /// The human behind.
    Person,
    /// The source address.
    Address,
}

/// Why an alert belongs to its incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tie {
    pub alert: AlertId,
    pub kind: TieKind,
    /// What is shared: a key, an ARN, an address.
    pub value: String,
}

impl Tie {
    /// `same access key ASIA…`.
    #[must_use]
    pub fn words(&self) -> String {
        let Self { kind, value, .. } = self;
        match kind {
            TieKind::Key => format!("same access key {value}"),
            TieKind::Lineage => format!("session opened with the same credentials, {value}"),
            TieKind::Person => format!("same person, {value}"),
            TieKind::Address => format!("same address, {value}, which no more than two use"),
        }
    }
}

/// For each alert a number that all alerts of its incident have.
pub(super) fn roots(strands: &[Strand]) -> Vec<usize> {
    let mut sets = Sets::new(strands.len());
    let brokers = brokers(strands);
    let mut tokens: Vec<(Value, i64, usize, bool)> = Vec::new();
    for (at, strand) in strands.iter().enumerate() {
        let signed = &strand.keys[..strand.signed];
        let issued = strand.issued.filter(|_| !signed.iter().any(|key| brokers.contains(key))).map(|(key, _)| key);
        let keys = strand.keys.iter().copied().chain(issued).map(|key| (key, false));
        let people = strand.people.into_iter().flatten().map(|person| (person, true));
        tokens.extend(keys.chain(people).map(|(token, is_person)| (token, strand.time, at, is_person)));
    }
    tokens.sort_unstable();
    for (one, other) in tokens.iter().zip(tokens.iter().skip(1)) {
        let within = if other.3 { PERSON_WITHIN } else { CREDENTIALS_WITHIN };
        if one.0 == other.0 && other.1 - one.1 <= micros(within) {
            sets.join(one.2, other.2);
        }
    }
    let who = who(strands, sets.clone());
    let mut places: Vec<(Value, i64, usize)> = Vec::new();
    for (at, strand) in strands.iter().enumerate().filter(|(_, strand)| strand.principal.is_some()) {
        places.extend(strand.address.map(|address| (address, strand.time, at)));
    }
    places.sort_unstable();
    for at_one in places.chunk_by(|one, other| one.0 == other.0) {
        let members: Vec<usize> = at_one.iter().map(|(_, _, at)| *at).collect();
        for (one, other) in unshared(strands, &who, &members) {
            sets.join(one, other);
        }
    }
    (0..strands.len()).map(|at| sets.root(at)).collect()
}

fn micros(time: TimeDelta) -> i64 {
    time.num_microseconds().unwrap_or(i64::MAX)
}

/// Whoever is one by credentials, person or name counts once at an address, whatever the order in which addresses come.
fn who(strands: &[Strand], mut sets: Sets) -> Vec<usize> {
    let mut named: HashMap<Value, usize> = HashMap::new();
    for (at, strand) in strands.iter().enumerate() {
        if let Some(principal) = strand.principal {
            sets.join(*named.entry(principal).or_insert(at), at);
        }
    }
    (0..strands.len()).map(|at| sets.root(at)).collect()
}

/// Access keys that opened sessions for more than [`SERVED`] names.
fn brokers(strands: &[Strand]) -> HashSet<Value> {
    let mut served: Vec<(Value, Value)> = Vec::new();
    for strand in strands {
        if let Some((_, to)) = strand.issued {
            served.extend(strand.keys[..strand.signed].iter().map(|key| (*key, to)));
        }
    }
    served.sort_unstable();
    served.dedup();
    served
        .chunk_by(|one, other| one.0 == other.0)
        .filter(|names| names.len() > SERVED)
        .map(|names| names[0].0)
        .collect()
}

/// Neighbours in time at an address that few enough use around them. `members` are at the address, by time.
fn unshared(strands: &[Strand], who: &[usize], members: &[usize]) -> Vec<(usize, usize)> {
    let time = |at: usize| strands[members[at]].time;
    let within = micros(ADDRESS_WITHIN);
    let mut here: HashMap<usize, usize> = HashMap::new();
    let (mut from, mut to) = (0, 0);
    let mut found = Vec::new();
    for at in 1..members.len() {
        let (one, other) = (members[at - 1], members[at]);
        while to < members.len() && time(to) <= time(at) + within {
            *here.entry(who[members[to]]).or_default() += 1;
            to += 1;
        }
        while from < members.len() && time(from) < time(at - 1) - within {
            if let Some(count) = here.get_mut(&who[members[from]]) {
                *count -= 1;
                if *count == 0 {
                    here.remove(&who[members[from]]);
                }
            }
            from += 1;
        }
        let few = |at: usize| strands[at].address_users as usize <= ADDRESS_USERS;
        if time(at) - time(at - 1) <= within && here.len() <= ADDRESS_USERS && few(one) && few(other) {
            found.push((one, other));
        }
    }
    found
}

/// What alerts may share: a kind and a value.
type Token<'r> = (TieKind, &'r str);

/// Why each alert but the first belongs to the incident of these alerts: its strongest tie with any other of them.
pub(super) fn of(members: &[&AlertRow]) -> Vec<Tie> {
    let mut shared: HashMap<Token<'_>, usize> = HashMap::new();
    for row in members {
        let mut own: Vec<Token<'_>> = all(row).map(|(kind, value)| (class(kind), value)).collect();
        own.sort_unstable();
        own.dedup();
        own.into_iter().for_each(|token| *shared.entry(token).or_default() += 1);
    }
    let ties = members.iter().skip(1).filter_map(|row| {
        let mut own: Vec<Token<'_>> =
            all(row).filter(|(kind, value)| shared.get(&(class(*kind), *value)).is_some_and(|n| *n > 1)).collect();
        own.sort_unstable();
        let (kind, value) = own.into_iter().next()?;
        Some(Tie { alert: row.id.clone(), kind, value: value.to_owned() })
    });
    ties.collect()
}

/// Credentials tie, whichever way they are known.
fn class(kind: TieKind) -> TieKind {
    if kind == TieKind::Lineage { TieKind::Key } else { kind }
}

/// All that an alert may share, each by what it is to it.
fn all(row: &AlertRow) -> impl Iterator<Item = Token<'_>> {
    let trace = &row.assessment.trace;
    let keys = trace.keys.iter().map(|key| (TieKind::Key, key.as_str()));
    let lineage = trace.lineage.iter().chain(trace.issued.iter().map(|issued| &issued.key));
    let lineage = lineage.map(|key| (TieKind::Lineage, key.as_str()));
    let people = trace.person.iter().chain(&trace.opened_by).map(|person| (TieKind::Person, person.as_str()));
    let address = trace.address.iter().map(|address| (TieKind::Address, address.as_str()));
    keys.chain(lineage).chain(people).chain(address)
}

/// Disjoint sets of the numbers from 0.
#[derive(Clone)]
struct Sets(Vec<usize>);

impl Sets {
    fn new(len: usize) -> Self {
        Self((0..len).collect())
    }

    /// The smallest number of the set, so that the answer does not depend on the order of joins.
    fn root(&mut self, mut at: usize) -> usize {
        while self.0[at] != at {
            self.0[at] = self.0[self.0[at]];
            at = self.0[at];
        }
        at
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        self.0[one.max(other)] = one.min(other);
    }
}
