//! Who and what an event is about, by id: `related.entity`, `entity.target.id` and their like.
//!
//! Elastic makes these fields where its integration is told to map actors and targets, and some of its rules ask for them.
//! They are a document of their own, made on demand from the record: most rules never ask, and what they ask for besides
//! must not wait for it.

mod table;

use std::collections::BTreeSet;

use super::json::{Json, Object};
use super::tree::{self, get, set};
use super::{java_tostring, prune};
use table::{ACTORS, HOST_PREFIXES, HOST_TYPES, SERVICE_PREFIXES, SERVICE_TYPES, SERVICES, USER_TYPES};

/// The machines that a call acts on.
const HOST_TARGET: &str = "host.target.entity.id";
/// The user or role that acts.
const USER: &str = "user.entity.id";

/// The fields made here.
pub(super) const FIELDS: [&str; 12] = [
    "actor.entity.id",
    "entity.id",
    "entity.target.id",
    "host.entity.id",
    HOST_TARGET,
    "host.target.id",
    "related.entity",
    "service.entity.id",
    "service.target.entity.id",
    "target.entity.id",
    USER,
    "user.target.entity.id",
];

/// Whether `field` is one of those made here.
pub(super) fn is_field(field: &str) -> bool {
    matches!(field, "related.entity" | "entity.id" | "entity.target.id" | "host.target.id")
        || field.ends_with(".entity.id")
}

/// [`build`] of a record that is read for nothing else.
pub(super) fn read(record: &str) -> Json<'static> {
    let mut record = Json::read(record);
    prune::prune(&mut record);
    build(&record)
}

/// The fields of a record, as a document of their own.
pub(super) fn build(record: &Json<'_>) -> Json<'static> {
    let text = |path: &str| get(record.as_object()?, path)?.as_str().map(str::to_owned);
    let (Some(action), source) = (text("eventName"), text("eventSource").unwrap_or_default()) else {
        return Json::Null;
    };
    let kind = text("userIdentity.type").unwrap_or_default();
    let mut related = collect(record, ACTORS);
    if kind == "IdentityCenterUser" {
        related.extend(text("userIdentity.onBehalfOf.identityStoreArn"));
    }
    let mut targets = BTreeSet::new();
    if let Some(service) = SERVICES.iter().find(|service| source == service.source) {
        related.append(&mut collect(record, service.related));
        let about = service.targets.iter().filter(|(actions, _)| {
            // The names of Lambda's actions end in a version.
            actions.iter().any(|name| *name == action || (service.versioned && action.contains(name)))
        });
        for (_, paths) in about {
            targets.append(&mut collect(record, paths));
        }
    }
    if (source.as_str(), action.as_str()) == ("ssm.amazonaws.com", "SendCommand") {
        targets = commanded(record);
    }
    let mut doc = Object::new();
    for target in &targets {
        let field = target_field(target);
        append(&mut doc, "target.entity.id", target);
        append(&mut doc, field, target);
        if let Some(instance) = instance(target).filter(|_| field == HOST_TARGET) {
            append(&mut doc, "host.target.id", instance);
        }
    }
    related.append(&mut targets);
    let actor = match (source.as_str(), action.as_str(), kind.as_str()) {
        ("sts.amazonaws.com", "AssumeRole", "AWSService") => text("userIdentity.invokedBy"),
        ("sts.amazonaws.com", "AssumeRole", "AssumedRole") => text("userIdentity.sessionContext.sessionIssuer.arn"),
        ("sts.amazonaws.com", "AssumeRole" | "GetCallerIdentity", _) => text("userIdentity.arn"),
        _ => text("userIdentity.arn").or_else(|| text("userIdentity.onBehalfOf.userId")),
    };
    if let Some(actor) = actor {
        append(&mut doc, "actor.entity.id", &actor);
        let field = actor_field(&kind, &actor);
        // All sessions of a role are one user: the role.
        let role = || text("userIdentity.sessionContext.sessionIssuer.arn").filter(|_| kind == "AssumedRole");
        let who = if field == USER { role().unwrap_or(actor) } else { actor };
        append(&mut doc, field, &who);
    }
    if !related.is_empty() {
        set(&mut doc, "related.entity", related.into_iter().collect::<Vec<_>>());
    }
    if doc.members().is_empty() { Json::Null } else { Json::Object(doc) }
}

/// The instances that a command is sent to: those named, or those chosen by tags, or the account where it is all.
fn commanded(record: &Json<'_>) -> BTreeSet<String> {
    let mut ids = collect(record, &["requestParameters.instanceIds"]);
    if ids.is_empty() {
        ids = collect(record, &["requestParameters.targets.values"]);
    }
    if ids.len() == 1 && ids.contains("*") { collect(record, &["recipientAccountId"]) } else { ids }
}

/// The id of an instance, by itself or in its ARN.
fn instance(target: &str) -> Option<&str> {
    let id = match arn_parts(target) {
        Some((_, "ec2")) => target.splitn(6, ':').nth(5)?.strip_prefix("instance/")?,
        Some(_) => return None,
        None => target,
    };
    id.starts_with("i-").then_some(id)
}

/// The texts at some paths of the record.
fn collect(record: &Json<'_>, paths: &[&str]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for path in paths {
        tree::visit(record, path, &mut |value| {
            if value.as_object().is_none() {
                found.extend(java_tostring::to_string(value));
            }
            false
        });
    }
    found
}

