//! Who acted, in words for people: CloudTrail's `userIdentity` in every kind it comes in, and one name for the table. The
//! ECS fields about identities are made in `document/identity.rs`.

use std::fmt;

use chrono::{DateTime, Utc};

use super::json::{Json, Object};
use super::tree::get;
use super::{Event, Form, prune, time};

/// The kind of identity, `userIdentity.type`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum IdentityKind {
    /// The account's root user.
    Root,
    /// A user of IAM.
    IamUser,
    /// Temporary credentials of a role.
    AssumedRole,
    Role,
    /// Temporary credentials made with `GetFederationToken`.
    FederatedUser,
    AwsAccount,
    /// An AWS service by itself.
    AwsService,
    /// Someone from a SAML provider.
    SamlUser,
    /// Someone from a web identity provider.
    WebIdentityUser,
    /// A user of IAM Identity Center.
    IdentityCenterUser,
    /// A kind not listed here, as the log names it.
    Other(String),
    /// The record does not say.
    #[default]
    Absent,
}

impl IdentityKind {
    fn of(name: Option<&str>) -> Self {
        match name {
            None => Self::Absent,
            Some("Root") => Self::Root,
            Some("IAMUser") => Self::IamUser,
            Some("AssumedRole") => Self::AssumedRole,
            Some("Role") => Self::Role,
            Some("FederatedUser") => Self::FederatedUser,
            Some("AWSAccount") => Self::AwsAccount,
            Some("AWSService") => Self::AwsService,
            Some("SAMLUser") => Self::SamlUser,
            Some("WebIdentityUser") => Self::WebIdentityUser,
            Some("IdentityCenterUser") => Self::IdentityCenterUser,
            Some(other) => Self::Other(other.to_owned()),
        }
    }

    /// The kind as CloudTrail names it; `not recorded` where it does not.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Root => "Root",
            Self::IamUser => "IAMUser",
            Self::AssumedRole => "AssumedRole",
            Self::Role => "Role",
            Self::FederatedUser => "FederatedUser",
            Self::AwsAccount => "AWSAccount",
            Self::AwsService => "AWSService",
            Self::SamlUser => "SAMLUser",
            Self::WebIdentityUser => "WebIdentityUser",
            Self::IdentityCenterUser => "IdentityCenterUser",
            Self::Other(name) => name,
            Self::Absent => "not recorded",
        }
    }
}

impl fmt::Display for IdentityKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Who acted. Text is as the log gave it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Identity {
    pub kind: IdentityKind,
    /// One name for the table: `root`, a user, `role/session`, a service, an account.
    pub display: Option<String>,
    /// The role behind a session.
    pub role: Option<String>,
    /// The name of the session: of a role, or of a federated user.
    pub session: Option<String>,
    pub user: Option<String>,
    /// The account the identity belongs to.
    pub account: Option<String>,
    /// The unique id, `principalId`.
    pub principal: Option<String>,
    /// The access key that signed the request.
    pub access_key: Option<String>,
    /// Whether the session was opened with MFA, where the log says so.
    pub mfa: Option<bool>,
    /// When the session was opened, `creationDate`.
    pub opened: Option<DateTime<Utc>>,
    /// Who it is, as whoever opened the first session of a chain said: roles cannot change it.
    pub source_identity: Option<String>,
    /// The service that made the request, by itself or for somebody.
    pub invoked_by: Option<String>,
    /// The ARN of the role or user that the session's credentials came from.
    pub issuer_arn: Option<String>,
    /// The ARN of the identity.
    pub arn: Option<String>,
    /// The provider that vouched for a federated identity.
    pub identity_provider: Option<String>,
    /// An instance holds the credentials, `sessionContext.ec2RoleDelivery`.
    pub on_instance: bool,
    /// The user of IAM Identity Center on whose behalf the call was made, `onBehalfOf.userId`.
    pub on_behalf_of: Option<String>,
}

/// One name for whoever acted; `None` where the record does not say.
#[must_use]
pub fn actor(event: &Event<'_>) -> Option<String> {
    identity(event).display
}

