//! The people and machines of the account, each as CloudTrail's `userIdentity` with the address and the user agent
//! they call from.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::rng::Rng;
use super::shapes::{MAIN, OUTSIDE, at, stamp};

/// Someone who calls.
#[derive(Clone)]
pub(crate) struct Who {
    /// The `userIdentity`; null where a record has none.
    pub(crate) identity: Value,
    /// The `sourceIPAddress`.
    pub(crate) ip: String,
    /// The `userAgent`.
    pub(crate) agent: String,
}

/// A principal id of `prefix` (AROA, AIDA), 21 characters.
pub(crate) fn principal(prefix: &str, name: &str) -> String {
    format!("{prefix}{}EXAMPLE", Rng::named(&format!("principal {name}")).upper(10))
}

/// An access key id of `prefix` (AKIA, ASIA), 20 characters.
pub(crate) fn access_key(prefix: &str, name: &str) -> String {
    format!("{prefix}{}EXAMPLE", Rng::named(&format!("key {name}")).upper(9))
}

impl Who {
    fn new(identity: Value, ip: &str, agent: &str) -> Self {
        Self { identity, ip: ip.to_owned(), agent: agent.to_owned() }
    }

    /// A session of a role, started at `since`, without MFA.
    pub(crate) fn role(role: &str, session: &str, since: DateTime<Utc>, ip: &str, agent: &str) -> Self {
        let id = principal("AROA", role);
        let path = if role.starts_with("AWSReservedSSO_") {
            "aws-reserved/sso.amazonaws.com/"
        } else if let Some(service) = role.strip_prefix("AWSServiceRoleFor") {
            &format!("aws-service-role/{}.amazonaws.com/", service.to_lowercase())
        } else {
            ""
        };
        let identity = json!({
            "type": "AssumedRole",
            "principalId": format!("{id}:{session}"),
            "arn": format!("arn:aws:sts::{MAIN}:assumed-role/{role}/{session}"),
            "accountId": MAIN,
            "accessKeyId": access_key("ASIA", &format!("{role} {session} {}", stamp(since))),
            "sessionContext": {
                "sessionIssuer": {
                    "type": "Role",
                    "principalId": id,
                    "arn": format!("arn:aws:iam::{MAIN}:role/{path}{role}"),
                    "accountId": MAIN,
                    "userName": role,
                },
                "attributes": { "creationDate": stamp(since), "mfaAuthenticated": "false" },
            },
        });
        Self::new(identity, ip, agent)
    }

    /// A session of an EC2 instance's role.
    pub(crate) fn instance(role: &str, instance: &str, since: DateTime<Utc>, ip: &str, agent: &str) -> Self {
        let mut who = Self::role(role, instance, since, ip, agent);
        who.identity["sessionContext"]["ec2RoleDelivery"] = json!("2.0");
        who
    }

    /// The same caller, but through an AWS service that calls on its behalf.
    pub(crate) fn through(mut self, service: &str) -> Self {
        self.identity["invokedBy"] = json!(service);
        service.clone_into(&mut self.ip);
        service.clone_into(&mut self.agent);
        self
    }

    /// An IAM user with a long-term access key.
    pub(crate) fn user(name: &str, ip: &str, agent: &str) -> Self {
        let mut who = Self::user_signing_in(name, ip, agent);
        who.identity["accessKeyId"] = json!(access_key("AKIA", name));
        who
    }

    /// An IAM user at the sign-in page: no key yet.
    pub(crate) fn user_signing_in(name: &str, ip: &str, agent: &str) -> Self {
        let identity = json!({
            "type": "IAMUser",
            "principalId": principal("AIDA", name),
            "arn": format!("arn:aws:iam::{MAIN}:user/{name}"),
            "accountId": MAIN,
            "userName": name,
        });
        Self::new(identity, ip, agent)
    }

    /// An IAM user in a console session that began with MFA.
    pub(crate) fn user_in_console(name: &str, since: DateTime<Utc>, ip: &str, agent: &str) -> Self {
        let mut who = Self::user_signing_in(name, ip, agent);
        who.identity["accessKeyId"] = json!(access_key("ASIA", &format!("{name} {}", stamp(since))));
        who.identity["sessionContext"] =
            json!({ "attributes": { "creationDate": stamp(since), "mfaAuthenticated": "true" } });
        who
    }

    /// The account's root user in a console session that began with MFA.
    pub(crate) fn root(since: DateTime<Utc>, ip: &str, agent: &str) -> Self {
        let identity = json!({
            "type": "Root",
            "principalId": MAIN,
            "arn": format!("arn:aws:iam::{MAIN}:root"),
            "accountId": MAIN,
            "accessKeyId": access_key("ASIA", &format!("root {}", stamp(since))),
            "sessionContext": { "attributes": { "creationDate": stamp(since), "mfaAuthenticated": "true" } },
        });
        Self::new(identity, ip, agent)
    }

    /// A session that the IAM user `issuer` got from GetFederationToken.
    pub(crate) fn federated(name: &str, issuer: &str, since: DateTime<Utc>, ip: &str, agent: &str) -> Self {
        let identity = json!({
            "type": "FederatedUser",
            "principalId": format!("{MAIN}:{name}"),
            "arn": format!("arn:aws:sts::{MAIN}:federated-user/{name}"),
            "accountId": MAIN,
            "accessKeyId": access_key("ASIA", &format!("federated {name}")),
            "sessionContext": {
                "sessionIssuer": {
                    "type": "IAMUser",
                    "principalId": principal("AIDA", issuer),
                    "arn": format!("arn:aws:iam::{MAIN}:user/{issuer}"),
                    "accountId": MAIN,
                    "userName": issuer,
                },
                "attributes": { "creationDate": stamp(since), "mfaAuthenticated": "false" },
            },
        });
        Self::new(identity, ip, agent)
    }

