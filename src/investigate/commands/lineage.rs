//! Cuts off every link of a lineage that still opens something: keys of users, sessions of roles, passwords.

use chrono::{DateTime, Utc};

use super::{RoleKind, revoke_older_sessions, role_kind};
use crate::event::IdentityKind;
use crate::investigate::arn::Arn;
use crate::investigate::notes::Notes;
use crate::investigate::shell::{Draft, is_access_key, is_account, is_iam_name};
use crate::investigate::times::clock;
use crate::investigate::{Facts, Holder, LINEAGE_WITHIN, Lineage, Link};

/// Commands and advice for each link that is live at `now`, the root first. Of the event's own credentials the caller
/// has said what there is; the same command twice is one.
pub(in crate::investigate) fn contain(notes: &mut Notes, facts: &Facts, lineage: &Lineage, now: DateTime<Utc>) {
    let home = facts.account.as_deref();
    if let Some(first) = lineage.up.first() {
        root(notes, first, home);
    }
    for link in lineage.up.iter().chain(&lineage.down).chain(&lineage.beside) {
        let what = link.issued.as_deref().unwrap_or("a session");
        if !link.is_live(now) {
            let ended = link.until.map(|until| format!(" at {}", clock(until))).unwrap_or_default();
            notes.advise(format!("{what} ended{ended}: there is nothing left to revoke"));
            continue;
        }
        if let Some(until) = link.until {
            notes.advise(format!("{what} ends by itself at {}", clock(until)));
        }
        issued(notes, link, home, now);
    }
    if lineage.more > 0 {
        notes.advise(format!("{} more sessions are not listed: revoke by role or user, not by session", lineage.more));
    }
}

impl Link {
    /// Whether what it issued may still be used at `now`. Where the log tells no end, sessions are taken to last as long as
    /// any may.
    #[must_use]
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        match self.until {
            _ if self.action == "CreateAccessKey" => true,
            Some(until) => until > now,
            None => now - self.time <= LINEAGE_WITHIN,
        }
    }
}

/// What the first link was called with: it outlives every session.
fn root(notes: &mut Notes, first: &Link, home: Option<&str>) {
    let by = &*first.by;
    match by.kind {
        IdentityKind::IamUser => user(notes, by, first.signed.as_deref(), first.by_opened.is_some(), home),
        IdentityKind::Root => notes.advise(
            "It began with root: change its password, delete its access keys and check its MFA devices, signed in as root.",
        ),
        IdentityKind::SamlUser | IdentityKind::WebIdentityUser => {
            notes.advise("It began at an identity provider: block the person or the workload there first.");
        }
        IdentityKind::AwsAccount => {
            let account = by.account.as_deref().filter(|account| is_account(account)).unwrap_or("unknown");
            notes.advise(format!("It began in account {account}: tell its owner, and remove it from the role's trust."));
        }
        _ => {}
    }
}

/// Deactivates the key of a user, takes its password, and names what only its owner can do.
fn user(notes: &mut Notes, who: &Holder, key: Option<&str>, is_session: bool, home: Option<&str>) {
    let (name, place) = (who.user.as_deref(), elsewhere(who, home));
    let long_lived = key.filter(|key| !is_session && !key.starts_with("ASIA"));
    if long_lived.is_some() {
        notes.offer(
            Draft::new(format!("Deactivate the long-lived key that it began with{place}"), "aws iam update-access-key")
                .value("--user-name", name, is_iam_name)
                .value("--access-key-id", long_lived, is_access_key)
                .own("--status", "Inactive")
                .done(),
        );
    }
    notes.offer(
        Draft::new(format!("Remove the console password of the user{place}"), "aws iam delete-login-profile")
            .value("--user-name", name, is_iam_name)
            .done(),
    );
    notes.offer(
        Draft::new(format!("The user's policies, to detach{place}"), "aws iam list-attached-user-policies")
            .value("--user-name", name, is_iam_name)
            .done(),
    );
}

fn issued(notes: &mut Notes, link: &Link, home: Option<&str>, now: DateTime<Utc>) {
    let to = &*link.to;
    let place = elsewhere(to, home);
    match (&to.kind, link.action) {
        (IdentityKind::IamUser, "CreateAccessKey") => notes.offer(
            Draft::new(format!("Deactivate the key that was made meanwhile{place}"), "aws iam update-access-key")
                .value("--user-name", to.user.as_deref(), is_iam_name)
                .value("--access-key-id", link.issued.as_deref(), is_access_key)
                .own("--status", "Inactive")
                .done(),
        ),
        (IdentityKind::IamUser, _) => revoke(notes, "user", "aws iam put-user-policy", to.user.as_deref(), &place, now),
        (IdentityKind::AssumedRole | IdentityKind::Role, _) => {
            match role_kind(to.issuer_arn.as_deref(), to.role.as_deref()) {
                Some(RoleKind::Own(role)) => {
                    revoke(notes, "role", "aws iam put-role-policy", Some(role), &place, now);
                    opened_again(notes, link, role, &place);
                }
                Some(RoleKind::Service) => notes.advise(format!("A role linked to a service{place}: only AWS changes it.")),
                Some(RoleKind::PermissionSet(set)) => {
                    let set = if is_iam_name(set) { format!(" {set}") } else { String::new() };
                    notes.advise(format!(
                        "Permission set{set}{place}: remove the person's assignment in IAM Identity Center and end \
                         their sessions there."
                    ));
                }
                None => {}
            }
        }
        (IdentityKind::FederatedUser, _) => notes.advise(
            "A session from GetFederationToken has the permissions of the user who asked for it: deny those to the user.",
        ),
        _ => {}
    }
}

fn revoke(notes: &mut Notes, what: &str, words: &str, name: Option<&str>, place: &str, now: DateTime<Utc>) {
    notes.offer(
        Draft::new(format!("Deny everything to sessions of the {what} that began before now{place}"), words)
            .value(if what == "role" { "--role-name" } else { "--user-name" }, name, is_iam_name)
            .own("--policy-name", "AWSRevokeOlderSessions")
            .own("--policy-document", &revoke_older_sessions(now))
            .done(),
    );
}

/// Who may take the role may take it again.
fn opened_again(notes: &mut Notes, link: &Link, role: &str, place: &str) {
    if !is_iam_name(role) || matches!(link.by.kind, IdentityKind::AwsService) {
        return;
    }
    notes.offer(
        Draft::new(format!("Who may take the role{place}"), "aws iam get-role")
            .value("--role-name", Some(role), is_iam_name)
            .own("--query", "Role.AssumeRolePolicyDocument")
            .done(),
    );
}

/// ` (in account …)`, where that is not the account of the event: commands run with its credentials.
fn elsewhere(who: &Holder, home: Option<&str>) -> String {
    let account = who.account.as_deref().or_else(|| Some(Arn::of(who.arn.as_deref()?)?.account));
    let there = account.filter(|account| is_account(account) && Some(*account) != home);
    there.map(|account| format!(" (in account {account})")).unwrap_or_default()
}
