//! What is asked of a cluster.

use std::fmt;
use std::time::Duration;

use serde_json::Value;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Get,
    Head,
    Post,
    Put,
    Delete,
}

/// What a request carries.
#[derive(Debug, Clone, Copy)]
pub enum Body<'b> {
    None,
    Json(&'b Value),
    /// NDJSON, for `_bulk` and `_msearch`.
    Lines(&'b [u8]),
}

/// An answer of more bytes than this is not read to its end.
pub const LARGEST_ANSWER: usize = 256 << 20;

/// A request; [`Self::new`] with the usual, of which a caller changes what it wants otherwise.
#[derive(Clone, Copy)]
pub struct Request<'r> {
    pub method: Method,
    /// Below the profile's address, percent-encoded, without a slash in front: `_search`, `logs-*/_search`.
    pub path: &'r str,
    /// Not yet encoded.
    pub query: &'r [(&'r str, &'r str)],
    pub body: Body<'r>,
    /// How long the whole request may take, retries included.
    pub deadline: Duration,
    /// Whether it may be sent again when nobody knows if it was done: reading, and writes that are recognised.
    pub repeatable: bool,
    /// The most bytes that the answer may have, unpacked.
    pub most: usize,
    /// Asked many times a second while the request waits: true ends it at once, with `FailureKind::Stopped`.
    pub stop: Option<&'r (dyn Fn() -> bool + Sync)>,
}

impl<'r> Request<'r> {
    /// Half a minute, no body, and repeatable when it asks (`GET`, `HEAD`).
    #[must_use]
    pub fn new(method: Method, path: &'r str) -> Self {
        Self {
            method,
            path,
            query: &[],
            body: Body::None,
            deadline: Duration::from_secs(30),
            repeatable: matches!(method, Method::Get | Method::Head),
            most: LARGEST_ANSWER,
            stop: None,
        }
    }
}

impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("query", &self.query)
            .field("body", &self.body)
            .field("deadline", &self.deadline)
            .field("repeatable", &self.repeatable)
            .field("most", &self.most)
            .finish_non_exhaustive()
    }
}
