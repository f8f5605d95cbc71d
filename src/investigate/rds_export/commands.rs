use serde_json::json;

use super::super::arn::{Arn, foreign_account};
use super::super::commands::{RoleKind, role_kind};
use super::super::notes::Notes;
use super::super::shell::{
    Draft, is_account, is_bucket, is_iam_name, is_kms_key, is_prefix, is_rds_arn, is_region, is_task,
};
use super::super::{Export, Facts};

/// Shows the task, and with `stop` cancels it.
pub(in super::super) fn task(notes: &mut Notes, export: &Export, facts: &Facts, stop: bool) {
    let draft = |title: &str, words: &str| {
        Draft::new(title, words)
            .value("--export-task-identifier", export.task.as_deref(), is_task)
            .value("--region", facts.region.as_deref(), is_region)
            .done()
    };
    notes.offer(draft("See how far the export has come", "aws rds describe-export-tasks"));
    if stop {
        notes.offer(draft("Cancel the export (what is written already stays)", "aws rds cancel-export-task"));
    }
}

/// Stops the export role from writing.
pub(in super::super) fn deny_writes(notes: &mut Notes, export: &Export, facts: &Facts) {
    let Some(arn) = export.role_arn.as_deref() else { return };
    match (role_kind(Some(arn), None), foreign_account(arn, facts.account.as_deref())) {
        (_, Some(_)) => {
            notes.advise("The export role belongs to another account: only its owner can keep it from writing.")
        }
        (Some(RoleKind::Own(role)), None) => {
            let policy = json!({"Version": "2012-10-17", "Statement": [
                {"Effect": "Deny", "Action": "s3:PutObject", "Resource": "*"}]});
            notes.offer(
                Draft::new("Keep the export role from writing to S3", "aws iam put-role-policy")
                    .value("--role-name", Some(role), is_iam_name)
                    .own("--policy-name", "IRDenyExportWrites")
                    .own("--policy-document", &policy.to_string())
                    .done(),
            );
        }
        _ => {}
    }
}

/// Whose the bucket is, who may read it, what is in it.
pub(in super::super) fn bucket(notes: &mut Notes, export: &Export, facts: &Facts) {
    let draft =
        |title: &str, words: &str| Draft::new(title, words).value("--bucket", export.bucket.as_deref(), is_bucket);
    notes.offer(
        draft("Is the bucket ours? (403: it belongs to another account)", "aws s3api head-bucket")
            .value("--expected-bucket-owner", facts.account.as_deref(), is_account)
            .done(),
    );
    notes.offer(draft("Who may read the bucket", "aws s3api get-bucket-policy").done());
    let task = export.task.as_deref().filter(|task| is_task(task));
    let prefix =
        task.map(|task| match export.prefix.as_deref().map(|p| p.trim_end_matches('/')).filter(|p| !p.is_empty()) {
            Some(prefix) => format!("{prefix}/{task}"),
            None => task.to_owned(),
        });
    notes.offer(
        draft("What the export has written", "aws s3api list-objects-v2")
            .value("--prefix", prefix.as_deref(), is_prefix)
            .done(),
    );
}

/// Who may use the key.
pub(in super::super) fn key(notes: &mut Notes, export: &Export, facts: &Facts) {
    let key = export.kms_key.as_deref();
    let own_region = key.and_then(Arn::of).map(|arn| arn.region);
    notes.offer(
        Draft::new("Who was granted the use of the key", "aws kms list-grants")
            .value("--key-id", key, is_kms_key)
            .value("--region", own_region.or(facts.region.as_deref()), is_region)
            .done(),
    );
}

/// The tags of what was exported, which often name its owner.
pub(in super::super) fn tags(notes: &mut Notes, export: &Export, facts: &Facts) {
    let arn = export.source_arn.as_deref();
    let own_region = arn.and_then(Arn::of).map(|arn| arn.region);
    notes.offer(
        Draft::new("The tags of what was exported", "aws rds list-tags-for-resource")
            .value("--resource-name", arn, is_rds_arn)
            .value("--region", own_region.or(facts.region.as_deref()), is_region)
            .done(),
    );
}
