//! What indices make of documents: their mappings, and what they keep of `_source`.

use std::fmt::Write as _;
use std::io::Write as _;
use std::ops::ControlFlow;

use serde_json::{Value, json};
use watchfloor::cluster::windows::{self, Rest};
use watchfloor::cluster::{LARGEST_ANSWER, Narrowing};

use super::desk::{Desk, document, lines, quit, wait_for_words};
use super::node::{Node, Vendor};
use super::on_both;
use super::proxy::{Fault, Proxy, When};

on_both!(
    an_index_without_a_template,
    an_index_that_keeps_no_source,
    an_index_that_makes_its_source_up,
    names_with_dots_and_arrays_in_arrays,
    a_field_that_cannot_be_asked_for,
    values_longer_than_an_index_takes,
    documents_that_break_a_reader_cost_themselves,
    a_document_of_forty_megabytes,
    a_document_larger_than_is_read_at_once_costs_itself,
);

fn more() -> String {
    document("more", 50_000).to_string()
}

/// M1.
fn an_index_without_a_template(node: &Node) {
    let index = node.index_with("dynamic", json!({}), json!({}));
    let mut documents: Vec<Value> = (0..12).map(|n| document(&format!("event-{n:02}"), n)).collect();
    documents[3]["user_agent"]["original"] =
        json!("Boto3/1.34 md/Botocore#1.34 ua/2.0 os/linux lang/python cli/2.9 two  spaces");
    let all = lines(documents);
    index.load(&all);
    let desk = Desk::new(&node.url, &[&index.name]);
    let place = desk.file(&all);
    for query in [
        r"user_agent.original:*cli/2*",
        r#"user_agent.original:*2.9*two*spaces"#,
        "event.action:Start*Task",
        "event.action:startexporttask",
        "source.ip:192.0.2.0/24",
        "not user_agent.original:*boto*",
        r"not user_agent.original:*Boto3/1*",
        "aws.cloudtrail.request_parameters:*snapshot*event-03*",
    ] {
        assert_eq!(desk.query(query, "cluster:c"), desk.query(query, &place), "{query}");
    }
    desk.all_once(&all, || index.load(&more()));
}

/// M5.
fn an_index_that_keeps_no_source(node: &Node) {
    let good = node.index("kept");
    let bad = node.index_with("thrown", json!({}), json!({ "_source": { "enabled": false }, "dynamic": false }));
    good.load(&document("kept", 0).to_string());
    bad.load(&document("thrown", 1).to_string());
    let desk = Desk::new(&node.url, &[&good.name, &bad.name]);
    let ran = desk.run(&["scan", "--format", "ndjson", "--since", "2026-11-01", "cluster:c"]);
    assert_eq!((ran.code, ran.out.lines().count()), (1, 1), "{}", ran.err);
    assert!(ran.err.contains(&bad.name) && ran.err.contains("_source"), "{}", ran.err);
    let mut console = desk.watch();
    desk.until_alerts(&console, &["kept".to_owned()]);
    console.type_keys("!");
    wait_for_words(&console, "_source");
    wait_for_words(&console, &bad.name);
    quit(&mut console);
}

/// M7.
fn an_index_that_makes_its_source_up(node: &Node) {
    if node.vendor == Vendor::Opensearch {
        return;
    }
    let index = node.index_with("synthetic", json!({ "mapping.source.mode": "synthetic" }), json!({}));
    let mut documents: Vec<Value> = (0..6).map(|n| document(&format!("event-{n:02}"), n)).collect();
    documents[1]["tags"] = json!(["b", "a", "b"]);
    documents[2]["tags"] = json!(["one"]);
    documents[3]["related"] = json!({ "user": ["dana", "bob"] });
    let all = lines(documents);
    index.load(&all);
    let desk = Desk::new(&node.url, &[&index.name]);
    let place = desk.file(&all);
    for query in ["tags:b", "tags:one", "related.user:bob", "event.type:info"] {
        assert_eq!(desk.query(query, "cluster:c"), desk.query(query, &place), "{query}");
    }
    let rule = |id: &str, query: &str| {
        let rule = format!(
            "[rule]\nrule_id = \"{id}\"\nname = \"{id}\"\ndescription = \"{id}.\"\ntype = \"query\"\nlanguage = \"kuery\"\n\
             query = \"{query}\"\nseverity = \"low\"\nrisk_score = 21\nindex = [\"x\"]\n"
        );
        desk.home.file(&format!("rules/{id}.toml"), rule);
    };
    let said = || {
        let rules = desk.home.path("rules");
        let ran = desk.run(&["scan", "--since", "2026-11-01", "--rules", rules.to_str().unwrap(), "cluster:c"]);
        ran.err.contains("`_source` together").then_some(ran.err)
    };
    rule("plain", "event.action:x");
    assert_eq!(said(), None, "no rule is concerned");
    rule("pairs", "aws.cloudtrail.resources:{ arn:a and type:b }");
    let said = said().unwrap();
    assert!(said.contains("pairs needs objects in an array kept together, and may miss there"), "{said}");
    desk.all_once(&all, || index.load(&more()));
}

