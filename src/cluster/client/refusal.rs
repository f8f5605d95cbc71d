//! What a status and an error in an answer mean. `error` may be an object, a string, HTML or nothing; one status means
//! several things (429: busy, out of memory, or out of disk), and so does one type.

use std::time::Duration;

use chrono::DateTime;
use memchr::memmem;
use serde_json::Value;
use ureq::http::{HeaderMap, header};

use super::super::failure::{Failure, FailureKind};
use super::wire::Answer;
use crate::text::visible;

/// The longest text of a server in a message, in characters.
const TEXT: usize = 300;

/// The longest that a server may make us wait.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// What nginx says, in a page, to one who speaks without TLS.
const HTTPS_PORT: &[u8] = b"plain HTTP request was sent to HTTPS port";

/// What Amazon says of a signature whose time is not its own.
const CLOCK: [&str; 2] = ["Signature expired", "Signature not yet current"];

/// Errors inside errors that are looked at.
const ERRORS: usize = 64;

/// An error of the server: the outermost with what caused it, and what shards said.
#[derive(Debug, Default)]
struct Told {
    /// The outermost first.
    types: Vec<String>,
    reasons: Vec<String>,
    durability: Option<String>,
}

impl Told {
    fn of(body: &[u8]) -> Self {
        let mut told = Self::default();
        let Ok(value) = serde_json::from_slice::<Value>(body) else {
            if let Some(text) = plain(body) {
                told.reasons.push(text);
            }
            return told;
        };
        match value.get("error") {
            Some(error) => told.take(error),
            // Amazon's own words in front of a cluster.
            None => told
                .reasons
                .extend(["message", "Message"].iter().filter_map(|key| Some(value.get(key)?.as_str()?.into()))),
        }
        told
    }

    fn take(&mut self, error: &Value) {
        if self.types.len() + self.reasons.len() > ERRORS {
            return;
        }
        let text = |key: &str| error.get(key).and_then(Value::as_str).map(str::to_owned);
        if let Value::String(reason) = error {
            self.reasons.push(reason.clone());
        }
        self.types.extend(text("type"));
        self.reasons.extend(text("reason"));
        self.durability = self.durability.take().or_else(|| text("durability"));
        for key in ["root_cause", "failed_shards"] {
            for inner in error.get(key).and_then(Value::as_array).into_iter().flatten() {
                self.take(inner);
            }
        }
        // Of a shard, `reason` is an error of its own.
        for key in ["caused_by", "reason"] {
            if let Some(inner @ Value::Object(_)) = error.get(key) {
                self.take(inner);
            }
        }
    }

    fn is(&self, types: &[&str]) -> bool {
        self.types.iter().any(|kind| types.contains(&kind.as_str()))
    }

    fn says(&self, words: &[&str]) -> bool {
        self.reasons.iter().any(|reason| words.iter().any(|word| reason.contains(word)))
    }

    /// The most telling reason: the innermost that is not only a frame around others.
    fn reason(&self) -> Option<&str> {
        let frame = |reason: &&String| matches!(reason.as_str(), "all shards failed" | "Partial shards failure" | "");
        self.reasons.iter().find(|reason| !frame(reason)).or(self.reasons.first()).map(String::as_str)
    }
}

/// A short text that is neither JSON nor a page.
fn plain(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?.trim();
    (!text.is_empty() && text.len() <= TEXT && !text.contains(['<', '{'])).then(|| text.to_owned())
}

fn shown(text: &str) -> String {
    let visible = visible(text);
    let mut shown: String = visible.chars().take(TEXT).collect();
    if shown.len() < visible.len() {
        shown.push('…');
    }
    shown
}

/// The failure that this answer is. `secret` is where the credentials come from, in words.
pub(super) fn explain(answer: &Answer, place: String, secret: &str) -> Failure {
    let (status, told) = (answer.status, Told::of(&answer.body));
    let kind = if status == 400 && memmem::find(&answer.body, HTTPS_PORT).is_some() {
        FailureKind::Tls
    } else {
        kind(status, &told)
    };
    let (what, advice) = words(kind, answer, &told, secret);
    Failure {
        kind,
        status: Some(status),
        error_type: told.types.first().map(|kind| shown(kind)),
        what,
        place,
        advice,
        retry_after: retry_after(&answer.headers),
    }
}

