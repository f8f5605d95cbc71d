//! Questions about a stretch of time on real servers: whole windows, newest first, each document once.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use chrono::{DateTime, Utc};
use serde_json::json;
use watchfloor::cluster::{Feed, Narrowing, windows};

use super::desk::{Desk, document, lines, quit};
use super::feed::client;
use super::node::{Node, until};
use super::on_both;
use super::proxy::Proxy;

on_both!(
    documents_of_one_time_in_indices_of_two_kinds_are_each_found_once,
    times_that_no_clock_has_are_found_last,
    what_is_around_alerts_is_asked_for_of_many_at_once,
    a_document_is_found_by_its_id,
);

fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn documents_of_one_time_in_indices_of_two_kinds_are_each_found_once(node: &Node) {
    let mapping = |kind| json!({"properties": {"@timestamp": {"type": kind}, "event.action": {"type": "keyword"}}});
    let millis = node.index_with("windows-millis", json!({}), mapping("date"));
    let nanos = node.index_with("windows-nanos", json!({"number_of_shards": 3}), mapping("date_nanos"));
    let document = |n: usize, action: bool| {
        // Two of three have one time, some have none, and one has two.
        let time = match n % 10 {
            0..6 => json!("2026-11-20T10:00:00.123Z"),
            6..8 => json!(format!("2026-11-{:02}T10:00:00.{:09}Z", n % 20 + 1, n * 1001)),
            8 => json!(["2026-11-01T00:00:00Z", "2026-11-25T00:00:00Z"]),
            _ => json!(null),
        };
        let event = if action { json!({"action": "a"}) } else { json!({}) };
        json!({"@timestamp": time, "event": event, "n": n}).to_string() + "\n"
    };
    millis.load(&(0..1500).map(|n| document(n, true)).collect::<String>());
    nanos.load(&(0..1500).map(|n| document(n, n % 100 != 7)).collect::<String>());
    let client = client(node, &[&millis.name, &nanos.name]);
    let ask = |narrowing: &Narrowing, most| {
        let (mut found, mut ends, mut ahead) = (Vec::new(), Vec::new(), Vec::new());
        let left = windows::search(&client, narrowing, most, &|| false, &mut |window| {
            found.extend(window.hits.iter().map(|hit| (hit.index.clone(), hit.id.clone())));
            ends.push(window.to);
            ahead.push(window.ahead);
            ControlFlow::Continue(())
        });
        // Those without a time come last, in windows without bounds.
        let dated = ends.iter().rposition(|end| *end != DateTime::<Utc>::MAX_UTC).map_or(0, |last| last + 1);
        assert!(ends[1..dated.max(1)].is_sorted_by(|a, b| a >= b), "{ends:?}");
        assert!(ahead.is_sorted_by(|a, b| a >= b), "{ahead:?}");
        assert_eq!(found.iter().collect::<BTreeSet<_>>().len(), found.len());
        let left = left.unwrap();
        assert_eq!(left.too_large, 0);
        (found.len(), left.older, ahead.last().copied())
    };
    assert_eq!(ask(&Narrowing::default(), u64::MAX), (3000, 0, Some(0)));
    let span = |since, until| Narrowing::default().between(Some(time(since)), Some(time(until)));
    // Half of the millisecond is asked for; those without a time or an action are always among them.
    let some = span("2026-11-20T10:00:00.1225Z", "2026-11-20T10:00:00.1235Z");
    assert_eq!(ask(&some, u64::MAX), (1800 + 300 + 15, 0, Some(0)));
    let (found, left, _) = ask(&Narrowing::default(), 1000);
    assert_eq!((found, left), (1000, 2000));
}

/// A server that is asked for nanoseconds has none before 1970, and after 2262.
fn times_that_no_clock_has_are_found_last(node: &Node) {
    let mapping = |kind| json!({"properties": {"@timestamp": {"type": kind}, "event.action": {"type": "keyword"}}});
    let millis = node.index_with("clock-millis", json!({}), mapping("date"));
    let nanos = node.index_with("clock-nanos", json!({}), mapping("date_nanos"));
    let document = |time: &str| json!({"@timestamp": time, "event": {"action": "a"}}).to_string() + "\n";
    let times = [
        "1960-01-01T00:00:00Z",
        "1970-01-01T00:00:00Z",
        "2026-11-20T10:00:00Z",
        "2261-12-31T00:00:00Z",
        "2999-01-01T00:00:00Z",
    ];
    millis.load(&times.map(document).concat());
    nanos.load(&times[1..4].iter().map(|time| document(time)).collect::<String>());
    let client = client(node, &[&millis.name, &nanos.name]);
    let count = |since: Option<&str>, until: Option<&str>| {
        let narrowing = Narrowing::default().between(since.map(time), until.map(time));
        let mut found = BTreeSet::new();
        let rest = windows::search(&client, &narrowing, u64::MAX, &|| false, &mut |window| {
            window.hits.iter().for_each(|hit| assert!(found.insert((hit.index.clone(), hit.id.clone()))));
            ControlFlow::Continue(())
        });
        assert_eq!(rest.unwrap(), windows::Rest::default());
        let mut feed = Feed::once(client.clone());
        let mut read = 0;
        while let Ok(page) = feed.next(&narrowing, &|| false) {
            read += page.hits.len();
            assert!(page.troubles.is_empty(), "{:?}", page.troubles);
            if page.progress.caught_up {
                break;
            }
        }
        assert!(read >= found.len(), "{read}");
        found.len()
    };
    assert_eq!(count(None, None), 8);
    assert_eq!(count(Some("2026-01-01T00:00:00Z"), None), 5);
    assert_eq!(count(None, Some("2026-12-01T00:00:00Z")), 5);
    assert_eq!(count(Some("2026-01-01T00:00:00Z"), Some("2026-12-01T00:00:00Z")), 2);
    assert!(count(Some("1950-01-01T00:00:00Z"), Some("2500-01-01T00:00:00Z")) >= 7);
}

fn what_is_around_alerts_is_asked_for_of_many_at_once(node: &Node) {
    let index = node.index("windows-around");
    let of_its_own = |n: u32| {
        let mut document = document(&format!("event-{n:03}"), n);
        let arn = format!("arn:aws:iam::111122223333:user/u{n}");
        document["aws"]["cloudtrail"]["user_identity"]["arn"] = json!(arn);
        document
    };
    index.load(&lines((0..300).map(of_its_own)));
    let proxy = Proxy::to(&node.url);
    let desk = Desk::new(&proxy.url, &[&index.name]);
    let mut console = desk.watch();
    until("what is around the alerts", || {
        let rows = desk.rows();
        rows.len() == 300 && rows.iter().all(|row| row.assessment.refined)
    });
    // Whoever looks asks for the types of its fields first: once for the most important alerts, once for all others, once
    // for the one that is shown. Those of 64 alerts at a time would be five.
    let looks = proxy.count("user_identity.arn");
    assert!((2..5).contains(&looks), "{looks}");
    quit(&mut console);
}

fn a_document_is_found_by_its_id(node: &Node) {
    let index = node.index_with("windows-document", json!({}), json!({}));
    index.put("a%20b", br#"{"k":  1e3}"#);
    let client = client(node, &[&index.name]);
    let hit = windows::document(&client, &index.name, "a b").unwrap().unwrap();
    assert_eq!((&*hit.source, &*hit.id), (br#"{"k":  1e3}"#.as_slice(), "a b"));
    assert_eq!(windows::document(&client, &index.name, "b").unwrap(), None);
    assert_eq!(windows::document(&client, "no-such-index", "b").unwrap(), None);
}
