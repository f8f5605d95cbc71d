//! Who and what an alert is about, in the form that other events are compared with.

use chrono::{DateTime, Utc};

use crate::event::{self, Event, Identity};
use crate::rule::playbook::Facts;

/// What other events are compared with.
#[derive(Debug, Clone)]
pub(super) struct Subject {
    pub event_id: String,
    pub time: DateTime<Utc>,
    pub actor: Option<String>,
    pub address: Option<String>,
    pub agent: Option<String>,
    pub account: Option<String>,
    pub snapshot: Option<String>,
    identity: Identity,
}

/// What another event shares with the alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Shared {
    pub actor: bool,
    pub address: bool,
    pub snapshot: bool,
}

impl Shared {
    pub(super) fn any(self) -> bool {
        self.actor || self.address || self.snapshot
    }
}

impl Subject {
    pub(super) fn of(event: &Event<'_>, time: DateTime<Utc>) -> Self {
        let identity = event::identity(event);
        Self {
            event_id: event.id().to_owned(),
            time,
            actor: identity.display.clone(),
            address: event.get("source.address"),
            agent: event.get("user_agent.original"),
            account: event.get("cloud.account.id"),
            snapshot: Facts::of(event).export.and_then(|export| export.source_arn),
            identity,
        }
    }

    /// What `event` shares with the alert. Names of a snapshot are compared without their ARN: requests name it either
    /// way.
    pub(super) fn shared(&self, event: &Event<'_>) -> Shared {
        let name = self.snapshot.as_deref().and_then(|arn| arn.rsplit(':').next()).filter(|name| name.len() > 2);
        Shared {
            actor: self.same_actor(&event::identity(event)),
            address: self.address.is_some() && event.get("source.address") == self.address,
            snapshot: name.is_some_and(|name| event.raw().contains(name)),
        }
    }

    /// Whether it is the same identity: the same session of the same role, the same user, or the same access key.
    pub(super) fn same_actor(&self, other: &Identity) -> bool {
        let same = |a: &Option<String>, b: &Option<String>| a.is_some() && a == b;
        same(&self.identity.arn, &other.arn)
            || same(&self.identity.access_key, &other.access_key)
            || (self.identity.arn.is_none() && other.arn.is_none() && same(&self.actor, &other.display))
    }
}