fn append(doc: &mut Object<'static>, field: &'static str, id: &str) {
    let mut ids = get(doc, field).and_then(Json::as_list).unwrap_or_default().to_vec();
    ids.push(id.to_owned().into());
    set(doc, field, ids);
}

/// The type of the resource that an ARN names, and its service.
fn arn_parts(arn: &str) -> Option<(&str, &str)> {
    let mut parts = arn.strip_prefix("arn:")?.split(':').skip(1);
    let service = parts.next()?;
    let resource = parts.nth(2)?;
    Some((resource.split_once('/').map_or(resource, |(kind, _)| kind), service))
}

/// Roles that belong to a service count as the service.
fn is_service_role(id: &str) -> bool {
    id.contains("/AWSServiceRoleFor") || id.contains("/aws-service-role/")
}

fn target_field(target: &str) -> &'static str {
    const USER: &str = "user.target.entity.id";
    const HOST: &str = HOST_TARGET;
    const SERVICE: &str = "service.target.entity.id";
    const GENERIC: &str = "entity.target.id";
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| target.starts_with(prefix));
    match arn_parts(target) {
        Some(_) if is_service_role(target) => SERVICE,
        Some((kind, _)) if USER_TYPES.contains(&kind) => USER,
        Some((kind, _)) if HOST_TYPES.contains(&kind) => HOST,
        Some((kind, service)) if SERVICE_TYPES.contains(&kind) || service == "s3" => SERVICE,
        None if target.starts_with("arn:") => GENERIC,
        None if target.len() == 20 && target.starts_with("AKIA") => USER,
        None if starts(HOST_PREFIXES) => HOST,
        None if starts(SERVICE_PREFIXES) => SERVICE,
        _ => GENERIC,
    }
}

