//! Reads the answer to a search: whether it is whole, and its hits as they stand. HTTP 200 says nothing of the shards that
//! did not answer, and neither does `failed`: a shard without a living copy is counted nowhere but in `total`.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::split::{elements, members};
use super::{Failure, FailureKind, Hit};
use crate::text::visible;

/// A whole answer.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub(super) hits: Vec<Found>,
    /// Documents that matched; the hits are the first of them.
    pub(super) total: Option<u64>,
    /// Shards that answered.
    pub(super) shards: u64,
    /// By name: the aggregations.
    pub(super) aggregations: Value,
}

/// A document of an answer.
#[derive(Debug)]
pub(super) struct Found {
    /// Its source is empty where the server sent none.
    pub(super) hit: Hit,
    pub(super) term: u64,
    /// Its first sort value.
    pub(super) sort: Option<i64>,
}

#[derive(Deserialize)]
struct Shards {
    total: u64,
    successful: u64,
    #[serde(default)]
    failed: u64,
    #[serde(default)]
    failures: Vec<Value>,
}

/// Reads one answer.
///
/// # Errors
/// [`FailureKind::Garbage`] for what is no answer, [`FailureKind::Incomplete`] for one that leaves something out.
pub(super) fn read(bytes: &[u8], place: &str) -> Result<Answer, Failure> {
    let fail = |kind, what: String| Failure::new(kind, place.to_owned(), what);
    let garbage = || fail(FailureKind::Garbage, "the answer is not that of a search".to_owned());
    let (mut shards, mut timed_out, mut clusters, mut hits, mut aggregations) = (None, None, None, None, None);
    let mut early = false;
    members(bytes, |key, value| match key {
        b"_shards" => shards = serde_json::from_slice::<Shards>(value).ok(),
        b"timed_out" => timed_out = serde_json::from_slice::<bool>(value).ok(),
        b"terminated_early" => early = value == b"true",
        b"_clusters" => clusters = serde_json::from_slice::<Value>(value).ok(),
        b"hits" => hits = Some(value),
        b"aggregations" => aggregations = serde_json::from_slice::<Value>(value).ok(),
        _ => {}
    })
    .ok_or_else(garbage)?;
    let (Some(shards), Some(timed_out), Some(hits)) = (shards, timed_out, hits) else { return Err(garbage()) };
    if timed_out {
        return Err(fail(FailureKind::Incomplete, "the server ran out of the time that it gives a search".to_owned()));
    }
    if early {
        return Err(fail(FailureKind::Incomplete, "the server ended the search before its end".to_owned()));
    }
    if shards.successful != shards.total || shards.failed > 0 || !shards.failures.is_empty() {
        let missing = shards.total.saturating_sub(shards.successful).max(shards.failed);
        let reason = shards.failures.iter().find_map(|failure| failure.pointer("/reason/reason")?.as_str());
        let reason = reason.map(|reason| format!(": {}", visible(reason).chars().take(200).collect::<String>()));
        let (total, reason) = (shards.total, reason.unwrap_or_default());
        return Err(fail(FailureKind::Incomplete, format!("{missing} of {total} shards did not answer{reason}")));
    }
    if clusters.is_some_and(|clusters| clusters["skipped"].as_u64().unwrap_or(0) > 0) {
        return Err(fail(FailureKind::Incomplete, "a remote cluster was left out".to_owned()));
    }
    let mut answer =
        Answer { shards: shards.total, aggregations: aggregations.unwrap_or_default(), ..Answer::default() };
    // An answer that lists nothing says so.
    let mut broken = true;
    let mut names: Vec<Arc<str>> = Vec::new();
    members(hits, |key, value| match key {
        b"total" => answer.total = total(value),
        b"hits" => {
            let mut all = true;
            let read = elements(value, |hit| match found(hit, &mut names) {
                Some(found) => answer.hits.push(found),
                None => all = false,
            });
            broken = !all || read.is_none();
        }
        _ => {}
    })
    .filter(|()| !broken)
    .ok_or_else(garbage)?;
    Ok(answer)
}

/// A string as far as it can be read.
fn text(value: &[u8]) -> String {
    serde_json::from_slice(value)
        .unwrap_or_else(|_| String::from_utf8_lossy(value.trim_ascii()).trim_matches('"').into())
}

fn total(value: &[u8]) -> Option<u64> {
    let value: Value = serde_json::from_slice(value).ok()?;
    value.as_u64().or_else(|| value["value"].as_u64())
}

