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
mod tests;
mod tied;
mod walk;

use chrono::{DateTime, TimeDelta, Utc};

use super::{SessionOpened, Trace};

pub use holder::Holder;
pub use link::{Credentials, Link};
pub use links::Links;

/// How far before and after an event its lineage goes: sessions last 12 hours, those of a user 36, and a long-lived key
/// that rests longer than that is another occasion.
pub const LINEAGE_WITHIN: TimeDelta = TimeDelta::hours(36);

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
        trace.opened_by = self.opened_by.clone().filter(|person| trace.person.as_ref() != Some(person));
    }

    /// The call that opened the session.
    #[must_use]
    pub fn session(&self) -> Option<SessionOpened> {
        let link = self.up.last()?;
        Some(SessionOpened {
            time: link.time,
            source: link.source.clone(),
            by: link.by.name.clone().unwrap_or_default(),
            by_seen: super::Seen::Unknown,
        })
    }

    /// Every link, by time.
    #[must_use]
    pub fn links(&self) -> Vec<&Link> {
        let mut all: Vec<&Link> = self.up.iter().chain(&self.down).chain(&self.beside).collect();
        all.sort_by(|a, b| (a.time, &a.event_id).cmp(&(b.time, &b.event_id)));
        all
    }
}

/// Whether `time` lies within the lineage of an event at `of`.
fn is_within(time: DateTime<Utc>, of: DateTime<Utc>) -> bool {
    (time - of).abs() <= LINEAGE_WITHIN
}
