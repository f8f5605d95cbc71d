//! What stands behind the names that a configuration gives: patterns, aliases, indices that come, close and go.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use serde_json::{Value, json};
use watchfloor::cluster::{Feed, Narrowing, windows};
use watchfloor::event;
use watchfloor::query::kql;

use super::desk::{Desk, document, lines, quiet, quit, wait_for_words};
use super::feed::client;
use super::node::Node;
use super::on_both;

on_both!(
    a_pattern_that_covers_nothing_yet,
    an_index_that_is_closed_for_a_while,
    an_alias_and_its_index_are_read_once,
    an_alias_that_rolls_over,
    one_event_at_three_places_is_one_alert,
    many_long_names_and_many_rules,
    many_long_names_leave_out_what_a_few_do,
);

/// N1.
fn a_pattern_that_covers_nothing_yet(node: &Node) {
    let (there, later) = (node.index("there"), node.name("later"));
    let pattern = format!("{}*", later.name);
    there.load(&document("there", 0).to_string());
    let desk = Desk::new(&node.url, &[&there.name, &pattern]);
    let mut console = desk.watch();
    desk.until_alerts(&console, &["there".to_owned()]);
    console.type_keys("!");
    wait_for_words(&console, &later.name);
    later.load(&document("later", 1).to_string());
    desk.until_alerts(&console, &["later".to_owned(), "there".to_owned()]);
    quit(&mut console);
}

/// N3.
fn an_index_that_is_closed_for_a_while(node: &Node) {
    let (open, closed) = (node.index("open"), node.index("closed"));
    open.load(&document("open-0", 0).to_string());
    closed.load(&document("closed-0", 1).to_string());
    let desk = Desk::new(&node.url, &[&open.name, &closed.name]);
    let mut console = desk.watch();
    let mut wanted = vec!["closed-0".to_owned(), "open-0".to_owned()];
    desk.until_alerts(&console, &wanted);
    closed.load(&document("closed-1", 2).to_string());
    node.ok("POST", &format!("{}/_close", closed.name), &Value::Null);
    open.load(&document("open-1", 3).to_string());
    super::node::until("the other index", || desk.alerts().contains(&"open-1".to_owned()));
    console.type_keys("!");
    wait_for_words(&console, "closed");
    node.ok("POST", &format!("{}/_open?wait_for_active_shards=1", closed.name), &Value::Null);
    closed.load(&document("closed-2", 4).to_string());
    wanted.extend(["closed-1", "closed-2", "open-1"].map(str::to_owned));
    wanted.sort();
    desk.until_alerts(&console, &wanted);
    quit(&mut console);
}

/// N4.
fn an_alias_and_its_index_are_read_once(node: &Node) {
    let index = node.index("aliased");
    let alias = format!("{}-alias", index.name);
    let filter = json!({ "term": { "user.name": "dana" } });
    let body = json!({ "actions": [{ "add": { "index": index.name, "alias": alias, "filter": filter } }] });
    node.ok("POST", "_aliases", &body);
    let mut documents: Vec<Value> = (0..6).map(|n| document(&format!("event-{n}"), n)).collect();
    documents[5]["user"]["name"] = json!("bob");
    let all = lines(documents);
    index.load(&all);
    let desk = Desk::new(&node.url, &[&alias, &index.name]);
    desk.all_once(&all, || index.load(&document("more", 60).to_string()));
    assert_eq!(desk.read(), 7);
}

/// N8, as an alias: data streams need a module that the nodes lack.
fn an_alias_that_rolls_over(node: &Node) {
    let stem = node.name("rolling");
    let first = stem.another("000001");
    let body = json!({ "settings": { "index.number_of_replicas": 0 }, "mappings": { "dynamic": false } });
    node.ok("PUT", &first.name, &body);
    let alias = json!({ "actions": [{ "add": { "index": first.name, "alias": stem.name, "is_write_index": true } }] });
    node.ok("POST", "_aliases", &alias);
    let desk = Desk::new(&node.url, &[&stem.name]);
    let mut console = desk.watch();
    let mut wanted = Vec::new();
    let mut made = vec![first];
    for round in 0..4 {
        stem.load(&lines((0..10).map(|n| document(&format!("event-{round}-{n}"), round * 10 + n))));
        wanted.extend((0..10).map(|n| format!("event-{round}-{n}")));
        let body = json!({ "settings": { "index.number_of_replicas": 0 }, "mappings": { "dynamic": false } });
        // The node does it when no other test makes indices, which goes first.
        node.ok("POST", &format!("{}/_rollover?master_timeout=5m", stem.name), &body);
        made.push(stem.another(&format!("{:06}", round + 2)));
    }
    stem.load(&document("last", 100).to_string());
    wanted.push("last".to_owned());
    wanted.sort();
    desk.until_alerts(&console, &wanted);
    quit(&mut console);
    assert_eq!(desk.read(), 41);
}

