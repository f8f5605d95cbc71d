use serde_json::{Value, json};

use super::*;
use crate::investigate::Seen;

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

/// What is said of the last of these, with each event gathered on its own.
fn assessed(log: &[Value]) -> (Surroundings, Assessment) {
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
    let around = context.surroundings(&gathered, alert, &Facts::brief(alert));
    (around, context.assess(&gathered, alert, 21, |_| {}))
}

#[test]
fn what_was_seen_before_is_known() {
    let (around, assessment) = assessed(&[
        call("bob", "DescribeDBInstances", "20T10:00", "192.0.2.1"),
        call("eve", "DescribeDBInstances", "21T10:00", "192.0.2.9"),
        call("eve", "CreateDBSnapshot", "23T10:00", "198.51.100.7"),
    ]);
    assert_eq!(around.log_begins, Some("2026-11-20T10:00:00Z".parse().unwrap()));
    assert_eq!(around.actor_seen, Seen::Since("2026-11-21T10:00:00Z".parse().unwrap()));
    assert_eq!((around.address_seen, around.bucket_seen), (Seen::Never, Seen::Unknown));
    assert!(assessment.refined && assessment.findings.iter().any(|id| id.as_str() == "new_address"));
}

#[test]
fn users_of_an_address_count_within_a_day() {
    let at = |user: &str, time: &str| call(user, "DescribeDBInstances", time, "198.51.100.7");
    let alert = call("eve", "CreateDBSnapshot", "23T10:00", "198.51.100.7");
    let (_, assessment) = assessed(&[at("bob", "20T10:00"), at("dan", "22T11:00"), at("dan", "22T12:00"), alert]);
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
