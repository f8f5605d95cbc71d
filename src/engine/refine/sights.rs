//! When the actors, addresses, user agents and regions of alerts were first seen, as the state remembers it.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::super::sources::{self, LogBegins, Sources};
use crate::event::Event;
use crate::investigate::Surroundings;
use crate::triage::{AlertRow, FirstSeenKind, StoreError, StoreQuery};

/// When what some alerts show was first seen.
pub(super) struct Sights(HashMap<(FirstSeenKind, String), DateTime<Utc>>);

impl Sights {
    pub(super) fn of(
        sources: &Sources,
        events: &[(&AlertRow, Event<'_>)],
        openers: impl Iterator<Item = String>,
    ) -> Option<Self> {
        let mut values: Vec<(FirstSeenKind, String)> =
            events.iter().flat_map(|(row, event)| shown(row, event)).filter_map(|(kind, v)| Some((kind, v?))).collect();
        values.extend(openers.map(|by| (FirstSeenKind::Actor, by)));
        values.sort_unstable();
        values.dedup();
        let asked = values.clone();
        let first: Result<Vec<_>, StoreError> = sources.store.ask(|reply| StoreQuery::FirstSeen(asked, reply))?;
        let known = values.into_iter().zip(first.unwrap_or_default());
        Some(Self(known.filter_map(|(value, first)| Some((value, first?))).collect()))
    }

    pub(super) fn say(&self, row: &AlertRow, event: &Event<'_>, log: &LogBegins, around: &mut Surroundings) {
        let seen = |kind: FirstSeenKind, value: Option<String>, before: DateTime<Utc>| {
            let first = value.and_then(|value| self.0.get(&(kind, value)));
            sources::seen(log.begins, first.copied(), before)
        };
        let [actor, address, agent, region] = shown(row, event).map(|(kind, value)| seen(kind, value, row.time));
        let by = opener(around).cloned();
        if let Some(session) = around.session.as_mut() {
            session.by_seen = seen(FirstSeenKind::Actor, by, session.time);
        }
        (around.actor_seen, around.address_seen, around.agent_seen) = (actor, address, agent);
        if log.knows_regions {
            around.region_seen = region;
        }
    }
}

/// The user who opened the session.
pub(super) fn opener(around: &Surroundings) -> Option<&String> {
    around.session.as_ref().filter(|session| session.by_user).map(|session| &session.by)
}

/// What may be seen for the first time with an alert.
fn shown(row: &AlertRow, event: &Event<'_>) -> [(FirstSeenKind, Option<String>); 4] {
    [
        (FirstSeenKind::Actor, row.summary.actor.clone()),
        (FirstSeenKind::Address, row.summary.source.clone()),
        (FirstSeenKind::Agent, event.get("user_agent.original")),
        (FirstSeenKind::Region, row.summary.region.clone()),
    ]
}
