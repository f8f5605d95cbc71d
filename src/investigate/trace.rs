//! What ties an alert to others: who is behind it, with which credentials, and from where. Text is as the log gave it.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::Facts;
use crate::event::{Event, Identity, IdentityKind};

/// What an alert shares with others of the same attack.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Trace {
    /// Whoever acted, as the log names them: an ARN, else a name. Services have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    /// The human behind it, where the log tells: the ARN of an IAM user or of root, an address of a person's mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// The access key that signed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<String>,
    /// The credentials that the call handed out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issued: Option<Issued>,
    /// The source address, where it is one that a host on the Internet has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Access keys before and after those in `keys`, by the calls that issued them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lineage: Vec<String>,
    /// The human that the lineage begins with: by the calls that issued credentials, else by `sourceIdentity`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opened_by: Option<String>,
    /// How many principals the log has at the address within a day; 0 where nobody looked.
    #[serde(skip_serializing_if = "is_zero")]
    pub address_users: u32,
}

/// Credentials that a call handed out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issued {
    /// The access key.
    pub key: String,
    /// Whom they are for: the ARN of a session, or a name.
    pub to: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Trace {
    /// What the event alone tells.
    #[must_use]
    pub fn of(event: &Event<'_>, facts: &Facts) -> Self {
        let who = &facts.identity;
        let by_itself = matches!(who.kind, IdentityKind::AwsService | IdentityKind::Absent);
        Self {
            principal: who.arn.clone().or_else(|| who.display.clone()).filter(|_| !by_itself),
            person: person(who),
            keys: Vec::from_iter(who.access_key.clone()),
            issued: issued(event, facts.action.as_deref().unwrap_or_default()),
            address: facts.source.clone().filter(|source| Self::is_place(source)),
            opened_by: source_identity(who),
            ..Self::default()
        }
    }

    /// With what another event of the same alert tells: all keys; of what an alert has one of, its own event's.
    #[must_use]
    pub fn joined(&self, other: &Self) -> Self {
        fn all(ours: &[String], theirs: &[String]) -> Vec<String> {
            let new = theirs.iter().filter(|key| !ours.contains(key));
            ours.iter().chain(new).cloned().collect()
        }
        let or = |ours: &Option<String>, theirs: &Option<String>| ours.clone().or_else(|| theirs.clone());
        Self {
            principal: or(&self.principal, &other.principal),
            person: or(&self.person, &other.person),
            keys: all(&self.keys, &other.keys),
            issued: self.issued.clone().or_else(|| other.issued.clone()),
            address: or(&self.address, &other.address),
            lineage: all(&self.lineage, &other.lineage),
            opened_by: or(&self.opened_by, &other.opened_by),
            address_users: self.address_users.max(other.address_users),
        }
    }

    /// Whether a source is an address that a host on the Internet has.
    #[must_use]
    pub fn is_place(source: &str) -> bool {
        source.parse().is_ok_and(|address| is_public(&address))
    }

    /// As the state keeps it.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Issued {
    /// How calls begin that may hand out credentials: reading every answer would slow the search of the log.
    pub const BEGINNINGS: [&str; 7] = [
        "AssumeR",
        "GetSessionToken",
        "GetFederationToken",
        "GetCredentials",
        "GetRoleCredentials",
        "CreateAccessKey",
        "CreateSession",
    ];
}

/// The credentials that a call handed out.
pub(super) fn issued(event: &Event<'_>, action: &str) -> Option<Issued> {
    if !Issued::BEGINNINGS.iter().any(|begin| action.starts_with(begin)) {
        return None;
    }
    let Answer { credentials, access_key, assumed_role_user, federated_user } = event.response_as()?;
    let named = access_key.as_ref().and_then(|key| key.user_name.clone());
    let key = credentials.and_then(|key| key.id).or_else(|| access_key?.id)?;
    let user = [assumed_role_user, federated_user].into_iter().flatten().find_map(|user| user.arn);
    Some(Issued { to: user.or(named).unwrap_or_else(|| key.clone()), key })
}

/// What an answer says of credentials.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    credentials: Option<Key>,
    access_key: Option<Key>,
    assumed_role_user: Option<User>,
    federated_user: Option<User>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Key {
    #[serde(rename = "accessKeyId")]
    id: Option<String>,
    user_name: Option<String>,
}

