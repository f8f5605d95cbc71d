use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::*;
use crate::event::Event;
use crate::rule::{Rule, RuleFormat, bundled, load_str};

pub(super) fn record() -> Value {
    json!({
        "eventVersion": "1.09", "eventSource": "rds.amazonaws.com", "eventName": "StartExportTask",
        "eventTime": "2026-11-24T10:41:52Z", "eventID": "5f0a6f1e-0000-4000-8000-000000000001",
        "awsRegion": "us-east-1", "sourceIPAddress": "198.51.100.23", "recipientAccountId": "111122223333",
        "userAgent": "aws-cli/2.15.0 Python/3.11.6 Linux/5.10",
        "userIdentity": {
            "type": "AssumedRole", "principalId": "AROAEXAMPLE:jsmith", "accountId": "111122223333",
            "arn": "arn:aws:sts::111122223333:assumed-role/etl-role/jsmith", "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
            "sessionContext": {
                "attributes": {"mfaAuthenticated": "false", "creationDate": "2026-11-24T10:00:00Z"},
                "sessionIssuer": {"type": "Role", "arn": "arn:aws:iam::111122223333:role/team/etl-role", "userName": "etl-role"},
            },
        },
        "requestParameters": {
            "exportTaskIdentifier": "orders-1", "sourceArn": "arn:aws:rds:us-east-1:111122223333:cluster-snapshot:orders-2026-11-23",
            "s3BucketName": "finance-exports", "s3Prefix": "2026/", "iamRoleArn": "arn:aws:iam::111122223333:role/rds-export",
            "kmsKeyId": "arn:aws:kms:us-east-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        },
        "responseElements": {"exportTaskIdentifier": "orders-1", "s3Bucket": "finance-exports", "status": "STARTING"},
    })
}

/// The record with parts replaced, given by pointer.
pub(super) fn with(changes: &[(&str, Value)]) -> Value {
    let mut record = record();
    for (pointer, value) in changes {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        let parent = record.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        if value.is_null() {
            parent.remove(key);
        } else {
            parent.insert(key.to_owned(), value.clone());
        }
    }
    record
}

pub(super) fn facts_of(record: &Value) -> Facts {
    Facts::of(&Event::parse(record.to_string().as_bytes()).unwrap())
}

pub(super) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn rows(rule: &Rule, record: &Value, around: &Surroundings) -> Vec<Row> {
    let text = record.to_string();
    let event = Event::parse(text.as_bytes()).unwrap();
    overview(rule, &event, &Facts::of(&event), around)
}

fn value<'a>(rows: &'a [Row], label: &str) -> &'a str {
    &rows.iter().find(|r| r.label == label).unwrap_or_else(|| panic!("a row {label}")).value
}

#[test]
fn the_source_says_where_it_lies_and_whose_it_is() {
    let source = |fields: Value| {
        let mut document = json!({"event.action": "X", "@timestamp": "2026-11-24T10:41:52Z"});
        document["source"] = fields;
        let rows = rows(&bundled()[0], &document, &Surroundings::default());
        (value(&rows, "Source IP").to_owned(), rows[1].copy.clone())
    };
    let all = source(json!({
        "address": "192.0.2.40", "as": {"number": 64496, "organization": {"name": "Example Corp"}},
        "geo": {"city_name": "Sampleton", "region_name": "Upper Example", "country_name": "Examplia"},
    }));
    assert_eq!(all.0, "192.0.2.40 · Sampleton, Examplia · AS64496 Example Corp");
    assert_eq!(all.1.as_deref(), Some("192.0.2.40"), "only the address is copied");
    let some = source(json!({"address": "192.0.2.40", "as": {"number": 64511}, "geo": {"country_iso_code": "XE"}}));
    assert_eq!(some.0, "192.0.2.40 · XE · AS64511");
    assert_eq!(source(json!({"address": "192.0.2.40"})).0, "192.0.2.40");
}

