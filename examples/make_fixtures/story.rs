//! The story beside the attack: the nightly export (the false positive), the other exports of the day, decoys, and the
//! identities that appear once.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::attack;
use super::exports::{self, OWN_KEY, Task};
use super::shapes::{Call, EAST, EUROPE, Log, MAIN, Mark, OUTSIDE, at};
use super::who::{Who, access_key, agent};

/// Adds everything that is told rather than rolled.
pub(crate) fn tell(log: &mut Log) {
    for (day, why) in [
        (21, "the nightly export, two nights before: the false positive's history"),
        (22, "the nightly export, the night before: the false positive's history"),
        (23, "the nightly export of the pipeline: the false positive"),
    ] {
        nightly(log, day, why);
    }
    terraform(log);
    live_cluster(log);
    partner(log);
    attack::tell(log);
    identity_center(log);
    too_large(log);
    root(log);
    decoys(log);
    identities(log);
    redeliver(log, "orders-adhoc-4", 47);
}

fn nightly(log: &mut Log, day: u32, why: &'static str) {
    let start = at(day, 2, 4, 58);
    let pipeline =
        Who::role("airflow-worker", "airflow", start - TimeDelta::minutes(35), "192.0.2.40", agent::BOTO_AIRFLOW);
    let call = Call::new(start, &pipeline, EAST, "sts", "AssumeRole");
    exports::assume(call, log, "etl-nightly", "airflow-rds-export", start).log(log);
    let who = Who::role("etl-nightly", "airflow-rds-export", start, "192.0.2.40", agent::BOTO_AIRFLOW);
    let snapshot = format!("orders-prod-nightly-2026-11-{day}");
    Call::new(start + TimeDelta::seconds(3), &who, EAST, "rds", "DescribeDBClusterSnapshots")
        .params(json!({ "dBClusterSnapshotIdentifier": snapshot, "includeShared": false, "includePublic": false }))
        .log(log);
    let mut task =
        Task::new(format!("nightly-2026-11-{day}"), EAST, &format!("cluster-snapshot:{snapshot}"), "finance-exports");
    task.prefix = Some(format!("nightly/2026/11/{day}"));
    task.only = vec!["orders.public.orders", "orders.public.order_lines"];
    task.snapshot_time = at(day, 1, 30, 12);
    let time = start + TimeDelta::seconds(13);
    task.call(time, &who, EAST).answer(task.answer()).must(Mark::Alert, why).log(log);
    exports::service_works(log, time, &task, 3);
    for minute in [5, 15, 25, 35] {
        Call::new(time + TimeDelta::minutes(minute), &who, EAST, "rds", "DescribeExportTasks")
            .params(json!({ "exportTaskIdentifier": task.id }))
            .log(log);
    }
    let key = format!("nightly/2026/11/{day}/nightly-2026-11-{day}/export_info_nightly-2026-11-{day}.json");
    exports::get(log, time + TimeDelta::minutes(36), &who, "finance-exports", &key);
}

fn terraform(log: &mut Log) {
    let since = at(23, 7, 29, 2);
    let who = Who::role("ci-terraform", "run-8831", since, "192.0.2.52", agent::TERRAFORM);
    for (second, action) in [(9, "DescribeDBInstances"), (11, "DescribeDBSnapshots"), (12, "DescribeExportTasks")] {
        Call::new(at(23, 7, 29, second), &who, EUROPE, "rds", action).log(log);
    }
    let mut task =
        Task::new("compliance-q4", EUROPE, "snapshot:rds:ledger-prod-2026-11-23-03-12", "compliance-exports");
    task.key = "arn:aws:kms:eu-west-1:111122223333:key/5c2f7a90-8d41-4b36-9a7e-c01d2e3f4a5b";
    task.prefix = Some("q4".to_owned());
    task.snapshot_time = at(23, 3, 12, 44);
    task.call(at(23, 7, 30, 14), &who, EUROPE)
        .answer(task.answer())
        .must(Mark::Alert, "an automated snapshot, exported by Terraform")
        .log(log);
}

