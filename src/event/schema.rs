//! The types of ECS fields, as the mappings of ECS and of Elastic's AWS integration give them.

mod objects;

use std::sync::LazyLock;

use crate::kql::{FieldType, Schema};
use objects::OBJECTS;

/// The limit that ECS sets for keywords, in characters.
const KEYWORD: FieldType = FieldType::Keyword { ignore_above: Some(1024) };

/// The integration's limit for the strings that rules search.
const LONG_KEYWORD: FieldType = FieldType::Keyword { ignore_above: Some(8191) };

/// Fields below this hold objects of any shape.
const FLATTENED: &str = "aws.cloudtrail.flattened.";

/// Fields that are not keywords, sorted by name.
const TYPES: &[(&str, FieldType)] = &[
    ("@timestamp", FieldType::Date),
    ("aws.cloudtrail.console_login.additional_eventdata.mfa_used", FieldType::Boolean),
    ("aws.cloudtrail.console_login.additional_eventdata.mobile_version", FieldType::Boolean),
    ("aws.cloudtrail.read_only", FieldType::Boolean),
    ("aws.cloudtrail.request_parameters", LONG_KEYWORD),
    ("aws.cloudtrail.response_elements", LONG_KEYWORD),
    ("aws.cloudtrail.user_identity.session_context.creation_date", FieldType::Date),
    ("aws.s3.metadata", FieldType::Flattened),
    ("client.as.number", FieldType::Long),
    ("client.bytes", FieldType::Long),
    ("client.geo.location", FieldType::GeoPoint),
    ("client.ip", FieldType::Ip),
    ("client.nat.ip", FieldType::Ip),
    ("client.port", FieldType::Long),
    ("destination.as.number", FieldType::Long),
    ("destination.bytes", FieldType::Long),
    ("destination.geo.location", FieldType::GeoPoint),
    ("destination.ip", FieldType::Ip),
    ("destination.nat.ip", FieldType::Ip),
    ("destination.packets", FieldType::Long),
    ("destination.port", FieldType::Long),
    ("error.message", FieldType::Text),
    ("error.stack_trace", FieldType::Wildcard),
    ("event.created", FieldType::Date),
    ("event.duration", FieldType::Long),
    ("event.end", FieldType::Date),
    ("event.ingested", FieldType::Date),
    ("event.risk_score", FieldType::Double),
    ("event.risk_score_norm", FieldType::Double),
    ("event.sequence", FieldType::Long),
    ("event.severity", FieldType::Long),
    ("event.start", FieldType::Date),
    ("file.accessed", FieldType::Date),
    ("file.created", FieldType::Date),
    ("file.ctime", FieldType::Date),
    ("file.mtime", FieldType::Date),
    ("file.size", FieldType::Long),
    ("host.geo.location", FieldType::GeoPoint),
    ("host.ip", FieldType::Ip),
    ("host.uptime", FieldType::Long),
    ("http.request.body.bytes", FieldType::Long),
    ("http.request.body.content", FieldType::Wildcard),
    ("http.request.bytes", FieldType::Long),
    ("http.response.body.bytes", FieldType::Long),
    ("http.response.body.content", FieldType::Wildcard),
    ("http.response.bytes", FieldType::Long),
    ("http.response.status_code", FieldType::Long),
    ("labels", FieldType::Flattened),
    ("log.offset", FieldType::Long),
    ("message", FieldType::Text),
    ("network.bytes", FieldType::Long),
    ("network.forwarded_ip", FieldType::Ip),
    ("network.packets", FieldType::Long),
    ("observer.geo.location", FieldType::GeoPoint),
    ("observer.ip", FieldType::Ip),
    ("process.command_line", FieldType::Wildcard),
    ("process.exit_code", FieldType::Long),
    ("process.pid", FieldType::Long),
    ("process.start", FieldType::Date),
    ("related.ip", FieldType::Ip),
    ("server.as.number", FieldType::Long),
    ("server.bytes", FieldType::Long),
    ("server.geo.location", FieldType::GeoPoint),
    ("server.ip", FieldType::Ip),
    ("server.nat.ip", FieldType::Ip),
    ("server.port", FieldType::Long),
    ("source.as.number", FieldType::Long),
    ("source.bytes", FieldType::Long),
    ("source.geo.location", FieldType::GeoPoint),
    ("source.ip", FieldType::Ip),
    ("source.nat.ip", FieldType::Ip),
    ("source.packets", FieldType::Long),
    ("source.port", FieldType::Long),
    ("tls.client.not_after", FieldType::Date),
    ("tls.client.not_before", FieldType::Date),
    ("tls.established", FieldType::Boolean),
    ("tls.resumed", FieldType::Boolean),
    ("tls.server.not_after", FieldType::Date),
    ("tls.server.not_before", FieldType::Date),
    ("url.full", FieldType::Wildcard),
    ("url.original", FieldType::Wildcard),
    ("url.path", FieldType::Wildcard),
    ("url.port", FieldType::Long),
];

