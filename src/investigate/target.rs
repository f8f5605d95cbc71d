//! Finds what a call acted on: a role, a bucket, an instance. CloudTrail has no single place for it: the names of
//! request parameters tell, and otherwise the record's list of resources.

use serde_json::Value;

use super::arn::Arn;
use crate::event::Event;
use crate::rule::Rule;

/// What a call acted on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Kind and name, as the table shows it: `role/etl`, `cluster-snapshot:orders`, `sg-0123`.
    pub name: String,
    /// The value in the log.
    pub value: String,
    /// The ECS field of that value.
    pub field: String,
}

/// The heading for targets of alerts of `rules`: `snapshot` if all rules are about exports of those, else `target`.
pub fn target_word<'r>(rules: impl IntoIterator<Item = &'r Rule>) -> &'static str {
    let mut rules = rules.into_iter().peekable();
    let any = rules.peek().is_some();
    if any && rules.all(|rule| rule.query.contains("StartExportTask")) { "snapshot" } else { "target" }
}

/// Request parameters that name the target, the most telling first, and the kind to put before a bare name. A call on a
/// user and a policy is about the user: to whom comes before what is granted or taken.
const NAMES: &[(&str, &str)] = &[
    ("userName", "user/"),
    ("roleName", "role/"),
    ("groupName", "group/"),
    ("instanceProfileName", "instance-profile/"),
    ("serialNumber", ""),
    ("bucketName", ""),
    ("functionName", "function/"),
    ("secretId", "secret/"),
    ("dBClusterSnapshotIdentifier", "cluster-snapshot:"),
    ("dBSnapshotIdentifier", "snapshot:"),
    ("dBInstanceIdentifier", "db:"),
    ("dBClusterIdentifier", "cluster:"),
    ("globalClusterIdentifier", "global-cluster:"),
    ("instanceId", ""),
    ("instancesSet.items.instanceId", ""),
    ("instanceIds", ""),
    ("snapshotId", ""),
    ("imageId", ""),
    ("volumeId", ""),
    ("groupId", ""),
    ("networkAclId", ""),
    ("networkInterfaceId", ""),
    ("subnetId", ""),
    ("vpcId", ""),
    ("keyId", ""),
    ("targetKeyId", ""),
    ("stackSetName", "stack-set/"),
    ("stackName", "stack/"),
    ("clusterName", "cluster/"),
    ("tableName", "table/"),
    ("topicArn", ""),
    ("queueUrl", ""),
    ("logStreamName", "log-stream:"),
    ("logGroupName", "log-group:"),
    ("repositoryName", "repository/"),
    ("detectorId", "detector/"),
    ("fileSystemId", ""),
    ("configurationRecorderName", ""),
    ("resolverQueryLogConfigId", ""),
    ("ruleName", "rule/"),
    ("sessionId", "session/"),
    ("documentName", "document/"),
    ("roleArn", ""),
    ("policyArn", ""),
    ("policyName", "policy/"),
    ("resourceArn", ""),
    ("resourceId", ""),
    ("target", ""),
    ("name", ""),
    ("names", ""),
    ("id", ""),
    ("identityPoolId", ""),
    ("modelId", ""),
    ("accountId", ""),
];

/// Endings of parameters that name something.
const ENDS: [&str; 6] = ["Arn", "ARN", "Id", "Name", "Identifier", "Names"];

/// Parameters with such an ending that do not name a target.
const OTHERS: [&str; 8] = [
    "clientRequestToken",
    "roleSessionName",
    "eventName",
    "requestId",
    "attributeName",
    "engineName",
    "marketplaceId",
    "kmsKeyId",
];

/// Longer values, in bytes, are not names.
const LONGEST: usize = 512;

/// `request` is the object of the call's parameters.
pub(super) fn target(event: &Event<'_>, request: &Value) -> Option<Target> {
    named(request).or_else(|| listed(event)).or_else(|| any(request))
}

fn made(kind: &str, value: &str, field: String) -> Target {
    let name = match Arn::of(value) {
        Some(arn) => arn.resource.to_owned(),
        None => format!("{kind}{value}"),
    };
    Target { name, value: value.to_owned(), field }
}

fn parameter(path: &str) -> String {
    format!("aws.cloudtrail.flattened.request_parameters.{path}")
}

fn named(request: &Value) -> Option<Target> {
    let found = NAMES.iter().find_map(|(path, kind)| Some((*path, *kind, text_at(request, path)?)));
    let (path, kind, value) = found?;
    let mut target = made(kind, value, parameter(path));
    // Objects are named with their bucket, streams with their group.
    let inside = match path {
        "bucketName" => text_at(request, "key").map(|key| format!("{value}/{key}")),
        "logStreamName" => text_at(request, "logGroupName").map(|group| format!("{group}:{value}")),
        _ => None,
    };
    target.name = inside.unwrap_or(target.name);
    Some(target)
}

/// The text at a path; of a list, its first element's.
fn text_at<'v>(value: &'v Value, path: &str) -> Option<&'v str> {
    let mut at = value;
    for key in path.split('.') {
        at = first(at).get(key)?;
    }
    let text = first(at).as_str()?;
    (!text.is_empty() && text.len() <= LONGEST).then_some(text)
}

fn first(value: &Value) -> &Value {
    value.as_array().and_then(|list| list.first()).unwrap_or(value)
}

