//! One issuing of credentials, as a record tells it. Text is as the log gave it.

use std::sync::Arc;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::holder::{Holder, last_of};
use crate::event::{self, Event, Identity, IdentityKind};
use crate::investigate::arn::Arn;
use crate::query::{Document as _, Scalar};

/// One issuing of credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub time: DateTime<Utc>,
    /// `AssumeRole`, `ConsoleLogin` …
    pub action: &'static str,
    /// The access key that was issued, where the log names it.
    pub issued: Option<String>,
    /// Whom it is for.
    pub to: Arc<Holder>,
    /// When it ends, where the log tells.
    pub until: Option<DateTime<Utc>>,
    /// The access key that signed the call, where the log names it.
    pub signed: Option<String>,
    pub by: Arc<Holder>,
    /// When the session of the caller was opened.
    pub by_opened: Option<DateTime<Utc>>,
    /// An address, or a service's name.
    pub source: Option<String>,
    /// Whether the call was made with MFA, where the log tells.
    pub mfa: Option<bool>,
    pub event_id: String,
    /// The account of the record.
    pub recorded_in: Option<String>,
    /// `sharedEventID`: what the records of one call in several accounts have in common.
    pub shared_id: Option<String>,
}

/// The credentials behind an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    pub key: Option<String>,
    pub holder: Holder,
    /// When the session was opened, where the log tells.
    pub opened: Option<DateTime<Utc>>,
    /// Of the event.
    pub time: DateTime<Utc>,
    pub event_id: String,
}

impl Credentials {
    #[must_use]
    pub fn of(event: &Event<'_>) -> Option<Self> {
        let who = event::identity(event);
        Some(Self {
            key: who.access_key.clone(),
            opened: who.opened,
            holder: Holder::of(&who),
            time: event.time()?,
            event_id: event.id().to_owned(),
        })
    }
}

/// Calls that issue credentials, and the service they belong to.
const ISSUING: [(&str, &str); 14] = [
    ("AssumeRole", "sts"),
    ("AssumeRoleWithSAML", "sts"),
    ("AssumeRoleWithWebIdentity", "sts"),
    ("AssumeRoot", "sts"),
    ("GetSessionToken", "sts"),
    ("GetFederationToken", "sts"),
    ("CreateAccessKey", "iam"),
    ("ConsoleLogin", "signin"),
    ("SwitchRole", "signin"),
    ("RenewRole", "signin"),
    ("Authenticate", "sso"),
    ("UserAuthentication", "signin"),
    ("Federate", "sso"),
    ("GetRoleCredentials", "sso"),
];

impl Link {
    /// The calls that issue credentials.
    pub fn actions() -> impl Iterator<Item = &'static str> {
        ISSUING.iter().map(|(action, _)| *action)
    }

    /// What the event issued; `None` where it issued nothing or failed. Costs next to nothing for other calls.
    #[must_use]
    pub fn of(event: &Event<'_>) -> Option<Self> {
        let mut call = None;
        event.any("event.action", &mut |value| {
            call = ISSUING.iter().find(|(action, _)| value == Scalar::Str(action));
            true
        });
        let (action, service) = *call?;
        let ours = event.any("event.provider", &mut |value| match value {
            Scalar::Str(provider) => provider.strip_suffix(".amazonaws.com") == Some(service),
            _ => false,
        });
        let failed = event.any("aws.cloudtrail.error_code", &mut |_| true)
            || event.any("aws.cloudtrail.error_message", &mut |_| true);
        if !ours || failed {
            return None;
        }
        let (who, time) = (event::identity(event), event.time()?);
        let call =
            Call { action, who: &who, request: event.request(), answer: event.response(), more: More::of(event) };
        let (to, by) = (call.to()?, call.by());
        let issued =
            text(&call.answer, "credentials.accessKeyId").or_else(|| text(&call.answer, "accessKey.accessKeyId"));
        Some(Self {
            time,
            action,
            until: call.until(time),
            issued,
            to: Arc::new(to),
            signed: who.access_key.clone().filter(|_| action != "SwitchRole"),
            by: Arc::new(by),
            by_opened: who.opened.filter(|_| action != "SwitchRole"),
            source: event.get("source.address"),
            mfa: call.mfa(),
            event_id: event.id().to_owned(),
            recorded_in: event.get("aws.cloudtrail.recipient_account_id"),
            shared_id: call.more.shared,
        })
    }

    /// Whether it begins with a password or an identity provider, not with credentials of AWS.
    pub(super) fn signs_in(&self) -> bool {
        self.signed.is_none()
            && !matches!(self.action, "SwitchRole" | "AssumeRole")
            && !matches!(self.by.kind, IdentityKind::AwsAccount)
    }

    /// Whether the portal of IAM Identity Center handed them out, to somebody who had signed in there.
    pub(super) fn is_of_portal(&self) -> bool {
        matches!(self.action, "Federate" | "GetRoleCredentials")
    }
}

