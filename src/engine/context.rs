//! What the log says around many alerts, gathered in one pass over it.
//!
//! [`Context::want`] is told the event of every alert; [`Context::take`] is shown every event of the log, on any number of
//! threads, each with a [`Gathered`] of its own, which [`Gathered::merge`] puts together; [`Context::around`] says of both
//! what there is around an alert, and [`Around::assess`] what it is worth. An event finds the alerts it matters to by hashes of what they share, so a hundred thousand
//! alerts cost it no more than one.
//!
//! Memory: some 300 bytes an alert for what is wanted. What is gathered is bounded by that, not by the length of the log:
//! see [`Gathered`].

mod gathered;
mod hint;
mod subject;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::{BuildHasher as _, Hash, RandomState};

use chrono::{DateTime, Duration, Utc};

use self::gathered::{Deed, Done};
use self::subject::{Sight, Subject};
use super::hint::Hint;
use super::sought::Sought;
use crate::event::Event;
use crate::investigate::{
    Assessment, Call, Calls, Credentials, DAY, Facts, Link, Seen, SessionOpened, Surroundings, Trace,
    changes_permissions, findings, is_denied, touches,
};

pub use gathered::Gathered;

/// How far back from an alert it matters what happened: sessions that a chain of roles began with live 36 hours.
const BACK: Duration = Duration::hours(36);
/// How far back it counts what was done day after day: an alert says the same whether its week was looked at, or a year.
pub(super) const HABITS: Duration = Duration::days(7);
/// How far on: others at the address.
pub(super) const ON: Duration = Duration::hours(24);
/// How far exports count.
const EXPORTS: Duration = Duration::hours(6);

/// The log around an alert.
pub struct Around {
    facts: Facts,
    trace: Trace,
    /// To be completed with what is known from elsewhere: from a state, from other alerts.
    pub known: Surroundings,
}

impl Around {
    #[must_use]
    pub fn assess(self, risk_score: u32) -> Assessment {
        let Self { facts, trace, known } = self;
        Assessment { refined: true, ..Assessment::new(risk_score, &findings(&facts, &known), trace) }
    }
}

/// What to look for around alerts.
#[derive(Debug)]
pub struct Context {
    hasher: RandomState,
    /// Whether first sights are gathered.
    sights: bool,
    /// Times of the alerts of each actor, in microseconds, as are all times here.
    actors: HashMap<u64, BTreeSet<i64>>,
    /// Times of the alerts at each address.
    addresses: HashMap<u64, BTreeSet<i64>>,
    /// Values whose first sight matters; actors and the names of their targets; calls, and who made them on what.
    wanted: HashSet<u64>,
    texts: hint::Texts,
    span: Option<(DateTime<Utc>, DateTime<Utc>)>,
}

impl Context {
    /// A context that knows of no alert yet. `sights`: whether first sights are to be gathered, too, which takes every
    /// record of the log. Where a state remembers them, they need not be.
    #[must_use]
    pub fn new(sights: bool) -> Self {
        Self {
            hasher: RandomState::new(),
            sights,
            actors: HashMap::new(),
            addresses: HashMap::new(),
            wanted: HashSet::new(),
            texts: hint::Texts::default(),
            span: None,
        }
    }

    fn hash(&self, value: impl Hash) -> u64 {
        self.hasher.hash_one(value)
    }

    /// Has what matters to the alert of this event looked for.
    pub fn want(&mut self, event: &Event<'_>) {
        let Some(time) = event.time() else { return };
        let subject = Subject::of(event, time, self);
        self.span = Some(self.span.map_or((time, time), |(first, last)| (first.min(time), last.max(time))));
        if let Some(who) = subject.who {
            self.actors.entry(who).or_default().insert(subject.time);
        }
        if let Some(address) = subject.address {
            self.addresses.entry(address).or_default().insert(subject.time);
        }
        let facts = Facts::brief(event);
        self.wanted.extend(subject.sights.iter().flatten().map(|(_, value)| value));
        self.wanted.extend(subject.bucket(&facts, self).map(|(_, value)| value));
        self.wanted.extend(subject.target(&facts, self));
        self.wanted.extend([subject.call, subject.habit(&facts, self)]);
        self.texts.add(&Trace::of(event, &facts), event);
    }

