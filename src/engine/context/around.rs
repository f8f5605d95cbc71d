//! The searches: calls related to an alert, and what the log says about its actor's past.

use std::collections::BTreeSet;

use chrono::Duration;

use super::super::report::{RelatedEvent, RelatedWhy};
use super::Sources;
use super::subject::Subject;
use crate::event::{self, Event};
use crate::rule::playbook::{Call, Calls, EarlierExport, Facts, Seen, Surroundings};

/// How far related events lie from the alert, before and after.
const NEAR: i64 = 30;
/// How far failed and repeated exports count, in hours.
const EXPORTS: i64 = 6;
/// Nothing later than this after an alert can say anything about it.
pub(super) const REACH: Duration = Duration::hours(EXPORTS);
/// How far back a snapshot's making is looked for, in hours.
const MADE: i64 = 2;
/// How far back changes to IAM are looked for, in days.
const IAM: i64 = 7;
/// Calls listed in one place; all are counted.
const LISTED: usize = 200;
/// Earlier exports looked at.
const EARLIER: usize = 500;
/// Related events listed; all are counted.
const RELATED: usize = 5_000;

/// What one event of the search contributes.
struct Found {
    call: Call,
    actor: bool,
    nearby: bool,
    address: bool,
    iam_change: bool,
    export: Option<EarlierExport>,
    makes_snapshot: bool,
}

impl Sources {
    /// Events within half an hour that share the actor, the address or the snapshot, by time.
    pub(super) fn related(&self, subject: &Subject) -> (Vec<RelatedEvent>, Option<String>) {
        let near = Duration::minutes(NEAR);
        let (from, to) = (subject.time - near, self.until(subject.time + near));
        let (mut found, mut gaps) = self.archive.search(from, to, self.threads, |event| {
            let shared = subject.shared(event);
            let this = event.id() == subject.event_id;
            (shared.any() || this).then(|| {
                let call = call(event);
                RelatedEvent {
                    outcome: call.error.unwrap_or_else(|| event.get("event.outcome").unwrap_or_default()),
                    event_id: call.event_id,
                    time: call.time,
                    action: call.action,
                    service: call.service,
                    actor: call.actor,
                    source: call.source,
                    why: RelatedWhy { actor: shared.actor, address: shared.address, snapshot: shared.snapshot },
                    this,
                }
            })
        });
        found.sort_by(|a, b| (a.time, &a.event_id).cmp(&(b.time, &b.event_id)));
        found.dedup_by(|a, b| a.event_id == b.event_id);
        if found.len() > RELATED {
            let cut = format!("only {RELATED} of {} related events are listed", found.len());
            gaps = Some(gaps.map_or(cut.clone(), |gaps| format!("{gaps}; {cut}")));
            found.sort_by_key(|e| (e.time - subject.time).abs());
            found.truncate(RELATED);
            found.sort_by(|a, b| (a.time, &a.event_id).cmp(&(b.time, &b.event_id)));
        }
        (found, gaps)
    }

    /// Earlier exports that share the actor or the bucket, and since when exports go there: all that were ever found.
    pub(super) fn earlier_exports(&self, subject: &Subject, facts: &Facts, around: &mut Surroundings) -> Option<()> {
        let Some(export) = &facts.export else { return Some(()) };
        let (time, actor, bucket) = (subject.time, subject.actor.clone(), export.bucket.clone());
        let action = facts.action.clone()?;
        let found = self.desk.ask(move |store| {
            let found = store.earlier(&action, actor.as_deref(), bucket.as_deref(), time, EARLIER);
            found.map(|found| (found, actor, bucket))
        })?;
        let Ok((found, actor, bucket)) = found else { return Some(()) };
        let full = found.len() == EARLIER;
        let destination = bucket.as_ref().map(|bucket| format!("s3://{bucket}"));
        let earlier: Vec<EarlierExport> = found
            .into_iter()
            .map(|listed| {
                let to = listed.summary.destination.unwrap_or_default();
                let rest = destination.as_ref().and_then(|bucket| to.strip_prefix(bucket.as_str()));
                EarlierExport {
                    time: listed.time,
                    same_actor: actor.is_some() && listed.summary.actor == actor,
                    same_role: false,
                    same_bucket: rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
                    actor: listed.summary.actor.unwrap_or_default(),
                    target: listed.summary.target.unwrap_or_default(),
                    destination: to,
                }
            })
            .collect();
        if bucket.is_some() {
            around.bucket_seen = match earlier.iter().rev().find(|e| e.same_bucket) {
                Some(first) => Seen::Since(first.time),
                None if full => Seen::Unknown,
                None => Seen::Never,
            };
        }
        around.earlier_exports = Some(earlier);
        Some(())
    }

