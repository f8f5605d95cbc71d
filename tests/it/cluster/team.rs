//! Decisions, and who sees them.

use serde_json::Value;

use super::desk::{Desk, document, lines, quit, wait_for_words};
use super::node::{Node, until};
use super::on_both;

on_both!(a_whole_triage, nothing_is_shared_that_nobody_asked_to_share);

/// Open, tick, note, close, by keys; another console sees it, and so does one that starts afresh.
fn a_whole_triage(node: &Node) {
    let index = node.index("triage");
    index.load(&lines((0..3).map(|n| document(&format!("event-{n}"), n))));
    let decisions = node.name("decisions");
    let desk = Desk::new(&node.url, &[&index.name]);
    desk.configure(&format!("decisions = {:?}\n", decisions.name));
    let (first, second) = (desk.home.path("first.db"), desk.home.path("second.db"));
    let mut mine = desk.console(&first, "mk", &["cluster:c"]);
    let mut theirs = desk.console(&second, "jo", &["cluster:c"]);
    for console in [&mine, &theirs] {
        console.wait_for("live · as of");
        console.wait_for("dana");
    }
    // Takes it over, ticks the first step of the guide, notes something, and closes it with a reason.
    let log = format!("{}-audit", decisions.name);
    let decided = |count: u64| {
        until("decisions in the log", || {
            node.ask("POST", &format!("{log}/_refresh"), &Value::Null);
            node.ask("GET", &format!("{log}/_count"), &Value::Null).1["count"].as_u64() == Some(count)
        });
    };
    mine.type_keys("2");
    mine.type_keys(" ");
    decided(1);
    mine.type_keys("n");
    mine.type_keys("asked dana, she knows\r");
    decided(2);
    mine.type_keys("c");
    mine.type_keys("1");
    decided(3);
    mine.wait_for("1 closed");
    mine.wait_for("saved ✓");
    theirs.wait_for("1 closed");
    // One that has never been here has it all.
    let third = desk.home.path("third.db");
    let mut fresh = desk.console(&third, "xy", &["cluster:c"]);
    fresh.wait_for("1 closed");
    let of = |state: &std::path::Path| {
        let store = watchfloor::triage::Store::open(state, watchfloor::triage::Access::ReadOnly).unwrap();
        let mut all: Vec<String> = store
            .decisions_since(0)
            .unwrap()
            .into_iter()
            .map(|d| format!("{} {:?} {:?}", d.analyst, d.alert, d.action))
            .collect();
        all.sort();
        all
    };
    until("the same decisions everywhere", || of(&first) == of(&second) && of(&first) == of(&third));
    for console in [&mut mine, &mut theirs, &mut fresh] {
        quit(console);
    }
    for suffix in ["audit", "cases"] {
        let _ = node.ask("DELETE", &format!("{}-{suffix}", decisions.name), &Value::Null);
    }
}

/// Without `decisions` in the profile, a console writes nothing to the cluster.
fn nothing_is_shared_that_nobody_asked_to_share(node: &Node) {
    let index = node.index("private");
    index.load(&lines((0..3).map(|n| document(&format!("event-{n}"), n))));
    let proxy = super::proxy::Proxy::to(&node.url);
    let desk = Desk::new(&proxy.url, &[&index.name]);
    let mut console = desk.watch();
    console.wait_for("dana");
    console.type_keys("c");
    console.type_keys("1");
    console.wait_for("1 closed");
    wait_for_words(&console, "saved ✓");
    quit(&mut console);
    let reads = |what: &str| {
        what.starts_with("GET ")
            || what.starts_with("HEAD ")
            || what.contains("_search")
            || what.contains("_field_caps")
    };
    let writes: Vec<String> =
        proxy.passed().into_iter().map(|passed| passed.what).filter(|what| !reads(what)).collect();
    assert_eq!(writes, [""; 0]);
}