/// Fields that find the events of an identity, the most telling first.
const BY: [&str; 4] =
    ["aws.cloudtrail.user_identity.arn", "user.name", "aws.cloudtrail.user_identity.invoked_by", "user.id"];

/// The field, and its value, that finds the other events of whoever acted; `None` where the record does not say.
#[must_use]
pub fn actor_field(event: &Event<'_>) -> Option<(&'static str, String)> {
    BY.into_iter().find_map(|field| Some((field, event.get(field)?)))
}

#[must_use]
pub fn identity(event: &Event<'_>) -> Identity {
    match &event.form {
        Form::Record(_, record) => {
            // The text was checked when the event was read.
            Identity::of(record.user_identity.map(Json::read))
        }
        Form::Document(_, Some(record)) => Identity::of(Json::read(record).into_object().take("userIdentity")),
        Form::Document(_, None) => Identity::of_ecs(event),
    }
}

impl Identity {
    /// Reads a record's `userIdentity`.
    fn of(user_identity: Option<Json<'_>>) -> Self {
        let object = user_identity.map_or_else(Object::new, Json::into_object);
        let text = |path: &str| {
            let text = get(&object, path)?.as_str()?;
            (!prune::is_empty_text(text)).then(|| text.to_owned())
        };
        Self {
            kind: IdentityKind::of(text("type").as_deref()),
            user: text("userName"),
            role: text("sessionContext.sessionIssuer.userName"),
            account: text("accountId"),
            principal: text("principalId"),
            access_key: text("accessKeyId"),
            mfa: truth(get(&object, "sessionContext.attributes.mfaAuthenticated")),
            opened: text("sessionContext.attributes.creationDate").and_then(|text| time::parse(&text)),
            source_identity: text("sessionContext.sourceIdentity"),
            invoked_by: text("invokedBy"),
            issuer_arn: text("sessionContext.sessionIssuer.arn"),
            arn: text("arn"),
            identity_provider: text("identityProvider")
                .or_else(|| text("sessionContext.webIdFederationData.federatedProvider")),
            on_instance: get(&object, "sessionContext.ec2RoleDelivery").is_some(),
            on_behalf_of: text("onBehalfOf.userId"),
            ..Self::default()
        }
        .completed()
    }

    /// Reads the fields that a document made of a record still has.
    fn of_ecs(event: &Event<'_>) -> Self {
        let own = |name: &str| event.get(&format!("aws.cloudtrail.user_identity.{name}"));
        let kind = IdentityKind::of(own("type").as_deref());
        // The mapping puts the role's name where a user's would be.
        let session = matches!(kind, IdentityKind::AssumedRole | IdentityKind::FederatedUser);
        let name = event.get("user.name");
        let center = kind == IdentityKind::IdentityCenterUser;
        Self {
            user: if session { None } else { name.clone() },
            role: if session { name } else { None },
            account: event.get("cloud.account.id"),
            principal: event.get("user.id"),
            access_key: own("access_key_id"),
            mfa: own("session_context.mfa_authenticated").and_then(|text| text.parse().ok()),
            opened: own("session_context.creation_date").and_then(|text| time::parse(&text)),
            source_identity: own("session_context.source_identity"),
            invoked_by: own("invoked_by"),
            issuer_arn: own("session_context.session_issuer.arn"),
            arn: own("arn"),
            identity_provider: own("identity_provider")
                .or_else(|| own("session_context.web_id_federation_data.federated_provider")),
            on_instance: own("session_context.ec2_role_delivery").is_some(),
            on_behalf_of: if center { event.get("user.id") } else { None },
            kind,
            ..Self::default()
        }
        .completed()
    }

    /// Fills in what the ARN and the principal say, and the name for the table.
    fn completed(mut self) -> Self {
        let arn = self.arn.as_deref().map(Arn::of).unwrap_or_default();
        self.account = self.account.or(arn.account);
        match self.kind {
            IdentityKind::AssumedRole | IdentityKind::Role => {
                self.role =
                    self.role.or(arn.parent).or_else(|| self.issuer_arn.as_deref().and_then(|arn| Arn::of(arn).name));
                let from_principal = || Some(self.principal.as_deref()?.split_once(':')?.1.to_owned());
                self.session = match self.kind {
                    IdentityKind::AssumedRole => arn.name.or_else(from_principal),
                    _ => None,
                };
            }
            IdentityKind::FederatedUser => self.session = arn.name,
            IdentityKind::IamUser => self.user = self.user.or(arn.name),
            _ => {}
        }
        self.display = self.name_for_table();
        self
    }

