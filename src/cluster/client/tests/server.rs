//! A server that says what a test wrote down for it, and keeps what it was asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What it does with one request.
#[derive(Debug, Clone)]
pub(in crate::cluster) enum Reply {
    /// These bytes.
    Bytes(Vec<u8>),
    /// These bytes, and the connection ends.
    Cut(Vec<u8>),
    /// These bytes, and then nothing, with the connection open.
    Stall(Vec<u8>),
    /// These bytes, one after the other, each after a moment.
    Trickle(Vec<u8>),
}

impl Reply {
    pub(in crate::cluster) fn new(status: u16, headers: &[&str], body: &[u8]) -> Self {
        Self::Bytes(answer(status, headers, body))
    }

    pub(in crate::cluster) fn json(status: u16, body: &str) -> Self {
        Self::new(status, &["Content-Type: application/json"], body.as_bytes())
    }
}

pub(in crate::cluster) fn answer(status: u16, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status} Said\r\nContent-Length: {}\r\n", body.len());
    for header in headers {
        head += &format!("{header}\r\n");
    }
    [head.as_bytes(), b"\r\n", body].concat()
}

/// A request as it came.
#[derive(Debug, Clone)]
pub(in crate::cluster) struct Asked {
    /// The first line and the headers.
    pub head: String,
    pub body: Vec<u8>,
    /// The number of the connection that it came on.
    pub connection: usize,
}

impl Asked {
    pub(in crate::cluster) fn line(&self) -> &str {
        self.head.lines().next().unwrap_or_default()
    }

    pub(in crate::cluster) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

#[derive(Debug)]
pub(in crate::cluster) struct Server {
    pub port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    /// Replies in this order, and with the last for ever.
    pub(in crate::cluster) fn new(replies: &[Reply]) -> Self {
        Self::on(port(), replies)
    }

    /// The same, where somebody listens already.
    pub(in crate::cluster) fn on(listener: TcpListener, replies: &[Reply]) -> Self {
        Self::start(listener, None, replies)
    }

    pub(in crate::cluster) fn tls(config: Arc<ServerConfig>, replies: &[Reply]) -> Self {
        Self::start(port(), Some(config), replies)
    }

    fn start(listener: TcpListener, tls: Option<Arc<ServerConfig>>, replies: &[Reply]) -> Self {
        let port = listener.local_addr().expect("an address").port();
        let asked = Arc::default();
        let (kept, replies) = (Arc::clone(&asked), replies.to_vec());
        thread::spawn(move || {
            for (connection, stream) in listener.incoming().enumerate() {
                let (kept, replies, tls) = (Arc::clone(&kept), replies.clone(), tls.clone());
                let stream = stream.expect("a connection");
                thread::spawn(move || match tls {
                    None => serve(stream, connection, &kept, &replies),
                    Some(tls) => {
                        let tls = ServerConnection::new(tls).expect("a server");
                        serve(StreamOwned::new(tls, stream), connection, &kept, &replies);
                    }
                });
            }
        });
        Self { port, asked }
    }

    pub(in crate::cluster) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(in crate::cluster) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("the list").clone()
    }
}

fn port() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").expect("a port")
}

fn serve(stream: impl Read + Write, connection: usize, asked: &Mutex<Vec<Asked>>, replies: &[Reply]) {
    let mut stream = BufReader::new(stream);
    while let Some(request) = read(&mut stream, connection) {
        let number = {
            let mut asked = asked.lock().expect("the list");
            asked.push(request);
            asked.len() - 1
        };
        let reply = &replies[number.min(replies.len() - 1)];
        let (Reply::Bytes(bytes) | Reply::Cut(bytes) | Reply::Stall(bytes) | Reply::Trickle(bytes)) = reply;
        if matches!(reply, Reply::Trickle(_)) {
            for byte in bytes {
                thread::sleep(Duration::from_millis(20));
                if stream.get_mut().write_all(&[*byte]).and_then(|()| stream.get_mut().flush()).is_err() {
                    return;
                }
            }
            continue;
        }
        let written = stream.get_mut().write_all(bytes).and_then(|()| stream.get_mut().flush());
        match reply {
            Reply::Bytes(_) if written.is_ok() => {}
            Reply::Bytes(_) | Reply::Cut(_) | Reply::Trickle(_) => return,
            Reply::Stall(_) => {
                // Until the client goes.
                let _ = stream.read(&mut [0]);
                return;
            }
        }
    }
}

/// One request, `None` at the end.
pub(in crate::cluster) fn read(reader: &mut impl BufRead, connection: usize) -> Option<Asked> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let mut asked = Asked { head, body: Vec::new(), connection };
    let length = asked.header("content-length").map_or(0, |length| length.parse().expect("a length"));
    asked.body = vec![0; length];
    reader.read_exact(&mut asked.body).ok()?;
    Some(asked)
}
