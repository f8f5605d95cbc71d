use super::super::arn::{Arn, foreign_account};
use super::super::finding::{ACCOUNT, ARN, Check, TIME, first_time, when};
use super::super::surroundings::span;
use super::super::{Facts, Finding, SourceKind, Tables, Weight};

/// This many exports within six hours are more than routine.
const MANY_EXPORTS: usize = 3;

const SOURCE_ARN: &str = "aws.cloudtrail.flattened.request_parameters.sourceArn";
const EXPORT_ONLY: &str = "aws.cloudtrail.flattened.request_parameters.exportOnly";
const ROLE: &str = "aws.cloudtrail.flattened.request_parameters.iamRoleArn";
const KMS: &str = "aws.cloudtrail.flattened.request_parameters.kmsKeyId";
const BUCKET: &str = "aws.cloudtrail.flattened.request_parameters.s3BucketName";

pub(in super::super) const FINDINGS: &[Check] = &[
    |facts, _| {
        let key = facts.export.as_ref()?.kms_key.as_deref();
        of_another_account("the key", key, facts, Weight::Alarming, &[KMS, ACCOUNT])
    },
    |facts, _| {
        let text = "the key is given without its account: whose it is cannot be told from the log";
        when(Arn::of(facts.export.as_ref()?.kms_key.as_deref()?).is_none(), Weight::Plain, text, &[KMS])
    },
    |facts, _| {
        let role = facts.export.as_ref()?.role_arn.as_deref();
        of_another_account("the export role", role, facts, Weight::Alarming, &[ROLE, ACCOUNT])
    },
    |facts, _| {
        let source = facts.export.as_ref()?.source_arn.as_deref();
        of_another_account("the snapshot", source, facts, Weight::Notable, &[SOURCE_ARN, ACCOUNT])
    },
    |facts, _| {
        let all = facts.export.as_ref()?.tables == Tables::All;
        when(all, Weight::Notable, "everything is exported, not single tables", &[EXPORT_ONLY])
    },
    |facts, _| {
        let live = facts.export.as_ref()?.source_kind() == SourceKind::Cluster;
        when(live, Weight::Notable, "a live cluster is exported: there is no snapshot to find", &[SOURCE_ARN])
    },
    |facts, _| {
        let automated = facts.export.as_ref()?.is_automated();
        when(automated, Weight::Plain, "the snapshot is one that RDS takes by itself", &[SOURCE_ARN])
    },
    |facts, around| {
        let count = around.exports_by_actor_6h.filter(|_| facts.export.is_some())?;
        let text = format!("{count} exports by the same actor within 6 hours");
        when(count >= MANY_EXPORTS, Weight::Alarming, text, &[ARN, TIME])
    },
    |facts, around| {
        let made = around.snapshot_made.as_ref().filter(|_| facts.export.is_some())?;
        let before = facts.time.map(|time| span(time - made.time)).unwrap_or_default();
        let text = format!("the same actor called {} for this snapshot {before} before", made.action);
        Some(Finding::new(Weight::Alarming, text, &[ARN, SOURCE_ARN, TIME]))
    },
    |facts, around| {
        let failed = around.failed_exports.as_ref().filter(|failed| failed.total > 0 && facts.export.is_some())?;
        let mut codes: Vec<&str> = failed.list.iter().filter_map(|call| call.error.as_deref()).collect();
        codes.sort_unstable();
        codes.dedup();
        let exports = if failed.total == 1 { "export" } else { "exports" };
        let text = format!("{} failed {exports} by the same actor within 6 hours: {}", failed.total, codes.join(", "));
        let text = text.trim_end_matches([':', ' ']);
        Some(Finding::new(Weight::Notable, text, &[ARN, "aws.cloudtrail.error_code"]))
    },
    |facts, around| {
        facts.export.as_ref()?;
        first_time(around.bucket_seen, "no export went to this bucket before", BUCKET, facts, around)
    },
];

fn of_another_account(
    what: &str,
    arn: Option<&str>,
    facts: &Facts,
    weight: Weight,
    fields: &[&str],
) -> Option<Finding> {
    let account = foreign_account(arn?, facts.account.as_deref())?;
    Some(Finding::new(weight, format!("{what} belongs to another account, {account}"), fields))
}
