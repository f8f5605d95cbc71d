//! Whom a call lets at something, and what of other accounts it names, read in one walk over its parameters. Their names
//! are CloudTrail's, for every service that has them.

use serde_json::{Map, Value};

use super::super::arn::{Arn, foreign_account, is_account};
use super::super::call::{is_read, unversioned};

/// Accounts and ARNs that are kept.
const KEPT: usize = 5;
/// A policy that is longer is not read, in bytes: AWS takes none of this size.
const POLICY: usize = 256 * 1024;

/// Whom a call lets at something, and what of other accounts it names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reach {
    /// Other accounts that are given access.
    pub shared_with: Vec<String>,
    /// How something is opened to everybody.
    pub open: Option<&'static str>,
    /// The ARN of a KMS key of another account.
    pub key: Option<String>,
    /// The ARN of a role of another account that something is to work with.
    pub role: Option<String>,
    /// The ARN of a role of another account that the caller becomes.
    pub became: Option<String>,
    /// The bucket that is called after another account, and that account.
    pub bucket: Option<(String, String)>,
    /// ARNs of other things in other accounts.
    pub things: Vec<String>,
}

impl Reach {
    /// `home` is the account that the event was recorded in.
    pub(super) fn read(request: &Value, action: &str, home: Option<&str>) -> Self {
        let action = unversioned(action);
        let Some(parameters) = request.as_object() else {
            return Self { open: opened_by(action), ..Self::default() };
        };
        let narrowed = || FUNCTION_NARROWING.iter().any(|name| parameters.contains_key(*name));
        let mut reader = Reader {
            home,
            action,
            gives: gives(action),
            to_all: !(action.starts_with("AddPermission") && narrowed()),
            comes_in: comes_in(action, parameters),
            reach: Self { open: opened_by(action), ..Self::default() },
        };
        reader.object(parameters);
        reader.reach
    }
}

/// What a call opens by being made at all.
fn opened_by(action: &str) -> Option<&'static str> {
    const CALLS: [&str; 5] = [
        "DeleteBucketPublicAccessBlock",
        "DeletePublicAccessBlock",
        "DeleteAccountPublicAccessBlock",
        "DisableSnapshotBlockPublicAccess",
        "DisableImageBlockPublicAccess",
    ];
    CALLS.contains(&action).then_some(UNBLOCKED)
}

const UNBLOCKED: &str = "public access is no longer blocked";

/// Whether a call can give somebody something: it neither reads nor takes away.
fn gives(action: &str) -> bool {
    const TAKES: [&str; 8] = ["Delete", "Remove", "Revoke", "Retire", "Reset", "Detach", "Disassociate", "Deauthorize"];
    !is_read(action) && !TAKES.iter().any(|verb| action.starts_with(verb))
}

/// Whether ranges of addresses that a call names are those that may come in.
fn comes_in(action: &str, parameters: &Map<String, Value>) -> bool {
    let network_list = matches!(action, "CreateNetworkAclEntry" | "ReplaceNetworkAclEntry")
        && parameters.get("egress") != Some(&Value::Bool(true))
        && parameters.get("ruleAction").and_then(Value::as_str) == Some("allow");
    let ports = ["ModifySecurityGroupRules", "PutInstancePublicPorts", "OpenInstancePublicPorts"];
    action.contains("Ingress") || network_list || ports.contains(&action)
}

/// Parameters whose values are given access: accounts, ARNs, `all` or `*`.
const GIVEN_TO: [&str; 12] = [
    "valuesToAdd",
    "userId",
    "group",
    "principal",
    "principals",
    "aWSAccountId",
    "aWSAccountIds",
    "AWSAccountIds",
    "accountIdsToAdd",
    "accountWithRestoreAccess",
    "granteePrincipal",
    "addAllowedPrincipals",
];

/// Parameters below which access is taken away.
const TAKEN: [&str; 5] = ["remove", "removed", "valuesToRemove", "accountIdsToRemove", "removeAllowedPrincipals"];

/// Settings that block public access.
const BLOCKS: [&str; 4] = ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"];

/// What narrows the permission of a function that names everybody.
const FUNCTION_NARROWING: [&str; 3] = ["sourceArn", "sourceAccount", "principalOrgID"];

