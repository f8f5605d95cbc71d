//! StartExportTask: what it asks, what it answers, and what the export service does afterwards.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use super::shapes::{Call, EAST, Log, MAIN, OUTSIDE, spoken, stamp};
use super::who::Who;

/// The account's own key for exports.
pub(crate) const OWN_KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
/// A key of the other account.
pub(crate) const FOREIGN_KEY: &str = "arn:aws:kms:us-east-1:444455556666:key/9e1d7c42-0b5a-4c7e-8f36-5a2b90d4e6f1";

/// An export as somebody asked for it.
#[derive(Clone)]
pub(crate) struct Task {
    pub(crate) id: String,
    pub(crate) source: String,
    pub(crate) bucket: &'static str,
    pub(crate) prefix: Option<String>,
    pub(crate) role: &'static str,
    pub(crate) key: &'static str,
    pub(crate) only: Vec<&'static str>,
    pub(crate) snapshot_time: DateTime<Utc>,
}

impl Task {
    /// An export of the whole of `source` (`cluster-snapshot:NAME`, in `region`) with the account's own key and role.
    pub(crate) fn new(id: impl Into<String>, region: &str, source: &str, bucket: &'static str) -> Self {
        Self {
            id: id.into(),
            source: format!("arn:aws:rds:{region}:{MAIN}:{source}"),
            bucket,
            prefix: None,
            role: "rds-s3-export",
            key: OWN_KEY,
            only: Vec::new(),
            snapshot_time: super::shapes::at(23, 2, 0, 11),
        }
    }

    /// `requestParameters`.
    pub(crate) fn params(&self) -> Value {
        let mut all = Map::new();
        all.insert("exportTaskIdentifier".to_owned(), json!(self.id));
        all.insert("sourceArn".to_owned(), json!(self.source));
        all.insert("s3BucketName".to_owned(), json!(self.bucket));
        if let Some(prefix) = &self.prefix {
            all.insert("s3Prefix".to_owned(), json!(prefix));
        }
        all.insert("iamRoleArn".to_owned(), json!(self.role_arn()));
        all.insert("kmsKeyId".to_owned(), json!(self.key));
        if !self.only.is_empty() {
            all.insert("exportOnly".to_owned(), json!(self.only));
        }
        Value::Object(all)
    }

    /// `responseElements` of a success.
    pub(crate) fn answer(&self) -> Value {
        let cluster = self.source.contains(":cluster:");
        let mut all = Map::new();
        all.insert("exportTaskIdentifier".to_owned(), json!(self.id));
        all.insert("sourceArn".to_owned(), json!(self.source));
        if !self.only.is_empty() {
            all.insert("exportOnly".to_owned(), json!(self.only));
        }
        if !cluster {
            all.insert("snapshotTime".to_owned(), json!(spoken(self.snapshot_time)));
        }
        all.insert("s3Bucket".to_owned(), json!(self.bucket));
        if let Some(prefix) = &self.prefix {
            all.insert("s3Prefix".to_owned(), json!(prefix));
        }
        all.insert("iamRoleArn".to_owned(), json!(self.role_arn()));
        all.insert("kmsKeyId".to_owned(), json!(self.key));
        all.insert("status".to_owned(), json!("STARTING"));
        all.insert("percentProgress".to_owned(), json!(0));
        all.insert("totalExtractedDataInGB".to_owned(), json!(0));
        all.insert("sourceType".to_owned(), json!(if cluster { "CLUSTER" } else { "SNAPSHOT" }));
        Value::Object(all)
    }

    fn role_arn(&self) -> String {
        format!("arn:aws:iam::{MAIN}:role/{}", self.role)
    }

    /// The call that asks for it.
    pub(crate) fn call(&self, time: DateTime<Utc>, who: &Who, region: &'static str) -> Call {
        Call::new(time, who, region, "rds", "StartExportTask").params(self.params())
    }
}

/// The export service at work: it takes on the task's role, gets a grant on the key, and writes `parts` objects.
pub(crate) fn service_works(log: &mut Log, started: DateTime<Utc>, task: &Task, parts: u32) {
    let service = Who::service("export.rds");
    let role = task.role_arn();
    Call::new(started + TimeDelta::seconds(9), &service, EAST, "sts", "AssumeRole")
        .params(json!({ "roleArn": role, "roleSessionName": "RDSExport", "durationSeconds": 3600 }))
        .resources(&[("AWS::IAM::Role", role.clone())])
        .log(log);
    let worker = Who::role(task.role, "RDSExport", started + TimeDelta::seconds(9), "192.0.2.1", "")
        .through("export.rds.amazonaws.com");
    let key_account = if task.key.contains(OUTSIDE) { OUTSIDE } else { MAIN };
    Call::new(started + TimeDelta::seconds(14), &worker, EAST, "kms", "CreateGrant")
        .params(json!({
            "keyId": task.key,
            "granteePrincipal": "export.rds.amazonaws.com",
            "operations": ["Encrypt", "Decrypt", "GenerateDataKey", "CreateGrant", "DescribeKey", "RetireGrant"],
            "retiringPrincipal": format!("arn:aws:iam::{key_account}:root"),
        }))
        .answer(json!({ "grantId": log.rng.hex(64), "keyId": task.key }))
        .resources(&[("AWS::KMS::Key", task.key.to_owned())])
        .log(log);
    let stem = task.prefix.as_deref().map(|prefix| format!("{prefix}/")).unwrap_or_default();
    for part in 0..parts {
        let time = started + TimeDelta::seconds(600 + i64::from(part) * 41);
        let key = format!("{stem}{}/orders/public.orders/1/part-{part:05}.gz.parquet", task.id);
        put(log, time, &worker, task.bucket, &key);
    }
}

