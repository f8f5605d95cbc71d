//! When a document happened, when it says that it arrived, and when it did.

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

use super::desk::{Desk, document, lines, quiet, quit};
use super::node::Node;
use super::on_both;
use crate::pty::Pty;

on_both!(
    what_a_slow_index_shows_later_is_found_then,
    no_field_of_time_needs_to_be_there,
    what_came_while_nobody_watched_is_read,
    dates_and_nanoseconds_stand_side_by_side,
    a_writer_that_is_days_behind_is_not_missed,
);

fn more() -> String {
    document("more", 50_000).to_string()
}

/// How many seconds after its arrival the newest event was evaluated, as the health pane has it.
fn lateness(console: &mut Pty) -> f64 {
    console.type_keys("!");
    console.wait("lateness", |seen| {
        let shown = seen.screen.screen().contents();
        shown.split(" s from the newest event's arrival there").next()?.rsplit(' ').next()?.parse().ok()
    })
}

/// T1.
fn what_a_slow_index_shows_later_is_found_then(node: &Node) {
    let fast = node.index("fast");
    let slow = node.index_with("slow", json!({ "refresh_interval": "-1" }), node.mapping());
    let desk = Desk::new(&node.url, &[&fast.name, &slow.name]);
    slow.load_without_refresh(&lines((0..20).map(|n| {
        let mut document = document(&format!("slow-{n:02}"), n);
        document["event"]["ingested"] = json!(Utc::now() - TimeDelta::minutes(1));
        document
    })));
    fast.load(&lines((0..20).map(|n| document(&format!("fast-{n:02}"), n + 30))));
    let mut console = desk.watch();
    let mut wanted: Vec<String> = (0..20).map(|n| format!("fast-{n:02}")).collect();
    desk.until_alerts(&console, &wanted);
    slow.refresh();
    wanted.extend((0..20).map(|n| format!("slow-{n:02}")));
    desk.until_alerts(&console, &wanted);
    assert!(lateness(&mut console) >= 60.0);
    quit(&mut console);
    assert_eq!(desk.read(), 40);
}

/// T3.
fn no_field_of_time_needs_to_be_there(node: &Node) {
    let with = node.index("with");
    let without = node.index_with("without", json!({}), json!({ "dynamic": false }));
    let mut documents: Vec<Value> = (0..40).map(|n| document(&format!("event-{n:02}"), n)).collect();
    for document in documents.iter_mut().take(10) {
        document["event"].as_object_mut().unwrap().remove("ingested");
    }
    // From a clock that is wrong.
    documents[16]["@timestamp"] = json!("2099-01-01T00:00:00Z");
    documents[17]["event"]["ingested"] = json!("2099-01-01T00:00:00Z");
    with.load(&lines(documents[..20].to_vec()));
    without.load(&lines(documents[20..].to_vec()));
    Desk::new(&node.url, &[&with.name, &without.name]).all_once(&lines(documents), || with.load(&more()));
}

/// T6.
fn what_came_while_nobody_watched_is_read(node: &Node) {
    let index = node.index("gap");
    let desk = Desk::new(&node.url, &[&index.name]);
    index.load(&document("before", 0).to_string());
    let mut console = desk.watch();
    desk.until_alerts(&console, &["before".to_owned()]);
    quit(&mut console);
    let meanwhile = (1..30_000).map(|n| match n % 400 {
        0 => document(&format!("during-{n:05}"), n),
        _ => quiet(&format!("quiet-{n:05}"), n),
    });
    index.load(&lines(meanwhile));
    let mut wanted: Vec<String> = (1..75).map(|n| format!("during-{:05}", n * 400)).collect();
    wanted.insert(0, "before".to_owned());
    let mut console = desk.watch();
    desk.until_alerts(&console, &wanted);
    quit(&mut console);
}

/// T8.
fn dates_and_nanoseconds_stand_side_by_side(node: &Node) {
    let millis = node.index("millis");
    let mut mapping = node.mapping();
    mapping["properties"]["@timestamp"] = json!({ "type": "date_nanos" });
    mapping["properties"]["event"]["properties"]["ingested"] = json!({ "type": "date_nanos" });
    let nanos = node.index_with("nanos", json!({}), mapping);
    let mut documents: Vec<Value> = (0..20).map(|n| document(&format!("event-{n:02}"), n)).collect();
    for n in [3, 4, 13, 14] {
        documents[n]["event"].as_object_mut().unwrap().remove("ingested");
    }
    documents[15]["@timestamp"] = json!("2026-11-23T10:00:01.123456789Z");
    millis.load(&lines(documents[..10].to_vec()));
    nanos.load(&lines(documents[10..].to_vec()));
    let desk = Desk::new(&node.url, &[&millis.name, &nanos.name]);
    let all = lines(documents);
    let place = desk.file(&all);
    assert_eq!(
        desk.query("event.action:StartExportTask", "cluster:c"),
        desk.query("event.action:StartExportTask", &place)
    );
    desk.all_once(&all, || nanos.load(&more()));
}

/// T10.
fn a_writer_that_is_days_behind_is_not_missed(node: &Node) {
    let index = node.index("behind");
    let desk = Desk::new(&node.url, &[&index.name]);
    index.load(&lines((0..10).map(|n| document(&format!("now-{n:02}"), 40_000 + n))));
    let mut console = desk.watch();
    let mut wanted: Vec<String> = (0..10).map(|n| format!("now-{n:02}")).collect();
    desk.until_alerts(&console, &wanted);
    let late = (0..10).map(|n| {
        let mut late = document(&format!("late-{n:02}"), n);
        late["@timestamp"] = json!("2026-11-21T00:00:00Z");
        late["event"]["ingested"] = json!(Utc::now() - TimeDelta::minutes(4));
        late
    });
    index.load(&lines(late));
    wanted.extend((0..10).map(|n| format!("late-{n:02}")));
    wanted.sort();
    desk.until_alerts(&console, &wanted);
    assert!(lateness(&mut console) >= 240.0);
    quit(&mut console);
    assert_eq!(desk.read(), 20);
}