#[derive(Deserialize)]
struct User {
    arn: Option<String>,
}

/// The human behind an identity.
pub(super) fn person(who: &Identity) -> Option<String> {
    let mail = |name: &Option<String>| name.as_ref().filter(|name| name.contains('@')).map(|name| name.to_lowercase());
    match who.kind {
        IdentityKind::Root | IdentityKind::IamUser => who.arn.clone(),
        IdentityKind::FederatedUser => who.issuer_arn.clone().filter(|arn| arn.contains(":user/")),
        IdentityKind::AssumedRole if who.role.as_deref().is_some_and(|role| role.starts_with("AWSReservedSSO_")) => {
            who.session.as_ref().map(|session| session.to_lowercase())
        }
        IdentityKind::AssumedRole => mail(&who.session),
        IdentityKind::IdentityCenterUser => who.on_behalf_of.clone(),
        IdentityKind::SamlUser => who.user.clone(),
        _ => None,
    }
}

/// Who a session was opened for first, `sourceIdentity`: it goes on from role to role and cannot be changed. A name counts
/// within its account, an address of mail everywhere.
fn source_identity(who: &Identity) -> Option<String> {
    let name = who.source_identity.as_ref()?;
    match who.account.as_deref() {
        _ if name.contains('@') => Some(name.to_lowercase()),
        Some(account) => Some(format!("{account}:{name}")),
        None => None,
    }
}

/// Whether the address is one that a host on the Internet has.
pub(super) fn is_public(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => !(v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_unspecified()),
        IpAddr::V6(v6) => !(v6.is_loopback() || v6.is_unspecified() || (v6.segments()[0] & 0xfe00) == 0xfc00),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::investigate::tests::with;

    fn issued(action: &str, answer: Value) -> Option<Issued> {
        let record = with(&[("/eventName", json!(action)), ("/responseElements", answer)]).to_string();
        let event = Event::parse(record.as_bytes()).unwrap();
        Trace::of(&event, &Facts::brief(&event)).issued
    }

    #[test]
    fn a_source_identity_says_who_a_chain_of_roles_began_with() {
        let opened_by = |name: &str| {
            let record = with(&[("/userIdentity/sessionContext/sourceIdentity", json!(name))]).to_string();
            let event = Event::parse(record.as_bytes()).unwrap();
            Trace::of(&event, &Facts::brief(&event)).opened_by
        };
        assert_eq!(opened_by("jsmith").as_deref(), Some("111122223333:jsmith"));
        assert_eq!(opened_by("J.Smith@example.com").as_deref(), Some("j.smith@example.com"));
        assert_eq!(opened_by(""), None);
    }

    #[test]
    fn credentials_are_found_in_the_answers_of_the_calls_that_hand_them_out() {
        let session = json!({"accessKeyId": "ASIAEXAMPLE", "sessionToken": "t", "expiration": "x"});
        let arn = "arn:aws:sts::111122223333:assumed-role/r/s";
        for (action, answer, to) in [
            ("AssumeRole", json!({"credentials": session, "assumedRoleUser": {"arn": arn}}), arn),
            ("AssumeRoleWithSAML", json!({"credentials": session, "assumedRoleUser": {"arn": arn}}), arn),
            ("GetFederationToken", json!({"credentials": session, "federatedUser": {"arn": "f"}}), "f"),
            ("GetSessionToken", json!({"credentials": session}), "ASIAEXAMPLE"),
            ("CreateAccessKey", json!({"accessKey": {"accessKeyId": "ASIAEXAMPLE", "userName": "eve"}}), "eve"),
        ] {
            let Issued { key, to: whom } = issued(action, answer).unwrap();
            assert_eq!((key.as_str(), whom.as_str()), ("ASIAEXAMPLE", to), "{action}");
        }
        for answer in [json!(null), json!({}), json!({"credentials": "odd"}), json!({"credentials": {}})] {
            assert_eq!(issued("AssumeRole", answer.clone()), None, "{answer}");
        }
        assert_eq!(issued("StartExportTask", json!({"credentials": session})), None);
    }
}
