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
pub(super) mod tests;

use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use self::address::{Address, Nodes};
use self::broken::{Arrived, Scene};
use self::problem::Problem;
use self::secret::Keys;
use self::tls::Authorities;
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
    authorities: Authorities,
    lines: Lines,
    counters: Counters,
    /// Who answers, as far as any answer told.
    vendor: OnceLock<Vendor>,
    /// What `GET /` told: a version that is supported.
    greeted: OnceLock<Vendor>,
    /// Whether anybody ever answered.
    known: AtomicBool,
    /// Whether packed bodies are taken, as far as is known.
    packs: AtomicBool,
    /// Whether an index has a search pipeline of its own.
    piped: AtomicBool,
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
        let (authorities, tls) = Authorities::read(profile.ca_file.as_deref(), needs_tls).map_err(failed)?;
        let lines = Lines::new(tls, nodes.len());
        let shared = Shared {
            name: name.to_owned(),
            profile,
            nodes,
            keys,
            authorities,
            lines,
            counters: Counters::default(),
            vendor: OnceLock::new(),
            greeted: OnceLock::new(),
            known: AtomicBool::new(false),
            packs: AtomicBool::new(true),
            piped: AtomicBool::new(false),
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

    /// Whether searches are to pass by what indices do to them by themselves, which only a server is asked that knows of it.
    pub(super) fn passes_pipelines(&self) -> bool {
        self.shared.piped.load(Ordering::Relaxed)
    }

    pub(super) fn pass_pipelines(&self) {
        self.shared.piped.store(true, Ordering::Relaxed);
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
        let mut parcel = Arc::new(Parcel::new(request, shared.packs.load(Ordering::Relaxed)));
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
                Again::Unpacked => {
                    shared.packs.store(false, Ordering::Relaxed);
                    parcel = Arc::new(Parcel::new(request, false));
                    Duration::ZERO
                }
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
                // Some say that it need not be waited at all, for as long as they are busy.
                Again::Later => pause(&mut pauses).max(miss.failure.retry_after.unwrap_or_default()),
            };
            if wait >= until.saturating_duration_since(Instant::now()) {
                return Err(*miss.failure);
            }
            shared.wait(wait, request)?;
            shared.counters.retry();
        }
    }
}

/// Whether and when a request that failed is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Again {
    No,
    /// There is a new key, or another authority to trust.
    AtOnce,
    /// With a body that is not packed.
    Unpacked,
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
                if failure.kind.is_of_node() {
                    self.nodes.failed(number);
                }
                if failure.kind == FailureKind::Tls
                    && let Some(tls) = self.authorities.renewed()
                {
                    self.lines.trust(tls);
                    return Err(Miss::new(failure, Again::AtOnce));
                }
                let again = match failure.kind {
                    FailureKind::Unreachable if request.repeatable || arrived == Arrived::No => Again::Elsewhere,
                    // Another may have a certificate that is still good.
                    FailureKind::Tls if self.nodes.len() > 1 => Again::Elsewhere,
                    _ => Again::No,
                };
                return Err(Miss::new(failure, again));
            }
        };
        self.known.store(true, Ordering::Relaxed);
        self.counters.received(answer.received);
        if let Some(vendor) = root::of_headers(&answer.headers) {
            let _ = self.vendor.set(vendor);
        }
        if (200..300).contains(&answer.status) {
            if is_json(&answer.body) {
                return Ok(answer.body);
            }
            self.nodes.failed(number);
            return Err(last(garbage(&answer, place())));
        }
        let failure = refusal::explain(&answer, place(), &self.keys.source);
        if failure.kind.is_of_node() {
            self.nodes.failed(number);
        }
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
            FailureKind::Unavailable if request.repeatable && matches!(answer.status, 502..=504) => Again::Later,
            _ if answer.status == 415 && parcel.is_packed() => Again::Unpacked,
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
