//! The machines of a working day: nodes, functions, services, monitoring, backups.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::exports;
use super::rng::Rng;
use super::shapes::{Call, EAST, EUROPE, Log, MAIN, WEST, at};
use super::who::{Who, agent};

/// Adds the machines of the main day, and a thinner round of them for the two days before.
pub(crate) fn tell(log: &mut Log) {
    for day in [21, 22] {
        monitoring(log, day, 120);
        functions(log, day, 240);
    }
    monitoring(log, 23, 24);
    functions(log, 23, 32);
    nodes(log);
    services(log);
    recorder(log);
    backups(log);
}

/// Times of `day`, about every `minutes`, jittered.
fn rounds(log: &mut Log, day: u32, minutes: u64) -> Vec<DateTime<Utc>> {
    let count = 24 * 60 / minutes.max(1);
    let mut jitter = |n: u64| i64::try_from(n * minutes * 60 + log.rng.below(minutes * 40)).unwrap_or(0);
    (0..count).map(|n| at(day, 0, 0, 0) + TimeDelta::seconds(jitter(n))).collect()
}

fn after(time: DateTime<Utc>, seconds: u64) -> DateTime<Utc> {
    time + TimeDelta::seconds(i64::try_from(seconds).unwrap_or(0))
}

fn monitoring(log: &mut Log, day: u32, every: u64) {
    for time in rounds(log, day, every) {
        let who = Who::role(
            "observability-readonly",
            "metrics-poller",
            time - TimeDelta::minutes(11),
            "192.0.2.77",
            agent::BOTO_MONITOR,
        );
        let region = log.rng.pick([EAST, EAST, EAST, EUROPE, WEST]);
        let looks: [(&'static str, &'static str, Value); 3] = [
            log.rng.pick([
                ("ec2", "DescribeInstances"),
                ("ec2", "DescribeVolumes"),
                ("ec2", "DescribeNetworkInterfaces"),
                ("elasticloadbalancing", "DescribeLoadBalancers"),
            ]),
            log.rng.pick([
                ("rds", "DescribeDBInstances"),
                ("rds", "DescribeDBClusters"),
                ("lambda", "ListFunctions20150331"),
                ("dynamodb", "DescribeTable"),
            ]),
            log.rng.pick([
                ("monitoring", "DescribeAlarms"),
                ("autoscaling", "DescribeAutoScalingGroups"),
                ("sqs", "ListQueues"),
                ("logs", "DescribeLogGroups"),
            ]),
        ]
        .map(|(service, action)| (service, action, look(service, action)));
        for (n, (service, action, params)) in looks.into_iter().enumerate() {
            let call = Call::new(after(time, n as u64 * 2), &who, region, service, action).params(params);
            if log.rng.chance(5) {
                call.error("ThrottlingException", "Rate exceeded").log(log);
            } else {
                call.log(log);
            }
        }
    }
}

fn look(service: &str, action: &str) -> Value {
    match (service, action) {
        ("ec2", "DescribeInstances") => json!({
            "maxResults": 100,
            "instancesSet": {},
            "filterSet": { "items": [{ "name": "instance-state-name", "valueSet": { "items": [{ "value": "running" }] } }] },
        }),
        ("ec2", _) => json!({ "maxResults": 200, "filterSet": {} }),
        ("dynamodb", _) => json!({ "tableName": "orders-sessions" }),
        ("logs", _) => json!({ "limit": 50 }),
        ("monitoring" | "autoscaling", _) => json!({ "maxRecords": 100 }),
        _ => Value::Null,
    }
}