fn live_cluster(log: &mut Log) {
    login(log, "dana.okafor", at(23, 8, 40, 11), "203.0.113.31", agent::FIREFOX, true);
    let who = Who::user_in_console("dana.okafor", at(23, 8, 40, 11), "203.0.113.31", agent::FIREFOX);
    for (minute, action) in [(41, "DescribeDBClusters"), (42, "DescribeDBInstances"), (44, "DescribeExportTasks")] {
        Call::new(at(23, 8, minute, 3), &who, EAST, "rds", action).log(log);
    }
    let mut task = Task::new("inventory-live-1", EAST, "cluster:inventory-prod", "dba-scratch-111122223333");
    task.only = vec!["inventory.public.stock"];
    task.call(at(23, 8, 52, 37), &who, EAST)
        .answer(task.answer())
        .must(Mark::Alert, "a live cluster, exported by an IAM user from the console")
        .log(log);
    let mut cancelled = Call::new(at(23, 8, 55, 2), &who, EAST, "rds", "CancelExportTask")
        .params(json!({ "exportTaskIdentifier": "inventory-live-0" }));
    let mut answer = task.answer();
    answer["exportTaskIdentifier"] = json!("inventory-live-0");
    answer["status"] = json!("CANCELING");
    cancelled = cancelled.answer(answer);
    cancelled.must(Mark::Decoy, "the cancellation of an export").log(log);
}

/// The partner's federated session. CloudTrail delivers it four hours late.
fn partner(log: &mut Log) {
    let since = at(23, 9, 31, 40);
    let broker = Who::user("partner-broker", "203.0.113.77", agent::JAVA);
    let actions = ["rds:Describe*", "rds:StartExportTask", "iam:PassRole"];
    let statement = json!([{ "Effect": "Allow", "Action": actions, "Resource": "*" }]);
    let policy = json!({ "Version": "2012-10-17", "Statement": statement }).to_string();
    Call::new(since, &broker, EAST, "sts", "GetFederationToken")
        .params(json!({ "name": "partner-analytics", "policy": policy, "durationSeconds": 3600 }))
        .answer(json!({
            "credentials": {
                "accessKeyId": access_key("ASIA", "federated partner-analytics"),
                "sessionToken": format!("{}==", log.rng.alnum(160)),
                "expiration": "Nov 23, 2026, 10:31:40 AM",
            },
            "federatedUser": {
                "federatedUserId": format!("{MAIN}:partner-analytics"),
                "arn": format!("arn:aws:sts::{MAIN}:federated-user/partner-analytics"),
            },
            "packedPolicySize": 9,
        }))
        .must(Mark::Decoy, "the words rds:StartExportTask inside a session policy")
        .log(log);
    let who = Who::federated("partner-analytics", "partner-broker", since, "203.0.113.77", agent::JAVA);
    let mut task = Task::new("partner-weekly-47", EAST, "snapshot:orders-masked-2026-w47", "partner-reports");
    task.prefix = Some("masked/2026-w47".to_owned());
    task.call(at(23, 9, 40, 5), &who, EAST)
        .answer(task.answer())
        .delivered_after(236)
        .must(Mark::Alert, "a partner's federated session; delivered almost four hours late")
        .log(log);
}

fn identity_center(log: &mut Log) {
    let who = Who::identity_center("fatima.hassan", "203.0.113.12", agent::CHROME);
    Call::new(at(23, 13, 2, 8), &who, EAST, "rds", "DescribeDBClusterSnapshots").log(log);
    let mut task = Task::new("billing-review", EAST, "cluster-snapshot:billing-2026-10", "finance-exports");
    task.prefix = Some("reviews/billing".to_owned());
    task.only = vec!["billing.public.invoices"];
    task.call(at(23, 13, 10, 46), &who, EAST)
        .answer(task.answer())
        .must(Mark::Alert, "a user of the identity centre")
        .log(log);
}

