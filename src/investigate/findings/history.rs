//! What the log and the other alerts say about a call: what is new, what came before it, and what is routine.

use std::net::IpAddr;

use chrono::{DateTime, Utc};

use super::super::finding::{AGENT, ARN, Entry, FindingId, SOURCE, TIME, first_time, is_short, when};
use super::super::times::span;
use super::super::trace::is_public;
use super::super::{AgentKind, Call, Calls, Facts, Needs, RuleSpread, Seen, Surroundings, Weight};

/// The same on this many earlier days is a habit: an attack seldom lasts so long, and never does the same each day.
const ROUTINE_DAYS: usize = 2;
/// The most calls that a text names.
const NAMED: usize = 3;

const REGION: &str = "cloud.region";
const ACTION: &str = "event.action";
const ERROR: &str = "aws.cloudtrail.error_code";
const CREATED: &str = "aws.cloudtrail.user_identity.session_context.creation_date";

pub(super) const HISTORY: &[Entry] = &[
    Entry {
        id: FindingId::new("new_actor"),
        words: "new actor",
        means: "the log has no earlier call by the actor",
        points: 5,
        needs: Needs::Log,
        weight: Weight::Notable,
        fields: &[ARN],
        check: |facts, around| {
            let first = || first_time(around.actor_seen, "actor never seen before", facts, around);
            if is_short(facts, around) { None } else { first() }
        },
    },
    Entry {
        id: FindingId::new("new_address"),
        words: "new address",
        means: "the log has no earlier call from the address",
        points: 5,
        needs: Needs::Log,
        weight: Weight::Notable,
        fields: &[SOURCE],
        check: |facts, around| {
            facts.source.as_ref().filter(|_| !is_short(facts, around))?;
            first_time(around.address_seen, "source address never seen before", facts, around)
        },
    },
    Entry {
        id: FindingId::new("new_agent"),
        words: "new user agent",
        means: "the log has no earlier call with the user agent",
        points: 3,
        needs: Needs::Log,
        weight: Weight::Notable,
        fields: &[AGENT],
        check: |facts, around| {
            facts.agent.as_ref().filter(|_| !is_short(facts, around))?;
            first_time(around.agent_seen, "user agent never seen before", facts, around)
        },
    },
    Entry {
        id: FindingId::new("new_region"),
        words: "new region",
        means: "the log has no earlier call in the region",
        points: 5,
        needs: Needs::Log,
        weight: Weight::Notable,
        fields: &[REGION],
        check: |facts, around| {
            facts.region.as_ref().filter(|_| !is_short(facts, around))?;
            first_time(around.region_seen, "region never used before", facts, around)
        },
    },
    Entry {
        id: FindingId::new("nothing_before"),
        words: "new, in a log that has just begun",
        means: "actor, address or user agent is new, but less than a day of log lies before",
        points: 0,
        needs: Needs::Log,
        weight: Weight::Plain,
        fields: &[ARN, SOURCE, AGENT],
        check: |facts, around| {
            let seen = [
                ("actor", around.actor_seen == Seen::Never),
                ("source address", around.address_seen == Seen::Never && facts.source.is_some()),
                ("user agent", around.agent_seen == Seen::Never && facts.agent.is_some()),
            ];
            let new: Vec<&str> = seen.iter().filter(|(_, never)| *never).map(|(what, _)| *what).collect();
            let text = format!("{} never seen before", new.join(", "));
            let text = first_time(Seen::Never, &text, facts, around)?.replace(" in ", " in only ");
            when(!new.is_empty() && is_short(facts, around), text)
        },
    },
    Entry {
        id: FindingId::new("session_from_elsewhere"),
        words: "session opened elsewhere",
        means: "the session was opened from another address than it is used from",
        points: 15,
        needs: Needs::Log,
        weight: Weight::Alarming,
        fields: &[SOURCE, CREATED],
        check: |facts, around| {
            let session = around.session.as_ref()?;
            let (here, there) = (facts.source.as_deref()?, session.source.as_deref()?);
            let text = format!("the session was opened from another address, {there}, {}", ago(facts, session.time));
            when(are_apart(here, there), text)
        },
    },
    Entry {
        id: FindingId::new("session_by_new_user"),
        words: "session opened by a new user",
        means: "the user who opened the session was never seen before that",
        points: 10,
        needs: Needs::Log,
        weight: Weight::Notable,
        fields: &[ARN, CREATED],
        check: |facts, around| {
            let session = around.session.as_ref().filter(|_| !is_short(facts, around))?;
            let text = format!("the session was opened by {}, never seen before", session.by);
            first_time(session.by_seen, &text, facts, around)
        },
    },
    Entry {
        id: FindingId::new("target_touched"),
        words: "target just made or shared",
        means: "the actor made, copied, shared or tagged the target in the 24 hours before; not by infrastructure as code",
        points: 15,
        needs: Needs::Log,
        weight: Weight::Alarming,
        fields: &[ARN, TIME],
        check: |facts, around| {
            // Infrastructure as code makes a thing, and then sets it up.
            let by_plan = facts.agent.as_ref().is_some_and(|agent| agent.kind == AgentKind::Infrastructure);
            let call = around.target_touched.as_ref().filter(|_| !by_plan)?;
            let on = if facts.export.is_some() { "this snapshot" } else { "the target" };
            Some(format!("the same actor called {} for {on} {}", call.action, ago(facts, call.time)))
        },
    },
    Entry {
        id: FindingId::new("permissions_before"),
        words: "permissions changed before",
        means: "the actor changed permissions in any service in the 24 hours before",
        points: 15,
        needs: Needs::Log,
        weight: Weight::Alarming,
        fields: &[ARN, TIME],
        check: |_, around| {
            let calls = around.permissions_before.as_ref().filter(|calls| calls.total > 0)?;
            let changes = if calls.total == 1 { "change of permissions" } else { "changes of permissions" };
            let text = format!("{} {changes} by the same actor in the 24 hours before: {}", calls.total, names(calls));
            // Of calls that are only counted there are no names.
            Some(text.trim_end_matches([':', ' ']).to_owned())
        },
    },
    Entry {
        id: FindingId::new("denied_before"),
        words: "denied before",
        means: "calls of the actor were denied in the 24 hours before",
        points: 10,
        needs: Needs::Log,
        weight: Weight::Notable,
        fields: &[ARN, ERROR, TIME],
        check: |_, around| {
            let calls = around.denied_before.as_ref().filter(|calls| calls.total > 0)?;
            let were = if calls.total == 1 { "call by the same actor was" } else { "calls by the same actor were" };
            let text = format!("{} {were} denied in the 24 hours before: {}", calls.total, names(calls));
            // Of calls that are only counted there are no names.
            Some(text.trim_end_matches([':', ' ']).to_owned())
        },
    },
    Entry {
        id: FindingId::new("denied_then_done"),
        words: "denied, then done",
        means: "this very call was denied to the actor before, and now it went through",
        points: 10,
        needs: Needs::Log,
        weight: Weight::Alarming,
        fields: &[ACTION, ERROR, TIME],
        check: |facts, around| {
            let (calls, action) = (around.denied_before.as_ref()?, facts.action.as_deref()?);
            let same = |call: &&Call| Some(call.service.as_str()) == facts.service() && call.action == action;
            let denied = calls.list.iter().rev().find(same).filter(|_| facts.error.is_none())?;
            Some(format!("the same actor was denied this call {}, and now it went through", ago(facts, denied.time)))
        },
    },
    Entry {
        id: FindingId::new("routine"),
        words: "routine",
        means: "the actor did the same to targets named alike on two earlier days or more",
        points: -15,
        needs: Needs::Alerts,
        weight: Weight::Plain,
        fields: &[ARN, ACTION, TIME],
        check: |facts, around| {
            let days = around.alike_days.filter(|days| *days >= ROUTINE_DAYS)?;
            let what = if facts.export.is_some() {
                "exported targets named alike"
            } else {
                "did the same to targets named alike"
            };
            Some(format!("routine: the same actor {what} on {days} earlier days"))
        },
    },
    Entry {
        id: FindingId::new("common_rule"),
        words: "common rule",
        means: "the rule fires often or for many, on five days or more",
        points: -15,
        needs: Needs::Alerts,
        weight: Weight::Plain,
        fields: &[ACTION],
        check: |_, around| spread(around, "the rule fires often", RuleSpread::is_common),
    },
    Entry {
        id: FindingId::new("very_common_rule"),
        words: "very common rule",
        means: "the rule makes twenty alerts a day or more, on five days or more",
        points: -30,
        needs: Needs::Alerts,
        weight: Weight::Plain,
        fields: &[ACTION],
        check: |_, around| spread(around, "the rule fires all the time", RuleSpread::is_very_common),
    },
];

