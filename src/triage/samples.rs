//! Values for the tests of this room.

use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::{Action, NewAlert, Proposal, StepState};
use crate::detect::{Alert, AlertId, Summary};
use crate::rule::{Severity, StepId};
use crate::trail::{Checkpoint, CheckpointColumns, Content, FileId, Origin};

pub(super) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::milliseconds((1_795_000_000 + seconds) * 1_000 + 250)
}

pub(super) fn alert(n: i64) -> Alert {
    let event_id = format!("event-{n}");
    Alert {
        id: AlertId::of("rule", &event_id),
        rule_id: "rule".into(),
        rule_name: "Snapshot export".into(),
        severity: Severity::Low,
        risk_score: 21,
        event_id,
        time: at(n),
        reason: "etl-role exported a snapshot".into(),
        summary: Summary {
            actor: Some("etl-role/jsmith".into()),
            source: Some("198.51.100.23".into()),
            target: Some("cluster-snapshot:orders".into()),
            destination: Some("s3://finance-exports/2026".into()),
            account: Some("111122223333".into()),
            region: Some("us-east-1".into()),
            action: Some("StartExportTask".into()),
            suspicious: false,
        },
        aggregate: None,
        assessment: crate::investigate::Assessment { priority: 21, ..Default::default() },
        ecs: json!({"event": {"action": "StartExportTask", "id": n}}).to_string(),
        raw: format!("{{\"eventName\":\"StartExportTask\",\"n\":{n}}}"),
        origin: Origin::from_columns(Path::new("/logs/a.json.gz"), 12, Some("an EventBridge event".into())),
    }
}

pub(super) fn found(n: i64) -> NewAlert {
    NewAlert { alert: alert(n), found: at(n + 5), late: n % 2 == 1, held: n % 10 == 9 }
}

pub(super) fn mark(path: impl Into<PathBuf>) -> Checkpoint {
    Checkpoint::from_columns(CheckpointColumns {
        path: path.into(),
        id: FileId::from_columns(64_769, u64::MAX),
        size: 4096,
        mtime_ns: -1,
        ctime_ns: Some(-2),
        consumed: 4096,
        unpacked: Some(u64::MAX - 2),
        head: u64::MAX - 1,
        content: Some(Content::Delivery),
        records: 7,
        bad: 1,
        problem: Some("cut short".into()),
        first_event: Some(at(0)),
        last_event: Some(at(9)),
    })
}

pub(super) fn tick(alert: i64, analyst: &str, step: &str, seen: i64) -> Proposal {
    propose(alert, analyst, Action::Step { step: StepId(step.into()), state: StepState::Done }, seen)
}

pub(super) fn propose(alert: i64, analyst: &str, action: Action, seen: i64) -> Proposal {
    Proposal { alert: self::alert(alert).id, at: at(100), analyst: analyst.into(), action, seen }
}
