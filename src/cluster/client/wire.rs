//! One exchange over HTTP: bytes out, a status and bytes in, within a time, and given up at once when nobody waits for it.

use std::io::{self, Read as _, Write as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::RecvTimeoutError;
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use ureq::http::{self, HeaderMap, HeaderName, HeaderValue, header};
use ureq::tls::TlsConfig;
use ureq::{Agent, Body};

use super::request::{Body as RequestBody, Method, Request};

/// Shorter bodies are not worth packing.
const PACKED_FROM: usize = 1024;

/// How long a connection may take to come about, before the next node is tried.
const CONNECT: Duration = Duration::from_secs(10);

/// Load balancers close what was idle for a minute.
const IDLE: Duration = Duration::from_secs(50);

/// How often a waiting request asks whether it is still wanted.
pub(super) const TICK: Duration = Duration::from_millis(20);

/// All but what RFC 3986 calls unreserved is encoded in a query; signatures ask for the same.
pub(super) const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Percent-encoded as a part of a path or query.
pub(super) fn encoded(text: &str) -> impl std::fmt::Display {
    utf8_percent_encode(text, UNRESERVED)
}

/// A request as it goes over the line, once or several times.
pub(super) struct Parcel {
    pub method: http::Method,
    /// Below the address of a node.
    pub path_and_query: String,
    pub body: Option<Vec<u8>>,
    pub headers: HeaderMap,
    /// The most bytes of the answer.
    pub most: usize,
}

impl Parcel {
    /// `packs`: whether a long body is packed.
    pub(super) fn new(request: &Request<'_>, packs: bool) -> Self {
        let mut path_and_query = request.path.to_owned();
        for (number, (name, value)) in request.query.iter().enumerate() {
            path_and_query.push(if number == 0 { '?' } else { '&' });
            path_and_query.push_str(&format!("{}={}", encoded(name), encoded(value)));
        }
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        let body = match request.body {
            // Without a length of 0 these would be sent in chunks, which not every proxy takes.
            RequestBody::None if matches!(request.method, Method::Post | Method::Put) => Some(Vec::new()),
            RequestBody::None => None,
            RequestBody::Json(value) => {
                headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
                Some(value.to_string().into_bytes())
            }
            RequestBody::Lines(lines) => {
                headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
                Some(lines.to_vec())
            }
        };
        let body = body.map(|plain| {
            if !packs || plain.len() < PACKED_FROM {
                return plain;
            }
            packed(&plain).map_or(plain, |packed| {
                headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
                packed
            })
        });
        let method = match request.method {
            Method::Get => http::Method::GET,
            Method::Head => http::Method::HEAD,
            Method::Post => http::Method::POST,
            Method::Put => http::Method::PUT,
            Method::Delete => http::Method::DELETE,
        };
        Self { method, path_and_query, body, headers, most: request.most }
    }

    pub(super) fn is_packed(&self) -> bool {
        self.headers.contains_key(header::CONTENT_ENCODING)
    }

    fn request(&self, url: &str, extra: &[(HeaderName, HeaderValue)]) -> Result<http::request::Builder, ureq::Error> {
        let mut builder = http::Request::builder().method(self.method.clone()).uri(url);
        for (name, value) in &self.headers {
            builder = builder.header(name, value);
        }
        for (name, value) in extra {
            builder = builder.header(name, value);
        }
        // What cannot be a URL is said here, not somewhere inside.
        if builder.uri_ref().is_none() { Err(ureq::Error::BadUri(url.to_owned())) } else { Ok(builder) }
    }
}

pub(super) fn packed(plain: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(plain.len() / 4), Compression::fast());
    encoder.write_all(plain)?;
    encoder.finish()
}

/// What came back.
pub(super) struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    /// Unpacked.
    pub body: Vec<u8>,
    /// Bytes of the body on the line.
    pub received: usize,
}

/// Why no answer came back.
#[derive(Debug)]
pub(super) enum Broken {
    Line(ureq::Error),
    /// The body did not unpack.
    Packing,
    /// The answer has more bytes than its reader takes.
    TooLong,
    Stopped,
}

/// Connections: one for each request that is under way, kept alive between requests.
#[derive(Debug)]
pub(super) struct Lines {
    config: Mutex<ureq::config::Config>,
    nodes: usize,
    idle: Mutex<Vec<Agent>>,
}

impl Lines {
    pub(super) fn new(tls: TlsConfig, nodes: usize) -> Self {
        Self { config: Mutex::new(Self::config(tls, nodes)), nodes, idle: Mutex::default() }
    }

