//! Why a cluster did not answer, or not wholly.

use std::fmt;
use std::time::Duration;

/// What kind of failure it is, decided by the status and the server's `error.type` together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// A secret, certificate or address of the profile cannot be used.
    Configuration,
    /// No connection, or it broke.
    Unreachable,
    /// The certificate is not accepted, or one side speaks no TLS.
    Tls,
    /// 401.
    Unauthorized,
    /// 403.
    Forbidden,
    /// 403 as the index or the cluster is blocked for such requests, whoever asks.
    Blocked,
    /// The index is not there, or closed.
    NoSuchIndex,
    /// 404 of something else: a document, a path.
    NotFound,
    /// 429 of a server that is busy.
    Busy,
    /// 429 or 403 as the disk is full.
    DiskFull,
    /// 502, 503, 504.
    Unavailable,
    /// The request or the answer is larger than the server or this program takes: ask for less.
    TooLarge,
    /// 409.
    Conflict,
    /// The answer leaves something out: shards, or time.
    Incomplete,
    /// The server does not take the request as it is.
    Refused,
    /// It did not answer in time.
    Timeout,
    /// 301, 302, 307, 308: not followed.
    Redirected,
    /// The answer is not what a search server sends.
    Garbage,
    /// A version, an edition or a feature that is not supported.
    Unsupported,
    /// Nobody waits for the answer any more.
    Stopped,
}

impl FailureKind {
    /// Whether it may pass by itself, so that trying again later makes sense.
    #[must_use]
    pub fn may_pass(self) -> bool {
        !matches!(self, Self::Configuration | Self::Refused | Self::Unsupported | Self::Stopped)
    }

    /// Whether it may pass within moments, without anybody doing anything about it.
    #[must_use]
    pub fn passes_soon(self) -> bool {
        self.may_pass()
            && !matches!(
                self,
                Self::Tls | Self::Unauthorized | Self::Forbidden | Self::Blocked | Self::Redirected | Self::NotFound
            )
    }

    /// Whether it may be this node alone, so that the next request goes to another one.
    pub(super) fn is_of_node(self) -> bool {
        matches!(
            self,
            Self::Unreachable
                | Self::Tls
                | Self::Unauthorized
                | Self::Unavailable
                | Self::Timeout
                | Self::Redirected
                | Self::Garbage
        )
    }
}

/// Why a request did not do what it should. Displays as one sentence: what, where and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub kind: FailureKind,
    pub status: Option<u16>,
    /// The server's `error.type`, where it sent one.
    pub error_type: Option<String>,
    /// What happened, without the place; made visible, bounded.
    pub what: String,
    /// The cluster's name in the configuration and the address asked, without secrets.
    pub place: String,
    /// What to do about it, when there is something.
    pub advice: Option<String>,
    /// How long the server asks to wait before the next request.
    pub retry_after: Option<Duration>,
}

impl Failure {
    #[must_use]
    pub fn new(kind: FailureKind, place: impl Into<String>, what: impl Into<String>) -> Self {
        Self {
            kind,
            status: None,
            error_type: None,
            what: what.into(),
            place: place.into(),
            advice: None,
            retry_after: None,
        }
    }

    /// Whether the answer was more than this program reads at once, rather than the question more than the server takes.
    pub(super) fn is_long_answer(&self) -> bool {
        self.kind == FailureKind::TooLarge && self.status.is_none()
    }

    #[must_use]
    pub fn advise(self, advice: impl Into<String>) -> Self {
        Self { advice: Some(advice.into()), ..self }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)?;
        self.advice.as_ref().map_or(Ok(()), |advice| write!(f, "; {advice}"))
    }
}

impl std::error::Error for Failure {}
