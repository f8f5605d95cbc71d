//! An alert as Elastic's alert document: the ECS fields of its source event, nested, plus the alert's own fields as
//! flat dotted keys at the top level, as Elastic's alert indices hold them.

mod sequence;

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Display;
use std::io;
use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::aggregate::{Aggregate, Reason};
use super::{Alert, RuleSet};
use crate::event::GeoIp;
use crate::investigate::Assessment;
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
    rules: Vec<Arc<Rule>>,
    /// What the documents of each rule have in common: members of an object, without its braces.
    common: Vec<String>,
    /// Where in `rules` a rule is, by its id.
    places: HashMap<String, u32>,
    geoip: GeoIp,
}

/// Between the members of several documents that one alert is written as: JSON on one line has none.
const JOINT: u8 = b'\n';

impl Documents {
    /// Prepares to write alerts of these rules.
    #[must_use]
    pub fn new(rules: &RuleSet) -> Self {
        let geoip = rules.geoip().clone();
        let rules = rules.rules();
        Self {
            common: rules.iter().map(|rule| rule_fields(rule).into_json()).collect(),
            places: rules.iter().map(|rule| rule.id.clone()).zip(0..).collect(),
            rules,
            geoip,
        }
    }

    /// What `alert` says that not all alerts of its rule say, to be kept until [`Self::write`] is wanted: members of an
    /// object as JSON, with hidden characters as escapes, a line for each document that it is written as, then the place of
    /// its rule, four bytes.
    #[must_use]
    pub fn part(&self, alert: &Alert) -> Vec<u8> {
        let place = self.places.get(&alert.rule_id).copied().unwrap_or(u32::MAX);
        let rule = self.rules.get(place as usize).map(AsRef::as_ref);
        let mut part = match alert.aggregate.as_ref().filter(|aggregate| !aggregate.sequence.is_empty()).zip(rule) {
            Some((aggregate, rule)) => {
                let documents = sequence::documents(alert, aggregate, rule, &self.geoip);
                documents.into_iter().map(Members::into_json).collect::<Vec<_>>().join("\n").into_bytes()
            }
            None => {
                let mut members = Members::of_event(&alert.ecs);
                alert_fields(&mut members, alert);
                members.into_json().into_bytes()
            }
        };
        part.extend_from_slice(&place.to_le_bytes());
        part
    }

    /// Writes the documents that `part` is of as JSON, each on a line, without the last line's end. `worth` follows in the
    /// alert's own, the last; `beyond`: its rule has raised `max_signals` alerts in the same run before.
    ///
    /// # Errors
    /// What `out` answers.
    pub fn write(&self, part: &[u8], worth: &Worth<'_>, beyond: bool, out: &mut impl io::Write) -> io::Result<()> {
        let (own, place) = part.split_last_chunk().unwrap_or((part, &[u8::MAX; 4]));
        let rule = self.common.get(u32::from_le_bytes(*place) as usize).map(String::as_bytes).unwrap_or_default();
        let comma: &[u8] = if rule.is_empty() { b"" } else { b"," };
        let beyond: &[u8] = if beyond { b",\"watchfloor.beyond_max_signals\":true" } else { b"" };
        let worth = worth.members();
        let mut documents = own.split(|byte| *byte == JOINT).peekable();
        while let Some(own) = documents.next() {
            let is_last = documents.peek().is_none();
            let worth = if is_last { worth.as_bytes() } else { b"" };
            let end: &[u8] = if is_last { b"}" } else { b"}\n" };
            let parts: [&[u8]; 7] = [b"{", own, comma, rule, worth, beyond, end];
            parts.into_iter().try_for_each(|bytes| out.write_all(bytes))?;
        }
        Ok(())
    }
}

/// What an alert is worth, which hangs on all others.
#[derive(Debug, Clone, Copy)]
pub struct Worth<'a> {
    pub assessment: &'a Assessment,
    /// The id of its incident.
    pub incident: &'a str,
}

impl Worth<'_> {
    /// Members of an object that follow others. Names of findings and ids need no escapes.
    fn members(&self) -> String {
        let findings: Vec<String> = self.assessment.findings.iter().map(|id| format!("\"{id}\"")).collect();
        format!(
            ",\"{OWN_PREFIX}priority\":{},\"{OWN_PREFIX}findings\":[{}],\"{OWN_PREFIX}incident.id\":\"{}\"",
            self.assessment.priority,
            findings.join(","),
            self.incident,
        )
    }
}

/// Before the names of an alert's own fields.
const PREFIX: &str = "kibana.alert.";

/// Before the names of fields that are none of Elastic's.
const OWN_PREFIX: &str = "watchfloor.";

/// Room for an alert's own fields, in bytes: most have some two thirds of that.
const OWN: usize = 2048;

/// Members of an object, as JSON without the braces.
#[derive(Default)]
struct Members(Vec<u8>);

impl Members {
    /// The members of an event's document. A document may come from an index of alerts itself: what it says of its own
    /// alert is not said of this one.
    fn of_event(ecs: &str) -> Self {
        if !ecs.contains(PREFIX) {
            let members = ecs.strip_prefix('{').and_then(|ecs| ecs.strip_suffix('}')).unwrap_or_default();
            let mut all = Vec::with_capacity(members.len() + OWN);
            all.extend_from_slice(members.as_bytes());
            return Self(all);
        }
        let mut members = Self::default();
        let ecs: Map<String, Value> = serde_json::from_str(ecs).unwrap_or_default();
        for (name, value) in ecs.iter().filter(|(name, _)| !name.starts_with(PREFIX) && !name.starts_with(OWN_PREFIX)) {
            members.begin(name);
            members.value(value);
        }
        members
    }

