//! What one event says, in the parts that an investigation works with. Text is as the log gave it.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::agent::Agent;
use super::arn::Arn;
use super::target::{Target, target};
use crate::event::{self, Event, Identity};
use crate::text::is_suspicious;

/// What one event says.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Facts {
    /// Who.
    pub identity: Identity,
    /// The event's id.
    pub event_id: String,
    /// The event's own time.
    pub time: Option<DateTime<Utc>>,
    /// What was called, `event.action`.
    pub action: Option<String>,
    /// Of which service, e.g. `rds.amazonaws.com`.
    pub provider: Option<String>,
    /// Why it failed, where it did: `errorCode`, or the message where there is no code.
    pub error: Option<String>,
    /// The message beside the error code.
    pub error_message: Option<String>,
    /// From where: an address, a DNS name, `AWS Internal`.
    pub source: Option<String>,
    /// Where that address lies: its city or region, and its country, as far as known.
    pub place: Option<String>,
    /// Whose network it is in: the number, and the organisation where it is known.
    pub network: Option<String>,
    /// With what.
    pub agent: Option<Agent>,
    /// The region.
    pub region: Option<String>,
    /// The account that the event was recorded in.
    pub account: Option<String>,
    /// What the call was about.
    pub target: Option<Target>,
    /// The export, of an `StartExportTask` of RDS.
    pub export: Option<Export>,
    /// Fields of the record whose text holds characters that steer a terminal or deceive a reader; at most ten.
    pub suspicious: Vec<String>,
}

/// What an export reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceKind {
    /// A snapshot of an instance.
    Snapshot,
    /// A snapshot of a cluster.
    ClusterSnapshot,
    /// A live cluster: there is no snapshot.
    Cluster,
    /// Something else, or not recorded.
    Other,
}

impl SourceKind {
    /// In words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Snapshot => "instance snapshot",
            Self::ClusterSnapshot => "cluster snapshot",
            Self::Cluster => "live cluster, no snapshot",
            Self::Other => "unknown kind",
        }
    }
}

/// The tables that an export takes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Tables {
    /// The record has neither the request nor the response.
    #[default]
    NotRecorded,
    /// No `exportOnly`: everything.
    All,
    /// What `exportOnly` names: databases, schemas or tables.
    Only(Vec<String>),
}

/// An export task, from the request and, where that lacks something, from the response.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Export {
    /// The task's identifier.
    pub task: Option<String>,
    /// The ARN of the snapshot or cluster.
    pub source_arn: Option<String>,
    /// The bucket.
    pub bucket: Option<String>,
    /// The prefix within the bucket.
    pub prefix: Option<String>,
    /// The ARN of the role that writes to the bucket.
    pub role_arn: Option<String>,
    /// The KMS key, as the call named it: an ARN, an id or an alias.
    pub kms_key: Option<String>,
    /// The tables.
    pub tables: Tables,
    /// The task's status when the call returned, e.g. `STARTING`.
    pub status: Option<String>,
}

impl Export {
    /// What kind of thing is exported.
    #[must_use]
    pub fn source_kind(&self) -> SourceKind {
        let kind = self.source_arn.as_deref().and_then(Arn::of).and_then(|arn| Some(arn.resource.split_once(':')?.0));
        match kind {
            Some("snapshot") => SourceKind::Snapshot,
            Some("cluster-snapshot") => SourceKind::ClusterSnapshot,
            Some("cluster") => SourceKind::Cluster,
            _ => SourceKind::Other,
        }
    }

    /// The name of the snapshot or cluster, without the ARN's prefix.
    #[must_use]
    pub fn source_name(&self) -> Option<&str> {
        let arn = Arn::of(self.source_arn.as_deref()?)?;
        arn.resource.split_once(':').map(|(_, name)| name)
    }

    /// Whether RDS took the snapshot by itself: its name begins with `rds:`.
    #[must_use]
    pub fn is_automated(&self) -> bool {
        self.source_name().is_some_and(|name| name.starts_with("rds:"))
    }

    /// Where the files go: `s3://bucket/prefix`.
    #[must_use]
    pub fn destination(&self) -> Option<String> {
        let bucket = self.bucket.as_deref()?;
        let prefix = self.prefix.as_deref().unwrap_or_default().trim_matches('/');
        Some(if prefix.is_empty() { format!("s3://{bucket}") } else { format!("s3://{bucket}/{prefix}") })
    }
}

impl Facts {
    /// Reads an event: a CloudTrail record, or a document that a shipper made of one.
    #[must_use]
    pub fn of(event: &Event<'_>) -> Self {
        let console = event.get("aws.cloudtrail.session_credential_from_console").as_deref() == Some("true");
        Self {
            place: place(event),
            network: network(event),
            agent: event.get("user_agent.original").map(|text| Agent::of(&text, console)),
            ..Self::brief(event)
        }
    }

