//! What queries find.

use serde_json::Value;
use watchfloor::query::eql::{self, Pipe, Search};
use watchfloor::query::{Json, Query, Schema};

use super::documents::{Mapping, events};
use crate::conformance::{cases, run, text};

fn query(query: &str, schema: &'static dyn Schema, category: &str) -> Result<(Query, Vec<Pipe>), String> {
    let statement = eql::parse(query).map_err(|e| e.to_diagnostic().to_string())?;
    let prepared = eql::prepare(query, &statement, schema, category).map_err(|e| e.to_diagnostic().to_string())?;
    match prepared.search {
        Search::Event(query) => Ok((query, prepared.pipes)),
        Search::Sequence(_) | Search::Sample(_) => Err("no query for single events".to_owned()),
    }
}

fn is_event(case: &Value) -> bool {
    let text = text(case, "query");
    eql::parse(text).is_ok_and(|statement| matches!(statement.kind, eql::StatementKind::Event(_)))
}

#[test]
fn events_are_found_as_elasticsearch_finds_them() {
    let cases: Vec<Value> = cases("eql/queries.jsonl").into_iter().filter(is_event).collect();
    run("queries.jsonl, events", &cases, |case| {
        let (data, id) = (text(case, "data"), text(case, "id_field"));
        let text = text(case, "query");
        let (query, pipes) =
            query(text, Mapping::of_data(data), "event_type").map_err(|why| format!("{text}\n{why}"))?;
        let events = events(data);
        let mut found: Vec<&Value> = events.iter().filter(|event| query.matches(&Json(event))).collect();
        for pipe in pipes {
            let most = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
            match pipe {
                Pipe::Head(count) => found.truncate(most(count)),
                Pipe::Tail(count) => drop(found.drain(..found.len().saturating_sub(most(count)))),
            }
        }
        let found: Vec<i64> = found.iter().map(|event| event[id].as_i64().unwrap()).collect();
        let expected: Vec<i64> = serde_json::from_value(case["expected"].clone()).unwrap();
        if found == expected { Ok(()) } else { Err(format!("{text}\n  got  {found:?}\n  want {expected:?}")) }
    });
}

#[test]
fn absent_fields_and_null_answer_as_in_elasticsearch() {
    run("null-logic.jsonl", &cases("eql/null-logic.jsonl"), |case| {
        let text = text(case, "query");
        let (query, _) =
            query(text, Mapping::of_case(case), "event.category").map_err(|why| format!("{text}\n{why}"))?;
        let (found, expected) = (query.matches(&Json(&case["event"])), case["expected"].as_bool().unwrap());
        if found == expected { Ok(()) } else { Err(format!("{text} on {}: {found}", case["event"])) }
    });
}

#[test]
fn what_no_event_could_be_asked_is_refused_at_its_place() {
    let cases: Vec<Value> = cases("eql/errors.jsonl").into_iter().filter(|case| case["stage"] == "semantic").collect();
    run("errors.jsonl, semantic", &cases, |case| {
        let text = text(case, "query");
        match query(text, Mapping::only(case), "event.category") {
            Err(why) => {
                println!("{}\n{why}\n", case["why"]);
                Ok(())
            }
            Ok(_) => Err(format!("{text}: {}", case["why"])),
        }
    });
}