/// M8.
fn names_with_dots_and_arrays_in_arrays(node: &Node) {
    let index = node.index("dots");
    let mut documents: Vec<Value> = (0..6).map(|n| document(&format!("event-{n:02}"), n)).collect();
    let two = documents[0].as_object_mut().unwrap();
    two["event"].as_object_mut().unwrap().remove("action");
    two.insert("event.action".into(), json!("StartExportTask"));
    let three = documents[1].as_object_mut().unwrap();
    three.insert("event.action".into(), json!("DescribeExportTasks"));
    documents[2]["event"]["action"] = json!([["StartExportTask"], null, ["DescribeExportTasks", ["x"]]]);
    let all = lines(documents);
    index.load(&all);
    let desk = Desk::new(&node.url, &[&index.name]);
    let place = desk.file(&all);
    for query in
        ["event.action:StartExportTask", "event.action:DescribeExportTasks", "event.action:x", "not event.action:x"]
    {
        let found = desk.query(query, "cluster:c");
        assert!(!found.is_empty());
        assert_eq!(found, desk.query(query, &place), "{query}");
    }
    desk.all_once(&all, || index.load(&more()));
}

/// M10.
fn a_field_that_cannot_be_asked_for(node: &Node) {
    let dead = json!({ "type": "keyword", "index": false, "doc_values": false });
    let event = json!({ "properties": { "action": dead, "ingested": { "type": "text" } } });
    let properties = json!({ "event": event, "@timestamp": { "type": "text" } });
    let dead = node.index_with("dead", json!({}), json!({ "properties": properties }));
    let alive = node.index("alive");
    let documents: Vec<Value> = (0..10).map(|n| document(&format!("event-{n:02}"), n)).collect();
    dead.load(&lines(documents[..5].to_vec()));
    alive.load(&lines(documents[5..].to_vec()));
    let desk = Desk::new(&node.url, &[&dead.name, &alive.name]);
    let all = lines(documents);
    let query = "event.action:StartExportTask";
    assert_eq!(desk.query(query, "cluster:c"), desk.query(query, &desk.file(&all)));
    desk.all_once(&all, || dead.load(&more()));
}

/// The table of the design: what is not indexed, though it is there.
fn values_longer_than_an_index_takes(node: &Node) {
    let index = node.index("long");
    let mut documents: Vec<Value> = (0..10).map(|n| document(&format!("event-{n:02}"), n)).collect();
    let padding = "x".repeat(9_000);
    documents[1]["aws"]["cloudtrail"]["request_parameters"] = json!(format!("{{pad={padding}, s3BucketName=finance}}"));
    documents[2]["user_agent"]["original"] = json!(format!("kali {padding}"));
    documents[3]["event"]["action"] = json!(format!("StartExportTask{padding}"));
    documents[4]["aws"]["cloudtrail"]["flattened"] =
        json!({ "request_parameters": { "s3BucketName": "finance", "a": { "b": "cde" } } });
    let all = lines(documents);
    index.load(&all);
    let desk = Desk::new(&node.url, &[&index.name]);
    let place = desk.file(&all);
    for query in [
        "aws.cloudtrail.request_parameters:*finance*",
        "user_agent.original:kali*",
        "not user_agent.original:kali*",
        "event.action:StartExportTaskx*",
        "not event.action:*",
        "aws.cloudtrail.flattened.request_parameters.s3BucketName:f*ce",
        "aws.cloudtrail.flattened.request_parameters.s3BucketName:*nance",
        "aws.cloudtrail.flattened.request_parameters.a.b:*",
        "aws.cloudtrail.flattened.request_parameters.a.b:*d*",
    ] {
        assert_eq!(desk.query(query, "cluster:c"), desk.query(query, &place), "{query}");
    }
    desk.all_once(&all, || index.load(&more()));
}

