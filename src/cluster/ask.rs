//! How this room asks a cluster: with the deadlines of reading, and so that an answer that leaves something out is none.

use std::time::Duration;

use serde_json::Value;

use super::answer::{self, Answer, Found};
use super::{Body, Client, Failure, FailureKind, LARGEST_ANSWER, Method, Request};

/// How long one question may take, retries included.
const DEADLINE: Duration = Duration::from_secs(30);
/// The most bytes of one page, unpacked. A single document may be larger.
const PAGE: usize = 64 << 20;

/// Asks, until nobody waits for the answer any more.
#[derive(Clone, Copy)]
pub(super) struct Asker<'a> {
    pub(super) client: &'a Client,
    pub(super) stop: &'a (dyn Fn() -> bool + Sync),
}

/// A search over `names`, an address's list of indices.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Search<'a> {
    pub(super) names: &'a str,
    /// Of all these indices, this shard alone.
    pub(super) shard: Option<u32>,
    pub(super) body: &'a Value,
    /// Whether the one document that it asks for may be of any size.
    pub(super) any_size: bool,
}

impl Asker<'_> {
    pub(super) fn failure(&self, kind: FailureKind, what: String) -> Failure {
        Failure::new(kind, format!("cluster {}", self.client.name()), what)
    }

    pub(super) fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Value, Failure> {
        self.send(Method::Get, path, query, Body::None, PAGE).and_then(|bytes| self.json(&bytes))
    }

    /// A whole answer.
    pub(super) fn search(&self, search: &Search<'_>) -> Result<Answer, Failure> {
        let path = format!("{}/_search", search.names);
        let preference = search.shard.map(|shard| format!("_shards:{shard}"));
        let mut query = vec![("allow_partial_search_results", "false"), ("ignore_unavailable", "true")];
        query.extend(preference.as_deref().map(|shard| ("preference", shard)));
        if self.client.passes_pipelines() {
            query.push(("search_pipeline", "_none"));
        }
        let most = if search.any_size { LARGEST_ANSWER } else { PAGE };
        let bytes = self.send(Method::Post, &path, &query, Body::Json(search.body), most)?;
        answer::read(&bytes, &format!("cluster {}", self.client.name()))
    }

    /// Whether these documents come with what it takes to read on.
    pub(super) fn check<'f>(
        &self,
        found: impl IntoIterator<Item = &'f Found>,
        with_source: bool,
    ) -> Result<(), Failure> {
        let mut found = found.into_iter();
        let fault = found.find_map(|Found { hit, .. }| match hit.number {
            None | Some(..0) => Some((
                "its documents have no sequence numbers, by which it is read",
                "reindex it in a version of the server that is supported",
            )),
            _ if with_source && hit.source.is_empty() => Some((
                "it sends documents without `_source`",
                "check whether its mapping keeps that, and which fields the key may see",
            )),
            _ => None,
        });
        match fault {
            Some((what, advice)) => Err(self.failure(FailureKind::Garbage, what.to_owned()).advise(advice)),
            None => Ok(()),
        }
    }

    fn json(&self, bytes: &[u8]) -> Result<Value, Failure> {
        serde_json::from_slice(bytes)
            .map_err(|error| self.failure(FailureKind::Garbage, format!("the answer is no JSON: {error}")))
    }

    fn send(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: Body<'_>,
        most: usize,
    ) -> Result<Vec<u8>, Failure> {
        let stop: Option<&(dyn Fn() -> bool + Sync)> = Some(self.stop);
        let request =
            Request { query, body, deadline: DEADLINE, repeatable: true, most, stop, ..Request::new(method, path) };
        self.client.send(&request)
    }
}

/// Whether a failure says nothing of the shards that were asked.
pub(super) fn concerns_all(failure: &Failure) -> bool {
    matches!(
        failure.kind,
        FailureKind::Configuration
            | FailureKind::Unreachable
            | FailureKind::Tls
            | FailureKind::Unauthorized
            | FailureKind::Redirected
            | FailureKind::Unsupported
            | FailureKind::Stopped
    )
}

/// Whether one of the names that were asked for may be kept from this key, or from everybody, and the others not.
pub(super) fn concerns_names(failure: &Failure) -> bool {
    matches!(failure.kind, FailureKind::Forbidden | FailureKind::Blocked)
}

/// Whether it may be the question that a server does not take, rather than an index that does not answer.
pub(super) fn concerns_question(failure: &Failure) -> bool {
    match failure.kind {
        FailureKind::Refused | FailureKind::Incomplete => true,
        // Else the answer was too large.
        FailureKind::TooLarge => failure.error_type.as_deref().is_some_and(|kind| kind != "circuit_breaking_exception"),
        // OpenSearch: 500 for too many clauses.
        FailureKind::Unavailable => failure.error_type.as_deref() == Some("too_many_nested_clauses"),
        _ => false,
    }
}
