//! What the log says around many alerts, gathered in one pass over it.
//!
//! [`Context::want`] is told the event of every alert; [`Context::take`] is shown every event of the log, on any number of
//! threads, each with a [`Gathered`] of its own, which [`Gathered::merge`] puts together; [`Context::assess`] makes of both
//! what an alert is worth. An event finds the alerts it matters to by hashes of what they share, so a hundred thousand
//! alerts cost it no more than one.
//!
//! Memory: some 300 bytes an alert for what is wanted. What is gathered is bounded by that, not by the length of the log:
//! a time for each wanted value, [`gathered::USERS`] users of each wanted address and day.

mod gathered;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::{BuildHasher as _, Hash, RandomState};

use chrono::{DateTime, Duration, Utc};

use crate::bytes::any_of::AnyOf;
use crate::event::Event;
use crate::investigate::{Assessment, Facts, Surroundings, Trace, findings};

pub use gathered::Gathered;

/// How far back from an alert it matters what happened: credentials live 12 hours, those that a chain of roles began with
/// 36.
const BACK: Duration = Duration::hours(36);
/// How far on: other users of an address.
const ON: Duration = Duration::hours(24);
/// Records are searched for no more texts than this before they are parsed: with more, nearly every record holds one.
const TEXTS: usize = 200;

/// What to look for around alerts.
#[derive(Debug)]
pub struct Context {
    hasher: RandomState,
    /// Whether first sights are gathered. Where a state remembers them, they need not be.
    sights: bool,
    /// Times of the alerts of each actor, in microseconds.
    actors: HashMap<u64, BTreeSet<i64>>,
    /// Times of the alerts at each address.
    addresses: HashMap<u64, BTreeSet<i64>>,
    /// Values whose first sight matters.
    wanted: HashSet<u64>,
    /// What every record that matters holds one of; `None` where there are too many.
    texts: Option<HashSet<String>>,
    span: Option<(DateTime<Utc>, DateTime<Utc>)>,
}

/// What may be seen for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Actor,
    Address,
    Agent,
    Bucket,
}

/// Who and what an event is about, in numbers.
struct Subject {
    time: i64,
    /// The identity, where it is not a service.
    who: Option<u64>,
    /// Where from, if it is an address of the Internet.
    address: Option<u64>,
    /// What may be seen for the first time.
    sights: [Option<(Kind, u64)>; 4],
}

impl Context {
    /// A context that knows of no alert yet. `sights`: whether first sights are to be gathered, too, which takes every
    /// record of the log.
    #[must_use]
    pub fn new(sights: bool) -> Self {
        Self {
            hasher: RandomState::new(),
            sights,
            actors: HashMap::new(),
            addresses: HashMap::new(),
            wanted: HashSet::new(),
            texts: Some(HashSet::new()),
            span: None,
        }
    }

    /// Has what matters to the alert of this event looked for.
    pub fn want(&mut self, event: &Event<'_>) {
        let (Some(time), facts) = (event.time(), Facts::brief(event)) else { return };
        let trace = Trace::of(event, &facts);
        let subject = self.subject(event, &facts, &trace, time);
        self.span = Some(self.span.map_or((time, time), |(first, last)| (first.min(time), last.max(time))));
        if let Some(who) = subject.who {
            self.actors.entry(who).or_default().insert(subject.time);
        }
        if let Some(address) = subject.address {
            self.addresses.entry(address).or_default().insert(subject.time);
        }
        self.wanted.extend(subject.sights.into_iter().flatten().map(|(_, value)| value));
        self.search_for([trace.principal, trace.address].into_iter().flatten().chain(trace.keys), event);
    }

    /// Adds texts that records are searched for.
    fn search_for(&mut self, texts: impl Iterator<Item = String>, event: &Event<'_>) {
        let Some(known) = &mut self.texts else { return };
        let plain = |text: &String| !text.contains(['"', '\\']) && !text.chars().any(char::is_control);
        for text in texts {
            if !plain(&text) || !event.raw().contains(&text) || known.len() >= TEXTS {
                self.texts = None;
                return;
            }
            known.insert(text);
        }
    }

