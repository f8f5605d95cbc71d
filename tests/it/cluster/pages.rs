//! Reading in pages: what is at their edges, and what happens between two of them.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::desk::{Desk, document, lines, quiet, quit, wait_for_words};
use super::http::Message;
use super::node::{Node, Own, Vendor, turn};
use super::on_both;
use super::proxy::{Fault, Proxy, When};

on_both!(
    equals_at_the_edge_of_a_page_are_all_read,
    an_index_that_allows_small_pages_only,
    a_failure_in_the_third_page_finishes_nothing,
    an_answer_may_end_after_any_byte,
    half_of_the_requests_meet_a_gateway_in_html,
    a_server_that_asks_to_wait_is_waited_for,
    a_server_short_of_memory_is_asked_for_less,
    right_json_of_the_wrong_type_is_taken,
    garbage_is_named,
    nobody_is_followed_to_another_address,
    a_console_on_a_silent_server_listens_to_its_keys,
    an_address_may_have_a_path,
    a_poll_with_nothing_new_is_one_small_request,
);

fn more() -> String {
    document("more", 50_000).to_string()
}

/// Documents of an index that allows pages of `page`, and 60 more among them that no rule fires on.
fn paged(node: &Node, name: &str, page: u64) -> (super::node::Index, String) {
    let index = node.index_with(name, json!({ "max_result_window": page }), node.mapping());
    let documents =
        lines((0..80).map(|n| {
            if n % 4 == 0 { document(&format!("event-{n:02}"), n) } else { quiet(&format!("quiet-{n:02}"), n) }
        }));
    index.load(&documents);
    (index, documents)
}

/// G1.
fn equals_at_the_edge_of_a_page_are_all_read(node: &Node) {
    let indices = ["a", "b"].map(|name| node.index_with(name, json!({ "max_result_window": 7 }), node.mapping()));
    let documents: Vec<Value> = (0..40)
        .map(|n| {
            let mut document = document(&format!("event-{n:02}"), 0);
            // Without an id they differ in something else.
            document["user_agent"]["original"] = json!(format!("agent {n}"));
            if n % 2 == 0 {
                document["event"].as_object_mut().unwrap().remove("id");
            }
            document
        })
        .collect();
    indices[0].load(&lines(documents[..20].to_vec()));
    indices[1].load(&lines(documents[20..].to_vec()));
    let desk = Desk::new(&node.url, &[&indices[0].name, &indices[1].name]);
    let all = lines(documents);
    let place = desk.file(&all);
    assert_eq!(desk.scan(&[&place]).len(), 40);
    let query = "event.action:StartExportTask";
    assert_eq!(desk.query(query, "cluster:c"), desk.query(query, &place));
    desk.all_once(&all, || indices[1].load(&more()));
}

/// G6.
fn an_index_that_allows_small_pages_only(node: &Node) {
    let (index, documents) = paged(node, "window", 20);
    Desk::new(&node.url, &[&index.name]).all_once(&documents, || index.load(&more()));
}

