//! Commands that a step offers to copy, and advice where no command helps.

mod lineage;

use chrono::{DateTime, Duration, Utc};
use serde_json::json;

use crate::event::IdentityKind;

use super::Facts;
use super::arn::{Arn, foreign_account};
use super::notes::Notes;
use super::shell::{Draft, is_access_key, is_account, is_iam_name, is_region};

pub(super) use lineage::contain as contain_lineage;

/// Who may change a role's policies.
pub(super) enum RoleKind<'a> {
    /// Its account; the role's name.
    Own(&'a str),
    /// Only AWS: the role is linked to a service.
    Service,
    /// IAM Identity Center, through the permission set of this name.
    PermissionSet(&'a str),
}

pub(super) fn role_kind<'a>(arn: Option<&'a str>, name: Option<&'a str>) -> Option<RoleKind<'a>> {
    let arn = arn.and_then(Arn::of).filter(|arn| arn.resource.starts_with("role/"));
    let name = arn.map(|arn| arn.name()).or(name)?;
    if arn.is_some_and(|arn| arn.resource.starts_with("role/aws-service-role/"))
        || name.starts_with("AWSServiceRoleFor")
    {
        return Some(RoleKind::Service);
    }
    match name.strip_prefix("AWSReservedSSO_") {
        Some(rest) => Some(RoleKind::PermissionSet(rest.rsplit_once('_').map_or(rest, |(set, _)| set))),
        None => Some(RoleKind::Own(name)),
    }
}

/// Revokes the credentials that made the call.
pub(super) fn contain_identity(notes: &mut Notes, facts: &Facts, now: DateTime<Utc>) {
    let who = &facts.identity;
    let key = who.access_key.as_deref();
    match who.kind {
        IdentityKind::AssumedRole | IdentityKind::Role => {
            match role_kind(who.issuer_arn.as_deref().or(who.arn.as_deref()), who.role.as_deref()) {
                Some(RoleKind::Own(role)) => {
                    let there = who.issuer_arn.as_deref().and_then(|arn| foreign_account(arn, facts.account.as_deref()));
                    let place = there.map(|account| format!(" (in account {account})")).unwrap_or_default();
                    let title = format!("Deny everything to sessions of the role that began before now{place}");
                    notes.offer(
                        Draft::new(title, "aws iam put-role-policy")
                            .value("--role-name", Some(role), is_iam_name)
                            .own("--policy-name", "AWSRevokeOlderSessions")
                            .own("--policy-document", &revoke_older_sessions(now))
                            .done(),
                    );
                }
                Some(RoleKind::Service) => notes.advise(
                    "The role is linked to a service: only AWS changes it. Find out who told the service to export.",
                ),
                Some(RoleKind::PermissionSet(set)) => permission_set(notes, set, facts),
                None => notes.advise("The log does not name the role: look it up by the access key before you revoke."),
            }
        }
        IdentityKind::IamUser => {
            let user = who.user.as_deref();
            if key.is_some_and(|key| key.starts_with("ASIA")) {
                notes.offer(
                    Draft::new("Deny everything to sessions of the user that began before now", "aws iam put-user-policy")
                        .value("--user-name", user, is_iam_name)
                        .own("--policy-name", "AWSRevokeOlderSessions")
                        .own("--policy-document", &revoke_older_sessions(now))
                        .done(),
                );
            } else {
                notes.offer(
                    Draft::new("Deactivate the access key that signed the call", "aws iam update-access-key")
                        .value("--user-name", user, is_iam_name)
                        .value("--access-key-id", key, is_access_key)
                        .own("--status", "Inactive")
                        .done(),
                );
            }
            notes.offer(
                Draft::new("Remove the user's console password", "aws iam delete-login-profile")
                    .value("--user-name", user, is_iam_name)
                    .done(),
            );
        }
        IdentityKind::IdentityCenterUser => permission_set(notes, "", facts),
        IdentityKind::Root => notes.advise(
            "No policy restrains root: change its password, delete its access keys and check its MFA devices, signed in as root.",
        ),
        IdentityKind::AwsService => notes.advise(
            "A service made the call by itself, there are no credentials to revoke: find out who configured it.",
        ),
        IdentityKind::FederatedUser => notes.advise(
            "The session comes from GetFederationToken and ends when the IAM user behind it loses its permissions: restrict that user.",
        ),
        IdentityKind::AwsAccount => notes.advise(
            "The caller belongs to another account: remove what lets it in (role trust, key policy, shared snapshot) and tell its owner.",
        ),
        IdentityKind::SamlUser | IdentityKind::WebIdentityUser => {
            notes.advise("Block the person at the identity provider first; then revoke the sessions of the role they took.");
        }
        IdentityKind::Other(_) | IdentityKind::Absent => {
            notes.advise("The log does not say what kind of identity this is: look it up by the access key before you revoke.");
        }
    }
}

fn permission_set(notes: &mut Notes, set: &str, facts: &Facts) {
    let set = if is_iam_name(set) { format!(" {set}") } else { String::new() };
    let account =
        facts.account.as_deref().filter(|a| is_account(a)).map(|a| format!(" in account {a}")).unwrap_or_default();
    notes.advise(format!(
        "The role is managed by IAM Identity Center and takes no inline policy: remove the person's assignment to permission set{set}{account} (aws sso-admin delete-account-assignment), then end their sessions there.",
    ));
    notes.offer(
        Draft::new("Find the Identity Center instance that holds the assignment", "aws sso-admin list-instances")
            .done(),
    );
}

fn revoke_older_sessions(now: DateTime<Utc>) -> String {
    let now = now.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": {"DateLessThan": {"aws:TokenIssueTime": now}},
    }]})
    .to_string()
}

