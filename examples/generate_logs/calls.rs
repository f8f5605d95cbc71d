//! What is called all day: a table of calls with how often each is made, and what each asks and answers.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::cast::{Cast, role};
use super::exports::{self, assume};
use super::rng::Rng;
use super::shapes::{Call, Log, MAIN};
use super::tree::weighted;
use super::who::Who;

/// How a call is filled in: with what it asks and answers.
type Fill = fn(Call, &mut Log, DateTime<Utc>, &'static str) -> Call;

/// A call: service, action, how it is filled in.
type Row = (&'static str, &'static str, Fill);

/// Calls, and how often each is made, relative to the others.
const CALLS: [(Row, u64); 46] = [
    (("s3", "GetObject", get), 1600),
    (("s3", "PutObject", put), 1000),
    (("s3", "HeadObject", bucket), 250),
    (("s3", "GetBucketAcl", bucket), 180),
    (("s3", "ListBuckets", nothing), 60),
    (("sts", "AssumeRole", session), 1000),
    (("sts", "GetCallerIdentity", nothing), 200),
    (("kms", "Decrypt", key), 800),
    (("kms", "GenerateDataKey", key), 400),
    (("ec2", "DescribeInstances", instances), 600),
    (("ec2", "DescribeNetworkInterfaces", filters), 300),
    (("ec2", "DescribeVolumes", filters), 200),
    (("ec2", "DescribeSecurityGroups", filters), 180),
    (("ec2", "RunInstances", launch), 100),
    (("ec2", "TerminateInstances", instances), 70),
    (("ec2", "CreateTags", tags), 120),
    (("ec2", "AuthorizeSecurityGroupIngress", ingress), 8),
    (("logs", "CreateLogStream", log_stream), 450),
    (("logs", "DescribeLogGroups", page), 100),
    (("ecr", "BatchGetImage", image), 220),
    (("ecr", "GetAuthorizationToken", nothing), 150),
    (("lambda", "GetFunction20150331v2", function), 90),
    (("lambda", "ListFunctions20150331", nothing), 60),
    (("lambda", "UpdateFunctionCode20150331v2", function), 25),
    (("ssm", "UpdateInstanceInformation", managed), 350),
    (("ssm", "GetParameter", parameter), 140),
    (("secretsmanager", "GetSecretValue", secret), 140),
    (("dynamodb", "DescribeTable", table), 120),
    (("monitoring", "DescribeAlarms", page), 120),
    (("autoscaling", "DescribeAutoScalingGroups", page), 120),
    (("elasticloadbalancing", "DescribeTargetHealth", targets), 150),
    (("cloudformation", "DescribeStacks", stack), 60),
    (("config", "DescribeConfigRules", nothing), 50),
    (("glue", "GetPartitions", table), 140),
    (("athena", "StartQueryExecution", athena), 40),
    (("sqs", "GetQueueAttributes", queue), 50),
    (("eks", "DescribeCluster", table), 50),
    (("iam", "GetRole", iam), 120),
    (("iam", "ListRoles", page), 40),
    (("iam", "PutRolePolicy", inline), 18),
    (("iam", "AttachRolePolicy", attach), 12),
    (("iam", "CreateAccessKey", iam), 4),
    (("rds", "DescribeDBInstances", page), 160),
    (("rds", "DescribeDBSnapshots", page), 90),
    (("rds", "DescribeDBClusters", nothing), 60),
    (("rds", "CreateDBSnapshot", snapshot), 10),
];

/// What services do of their own accord.
const OF_SERVICES: [(Row, u64); 4] = [
    (("sts", "AssumeRole", session), 60),
    (("kms", "Decrypt", key), 20),
    (("kms", "GenerateDataKey", key), 10),
    (("s3", "GetBucketAcl", bucket), 10),
];

/// Adds one event.
pub(crate) fn tell(log: &mut Log, cast: &Cast, time: DateTime<Utc>, region: &'static str) {
    let by_service = log.rng.chance(12);
    let who = if by_service { cast.service(&mut log.rng).clone() } else { cast.anyone(&mut log.rng, time) };
    let rows: &[_] = if by_service { &OF_SERVICES } else { &CALLS };
    let Some((service, action, fill)) = weighted(&mut log.rng, rows) else { return };
    let call = fill(Call::new(time, &who, region, service, action), log, time, region);
    if !by_service && log.rng.below(1000) < 35 {
        fail(&mut log.rng, call, &who, &format!("{service}:{action}")).log(log);
    } else {
        call.log(log);
    }
}

fn fail(rng: &mut Rng, call: Call, who: &Who, action: &str) -> Call {
    let arn = who.identity["arn"].as_str().unwrap_or_default();
    match rng.below(6) {
        0 | 1 => {
            let why = "on resource: * because no identity-based policy allows the action";
            call.error("AccessDenied", &format!("User: {arn} is not authorized to perform: {action} {why}"))
        }
        2 => {
            let message = "You are not authorized to perform this operation. Encoded authorization failure message: ";
            call.error("Client.UnauthorizedOperation", &format!("{message}{}", rng.alnum(320)))
        }
        3 => call.error("ThrottlingException", "Rate exceeded"),
        4 => call.error("ResourceNotFoundException", "Requested resource not found"),
        _ => call.error("ValidationException", ""),
    }
}

fn nothing(call: Call, _: &mut Log, _: DateTime<Utc>, _: &'static str) -> Call {
    call
}

fn page(call: Call, _: &mut Log, _: DateTime<Utc>, _: &'static str) -> Call {
    call.params(json!({ "maxRecords": 100 }))
}

fn get(call: Call, log: &mut Log, time: DateTime<Utc>, region: &'static str) -> Call {
    let out = log.rng.below(90_000_000);
    object(call, log, time, region, (0, out))
}

fn put(call: Call, log: &mut Log, time: DateTime<Utc>, region: &'static str) -> Call {
    let key = key_arn(&mut log.rng, region);
    let call = call.answer(json!({
        "x-amz-server-side-encryption": "aws:kms",
        "x-amz-server-side-encryption-aws-kms-key-id": key,
    }));
    let size = log.rng.below(9_000_000);
    object(call, log, time, region, (size, 0))
}

fn object(call: Call, log: &mut Log, time: DateTime<Utc>, region: &str, (size_in, size_out): (u64, u64)) -> Call {
    let bucket = bucket_name(&mut log.rng);
    let table = log.rng.pick(["events", "orders", "clicks", "stock"]);
    let day = time.format("year=%Y/month=%m/day=%d");
    let key = format!("{table}/{day}/part-{:05}-{}.snappy.parquet", log.rng.below(2000), log.rng.uuid());
    let host = format!("{bucket}.s3.{region}.amazonaws.com");
    call.params(json!({ "bucketName": bucket, "Host": host, "key": key }))
        .field("additionalEventData", exports::transfer(log, size_in, size_out))
        .resources(&exports::object(bucket, &key))
        .data()
}

fn bucket(call: Call, log: &mut Log, _: DateTime<Utc>, region: &'static str) -> Call {
    let bucket = bucket_name(&mut log.rng);
    let host = format!("{bucket}.s3.{region}.amazonaws.com");
    call.params(json!({ "bucketName": bucket, "Host": host, "acl": "" }))
        .resources(&[("AWS::S3::Bucket", format!("arn:aws:s3:::{bucket}"))])
}

fn bucket_name(rng: &mut Rng) -> &'static str {
    rng.pick(["ingest-raw", "ingest-curated", "storefront-assets", "ci-artifacts", "tf-state", "elb-access-logs"])
}

