//! Answers that leave something out, and say 200.

use serde_json::{Value, json};

use super::desk::{Desk, document, lines, quiet, quit, wait_for_words};
use super::node::Node;
use super::on_both;
use super::proxy::{Fault, Proxy, When};

on_both!(
    a_field_of_another_type_hides_no_index,
    an_answer_cut_by_time_is_not_nothing_new,
    shards_that_do_not_answer_are_named_and_made_up_for,
    shards_that_are_skipped_are_no_fault,
    a_red_index_holds_up_no_other,
    an_index_that_is_red_for_a_while_at_its_rollover,
    a_version_that_is_not_supported_is_said,
);

/// P1.
fn a_field_of_another_type_hides_no_index(node: &Node) {
    let right = node.index("right");
    let properties = json!({
        "event": { "properties": { "dataset": { "type": "ip", "ignore_malformed": true } } },
        "cloud": { "properties": { "provider": { "type": "long", "ignore_malformed": true } } },
    });
    let wrong = node.index_with("wrong", json!({}), json!({ "properties": properties }));
    let documents: Vec<Value> = (0..10).map(|n| document(&format!("event-{n:02}"), n)).collect();
    right.load(&lines(documents[..5].to_vec()));
    wrong.load(&lines(documents[5..].to_vec()));
    let desk = Desk::new(&node.url, &[&right.name, &wrong.name]);
    let all = lines(documents);
    for query in ["cloud.provider:aws", "event.dataset:aws.cloudtrail and event.outcome:success", "event.*:aws"] {
        assert_eq!(desk.query(query, "cluster:c"), desk.query(query, &desk.file(&all)), "{query}");
    }
    desk.all_once(&all, || wrong.load(&document("more", 99).to_string()));
}

/// Changes answers to searches that carry hits.
fn searches(change: impl Fn(&mut Value) + Send + Sync + 'static) -> Fault {
    Fault::edit(move |answer| {
        let Ok(mut value) = serde_json::from_slice::<Value>(&answer.body) else { return };
        if let Some(responses) = value["responses"].as_array_mut() {
            responses.iter_mut().for_each(&change);
        } else if value.get("hits").is_some() {
            change(&mut value);
        } else {
            return;
        }
        answer.body = value.to_string().into_bytes();
    })
}

/// P4, as Elasticsearch does: 200, and nothing in it.
fn an_answer_cut_by_time_is_not_nothing_new(node: &Node) {
    let index = node.index("timeout");
    let documents = lines((0..10).map(|n| document(&format!("event-{n:02}"), n)));
    index.load(&documents);
    let proxy = Proxy::to(&node.url);
    let desk = Desk::new(&proxy.url, &[&index.name]);
    let cut = || {
        searches(|answer| {
            answer["timed_out"] = json!(true);
            answer["hits"]["hits"] = json!([]);
        })
    };
    proxy.when(When::path("_search"), cut());
    let ran = desk.run(&["scan", "cluster:c", "--since", "2026-11-01"]);
    assert!(ran.code == 1 && ran.err.contains(&index.name), "{}{}", ran.out, ran.err);
    let mut console = desk.watch();
    let wanted: Vec<String> = (0..10).map(|n| format!("event-{n:02}")).collect();
    wait_for_words(&console, "cluster c");
    assert_eq!(desk.alerts(), [""; 0]);
    proxy.mend();
    desk.until_alerts(&console, &wanted);
    quit(&mut console);
    desk.all_once(&documents, || index.load(&document("more", 99).to_string()));
}

/// As OpenSearch does when a node that holds a shard dies: fewer answer than there are, and none failed.
fn shards_that_do_not_answer_are_named_and_made_up_for(node: &Node) {
    let index = node.index_with("shards", json!({ "number_of_shards": 3 }), node.mapping());
    let documents = lines((0..30).map(|n| document(&format!("event-{n:02}"), n)));
    index.load(&documents);
    let proxy = Proxy::to(&node.url);
    let desk = Desk::new(&proxy.url, &[&index.name]);
    proxy.when(
        When::path("_search"),
        searches(|answer| {
            let total = answer["_shards"]["total"].as_u64().unwrap_or(1);
            answer["_shards"]["successful"] = json!(total - 1);
            answer["hits"]["hits"] = json!([]);
        }),
    );
    let ran = desk.run(&["scan", "cluster:c", "--since", "2026-11-01"]);
    assert!(ran.code == 1 && ran.err.contains(&index.name), "{}{}", ran.code, ran.err);
    proxy.mend();
    desk.all_once(&documents, || index.load(&document("more", 99).to_string()));
}

