//! The attack: a long-term key of jsmith, used from an address nobody knows, without MFA. Reconnaissance, a role of
//! its own for the export, failed attempts, a copied snapshot, and three exports to another account.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::exports::{self, FOREIGN_KEY, Task};
use super::shapes::{Call, EAST, Log, MAIN, Mark, OUTSIDE, WEST, at};
use super::who::{Who, agent, principal};

/// Where the attacker comes from.
const FROM: &str = "198.51.100.23";
/// The bucket in the other account.
const BUCKET: &str = "ledger-archive-444455556666";
/// A user agent that tries to write to the clipboard (OSC 52) and the title, clear the screen, and reorder text.
const HOSTILE: &str = concat!(
    "aws-cli/2.17.32 ",
    "\u{1b}]52;c;d2F0Y2hmbG9vcjogdGhpcyBjYW1lIGZyb20gYSBsb2c=\u{7}",
    "\u{1b}]0;all quiet\u{7}\u{1b}[2J\u{1b}[31m \u{202e}xunil/so\u{202c}\r\n",
);

fn attacker() -> Who {
    Who::role("support-readonly", "jsmith", at(23, 10, 12, 4), FROM, agent::CLI_LINUX)
}

fn denied(action: &str, why: &str) -> String {
    let arn = format!("arn:aws:sts::{MAIN}:assumed-role/support-readonly/jsmith");
    format!("User: {arn} is not authorized to perform: {action} {why}")
}

fn whole_story_time(minute: u32, second: u32) -> DateTime<Utc> {
    at(23, 10 + minute / 60, minute % 60, second)
}

/// Adds the attack to the log.
pub(crate) fn tell(log: &mut Log) {
    reconnaissance(log);
    a_role_for_it(log);
    snapshots_and_failures(log);
    exports(log);
    aftermath(log);
}

fn reconnaissance(log: &mut Log) {
    let owner = Who::user("jsmith", FROM, agent::CLI_LINUX);
    let time = at(23, 10, 12, 4);
    let call = Call::new(time, &owner, EAST, "sts", "AssumeRole");
    exports::assume(call, log, "support-readonly", "jsmith", time).log(log);
    let who = attacker();
    let looks: [(u32, u32, &str, &'static str, Value); 13] = [
        (12, 31, "sts", "GetCallerIdentity", Value::Null),
        (12, 48, "s3", "ListBuckets", json!({ "Host": "s3.us-east-1.amazonaws.com" })),
        (13, 20, "rds", "DescribeDBInstances", Value::Null),
        (13, 41, "rds", "DescribeDBClusters", Value::Null),
        (14, 2, "rds", "DescribeDBSnapshots", json!({ "includeShared": false, "includePublic": false })),
        (14, 19, "rds", "DescribeDBClusterSnapshots", json!({ "includeShared": false, "includePublic": false })),
        (15, 10, "iam", "ListRoles", Value::Null),
        (15, 44, "iam", "GetRole", json!({ "roleName": "rds-s3-export" })),
        (16, 2, "iam", "ListAttachedRolePolicies", json!({ "roleName": "rds-s3-export" })),
        (16, 10, "iam", "ListRolePolicies", json!({ "roleName": "rds-s3-export" })),
        (16, 33, "iam", "GetRolePolicy", json!({ "roleName": "rds-s3-export", "policyName": "export-to-s3" })),
        (17, 50, "rds", "DescribeExportTasks", Value::Null),
        (18, 12, "cloudtrail", "DescribeTrails", json!({ "trailNameList": [] })),
    ];
    for (minute, second, service, action, params) in looks {
        let service = services(service);
        Call::new(at(23, 10, minute, second), &who, EAST, service, action).params(params).log(log);
    }
    Call::new(at(23, 10, 16, 41), &who, EAST, "secretsmanager", "ListSecrets")
        .error(
            "AccessDenied",
            &denied("secretsmanager:ListSecrets", "because no identity-based policy allows the action"),
        )
        .log(log);
}

fn services(name: &str) -> &'static str {
    match name {
        "sts" => "sts",
        "s3" => "s3",
        "iam" => "iam",
        "cloudtrail" => "cloudtrail",
        _ => "rds",
    }
}