fn session(call: Call, log: &mut Log, time: DateTime<Utc>, _: &'static str) -> Call {
    let (role, session) = (role(&mut log.rng), format!("s-17{}", 10_000_000 + log.rng.below(90_000_000)));
    assume(call, log, &role, &session, time)
}

fn key(call: Call, log: &mut Log, _: DateTime<Utc>, region: &'static str) -> Call {
    let (key, bucket) = (key_arn(&mut log.rng, region), bucket_name(&mut log.rng));
    let context = json!({ "aws:s3:arn": format!("arn:aws:s3:::{bucket}") });
    call.params(json!({ "encryptionContext": context, "encryptionAlgorithm": "SYMMETRIC_DEFAULT", "keyId": key }))
        .resources(&[("AWS::KMS::Key", key)])
}

/// One of 24 keys of a region.
fn key_arn(rng: &mut Rng, region: &str) -> String {
    let id = Rng::named(&format!("key {region} {}", rng.below(24))).uuid();
    format!("arn:aws:kms:{region}:{MAIN}:key/{id}")
}

fn filters(call: Call, _: &mut Log, _: DateTime<Utc>, _: &'static str) -> Call {
    call.params(json!({ "maxResults": 200, "filterSet": { "items": [
        { "name": "vpc-id", "valueSet": { "items": [{ "value": "vpc-0a1b2c3d4e5f60718" }] } },
    ]}}))
}

fn instances(call: Call, log: &mut Log, _: DateTime<Utc>, _: &'static str) -> Call {
    let items: Vec<Value> = (0..=log.rng.below(3)).map(|_| json!({ "instanceId": id(&mut log.rng, "i") })).collect();
    call.params(json!({ "instancesSet": { "items": items }, "filterSet": {} }))
}

