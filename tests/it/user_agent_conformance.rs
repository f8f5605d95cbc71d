//! User agents, taken apart as Elastic's ingest processor takes them apart.

#![allow(clippy::print_stdout, reason = "says what was skipped, and how many agree")]

use std::path::Path;

use serde_json::{Value, json};
use watchfloor::event::Event;

/// Fields, and the least part of the agents of which each must agree, in percent.
const FIELDS: [(&str, usize); 6] = [
    ("user_agent.name", 98),
    ("user_agent.os.name", 98),
    ("user_agent.version", 98),
    ("user_agent.os.version", 98),
    ("user_agent.os.full", 98),
    ("user_agent.device.name", 98),
];

#[test]
fn parts_are_those_of_the_processor() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance/user-agents/user-agents.jsonl");
    let Ok(text) = std::fs::read_to_string(&path) else {
        return println!("skipped: {} is not there", path.display());
    };
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(!lines.is_empty());
    for (field, least) in FIELDS {
        let mut asked = 0;
        let mut others = Vec::new();
        for line in &lines {
            let original = line["original"].as_str().unwrap();
            // The pipeline drops these before the processor sees them.
            if matches!(original, "" | "-" | "none") {
                continue;
            }
            asked += 1;
            let record = json!({"eventVersion": "1.11", "eventName": "A", "userAgent": original}).to_string();
            let event = Event::parse(record.as_bytes()).unwrap();
            let expected = field.split('.').try_fold(line, |at, name| at.get(name)).and_then(Value::as_str);
            let found = event.get(field);
            if found.as_deref() != expected {
                others.push(format!("{original}: {found:?}, not {expected:?}"));
            }
        }
        let agree = asked - others.len();
        println!("{field}: {agree} of {asked}");
        assert!(agree * 100 >= least * asked, "{field}\n{}", others.join("\n"));
        others.iter().for_each(|other| println!("  {other}"));
    }
}