fn a_role_for_it(log: &mut Log) {
    let who = attacker();
    let trust = policy(&json!({
        "Effect": "Allow",
        "Principal": { "Service": "export.rds.amazonaws.com" },
        "Action": "sts:AssumeRole",
    }));
    Call::new(at(23, 10, 18, 40), &who, EAST, "iam", "CreateRole")
        .params(json!({ "roleName": "rds-s3-export-v2", "assumeRolePolicyDocument": trust }))
        .answer(json!({ "role": {
            "path": "/",
            "roleName": "rds-s3-export-v2",
            "roleId": principal("AROA", "rds-s3-export-v2"),
            "arn": format!("arn:aws:iam::{MAIN}:role/rds-s3-export-v2"),
            "createDate": "Nov 23, 2026, 10:18:40 AM",
        }}))
        .log(log);
    let objects = json!([format!("arn:aws:s3:::{BUCKET}"), format!("arn:aws:s3:::{BUCKET}/*")]);
    let first = json!({ "Effect": "Allow", "Action": ["s3:PutObject*", "s3:GetBucketLocation"], "Resource": objects });
    put_policy(log, at(23, 10, 19, 25), &policy(&first));
    let all = ["s3:PutObject*", "s3:ListBucket", "s3:GetObject*", "s3:DeleteObject*", "s3:GetBucketLocation"];
    let second = json!([
        { "Effect": "Allow", "Action": all, "Resource": objects },
        { "Effect": "Allow", "Action": "kms:*", "Resource": FOREIGN_KEY },
    ]);
    put_policy(log, at(23, 10, 31, 50), &policy(&second));
}

fn policy(statement: &Value) -> String {
    json!({ "Version": "2012-10-17", "Statement": statement }).to_string()
}

fn put_policy(log: &mut Log, time: DateTime<Utc>, document: &str) {
    Call::new(time, &attacker(), EAST, "iam", "PutRolePolicy")
        .params(json!({ "roleName": "rds-s3-export-v2", "policyName": "export", "policyDocument": document }))
        .log(log);
}

/// The export that all attempts aim at.
fn orders() -> Task {
    let mut task = Task::new("orders-adhoc-1", EAST, "cluster-snapshot:orders-prod-adhoc", BUCKET);
    task.prefix = Some("2026/11".to_owned());
    task.role = "rds-s3-export-v2";
    task.key = FOREIGN_KEY;
    task.snapshot_time = at(23, 10, 21, 12);
    task
}

fn snapshots_and_failures(log: &mut Log) {
    let who = attacker();
    let time = at(23, 10, 21, 12);
    Call::new(time, &who, EAST, "rds", "CreateDBClusterSnapshot")
        .params(json!({ "dBClusterIdentifier": "orders-prod", "dBClusterSnapshotIdentifier": "orders-prod-adhoc" }))
        .answer(exports::cluster_snapshot("orders-prod-adhoc", EAST, exports::OWN_KEY, time))
        .log(log);
    let adhoc = json!({ "dBClusterSnapshotIdentifier": "orders-prod-adhoc", "includeShared": false });
    for (minute, second) in [(23, 2), (25, 4), (26, 33), (28, 1)] {
        Call::new(at(23, 10, minute, second), &who, EAST, "rds", "DescribeDBClusterSnapshots")
            .params(adhoc.clone())
            .log(log);
    }
    orders()
        .call(at(23, 10, 28, 44), &who, EAST)
        .params(Value::Null)
        .error("AccessDenied", "Cross-account pass role is not allowed.")
        .must(Mark::Failure, "the attacker's first attempt: denied")
        .log(log);
    orders()
        .call(at(23, 10, 30, 18), &who, EAST)
        .error(
            "IamRoleMissingPermissions",
            "The IAM role rds-s3-export-v2 is missing permissions: s3:ListBucket, s3:GetObject*, s3:DeleteObject*",
        )
        .must(Mark::Failure, "the second attempt: the new role lacks permissions")
        .log(log);
    let loud = Who::role("support-readonly", "jsmith", at(23, 10, 12, 4), FROM, HOSTILE);
    orders()
        .call(at(23, 10, 33, 40), &loud, EAST)
        .error("KMSKeyNotAccessibleFault", &format!("The specified KMS key {FOREIGN_KEY} is not accessible."))
        .must(Mark::Failure, "the third attempt: the key is not accessible; hostile text in the user agent")
        .log(log);
    for (second, allowed) in [(11, false), (58, true)] {
        let call = Call::new(at(23, 10, 34, second), &who, EAST, "kms", "DescribeKey")
            .params(json!({ "keyId": FOREIGN_KEY }))
            .resources(&[("AWS::KMS::Key", FOREIGN_KEY.to_owned())]);
        if allowed {
            call.log(log);
        } else {
            call.error(
                "AccessDenied",
                &denied("kms:DescribeKey", "because no resource-based policy allows the action"),
            )
            .log(log);
        }
    }
    let time = at(23, 10, 36, 7);
    Call::new(time, &who, EAST, "rds", "CopyDBClusterSnapshot")
        .params(json!({
            "sourceDBClusterSnapshotIdentifier": "orders-prod-adhoc",
            "targetDBClusterSnapshotIdentifier": "orders-2026-11-23",
            "kmsKeyId": FOREIGN_KEY,
            "copyTags": false,
        }))
        .answer(exports::cluster_snapshot("orders-2026-11-23", EAST, FOREIGN_KEY, time))
        .log(log);
    Call::new(at(23, 10, 38, 21), &who, EAST, "rds", "ModifyDBClusterSnapshotAttribute")
        .params(json!({
            "dBClusterSnapshotIdentifier": "orders-2026-11-23",
            "attributeName": "restore",
            "valuesToAdd": [OUTSIDE],
        }))
        .error(
            "AccessDenied",
            &denied("rds:ModifyDBClusterSnapshotAttribute", "with an explicit deny in a service control policy"),
        )
        .log(log);
}