/// Fields that are indexed a second time as words, under their name and `.text`; sorted.
const TEXT_TWINS: &[&str] = &[
    "aws.cloudtrail.additional_eventdata",
    "aws.cloudtrail.request_parameters",
    "aws.cloudtrail.response_elements",
    "aws.cloudtrail.service_event_details",
    "destination.as.organization.name",
    "error.stack_trace",
    "file.path",
    "file.target_path",
    "host.os.full",
    "host.os.name",
    "organization.name",
    "process.command_line",
    "process.executable",
    "process.name",
    "process.title",
    "process.working_directory",
    "source.as.organization.name",
    "url.full",
    "url.original",
    "user.changes.full_name",
    "user.changes.name",
    "user.effective.full_name",
    "user.effective.name",
    "user.full_name",
    "user.name",
    "user.target.full_name",
    "user.target.name",
    "user_agent.original",
    "user_agent.os.full",
    "user_agent.os.name",
];

/// First parts of field names that ECS and the integration define; what is not listed above is a keyword there.
const ROOTS: &[&str] = &[
    "actor",
    "agent",
    "aws",
    "client",
    "cloud",
    "container",
    "data_stream",
    "destination",
    "ecs",
    "entity",
    "error",
    "event",
    "file",
    "group",
    "host",
    "http",
    "input",
    "log",
    "network",
    "observer",
    "orchestrator",
    "organization",
    "process",
    "related",
    "rule",
    "server",
    "service",
    "source",
    "tags",
    "target",
    "threat",
    "tls",
    "trace",
    "url",
    "user",
    "user_agent",
];

/// The types of ECS fields. Names outside ECS and the integration are [`FieldType::Unmapped`].
#[must_use]
pub fn schema() -> &'static impl Schema {
    static SCHEMA: LazyLock<Ecs> = LazyLock::new(|| Ecs);
    &*SCHEMA
}

struct Ecs;

impl Schema for Ecs {
    fn field_type(&self, field: &str) -> FieldType {
        if let Ok(at) = TYPES.binary_search_by_key(&field, |(name, _)| name) {
            return TYPES[at].1;
        }
        if field.starts_with(FLATTENED) || field.starts_with("labels.") || field.starts_with("aws.s3.metadata.") {
            return FieldType::Flattened;
        }
        if text_twin(field).is_some() {
            return FieldType::Text;
        }
        if OBJECTS.binary_search(&field).is_ok() {
            return FieldType::Object;
        }
        if matches!(field.rsplit_once('.'), Some((point, "lat" | "lon")) if point.ends_with(".geo.location")) {
            return FieldType::GeoPoint;
        }
        let root = field.split_once('.').map_or(field, |(root, _)| root);
        if ROOTS.binary_search(&root).is_ok() { KEYWORD } else { FieldType::Unmapped }
    }
}

/// The field whose words `field` indexes, if it is such a second form: `user.name` for `user.name.text`.
pub(super) fn text_twin(field: &str) -> Option<&str> {
    field.strip_suffix(".text").filter(|name| TEXT_TWINS.binary_search(name).is_ok())
}

/// Whether `field` is an object of any shape, all of whose leaves answer for its own name too.
pub(super) fn is_flattened_root(field: &str) -> bool {
    match field.strip_prefix(FLATTENED) {
        Some(name) => !name.contains('.'),
        None => matches!(field, "labels" | "aws.s3.metadata"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted_and_without_repetitions() {
        assert!(TYPES.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(TEXT_TWINS.is_sorted_by(|a, b| a < b));
        assert!(ROOTS.is_sorted_by(|a, b| a < b));
        assert!(OBJECTS.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn whatever_has_fields_below_it_is_an_object() {
        let named =
            TYPES.iter().map(|(name, _)| *name).chain(TEXT_TWINS.iter().copied()).chain(OBJECTS.iter().copied());
        for name in named {
            for (dot, _) in name.match_indices('.') {
                assert_eq!(schema().field_type(&name[..dot]), FieldType::Object, "{name}");
            }
        }
    }

    #[test]
    fn types_by_name_prefix_and_twin() {
        for (field, expected) in [
            ("event.action", KEYWORD),
            ("user.name", KEYWORD),
            ("tags", KEYWORD),
            ("aws.cloudtrail.error_code", KEYWORD),
            ("aws.cloudtrail.management_event", KEYWORD),
            ("aws.cloudtrail.request_parameters", LONG_KEYWORD),
            ("aws.cloudtrail.request_parameters.text", FieldType::Text),
            ("user_agent.original.text", FieldType::Text),
            ("event.action.text", KEYWORD),
            ("aws.cloudtrail.flattened.request_parameters", FieldType::Flattened),
            ("aws.cloudtrail.flattened.request_parameters.cidrIp", FieldType::Flattened),
            ("@timestamp", FieldType::Date),
            ("source.geo.location", FieldType::GeoPoint),
            ("source.ip", FieldType::Ip),
            ("aws.cloudtrail.read_only", FieldType::Boolean),
            ("event.risk_score", FieldType::Double),
            ("source.port", FieldType::Long),
            ("message", FieldType::Text),
            ("url.full", FieldType::Wildcard),
            ("user", FieldType::Object),
            ("aws.cloudtrail.flattened", FieldType::Object),
            ("source.geo.location", FieldType::GeoPoint),
            ("source.geo.location.lat", FieldType::GeoPoint),
            ("source.geo.city_name", KEYWORD),
            ("source.as.number", FieldType::Long),
            ("somewhere.else", FieldType::Unmapped),
            ("eventName", FieldType::Unmapped),
        ] {
            assert_eq!(schema().field_type(field), expected, "{field}");
        }
    }
}