    /// A user of the identity centre.
    pub(crate) fn identity_center(name: &str, ip: &str, agent: &str) -> Self {
        let mut rng = Rng::named(&format!("identity centre {name}"));
        let identity = json!({
            "type": "IdentityCenterUser",
            "accountId": MAIN,
            "onBehalfOf": {
                "userId": rng.uuid(),
                "identityStoreArn": format!("arn:aws:identitystore::{MAIN}:identitystore/d-9067example"),
            },
            "credentialId": rng.uuid(),
        });
        Self::new(identity, ip, agent)
    }

    /// An AWS service acting for itself.
    pub(crate) fn service(name: &str) -> Self {
        let host = format!("{name}.amazonaws.com");
        Self::new(json!({ "type": "AWSService", "invokedBy": host }), &host, &host)
    }

    /// A principal of the other account.
    pub(crate) fn other_account(role: &str, session: &str, ip: &str, agent: &str) -> Self {
        let principal_id = format!("{}:{session}", principal("AROA", role));
        Self::new(json!({ "type": "AWSAccount", "principalId": principal_id, "accountId": OUTSIDE }), ip, agent)
    }

    /// A token of an OpenID Connect provider.
    pub(crate) fn web_identity(provider: &str, subject: &str, ip: &str, agent: &str) -> Self {
        let identity = json!({
            "type": "WebIdentityUser",
            "principalId": format!("{provider}:sts.amazonaws.com:{subject}"),
            "userName": subject,
            "identityProvider": provider,
        });
        Self::new(identity, ip, agent)
    }

    /// An assertion of a SAML provider.
    pub(crate) fn saml(name: &str, ip: &str, agent: &str) -> Self {
        let identity = json!({
            "type": "SAMLUser",
            "principalId": format!("EXAMPLEnameQualifier=:{name}"),
            "userName": name,
            "identityProvider": "EXAMPLEnameQualifier=",
        });
        Self::new(identity, ip, agent)
    }

    /// Nobody: a service event that names no identity.
    pub(crate) fn nobody(service: &str) -> Self {
        Self::new(Value::Null, service, service)
    }
}

/// User agents of the account.
pub(crate) mod agent {
    pub(crate) const CLI_MAC: &str = "aws-cli/2.27.49 md/awscrt#0.26.1 ua/2.1 os/macos#24.5.0 md/arch#arm64 lang/python#3.13.4 md/pyimpl#CPython m/E,b,n cfg/retry-mode#standard md/installer#exe sid/6a1f0c21d7b4 md/prompt#off";
    pub(crate) const CLI_LINUX: &str = "aws-cli/2.17.32 md/awscrt#0.21.2 ua/2.0 os/linux#6.8.0-kali3-amd64 md/arch#x86_64 lang/python#3.11.9 md/pyimpl#CPython cfg/retry-mode#standard md/installer#exe md/distrib#kali.2024 md/prompt#off";
    pub(crate) const CHROME: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";
    pub(crate) const FIREFOX: &str = "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0";
    pub(crate) const BOTO_AIRFLOW: &str = "Boto3/1.38.3 md/Botocore#1.38.3 ua/2.1 os/linux#6.1.134 md/arch#x86_64 lang/python#3.12.10 md/pyimpl#CPython cfg/retry-mode#legacy Airflow/2.10.5 AmPP/9.7.0 Caller/RdsStartExportTaskOperator";
    pub(crate) const BOTO_LAMBDA: &str = "Boto3/1.38.36 md/Botocore#1.38.36 ua/2.1 os/linux#5.10.238 md/arch#x86_64 lang/python#3.13.4 md/pyimpl#CPython exec-env/AWS_Lambda_python3.13 cfg/retry-mode#standard";
    pub(crate) const BOTO_MONITOR: &str = "Boto3/1.37.1 md/Botocore#1.37.1 ua/2.1 os/linux#5.15.0 md/arch#x86_64 lang/python#3.11.11 md/pyimpl#CPython cfg/retry-mode#adaptive";
    pub(crate) const TERRAFORM: &str = "APN/1.0 HashiCorp/1.0 Terraform/1.12.2 (+https://www.terraform.io) terraform-provider-aws/6.2.0 (+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.36.5 ua/2.1 os/linux lang/go#1.24.4 md/GOOS#linux md/GOARCH#amd64";
    pub(crate) const GITHUB: &str = "aws-sdk-nodejs-v3/3.826 configure-aws-credentials-for-github-actions";
    pub(crate) const KUBELET: &str =
        "aws-sdk-go-v2/1.36.3 ua/2.1 os/linux lang/go#1.24.2 md/GOOS#linux md/GOARCH#arm64 api/ecr#1.43.3";
    pub(crate) const SSM_AGENT: &str = "aws-sdk-go/1.55.5 (go1.23.8; linux; arm64) amazon-ssm-agent/3.3.2299";
    pub(crate) const JAVA: &str = "aws-sdk-java/2.31.66 md/io#sync md/http#Apache ua/2.1 os/Linux#6.1.134 lang/java#21.0.7 md/OpenJDK_64-Bit_Server_VM cfg/retry-mode#standard";
}

/// A developer's session by single sign-on.
pub(crate) fn developer(person: &str, day: u32, hour: u32, ip: &str, agent: &str) -> Who {
    let since = at(day, hour, 1, 7);
    Who::role("AWSReservedSSO_Developer_4f1e0f6f2b7d9a3c", &format!("{person}@example.com"), since, ip, agent)
}
