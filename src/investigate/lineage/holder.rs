//! Who has credentials, as the records that issue or use them tell it.

use crate::event::{Identity, IdentityKind};
use crate::investigate::arn::Arn;
use crate::investigate::trace;

/// Who has credentials.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Holder {
    pub kind: IdentityKind,
    /// One name: `root`, a user, `role/session`, a service, an account.
    pub name: Option<String>,
    pub arn: Option<String>,
    pub account: Option<String>,
    pub user: Option<String>,
    pub role: Option<String>,
    /// The ARN of the role or user behind a session.
    pub issuer_arn: Option<String>,
    /// The name of the session.
    pub session: Option<String>,
    /// The provider that vouched for it.
    pub provider: Option<String>,
    /// The human, where the log tells, as a trace names them.
    pub person: Option<String>,
}

impl Holder {
    pub(super) fn of(who: &Identity) -> Self {
        let person = trace::person(who);
        Self {
            // One spelling of a mail address, whichever record names it.
            person: person.map(|person| if person.contains('@') { person.to_lowercase() } else { person }),
            kind: who.kind.clone(),
            name: who.display.clone(),
            arn: who.arn.clone(),
            account: who.account.clone(),
            user: who.user.clone(),
            role: who.role.clone(),
            issuer_arn: who.issuer_arn.clone(),
            session: who.session.clone(),
            provider: who.identity_provider.clone(),
        }
    }

    pub(super) fn root() -> Self {
        Self { kind: IdentityKind::Root, name: Some("root".to_owned()), ..Self::default() }
    }

    /// Of an ARN alone.
    pub(super) fn named(text: &str) -> Self {
        let arn = Arn::of(text);
        let parts: Vec<&str> = arn.map(|arn| arn.resource.split('/').collect()).unwrap_or_default();
        let part = |at: usize| parts.get(at).map(|part| (*part).to_owned());
        let mut who = Identity {
            account: arn.map(|arn| arn.account.to_owned()),
            arn: Some(text.to_owned()),
            ..Identity::default()
        };
        match parts.first() {
            Some(&"user") => {
                who.kind = IdentityKind::IamUser;
                who.user = last_of(text);
                who.display.clone_from(&who.user);
            }
            Some(&"assumed-role") => {
                (who.kind, who.role, who.session) = (IdentityKind::AssumedRole, part(1), part(2));
                who.display = Some(parts[1..].join("/"));
            }
            Some(&"root") => {
                return Self { person: who.arn.clone(), arn: who.arn, account: who.account, ..Self::root() };
            }
            _ => who.display = Some(text.to_owned()),
        }
        Self::of(&who)
    }

    /// What a session without a known key is found by: its ARN; of IAM Identity Center, whose records do not name it, the
    /// account, the permission set and the person.
    pub(super) fn place(&self) -> Option<String> {
        let set = self.role.as_deref().and_then(|role| role.strip_prefix("AWSReservedSSO_"));
        if let (Some(set), Some(account), Some(session)) = (set, &self.account, &self.session) {
            let is_hash = |end: &str| end.len() == 16 && end.bytes().all(|b| b.is_ascii_hexdigit());
            let set = set.rsplit_once('_').filter(|(_, end)| is_hash(end)).map_or(set, |(set, _)| set).to_lowercase();
            return Some(format!("sso:{account}/{set}/{}", session.to_lowercase()));
        }
        let portal = || matches!(self.kind, IdentityKind::IdentityCenterUser | IdentityKind::Other(_));
        let of_portal = || {
            let user = self.user.as_ref().or(self.session.as_ref()).or(self.name.as_ref()).filter(|_| portal())?;
            Some(format!("sso:{}", user.to_lowercase()))
        };
        self.arn.clone().or_else(of_portal)
    }
}

/// The name at the end of an ARN.
pub(super) fn last_of(arn: &str) -> Option<String> {
    Arn::of(arn).map(|arn| arn.name().to_owned())
}
