//! Who it was really: the calls that issued credentials, from a long-lived key or an identity provider over every role on
//! the way down to the last session.
//!
//! [`Link::of`] reads one issuing from an event; [`Links`] holds those of a log, and [`Links::lineage`] ties them together
//! around the [`Credentials`] of one event. `tied` says how: by the key that was issued and later signs; by
//! `sharedEventID`, under which both accounts log one call; and where the log names no key, as for sign-ins to the
//! console, by whom the session is for and by the time it was opened.

mod holder;
mod link;
mod links;
#[cfg(test)]
pub(super) mod tests;
mod tied;
mod walk;
mod words;

use chrono::{DateTime, TimeDelta, Utc};

use super::Trace;
use crate::event::IdentityKind;

pub use holder::Holder;
pub use link::{Credentials, Link};
pub use links::Links;
pub use words::ARROW;

/// How far before an event its lineage goes: sessions of a role last 12 hours, those of a user 36, and a long-lived key
/// that rests longer than that is another occasion.
pub const LINEAGE_WITHIN: TimeDelta = TimeDelta::hours(36);
/// How far after it: the longest session of a role.
pub const LINEAGE_AFTER: TimeDelta = TimeDelta::hours(12);

/// The time that the lineage of an event covers. However much of the log was gathered, the lineage is the same.
#[derive(Debug, Clone, Copy)]
struct Within {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
}

impl Within {
    fn of(event: DateTime<Utc>) -> Self {
        Self { from: event - LINEAGE_WITHIN, to: event + LINEAGE_AFTER }
    }

    fn holds(&self, time: DateTime<Utc>) -> bool {
        (self.from..=self.to).contains(&time)
    }
}

/// Where the credentials of one event came from, and what was opened with them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lineage {
    /// What issued the credentials, and what issued those, the root first.
    pub up: Vec<Link>,
    /// What was opened with the credentials, and with those, by time.
    pub down: Vec<Link>,
    /// What else was opened with credentials of `up`, by time.
    pub beside: Vec<Link>,
    /// How many issuings are known beyond those listed.
    pub more: usize,
    /// What it began with: `long-lived key AKIA… of jsmith`.
    pub root: String,
    /// What the log does not tell, in sentences.
    pub gaps: Vec<String>,
    /// When the session that it begins with was opened, where no call is known that opened it.
    pub opened: Option<DateTime<Utc>>,
    /// Keys that belong to the same hands.
    keys: Vec<String>,
    /// The human it began with.
    opened_by: Option<String>,
}

impl Lineage {
    /// Ties the alert to others: by the keys before and after its own, and by the human they begin with. Neither reaches
    /// over a broker, a key that opened sessions for more than two names: those whom it serves have nothing in common.
    pub fn into_trace(&self, trace: &mut Trace) {
        trace.lineage = self.keys.iter().filter(|key| !trace.keys.contains(key)).cloned().collect();
        if let Some(person) = &self.opened_by {
            trace.opened_by = Some(person.clone()).filter(|_| trace.person.as_ref() != Some(person));
        }
    }

    /// Since when there may be more to know: a look from then on finds all that these credentials opened, and those before
    /// them. `None` where credentials lived before [`LINEAGE_WITHIN`].
    #[must_use]
    pub fn begins(&self) -> Option<DateTime<Utc>> {
        let first = self.up.first().filter(|link| link.signs_in() || link.by.kind == IdentityKind::AwsService);
        first.map(|link| link.time).or(self.opened)
    }

    /// Every link, by time.
    #[must_use]
    pub fn links(&self) -> Vec<&Link> {
        let mut all: Vec<&Link> = self.up.iter().chain(&self.down).chain(&self.beside).collect();
        all.sort_by(|a, b| (a.time, &a.event_id).cmp(&(b.time, &b.event_id)));
        all
    }
}