/// An id as EC2 gives them: `i-0123456789abcdef0`.
fn id(rng: &mut Rng, prefix: &str) -> String {
    format!("{prefix}-0{}", rng.hex(16))
}

fn launch(call: Call, log: &mut Log, time: DateTime<Utc>, region: &'static str) -> Call {
    let name = role(&mut log.rng);
    let rng = &mut log.rng;
    let (image, subnet, group) =
        (id(rng, "ami"), id(rng, "subnet"), json!({ "items": [{ "groupId": id(rng, "sg") }] }));
    let tags = json!({ "items": [{ "key": "Name", "value": name }, { "key": "team", "value": "platform" }] });
    let address = format!("10.{}.{}.{}", rng.below(256), rng.below(256), 1 + rng.below(254));
    call.params(json!({
        "instancesSet": { "items": [{ "imageId": image, "minCount": 1, "maxCount": 1 }] },
        "instanceType": "m7g.large",
        "monitoring": { "enabled": false },
        "disableApiTermination": false,
        "clientToken": rng.uuid(),
        "networkInterfaceSet": { "items": [{ "deviceIndex": 0, "subnetId": subnet, "groupSet": group }] },
        "tagSpecificationSet": { "items": [{ "resourceType": "instance", "tags": tags["items"] }] },
    }))
    .answer(json!({
        "requestId": rng.uuid(),
        "reservationId": id(rng, "r"),
        "ownerId": MAIN,
        "groupSet": {},
        "instancesSet": { "items": [{
            "instanceId": id(rng, "i"),
            "imageId": image,
            "instanceState": { "code": 0, "name": "pending" },
            "privateDnsName": format!("ip-{}.{region}.compute.internal", address.replace('.', "-")),
            "instanceType": "m7g.large",
            "launchTime": time.timestamp_millis(),
            "placement": { "availabilityZone": format!("{region}a"), "tenancy": "default" },
            "subnetId": subnet,
            "privateIpAddress": address,
            "stateReason": { "code": "pending", "message": "pending" },
            "architecture": "arm64",
            "rootDeviceType": "ebs",
            "rootDeviceName": "/dev/xvda",
            "hypervisor": "xen",
            "tagSet": tags,
            "groupSet": group,
            "sourceDestCheck": true,
        }]},
    }))
}

fn tags(call: Call, log: &mut Log, _: DateTime<Utc>, _: &'static str) -> Call {
    let name = role(&mut log.rng);
    call.params(json!({
        "resourcesSet": { "items": [{ "resourceId": id(&mut log.rng, "i") }] },
        "tagSet": { "items": [{ "key": "Name", "value": name }, { "key": "managed-by", "value": "karpenter" }] },
    }))
}

fn ingress(call: Call, log: &mut Log, _: DateTime<Utc>, _: &'static str) -> Call {
    let port = log.rng.pick([22, 443, 3389, 5432]);
    let open = log.rng.pick(["0.0.0.0/0", "192.0.2.0/24", "10.0.0.0/8"]);
    call.params(json!({
        "groupId": id(&mut log.rng, "sg"),
        "ipPermissions": { "items": [{
            "ipProtocol": "tcp",
            "fromPort": port,
            "toPort": port,
            "groups": {},
            "ipRanges": { "items": [{ "cidrIp": open }] },
        }]},
    }))
    .answer(json!({ "_return": true }))
}

fn log_stream(call: Call, log: &mut Log, time: DateTime<Utc>, _: &'static str) -> Call {
    let stream = format!("{}/[$LATEST]{}", time.format("%Y/%m/%d"), log.rng.hex(32));
    call.params(json!({ "logGroupName": format!("/aws/lambda/{}", role(&mut log.rng)), "logStreamName": stream }))
}

fn image(call: Call, log: &mut Log, _: DateTime<Utc>, region: &'static str) -> Call {
    let name = role(&mut log.rng);
    call.params(json!({
        "registryId": MAIN,
        "repositoryName": name,
        "imageIds": [{ "imageDigest": format!("sha256:{}", log.rng.hex(64)) }],
        "acceptedMediaTypes": [
            "application/vnd.oci.image.manifest.v1+json",
            "application/vnd.docker.distribution.manifest.v2+json",
        ],
    }))
    .resources(&[("AWS::ECR::Repository", format!("arn:aws:ecr:{region}:{MAIN}:repository/{name}"))])
}

fn function(call: Call, log: &mut Log, _: DateTime<Utc>, region: &'static str) -> Call {
    let name = role(&mut log.rng);
    call.params(json!({ "functionName": format!("arn:aws:lambda:{region}:{MAIN}:function:{name}"), "dryRun": false }))
}

