//! Decisions, and who sees them.

use super::desk::{Desk, document, lines, quit, wait_for_words};
use super::node::Node;
use super::on_both;

on_both!(nothing_is_shared_that_nobody_asked_to_share);

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
