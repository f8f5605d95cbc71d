//! Finds the kinds of evidence that a step asks for. Steps are free text, so [`TOPICS`] lists words for each kind,
//! chosen to suit guides by various authors, ours among them. A step without any of these words gets no evidence.

use crate::rule::{ChecklistStep, SectionKind, StepDetail};

/// A kind of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Topic {
    Actor,
    Source,
    Export,
    Permissions,
    Activity,
    IamChanges,
    Owner,
    /// Similar exports before.
    Earlier,
    /// The bucket and the key.
    Destination,
    /// All calls with these credentials.
    Lookup,
    /// Stop the identity, the task and its writing.
    Contain,
    Notify,
    /// Who is outside: other accounts, whoever opened the session.
    Partner,
    /// Whether a name says test or development.
    TestSystem,
    /// What could have changed the data.
    Data,
    /// Who needs the permission.
    Needs,
    /// What to alert on, and whether the trail is on.
    Watch,
    /// What happened, in order.
    Timeline,
}

/// The sections in which a topic's words count.
#[derive(Clone, Copy, PartialEq, Eq)]
enum In {
    Any,
    Investigation,
    Response,
}

/// A step that contains one of the words, in lower case, asks for the topic.
const TOPICS: &[(Topic, In, &[&str])] = &[
    (
        Topic::Actor,
        In::Investigation,
        &[
            "user_identity",
            "user.name",
            "access_key_id",
            "identify the user",
            "identify the actor",
            "identify the principal",
            "identify who",
            "identify the initiator",
            "user or role that",
            "user or role responsible",
            "specific user or role",
            "which principal",
            "which user",
            "who started",
            "who initiated",
            "who performed",
            "who made the call",
            "calling user",
            "the caller",
        ],
    ),
    (
        Topic::Source,
        In::Investigation,
        &[
            "source.ip",
            "source ip",
            "ip address",
            "source.address",
            "source.geo",
            "user_agent",
            "user agent",
            "geolocation",
            "where did the call",
            "call come from",
            "from where",
            "request origin",
            "origin of the request",
        ],
    ),
    (
        Topic::Export,
        In::Investigation,
        &[
            "request_parameters",
            "sourcearn",
            "which snapshot",
            "database snapshot",
            "was exported",
            "what was exported",
            "s3bucketname",
            "snapshot identifier",
        ],
    ),
    (
        Topic::Permissions,
        In::Investigation,
        &[
            "policies and permissions",
            "legitimate access",
            "authorized to",
            "allowed to",
            "may this identity",
            "iam policies with",
            "permissions of the",
            "validate access permissions",
            "least privilege",
        ],
    ),
    (
        Topic::Activity,
        In::Any,
        &[
            "other activities",
            "other unusual",
            "other suspicious",
            "any other unauthorized",
            "what else",
            "before and after",
            "half an hour",
            "same actor",
            "same identity",
            "same user",
            "same principal",
            "same account",
            "same access key",
            "in the hour around",
            "correlate",
            "surrounding",
            "around the time",
            "activity around",
            "related events",
        ],
    ),
    (
        Topic::IamChanges,
        In::Investigation,
        &[
            "changes in iam",
            "changes to iam",
            "iam changes",
            "iam role changes",
            "iam modifications",
            "permission changes",
            "permissions change",
            "policy and role changes",
            "recent iam",
            "privilege escalation",
            "policy changes",
        ],
    ),
    (
        Topic::Owner,
        In::Any,
        &[
            "data owner",
            "owner",
            "stakeholder",
            "authorized and aligns",
            "confirm with",
            "contact the",
            "whether this was planned",
            "business needs",
            "tags",
        ],
    ),
    (
        Topic::Earlier,
        In::Investigation,
        &[
            "historically",
            "earlier exports",
            "previous exports",
            "prior exports",
            "multiple snapshots",
            "used it, and this tool, before",
            "normally perform",
            "typically perform",
        ],
    ),
    (
        Topic::Destination,
        In::Investigation,
        &["destination", "target s3 bucket", "target bucket", "bucket name", "s3bucketname", "kms key"],
    ),
    (Topic::Destination, In::Response, &["destination s3 bucket", "destination bucket"]),
    (
        Topic::Lookup,
        In::Response,
        &[
            "cloudtrail logs",
            "through cloudtrail",
            "use cloudtrail",
            "using cloudtrail",
            "in cloudtrail",
            "search cloudtrail",
            "query cloudtrail",
            "enumerate",
            "hunt",
        ],
    ),
    (
        Topic::Contain,
        In::Response,
        &[
            "revoke",
            "rotate",
            "cut off",
            "deactivate",
            "disable or rotate",
            "credentials are compromised",
            "compromised credentials",
            "compromised iam",
            "contain potential",
            "cancel the export",
            "remove access",
            "isolate",
            "immediately",
        ],
    ),
    (Topic::Partner, In::Any, &["partner", "vendor", "third party", "third-party", "external account"]),
    (
        Topic::TestSystem,
        In::Any,
        &["test system", "test environment", "development or staging", "non-production", "sandbox account"],
    ),
    (Topic::Data, In::Response, &["data is still right", "integrity of the data", "data integrity"]),
    (
        Topic::Needs,
        In::Response,
        &["take the permission away", "least privilege", "only the roles that need", "restrict access", "tighten"],
    ),
    (
        Topic::Watch,
        In::Response,
        &["next attempt", "alert on", "enhance monitoring", "monitoring and alerting", "enable logging"],
    ),
    (Topic::Timeline, In::Response, &["timeline", "lessons learned", "post-incident", "root cause"]),
    (Topic::Notify, In::Response, &["notify", "inform", "tell the people", "escalate", "call the security"]),
];

pub(super) fn topics(kind: SectionKind, step: &ChecklistStep) -> Vec<Topic> {
    let mut text = format!("{} {}", step.group.as_deref().unwrap_or_default(), step.text);
    add_details(&step.details, &mut text);
    let text = text.to_lowercase();
    let mut topics: Vec<Topic> = TOPICS
        .iter()
        .filter(|(_, place, _)| match place {
            In::Any => true,
            In::Investigation => kind == SectionKind::Investigation,
            In::Response => kind == SectionKind::Response,
        })
        .filter(|(_, _, words)| words.iter().any(|word| text.contains(word)))
        .map(|(topic, ..)| *topic)
        .collect();
    // Others need the story, not the evidence behind it.
    if topics.contains(&Topic::Notify) {
        topics = vec![Topic::Notify];
    }
    // What was routine before shows whether this is a false positive.
    if kind == SectionKind::FalsePositives {
        topics.insert(0, Topic::Earlier);
    }
    topics
}

fn add_details(details: &[StepDetail], text: &mut String) {
    for detail in details {
        text.push(' ');
        text.push_str(&detail.text);
        add_details(&detail.details, text);
    }
}