fn managed(call: Call, log: &mut Log, _: DateTime<Utc>, _: &'static str) -> Call {
    let address = format!("10.0.{}.{}", log.rng.below(64), 1 + log.rng.below(254));
    call.params(json!({
        "instanceId": id(&mut log.rng, "i"),
        "agentVersion": "3.3.2299.0",
        "agentStatus": "Active",
        "platformType": "Linux",
        "platformName": "Amazon Linux",
        "platformVersion": "2023",
        "iPAddress": address,
        "computerName": format!("ip-{}.ec2.internal", address.replace('.', "-")),
        "agentName": "amazon-ssm-agent",
    }))
}

fn parameter(call: Call, log: &mut Log, _: DateTime<Utc>, _: &'static str) -> Call {
    call.params(json!({ "name": format!("/prod/{}/db/url", role(&mut log.rng)), "withDecryption": true }))
}

fn secret(call: Call, log: &mut Log, _: DateTime<Utc>, region: &'static str) -> Call {
    let name = role(&mut log.rng);
    call.params(json!({ "secretId": format!("arn:aws:secretsmanager:{region}:{MAIN}:secret:{name}-AbCdEf") }))
}

fn table(call: Call, log: &mut Log, _: DateTime<Utc>, _: &'static str) -> Call {
    call.params(json!({ "databaseName": "lake", "tableName": role(&mut log.rng), "catalogId": MAIN }))
}

fn targets(call: Call, log: &mut Log, _: DateTime<Utc>, region: &'static str) -> Call {
    let arn = format!("arn:aws:elasticloadbalancing:{region}:{MAIN}:targetgroup/{}", role(&mut log.rng));
    call.params(json!({ "targetGroupArn": format!("{arn}/{}", log.rng.hex(16)) }))
}

fn stack(call: Call, log: &mut Log, _: DateTime<Utc>, _: &'static str) -> Call {
    call.params(json!({ "stackName": role(&mut log.rng) }))
}

fn athena(call: Call, log: &mut Log, _: DateTime<Utc>, region: &'static str) -> Call {
    call.params(json!({
        "queryString": "***OMITTED***",
        "clientRequestToken": log.rng.uuid(),
        "queryExecutionContext": { "database": "lake" },
        "resultConfiguration": { "outputLocation": format!("s3://query-results-{MAIN}-{region}/") },
        "workGroup": "primary",
    }))
    .answer(json!({ "queryExecutionId": log.rng.uuid() }))
}

fn queue(call: Call, log: &mut Log, _: DateTime<Utc>, region: &'static str) -> Call {
    let url = format!("https://sqs.{region}.amazonaws.com/{MAIN}/{}?v=1&all=true", role(&mut log.rng));
    call.params(json!({ "queueUrl": url, "attributeNames": ["All"] }))
}

fn iam(call: Call, log: &mut Log, _: DateTime<Utc>, _: &'static str) -> Call {
    call.params(json!({ "roleName": role(&mut log.rng) }))
}

fn attach(call: Call, log: &mut Log, _: DateTime<Utc>, _: &'static str) -> Call {
    let policy = log.rng.pick(["ReadOnlyAccess", "AmazonS3ReadOnlyAccess", "CloudWatchAgentServerPolicy"]);
    let policy = format!("arn:aws:iam::aws:policy/{policy}");
    call.params(json!({ "roleName": role(&mut log.rng), "policyArn": policy }))
}

fn inline(call: Call, log: &mut Log, _: DateTime<Utc>, _: &'static str) -> Call {
    call.params(policy(&mut log.rng, &["s3:GetObject*", "kms:Decrypt", "rds:DescribeDBSnapshots"]))
}

/// What PutRolePolicy is asked: an inline policy that allows `actions`.
pub(crate) fn policy(rng: &mut Rng, actions: &[&str]) -> Value {
    let statement = json!({ "Effect": "Allow", "Action": actions, "Resource": "*" });
    let document = json!({ "Version": "2012-10-17", "Statement": [statement] });
    let name = format!("inline-{}", rng.below(100));
    json!({ "roleName": role(rng), "policyName": name, "policyDocument": format!("{document:#}") })
}

fn snapshot(call: Call, log: &mut Log, time: DateTime<Utc>, region: &'static str) -> Call {
    let database = log.rng.pick(["orders-prod", "billing-prod", "crm-prod"]);
    let name = format!("{database}-{}", time.format("%Y-%m-%d"));
    let key = key_arn(&mut log.rng, region);
    call.params(json!({ "dBClusterIdentifier": database, "dBClusterSnapshotIdentifier": name }))
        .answer(exports::cluster_snapshot(&name, region, &key, time - TimeDelta::seconds(1)))
}
