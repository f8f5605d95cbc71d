//! What ties an alert to others, in numbers: a million alerts fit in memory so. Values that are the same have the same hash;
//! that two others share one is as good as impossible.

use std::hash::{BuildHasher as _, Hash, RandomState};
use std::num::NonZeroU64;

use chrono::{DateTime, Utc};

use crate::detect::AlertId;
use crate::investigate::Trace;

/// A value as a number; not zero, so that an absent one takes no room.
pub(super) type Value = NonZeroU64;

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
        let text = |text: &String| number(hasher, text);
        Self {
            time: time.timestamp_micros(),
            id: u128::from_str_radix(id.0.get(..32).unwrap_or(&id.0), 16).unwrap_or_default(),
            principal: trace.principal.as_ref().map(text),
            people: [person(&trace.person), person(&trace.opened_by)],
            keys: trace.keys.iter().chain(&trace.lineage).map(key).collect(),
            signed: trace.keys.len(),
            issued: trace.issued.as_ref().map(|issued| (key(&issued.key), text(&issued.to))),
            address: trace.address.as_ref().map(text),
            address_users: trace.address_users,
        }
    }

    /// The half of the alert's id that it is told by.
    #[must_use]
    pub fn id(&self) -> u128 {
        self.id
    }
}

fn number(hasher: &RandomState, value: impl Hash) -> Value {
    Value::new(hasher.hash_one(value)).unwrap_or(Value::MIN)
}
