//! Three nodes, of which one is killed while four write and a console reads.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::desk::{Desk, document, quiet, quit, wait_for_words};
use super::http;
use super::node::{Index, Node, Own, Vendor, turn, until};

/// How often the console asks for what is new; and what a machine that runs three nodes may need to answer and evaluate.
const POLL: Duration = Duration::from_secs(5);
const BUSY: Duration = Duration::from_secs(5);

/// Documents of each of the four writers, and how many of them raise an alert.
const EACH: u32 = 2_500;
const EVERY: u32 = 125;

/// What writer `who` indexes as its `n`-th: a third comes days late or does not say when it came.
fn written(who: u32, n: u32) -> Value {
    let id = format!("w{who}-{n:04}");
    let mut written = if n.is_multiple_of(EVERY) { document(&id, n) } else { quiet(&id, n) };
    match n % 6 {
        0 => written["@timestamp"] = json!("2026-11-20T00:00:00Z"),
        3 => drop(written["event"].as_object_mut().unwrap().remove("ingested")),
        _ => {}
    }
    written
}

/// Writes them in small parts; what was not acknowledged is written again, as a careful shipper does.
fn write(urls: &[String], index: &str, who: u32) {
    for part in (0..EACH).collect::<Vec<_>>().chunks(50) {
        let mut left: Vec<u32> = part.to_vec();
        let mut asked = who as usize;
        until("the cluster to take documents", || {
            let mut body = String::new();
            for n in &left {
                body +=
                    &format!("{}\n{}\n", json!({ "create": { "_id": format!("w{who}-{n:04}") } }), written(who, *n));
            }
            asked += 1;
            let path = format!("{index}/_bulk?timeout=5s");
            let Ok(answer) = http::ask(&urls[asked % urls.len()], "POST", &path, body.as_bytes()) else { return false };
            let answer = http::json(&answer);
            let Some(items) = answer["items"].as_array() else { return false };
            // 409: the answer that said so was lost.
            let done = |item: &Value| matches!(item["create"]["status"].as_u64(), Some(201 | 409));
            let mut items = items.iter();
            left.retain(|_| items.next().is_none_or(|item| !done(item)));
            left.is_empty()
        });
    }
}

/// Which of the nodes holds the primary of the first shard.
pub(super) fn holder(node: &Node, index: &str) -> String {
    let shards = node.ok("GET", &format!("_cat/shards/{index}?format=json"), &Value::Null);
    let primary = shards.as_array().unwrap().iter().find(|s| s["prirep"] == "p" && s["shard"] == "0");
    primary.unwrap()["node"].as_str().unwrap().to_owned()
}

fn index(node: &Node, name: &str, shards: u64, replicas: u64) -> Index {
    let index = node.name(name);
    let settings = json!({ "number_of_shards": shards, "number_of_replicas": replicas });
    let body = json!({ "settings": { "index": settings }, "mappings": { "dynamic": false } });
    node.ok("PUT", &format!("{}?wait_for_active_shards=all", index.name), &body);
    index
}

/// 10,000 events by four writers, with a rollover and the primary's node killed in between; each alert once.
fn every_alert_once(nodes: &mut [Own], shards: u64) {
    let urls: Vec<String> = nodes.iter().map(|own| own.node.url.clone()).collect();
    let old = index(&nodes[0].node, "events", shards, 1);
    let new = old.another("2");
    let settings = json!({ "number_of_shards": shards, "number_of_replicas": 1 });
    let template = json!({
        "index_patterns": [new.name],
        "template": { "settings": { "index": settings }, "mappings": { "dynamic": false } },
    });
    nodes[0].node.ok("PUT", &format!("_index_template/{}", new.name), &template);
    let desk = Desk::on(&urls, &[&format!("{}*", old.name)]);
    let mut console = desk.watch();
    console.wait_for("live · as of");
    thread::scope(|scope| {
        for who in 0..4 {
            // Two write to the old index, two to the new one, which their first write makes.
            let target = if who < 2 { &old.name } else { &new.name };
            let urls = &urls;
            scope.spawn(move || write(urls, target, who));
        }
        until("some alerts", || !desk.rows().is_empty());
        let primary = holder(&nodes[0].node, &old.name);
        let victim = nodes.iter().position(|own| own.name() == primary).unwrap();
        nodes[victim].kill();
        // Meanwhile the other copy has taken over.
        until("another primary", || {
            let alive = &nodes[(victim + 1) % 3].node;
            let health = alive.ask("GET", "_cluster/health?wait_for_status=yellow&timeout=5s", &Value::Null).1;
            health["timed_out"] == false
        });
        nodes[victim].start_again();
    });
    // What was written is searchable from here on.
    nodes[0].node.ok("POST", &format!("{}*/_refresh", old.name), &Value::Null);
    let searchable = Instant::now();
    let mut wanted: Vec<String> =
        (0..4).flat_map(|who| (0..EACH).step_by(EVERY as usize).map(move |n| format!("w{who}-{n:04}"))).collect();
    wanted.sort();
    desk.until_alerts(&console, &wanted);
    let took = searchable.elapsed();
    assert!(took < POLL * 2 + BUSY, "{took:?}");
    // Each once, also when it is looked again.
    console.type_keys("r");
    console.wait_for("live · as of");
    quit(&mut console);
    assert_eq!(desk.alerts(), wanted);
}

/// The same without a replica: what does not answer is named, nothing advances there, and all is there once it does.
fn named_while_it_is_gone(nodes: &mut [Own]) {
    let events = index(&nodes[0].node, "single", 3, 0);
    let victim = nodes.iter().position(|own| own.name() == holder(&nodes[0].node, &events.name)).unwrap();
    let alive = nodes[(victim + 1) % 3].node.clone();
    let desk = Desk::new(&alive.url, &[&events.name]);
    let bulk = |from: u32| {
        let lines = (from..from + 30).map(|n| document(&format!("event-{n:02}"), n));
        super::desk::lines(lines)
    };
    events.load(&bulk(0));
    let mut wanted: Vec<String> = (0..30).map(|n| format!("event-{n:02}")).collect();
    let mut console = desk.watch();
    desk.until_alerts(&console, &wanted);
    // More comes, and the node is gone before it was read.
    quit(&mut console);
    events.load(&bulk(30));
    nodes[victim].kill();
    let mut console = desk.watch();
    console.type_keys("!");
    wait_for_words(&console, &events.name);
    wait_for_words(&console, "1 of 3 shards");
    let ran = desk.run(&["scan", "cluster:c", "--since", "2026-11-01"]);
    assert!(ran.code == 1 && ran.err.contains(&events.name), "{}: {}", ran.code, ran.err);
    nodes[victim].start_again();
    wanted.extend((30..60).map(|n| format!("event-{n:02}")));
    desk.until_alerts(&console, &wanted);
    quit(&mut console);
    assert_eq!(desk.scan(&["cluster:c"]), wanted);
}

/// One cluster for all of it: three nodes take a while to find each other.
fn a_node_dies(vendor: Vendor) {
    let _turn = turn();
    let Some(mut nodes) = Own::cluster(vendor, 3) else { return };
    every_alert_once(&mut nodes, 1);
    every_alert_once(&mut nodes, 3);
    named_while_it_is_gone(&mut nodes);
}

#[test]
fn a_node_of_elasticsearch_dies() {
    a_node_dies(Vendor::Elasticsearch);
}

#[test]
fn a_node_of_opensearch_dies() {
    a_node_dies(Vendor::Opensearch);
}
