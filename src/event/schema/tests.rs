#![allow(clippy::print_stdout, reason = "says what was skipped")]

use std::fs;
use std::path::Path;

use super::*;

/// The type here of each name that Elasticsearch's word stands for.
fn kind_of(word: &str) -> FieldType {
    match word {
        "boolean" => FieldType::Boolean,
        "constant_keyword" | "keyword" => FieldType::Keyword,
        "date" => FieldType::Date,
        "double" | "float" | "scaled_float" => FieldType::Double,
        "flattened" => FieldType::Flattened,
        "geo_point" => FieldType::GeoPoint,
        "ip" => FieldType::Ip,
        "long" => FieldType::Long,
        "match_only_text" => FieldType::Text,
        "nested" => FieldType::Nested,
        "object" => FieldType::Object,
        "wildcard" => FieldType::Wildcard,
        other => panic!("no type {other}"),
    }
}

#[test]
fn whatever_has_fields_below_it_is_an_object() {
    let names = named_fields();
    assert!(names.len() > 2_600, "{}", names.len());
    assert!(names.is_sorted_by(|(a, _), (b, _)| a < b));
    for (name, _) in names {
        for (dot, _) in name.match_indices('.') {
            let kind = schema().field_type(&name[..dot]);
            assert!(matches!(kind, FieldType::Object | FieldType::Nested), "{name}: {kind:?}");
        }
    }
}

#[test]
fn types_by_name_prefix_and_twin() {
    for (field, expected) in [
        ("event.action", FieldType::Keyword),
        ("user.name", FieldType::Keyword),
        ("tags", FieldType::Keyword),
        ("aws.cloudtrail.error_code", FieldType::Keyword),
        ("aws.cloudtrail.management_event", FieldType::Keyword),
        ("aws.cloudtrail.request_parameters", FieldType::Keyword),
        ("aws.cloudtrail.request_parameters.text", FieldType::Text),
        ("user_agent.original.text", FieldType::Text),
        ("client.user.name.text", FieldType::Text),
        ("event.action.text", FieldType::Keyword),
        ("event.unheard_of", FieldType::Keyword),
        ("aws.cloudtrail.flattened.request_parameters", FieldType::Flattened),
        ("aws.cloudtrail.flattened.request_parameters.cidrIp", FieldType::Flattened),
        ("aws.cloudtrail.flattened.newer", FieldType::Flattened),
        ("aws.cloudtrail.user_identity.session_context.creation_date", FieldType::Date),
        ("aws.cloudtrail.console_login.additional_eventdata.mfa_used", FieldType::Boolean),
        ("aws.s3.metadata.x", FieldType::Flattened),
        ("labels", FieldType::Flattened),
        ("labels.team", FieldType::Flattened),
        ("log.offset", FieldType::Long),
        ("@timestamp", FieldType::Date),
        ("source.geo.location", FieldType::GeoPoint),
        ("source.geo.location.lat", FieldType::GeoPoint),
        ("source.ip", FieldType::Ip),
        ("aws.cloudtrail.read_only", FieldType::Boolean),
        ("event.risk_score", FieldType::Double),
        ("source.port", FieldType::Long),
        ("message", FieldType::Text),
        ("error.message", FieldType::Text),
        ("url.full", FieldType::Wildcard),
        ("url.full.text", FieldType::Text),
        ("user", FieldType::Object),
        ("aws.cloudtrail.flattened", FieldType::Object),
        ("source.geo.city_name", FieldType::Keyword),
        ("source.as.number", FieldType::Long),
        ("related.entity", FieldType::Keyword),
        ("actor.entity.id", FieldType::Keyword),
        ("entity.target.id", FieldType::Keyword),
        ("process.parent.pid", FieldType::Long),
        ("process.code_signature.trusted", FieldType::Boolean),
        ("process.parent.pe.sections", FieldType::Nested),
        ("process.parent.pe.sections.entropy", FieldType::Long),
        ("process.entry_leader.entry_meta.source.ip", FieldType::Ip),
        ("dll.code_signature.timestamp", FieldType::Date),
        ("dns.resolved_ip", FieldType::Ip),
        ("host.cpu.usage", FieldType::Double),
        ("threat.enrichments", FieldType::Nested),
        ("threat.indicator.geo.location", FieldType::GeoPoint),
        ("user.target.entity.attributes.managed", FieldType::Boolean),
        ("volume.removable", FieldType::Boolean),
        ("log.syslog.structured_data.x", FieldType::Flattened),
        ("somewhere.else", FieldType::Unmapped),
        ("eventName", FieldType::Unmapped),
    ] {
        assert_eq!(schema().field_type(field), expected, "{field}");
    }
}

#[test]
fn every_type_is_that_of_the_published_list() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance/ecs-types.tsv");
    let Ok(list) = fs::read_to_string(&path) else {
        println!("skipped: {} is not there", path.display());
        return;
    };
    let mut listed = Vec::new();
    for row in list.lines().skip(1) {
        let mut cells = row.split('\t');
        let (name, word) = (cells.next().unwrap(), cells.next().unwrap());
        // Its values are keywords by whatever names a document has.
        let expected = if name == "labels" { FieldType::Flattened } else { kind_of(word) };
        let found = find(name).filter(|found| found.whole).map(|found| found.field.kind());
        assert_eq!(found, Some(expected), "{name}");
        listed.push(name);
    }
    assert!(listed.len() > 2_600);
    // The other way round: ECS has no others.
    let [_, ecs] = &*TABLES;
    ecs.each(&mut |name, field| {
        assert!(listed.contains(&name) || field.kind() == FieldType::Object, "{name} is not in the list");
    });
}