/// An export of so many single tables that CloudTrail leaves the parameters and the answer out.
fn too_large(log: &mut Log) {
    let who = Who::role("analytics-batch", "tenant-export-2026w47", at(23, 15, 20, 3), "192.0.2.61", agent::JAVA);
    Call::new(at(23, 15, 28, 51), &who, EAST, "rds", "DescribeDBSnapshots").log(log);
    Call::new(at(23, 15, 30, 29), &who, EAST, "rds", "StartExportTask")
        .params(json!({ "omitted": true }))
        .answer(json!({ "omitted": true }))
        .must(Mark::Alert, "parameters and answer over 100 KB, left out by CloudTrail: not recorded")
        .log(log);
}

fn root(log: &mut Log) {
    let since = at(23, 17, 38, 20);
    let ip = "203.0.113.140";
    let mut who = Who::root(since, ip, agent::CHROME);
    let full = who.clone();
    if let Some(identity) = who.identity.as_object_mut() {
        identity.remove("sessionContext");
        identity.remove("accessKeyId");
    }
    sign_in(log, &who, since, true, true);
    Call::new(at(23, 17, 40, 2), &full, EAST, "rds", "DescribeDBSnapshots").log(log);
    let mut task = Task::new("ledger-root-1", EAST, "snapshot:ledger-final-2025", "tmp-root-111122223333");
    task.key = "7d1c4b2a-5e6f-4a80-b9c3-2d4e6f8a0b1c";
    task.call(at(23, 17, 45, 58), &full, EAST)
        .answer(task.answer())
        .must(Mark::Alert, "root; the key is a bare key id")
        .log(log);
}

fn decoys(log: &mut Log) {
    let collector = Who::role("migration-hub", "discovery", at(23, 11, 40, 0), "192.0.2.70", agent::BOTO_MONITOR);
    Call::new(at(23, 11, 48, 13), &collector, EAST, "discovery", "StartExportTask")
        .params(json!({ "exportDataFormat": ["CSV"], "startTime": "Nov 16, 2026, 12:00:00 AM" }))
        .answer(json!({ "exportId": "export-0f3d9c1e-7a52-4b68-8c1d-5e9a2f6b7c40" }))
        .must(Mark::Decoy, "StartExportTask of the Application Discovery Service")
        .log(log);
    let graph = Who::role("graph-analytics", "notebook", at(23, 14, 1, 0), "192.0.2.71", agent::BOTO_MONITOR);
    Call::new(at(23, 14, 6, 32), &graph, EAST, "neptune-graph", "StartExportTask")
        .params(json!({
            "graphIdentifier": "g-0a1b2c3d4e",
            "roleArn": format!("arn:aws:iam::{MAIN}:role/graph-export"),
            "format": "CSV",
            "destination": "s3://graph-exports/2026-11-23/",
            "kmsKeyIdentifier": OWN_KEY,
        }))
        .answer(
            json!({ "graphId": "g-0a1b2c3d4e", "taskId": "t-8h2k4m6n8p", "status": "INITIALIZING", "format": "CSV" }),
        )
        .must(Mark::Decoy, "StartExportTask of Neptune Analytics")
        .log(log);
    let admin = super::who::developer("erik.lund", 23, 9, "203.0.113.12", agent::CLI_MAC);
    let document = [
        "{",
        r#"  "Version": "2012-10-17","#,
        r#"  "Statement": ["#,
        r#"    { "Sid": "Exports", "Effect": "Allow", "Resource": "*","#,
        r#"      "Action": ["rds:DescribeDBSnapshots", "rds:StartExportTask"] }"#,
        "  ]",
        "}",
    ]
    .join("\n");
    Call::new(at(23, 9, 22, 40), &admin, EAST, "iam", "PutRolePolicy")
        .params(json!({ "roleName": "etl-nightly", "policyName": "rds-export", "policyDocument": document }))
        .must(Mark::Decoy, "the words rds:StartExportTask inside a policy document")
        .log(log);
    let hana = super::who::developer("hana.sato", 23, 8, "203.0.113.14", agent::CLI_MAC);
    let denied = format!(
        "User: {} is not authorized to perform: rds:StartExportTask on resource: \
         arn:aws:rds:{EAST}:{MAIN}:snapshot:orders-stage-2026-11-20 \
         because no identity-based policy allows the rds:StartExportTask action",
        hana.identity["arn"].as_str().unwrap_or_default()
    );
    Call::new(at(23, 16, 12, 9), &hana, EAST, "rds", "StartExportTask")
        .params(Value::Null)
        .error("AccessDenied", &denied)
        .must(Mark::Failure, "a developer without the permission")
        .log(log);
}