fn functions(log: &mut Log, day: u32, every: u64) {
    for time in rounds(log, day, every) {
        let (role, name) = log.rng.pick([("lambda-orders-api", "orders-api"), ("lambda-ingest", "ingest-events")]);
        let who = Who::role(role, name, time - TimeDelta::minutes(3), "192.0.2.90", agent::BOTO_LAMBDA);
        let stream = format!("{}/[$LATEST]{}", time.format("%Y/%m/%d"), log.rng.hex(32));
        let group = format!("/aws/lambda/{name}");
        Call::new(time, &who, EAST, "logs", "CreateLogStream")
            .params(json!({ "logGroupName": group, "logStreamName": stream }))
            .log(log);
        if name == "orders-api" {
            Call::new(after(time, 1), &who, EAST, "secretsmanager", "GetSecretValue")
                .params(json!({ "secretId": "prod/orders/db" }))
                .log(log);
            decrypt(log, after(time, 2), &who, "alias/prod-orders");
            Call::new(after(time, 4), &who, EAST, "dynamodb", "DescribeTable")
                .params(json!({ "tableName": "orders-sessions" }))
                .log(log);
        } else {
            let day = time.format("year=%Y/month=%m/day=%d");
            let key = format!("events/{day}/part-{:05}.snappy.parquet", log.rng.below(2000));
            exports::get(log, after(time, 2), &who, "ingest-raw", &key);
            exports::put(log, after(time, 5), &who, "ingest-curated", &key);
        }
    }
}

fn decrypt(log: &mut Log, time: DateTime<Utc>, who: &Who, context: &str) {
    let key = format!("arn:aws:kms:us-east-1:{MAIN}:key/{}", Rng::named(context).uuid());
    Call::new(time, who, EAST, "kms", "Decrypt")
        .params(json!({ "encryptionAlgorithm": "SYMMETRIC_DEFAULT", "encryptionContext": { "purpose": context } }))
        .resources(&[("AWS::KMS::Key", key)])
        .log(log);
}

fn nodes(log: &mut Log) {
    for node in 0..4_u32 {
        let instance = format!("i-0{}", Rng::named(&format!("node {node}")).hex(16));
        let ip = format!("192.0.2.{}", 10 + node);
        for time in rounds(log, 23, 76) {
            let since = time - TimeDelta::minutes(40);
            let kubelet = Who::instance("eks-node-group", &instance, since, &ip, agent::KUBELET);
            Call::new(time, &kubelet, EAST, "ecr", "GetAuthorizationToken").log(log);
            let name = log.rng.pick(["orders-api", "storefront", "pricing", "ingest"]);
            let arn = format!("arn:aws:ecr:us-east-1:{MAIN}:repository/{name}");
            Call::new(after(time, 1), &kubelet, EAST, "ecr", "BatchGetImage")
                .params(json!({
                    "registryId": MAIN,
                    "repositoryName": name,
                    "imageIds": [{ "imageTag": format!("v{}.{}", log.rng.below(4), log.rng.below(30)) }],
                    "acceptedMediaTypes": ["application/vnd.oci.image.manifest.v1+json"],
                }))
                .resources(&[("AWS::ECR::Repository", arn)])
                .log(log);
            let manager = Who::instance("eks-node-group", &instance, since, &ip, agent::SSM_AGENT);
            Call::new(after(time, 20), &manager, EAST, "ssm", "UpdateInstanceInformation")
                .params(json!({
                    "instanceId": instance,
                    "agentVersion": "3.3.2299.0",
                    "agentStatus": "Active",
                    "platformType": "Linux",
                    "platformName": "Amazon Linux",
                    "platformVersion": "2023",
                    "iPAddress": ip,
                    "computerName": format!("ip-192-0-2-{}.ec2.internal", 10 + node),
                    "agentName": "amazon-ssm-agent",
                    "availabilityZone": "us-east-1a",
                    "sSMConnectionChannel": "ssmmessages",
                }))
                .log(log);
        }
    }
}

