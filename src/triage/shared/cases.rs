//! The view for others: where each alert stands, one document an alert.

use serde_json::{Map, Value, json};

use super::log::{is_missing, make_index, needs};
use super::{Trouble, Wire};
use crate::cluster::{Body, FailureKind, Method, Request};
use crate::triage::{SharedCase, Status, StepState};
use chrono::{DateTime, SecondsFormat, Utc};

/// The index of the view, and the name of the view of this log: the log's random word is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cases {
    pub(super) index: String,
    pub(super) name: String,
}

/// What became of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    Updated,
    /// There was none.
    Created,
    /// One as new is there.
    Known,
}

impl Cases {
    pub(super) fn of(prefix: &str, log: &str) -> Self {
        let random = log.rsplit('-').next().unwrap_or_default();
        Self { index: format!("{prefix}-cases"), name: format!("{prefix}-cases-{random}") }
    }

    /// Writes where an alert stands, unless something newer is there. Makes the index where it is not.
    pub(super) fn write(
        &self,
        wire: &impl Wire,
        case: &SharedCase,
        patience: std::time::Duration,
    ) -> Result<Written, Trouble> {
        match self.put(wire, case, patience) {
            Err(Trouble::Cluster(failure)) if is_missing(&failure) => {
                if make_index(wire, &self.index, &self.template())? {
                    // Made by somebody else just now, or for another log.
                    return self.put(wire, case, patience).map_err(|_| {
                        Trouble::Log(format!(
                            "the index {} belongs to another log of decisions: delete it, and it is written anew",
                            self.index
                        ))
                    });
                }
                self.put(wire, case, patience)
            }
            written => written,
        }
    }

    fn put(&self, wire: &impl Wire, case: &SharedCase, patience: std::time::Duration) -> Result<Written, Trouble> {
        let path = format!("{}/_doc/{}", self.name, encoded(&case.alert.0));
        let version = case.last.number.to_string();
        let body = document(case);
        let request = Request {
            query: &[("require_alias", "true"), ("version", &version), ("version_type", "external"), ("timeout", "5s")],
            body: Body::Json(&body),
            deadline: patience,
            repeatable: true,
            ..Request::new(Method::Put, &path)
        };
        match wire.send(&request) {
            Ok(answer) => {
                let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
                let created = answer.get("result").and_then(Value::as_str) == Some("created");
                Ok(if created { Written::Created } else { Written::Updated })
            }
            Err(failure) if failure.kind == FailureKind::Conflict => Ok(Written::Known),
            Err(failure) => Err(needs("index", &self.index, failure).into()),
        }
    }

    fn template(&self) -> Value {
        let (keyword, date) = (json!({"type": "keyword"}), json!({"type": "date_nanos"}));
        let mut aliases = Map::new();
        aliases.insert(self.name.clone(), json!({}));
        json!({
            "settings": {"number_of_shards": 1},
            "mappings": {"dynamic": "strict", "properties": {
                "alert": keyword,
                "status": keyword,
                "reason": keyword,
                "owner": keyword,
                "steps": {"properties": {"done": keyword, "not_applicable": keyword}},
                "notes": {"properties": {
                    "text": {"type": "text"},
                    "step": keyword,
                    "by": keyword,
                    "at": date,
                }},
                "revision": {"type": "long"},
                "entry": {"type": "long"},
                "writer": keyword,
                "updated": date,
            }},
            "aliases": aliases,
        })
    }
}

fn document(shared: &SharedCase) -> Value {
    let SharedCase { alert, case, last } = shared;
    let time = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Micros, true);
    let steps = |state: StepState| -> Vec<&str> {
        case.steps.iter().filter(|(_, mark)| mark.state == state).map(|(step, _)| step.0.as_str()).collect()
    };
    let reason = match case.status {
        Status::Closed(reason) => Some(reason.as_str()),
        Status::Open | Status::Acknowledged => None,
    };
    let notes = case.notes.iter().map(|note| {
        json!({"text": note.text, "step": note.step.as_ref().map(|step| &step.0), "by": note.by, "at": time(note.at)})
    });
    json!({
        "alert": alert.0,
        "status": case.status.as_str(),
        "reason": reason,
        "owner": case.status_by.as_ref().filter(|_| case.status != Status::Open).map(|(by, _)| by),
        "steps": {"done": steps(StepState::Done), "not_applicable": steps(StepState::NotApplicable)},
        "notes": notes.collect::<Vec<_>>(),
        "revision": case.history.len(),
        "entry": last.number,
        "writer": last.writer,
        "updated": time(DateTime::from_timestamp_micros(last.at).unwrap_or_default()),
    })
}

/// An id as part of a path.
fn encoded(id: &str) -> String {
    use std::fmt::Write as _;
    id.bytes().fold(String::with_capacity(id.len()), |mut path, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            path.push(char::from(byte));
        } else {
            let _ = write!(path, "%{byte:02X}");
        }
        path
    })
}