/// The parts of a record that the ECS fields have only in a whole document.
#[derive(Deserialize, Default)]
#[serde(default)]
struct More {
    #[serde(rename = "eventName")]
    is_record: Option<IgnoredAny>,
    #[serde(rename = "sharedEventID")]
    shared: Option<String>,
    #[serde(rename = "additionalEventData")]
    additional: Value,
    #[serde(rename = "serviceEventDetails")]
    details: Value,
}

impl More {
    fn of(event: &Event<'_>) -> Self {
        let mut more: Self = serde_json::from_str(event.raw()).unwrap_or_default();
        if more.is_record.is_none() {
            let flat = "aws.cloudtrail.flattened.additional_eventdata";
            more.shared = event.get("aws.cloudtrail.shared_event_id");
            let login = event.get("aws.cloudtrail.console_login.additional_eventdata.mfa_used");
            let mfa = login.map(|used| if used == "true" { "Yes" } else { "No" });
            more.additional =
                serde_json::json!({"MFAUsed": mfa, "SwitchFrom": event.get(&format!("{flat}.SwitchFrom"))});
        }
        more
    }
}

/// A call that issues credentials.
struct Call<'a> {
    action: &'static str,
    who: &'a Identity,
    request: Value,
    answer: Value,
    more: More,
}

