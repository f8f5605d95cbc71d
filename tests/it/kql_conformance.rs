//! The query language against Elastic's own cases, where they are at hand beside the project.

use std::collections::HashMap;
use std::fs;

use serde_json::Value;
use watchfloor::query::{FieldType, Json, NoSchema, Query, Schema, kql};

use crate::conformance::{cases, root, run, text};

fn same(query: &str, got: &Value, want: &Value) -> Result<(), String> {
    if got == want { Ok(()) } else { Err(format!("{query:?}\n  got  {got}\n  want {want}")) }
}

#[test]
fn trees_are_kibanas() {
    run("kibana-ast.jsonl", &cases("kql/kibana-ast.jsonl"), |case| {
        let (query, want) = (text(case, "query"), &case["expected"]);
        if text(case, "kind") == "kuery" {
            let node = kql::parse(query).map_err(|e| e.to_string())?;
            return same(query, &node.to_json(), want);
        }
        let got = kql::parse_literal(query).map_err(|e| e.to_string())?.to_json();
        match want {
            // A bare string stands for the value of a literal; an object may leave out `isQuoted`.
            Value::Object(want) => want.iter().try_for_each(|(key, want)| same(query, &got[key], want)),
            want => same(query, &got["value"], want),
        }
    });
}

#[test]
fn errors_are_kibanas() {
    run("kibana-errors.jsonl", &cases("kql/kibana-errors.jsonl"), |case| {
        let query = text(case, "query");
        let got = kql::parse(query).err().map_or_else(|| "no error".to_owned(), |e| e.to_string());
        same(query, &got.into(), &case["expected_error"])
    });
}

#[test]
fn trees_of_real_rules_are_kibanas_and_print_as_the_same_query() {
    run("rules-ast.jsonl", &cases("kql/rules-ast.jsonl"), |case| {
        let query = text(case, "query");
        let node = match kql::parse(query) {
            Err(_) if case["ok"] == false => return Ok(()),
            parsed => parsed.map_err(|e| e.to_string())?,
        };
        same(query, &node.to_json(), &case["ast"])?;
        let printed = node.to_string();
        let again = kql::parse(&printed).map_err(|e| e.to_string())?;
        same(&printed, &again.to_json(), &case["ast"])
    });
}

#[test]
fn answers_are_those_of_elastics_evaluator() {
    run("evaluator.jsonl", &cases("kql/evaluator.jsonl"), |case| {
        let query = text(case, "query");
        let compiled = kql::compile(query, &NoSchema).map_err(|e| e.to_string())?;
        same(query, &compiled.matches(&Json(&case["event"])).into(), &case["expected"])
    });
}

/// The few fields whose type changes an answer here; all others are keywords.
#[derive(Debug)]
struct Ecs;

impl Schema for Ecs {
    fn field_type(&self, field: &str) -> FieldType {
        match field {
            "@timestamp" | "event.created" | "event.ingested" => FieldType::Date,
            "source.ip" | "related.ip" => FieldType::Ip,
            _ if field.starts_with("aws.cloudtrail.flattened.") => FieldType::Flattened,
            _ => FieldType::Keyword,
        }
    }
}

#[test]
fn real_rules_match_real_events_as_in_elastics_evaluator() {
    let root = root();
    let read = |path: &str| {
        let path = root.join(path);
        fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    };
    let mut queries: HashMap<String, Vec<Query>> = HashMap::new();
    let mut documents: HashMap<String, Vec<Value>> = HashMap::new();
    for case in cases("kql/rule-matrix.jsonl") {
        let rule = text(&case, "rule");
        queries.entry(rule.to_owned()).or_insert_with(|| {
            let file: toml::Table = read(&format!("rules/aws/{rule}")).parse().unwrap();
            let query = file["rule"]["query"].as_str().unwrap();
            vec![kql::compile(query, &Ecs).unwrap(), kql::compile(query, &NoSchema).unwrap()]
        });
        let (file, _) = text(&case, "doc").split_once('#').unwrap();
        documents.entry(file.to_owned()).or_insert_with(|| {
            let file: Value = serde_json::from_str(&read(&format!("ecs/{file}"))).unwrap();
            let mut documents = file["expected"].as_array().unwrap().clone();
            for document in &mut documents {
                document["event"]["dataset"] = "aws.cloudtrail".into();
                document["data_stream"] = serde_json::json!({ "dataset": "aws.cloudtrail" });
            }
            documents
        });
    }
    run("rule-matrix.jsonl", &cases("kql/rule-matrix.jsonl"), |case| {
        let (rule, name) = (text(case, "rule"), text(case, "doc"));
        let (file, index) = name.split_once('#').unwrap();
        let document = &documents[file][index.parse::<usize>().unwrap()];
        queries[rule].iter().try_for_each(|query| {
            same(&format!("{rule} on {name}"), &query.matches(&Json(document)).into(), &case["expected"])
        })
    });
}
