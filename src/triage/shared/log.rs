//! The log in the cluster: finding it, making it, reading it, adding to it.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Trouble, Wire};
use crate::cluster::{Body, Failure, FailureKind, Method, Request};
use crate::triage::Entry;

/// How long the server waits for a shard that is not there; it would wait a minute.
const SHARD: &str = "5s";
/// How long the server gathers: many times what it takes.
const READ: Duration = Duration::from_secs(20);

/// The log under the name that only it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Log {
    /// The index, for people.
    pub(super) index: String,
    /// Its own name, an alias; that of the index while it has none.
    pub(super) name: String,
    /// How long a write may take.
    pub(super) patience: Duration,
}

/// What is under a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    Entry {
        entry: Entry,
        /// Its sequence number in the shard.
        number: i64,
    },
    Free,
    /// A document that is no entry of this number.
    Foreign,
}

/// What became of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Put {
    Acknowledged,
    /// There is something under its number; perhaps the entry itself, put there by a request whose answer was lost.
    Taken,
}

pub(super) fn index(prefix: &str) -> String {
    format!("{prefix}-audit")
}

/// The own name of a log made by somebody who has drawn `random`.
pub(super) fn name(prefix: &str, random: &str) -> String {
    format!("{prefix}-audit-{random}")
}

/// The own name of the log, if there is one.
pub(super) fn find(wire: &impl Wire, prefix: &str) -> Result<Option<String>, Trouble> {
    let index = index(prefix);
    let path = format!("{index}/_alias");
    let answer = match wire.send(&reading(Method::Get, &path, &[], Body::None)) {
        Err(failure) if is_missing(&failure) => return Ok(None),
        answer => parse(&answer?, &index)?,
    };
    let aliases = answer.get(&index).and_then(|found| found.get("aliases")).and_then(Value::as_object);
    let begin = name(prefix, "");
    match aliases.and_then(|aliases| aliases.keys().find(|alias| alias.starts_with(&begin))) {
        Some(name) => Ok(Some(name.clone())),
        None => Err(Trouble::Log(format!(
            "the index {index} is not one that watchfloor has made, or is being written anew at this moment: give \
             `decisions` of the configuration another name, or wait"
        ))),
    }
}

/// Makes the index of the log, with this own name where one is given. Whether somebody was faster.
pub(super) fn make(wire: &impl Wire, index: &str, name: Option<&str>) -> Result<bool, Trouble> {
    let aliases: Value =
        name.map(|name| (name.to_owned(), json!({}))).into_iter().collect::<serde_json::Map<_, _>>().into();
    let keyword = json!({"type": "keyword"});
    // Of any length, and nobody searches in them.
    let kept = json!({"type": "keyword", "index": false, "doc_values": false});
    make_index(
        wire,
        index,
        &json!({
            "settings": {"number_of_shards": 1},
            "mappings": {"dynamic": "strict", "properties": {
                "number": {"type": "long"},
                "alert": keyword,
                "at": {"type": "date_nanos"},
                "analyst": keyword,
                "action": kept,
                "writer": keyword,
                "hash": kept,
            }},
            "aliases": aliases,
        }),
    )
}

/// Makes an index; whether somebody was faster.
pub(super) fn make_index(wire: &impl Wire, index: &str, body: &Value) -> Result<bool, Trouble> {
    let request = reading(Method::Put, index, &[], Body::Json(body));
    match wire.send(&request) {
        Ok(_) => Ok(false),
        Err(failure) if failure.error_type.as_deref() == Some("resource_already_exists_exception") => Ok(true),
        Err(failure) => Err(needs("manage", index, failure).into()),
    }
}

impl Log {
    /// What is under each of `count` numbers from `first` on.
    pub(super) fn read(&self, wire: &impl Wire, first: i64, count: i64) -> Result<Vec<Place>, Trouble> {
        let ids: Vec<String> = (first..first + count).map(|number| number.to_string()).collect();
        let path = format!("{}/_mget", self.name);
        let body = json!({"ids": ids});
        let answer = match wire.send(&reading(Method::Post, &path, &[], Body::Json(&body))) {
            Err(failure) if is_missing(&failure) => return Err(self.gone()),
            Err(failure) if failure.kind == FailureKind::TooLarge && count > 1 => {
                return self.read(wire, first, count / 2);
            }
            answer => parse(&answer.map_err(|failure| needs("read", &self.index, failure))?, &self.index)?,
        };
        let documents = answer.get("docs").and_then(Value::as_array).ok_or_else(|| garbage(&self.index))?;
        let mut places = Vec::with_capacity(documents.len());
        for (number, document) in (first..first + count).zip(documents) {
            places.push(self.place(number, document)?);
        }
        if places.is_empty() { Err(garbage(&self.index)) } else { Ok(places) }
    }

