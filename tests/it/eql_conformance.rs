//! The event query language against Elasticsearch's own cases, where they are at hand beside the project.

#![allow(clippy::print_stdout, reason = "says what was skipped, and how many cases passed")]

mod answers;
mod documents;

use std::fs;

use serde_json::Value;
use watchfloor::query::eql;

use crate::conformance::{cases, root, run, text};

/// Parses, and parses again as it prints.
fn parses(query: &str) -> Result<(), String> {
    let statement = eql::parse(query).map_err(|e| format!("{query}\n{}", e.to_diagnostic()))?;
    let printed = statement.to_string();
    let again = eql::parse(&printed).map_err(|e| format!("{query}\nprinted as {printed}\n{}", e.to_diagnostic()))?;
    if again.to_string() == printed { Ok(()) } else { Err(format!("{printed}\nprinted again as {again}")) }
}

#[test]
fn every_query_parses() {
    for file in ["queries.jsonl", "null-logic.jsonl", "sequences.jsonl"] {
        run(file, &cases(&format!("eql/{file}")), |case| parses(text(case, "query")));
    }
}

#[test]
fn what_is_no_eql_is_refused_at_its_place() {
    let cases: Vec<Value> = cases("eql/errors.jsonl").into_iter().filter(|case| case["stage"] == "parse").collect();
    run("errors.jsonl, parse", &cases, |case| match eql::parse(text(case, "query")) {
        Err(error) if !error.help.is_empty() => {
            println!("{}: {}\n{}\n", text(case, "id"), text(case, "why"), error.to_diagnostic());
            Ok(())
        }
        Err(error) => Err(format!("no help: {error}")),
        Ok(statement) => Err(format!("{}: {}: parsed as {statement}", text(case, "id"), text(case, "why"))),
    });
}

#[test]
fn every_eql_rule_parses_and_is_prepared() {
    let Ok(files) = fs::read_dir(root().join("rules/aws")) else {
        println!("skipped: {} is not here", root().join("rules/aws").display());
        return;
    };
    let queries: Vec<Value> = files
        .filter_map(|file| {
            let rule: toml::Table = fs::read_to_string(file.unwrap().path()).unwrap().parse().unwrap();
            let rule = &rule["rule"];
            let is_eql = rule.get("language").and_then(toml::Value::as_str) == Some("eql");
            is_eql.then(|| rule["query"].as_str().unwrap().into())
        })
        .collect();
    assert!(!queries.is_empty(), "no rule is EQL");
    run("rules/aws", &queries, |query| {
        let query = query.as_str().unwrap();
        parses(query)?;
        let statement = eql::parse(query).map_err(|e| e.to_string())?;
        let prepared = eql::prepare(query, &statement, watchfloor::event::schema(), "event.category");
        prepared.map(drop).map_err(|e| format!("{query}\n{}", e.to_diagnostic()))
    });
}
