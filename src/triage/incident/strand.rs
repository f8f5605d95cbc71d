//! What ties an alert to others, in numbers: a million alerts fit in memory so. Values that are the same have the same hash;
//! that two others share one is as good as impossible.

use std::hash::{BuildHasher as _, Hash, RandomState};
use std::num::NonZeroU64;

use chrono::{DateTime, Utc};

use crate::detect::AlertId;
use crate::investigate::Trace;
use crate::triage::IncidentId;

/// A value as a number; not zero, so that an absent one takes no room.
pub(super) type Value = NonZeroU64;

/// What the names of roles begin with that IAM Identity Center opens: it names their sessions.
const SSO: &str = "/AWSReservedSSO_";

/// What may tie one alert to others. Those that are grouped together are made with the same hasher.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Strand {
    /// In microseconds.
    pub(super) time: i64,
    /// The first half of the alert's id.
    pub(super) id: u128,
    pub(super) principal: Option<Value>,
    /// The human behind it, and the one that its lineage begins with.
    pub(super) people: [Option<Value>; 2],
    /// Access keys: those that signed, then those of its lineage.
    pub(super) keys: Box<[Value]>,
    /// How many of `keys` signed.
    pub(super) signed: usize,
    /// The key that was handed out, and to whom.
    pub(super) issued: Option<(Value, Value)>,
    pub(super) address: Option<Value>,
    /// See [`Trace::address_users`].
    pub(super) address_users: u32,
}

impl Strand {
    #[must_use]
    pub fn of(hasher: &RandomState, id: &AlertId, time: DateTime<Utc>, trace: &Trace) -> Self {
        let key = |key: &String| number(hasher, ("key", key));
        let person = |person: &Option<String>| Some(number(hasher, ("person", person.as_ref()?)));
        // Whoever assumes a role may name the session at will: the name says who it is within the role, no more.
        let named = trace.principal.as_ref().filter(|arn| arn.contains(":assumed-role/") && !arn.contains(SSO));
        let own = if trace.person.is_some() && named.is_some() { &trace.principal } else { &trace.person };
        let text = |text: &String| number(hasher, text);
        Self {
            time: time.timestamp_micros(),
            id: Self::half(&id.0),
            principal: trace.principal.as_ref().map(text),
            people: [person(own), person(&trace.opened_by)],
            keys: trace.keys.iter().chain(&trace.lineage).map(key).collect(),
            signed: trace.keys.len(),
            issued: trace.issued.as_ref().map(|issued| (key(&issued.key), text(&issued.to))),
            address: trace.address.as_ref().map(text),
            address_users: trace.address_users,
        }
    }

    /// The half of an alert's id that tells it from all others.
    #[must_use]
    pub fn half(id: &str) -> u128 {
        u128::from_str_radix(id.get(..32).unwrap_or(id), 16).unwrap_or_default()
    }

    /// [`Self::half`] of its alert's id.
    #[must_use]
    pub fn id(&self) -> u128 {
        self.id
    }

    /// The time of its event, in microseconds.
    #[must_use]
    pub fn time(&self) -> i64 {
        self.time
    }

    /// The id of the incident that began with it.
    #[must_use]
    pub fn begins(&self) -> IncidentId {
        IncidentId::begun_by(&AlertId(format!("{:032x}", self.id)))
    }
}

fn number(hasher: &RandomState, value: impl Hash) -> Value {
    Value::new(hasher.hash_one(value)).unwrap_or(Value::MIN)
}