    fn place(&self, number: i64, document: &Value) -> Result<Place, Trouble> {
        if let Some(error) = document.get("error") {
            let word = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or("an error");
            return Err(match word("type") {
                "index_not_found_exception" => self.gone(),
                kind => {
                    Trouble::Log(format!("entry {number} of {} cannot be read: {kind}, {}", self.index, word("reason")))
                }
            });
        }
        match document.get("found").and_then(Value::as_bool) {
            Some(false) => Ok(Place::Free),
            Some(true) => {
                let entry = document.get("_source").and_then(|source| Entry::read(source, number));
                let sequence = document.get("_seq_no").and_then(Value::as_i64);
                Ok(entry.zip(sequence).map_or(Place::Foreign, |(entry, number)| Place::Entry { entry, number }))
            }
            None => Err(garbage(&self.index)),
        }
    }

    /// The sequence number up to which everything is on the disk of every copy of the shard, and stays.
    pub(super) fn settled(&self, wire: &impl Wire) -> Result<i64, Trouble> {
        let path = format!("{}/_stats/docs", self.name);
        let answer = match wire.send(&reading(Method::Get, &path, &[("level", "shards")], Body::None)) {
            Err(failure) if is_missing(&failure) => return Err(self.gone()),
            answer => parse(&answer.map_err(|failure| needs("monitor", &self.index, failure))?, &self.index)?,
        };
        let shards = answer.pointer("/indices").and_then(Value::as_object).and_then(|indices| indices.values().next());
        let copies = shards.and_then(|index| index.pointer("/shards/0")).and_then(Value::as_array);
        let primary =
            copies.into_iter().flatten().find(|copy| copy.pointer("/routing/primary") == Some(&Value::Bool(true)));
        primary
            .and_then(|copy| copy.pointer("/seq_no/global_checkpoint"))
            .and_then(Value::as_i64)
            .ok_or_else(|| Trouble::Log(format!("the shard of {} does not answer: is its node down?", self.index)))
    }

    /// Puts an entry under its number.
    pub(super) fn put(&self, wire: &impl Wire, entry: &Entry) -> Result<Put, Trouble> {
        let path = format!("{}/_create/{}", self.name, entry.number);
        let body = entry.document();
        let named = self.name != self.index;
        let query: &[_] = if named { &[("require_alias", "true"), ("timeout", SHARD)] } else { &[("timeout", SHARD)] };
        let request = Request {
            query,
            body: Body::Json(&body),
            deadline: self.patience,
            repeatable: true,
            ..Request::new(Method::Put, &path)
        };
        match wire.send(&request) {
            Ok(_) => Ok(Put::Acknowledged),
            Err(failure) if failure.kind == FailureKind::Conflict => Ok(Put::Taken),
            Err(failure) if is_missing(&failure) => Err(self.gone()),
            Err(failure) => Err(needs("create_doc", &self.index, failure).into()),
        }
    }

    /// Gives the index of a log the own name of the log.
    pub(super) fn give_name(&self, wire: &impl Wire, name: &str) -> Result<(), Trouble> {
        let body = json!({"actions": [{"add": {"index": self.index, "alias": name}}]});
        wire.send(&reading(Method::Post, "_aliases", &[], Body::Json(&body)))
            .map_err(|failure| needs("manage", &self.index, failure))?;
        Ok(())
    }

    pub(super) fn gone(&self) -> Trouble {
        Trouble::Log(format!(
            "the team's decisions are gone from the cluster: the index {} was deleted, or is another one now. This state \
             has a copy: `watchfloor audit restore` writes them anew",
            self.index
        ))
    }

    pub(super) fn not_as_here(&self, number: i64) -> Trouble {
        Trouble::Log(format!(
            "entry {number} of {} is not the one that follows what this state has a copy of: somebody changed the index. \
             Put it back as it was, or begin anew with another --state",
            self.index
        ))
    }

    pub(super) fn lost(&self, number: i64) -> Trouble {
        Trouble::Log(format!(
            "entry {number} is gone from {}, where nothing may be deleted. This state has a copy: `watchfloor audit \
             restore` writes it anew",
            self.index
        ))
    }
}

fn reading<'r>(method: Method, path: &'r str, query: &'r [(&'r str, &'r str)], body: Body<'r>) -> Request<'r> {
    Request { query, body, deadline: READ, repeatable: true, ..Request::new(method, path) }
}

/// Whether there is no index or alias of that name. A closed one, or a proxy that finds no page, is something else.
pub(super) fn is_missing(failure: &Failure) -> bool {
    failure.error_type.as_deref() == Some("index_not_found_exception")
}

/// Names the privilege that is missing.
pub(super) fn needs(privilege: &str, index: &str, failure: Failure) -> Failure {
    if failure.kind != FailureKind::Forbidden {
        return failure;
    }
    Failure { advice: Some(format!("the key needs the privilege {privilege} on {index}*")), ..failure }
}

pub(super) fn parse(bytes: &[u8], index: &str) -> Result<Value, Trouble> {
    serde_json::from_slice(bytes).map_err(|_| garbage(index))
}

pub(super) fn garbage(index: &str) -> Trouble {
    Trouble::Log(format!("what the cluster answers about {index} is not what a search server sends"))
}
