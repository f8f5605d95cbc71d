//! What the log says around an event: answers that the caller looked up, for findings and evidence to speak of.

use chrono::{DateTime, Duration, Utc};

/// How far before and after an alert its related events and the actor's nearby calls lie.
pub const RELATED_WITHIN: Duration = Duration::minutes(30);

/// Since when something is known in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Seen {
    /// Nobody looked, or the search could not finish.
    #[default]
    Unknown,
    /// Not before this event.
    Never,
    /// First at this time, before this event.
    Since(DateTime<Utc>),
}

/// A call, in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// When.
    pub time: DateTime<Utc>,
    /// What was called, `event.action`.
    pub action: String,
    /// Of which service, without `.amazonaws.com`.
    pub service: String,
    /// The error code, where it failed.
    pub error: Option<String>,
    /// Who, as the table shows it.
    pub actor: String,
    /// From where.
    pub source: String,
    /// Its event id.
    pub event_id: String,
}

/// Calls that were found; the list may be cut, the number is not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Calls {
    /// The calls nearest to the event, by time.
    pub list: Vec<Call>,
    /// How many there are.
    pub total: usize,
}

/// An earlier export that shares something with this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierExport {
    /// When.
    pub time: DateTime<Utc>,
    /// Who.
    pub actor: String,
    /// Of what, without the ARN's prefix.
    pub target: String,
    /// To where, `s3://bucket/prefix`.
    pub destination: String,
    /// The same actor.
    pub same_actor: bool,
    /// The same export role.
    pub same_role: bool,
    /// The same bucket.
    pub same_bucket: bool,
}

/// The answers. A default one says that nobody looked; every part may be left at that.
///
/// "The actor" is one identity: the same `userIdentity.arn` for a user, and the same role (`sessionIssuer.arn`) *and*
/// session name for a session. "Before" always excludes the event itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Surroundings {
    /// The time of the earliest event in the log.
    pub log_begins: Option<DateTime<Utc>>,
    /// Since when the actor is known.
    pub actor_seen: Seen,
    /// Since when the source address is known.
    pub address_seen: Seen,
    /// Since when the user agent is known.
    pub agent_seen: Seen,
    /// Since when exports have gone to this bucket.
    pub bucket_seen: Seen,
    /// Other actors that used the source address, most recent first; a few are enough.
    pub address_actors: Vec<String>,
    /// Successful exports by the actor in the six hours that end with this event, itself included.
    pub exports_by_actor_6h: Option<usize>,
    /// The latest call within two hours before, by the actor, that made or copied the exported snapshot.
    pub snapshot_made: Option<Call>,
    /// Failed exports by the actor within six hours before or after; `None` when nobody looked.
    pub failed_exports: Option<Calls>,
    /// Other calls by the actor, or with the same access key, within [`RELATED_WITHIN`]; `None` when nobody looked.
    pub nearby: Option<Calls>,
    /// Changes to IAM in the account in the seven days before; `None` when nobody looked.
    pub iam_changes: Option<Calls>,
    /// Earlier successful exports by the same actor, with the same role, or to the same bucket, newest first; `None`
    /// when nobody looked.
    pub earlier_exports: Option<Vec<EarlierExport>>,
    /// Who owns the account or the snapshot: lines of text from the configuration, or from tags in the log.
    pub owner: Vec<String>,
    /// What the search could not cover, as a sentence.
    pub gaps: Option<String>,
}

impl Surroundings {
    /// How much of the log lies before `time`.
    pub(super) fn history(&self, time: Option<DateTime<Utc>>) -> Option<Duration> {
        Some(time? - self.log_begins?)
    }
}

/// A time as people read it: `2026-11-24 10:41:52Z`.
pub(super) fn clock(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// A span of time in its largest unit, rounded down: `3 days`, `2 hours`, `5 minutes`.
pub(super) fn span(duration: Duration) -> String {
    let (n, unit) = match duration.num_minutes().max(0) {
        m @ 0..60 => (m, "minute"),
        m @ 60..2_880 => (m / 60, "hour"),
        m => (m / 1_440, "day"),
    };
    format!("{n} {unit}{}", if n == 1 { "" } else { "s" })
}
