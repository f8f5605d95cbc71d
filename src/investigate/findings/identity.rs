//! Who made the call.

use super::super::finding::{ARN, Entry, FindingId, when};
use super::super::machine::is_single_sign_on;
use super::super::{Needs, Weight};
use crate::event::IdentityKind;

const KIND: &str = "aws.cloudtrail.user_identity.type";
const MFA: &str = "aws.cloudtrail.user_identity.session_context.mfa_authenticated";
const KEY_ID: &str = "aws.cloudtrail.user_identity.access_key_id";

pub(super) const IDENTITY: &[Entry] = &[
    Entry {
        id: FindingId::new("root_user"),
        words: "root user",
        means: "the root user made the call",
        points: 25,
        needs: Needs::Event,
        weight: Weight::Alarming,
        fields: &[KIND, ARN],
        check: |facts, _| when(facts.identity.kind == IdentityKind::Root, "the root user made the call"),
    },
    Entry {
        id: FindingId::new("caller_of_another_account"),
        words: "caller of another account",
        means: "the caller belongs to another account",
        points: 15,
        needs: Needs::Event,
        weight: Weight::Alarming,
        fields: &[KIND, ARN],
        check: |facts, _| {
            let (who, home) = (&facts.identity, facts.account.as_deref());
            let other = who.account.as_deref().filter(|account| home.is_some_and(|home| home != *account));
            match other {
                Some(account) => Some(format!("the caller belongs to another account, {account}")),
                None => when(who.kind == IdentityKind::AwsAccount, "the caller belongs to another account"),
            }
        },
    },
    Entry {
        id: FindingId::new("aws_service"),
        words: "an AWS service by itself",
        means: "an AWS service made the call by itself",
        points: -10,
        needs: Needs::Event,
        weight: Weight::Plain,
        fields: &[KIND],
        check: |facts, _| {
            when(facts.identity.kind == IdentityKind::AwsService, "an AWS service made the call by itself")
        },
    },
    Entry {
        id: FindingId::new("unknown_caller"),
        words: "unknown caller",
        means: "the log does not say who made the call",
        points: 5,
        needs: Needs::Event,
        weight: Weight::Notable,
        fields: &[KIND],
        check: |facts, _| when(facts.identity.kind == IdentityKind::Absent, "the log does not say who made the call"),
    },
    Entry {
        id: FindingId::new("no_mfa"),
        words: "no MFA",
        means: "a person's session was opened without MFA; machines have none",
        points: 10,
        needs: Needs::Event,
        weight: Weight::Notable,
        fields: &[MFA],
        check: |facts, _| {
            let without = facts.identity.mfa == Some(false);
            let asked = without && !is_single_sign_on(&facts.identity) && !facts.is_machine();
            when(asked, "the session was opened without MFA")
        },
    },
    Entry {
        id: FindingId::new("machine"),
        words: "a machine",
        means: "the caller is an instance, a service or a pipeline",
        // Measured with 98 of Elastic's rules: half of what scores highest in 50,000 generated events are machines that do
        // something for the first time. One whose credentials were stolen shows by where, with what and after what it calls.
        points: -10,
        needs: Needs::Event,
        weight: Weight::Plain,
        fields: &[ARN],
        check: |facts, _| {
            let is_role = facts.identity.kind == IdentityKind::AssumedRole;
            when(is_role && facts.is_machine(), "the caller is a machine: an instance, a service or a pipeline")
        },
    },
    Entry {
        id: FindingId::new("long_lived_key"),
        words: "long-lived key",
        means: "an access key of a user signed, not one of a session",
        points: 0,
        needs: Needs::Event,
        weight: Weight::Plain,
        fields: &[KEY_ID],
        check: |facts, _| {
            let long_lived = facts.identity.access_key.as_deref()?.starts_with("AKIA");
            when(long_lived, "signed with a long-lived access key")
        },
    },
];
