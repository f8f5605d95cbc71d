//! What happened around the alerts of an incident, in order: which events belong to it, what each call did to what, and
//! which runs of calls are told in one line.

mod fold;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use memchr::memmem;

use super::Facts;
use super::trace::{Trace, issued};
use crate::event::{self, Event};
use crate::trail::Origin;

pub use fold::{Passage, fold, run_words};

/// An address that more principals than this use says nothing about who was there.
const ADDRESS_USERS: u32 = 2;
/// A shorter name stands in too many records.
const SHORTEST: usize = 3;

/// Which events belong to a story beside those of its lineage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Belongs {
    /// Those that have the credentials or the principal of an alert.
    Lineage,
    /// And those from its addresses.
    #[default]
    Address,
    /// And those on its targets.
    Target,
}

/// What the events of a story have one of. Text is as the log gave it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cast {
    /// Access keys.
    pub keys: BTreeSet<String>,
    /// ARNs, or names where there are none.
    pub principals: BTreeSet<String>,
    pub addresses: BTreeSet<String>,
    /// Addresses that too many use.
    pub shared: BTreeSet<String>,
    /// Names, without what they are in: requests name a thing with its ARN or without.
    pub targets: BTreeSet<String>,
    /// Ids of the events of the alerts themselves.
    pub events: BTreeSet<String>,
}

/// Why an event belongs to a story.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Why {
    /// The same credentials or principal, or it issued such credentials.
    pub actor: bool,
    pub address: bool,
    pub target: bool,
}

impl Why {
    /// A letter for each reason.
    #[must_use]
    pub fn letters(self) -> String {
        let reasons = [(self.actor, 'A'), (self.address, 'I'), (self.target, 'T')];
        reasons.into_iter().map(|(is, letter)| if is { letter } else { '·' }).collect()
    }
}

impl Cast {
    /// Adds an alert, by its event, what ties it to others, and its target.
    pub fn add(&mut self, event_id: &str, trace: &Trace, target: Option<&str>) {
        let issued = trace.issued.iter().map(|issued| &issued.key);
        self.keys.extend(trace.keys.iter().chain(&trace.lineage).chain(issued).cloned());
        let people = trace.person.iter().chain(&trace.opened_by).filter(|person| person.starts_with("arn:"));
        self.principals.extend(trace.principal.iter().chain(people).cloned());
        if let Some(address) = &trace.address {
            let known = if trace.address_users > ADDRESS_USERS { &mut self.shared } else { &mut self.addresses };
            known.insert(address.clone());
        }
        let name = target.and_then(|target| target.rsplit([':', '/']).next());
        self.targets.extend(name.filter(|name| name.len() >= SHORTEST).map(str::to_owned));
        self.events.insert(event_id.to_owned());
    }

    /// The same, for what is to belong: what does not matter is left out.
    #[must_use]
    pub fn that(mut self, belongs: Belongs) -> Self {
        self.addresses = self.addresses.difference(&self.shared).cloned().collect();
        if belongs == Belongs::Lineage {
            self.addresses.clear();
        }
        if belongs != Belongs::Target {
            self.targets.clear();
        }
        self
    }

    /// What a record that belongs holds one of.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let all = [&self.keys, &self.principals, &self.addresses, &self.targets, &self.events];
        all.into_iter().flatten().map(String::as_str)
    }

    /// Why an event belongs; `None` where it does not.
    #[must_use]
    pub fn why(&self, event: &Event<'_>) -> Option<Why> {
        let who = event::identity(event);
        let among = |set: &BTreeSet<String>, value: Option<&String>| value.is_some_and(|value| set.contains(value));
        let named = who.arn.as_ref().or(who.display.as_ref());
        let why = Why {
            actor: among(&self.keys, who.access_key.as_ref())
                || among(&self.principals, named)
                || issued(event, &event.get("event.action").unwrap_or_default())
                    .is_some_and(|issued| self.keys.contains(&issued.key)),
            address: !self.addresses.is_empty() && among(&self.addresses, event.get("source.address").as_ref()),
            target: self.targets.iter().any(|name| is_named(event.raw(), name)),
        };
        (why != Why::default() || self.events.contains(event.id())).then_some(why)
    }
}

