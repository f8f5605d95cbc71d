//! Who and what an event is about, as hashes that are the same for what is the same.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::Context;
use crate::event::{self, Event, IdentityKind};
use crate::investigate::{Facts, Trace, alike};

/// What may be seen for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Sight {
    Actor,
    Address,
    Agent,
    Region,
    Bucket,
}

/// What is read of every event of the log: little, as there are many.
pub(super) struct Subject {
    pub time: i64,
    pub event: u64,
    /// The identity, where it is not a service.
    pub who: Option<u64>,
    pub is_user: bool,
    /// Where from, if that is a place on the Internet.
    pub address: Option<u64>,
    pub sights: [Option<(Sight, u64)>; 4],
    pub provider: String,
    pub action: String,
    /// The provider and the action.
    pub call: u64,
    pub error: Option<String>,
    /// Whether a service made the call for the actor.
    pub by_service: bool,
}

impl Subject {
    pub(super) fn of(event: &Event<'_>, time: DateTime<Utc>, context: &Context) -> Self {
        let identity = event::identity(event);
        let source = event.get("source.address").or_else(|| event.get("source.ip"));
        let provider = event.get("event.provider").unwrap_or_default();
        let action = event.get("event.action").unwrap_or_default();
        let sight = |sight: Sight, value: Option<&String>| value.map(|value| (sight, context.hash((sight, value))));
        let is_somebody = !matches!(identity.kind, IdentityKind::AwsService | IdentityKind::Absent);
        Self {
            time: time.timestamp_micros(),
            event: context.hash(event.id()),
            who: identity
                .arn
                .as_ref()
                .or(identity.display.as_ref())
                .filter(|_| is_somebody)
                .map(|who| context.hash(who)),
            is_user: identity.kind == IdentityKind::IamUser,
            address: source.as_ref().filter(|source| Trace::is_place(source)).map(|source| context.hash(source)),
            sights: [
                sight(Sight::Actor, identity.display.as_ref()),
                sight(Sight::Address, source.as_ref()),
                sight(Sight::Agent, event.get("user_agent.original").as_ref()),
                sight(Sight::Region, event.get("cloud.region").as_ref()),
            ],
            call: context.hash((&provider, &action)),
            provider,
            action,
            error: event.get("aws.cloudtrail.error_code").or_else(|| event.get("aws.cloudtrail.error_message")),
            by_service: identity.invoked_by.is_some(),
        }
    }

    pub(super) fn sight(&self, wanted: Sight) -> Option<(Sight, u64)> {
        self.sights.iter().flatten().find(|(sight, _)| *sight == wanted).copied()
    }

    pub(super) fn is_export(&self) -> bool {
        self.action == "StartExportTask" && self.provider == "rds.amazonaws.com"
    }

    /// Where an export goes to.
    pub(super) fn bucket(&self, facts: &Facts, context: &Context) -> Option<(Sight, u64)> {
        let bucket = facts.export.as_ref()?.bucket.as_ref()?;
        Some((Sight::Bucket, context.hash((Sight::Bucket, bucket))))
    }

    /// Who did what to targets named how.
    pub(super) fn habit(&self, facts: &Facts, context: &Context) -> u64 {
        let actor = facts.identity.display.as_deref().unwrap_or_default();
        context.hash(alike(actor, &self.action, facts.target().as_deref(), facts.destination().as_deref()))
    }

    /// The actor and the target.
    pub(super) fn target(&self, facts: &Facts, context: &Context) -> Option<u64> {
        let export = facts.export.as_ref().map(|export| export.source_arn.as_deref());
        let value = export.unwrap_or_else(|| facts.target.as_ref().map(|target| target.value.as_str()));
        Some(context.hash((self.who?, own_name(value?)?)))
    }

    /// The actor and everything that the request names.
    pub(super) fn touched(&self, event: &Event<'_>, context: &Context) -> impl Iterator<Item = u64> {
        let mut names = Vec::new();
        if let Some(who) = self.who {
            named(&event.request(), &mut |name| names.push(context.hash((who, name))));
        }
        names.into_iter()
    }
}

/// The last part of an ARN or a path: requests name a thing with its ARN or without.
fn own_name(value: &str) -> Option<&str> {
    value.rsplit([':', '/']).next().filter(|name| name.len() > 2)
}

fn named(value: &Value, each: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => own_name(text).into_iter().for_each(each),
        Value::Array(items) => items.iter().for_each(|item| named(item, each)),
        Value::Object(fields) => fields.values().for_each(|value| named(value, each)),
        _ => {}
    }
}
