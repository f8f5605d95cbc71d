//! Sends requests to one cluster, and says in one sentence why one got no answer.
//!
//! [`Client::send`] is all there is: it asks a node, again after a while where that may help, the next node where one
//! does not answer, and ends at the deadline whatever the server does. An answer is bounded in bytes; redirects are not
//! followed; what a server says is only shown after [`crate::text::visible`].

mod address;
mod aws;
mod broken;
mod problem;
mod refusal;
mod request;
mod root;
mod secret;
mod tls;
mod traffic;
mod wire;

#[cfg(test)]
mod tests;

use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use self::address::{Address, Nodes};
use self::broken::{Arrived, Scene};
use self::problem::Problem;
use self::secret::Keys;
use self::traffic::Counters;
use self::wire::{Answer, Lines, Parcel};
use super::failure::{Failure, FailureKind};
use super::profile::Profile;
use super::vendor::Vendor;
use crate::text::visible;

pub use self::request::{Body, LARGEST_ANSWER, Method, Request};
pub use self::traffic::Traffic;

/// The first pause before a request is sent again; each further one is twice as long, up to [`LONGEST_PAUSE`].
const PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How often every node is tried before a cluster counts as out of reach: one that answered before may only be starting
/// again, an address where nobody ever answered may be wrong.
const ROUNDS: usize = 6;
const ROUNDS_AT_FIRST: usize = 3;

/// A client of one cluster. Clones share its connections; each request that is under way has its own.
#[derive(Debug, Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    name: String,
    profile: Profile,
    nodes: Nodes,
    keys: Keys,
    lines: Lines,
    counters: Counters,
    /// Who answers, as far as any answer told.
    vendor: OnceLock<Vendor>,
    /// What `GET /` told: a version that is supported.
    greeted: OnceLock<Vendor>,
    /// Whether anybody ever answered.
    known: AtomicBool,
}

impl Client {
    /// A client of the cluster with this name in the configuration. Opens no connection yet.
    ///
    /// # Errors
    /// [`FailureKind::Configuration`] when the profile cannot be used.
    pub fn new(name: &str, profile: Profile) -> Result<Self, Failure> {
        let place = format!("cluster {}", visible(name));
        let failed = |problem: Problem| problem.failure(&place);
        let mut addresses = Vec::new();
        for url in &profile.url {
            addresses.push(Address::parse(url).map_err(|(what, advice)| failed(Problem::new(what, advice)))?);
        }
        if let Some(name) = profile.index.iter().find(|name| !address::is_index(name)) {
            let (what, advice) = if name.contains(':') {
                (
                    "belongs to another cluster",
                    "describe that one as a [cluster.NAME] of its own; several stand side by side",
                )
            } else {
                ("is no name of an index", "write names and patterns as in [\"logs-aws.cloudtrail-*\"]")
            };
            return Err(failed(Problem::new(format!("the index {} {what}", visible(name)), advice)));
        }
        let needs_tls = addresses.iter().any(Address::is_tls);
        let mut addresses = addresses.into_iter();
        let first = addresses.next().ok_or_else(|| {
            failed(Problem::new("the configuration names no url", "add url = [\"https://HOST:9200\"]"))
        })?;
        let nodes = Nodes::new(first, addresses.collect());
        let keys = Keys::new(&profile).map_err(failed)?;
        let tls = tls::config(profile.ca_file.as_deref(), needs_tls).map_err(failed)?;
        let lines = Lines::new(tls, nodes.len());
        let shared = Shared {
            name: name.to_owned(),
            profile,
            nodes,
            keys,
            lines,
            counters: Counters::default(),
            vendor: OnceLock::new(),
            greeted: OnceLock::new(),
            known: AtomicBool::new(false),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Its name in the configuration.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.shared.name
    }

    #[must_use]
    pub fn profile(&self) -> &Profile {
        &self.shared.profile
    }

    #[must_use]
    pub fn traffic(&self) -> Traffic {
        self.shared.counters.now()
    }

    /// The body of the answer, of a status of 2xx: JSON as far as its first and last character tell.
    ///
    /// # Errors
    /// [`Failure`] for every other answer, and for none.
    pub fn send(&self, request: &Request<'_>) -> Result<Vec<u8>, Failure> {
        let shared = &*self.shared;
        let until = Instant::now() + request.deadline;
        let parcel = Arc::new(Parcel::new(request));
        // Pauses made, and connections that broke.
        let (mut pauses, mut broken) = (0, 0);
        loop {
            let miss = match shared.once(request, &parcel, until) {
                Ok(answer) => return Ok(answer),
                Err(miss) => miss,
            };
            let wait = match miss.again {
                Again::No => return Err(*miss.failure),
                Again::AtOnce => Duration::ZERO,
                Again::Elsewhere => {
                    broken += 1;
                    let rounds = if shared.known.load(Ordering::Relaxed) { ROUNDS } else { ROUNDS_AT_FIRST };
                    if broken >= rounds * shared.nodes.len() {
                        return Err(*miss.failure);
                    }
                    // A connection that was kept alive may have been closed meanwhile, and other nodes are not tried yet.
                    let at_once = broken == 1 || !broken.is_multiple_of(shared.nodes.len());
                    if at_once { Duration::ZERO } else { pause(&mut pauses) }
                }
                Again::Later => miss.failure.retry_after.unwrap_or_else(|| pause(&mut pauses)),
            };
            if wait >= until.saturating_duration_since(Instant::now()) {
                return Err(*miss.failure);
            }
            shared.wait(wait, request)?;
            shared.counters.retry();
        }
    }
}

impl Client {
    /// Which of the two servers answers.
    ///
    /// # Errors
    /// Those of [`Self::greet`], where no answer has told it yet.
    pub fn vendor(&self, stop: Option<&(dyn Fn() -> bool + Sync)>) -> Result<Vendor, Failure> {
        self.shared.vendor.get().map_or_else(|| self.greet(stop), |vendor| Ok(*vendor))
    }