/// D1.
fn one_event_at_three_places_is_one_alert(node: &Node) {
    let indices = ["one", "two"].map(|name| node.index(name));
    let documents = lines((0..5).map(|n| document(&format!("event-{n}"), n)));
    indices.iter().for_each(|index| index.load(&documents));
    let desk = Desk::new(&node.url, &[&indices[0].name, &indices[1].name]);
    let folder = desk.home.path("logs");
    desk.home.file("logs/documents.ndjson", &documents);
    let folder = folder.to_str().unwrap();
    assert_eq!(desk.scan(&["cluster:c", folder]), desk.scan(&[folder]));
    let mut console = desk.watch_with(&[folder, "cluster:c"]);
    let wanted: Vec<String> = (0..5).map(|n| format!("event-{n}")).collect();
    desk.until_alerts(&console, &wanted);
    super::node::until("both indices", || desk.read() == 10);
    assert_eq!(desk.alerts(), wanted);
    quit(&mut console);
}

/// Names for an address of more than 4,096 bytes, behind which nothing is.
fn long_names() -> Vec<String> {
    (0..60).map(|n| format!("nothing-{n}-{}-*", "x".repeat(100))).collect()
}

/// Q5: they go in several requests, whose answers say together what types fields have, each with what a pattern takes away.
fn many_long_names_leave_out_what_a_few_do(node: &Node) {
    let one = node.index("many-one");
    let (two, apart) = (one.another("two"), one.another("apart"));
    let typed =
        json!({ "mappings": { "properties": { "event": { "properties": { "action": { "type": "keyword" } } } } } });
    node.ok("PUT", &two.name, &typed);
    let documents = |stem: &str| {
        let documents = (0..3_000).map(|n| match n % 1_000 {
            0 => document(&format!("{stem}-{n:04}"), n),
            _ => quiet(&format!("{stem}-{n:04}"), n),
        });
        lines(documents)
    };
    for index in [&one, &two, &apart] {
        index.load(&documents(&index.name));
    }
    let long = long_names();
    let (all, without) = (format!("{}*", one.name), format!("-{}", apart.name));
    let mut names: Vec<&str> = vec![&one.name, &without];
    names.extend(long.iter().map(String::as_str));
    names.push(&all);
    let client = client(node, &names);
    let exports = kql::parse("event.action:StartExportTask").unwrap();
    let narrowing = Narrowing::to(vec![("exports".to_owned(), exports)]).typed(event::schema());
    let mut feed = Feed::once(client.clone());
    let mut found = BTreeMap::new();
    loop {
        let page = feed.next(&narrowing, &|| false).unwrap();
        assert!(page.hits.is_empty() || page.progress.narrowed, "{:?}", page.troubles);
        page.hits.iter().for_each(|hit| *found.entry(hit.index.to_string()).or_insert(0) += 1);
        if page.progress.caught_up {
            break;
        }
    }
    let wanted = BTreeMap::from([(one.name.clone(), 3), (two.name.clone(), 3)]);
    assert_eq!(found, wanted);
    let mut found = BTreeMap::new();
    windows::search(&client, &narrowing, u64::MAX, &|| false, &mut |window| {
        window.hits.iter().for_each(|hit| *found.entry(hit.index.to_string()).or_insert(0) += 1);
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!(found, wanted);
}

/// Q5 and Q1: patterns that make an address of more than 4,096 bytes, and 400 rules of many clauses.
fn many_long_names_and_many_rules(node: &Node) {
    let index = node.index("named");
    let long = long_names();
    let mut names: Vec<&str> = long.iter().map(String::as_str).collect();
    names.push(&index.name);
    let documents: Vec<Value> = (0..4_000)
        .map(|n| {
            let mut document = document(&format!("event-{n:04}"), n);
            document["event"]["action"] =
                json!(if n % 100 == 0 { format!("Action{}", n / 10) } else { "Nothing".to_owned() });
            document
        })
        .collect();
    let all = lines(documents);
    index.load(&all);
    let desk = Desk::new(&node.url, &names);
    for n in 0..400 {
        let query = format!("event.action:(Action{n} or Action{n}a or Action{n}b or Action{n}c)");
        let rule = format!(
            "[rule]\nrule_id = \"r{n}\"\nname = \"Rule {n}\"\ndescription = \"Rule {n}.\"\ntype = \"query\"\nlanguage = \"kuery\"\n\
             query = \"{query}\"\nseverity = \"low\"\nrisk_score = 21\nindex = [\"x\"]\n"
        );
        desk.home.file(&format!("rules/r{n}.toml"), rule);
    }
    let rules = desk.home.path("rules");
    let rules = ["--rules", rules.to_str().unwrap()];
    let file = desk.file(&all);
    let scan = |place: &str| desk.scan(&[&rules[..], &[place]].concat());
    let wanted = scan(&file);
    assert_eq!(wanted.len(), 40);
    // Nothing is there behind sixty of the names, which is said.
    let ran =
        desk.run(&[&["scan", "--format", "ndjson"], &super::desk::SINCE[..], &rules[..], &["cluster:c"]].concat());
    assert_eq!(ran.out.lines().count(), 40, "{}", ran.err);
}
