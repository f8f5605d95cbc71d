use serde_json::{Value, json};

use super::*;
use crate::investigate::{FindingId, Needs, table};

/// A call by an IAM user, at an hour and minute of the 23rd.
fn call(user: &str, action: &str, time: &str, address: &str) -> Value {
    json!({
        "eventVersion": "1.09", "eventSource": "rds.amazonaws.com", "eventName": action, "awsRegion": "us-east-1",
        "eventTime": format!("2026-11-{time}:00Z"), "eventID": format!("{user}/{action}/{time}"),
        "sourceIPAddress": address, "userAgent": "aws-cli/2.17.32", "recipientAccountId": "111122223333",
        "userIdentity": {
            "type": "IAMUser", "arn": format!("arn:aws:iam::111122223333:user/{user}"), "userName": user,
            "accessKeyId": format!("AKIA{}EXAMPLE", user.to_uppercase()), "accountId": "111122223333",
        },
    })
}

/// What is found of the last of these, each event gathered on its own.
fn assessed(log: &[Value]) -> Assessment {
    let texts: Vec<String> = log.iter().map(Value::to_string).collect();
    let events: Vec<Event<'_>> = texts.iter().map(|text| Event::parse(text.as_bytes()).unwrap()).collect();
    let alert = events.last().unwrap();
    let mut context = Context::new(true);
    context.want(alert);
    let mut gathered = Gathered::default();
    for event in events.iter().rev() {
        let mut own = Gathered::default();
        context.take(&mut own, event);
        gathered.merge(own);
    }
    context.around(&gathered, alert).assess(21)
}

/// The findings that take the log, of the last of these, after others that say how long the log is.
fn found(log: &[Value]) -> Vec<&'static str> {
    let long = [
        call("bob", "DescribeDBInstances", "10T10:00", "192.0.2.1"),
        call("eve", "DescribeDBInstances", "10T11:00", "198.51.100.7"),
    ];
    let assessment = assessed(&[&long, log].concat());
    assert!(assessment.refined);
    let by_log = |id: &&FindingId| table().any(|entry| entry.id == **id && entry.needs >= Needs::Alerts);
    assessment.findings.iter().filter(by_log).map(|id| id.as_str()).collect()
}

fn with(mut call: Value, pointer: &str, value: Value) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    call.pointer_mut(parent).unwrap()[name] = value;
    call
}

const HERE: &str = "198.51.100.7";

#[test]
fn what_was_seen_before_is_known() {
    let delete = |user: &str, address: &str| call(user, "DeleteDBInstance", "23T10:00", address);
    assert!(found(&[delete("eve", HERE)]).is_empty());
    assert_eq!(found(&[delete("eve", "203.0.113.9")]), ["new_address"]);
    assert_eq!(found(&[delete("mallory", HERE)]), ["new_actor"]);
    assert_eq!(found(&[with(delete("eve", HERE), "/userAgent", json!("curl/8.5"))]), ["new_agent"]);
    assert_eq!(found(&[with(delete("eve", HERE), "/awsRegion", json!("eu-west-3"))]), ["new_region"]);
    assert!(assessed(&[delete("mallory", HERE)]).raising() == 0, "the log has just begun");
}

#[test]
fn what_the_actor_did_before_counts() {
    let named = |action: &str, time: &str, name: &str| {
        with(call("eve", action, time, HERE), "/requestParameters", json!({"dBSnapshotIdentifier": name}))
    };
    let iam =
        |action: &str, time: &str| with(call("eve", action, time, HERE), "/eventSource", json!("iam.amazonaws.com"));
    let denied = |call: Value| with(call, "/errorCode", json!("AccessDenied"));
    let alert = named("DeleteDBSnapshot", "23T10:00", "orders");
    let cases: [(&str, Value, &[&str]); 8] = [
        ("denied", denied(call("eve", "ListUsers", "23T09:00", HERE)), &["denied_before"]),
        ("denied the same", denied(named("DeleteDBSnapshot", "23T09:00", "x")), &["denied_then_done", "denied_before"]),
        ("denied long before", denied(call("eve", "ListUsers", "22T09:00", HERE)), &[]),
        ("denied after", denied(call("eve", "ListUsers", "23T10:01", HERE)), &[]),
        ("permissions", iam("AttachRolePolicy", "22T10:00"), &["permissions_before"]),
        ("permissions, in vain", with(iam("AttachRolePolicy", "23T09:00"), "/errorCode", json!("NoSuchEntity")), &[]),
        ("the target", named("CreateDBSnapshot", "23T09:00", "orders"), &["target_touched"]),
        ("another target", named("CreateDBSnapshot", "23T09:00", "orders-2"), &[]),
    ];
    for (what, before, wanted) in cases {
        assert_eq!(found(&[before, alert.clone()]), wanted, "{what}");
    }
    assert!(found(&[iam("AttachRolePolicy", "23T10:00")]).is_empty(), "not the event itself");
}

