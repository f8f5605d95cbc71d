//! The servers of the tests are what they are taken for.

use serde_json::{Value, json};

use super::node::{Node, Vendor};
use super::on_both;

on_both!(a_node_keeps_documents_with_the_types_of_the_integration);

fn a_node_keeps_documents_with_the_types_of_the_integration(node: &Node) {
    let index = node.index("types");
    let long = "x".repeat(9_000);
    let document = json!({
        "@timestamp": "2026-11-23T12:00:00Z",
        "event": { "id": "one", "action": "StartExportTask" },
        "source": { "ip": "192.0.2.44" },
        "aws": { "cloudtrail": { "request_parameters": long, "flattened": { "request_parameters": { "a": { "b": "c" } } } } },
    });
    index.load(&document.to_string());
    assert_eq!(index.count(), 1);
    let found = |query: Value| {
        let answer = node.ok("POST", &format!("{}/_search", index.name), &json!({ "query": query }));
        answer["hits"]["total"]["value"].as_u64().unwrap()
    };
    assert_eq!(found(json!({ "term": { "source.ip": "192.0.2.0/24" } })), 1);
    assert_eq!(found(json!({ "exists": { "field": "aws.cloudtrail.request_parameters" } })), 0, "it is too long");
    assert_eq!(found(json!({ "match": { "aws.cloudtrail.flattened.request_parameters.a.b": "c" } })), 1);
    let greeting = node.ok("GET", "", &Value::Null);
    let number = greeting["version"]["number"].as_str().unwrap();
    match node.vendor {
        Vendor::Elasticsearch => assert!(number.starts_with("9."), "{greeting}"),
        Vendor::Opensearch => assert!(number.starts_with("2.19."), "{greeting}"),
    }
}
