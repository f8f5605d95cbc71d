//! What a log answers to a question of Explore, in the sample.

use std::path::Path;

use chrono::Duration;
use serde_json::json;
use watchfloor::detect::{AlertId, Term};
use watchfloor::engine::{
    Counts, Detail, Explored, Extent, FoundEvent, GroupPlace, Groups, Question, ReadRecord, RecordRef, SequenceEvent,
    Story, StoryQuestion, Values,
};
use watchfloor::investigate::{Deed, Scene, Why};
use watchfloor::trail::Origin;

use crate::sample::{detail, id, today};

/// Events that are listed.
const EVENTS: usize = 40;

const LOG: &str = "AWSLogs/111122223333/CloudTrail/us-east-1/2026/11/24/a.json.gz";

fn event(n: usize) -> FoundEvent {
    let actions = ["DescribeDBSnapshots", "GetCallerIdentity", "StartExportTask", "AuthorizeSecurityGroupIngress"];
    let actors = ["etl-role/jsmith", "root", "nightly-export/pipeline"];
    let hostile = n == 3;
    FoundEvent {
        at: RecordRef {
            origin: Origin::from_columns(Path::new(LOG), 100 * n as u64, None),
            event_id: format!("event-{n:03}"),
        },
        group: None,
        time: today("10:42:00") - Duration::seconds((n * n * 37 % 9_000 + n * 60) as i64),
        action: actions[n % actions.len()].to_owned(),
        provider: "rds.amazonaws.com".to_owned(),
        outcome: if n % 5 == 2 { "failure" } else { "success" }.to_owned(),
        error: (n % 5 == 2).then(|| "AccessDenied".to_owned()),
        actor: if hostile { "x\u{1b}]0;owned\u{7}\u{202e}y".to_owned() } else { actors[n % actors.len()].to_owned() },
        actor_field: Some(("user.name", actors[n % actors.len()].split('/').next().unwrap().to_owned())),
        source: format!("198.51.100.{}", n % 7),
        region: ["us-east-1", "eu-central-1"][n % 2].to_owned(),
    }
}

/// The whole answer.
pub(crate) fn explored(question: &Question) -> Explored {
    let mut events: Vec<FoundEvent> = (0..EVENTS).map(event).collect();
    events.sort_by_key(|event| std::cmp::Reverse(event.time));
    let is_sequence = question.query.starts_with("sequence");
    if is_sequence {
        // Pairs, each in its order, the newest first.
        events.chunks_mut(2).for_each(|pair| {
            pair.reverse();
            let last = pair.len() - 1;
            for (at, event) in pair.iter_mut().enumerate() {
                event.group = Some(GroupPlace { first: at == 0, last: at == last });
            }
        });
    }
    let mut counts = Counts::default();
    events.iter().for_each(|event| counts.add(event.time));
    let values = question.fields.iter().map(|field| Values {
        field: field.clone(),
        most: vec![
            ("DescribeDBSnapshots".to_owned(), 1_204),
            ("quo\"ted \\ value".to_owned(), 310),
            ("x\u{1b}[2J\u{202e}y".to_owned(), 7),
        ],
        different: 3,
        missing: 12,
        off_by: 0,
    });
    Explored {
        ticket: question.ticket,
        read: Extent { files: 2_310, documents: 0 },
        of: Extent { files: 2_310, documents: 0 },
        done: true,
        matched: 1_533,
        groups: if is_sequence { Groups::Sequences(766) } else { Groups::None },
        events,
        counts,
        values: values.collect(),
        gaps: None,
    }
}

/// What is known while the search is under way.
pub(crate) fn so_far(question: &Question) -> Explored {
    let whole = explored(question);
    Explored {
        read: Extent { files: 12, documents: 0 },
        done: false,
        matched: 25,
        events: whole.events[..25].to_vec(),
        ..whole
    }
}

/// The record at a place.
pub(crate) fn record(at: &RecordRef) -> ReadRecord {
    let record = json!({
        "eventID": at.event_id,
        "eventName": "StartExportTask",
        "userIdentity": {"type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/etl-role/jsmith"},
        "requestParameters": {"s3BucketName": "finance-exports"},
        "odd": "x\u{1b}[2J",
    });
    let ecs = json!({
        "event": {"id": at.event_id, "action": "StartExportTask"},
        "aws": {"cloudtrail": {
            "user_identity": {"type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/etl-role/jsmith"},
            "flattened": {"request_parameters": {"s3BucketName": "finance-exports"}},
        }},
    });
    ReadRecord { at: at.clone(), found: Some((record, ecs)) }
}