fn services(log: &mut Log) {
    let trail = format!("arn:aws:cloudtrail:us-east-1:{MAIN}:trail/org-trail");
    for (service, role, every) in [
        ("lambda", "lambda-orders-api", 60),
        ("ecs-tasks", "storefront-task", 90),
        ("autoscaling", "AWSServiceRoleForAutoScaling", 180),
    ] {
        for time in rounds(log, 23, every) {
            let who = Who::service(service);
            let session = if service == "lambda" { "orders-api".to_owned() } else { log.rng.hex(32) };
            let call = Call::new(time, &who, EAST, "sts", "AssumeRole");
            exports::assume(call, log, role, &session, time).log(log);
        }
    }
    for region in [EAST, EUROPE, WEST] {
        for time in rounds(log, 23, 240) {
            let who = Who::service("cloudtrail");
            Call::new(time, &who, region, "s3", "GetBucketAcl")
                .params(
                    json!({ "bucketName": "org-trail-logs", "Host": format!("s3.{region}.amazonaws.com"), "acl": "" }),
                )
                .resources(&[("AWS::S3::Bucket", "arn:aws:s3:::org-trail-logs".to_owned())])
                .log(log);
            let key = format!("arn:aws:kms:us-east-1:{MAIN}:key/{}", Rng::named("trail key").uuid());
            Call::new(after(time, 1), &who, region, "kms", "GenerateDataKey")
                .params(
                    json!({ "keyId": key, "keySpec": "AES_256", "encryptionContext": { "aws:cloudtrail:arn": trail } }),
                )
                .resources(&[("AWS::KMS::Key", key.clone())])
                .log(log);
        }
    }
}

/// AWS Config walks through each region a few times a day.
fn recorder(log: &mut Log) {
    let walk: [(&'static str, &'static str); 8] = [
        ("ec2", "DescribeSecurityGroups"),
        ("ec2", "DescribeSubnets"),
        ("ec2", "DescribeVpcs"),
        ("s3", "ListBuckets"),
        ("lambda", "ListFunctions20150331"),
        ("rds", "DescribeDBSnapshots"),
        ("kms", "ListAliases"),
        ("config", "DescribeConfigurationRecorders"),
    ];
    for region in [EAST, EUROPE, WEST] {
        for time in rounds(log, 23, 480) {
            let who = Who::role(
                "AWSServiceRoleForConfig",
                "AWSConfig-Describe",
                time - TimeDelta::minutes(2),
                "192.0.2.1",
                "",
            )
            .through("config.amazonaws.com");
            for (n, (service, action)) in walk.into_iter().enumerate() {
                let call = Call::new(after(time, n as u64), &who, region, service, action);
                if service == "kms" && log.rng.chance(40) {
                    call.error("AccessDenied", "The service may not list aliases in this region.").log(log);
                } else {
                    call.log(log);
                }
            }
        }
    }
}

fn backups(log: &mut Log) {
    let databases = ["ledger-prod", "crm-prod", "inventory-prod", "auth-prod", "billing-prod"];
    for (n, database) in databases.into_iter().enumerate() {
        let time = at(23, 3, 30 + u32::try_from(n).unwrap_or(0) * 4, 20);
        let who =
            Who::role("AWSBackupDefaultServiceRole", "AWSBackup-job", time - TimeDelta::minutes(1), "192.0.2.1", "")
                .through("backup.amazonaws.com");
        Call::new(time, &who, EUROPE, "rds", "DescribeDBInstances")
            .params(json!({ "dBInstanceIdentifier": database }))
            .log(log);
        let job = format!("awsbackup:job-{}", log.rng.uuid());
        Call::new(after(time, 4), &who, EUROPE, "rds", "CreateDBSnapshot")
            .params(json!({ "dBInstanceIdentifier": database, "dBSnapshotIdentifier": job }))
            .answer(json!({
                "dBSnapshotIdentifier": job,
                "dBInstanceIdentifier": database,
                "engine": "postgres",
                "allocatedStorage": 100,
                "status": "creating",
                "port": 5432,
                "availabilityZone": "eu-west-1b",
                "masterUsername": "dbadmin",
                "snapshotType": "manual",
                "encrypted": true,
                "percentProgress": 0,
                "dBSnapshotArn": format!("arn:aws:rds:eu-west-1:{MAIN}:snapshot:{job}"),
            }))
            .log(log);
    }
}
