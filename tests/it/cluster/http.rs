//! Just enough HTTP/1.1 for a client and a proxy of tests: messages as bytes, whole.

use std::io::{BufRead, BufReader, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use serde_json::Value;

/// A request or an answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Message {
    /// `GET /path HTTP/1.1`, `HTTP/1.1 200 OK`.
    pub(crate) first: String,
    pub(crate) headers: Vec<(String, String)>,
    /// Without chunks.
    pub(crate) body: Vec<u8>,
}

impl Message {
    /// The next message on a connection; `None` at its end. An answer to HEAD has no body whatever its headers say.
    pub(crate) fn read(from: &mut impl BufRead, has_body: bool) -> std::io::Result<Option<Self>> {
        let mut message = Self { first: line(from)?, ..Self::default() };
        if message.first.is_empty() {
            return Ok(None);
        }
        loop {
            let header = line(from)?;
            let Some((name, value)) = header.split_once(':') else { break };
            message.headers.push((name.to_owned(), value.trim().to_owned()));
        }
        if !has_body {
            return Ok(Some(message));
        }
        if message.header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
            loop {
                let size = line(from)?;
                let size = usize::from_str_radix(size.split(';').next().unwrap_or_default(), 16)
                    .map_err(std::io::Error::other)?;
                let start = message.body.len();
                message.body.resize(start + size, 0);
                from.read_exact(&mut message.body[start..])?;
                line(from)?;
                if size == 0 {
                    break;
                }
            }
            message.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("transfer-encoding"));
            message.headers.push(("content-length".into(), message.body.len().to_string()));
        } else if let Some(length) = message.header("content-length").and_then(|n| n.parse().ok()) {
            message.body.resize(length, 0);
            from.read_exact(&mut message.body)?;
        } else if message.first.starts_with("HTTP/") {
            from.read_to_end(&mut message.body)?;
        }
        Ok(Some(message))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// As it goes over the line.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = format!("{}\r\n", self.first).into_bytes();
        for (name, value) in &self.headers {
            bytes.extend(format!("{name}: {value}\r\n").bytes());
        }
        bytes.extend(b"\r\n");
        bytes.extend(&self.body);
        bytes
    }

    /// The status of an answer.
    pub(crate) fn status(&self) -> u16 {
        self.first.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status")
    }
}

fn line(from: &mut impl BufRead) -> std::io::Result<String> {
    let mut line = Vec::new();
    from.read_until(b'\n', &mut line)?;
    Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
}

/// Sends one request to `http://HOST:PORT` on a connection of its own, and reads the answer.
pub(crate) fn ask(address: &str, method: &str, path: &str, body: &[u8]) -> std::io::Result<Message> {
    let host = address.strip_prefix("http://").expect("an http address").trim_end_matches('/');
    let at = host.to_socket_addrs()?.next().expect("an address");
    let mut stream = TcpStream::connect_timeout(&at, Duration::from_secs(10))?;
    // As long as the slowest request of a loaded machine, and not for ever.
    stream.set_read_timeout(Some(Duration::from_secs(120)))?;
    let kind = if path.contains("_bulk") || path.contains("_msearch") { "x-ndjson" } else { "json" };
    let headers = [
        ("host", host.to_owned()),
        ("content-type", format!("application/{kind}")),
        ("content-length", body.len().to_string()),
        ("connection", "close".to_owned()),
    ];
    let headers = headers.map(|(name, value)| (name.to_owned(), value)).to_vec();
    let request =
        Message { first: format!("{method} /{} HTTP/1.1", path.trim_start_matches('/')), headers, body: body.to_vec() };
    stream.write_all(&request.bytes())?;
    let answer = Message::read(&mut BufReader::new(stream), method != "HEAD")?;
    answer.ok_or_else(|| std::io::Error::other("closed without an answer"))
}

/// The body of an answer as JSON; a text that is none, as a string.
pub(crate) fn json(answer: &Message) -> Value {
    serde_json::from_slice(&answer.body)
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&answer.body).into_owned()))
}
