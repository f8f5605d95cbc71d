//! An alert as Elastic's alert document: the ECS fields of its source event, nested, plus the alert's own fields as
//! flat dotted keys at the top level, as Elastic's alert indices hold them.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

use super::Alert;
use crate::rule::{Rule, RuleType};

/// A time as Elasticsearch prints it, in milliseconds and UTC.
#[must_use]
pub fn timestamp(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// The document of `alert`, raised by `rule`. `kibana.alert.workflow_status` is `open`: what analysts decided is told
/// by the report, not by a scan.
#[must_use]
pub fn document(alert: &Alert, rule: &Rule) -> Value {
    let mut doc = match &alert.ecs {
        Value::Object(fields) => fields.clone(),
        _ => Map::new(),
    };
    let mut put = |name: &str, value: Value| {
        let missing = value.is_null() || value.as_array().is_some_and(Vec::is_empty) || value == "";
        if !missing {
            doc.insert(format!("kibana.alert.{name}"), value);
        }
    };
    put("uuid", json!(alert.id));
    put("status", json!("active"));
    put("workflow_status", json!("open"));
    put("depth", json!(1));
    put("severity", json!(alert.severity));
    put("risk_score", json!(alert.risk_score));
    put("reason", json!(alert.reason));
    put("original_time", json!(timestamp(alert.time)));
    if let Some(Value::Object(event)) = alert.ecs.get("event") {
        for (name, value) in event {
            put(&format!("original_event.{name}"), value.clone());
        }
    }
    put("rule.rule_id", json!(rule.id));
    put("rule.name", json!(rule.name));
    put("rule.description", json!(rule.description));
    put("rule.category", json!(category(rule.kind)));
    put("rule.type", json!(rule.kind));
    put("rule.severity", json!(rule.severity));
    put("rule.risk_score", json!(rule.risk_score));
    put("rule.version", json!(rule.version));
    put("rule.interval", json!(rule.interval));
    put("rule.from", json!(rule.from));
    put("rule.max_signals", json!(rule.max_signals));
    put("rule.author", json!(rule.authors));
    put("rule.license", json!(rule.license));
    put("rule.tags", json!(rule.tags));
    put("rule.references", json!(rule.references));
    put("rule.false_positives", json!(rule.false_positives));
    put("rule.threat", json!(rule.threat));
    Value::Object(doc)
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
