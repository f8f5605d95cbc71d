use serde_json::json;

use super::*;
use crate::query::FieldRef;

mod odd;

/// The fields that `hot` knows, and some that it does not.
const FIELDS: [&str; 54] = [
    "event.dataset",
    "data_stream.dataset",
    "event.module",
    "event.kind",
    "cloud.provider",
    "event.provider",
    "event.action",
    "event.outcome",
    "event.id",
    "@timestamp",
    "source.address",
    "source.ip",
    "cloud.region",
    "cloud.account.id",
    "user.name",
    "user_agent.original",
    "aws.cloudtrail.error_code",
    "aws.cloudtrail.error_message",
    "aws.cloudtrail.user_identity.type",
    "aws.cloudtrail.user_identity.arn",
    "aws.cloudtrail.user_identity.access_key_id",
    "aws.cloudtrail.user_identity.invoked_by",
    "event.category",
    "event.type",
    "user.id",
    "aws.cloudtrail.user_identity.session_context.mfa_authenticated",
    "aws.cloudtrail.user_identity.session_context.session_issuer.type",
    "aws.cloudtrail.user_identity.session_context.session_issuer.principal_id",
    "aws.cloudtrail.user_identity.session_context.session_issuer.arn",
    "aws.cloudtrail.user_identity.session_context.session_issuer.account_id",
    "aws.cloudtrail.user_identity.session_context.creation_date",
    "aws.cloudtrail.request_parameters",
    "aws.cloudtrail.request_parameters.a",
    "aws.cloudtrail.flattened.request_parameters",
    "aws.cloudtrail.flattened.request_parameters.userName",
    "aws.cloudtrail.flattened.request_parameters.a",
    "aws.cloudtrail.response_elements",
    "aws.cloudtrail.flattened.response_elements",
    "aws.cloudtrail.flattened.response_elements.ConsoleLogin",
    "aws.cloudtrail.flattened.response_elements.a",
    "aws.cloudtrail.resources",
    "aws.cloudtrail.resources.arn",
    "aws.cloudtrail.resources.account_id",
    "aws.cloudtrail.resources.a",
    "aws.cloudtrail.session_credential_from_console",
    "tls.client.server_name",
    "user_agent.name",
    "user_agent.version",
    "user_agent.os.name",
    "user_agent.os.version",
    "user_agent.os.full",
    "user_agent.device.name",
    "related.user",
    "event.nothing",
];

fn values(document: &dyn Document, field: &str) -> Vec<String> {
    let mut values = Vec::new();
    document.any(field, &mut |value| {
        values.push(format!("{value:?}"));
        false
    });
    values
}

fn assert_hot_equals_document(event: &Event<'_>) {
    let answers = FIELDS.map(|field| values(event, field));
    for (field, answer) in FIELDS.into_iter().zip(answers) {
        assert_eq!(answer, values(&Fields(event.document()), field), "{field} of {}", event.raw());
    }
    Fields(event.document()).any_field(&mut |field| {
        let lack = lack(&FieldRef::Name(field.to_owned()), &GeoIp::default());
        assert_eq!(lack, None, "{field} of {}", event.raw());
        false
    });
    let at = event.get("@timestamp");
    assert_eq!(event.time().map(time::format), at);
}

#[test]
fn a_record_answers_from_its_own_bytes() {
    let record =
        br#"{"eventName":"StartExportTask","eventSource":"rds.amazonaws.com","eventTime":"2026-11-23T10:41:52Z",
        "eventID":"e-1","sourceIPAddress":"198.51.100.23","userIdentity":{"type":"IAMUser","userName":"alice"},
        "eventName":"Start\u0045xportTask"}"#;
    let event = Event::parse(record).unwrap();
    assert_eq!(event.id(), "e-1");
    assert_eq!(event.time().unwrap().to_rfc3339(), "2026-11-23T10:41:52+00:00");
    assert_eq!(event.get("event.action").as_deref(), Some("StartExportTask"));
    assert_eq!(event.get("event.outcome").as_deref(), Some("success"));
    assert_eq!(event.get("user.name").as_deref(), Some("alice"));
    assert!(event.ecs.get().is_none(), "hot fields must not build the document");
    assert_eq!(event.raw().as_bytes(), record);
    assert_eq!(event.record()["eventName"], "StartExportTask");
    assert_hot_equals_document(&event);
}