#[test]
fn the_overview_of_an_export() {
    let around = Surroundings {
        log_begins: Some(at("2026-11-20T00:00:00Z")),
        address_seen: Seen::Never,
        actor_seen: Seen::Since(at("2026-11-22T10:41:52Z")),
        ..Surroundings::default()
    };
    let rows = rows(&bundled()[0], &record(), &around);
    let shown: Vec<(&str, &str)> = rows.iter().map(|r| (r.label.as_str(), r.value.as_str())).collect();
    assert_eq!(
        shown,
        [
            ("Actor", "AssumedRole etl-role / jsmith · ASIAIOSFODNN7EXAMPLE · no MFA · first seen 2 days before"),
            ("Source IP", "198.51.100.23 · never seen in the 4 days of log before"),
            ("Snapshot", "arn:aws:rds:us-east-1:111122223333:cluster-snapshot:orders-2026-11-23 · cluster snapshot"),
            ("To", "s3://finance-exports/2026"),
            ("Role", "arn:aws:iam::111122223333:role/rds-export"),
            (
                "Key",
                "arn:aws:kms:us-east-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab · cross-account: 444455556666"
            ),
            ("Tables", "all"),
            ("Task", "orders-1 · STARTING"),
            ("Account", "111122223333"),
            ("Region", "us-east-1"),
            ("User agent", "aws-cli/2.15.0 Python/3.11.6 Linux/5.10 · command line"),
            ("Access key", "ASIAIOSFODNN7EXAMPLE"),
            ("Time", "2026-11-24 10:41:52Z"),
            ("Event id", "5f0a6f1e-0000-4000-8000-000000000001"),
            ("Outcome", "success"),
            (
                "Request",
                "{sourceArn=arn:aws:rds:us-east-1:111122223333:cluster-snapshot:orders-2026-11-23, \
                 iamRoleArn=arn:aws:iam::111122223333:role/rds-export, s3BucketName=finance-exports, \
                 kmsKeyId=arn:aws:kms:us-east-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab, \
                 s3Prefix=2026/, exportTaskIdentifier=orders-1}"
            ),
            ("Response", "{exportTaskIdentifier=orders-1, s3Bucket=finance-exports, status=STARTING}"),
        ]
    );
    // What a row filters by finds this very event.
    let text = record().to_string();
    let event = Event::parse(text.as_bytes()).unwrap();
    for row in rows.iter().filter(|r| !matches!(r.label.as_str(), "Tables" | "Time")) {
        let field = row.field.as_deref().unwrap_or_else(|| panic!("{} has no field", row.label));
        let wanted = row.copy.as_ref().unwrap_or(&row.value);
        assert_eq!(event.get(field).as_ref(), Some(wanted), "{}", row.label);
    }
}

#[test]
fn what_is_new_is_said_to_be_new_and_what_is_known_reassures() {
    let source = |first: &str, begins: &str| {
        let around = Surroundings {
            log_begins: Some(at(begins)),
            address_seen: Seen::Since(at(first)),
            ..Surroundings::default()
        };
        value(&rows(&bundled()[0], &record(), &around), "Source IP").to_owned()
    };
    let long = "2025-11-01T00:00:00Z";
    assert_eq!(source("2026-11-24T10:12:04Z", long), "198.51.100.23 · first seen 29 minutes before");
    assert_eq!(source("2026-11-18T10:41:52Z", long), "198.51.100.23 · first seen 6 days before");
    assert_eq!(source("2026-11-17T10:41:52Z", long), "198.51.100.23 · known for 7 days");
    assert_eq!(source("2026-02-10T00:00:00Z", long), "198.51.100.23 · known for 9 months");
    let begins = "2026-11-23T10:00:00Z";
    assert_eq!(source("2026-11-23T10:05:00Z", begins), "198.51.100.23 · seen since the log begins, 24 hours before");
}

#[test]
fn what_the_log_lacks_is_said_and_cannot_be_filtered_by() {
    let bare = json!({"eventSource": "rds.amazonaws.com", "eventName": "StartExportTask", "eventID": "e"});
    let rows = rows(&bundled()[0], &bare, &Surroundings::default());
    for label in [
        "Actor",
        "Source IP",
        "Snapshot",
        "To",
        "Role",
        "Key",
        "Tables",
        "Task",
        "Account",
        "Region",
        "User agent",
        "Time",
    ] {
        assert_eq!(value(&rows, label), NOT_RECORDED, "{label}");
        assert_eq!(rows.iter().find(|r| r.label == label).unwrap().field, None, "{label}");
    }
}

#[test]
fn the_response_speaks_where_the_request_is_missing() {
    let mut record = with(&[("/requestParameters", Value::Null)]);
    record["responseElements"] = json!({
        "sourceArn": "arn:aws:rds:us-east-1:111122223333:cluster:live", "s3Bucket": "b-1", "exportOnly": ["db.t1", "db.t2"],
    });
    let facts = facts_of(&record);
    assert_eq!(facts.target().as_deref(), Some("cluster:live"));
    assert_eq!(facts.destination().as_deref(), Some("s3://b-1"));
    let rows = rows(&bundled()[0], &record, &Surroundings::default());
    assert_eq!(value(&rows, "Cluster"), "arn:aws:rds:us-east-1:111122223333:cluster:live · live cluster, no snapshot");
    assert_eq!(value(&rows, "Tables"), "db.t1, db.t2");
    assert_eq!(value(&rows, "Key"), NOT_RECORDED);

    let to = rows.iter().find(|r| r.label == "To").unwrap();
    assert_eq!(to.field.as_deref(), Some("aws.cloudtrail.flattened.response_elements.s3Bucket"));

    let omitted = json!({"omitted": true, "originalSize": 204_800});
    let record = with(&[("/requestParameters", omitted), ("/responseElements", json!({"omitted": true}))]);
    assert_eq!(facts_of(&record).export.unwrap().tables, Tables::NotRecorded);
}