    /// What an alert says: all but the agent, and the place and the network of the source.
    #[must_use]
    pub fn brief(event: &Event<'_>) -> Self {
        let request = event.request();
        let provider = event.get("event.provider");
        let action = event.get("event.action");
        let is_export =
            action.as_deref() == Some("StartExportTask") && provider.as_deref() == Some("rds.amazonaws.com");
        let message = event.get("aws.cloudtrail.error_message");
        let code = event.get("aws.cloudtrail.error_code");
        let mut suspicious = Vec::new();
        // What is plain as it is written is plain in each of its fields, but for what escapes stand for.
        if has_telling_escape(event.raw()) || is_suspicious(event.raw()) {
            find_suspicious(&event.record(), "", &mut suspicious);
        }
        Self {
            identity: event::identity(event),
            event_id: event.id().to_owned(),
            time: event.time(),
            error: code.clone().or_else(|| message.clone()),
            error_message: message.filter(|_| code.is_some()),
            source: event.get("source.address").or_else(|| event.get("source.ip")),
            region: event.get("cloud.region"),
            account: event.get("aws.cloudtrail.recipient_account_id").or_else(|| event.get("cloud.account.id")),
            target: target(event, &request),
            export: is_export.then(|| export(&request, &event.response())),
            action,
            provider,
            suspicious,
            ..Self::default()
        }
    }

    /// What the call was about, its kind before its name: of an export the snapshot or cluster without the ARN's prefix,
    /// `cluster-snapshot:orders-2026-11-23`; of another call what [`Self::target`] is called.
    #[must_use]
    pub fn target(&self) -> Option<String> {
        match &self.export {
            Some(export) => {
                let source = export.source_arn.as_deref()?;
                Some(Arn::of(source).map_or(source, |arn| arn.resource).to_owned())
            }
            None => self.target.as_ref().map(|target| target.name.clone()),
        }
    }

    /// Where the files go: `s3://bucket/prefix`.
    #[must_use]
    pub fn destination(&self) -> Option<String> {
        self.export.as_ref()?.destination()
    }
}

fn export(request: &Value, response: &Value) -> Export {
    let text = |names: [(&Value, &str); 2]| {
        let found = names.iter().find_map(|(object, name)| object.get(name)?.as_str().filter(|s| !s.is_empty()));
        found.map(str::to_owned)
    };
    let both = |name: &str| text([(request, name), (response, name)]);
    let listed = [request, response].into_iter().find_map(|object| {
        let names: Vec<String> = match object.get("exportOnly")? {
            Value::Array(items) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            Value::String(one) => vec![one.clone()],
            _ => Vec::new(),
        };
        (!names.is_empty()).then_some(names)
    });
    let tables = match listed {
        Some(names) => Tables::Only(names),
        // What is left of a request that was too large to record names neither.
        None if both("sourceArn").or_else(|| both("exportTaskIdentifier")).is_some() => Tables::All,
        None => Tables::NotRecorded,
    };
    Export {
        task: both("exportTaskIdentifier"),
        source_arn: both("sourceArn"),
        bucket: text([(request, "s3BucketName"), (response, "s3Bucket")]),
        prefix: both("s3Prefix"),
        role_arn: both("iamRoleArn"),
        kms_key: both("kmsKeyId"),
        tables,
        status: text([(response, "status"), (request, "status")]),
    }
}

/// The most fields that are named.
const SUSPICIOUS: usize = 10;

fn place(event: &Event<'_>) -> Option<String> {
    let geo = |name: &str| event.get(&format!("source.geo.{name}"));
    let town = geo("city_name").or_else(|| geo("region_name"));
    let country = geo("country_name").or_else(|| geo("country_iso_code"));
    let parts: Vec<String> = town.into_iter().chain(country).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn network(event: &Event<'_>) -> Option<String> {
    let number = event.get("source.as.number").map(|number| format!("AS{number}"));
    let parts: Vec<String> = number.into_iter().chain(event.get("source.as.organization.name")).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// Whether JSON holds an escape that may stand for more than a quote, a slash or white space.
fn has_telling_escape(json: &str) -> bool {
    let bytes = json.as_bytes();
    memchr::memchr_iter(b'\\', bytes).any(|at| matches!(bytes.get(at + 1), Some(b'u' | b'b' | b'f')))
}

fn find_suspicious(value: &Value, path: &str, found: &mut Vec<String>) {
    if found.len() >= SUSPICIOUS {
        return;
    }
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Value::String(text) if is_suspicious(text) => found.push(path.to_owned()),
        Value::Array(items) => items.iter().for_each(|item| find_suspicious(item, path, found)),
        Value::Object(fields) => fields.iter().for_each(|(name, value)| find_suspicious(value, &below(name), found)),
        _ => {}
    }
}