fn actor_field(kind: &str, actor: &str) -> &'static str {
    match kind {
        "AWSService" => "service.entity.id",
        _ if is_service_role(actor) => "service.entity.id",
        "IAMUser" | "Root" | "AssumedRole" => USER,
        _ => match arn_parts(actor) {
            Some(("user" | "role" | "assumed-role" | "federated-user", _)) => USER,
            Some(("instance", _)) => "host.entity.id",
            None if actor.starts_with("i-") => "host.entity.id",
            _ => "entity.id",
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn build(record: Value) -> Value {
        read(&record.to_string()).into()
    }

    #[test]
    fn services_and_their_actions_are_listed_once() {
        let mut sources: Vec<_> = SERVICES.iter().map(|service| service.source).collect();
        sources.sort_unstable();
        assert!(sources.is_sorted_by(|a, b| a < b));
        for service in SERVICES {
            let actions: Vec<_> = service.targets.iter().flat_map(|(actions, _)| *actions).collect();
            let unique: BTreeSet<_> = actions.iter().collect();
            assert_eq!(unique.len(), actions.len(), "{}", service.source);
        }
    }

    #[test]
    fn a_role_whose_policy_changes_is_the_target() {
        let doc = build(json!({
            "eventName": "UpdateAssumeRolePolicy", "eventSource": "iam.amazonaws.com",
            "userIdentity": {
                "type": "AssumedRole", "arn": "arn:aws:sts::1:assumed-role/admin/me", "accessKeyId": "ASIA1",
                "sessionContext": {"sessionIssuer": {"arn": "arn:aws:iam::1:role/admin", "userName": "admin"}},
            },
            "requestParameters": {"roleName": "sample-role", "policyDocument": "{}"},
        }));
        assert_eq!(
            doc,
            json!({
                "target": {"entity": {"id": ["sample-role"]}},
                "entity": {"target": {"id": ["sample-role"]}},
                "actor": {"entity": {"id": ["arn:aws:sts::1:assumed-role/admin/me"]}},
                "user": {"entity": {"id": ["arn:aws:iam::1:role/admin"]}},
                "related": {"entity": [
                    "ASIA1", "admin", "arn:aws:iam::1:role/admin", "arn:aws:sts::1:assumed-role/admin/me", "sample-role",
                ]},
            })
        );
    }

    #[test]
    fn targets_are_told_apart_by_what_their_ids_look_like() {
        for (target, field) in [
            ("arn:aws:iam::1:user/bob", "user.target.entity.id"),
            ("arn:aws:iam::1:role/aws-service-role/x/AWSServiceRoleForX", "service.target.entity.id"),
            ("arn:aws:ec2:us-east-1:1:instance/i-1", "host.target.entity.id"),
            ("arn:aws:rds:us-east-1:1:db:orders", "service.target.entity.id"),
            ("arn:aws:s3:::bucket/key", "service.target.entity.id"),
            ("arn:aws:x:us-east-1:1:unheard-of/y", "entity.target.id"),
            ("arn:short", "entity.target.id"),
            ("AKIAIOSFODNN7EXAMPLE", "user.target.entity.id"),
            ("i-0123", "host.target.entity.id"),
            ("sg-0123", "service.target.entity.id"),
            ("111122223333", "entity.target.id"),
        ] {
            assert_eq!(target_field(target), field, "{target}");
        }
    }

    #[test]
    fn instances_have_an_id_of_their_own() {
        let doc = build(json!({
            "eventName": "SendCommand", "eventSource": "ssm.amazonaws.com",
            "requestParameters": {"instanceIds": ["i-2", "i-1"], "targets": [{"values": ["i-3"]}]},
        }));
        assert_eq!(doc.pointer("/host/target/id"), Some(&json!(["i-1", "i-2"])));
        let everywhere = build(json!({
            "eventName": "SendCommand", "eventSource": "ssm.amazonaws.com", "recipientAccountId": "111122223333",
            "requestParameters": {"targets": [{"key": "InstanceIds", "values": ["*"]}]},
        }));
        assert_eq!(everywhere.pointer("/entity/target/id"), Some(&json!(["111122223333"])));
        for (target, id) in [
            ("i-1", Some("i-1")),
            ("arn:aws:ec2:us-east-1:1:instance/i-1", Some("i-1")),
            ("arn:aws:ec2:us-east-1:1:image/i-1", None),
            ("arn:aws:ssm:us-east-1:1:instance/i-1", None),
            ("mi-1", None),
        ] {
            assert_eq!(instance(target), id, "{target}");
        }
    }

    #[test]
    fn lists_and_versioned_actions_are_understood() {
        let ids = |record: Value| build(record).pointer("/target/entity/id").cloned().unwrap_or_default();
        let record = json!({
            "eventName": "AuthorizeSecurityGroupIngress", "eventSource": "ec2.amazonaws.com",
            "requestParameters": {"groupId": "sg-1"},
            "responseElements": {"securityGroupRuleSet": {"items": [{"securityGroupRuleId": "sgr-2"}, {"securityGroupRuleId": "sgr-1"}]}},
        });
        assert_eq!(ids(record), json!(["sg-1", "sgr-1", "sgr-2"]));
        let record = json!({
            "eventName": "AddPermission20150331v2", "eventSource": "lambda.amazonaws.com",
            "requestParameters": {"functionName": "f"},
        });
        assert_eq!(ids(record), json!(["f"]));
        let record = json!({
            "eventName": "DeleteNetworkAclEntry", "eventSource": "ec2.amazonaws.com",
            "requestParameters": {"networkAclId": "acl-1", "ruleNumber": 100},
        });
        assert_eq!(ids(record), json!(["100", "acl-1"]));
        assert_eq!(ids(json!({"eventName": "CreateUser", "eventSource": "elsewhere.amazonaws.com"})), Value::Null);
    }
}