fn kind(status: u16, told: &Told) -> FailureKind {
    use FailureKind as K;
    if matches!(status, 300..400) {
        return K::Redirected;
    }
    // Amazon says 403 of keys that it does not know and of those that expired.
    let of_amazon = ["security token included in the request", "request signature we calculated"];
    if status == 401 || (status == 403 && (told.says(&of_amazon) || told.says(&CLOCK))) {
        return K::Unauthorized;
    }
    if told.is(&["cluster_block_exception"]) && told.says(&["/12/", "FORBIDDEN/13", "disk usage exceeded"]) {
        return K::DiskFull;
    }
    if told.is(&["index_closed_exception"]) || told.says(&["/4/index closed"]) {
        return K::NoSuchIndex;
    }
    if status == 403 && told.is(&["cluster_block_exception"]) {
        return K::Blocked;
    }
    if told.is(&["circuit_breaking_exception"]) {
        return if told.durability.as_deref() == Some("PERMANENT") { K::TooLarge } else { K::Busy };
    }
    let long = told.is(&[
        "too_long_http_line_exception",
        "too_long_http_header_exception",
        "too_long_http_content_exception",
        "too_many_clauses",
        "too_many_nested_clauses",
        "too_many_buckets_exception",
        "stack_overflow_error",
    ]);
    if long
        || matches!(status, 413 | 414 | 431)
        || told.says(&["maxClauseCount", "max_clause_count", "Result window is too large", "too many clauses"])
    {
        return K::TooLarge;
    }
    if told.is(&["index_not_found_exception"]) {
        return K::NoSuchIndex;
    }
    if told.is(&["time_exceeded_exception", "no_shard_available_action_exception"])
        || told.says(&["Partial shards failure", "missing shards"])
        || (status == 503 && told.is(&["search_phase_execution_exception"]))
    {
        return K::Incomplete;
    }
    if told.is(&["es_rejected_execution_exception", "rejected_execution_exception"]) {
        return K::Busy;
    }
    match status {
        403 => K::Forbidden,
        404 => K::NotFound,
        408 | 500 | 502 | 503 | 504 => K::Unavailable,
        409 => K::Conflict,
        429 => K::Busy,
        200..300 => K::Garbage,
        _ => K::Refused,
    }
}

fn words(kind: FailureKind, answer: &Answer, told: &Told, secret: &str) -> (String, Option<String>) {
    use FailureKind as K;
    let status = answer.status;
    let reason = told.reason().map(shown);
    let with = |what: &str| match &reason {
        Some(reason) => format!("{what} ({status}: {reason})"),
        None => format!("{what} ({status})"),
    };
    let advice = |advice: &str| Some(advice.to_owned());
    match kind {
        K::Redirected => (
            format!("it answers that the cluster is somewhere else ({status}), which is not followed"),
            advice("write the address of the cluster itself in url"),
        ),
        K::Unauthorized if told.says(&CLOCK) => (
            with("it does not accept the time of the signature"),
            advice("set this machine's clock: timedatectl set-ntp true"),
        ),
        K::Unauthorized => (format!("it does not accept {secret} ({status})"), Some(renewal(secret))),
        K::Forbidden if told.says(&["license"]) => {
            (with("its license does not allow this"), advice("have the cluster's license renewed"))
        }
        K::Blocked => (
            with("it is blocked for this"),
            advice("take the block away: index.blocks of the index, or cluster.blocks"),
        ),
        K::Forbidden => (with("it does not allow this"), Some(privilege(told, secret))),
        K::DiskFull => (with("the cluster's disk is full"), advice("free space on its nodes")),
        K::NoSuchIndex if told.is(&["index_closed_exception"]) || told.says(&["/4/index closed"]) => {
            (with("the index is closed"), advice("open it on the cluster"))
        }
        K::NoSuchIndex => (with("there is no such index"), advice("check index in the configuration")),
        K::NotFound if told.types.is_empty() && !answer.body.starts_with(b"{") => (
            format!("nothing is found at this path ({status})"),
            advice("check whether url needs a path, or is that of another service"),
        ),
        K::NotFound => (with("it is not there"), None),
        K::Busy => (with("it is busy"), None),
        K::Unavailable => (with("it cannot answer at this moment"), None),
        K::TooLarge => (with("the request is larger than it takes"), None),
        K::Conflict => (with("somebody else was first"), None),
        K::Incomplete => (with("its answer would leave something out"), advice("check the health of its shards")),
        K::Tls => (format!("it expects TLS ({status})"), advice("write https:// in url")),
        _ => (with("it does not take the request"), None),
    }
}

fn renewal(secret: &str) -> String {
    if secret == NO_SECRET {
        "name api_key_file, or user and password_file, in the configuration".to_owned()
    } else {
        "correct it; a new one is taken without a restart".to_owned()
    }
}

/// How a request without credentials is called in a message.
pub(super) const NO_SECRET: &str = "a request without credentials";

/// What to grant, as far as the server says it.
fn privilege(told: &Told, secret: &str) -> String {
    if secret == NO_SECRET {
        return renewal(secret);
    }
    for reason in &told.reasons {
        // Elasticsearch: "…, this action is granted by the index privileges [read,all]".
        if let Some((_, tail)) = reason.split_once("granted by the ")
            && let Some((what, tail)) = tail.split_once(" [")
            && let Some((names, _)) = tail.split_once(']')
        {
            return format!("grant one of the {} [{}] to {secret}", shown(what), shown(names));
        }
        // OpenSearch: "no permissions for [indices:data/read/search] and User […".
        if let Some((_, tail)) = reason.split_once("no permissions for [")
            && let Some((names, _)) = tail.split_once(']')
        {
            return format!("grant {} to a role of {secret}", shown(names));
        }
    }
    format!("grant the missing privilege to {secret}")
}

/// In seconds, or as a date, which counts from the date of the answer: clocks may differ.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name)?.to_str().ok();
    let value = text(header::RETRY_AFTER)?.trim();
    let wait = match value.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let then = DateTime::parse_from_rfc2822(value).ok()?;
            let now = DateTime::parse_from_rfc2822(text(header::DATE)?.trim()).ok()?;
            then.signed_duration_since(now).to_std().unwrap_or_default()
        }
    };
    Some(wait.min(LONGEST_WAIT))
}