    /// Which events of the log matter: from the first of these times, before the second. `None` without any alert.
    #[must_use]
    pub fn window(&self) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        self.span.map(|(first, last)| (first - BACK, last + ON))
    }

    /// Tells by their bytes which records can matter.
    #[must_use]
    pub fn hint(&self) -> Hint {
        let texts = self.texts.as_ref().filter(|_| !self.sights);
        Hint(texts.and_then(|texts| AnyOf::new(texts.iter().map(String::as_str).chain(["\\u", "\\/"]))))
    }

    fn hash(&self, value: impl Hash) -> u64 {
        self.hasher.hash_one(value)
    }

    fn subject(&self, event: &Event<'_>, facts: &Facts, trace: &Trace, time: DateTime<Utc>) -> Subject {
        let sight = |kind: Kind, value: Option<&String>| value.map(|value| (kind, self.hash((kind, value))));
        let agent = event.get("user_agent.original");
        Subject {
            time: time.timestamp_micros(),
            who: trace.principal.as_ref().map(|who| self.hash(who)),
            address: trace.address.as_ref().map(|address| self.hash(address)),
            sights: [
                sight(Kind::Actor, facts.identity.display.as_ref()),
                sight(Kind::Address, facts.source.as_ref()),
                sight(Kind::Agent, agent.as_ref()),
                sight(Kind::Bucket, facts.export.as_ref().and_then(|export| export.bucket.as_ref())),
            ],
        }
    }

    /// Takes in what an event of the log contributes.
    pub fn take(&self, gathered: &mut Gathered, event: &Event<'_>) {
        let Some(time) = event.time() else { return };
        let facts = Facts::brief(event);
        let trace = Trace::of(event, &facts);
        let subject = self.subject(event, &facts, &trace, time);
        gathered.begin(subject.time);
        if self.sights {
            for (_, value) in subject.sights.into_iter().flatten().filter(|(_, value)| self.wanted.contains(value)) {
                gathered.sight(value, subject.time);
            }
        }
        if let (Some(address), Some(who)) = (subject.address, subject.who)
            && self.addresses.get(&address).is_some_and(|times| is_near(times, subject.time, ON, ON))
        {
            gathered.user(address, subject.time, who);
        }
    }

    /// What the log says around this event.
    #[must_use]
    pub fn surroundings(&self, gathered: &Gathered, event: &Event<'_>, facts: &Facts) -> Surroundings {
        let Some(time) = event.time() else { return Surroundings::default() };
        let subject = self.subject(event, facts, &Trace::of(event, facts), time);
        let seen = |kind: Kind| {
            let value = subject.sights.into_iter().flatten().find(|(is, _)| *is == kind);
            value.map(|(_, value)| gathered.seen(value, subject.time)).unwrap_or_default()
        };
        let mut around = Surroundings { log_begins: gathered.begins(), ..Surroundings::default() };
        if self.sights {
            around.actor_seen = seen(Kind::Actor);
            around.address_seen = seen(Kind::Address);
            around.agent_seen = seen(Kind::Agent);
            around.bucket_seen = seen(Kind::Bucket);
        }
        around
    }

    /// What the alert of `event` is worth, now that the log has been looked through. `known` adds what is known from
    /// elsewhere: from a state, from other alerts.
    #[must_use]
    pub fn assess(
        &self,
        gathered: &Gathered,
        event: &Event<'_>,
        risk_score: u32,
        known: impl FnOnce(&mut Surroundings),
    ) -> Assessment {
        let facts = Facts::brief(event);
        let mut around = self.surroundings(gathered, event, &facts);
        known(&mut around);
        let mut trace = Trace::of(event, &facts);
        if let (Some(address), Some(time)) = (&trace.address, event.time()) {
            trace.address_users = gathered.users(self.hash(address), time.timestamp_micros());
        }
        Assessment { refined: true, ..Assessment::new(risk_score, &findings(&facts, &around), trace) }
    }
}

/// Whether one of `times` lies so far before or after `time` that it matters.
fn is_near(times: &BTreeSet<i64>, time: i64, before: Duration, after: Duration) -> bool {
    let micros = |duration: Duration| duration.num_microseconds().unwrap_or(i64::MAX);
    let (from, to) = (time.saturating_sub(micros(before)), time.saturating_add(micros(after)));
    times.range(from..=to).next().is_some()
}

/// Tells by its bytes whether a record can matter.
#[derive(Debug)]
pub struct Hint(Option<AnyOf>);

impl Hint {
    /// Whether it can. JSON may write any character as `\uXXXX` and a slash as `\/`: what holds such an escape is worth
    /// parsing whatever else it holds.
    #[must_use]
    pub fn may_matter(&self, record: &[u8]) -> bool {
        self.0.as_ref().is_none_or(|texts| texts.find_iter(record).next().is_some())
    }
}
