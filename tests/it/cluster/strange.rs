//! Indices that are kept from a key or from everybody, go away, come back as they were long ago, or make up what their
//! documents hold: one such thing costs one index, and is named.

use serde_json::{Value, json};

use super::desk::{Desk, SINCE, document, lines, quiet, quit, wait_for_words};
use super::http;
use super::node::{Index, Node, Own, Vendor, turn};
use super::on_both;
use super::proxy::{Fault, Proxy, When};

on_both!(
    an_index_that_is_blocked_holds_up_no_other,
    a_name_that_a_key_may_not_read_holds_up_no_other,
    an_index_deleted_while_it_is_read_is_named,
    an_alias_of_a_data_stream_is_known_by_what_is_behind_it,
    an_index_of_which_too_little_is_said_is_named,
    documents_without_number_or_source_are_named,
    objects_kept_apart_are_asked_for_whole,
    fields_made_up_by_an_index_hide_nothing,
    a_pipeline_of_an_index_changes_no_search,
);

fn events(prefix: &str, count: u32) -> Vec<Value> {
    (0..count).map(|n| document(&format!("{prefix}-{n:02}"), n)).collect()
}

fn ids(prefix: &str, count: u32) -> Vec<String> {
    (0..count).map(|n| format!("{prefix}-{n:02}")).collect()
}

fn scan(desk: &Desk) -> crate::cli::Ran {
    desk.run(&[&["scan", "--format", "ndjson", "cluster:c"], &SINCE[..]].concat())
}

/// A desk on two indices of which the second is not to be read as long as `held`; then all of both is.
fn one_of_two(desk: &Desk, bad: &Index, said: &str, free: impl FnOnce()) {
    let ran = scan(desk);
    assert_eq!((ran.code, ran.out.lines().count()), (1, 5), "{}", ran.err);
    assert!(ran.err.contains(&bad.name) && ran.err.contains(said), "{}", ran.err);
    let mut console = desk.watch();
    desk.until_alerts(&console, &ids("good", 5));
    console.type_keys("!");
    wait_for_words(&console, said);
    free();
    desk.until_alerts(&console, &[ids("bad", 5), ids("good", 5)].concat());
    quit(&mut console);
}

fn two(node: &Node) -> (Index, Index) {
    let (good, bad) = (node.index("allowed"), node.index("kept"));
    good.load(&lines(events("good", 5)));
    bad.load(&lines(events("bad", 5)));
    (good, bad)
}

fn an_index_that_is_blocked_holds_up_no_other(node: &Node) {
    let (good, bad) = two(node);
    let block = |on: bool| node.ok("PUT", &format!("{}/_settings", bad.name), &json!({ "index.blocks.read": on }));
    block(true);
    one_of_two(&Desk::new(&node.url, &[&good.name, &bad.name]), &bad, "blocked", || drop(block(false)));
}

fn a_name_that_a_key_may_not_read_holds_up_no_other(node: &Node) {
    let (good, bad) = two(node);
    let proxy = Proxy::to(&node.url);
    let error = json!({ "status": 403, "error": { "type": "security_exception", "root_cause": [],
        "reason": "no permissions for [indices:data/read/search] and User [name=mk]" } });
    proxy.when(When::path(&bad.name), Fault::answer(403, &error.to_string()));
    let desk = Desk::new(&proxy.url, &[&good.name, &bad.name]);
    one_of_two(&desk, &bad, "no permissions", || proxy.mend());
}

fn an_index_deleted_while_it_is_read_is_named(node: &Node) {
    let index = node.index_with("deleted", json!({ "max_result_window": 8 }), node.mapping());
    index.load(&lines(events("event", 40)));
    let proxy = Proxy::to(&node.url);
    let (url, name) = (node.url.clone(), index.name.clone());
    let delete = move |_: &mut http::Message| drop(http::ask(&url, "DELETE", &name, b""));
    proxy.when(When::path("_search").after(2).times(1), Fault::edit(delete));
    let ran = scan(&Desk::new(&proxy.url, &[&format!("{}*", index.name)]));
    assert!(ran.code == 1 && (1..40).contains(&ran.out.lines().count()), "{}{}", ran.out, ran.err);
    assert!(ran.err.contains(&format!("{} was deleted before it was read to its end", index.name)), "{}", ran.err);
}