    /// Fills in what takes a longer search.
    pub(super) fn look_around(&self, subject: &Subject, facts: &Facts, around: &mut Surroundings) {
        let (from, to) = (subject.time - Duration::days(IAM), self.until(subject.time + Duration::hours(EXPORTS)));
        let (mut found, gaps) = self.archive.search(from, to, self.threads, |event| judge(event, subject, facts));
        found.sort_by(|a, b| (a.call.time, &a.call.event_id).cmp(&(b.call.time, &b.call.event_id)));
        found.dedup_by(|a, b| a.call.event_id == b.call.event_id);
        found.retain(|f| f.call.event_id != subject.event_id);
        let ago = |f: &Found| subject.time - f.call.time;
        let past = |f: &Found| ago(f) >= Duration::zero();

        let own_exports = |f: &&Found| f.actor && f.export.is_some() && f.call.error.is_none();
        let recent = found.iter().filter(own_exports).filter(|f| past(f) && ago(f) <= Duration::hours(EXPORTS));
        around.exports_by_actor_6h = facts.export.as_ref().map(|_| recent.count() + 1);
        around.failed_exports = Some(calls(&found, subject, |f| {
            f.actor && f.export.is_some() && f.call.error.is_some() && ago(f).abs() <= Duration::hours(EXPORTS)
        }));
        around.nearby = Some(calls(&found, subject, |f| f.nearby));
        around.iam_changes = Some(calls(&found, subject, |f| f.iam_change && past(f)));
        around.snapshot_made = found
            .iter()
            .rev()
            .find(|f| f.makes_snapshot && f.actor && past(f) && ago(f) <= Duration::hours(MADE))
            .map(|f| f.call.clone());
        let others: BTreeSet<&str> = found
            .iter()
            .rev()
            .filter(|f| f.address && !f.actor && past(f))
            .map(|f| f.call.actor.as_str())
            .take(LISTED)
            .collect();
        around.address_actors = others.into_iter().map(str::to_owned).collect();
        if facts.export.is_some() {
            let roles = found.iter().filter(|f| past(f) && f.call.error.is_none()).filter_map(|f| f.export.clone());
            let mut earlier = around.earlier_exports.take().unwrap_or_default();
            for export in roles.filter(|e| e.same_role) {
                match earlier.iter_mut().find(|e| e.time == export.time && e.target == export.target) {
                    Some(known) => known.same_role = true,
                    None => earlier.push(export),
                }
            }
            earlier.sort_by_key(|e| std::cmp::Reverse(e.time));
            around.earlier_exports = Some(earlier);
        }
        around.gaps = gaps;
    }
}

fn calls(found: &[Found], subject: &Subject, wanted: impl Fn(&Found) -> bool) -> Calls {
    let mut list: Vec<Call> = found.iter().filter(|f| wanted(f)).map(|f| f.call.clone()).collect();
    let total = list.len();
    list.sort_by_key(|c| (c.time - subject.time).abs());
    list.truncate(LISTED);
    list.sort_by_key(|c| c.time);
    Calls { list, total }
}

fn judge(event: &Event<'_>, subject: &Subject, facts: &Facts) -> Option<Found> {
    let action = event.get("event.action")?;
    let provider = event.get("event.provider").unwrap_or_default();
    let shared = subject.shared(event);
    let nearby = shared.actor && event.time().is_some_and(|t| (t - subject.time).abs() <= Duration::minutes(NEAR));
    let same_account = event.get("cloud.account.id") == subject.account;
    let reads = ["Get", "List", "Describe", "Simulate", "Generate"].iter().any(|verb| action.starts_with(verb));
    let iam_change = provider == "iam.amazonaws.com" && same_account && !reads;
    let is_export = provider == "rds.amazonaws.com" && action == "StartExportTask";
    let makes_snapshot = provider == "rds.amazonaws.com"
        && shared.snapshot
        && matches!(
            action.as_str(),
            "CreateDBSnapshot" | "CreateDBClusterSnapshot" | "CopyDBSnapshot" | "CopyDBClusterSnapshot"
        );
    if !(nearby || iam_change || is_export || makes_snapshot || shared.address) {
        return None;
    }
    let call = call(event);
    let export = is_export.then(|| {
        let other = Facts::of(event);
        let same = |pick: fn(&crate::rule::playbook::Export) -> &Option<String>| {
            let (ours, theirs) = (facts.export.as_ref().and_then(|e| pick(e).as_ref()), other.export.as_ref());
            ours.is_some() && ours == theirs.and_then(|e| pick(e).as_ref())
        };
        EarlierExport {
            time: call.time,
            actor: call.actor.clone(),
            target: other.target().unwrap_or_default(),
            destination: other.destination().unwrap_or_default(),
            same_actor: shared.actor,
            same_role: same(|e| &e.role_arn),
            same_bucket: same(|e| &e.bucket),
        }
    });
    Some(Found { call, actor: shared.actor, nearby, address: shared.address, iam_change, export, makes_snapshot })
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
    }
}