    /// Trusts others from now on.
    pub(super) fn trust(&self, tls: TlsConfig) {
        *self.config.lock().unwrap_or_else(PoisonError::into_inner) = Self::config(tls, self.nodes);
        self.idle().clear();
    }

    fn config(tls: TlsConfig, nodes: usize) -> ureq::config::Config {
        Agent::config_builder()
            .tls_config(tls)
            // Requests go to the configured addresses and nowhere else: not to a proxy of the environment, not on to
            // where an answer points.
            .proxy(None)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .user_agent(concat!("watchfloor/", env!("CARGO_PKG_VERSION")))
            .max_idle_age(IDLE)
            .max_idle_connections(nodes)
            .max_idle_connections_per_host(1)
            .timeout_connect(Some(CONNECT))
            .build()
    }

    fn agent(&self) -> Agent {
        let idle = self.idle().pop();
        idle.unwrap_or_else(|| {
            Agent::new_with_config(self.config.lock().unwrap_or_else(PoisonError::into_inner).clone())
        })
    }

    /// Sends once. With a `stop` somebody else does the waiting, so that it can be left at any moment.
    pub(super) fn exchange(
        &self,
        parcel: &Arc<Parcel>,
        url: &str,
        extra: Vec<(HeaderName, HeaderValue)>,
        until: Instant,
        stop: Option<&(dyn Fn() -> bool + Sync)>,
    ) -> Result<Answer, Broken> {
        let agent = self.agent();
        let answer = match stop {
            None => exchange(&agent, parcel, url, &extra, until),
            Some(stop) => {
                let (tell, told) = crossbeam_channel::bounded(1);
                let worker = {
                    let (agent, parcel, url) = (agent.clone(), Arc::clone(parcel), url.to_owned());
                    move || drop(tell.send(exchange(&agent, &parcel, &url, &extra, until)))
                };
                thread::Builder::new().name("request".to_owned()).spawn(worker).map_err(|e| Broken::Line(e.into()))?;
                loop {
                    match told.recv_timeout(TICK) {
                        Ok(answer) => break answer,
                        Err(RecvTimeoutError::Timeout) if !stop() => {}
                        Err(RecvTimeoutError::Timeout) => {
                            // Closes the connection, so that the server stops too.
                            agent.shutdown();
                            return Err(Broken::Stopped);
                        }
                        Err(RecvTimeoutError::Disconnected) => {
                            break Err(Broken::Line(io::Error::other("the request was given up").into()));
                        }
                    }
                }
            }
        };
        if answer.is_ok() {
            self.idle().push(agent);
        }
        answer
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Agent>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn exchange(
    agent: &Agent,
    parcel: &Parcel,
    url: &str,
    extra: &[(HeaderName, HeaderValue)],
    until: Instant,
) -> Result<Answer, Broken> {
    let builder = parcel.request(url, extra).map_err(Broken::Line)?;
    let left = until.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
    let response = match &parcel.body {
        Some(body) => builder
            .body(body.as_slice())
            .map_err(ureq::Error::from)
            .and_then(|request| agent.run(agent.configure_request(request).timeout_global(Some(left)).build())),
        None => builder
            .body(())
            .map_err(ureq::Error::from)
            .and_then(|request| agent.run(agent.configure_request(request).timeout_global(Some(left)).build())),
    };
    let (parts, body) = response.map_err(Broken::Line)?.into_parts();
    let packed = parts.headers.get(header::CONTENT_ENCODING).is_some_and(|value| {
        let coding = value.as_bytes();
        coding.eq_ignore_ascii_case(b"gzip") || coding.eq_ignore_ascii_case(b"x-gzip")
    });
    let line = read(body, parcel.most)?;
    let received = line.len();
    let body = if packed { unpacked(&line, parcel.most)? } else { line };
    Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, body, received })
}

fn read(body: Body, most: usize) -> Result<Vec<u8>, Broken> {
    // A length that the server only claims sets no memory aside.
    let mut bytes = Vec::new();
    let mut reader = body.into_with_config().limit(u64::MAX).reader().take(most as u64 + 1);
    reader.read_to_end(&mut bytes).map_err(|error| Broken::Line(error.into()))?;
    if bytes.len() > most { Err(Broken::TooLong) } else { Ok(bytes) }
}

fn unpacked(line: &[u8], most: usize) -> Result<Vec<u8>, Broken> {
    let mut bytes = Vec::new();
    MultiGzDecoder::new(line).take(most as u64 + 1).read_to_end(&mut bytes).map_err(|_| Broken::Packing)?;
    if bytes.len() > most { Err(Broken::TooLong) } else { Ok(bytes) }
}