/// Changes what is said of indices.
fn listing(change: impl Fn(&mut Value) + Send + Sync + 'static) -> Fault {
    Fault::edit(move |answer| {
        let Ok(mut listing) = serde_json::from_slice::<Value>(&answer.body) else { return };
        listing.as_object_mut().into_iter().flat_map(|indices| indices.values_mut()).for_each(&change);
        answer.body = listing.to_string().into_bytes();
    })
}

/// The nodes lack data streams: their indices tell of the stream, and not of its aliases.
fn an_alias_of_a_data_stream_is_known_by_what_is_behind_it(node: &Node) {
    let index = node.index("streamed");
    let alias = format!("{}-alias", index.name);
    node.ok("PUT", &format!("{}/_alias/{alias}", index.name), &json!({}));
    index.load(&lines(events("event", 3)));
    let proxy = Proxy::to(&node.url);
    let streamed = |about: &mut Value| (about["aliases"], about["data_stream"]) = (json!({}), json!("logs-some"));
    proxy.when(When::path("verified_before_close"), listing(streamed));
    let ran = scan(&Desk::new(&proxy.url, &[&alias]));
    assert_eq!((ran.code, ran.out.lines().count()), (0, 3), "{}", ran.err);
    assert!(!ran.err.contains("there is no index"), "{}", ran.err);
    let ran = scan(&Desk::new(&proxy.url, &[&alias, "nobody"]));
    assert!(ran.err.contains("there is no index `nobody`") && !ran.err.contains("`t"), "{}", ran.err);
}

fn an_index_of_which_too_little_is_said_is_named(node: &Node) {
    let index = node.index("untold");
    index.load(&lines(events("event", 3)));
    let proxy = Proxy::to(&node.url);
    let untold = |about: &mut Value| about["settings"]["index"]["uuid"] = Value::Null;
    proxy.when(When::path("verified_before_close"), listing(untold));
    let ran = scan(&Desk::new(&proxy.url, &[&index.name]));
    assert!(ran.code != 0 && ran.out.is_empty(), "{}", ran.err);
    assert!(ran.err.contains(&format!("{} cannot be read", index.name)), "{}", ran.err);
}

fn documents_without_number_or_source_are_named(node: &Node) {
    let index = node.index("bare");
    let documents = lines(events("event", 3));
    index.load(&documents);
    let proxy = Proxy::to(&node.url);
    let desk = Desk::new(&proxy.url, &[&index.name]);
    for (lost, said) in [("_source", "documents without `_source`"), ("_seq_no", "no sequence numbers")] {
        proxy.mend();
        proxy.when(
            When::path("_search"),
            Fault::edit(move |answer| {
                let Ok(mut value) = serde_json::from_slice::<Value>(&answer.body) else { return };
                for hit in value["hits"]["hits"].as_array_mut().into_iter().flatten() {
                    hit.as_object_mut().unwrap().remove(lost);
                }
                answer.body = value.to_string().into_bytes();
            }),
        );
        let ran = scan(&desk);
        assert!(ran.code == 1 && ran.out.is_empty(), "{lost}: {}", ran.err);
        assert!(ran.err.contains(&index.name) && ran.err.contains(said), "{}", ran.err);
    }
    proxy.mend();
    desk.all_once(&documents, || index.load(&document("more", 99).to_string()));
}

/// Whether the server is asked for all that this query finds in the same documents in a file.
#[track_caller]
fn finds_all(node: &Node, mapping: Value) {
    let index = node.index_with("hidden", json!({}), mapping);
    let documents = lines(events("event", 6));
    index.load(&documents);
    let desk = Desk::new(&node.url, &[&index.name]);
    for query in ["user.name:dana", "user.name:d*", "user.name:*", "user.name:(dana or nobody) and event.action:*"] {
        let place = desk.file(&documents);
        assert_eq!(desk.query(query, "cluster:c"), desk.query(query, &place), "{query}");
        assert_eq!(desk.query(query, &place).len(), 6);
    }
}