/// What narrows a policy that names everybody, in lower case.
const NARROWING: [&str; 15] = [
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:sourceip",
    "aws:userid",
    "kms:calleraccount",
    "s3:dataaccesspointaccount",
];

struct Reader<'a> {
    action: &'a str,
    home: Option<&'a str>,
    /// See [`gives`].
    gives: bool,
    /// `*` and `all` stand for everybody, and nothing narrows them.
    to_all: bool,
    /// See [`comes_in`].
    comes_in: bool,
    reach: Reach,
}

impl Reader<'_> {
    fn object(&mut self, members: &Map<String, Value>) {
        if let Some(statements) = members.get("Statement") {
            each(statements, &mut |statement| self.statement(statement));
            return;
        }
        for (key, value) in members.iter().filter(|(key, _)| !TAKEN.contains(&key.as_str())) {
            self.value(value, key);
        }
    }

    fn value(&mut self, value: &Value, key: &str) {
        match value {
            Value::Object(members) => self.object(members),
            Value::Array(items) => items.iter().for_each(|item| self.value(item, key)),
            Value::String(text) => self.text(text, key),
            Value::Bool(true) if self.gives && key.eq_ignore_ascii_case("publiclyAccessible") => {
                self.open("it may be reached from anywhere");
            }
            Value::Bool(false) if self.gives && BLOCKS.contains(&key) => self.open(UNBLOCKED),
            _ => {}
        }
    }

    fn text(&mut self, text: &str, key: &str) {
        if text.starts_with("arn:") {
            return self.arn(text, key);
        }
        if key.ends_with("ucket") || key.ends_with("ucketName") {
            return self.bucket(text);
        }
        if !self.gives {
            return;
        }
        match text {
            _ if text.starts_with('{') => self.policy(text),
            "*" | "all" if GIVEN_TO.contains(&key) && self.to_all => self.open("everybody is given access"),
            _ if GIVEN_TO.contains(&key) => self.given(text),
            "0.0.0.0/0" | "::/0" if self.comes_in || key == "publicAccessCidrs" => self.open("any address may come in"),
            "public-read" | "public-read-write" | "authenticated-read" => self.open("its access list is public"),
            // AllUsers, and AuthenticatedUsers: whoever has an account anywhere.
            _ if text.contains("/groups/global/A") => self.open("its access list is public"),
            "NONE" if key == "authType" => self.open("anybody may call its URL"),
            _ => {}
        }
    }

    /// A policy that is written as text.
    fn policy(&mut self, text: &str) {
        if text.len() <= POLICY
            && text.contains("\"Statement\"")
            && let Ok(Value::Object(policy)) = serde_json::from_str(text)
        {
            self.object(&policy);
        }
    }

    fn statement(&mut self, statement: &Value) {
        if !self.gives || statement.get("Effect").and_then(Value::as_str) != Some("Allow") {
            return;
        }
        if let Some(resources) = statement.get("Resource") {
            each(resources, &mut |resource| {
                let Some(arn) = resource.as_str().and_then(Arn::of) else { return };
                match arn.service {
                    "s3" => self.bucket(arn.resource.split('/').next().unwrap_or_default()),
                    _ => self.arn(resource.as_str().unwrap_or_default(), "Resource"),
                }
            });
        }
        let narrow = is_narrow(statement);
        let Some(principal) = statement.get("Principal") else { return };
        let given = if principal.is_object() { principal.get("AWS") } else { Some(principal) };
        each(given.unwrap_or(&Value::Null), &mut |given| match given.as_str() {
            Some("*") if !narrow => self.open("its policy names everybody"),
            Some(text) => self.given(text),
            None => {}
        });
    }

    fn arn(&mut self, text: &str, key: &str) {
        if self.gives && GIVEN_TO.contains(&key) {
            return self.given(text);
        }
        let (Some(arn), Some(_)) = (Arn::of(text), foreign_account(text, self.home)) else { return };
        let Reach { key: of_key, role, became, things, .. } = &mut self.reach;
        match arn.service {
            "kms" => *of_key = of_key.take().or_else(|| Some(text.to_owned())),
            "iam" if key == "roleArn" && self.action.starts_with("AssumeRole") => *became = Some(text.to_owned()),
            "iam" if arn.resource.starts_with("role/") && key != "Resource" => {
                *role = role.take().or_else(|| Some(text.to_owned()));
            }
            _ => add(things, text),
        }
    }

    /// `to`, an account or an ARN, is given access.
    fn given(&mut self, to: &str) {
        let account = if is_account(to) && self.home.is_some_and(|home| home != to) {
            Some(to)
        } else {
            foreign_account(to, self.home)
        };
        if let Some(account) = account {
            add(&mut self.reach.shared_with, account);
        }
    }

    /// Many call their buckets after the account that they are in.
    fn bucket(&mut self, name: &str) {
        let Some(home) = self.home else { return };
        let mut numbers = name.split(|c: char| !c.is_ascii_digit());
        let other = numbers.find(|number| is_account(number) && *number != home && !is_time(number));
        if let Some(account) = other.filter(|_| !name.contains(home)) {
            self.reach.bucket.get_or_insert_with(|| (name.to_owned(), account.to_owned()));
        }
    }

    fn open(&mut self, how: &'static str) {
        self.reach.open.get_or_insert(how);
    }
}