/// J1: what a strict parser refuses, among a thousand.
fn documents_that_break_a_reader_cost_themselves(node: &Node) {
    let index = node.index_with("broken", json!({}), json!({ "dynamic": false }));
    let mut documents = Vec::new();
    for n in 0..1_000 {
        let rare = n % 25 == 0;
        let mut document = document(&format!("event-{n:03}"), n);
        if !rare {
            document["event"]["action"] = json!("DescribeDBSnapshots");
        }
        documents.push(document);
    }
    index.load(&lines(documents.clone()));
    let whole = |id: &str| document(id, 2_000).to_string();
    let with = |id: &str, part: &str| whole(id).replacen('{', &format!("{{{part},"), 1);
    let deep = format!("\"labels\":{}1{}", "{\"a\":".repeat(200), "}".repeat(200));
    let mut broken = String::new();
    for (id, part) in [
        ("bad-value", r#""message":"a \ud800 b""#),
        ("bad-key", r#""a\ud800b":1"#),
        ("bad-number", r#""x":1e400"#),
        ("bad-deep", deep.as_str()),
    ] {
        let document = with(id, part);
        index.put(id, document.as_bytes());
        let _ = writeln!(broken, "{document}");
    }
    let desk = Desk::new(&node.url, &[&index.name]);
    let ran = desk.run(&["scan", "--format", "ndjson", "--since", "2026-11-01", "cluster:c"]);
    let found = ran.out.lines().count();
    let named = ["bad-value", "bad-key", "bad-number", "bad-deep"].iter().filter(|id| ran.err.contains(*id)).count();
    assert_eq!(found + named, 44, "each is an alert or is named: {found}, {named}: {}", ran.err);
    assert!(found >= 40);
    let over_files =
        desk.run(&["scan", "--format", "ndjson", "--since", "2026-11-01", &desk.file(&(lines(documents) + &broken))]);
    assert!(found >= over_files.out.lines().count(), "as many as over files");
}

/// One that is larger than any that a server takes as it comes: what stands between says it in few bytes.
fn a_document_larger_than_is_read_at_once_costs_itself(node: &Node) {
    let index = node.index("larger");
    let documents: Vec<Value> = (0..40).map(|n| document(&format!("event-{n:02}"), n)).collect();
    index.load(&lines(documents[..20].to_vec()));
    let mut huge = document("huge", 100);
    huge["message"] = json!("marked");
    index.put("huge", huge.to_string().as_bytes());
    index.load(&lines(documents[20..].to_vec()));
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    for _ in 0..=LARGEST_ANSWER >> 20 {
        packed.write_all(&[b' '; 1 << 20]).unwrap();
    }
    let packed = packed.finish().unwrap();
    let proxy = Proxy::to(&node.url);
    let grown = Fault::edit(move |answer| {
        if memchr::memmem::find(&answer.body, b"\"marked\"").is_some() {
            answer.body.clone_from(&packed);
            answer.headers.push(("content-encoding".into(), "gzip".into()));
        }
    });
    proxy.when(When::path("_search"), grown);
    let desk = Desk::new(&proxy.url, &[&index.name]);
    let wanted = desk.scan(&[&desk.file(&lines(documents))]);
    let ran = desk.run(&["scan", "--format", "ndjson", "--since", "2026-11-01", "cluster:c"]);
    assert_eq!((ran.code, ran.out.lines().count()), (0, 40), "{}", ran.err);
    let said = format!("document huge of {} has more than 256 MB and was passed over", index.name);
    assert!(ran.err.contains(&said), "{}", ran.err);
    let mut console = desk.watch();
    desk.until_alerts(&console, &wanted);
    console.type_keys("!");
    wait_for_words(&console, "document huge of");
    wait_for_words(&console, "more than 256 MB and was passed over");
    quit(&mut console);
    // Questions of people come to the others too, and say how many they left out.
    let near = Node { url: proxy.url.clone(), ..node.clone() };
    let (client, mut found) = (super::feed::client(&near, &[&index.name]), 0);
    let rest = windows::search(&client, &Narrowing::default(), u64::MAX, &|| false, &mut |window| {
        found += window.hits.len();
        ControlFlow::Continue(())
    });
    assert_eq!((rest.unwrap(), found), (Rest { older: 0, too_large: 1 }, 40));
}

/// J4.
fn a_document_of_forty_megabytes(node: &Node) {
    let index = node.index_with("big", json!({}), json!({ "dynamic": false }));
    let mut documents: Vec<Value> = (0..40).map(|n| document(&format!("event-{n:02}"), n)).collect();
    index.load(&lines(documents[..20].to_vec()));
    let mut big = document("huge", 100);
    big["message"] = json!("x".repeat(40 << 20));
    index.put("huge", big.to_string().as_bytes());
    index.load(&lines(documents[20..].to_vec()));
    big["message"] = json!("");
    documents.push(big);
    let desk = Desk::new(&node.url, &[&index.name]);
    let wanted = desk.scan(&[&desk.file(&lines(documents))]);
    let ran = desk.run(&["scan", "--format", "ndjson", "--since", "2026-11-01", "cluster:c"]);
    let named = usize::from(ran.err.contains("huge"));
    assert_eq!(ran.out.lines().count() + named, wanted.len(), "{}", ran.err);
}