/// `29 minutes before`.
fn ago(facts: &Facts, time: DateTime<Utc>) -> String {
    facts.time.map(|at| format!("{} before", span(at - time))).unwrap_or_default()
}

/// What was called, each once, the latest first.
fn names(calls: &Calls) -> String {
    let mut names: Vec<String> = Vec::new();
    for call in calls.list.iter().rev() {
        let name = format!("{} {}", call.service, call.action);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.len() > NAMED {
        names.truncate(NAMED);
        names.push("…".to_owned());
    }
    names.join(", ")
}

/// Whether two sources are two places on the Internet. Hosts change their IPv6 address within the network they are in.
fn are_apart(one: &str, other: &str) -> bool {
    match (one.parse(), other.parse()) {
        (Ok(IpAddr::V6(one)), Ok(IpAddr::V6(other))) => one.segments()[..4] != other.segments()[..4],
        (Ok(one), Ok(other)) => one != other && is_public(&one) && is_public(&other),
        _ => false,
    }
}

fn spread(around: &Surroundings, text: &str, is: fn(RuleSpread) -> bool) -> Option<String> {
    let spread = around.rule_spread.filter(|spread| is(*spread))?;
    let RuleSpread { actors, alerts, days } = spread;
    let of = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    Some(format!("{text}: {} of {} on {}", of(alerts, "alert"), of(actors, "actor"), of(days, "day")))
}
