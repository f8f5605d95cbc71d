//! Rows, findings, evidence and commands about exports of RDS snapshots and clusters (`StartExportTask`).
//! [`super::facts`] reads the call.

mod commands;
mod findings;

pub(super) use commands::{deny_writes, tags, task};
pub(super) use findings::FINDINGS;

use crate::event::Event;
use crate::rule::SectionKind;

use super::arn::{Arn, foreign_account};
use super::notes::{CALLS, Notes};
use super::row::{joined, row};
use super::times::{clock, span};
use super::{Call, Export, Facts, Row, Seen, SourceKind, Surroundings, Tables};

/// The rows of the overview in place of the action and its target.
pub(super) fn rows(event: &Event<'_>, export: &Export, facts: &Facts) -> Vec<Row> {
    let arn = export.source_arn.clone();
    let kind = export.source_kind();
    let snapshot = arn.clone().and_then(|arn| {
        let automated = export.is_automated().then(|| "automated".to_owned());
        joined([Some(arn), (kind != SourceKind::Other).then(|| kind.as_str().to_owned()), automated])
    });
    let label = if kind == SourceKind::Cluster { "Cluster" } else { "Snapshot" };
    let home = facts.account.as_deref();
    let tables = match &export.tables {
        Tables::NotRecorded => None,
        Tables::All => Some("all".to_owned()),
        Tables::Only(names) => Some(names.join(", ")),
    };
    let cross_account = |arn: &str| Some(format!("cross-account: {}", foreign_account(arn, home)?));
    let role = joined([export.role_arn.clone(), export.role_arn.as_deref().and_then(cross_account)]);
    let key = export.kms_key.as_deref().and_then(|key| {
        let unresolved = Arn::of(key).is_none().then(|| "account unresolved".to_owned());
        joined([Some(key.to_owned()), unresolved.or_else(|| cross_account(key))])
    });
    let task = export.task.clone().and_then(|task| joined([Some(task), export.status.clone()]));
    vec![
        row(label, snapshot, &parameter(event, "sourceArn"), arn),
        row("To", export.destination(), &parameter(event, "s3BucketName"), export.bucket.clone()),
        row("Role", role, &parameter(event, "iamRoleArn"), export.role_arn.clone()),
        row("Key", key, &parameter(event, "kmsKeyId"), export.kms_key.clone()),
        row("Tables", tables, &parameter(event, "exportOnly"), None),
        row("Task", task, &parameter(event, "exportTaskIdentifier"), export.task.clone()),
    ]
}

/// The ECS field of a parameter in the request or, where that lacks it, in the response.
fn parameter(event: &Event<'_>, name: &str) -> String {
    let request = format!("aws.cloudtrail.flattened.request_parameters.{name}");
    if event.get(&request).is_some() {
        return request;
    }
    let renamed = if name == "s3BucketName" { "s3Bucket" } else { name };
    format!("aws.cloudtrail.flattened.response_elements.{renamed}")
}

/// Source, tables and destination, and commands to look at them.
pub(super) fn describe(notes: &mut Notes, export: &Export, facts: &Facts, around: &Surroundings) {
    let source = export.source_arn.as_deref().unwrap_or("not recorded");
    notes.say(format!("source {source} ({})", export.source_kind().as_str()));
    if export.is_automated() {
        notes.say("taken by RDS itself, as its name begins with rds:");
    }
    match &export.tables {
        Tables::All => notes.say("tables: all"),
        Tables::Only(names) => notes.say(format!("tables: {}", names.join(", "))),
        Tables::NotRecorded => notes.say("tables not recorded"),
    }
    describe_destination(notes, export, around);
    if let Some(made) = &around.target_touched {
        notes.say(format!("{} by the same actor at {}", made.action, clock(made.time)));
    }
    task(notes, export, facts, false);
    commands::bucket(notes, export, facts);
    commands::key(notes, export, facts);
}

pub(super) fn describe_destination(notes: &mut Notes, export: &Export, around: &Surroundings) {
    notes.say(format!("to {}", export.destination().as_deref().unwrap_or("a bucket not recorded")));
    notes.say(format!("role {}", export.role_arn.as_deref().unwrap_or("not recorded")));
    notes.say(format!("key {}", export.kms_key.as_deref().unwrap_or("not recorded")));
    if around.bucket_seen == Seen::Never {
        notes.say("no export went to this bucket before");
    }
}

/// Commands for the bucket and the key. Response steps come late enough to know the destination.
pub(super) fn inspect_destination(
    notes: &mut Notes,
    export: &Export,
    facts: &Facts,
    around: &Surroundings,
    kind: SectionKind,
) {
    if kind != SectionKind::Response {
        describe_destination(notes, export, around);
    }
    commands::bucket(notes, export, facts);
    commands::key(notes, export, facts);
}

/// Earlier exports with the same actor, role or bucket.
pub(super) fn list_earlier(notes: &mut Notes, facts: &Facts, around: &Surroundings) {
    let Some(earlier) = &around.earlier_exports else { return };
    if earlier.is_empty() {
        notes.say("no earlier export by the same actor or role, or to the same bucket");
        return;
    }
    notes.say(format!("earlier exports that are alike: {}", earlier.len()));
    for export in earlier.iter().take(CALLS) {
        let same = [("actor", export.same_actor), ("role", export.same_role), ("bucket", export.same_bucket)];
        let same: Vec<&str> = same.iter().filter(|(_, same)| *same).map(|(what, _)| *what).collect();
        let time = clock(export.time);
        let what = format!("  {time}  {}  {}  to {}", export.actor, export.target, export.destination);
        notes.say(format!("{what}  (same {})", same.join(", ")));
    }
    notes.say_more(earlier.len(), earlier.len());
    if let (Some(time), Some(last)) = (facts.time, earlier.first()) {
        notes.say(format!("the last of them {} before", span(time - last.time)));
    }
}

/// Failed exports by the actor, if there were any that are not among the calls nearby.
pub(super) fn list_failed(notes: &mut Notes, around: &Surroundings) {
    let Some(failed) = &around.failed_exports else { return };
    let nearby = around.nearby.as_ref().map_or(&[][..], |calls| &calls.list);
    let is_listed = |call: &Call| nearby.iter().any(|near| near.event_id == call.event_id);
    if failed.list.iter().any(|call| !is_listed(call)) {
        notes.calls(Some(failed), "failed exports by the actor within 6 hours", false);
    }
}