    fn name_for_table(&self) -> Option<String> {
        let known = |names: &[&Option<String>]| names.iter().find_map(|name| (*name).clone());
        match self.kind {
            IdentityKind::Root => Some("root".to_owned()),
            IdentityKind::AssumedRole => match (&self.role, &self.session) {
                (Some(role), Some(session)) => Some(format!("{role}/{session}")),
                _ => known(&[&self.role, &self.session, &self.user, &self.arn, &self.principal]),
            },
            IdentityKind::Role => known(&[&self.role, &self.arn, &self.principal]),
            IdentityKind::FederatedUser => known(&[&self.user, &self.session, &self.role, &self.principal]),
            IdentityKind::AwsAccount => known(&[&self.account, &self.principal, &self.arn]),
            IdentityKind::AwsService => known(&[&self.invoked_by, &self.principal]),
            IdentityKind::IdentityCenterUser => known(&[&self.on_behalf_of, &self.user, &self.principal]),
            IdentityKind::IamUser
            | IdentityKind::SamlUser
            | IdentityKind::WebIdentityUser
            | IdentityKind::Other(_)
            | IdentityKind::Absent => {
                known(&[&self.user, &self.principal, &self.arn, &self.invoked_by, &self.access_key, &self.account])
            }
        }
    }
}

/// The parts of an ARN that say who: `arn:partition:service:region:account:type/parent/name`.
#[derive(Default)]
struct Arn {
    account: Option<String>,
    /// The part before the last, without the resource's type.
    parent: Option<String>,
    name: Option<String>,
}

impl Arn {
    fn of(arn: &str) -> Self {
        let mut parts = arn.splitn(6, ':');
        let account = parts.nth(4).filter(|account| !account.is_empty()).map(str::to_owned);
        let Some((_, path)) = parts.next().and_then(|resource| resource.split_once('/')) else {
            return Self { account, ..Self::default() };
        };
        let mut path = path.rsplit('/').map(str::to_owned);
        Self { account, name: path.next(), parent: path.next() }
    }
}

