//! The commands that a step can offer to copy, and what to do where no command helps.

use chrono::{DateTime, Duration, Utc};
use serde_json::json;

use crate::event::IdentityKind;

use super::arn::Arn;
use super::overview::foreign;
use super::shell::{
    Draft, is_access_key, is_account, is_bucket, is_iam_name, is_kms_key, is_prefix, is_rds_arn, is_region, is_task,
};
use super::{Command, Export, Facts};

/// Commands, and lines that say what to do by hand.
#[derive(Debug, Default)]
pub(super) struct Offer {
    pub(super) commands: Vec<Command>,
    pub(super) guidance: Vec<String>,
}

impl Offer {
    fn add(&mut self, command: Option<Command>) {
        self.commands.extend(command);
    }

    fn say(&mut self, text: impl Into<String>) {
        self.guidance.push(text.into());
    }
}

/// What a role is, as far as its policies go.
enum RoleKind<'a> {
    /// An ordinary one, by name.
    Own(&'a str),
    /// Made by a service for itself: AWS alone may change it.
    Service,
    /// Made by IAM Identity Center from the permission set of this name.
    PermissionSet(&'a str),
}

fn role_kind<'a>(arn: Option<&'a str>, name: Option<&'a str>) -> Option<RoleKind<'a>> {
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

/// Takes the credentials away from whoever made the call.
pub(super) fn contain_identity(facts: &Facts, now: DateTime<Utc>) -> Offer {
    let mut offer = Offer::default();
    let who = &facts.identity;
    let key = who.access_key.as_deref();
    match who.kind {
        IdentityKind::AssumedRole | IdentityKind::Role => {
            match role_kind(who.issuer_arn.as_deref().or(who.arn.as_deref()), who.role.as_deref()) {
                Some(RoleKind::Own(role)) => {
                    let there = who.issuer_arn.as_deref().and_then(|arn| foreign(arn, facts.account.as_deref()));
                    let place = there.map(|account| format!(" (in account {account})")).unwrap_or_default();
                    let title = format!("Deny everything to sessions of the role that began before now{place}");
                    offer.add(
                        Draft::new(title, "aws iam put-role-policy")
                            .value("--role-name", Some(role), is_iam_name)
                            .own("--policy-name", "AWSRevokeOlderSessions")
                            .own("--policy-document", &revoke_older_sessions(now))
                            .done(),
                    );
                }
                Some(RoleKind::Service) => offer.say(
                    "The role is linked to a service: only AWS changes it. Find out who told the service to export.",
                ),
                Some(RoleKind::PermissionSet(set)) => permission_set(&mut offer, set, facts),
                None => offer.say("The log does not name the role: look it up by the access key before you revoke."),
            }
        }
        IdentityKind::IamUser => {
            let user = who.user.as_deref();
            if key.is_some_and(|key| key.starts_with("ASIA")) {
                offer.add(
                    Draft::new("Deny everything to sessions of the user that began before now", "aws iam put-user-policy")
                        .value("--user-name", user, is_iam_name)
                        .own("--policy-name", "AWSRevokeOlderSessions")
                        .own("--policy-document", &revoke_older_sessions(now))
                        .done(),
                );
            } else {
                offer.add(
                    Draft::new("Deactivate the access key that signed the call", "aws iam update-access-key")
                        .value("--user-name", user, is_iam_name)
                        .value("--access-key-id", key, is_access_key)
                        .own("--status", "Inactive")
                        .done(),
                );
            }
            offer.add(
                Draft::new("Remove the user's console password", "aws iam delete-login-profile")
                    .value("--user-name", user, is_iam_name)
                    .done(),
            );
        }
        IdentityKind::IdentityCenterUser => permission_set(&mut offer, "", facts),
        IdentityKind::Root => offer.say(
            "No policy restrains root: change its password, delete its access keys and check its MFA devices, signed in as root.",
        ),
        IdentityKind::AwsService => offer.say(
            "A service made the call by itself, there are no credentials to revoke: find out who configured it.",
        ),
        IdentityKind::FederatedUser => offer.say(
            "The session comes from GetFederationToken and ends when the IAM user behind it loses its permissions: restrict that user.",
        ),
        IdentityKind::AwsAccount => offer.say(
            "The caller belongs to another account: remove what lets it in (role trust, key policy, shared snapshot) and tell its owner.",
        ),
        IdentityKind::SamlUser | IdentityKind::WebIdentityUser => {
            offer.say("Block the person at the identity provider first; then revoke the sessions of the role they took.");
        }
        IdentityKind::Other(_) | IdentityKind::Absent => {
            offer.say("The log does not say what kind of identity this is: look it up by the access key before you revoke.");
        }
    }
    offer
}

fn permission_set(offer: &mut Offer, set: &str, facts: &Facts) {
    let set = if is_iam_name(set) { format!(" {set}") } else { String::new() };
    let account =
        facts.account.as_deref().filter(|a| is_account(a)).map(|a| format!(" in account {a}")).unwrap_or_default();
    offer.say(format!(
        "The role is managed by IAM Identity Center and takes no inline policy: remove the person's assignment to permission set{set}{account} (aws sso-admin delete-account-assignment), then end their sessions there.",
    ));
    offer.add(
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

/// Looks at the task, and stops it.
pub(super) fn task(export: &Export, facts: &Facts, stop: bool) -> Offer {
    let mut offer = Offer::default();
    let draft = |title: &str, words: &str| {
        Draft::new(title, words)
            .value("--export-task-identifier", export.task.as_deref(), is_task)
            .value("--region", facts.region.as_deref(), is_region)
            .done()
    };
    offer.add(draft("See how far the export has come", "aws rds describe-export-tasks"));
    if stop {
        offer.add(draft("Cancel the export (what is written already stays)", "aws rds cancel-export-task"));
    }
    offer
}

/// Keeps the export role from writing on.
pub(super) fn deny_writes(export: &Export, facts: &Facts) -> Offer {
    let mut offer = Offer::default();
    let Some(arn) = export.role_arn.as_deref() else { return offer };
    match (role_kind(Some(arn), None), foreign(arn, facts.account.as_deref())) {
        (_, Some(_)) => {
            offer.say("The export role belongs to another account: only its owner can keep it from writing.")
        }
        (Some(RoleKind::Own(role)), None) => {
            let policy = json!({"Version": "2012-10-17", "Statement": [
                {"Effect": "Deny", "Action": "s3:PutObject", "Resource": "*"}]});
            offer.add(
                Draft::new("Keep the export role from writing to S3", "aws iam put-role-policy")
                    .value("--role-name", Some(role), is_iam_name)
                    .own("--policy-name", "IRDenyExportWrites")
                    .own("--policy-document", &policy.to_string())
                    .done(),
            );
        }
        _ => {}
    }
    offer
}

/// Looks at the bucket: whose it is, who may read it, what is in it.
pub(super) fn bucket(export: &Export, facts: &Facts) -> Offer {
    let mut offer = Offer::default();
    let draft =
        |title: &str, words: &str| Draft::new(title, words).value("--bucket", export.bucket.as_deref(), is_bucket);
    offer.add(
        draft("Is the bucket ours? (403: it belongs to another account)", "aws s3api head-bucket")
            .value("--expected-bucket-owner", facts.account.as_deref(), is_account)
            .done(),
    );
    offer.add(draft("Who may read the bucket", "aws s3api get-bucket-policy").done());
    let task = export.task.as_deref().filter(|task| is_task(task));
    let prefix =
        task.map(|task| match export.prefix.as_deref().map(|p| p.trim_end_matches('/')).filter(|p| !p.is_empty()) {
            Some(prefix) => format!("{prefix}/{task}"),
            None => task.to_owned(),
        });
    offer.add(
        draft("What the export has written", "aws s3api list-objects-v2")
            .value("--prefix", prefix.as_deref(), is_prefix)
            .done(),
    );
    offer
}

/// Who may use the key.
pub(super) fn key(export: &Export, facts: &Facts) -> Offer {
    let mut offer = Offer::default();
    let key = export.kms_key.as_deref();
    let own_region = key.and_then(Arn::of).map(|arn| arn.region);
    offer.add(
        Draft::new("Who was granted the use of the key", "aws kms list-grants")
            .value("--key-id", key, is_kms_key)
            .value("--region", own_region.or(facts.region.as_deref()), is_region)
            .done(),
    );
    offer
}

/// The tags of what was exported, which often name its owner.
pub(super) fn tags(export: &Export, facts: &Facts) -> Offer {
    let mut offer = Offer::default();
    let arn = export.source_arn.as_deref();
    let own_region = arn.and_then(Arn::of).map(|arn| arn.region);
    offer.add(
        Draft::new("The tags of what was exported", "aws rds list-tags-for-resource")
            .value("--resource-name", arn, is_rds_arn)
            .value("--region", own_region.or(facts.region.as_deref()), is_region)
            .done(),
    );
    offer
}

/// What else was done with the same credentials, a day around the event.
pub(super) fn lookup(facts: &Facts) -> Offer {
    let mut offer = Offer::default();
    let Some(time) = facts.time else { return offer };
    let who = &facts.identity;
    let (attribute, value, valid): (_, _, fn(&str) -> bool) = match &who.access_key {
        Some(key) => ("AccessKeyId", Some(key), is_access_key),
        None => ("Username", who.session.as_ref().or(who.user.as_ref()), is_user_name),
    };
    let Some(value) = value.filter(|value| valid(value)) else { return offer };
    let day = Duration::hours(24);
    let stamp =
        |time: Option<DateTime<Utc>>| time.map(|t| t.format("%Y-%m-%dT%H:%M:%SZ").to_string()).unwrap_or_default();
    offer.add(
        Draft::new("Every call with the same credentials, a day before and after", "aws cloudtrail lookup-events")
            .own("--lookup-attributes", &format!("AttributeKey={attribute},AttributeValue={value}"))
            .own("--start-time", &stamp(time.checked_sub_signed(day)))
            .own("--end-time", &stamp(time.checked_add_signed(day)))
            .value("--region", facts.region.as_deref(), is_region)
            .done(),
    );
    offer
}

/// A name in the short form of a list, where a comma would end it.
fn is_user_name(value: &str) -> bool {
    is_iam_name(value) && !value.contains([',', '=']) && !value.starts_with('-')
}

/// What the identity is allowed to do.
pub(super) fn permissions(facts: &Facts) -> Offer {
    let mut offer = Offer::default();
    let who = &facts.identity;
    match who.kind {
        IdentityKind::AssumedRole | IdentityKind::Role => {
            let arn = who.issuer_arn.as_deref().or(who.arn.as_deref());
            let role = arn.and_then(Arn::of).filter(|arn| arn.resource.starts_with("role/")).map(|arn| arn.name());
            for (title, words) in [
                ("The managed policies of the role", "aws iam list-attached-role-policies"),
                ("The inline policies of the role", "aws iam list-role-policies"),
            ] {
                offer.add(
                    Draft::new(title, words).value("--role-name", role.or(who.role.as_deref()), is_iam_name).done(),
                );
            }
        }
        IdentityKind::IamUser => {
            for (title, words) in [
                ("The managed policies of the user", "aws iam list-attached-user-policies"),
                ("The inline policies of the user", "aws iam list-user-policies"),
            ] {
                offer.add(Draft::new(title, words).value("--user-name", who.user.as_deref(), is_iam_name).done());
            }
        }
        _ => {}
    }
    offer
}
