//! The few events that matter: exports of snapshots, failed ones, and events that only look like one.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::calls;
use super::cast::Cast;
use super::exports::Task;
use super::rng::Rng;
use super::shapes::{Call, Log};
use super::who::agent;

/// What an event is to a rule about exports.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Hit,
    Failure,
    DecoyService,
    DecoyText,
}

/// How many of a million events are of each kind; there is at least one of each.
const KINDS: [(Kind, u64); 4] =
    [(Kind::Hit, 80), (Kind::Failure, 30), (Kind::DecoyService, 30), (Kind::DecoyText, 100)];

impl Kind {
    /// The word in the truth file.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Failure => "failure",
            Self::DecoyService => "decoy_service",
            Self::DecoyText => "decoy_text",
        }
    }
}

/// Which of `events` events are marked.
pub(crate) fn choose(rng: &mut Rng, events: u64) -> BTreeMap<u64, Kind> {
    let mut chosen = BTreeMap::new();
    for (kind, of_a_million) in KINDS {
        let mut left = (events * of_a_million / 1_000_000).max(1);
        while left > 0 && (chosen.len() as u64) < events {
            let at = rng.below(events);
            if let Entry::Vacant(place) = chosen.entry(at) {
                place.insert(kind);
                left -= 1;
            }
        }
    }
    chosen
}

/// Adds one marked event.
pub(crate) fn tell(log: &mut Log, cast: &Cast, kind: Kind, time: DateTime<Utc>, region: &'static str) {
    let mut who = cast.anyone(&mut log.rng, time);
    let call = match kind {
        Kind::Hit => {
            let task = task(&mut log.rng, time, region);
            task.call(time, &who, region).answer(task.answer())
        }
        Kind::Failure => {
            let task = task(&mut log.rng, time, region);
            let call = task.call(time, &who, region);
            fail(&mut log.rng, call, who.identity["arn"].as_str().unwrap_or_default(), &task)
        }
        Kind::DecoyService => {
            let graph = format!("g-{}", log.rng.hex(10));
            let (service, params) = if log.rng.chance(50) { discovery() } else { neptune(&graph) };
            Call::new(time, &who, region, service, "StartExportTask").params(params)
        }
        Kind::DecoyText if log.rng.chance(50) => {
            agent::BOTO_AIRFLOW.clone_into(&mut who.agent);
            Call::new(time, &who, region, "rds", "DescribeExportTasks").params(json!({ "maxRecords": 100 }))
        }
        Kind::DecoyText => {
            let actions = ["rds:DescribeDBSnapshots", "rds:StartExportTask", "iam:PassRole"];
            Call::new(time, &who, region, "iam", "PutRolePolicy").params(calls::policy(&mut log.rng, &actions))
        }
    };
    call.log(log);
}

fn discovery() -> (&'static str, Value) {
    ("discovery", json!({ "exportDataFormat": ["CSV"] }))
}

fn neptune(graph: &str) -> (&'static str, Value) {
    ("neptune-graph", json!({ "graphIdentifier": graph, "destination": "s3://graph-exports/", "format": "CSV" }))
}

fn task(rng: &mut Rng, time: DateTime<Utc>, region: &str) -> Task {
    let database = rng.pick(["orders", "billing", "crm", "ledger", "sessions"]);
    let kind = rng.pick(["snapshot", "snapshot", "cluster-snapshot", "cluster"]);
    let snapshot = format!("{kind}:{database}-{}", time.format("%Y-%m-%d"));
    let bucket = rng.pick(["datalake-exports", "finance-exports", "ledger-archive-444455556666"]);
    let mut task = Task::new(format!("{database}-{}", rng.hex(6)), region, &snapshot, bucket);
    task.snapshot_time = time - TimeDelta::hours(3);
    task.prefix = rng.chance(60).then(|| time.format("exports/%Y/%m").to_string());
    if rng.chance(40) {
        task.only = vec!["orders.public.customers", "orders.public.cards"];
    }
    task
}

fn fail(rng: &mut Rng, call: Call, arn: &str, task: &Task) -> Call {
    match rng.below(4) {
        0 => {
            let denied =
                format!("User: {arn} is not authorized to perform: rds:StartExportTask on resource: {}", task.source);
            call.params(Value::Null).error("AccessDenied", &denied)
        }
        1 => call.error("ExportTaskAlreadyExistsFault", &format!("The export task {} already exists.", task.id)),
        2 => call.error("InvalidExportSourceStateFault", "The snapshot is not available."),
        _ => call.error("KMSKeyNotAccessibleFault", ""),
    }
}
