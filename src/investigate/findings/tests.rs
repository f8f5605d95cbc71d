use serde_json::{Value, json};

use super::super::tests::{at, facts_of, record, with};
use super::super::*;

fn texts(record: &Value, around: &Surroundings) -> Vec<(Weight, String)> {
    findings(&facts_of(record), around).into_iter().map(|f| (f.weight, f.text)).collect()
}

fn says(record: &Value, around: &Surroundings, weight: Weight, part: &str) -> bool {
    texts(record, around).iter().any(|(w, text)| *w == weight && text.contains(part))
}

#[test]
fn findings_of_the_event_itself() {
    let none = Surroundings::default();
    let parameter = |name: &str, value: &str| with(&[(&format!("/requestParameters/{name}"), json!(value))]);
    assert!(says(&record(), &none, Weight::Alarming, "key belongs to another account, 444455556666"));
    assert!(says(&record(), &none, Weight::Notable, "everything is exported"));
    assert!(says(&record(), &none, Weight::Notable, "without MFA"));
    assert!(says(&record(), &none, Weight::Plain, "command line"));
    assert!(says(&parameter("kmsKeyId", "1234abcd-12ab"), &none, Weight::Plain, "without its account"));
    assert!(says(
        &parameter("iamRoleArn", "arn:aws:iam::444455556666:role/x"),
        &none,
        Weight::Alarming,
        "export role belongs"
    ));
    let own = parameter("kmsKeyId", "arn:aws:kms:us-east-1:111122223333:key/k");
    assert!(!texts(&own, &none).iter().any(|(_, t)| t.contains("key")));
    let live = parameter("sourceArn", "arn:aws:rds:us-east-1:111122223333:cluster:live");
    assert!(says(&live, &none, Weight::Notable, "live cluster"));
    let automated = parameter("sourceArn", "arn:aws:rds:us-east-1:111122223333:snapshot:rds:orders-1");
    assert!(says(&automated, &none, Weight::Plain, "RDS takes by itself"));
    let partial = with(&[("/requestParameters/exportOnly", json!(["db.t"]))]);
    assert!(!texts(&partial, &none).iter().any(|(_, t)| t.contains("everything")));
    assert!(says(&with(&[("/userIdentity", json!({"type": "Root"}))]), &none, Weight::Alarming, "root"));
    assert!(says(
        &with(&[("/sourceIPAddress", json!("AWS Internal"))]),
        &none,
        Weight::Plain,
        "no address but AWS Internal"
    ));
    assert!(says(&with(&[("/userAgent", json!("a\u{202e}b"))]), &none, Weight::Alarming, "deceive"));
}

#[test]
fn findings_of_the_surroundings_and_their_order() {
    let call = |action: &str, time: &str, error: Option<&str>| Call {
        time: at(time),
        action: action.to_owned(),
        service: "rds".to_owned(),
        error: error.map(str::to_owned),
        actor: "etl-role/jsmith".to_owned(),
        source: "198.51.100.23".to_owned(),
        event_id: "e".to_owned(),
        ..Call::default()
    };
    let around = Surroundings {
        log_begins: Some(at("2026-11-20T00:00:00Z")),
        address_seen: Seen::Never,
        agent_seen: Seen::Since(at("2026-11-21T00:00:00Z")),
        exports_by_actor_6h: Some(3),
        target_touched: Some(call("CopyDBClusterSnapshot", "2026-11-24T10:30:00Z", None)),
        failed_exports: Some(Calls {
            list: vec![call("StartExportTask", "2026-11-24T10:40:00Z", Some("AccessDenied"))],
            total: 1,
        }),
        ..Surroundings::default()
    };
    assert!(says(&record(), &around, Weight::Alarming, "3 exports by the same actor"));
    assert!(says(
        &record(),
        &around,
        Weight::Alarming,
        "called CopyDBClusterSnapshot for this snapshot 11 minutes before"
    ));
    assert!(says(
        &record(),
        &around,
        Weight::Notable,
        "1 failed export by the same actor within 6 hours: AccessDenied"
    ));
    assert!(says(
        &record(),
        &around,
        Weight::Notable,
        "source address never seen before in 4 days of log, since 2026-11-20"
    ));
    assert!(!texts(&record(), &around).iter().any(|(_, t)| t.contains("user agent never")));
    let short = Surroundings { log_begins: Some(at("2026-11-24T09:00:00Z")), ..around.clone() };
    assert!(says(&record(), &short, Weight::Plain, "in only 1 hour of log, since 2026-11-24 09:00:00Z"));
    let two = Surroundings { exports_by_actor_6h: Some(2), ..Surroundings::default() };
    assert!(!texts(&record(), &two).iter().any(|(_, t)| t.contains("exports by")));

    let found = findings(&facts_of(&record()), &around);
    assert!(found.is_sorted_by_key(|f| f.weight));
    assert!(found.iter().all(|f| !f.fields.is_empty()));
}

