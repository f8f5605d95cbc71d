//! Tells machines from people.

use super::{Agent, AgentKind};
use crate::event::{Identity, IdentityKind};

/// Whether a program acted that nobody sits at: then nobody could have shown a second factor, and what it does is what it
/// was made for. Reasons, any of which is enough:
///
/// - A service made the call, by itself or for somebody (`AWSService`, `invokedBy`).
/// - An instance holds the credentials (`ec2RoleDelivery`), or a session is called as instances are (`i-0…`).
/// - The role is a service's own: below `/aws-service-role/`, or called `AWSServiceRoleFor…`.
/// - A pipeline or a cluster vouched for it, by its own web identity.
/// - The session has a name that a program makes up: an SDK's default, a pipeline's, a number, an id.
/// - The user agent is one of infrastructure as code, of a program in Lambda or a container, or of AWS itself.
///
/// Users of IAM, root, and sessions called by somebody's mail or opened in IAM Identity Center are people, whatever else
/// is said, unless their tool is infrastructure as code: people are who hold these.
pub(super) fn is_machine(who: &Identity, agent: Option<&Agent>) -> bool {
    let kind = agent.map(|agent| agent.kind);
    if kind == Some(AgentKind::Infrastructure) {
        return true;
    }
    let service = who.invoked_by.as_deref().filter(|by| !CONSOLE.contains(by));
    if who.kind == IdentityKind::AwsService || service.is_some() {
        return true;
    }
    if is_person(who) {
        return false;
    }
    let own_role = who.role.as_deref().is_some_and(|role| role.starts_with("AWSServiceRoleFor"))
        || who.issuer_arn.as_deref().is_some_and(|arn| arn.contains("/aws-service-role/"));
    let vouched = who.identity_provider.as_deref().is_some_and(|by| PROVIDERS.iter().any(|name| by.contains(name)));
    let called = who.session.as_deref().is_some_and(is_machine_name);
    let unattended = kind == Some(AgentKind::Service) || agent.is_some_and(|agent| agent.unattended);
    who.on_instance || own_role || vouched || called || unattended
}

fn is_person(who: &Identity) -> bool {
    let session = who.kind == IdentityKind::AssumedRole;
    matches!(
        who.kind,
        IdentityKind::Root | IdentityKind::IamUser | IdentityKind::IdentityCenterUser | IdentityKind::SamlUser
    ) || session && who.session.as_deref().is_some_and(|name| name.contains('@'))
        || session && is_single_sign_on(who)
}

/// Whether the session was opened in IAM Identity Center, which asks for the second factor itself: `mfaAuthenticated` is
/// always false there.
pub(super) fn is_single_sign_on(who: &Identity) -> bool {
    who.role.as_deref().is_some_and(|role| role.starts_with("AWSReservedSSO_"))
}

/// Through these, people work in the console.
const CONSOLE: [&str; 2] = ["AWS Internal", "signin.amazonaws.com"];

/// Parts of the issuers of web identities that pipelines and clusters have; people come from others, such as Cognito.
const PROVIDERS: [&str; 9] = [
    "token.actions.githubusercontent.com",
    "gitlab",
    "oidc.circleci.com",
    "bitbucket.org",
    "agent.buildkite.com",
    "app.terraform.io",
    "oidc.eks.",
    "container.googleapis.com",
    "vstoken.dev.azure.com",
];

/// How names begin that SDKs, services and pipelines make up for their sessions.
const NAMES: [&str; 17] = [
    "botocore-session-",
    "aws-sdk-",
    "aws-go-sdk-",
    "AWSCLI-Session",
    "GitHubActions",
    "GitLab",
    "gitlab-",
    "jenkins",
    "AWSCodeBuild",
    "CodePipeline",
    "AWSCloudFormation",
    "aws-terraform",
    "terraform",
    "airflow",
    "AutoScaling",
    "eks-",
    "ssm-",
];

