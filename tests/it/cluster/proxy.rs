//! What stands between the program and a server when something is wrong: it cuts, says nothing, answers by itself, as its
//! rules say, and counts what passes.

use std::io::{BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use super::http::Message;

/// What happens to a request.
#[derive(Clone)]
pub(crate) enum Fault {
    /// It never reaches the server; this is the answer.
    Answer { status: u16, headers: Vec<(String, String)>, body: Vec<u8> },
    /// The server does it, and the connection ends after so many bytes of its answer: 0 loses all of it.
    Cut(usize),
    /// The connection ends before the server hears of it.
    Refuse,
    /// No answer, ever.
    Hang,
    /// The server does it, so many bytes of its answer arrive, and then nothing more does.
    Stall(usize),
    /// The answer is changed on its way.
    Edit(Arc<dyn Fn(&mut Message) + Send + Sync>),
}

impl Fault {
    /// An answer of the proxy's own.
    pub(crate) fn answer(status: u16, body: &str) -> Self {
        Self::Answer { status, headers: Vec::new(), body: body.as_bytes().to_vec() }
    }

    /// One with a header more.
    pub(crate) fn with(self, name: &str, value: &str) -> Self {
        match self {
            Self::Answer { status, mut headers, body } => {
                headers.push((name.to_owned(), value.to_owned()));
                Self::Answer { status, headers, body }
            }
            other => other,
        }
    }

    pub(crate) fn edit(change: impl Fn(&mut Message) + Send + Sync + 'static) -> Self {
        Self::Edit(Arc::new(change))
    }
}

/// Which requests a fault meets.
#[derive(Clone, Default)]
pub(crate) struct When {
    method: Option<&'static str>,
    path: Option<String>,
    after: usize,
    times: Option<usize>,
    every: Option<usize>,
    but: &'static [(&'static str, &'static str)],
}

impl When {
    pub(crate) fn any() -> Self {
        Self::default()
    }

    /// Those whose path or query contains this.
    pub(crate) fn path(part: &str) -> Self {
        Self { path: Some(part.to_owned()), ..Self::default() }
    }

    pub(crate) fn method(self, method: &'static str) -> Self {
        Self { method: Some(method), ..self }
    }

    /// Not the first so many.
    pub(crate) fn after(self, after: usize) -> Self {
        Self { after, ..self }
    }

    /// And no more than so many.
    pub(crate) fn times(self, times: usize) -> Self {
        Self { times: Some(times), ..self }
    }

    /// The first of each so many.
    pub(crate) fn every(self, every: usize) -> Self {
        Self { every: Some(every), ..self }
    }

    /// And not those of a method whose path or query contains this.
    pub(crate) fn but(self, but: &'static [(&'static str, &'static str)]) -> Self {
        Self { but, ..self }
    }

    fn is_about(&self, request: &Message) -> bool {
        let method = request.first.split(' ').next();
        if self.but.iter().any(|(but, part)| method == Some(*but) && request.first.contains(part)) {
            return false;
        }
        self.method.is_none_or(|wanted| method == Some(wanted))
            && self.path.as_ref().is_none_or(|part| request.first.contains(part))
    }

    /// Whether it meets the request that is the `nth` it is about, counted from 0.
    fn meets(&self, nth: usize) -> bool {
        let Some(nth) = nth.checked_sub(self.after) else { return false };
        self.times.is_none_or(|times| nth < times) && self.every.is_none_or(|every| nth.is_multiple_of(every))
    }
}

/// A request that came by.
#[derive(Debug, Clone)]
pub(crate) struct Passed {
    /// `POST /index/_search?…`.
    pub(crate) what: String,
    /// Bytes of it, head and body.
    pub(crate) sent: usize,
}

struct Rule {
    when: When,
    fault: Fault,
    seen: usize,
}

#[derive(Default)]
struct State {
    rules: Mutex<Vec<Rule>>,
    passed: Mutex<Vec<Passed>>,
    closed: AtomicBool,
}

impl State {
    fn rules(&self) -> MutexGuard<'_, Vec<Rule>> {
        self.rules.lock().unwrap()
    }

    fn fault_for(&self, request: &Message) -> Option<Fault> {
        let mut rules = self.rules();
        let mut found = None;
        for rule in rules.iter_mut().filter(|rule| rule.when.is_about(request)) {
            if found.is_none() && rule.when.meets(rule.seen) {
                found = Some(rule.fault.clone());
            }
            rule.seen += 1;
        }
        found
    }
}

/// A proxy on loopback before one server; it ends with the test.
pub(crate) struct Proxy {
    pub(crate) url: String,
    state: Arc<State>,
}

