use std::ops::Range;
use std::path::Path;

use serde_json::json;

use super::*;

fn event(n: usize, action: &str, more: &serde_json::Value) -> String {
    let mut record = json!({
        "eventVersion": "1.09", "eventID": format!("e{n}"), "eventTime": format!("2026-11-23T10:00:{n:02}Z"),
        "eventName": action, "eventSource": "rds.amazonaws.com", "awsRegion": "us-east-1",
        "sourceIPAddress": "198.51.100.23", "recipientAccountId": "111122223333",
        "userIdentity": {
            "type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/etl/jsmith",
            "accessKeyId": "ASIAEXAMPLEKEY000001",
        },
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        record[name] = value.clone();
    }
    record.to_string()
}

fn scene(raw: &str) -> Scene {
    let event = Event::parse(raw.as_bytes()).unwrap();
    Scene::of(&event, &Origin::from_columns(Path::new("f"), 0, None), Why::default()).unwrap()
}

fn cast() -> Cast {
    let trace = Trace {
        principal: Some("arn:aws:sts::111122223333:assumed-role/etl/jsmith".to_owned()),
        keys: vec!["ASIAEXAMPLEKEY000001".to_owned()],
        lineage: vec!["AKIAEXAMPLEKEY000001".to_owned()],
        opened_by: Some("arn:aws:iam::111122223333:user/jsmith".to_owned()),
        address: Some("198.51.100.23".to_owned()),
        ..Trace::default()
    };
    let mut cast = Cast::default();
    cast.add("e1", &trace, Some("cluster-snapshot:orders"));
    cast
}

fn other(n: usize, more: &serde_json::Value) -> String {
    let mut own = json!({
        "sourceIPAddress": "192.0.2.7",
        "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/bob", "accessKeyId": "AKIAEXAMPLEBOB"},
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        own[name] = value.clone();
    }
    event(n, "X", &own)
}

#[test]
fn an_event_belongs_by_credentials_address_or_target_as_far_as_is_asked() {
    let why = |raw: &str, belongs| cast().that(belongs).why(&Event::parse(raw.as_bytes()).unwrap());
    let actor = Why { actor: true, ..Why::default() };
    let root = json!({"userIdentity": {"type": "IAMUser", "userName": "jsmith",
        "arn": "arn:aws:iam::111122223333:user/jsmith", "accessKeyId": "AKIAEXAMPLEKEY000001"}});
    let issuing = json!({"eventName": "AssumeRole", "responseElements": {"credentials": {"accessKeyId": "ASIAEXAMPLEKEY000001"}}});
    for more in [root, issuing] {
        assert_eq!(why(&other(5, &more), Belongs::Lineage), Some(actor), "{more}");
    }
    let near = other(5, &json!({"sourceIPAddress": "198.51.100.23"}));
    assert_eq!(why(&near, Belongs::Lineage), None);
    assert_eq!(why(&near, Belongs::Address), Some(Why { address: true, ..Why::default() }));
    let named = |id: &str| other(5, &json!({"requestParameters": {"dBClusterSnapshotIdentifier": id}}));
    assert_eq!(why(&named("orders"), Belongs::Address), None);
    assert_eq!(why(&named("orders"), Belongs::Target), Some(Why { target: true, ..Why::default() }));
    assert_eq!(why(&named("orders-2"), Belongs::Target), None);
    assert_eq!(why(&other(1, &json!({})), Belongs::Lineage), Some(Why::default()), "the event of an alert does");
    assert_eq!(Why { actor: true, address: false, target: true }.letters(), "A·T");
}

#[test]
fn what_belongs_holds_one_of_the_texts() {
    let cast = cast().that(Belongs::Target);
    let issuing = json!({"eventName": "AssumeRole", "responseElements": {"credentials": {"accessKeyId": "ASIAEXAMPLEKEY000001"}}});
    for raw in [event(3, "X", &json!({})), other(4, &issuing), other(1, &json!({}))] {
        assert!(cast.why(&Event::parse(raw.as_bytes()).unwrap()).is_some());
        assert!(cast.texts().any(|text| raw.contains(text)), "{raw}");
    }
}

#[test]
fn an_address_that_many_use_is_left_out() {
    let trace = Trace { address: Some("203.0.113.9".to_owned()), address_users: 14, ..Trace::default() };
    let mut cast = Cast::default();
    cast.add("e1", &trace, Some("db:a"));
    let cast = cast.that(Belongs::Target);
    assert_eq!((cast.addresses.len(), cast.targets.len(), cast.shared.len()), (0, 0, 1));
}

#[test]
fn a_scene_says_what_was_done_to_what_and_how_it_ended() {
    let created = scene(&event(
        2,
        "CreateRole",
        &json!({"eventSource": "iam.amazonaws.com", "requestParameters": {"roleName": "rds-s3-export-v2"}}),
    ));
    assert_eq!((created.action.as_str(), created.object.as_deref()), ("CreateRole", Some("role/rds-s3-export-v2")));
    assert_eq!((created.service.as_str(), created.deed, created.error), ("iam", Deed::Change, None));
    let arn = "arn:aws:rds:us-east-1:111122223333:cluster-snapshot:orders";
    let export = scene(&event(
        3,
        "StartExportTask",
        &json!({"errorCode": "AccessDenied", "requestParameters": {"sourceArn": arn, "s3BucketName": "b"}}),
    ));
    assert_eq!(export.object.as_deref(), Some("cluster-snapshot:orders"));
    assert_eq!(export.error.as_deref(), Some("AccessDenied"));
    assert_eq!(
        export.object_field,
        Some(("aws.cloudtrail.flattened.request_parameters.sourceArn".to_owned(), arn.to_owned()))
    );
}

#[test]
fn what_is_only_a_look() {
    for action in ["DescribeDBSnapshots", "ListRoles", "GetCallerIdentity", "HeadBucket", "GetObjectAcl"] {
        assert_eq!(Deed::of(action), Deed::Read, "{action}");
    }
    for action in ["GetObject", "GetSecretValue", "GetPasswordData", "GetParametersByPath"] {
        assert_eq!(Deed::of(action), Deed::Taking, "{action}");
    }
    for action in ["AssumeRole", "GetFederationToken", "GetSessionToken", "CreateRole", "ConsoleLogin", "Decrypt"] {
        assert_eq!(Deed::of(action), Deed::Change, "{action}");
    }
}

#[test]
fn runs_of_looks_are_told_in_one_line() {
    let calls = |actions: &[&str]| -> Vec<Scene> {
        actions.iter().enumerate().map(|(n, action)| scene(&event(n, action, &json!({})))).collect()
    };
    let scenes = calls(&["DescribeA", "DescribeB", "DescribeA", "CreateX", "ListA", "GetB", "GetObject", "GetObject"]);
    let all: Vec<&Scene> = scenes.iter().collect();
    let told = fold(&all, |_| false);
    let call = |range: Range<usize>| range.map(Passage::Call);
    let mut wanted = vec![Passage::Run(0..3)];
    wanted.extend(call(3..8));
    assert_eq!(told, wanted, "two are no run, and data is not a look");
    assert_eq!(run_words(&all[..3]), "3 Describe* calls, rds");
    assert_eq!(fold(&all[..3], |scene| scene.event_id == "e1"), call(0..3).collect::<Vec<_>>(), "an alert is apart");

    let mixed = calls(&["DescribeA", "ListB", "GetC"]);
    assert_eq!(run_words(&mixed.iter().collect::<Vec<_>>()), "3 reads, rds");
    let taken = calls(&["GetObject"; 4]);
    let taken: Vec<&Scene> = taken.iter().collect();
    assert_eq!(
        (fold(&taken, |_| false), run_words(&taken).as_str()),
        (vec![Passage::Run(0..4)], "4 GetObject calls, rds")
    );

    let denied = scene(&event(9, "DescribeA", &json!({"errorCode": "AccessDenied"})));
    assert_eq!(fold(&[all[0], all[1], &denied], |_| false).len(), 3, "another outcome is another run");
}