/// Looks up other calls with the same credentials, a day before and after.
pub(super) fn lookup(notes: &mut Notes, facts: &Facts) {
    let Some(time) = facts.time else { return };
    let who = &facts.identity;
    let (attribute, value, valid): (_, _, fn(&str) -> bool) = match &who.access_key {
        Some(key) => ("AccessKeyId", Some(key), is_access_key),
        None => ("Username", who.session.as_ref().or(who.user.as_ref()), is_user_name),
    };
    let Some(value) = value.filter(|value| valid(value)) else { return };
    let day = Duration::hours(24);
    let stamp =
        |time: Option<DateTime<Utc>>| time.map(|t| t.format("%Y-%m-%dT%H:%M:%SZ").to_string()).unwrap_or_default();
    notes.offer(
        Draft::new("Every call with the same credentials, a day before and after", "aws cloudtrail lookup-events")
            .own("--lookup-attributes", &format!("AttributeKey={attribute},AttributeValue={value}"))
            .own("--start-time", &stamp(time.checked_sub_signed(day)))
            .own("--end-time", &stamp(time.checked_add_signed(day)))
            .value("--region", facts.region.as_deref(), is_region)
            .done(),
    );
}

/// A name that can stand in the CLI's shorthand syntax, where a comma would end it.
fn is_user_name(value: &str) -> bool {
    is_iam_name(value) && !value.contains([',', '=']) && !value.starts_with('-')
}

/// Lists the policies of the identity.
pub(super) fn permissions(notes: &mut Notes, facts: &Facts) {
    let who = &facts.identity;
    match who.kind {
        IdentityKind::AssumedRole | IdentityKind::Role => {
            let arn = who.issuer_arn.as_deref().or(who.arn.as_deref());
            let role = arn.and_then(Arn::of).filter(|arn| arn.resource.starts_with("role/")).map(|arn| arn.name());
            for (title, words) in [
                ("The managed policies of the role", "aws iam list-attached-role-policies"),
                ("The inline policies of the role", "aws iam list-role-policies"),
            ] {
                notes.offer(
                    Draft::new(title, words).value("--role-name", role.or(who.role.as_deref()), is_iam_name).done(),
                );
            }
        }
        IdentityKind::IamUser => {
            for (title, words) in [
                ("The managed policies of the user", "aws iam list-attached-user-policies"),
                ("The inline policies of the user", "aws iam list-user-policies"),
            ] {
                notes.offer(Draft::new(title, words).value("--user-name", who.user.as_deref(), is_iam_name).done());
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests;