/// An object written.
pub(crate) fn put(log: &mut Log, time: DateTime<Utc>, who: &Who, bucket: &str, key: &str) {
    let size = 40_000 + log.rng.below(9_000_000);
    Call::new(time, who, EAST, "s3", "PutObject")
        .params(json!({ "bucketName": bucket, "Host": format!("{bucket}.s3.us-east-1.amazonaws.com"), "key": key }))
        .answer(json!({ "x-amz-server-side-encryption": "aws:kms" }))
        .field("additionalEventData", transfer(log, size, 0))
        .resources(&object(bucket, key))
        .data()
        .log(log);
}

/// An object read.
pub(crate) fn get(log: &mut Log, time: DateTime<Utc>, who: &Who, bucket: &str, key: &str) {
    let size = 40_000 + log.rng.below(9_000_000);
    Call::new(time, who, EAST, "s3", "GetObject")
        .params(json!({ "bucketName": bucket, "Host": format!("{bucket}.s3.us-east-1.amazonaws.com"), "key": key }))
        .field("additionalEventData", transfer(log, 0, size))
        .resources(&object(bucket, key))
        .data()
        .log(log);
}

/// The resources of a call on an object.
pub(crate) fn object(bucket: &str, key: &str) -> [(&'static str, String); 2] {
    let owner = format!("arn:aws:s3:::{bucket}");
    [("AWS::S3::Object", format!("{owner}/{key}")), ("AWS::S3::Bucket", owner)]
}

/// What S3 says of a transfer beside the request: bytes in and out.
pub(crate) fn transfer(log: &mut Log, bytes_in: u64, bytes_out: u64) -> Value {
    json!({
        "SignatureVersion": "SigV4",
        "CipherSuite": "TLS_AES_128_GCM_SHA256",
        "bytesTransferredIn": bytes_in,
        "SSEApplied": "SSE_KMS",
        "AuthenticationMethod": "AuthHeader",
        "x-amz-id-2": format!("{}=", log.rng.alnum(75)),
        "bytesTransferredOut": bytes_out,
    })
}

/// What CreateDBClusterSnapshot and CopyDBClusterSnapshot answer.
pub(crate) fn cluster_snapshot(name: &str, region: &str, key: &str, time: DateTime<Utc>) -> Value {
    json!({
        "dBClusterSnapshotIdentifier": name,
        "dBClusterIdentifier": "orders-prod",
        "dBClusterSnapshotArn": format!("arn:aws:rds:{region}:{MAIN}:cluster-snapshot:{name}"),
        "engine": "aurora-postgresql",
        "engineVersion": "16.6",
        "allocatedStorage": 0,
        "status": "creating",
        "snapshotCreateTime": spoken(time),
        "clusterCreateTime": "Mar 10, 2024, 12:19:33 PM",
        "masterUsername": "clusteradmin",
        "port": 0,
        "licenseModel": "postgresql-license",
        "snapshotType": "manual",
        "percentProgress": 0,
        "storageEncrypted": true,
        "kmsKeyId": key,
        "iAMDatabaseAuthenticationEnabled": true,
        "tagList": [],
        "availabilityZones": [format!("{region}a"), format!("{region}b"), format!("{region}c")],
        "vpcId": "vpc-0a1b2c3d4e5f60718",
    })
}

/// What sts:AssumeRole is asked and answers for `role` and `session`.
pub(crate) fn assume(call: Call, log: &mut Log, role: &str, session: &str, time: DateTime<Utc>) -> Call {
    let arn = format!("arn:aws:iam::{MAIN}:role/{role}");
    let session_key = super::who::access_key("ASIA", &format!("{role} {session} {}", stamp(time)));
    call.params(json!({ "roleArn": arn, "roleSessionName": session, "durationSeconds": 3600 }))
        .answer(json!({
            "credentials": {
                "accessKeyId": session_key,
                "sessionToken": format!("{}==", log.rng.alnum(160)),
                "expiration": spoken(time + TimeDelta::hours(1)),
            },
            "assumedRoleUser": {
                "assumedRoleId": format!("{}:{session}", super::who::principal("AROA", role)),
                "arn": format!("arn:aws:sts::{MAIN}:assumed-role/{role}/{session}"),
            },
        }))
        .resources(&[("AWS::IAM::Role", arn)])
}