/// `202611231041`, a time to the minute.
fn is_time(digits: &str) -> bool {
    let two = |at: usize| digits.get(at..at + 2).and_then(|two| two.parse().ok()).unwrap_or(99);
    two(0) == 20 && (1..=12).contains(&two(4)) && (1..=31).contains(&two(6)) && two(8) < 24 && two(10) < 60
}

/// Whether a condition of the statement keeps everybody else out.
fn is_narrow(statement: &Value) -> bool {
    let conditions = statement.get("Condition").and_then(Value::as_object);
    conditions.into_iter().flatten().filter(|(operator, _)| !operator.contains("Not")).any(|(_, tests)| {
        let tests = tests.as_object().into_iter().flatten();
        tests
            .filter(|(_, value)| !names_any_address(value))
            .any(|(key, _)| NARROWING.iter().any(|narrowing| narrowing.eq_ignore_ascii_case(key)))
    })
}

fn names_any_address(value: &Value) -> bool {
    let mut any = false;
    each(value, &mut |value| any |= matches!(value.as_str(), Some("0.0.0.0/0" | "::/0" | "*")));
    any
}

/// Each element of a list, or what stands for a list of one.
fn each(value: &Value, then: &mut dyn FnMut(&Value)) {
    match value {
        Value::Array(items) => items.iter().for_each(then),
        one => then(one),
    }
}

