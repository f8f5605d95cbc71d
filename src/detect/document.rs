//! An alert as Elastic's alert document: the ECS fields of its source event, nested, plus the alert's own fields as
//! flat dotted keys at the top level, as Elastic's alert indices hold them.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

use super::aggregate::{Aggregate, Reason, Term};
use super::{Alert, RuleSet};
use crate::rule::{self, Rule, RuleType};
use crate::text::markup;

/// A time as Elasticsearch prints it, in milliseconds and UTC.
#[must_use]
pub fn timestamp(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Writes alerts as documents. The fields of the event are the event's own, `@timestamp` and `event.kind` too. A rule that
/// comes from a file has no other identity, so `kibana.alert.rule.uuid` is its `rule_id`. `kibana.alert.workflow_status` is
/// `open`: what analysts decided is told by the report, not by a scan.
#[derive(Debug)]
pub struct Documents {
    /// What the documents of a rule have in common, by its id: members of an object, without its braces.
    rules: HashMap<String, String>,
}

impl Documents {
    /// Prepares to write alerts of these rules.
    #[must_use]
    pub fn new(rules: &RuleSet) -> Self {
        let fields = |rule: &Arc<Rule>| (rule.id.clone(), members(&Value::Object(rule_fields(rule))));
        Self { rules: rules.rules().iter().map(fields).collect() }
    }

    /// The document of `alert` as JSON, on one line, with hidden characters as escapes.
    #[must_use]
    pub fn write(&self, alert: &Alert) -> String {
        let event = match &alert.ecs {
            // A document may come from such an index itself: what it says of its own alert is not said of this one.
            Value::Object(ecs) if ecs.keys().any(|name| name.starts_with(PREFIX)) => {
                let own = ecs.iter().filter(|(name, _)| !name.starts_with(PREFIX));
                members(&Value::Object(own.map(|(name, value)| (name.clone(), value.clone())).collect()))
            }
            ecs => members(ecs),
        };
        let alerts = members(&Value::Object(alert_fields(alert)));
        let rules = self.rules.get(&alert.rule_id).map(String::as_str).unwrap_or_default();
        let parts: Vec<&str> = [&event, &alerts, rules].into_iter().filter(|part| !part.is_empty()).collect();
        format!("{{{}}}", parts.join(","))
    }
}

/// Before the names of an alert's own fields.
const PREFIX: &str = "kibana.alert.";

/// The members of an object as JSON, without the braces.
fn members(object: &Value) -> String {
    let json = object.to_string();
    let inner = json.strip_prefix('{').and_then(|json| json.strip_suffix('}')).unwrap_or_default();
    markup::json(inner).into_owned()
}

/// Puts fields under their names in an alert's document; those that say nothing are left out.
fn fields(fill: impl FnOnce(&mut dyn FnMut(&str, Value))) -> Map<String, Value> {
    let mut fields = Map::new();
    fill(&mut |name, value| {
        let missing = value.is_null() || value.as_array().is_some_and(Vec::is_empty) || value == "";
        if !missing {
            fields.insert(format!("{PREFIX}{name}"), value);
        }
    });
    fields
}

fn alert_fields(alert: &Alert) -> Map<String, Value> {
    fields(|put| {
        put("uuid", json!(alert.id));
        put("status", json!("active"));
        put("workflow_status", json!("open"));
        put("depth", json!(1));
        put("ancestors", ancestors(alert));
        put("severity", json!(alert.severity));
        put("risk_score", json!(alert.risk_score));
        put("reason", json!(alert.reason));
        put("original_time", json!(timestamp(alert.time)));
        if let Some(aggregate) = &alert.aggregate {
            put("new_terms", aggregate.new_terms.iter().filter_map(|t| t.value.clone()).collect());
            match aggregate.reason {
                Reason::NewTerms => {}
                Reason::Threshold => put("threshold_result", threshold_result(aggregate)),
                Reason::Suppression => {
                    put("suppression.terms", terms(&aggregate.group));
                    put("suppression.start", json!(timestamp(aggregate.first)));
                    put("suppression.end", json!(timestamp(aggregate.last)));
                    put("suppression.docs_count", json!(aggregate.count.saturating_sub(1)));
                }
            }
        }
        if let Some(Value::Object(event)) = alert.ecs.get("event") {
            for (name, value) in event {
                put(&format!("original_event.{name}"), value.clone());
            }
        }
    })
}

fn rule_fields(rule: &Rule) -> Map<String, Value> {
    fields(|put| {
        put("building_block_type", json!(rule.building_block.then_some("default")));
        put("rule.rule_id", json!(rule.id));
        put("rule.uuid", json!(rule.id));
        put("rule.producer", json!("siem"));
        put("rule.consumer", json!("siem"));
        put("rule.rule_type_id", json!(type_id(rule.kind)));
        put("rule.enabled", json!(true));
        put("rule.name", json!(rule.name));
        put("rule.description", json!(rule.description));
        put("rule.category", json!(category(rule.kind)));
        put("rule.type", json!(rule.kind));
        put("rule.severity", json!(rule.severity));
        put("rule.risk_score", json!(rule.risk_score));
        put("rule.version", json!(rule.version));
        put("rule.interval", json!(rule.interval));
        put("rule.from", json!(rule.from));
        put("rule.to", json!("now"));
        put("rule.indices", json!(rule.index));
        put("rule.timestamp_override", json!(rule.timestamp_override));
        put("rule.max_signals", json!(rule.max_signals));
        put("rule.author", json!(rule.authors));
        put("rule.license", json!(rule.license));
        put("rule.tags", json!(rule.tags));
        put("rule.references", json!(rule.references));
        put("rule.false_positives", json!(rule.false_positives));
        put("rule.threat", json!(rule.threat));
        put("rule.parameters", parameters(rule));
    })
}

/// The events behind the alert: its own, then the others that it stands for.
fn ancestors(alert: &Alert) -> Value {
    let others = alert.aggregate.iter().flat_map(|a| &a.events).filter(|id| **id != alert.event_id);
    let ids = std::iter::once(&alert.event_id).chain(others);
    ids.map(|id| json!({ "id": id, "type": "event", "index": "", "depth": 0 })).collect()
}

fn terms(terms: &[Term]) -> Value {
    terms.iter().map(|t| json!({ "field": t.field, "value": t.value })).collect()
}

fn threshold_result(aggregate: &Aggregate) -> Value {
    let cardinality: Vec<Value> =
        aggregate.different.iter().map(|d| json!({ "field": d.field, "value": d.values })).collect();
    json!({
        "terms": terms(&aggregate.group),
        "cardinality": cardinality,
        "count": aggregate.count,
        "from": timestamp(aggregate.first),
    })
}

/// What the rule says, but for its guide: a page of text that would be repeated in every alert.
fn parameters(rule: &Rule) -> Value {
    let mut all = rule::to_json(rule);
    if let Value::Object(facts) = &mut all {
        facts.retain(|name, _| !["checklist", "note", "setup"].contains(&name.as_str()));
    }
    all
}

fn type_id(kind: RuleType) -> &'static str {
    match kind {
        RuleType::Query => "siem.queryRule",
        RuleType::NewTerms => "siem.newTermsRule",
        RuleType::Threshold => "siem.thresholdRule",
        RuleType::Eql => "siem.eqlRule",
        RuleType::Esql => "siem.esqlRule",
        RuleType::MachineLearning => "siem.mlRule",
        RuleType::ThreatMatch => "siem.indicatorRule",
    }
}

fn category(kind: RuleType) -> &'static str {
    match kind {
        RuleType::Query => "Custom Query Rule",
        RuleType::NewTerms => "New Terms Rule",
        RuleType::Threshold => "Threshold Rule",
        RuleType::Eql => "Event Correlation Rule",
        RuleType::Esql => "ES|QL Rule",
        RuleType::MachineLearning => "Machine Learning Rule",
        RuleType::ThreatMatch => "Indicator Match Rule",
    }
}