    fn begin(&mut self, name: impl Serialize) {
        if !self.0.is_empty() {
            self.0.push(b',');
        }
        self.value(name);
        self.0.push(b':');
    }

    fn value(&mut self, value: impl Serialize) {
        // Writing to memory does not fail, and nothing written here has keys that are no text.
        let _ = serde_json::to_writer(&mut self.0, &value);
    }

    /// Puts a field of the alert itself; one that says nothing is left out.
    fn put(&mut self, name: impl Display, value: impl Serialize) {
        let before = self.0.len();
        self.begin(format_args!("{PREFIX}{name}"));
        let begins = self.0.len();
        self.value(value);
        if matches!(self.0.get(begins..), Some(b"" | b"null" | b"[]" | b"\"\"")) {
            self.0.truncate(before);
        }
    }

    /// With hidden characters as escapes.
    fn into_json(self) -> String {
        let json = String::from_utf8(self.0).unwrap_or_default();
        match markup::json(&json) {
            Cow::Owned(shown) => shown,
            Cow::Borrowed(_) => json,
        }
    }
}

fn alert_fields(members: &mut Members, alert: &Alert) {
    members.put("uuid", &alert.id);
    members.put("status", "active");
    members.put("workflow_status", "open");
    members.put("depth", 1);
    members.put("ancestors", ancestors(alert));
    members.put("severity", alert.severity);
    members.put("risk_score", alert.risk_score);
    members.put("reason", &alert.reason);
    members.put("original_time", timestamp(alert.time));
    if let Some(aggregate) = &alert.aggregate {
        let new_terms: Vec<&String> = aggregate.new_terms.iter().filter_map(|term| term.value.as_ref()).collect();
        members.put("new_terms", new_terms);
        match aggregate.reason {
            Reason::NewTerms => {}
            Reason::Threshold => members.put("threshold_result", threshold_result(aggregate)),
            Reason::Suppression => suppression(members, aggregate, aggregate.count.saturating_sub(1)),
            // Told by its own documents.
            Reason::Sequence => {}
        }
    }
    original_event(members, &alert.ecs);
}

/// The group that an alert stands for, with how many others.
fn suppression(members: &mut Members, aggregate: &Aggregate, others: u64) {
    members.put("suppression.terms", &aggregate.group);
    members.put("suppression.start", timestamp(aggregate.first));
    members.put("suppression.end", timestamp(aggregate.last));
    members.put("suppression.docs_count", others);
}

fn original_event(members: &mut Members, ecs: &str) {
    let ecs: OfEvent = serde_json::from_str(ecs).unwrap_or_default();
    for (name, value) in ecs.event.as_object().into_iter().flatten() {
        members.put(format_args!("original_event.{name}"), value);
    }
}

/// The part of an event's document that its alert's repeats.
#[derive(Deserialize, Default)]
struct OfEvent {
    #[serde(default)]
    event: Value,
}

fn rule_fields(rule: &Rule) -> Members {
    let mut members = Members::default();
    members.put("building_block_type", rule.building_block.then_some("default"));
    members.put("rule.rule_id", &rule.id);
    members.put("rule.uuid", &rule.id);
    members.put("rule.producer", "siem");
    members.put("rule.consumer", "siem");
    members.put("rule.rule_type_id", type_id(rule.kind));
    members.put("rule.enabled", true);
    members.put("rule.name", &rule.name);
    members.put("rule.description", &rule.description);
    members.put("rule.category", category(rule.kind));
    members.put("rule.type", rule.kind);
    members.put("rule.severity", rule.severity);
    members.put("rule.risk_score", rule.risk_score);
    members.put("rule.version", rule.version);
    members.put("rule.interval", &rule.interval);
    members.put("rule.from", &rule.from);
    members.put("rule.to", "now");
    members.put("rule.indices", &rule.index);
    members.put("rule.timestamp_override", &rule.timestamp_override);
    members.put("rule.max_signals", rule.max_signals);
    members.put("rule.author", &rule.authors);
    members.put("rule.license", &rule.license);
    members.put("rule.tags", &rule.tags);
    members.put("rule.references", &rule.references);
    members.put("rule.false_positives", &rule.false_positives);
    members.put("rule.threat", &rule.threat);
    members.put("rule.parameters", parameters(rule));
    members
}

/// An event behind an alert.
#[derive(Serialize)]
struct Ancestor<'a> {
    id: &'a str,
    r#type: &'static str,
    index: &'static str,
    depth: u8,
}

/// The events behind the alert: its own, then the others that it stands for.
fn ancestors(alert: &Alert) -> Vec<Ancestor<'_>> {
    let others = alert.aggregate.iter().flat_map(|a| &a.events).filter(|id| **id != alert.event_id);
    let ids = std::iter::once(&alert.event_id).chain(others);
    ids.map(|id| Ancestor { id, r#type: "event", index: "", depth: 0 }).collect()
}

fn threshold_result(aggregate: &Aggregate) -> Value {
    let cardinality: Vec<Value> =
        aggregate.different.iter().map(|d| json!({ "field": d.field, "value": d.values })).collect();
    json!({
        "terms": aggregate.group,
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