#[test]
fn every_identity_kind_has_an_actor_row() {
    for (identity, shown) in [
        (json!({"type": "Root", "arn": "arn:aws:iam::111122223333:root"}), "root"),
        (
            json!({"type": "IAMUser", "userName": "alice", "accessKeyId": "AKIAIOSFODNN7EXAMPLE"}),
            "IAMUser alice · AKIAIOSFODNN7EXAMPLE",
        ),
        (json!({"type": "AWSService", "invokedBy": "backup.amazonaws.com"}), "AWSService backup.amazonaws.com"),
        (json!({"type": "AWSAccount", "accountId": "444455556666"}), "AWSAccount 444455556666"),
        (
            json!({"type": "FederatedUser", "arn": "arn:aws:sts::111122223333:federated-user/carol"}),
            "FederatedUser carol",
        ),
        (
            json!({"type": "SAMLUser", "userName": "dora", "identityProvider": "idp"}),
            "SAMLUser dora · vouched for by idp",
        ),
        (json!({"type": "WebIdentityUser", "userName": "eve"}), "WebIdentityUser eve"),
        (json!({"type": "IdentityCenterUser", "onBehalfOf": {"userId": "9067-1"}}), "IdentityCenterUser 9067-1"),
    ] {
        let rows = rows(&bundled()[0], &with(&[("/userIdentity", identity)]), &Surroundings::default());
        assert_eq!(value(&rows, "Actor"), shown);
    }
}

#[test]
fn other_rules_show_the_fields_they_ask_for() {
    let load = load_str(
        "[rule]\nname='T'\ntype='query'\nquery='a: b'\nseverity='low'\nrisk_score=1\n\
         [rule.investigation_fields]\nfield_names=['@timestamp','user.name','event.action','aws.cloudtrail.resources.arn','absent']\n",
        RuleFormat::Toml,
        "f",
    );
    let changed = [
        ("/eventName", json!("DeleteDBCluster")),
        ("/requestParameters", json!({"dBClusterIdentifier": "orders", "note": "x".repeat(2_000)})),
        ("/resources", json!([{"ARN": "arn:aws:rds:x"}, {"ARN": "arn:aws:rds:y"}])),
    ];
    let rows = rows(&load.rules[0], &with(&changed), &Surroundings::default());
    let labels: Vec<&str> = rows.iter().map(|r| r.label.as_str()).collect();
    assert_eq!(labels[..6], ["Actor", "Source IP", "Action", "Target", "Resource", "absent"]);
    assert_eq!(value(&rows, "Action"), "DeleteDBCluster · rds.amazonaws.com");
    assert_eq!(value(&rows, "Target"), "orders");
    assert_eq!(value(&rows, "Resource"), "arn:aws:rds:x, arn:aws:rds:y");
    assert_eq!(value(&rows, "absent"), NOT_RECORDED);
    assert_eq!(rows.iter().filter(|r| r.label == "user.name" || r.label == "Snapshot").count(), 0);
    // What a row filters by finds this very event, also where its value is too long to be shown.
    let load =
        load_str("[rule]\nname='T'\ntype='query'\nquery='a: b'\nseverity='low'\nrisk_score=1\n", RuleFormat::Toml, "f");
    let text = with(&changed).to_string();
    let event = Event::parse(text.as_bytes()).unwrap();
    let rows = overview(&load.rules[0], &event, &Facts::of(&event), &Surroundings::default());
    assert!(value(&rows, "Request").len() < 600);
    for row in rows.iter().filter(|r| r.label != "Time") {
        let Some(field) = row.field.as_deref() else { continue };
        assert_eq!(event.get(field).as_ref(), row.copy.as_ref().or(Some(&row.value)), "{}", row.label);
    }
}

#[test]
fn the_reason_is_one_sentence_of_what_is_there() {
    let rule = &bundled()[0];
    assert_eq!(
        reason(rule, &facts_of(&record())),
        "etl-role/jsmith called StartExportTask on cluster-snapshot:orders-2026-11-23 from 198.51.100.23 in us-east-1: \
         low alert of AWS RDS Snapshot Export."
    );
    let failed = with(&[("/errorCode", json!("AccessDenied"))]);
    assert!(reason(rule, &facts_of(&failed)).contains(", which failed with AccessDenied: low alert"));
    let long = with(&[("/sourceIPAddress", json!("ä".repeat(5_000)))]);
    assert!(reason(rule, &facts_of(&long)).chars().count() < 500);
    let bare = json!({"eventSource": "x.amazonaws.com", "eventName": "Y", "eventID": "e"});
    assert_eq!(reason(rule, &facts_of(&bare)), "Somebody called Y: low alert of AWS RDS Snapshot Export.");
}
