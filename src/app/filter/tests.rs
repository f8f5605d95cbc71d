use chrono::{DateTime, Utc};

use super::super::alerts::Alerts;
use super::fields::AlertDocument;
use super::*;
use crate::detect::Summary;
use crate::query::Document as _;
use crate::rule::Severity;
use crate::triage::{Action, AlertRow, Decision, Status};

fn now() -> DateTime<Utc> {
    "2026-11-24T10:42:07Z".parse().unwrap()
}

fn alerts() -> Alerts {
    let listed = |n: u32, actor: &str, source: &str| AlertRow {
        id: AlertId(format!("{n}")),
        rule_id: "r".to_owned(),
        rule_name: "RDS export".to_owned(),
        severity: Severity::Low,
        risk_score: 21,
        event_id: format!("e{n}"),
        time: now() - chrono::Duration::hours(i64::from(n)),
        found: now(),
        reason: format!("{actor} exported a snapshot"),
        summary: Summary {
            actor: Some(actor.to_owned()),
            source: Some(source.to_owned()),
            target: Some("snapshot:orders".to_owned()),
            ..Summary::default()
        },
        assessment: crate::investigate::Assessment { priority: 21, ..Default::default() },
        incident: None,
        late: false,
        held: false,
        count: 1,
        withdrawn: false,
    };
    let mut alerts = Alerts::default();
    alerts.insert(vec![
        listed(1, "etl-role/jsmith", "198.51.100.23"),
        listed(2, "Zoë", "rds.amazonaws.com"),
        listed(30, "root", "203.0.113.9"),
    ]);
    alerts.decide(&Decision {
        seq: 1,
        alert: AlertId("2".to_owned()),
        at: now(),
        analyst: "alice".to_owned(),
        action: Action::SetStatus { status: Status::Acknowledged },
    });
    alerts
}

fn parse(text: &str) -> Filter {
    Filter::parse(text, &Filter::default(), now())
}

fn shown(filter: &Filter) -> Vec<String> {
    let alerts = alerts();
    alerts.entries().iter().filter(|e| filter.matches(e)).map(|e| e.row.id.0.clone()).collect()
}

#[test]
fn plain_words_are_found_anywhere_in_a_row() {
    assert_eq!(shown(&parse("jsm")), ["1"]);
    assert_eq!(shown(&parse("ZOË orders")), ["2"]);
    assert_eq!(shown(&parse("orders root")), ["30"]);
    assert_eq!(shown(&parse("  ")), ["1", "2", "30"]);
    assert_eq!(shown(&parse("nobody")), [""; 0]);
}

#[test]
fn a_query_asks_for_what_the_table_shows() {
    for (query, expected) in [
        ("actor:jsmith", &["1"][..]),
        ("status:open", &["1", "30"]),
        ("status:ack or status:closed", &["2"]),
        ("kibana.alert.workflow_status:acknowledged", &["2"]),
        ("source.ip:198.51.100.0/24", &["1"]),
        ("source.address:*.amazonaws.com", &["2"]),
        ("@timestamp >= \"2026-11-24T00:00:00Z\"", &["1", "2"]),
        ("time >= now-6h", &["1", "2"]),
        ("risk > 20 and not actor:root", &["1", "2"]),
        ("analyst:alice", &["2"]),
        ("suspicious:true", &[]),
    ] {
        let filter = parse(query);
        assert_eq!(filter.error(), None, "{query}");
        assert_eq!(shown(&filter), expected, "{query}");
        assert!(!filter.waiting(), "{query}");
    }
}

#[test]
fn while_a_query_is_in_error_the_one_before_goes_on() {
    let before = parse("status:open");
    let filter = Filter::parse("status:open actor:root", &before, now());
    let problem = filter.error().unwrap();
    assert!(problem.message.starts_with("expected `and`, `or`"), "{}", problem.message);
    assert_eq!(problem.column, "status:open actor".len());
    assert_eq!(shown(&filter), ["1", "30"]);
}

fn answer(ids: &[&str], yes: bool) -> Vec<(AlertId, bool)> {
    ids.iter().map(|id| (AlertId((*id).to_owned()), yes)).collect()
}

#[test]
fn what_only_the_event_knows_is_asked_for_and_the_rest_is_answered_here() {
    let mut filter = parse("status:open and not user_agent.original:aws-cli*");
    let asked = filter.questions(true);
    let [asked] = asked.as_slice() else { panic!("{asked:?}") };
    assert!(!asked.contains("status"), "{asked}");
    assert!(filter.waiting());
    assert_eq!(shown(&filter), [""; 0]);
    assert!(!filter.matched("something else", &[], true));
    // What the world answers is the part as it was asked, with its `not` or without.
    let wanted = asked.starts_with("not");
    assert!(filter.matched(asked, &answer(&["30"], wanted), false));
    assert_eq!(shown(&filter), ["30"], "what is known counts, the rest does not");
    assert!(filter.waiting());
    assert!(filter.matched(asked, &answer(&["1", "2"], !wanted), true));
    assert_eq!(shown(&filter), ["30"]);
    assert!(!filter.waiting());
}