/// One hit; `names` holds those of the indices seen so far, so that each is kept once.
fn found(hit: &[u8], names: &mut Vec<Arc<str>>) -> Option<Found> {
    let (mut index, mut id, mut number, mut term, mut source, mut sort) = (None, None, None, None, None, None);
    members(hit, |key, value| match key {
        b"_index" => index = serde_json::from_slice::<String>(value).ok(),
        b"_id" => id = Some(text(value)),
        b"_seq_no" => number = serde_json::from_slice::<i64>(value).ok(),
        b"_primary_term" => term = serde_json::from_slice::<u64>(value).ok(),
        b"_source" => source = Some(value),
        b"sort" => sort = serde_json::from_slice::<Vec<Value>>(value).ok().and_then(|values| values.first()?.as_i64()),
        _ => {}
    })?;
    let index = index?;
    let name = names.iter().find(|name| ***name == *index).cloned().unwrap_or_else(|| {
        names.push(index.into());
        names[names.len() - 1].clone()
    });
    Some(Found {
        hit: Hit { index: name, id: id?.into(), source: source.unwrap_or_default().to_vec(), number },
        term: term.unwrap_or(0),
        sort,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(shards: &str, rest: &str) -> String {
        format!(
            r#"{{"took":1,"timed_out":false,"_shards":{shards},"hits":{{"total":{{"value":7,"relation":"eq"}},"hits":[{rest}]}}}}"#
        )
    }

    #[test]
    fn a_hit_that_no_parser_takes_costs_nothing_around_it() {
        let hits = r#"{"_index":"a","_id":"1","_seq_no":3,"_primary_term":2,"_score":null,"_source":{"k":"\ud800"},"sort":[3]},
            {"_index":"a","_id":"2","_seq_no":4,"_primary_term":2,"_source":{"k":1e400}},{"_index":"a","_id":"\u0033"},
            {"_index":"a","_id":"\ud800","_seq_no":99999999999999999999}"#;
        let read = read(answer(r#"{"total":2,"successful":2,"skipped":1,"failed":0}"#, hits).as_bytes(), "").unwrap();
        let hits: Vec<_> =
            read.hits.iter().map(|f| (&*f.hit.id, f.hit.number, f.term, f.hit.source.is_empty())).collect();
        assert_eq!(
            hits,
            [("1", Some(3), 2, false), ("2", Some(4), 2, false), ("3", None, 0, true), ("\\ud800", None, 0, true)]
        );
        assert_eq!(read.hits[0].hit.source, br#"{"k":"\ud800"}"#);
        assert_eq!((read.total, read.shards), (Some(7), 2));
    }

    #[test]
    fn an_answer_that_leaves_something_out_is_none() {
        let kind = |text: &str| read(text.as_bytes(), "cluster prod").map(|_| ()).map_err(|failure| failure.kind);
        let whole = answer(r#"{"total":2,"successful":2,"skipped":0,"failed":0}"#, "");
        assert_eq!(kind(&whole), Ok(()));
        // What OpenSearch says of a shard without a living copy.
        let dead = answer(r#"{"total":3,"successful":2,"skipped":0,"failed":0}"#, "");
        assert_eq!(kind(&dead), Err(FailureKind::Incomplete));
        let failed =
            r#"{"total":2,"successful":1,"failed":1,"failures":[{"index":"b","reason":{"reason":"no long\u001b"}}]}"#;
        let failed = read(answer(failed, "").as_bytes(), "cluster prod").unwrap_err();
        assert_eq!(failed.what, "1 of 2 shards did not answer: no long\\x1b");
        assert_eq!(kind(&whole.replace("false", "true")), Err(FailureKind::Incomplete));
        assert_eq!(kind(&whole[..whole.len() - 9]), Err(FailureKind::Garbage));
        assert_eq!(
            kind(&whole.replace("\"_shards\"", "\"terminated_early\":true,\"_shards\"")),
            Err(FailureKind::Incomplete)
        );
        // A proxy that lets only some keys through: what is not listed may be there.
        assert_eq!(kind(&whole.replace(",\"hits\":[]", "")), Err(FailureKind::Garbage));
        assert_eq!(kind(&whole.replace("\"hits\":[]", "\"hits\":null")), Err(FailureKind::Garbage));
        assert_eq!(kind(&whole.replace("\"successful\":2", "\"successful\":\"2\"")), Err(FailureKind::Garbage));
        assert_eq!(
            kind(&whole.replace("\"successful\":2", "\"successful\":1,\"successful\":2")),
            Err(FailureKind::Garbage)
        );
        assert_eq!(kind("{}"), Err(FailureKind::Garbage));
        assert_eq!(kind(r#"{"error":{"type":"x"},"status":400}"#), Err(FailureKind::Garbage));
    }
}
