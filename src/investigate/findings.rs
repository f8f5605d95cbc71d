//! The findings: what stands out about an event. To add one, add a function to a list here or, about exports alone, to
//! [`rds_export::FINDINGS`].

use std::net::IpAddr;

use crate::event::IdentityKind;

use super::finding::{ARN, Check, first_time, when};
use super::{AgentKind, Facts, Finding, Surroundings, Weight, rds_export};

/// The findings, most important first; of the same weight, in the order of the lists.
#[must_use]
pub fn findings(facts: &Facts, around: &Surroundings) -> Vec<Finding> {
    let checks = [IDENTITY, rds_export::FINDINGS, CALL].concat();
    let mut found: Vec<Finding> = checks.iter().filter_map(|check| check(facts, around)).collect();
    found.sort_by_key(|finding| finding.weight);
    found
}

const KIND: &str = "aws.cloudtrail.user_identity.type";
const MFA: &str = "aws.cloudtrail.user_identity.session_context.mfa_authenticated";
const KEY_ID: &str = "aws.cloudtrail.user_identity.access_key_id";
const SOURCE: &str = "source.address";
const AGENT: &str = "user_agent.original";

/// Who made the call.
const IDENTITY: &[Check] = &[
    |facts, _| {
        let root = facts.identity.kind == IdentityKind::Root;
        when(root, Weight::Alarming, "the root user made the call", &[KIND, ARN])
    },
    |facts, _| {
        let foreign = facts.identity.kind == IdentityKind::AwsAccount;
        when(foreign, Weight::Alarming, "the caller belongs to another account", &[KIND, ARN])
    },
    |facts, _| {
        let service = facts.identity.kind == IdentityKind::AwsService;
        when(service, Weight::Plain, "an AWS service made the call by itself", &[KIND])
    },
    |facts, _| {
        let absent = facts.identity.kind == IdentityKind::Absent;
        when(absent, Weight::Notable, "the log does not say who made the call", &[KIND])
    },
    |facts, _| {
        let without = facts.identity.mfa == Some(false);
        when(without, Weight::Notable, "the session was opened without MFA", &[MFA])
    },
    |facts, _| {
        let long_lived = facts.identity.access_key.as_deref()?.starts_with("AKIA");
        when(long_lived, Weight::Plain, "signed with a long-lived access key", &[KEY_ID])
    },
];

/// Where it came from and with what tool, what is new about these, and odd text.
const CALL: &[Check] = &[
    |facts, _| {
        let source = facts.source.as_deref().filter(|source| source.parse::<IpAddr>().is_err())?;
        let text = format!("the source is no address but {source}: the call came through AWS itself");
        Some(Finding::new(Weight::Plain, text, &[SOURCE]))
    },
    |facts, _| {
        let (weight, text) = match facts.agent.as_ref()?.kind {
            AgentKind::Console => (Weight::Plain, "made in the web console"),
            AgentKind::Cli => (Weight::Plain, "made with a command line"),
            AgentKind::Sdk => (Weight::Plain, "made by a program with an AWS SDK"),
            AgentKind::Infrastructure => (Weight::Plain, "made by infrastructure as code"),
            AgentKind::Service => (Weight::Plain, "made by an AWS service for the actor"),
            AgentKind::Browser => (Weight::Plain, "made with a browser"),
            AgentKind::Other => (Weight::Notable, "made with a tool that is none of AWS's own"),
        };
        Some(Finding::new(weight, text, &[AGENT]))
    },
    |facts, around| first_time(around.actor_seen, "actor never seen before", ARN, facts, around),
    |facts, around| {
        facts.source.as_ref()?;
        first_time(around.address_seen, "source address never seen before", SOURCE, facts, around)
    },
    |facts, around| {
        facts.agent.as_ref()?;
        first_time(around.agent_seen, "user agent never seen before", AGENT, facts, around)
    },
    |facts, _| {
        let fields: Vec<&str> = facts.suspicious.iter().map(String::as_str).collect();
        let text = "text with characters that steer a terminal or deceive a reader";
        when(!fields.is_empty(), Weight::Alarming, text, &fields)
    },
];
