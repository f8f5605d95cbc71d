//! What real servers answer is taken for what it is.

use serde_json::{Value, json};
use watchfloor::cluster::{self, Body, Client, Failure, FailureKind, Method, Profile, Request};

use super::node::{Index, Node, Vendor};
use super::on_both;
use super::proxy::{Fault, Proxy, When};

on_both!(
    refusals_are_told_apart,
    long_questions_are_packed_and_too_long_ones_said,
    who_answers_is_known_behind_any_proxy,
);

fn client(url: &str, index: &Index) -> Client {
    let profile = Profile { url: vec![url.to_owned()], index: vec![index.name.clone()], ..Profile::default() };
    Client::new("lab", profile).unwrap()
}

fn ask(client: &Client, method: Method, path: &str, body: &Value) -> Result<Value, Failure> {
    let body = if body.is_null() { Body::None } else { Body::Json(body) };
    let query = &[("allow_partial_search_results", "false")];
    let query: &[_] = if path.ends_with("_search") { query } else { &[] };
    let bytes = client.send(&Request { body, query, ..Request::new(method, path) })?;
    Ok(serde_json::from_slice(&bytes).unwrap())
}

#[track_caller]
fn refused(client: &Client, method: Method, path: &str, body: &Value) -> (FailureKind, Option<u16>) {
    let failure = ask(client, method, path, body).unwrap_err();
    assert!(failure.to_string().starts_with("cluster lab (http://127.0.0.1:"), "{failure}");
    (failure.kind, failure.status)
}

fn refusals_are_told_apart(node: &Node) {
    let index = node.index("refusals");
    index.load(&json!({"event": {"id": "one"}}).to_string());
    let client = client(&node.url, &index);
    let search = format!("{}/_search", index.name);
    assert_eq!(ask(&client, Method::Post, &search, &json!({"size": 1})).unwrap()["_shards"]["successful"], 1);

    let missing = refused(&client, Method::Post, "no-such-index/_search", &json!({}));
    assert_eq!(missing, (FailureKind::NoSuchIndex, Some(404)));
    let document = refused(&client, Method::Get, &format!("{}/_doc/none", index.name), &Value::Null);
    assert_eq!(document, (FailureKind::NotFound, Some(404)));
    let nonsense = refused(&client, Method::Post, &search, &json!({"query": {"no_such": {}}}));
    assert_eq!(nonsense, (FailureKind::Refused, Some(400)));
    let far = refused(&client, Method::Post, &search, &json!({"from": 20_000, "size": 1}));
    assert_eq!(far, (FailureKind::TooLarge, Some(400)));

    let create = format!("{}/_create/1", index.name);
    assert_eq!(ask(&client, Method::Put, &create, &json!({})).unwrap()["result"], "created");
    assert_eq!(refused(&client, Method::Put, &create, &json!({})), (FailureKind::Conflict, Some(409)));
    index.refresh();

    // One of two shards cannot evaluate it: with partial results it would be 200 and one index short.
    let other = node.index_with("refusals-other", json!({}), json!({"properties": {"x": {"type": "ip"}}}));
    let keyword = node.index_with("refusals-text", json!({}), json!({"properties": {"x": {"type": "keyword"}}}));
    let both = format!("{},{}/_search", other.name, keyword.name);
    let partly = refused(&client, Method::Post, &both, &json!({"query": {"term": {"x": "aws"}}}));
    assert_eq!(partly, (FailureKind::Incomplete, Some(400)));

    node.ok("POST", &format!("{}/_close", index.name), &Value::Null);
    assert_eq!(refused(&client, Method::Post, &search, &json!({})), (FailureKind::NoSuchIndex, Some(400)));
}

fn long_questions_are_packed_and_too_long_ones_said(node: &Node) {
    let index = node.index("long");
    let client = client(&node.url, &index);
    let search = format!("{}/_search", index.name);
    let terms = |count: usize| {
        let each = |n: usize| json!({"bool": {"filter": [{"term": {"event.action": format!("action-{n}")}}]}});
        json!({"query": {"bool": {"should": (0..count).map(each).collect::<Vec<_>>()}}})
    };
    let before = client.traffic();
    ask(&client, Method::Post, &search, &terms(500)).unwrap();
    let sent = usize::try_from(client.traffic().sent - before.sent).unwrap();
    assert!(sent * 5 < terms(500).to_string().len(), "{sent}");
    let too_many = refused(&client, Method::Post, &search, &terms(20_000));
    assert_eq!(too_many.0, FailureKind::TooLarge, "{too_many:?}");
    let names = vec![index.name.as_str(); 600].join(",");
    let long_line = refused(&client, Method::Post, &format!("{names}/_search"), &json!({}));
    assert_eq!(long_line, (FailureKind::TooLarge, Some(400)));
}

fn who_answers_is_known_behind_any_proxy(node: &Node) {
    let expected = match node.vendor {
        Vendor::Elasticsearch => cluster::Vendor::Elasticsearch,
        Vendor::Opensearch => cluster::Vendor::OpenSearch,
    };
    let index = node.index("who");
    assert_eq!(client(&node.url, &index).vendor(None), Ok(expected));

    // Neither a header nor a root.
    let proxy = Proxy::to(&node.url);
    proxy.when(When::any().method("GET"), Fault::answer(404, "<html>"));
    proxy.when(
        When::any(),
        Fault::edit(|message| message.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("x-elastic-product"))),
    );
    assert_eq!(client(&proxy.url, &index).vendor(None), Ok(expected));
}
