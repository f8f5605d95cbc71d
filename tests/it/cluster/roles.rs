//! What the least roles of `docs/cluster.md` allow is enough. Servers with security are not to be had as libraries, so what
//! stands between refuses, as one of them would, each request that its documentation puts under another privilege.

use serde_json::Value;

use super::desk::{Desk, document, lines, quit};
use super::node::Node;
use super::on_both;
use super::proxy::{Fault, Proxy, When};

on_both!(
    reading_takes_what_its_role_allows,
    deciding_takes_what_its_role_allows,
    doctor_takes_what_reading_allows_and_says_what_is_missing
);

/// `read`: searches and the types of fields. `view_index_metadata`: what an index is.
const READING: &[(&str, &str)] = &[("POST", "/_search"), ("GET", "/_field_caps?"), ("GET", "?expand_wildcards=")];

/// These, and on the team's indices: `view_index_metadata` for aliases, `monitor` for how far copies are, `read` for entries
/// by their numbers, `create_doc` and `index` to write.
const DECIDING: &[(&str, &str)] = &[
    ("POST", "/_search"),
    ("GET", "/_field_caps?"),
    ("GET", "?expand_wildcards="),
    ("GET", "-audit/_alias"),
    ("GET", "/_stats/docs?"),
    ("POST", "/_mget"),
    ("PUT", "/_create/"),
    ("PUT", "/_doc/"),
];

fn forbidden() -> Fault {
    let error =
        r#"{"error":{"type":"security_exception","reason":"action is unauthorized for this user"},"status":403}"#;
    Fault::answer(403, error).with("content-type", "application/json")
}

fn reading_takes_what_its_role_allows(node: &Node) {
    let index = node.index("role");
    let proxy = Proxy::to(&node.url);
    proxy.when(When::any().but(READING), forbidden());
    let documents = lines((0..30).map(|n| document(&format!("event-{n:02}"), n)));
    index.load(&documents);
    let desk = Desk::new(&proxy.url, &[&format!("{}*", index.name)]);
    desk.all_once(&documents, || index.load(&document("more", 50_000).to_string()));
    let found = desk.query("event.action:StartExportTask", "cluster:c");
    assert_eq!(found.len(), 31);
}

fn deciding_takes_what_its_role_allows(node: &Node) {
    let index = node.index("team-role");
    index.load(&document("event", 0).to_string());
    let prefix = format!("{}-decisions", index.name);
    let decide = |url: &str, analyst: &str, keys: &[&str], decisions: u64| {
        let desk = Desk::new(url, &[&index.name]);
        desk.configure(&format!("decisions = {prefix:?}\n"));
        let mut console = desk.console(&desk.home.path("state.db"), analyst, &["cluster:c"]);
        console.wait_for("dana");
        console.wait_for("saved ✓");
        keys.iter().for_each(|keys| console.type_keys(keys));
        super::node::until("the decision in both indices", || {
            ["audit", "cases"].iter().for_each(|name| {
                node.ask("POST", &format!("{prefix}-{name}/_refresh"), &Value::Null);
            });
            let counted = node.ask("GET", &format!("{prefix}-audit/_count"), &Value::Null).1;
            let cases = node.ask("GET", &format!("{prefix}-cases/_search"), &Value::Null).1;
            counted["count"] == decisions && cases.pointer("/hits/hits/0/_source/revision") == Some(&decisions.into())
        });
        console.wait_for("saved ✓");
        quit(&mut console);
    };
    // Somebody with `manage` makes the indices.
    decide(&node.url, "manager", &["a"], 1);
    let proxy = Proxy::to(&node.url);
    proxy.when(When::any().but(DECIDING), forbidden());
    decide(&proxy.url, "analyst", &["n", "asked dana\r"], 2);
    for name in ["audit", "cases"] {
        node.ask("DELETE", &format!("{prefix}-{name}"), &Value::Null);
    }
}

fn doctor_takes_what_reading_allows_and_says_what_is_missing(node: &Node) {
    let index = node.index("doctor");
    index.load(&document("event", 0).to_string());
    let says = |url: &str| {
        let desk = Desk::new(url, &[&index.name]);
        let out = desk.run(&["doctor", "cluster:c"]).out;
        out.lines().filter(|line| line.contains(" cluster ")).map(str::to_owned).collect::<Vec<_>>()
    };
    let whole = says(&node.url);
    assert!(whole[0].starts_with("ok    cluster       c answers: ") && !whole[0].contains("may not ask"), "{whole:?}");
    assert!(whole[1].starts_with("ok    cluster       c shows 1 index"), "{whole:?}");
    assert!(whole[2].starts_with("ok    cluster       c may be read: 1 document, the newest of 2"), "{whole:?}");
    let proxy = Proxy::to(&node.url);
    proxy.when(When::any().but(READING), forbidden());
    assert_eq!(says(&proxy.url)[1..], whole[1..], "nothing more is needed");
    let proxy = Proxy::to(&node.url);
    proxy.when(When::any().but(&READING[..1]), forbidden());
    let told = says(&proxy.url);
    assert!(told.last().unwrap().starts_with("fail  cluster       cluster c ("), "{told:?}");
}