    /// Asks who answers, once, whatever other answers told. A key that may not ask `GET /` is no hindrance.
    ///
    /// # Errors
    /// [`FailureKind::Unsupported`] for a version that is not supported, and whatever kept it from answering.
    pub fn greet(&self, stop: Option<&(dyn Fn() -> bool + Sync)>) -> Result<Vendor, Failure> {
        let shared = &*self.shared;
        if let Some(vendor) = shared.greeted.get() {
            return Ok(*vendor);
        }
        let found = match self.send(&Request { stop, ..Request::new(Method::Get, "") }) {
            Ok(body) => root::of_body(&body)
                .map_err(|what| Failure::new(FailureKind::Unsupported, shared.place(shared.nodes.current().1), what))?,
            Err(failure) if matches!(failure.kind, FailureKind::Forbidden | FailureKind::NotFound) => None,
            Err(failure) => return Err(failure),
        };
        let vendor = match (found, shared.vendor.get()) {
            (Some(found), _) => found,
            (None, Some(by_header)) => *by_header,
            (None, None) => self.probed(stop)?,
        };
        let vendor = *shared.vendor.get_or_init(|| vendor);
        Ok(*shared.greeted.get_or_init(|| vendor))
    }

    /// By what only one of them takes in a search, where neither `GET /` nor a header tells.
    fn probed(&self, stop: Option<&(dyn Fn() -> bool + Sync)>) -> Result<Vendor, Failure> {
        let body = json!({"size": 0, "query": {"match_none": {}}, "runtime_mappings": {}});
        let path = format!("{}/_search", self.shared.profile.index.join(","));
        let request = Request {
            query: &[("ignore_unavailable", "true"), ("allow_no_indices", "true")],
            body: Body::Json(&body),
            repeatable: true,
            stop,
            ..Request::new(Method::Post, &path)
        };
        match self.send(&request) {
            Ok(_) => Ok(Vendor::Elasticsearch),
            Err(failure) if failure.kind == FailureKind::Refused => Ok(Vendor::OpenSearch),
            Err(failure) => Err(failure),
        }
    }
}

/// Whether and when a request that failed is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Again {
    No,
    /// There is a new key.
    AtOnce,
    /// To the next node.
    Elsewhere,
    Later,
}

/// A request that failed.
struct Miss {
    failure: Box<Failure>,
    again: Again,
}

impl Miss {
    fn new(failure: Failure, again: Again) -> Self {
        Self { failure: Box::new(failure), again }
    }
}