/// A sign-in of an IAM user at the console.
pub(crate) fn login(log: &mut Log, name: &str, time: DateTime<Utc>, ip: &str, user_agent: &str, success: bool) {
    sign_in(log, &Who::user_signing_in(name, ip, user_agent), time, success, true);
}

fn sign_in(log: &mut Log, who: &Who, time: DateTime<Utc>, success: bool, mfa: bool) {
    let call =
        Call::new(time, who, EAST, "signin", "ConsoleLogin").field("eventType", json!("AwsConsoleSignIn")).field(
            "additionalEventData",
            json!({
                "LoginTo": "https://console.aws.amazon.com/console/home?hashArgs=%23&isauthcode=true",
                "MobileVersion": "No",
                "MFAUsed": if mfa && success { "Yes" } else { "No" },
            }),
        );
    if success {
        call.answer(json!({ "ConsoleLogin": "Success" })).log(log);
    } else {
        call.field("errorMessage", json!("Failed authentication"))
            .answer(json!({ "ConsoleLogin": "Failure" }))
            .log(log);
    }
}

fn identities(log: &mut Log) {
    let saml = Who::saml("george.park", "203.0.113.15", agent::CHROME);
    let time = at(23, 8, 3, 30);
    let call = Call::new(time, &saml, EAST, "sts", "AssumeRoleWithSAML");
    exports::assume(call, log, "saml-support", "george.park@example.com", time).log(log);

    let partner = Who::other_account("partner-reader", "weekly", "198.51.100.200", agent::JAVA);
    for part in 0..3 {
        let key = format!("masked/2026-w46/part-{part:05}.gz.parquet");
        exports::get(log, at(23, 6, 10, 5 + part * 7), &partner, "partner-reports", &key);
    }
    let stranger = Who::other_account("ops", "probe", "198.51.100.201", agent::CLI_LINUX);
    let denied = format!(
        "User: arn:aws:sts::{OUTSIDE}:assumed-role/ops/probe is not authorized to perform: sts:AssumeRole \
         on resource: arn:aws:iam::{MAIN}:role/etl-nightly"
    );
    Call::new(at(23, 10, 5, 49), &stranger, EAST, "sts", "AssumeRole")
        .params(json!({ "roleArn": format!("arn:aws:iam::{MAIN}:role/etl-nightly"), "roleSessionName": "probe" }))
        .error("AccessDenied", &denied)
        .log(log);

    let nobody = Who::nobody("secretsmanager.amazonaws.com");
    let secret = format!("arn:aws:secretsmanager:us-east-1:{MAIN}:secret:prod/orders/db-AbCdEf");
    Call::new(at(23, 5, 0, 9), &nobody, EAST, "secretsmanager", "RotationSucceeded")
        .field("eventType", json!("AwsServiceEvent"))
        .field("serviceEventDetails", json!({ "SecretId": secret }))
        .log(log);
}

/// Delivers the event of the export task `id` a second time, `minutes` after the first.
fn redeliver(log: &mut Log, id: &str, minutes: i64) {
    let wanted = |record: &Value| {
        record["eventName"] == "StartExportTask" && record["responseElements"]["exportTaskIdentifier"] == id
    };
    if let Some(mut copy) = log.events.iter().find(|event| wanted(&event.record)).cloned() {
        copy.delivered += TimeDelta::minutes(minutes);
        copy.mark = None;
        log.events.push(copy);
    }
}
