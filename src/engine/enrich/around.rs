//! The search around an alert: what the log says about its actor's past.

use chrono::{DateTime, Duration, Utc};

use super::super::archive::Search;
use super::super::context::{self, Context, Gathered};
use super::super::extent::Extent;
use super::sighted::{self, Found, Sighted};
use super::subject::Subject;
use super::{Opened, Sources};
use crate::investigate::{Assessment, Call, Calls, DAY, EarlierExport, Facts, Seen, Surroundings, WEEK};
use crate::triage::StoreQuery;

/// How far failed and repeated exports count.
const EXPORTS: Duration = Duration::hours(6);
/// Nothing later than this after an alert can say anything about it.
pub(super) const REACH: Duration = context::ON;
/// Calls listed in one place; all are counted.
const LISTED: usize = 200;
const EARLIER: usize = 500;
/// What is read for one search at most.
const MOST: Extent = Extent { files: 20_000, documents: 200_000 };

impl Sources {
    pub(super) fn between<'s>(
        &'s self,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        may_matter: &'s (dyn Fn(&[u8]) -> bool + Sync),
        overtaken: &'s (dyn Fn() -> bool + Sync),
    ) -> Search<'s> {
        let (geoip, threads, to) = (&self.geoip, self.threads, self.until(to));
        Search { from, to, geoip, threads, most: MOST, begin: &|_| {}, narrow: None, may_matter, overtaken }
    }

    /// Earlier exports that share the actor or the bucket, and since when exports go there: all that were ever found.
    pub(super) fn earlier_exports(&self, subject: &Subject, facts: &Facts, around: &mut Surroundings) -> Option<()> {
        let Some(export) = &facts.export else { return Some(()) };
        let (actor, bucket) = (&subject.actor, &export.bucket);
        let action = facts.action.clone()?;
        let found = self.store.ask(|reply| StoreQuery::Earlier {
            action,
            actor: actor.clone(),
            bucket: bucket.clone(),
            time: subject.time,
            limit: EARLIER,
            reply,
        })?;
        let Ok(found) = found else { return Some(()) };
        let full = found.len() == EARLIER;
        let destination = bucket.as_ref().map(|bucket| format!("s3://{bucket}"));
        let earlier: Vec<EarlierExport> = found
            .into_iter()
            .map(|listed| {
                let to = listed.summary.destination.unwrap_or_default();
                let rest = destination.as_ref().and_then(|bucket| to.strip_prefix(bucket.as_str()));
                EarlierExport {
                    time: listed.time,
                    same_actor: actor.is_some() && listed.summary.actor == *actor,
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

    /// Fills in what takes a longer search, and answers what the alert is worth by all that. `None` when it was overtaken.
    pub(super) fn look_around(
        &self,
        opened: &Opened<'_>,
        around: &mut Surroundings,
        overtaken: &(dyn Fn() -> bool + Sync),
    ) -> Option<Assessment> {
        let Opened { alert, event, subject, facts, .. } = opened;
        let mut context = Context::new(false);
        context.want(event);
        let (hint, context_hint) = (subject.hint(event, &sighted::TELLING), context.hint());
        let may_matter = |record: &[u8]| hint.may_matter(record) || context_hint.may_matter(record);
        let (from, to) = (subject.time - WEEK.max(context::HABITS), subject.time + REACH);
        let narrow = context.sought(subject.sought().calls(&sighted::TELLING)).node();
        let search = Search { narrow, ..self.between(from, to, &may_matter, overtaken) };
        let mut looked = (Sighted::default(), Gathered::default());
        let gaps = self.archive.search(
            &search,
            |made: &mut (Sighted, Gathered), event, origin| {
                made.0.judge(event, origin, subject, facts);
                context.take(&mut made.1, event);
            },
            |made, _| {
                looked.0.append(made.0);
                looked.1.merge(made.1);
            },
        )?;
        let (sighted, gathered) = looked;
        let Sighted { calls: kept, rare, exporters, neighbours } = sighted;
        let more = kept.more + rare.more;
        let cut = (more > 0).then(|| format!("{more} calls around it are not looked at, as there are too many"));
        around.gaps = joined(gaps, cut);
        let mut found = kept.list;
        found.extend(rare.list);
        found.sort_by(|a, b| (a.call.time, &a.distinct).cmp(&(b.call.time, &b.distinct)));
        found.dedup_by(|a, b| a.distinct == b.distinct);
        found.retain(|f| f.distinct != subject.distinct);
        let ago = |f: &Found| subject.time - f.call.time;
        let past = |f: &Found| ago(f) >= Duration::zero();

        let own_exports = |f: &&Found| f.actor && f.export.is_some() && f.call.error.is_none();
        let recent = found.iter().filter(own_exports).filter(|f| past(f) && ago(f) <= EXPORTS);
        around.exports_by_actor_6h = facts.export.as_ref().map(|_| recent.count() + 1);
        around.failed_exports = Some(calls(&found, subject, |f| {
            f.actor && f.export.is_some() && f.call.error.is_some() && ago(f).abs() <= EXPORTS
        }));
        around.nearby = Some(calls(&found, subject, |f| f.nearby));
        around.permission_changes = Some(calls(&found, subject, |f| f.permission_change && ago(f) <= WEEK));
        around.trail_changes = Some(calls(&found, subject, |f| f.trail_change && ago(f) <= WEEK && -ago(f) <= EXPORTS));
        let mut exporters: Vec<(String, usize)> = exporters.into_iter().collect();
        exporters.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        around.exporters = facts.export.is_some().then_some(exporters);
        around.target_touched = found.iter().rev().find(|f| f.touched).map(|f| f.call.clone());
        let mut others: Vec<(String, DateTime<Utc>)> = neighbours.into_iter().collect();
        others.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        around.address_actors = others.into_iter().map(|(actor, _)| actor).take(LISTED).collect();
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
        let mut log = context.around(&gathered, event);
        let known = &mut log.known;
        // Only of what the detail tells as well is more known here than that it is so.
        let touched = around.target_touched.take();
        around.target_touched = known.target_touched.take().map(|call| touched.unwrap_or(call));
        around.denied_before = named(known.denied_before.take(), calls(&found, subject, |f| f.denied));
        let changes = |f: &Found| f.permission_change && f.actor && f.call.error.is_none() && ago(f) <= DAY;
        around.permissions_before = named(known.permissions_before.take(), calls(&found, subject, changes));
        (around.session, around.alike_days) = (known.session.take(), known.alike_days);
        self.look_up_opener(around)?;
        *known = around.clone();
        let records = alert.aggregate.iter().flat_map(|aggregate| &aggregate.sequence).map(|event| event.raw.as_str());
        Some(log.assess(alert.risk_score).with_events(alert.risk_score, records, &self.geoip))
    }
}

fn joined(gaps: Option<String>, more: Option<String>) -> Option<String> {
    let gaps: Vec<String> = gaps.into_iter().chain(more).collect();
    (!gaps.is_empty()).then(|| gaps.join("; "))
}

/// As many calls as counted, with what is known of them.
fn named(counted: Option<Calls>, found: Calls) -> Option<Calls> {
    let Calls { list, total } = counted?;
    Some(Calls { list: if found.list.is_empty() || total == 0 { list } else { found.list }, total })
}

fn calls(found: &[Found], subject: &Subject, wanted: impl Fn(&Found) -> bool) -> Calls {
    let mut list: Vec<Call> = found.iter().filter(|f| wanted(f)).map(|f| f.call.clone()).collect();
    let total = list.len();
    list.sort_by_key(|c| (c.time - subject.time).abs());
    list.truncate(LISTED);
    list.sort_by_key(|c| c.time);
    Calls { list, total }
}
