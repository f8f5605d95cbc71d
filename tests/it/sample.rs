//! A console with something in it: one rule with a guide, four alerts with their details, figures. All data is ours;
//! accounts and addresses are the ones set aside for documentation.

use std::sync::Arc;

use chrono::{DateTime, FixedOffset, Utc};
use serde_json::json;
use watchfloor::app::{Mode, Setup};
use watchfloor::detect::{AlertId, Exceptions, Summary};
use watchfloor::engine::{
    Detail, Evidence, FileProblem, Finding, Health, Phase, Row, RuleBook, RuleEntry, Trouble, Watching,
};
use watchfloor::investigate::{Assessment, Command, Weight};
use watchfloor::rule::{
    Checklist, ChecklistStep, Pack, Rule, RuleOrigin, RuleType, Section, SectionKind, Severity, StepDetail, StepId,
    Tactic, Threat,
};
use watchfloor::triage::{Action, AlertRow, Decision, Reason, Status, StepState};

pub(crate) fn at(time: &str) -> DateTime<Utc> {
    time.parse().expect("a time in a test")
}

const DAY: &str = "2026-11-24T";

pub(crate) fn today(time: &str) -> DateTime<Utc> {
    at(&format!("{DAY}{time}Z"))
}

pub(crate) fn step_id(number: usize) -> StepId {
    StepId(format!("{number:012x}"))
}

fn section(kind: SectionKind, title: &str, first: usize, texts: &[&str]) -> Section {
    let steps = texts.iter().zip(first..).map(|(text, number)| ChecklistStep {
        id: step_id(number),
        number,
        group: None,
        intro: String::new(),
        text: (*text).to_owned(),
        details: Vec::new(),
    });
    Section { kind, title: title.to_owned(), intro: String::new(), steps: steps.collect(), outro: String::new() }
}

pub(crate) fn checklist() -> Checklist {
    let mut first = section(
        SectionKind::Investigation,
        "Possible investigation steps",
        1,
        &[
            "Find out who started the export: the identity, how it signed in, and whether it used a second factor.",
            "Look at where the request came from, and whether this identity has been seen there before.",
            "Establish what left: which snapshot, which tables, and how sensitive they are.",
            "Check whether the bucket, the role and the key belong to an account of ours.",
            "Review changes to roles and policies in the days before that made the export possible.",
            "Ask the owner of the data whether the export was planned.",
        ],
    );
    let detail = |text: &str| StepDetail { text: text.to_owned(), pivot: None, details: Vec::new() };
    first.steps[0].details = vec![
        detail("A role session names the role; its issuer says who may assume it."),
        detail("An access key that begins with ASIA is temporary."),
    ];
    let second = section(
        SectionKind::FalsePositives,
        "False positive analysis",
        7,
        &[
            "A pipeline that exports on a schedule does so at the same hour, by the same role.",
            "A migration or an audit may have asked for a copy: look for a ticket.",
            "Test environments are exported often; their snapshots hold no customer data.",
            "A service that was given access on purpose acts through a role that is known.",
        ],
    );
    let third = section(
        SectionKind::Response,
        "Response and remediation",
        11,
        &[
            "Stop the export while it runs, and keep what it has written out of reach.",
            "Revoke the sessions of the identity, and disable its keys.",
            "List what else the identity did, before and after.",
            "Tell the owner of the data and those who handle incidents.",
            "Restrict who may start exports, and to which buckets.",
            "Turn on alerts for the neighbouring calls.",
            "Write down what made it possible, and see it closed.",
        ],
    );
    Checklist {
        intro: "An export writes a whole database snapshot to a bucket. Whoever may read the bucket has the data."
            .to_owned(),
        sections: vec![first, second, third],
        plain: false,
    }
}

pub(crate) fn rule() -> Rule {
    Rule {
        id: "rds-snapshot-export".to_owned(),
        name: "AWS RDS Snapshot Export".to_owned(),
        description: "A database snapshot was exported to a bucket.".to_owned(),
        kind: RuleType::Query,
        language: "kuery".to_owned(),
        query: "event.provider:rds.amazonaws.com and event.action:StartExportTask and event.outcome:success".to_owned(),
        eql: None,
        index: vec!["filebeat-*".to_owned(), "logs-aws.cloudtrail-*".to_owned()],
        severity: Severity::Low,
        risk_score: 21,
        interval: "10m".to_owned(),
        from: "now-60m".to_owned(),
        max_signals: 100,
        false_positives: vec!["Exports that a pipeline makes on a schedule.".to_owned()],
        references: vec![
            "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_StartExportTask.html".to_owned(),
        ],
        tags: vec!["Domain: Cloud".to_owned(), "Data Source: AWS".to_owned(), "Tactic: Exfiltration".to_owned()],
        version: Some(207),
        authors: vec!["Example".to_owned()],
        license: Some("MIT OR Apache-2.0".to_owned()),
        threat: vec![Threat {
            framework: "MITRE ATT&CK".to_owned(),
            tactic: Tactic {
                id: "TA0010".to_owned(),
                name: "Exfiltration".to_owned(),
                reference: "https://attack.mitre.org/tactics/TA0010/".to_owned(),
            },
            techniques: Vec::new(),
        }],
        note: None,
        setup: Some("CloudTrail has to record management events.".to_owned()),
        timestamp_override: None,
        investigation_fields: Vec::new(),
        building_block: false,
        new_terms: None,
        threshold: None,
        alert_suppression: None,
        exceptions_list: Vec::new(),
        exceptions: Vec::new(),
        filters: Vec::new(),
        checklist: Arc::new(checklist()),
        origin: RuleOrigin::Bundled,
    }
}