fn call(service: &str, action: &str, time: &str) -> Call {
    Call {
        time: at(time),
        action: action.to_owned(),
        service: service.to_owned(),
        error: None,
        actor: "etl-role/jsmith".to_owned(),
        source: "198.51.100.23".to_owned(),
        event_id: "e".to_owned(),
        ..Call::default()
    }
}

fn list(calls: &[(&str, &str, &str)]) -> Option<Calls> {
    let list: Vec<Call> = calls.iter().map(|(service, action, time)| call(service, action, time)).collect();
    Some(Calls { total: list.len(), list })
}

/// The text of this finding about the record, where it is found.
fn text(id: &str, record: &Value, around: &Surroundings) -> Option<String> {
    findings(&facts_of(record), around).into_iter().find(|found| found.id.as_str() == id).map(|found| found.text)
}

#[test]
fn what_the_actor_did_before_is_counted_and_named() {
    let none = Surroundings::default();
    let many = [
        ("iam", "CreateRole", "2026-11-24T10:20:00Z"),
        ("iam", "PutRolePolicy", "2026-11-24T10:21:00Z"),
        ("kms", "CreateGrant", "2026-11-24T10:22:00Z"),
        ("kms", "CreateGrant", "2026-11-24T10:23:00Z"),
        ("s3", "PutBucketPolicy", "2026-11-24T10:24:00Z"),
    ];
    let around = Surroundings {
        permissions_before: list(&many),
        denied_before: list(&[("rds", "StartExportTask", "2026-11-24T10:12:52Z")]),
        ..none.clone()
    };
    assert_eq!(
        text("permissions_before", &record(), &around).unwrap(),
        "5 changes of permissions by the same actor in the 24 hours before: s3 PutBucketPolicy, kms CreateGrant, \
         iam PutRolePolicy, …"
    );
    assert_eq!(
        text("denied_before", &record(), &around).unwrap(),
        "1 call by the same actor was denied in the 24 hours before: rds StartExportTask"
    );
    let then = text("denied_then_done", &record(), &around).unwrap();
    assert_eq!(then, "the same actor was denied this call 29 minutes before, and now it went through");
    let failed = with(&[("/errorCode", json!("AccessDenied"))]);
    assert_eq!(text("denied_then_done", &failed, &around), None, "it did not go through");
    let other = with(&[("/eventName", json!("CopyDBSnapshot"))]);
    assert_eq!(text("denied_then_done", &other, &around), None, "another call was denied");
    let looked = Surroundings { permissions_before: list(&[]), denied_before: list(&[]), ..none };
    assert_eq!(text("permissions_before", &record(), &looked), None);
    assert_eq!(text("denied_before", &record(), &looked), None);
}

#[test]
fn the_target_was_made_by_the_same_actor_unless_a_plan_did_it() {
    let around = Surroundings {
        target_touched: Some(call("iam", "CreateUser", "2026-11-24T10:30:00Z")),
        ..Surroundings::default()
    };
    let policy = |agent: &str| {
        with(&[
            ("/eventName", json!("AttachUserPolicy")),
            ("/eventSource", json!("iam.amazonaws.com")),
            ("/userAgent", json!(agent)),
        ])
    };
    let said = text("target_touched", &policy("aws-cli/2.15.0"), &around);
    assert_eq!(said.as_deref(), Some("the same actor called CreateUser for the target 11 minutes before"));
    assert_eq!(text("target_touched", &policy("HashiCorp Terraform/1.5"), &around), None);
}

