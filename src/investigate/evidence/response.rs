//! Evidence for what comes after the question who did it: what else was in reach, who needs the permission, what to watch,
//! and the story in order.

use super::super::arn::foreign_account;
use super::super::call::is_read;
use super::super::notes::{CALLS, Notes, is_quiet};
use super::super::times::{clock, span};
use super::super::{Call, Facts, Seen, Surroundings};
use super::stretch;

/// Services whose calls can read or change what a database holds.
const DATA: [&str; 8] = ["rds", "rds-data", "dms", "dynamodb", "redshift", "redshift-data", "secretsmanager", "docdb"];

/// What the name of a database that holds no production data has in it.
const TEST: [&str; 8] = ["dev", "test", "stag", "sandbox", "qa", "uat", "demo", "tmp"];

/// Who is outside: accounts that the call names, and who opened the session.
pub(super) fn partner(notes: &mut Notes, facts: &Facts, around: &Surroundings) {
    if let Some(export) = &facts.export {
        let named = [("key", &export.kms_key), ("role", &export.role_arn), ("snapshot", &export.source_arn)];
        let foreign = named.into_iter().filter_map(|(what, arn)| {
            Some(format!("{what} of account {}", foreign_account(arn.as_deref()?, facts.account.as_deref())?))
        });
        let foreign: Vec<String> = foreign.collect();
        match foreign.as_slice() {
            [] => notes.say("the request names no other account; whose the bucket is cannot be told from the log"),
            foreign => notes.say(format!("from outside: {}", foreign.join(", "))),
        }
    }
    if let Some(session) = &around.session {
        let from = session.source.as_deref().map(|source| format!(" from {source}")).unwrap_or_default();
        notes.say(format!("session opened by {}{from} at {}", session.by, clock(session.time)));
    }
    if let Some(provider) = &facts.identity.identity_provider {
        notes.say(format!("vouched for by {provider}"));
    }
}

/// Whether a name says that it is none of production.
pub(super) fn test_system(notes: &mut Notes, facts: &Facts) {
    let Some(target) = facts.target() else { return };
    let name = target.rsplit([':', '/']).next().unwrap_or(&target).to_lowercase();
    let words = name.split(|c: char| !c.is_ascii_alphanumeric());
    let says = words.into_iter().find(|word| TEST.iter().any(|test| word.starts_with(test)));
    match says {
        Some(word) => notes.say(format!("the name {name} says {word}")),
        None => notes.say(format!("nothing in the name {name} says test, development or staging")),
    }
}

/// Calls by the actor that could have changed the data, or given the means to.
pub(super) fn data(notes: &mut Notes, around: &Surroundings) {
    let Some(nearby) = &around.nearby else { return };
    let reaches = |call: &&Call| {
        let reads = is_read(&call.action) && call.action != "GetSecretValue";
        DATA.contains(&call.service.as_str()) && !reads && !call.action.contains("ExportTask")
    };
    let found: Vec<&Call> = nearby.list.iter().filter(reaches).collect();
    let what = "calls by the actor within 30 minutes that concern the database or its secrets";
    if found.is_empty() {
        return notes.say(format!("no {what}; what was done in the database itself is not in this log"));
    }
    notes.say(format!("{what}: {}", found.len()));
    found.iter().take(CALLS).for_each(|call| notes.call(call, false));
    notes.say_more(found.len(), found.len());
}

/// Who has used the permission, and what gave it.
pub(super) fn needs(notes: &mut Notes, facts: &Facts, around: &Surroundings) {
    if let Some(exporters) = &around.exporters {
        let (what, stretch) = ("who started exports", stretch(facts, around));
        match exporters.as_slice() {
            [] => notes.say(format!("{what} {stretch}: nobody")),
            all => {
                notes.say(format!("{what} {stretch}: {}", all.len()));
                for (actor, times) in all.iter().take(CALLS) {
                    notes.say(format!("  {times} by {actor}"));
                }
                notes.say_more(all.len(), all.len());
            }
        }
    }
    if let Some(changes) = &around.permission_changes {
        let own: Vec<&Call> = changes.list.iter().filter(|call| is_own(call, facts)).collect();
        if !own.is_empty() {
            notes.say(format!("permissions that the actor changed: {}", own.len()));
            own.iter().take(CALLS).for_each(|call| notes.call(call, false));
            notes.say_more(own.len(), own.len());
        }
    }
}

/// What the next attempt would look like, and whether it would be seen.
pub(super) fn watch(notes: &mut Notes, facts: &Facts, around: &Surroundings) {
    let failed = around.failed_exports.as_ref().filter(|_| facts.export.is_some());
    notes.calls(failed, "failed exports by the actor within 6 hours", false);
    if let Some(changes) = &around.permission_changes {
        let grants: Vec<&Call> = changes.list.iter().filter(|call| call.service == "kms").collect();
        let what = format!("grants and policies of KMS keys changed {}", stretch(facts, around));
        if grants.is_empty() {
            notes.say(format!("no {what}"));
        } else {
            notes.say(format!("{what}: {}", grants.len()));
            grants.iter().take(CALLS).for_each(|call| notes.call(call, true));
            notes.say_more(grants.len(), grants.len());
        }
    }
    if around.bucket_seen == Seen::Never {
        notes.say("no export went to this bucket before");
    }
    let what = format!("changes to what is logged, in the account {} and 6 hours behind", stretch(facts, around));
    notes.calls(around.trail_changes.as_ref(), &what, true);
}

/// What happened, in order: how they got in, what they tried, what they changed, and when it was done.
pub(super) fn timeline(notes: &mut Notes, facts: &Facts, around: &Surroundings) {
    let Some(time) = facts.time else { return };
    if let Some(session) = &around.session {
        notes.say(format!("{}  session opened by {}", clock(session.time), session.by));
    }
    if let Seen::Since(first) = around.actor_seen {
        notes.say(format!("{}  first seen, {} before", clock(first), span(time - first)));
    }
    let mut calls: Vec<&Call> = around.nearby.iter().flat_map(|calls| &calls.list).filter(|c| !is_quiet(c)).collect();
    let changes = around.permission_changes.iter().flat_map(|calls| &calls.list);
    calls.extend(changes.filter(|call| is_own(call, facts)));
    calls.sort_by(|a, b| (a.time, &a.event_id).cmp(&(b.time, &b.event_id)));
    calls.dedup_by(|a, b| a.event_id == b.event_id && a.time == b.time);
    let (before, behind): (Vec<&Call>, Vec<&Call>) = calls.into_iter().partition(|call| call.time <= time);
    // The last before it, and the first behind it, are what the story turns on.
    let left_out = before.len().saturating_sub(CALLS);
    if left_out > 0 {
        notes.say(format!("  … {left_out} calls before these"));
    }
    before.iter().skip(left_out).for_each(|call| notes.call(call, false));
    let action = facts.action.as_deref().unwrap_or("the call");
    notes.say(format!("{}  {action}: this alert", clock(time)));
    behind.iter().take(CALLS).for_each(|call| notes.call(call, false));
    notes.say_more(behind.len(), behind.len());
}

fn is_own(call: &Call, facts: &Facts) -> bool {
    facts.identity.display.as_ref() == Some(&call.actor)
}