/// The rule as one that was loaded from no file.
pub(crate) fn loaded(rule: Rule) -> RuleEntry {
    let mut entries = RuleBook::new(Pack::of(vec![Arc::new(rule)]), Exceptions::default()).entries();
    entries.remove(0)
}

/// An alert by `actor` at `time`, the n-th.
pub(crate) fn listed(n: usize, time: DateTime<Utc>, actor: &str, source: &str, target: &str) -> AlertRow {
    let event_id = format!("{n:08x}-0000-4000-8000-000000000000");
    AlertRow {
        id: AlertId::of("rds-snapshot-export", &event_id),
        rule_id: "rds-snapshot-export".to_owned(),
        rule_name: "AWS RDS Snapshot Export".to_owned(),
        severity: Severity::Low,
        risk_score: 21,
        event_id,
        time,
        found: time + chrono::Duration::seconds(4),
        reason: format!(
            "{actor} called StartExportTask on {target} from {source} in us-east-1: low alert of AWS RDS Snapshot Export."
        ),
        summary: Summary {
            actor: Some(actor.to_owned()),
            source: Some(source.to_owned()),
            target: Some(target.to_owned()),
            destination: Some("s3://finance-exports/2026/".to_owned()),
            account: Some("111122223333".to_owned()),
            region: Some("us-east-1".to_owned()),
            action: Some("StartExportTask".to_owned()),
            suspicious: false,
        },
        assessment: Assessment { priority: 21, ..Default::default() },
        incident: None,
        late: false,
        held: false,
        count: 1,
        withdrawn: false,
    }
}

pub(crate) fn alerts() -> Vec<AlertRow> {
    let mut attack =
        listed(1, today("10:41:52"), "etl-role/jsmith", "198.51.100.23", "cluster-snapshot:orders-2026-11-23");
    attack.summary.suspicious = true;
    let mut late = listed(2, today("09:58:03"), "root", "203.0.113.77", "snapshot:customers-final");
    late.late = true;
    vec![
        attack,
        late,
        listed(3, today("02:00:11"), "nightly-export/pipeline", "10.20.0.8", "snapshot:rds:warehouse-2026-11-24-01-30"),
        listed(
            4,
            at("2026-11-23T02:00:09Z"),
            "nightly-export/pipeline",
            "10.20.0.8",
            "snapshot:rds:warehouse-2026-11-23-01-30",
        ),
    ]
}

pub(crate) fn id(n: usize) -> AlertId {
    AlertId::of("rds-snapshot-export", &format!("{n:08x}-0000-4000-8000-000000000000"))
}

fn row(label: &str, value: &str) -> Row {
    Row { label: label.to_owned(), value: value.to_owned(), field: None, copy: None }
}

