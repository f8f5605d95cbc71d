//! A sequence as Elastic writes it: a building block for each event, then an alert of its own that holds what all its
//! events share. One `kibana.alert.group.id` holds them together.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Ancestor, Members, original_event, suppression, timestamp};
use crate::detect::aggregate::{Aggregate, SequenceRecord};
use crate::detect::{Alert, AlertId};
use crate::event::{Event, GeoIp};
use crate::investigate::{Facts, reason};
use crate::rule::Rule;

/// The documents of a sequence, the building blocks first.
pub(super) fn documents(alert: &Alert, aggregate: &Aggregate, rule: &Rule, geoip: &GeoIp) -> Vec<Members> {
    let mut documents = Vec::with_capacity(aggregate.sequence.len() + 1);
    let (mut shared, mut ancestors) = (None, Vec::new());
    for (index, step) in aggregate.sequence.iter().enumerate() {
        let Ok(event) = Event::parse_with(step.raw.as_bytes(), geoip) else { continue };
        let ecs = event.ecs_json();
        let id = AlertId::of(&alert.rule_id, &format!("{}/{index}", alert.id));
        documents.push(building_block(alert, rule, step, &event, &ecs, (&id, index)));
        let whole: Map<String, Value> = serde_json::from_str(&ecs).unwrap_or_default();
        shared = Some(shared.map_or_else(|| whole.clone(), |shared| in_common(&shared, &whole)));
        ancestors.push(Behind::event(step));
        ancestors.push(Behind::Block(Block { id: id.0, r#type: "signal", index: "", depth: 1, rule: &rule.id }));
    }
    documents.push(own(alert, aggregate, rule, shared.unwrap_or_default(), &ancestors));
    documents
}

fn building_block(
    alert: &Alert,
    rule: &Rule,
    step: &SequenceRecord,
    event: &Event<'_>,
    ecs: &str,
    (id, index): (&AlertId, usize),
) -> Members {
    let mut members = Members::of_event(ecs);
    members.put("uuid", id);
    state(&mut members, alert, 1);
    // A rule that is one itself says so already.
    members.put("building_block_type", (!rule.building_block).then_some("default"));
    members.put("group.id", &alert.id);
    members.put("group.index", index);
    members.put("ancestors", [Behind::event(step)]);
    members.put("reason", reason(rule, &Facts::brief(event)));
    members.put("original_time", timestamp(step.time));
    original_event(&mut members, ecs);
    members
}

fn own(
    alert: &Alert,
    aggregate: &Aggregate,
    rule: &Rule,
    mut shared: Map<String, Value>,
    ancestors: &[Behind<'_>],
) -> Members {
    shared.insert("@timestamp".to_owned(), timestamp(alert.time).into());
    let ecs = Value::Object(shared).to_string();
    let mut members = Members::of_event(&ecs);
    members.put("uuid", &alert.id);
    state(&mut members, alert, 2);
    members.put("group.id", &alert.id);
    members.put("ancestors", ancestors);
    members.put("reason", &alert.reason);
    if rule.alert_suppression.is_some() {
        suppression(&mut members, aggregate, aggregate.suppressed);
    }
    original_event(&mut members, &ecs);
    members
}

fn state(members: &mut Members, alert: &Alert, depth: u8) {
    members.put("status", "active");
    members.put("workflow_status", "open");
    members.put("depth", depth);
    members.put("severity", alert.severity);
    members.put("risk_score", alert.risk_score);
}

/// What is the same in two documents.
fn in_common(one: &Map<String, Value>, other: &Map<String, Value>) -> Map<String, Value> {
    let both = one.iter().filter_map(|(name, value)| Some((name, value, other.get(name)?)));
    let shared = |(name, value, theirs): (&String, &Value, &Value)| match (value, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => {
            let shared = in_common(ours, theirs);
            (!shared.is_empty()).then(|| (name.clone(), shared.into()))
        }
        _ => (value == theirs).then(|| (name.clone(), value.clone())),
    };
    both.filter_map(shared).collect()
}

/// What an alert of a sequence comes from.
#[derive(Serialize)]
#[serde(untagged)]
enum Behind<'a> {
    Event(Ancestor<'a>),
    Block(Block<'a>),
}

impl<'a> Behind<'a> {
    fn event(step: &'a SequenceRecord) -> Self {
        Self::Event(Ancestor { id: &step.id, r#type: "event", index: "", depth: 0 })
    }
}

/// A building block behind an alert.
#[derive(Serialize)]
struct Block<'a> {
    id: String,
    r#type: &'static str,
    index: &'static str,
    depth: u8,
    rule: &'a str,
}