impl Proxy {
    pub(crate) fn to(server: &str) -> Self {
        Self::below("", server)
    }

    /// One that serves the server below a path of its own; there is nothing elsewhere.
    pub(crate) fn below(path: &str, server: &str) -> Self {
        let path = path.to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(State::default());
        let (server, shared) = (server.trim_start_matches("http://").to_owned(), Arc::clone(&state));
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if shared.closed.load(Ordering::SeqCst) {
                    return;
                }
                let (path, server, shared) = (path.clone(), server.clone(), Arc::clone(&shared));
                // How a connection ends is the client's matter.
                thread::spawn(move || drop(serve(client, &path, &server, &shared)));
            }
        });
        Self { url, state }
    }

    /// From now on this happens to these requests; the first rule that meets one counts.
    pub(crate) fn when(&self, when: When, fault: Fault) {
        self.state.rules().push(Rule { when, fault, seen: 0 });
    }

    /// Everything passes again.
    pub(crate) fn mend(&self) {
        self.state.rules().clear();
    }

    /// What has come by so far.
    pub(crate) fn passed(&self) -> Vec<Passed> {
        self.state.passed.lock().unwrap().clone()
    }

    /// How many requests whose method, path or query contains this.
    pub(crate) fn count(&self, part: &str) -> usize {
        self.state.passed.lock().unwrap().iter().filter(|passed| passed.what.contains(part)).count()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.state.closed.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.url.trim_start_matches("http://"));
    }
}

/// Serves one connection of a client.
fn serve(client: TcpStream, path: &str, server: &str, state: &State) -> std::io::Result<()> {
    let mut from = BufReader::new(client.try_clone()?);
    while let Some(mut request) = Message::read(&mut from, true)? {
        let what = request.first.trim_end_matches(" HTTP/1.1").to_owned();
        let sent = request.bytes().len();
        let fault = state.fault_for(&request);
        let note = || state.passed.lock().unwrap().push(Passed { what: what.clone(), sent });
        if !path.is_empty() {
            let inside = request.first.replacen(&format!(" {path}/"), " /", 1);
            let outside = inside == request.first;
            request.first = if outside { "GET /_nothing_here HTTP/1.1".to_owned() } else { inside };
        }
        let answer = match &fault {
            Some(Fault::Refuse) => {
                note();
                return client.shutdown(Shutdown::Both);
            }
            Some(Fault::Hang) => {
                note();
                return stay(&client, state);
            }
            Some(Fault::Answer { status, headers, body }) => {
                let mut headers = headers.clone();
                headers.push(("content-length".into(), body.len().to_string()));
                Message { first: format!("HTTP/1.1 {status} Told"), headers, body: body.clone() }
            }
            Some(Fault::Edit(change)) => {
                // What is packed cannot be changed.
                let mut plain = request.clone();
                plain.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("accept-encoding"));
                let mut answer = forward(&plain, server)?;
                change(&mut answer);
                answer.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("content-length"));
                answer.headers.push(("content-length".into(), answer.body.len().to_string()));
                answer
            }
            Some(Fault::Cut(_) | Fault::Stall(_)) | None => forward(&request, server)?,
        };
        let mut bytes = answer.bytes();
        if let Some(Fault::Cut(most) | Fault::Stall(most)) = fault {
            bytes.truncate(most);
        }
        note();
        (&client).write_all(&bytes)?;
        match fault {
            Some(Fault::Cut(_)) => return client.shutdown(Shutdown::Both),
            Some(Fault::Stall(_)) => return stay(&client, state),
            _ => {}
        }
    }
    Ok(())
}

/// Says nothing until the client is gone, or the test.
fn stay(client: &TcpStream, state: &State) -> std::io::Result<()> {
    client.set_read_timeout(Some(Duration::from_millis(50)))?;
    while !state.closed.load(Ordering::SeqCst) {
        match (&*client).read(&mut [0; 1]) {
            Ok(0) => break,
            Err(e) if !matches!(e.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {
                return Err(e);
            }
            _ => {}
        }
    }
    Ok(())
}

/// Puts a request to the server on a connection of its own. A server that is gone closes this one too.
fn forward(request: &Message, server: &str) -> std::io::Result<Message> {
    let mut request = request.clone();
    request.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("connection"));
    request.headers.push(("connection".into(), "close".into()));
    let mut stream = TcpStream::connect(server)?;
    stream.write_all(&request.bytes())?;
    let has_body = !request.first.starts_with("HEAD ");
    let mut answer = Message::read(&mut BufReader::new(stream), has_body)?
        .ok_or_else(|| std::io::Error::other("closed without an answer"))?;
    answer.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("connection"));
    Ok(answer)
}