/// G8.
fn a_failure_in_the_third_page_finishes_nothing(node: &Node) {
    let (index, documents) = paged(node, "third", 8);
    let proxy = Proxy::to(&node.url);
    let desk = Desk::new(&proxy.url, &[&index.name]);
    let fails = |proxy: &Proxy| {
        proxy.when(
            When::path("_search").after(3).times(1),
            Fault::answer(503, r#"{"error":{"type":"x"},"status":503}"#),
        );
        let refused = r#"{"error":{"type":"illegal_argument_exception","reason":"not today"},"status":400}"#;
        proxy.when(When::path("_search").after(4).times(1), Fault::answer(400, refused));
    };
    fails(&proxy);
    let wanted = desk.scan(&[&desk.file(&documents)]);
    let mut console = desk.watch();
    desk.until_alerts(&console, &wanted);
    quit(&mut console);
    fails(&proxy);
    let ran = desk.run(&["scan", "cluster:c", "--since", "2026-11-01", "--format", "ndjson"]);
    // Either it made up for both, or it says that it did not.
    assert!(ran.out.lines().count() == wanted.len() || (ran.code == 1 && ran.err.contains("not today")), "{}", ran.err);
    proxy.mend();
    desk.all_once(&documents, || index.load(&more()));
}

/// H4.
fn an_answer_may_end_after_any_byte(node: &Node) {
    let (index, documents) = paged(node, "cut", 30);
    let proxy = Proxy::to(&node.url);
    let desk = Desk::new(&proxy.url, &[&index.name]);
    let wanted = desk.scan(&[&desk.file(&documents)]);
    for at in [0, 1, 9, 17, 40, 90, 150, 230, 400, 700, 1_500, 5_000] {
        proxy.mend();
        proxy.when(When::any().every(2), Fault::Cut(at));
        assert_eq!(desk.scan(&["cluster:c"]), wanted, "cut after {at}");
    }
    proxy.mend();
    proxy.when(When::any().every(2), Fault::Refuse);
    assert_eq!(desk.scan(&["cluster:c"]), wanted, "not even heard");
    proxy.mend();
    let mut console = desk.watch();
    desk.until_alerts(&console, &wanted);
    quit(&mut console);
}

/// H2.
fn half_of_the_requests_meet_a_gateway_in_html(node: &Node) {
    let (index, documents) = paged(node, "gateway", 30);
    let proxy = Proxy::to(&node.url);
    let desk = Desk::new(&proxy.url, &[&index.name]);
    let page = "<html><head><title>502 Bad Gateway</title></head></html>";
    proxy.when(When::any().every(2), Fault::answer(502, page).with("content-type", "text/html"));
    desk.all_once(&documents, || index.load(&more()));
    proxy.mend();
    proxy.when(When::any(), Fault::answer(503, page).with("content-type", "text/html"));
    let mut console = desk.watch();
    wait_for_words(&console, "503");
    assert!(!console.text().contains('<'), "{}", console.text());
    quit(&mut console);
}

/// H1.
fn a_server_that_asks_to_wait_is_waited_for(node: &Node) {
    let (index, documents) = paged(node, "wait", 30);
    let proxy = Proxy::to(&node.url);
    let desk = Desk::new(&proxy.url, &[&index.name]);
    let busy = || Fault::answer(429, r#"{"error":{"type":"es_rejected_execution_exception"},"status":429}"#);
    proxy.when(When::path("_search").times(2), busy().with("retry-after", "1"));
    proxy.when(When::path("_search").after(2).times(1), busy().with("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT"));
    desk.all_once(&documents, || index.load(&more()));
}

/// Q6.
fn a_server_short_of_memory_is_asked_for_less(node: &Node) {
    let (index, documents) = paged(node, "memory", 10_000);
    let proxy = Proxy::to(&node.url);
    let desk = Desk::new(&proxy.url, &[&index.name]);
    let broken = |durability: &str| {
        let error =
            json!({ "error": { "type": "circuit_breaking_exception", "durability": durability }, "status": 429 });
        Fault::answer(429, &error.to_string())
    };
    proxy.when(When::path("_search").times(2), broken("TRANSIENT"));
    let wanted = desk.scan(&[&desk.file(&documents)]);
    assert_eq!(desk.scan(&["cluster:c"]), wanted);
    proxy.mend();
    proxy.when(When::path("_search").times(2), broken("TRANSIENT"));
    let mut console = desk.watch();
    desk.until_alerts(&console, &wanted);
    quit(&mut console);
    proxy.mend();
    proxy.when(When::path("_search"), broken("PERMANENT"));
    let ran = desk.run(&["scan", "cluster:c", "--since", "2026-11-01"]);
    assert!(ran.code == 1 && ran.err.contains(&index.name), "{}", ran.err);
}

/// H8, first half.
fn right_json_of_the_wrong_type_is_taken(node: &Node) {
    let (index, documents) = paged(node, "plain", 30);
    let proxy = Proxy::to(&node.url);
    let plain = |answer: &mut Message| {
        answer.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
        answer.headers.push(("content-type".into(), "text/plain".into()));
    };
    proxy.when(When::any(), Fault::edit(plain));
    Desk::new(&proxy.url, &[&index.name]).all_once(&documents, || index.load(&more()));
}

/// H8, second half.
fn garbage_is_named(node: &Node) {
    let (index, documents) = paged(node, "garbage", 30);
    let proxy = Proxy::to(&node.url);
    let desk = Desk::new(&proxy.url, &[&index.name]);
    proxy.when(When::path("_search"), Fault::answer(200, "{{{ \u{1b}[31m").with("content-type", "application/json"));
    let ran = desk.run(&["scan", "cluster:c", "--since", "2026-11-01"]);
    assert!(ran.code != 0 && ran.err.contains("cluster c"), "{}: {}", ran.code, ran.err);
    assert!(!ran.err.contains('\u{1b}'), "{}", ran.err);
    proxy.mend();
    desk.all_once(&documents, || index.load(&more()));
}

/// A5.
fn nobody_is_followed_to_another_address(node: &Node) {
    let (index, _) = paged(node, "redirect", 30);
    let (proxy, elsewhere) = (Proxy::to(&node.url), Proxy::to(&node.url));
    let desk = Desk::new(&proxy.url, &[&index.name]);
    for status in [301, 302, 307, 308] {
        proxy.mend();
        proxy.when(When::any(), Fault::answer(status, "").with("location", &format!("{}/x", elsewhere.url)));
        let ran = desk.run(&["scan", "cluster:c", "--since", "2026-11-01"]);
        assert!(ran.code != 0 && ran.err.contains(&status.to_string()), "{}: {}", ran.code, ran.err);
        assert_eq!(elsewhere.passed().len(), 0);
    }
}

/// H5, of the console: the client's own tests hold its deadlines.
fn a_console_on_a_silent_server_listens_to_its_keys(node: &Node) {
    let (index, documents) = paged(node, "silent", 30);
    let proxy = Proxy::to(&node.url);
    let desk = Desk::new(&proxy.url, &[&index.name]);
    for fault in [Fault::Hang, Fault::Stall(0), Fault::Stall(40), Fault::Stall(400)] {
        proxy.mend();
        proxy.when(When::any(), fault);
        let mut console = desk.watch();
        let before = proxy.passed().len();
        super::node::until("a request", || proxy.passed().len() > before);
        // The fastest of some: a machine that is busy may be slow, a console that waits for an answer always is.
        let fastest = (0..8).map(|_| {
            let pressed = Instant::now();
            console.type_keys("?");
            console.wait_for("Keys");
            let took = pressed.elapsed();
            console.type_keys("\x1b");
            console.wait("the table", |seen| (!seen.screen.screen().contents().contains("Keys")).then_some(()));
            took
        });
        assert!(fastest.min().unwrap() < Duration::from_millis(100));
        quit(&mut console);
    }
    proxy.mend();
    desk.all_once(&documents, || index.load(&more()));
}

/// H9.
fn an_address_may_have_a_path(node: &Node) {
    let (index, documents) = paged(node, "path", 30);
    let proxy = Proxy::below("/es", &node.url);
    let desk = Desk::new(&format!("{}/es/", proxy.url), &[&index.name]);
    desk.all_once(&documents, || index.load(&more()));
    let outside: Vec<_> = proxy.passed().into_iter().filter(|passed| !passed.what.contains(" /es/")).collect();
    assert!(outside.is_empty(), "{outside:?}");
}

/// What a poll costs in the usual case, one index of one shard, when nothing is new.
fn a_poll_with_nothing_new_is_one_small_request(node: &Node) {
    let (index, documents) = paged(node, "poll", 10_000);
    let proxy = Proxy::to(&node.url);
    let desk = Desk::new(&proxy.url, &[&index.name]);
    let mut console = desk.watch();
    desk.until_alerts(&console, &desk.scan(&[&desk.file(&documents)]));
    wait_for_words(&console, "● live");
    // What types fields have is asked now and then; between that, polls are all there is.
    super::node::until("three polls in a row", || {
        let passed = proxy.passed();
        let mut last = passed.iter().rev().take(3);
        passed.len() > 10 && last.all(|poll| poll.what.contains("_search") && poll.sent < 1024)
    });
    quit(&mut console);
}

/// G3: a node that is killed and started between two pages.
fn killed_between_pages(vendor: Vendor) {
    let _turn = turn();
    let Some(mut own) = Own::start(vendor, &[]) else { return };
    let (index, documents) = paged(&own.node, "killed", 8);
    let proxy = Proxy::to(&own.node.url);
    let desk = Desk::new(&proxy.url, &[&index.name]);
    let wanted = desk.scan(&[&desk.file(&documents)]);
    proxy.when(When::path("_search").after(4), Fault::Hang);
    let mut console = desk.watch();
    super::node::until("the fifth page", || proxy.count("_search") > 4);
    own.kill();
    own.start_again();
    proxy.mend();
    desk.until_alerts(&console, &wanted);
    quit(&mut console);
    assert_eq!(desk.read(), 80);
    drop(index);
}

#[test]
fn elasticsearch_is_killed_between_two_pages() {
    killed_between_pages(Vendor::Elasticsearch);
}

#[test]
fn opensearch_is_killed_between_two_pages() {
    killed_between_pages(Vendor::Opensearch);
}