    /// Which events of the log matter: from the first of these times, before the second. `None` without any alert.
    #[must_use]
    pub fn window(&self) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        self.span.map(|(first, last)| (first - BACK, last + ON))
    }

    /// Tells by their bytes which records can matter.
    #[must_use]
    pub fn hint(&self) -> Hint {
        if self.sights { Hint::default() } else { self.texts.hint() }
    }

    /// The same to ask a cluster for, beside what is `sought` already.
    pub(super) fn sought(&self, sought: Sought) -> Sought {
        self.texts.sought(sought)
    }

    /// Whether a cluster had better be asked about these alerts alone.
    pub(super) fn is_full(&self) -> bool {
        self.sought(Sought::default()).is_full()
    }

    /// Takes in what an event of the log contributes.
    pub fn take(&self, gathered: &mut Gathered, event: &Event<'_>) {
        let Some(time) = event.time() else { return };
        let subject = Subject::of(event, time, self);
        gathered.begin(subject.time);
        if let Some(link) = Link::of(event) {
            gathered.links.push(link);
        }
        let wanted = |value: &u64| self.wanted.contains(value);
        if self.sights {
            let sights = subject.sights.iter().flatten().map(|(_, value)| *value);
            sights.filter(wanted).for_each(|value| gathered.sight(value, subject.time));
            // Any user may turn out to have opened a session: there are few.
            if let Some((_, user)) = subject.sight(Sight::Actor).filter(|_| subject.is_user) {
                gathered.sight(user, subject.time);
            }
        }
        if let (Some(address), Some(who)) = (subject.address, subject.who)
            && self.addresses.get(&address).is_some_and(|alerts| is_near(alerts, subject.time, ON, ON))
        {
            gathered.user(address, subject.time, who);
        }
        let mut facts = None;
        if wanted(&subject.call) && subject.error.is_none() {
            let facts = facts.get_or_insert_with(|| Facts::brief(event));
            let habit = subject.habit(facts, self);
            if wanted(&habit) {
                gathered.habit(habit, subject.time);
            }
            if let Some((_, bucket)) = subject.bucket(facts, self).filter(|(_, bucket)| self.sights && wanted(bucket)) {
                gathered.sight(bucket, subject.time);
            }
        }
        let Some(who) = subject.who else { return };
        let Some(alerts) = self.actors.get(&who).filter(|alerts| is_near(alerts, subject.time, EXPORTS, DAY)) else {
            return;
        };
        let done = Done { time: subject.time, event: subject.event, call: subject.call };
        let failed = subject.error.is_some();
        if subject.error.as_deref().is_some_and(is_denied) {
            gathered.deed(Deed::Denied, who, done);
        }
        if subject.is_export() {
            gathered.deed(if failed { Deed::FailedExport } else { Deed::Export }, who, done);
        }
        if failed || !is_near(alerts, subject.time, Duration::zero(), DAY) {
            return;
        }
        if !subject.by_service && changes_permissions(&subject.provider, &subject.action) {
            gathered.deed(Deed::Permissions, who, done);
        }
        if touches(&subject.provider, &subject.action) {
            for touched in subject.touched(event, self).filter(wanted) {
                gathered.deed(Deed::Touched, touched, done);
            }
        }
    }

    /// What the log says around the alert of `event`.
    #[must_use]
    pub fn around(&self, gathered: &Gathered, event: &Event<'_>) -> Around {
        let facts = Facts::brief(event);
        let mut trace = Trace::of(event, &facts);
        let mut known = Surroundings::default();
        if let Some(time) = event.time() {
            let subject = Subject::of(event, time, self);
            known = self.surroundings(gathered, &subject, &facts);
            trace.address_users = subject.address.map_or(0, |address| gathered.users(address, subject.time));
        }
        if let Some(credentials) = Credentials::of(event) {
            let lineage = gathered.links.lineage(&credentials);
            lineage.into_trace(&mut trace);
            known.session = SessionOpened::of(&lineage);
        }
        if let Some(session) = known.session.as_mut().filter(|session| self.sights && session.by_user) {
            let by = self.hash((Sight::Actor, &session.by));
            session.by_seen = gathered.seen(by, session.time.timestamp_micros());
        }
        Around { facts, trace, known }
    }

    /// What the findings ask for. Of calls there is no more than they look at: how many, and whether one was the same call.
    fn surroundings(&self, gathered: &Gathered, subject: &Subject, facts: &Facts) -> Surroundings {
        let mut around = Surroundings { log_begins: gathered.begins(), ..Surroundings::default() };
        if self.sights {
            let seen = |sight: Option<(Sight, u64)>| {
                sight.map_or(Seen::Unknown, |(_, value)| gathered.seen(value, subject.time))
            };
            around.actor_seen = seen(subject.sight(Sight::Actor));
            around.address_seen = seen(subject.sight(Sight::Address));
            around.agent_seen = seen(subject.sight(Sight::Agent));
            around.region_seen = seen(subject.sight(Sight::Region));
            around.bucket_seen = seen(subject.bucket(facts, self));
        }
        around.alike_days = Some(gathered.days_before(subject.habit(facts, self), subject.time));
        let Some(who) = subject.who else { return around };
        let before = |deed: Deed, within: Duration| gathered.before(deed, who, subject, within);
        around.denied_before = Some(calls(&before(Deed::Denied, DAY), subject, facts));
        around.permissions_before = Some(calls(&before(Deed::Permissions, DAY), subject, facts));
        if facts.export.is_some() {
            around.exports_by_actor_6h = Some(before(Deed::Export, EXPORTS).len() + 1);
            around.failed_exports =
                Some(calls(&gathered.around(Deed::FailedExport, who, subject, EXPORTS), subject, facts));
        }
        let touched = subject.target(facts, self).map(|target| gathered.before(Deed::Touched, target, subject, DAY));
        around.target_touched = touched.and_then(|done| Some(call(done.last()?, facts)));
        around
    }
}

fn calls(done: &[Done], subject: &Subject, facts: &Facts) -> Calls {
    let list = done.iter().filter(|done| done.call == subject.call).map(|done| call(done, facts)).collect();
    Calls { list, total: done.len() }
}

/// A call, named as that of the alert.
fn call(done: &Done, facts: &Facts) -> Call {
    Call {
        time: DateTime::from_timestamp_micros(done.time).unwrap_or_default(),
        action: facts.action.clone().unwrap_or_default(),
        service: facts.service().unwrap_or_default().to_owned(),
        ..Call::default()
    }
}

/// Whether one of `alerts` lies so far before or after `time` that it matters.
fn is_near(alerts: &BTreeSet<i64>, time: i64, before: Duration, after: Duration) -> bool {
    let (from, to) = (time.saturating_sub(micros(before)), time.saturating_add(micros(after)));
    alerts.range(from..=to).next().is_some()
}

fn micros(duration: Duration) -> i64 {
    duration.num_microseconds().unwrap_or(i64::MAX)
}