fn add(list: &mut Vec<String>, text: &str) {
    if list.len() < KEPT && !list.iter().any(|known| known == text) {
        list.push(text.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const HOME: &str = "111122223333";
    const OTHER: &str = "444455556666";

    fn reach(action: &str, request: &Value) -> Reach {
        Reach::read(request, action, Some(HOME))
    }

    fn policy(statement: Value) -> Value {
        json!({"policy": json!({"Version": "2012-10-17", "Statement": statement}).to_string()})
    }

    #[test]
    fn other_accounts_that_are_given_access_whatever_the_service() {
        for (action, request) in [
            ("ModifyDBSnapshotAttribute", json!({"attributeName": "restore", "valuesToAdd": [HOME, OTHER]})),
            ("ModifySnapshotAttribute", json!({"createVolumePermission": {"add": {"items": [{"userId": OTHER}]}}})),
            ("ModifyImageAttribute", json!({"launchPermission": {"add": {"items": [{"userId": OTHER}]}}})),
            ("AddPermission20150331v2", json!({"principal": OTHER, "functionName": "f"})),
            ("AddPermission", json!({"aWSAccountIds": [OTHER], "queueUrl": "q"})),
            ("CreateResourceShare", json!({"principals": [OTHER], "name": "s"})),
            ("CreateGrant", json!({"granteePrincipal": format!("arn:aws:iam::{OTHER}:root"), "keyId": "k"})),
            ("AuthorizeSnapshotAccess", json!({"accountWithRestoreAccess": OTHER})),
            ("ModifyDocumentPermission", json!({"accountIdsToAdd": [OTHER]})),
            (
                "PutKeyPolicy",
                policy(json!({"Effect": "Allow", "Principal": {"AWS": [HOME, OTHER]}, "Action": "kms:*"})),
            ),
            (
                "PutBucketPolicy",
                json!({"bucketPolicy": {"Statement": [
                {"Effect": "Deny", "Principal": "*"},
                {"Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{OTHER}:user/x")}}]}}),
            ),
            ("UpdateAssumeRolePolicy", policy(json!([{"Effect": "Allow", "Principal": {"AWS": OTHER}}]))),
        ] {
            let found = reach(action, &request);
            assert_eq!(found.shared_with, [OTHER], "{action} {request}");
            assert_eq!(found.open, None, "{action}");
        }
    }

    #[test]
    fn what_is_opened_to_everybody() {
        let everybody = |condition: Value| policy(json!({"Effect": "Allow", "Principal": "*", "Condition": condition}));
        let range = |range: &str| {
            json!({"groupId": "sg-1", "ipPermissions": {"items": [
            {"ipRanges": {"items": [{"cidrIp": range}]}, "ipv6Ranges": {}}]}})
        };
        for (action, request, how) in [
            ("ModifyDBSnapshotAttribute", json!({"valuesToAdd": ["all"]}), "everybody is given"),
            (
                "ModifySnapshotAttribute",
                json!({"createVolumePermission": {"add": {"items": [{"group": "all"}]}}}),
                "everybody is given",
            ),
            ("AddPermission20150331v2", json!({"principal": "*", "functionName": "f"}), "everybody is given"),
            ("PutBucketPolicy", everybody(json!({})), "its policy names everybody"),
            ("PutBucketPolicy", everybody(json!({"Bool": {"aws:SecureTransport": "true"}})), "its policy"),
            ("PutBucketPolicy", everybody(json!({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}})), "its policy"),
            ("PutBucketPolicy", everybody(json!({"StringNotEquals": {"aws:SourceVpc": "v"}})), "its policy"),
            ("AuthorizeSecurityGroupIngress", range("0.0.0.0/0"), "any address"),
            ("AuthorizeSecurityGroupIngress", range("::/0"), "any address"),
            (
                "CreateNetworkAclEntry",
                json!({"cidrBlock": "0.0.0.0/0", "egress": false, "ruleAction": "allow"}),
                "any address",
            ),
            ("PutBucketAcl", json!({"x-amz-acl": ["public-read"], "bucketName": "b"}), "its access list"),
            (
                "PutBucketAcl",
                json!({"AccessControlPolicy": {"AccessControlList": {"Grant": [
                    {"Grantee": {"URI": "http://acs.amazonaws.com/groups/global/AllUsers"}}]}}}),
                "its access list",
            ),
            ("ModifyDBInstance", json!({"publiclyAccessible": true}), "reached from anywhere"),
            ("DeleteBucketPublicAccessBlock", json!({"bucketName": "b"}), "no longer blocked"),
            ("DeleteAccountPublicAccessBlock", json!(null), "no longer blocked"),
            (
                "PutBucketPublicAccessBlock",
                json!({"PublicAccessBlockConfiguration": {"BlockPublicAcls": true, "BlockPublicPolicy": false}}),
                "no longer blocked",
            ),
            ("CreateFunctionUrlConfig", json!({"authType": "NONE"}), "anybody may call"),
        ] {
            let found = reach(action, &request);
            assert!(found.open.is_some_and(|open| open.contains(how)), "{action} {request}: {found:?}");
            assert_eq!(found.shared_with, [""; 0], "{action}");
        }
    }

    #[test]
    fn what_opens_nothing() {
        let everybody = |key: &str| {
            let condition = json!({"StringEquals": {key: "x"}});
            policy(json!({"Effect": "Allow", "Principal": {"AWS": "*"}, "Condition": condition}))
        };
        let range = json!({"ipPermissions": {"items": [{"ipRanges": {"items": [{"cidrIp": "0.0.0.0/0"}]}}]}});
        let ten = json!({"ipPermissions": {"items": [{"ipRanges": {"items": [{"cidrIp": "10.0.0.0/8"}]}}]}});
        let removed = json!({"createVolumePermission": {"remove": {"items": [{"group": "all"}, {"userId": OTHER}]}}});
        for (action, request) in [
            ("ModifySnapshotAttribute", removed),
            ("ModifyDBSnapshotAttribute", json!({"valuesToRemove": ["all", OTHER], "valuesToAdd": [HOME]})),
            ("AddPermission20150331v2", json!({"principal": "*", "sourceArn": "arn:aws:s3:::b"})),
            ("AddPermission20150331v2", json!({"principal": "s3.amazonaws.com"})),
            ("PutBucketPolicy", everybody("aws:PrincipalOrgID")),
            ("SetTopicAttributes", everybody("AWS:SourceOwner")),
            ("PutBucketPolicy", policy(json!({"Effect": "Deny", "Principal": "*"}))),
            ("CreateRole", policy(json!({"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}}))),
            ("PutRolePolicy", policy(json!({"Effect": "Allow", "Action": "*", "Resource": "*"}))),
            ("RevokeSecurityGroupIngress", range.clone()),
            ("AuthorizeSecurityGroupEgress", range),
            ("AuthorizeSecurityGroupIngress", ten),
            ("CreateRoute", json!({"destinationCidrBlock": "0.0.0.0/0"})),
            ("CreateNetworkAclEntry", json!({"cidrBlock": "0.0.0.0/0", "egress": true, "ruleAction": "allow"})),
            ("CreateDBInstance", json!({"publiclyAccessible": false})),
            ("GetBucketPolicy", policy(json!({"Effect": "Allow", "Principal": "*"}))),
            ("PutBucketPolicy", json!({"policy": "{\"Statement\": broken"})),
            ("CreateResourceShare", json!({"principals": [format!("arn:aws:organizations::{HOME}:organization/o-1")]})),
            ("AssumeRole", json!(["odd"])),
        ] {
            assert_eq!(reach(action, &request), Reach::default(), "{action} {request}");
        }
    }

    #[test]
    fn keys_roles_buckets_and_things_of_other_accounts() {
        let key = format!("arn:aws:kms:us-east-1:{OTHER}:key/k");
        assert_eq!(reach("CopyDBSnapshot", &json!({"kmsKeyId": key})).key.as_ref(), Some(&key));
        let granted = policy(json!({"Effect": "Allow", "Action": "kms:Encrypt", "Resource": [key]}));
        assert_eq!(reach("PutRolePolicy", &granted).key.as_ref(), Some(&key));
        let role = format!("arn:aws:iam::{OTHER}:role/x");
        assert_eq!(reach("CreateFunction20150331", &json!({"role": role})).role.as_ref(), Some(&role));
        let assumed = reach("AssumeRole", &json!({"roleArn": role}));
        assert_eq!((assumed.became.as_ref(), assumed.role), (Some(&role), None));
        let thing = format!("arn:aws:sns:us-east-1:{OTHER}:t");
        assert_eq!(reach("Subscribe", &json!({"topicArn": thing})).things, [thing]);
        let bucket = |name: &str| reach("PutObject", &json!({"bucketName": name})).bucket.map(|(_, account)| account);
        assert_eq!(bucket("ledger-444455556666").as_deref(), Some(OTHER));
        for own in ["ledger-111122223333", "copy-of-444455556666-111122223333", "logs-202611231041", "b-1", ""] {
            assert_eq!(bucket(own), None, "{own}");
        }
        let written = policy(json!({"Effect": "Allow", "Resource": ["arn:aws:s3:::ledger-444455556666/*"]}));
        assert_eq!(reach("PutRolePolicy", &written).bucket.unwrap().0, "ledger-444455556666");
        let aws = json!({"policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"});
        assert_eq!(reach("AttachRolePolicy", &aws), Reach::default(), "AWS is no account");
        assert_eq!(Reach::read(&json!({"kmsKeyId": key}), "CopyDBSnapshot", None), Reach::default());
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let accounts: Vec<String> = (0..50).map(|n| format!("4444555566{n:02}")).collect();
        assert_eq!(reach("ModifyDBSnapshotAttribute", &json!({"valuesToAdd": accounts})).shared_with.len(), KEPT);
    }
}