pub(crate) fn detail(alert: &AlertId) -> Detail {
    let finding = |text: &str, weight, fields: &[&str]| {
        Finding::aside("sample", weight, text, fields.iter().map(|field| (*field).to_owned()).collect())
    };
    let record = json!({
        "eventVersion": "1.09",
        "userIdentity": {
            "type": "AssumedRole",
            "arn": "arn:aws:sts::111122223333:assumed-role/etl-role/jsmith",
            "sessionContext": { "attributes": { "mfaAuthenticated": "false" } }
        },
        "eventTime": "2026-11-24T10:41:52Z",
        "eventSource": "rds.amazonaws.com",
        "eventName": "StartExportTask",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "198.51.100.23",
        "userAgent": "aws-cli/2.15\u{1b}]0;owned\u{7}",
        "requestParameters": {
            "exportTaskIdentifier": "orders-copy",
            "sourceArn": "arn:aws:rds:us-east-1:111122223333:cluster-snapshot:orders-2026-11-23",
            "s3BucketName": "finance-exports",
            "exportOnly": ["orders.public.customers"]
        }
    });
    Detail {
        alert: alert.clone(),
        assessment: Assessment { priority: 21, ..Assessment::default() },
        overview: vec![
            row("Actor", "AssumedRole etl-role / jsmith · ASIAEXAMPLEKEY000001 · no MFA"),
            row("Source IP", "198.51.100.23 · first seen 10:39:12Z today"),
            row("Snapshot", "arn:aws:rds:us-east-1:111122223333:cluster-snapshot:orders-2026-11-23"),
            row("To", "s3://finance-exports/2026/"),
            row("Role", "arn:aws:iam::444455556666:role/export"),
            row("Key", "arn:aws:kms:us-east-1:444455556666:key/0a1b2c3d (another account)"),
            row("Tables", "orders.public.customers"),
            row("Task", "orders-copy · STARTING"),
            row("Account", "111122223333 · us-east-1"),
            row("User agent", "aws-cli/2.15\u{1b}]0;owned\u{7}"),
        ],
        findings: vec![
            finding("key and role belong to account 444455556666", Weight::Alarming, &["requestParameters.kmsKeyId"]),
            finding("no MFA", Weight::Notable, &["userIdentity.sessionContext.attributes.mfaAuthenticated"]),
            finding("address not seen before", Weight::Notable, &["sourceIPAddress"]),
            finding("snapshot copied 40 min before by the actor", Weight::Notable, &["eventName"]),
            finding("AWS CLI", Weight::Plain, &["userAgent"]),
        ],
        evidence: vec![
            Evidence {
                step: step_id(1),
                lines: vec!["role etl-role, session jsmith, signed in without a second factor".into()],
                commands: Vec::new(),
            },
            Evidence {
                step: step_id(11),
                lines: vec!["task orders-copy was starting when it was logged".into()],
                commands: vec![
                    Command {
                        title: "See how far the export is".to_owned(),
                        line:
                            "aws rds describe-export-tasks --export-task-identifier 'orders-copy' --region 'us-east-1'"
                                .to_owned(),
                    },
                    Command {
                        title: "Stop it; what is written already stays".to_owned(),
                        line: "aws rds cancel-export-task --export-task-identifier 'orders-copy' --region 'us-east-1'"
                            .to_owned(),
                    },
                ],
            },
        ],
        lineage: None,
        ecs: json!({
            "@timestamp": "2026-11-24T10:41:52Z",
            "event": { "action": "StartExportTask" },
            "user": { "name": "etl-role" },
            "source": { "ip": "198.51.100.23", "address": "198.51.100.23" },
            "aws": { "cloudtrail": {
                "user_identity": {
                    "arn": "arn:aws:sts::111122223333:assumed-role/etl-role/jsmith",
                    "session_context": { "session_issuer": { "arn": "arn:aws:iam::111122223333:role/etl-role" } }
                },
                "flattened": { "request_parameters": { "s3BucketName": "finance-exports" } }
            } }
        }),
        record,
        location: "AWSLogs/111122223333/CloudTrail/us-east-1/2026/11/24/a.json.gz, byte 18,220".to_owned(),
        sequence: Vec::new(),
        joined: Vec::new(),
    }
}

pub(crate) fn health() -> Health {
    Health {
        phase: Phase::Live,
        since: Some(today("08:00:00")),
        events: 1_204_331,
        files: 2_310,
        failed: 1,
        skipped: 3,
        lag: Some(0.3),
        rate: vec![0, 2, 4, 3, 9, 30, 12, 3, 0, 8, 4, 0],
        watching: Watching::Notify,
        newest_event: Some(today("10:42:05")),
        swept: Some(today("10:42:06")),
        problems: vec![FileProblem {
            path: "logs/AWSLogs/111122223333/broken.json.gz".into(),
            reason: "the compressed data ends too early; it is tried again when the file changes".to_owned(),
            at: today("10:02:00"),
            trouble: Trouble::Failed,
        }],
        ..Health::default()
    }
}

pub(crate) fn setup() -> Setup {
    Setup {
        analyst: "mk".to_owned(),
        mode: Mode::Watch,
        read_only: false,
        unwritable: None,
        folders: vec!["/var/log/cloudtrail".to_owned()],
        state: "/home/mk/.local/state/watchfloor/state.db".to_owned(),
        exceptions: Some("/etc/watchfloor/exceptions.toml".to_owned()),
        now: today("10:42:07"),
        offset: |_| FixedOffset::east_opt(3600).expect("one hour"),
    }
}

pub(crate) fn decision(seq: i64, n: usize, time: DateTime<Utc>, analyst: &str, action: Action) -> Decision {
    Decision { seq, alert: id(n), at: time, analyst: analyst.to_owned(), action }
}

pub(crate) fn decisions() -> Vec<Decision> {
    let step = |number, state| Action::Step { step: step_id(number), state };
    vec![
        decision(1, 3, today("07:40:00"), "alice", Action::SetStatus { status: Status::Acknowledged }),
        decision(2, 3, today("07:41:10"), "alice", step(1, StepState::Done)),
        decision(
            3,
            4,
            at("2026-11-23T08:00:00Z"),
            "alice",
            Action::SetStatus { status: Status::Closed(Reason::FalsePositive) },
        ),
    ]
}
