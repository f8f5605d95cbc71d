//! What is sent, and again, and for how long it is waited for.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use super::super::super::profile::{Secret, Secrets};
use super::server::answer;
use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn search() -> Request<'static> {
    Request { repeatable: true, ..Request::new(Method::Post, "logs-*/_search") }
}

#[test]
fn a_request_is_json_below_the_path_of_the_url_on_one_connection() {
    let server = Server::new(&[Reply::json(200, r#"{"took":1}"#)]);
    let profile = Profile { url: vec![format!("{}/es/", server.url())], ..Profile::default() };
    let client = Client::new("prod", profile).unwrap();
    let body = json!({"size": 1});
    let request =
        Request { body: Body::Json(&body), query: &[("preference", "_shards:0|a b"), ("x", "é")], ..search() };
    assert_eq!(client.send(&request).unwrap(), br#"{"took":1}"#);
    assert_eq!(client.send(&Request::new(Method::Get, "")).unwrap(), br#"{"took":1}"#);

    let asked = server.asked();
    assert_eq!(asked[0].line(), "POST /es/logs-*/_search?preference=_shards%3A0%7Ca%20b&x=%C3%A9 HTTP/1.1");
    assert_eq!(asked[0].header("content-type"), Some("application/json"));
    assert_eq!(asked[0].header("accept-encoding"), Some("gzip"));
    assert_eq!(asked[0].header("authorization"), None);
    assert_eq!(asked[0].body, br#"{"size":1}"#);
    assert_eq!(asked[1].line(), "GET /es/ HTTP/1.1");
    assert_eq!(asked[1].connection, asked[0].connection);
    assert_eq!(client.traffic(), Traffic { requests: 2, retries: 0, sent: 10, received: 20 });
}

#[test]
fn long_bodies_and_answers_are_packed() {
    let long = json!({"query": "x".repeat(5000)});
    let packed = wire::packed(&long.to_string().into_bytes()).unwrap();
    let server = Server::new(&[Reply::new(200, &["Content-Encoding: gzip"], &packed)]);
    let client = client(&server);
    let answer = client.send(&Request { body: Body::Json(&long), ..search() }).unwrap();
    assert_eq!(answer, long.to_string().into_bytes());

    let asked = &server.asked()[0];
    assert_eq!(asked.header("content-encoding"), Some("gzip"));
    assert_eq!(asked.body, packed);
    let bytes = packed.len() as u64;
    assert_eq!(client.traffic(), Traffic { requests: 1, retries: 0, sent: bytes, received: bytes });
}

#[test]
fn an_answer_is_bounded_on_the_line_and_unpacked() {
    let long = format!("{{\"x\":\"{}\"}}", "x".repeat(100_000));
    let packed = wire::packed(long.as_bytes()).unwrap();
    assert!(packed.len() < 1000);
    for reply in [Reply::json(200, &long), Reply::new(200, &["Content-Encoding: gzip"], &packed)] {
        let server = Server::new(&[reply]);
        let failure = failure(&client(&server), &Request { most: 50_000, ..search() });
        assert_eq!(failure.kind, FailureKind::TooLarge, "{failure}");
        assert_eq!(server.asked().len(), 1);
    }
}

#[test]
fn a_server_that_is_busy_is_asked_again_when_it_says() {
    let busy =
        |after: &str| Reply::new(429, &[&format!("Retry-After: {after}"), "Date: Thu, 26 Nov 2026 10:00:00 GMT"], b"");
    let server = Server::new(&[
        busy("0"),
        busy("Thu, 26 Nov 2026 09:59:00 GMT"),
        Reply::new(503, &["Content-Type: text/html"], b"<html>"),
        Reply::new(502, &[], b"<html>"),
        Reply::json(200, "{}"),
    ]);
    let client = client(&server);
    assert_eq!(client.send(&search()).unwrap(), b"{}");
    assert_eq!(client.traffic().retries, 4);
}

#[test]
fn a_busy_server_that_asks_for_no_wait_is_not_hammered() {
    for headers in [vec!["Retry-After: 0"], vec!["Retry-After: -1"], vec!["Retry-After: soon"], Vec::new()] {
        let server = Server::new(&[Reply::new(429, &headers, b"")]);
        let failure = failure(&client(&server), &Request { deadline: SECOND, ..search() });
        assert_eq!(failure.kind, FailureKind::Busy);
        // Pauses that begin with 50 ms and double.
        assert!(server.asked().len() < 8, "{}", server.asked().len());
    }
}

#[test]
fn a_body_that_is_not_taken_packed_is_sent_as_it_is() {
    let long = json!({"query": "x".repeat(5000)});
    let server = Server::new(&[Reply::json(415, "{}"), Reply::json(200, "{}")]);
    let client = client(&server);
    for _ in 0..2 {
        client.send(&Request { body: Body::Json(&long), ..search() }).unwrap();
    }
    let packed: Vec<_> = server.asked().iter().map(|asked| asked.header("content-encoding").is_some()).collect();
    assert_eq!(packed, [true, false, false]);
    assert_eq!(server.asked()[2].body, long.to_string().into_bytes());
    // What is not packed is refused for another reason.
    let server = Server::new(&[Reply::json(415, "{}")]);
    assert_eq!(failure(&self::client(&server), &search()).kind, FailureKind::Refused);
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn a_node_that_answers_nonsense_is_left_for_another() {
    let page = Reply::new(200, &["Content-Type: text/html"], b"<html>Log in</html>");
    for reply in [page, Reply::json(401, ""), Reply::json(500, ""), Reply::new(302, &["Location: /x"], b"")] {
        let (bad, good) = (Server::new(std::slice::from_ref(&reply)), Server::new(&[Reply::json(200, "{}")]));
        let url = vec![bad.url(), good.url()];
        let secrets = Secrets { api_key: Some(Secret::new("id:keyEXAMPLE")), ..Secrets::default() };
        let client = Client::new("prod", Profile { url, secrets, ..Profile::default() }).unwrap();
        assert!(client.send(&search()).is_err(), "{reply:?}");
        if !matches!(&reply, Reply::Bytes(bytes) if bytes.starts_with(b"HTTP/1.1 401")) {
            assert_eq!(client.send(&search()).unwrap(), b"{}", "{reply:?}");
        }
    }
}

/// An answer of chunks that are none, after one that was right, is one that broke.
#[test]
fn broken_chunks_are_asked_for_again() {
    let chunks = |body: &[u8]| [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", body].concat();
    let whole = chunks(b"2\r\n{}\r\n0\r\n\r\n");
    for broken in [&b"zz\r\n{}\r\n0\r\n\r\n"[..], b"2\r\n{}xx0\r\n\r\n", b"-2\r\n{}\r\n", b"ffffffffffffffffff\r\n{}"] {
        let replies = [Reply::json(200, "{}"), Reply::Cut(chunks(broken)), Reply::Bytes(whole.clone())];
        let server = Server::new(&replies);
        let client = client(&server);
        client.send(&search()).unwrap();
        let answer = client.send(&search());
        assert_eq!(answer.as_deref(), Ok(&b"{}"[..]), "{}", String::from_utf8_lossy(broken));
    }
}

/// As `Content-Length` lies: what is missing is asked for again, what is too much is not read.
#[test]
fn a_length_that_is_wrong_makes_no_answer_shorter() {
    let said =
        |length: usize| format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{{\"a\":{{}}}}").into_bytes();
    let server = Server::new(&[Reply::Cut(said(20)), Reply::Cut(said(8))]);
    assert_eq!(client(&server).send(&search()).unwrap(), b"{\"a\":{}}");
    // Where it ends as an answer would, whoever reads it finds that it does not.
    let server = Server::new(&[Reply::Cut(said(7))]);
    assert_eq!(client(&server).send(&search()).unwrap(), b"{\"a\":{}");
}

/// Bytes that trickle in do not extend the deadline.
#[test]
fn an_answer_that_trickles_ends_at_the_deadline() {
    let server = Server::new(&[Reply::Trickle(answer(200, &[], b"{\"took\":1}"))]);
    let failure = failure(&client(&server), &Request { deadline: SECOND / 4, ..search() });
    assert_eq!(failure.kind, FailureKind::Timeout);
}

#[test]
fn an_address_may_be_of_the_newer_kind() {
    let Ok(listener) = std::net::TcpListener::bind("[::1]:0") else { return };
    let server = Server::on(listener, &[Reply::json(200, "{}")]);
    let url = vec![format!("http://[::1]:{}", server.port)];
    let client = Client::new("prod", Profile { url, ..Profile::default() }).unwrap();
    assert_eq!(client.send(&search()).unwrap(), b"{}");
    assert_eq!(server.asked()[0].header("host"), Some(&*format!("[::1]:{}", server.port)));
}

#[test]
fn a_wait_beyond_the_deadline_is_not_begun() {
    for (after, wait) in [("7", 7), ("3600", 60), ("Thu, 26 Nov 2026 10:00:09 GMT", 9)] {
        let headers = [&*format!("Retry-After: {after}"), "Date: Thu, 26 Nov 2026 10:00:00 GMT"];
        let server = Server::new(&[Reply::new(429, &headers, b"")]);
        let failure = failure(&client(&server), &Request { deadline: 2 * SECOND, ..search() });
        assert_eq!((failure.kind, failure.retry_after), (FailureKind::Busy, Some(wait * SECOND)));
    }
}

#[test]
fn what_may_have_been_done_is_only_sent_again_when_repeatable() {
    let write = Request::new(Method::Put, "watchfloor-audit/_create/1");
    for reply in [Reply::json(503, "{}"), Reply::Cut(Vec::new()), Reply::Cut(answer(200, &[], b"{}")[..20].to_vec())] {
        let server = Server::new(&[reply.clone(), Reply::json(201, "{}")]);
        assert!(client(&server).send(&write).is_err(), "{reply:?}");
        assert_eq!(server.asked().len(), 1);
        let server = Server::new(&[reply, Reply::json(201, "{}")]);
        assert_eq!(client(&server).send(&Request { repeatable: true, ..write }).unwrap(), b"{}");
        assert_eq!(server.asked().len(), 2);
    }
    // A busy server says that it did nothing.
    let server = Server::new(&[Reply::json(429, "{}"), Reply::json(201, "{}")]);
    assert_eq!(client(&server).send(&write).unwrap(), b"{}");
}

#[test]
fn the_next_node_is_asked_where_one_does_not_answer() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let server = Server::new(&[Reply::json(200, "{}")]);
    let url = vec![format!("http://{closed}"), server.url()];
    let client = Client::new("prod", Profile { url, ..Profile::default() }).unwrap();
    // Not even a write can have been done where nobody listens.
    assert_eq!(client.send(&Request::new(Method::Put, "x")).unwrap(), b"{}");
    assert_eq!(client.send(&search()).unwrap(), b"{}");
    // The second request began where the first one ended.
    assert_eq!(client.traffic(), Traffic { requests: 3, retries: 1, sent: 0, received: 4 });

    let client = Client::new("prod", Profile { url: vec![format!("http://{closed}")], ..Profile::default() }).unwrap();
    let failure = failure(&client, &search());
    assert_eq!(
        failure.to_string(),
        format!(
            "cluster prod (http://{closed}): nobody listens there; check url in the configuration and whether the server runs"
        )
    );
}

/// H4: an answer counts when it is whole.
#[test]
fn an_answer_cut_anywhere_is_asked_for_again() {
    let body = br#"{"hits":{"hits":[{"_id":"a"},{"_id":"b"}]}}"#;
    let plain = answer(200, &["Content-Type: application/json"], body);
    let packed = answer(200, &["Content-Encoding: gzip"], &wire::packed(body).unwrap());
    let chunked =
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2b\r\n".as_slice(), body, b"\r\n0\r\n\r\n"].concat();
    for whole in [plain, packed, chunked] {
        for cut in 0..whole.len() {
            let server = Server::new(&[Reply::Cut(whole[..cut].to_vec()), Reply::Bytes(whole.clone())]);
            let answer = client(&server).send(&search());
            assert_eq!(answer.as_deref(), Ok(body.as_slice()), "cut at {cut}");
        }
    }
}

/// H5.
#[test]
fn silence_ends_at_the_deadline_wherever_it_begins() {
    let whole = answer(200, &["Content-Type: application/json"], b"{\"took\":1}");
    for upto in [0, 9, 20, whole.len() - 1] {
        for method in [Method::Get, Method::Post, Method::Put] {
            let server = Server::new(&[Reply::Stall(whole[..upto].to_vec())]);
            let started = Instant::now();
            let request = Request { deadline: Duration::from_millis(200), ..Request::new(method, "x") };
            let failure = failure(&client(&server), &request);
            assert_eq!(
                said(&failure, &server),
                "cluster prod (http://127.0.0.1:PORT): it did not answer in time; \
                 look whether its nodes are busy, or short of memory"
            );
            assert!(started.elapsed() >= request.deadline);
        }
    }
}

#[test]
fn a_request_that_nobody_waits_for_ends_at_once_and_tells_the_server() {
    let whole = answer(200, &[], b"{\"took\":1}");
    for reply in [Reply::Stall(Vec::new()), Reply::Stall(whole[..whole.len() - 1].to_vec()), Reply::json(503, "")] {
        let server = Server::new(&[reply]);
        let asked = AtomicBool::new(false);
        // Wanted until the server has the request.
        let stop = || !server.asked().is_empty() && asked.swap(true, Ordering::Relaxed);
        let request = Request { deadline: 3600 * SECOND, stop: Some(&stop), ..search() };
        let failure = failure(&client(&server), &request);
        assert_eq!(failure.kind, FailureKind::Stopped);
    }
}

/// H8, H2.
#[test]
fn json_is_json_whatever_it_is_called() {
    let server = Server::new(&[Reply::new(200, &["Content-Type: text/plain"], b" {\"took\":1}\n")]);
    assert!(client(&server).send(&search()).is_ok());
    for garbage in ["<html><body>Log in</body></html>", "took", "{\"took\":1", "\u{0}"] {
        let server = Server::new(&[Reply::json(200, garbage)]);
        assert_eq!(
            said(&failure(&client(&server), &search()), &server),
            "cluster prod (http://127.0.0.1:PORT): what it answers is not JSON (200); check whether url is that of a \
             search server, and what stands in between"
        );
    }
}