#[test]
fn a_session_that_was_opened_elsewhere_or_by_a_stranger() {
    let opened = |source: Option<&str>, by_seen: Seen| Surroundings {
        log_begins: Some(at("2026-11-20T00:00:00Z")),
        session: Some(SessionOpened {
            time: at("2026-11-24T10:12:52Z"),
            source: source.map(str::to_owned),
            by: "jsmith".to_owned(),
            by_user: true,
            by_seen,
        }),
        ..Surroundings::default()
    };
    let elsewhere = |here: &str, there: Option<&str>| {
        let record = with(&[("/sourceIPAddress", json!(here))]);
        text("session_from_elsewhere", &record, &opened(there, Seen::Unknown))
    };
    assert_eq!(
        elsewhere("198.51.100.23", Some("203.0.113.7")).unwrap(),
        "the session was opened from another address, 203.0.113.7, 29 minutes before"
    );
    for (here, there) in [
        ("198.51.100.23", Some("198.51.100.23")),
        ("198.51.100.23", Some("ec2.amazonaws.com")),
        ("198.51.100.23", Some("10.0.0.8")),
        ("AWS Internal", Some("203.0.113.7")),
        ("198.51.100.23", None),
        ("2001:db8:1:2:a::1", Some("2001:db8:1:2:b::2")),
    ] {
        assert_eq!(elsewhere(here, there), None, "{here} {there:?}");
    }
    assert!(elsewhere("2001:db8:1:2::1", Some("2001:db8:1:3::1")).is_some());
    assert!(elsewhere("2001:db8:1:2::1", Some("198.51.100.23")).is_some());
    let by = |seen: Seen| text("session_by_new_user", &record(), &opened(None, seen));
    assert_eq!(
        by(Seen::Never).unwrap(),
        "the session was opened by jsmith, never seen before in 4 days of log, since 2026-11-20 00:00:00Z"
    );
    assert_eq!(by(Seen::Since(at("2026-11-21T00:00:00Z"))), None);
    assert_eq!(by(Seen::Unknown), None);
}

#[test]
fn what_is_done_every_day_lowers_the_priority() {
    let days = |alike_days| Surroundings { alike_days, ..Surroundings::default() };
    assert_eq!(
        text("routine", &record(), &days(Some(12))).unwrap(),
        "routine: the same actor exported targets named alike on 12 earlier days"
    );
    let delete = with(&[("/eventName", json!("DeleteDBSnapshot"))]);
    assert!(text("routine", &delete, &days(Some(2))).unwrap().contains("did the same to targets named alike on 2"));
    assert_eq!(text("routine", &record(), &days(Some(1))), None);
    assert_eq!(text("routine", &record(), &days(None)), None);
    let spread = |actors, alerts, days| Surroundings {
        rule_spread: Some(RuleSpread { actors, alerts, days }),
        ..Surroundings::default()
    };
    let (seldom, often, always) = (spread(13, 15, 13), spread(130, 178, 29), spread(1, 1_861, 30));
    assert_eq!((text("common_rule", &record(), &seldom), text("very_common_rule", &record(), &seldom)), (None, None));
    assert_eq!(
        text("common_rule", &record(), &often).unwrap(),
        "the rule fires often: 178 alerts of 130 actors on 29 days"
    );
    assert_eq!(
        text("very_common_rule", &record(), &always).unwrap(),
        "the rule fires all the time: 1861 alerts of 1 actor on 30 days"
    );
    assert_eq!((text("very_common_rule", &record(), &often), text("common_rule", &record(), &always)), (None, None));
}

#[test]
fn what_is_new_says_how_much_log_there_was_and_little_where_that_has_just_begun() {
    let around = |begins: &str| Surroundings {
        log_begins: Some(at(begins)),
        region_seen: Seen::Never,
        actor_seen: Seen::Never,
        bucket_seen: Seen::Never,
        ..Surroundings::default()
    };
    assert_eq!(
        text("new_region", &record(), &around("2026-11-20T00:00:00Z")).unwrap(),
        "region never used before in 4 days of log, since 2026-11-20 00:00:00Z"
    );
    let short = around("2026-11-24T09:00:00Z");
    for id in ["new_region", "new_actor", "new_bucket"] {
        assert!(text(id, &record(), &around("2026-11-20T00:00:00Z")).is_some(), "{id}");
        assert_eq!(text(id, &record(), &short), None, "{id}");
    }
    assert!(text("nothing_before", &record(), &short).is_some());
}

#[test]
fn what_came_in_late_stays_known() {
    let late = Surroundings { late: true, ..Surroundings::default() };
    assert!(text("late", &record(), &late).is_some());
    let facts = facts_of(&record());
    let at_once = Assessment::of_event(21, &facts, Trace::default());
    let alert = at_once.clone().with(FindingId::LATE, 21);
    assert_eq!(alert.priority, at_once.priority + 5);
    assert!(alert.findings.is_sorted_by_key(|id| -id.points()));
    assert_eq!(alert.clone().with(FindingId::LATE, 21), alert, "once");
    let refined = Assessment::new(21, &findings(&facts, &alert.surroundings()), Trace::default());
    assert_eq!(refined.priority, alert.priority);
    assert_eq!(at_once.surroundings(), Surroundings::default());
}