#[test]
fn an_answer_that_is_there_is_not_asked_for_again() {
    let mut filter = parse("user.name:a and status:open");
    assert!(filter.matched("user.name:a", &[answer(&["1"], true), answer(&["2", "30"], false)].concat(), true));
    let filter = Filter::parse("user.name:a and (status:open or status:ack)", &filter, now());
    assert_eq!(filter.questions(true), [""; 0]);
    assert_eq!(filter.questions(false), ["user.name:a"]);
    assert_eq!(shown(&filter), ["1"]);
}

#[test]
fn a_filter_that_was_put_aside_knows_what_the_last_one_does_and_asks_for_the_rest() {
    let mut before = parse("user.name:a or user.name:b");
    let mut last = Filter::parse("user.name:a or user.name:bo", &before, now());
    let all = answer(&["1", "2", "30"], true);
    let asked = before.questions(true);
    assert_eq!(asked.len(), 1, "a question that is all about the event is one");
    assert!(before.matched(&asked[0], &all, true));
    before.catch_up(&last);
    assert_eq!(before.questions(true), asked, "alerts may have come since");
    assert_eq!(shown(&before), ["1", "2", "30"], "what was known still counts");

    last = before.clone();
    assert!(last.matched(&asked[0], &answer(&["2"], false), true));
    before.catch_up(&last);
    assert_eq!(before.questions(true), [""; 0]);
    assert_eq!(shown(&before), ["1", "30"]);
}

#[test]
fn a_filter_narrows_another_where_its_words_hold_the_others() {
    let narrows = |text: &str, before: &str| parse(text).narrows(&parse(before));
    assert!(narrows("jsmi", "jsm"));
    assert!(narrows("orders JSM", "jsm"));
    assert!(narrows("status:open", ""));
    assert!(!narrows("jsm", "jsmi"));
    assert!(!narrows("jsm", "orders jsm"));
    assert!(!narrows("status:open", "jsm"));
}

#[test]
fn what_an_alert_says_is_what_a_word_of_it_is_looked_for_in() {
    let alerts = alerts();
    let said: Vec<&str> = fields::names().filter(|name| fields::is_said(name)).collect();
    assert_eq!(said.len(), 15);
    for entry in alerts.entries() {
        for field in &said {
            AlertDocument(entry).any(field, &mut |value| {
                assert!(entry.has_word(&finder(&value.to_string())), "{field}: {value}");
                false
            });
        }
    }
}

#[test]
fn a_bare_word_in_a_query_is_found_wherever_a_field_has_it() {
    for (query, expected) in [
        ("status:* and jsmith", &["1"][..]),
        ("status:* and JSmith", &["1"]),
        ("status:* and exported", &["1", "2", "30"]),
        ("status:* and (open)", &["1", "30"]),
        ("status:* and ack", &["2"]),
        ("status:* and alice", &["2"]),
        ("status:* and e30", &["30"]),
        ("status:* and 30", &["30"]),
        ("status:* and 21", &["1", "2", "30"]),
        ("status:* and false", &["1", "2", "30"]),
        ("status:* and r", &["1", "2", "30"]),
        ("status:* and R", &[]),
        ("status:* and now", &["1", "2", "30"]),
        ("status:* and jsm", &[]),
        ("actor:jsmith", &["1"]),
        ("actor:JSm*", &["1"]),
        ("actor:*SMI*", &["1"]),
        ("actor:jsm", &[]),
        ("actor:*", &["1", "2", "30"]),
        ("event.id:*30*", &["30"]),
        ("severity:LOW*", &[]),
    ] {
        assert_eq!(shown(&parse(query)), expected, "{query}");
    }
}

#[test]
fn a_field_that_nobody_has_is_named_at_its_place() {
    let filter = parse("status:open and evnt.action:Foo");
    assert_eq!(filter.error(), None);
    let doubt = filter.doubt().unwrap();
    assert_eq!(doubt.column, "status:open and ".len());
    assert_eq!(doubt.message, "`evnt.action` is no known field · did you mean `event.action`?");
    let advice = |text: &str| parse(text).doubt().map(|doubt| doubt.message.clone()).unwrap_or_default();
    assert!(advice("actr:root").ends_with("did you mean `actor`?"), "{}", advice("actr:root"));
    assert!(advice("userIdentity.arn:x").ends_with("did you mean `aws.cloudtrail.user_identity.arn`?"));
    for text in ["status:open", "kibana.alert.rule.name:x", "user_agent.original:x", "actor*:x", "root", "root jsmith"]
    {
        assert_eq!(parse(text).doubt(), None, "{text}");
    }
    // An event that has it makes it known.
    let mut filter = parse("custom.team:red");
    assert!(filter.doubt().is_some());
    assert!(filter.matched("custom.team:red", &answer(&["1"], false), false) && filter.doubt().is_some());
    assert!(filter.matched("custom.team:red", &answer(&["2"], true), true) && filter.doubt().is_none());
}
