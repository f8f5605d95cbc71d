//! What each answer that is no success is taken for, and how it is put.

use FailureKind as K;
use ureq::http::HeaderMap;

use super::super::refusal::explain;
use super::*;

fn explained(status: u16, body: &str) -> Failure {
    let answer = Answer { status, headers: HeaderMap::new(), body: body.as_bytes().to_vec(), received: 0 };
    explain(&answer, "cluster prod".to_owned(), "the API key in FILE")
}

fn error(kind: &str, reason: &str) -> String {
    format!(r#"{{"error":{{"root_cause":[],"type":"{kind}","reason":"{reason}"}},"status":0}}"#)
}

/// A search that failed as a whole: what shards said is the reason.
fn shards(reason: &str, kind: &str, why: &str) -> String {
    format!(
        r#"{{"error":{{"root_cause":[{{"type":"{kind}","reason":"{why}"}}],"type":"search_phase_execution_exception","reason":"{reason}","phase":"query","grouped":true,"failed_shards":[{{"shard":0,"index":"logs","reason":{{"type":"{kind}","reason":"{why}","caused_by":{{"type":"x","reason":"y"}}}}}}]}},"status":0}}"#
    )
}

#[test]
fn status_and_type_decide_together() {
    let block = |reason: &str| error("cluster_block_exception", reason);
    let breaker = |durability: &str| {
        format!(
            r#"{{"error":{{"type":"circuit_breaking_exception","reason":"[parent] Data too large","bytes_wanted":1,"durability":"{durability}"}}}}"#
        )
    };
    let cases = [
        (
            429,
            block(
                "index [a] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index has read-only-allow-delete block];",
            ),
            K::DiskFull,
        ),
        (403, block("blocked by: [FORBIDDEN/13/cluster create-index blocked (api)];"), K::DiskFull),
        (403, block("index [a] blocked by: [FORBIDDEN/8/index write (api)];"), K::Blocked),
        (403, block("index [a] blocked by: [FORBIDDEN/7/index read (api)];"), K::Blocked),
        (403, block("blocked by: [FORBIDDEN/6/cluster read-only (api)];"), K::Blocked),
        (503, block("blocked by: [SERVICE_UNAVAILABLE/1/state not recovered / initialized];"), K::Unavailable),
        (403, block("index [a] blocked by: [FORBIDDEN/4/index closed];"), K::NoSuchIndex),
        (429, breaker("TRANSIENT"), K::Busy),
        (503, breaker("TRANSIENT"), K::Busy),
        (429, breaker("PERMANENT"), K::TooLarge),
        (429, error("es_rejected_execution_exception", "rejected execution of coordinating operation"), K::Busy),
        (429, String::new(), K::Busy),
        (500, shards("all shards failed", "rejected_execution_exception", "queue full"), K::Busy),
        (400, error("too_long_http_line_exception", "An HTTP line is larger than 4096 bytes."), K::TooLarge),
        (400, shards("all shards failed", "query_shard_exception", "maxClauseCount is set to 1024"), K::TooLarge),
        (
            500,
            shards("all shards failed", "too_many_nested_clauses", "Query contains too many nested clauses"),
            K::TooLarge,
        ),
        (
            400,
            shards("all shards failed", "illegal_argument_exception", "Result window is too large, from + size"),
            K::TooLarge,
        ),
        (413, "<html>".to_owned(), K::TooLarge),
        (400, error("index_closed_exception", "closed"), K::NoSuchIndex),
        (404, error("index_not_found_exception", "no such index [logs]"), K::NoSuchIndex),
        (404, r#"{"_index":"a","_id":"1","found":false}"#.to_owned(), K::NotFound),
        (404, "<html>".to_owned(), K::NotFound),
        (404, shards("all shards failed", "search_context_missing_exception", "No search context found"), K::NotFound),
        (409, error("version_conflict_engine_exception", "[1]: document already exists"), K::Conflict),
        (400, shards("Partial shards failure", "query_shard_exception", "failed to create query"), K::Incomplete),
        (503, shards("Search rejected due to missing shards [[logs][0]]", "x", "y"), K::Incomplete),
        (503, shards("all shards failed", "no_shard_available_action_exception", "y"), K::Incomplete),
        (
            503,
            r#"{"error":{"root_cause":[],"type":"search_phase_execution_exception","reason":"all shards failed"}}"#
                .to_owned(),
            K::Incomplete,
        ),
        (500, error("time_exceeded_exception", "Time exceeded"), K::Incomplete),
        (400, shards("all shards failed", "query_shard_exception", "No mapping found"), K::Refused),
        (503, error("unavailable_shards_exception", "primary shard is not active"), K::Unavailable),
        (503, "OpenSearch Security not initialized.".to_owned(), K::Unavailable),
        (502, "<html><h1>Bad Gateway".to_owned(), K::Unavailable),
        (500, r#"{"error":"a text"}"#.to_owned(), K::Unavailable),
        (403, r#"{"message":"The security token included in the request is expired"}"#.to_owned(), K::Unauthorized),
        (
            403,
            r#"{"message":"Signature not yet current: 20261126T1 is still later than 2"}"#.to_owned(),
            K::Unauthorized,
        ),
        (403, r#"{"Message":"User: anonymous is not authorized to perform: es:ESHttpGet"}"#.to_owned(), K::Forbidden),
        (405, String::new(), K::Refused),
    ];
    for (status, body, kind) in cases {
        assert_eq!(explained(status, &body).kind, kind, "{status} {body}");
    }
}

#[test]
fn a_sentence_says_what_and_what_to_do() {
    let elastic = "action [indices:data/read/search] is unauthorized for API key id [x] of user [mk] on indices [logs], this action is granted by the index privileges [read,all]";
    let open =
        "no permissions for [indices:data/read/search] and User [name=mk, backend_roles=[], requestedTenant=null]";
    let cases = [
        (
            403,
            error("security_exception", elastic),
            format!(
                "it does not allow this (403: {elastic}); grant one of the index privileges [read,all] to the API key in FILE"
            ),
        ),
        (
            403,
            error("security_exception", open),
            format!(
                "it does not allow this (403: {open}); grant indices:data/read/search to a role of the API key in FILE"
            ),
        ),
        (
            403,
            String::new(),
            "it does not allow this (403); grant the missing privilege to the API key in FILE".to_owned(),
        ),
        (
            403,
            error("security_exception", "current license is non-compliant for [security]"),
            "its license does not allow this (403: current license is non-compliant for [security]); have the cluster's \
             license renewed"
                .to_owned(),
        ),
        (
            403,
            error("cluster_block_exception", "index [a] blocked by: [FORBIDDEN/7/index read (api)];"),
            "it is blocked for this (403: index [a] blocked by: [FORBIDDEN/7/index read (api)];); take the block away: \
             index.blocks of the index, or cluster.blocks"
                .to_owned(),
        ),
        (
            403,
            r#"{"message":"Signature expired: 20261126T080000Z is now earlier than 20261126T095500Z"}"#.to_owned(),
            "it does not accept the time of the signature (403: Signature expired: 20261126T080000Z is now earlier than \
             20261126T095500Z); set this machine's clock: timedatectl set-ntp true"
                .to_owned(),
        ),
        (
            404,
            error("index_not_found_exception", "no such index [logs]"),
            "there is no such index (404: no such index [logs]); check index in the configuration".to_owned(),
        ),
        (
            404,
            "<html>".to_owned(),
            "nothing is found at this path (404); check whether url needs a path, or is that of another service"
                .to_owned(),
        ),
        (
            400,
            shards("all shards failed", "query_shard_exception", "No mapping found for [x]"),
            "it does not take the request (400: No mapping found for [x])".to_owned(),
        ),
        (
            503,
            "OpenSearch Security not initialized.".to_owned(),
            "it cannot answer at this moment (503: OpenSearch Security not initialized.)".to_owned(),
        ),
        (502, "<html><h1>Bad Gateway".to_owned(), "it cannot answer at this moment (502)".to_owned()),
        (413, String::new(), "the request is larger than it takes (413)".to_owned()),
    ];
    for (status, body, expected) in cases {
        assert_eq!(explained(status, &body).to_string(), format!("cluster prod: {expected}"));
    }
}

#[test]
fn who_sent_no_key_is_told_to_name_one() {
    let answer = Answer { status: 403, headers: HeaderMap::new(), body: Vec::new(), received: 0 };
    let failure = explain(&answer, "cluster prod".to_owned(), refusal::NO_SECRET);
    assert_eq!(failure.advice.unwrap(), "name api_key_file, or user and password_file, in the configuration");
}

#[test]
fn texts_of_a_server_are_visible_and_short() {
    let failure = explained(400, &error(r"a\u001b[2J", &format!(r"\u202e{}", "x".repeat(10_000))));
    assert_eq!(failure.error_type.as_deref(), Some("a\\x1b[2J"));
    assert!(failure.what.starts_with("it does not take the request (400: \\u{202e}xxx"), "{}", failure.what);
    assert!(failure.what.ends_with("x…)") && failure.what.len() < 400, "{}", failure.what.len());
    // Deeper than any real one.
    let mut deep = r#"{"type":"x","reason":"y"}"#.to_owned();
    for _ in 0..100 {
        deep = format!(r#"{{"type":"x","reason":"y","caused_by":{deep}}}"#);
    }
    assert_eq!(explained(400, &format!(r#"{{"error":{deep}}}"#)).kind, K::Refused);
    assert_eq!(explained(400, &"[".repeat(100_000)).kind, K::Refused);
}