/// The first resource in the record, or the first that Elastic's table of services finds; but not the account, which
/// all calls share.
fn listed(event: &Event<'_>) -> Option<Target> {
    let account = event.get("aws.cloudtrail.recipient_account_id").or_else(|| event.get("cloud.account.id"));
    ["aws.cloudtrail.resources.arn", "target.entity.id"].into_iter().find_map(|field| {
        let value = event.get(field).filter(|value| Some(value) != account.as_ref() && value.len() <= LONGEST)?;
        Some(made("", &value, field.to_owned()))
    })
}

/// The first parameter whose name ends like a name.
fn any(request: &Value) -> Option<Target> {
    request.as_object()?.iter().find_map(|(name, value)| {
        let telling = ENDS.iter().any(|end| name.ends_with(end)) && !OTHERS.contains(&name.as_str());
        let value = first(value).as_str()?;
        (telling && !value.is_empty() && value.len() <= LONGEST).then(|| made("", value, parameter(name)))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::investigate::Facts;

    fn of(service: &str, action: &str, request: &Value, resources: &Value) -> Option<Target> {
        let record = json!({
            "eventVersion": "1.09", "eventID": "e", "eventTime": "2026-11-23T10:00:00Z", "awsRegion": "us-east-1",
            "eventSource": format!("{service}.amazonaws.com"), "eventName": action,
            "recipientAccountId": "111122223333", "requestParameters": request, "resources": resources,
        });
        let raw = record.to_string();
        let event = Event::parse(raw.as_bytes()).unwrap();
        let target = Facts::of(&event).target;
        if let Some(target) = &target {
            let mut found = false;
            crate::query::Document::any(&event, &target.field, &mut |value| {
                found |= value == crate::query::Scalar::Str(&target.value);
                found
            });
            assert!(found, "{target:?} is not in its field");
        }
        target
    }

    fn name(service: &str, action: &str, request: &Value) -> Option<String> {
        of(service, action, request, &json!(null)).map(|target| target.name)
    }

    #[test]
    fn what_a_call_is_about_whatever_the_service_calls_it() {
        let arn = "arn:aws:iam::111122223333:role/team/etl";
        for (service, action, request, wanted) in [
            ("iam", "CreateUser", json!({"userName": "new"}), "user/new"),
            (
                "iam",
                "AttachRolePolicy",
                json!({"policyArn": "arn:aws:iam::aws:policy/Admin", "roleName": "r"}),
                "role/r",
            ),
            ("iam", "AddUserToGroup", json!({"groupName": "g", "userName": "u"}), "user/u"),
            ("iam", "CreatePolicyVersion", json!({"policyArn": "arn:aws:iam::1:policy/p"}), "policy/p"),
            ("sts", "AssumeRole", json!({"roleSessionName": "s", "roleArn": arn}), "role/team/etl"),
            ("s3", "PutBucketPolicy", json!({"bucketName": "b", "bucketPolicy": {}}), "b"),
            ("s3", "GetObject", json!({"bucketName": "b", "key": "k/x.csv"}), "b/k/x.csv"),
            ("cloudtrail", "StopLogging", json!({"name": "arn:aws:cloudtrail:us-east-1:1:trail/main"}), "trail/main"),
            ("ec2", "TerminateInstances", json!({"instancesSet": {"items": [{"instanceId": "i-1"}]}}), "i-1"),
            ("ec2", "AuthorizeSecurityGroupIngress", json!({"groupId": "sg-1", "ipPermissions": {}}), "sg-1"),
            (
                "rds",
                "ModifyDBSnapshotAttribute",
                json!({"attributeName": "restore", "dBSnapshotIdentifier": "x"}),
                "snapshot:x",
            ),
            ("ssm", "StartSession", json!({"target": "i-2"}), "i-2"),
            ("ssm", "GetParameters", json!({"names": ["/a", "/b"]}), "/a"),
            ("logs", "DeleteLogStream", json!({"logGroupName": "g", "logStreamName": "s"}), "g:s"),
            ("lambda", "UpdateFunctionCode20150331v2", json!({"functionName": "f"}), "function/f"),
            (
                "newservice",
                "DeleteWidget",
                json!({"clientRequestToken": "t", "widgetArn": "arn:aws:new:r:1:widget/w"}),
                "widget/w",
            ),
        ] {
            assert_eq!(name(service, action, &request).as_deref(), Some(wanted), "{action}");
        }
    }

    #[test]
    fn snapshots_are_called_so_where_nothing_else_is_looked_for() {
        let bundled = crate::rule::bundled();
        let mut other = (*bundled[0]).clone();
        other.query = "event.action:CreateUser".to_owned();
        assert_eq!(target_word([&*bundled[0]]), "snapshot");
        assert_eq!(target_word([&*bundled[0], &other]), "target");
        assert_eq!(target_word([]), "target");
    }

    #[test]
    fn without_a_telling_parameter_the_resources_speak() {
        let resources = json!([{"ARN": "arn:aws:kms:us-east-1:1:key/k", "type": "AWS::KMS::Key"}]);
        let target = of("kms", "Decrypt", &json!({"encryptionContext": {}}), &resources).unwrap();
        assert_eq!((target.name.as_str(), target.field.as_str()), ("key/k", "aws.cloudtrail.resources.arn"));
        for request in [json!(null), json!({}), json!({"maxResults": 5}), json!({"policyDocument": "x".repeat(900)})] {
            assert_eq!(name("sts", "GetCallerIdentity", &request), None, "{request}");
        }
        assert_eq!(name("dynamodb", "ListTables", &json!(null)), None, "the account is no target");
    }
}