/// Whether `name` stands in `text` as a name of its own, not as a part of a longer one.
#[must_use]
pub fn is_named(text: &str, name: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    memmem::find_iter(text.as_bytes(), name).any(|at| {
        let after = text[at + name.len()..].chars().next();
        !text[..at].chars().next_back().is_some_and(part) && !after.is_some_and(part)
    })
}

/// What a call does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// It changes something, or opens something.
    Change,
    /// It takes data or secrets out.
    Taking,
    /// It looks at what there is.
    Read,
}

impl Deed {
    /// By the action's name; `readOnly` of the record calls `AssumeRole` and `GetSecretValue` read-only.
    #[must_use]
    pub fn of(action: &str) -> Self {
        const VERBS: [&str; 10] =
            ["Get", "List", "Describe", "Head", "Lookup", "Simulate", "Generate", "BatchGet", "Search", "Check"];
        const TAKES: [&str; 13] = [
            "GetObject",
            "GetSecretValue",
            "BatchGetSecretValue",
            "GetParameter",
            "GetPasswordData",
            "GetCredentials",
            "GetRoleCredentials",
            "GetAuthorizationToken",
            "GetLoginPassword",
            "GetItem",
            "BatchGetItem",
            "GetRecords",
            "GetEbsSnapshotBlock",
        ];
        const OPENS: [&str; 5] =
            ["GetSessionToken", "GetFederationToken", "GetSigninToken", "GenerateDataKey", "GetClusterCredentials"];
        let is = |names: &[&str]| names.iter().any(|name| action.starts_with(name));
        let about = ["GetObjectAcl", "GetObjectTagging", "GetObjectLock", "GetObjectAttributes", "GetObjectTorrent"];
        if is(&OPENS) {
            Self::Change
        } else if is(&TAKES) && !is(&about) {
            Self::Taking
        } else if is(&VERBS) {
            Self::Read
        } else {
            Self::Change
        }
    }
}

/// An event of a story. Text is as the log gave it.
#[derive(Debug, Clone, PartialEq)]
pub struct Scene {
    /// Where its record lies.
    pub origin: Origin,
    pub event_id: String,
    /// Tells it from every other, see [`Event::distinct_id`].
    pub distinct: String,
    pub time: DateTime<Utc>,
    pub action: String,
    /// Which service, without `.amazonaws.com`.
    pub service: String,
    pub deed: Deed,
    /// What the call was about, as the table of alerts shows it.
    pub object: Option<String>,
    /// A field and its value that find other events on it.
    pub object_field: Option<(String, String)>,
    /// The error code of a call that failed.
    pub error: Option<String>,
    pub actor: String,
    /// A field and its value that find the actor's other events.
    pub actor_field: Option<(&'static str, String)>,
    pub source: String,
    pub region: String,
    /// The access key that it handed out.
    pub issued: Option<String>,
    pub why: Why,
}

impl Scene {
    /// An event that belongs; `None` for one without a time.
    #[must_use]
    pub fn of(event: &Event<'_>, origin: &Origin, why: Why) -> Option<Self> {
        let facts = Facts::brief(event);
        let handed_out = issued(event, facts.action.as_deref().unwrap_or_default());
        let failed = event.get("event.outcome").filter(|outcome| outcome == "failure");
        let export = facts.export.as_ref().and_then(|export| export.source_arn.clone());
        let field = "aws.cloudtrail.flattened.request_parameters.sourceArn".to_owned();
        Some(Self {
            origin: origin.clone(),
            event_id: event.id().to_owned(),
            distinct: event.distinct_id(),
            time: event.time()?,
            service: facts.service().unwrap_or_default().to_owned(),
            object: facts.target(),
            object_field: match (export, facts.target) {
                (Some(arn), _) => Some((field, arn)),
                (None, target) => target.map(|target| (target.field, target.value)),
            },
            deed: Deed::of(facts.action.as_deref().unwrap_or_default()),
            action: facts.action.unwrap_or_default(),
            error: facts.error.or(failed),
            actor: event::actor(event).unwrap_or_default(),
            actor_field: event::actor_field(event),
            source: facts.source.unwrap_or_default(),
            region: facts.region.unwrap_or_default(),
            issued: handed_out.map(|issued| issued.key),
            why,
        })
    }
}

#[cfg(test)]
mod tests;
