//! The questions that other threads ask the store. An enum rather than a closure over [`Store`], so that a second store,
//! a search cluster, can answer the same questions.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use crossbeam_channel::Sender;

use super::{AlertRecords, Documented, FirstSeenKind, Store, StoreError};
use crate::detect::{Alert, AlertId, Closing, Hit, Remembering};
use crate::triage::AlertRow;

/// Where the answer goes. Whoever asked may be gone by then.
pub type Reply<T> = Sender<Result<T, StoreError>>;

/// A question, and where its answer goes.
#[derive(Debug)]
pub enum StoreQuery {
    /// See [`Store::alert`].
    Alert(AlertId, Reply<Option<Alert>>),
    /// At most `limit` documents of alerts that arrived before number `before`: see [`Store::documents`].
    Documents { before: Option<i64>, limit: usize, reply: Reply<Vec<Documented>> },
    /// The documents of those of these alerts that are in the state.
    DocumentsOf(Vec<AlertId>, Reply<Vec<Documented>>),
    /// See [`Store::earlier`].
    Earlier {
        action: String,
        actor: Option<String>,
        bucket: Option<String>,
        time: DateTime<Utc>,
        limit: usize,
        reply: Reply<Vec<AlertRow>>,
    },
    /// Those of these alerts that are in the state, each with its record.
    Records(Vec<AlertId>, Reply<Vec<AlertRecords>>),
    /// [`Store::first_seen`] for each of these values.
    FirstSeen(Vec<(FirstSeenKind, String)>, Reply<Vec<Option<DateTime<Utc>>>>),
    /// See [`Store::seen_since`].
    SeenSince(FirstSeenKind, Reply<Option<DateTime<Utc>>>),
    /// See [`Store::closings`].
    Closings(Reply<Vec<Closing>>),
    /// [`Store::closing`] for each of these alerts.
    ClosingsOf(HashSet<AlertId>, Reply<Vec<(AlertId, Option<Closing>)>>),
    /// See [`Store::register_rules`], which writes.
    RegisterRules { rules: Vec<Remembering>, fresh: bool, reply: Reply<Vec<bool>> },
    /// See [`Store::hits`].
    Hits(Vec<String>, Reply<Vec<Hit<()>>>),
}

impl Store {
    pub fn answer(&mut self, query: StoreQuery) {
        match query {
            StoreQuery::Alert(id, reply) => give(&reply, self.alert(&id)),
            StoreQuery::Documents { before, limit, reply } => give(&reply, self.documents(before, limit)),
            StoreQuery::DocumentsOf(ids, reply) => {
                give(&reply, ids.iter().filter_map(|id| self.document(id).transpose()).collect());
            }
            StoreQuery::Earlier { action, actor, bucket, time, limit, reply } => {
                give(&reply, self.earlier(&action, actor.as_deref(), bucket.as_deref(), time, limit));
            }
            StoreQuery::Records(ids, reply) => {
                give(&reply, ids.iter().filter_map(|id| self.record_of(id).transpose()).collect());
            }
            StoreQuery::FirstSeen(values, reply) => {
                give(&reply, values.iter().map(|(kind, value)| self.first_seen(*kind, value)).collect());
            }
            StoreQuery::SeenSince(kind, reply) => give(&reply, self.seen_since(kind)),
            StoreQuery::Closings(reply) => give(&reply, self.closings()),
            StoreQuery::ClosingsOf(ids, reply) => {
                give(&reply, ids.into_iter().map(|id| Ok((id.clone(), self.closing(&id)?))).collect());
            }
            StoreQuery::RegisterRules { rules, fresh, reply } => give(&reply, self.register_rules(&rules, fresh)),
            StoreQuery::Hits(fingerprints, reply) => give(&reply, self.hits(&fingerprints)),
        }
    }
}

fn give<T>(reply: &Reply<T>, answer: Result<T, StoreError>) {
    let _ = reply.send(answer);
}
