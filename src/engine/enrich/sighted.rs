//! What one event contributes to what is said of an alert, gathered file by file within bounds.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::super::kept::Kept;
use super::subject::Subject;
use crate::event::{self, Event};
use crate::investigate::{
    Call, DAY, EarlierExport, Export, Facts, RELATED_WITHIN, RecordRef, WEEK, changes_permissions, is_denied, touches,
};
use crate::trail::Origin;

/// Other actors at the address remembered at most.
const NEIGHBOURS: usize = 1_000;

/// Calls to CloudTrail that change what is logged.
const CHANGES_TRAIL: [&str; 8] = [
    "CreateTrail",
    "DeleteEventDataStore",
    "DeleteTrail",
    "PutEventSelectors",
    "PutInsightSelectors",
    "StartLogging",
    "StopLogging",
    "UpdateTrail",
];

/// Texts of which records that matter beyond the alert's own hold one.
pub(super) const TELLING: [&str; 8] = [
    "iam.amazonaws.com",
    "cloudtrail.amazonaws.com",
    "StartExportTask",
    "Grant",
    "Policy",
    "Permission",
    "AccessBlock",
    "SnapshotAttribute",
];

/// What one event of the search contributes.
pub(super) struct Found {
    pub(super) distinct: String,
    pub(super) call: Call,
    pub(super) actor: bool,
    pub(super) nearby: bool,
    /// The actor was not allowed to.
    pub(super) denied: bool,
    pub(super) permission_change: bool,
    pub(super) trail_change: bool,
    pub(super) export: Option<EarlierExport>,
    /// The actor's, of the target, in the day before.
    pub(super) touched: bool,
}

/// What the longer search comes to.
#[derive(Default)]
pub(super) struct Sighted {
    /// Calls by the actor close by, and changes of permissions and of what is logged.
    pub(super) calls: Kept<Found>,
    /// Exports that share something, and calls that touched the target: apart, so that no flood of calls crowds them out.
    pub(super) rare: Kept<Found>,
    /// Who started exports before, and how many.
    pub(super) exporters: HashMap<String, usize>,
    /// Others at the address, and when they were last there before the alert.
    pub(super) neighbours: HashMap<String, DateTime<Utc>>,
}

impl Sighted {
    /// Takes in what an event contributes.
    pub(super) fn judge(&mut self, event: &Event<'_>, origin: &Origin, subject: &Subject, facts: &Facts) {
        let (Some(action), Some(time)) = (event.get("event.action"), event.time()) else { return };
        let provider = event.get("event.provider").unwrap_or_default();
        let shared = subject.shared(event);
        if shared.address
            && !shared.actor
            && time <= subject.time
            && let Some(actor) = event::actor(event)
        {
            self.neighbour(actor, time);
        }
        let nearby = shared.actor && (time - subject.time).abs() <= RELATED_WITHIN;
        let error = event.get("aws.cloudtrail.error_code");
        let day_before = time <= subject.time && subject.time - time <= DAY;
        let denied = shared.actor && day_before && error.as_deref().is_some_and(is_denied);
        let same_account = event.get("cloud.account.id") == subject.account;
        let permission_change = same_account && time <= subject.time && changes_permissions(&provider, &action);
        let trail_change = same_account && provider == "cloudtrail.amazonaws.com" && CHANGES_TRAIL.contains(&&*action);
        let is_export = provider == "rds.amazonaws.com" && action == "StartExportTask";
        if is_export && time <= subject.time && subject.time - time <= WEEK && error.is_none() {
            self.exports(event::actor(event).unwrap_or_default(), 1);
        }
        let export =
            is_export.then(|| earlier_export(event, facts, shared.actor)).filter(|e| e.same_actor || e.same_role);
        let touched = shared.actor && shared.target && day_before && error.is_none() && touches(&provider, &action);
        let rare = export.is_some() || touched;
        if !(nearby || denied || permission_change || trail_change || rare) {
            return;
        }
        let distinct = event.distinct_id();
        let record = RecordRef { origin: origin.clone(), event_id: event.id().to_owned() };
        let call = Call { record: Some(record), ..call(event) };
        let actor = shared.actor;
        let found = Found { distinct, call, actor, nearby, denied, permission_change, trail_change, export, touched };
        if rare { self.rare.push(found) } else { self.calls.push(found) }
    }

    fn neighbour(&mut self, actor: String, time: DateTime<Utc>) {
        let room = self.neighbours.len() < NEIGHBOURS;
        match self.neighbours.get_mut(&actor) {
            Some(last) => *last = time.max(*last),
            None if room => {
                self.neighbours.insert(actor, time);
            }
            None => {}
        }
    }

    fn exports(&mut self, actor: String, times: usize) {
        if self.exporters.len() < NEIGHBOURS || self.exporters.contains_key(&actor) {
            *self.exporters.entry(actor).or_default() += times;
        }
    }

    pub(super) fn append(&mut self, other: Self) {
        other.exporters.into_iter().for_each(|(actor, times)| self.exports(actor, times));
        self.calls.append(other.calls);
        self.rare.append(other.rare);
        other.neighbours.into_iter().for_each(|(actor, time)| self.neighbour(actor, time));
    }
}

fn earlier_export(event: &Event<'_>, facts: &Facts, same_actor: bool) -> EarlierExport {
    let other = Facts::of(event);
    let same = |pick: fn(&Export) -> &Option<String>| {
        let (ours, theirs) = (facts.export.as_ref().and_then(|e| pick(e).as_ref()), other.export.as_ref());
        ours.is_some() && ours == theirs.and_then(|e| pick(e).as_ref())
    };
    EarlierExport {
        time: event.time().unwrap_or_default(),
        actor: event::actor(event).unwrap_or_default(),
        target: other.target().unwrap_or_default(),
        destination: other.destination().unwrap_or_default(),
        same_actor,
        same_role: same(|e| &e.role_arn),
        same_bucket: same(|e| &e.bucket),
    }
}

fn call(event: &Event<'_>) -> Call {
    let provider = event.get("event.provider").unwrap_or_default();
    Call {
        time: event.time().unwrap_or_default(),
        action: event.get("event.action").unwrap_or_default(),
        service: provider.strip_suffix(".amazonaws.com").unwrap_or(&provider).to_owned(),
        error: event.get("aws.cloudtrail.error_code"),
        actor: event::actor(event).unwrap_or_default(),
        source: event.get("source.address").unwrap_or_default(),
        event_id: event.id().to_owned(),
        object: Facts::brief(event).target(),
        record: None,
    }
}
