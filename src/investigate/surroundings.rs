//! What the log says around an event. The caller looks it up; findings and evidence use it.

use chrono::{DateTime, Duration, Utc};

use super::Lineage;
use super::routine::RuleSpread;
use crate::event::IdentityKind;
use crate::trail::Origin;

/// How far before and after an alert the actor's nearby calls lie.
pub const RELATED_WITHIN: Duration = Duration::minutes(30);

/// How far back denied calls, changes of permissions and what was done to the target count: an attack that goes on from
/// one day to the next still shows, and last week's work does not.
pub const DAY: Duration = Duration::hours(24);

/// How far back changes in the account are looked for.
pub const WEEK: Duration = Duration::days(7);

/// How long something has been known in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Seen {
    /// Nobody looked, or the search could not finish.
    #[default]
    Unknown,
    /// Never before this event.
    Never,
    /// First at this time, before this event.
    Since(DateTime<Utc>),
}

/// Where a record lies, and the id of its event: another file may come to stand there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordRef {
    pub origin: Origin,
    pub event_id: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Call {
    pub time: DateTime<Utc>,
    /// `event.action`.
    pub action: String,
    /// The service, without `.amazonaws.com`.
    pub service: String,
    /// The error code of a failed call.
    pub error: Option<String>,
    /// As the table shows it.
    pub actor: String,
    pub source: String,
    pub event_id: String,
    /// What it was about: `role/rds-s3-export-v2`.
    pub object: Option<String>,
    /// Its record, where that can be read again.
    pub record: Option<RecordRef>,
}

/// Calls that were found, of which the list may hold only some.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Calls {
    /// The calls nearest to the event, by time.
    pub list: Vec<Call>,
    pub total: usize,
}

/// An earlier export that shares something with this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierExport {
    pub time: DateTime<Utc>,
    pub actor: String,
    /// Without the ARN's prefix.
    pub target: String,
    /// `s3://bucket/prefix`.
    pub destination: String,
    pub same_actor: bool,
    pub same_role: bool,
    pub same_bucket: bool,
}

/// The call that opened the session of the event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionOpened {
    pub time: DateTime<Utc>,
    /// From where, as the log gave it.
    pub source: Option<String>,
    /// Who opened it, as the table shows it.
    pub by: String,
    /// It was a user of IAM: roles come and go with every session.
    pub by_user: bool,
    /// Since when the log knows that user, before this call.
    pub by_seen: Seen,
}

impl SessionOpened {
    /// The last call of a lineage before the event; `None` where the log does not hold it.
    #[must_use]
    pub fn of(lineage: &Lineage) -> Option<Self> {
        let link = lineage.up.last()?;
        Some(Self {
            time: link.time,
            source: link.source.clone(),
            by: link.by.name.clone().unwrap_or_default(),
            by_user: link.by.kind == IdentityKind::IamUser,
            by_seen: Seen::Unknown,
        })
    }
}

/// The default says that nobody looked, as may each part. [`super::Assessment::surroundings`] begins with what is
/// known of an alert.
///
/// "The actor" is one identity: the same `userIdentity.arn` for a user, and the same role (`sessionIssuer.arn`) *and*
/// session name for a session. "Before" always excludes the event itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Surroundings {
    /// The time of the earliest event in the log.
    pub log_begins: Option<DateTime<Utc>>,
    pub actor_seen: Seen,
    pub address_seen: Seen,
    pub agent_seen: Seen,
    /// The region, whoever called there.
    pub region_seen: Seen,
    /// The bucket as a destination of exports.
    pub bucket_seen: Seen,
    /// The event came in later than its rule looks back.
    pub late: bool,
    /// Other actors at the source address, most recent first; a few are enough.
    pub address_actors: Vec<String>,
    /// Successful exports by the actor in the six hours that end with this event, which counts too.
    pub exports_by_actor_6h: Option<usize>,
    /// The actor's latest successful call in the [`DAY`] before that made, copied, shared or tagged the target: one that
    /// [`super::touches`] its target. Of an export, the target is its source.
    pub target_touched: Option<Call>,
    /// The actor's calls in the [`DAY`] before that were denied ([`super::is_denied`]); `None` when nobody looked.
    pub denied_before: Option<Calls>,
    /// The actor's own successful changes of permissions in the [`DAY`] before ([`super::changes_permissions`]), without
    /// those that a service made for the actor (`invokedBy`); `None` when nobody looked.
    pub permissions_before: Option<Calls>,
    /// The call that opened the event's session; `None` when nobody looked, or the log does not hold it.
    pub session: Option<SessionOpened>,
    /// Where the event's credentials came from, and what was opened with them; `None` when nobody looked.
    pub lineage: Option<Lineage>,
    /// On how many days (UTC) before the event's the actor did the same to targets named alike, successfully: what has the
    /// same [`super::alike`]. `None` when nobody looked.
    pub alike_days: Option<usize>,
    /// How widely the alert's rule fires, this alert included; `None` when nobody looked.
    pub rule_spread: Option<RuleSpread>,
    /// Failed exports by the actor within six hours before or after; `None` when nobody looked.
    pub failed_exports: Option<Calls>,
    /// Other calls by the actor, or with the same access key, within [`RELATED_WITHIN`]; `None` when nobody looked.
    pub nearby: Option<Calls>,
    /// Changes of permissions in the account in the [`WEEK`] before, by whomever ([`super::changes_permissions`]); `None`
    /// when nobody looked.
    pub permission_changes: Option<Calls>,
    /// Changes to what is logged, in the account in the [`WEEK`] before and the hours behind; `None` when nobody looked.
    pub trail_changes: Option<Calls>,
    /// Who has started exports in the [`WEEK`] before, and how many; the most first. `None` when nobody looked.
    pub exporters: Option<Vec<(String, usize)>>,
    /// Earlier successful exports by the same actor, with the same role, or to the same bucket, newest first; `None`
    /// when nobody looked.
    pub earlier_exports: Option<Vec<EarlierExport>>,
    /// Lines about the owner, from the configuration or from tags in the log.
    pub owner: Vec<String>,
    /// What the search could not cover, as a sentence.
    pub gaps: Option<String>,
}

impl Surroundings {
    /// How much log there is before `time`.
    pub(super) fn history(&self, time: Option<DateTime<Utc>>) -> Option<Duration> {
        Some(time? - self.log_begins?)
    }
}