/// A call of the session in the sample. `why`: letters of the reasons.
fn scene(time: &str, action: &str, object: &str, error: &str, why: &str) -> Scene {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let service = if action.contains("Role") { "iam" } else { "rds" };
    Scene {
        origin: Origin::from_columns(Path::new(LOG), 0, None),
        event_id: format!("event-{time}"),
        distinct: format!("event-{time}#0"),
        time: today(time),
        action: action.to_owned(),
        service: service.to_owned(),
        deed: Deed::of(action),
        object: some(object),
        object_field: some(object)
            .map(|object| ("aws.cloudtrail.flattened.request_parameters.roleName".to_owned(), object)),
        error: some(error),
        actor: "etl-role/jsmith".to_owned(),
        actor_field: Some((
            "aws.cloudtrail.user_identity.arn",
            "arn:aws:sts::111122223333:assumed-role/etl-role/jsmith".to_owned(),
        )),
        source: "198.51.100.23".to_owned(),
        region: "us-east-1".to_owned(),
        issued: (action == "AssumeRole").then(|| "ASIAEXAMPLEKEY000001".to_owned()),
        why: Why { actor: why.contains('A'), address: why.contains('I'), target: why.contains('T') },
    }
}

/// The alert that has a sequence of events.
pub(crate) const SEQUENCE: usize = 30;

/// What is known of an alert in the sample.
pub(crate) fn looked_up(alert: &AlertId) -> Detail {
    if *alert != id(SEQUENCE) {
        return detail(alert);
    }
    let term = |field: &str, value: &str| Term { field: field.into(), value: Some(value.into()) };
    let joined = vec![term("user.name", "jsmith"), term("cloud.account.id", "111122223333")];
    Detail { sequence: sequence(), joined, ..detail(alert) }
}

/// The events of a sequence in the sample: a key is made, and used from elsewhere.
pub(crate) fn sequence() -> Vec<SequenceEvent> {
    let mut used = scene("10:41:52", "GetCallerIdentity", "", "", "A");
    used.source = "203.0.113.77".to_owned();
    let mut refused = scene("10:16:00", "CreateAccessKey", "user/backup", "AccessDenied", "A");
    refused.event_id = "event-refused".to_owned();
    let scenes =
        [refused, scene("10:16:09", "CreateAccessKey", "user/backup-operator-of-the-orders-cluster", "", "A"), used];
    let event = |(n, scene): (usize, Scene)| SequenceEvent {
        record: json!({"eventID": scene.event_id, "eventName": scene.action, "number": n}),
        ecs: json!({"event": {"id": scene.event_id, "action": scene.action}, "user": {"target": {"name": "backup"}}}),
        scene,
    };
    scenes.into_iter().enumerate().map(event).collect()
}

/// The events that belong to an incident in the sample.
pub(crate) fn story(question: &StoryQuestion) -> Story {
    let mut assumed = scene("10:12:04", "AssumeRole", "role/etl-role", "", "AI");
    assumed.actor = "jsmith".to_owned();
    let mut export = scene("10:41:52", "StartExportTask", "cluster-snapshot:orders-2026-11-23", "", "AIT");
    export.event_id = question.cast.events.iter().next().cloned().unwrap_or_default();
    let scenes = vec![
        assumed,
        scene("10:12:31", "GetCallerIdentity", "", "", "AI"),
        scene("10:14:02", "DescribeDBClusterSnapshots", "", "", "AI"),
        scene("10:14:09", "DescribeDBSnapshots", "", "", "AI"),
        scene("10:14:40", "DescribeDBInstances", "", "", "A"),
        scene("10:16:00", "CreateRole", "role/rds-s3-export-v2", "", "AI"),
        scene("10:20:45", "CopyDBClusterSnapshot", "cluster-snapshot:orders-2026-11-23", "", "AIT"),
        scene("10:38:10", "StartExportTask", "cluster-snapshot:orders-2026-11-23", "KMSKeyNotAccessibleFault", "AIT"),
        export,
        scene("10:43:00", "DescribeExportTasks", "", "", "A"),
    ];
    Story {
        ticket: question.ticket,
        total: scenes.len(),
        scenes,
        read: Extent { files: 12, documents: 0 },
        of: Extent { files: 12, documents: 0 },
        done: true,
        gaps: Some("3 files are no longer readable, or not to their end".to_owned()),
    }
}
