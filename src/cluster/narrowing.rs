//! What a source asks a server for: everything, or what at least one of some queries may match.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

use crate::query::{Schema, kql::Node};

/// What a server is to leave out. The default leaves out nothing.
#[derive(Debug, Clone, Default)]
pub struct Narrowing {
    /// The queries, each with a name for messages (a rule's id). `None`: everything.
    queries: Option<Vec<(String, Node)>>,
    /// How documents are read here.
    schema: Option<&'static dyn Schema>,
    /// Events at or after this.
    since: Option<DateTime<Utc>>,
    /// Events before this.
    until: Option<DateTime<Utc>>,
}

impl Narrowing {
    /// What at least one of these queries may match.
    #[must_use]
    pub fn to(queries: Vec<(String, Node)>) -> Self {
        Self { queries: Some(queries), ..Self::default() }
    }

    /// With the schema by which documents are evaluated here. Without it nobody knows what a query may match, so a server
    /// is asked for everything.
    #[must_use]
    pub fn typed(self, schema: &'static dyn Schema) -> Self {
        Self { schema: Some(schema), ..self }
    }

    #[must_use]
    pub fn schema(&self) -> Option<&'static dyn Schema> {
        self.schema
    }

    #[must_use]
    pub fn between(self, since: Option<DateTime<Utc>>, until: Option<DateTime<Utc>>) -> Self {
        Self { since, until, ..self }
    }

    #[must_use]
    pub fn queries(&self) -> Option<&[(String, Node)]> {
        self.queries.as_deref()
    }

    #[must_use]
    pub fn span(&self) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
        (self.since, self.until)
    }

    /// What happened in time, or may have: a document may lack its time, or be one that only this program can read.
    pub(super) fn time(&self) -> Option<Value> {
        let mut range = Map::new();
        let (first, last) = kept();
        if let Some(since) = self.since.filter(|since| *since > first) {
            range.insert("gte".to_owned(), stamp(since.min(last)));
        }
        if let Some(until) = self.until.filter(|until| *until < last).map(|until| until.max(first)) {
            // A server may keep milliseconds, of both times: what is equal there may be earlier here.
            range.insert("lte".to_owned(), stamp(until));
        }
        (!range.is_empty()).then(|| {
            range.insert("format".to_owned(), "strict_date_optional_time".into());
            let missing = json!({"bool": {"must_not": [{"exists": {"field": "@timestamp"}}]}});
            let clauses: Vec<Value> =
                [json!({"range": {"@timestamp": range}}), missing].into_iter().chain(self.unread()).collect();
            json!({"bool": {"should": clauses}})
        })
    }

    /// Which documents a server has not read as this program does, so that it does not know their fields or times.
    pub(super) fn unread(&self) -> Vec<Value> {
        let mark = self.schema.map_or(Some("event.action"), |schema| schema.mark());
        let marks = self.schema.map_or(&[] as &[_], |schema| schema.record_marks());
        let missing = mark.map(|mark| json!({"bool": {"must_not": [{"exists": {"field": mark}}]}}));
        missing.into_iter().chain(marks.iter().map(|mark| json!({"exists": {"field": mark}}))).collect()
    }
}

/// The first and the last time that every index can be asked for: one that keeps nanoseconds takes no other.
pub(super) fn kept() -> (DateTime<Utc>, DateTime<Utc>) {
    (DateTime::UNIX_EPOCH, DateTime::from_timestamp_nanos(i64::MAX / 1000 * 999))
}

fn stamp(time: DateTime<Utc>) -> Value {
    time.to_rfc3339_opts(SecondsFormat::Nanos, true).into()
}
