//! What hangs on the runs of a rule: its cap, and what its query calls `now`.

use super::*;

/// A rule that runs every ten minutes and raises two alerts a run.
fn rule(desk: &Desk, query: &str) -> String {
    desk.file(
        "rule.toml",
        format!(
            "[rule]\nname = 'two a run'\nrule_id = 'two'\ntype = 'query'\nseverity = 'low'\nrisk_score = 1\n\
             interval = '10m'\nmax_signals = 2\nquery = '{query}'\n"
        ),
    )
}

/// An export at this time of a day.
fn at(id: &str, time: &str) -> String {
    export(id, 0).replace("12:00:00", time)
}

#[test]
fn alerts_past_the_cap_of_a_run_are_marked_and_counted() {
    let desk = Desk::new();
    let rule = rule(&desk, "event.action: StartExportTask");
    let records = [("d", "12:09:59"), ("a", "12:00:00"), ("b", "12:00:00"), ("c", "12:09:59"), ("e", "12:10:00")];
    desk.file("logs/a.json", format!("[{}]", records.map(|(id, time)| at(id, time)).join(",")));
    // Delivered twice: what was counted once is not counted again.
    desk.file("logs/b.json", format!("[{},{}]", at("a", "12:00:00"), at("c", "12:09:59")));
    let logs = desk.path("logs").to_str().unwrap().to_owned();
    let scan = |format: &str| {
        let ran = desk.run(&["scan", &logs, "--rules", &rule, "--format", format]);
        assert_eq!(ran.code, 0);
        let said = ran.err.lines().next().unwrap_or_default();
        assert_eq!(said, "2 alerts are beyond max_signals: Elastic would drop them");
        ran
    };
    let id = |alert: &serde_json::Value| alert["event"]["id"].as_str().unwrap().to_owned();
    let marked: Vec<_> =
        scan("ndjson").json().iter().map(|a| (id(a), a.get("watchfloor.beyond_max_signals").cloned())).collect();
    let beyond = Some(serde_json::Value::Bool(true));
    let expected = [("a", None), ("b", None), ("c", beyond.clone()), ("d", beyond), ("e", None)];
    assert_eq!(marked, expected.map(|(id, mark)| (id.to_owned(), mark)));
    for format in ["table", "markdown"] {
        let out = scan(format).out.replace('\\', "");
        let marked: Vec<bool> = out
            .lines()
            .filter(|line| line.contains("dana"))
            .map(|l| l.contains("two a run (beyond max_signals)"))
            .collect();
        assert_eq!(marked, [false, false, true, true, false], "{out}");
    }
    let out = scan("csv").out;
    let last: Vec<_> = out.lines().map(|line| line.rsplit(',').nth(1).unwrap()).collect();
    assert_eq!(last, ["beyond_max_signals", "", "", "true", "true", ""], "{out}");
    // Nothing is said where nothing is to be said.
    let ran = desk.run(&["scan", &logs, "--rules", &rule, "--format", "ndjson", "--since", "2026-11-23T12:10:00Z"]);
    assert!(!ran.quiet().contains("beyond_max_signals"));
}

#[test]
fn now_in_a_rule_is_the_time_of_the_run_and_in_a_question_that_of_asking() {
    let desk = Desk::new();
    let young = "@timestamp >= now-3m";
    let rule = rule(&desk, young);
    let records = [("early", "12:01:00"), ("late", "12:07:30"), ("last", "12:09:59")];
    let log = desk.file("a.json", format!("[{}]", records.map(|(id, time)| at(id, time)).join(",")));
    let out = desk.run(&["scan", &log, "--rules", &rule, "--format", "csv"]).quiet();
    let found: Vec<bool> = ["early", "late", "last"].iter().map(|id| out.contains(&format!(":{id},"))).collect();
    assert_eq!(found, [false, true, true], "{out}");
    assert_eq!(desk.run(&["query", young, &log, "--format", "count"]).quiet(), "0\n");
}

#[test]
fn a_scan_knows_what_stands_closed_only_by_its_state() {
    use watchfloor::triage::{Access, Action, Proposal, Reason, Status, Store};
    let desk = Desk::new();
    let rule = desk.file(
        "rule.toml",
        "[rule]\nname = 'folded'\nrule_id = 'folded'\ntype = 'query'\nseverity = 'low'\nrisk_score = 1\n\
         query = 'event.action: StartExportTask'\n[rule.alert_suppression]\ngroup_by = ['user.name']\n\
         duration = {value = 1, unit = 'h'}\nmissing_fields_strategy = 'suppress'\n",
    );
    let log = desk.file("logs/a.json", format!("[{},{}]", at("a", "12:00:00"), at("b", "12:01:00")));
    let state = desk.path("state/state.db");
    let scan = |more: &[&str]| {
        let mut args = vec!["scan", &log, "--rules", &rule, "--format", "ndjson"];
        args.extend(more);
        let ran = desk.run(&args);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""));
        let said = |a: &serde_json::Value| (a["event"]["id"].clone(), a["kibana.alert.suppression.docs_count"].clone());
        ran.json().iter().map(said).map(|(id, folded)| format!("{id} {folded}")).collect::<Vec<_>>()
    };
    let with_state = ["--state", state.to_str().unwrap()];
    assert_eq!(scan(&with_state), [r#""a" 1"#]);
    let mut store = Store::open(&state, Access::ReadWrite).unwrap();
    let alert = store.alerts().unwrap().remove(0).id;
    let action = Action::SetStatus { status: Status::Closed(Reason::Other) };
    store.decide(&[Proposal { alert, at: chrono::Utc::now(), analyst: "mk".into(), action, seen: 0 }]).unwrap();
    drop(store);
    let records = [("a", "12:00:00"), ("b", "12:01:00"), ("c", "12:02:00"), ("d", "12:03:00")];
    desk.file("logs/a.json", format!("[{}]", records.map(|(id, time)| at(id, time)).join(",")));
    assert_eq!(scan(&[]), [r#""a" 3"#]);
    assert_eq!(scan(&[with_state[0], with_state[1], "--read-only"]), [r#""a" 1"#, r#""c" 1"#]);
    assert_eq!(scan(&with_state), [r#""a" 1"#, r#""c" 1"#]);
}
