use super::super::arn::{Arn, foreign_account};
use super::super::finding::{ACCOUNT, ARN, Entry, FindingId, TIME, first_time, is_short, when};
use super::super::{Facts, Needs, SourceKind, Tables, Weight};

/// This many exports within six hours are more than routine.
const MANY_EXPORTS: usize = 3;

const SOURCE_ARN: &str = "aws.cloudtrail.flattened.request_parameters.sourceArn";
const EXPORT_ONLY: &str = "aws.cloudtrail.flattened.request_parameters.exportOnly";
const KMS: &str = "aws.cloudtrail.flattened.request_parameters.kmsKeyId";
const BUCKET: &str = "aws.cloudtrail.flattened.request_parameters.s3BucketName";

pub(in super::super) const FINDINGS: &[Entry] = &[
    Entry {
        id: FindingId::new("key_without_account"),
        words: "key without its account",
        means: "the key is given by its id alone",
        points: 0,
        needs: Needs::Event,
        weight: Weight::Plain,
        fields: &[KMS],
        check: |facts, _| {
            let text = "the key is given without its account: whose it is cannot be told from the log";
            when(Arn::of(facts.export.as_ref()?.kms_key.as_deref()?).is_none(), text)
        },
    },
    Entry {
        id: FindingId::new("snapshot_of_another_account"),
        words: "snapshot of another account",
        means: "the snapshot that is exported belongs to another account",
        points: 10,
        needs: Needs::Event,
        weight: Weight::Notable,
        fields: &[SOURCE_ARN, ACCOUNT],
        check: |facts, _| of_another_account("the snapshot", facts.export.as_ref()?.source_arn.as_deref(), facts),
    },
    Entry {
        id: FindingId::new("whole_database"),
        words: "whole database",
        means: "everything is exported, not single tables",
        points: 10,
        needs: Needs::Event,
        weight: Weight::Notable,
        fields: &[EXPORT_ONLY],
        check: |facts, _| {
            when(facts.export.as_ref()?.tables == Tables::All, "everything is exported, not single tables")
        },
    },
    Entry {
        id: FindingId::new("live_cluster"),
        words: "live cluster",
        means: "a cluster is exported, not a snapshot",
        points: 5,
        needs: Needs::Event,
        weight: Weight::Notable,
        fields: &[SOURCE_ARN],
        check: |facts, _| {
            let live = facts.export.as_ref()?.source_kind() == SourceKind::Cluster;
            when(live, "a live cluster is exported: there is no snapshot to find")
        },
    },
    Entry {
        id: FindingId::new("automated_snapshot"),
        words: "automated snapshot",
        means: "the snapshot is one that RDS takes by itself",
        points: 0,
        needs: Needs::Event,
        weight: Weight::Plain,
        fields: &[SOURCE_ARN],
        check: |facts, _| when(facts.export.as_ref()?.is_automated(), "the snapshot is one that RDS takes by itself"),
    },
    Entry {
        id: FindingId::new("many_exports"),
        words: "many exports",
        means: "three exports or more by the actor within six hours",
        points: 15,
        needs: Needs::Log,
        weight: Weight::Alarming,
        fields: &[ARN, TIME],
        check: |facts, around| {
            let count = around.exports_by_actor_6h.filter(|_| facts.export.is_some())?;
            when(count >= MANY_EXPORTS, format!("{count} exports by the same actor within 6 hours"))
        },
    },
    Entry {
        id: FindingId::new("failed_exports"),
        words: "failed exports",
        means: "exports by the actor failed within six hours",
        points: 10,
        needs: Needs::Log,
        weight: Weight::Notable,
        fields: &[ARN, "aws.cloudtrail.error_code"],
        check: |facts, around| {
            let failed = around.failed_exports.as_ref().filter(|failed| failed.total > 0 && facts.export.is_some())?;
            let mut codes: Vec<&str> = failed.list.iter().filter_map(|call| call.error.as_deref()).collect();
            codes.sort_unstable();
            codes.dedup();
            let exports = if failed.total == 1 { "export" } else { "exports" };
            let text =
                format!("{} failed {exports} by the same actor within 6 hours: {}", failed.total, codes.join(", "));
            Some(text.trim_end_matches([':', ' ']).to_owned())
        },
    },
    Entry {
        id: FindingId::new("new_bucket"),
        words: "new bucket",
        means: "no export went to the bucket before",
        points: 10,
        needs: Needs::Log,
        weight: Weight::Notable,
        fields: &[BUCKET],
        check: |facts, around| {
            facts.export.as_ref().filter(|_| !is_short(facts, around))?;
            first_time(around.bucket_seen, "no export went to this bucket before", facts, around)
        },
    },
];

fn of_another_account(what: &str, arn: Option<&str>, facts: &Facts) -> Option<String> {
    let account = foreign_account(arn?, facts.account.as_deref())?;
    Some(format!("{what} belongs to another account, {account}"))
}
