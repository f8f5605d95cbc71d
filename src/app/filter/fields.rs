//! The fields of an alert that a filter can ask for without its event: Elastic's names where they mean the same, and
//! short names of our own for what the table shows.

use std::net::IpAddr;

use super::super::alerts::AlertEntry;
use crate::query::{Document, FieldType, Scalar, Schema};
use crate::triage::{Action, Status};

/// Names, and how their values compare. Short names compare by words and by the pieces of a name, so that
/// `actor:jsmith` finds `etl-role/jsmith`.
const FIELDS: &[(&str, FieldType)] = &[
    ("status", KEYWORD),
    ("severity", KEYWORD),
    ("risk", FieldType::Long),
    ("priority", FieldType::Long),
    ("findings", KEYWORD),
    ("incident", KEYWORD),
    ("rule", FieldType::Text),
    ("actor", FieldType::Text),
    ("source", FieldType::Text),
    ("target", FieldType::Text),
    ("snapshot", FieldType::Text),
    ("destination", FieldType::Text),
    ("account", KEYWORD),
    ("region", KEYWORD),
    ("action", KEYWORD),
    ("time", FieldType::Date),
    ("found", FieldType::Date),
    ("closed_as", FieldType::Text),
    ("note", FieldType::Text),
    ("analyst", KEYWORD),
    ("late", FieldType::Boolean),
    ("held", FieldType::Boolean),
    ("withdrawn", FieldType::Boolean),
    ("count", FieldType::Long),
    ("suspicious", FieldType::Boolean),
    ("marked", FieldType::Boolean),
    ("@timestamp", FieldType::Date),
    ("source.ip", FieldType::Ip),
    ("source.address", KEYWORD),
    ("cloud.region", KEYWORD),
    ("event.action", KEYWORD),
    ("event.id", KEYWORD),
    ("kibana.alert.uuid", KEYWORD),
    ("kibana.alert.reason", FieldType::Text),
    ("kibana.alert.severity", KEYWORD),
    ("kibana.alert.risk_score", FieldType::Double),
    ("kibana.alert.rule.name", KEYWORD),
    ("kibana.alert.rule.rule_id", KEYWORD),
    ("kibana.alert.workflow_status", KEYWORD),
    ("kibana.alert.workflow_reason", KEYWORD),
    ("watchfloor.priority", FieldType::Long),
    ("watchfloor.findings", KEYWORD),
    ("watchfloor.incident.id", KEYWORD),
];

const KEYWORD: FieldType = FieldType::Keyword;

pub(super) fn names() -> impl Iterator<Item = &'static str> {
    FIELDS.iter().map(|(name, _)| *name)
}

/// Whether an alert can answer for this field by itself.
pub(super) fn is_local(field: &str) -> bool {
    names().any(|name| name == field)
}

/// True for text fields of the alert itself, which [`AlertEntry::has_word`] searches.
pub(super) fn is_said(field: &str) -> bool {
    matches!(
        field,
        "actor"
            | "source"
            | "target"
            | "snapshot"
            | "destination"
            | "account"
            | "region"
            | "action"
            | "rule"
            | "severity"
            | "source.address"
            | "cloud.region"
            | "event.action"
            | "event.id"
            | "kibana.alert.reason"
    )
}

/// The types of these fields.
#[derive(Debug)]
pub(super) struct Fields;

impl Schema for Fields {
    fn field_type(&self, field: &str) -> FieldType {
        FIELDS.iter().find(|(name, _)| *name == field).map_or(FieldType::Unmapped, |(_, kind)| *kind)
    }
}

/// An alert as a document.
pub(super) struct AlertDocument<'a>(pub(super) &'a AlertEntry);

impl Document for AlertDocument<'_> {
    fn any(&self, field: &str, test: &mut dyn FnMut(Scalar<'_>) -> bool) -> bool {
        let entry = self.0;
        let (l, case) = (&entry.row, entry.case());
        let s = &l.summary;
        let mut text = |value: Option<&str>| value.is_some_and(|v| test(Scalar::Str(v)));
        let pieces = |value: &Option<String>, text: &mut dyn FnMut(Option<&str>) -> bool| {
            let whole = value.as_deref().unwrap_or_default();
            text(value.as_deref()) || whole.split(['/', ':', '@']).any(|piece| text(Some(piece)))
        };
        match field {
            "actor" => pieces(&s.actor, &mut text),
            "source" | "source.address" => text(s.source.as_deref()),
            "source.ip" => text(s.source.as_deref().filter(|a| a.parse::<IpAddr>().is_ok())),
            "target" | "snapshot" => pieces(&s.target, &mut text),
            "destination" => pieces(&s.destination, &mut text),
            "account" => text(s.account.as_deref()),
            "region" | "cloud.region" => text(s.region.as_deref()),
            "action" | "event.action" => text(s.action.as_deref()),
            "event.id" => text(Some(&l.event_id)),
            "rule" | "kibana.alert.rule.name" => text(Some(&l.rule_name)),
            "kibana.alert.rule.rule_id" => text(Some(&l.rule_id)),
            "kibana.alert.uuid" => text(Some(&l.id.0)),
            "kibana.alert.reason" => text(Some(&l.reason)),
            "severity" | "kibana.alert.severity" => text(Some(l.severity.as_str())),
            "status" | "kibana.alert.workflow_status" => {
                // The table says `ack` for short.
                text(Some(case.status.as_str())) || (case.status == Status::Acknowledged && text(Some("ack")))
            }
            "closed_as" | "kibana.alert.workflow_reason" => match case.status {
                Status::Closed(reason) => text(Some(reason.as_str())),
                Status::Open | Status::Acknowledged => false,
            },
            "note" => case.notes.iter().any(|n| text(Some(&n.text))),
            "analyst" => {
                let decided = case.history.iter().filter(|d| !matches!(d.action, Action::Copied { .. }));
                decided.into_iter().any(|d| text(Some(&d.analyst)))
            }
            "time" | "@timestamp" => test(Scalar::Int(l.time.timestamp_millis())),
            "found" => test(Scalar::Int(l.found.timestamp_millis())),
            "risk" | "kibana.alert.risk_score" => test(Scalar::Int(l.risk_score.into())),
            "priority" | "watchfloor.priority" => test(Scalar::Int(l.assessment.priority.into())),
            "findings" | "watchfloor.findings" => l.assessment.findings.iter().any(|id| text(Some(id.as_str()))),
            "incident" | "watchfloor.incident.id" => text(l.incident.as_ref().map(|id| id.0.as_str())),
            "late" => test(Scalar::Bool(l.late)),
            "held" => test(Scalar::Bool(l.held)),
            "withdrawn" => test(Scalar::Bool(l.withdrawn)),
            "count" => test(Scalar::Int(i64::try_from(l.count).unwrap_or(i64::MAX))),
            "suspicious" => test(Scalar::Bool(s.suspicious)),
            "marked" => test(Scalar::Bool(entry.marked)),
            _ => false,
        }
    }

    fn any_field(&self, test: &mut dyn FnMut(&str) -> bool) -> bool {
        // Whoever asks looks for a value in the field: one without any will not have it.
        names().any(test)
    }

    fn any_object(&self, _path: &str, _test: &mut dyn FnMut(&dyn Document) -> bool) -> bool {
        false
    }
}
