//! Where a call came from, with what tool, with what text in it, and when it came in.

use std::net::IpAddr;

use super::super::finding::{AGENT, Entry, FindingId, SOURCE, TIME, when};
use super::super::{AgentKind, Needs, Weight};

pub(super) const CALL: &[Entry] = &[
    Entry {
        id: FindingId::new("no_address"),
        words: "no address",
        means: "the source is a name of AWS, not an address",
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
        means: "console, command line, SDK, infrastructure as code",
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
        id: FindingId::new("offensive_tool"),
        words: "tool of attackers",
        means: "the user agent names a distribution or tool for attacks: Kali, Pacu, Stratus Red Team …",
        // An attacker's first calls raise the rules of the lowest risk score, which often fire for others too. Even so it
        // has to come before a rule of a high score that fires once (73 and some findings that each are no alarm).
        points: 80,
        needs: Needs::Event,
        weight: Weight::Alarming,
        fields: &[AGENT],
        check: |facts, _| {
            let name = facts.agent.as_ref()?.offensive?;
            Some(format!("the user agent names {name}, a distribution or tool for attacks"))
        },
    },
    Entry {
        id: FindingId::new("audit_tool"),
        words: "tool for audits",
        means: "the user agent names a tool that lists what is wrong with an account: Prowler, Scout Suite …",
        points: 30,
        needs: Needs::Event,
        weight: Weight::Notable,
        fields: &[AGENT],
        check: |facts, _| {
            let name = facts.agent.as_ref()?.audit?;
            Some(format!("the user agent names {name}, a tool for audits: defenders run it, and so do attackers"))
        },
    },
    Entry {
        id: FindingId::new("foreign_tool"),
        words: "tool none of AWS's own",
        means: "the user agent is of no tool of AWS's",
        points: 5,
        needs: Needs::Event,
        weight: Weight::Notable,
        fields: &[AGENT],
        check: |facts, _| {
            let agent = facts.agent.as_ref().filter(|agent| agent.offensive.or(agent.audit).is_none())?;
            when(agent.kind == AgentKind::Other, "made with a tool that is none of AWS's own")
        },
    },
    Entry {
        id: FindingId::new("hidden_characters"),
        words: "hidden characters",
        means: "some text in the record would steer a terminal or deceive a reader",
        points: 25,
        needs: Needs::Event,
        weight: Weight::Alarming,
        fields: &[],
        check: |facts, _| {
            let text = "text with characters that steer a terminal or deceive a reader";
            when(!facts.suspicious.is_empty(), text)
        },
    },
    Entry {
        id: FindingId::LATE,
        words: "came in late",
        means: "the event came in later than its rule looks back: Elastic would have missed it",
        points: 5,
        needs: Needs::Arrival,
        weight: Weight::Notable,
        fields: &[TIME],
        check: |_, around| when(around.late, "the event came in later than its rule looks back"),
    },
];