fn is_machine_name(name: &str) -> bool {
    let instance = ["i-", "mi-"].iter().find_map(|begin| name.strip_prefix(begin));
    let hex = |text: &str| text.len() >= 8 && text.bytes().all(|b| b.is_ascii_hexdigit());
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    // A task of a container service, a UUID of a program.
    let id = || name.len() >= 32 && name.split('-').all(|part| part.bytes().all(|b| b.is_ascii_hexdigit()));
    instance.is_some_and(hex) || digits(name) || id() || NAMES.iter().any(|begin| name.starts_with(begin))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::investigate::tests::{facts_of, with};

    fn machine(identity: Value, agent: &str) -> bool {
        let facts = facts_of(&with(&[("/userIdentity", identity), ("/userAgent", json!(agent))]));
        is_machine(&facts.identity, facts.agent.as_ref())
    }

    fn session(role: &str, name: &str, more: Value) -> Value {
        let mut identity = json!({
            "type": "AssumedRole", "principalId": format!("AROAEXAMPLE:{name}"),
            "arn": format!("arn:aws:sts::111122223333:assumed-role/{role}/{name}"),
            "sessionContext": {"sessionIssuer": {"type": "Role", "userName": role,
                "arn": format!("arn:aws:iam::111122223333:role/{role}")}},
        });
        for (key, value) in more.as_object().into_iter().flatten() {
            match key.as_str() {
                "invokedBy" => identity[key] = value.clone(),
                _ => identity["sessionContext"][key] = value.clone(),
            }
        }
        identity
    }

    const CLI: &str = "aws-cli/2.15.0 Python/3.11.6 Linux/5.10";

    #[test]
    fn machines_for_each_reason() {
        let none = || json!({});
        for (identity, agent) in [
            (json!({"type": "AWSService", "invokedBy": "backup.amazonaws.com"}), "backup.amazonaws.com"),
            (session("r", "jsmith", json!({"invokedBy": "cloudformation.amazonaws.com"})), CLI),
            (session("r", "worker", json!({"ec2RoleDelivery": "2.0"})), CLI),
            (session("r", "i-0a1b2c3d4e5f67890", none()), CLI),
            (session("AWSServiceRoleForRDS", "rds", none()), CLI),
            (session("r", "botocore-session-1732440000", none()), CLI),
            (session("r", "aws-sdk-js-1732440000", none()), CLI),
            (session("r", "GitHubActions", none()), CLI),
            (session("r", "1732440000123", none()), CLI),
            (session("r", "0a1b2c3d4e5f60718293a4b5c6d7e8f9", none()), CLI),
            (session("r", "airflow-nightly", none()), CLI),
            (
                session(
                    "r",
                    "deploy",
                    json!({"webIdFederationData": {"federatedProvider":
                "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}}),
                ),
                CLI,
            ),
            (session("r", "orders-api", none()), "Boto3/1.34 exec-env/AWS_Lambda_python3.12"),
            (session("r", "orders-api", none()), "AWS Internal"),
            (session("r", "jsmith", none()), "APN/1.0 HashiCorp/1.0 Terraform/1.5.7"),
            (json!({"type": "IAMUser", "userName": "deploy"}), "HashiCorp/1.0 Terraform/1.5.7"),
        ] {
            assert!(machine(identity.clone(), agent), "{identity} {agent}");
        }
    }

    #[test]
    fn people_for_each_reason() {
        let none = || json!({});
        for (identity, agent) in [
            (json!({"type": "Root"}), CLI),
            (json!({"type": "IAMUser", "userName": "alice"}), CLI),
            (json!({"type": "Root", "invokedBy": "signin.amazonaws.com"}), "signin.amazonaws.com"),
            (json!({"type": "IAMUser", "userName": "alice"}), "Boto3/1.34 exec-env/AWS_Lambda_python3.12"),
            (session("support-readonly", "jsmith", none()), CLI),
            (session("etl", "anna@example.com", none()), "AWS Internal"),
            (session("AWSReservedSSO_Admin_0123456789abcdef", "1234", none()), CLI),
            (
                session(
                    "web",
                    "carol",
                    json!({"webIdFederationData": {"federatedProvider": "cognito-identity.amazonaws.com"}}),
                ),
                CLI,
            ),
            (session("r", "i-am-anna", none()), CLI),
        ] {
            assert!(!machine(identity.clone(), agent), "{identity} {agent}");
        }
    }

    #[test]
    fn only_people_are_asked_for_a_second_factor() {
        let found = |identity: Value| {
            let facts = facts_of(&with(&[("/userIdentity", identity)]));
            super::super::findings(&facts, &super::super::Surroundings::default())
                .iter()
                .any(|f| f.id.as_str() == "no_mfa")
        };
        let no_mfa = |role: &str, name: &str| session(role, name, json!({"attributes": {"mfaAuthenticated": "false"}}));
        assert!(found(no_mfa("support-readonly", "jsmith")));
        assert!(!found(no_mfa("worker", "i-0a1b2c3d4e5f67890")));
        assert!(!found(no_mfa("AWSReservedSSO_Admin_0123456789abcdef", "anna@example.com")), "asked elsewhere");
        assert!(!found(session("support-readonly", "jsmith", json!({"attributes": {"mfaAuthenticated": "true"}}))));
        let root = json!({"type": "Root", "sessionContext": {"attributes": {"mfaAuthenticated": "false"}}});
        assert!(found(root));
        let sign_in = |kind: &str, used: &str| {
            let record = with(&[
                ("/userIdentity", json!({"type": kind, "userName": "alice"})),
                ("/eventName", json!("ConsoleLogin")),
                ("/eventSource", json!("signin.amazonaws.com")),
                ("/additionalEventData", json!({"MFAUsed": used})),
            ]);
            facts_of(&record).identity.mfa
        };
        assert_eq!(sign_in("IAMUser", "No"), Some(false));
        assert_eq!(sign_in("Root", "Yes"), Some(true));
        assert_eq!(sign_in("AssumedRole", "No"), None, "a provider asked for it");
    }
}