fn exports(log: &mut Log) {
    let who = attacker();
    let mut task = orders();
    task.id = "orders-adhoc-4".to_owned();
    task.source = format!("arn:aws:rds:{EAST}:{MAIN}:cluster-snapshot:orders-2026-11-23");
    task.snapshot_time = at(23, 10, 36, 7);
    let time = at(23, 10, 41, 52);
    task.call(time, &who, EAST)
        .answer(task.answer())
        .must(Mark::Alert, "the attack: the whole copied snapshot, to another account, with that account's key")
        .log(log);
    exports::service_works(log, time, &task, 5);

    let loud = Who::role("support-readonly", "jsmith", at(23, 10, 12, 4), FROM, HOSTILE);
    let mut crm = orders();
    crm.id = "crm-adhoc-1".to_owned();
    crm.source = format!("arn:aws:rds:{EAST}:{MAIN}:snapshot:crm-prod-2026-11-22");
    crm.prefix = Some("q4/\u{202e}gpj.yadiloh\u{202c}/\u{200b}2026".to_owned());
    crm.snapshot_time = at(22, 3, 30, 20);
    crm.call(at(23, 10, 55, 21), &loud, EAST)
        .answer(crm.answer())
        .must(Mark::Alert, "the attack, again: hostile text in the user agent and in the prefix")
        .log(log);

    let time = at(23, 11, 9, 30);
    let west_key = "arn:aws:kms:us-west-2:444455556666:key/0c53e7b8-6d14-4f0a-9d27-e1b8a4c6f350";
    Call::new(time, &who, WEST, "rds", "CopyDBClusterSnapshot")
        .params(json!({
            "sourceDBClusterSnapshotIdentifier": format!("arn:aws:rds:{EAST}:{MAIN}:cluster-snapshot:orders-2026-11-23"),
            "targetDBClusterSnapshotIdentifier": "orders-2026-11-23-west",
            "kmsKeyId": west_key,
            "sourceRegion": EAST,
        }))
        .answer(exports::cluster_snapshot("orders-2026-11-23-west", WEST, west_key, time))
        .log(log);
    let mut west = orders();
    west.id = "orders-west-1".to_owned();
    west.source = format!("arn:aws:rds:{WEST}:{MAIN}:cluster-snapshot:orders-2026-11-23-west");
    west.bucket = "ledger-archive-west-444455556666";
    west.key = west_key;
    west.snapshot_time = time;
    west.call(at(23, 11, 20, 40), &who, WEST)
        .answer(west.answer())
        .must(Mark::Alert, "the attack, a third time: a copy in another region")
        .log(log);
}

fn aftermath(log: &mut Log) {
    let who = attacker();
    for minute in [43, 46, 49, 53, 58, 63, 68, 74] {
        Call::new(whole_story_time(minute, 17), &who, EAST, "rds", "DescribeExportTasks")
            .params(json!({ "exportTaskIdentifier": "orders-adhoc-4" }))
            .log(log);
    }
    Call::new(at(23, 11, 15, 8), &who, EAST, "s3", "ListObjects")
        .params(json!({
            "list-type": "2",
            "prefix": "2026/11/orders-adhoc-4/",
            "bucketName": BUCKET,
            "Host": format!("{BUCKET}.s3.us-east-1.amazonaws.com"),
        }))
        .resources(&[("AWS::S3::Bucket", format!("arn:aws:s3:::{BUCKET}"))])
        .data()
        .log(log);
    for part in 0..5 {
        let key = format!("2026/11/orders-adhoc-4/orders/public.orders/1/part-{part:05}.gz.parquet");
        exports::get(log, at(23, 11, 16, 3 + part * 9), &who, BUCKET, &key);
    }
    Call::new(at(23, 11, 26, 5), &who, EAST, "cloudtrail", "GetTrailStatus")
        .params(json!({ "name": "org-trail" }))
        .log(log);
    Call::new(at(23, 11, 26, 48), &who, EAST, "cloudtrail", "StopLogging")
        .params(json!({ "name": format!("arn:aws:cloudtrail:us-east-1:{MAIN}:trail/org-trail") }))
        .error("AccessDenied", &denied("cloudtrail:StopLogging", "with an explicit deny in a service control policy"))
        .log(log);
    Call::new(at(23, 11, 29, 14), &who, EAST, "rds", "DeleteDBClusterSnapshot")
        .params(json!({ "dBClusterSnapshotIdentifier": "orders-prod-adhoc" }))
        .answer(exports::cluster_snapshot("orders-prod-adhoc", EAST, exports::OWN_KEY, at(23, 10, 21, 12)))
        .log(log);
}
