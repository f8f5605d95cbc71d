//! Query DSL against Kibana's own translation, where the cases are at hand beside the project.

#![allow(clippy::print_stdout, reason = "says what was skipped, and how many cases passed")]

use serde_json::{Value, json};
use watchfloor::cluster::dsl::{Field, to_dsl};
use watchfloor::query::kql;

use crate::conformance::cases;

fn check(case: &Value, query: &str, dsl: &Value) -> Result<(), String> {
    let fields: Vec<Field> = serde_json::from_value(case["fields"].clone()).map_err(|e| e.to_string())?;
    let node = kql::parse(query).map_err(|e| e.to_string())?;
    let (got, want) = match (to_dsl(&node, &fields), case.get("error")) {
        (Ok(got), _) => (got, dsl.clone()),
        (Err(error), Some(want)) => (error.to_string().into(), want.clone()),
        (Err(error), None) => return Err(format!("{query:?}: {error}")),
    };
    if got == want { Ok(()) } else { Err(format!("{query:?}\n  got  {got}\n  want {want}")) }
}

#[test]
fn queries_become_what_kibana_makes_of_them() {
    let cases = cases("cluster/kql-dsl.jsonl");
    let failed: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            let whole = check(case, case["query"].as_str().unwrap(), &case["dsl"]);
            // The query filter around it, where no filter stands beside.
            let clauses = if case["dsl"] == json!({"match_all": {}}) { json!([]) } else { json!([case["dsl"]]) };
            let filter = json!({"bool": {"must": [], "filter": clauses, "should": [], "must_not": []}});
            let alone = case.get("filters").is_some() || case.get("es_query").is_none_or(|query| *query == filter);
            whole.err().or_else(|| (!alone).then(|| format!("{case}: another filter")))
        })
        .collect();
    println!("kql-dsl.jsonl: {}/{}", cases.len() - failed.len(), cases.len());
    assert!(failed.is_empty(), "{} of {} fail:\n{}", failed.len(), cases.len(), failed.join("\n"));
}

#[test]
fn expectations_of_kibanas_own_tests_hold() {
    let (mut failed, mut passed, mut skipped) = (Vec::new(), 0, 0);
    for case in cases("cluster/kibana-expectations.jsonl") {
        // Trees that no text parses to, other functions of Kibana, and options that the detection engine does not set.
        let plain = matches!(case["kind"].as_str(), Some("dsl")) && case["config"] == json!({});
        match case["query"].as_str().filter(|_| plain) {
            None => skipped += 1,
            Some(query) => match check(&case, query, &case["expected"]) {
                Ok(()) => passed += 1,
                Err(why) => failed.push(why),
            },
        }
    }
    println!("kibana-expectations.jsonl: {passed} passed, {skipped} skipped");
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