/// P8.
fn shards_that_are_skipped_are_no_fault(node: &Node) {
    let index = node.index("skipped");
    let documents = lines((0..5).map(|n| document(&format!("event-{n:02}"), n)));
    index.load(&documents);
    let proxy = Proxy::to(&node.url);
    let desk = Desk::new(&proxy.url, &[&index.name]);
    proxy.when(
        When::path("_search"),
        searches(|answer| answer["_shards"] = json!({ "total": 60, "successful": 60, "skipped": 59, "failed": 0 })),
    );
    desk.all_once(&documents, || index.load(&document("more", 99).to_string()));
}

/// An index whose shards no node may hold.
fn red(node: &Node, name: &str) {
    let settings = json!({ "number_of_replicas": 0, "routing.allocation.require.color": "none" });
    let body = json!({ "settings": { "index": settings }, "mappings": { "dynamic": false } });
    node.ok("PUT", &format!("{name}?wait_for_active_shards=0"), &body);
}

/// Lets nodes hold them.
fn heal(node: &Node, name: &str) {
    let setting = json!({ "index.routing.allocation.require.color": null });
    node.ok("PUT", &format!("{name}/_settings"), &setting);
    let health = node.ok("GET", &format!("_cluster/health/{name}?wait_for_status=yellow&timeout=60s"), &Value::Null);
    assert_eq!(health["timed_out"], false);
}

/// P7.
fn a_red_index_holds_up_no_other(node: &Node) {
    let indices: Vec<_> = (0..9).map(|n| node.index(&format!("of-ten-{n}"))).collect();
    let tenth = node.name("of-ten-red");
    red(node, &tenth.name);
    for (n, index) in (0..).zip(&indices) {
        index.load(&document(&format!("event-{n}"), n).to_string());
    }
    let mut names: Vec<&str> = indices.iter().map(|index| index.name.as_str()).collect();
    names.push(&tenth.name);
    let desk = Desk::new(&node.url, &names);
    let ran = desk.run(&["scan", "cluster:c", "--format", "ndjson", "--since", "2026-11-01"]);
    assert!(ran.code == 1 && ran.err.contains(&tenth.name), "{}{}", ran.code, ran.err);
    assert_eq!(ran.out.lines().count(), 9);
    let mut console = desk.watch();
    let mut wanted: Vec<String> = (0..9).map(|n| format!("event-{n}")).collect();
    desk.until_alerts(&console, &wanted);
    console.type_keys("!");
    wait_for_words(&console, &tenth.name);
    heal(node, &tenth.name);
    tenth.load(&document("event-9", 9).to_string());
    wanted.push("event-9".to_owned());
    desk.until_alerts(&console, &wanted);
    quit(&mut console);
}

/// P10.
fn an_index_that_is_red_for_a_while_at_its_rollover(node: &Node) {
    let first = node.name("roll");
    let second = first.another("next");
    let pattern = format!("{}*", first.name);
    node.ok(
        "PUT",
        &first.name,
        &json!({ "settings": { "index.number_of_replicas": 0 }, "mappings": { "dynamic": false } }),
    );
    first.load(&lines((0..5).map(|n| document(&format!("old-{n}"), n))));
    let desk = Desk::new(&node.url, &[&pattern]);
    let mut console = desk.watch();
    let mut wanted: Vec<String> = (0..5).map(|n| format!("old-{n}")).collect();
    desk.until_alerts(&console, &wanted);
    red(node, &second.name);
    first.load(&quiet("between", 20).to_string());
    heal(node, &second.name);
    second.load(&lines((0..5).map(|n| document(&format!("new-{n}"), 30 + n))));
    wanted.extend((0..5).map(|n| format!("new-{n}")));
    wanted.sort();
    desk.until_alerts(&console, &wanted);
    quit(&mut console);
}

fn a_version_that_is_not_supported_is_said(node: &Node) {
    let index = node.index("old");
    index.load(&document("one", 1).to_string());
    let proxy = Proxy::to(&node.url);
    let old = |answer: &mut super::http::Message| {
        answer.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("x-elastic-product"));
        if String::from_utf8_lossy(&answer.body).contains("tagline") {
            answer.body = br#"{"version":{"number":"6.8.0"},"tagline":"You Know, for Search"}"#.to_vec();
        }
    };
    proxy.when(When::any(), Fault::edit(old));
    let ran = Desk::new(&proxy.url, &[&index.name]).run(&["scan", "cluster:c"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{}", ran.err);
    assert!(ran.err.contains("Elasticsearch 6.8.0 is not supported; 8 and later are"), "{}", ran.err);
}
