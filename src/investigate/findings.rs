//! The findings: what stands out about an event, and what each adds to the priority of its alert. [`table`] holds them all;
//! to add one, add an entry to a list here or, about exports alone, to [`rds_export::FINDINGS`].

use std::net::IpAddr;

use crate::event::IdentityKind;

use super::finding::{ARN, Entry, FindingId, first_time, is_short, when};
use super::{AgentKind, Facts, Finding, Needs, Surroundings, Weight, rds_export};

/// Every finding there is.
pub fn table() -> impl Iterator<Item = &'static Entry> {
    [IDENTITY, rds_export::FINDINGS, CALL].into_iter().flatten()
}

/// The findings, most important first; of the same weight, in the order of the table.
#[must_use]
pub fn findings(facts: &Facts, around: &Surroundings) -> Vec<Finding> {
    let mut found: Vec<Finding> = table().filter_map(|entry| entry.find(facts, around)).collect();
    found.sort_by_key(|finding| finding.weight);
    found
}

const KIND: &str = "aws.cloudtrail.user_identity.type";
const MFA: &str = "aws.cloudtrail.user_identity.session_context.mfa_authenticated";
const KEY_ID: &str = "aws.cloudtrail.user_identity.access_key_id";
const SOURCE: &str = "source.address";
const AGENT: &str = "user_agent.original";

/// Who made the call.
const IDENTITY: &[Entry] = &[
    Entry {
        id: FindingId::new("root_user"),
        words: "root user",
        points: 25,
        needs: Needs::Event,
        weight: Weight::Alarming,
        fields: &[KIND, ARN],
        check: |facts, _| when(facts.identity.kind == IdentityKind::Root, "the root user made the call"),
    },
    Entry {
        id: FindingId::new("caller_of_another_account"),
        words: "caller of another account",
        points: 15,
        needs: Needs::Event,
        weight: Weight::Alarming,
        fields: &[KIND, ARN],
        check: |facts, _| {
            when(facts.identity.kind == IdentityKind::AwsAccount, "the caller belongs to another account")
        },
    },
    Entry {
        id: FindingId::new("aws_service"),
        words: "an AWS service by itself",
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
        points: 5,
        needs: Needs::Event,
        weight: Weight::Notable,
        fields: &[KIND],
        check: |facts, _| when(facts.identity.kind == IdentityKind::Absent, "the log does not say who made the call"),
    },
    Entry {
        id: FindingId::new("no_mfa"),
        words: "no MFA",
        points: 10,
        needs: Needs::Event,
        weight: Weight::Notable,
        fields: &[MFA],
        check: |facts, _| when(facts.identity.mfa == Some(false), "the session was opened without MFA"),
    },
    Entry {
        id: FindingId::new("long_lived_key"),
        words: "long-lived key",
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

/// Where it came from and with what tool, what is new about these, and odd text.
const CALL: &[Entry] = &[
    Entry {
        id: FindingId::new("no_address"),
        words: "no address",
        points: 0,
        needs: Needs::Event,
        weight: Weight::Plain,
        fields: &[SOURCE],
        check: |facts, _| {
            let source = facts.source.as_deref().filter(|source| source.parse::<IpAddr>().is_err())?;
            Some(format!("the source is no address but {source}: the call came through AWS itself"))
        },
    },
    Entry {
        id: FindingId::new("tool"),
        words: "tool",
        points: 0,
        needs: Needs::Event,
        weight: Weight::Plain,
        fields: &[AGENT],
        check: |facts, _| {
            let text = match facts.agent.as_ref()?.kind {
                AgentKind::Console => "made in the web console",
                AgentKind::Cli => "made with a command line",
                AgentKind::Sdk => "made by a program with an AWS SDK",
                AgentKind::Infrastructure => "made by infrastructure as code",
                AgentKind::Service => "made by an AWS service for the actor",
                AgentKind::Browser => "made with a browser",
                AgentKind::Other => return None,
            };
            Some(text.to_owned())
        },
    },
    Entry {
        id: FindingId::new("foreign_tool"),
        words: "tool none of AWS's own",
        points: 5,
        needs: Needs::Event,
        weight: Weight::Notable,
        fields: &[AGENT],
        check: |facts, _| {
            when(facts.agent.as_ref()?.kind == AgentKind::Other, "made with a tool that is none of AWS's own")
        },
    },
    Entry {
        id: FindingId::new("new_actor"),
        words: "new actor",
        points: 5,
        needs: Needs::Log,
        weight: Weight::Notable,
        fields: &[ARN],
        check: |facts, around| {
            let first = || first_time(around.actor_seen, "actor never seen before", around);
            if is_short(facts, around) { None } else { first() }
        },
    },
    Entry {
        id: FindingId::new("new_address"),
        words: "new address",
        points: 5,
        needs: Needs::Log,
        weight: Weight::Notable,
        fields: &[SOURCE],
        check: |facts, around| {
            facts.source.as_ref().filter(|_| !is_short(facts, around))?;
            first_time(around.address_seen, "source address never seen before", around)
        },
    },
    Entry {
        id: FindingId::new("new_agent"),
        words: "new user agent",
        points: 3,
        needs: Needs::Log,
        weight: Weight::Notable,
        fields: &[AGENT],
        check: |facts, around| {
            facts.agent.as_ref().filter(|_| !is_short(facts, around))?;
            first_time(around.agent_seen, "user agent never seen before", around)
        },
    },
    Entry {
        id: FindingId::new("nothing_before"),
        words: "new, in a log that has just begun",
        points: 0,
        needs: Needs::Log,
        weight: Weight::Plain,
        fields: &[ARN, SOURCE, AGENT],
        check: |facts, around| {
            use super::Seen::Never;
            let seen = [
                ("actor", around.actor_seen == Never),
                ("source address", around.address_seen == Never && facts.source.is_some()),
                ("user agent", around.agent_seen == Never && facts.agent.is_some()),
            ];
            let new: Vec<&str> = seen.iter().filter(|(_, never)| *never).map(|(what, _)| *what).collect();
            let text = format!("{} never seen before", new.join(", "));
            let text = first_time(Never, &text, around)?.replace("which begins", "which only begins");
            when(!new.is_empty() && is_short(facts, around), text)
        },
    },
    Entry {
        id: FindingId::new("hidden_characters"),
        words: "hidden characters",
        points: 25,
        needs: Needs::Event,
        weight: Weight::Alarming,
        fields: &[],
        check: |facts, _| {
            let text = "text with characters that steer a terminal or deceive a reader";
            when(!facts.suspicious.is_empty(), text)
        },
    },
];