/// A boolean, or the word for it.
fn truth(value: Option<&Json<'_>>) -> Option<bool> {
    match value? {
        Json::Bool(truth) => Some(*truth),
        Json::Text(text) => text.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn of(value: Value) -> Identity {
        Identity::of(Some(value.into()))
    }

    #[test]
    fn every_kind_has_a_name_for_the_table() {
        let role = json!({
            "type": "AssumedRole", "principalId": "AROAEXAMPLE:jsmith", "accountId": "111122223333",
            "arn": "arn:aws:sts::111122223333:assumed-role/etl-role/jsmith", "accessKeyId": "ASIAEXAMPLE",
            "sessionContext": {
                "attributes": {"mfaAuthenticated": "false"},
                "sessionIssuer": {"type": "Role", "arn": "arn:aws:iam::111122223333:role/team/etl-role", "userName": "etl-role"},
            },
        });
        for (value, kind, display) in [
            (json!({"type": "Root", "accountId": "111122223333"}), IdentityKind::Root, Some("root")),
            (json!({"type": "IAMUser", "userName": "alice"}), IdentityKind::IamUser, Some("alice")),
            (
                json!({"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/team/bob"}),
                IdentityKind::IamUser,
                Some("bob"),
            ),
            (role.clone(), IdentityKind::AssumedRole, Some("etl-role/jsmith")),
            (
                json!({"type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/r/s"}),
                IdentityKind::AssumedRole,
                Some("r/s"),
            ),
            (json!({"type": "AssumedRole", "principalId": "AROA:s"}), IdentityKind::AssumedRole, Some("s")),
            (
                json!({"type": "FederatedUser", "arn": "arn:aws:sts::111122223333:federated-user/carol",
                    "sessionContext": {"sessionIssuer": {"userName": "broker"}}}),
                IdentityKind::FederatedUser,
                Some("carol"),
            ),
            (
                json!({"type": "AWSAccount", "accountId": "444455556666"}),
                IdentityKind::AwsAccount,
                Some("444455556666"),
            ),
            (
                json!({"type": "AWSService", "invokedBy": "rds.amazonaws.com"}),
                IdentityKind::AwsService,
                Some("rds.amazonaws.com"),
            ),
            (
                json!({"type": "SAMLUser", "userName": "dora", "identityProvider": "idp"}),
                IdentityKind::SamlUser,
                Some("dora"),
            ),
            (json!({"type": "WebIdentityUser", "userName": "eve"}), IdentityKind::WebIdentityUser, Some("eve")),
            (
                json!({"type": "IdentityCenterUser", "onBehalfOf": {"userId": "9067-1", "identityStoreArn": "a"}}),
                IdentityKind::IdentityCenterUser,
                Some("9067-1"),
            ),
            (json!({"type": "Unknown", "principalId": "p"}), IdentityKind::Other("Unknown".into()), Some("p")),
            (json!({}), IdentityKind::Absent, None),
            (json!("odd"), IdentityKind::Absent, None),
            (json!({"type": "IAMUser", "userName": ""}), IdentityKind::IamUser, None),
        ] {
            let identity = of(value.clone());
            assert_eq!((identity.kind, identity.display.as_deref()), (kind, display), "{value}");
        }
        let identity = of(role);
        assert_eq!(identity.mfa, Some(false));
        assert_eq!(identity.issuer_arn.as_deref(), Some("arn:aws:iam::111122223333:role/team/etl-role"));
        assert_eq!(identity.access_key.as_deref(), Some("ASIAEXAMPLE"));
        assert_eq!(Identity::of(None), Identity::default());
    }

    #[test]
    fn the_actor_is_found_again_by_the_most_telling_field_there_is() {
        let field = |identity: Value| {
            let record = json!({"eventName": "X", "eventSource": "rds.amazonaws.com", "userIdentity": identity});
            actor_field(&Event::parse(record.to_string().as_bytes()).unwrap())
        };
        let arn = "arn:aws:iam::111122223333:user/bob";
        assert_eq!(
            field(json!({"type": "IAMUser", "arn": arn, "userName": "bob"})),
            Some(("aws.cloudtrail.user_identity.arn", arn.to_owned()))
        );
        assert_eq!(field(json!({"type": "IAMUser", "userName": "bob"})), Some(("user.name", "bob".to_owned())));
        let service = json!({"type": "AWSService", "invokedBy": "rds.amazonaws.com"});
        let by = "aws.cloudtrail.user_identity.invoked_by";
        assert_eq!(field(service), Some((by, "rds.amazonaws.com".to_owned())));
        assert_eq!(field(json!({})), None);
    }

    #[test]
    fn a_mapped_document_gives_the_same_identity_as_its_record() {
        let record = json!({
            "eventName": "X", "eventSource": "rds.amazonaws.com",
            "userIdentity": {
                "type": "AssumedRole", "principalId": "AROAEXAMPLE:jsmith", "accountId": "111122223333",
                "arn": "arn:aws:sts::111122223333:assumed-role/etl-role/jsmith", "accessKeyId": "ASIAEXAMPLE",
                "sessionContext": {
                    "attributes": {"mfaAuthenticated": "true", "creationDate": "2026-11-23T10:00:00Z"},
                    "sessionIssuer": {"arn": "arn:aws:iam::111122223333:role/etl-role", "userName": "etl-role"},
                    "sourceIdentity": "jsmith",
                },
            },
        })
        .to_string();
        let event = Event::parse(record.as_bytes()).unwrap();
        let document = event.ecs().to_string();
        let again = Event::parse(document.as_bytes()).unwrap();
        assert_eq!(identity(&again), identity(&event));
        assert_eq!(actor(&again).as_deref(), Some("etl-role/jsmith"));
        assert_eq!(identity(&again).opened, "2026-11-23T10:00:00Z".parse().ok());
        assert_eq!(identity(&again).source_identity.as_deref(), Some("jsmith"));
    }
}
