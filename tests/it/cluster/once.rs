//! Reading a cluster once comes to what reading the same documents from a file does.

use serde_json::json;

use super::desk::{Desk, document, lines, quiet};
use super::node::{Index, Node};
use super::on_both;
use super::proxy::{Fault, Proxy, When};

on_both!(
    commands_say_the_same_of_a_cluster_and_of_a_file,
    an_event_in_both_is_one_alert,
    what_a_rule_remembers_is_read_from_before_the_window,
    what_is_missing_is_named,
    nothing_there_is_an_error,
    what_does_not_pass_by_itself_is_not_waited_for,
    a_document_that_is_no_event_is_named,
);

const QUERY: &str = "event.action: StartExportTask or user.name: j* and not event.outcome: success";

/// The demo in an index of two shards, a desk with it, and a file of the same documents.
fn demo(node: &Node) -> (Index, Desk, String) {
    let index = node.index_with("demo", json!({ "number_of_shards": 2 }), node.mapping());
    let desk = Desk::new(&node.url, &[&index.name]);
    let documents = desk.demo();
    index.load(&documents);
    let file = desk.file(&documents);
    (index, desk, file)
}

fn commands_say_the_same_of_a_cluster_and_of_a_file(node: &Node) {
    let (_index, desk, file) = demo(node);
    let mut commands: Vec<Vec<&str>> = vec![vec!["ecs"], vec!["ecs", "--since", "2026-11-23T10:00:00Z"]];
    for format in ["table", "ndjson", "raw", "count"] {
        commands.push(vec!["query", QUERY, "--format", format]);
    }
    commands.push(vec!["query", "", "--until", "2026-11-23T10:00:00Z", "--format", "ndjson"]);
    for format in ["ndjson", "csv", "markdown", "table"] {
        commands.push(vec!["scan", "--format", format]);
    }
    commands.push(vec!["scan", "--format", "ndjson", "--every-record", "--since", "2026-11-23T10:00:00Z"]);
    commands.push(vec!["scan", "--incidents", "--format", "ndjson"]);
    for command in commands {
        let (of_file, of_cluster) =
            (desk.run(&[&command[..], &[&file]].concat()), desk.run(&[&command[..], &["cluster:c"]].concat()));
        assert_eq!((of_cluster.code, &of_cluster.out), (0, &of_file.out), "{command:?} {}", of_cluster.err);
        assert!(!of_file.out.is_empty(), "{command:?}");
    }
    let stats = desk.run(&["query", QUERY, "--format", "count", "--stats", "cluster:c"]).err;
    assert!(stats.contains(" documents (0 failed") && stats.contains("cluster c: "), "{stats}");
}

fn an_event_in_both_is_one_alert(node: &Node) {
    let index = node.index("both");
    index.load(&lines([document("one", 1), document("two", 2)]));
    let desk = Desk::new(&node.url, &[&index.name]);
    let file = desk.file(&lines([document("two", 2), document("three", 3)]));
    assert_eq!(desk.scan(&["cluster:c", &file]), ["one", "three", "two"]);
}

fn what_a_rule_remembers_is_read_from_before_the_window(node: &Node) {
    let index = node.index("history");
    // Each export is within the hour that alerts are folded together for; the first is of the day before.
    let chain = (0..30).map(|n| document(&format!("e{n:02}"), n * 3_000));
    let documents = lines(chain.chain([quiet("other", 80_000)]));
    index.load(&documents);
    let desk = Desk::new(&node.url, &[&index.name]);
    let file = desk.file(&documents);
    let rule = "[rule]\nname='r'\nrule_id='r'\ntype='query'\nseverity='low'\nrisk_score=21\nquery='event.action: StartExportTask'\n\
        [rule.alert_suppression]\ngroup_by=['user.name']\nduration={value=1,unit='h'}\nmissing_fields_strategy='suppress'\n";
    let rule = desk.home.file("r.toml", rule.as_bytes());
    let scan = |place: &str| {
        desk.run(&["scan", "--format", "ndjson", "--rules", &rule, "--since", "2026-11-23T20:00:00Z", place]).quiet()
    };
    assert_eq!(scan("cluster:c"), scan(&file));
}

fn what_is_missing_is_named(node: &Node) {
    let index = node.index("missing");
    index.load(&lines([document("one", 1)]));
    let proxy = Proxy::to(&node.url);
    let desk = Desk::new(&proxy.url, &[&index.name]);
    let file = desk.file(&lines([document("two", 2)]));
    let missing = r#"{"error":{"root_cause":[],"type":"search_phase_execution_exception","reason":"Search rejected due to missing shards"},"status":503}"#;
    proxy.when(When::path("_search"), Fault::answer(503, missing));
    let ran = desk.run(&["query", "event.action: *", "--format", "count", "cluster:c", &file]);
    assert_eq!((ran.code, ran.out.as_str()), (1, "1\n"), "{}", ran.err);
    assert!(ran.err.contains("cluster c") && ran.err.contains(&index.name), "{}", ran.err);
    let ran = desk.run(&["query", "event.action: *", "--format", "count", "cluster:c"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, "0\n"), "{}", ran.err);
}

fn nothing_there_is_an_error(node: &Node) {
    let desk = Desk::new(&node.url, &["no-such-index"]);
    for command in [&["scan"][..], &["query", "a:b"], &["ecs"]] {
        let told = desk.run(&[command, &["cluster:c"]].concat()).refused();
        assert!(told.contains("no-such-index"), "{told}");
    }
    let told = desk.run(&["scan", "cluster:d"]).refused();
    assert!(told.contains("the configuration has no cluster d"), "{told}");
}

fn what_does_not_pass_by_itself_is_not_waited_for(node: &Node) {
    let index = node.index("refused");
    for (status, said) in [(401, "name api_key_file"), (403, "name api_key_file"), (302, "somewhere else")] {
        let proxy = Proxy::to(&node.url);
        proxy.when(When::any(), Fault::answer(status, "{}").with("location", "/x"));
        let told = Desk::new(&proxy.url, &[&index.name]).run(&["scan", "cluster:c"]).refused();
        assert!(told.contains(said), "{told}");
        // Each question once, not for twenty seconds.
        let mut asked: Vec<_> = proxy.passed().into_iter().map(|passed| passed.what).collect();
        asked.sort();
        assert!(asked.windows(2).all(|two| two[0] != two[1]), "{asked:?}");
    }
}

fn a_document_that_is_no_event_is_named(node: &Node) {
    let index = node.index("broken");
    index.load(&lines([document("one", 1)]));
    index.put("odd", br#"{"event":{"action":"StartExportTask","provider":"rds.amazonaws.com"},"@timestamp":"2026-11-23T00:00:00Z","message":"x"}"#);
    index.put("none", br#"{"note":"no event"}"#);
    index.refresh();
    let desk = Desk::new(&node.url, &[&index.name]);
    let ran = desk.run(&["ecs", "cluster:c"]);
    assert_eq!((ran.code, ran.out.lines().count()), (1, 2), "{}", ran.err);
    assert!(ran.err.contains(&format!("document none in {}", index.name)), "{}", ran.err);
}