impl Call<'_> {
    /// Whom the credentials are for; `None` where none were issued.
    fn to(&self) -> Option<Holder> {
        let Self { who, answer, request, .. } = self;
        match self.action {
            "AssumeRole" | "AssumeRoleWithSAML" | "AssumeRoleWithWebIdentity" => self.role_session(),
            "AssumeRoot" => {
                let target = text(request, "targetPrincipal")?;
                let account = Arn::of(&target).map_or(target.as_str(), |arn| arn.account).to_owned();
                let arn = format!("arn:aws:iam::{account}:root");
                Some(Holder { person: Some(arn.clone()), arn: Some(arn), account: Some(account), ..Holder::root() })
            }
            "GetSessionToken" => Some(Holder::of(who)),
            "GetFederationToken" => {
                let arn = text(answer, "federatedUser.arn");
                let session = arn.as_deref().and_then(last_of).or_else(|| text(request, "name"))?;
                Some(Holder {
                    kind: IdentityKind::FederatedUser,
                    name: Some(session.clone()),
                    arn,
                    account: who.account.clone(),
                    issuer_arn: who.arn.clone(),
                    session: Some(session),
                    person: who.arn.clone().filter(|arn| arn.contains(":user/")),
                    ..Holder::default()
                })
            }
            "CreateAccessKey" => {
                text(answer, "accessKey.accessKeyId")?;
                let user = text(answer, "accessKey.userName").or_else(|| text(request, "userName"));
                if user.is_none() || (who.kind == IdentityKind::IamUser && user == who.user) {
                    return Some(Holder::of(who));
                }
                Some(Holder {
                    kind: IdentityKind::IamUser,
                    name: user.clone(),
                    account: who.account.clone(),
                    user,
                    ..Holder::default()
                })
            }
            "ConsoleLogin" => {
                text(answer, "ConsoleLogin").is_none_or(|word| word == "Success").then(|| Holder::of(who))
            }
            "SwitchRole" | "RenewRole" => Some(Holder::of(who)),
            _ => self.of_sso(),
        }
    }

    fn role_session(&self) -> Option<Holder> {
        let role_arn = text(&self.request, "roleArn");
        let role = role_arn.as_deref().and_then(last_of);
        let said = text(&self.answer, "assumedRoleUser.arn");
        let arn = said.or_else(|| {
            let (session, role) = (text(&self.request, "roleSessionName")?, role.as_ref()?);
            let Arn { partition, account, .. } = Arn::of(role_arn.as_deref()?)?;
            Some(format!("arn:{partition}:sts::{account}:assumed-role/{role}/{session}"))
        })?;
        let who = Identity {
            kind: IdentityKind::AssumedRole,
            account: Arn::of(&arn).map(|arn| arn.account.to_owned()),
            role: role.or_else(|| Some(Arn::of(&arn)?.resource.split('/').nth(1)?.to_owned())),
            session: last_of(&arn),
            issuer_arn: role_arn,
            arn: Some(arn),
            ..Identity::default()
        };
        let name = Some(format!("{}/{}", who.role.as_deref()?, who.session.as_deref()?));
        Some(Holder { name, ..Holder::of(&who) })
    }

    /// IAM Identity Center names the permission set and the account; the role has the set's name in its own.
    fn of_sso(&self) -> Option<Holder> {
        let detail = |name: &str| text(&self.more.details, name).or_else(|| text(&self.request, name));
        let session = self.who.user.clone().or_else(|| self.who.on_behalf_of.clone());
        let account = detail("account_id").or_else(|| detail("accountId"));
        let role = detail("role_name").or_else(|| detail("roleName")).map(|set| format!("AWSReservedSSO_{set}"));
        session.as_ref()?;
        Some(Holder {
            kind: if role.is_some() { IdentityKind::AssumedRole } else { self.who.kind.clone() },
            name: role.clone().or_else(|| session.clone()),
            person: session.as_ref().map(|name| name.to_lowercase()),
            account,
            role,
            session,
            ..Holder::default()
        })
    }

    fn by(&self) -> Holder {
        let switched = text(&self.more.additional, "SwitchFrom").filter(|_| self.action == "SwitchRole");
        match switched {
            Some(arn) => Holder::named(&arn),
            None => Holder::of(self.who),
        }
    }

    fn until(&self, time: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let said = text(&self.answer, "credentials.expiration").and_then(|text| expiration(&text));
        let seconds = ["durationSeconds", "DurationSeconds"].iter().find_map(|name| self.request.get(name)?.as_i64());
        said.or_else(|| time.checked_add_signed(TimeDelta::try_seconds(seconds?)?))
    }

    fn mfa(&self) -> Option<bool> {
        match text(&self.more.additional, "MFAUsed").as_deref() {
            Some("Yes") => Some(true),
            Some("No") => Some(false),
            _ if text(&self.request, "serialNumber").is_some() => Some(true),
            _ => self.who.mfa,
        }
    }
}

fn text(value: &Value, path: &str) -> Option<String> {
    let found = path.split('.').try_fold(value, |value, name| value.get(name))?;
    found.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// `Nov 23, 2026, 11:12:04 AM`, or ISO 8601. Some versions of Java write a narrow space before `AM`.
fn expiration(text: &str) -> Option<DateTime<Utc>> {
    let plain = text.replace('\u{202f}', " ");
    let english = || NaiveDateTime::parse_from_str(&plain, "%b %d, %Y, %I:%M:%S %p").ok().map(|time| time.and_utc());
    english().or_else(|| plain.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_read_as_java_writes_it() {
        let end = "2026-11-23T11:12:04Z".parse().ok();
        for text in ["Nov 23, 2026, 11:12:04 AM", "Nov 23, 2026, 11:12:04\u{202f}AM", "2026-11-23T11:12:04Z"] {
            assert_eq!(expiration(text), end, "{text}");
        }
        assert_eq!(expiration("soon"), None);
    }
}
