//! Reads an RDS `StartExportTask`. [`super::super::rds_export`] makes rows, findings, evidence and commands of it.

use serde_json::Value;

use super::super::arn::Arn;

/// The kind of thing that is exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceKind {
    Snapshot,
    ClusterSnapshot,
    /// A live cluster: there is no snapshot.
    Cluster,
    Other,
}

impl SourceKind {
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

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Tables {
    /// The record has neither the request nor the response.
    #[default]
    NotRecorded,
    /// No `exportOnly`: everything.
    All,
    /// Databases, schemas or tables in `exportOnly`.
    Only(Vec<String>),
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Export {
    pub task: Option<String>,
    /// ARN of the snapshot or cluster.
    pub source_arn: Option<String>,
    pub bucket: Option<String>,
    pub prefix: Option<String>,
    /// ARN of the role that writes to the bucket.
    pub role_arn: Option<String>,
    /// An ARN, an id or an alias.
    pub kms_key: Option<String>,
    pub tables: Tables,
    /// The task's status when the call returned, e.g. `STARTING`.
    pub status: Option<String>,
}

impl Export {
    /// Reads the parts from the request and, where that lacks one, from the response.
    pub(super) fn read(request: &Value, response: &Value) -> Self {
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
            // A request too large to be recorded has neither.
            None if both("sourceArn").or_else(|| both("exportTaskIdentifier")).is_some() => Tables::All,
            None => Tables::NotRecorded,
        };
        Self {
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

    /// True for snapshots that RDS takes by itself: their names begin with `rds:`.
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