#[test]
fn what_is_done_every_day_is_routine() {
    let nightly = |day: u32, user: &str, name: &str| {
        let call = call(user, "DeleteDBSnapshot", &format!("{day}T02:00"), HERE);
        with(call, "/requestParameters", json!({"dBSnapshotIdentifier": format!("{name}-2026-11-{day}")}))
    };
    let log =
        |user: &str, name: &str| [nightly(20, "eve", "orders"), nightly(21, "eve", "orders"), nightly(22, user, name)];
    assert_eq!(found(&log("eve", "orders")), ["routine"]);
    assert!(found(&log("eve", "payments")).is_empty() && !found(&log("bob", "orders")).contains(&"routine"));
    assert!(found(&[nightly(21, "eve", "orders"), nightly(22, "eve", "orders")]).is_empty(), "twice is no habit");
}

#[test]
fn users_of_an_address_count_within_a_day() {
    let at = |user: &str, time: &str| call(user, "DescribeDBInstances", time, "198.51.100.7");
    let alert = call("eve", "CreateDBSnapshot", "23T10:00", "198.51.100.7");
    let assessment = assessed(&[at("bob", "20T10:00"), at("dan", "22T11:00"), at("dan", "22T12:00"), alert]);
    assert_eq!(assessment.trace.address_users, 2);
}

#[test]
fn a_few_alerts_leave_most_records_unparsed() {
    let text = call("eve", "CreateDBSnapshot", "23T10:00", "198.51.100.7").to_string();
    let event = Event::parse(text.as_bytes()).unwrap();
    let mut context = Context::new(false);
    context.want(&event);
    let hint = context.hint();
    let matters = |user: &str, address: &str| {
        hint.may_matter(call(user, "DescribeDBInstances", "23T10:00", address).to_string().as_bytes())
    };
    assert!(matters("eve", "192.0.2.1") && matters("bob", "198.51.100.7") && !matters("bob", "192.0.2.1"));
    assert!(Context::new(true).hint().may_matter(b"{}"), "first sights take every record");
}

#[test]
fn the_lineage_ties_an_alert_to_whoever_opened_its_session() {
    let opened = with(
        with(call("eve", "AssumeRole", "23T09:00", HERE), "/eventSource", json!("sts.amazonaws.com")),
        "/responseElements",
        json!({
            "credentials": {"accessKeyId": "ASIASESSIONEXAMPLE"},
            "assumedRoleUser": {"arn": "arn:aws:sts::111122223333:assumed-role/etl/run"},
        }),
    );
    let session = with(
        call("eve", "DeleteDBInstance", "23T10:00", "203.0.113.9"),
        "/userIdentity",
        json!({
            "type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/etl/run",
            "accessKeyId": "ASIASESSIONEXAMPLE", "accountId": "111122223333",
            "sessionContext": {"attributes": {"creationDate": "2026-11-23T09:00:00Z"}},
        }),
    );
    let log = [opened, session];
    let trace = assessed(&log).trace;
    assert_eq!(trace.lineage, ["AKIAEVEEXAMPLE"]);
    assert_eq!(trace.opened_by.as_deref(), Some("arn:aws:iam::111122223333:user/eve"));
    assert!(found(&log).contains(&"session_from_elsewhere"));
}

/// A session of a role that `user` opened at 09:50, and what it did at 10:00.
fn session_of(user: &str) -> [Value; 2] {
    let key = "ASIASESSIONEXAMPLE";
    let arn = "arn:aws:sts::111122223333:assumed-role/support/eve";
    let opened = with(call(user, "AssumeRole", "23T09:50", HERE), "/eventSource", json!("sts.amazonaws.com"));
    let opened = with(
        opened,
        "/requestParameters",
        json!({
            "roleArn": "arn:aws:iam::111122223333:role/support", "roleSessionName": "eve",
        }),
    );
    let opened = with(
        opened,
        "/responseElements",
        json!({
            "credentials": {"accessKeyId": key}, "assumedRoleUser": {"arn": arn},
        }),
    );
    let done = with(
        call("eve", "DeleteDBInstance", "23T10:00", HERE),
        "/userIdentity",
        json!({
            "type": "AssumedRole", "arn": arn, "accountId": "111122223333", "accessKeyId": key,
            "sessionContext": {
                "sessionIssuer": {"type": "Role", "arn": "arn:aws:iam::111122223333:role/support", "userName": "support"},
                "attributes": {"creationDate": "2026-11-23T09:50:00Z", "mfaAuthenticated": "false"},
            },
        }),
    );
    [opened, done]
}

#[test]
fn a_session_that_a_new_user_opened_is_told_from_one_of_a_known_user() {
    let by_new = |user: &str| found(&session_of(user)).contains(&"session_by_new_user");
    assert!(by_new("mallory"));
    assert!(!by_new("bob"), "known for two weeks");
}