#[test]
fn without_an_id_the_content_is_the_id() {
    let id = |record: &str| Event::parse(record.as_bytes()).unwrap().id().to_owned();
    let first = id(r#"{"eventName":"X","eventID":""}"#);
    assert!(first.starts_with("sha256:"));
    assert_eq!(first.len(), 7 + 64);
    assert_eq!(first, id(r#"{"eventName":"X","eventID":""}"#));
    assert_ne!(first, id(r#"{"eventName":"Y","eventID":""}"#));
    assert!(id(r#"{"@timestamp":"2026-01-01T00:00:00Z","event.action":"X","event.id":""}"#).starts_with("sha256:"));
    // Wrapped or not, it is the same record.
    let wrapped = json!({"@timestamp": "2026-01-01T00:00:00Z", "message": r#"{"eventName":"X","eventID":""}"#});
    assert_eq!(first, id(&wrapped.to_string()));
}

#[test]
fn ecs_documents_pass_through_nested_or_dotted() {
    let nested = json!({
        "@timestamp": "2026-11-23T10:41:52.000Z",
        "event": {"action": "StartExportTask", "id": "e-1", "original": "{\"eventName\":\"StartExportTask\"}", "outcome": "success"},
        "aws": {"cloudtrail": {"flattened": {"request_parameters": {"a.b": ["1", 2]}}}},
        "tags": ["x"],
    });
    let dotted = json!({
        "@timestamp": "2026-11-23T10:41:52.000Z", "event.action": "StartExportTask", "event.id": "e-1",
        "event.original": "{\"eventName\":\"StartExportTask\"}", "event.outcome": "success",
        "aws.cloudtrail.flattened.request_parameters": {"a.b": ["1", 2]}, "tags": ["x"],
    });
    for document in [nested, dotted] {
        let text = document.to_string();
        let event = Event::parse(text.as_bytes()).unwrap();
        assert_eq!(event.id(), "e-1");
        assert_eq!(event.raw(), "{\"eventName\":\"StartExportTask\"}");
        assert!(event.time().is_some());
        assert_eq!(event.get("event.dataset"), None, "nothing is added to a mapped document");
        assert_eq!(values(&event, "aws.cloudtrail.flattened.request_parameters.a.b"), ["Str(\"1\")", "Int(2)"]);
        assert_eq!(values(&event, "aws.cloudtrail.flattened.request_parameters"), ["Str(\"1\")", "Int(2)"]);
        assert_eq!(
            event.ecs(),
            json!({
                "@timestamp": "2026-11-23T10:41:52.000Z",
                "event": {"action": "StartExportTask", "id": "e-1", "outcome": "success"},
                "aws": {"cloudtrail": {"flattened": {"request_parameters": {"a.b": ["1", 2]}}}},
                "tags": ["x"],
            })
        );
    }
}

#[test]
fn a_record_in_a_text_field_is_mapped_and_keeps_what_came_with_it() {
    let record = r#"{"eventName":"X","eventSource":"rds.amazonaws.com","eventTime":"2026-11-23T10:41:52Z"}"#;
    for field in ["message", "event.original"] {
        let document = json!({
            "@timestamp": "2026-11-23T11:00:00.000Z", field: record, "agent": {"type": "filebeat"}, "event.dataset": "aws.cloudtrail",
        });
        let text = document.to_string();
        let event = Event::parse(text.as_bytes()).unwrap();
        assert_eq!(event.raw(), record);
        for (field, expected) in [
            ("event.action", "X"),
            ("event.provider", "rds.amazonaws.com"),
            ("event.created", "2026-11-23T11:00:00.000Z"),
            ("@timestamp", "2026-11-23T10:41:52.000Z"),
            ("agent.type", "filebeat"),
        ] {
            assert_eq!(event.get(field).as_deref(), Some(expected), "{field}");
        }
        assert_eq!(event.get("message"), None);
        assert_eq!(event.get("event.original"), None);
    }
}

#[test]
fn says_why_bytes_are_no_event() {
    for (bytes, expected) in [
        (&b"{\"eventName\":\"\xff\"}"[..], "byte 14 of the record is not UTF-8"),
        (b"{\"eventName\":", "invalid JSON at byte 13 of the record: expected a value"),
        (
            b"{\"eventName\":\"\\ud800\"}",
            "lone surrogate at byte 14 of the record: a \\ud800–\\udfff escape stands without its other half",
        ),
        (b"{\"eventName\":1e400}", "the number at byte 13 of the record is out of range"),
        (
            b"{\"a\":1}",
            "neither a CloudTrail record (no eventName, eventSource or eventVersion) nor an ECS document (no @timestamp, \
             event or ecs fields)",
        ),
        (
            b"{\"message\":\"hello\"}",
            "neither a CloudTrail record (no eventName, eventSource or eventVersion) nor an ECS document (no @timestamp, \
             event or ecs fields)",
        ),
        (
            b"{\"@timestamp\":\"2026-11-23T11:00:00Z\",\"message\":\"{\\\"eventName\\\":}\"}",
            "the record inside `message` cannot be read: invalid JSON at byte 13 of the record: expected a value",
        ),
    ] {
        assert_eq!(Event::parse(bytes).unwrap_err().to_string(), expected);
    }
}

#[test]
fn objects_and_field_names_can_be_walked() {
    let event = Event::parse(
        br#"{"eventName":"X","resources":[{"ARN":"a","type":"t"},{"ARN":"b","type":"u"}],"userIdentity":{"userName":"n"}}"#,
    )
    .unwrap();
    let both = |arn: &'static str, kind: &'static str| {
        event.any_object("aws.cloudtrail.resources", &mut |resource| {
            resource.any("arn", &mut |value| value == Scalar::Str(arn))
                && resource.any("type", &mut |value| value == Scalar::Str(kind))
        })
    };
    assert!(both("a", "t"));
    assert!(!both("a", "u"));
    assert!(event.any_field(&mut |field| field == "aws.cloudtrail.resources.arn"));
    assert!(!event.any_field(&mut |field| field == "aws.cloudtrail.resources"));
    assert_eq!(values(&event, "user.name.text"), ["Str(\"n\")"]);
    assert_eq!(event.get("event.action.text"), None);
}

#[test]
fn ids_of_targets_are_made_when_they_are_asked_for_or_shown() {
    let record = r#"{"eventName":"AttachRolePolicy","eventSource":"iam.amazonaws.com","requestParameters":{"roleName":"r","policyArn":"p"}}"#;
    let event = Event::parse(record.as_bytes()).unwrap();
    assert_eq!(event.get("entity.target.id").as_deref(), Some("r"));
    assert_eq!(values(&event, "related.entity"), ["Str(\"p\")", "Str(\"r\")"]);
    assert!(event.ecs.get().is_none());
    assert!(event.any_field(&mut |field| field == "entity.target.id"));
    assert_eq!(event.ecs()["entity"], json!({"target": {"id": ["r"]}}));
    assert_eq!(event.ecs()["related"], json!({"entity": ["p", "r"]}));
    assert_eq!(Event::parse(event.ecs_json().as_bytes()).unwrap().ecs(), event.ecs());
    let mapped =
        json!({"event.action": "AttachRolePolicy", "event.original": record, "related.entity": ["mine"]}).to_string();
    let event = Event::parse(mapped.as_bytes()).unwrap();
    assert_eq!(values(&event, "related.entity"), ["Str(\"mine\")"]);
    assert_eq!(event.get("entity.target.id"), None);
    // What a shipper sent along stays, and is added to.
    let wrapped = json!({ "message": record, "related.entity": "r", "entity": {"id": "x"}, "target": 1 }).to_string();
    let event = Event::parse(wrapped.as_bytes()).unwrap();
    assert_eq!(values(&event, "related.entity"), ["Str(\"r\")", "Str(\"p\")"]);
    assert_eq!(event.ecs()["entity"], json!({"id": "x", "target": {"id": ["r"]}}));
    assert_eq!(event.ecs()["target"], json!({"entity": {"id": ["r"]}}));
    let nothing = Event::parse(br#"{"eventName":"X"}"#).unwrap();
    assert_eq!(nothing.ecs().get("related"), None);
}

/// Whatever a query sees stands in the document that is shown: each field that has a type says the same of the event, in
/// whichever order it is asked, and of its document alone.
fn assert_the_document_holds_what_queries_see(record: &[u8]) {
    let Ok(event) = Event::parse(record) else { return };
    let text = event.ecs_json();
    let document = EcsDocument::read(&text);
    let fresh = Event::parse(record).unwrap();
    let same = |field: &str| {
        let shown = values(&document, field);
        assert_eq!(values(&event, field), shown, "{field} of {}", event.raw());
        assert_eq!(values(&fresh, field), shown, "{field} first, of {}", event.raw());
        let objects = |document: &dyn Document| {
            let mut objects = 0;
            document.any_object(field, &mut |_| {
                objects += 1;
                false
            });
            objects
        };
        assert_eq!(objects(&fresh), objects(&document), "{field} of {}", event.raw());
    };
    schema::each(&mut |field| {
        same(field);
        if schema::text_twin(&format!("{field}.text")).is_some() {
            same(&format!("{field}.text"));
        }
    });
    let names = |document: &dyn Document| {
        let mut names = Vec::new();
        document.any_field(&mut |field| {
            names.push(field.to_owned());
            false
        });
        names
    };
    assert_eq!(names(&fresh), names(&document));
    names(&document).iter().for_each(|field| same(field));
}

#[test]
fn the_document_holds_what_queries_see() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut records = 0;
    for entry in walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().filter_map(Result::ok) {
        let Ok(text) = std::fs::read_to_string(entry.path()) else { continue };
        let Ok(Value::Object(mut file)) = serde_json::from_str(&text) else { continue };
        let Some(Value::Array(list)) = file.remove("Records") else { continue };
        for record in list.iter().take(20) {
            assert_the_document_holds_what_queries_see(record.to_string().as_bytes());
            records += 1;
        }
    }
    assert!(records > 5, "{records}");
}

#[test]
fn places_are_answered_without_a_document_and_alike_with_one() {
    let databases = geoip::tests::databases("city");
    let names =
        ["source.geo.city_name", "source.geo.region_iso_code", "source.as.number", "source.as.organization.name"];
    for (address, city, number) in [
        (json!("192.0.2.40"), Some("Sampleton"), Some("64496")),
        (json!("203.0.113.9"), None, Some("64511")),
        (json!("10.0.0.1"), None, None),
        (json!("rds.amazonaws.com"), None, None),
        (json!(null), None, None),
        (json!(["192.0.2.40"]), None, None),
    ] {
        let record = json!({"eventName": "X", "sourceIPAddress": address}).to_string();
        let event = Event::parse_with(record.as_bytes(), &databases).unwrap();
        assert_eq!(event.get("source.geo.city_name").as_deref(), city, "{address}");
        assert_eq!(event.get("source.as.number").as_deref(), number, "{address}");
        assert!(event.ecs.get().is_none(), "places must not build the document");
        for name in names {
            assert_eq!(values(&event, name), values(&Fields(event.document()), name), "{name} of {address}");
        }
        // A record in a shipper's envelope is told where it comes from too.
        let wrapped = json!({ "message": record }).to_string();
        let wrapped = Event::parse_with(wrapped.as_bytes(), &databases).unwrap();
        assert_eq!(wrapped.ecs(), event.ecs());
    }
    let record = br#"{"eventName":"X","sourceIPAddress":"192.0.2.40"}"#;
    let event = Event::parse_with(record, &databases).unwrap();
    assert_eq!(values(&event, "source.as.organization.name.text"), ["Str(\"Example Corp\")"]);
    assert_eq!(event.ecs().pointer("/source/geo/location"), Some(&json!({"lat": 10.5, "lon": -20.25})));
    assert_eq!(Event::parse(record).unwrap().get("source.as.number"), None);
}

#[test]
fn objects_exist_where_one_of_their_fields_does() {
    let databases = geoip::tests::databases("city");
    let record = json!({
        "eventName": "X", "sourceIPAddress": "203.0.113.9", "requestParameters": {"a": 1},
        "userIdentity": {"type": "IAMUser", "userName": "ann"}, "resources": [{"ARN": "arn"}],
    })
    .to_string();
    let event = Event::parse_with(record.as_bytes(), &databases).unwrap();
    let matches = |query: &str| crate::query::kql::compile(query, schema()).unwrap().matches(&event);
    for query in [
        "user:*",
        "source:*",
        "source.geo:*",
        "source.geo.location:*",
        "source.as:*",
        "aws:*",
        "aws.cloudtrail.user_identity:*",
        "aws.cloudtrail.resources:*",
        "aws.cloudtrail.flattened:*",
        "aws.cloudtrail.flattened.request_parameters:*",
    ] {
        assert!(matches(query), "{query}");
        assert!(!matches(&format!("not {query}")), "{query}");
    }
    for query in [
        "user.target:*",
        "group:*",
        "tls:*",
        "source.as.organization:*",
        "aws.cloudtrail.error_message:*",
        "user:ann",
        "source.geo.location:11.5",
        "source.geo.location.lat:11.5",
        "11.5",
    ] {
        assert!(!matches(query), "{query}");
    }
}

#[test]
fn every_object_of_a_document_has_the_type_of_one() {
    fn objects(value: &Value, path: &str, found: &mut Vec<String>) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| objects(item, path, found)),
            Value::Object(fields) => {
                for (name, value) in fields {
                    let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    if value.is_object() {
                        found.push(path.clone());
                    }
                    objects(value, &path, found);
                }
            }
            _ => {}
        }
    }
    let databases = geoip::tests::databases("city");
    let record = json!({
        "eventName": "ConsoleLogin", "sourceIPAddress": "192.0.2.40", "additionalEventData": {"MFAUsed": "No"},
        "userIdentity": {
            "type": "AssumedRole", "inScopeOf": {"sourceArn": "a"}, "invokedByDelegate": {"accountId": "1"},
            "onBehalfOf": {"userId": "u"},
            "sessionContext": {
                "sessionIssuer": {"arn": "a", "userName": "r"},
                "webIdFederationData": {"federatedProvider": "p", "attributes": {"a": "b"}},
            },
        },
        "requestParameters": {"userName": "u", "groupName": "g", "newUserName": "n"}, "resources": [{"ARN": "a"}],
        "addendum": {"reason": "r"}, "recipientAccountId": "1", "eventSource": "signin.amazonaws.com",
        "tlsDetails": {"keyExchange": "k", "tlsVersion": "TLSv1.3", "clientProvidedHostHeader": "h"}, "userAgent": "x",
    })
    .to_string();
    let event = Event::parse_with(record.as_bytes(), &databases).unwrap();
    let entities = Value::from(entity::read(event.raw()));
    let mut found = Vec::new();
    objects(&event.ecs(), "", &mut found);
    objects(&entities, "", &mut found);
    assert!(found.len() > 30, "{found:?}");
    for path in found {
        let kind = crate::query::Schema::field_type(schema(), &path);
        let known = matches!(kind, crate::query::FieldType::Object | crate::query::FieldType::GeoPoint);
        assert!(known || path.starts_with("aws.cloudtrail.flattened."), "{path} is {kind:?}");
    }
}

#[test]
fn documents_that_are_mapped_keep_their_own_places() {
    let databases = geoip::tests::databases("city");
    let document = json!({
        "event": {"action": "X"}, "source": {"ip": "192.0.2.40", "geo": {"city_name": "Elsewhere"}},
    })
    .to_string();
    let event = Event::parse_with(document.as_bytes(), &databases).unwrap();
    assert_eq!(event.get("source.geo.city_name").as_deref(), Some("Elsewhere"));
    assert_eq!(event.get("source.as.number"), None);
    let wrapped = json!({
        "message": r#"{"eventName":"X","sourceIPAddress":"192.0.2.40"}"#, "source.geo.city_name": "Elsewhere",
    })
    .to_string();
    let event = Event::parse_with(wrapped.as_bytes(), &databases).unwrap();
    assert_eq!(event.get("source.geo.city_name").as_deref(), Some("Elsewhere"));
    assert_eq!(event.get("source.as.number").as_deref(), Some("64496"));
}
