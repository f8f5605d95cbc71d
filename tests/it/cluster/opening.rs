//! What a scan asks before it reads, of a server that answers as the test says. No node takes part.

use std::io::{BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use watchfloor::cluster::{Client, Failure, FailureKind, Feed, Page, Profile};

use super::feed::query;
use super::http::Message;
use super::node::PATIENCE;
use crate::cli;

/// What is asked, by its path: who answers, what stands behind the patterns, the types of the fields.
const ASKED: [&str; 3] = ["GET /", "GET /logs", "GET /logs/_field_caps"];
const SOUND: &str = r#"{"version":{"number":"9.2.0","build_flavor":"default"},"tagline":"You Know, for Search"}"#;
const OLD: &str = r#"{"version":{"number":"7.17.3"},"tagline":"You Know, for Search"}"#;
const INDEX: &str = r#"{"logs":{"settings":{"index":{"uuid":"u","number_of_shards":"1"}}}}"#;
const FORBIDDEN: &str =
    r#"{"error":{"type":"security_exception","reason":"action [REASON] is unauthorized"},"status":403}"#;
const EMPTY: &str =
    r#"{"timed_out":false,"_shards":{"total":1,"successful":1,"failed":0},"hits":{"total":{"value":0},"hits":[]}}"#;

#[derive(Default)]
struct State {
    asked: Mutex<Vec<String>>,
    news: Condvar,
}

/// Answers each of [`ASKED`] with a status and a body once all of them wait for it, if `together`; and searches with nothing.
fn server(answers: [(u16, String); 3], together: bool) -> (String, Arc<State>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let state = Arc::new(State::default());
    let (shared, answers) = (Arc::clone(&state), Arc::new(answers));
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let (state, answers) = (Arc::clone(&shared), Arc::clone(&answers));
            thread::spawn(move || drop(serve(&stream, &state, &answers, together)));
        }
    });
    (url, state)
}

fn serve(mut stream: &TcpStream, state: &State, answers: &[(u16, String); 3], together: bool) -> std::io::Result<()> {
    let mut from = BufReader::new(stream.try_clone()?);
    while let Some(request) = Message::read(&mut from, true)? {
        let what = request.first.split([' ', '?']).take(2).collect::<Vec<_>>().join(" ");
        let mut asked = state.asked.lock().unwrap();
        asked.push(what.clone());
        state.news.notify_all();
        if together && ASKED.contains(&&*what) {
            let waits = |asked: &mut Vec<String>| !ASKED.iter().all(|one| asked.iter().any(|what| what == one));
            let waited = state.news.wait_timeout_while(asked, PATIENCE, waits).unwrap().1;
            assert!(!waited.timed_out(), "{what} is asked alone");
        } else {
            drop(asked);
        }
        let at = ASKED.iter().position(|one| *one == what);
        let (status, body) = at.map_or((200, EMPTY), |at| (answers[at].0, &*answers[at].1));
        let headers = vec![("content-length".to_owned(), body.len().to_string())];
        let answer = Message { first: format!("HTTP/1.1 {status} Told"), headers, body: body.into() };
        stream.write_all(&answer.bytes())?;
    }
    Ok(())
}

fn forbidden(reason: &str) -> (u16, String) {
    (403, FORBIDDEN.replace("REASON", reason))
}

/// What the first step of reading once comes to, and what was asked for it.
fn read(answers: [(u16, String); 3]) -> (Result<Page, Failure>, Vec<String>) {
    let (url, state) = server(answers, true);
    let profile = Profile { url: vec![url], index: vec!["logs".to_owned()], ..Profile::default() };
    let mut feed = Feed::once(Client::new("c", profile).unwrap());
    let page = feed.next(&query("event.action: StartExportTask"), &|| false);
    let asked = state.asked.lock().unwrap().clone();
    (page, asked)
}

fn sound(body: &str) -> (u16, String) {
    (200, body.to_owned())
}

#[test]
fn what_does_not_depend_on_each_other_is_asked_together() {
    let (page, mut asked) = read([sound(SOUND), sound(INDEX), sound("{}")]);
    assert!(page.unwrap().progress.caught_up);
    // What stands behind the patterns, and what fields it makes up.
    assert_eq!(asked.split_off(4), ["POST /logs/_search"]);
    asked.sort();
    asked.dedup();
    assert_eq!(asked, ASKED);
}

#[test]
fn of_several_failures_the_same_is_told_each_time() {
    // Types that a key may not ask for are done without.
    let (listing, types) = (forbidden("listing"), (400, forbidden("types").1));
    for (answers, told) in [
        ([sound(OLD), listing.clone(), types.clone()], "Elasticsearch 7.17.3 is not supported"),
        ([sound(SOUND), listing.clone(), types.clone()], "listing"),
        ([forbidden("root"), listing, types.clone()], "listing"),
        ([sound(SOUND), sound(INDEX), types.clone()], "types"),
    ] {
        let failure = read(answers).0.unwrap_err().to_string();
        assert!(failure.contains(told), "{told}: {failure}");
    }
    // Where nothing is to be read, no types are missed.
    let page = read([sound(SOUND), sound("{}"), types]).0.unwrap();
    assert_eq!(page.troubles.len(), 1, "{:?}", page.troubles);
}

#[test]
fn a_password_that_is_wrong_is_sent_once() {
    let wrong = || {
        (401, r#"{"error":{"type":"security_exception","reason":"unable to authenticate"},"status":401}"#.to_owned())
    };
    let (url, state) = server([wrong(), wrong(), wrong()], false);
    let desk = cli::Desk::new();
    let password_file = Some(desk.file("password", b"EXAMPLE\n").into());
    let profile = Profile {
        url: vec![url],
        index: vec!["logs".to_owned()],
        user: Some("mk".to_owned()),
        password_file,
        ..Profile::default()
    };
    let mut feed = Feed::once(Client::new("c", profile).unwrap());
    let failure = feed.next(&query("event.action: StartExportTask"), &|| false).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unauthorized);
    assert_eq!(*state.asked.lock().unwrap(), ["GET /"]);
}