#[test]
fn what_a_call_lets_others_at() {
    let none = Surroundings::default();
    let rds = |action: &str, request: Value| {
        with(&[("/eventName", json!(action)), ("/requestParameters", request), ("/responseElements", Value::Null)])
    };
    let share = rds("ModifyDBSnapshotAttribute", json!({"valuesToAdd": ["444455556666"]}));
    assert_eq!(
        text("shared_with_another_account", &share, &none).unwrap(),
        "access is given to another account, 444455556666"
    );
    let mut failed = share;
    failed["errorCode"] = json!("AccessDenied");
    assert_eq!(
        text("shared_with_another_account", &failed, &none).unwrap(),
        "access is given to another account, 444455556666; the call failed"
    );
    let open = rds("ModifyDBSnapshotAttribute", json!({"valuesToAdd": ["all"]}));
    assert_eq!(text("open_to_everybody", &open, &none).unwrap(), "opened to everybody: everybody is given access");
    let copy = rds("CopyDBSnapshot", json!({"kmsKeyId": "arn:aws:kms:us-east-1:444455556666:key/k"}));
    assert_eq!(
        text("key_of_another_account", &copy, &none).unwrap(),
        "the key belongs to another account, 444455556666"
    );
    let subscribed = rds("CreateEventSubscription", json!({"snsTopicArn": "arn:aws:sns:us-east-1:444455556666:t"}));
    assert!(text("thing_of_another_account", &subscribed, &none).unwrap().starts_with("arn:aws:sns:us-east-1:4444"));
    let bucket = with(&[("/requestParameters/s3BucketName", json!("ledger-archive-444455556666"))]);
    assert_eq!(
        text("bucket_of_another_account", &bucket, &none).unwrap(),
        "the bucket ledger-archive-444455556666 is called after another account, 444455556666"
    );
    let snapshot =
        with(&[("/requestParameters/sourceArn", json!("arn:aws:rds:us-east-1:444455556666:snapshot:orders"))]);
    assert!(text("snapshot_of_another_account", &snapshot, &none).is_some());
    assert_eq!(text("thing_of_another_account", &snapshot, &none), None, "said once");
    let resource = with(&[
        ("/eventName", json!("GetObject")),
        ("/eventSource", json!("s3.amazonaws.com")),
        ("/requestParameters", json!({"bucketName": "b"})),
        (
            "/resources",
            json!([{"accountId": "111122223333"}, {"accountId": "444455556666", "type": "AWS::S3::Bucket"}]),
        ),
    ]);
    assert_eq!(
        text("thing_of_another_account", &resource, &none).unwrap(),
        "what the call is about belongs to another account, 444455556666"
    );
    let role = json!({"roleArn": "arn:aws:iam::444455556666:role/x"});
    let assumed = with(&[
        ("/eventName", json!("AssumeRole")),
        ("/eventSource", json!("sts.amazonaws.com")),
        ("/requestParameters", role),
        ("/resources", json!([{"accountId": "444455556666", "type": "AWS::IAM::Role"}])),
    ]);
    let ids: Vec<&str> = findings(&facts_of(&assumed), &none).iter().map(|found| found.id.as_str()).collect();
    assert!(ids.contains(&"became_role_of_another_account"), "{ids:?}");
    assert!(!ids.contains(&"role_of_another_account") && !ids.contains(&"thing_of_another_account"), "{ids:?}");
    let stop = with(&[("/eventName", json!("StopLogging")), ("/eventSource", json!("cloudtrail.amazonaws.com"))]);
    assert_eq!(text("logging_off", &stop, &none).unwrap(), "turns off what watches: the log of calls");
}

#[test]
fn callers_of_other_accounts_and_tools_of_attackers() {
    let none = Surroundings::default();
    let caller = |identity: Value| text("caller_of_another_account", &with(&[("/userIdentity", identity)]), &none);
    assert_eq!(
        caller(json!({"type": "AssumedRole", "accountId": "444455556666", "principalId": "AROA:x"})).unwrap(),
        "the caller belongs to another account, 444455556666"
    );
    assert!(caller(json!({"type": "AWSAccount", "principalId": "AIDA"})).is_some());
    assert_eq!(caller(json!({"type": "IAMUser", "accountId": "111122223333", "userName": "a"})), None);
    let agent = |agent: &str| findings(&facts_of(&with(&[("/userAgent", json!(agent))])), &none);
    let kali = agent("aws-cli/2.17.32 os/linux#6.8.0-kali3-amd64");
    assert_eq!(kali[0].id.as_str(), "offensive_tool");
    assert_eq!(kali[0].points, 80);
    let pacu = agent("Pacu/1.5");
    assert!(!pacu.iter().any(|found| found.id.as_str() == "foreign_tool"), "said once");
    assert!(agent("curl/8.0").iter().any(|found| found.id.as_str() == "foreign_tool"));
}