/// A condition on what stands below nested objects finds nothing; the server says of the field that it can be searched.
fn objects_kept_apart_are_asked_for_whole(node: &Node) {
    let mut mapping = node.mapping();
    mapping["properties"]["user"]["type"] = json!("nested");
    finds_all(node, mapping);
}

/// A field of the same name that is computed by the index hides the one that documents hold. The nodes have no language
/// for scripts: there it is read from the document, as what it is not.
fn fields_made_up_by_an_index_hide_nothing(node: &Node) {
    if node.vendor == Vendor::Elasticsearch {
        let mut mapping = node.mapping();
        mapping["runtime"] =
            json!({ "user.name": { "type": "long" }, "@timestamp": { "type": "date", "format": "yyyy" } });
        finds_all(node, mapping);
    }
}

/// OpenSearch puts searches through a pipeline that an index names. The nodes have nothing to put into one.
fn a_pipeline_of_an_index_changes_no_search(node: &Node) {
    let index = node.index("piped");
    if node.vendor == Vendor::Opensearch {
        node.ok("PUT", &format!("_search/pipeline/{}", index.name), &json!({ "request_processors": [] }));
        let setting = json!({ "index.search.default_pipeline": index.name });
        node.ok("PUT", &format!("{}/_settings", index.name), &setting);
    }
    index.load(&lines(events("event", 3)));
    let proxy = Proxy::to(&node.url);
    let ran = scan(&Desk::new(&proxy.url, &[&index.name]));
    assert_eq!((ran.code, ran.out.lines().count()), (0, 3), "{}", ran.err);
    let passed = match node.vendor {
        Vendor::Elasticsearch => 0,
        Vendor::Opensearch => proxy.count("/_search?"),
    };
    assert_eq!(proxy.count("search_pipeline=_none"), passed);
    assert!(proxy.count("/_search?") > 0);
}

/// Restored from a snapshot, an index is as it was then, under its uuid: numbers below those that were read are given anew.
fn restored(vendor: Vendor) {
    let _turn = turn();
    let place = tempfile::tempdir().unwrap();
    let Some(own) = Own::start(vendor, &[&format!("path.repo={}", place.path().display())]) else { return };
    let node = &own.node;
    let location = json!({ "type": "fs", "settings": { "location": place.path().join("kept") } });
    node.ok("PUT", "_snapshot/kept", &location);
    // A server may refuse what takes it long: rules with patterns are then asked for in another way.
    node.ok("PUT", "_cluster/settings", &json!({ "persistent": { "search.allow_expensive_queries": false } }));
    let index = node.index("restored");
    index.load(&lines(events("before", 5)));
    let body = json!({ "indices": index.name, "include_global_state": false });
    node.ok("PUT", "_snapshot/kept/first?wait_for_completion=true", &body);
    let many = |prefix: &str, count| lines((0..count).map(|n| quiet(&format!("{prefix}-{n}"), n)));
    index.load(&(lines(events("lost", 20)) + &many("much", 12_000)));
    let desk = Desk::new(&node.url, &[&index.name]);
    let mut console = desk.watch();
    let mut wanted = [ids("before", 5), ids("lost", 20)].concat();
    desk.until_alerts(&console, &wanted);
    wait_for_words(&console, "● live");
    quit(&mut console);
    node.ok("POST", &format!("{}/_close", index.name), &Value::Null);
    node.ok("POST", "_snapshot/kept/first/_restore?wait_for_completion=true", &json!({ "indices": index.name }));
    // What is new begins far below what was read, and ends above.
    index.load(&(lines(events("new", 10)) + &many("more", 13_000)));
    wanted.extend(ids("new", 10));
    wanted.sort();
    let mut console = desk.watch();
    desk.until_alerts(&console, &wanted);
    quit(&mut console);
    drop(index);
}

#[test]
fn elasticsearch_restores_an_index() {
    restored(Vendor::Elasticsearch);
}

#[test]
fn opensearch_restores_an_index() {
    restored(Vendor::Opensearch);
}
