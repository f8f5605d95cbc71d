//! A search server in memory, as far as the log needs one, that does wrong what it is told to.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;
use std::time::Duration;

use serde_json::{Value, json};

use super::super::Wire;
use crate::cluster::{Body, Failure, FailureKind, Method, Request};

/// What goes wrong with one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Nothing.
    None,
    /// It is not done, and nobody answers.
    Hangs,
    /// It is done, and the answer is lost.
    AnswerLost,
    /// It is done in memory alone, and the answer is lost.
    OnNoDisk,
    /// It is refused with this status and `error.type`.
    Refused(u16, &'static str),
}

#[derive(Debug, Clone)]
pub(super) struct Document {
    pub source: Value,
    pub number: i64,
    pub version: i64,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Index {
    pub aliases: BTreeSet<String>,
    pub strict: bool,
    pub documents: BTreeMap<String, Document>,
    pub next: i64,
    /// What is on the disk.
    pub settled: i64,
}

#[derive(Debug, Default)]
pub(super) struct Server {
    pub indices: BTreeMap<String, Index>,
    pub faults: VecDeque<Fault>,
    /// Refuses every write with this.
    pub refuses_writes: Option<(u16, &'static str)>,
    pub requests: Vec<String>,
}

/// A connection to it.
#[derive(Debug, Clone, Default)]
pub(super) struct Fake(pub Rc<RefCell<Server>>);

type Answer = Result<Value, (u16, &'static str)>;

impl Wire for Fake {
    fn send(&self, request: &Request<'_>) -> Result<Vec<u8>, Failure> {
        let mut server = self.0.borrow_mut();
        server.requests.push(format!("{:?} {}", request.method, request.path));
        let fault = server.faults.pop_front().unwrap_or(Fault::None);
        let lost = |kind| failure(None, None, kind);
        match fault {
            Fault::Hangs => return Err(lost(FailureKind::Timeout)),
            Fault::Refused(status, kind) => return Err(refused(status, kind)),
            Fault::None | Fault::AnswerLost | Fault::OnNoDisk => {}
        }
        let answer = server.answer(request, fault != Fault::OnNoDisk);
        match fault {
            Fault::AnswerLost | Fault::OnNoDisk => Err(lost(FailureKind::Unreachable)),
            _ => answer.map(|answer| answer.to_string().into_bytes()).map_err(|(status, kind)| refused(status, kind)),
        }
    }

    fn pause(&self, _: Duration) {
        // Time passes: what was written is on the disk by now.
        self.0.borrow_mut().settle();
    }
}

fn refused(status: u16, kind: &str) -> Failure {
    let what = match (status, kind) {
        (404, _) => FailureKind::NoSuchIndex,
        (409, _) => FailureKind::Conflict,
        (403, "security_exception") => FailureKind::Forbidden,
        (429 | 403, "cluster_block_exception") => FailureKind::DiskFull,
        (429, _) => FailureKind::Busy,
        (502..=504, _) => FailureKind::Unavailable,
        _ => FailureKind::Refused,
    };
    failure(Some(status), Some(kind), what)
}

fn failure(status: Option<u16>, error_type: Option<&str>, kind: FailureKind) -> Failure {
    let what = match kind {
        FailureKind::DiskFull => "the cluster's disk is full".to_owned(),
        kind => format!("{kind:?}"),
    };
    let error_type = error_type.map(str::to_owned);
    Failure { status, error_type, ..Failure::new(kind, "cluster prod", what) }
}

impl Server {
    pub(super) fn settle(&mut self) {
        self.indices.values_mut().for_each(|index| index.settled = index.next - 1);
    }

    /// Ends, and starts with what was on the disk.
    pub(super) fn kill(&mut self) {
        for index in self.indices.values_mut() {
            let settled = index.settled;
            index.documents.retain(|_, document| document.number <= settled);
        }
    }

    fn named(&mut self, name: &str) -> Option<&mut Index> {
        self.indices.iter_mut().find(|(index, i)| *index == name || i.aliases.contains(name)).map(|(_, index)| index)
    }

    fn answer(&mut self, request: &Request<'_>, durable: bool) -> Answer {
        let missing = (404, "index_not_found_exception");
        let body = match request.body {
            Body::Json(body) => body.clone(),
            _ => Value::Null,
        };
        let parts: Vec<&str> = request.path.split('/').collect();
        match (request.method, parts.as_slice()) {
            (Method::Get, [name, "_alias"]) => {
                let index = self.indices.get(*name).ok_or(missing)?;
                let aliases: serde_json::Map<_, _> =
                    index.aliases.iter().map(|alias| (alias.clone(), json!({}))).collect();
                Ok(json!({ *name: {"aliases": aliases} }))
            }
            (Method::Put, [name]) => {
                if self.indices.contains_key(*name) {
                    return Err((400, "resource_already_exists_exception"));
                }
                let aliases = body["aliases"].as_object().unwrap().keys().cloned().collect();
                let strict = body["mappings"]["dynamic"] == "strict";
                let index = Index { aliases, strict, settled: -1, ..Index::default() };
                self.indices.insert((*name).to_owned(), index);
                Ok(json!({"acknowledged": true}))
            }
            (Method::Post, ["_aliases"]) => {
                let add = &body["actions"][0]["add"];
                let index = self.indices.get_mut(add["index"].as_str().unwrap()).ok_or(missing)?;
                index.aliases.insert(add["alias"].as_str().unwrap().to_owned());
                Ok(json!({"acknowledged": true}))
            }
            (Method::Post, [name, "_mget"]) => {
                let index = self.named(name);
                let read = |id: &Value| match &index {
                    None => json!({"_id": id, "error": {"type": missing.1, "reason": "no such index"}}),
                    Some(index) => match index.documents.get(id.as_str().unwrap()) {
                        None => json!({"_id": id, "found": false}),
                        Some(found) => {
                            json!({"_id": id, "found": true, "_seq_no": found.number, "_source": found.source})
                        }
                    },
                };
                Ok(json!({"docs": body["ids"].as_array().unwrap().iter().map(read).collect::<Vec<_>>()}))
            }
            (Method::Get, [name, "_stats", "docs"]) => {
                let settled = self.named(name).ok_or(missing)?.settled;
                let shard = json!({"routing": {"primary": true}, "seq_no": {"global_checkpoint": settled}});
                Ok(json!({"indices": {*name: {"shards": {"0": [shard]}}}}))
            }
            (Method::Put, [name, kind @ ("_create" | "_doc"), id]) => {
                if let Some(refusal) = self.refuses_writes {
                    return Err(refusal);
                }
                let asked = |wanted: &str| request.query.iter().find(|(name, _)| *name == wanted).map(|(_, v)| *v);
                if self.named(name).is_none() {
                    if asked("require_alias") == Some("true") {
                        return Err(missing);
                    }
                    self.indices.insert((*name).to_owned(), Index { settled: -1, ..Index::default() });
                }
                let index = self.named(name).unwrap();
                let version = asked("version").map_or(1, |version| version.parse().unwrap());
                let known = index.documents.get(*id).map(|known| known.version);
                if known.is_some_and(|known| *kind == "_create" || known >= version) {
                    return Err((409, "version_conflict_engine_exception"));
                }
                let number = index.next;
                index.next += 1;
                index.documents.insert((*id).to_owned(), Document { source: body, number, version });
                if durable {
                    index.settled = number;
                }
                Ok(json!({"result": if known.is_some() { "updated" } else { "created" }}))
            }
            other => panic!("the log asks what no test expects: {other:?}"),
        }
    }
}
