//! Who and what an alert is about, in the form that other events are compared with.

use chrono::{DateTime, Utc};

use super::super::hint::Hint;
use super::super::sought::Sought;
use crate::event::{self, Event, Identity};
use crate::investigate::{Facts, is_named};

/// What other events are compared with.
#[derive(Debug, Clone)]
pub(super) struct Subject {
    pub event_id: String,
    pub distinct: String,
    pub time: DateTime<Utc>,
    pub actor: Option<String>,
    pub address: Option<String>,
    pub agent: Option<String>,
    pub account: Option<String>,
    pub target: Option<String>,
    identity: Identity,
}

/// What another event shares with the alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Shared {
    pub actor: bool,
    pub address: bool,
    pub target: bool,
}

impl Subject {
    pub(super) fn of(event: &Event<'_>, time: DateTime<Utc>) -> Self {
        let (identity, facts) = (event::identity(event), Facts::of(event));
        Self {
            event_id: event.id().to_owned(),
            distinct: event.distinct_id(),
            time,
            actor: identity.display.clone(),
            address: event.get("source.address"),
            agent: event.get("user_agent.original"),
            account: event.get("cloud.account.id"),
            target: match facts.export {
                Some(export) => export.source_arn,
                None => facts.target.map(|target| target.value),
            },
            identity,
        }
    }

    /// Tells by its bytes what can share something with the alert, or holds one of `more`; `alert` is the alert's own
    /// event, which does.
    pub(super) fn hint(&self, alert: &Event<'_>, more: &[&str]) -> Hint {
        let Identity { arn, access_key, .. } = &self.identity;
        let texts = [arn.as_deref(), access_key.as_deref(), self.address.as_deref(), self.target_name()];
        let texts = texts.into_iter().flatten().chain([self.event_id.as_str()]).chain(more.iter().copied());
        // Without an ARN, identities are compared by a name that is put together.
        let composed = arn.is_none() && self.actor.is_some();
        let hint = Hint::of(texts);
        if composed || !hint.may_matter(alert.raw().as_bytes()) { Hint::default() } else { hint }
    }

    /// The same to ask a cluster for.
    pub(super) fn sought(&self) -> Sought {
        let Identity { arn, access_key, .. } = &self.identity;
        let sought = Sought::default().event(&self.event_id);
        let sought = sought.each(arn.as_ref().or(self.actor.as_ref()), Sought::principal);
        let sought = sought.each(access_key, Sought::key).each(&self.address, Sought::address);
        match self.target_name() {
            Some(name) => sought.named(name),
            None => sought,
        }
    }

    /// The target's own name, without what it is in: requests name it with its ARN or without.
    fn target_name(&self) -> Option<&str> {
        self.target.as_deref().and_then(|value| value.rsplit([':', '/']).next()).filter(|name| name.len() > 2)
    }

    /// What `event` shares with the alert.
    pub(super) fn shared(&self, event: &Event<'_>) -> Shared {
        Shared {
            actor: self.same_actor(&event::identity(event)),
            address: self.address.is_some() && event.get("source.address") == self.address,
            target: self.target_name().is_some_and(|name| is_named(event.raw(), name)),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn record(arn: &str, address: &str, more: &str) -> String {
        format!(
            r#"{{"eventVersion":"1.08","eventID":"e{address}","eventTime":"2026-11-23T10:41:52Z","eventName":"X",
            "eventSource":"rds.amazonaws.com","sourceIPAddress":"{address}","awsRegion":"us-east-1",
            "userIdentity":{{"type":"IAMUser","arn":"{arn}"}}{more}}}"#
        )
    }

    #[test]
    fn nothing_that_shares_something_is_passed_over_by_its_bytes() {
        let raw = record("arn:aws:iam::111122223333:user/mallory", "198.51.100.7", "");
        let alert = Event::parse(raw.as_bytes()).unwrap();
        let subject = Subject::of(&alert, alert.time().unwrap());
        let hint = subject.hint(&alert, &["iam.amazonaws.com"]);
        let cases = [
            (record("arn:aws:iam::111122223333:user/mallory", "192.0.2.1", ""), true),
            (record(r"arn:aws:iam::111122223333:user\/mallory", "192.0.2.1", ""), true),
            (record(r"arn:aws:iam::111122223333:user/m\u0061llory", "192.0.2.1", ""), true),
            (record("arn:aws:iam::111122223333:user/bob", "198.51.100.7", ""), true),
            (record("arn:aws:iam::111122223333:user/bob", "192.0.2.1", ""), false),
        ];
        for (raw, shares) in &cases {
            let event = Event::parse(raw.as_bytes()).unwrap();
            let shared = subject.shared(&event);
            assert_eq!(shared.actor || shared.address || shared.target, *shares, "{raw}");
            assert_eq!(hint.may_matter(raw.as_bytes()), *shares, "{raw}");
        }
        let iam = record("arn:aws:iam::111122223333:user/bob", "192.0.2.1", r#","x":"iam.amazonaws.com""#);
        assert!(hint.may_matter(iam.as_bytes()));
    }

    #[test]
    fn what_an_alert_is_about_is_shared_by_its_name() {
        let about = |parameters: &str| {
            record(
                "arn:aws:iam::111122223333:user/mallory",
                "198.51.100.7",
                &format!(r#","requestParameters":{parameters}"#),
            )
        };
        let raw = about(r#"{"roleName":"etl"}"#).replace("rds.amazonaws", "iam.amazonaws");
        let alert = Event::parse(raw.as_bytes()).unwrap();
        let subject = Subject::of(&alert, alert.time().unwrap());
        for (parameters, shares) in [
            (r#"{"roleArn":"arn:aws:iam::111122223333:role/team/etl"}"#, true),
            (r#"{"roleArn":"arn:aws:iam::111122223333:role/etl-nightly"}"#, false),
            (r#"{"userName":"detl"}"#, false),
            (r#"{"userName":"etl"}"#, true),
        ] {
            let raw = about(parameters);
            assert_eq!(subject.shared(&Event::parse(raw.as_bytes()).unwrap()).target, shares, "{parameters}");
        }
    }

    #[test]
    fn an_alert_whose_texts_cannot_be_looked_for_has_every_record_parsed() {
        let quoted = record(r#"a\"b"#, "192.0.2.1", "");
        let unnamed = record("", "192.0.2.1", "").replace(r#""arn":"""#, r#""userName":"bob""#);
        for raw in [quoted, unnamed] {
            let alert = Event::parse(raw.as_bytes()).unwrap();
            let hint = Subject::of(&alert, alert.time().unwrap()).hint(&alert, &[]);
            assert!(hint.may_matter(b"{}"), "{raw}");
        }
    }
}