impl Shared {
    fn place(&self, address: &Address) -> String {
        format!("cluster {} ({})", visible(&self.name), visible(address.as_str()))
    }

    fn once(&self, request: &Request<'_>, parcel: &Arc<Parcel>, until: Instant) -> Result<Vec<u8>, Miss> {
        let (number, address) = self.nodes.current();
        let place = || self.place(address);
        let last = |failure| Miss::new(failure, Again::No);
        let credentials = self.keys.credentials(&self.profile).map_err(last)?;
        let url = address.join(&parcel.path_and_query);
        let body = parcel.body.as_deref().unwrap_or_default();
        let extra = credentials.headers(parcel.method.as_str(), &url, body);

        self.counters.request(body.len());
        let answer = match self.lines.exchange(parcel, &url, extra, until, request.stop) {
            Ok(answer) => answer,
            Err(why) => {
                let ca_file = self.profile.ca_file.as_ref().map(|file| visible(&file.to_string_lossy()).into_owned());
                let known = self.known.load(Ordering::Relaxed);
                let scene = Scene { place: place(), address, ca_file: ca_file.as_deref(), known };
                let (failure, arrived) = broken::explain(why, &scene);
                let passing = failure.kind == FailureKind::Unreachable;
                if passing || failure.kind == FailureKind::Timeout {
                    self.nodes.failed(number);
                }
                let again = passing && (request.repeatable || arrived == Arrived::No);
                return Err(Miss::new(failure, if again { Again::Elsewhere } else { Again::No }));
            }
        };
        self.known.store(true, Ordering::Relaxed);
        self.counters.received(answer.received);
        if let Some(vendor) = root::of_headers(&answer.headers) {
            let _ = self.vendor.set(vendor);
        }
        if (200..300).contains(&answer.status) {
            return if is_json(&answer.body) { Ok(answer.body) } else { Err(last(garbage(&answer, place()))) };
        }
        let failure = refusal::explain(&answer, place(), &self.keys.source);
        let again = match failure.kind {
            // Another key may be accepted, or allowed more.
            FailureKind::Unauthorized | FailureKind::Forbidden if self.keys.renewed(&self.profile, &credentials) => {
                Again::AtOnce
            }
            FailureKind::Unauthorized => {
                self.keys.refused(&failure);
                Again::No
            }
            // Out of memory: the same question would come to the same, a smaller one may not.
            FailureKind::Busy if failure.error_type.as_deref() == Some("circuit_breaking_exception") => Again::No,
            // It says itself that it did nothing.
            FailureKind::Busy => Again::Later,
            FailureKind::Unavailable if request.repeatable && matches!(answer.status, 502..=504) => {
                self.nodes.failed(number);
                Again::Later
            }
            _ => Again::No,
        };
        Err(Miss::new(failure, again))
    }

    fn wait(&self, wait: Duration, request: &Request<'_>) -> Result<(), Failure> {
        let until = Instant::now() + wait;
        loop {
            if request.stop.is_some_and(|stop| stop()) {
                let place = format!("cluster {}", visible(&self.name));
                return Err(Failure::new(FailureKind::Stopped, place, "the request was stopped"));
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            thread::sleep(left.min(wire::TICK));
        }
    }
}

/// Between half and the whole of what it doubles to, so that many consoles do not come back at once.
fn pause(pauses: &mut u32) -> Duration {
    let whole = PAUSE.saturating_mul(1 << (*pauses).min(16)).min(LONGEST_PAUSE);
    *pauses += 1;
    let jitter = RandomState::new().hash_one(*pauses) % 1000;
    whole / 2 + whole.mul_f64(jitter as f64 / 2000.0)
}

/// Whether it can be JSON: a page of a proxy, or the half of an answer, is not taken for one.
fn is_json(body: &[u8]) -> bool {
    matches!(body.trim_ascii(), [] | [b'{', .., b'}'] | [b'[', .., b']'])
}

fn garbage(answer: &Answer, place: String) -> Failure {
    let what = format!("what it answers is not JSON ({})", answer.status);
    let advice = "check whether url is that of a search server, and what stands in between";
    Failure { status: Some(answer.status), ..Failure::new(FailureKind::Garbage, place, what).advise(advice) }
}
