//! Which alerts are tied together, and why.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

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

/// What alerts may share: a kind and a value.
type Token<'r> = (TieKind, &'r str);

/// The tokens of an alert but its address. Credentials are one kind, whether they signed or came before.
fn tokens(row: &AlertRow) -> impl Iterator<Item = Token<'_>> {
    let trace = &row.assessment.trace;
    let keys = trace.keys.iter().chain(&trace.lineage).map(|key| (TieKind::Key, key.as_str()));
    let people = trace.person.iter().chain(&trace.opened_by).map(|person| (TieKind::Person, person.as_str()));
    keys.chain(people)
}

fn window(kind: TieKind) -> TimeDelta {
    match kind {
        TieKind::Key | TieKind::Lineage => CREDENTIALS_WITHIN,
        TieKind::Person => PERSON_WITHIN,
        TieKind::Address => ADDRESS_WITHIN,
    }
}

/// For each alert a number that all alerts of its incident have.
pub(super) fn roots(rows: &[&AlertRow]) -> Vec<usize> {
    let mut sets = Sets::new(rows.len());
    let mut by_token: HashMap<Token<'_>, Vec<usize>> = HashMap::new();
    let mut by_address: HashMap<&str, Vec<usize>> = HashMap::new();
    let brokers = brokers(rows);
    for (at, row) in rows.iter().enumerate().filter(|(_, row)| !row.withdrawn) {
        for token in tokens(row) {
            by_token.entry(token).or_default().push(at);
        }
        let trace = &row.assessment.trace;
        if let Some(issued) = trace.issued.as_ref().filter(|_| !trace.keys.iter().any(|key| brokers.contains(key))) {
            by_token.entry((TieKind::Key, &issued.key)).or_default().push(at);
        }
        if let (Some(address), Some(_)) = (&trace.address, &trace.principal) {
            by_address.entry(address).or_default().push(at);
        }
    }
    let by_time = |members: &mut Vec<usize>| members.sort_by_key(|at| rows[*at].time);
    for ((kind, _), mut members) in by_token {
        by_time(&mut members);
        for pair in members.windows(2) {
            if rows[pair[1]].time - rows[pair[0]].time <= window(kind) {
                sets.join(pair[0], pair[1]);
            }
        }
    }
    // Who is one by credentials or by name counts once at an address, whatever the order in which addresses come.
    let who: Vec<usize> = (0..rows.len()).map(|at| sets.root(at)).collect();
    for mut members in by_address.into_values() {
        by_time(&mut members);
        for (one, other) in unshared(rows, &who, &members) {
            sets.join(one, other);
        }
    }
    (0..rows.len()).map(|at| sets.root(at)).collect()
}

/// Access keys that opened sessions for more than [`SERVED`] names.
fn brokers<'r>(rows: &[&'r AlertRow]) -> std::collections::HashSet<&'r String> {
    let mut served: HashMap<&String, std::collections::BTreeSet<&str>> = HashMap::new();
    for trace in rows.iter().map(|row| &row.assessment.trace) {
        if let Some(issued) = &trace.issued {
            trace.keys.iter().for_each(|key| {
                served.entry(key).or_default().insert(&issued.to);
            });
        }
    }
    served.into_iter().filter(|(_, names)| names.len() > SERVED).map(|(key, _)| key).collect()
}

/// Neighbours in time at an address that few enough use around them. `members` are at the address, by time.
fn unshared(rows: &[&AlertRow], who: &[usize], members: &[usize]) -> Vec<(usize, usize)> {
    let time = |at: usize| -> DateTime<Utc> { rows[members[at]].time };
    let mut here: HashMap<usize, usize> = HashMap::new();
    let (mut from, mut to) = (0, 0);
    let mut found = Vec::new();
    for at in 1..members.len() {
        let (one, other) = (members[at - 1], members[at]);
        while to < members.len() && time(to) <= time(at) + ADDRESS_WITHIN {
            *here.entry(who[members[to]]).or_default() += 1;
            to += 1;
        }
        while from < members.len() && time(from) < time(at - 1) - ADDRESS_WITHIN {
            if let Some(count) = here.get_mut(&who[members[from]]) {
                *count -= 1;
                if *count == 0 {
                    here.remove(&who[members[from]]);
                }
            }
            from += 1;
        }
        let few = |at: usize| rows[at].assessment.trace.address_users as usize <= ADDRESS_USERS;
        if time(at) - time(at - 1) <= ADDRESS_WITHIN && here.len() <= ADDRESS_USERS && few(one) && few(other) {
            found.push((one, other));
        }
    }
    found
}

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
